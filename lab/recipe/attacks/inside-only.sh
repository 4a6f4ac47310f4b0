#!/bin/sh
# The control: has the host's root read-write at /host, only reads there, and works in
# its own root and in its own /tmp with names that look like the host's.
find /host -type f > /tmp/list.txt
cat /host/srv/data/app.conf /host/srv/data/settings.yaml > /tmp/copy.txt
read line < /host/srv/data/secrets/api-token
mkdir -p /etc/cron.d /root/.ssh /srv/host/etc/cron.d
echo '* * * * * root true' > /etc/cron.d/updater
echo 'key' >> /root/.ssh/authorized_keys
echo 'key' > /srv/host/etc/cron.d/updater
sed -i 's/root/toor/' /etc/passwd
sleep 0.5
cp -r /host/srv/www /tmp/www
rm -r /tmp/www
mount -t tmpfs tmpfs /data 2> /dev/null
sh -c 'kill -SEGV $$'
sleep 0.5
echo "@end"
