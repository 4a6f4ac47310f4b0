//! What a file holds, by its place.

use model::{Bytes, ExposedContent};

use ExposedContent::{
    AccessLog, AccountList, AccountPasswords, Archive, CloudCredential, ClusterAdminCredential, Database,
    DatabasePassword, Document, EnvironmentFile, EtcdData, HomeFile, Keytab, Kubeconfig, LoginRecords, Mail,
    NodeCredential, OtherData, OtherSecret, RegistryCredential, ServiceAccountToken, SshHostKey, SshPrivateKey,
    TlsPrivateKey, Volume,
};

/// How a path is recognised.
#[derive(Clone, Copy)]
enum At {
    /// Ends so.
    End(&'static str),
    /// Has this in it.
    Part(&'static str),
    /// Has the first in it and ends with the second.
    Both(&'static str, &'static str),
}

use At::{Both, End, Part};

/// The first that fits decides, so the narrower comes first. Lower case.
const PLACES: &[(At, ExposedContent)] = &[
    (End("/etc/passwd"), AccountList),
    (End("/etc/group"), AccountList),
    (End("/etc/shadow"), AccountPasswords),
    (End("/etc/shadow-"), AccountPasswords),
    (End("/etc/gshadow"), AccountPasswords),
    (End("/etc/security/opasswd"), AccountPasswords),
    // Public halves open nothing.
    (Both("/.ssh/", ".pub"), OtherData),
    (Both("/etc/ssh/", ".pub"), OtherData),
    (End("/known_hosts"), HomeFile),
    (End("/authorized_keys"), OtherData),
    (Both("/etc/ssh/ssh_host_", "_key"), SshHostKey),
    (Part("/.ssh/"), SshPrivateKey),
    (End("/id_rsa"), SshPrivateKey),
    (End("/id_ed25519"), SshPrivateKey),
    (End("/id_ecdsa"), SshPrivateKey),
    (Both("kubernetes.io/serviceaccount/", "token"), ServiceAccountToken),
    (Both("/volumes/kubernetes.io~projected/", "token"), ServiceAccountToken),
    (Both("/volumes/kubernetes.io~secret/", "token"), ServiceAccountToken),
    (Part("/volumes/kubernetes.io~secret/"), OtherSecret),
    (Part("/var/lib/kubelet/pki/"), NodeCredential),
    (End("/kubelet.conf"), NodeCredential),
    (End("/kubernetes/admin.conf"), ClusterAdminCredential),
    (End("/kubernetes/super-admin.conf"), ClusterAdminCredential),
    (End("/kubernetes/controller-manager.conf"), ClusterAdminCredential),
    (End("/kubernetes/scheduler.conf"), ClusterAdminCredential),
    (End("/rancher/k3s/k3s.yaml"), ClusterAdminCredential),
    (Part("/var/lib/etcd/"), EtcdData),
    (Part("/.kube/"), Kubeconfig),
    (End(".kubeconfig"), Kubeconfig),
    (End("/.docker/config.json"), RegistryCredential),
    (End("/containers/auth.json"), RegistryCredential),
    (End("/.dockercfg"), RegistryCredential),
    (Part("/.aws/"), CloudCredential),
    (Part("/.azure/"), CloudCredential),
    (Part("/.config/gcloud/"), CloudCredential),
    (End("/application_default_credentials.json"), CloudCredential),
    (End("/.pgpass"), DatabasePassword),
    (End("/.my.cnf"), DatabasePassword),
    (End("/etc/mysql/debian.cnf"), DatabasePassword),
    (End(".keytab"), Keytab),
    (End("/krb5.keytab"), Keytab),
    (End("/.env"), EnvironmentFile),
    (End(".env"), EnvironmentFile),
    (End("/.netrc"), OtherSecret),
    (End("/.git-credentials"), OtherSecret),
    (End(".key"), TlsPrivateKey),
    (End(".p12"), TlsPrivateKey),
    (End(".pfx"), TlsPrivateKey),
    (Both("/pki/", ".pem"), TlsPrivateKey),
    (Both("private", ".pem"), TlsPrivateKey),
    (Both("key", ".pem"), TlsPrivateKey),
    (End(".crt"), OtherData),
    (End("/token"), OtherSecret),
    (End("/credentials"), OtherSecret),
    (End(".pem"), OtherSecret),
    (Part("/pki/"), OtherSecret),
    (Part("secret"), OtherSecret),
    (Part("password"), OtherSecret),
    (Part("passwd"), OtherSecret),
    (End("/var/log/wtmp"), LoginRecords),
    (End("/var/log/btmp"), LoginRecords),
    (End("/var/log/lastlog"), LoginRecords),
    (End("/run/utmp"), LoginRecords),
    (Part("/var/log/auth.log"), LoginRecords),
    (Part("/var/log/secure"), LoginRecords),
    (Part("/var/log/audit/"), LoginRecords),
    (Part("/var/mail/"), Mail),
    (Part("/var/spool/mail/"), Mail),
    (Part("/maildir/"), Mail),
    (End(".mbox"), Mail),
    (Part("/var/log/nginx/"), AccessLog),
    (Part("/var/log/apache2/"), AccessLog),
    (Part("/var/log/httpd/"), AccessLog),
    (End("/access.log"), AccessLog),
    (Part("/var/lib/mysql/"), Database),
    (Part("/var/lib/postgresql/"), Database),
    (Part("/var/lib/mongodb/"), Database),
    (Part("/var/lib/redis/"), Database),
    (End(".sqlite"), Database),
    (End(".sqlite3"), Database),
    (End(".db"), Database),
    (End(".mdb"), Database),
    (End(".sql"), Archive),
    (End(".sql.gz"), Archive),
    (End(".dump"), Archive),
    (End(".tar"), Archive),
    (End(".tar.gz"), Archive),
    (End(".tgz"), Archive),
    (End(".tar.zst"), Archive),
    (End(".zip"), Archive),
    (End(".7z"), Archive),
    (End(".csv"), Document),
    (End(".tsv"), Document),
    (End(".xls"), Document),
    (End(".xlsx"), Document),
    (End(".ods"), Document),
    (End(".doc"), Document),
    (End(".docx"), Document),
    (End(".odt"), Document),
    (End(".pdf"), Document),
    (End(".pptx"), Document),
    (Both("/var/lib/docker/volumes/", ""), Volume),
    (Part("/var/lib/containers/storage/volumes/"), Volume),
    (Part("/var/lib/kubelet/pods/"), Volume),
    (Part("/home/"), HomeFile),
    (Part("/root/"), HomeFile),
];

/// What stands at that path, as far as the path says.
pub(super) fn of(path: &Bytes) -> ExposedContent {
    let text = path.to_text().to_lowercase();
    let fits = |at: &At| match *at {
        End(end) => text.ends_with(end),
        Part(part) => text.contains(part),
        Both(part, end) => text.contains(part) && text.ends_with(end),
    };
    PLACES.iter().find(|(at, _)| fits(at)).map_or(OtherData, |(_, content)| *content)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_place_says_what_a_file_holds() {
        for (path, content) in [
            ("/etc/shadow", AccountPasswords),
            ("/etc/passwd", AccountList),
            ("/root/.ssh/id_rsa", SshPrivateKey),
            ("/root/.ssh/id_rsa.pub", OtherData),
            ("/root/.ssh/authorized_keys", OtherData),
            ("/etc/ssh/ssh_host_ed25519_key", SshHostKey),
            ("/etc/ssh/ssh_host_ed25519_key.pub", OtherData),
            ("/srv/host/srv/data/secret.token", OtherSecret),
            ("/srv/host/srv/data/secrets/api-token", OtherSecret),
            ("/var/lib/kubelet/pki/kubelet-client-current.pem", NodeCredential),
            ("/etc/kubernetes/admin.conf", ClusterAdminCredential),
            ("/etc/kubernetes/pki/ca.key", TlsPrivateKey),
            ("/etc/kubernetes/pki/ca.crt", OtherData),
            ("/var/run/secrets/kubernetes.io/serviceaccount/token", ServiceAccountToken),
            ("/run/secrets/kubernetes.io/serviceaccount/..2026_11/token", ServiceAccountToken),
            ("/var/lib/kubelet/pods/7618/volumes/kubernetes.io~projected/kube-api-access-x/token", ServiceAccountToken),
            ("/var/lib/etcd/member/snap/db", EtcdData),
            ("/home/ann/.aws/credentials", CloudCredential),
            ("/home/ann/.kube/config", Kubeconfig),
            ("/srv/app/.env", EnvironmentFile),
            ("/var/log/wtmp", LoginRecords),
            ("/var/log/nginx/access.log.1", AccessLog),
            ("/home/ann/notes.txt", HomeFile),
            ("/srv/data/customers.CSV", Document),
            ("/srv/data/app.db", Database),
            ("/var/lib/docker/volumes/web/_data/index.html", Volume),
            ("/etc/hosts", OtherData),
            ("/srv/data/app.conf", OtherData),
        ] {
            assert_eq!(of(&Bytes::from(path)), content, "{path}");
        }
    }

    #[test]
    fn every_kind_of_content_has_a_place() {
        let placed: BTreeSet<ExposedContent> = PLACES.iter().map(|(_, content)| *content).collect();
        for content in ExposedContent::ALL {
            assert!(placed.contains(content), "{}", content.name());
        }
        for (at, _) in PLACES {
            let (End(text) | Part(text) | Both(text, _)) = at;
            assert_eq!(*text, text.to_lowercase());
        }
    }
}
