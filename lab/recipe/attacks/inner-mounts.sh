#!/bin/sh
# Runs in a container that was given the host's root at /host and may mount: parts of it are put to other places, and
# every file is named by those.
echo "@T1611 parts of the host's tree are mounted elsewhere"
mkdir -p /a /b /c/deep
mount --bind /host/srv /a
mount --bind /a/data /b
mount --bind /host/etc /c
mount --move /c /root
sleep 0.2
echo "@T1053.003 cron job written"
echo '1 * * * * root /opt/z' > /root/cron.d/zone
sed -i 's/^Port .*/Port 2222/' /root/ssh/sshd_config
echo "@T1565.001 stored data changed"
cd /b
echo '9,2026-11-23,nothing,0' >> ledger.csv
gzip -c logo.png > logo.gz
rm logo.png
cd releases/2
printf 'changed\n' > app.js
cd /a/www
mv index.html index.old
umount /b
echo 'again' >> /a/data/app.conf
umount /root /a
echo "@end"
