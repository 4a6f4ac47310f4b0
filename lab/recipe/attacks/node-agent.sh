#!/bin/sh
# A monitoring agent with the host's pid namespace and its /proc and /sys, all read-only.
echo "@benign metrics are read"
for i in 1 2 3; do
  cat /host/proc/loadavg /host/proc/meminfo /host/proc/stat > /dev/null
  for p in /proc/[0-9]*; do cat $p/stat > /dev/null 2>&1; done
  cat /host/sys/kernel/mm/transparent_hugepage/enabled > /dev/null 2>&1
  echo "up 1" > /metrics.txt
  sleep 0.2
done
echo "@end"
