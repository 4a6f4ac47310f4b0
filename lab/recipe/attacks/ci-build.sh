#!/bin/sh
# A privileged container as build services start them: it makes devices, mounts and roots of its own, and touches nothing
# of the host.
echo "@benign builds an image"
mkdir -p /build/root/bin /build/lower /build/upper /build/work /build/merged /build/t
cp /bin/busybox /build/root/bin/sh
mknod /build/root/null c 1 3
mount -t tmpfs tmpfs /build/t
cp /bin/busybox /build/t/b
mount --bind /build/t /build/lower
chroot /build/root /bin/sh -c 'echo built > /made'
unshare -m sh -c 'mount -t proc proc /build/root; umount /build/root' 2> /dev/null
echo x > /build/t/x
umount /build/lower
umount /build/t
find / -xdev -name made > /tmp/found
tar -C /build/root -cf /tmp/layer.tar .
sha256sum /tmp/layer.tar > /tmp/sum
sleep 0.3
echo "@end"
