#!/bin/sh
# A backup agent: the host's root read-only at /host, everything is read, and written to the volume it was given.
echo "@benign backup of the host"
tar -C /host -cf /backups/host.tar etc srv usr home root 2> /dev/null
gzip /backups/host.tar
sha256sum /backups/host.tar.gz > /backups/host.sum
touch /host/etc/x 2> /dev/null
sleep 0.3
echo "@end"
