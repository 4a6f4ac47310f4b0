//! Opens backup sources, so that every stage opens them alike.

use std::path::{Path, PathBuf};

use backup::{Backend, OpenOptions, Password};
use custody::Subject;

use crate::{Case, Error, ErrorKind};

/// Directory of the case for the version indices of repositories: saves time, holds no truth.
const INDEX_DIRECTORY: &str = "index";

/// How backup sources are opened. The password is never written anywhere.
#[derive(Debug, Clone, Default)]
pub struct BackupAccess {
    /// File whose first line is the password.
    pub password_file: Option<PathBuf>,
    /// The password itself, from an environment variable; the file takes precedence.
    pub password: Option<GivenPassword>,
}

/// A password given by value, which does not show itself.
#[derive(Clone)]
pub struct GivenPassword(pub String);

impl std::fmt::Debug for GivenPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GivenPassword(…)")
    }
}

impl BackupAccess {
    fn password(&self) -> Option<Password> {
        match (&self.password_file, &self.password) {
            (Some(file), _) => Some(Password::File(file.clone())),
            (None, Some(given)) => Some(Password::Given(given.0.clone())),
            (None, None) => None,
        }
    }
}

/// Opens the sources in their order. Fails at the first one that cannot be opened: what a person gave
/// and what cannot be used must not be passed over in silence.
pub(crate) fn open_all(case: &Path, urls: &[String], access: &BackupAccess) -> Result<Vec<Box<dyn Backend>>, Error> {
    if urls.is_empty() {
        return Err(Error::new(ErrorKind::NoBackup, "look for clean versions for", case));
    }
    let options = OpenOptions { password: access.password(), cache: Some(case.join(INDEX_DIRECTORY)) };
    let mut backends = Vec::new();
    for url in urls {
        backends.push(backup::open(url, &options)?);
    }
    Ok(backends)
}

/// The sources to use: those given now, else those of the case's settings; as absolute addresses, so
/// that a later command finds them from any directory.
pub(crate) fn urls(case: &Case, given: &[String]) -> Vec<String> {
    let urls = if given.is_empty() { &case.settings.backups } else { given };
    urls.iter().map(|url| absolute_url(url)).collect()
}

/// `SCHEME:PATH` or a bare path with the path made absolute. What is no local path stays as it is.
pub fn absolute_url(url: &str) -> String {
    let (scheme, rest) = match url.split_once(':') {
        Some((scheme, rest)) if !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            (Some(scheme), rest)
        }
        _ => (None, url),
    };
    if rest.starts_with('/') || rest.is_empty() {
        return url.to_string();
    }
    // A name that looks like a scheme but is none that is known is left for the error message.
    if scheme.is_some_and(|scheme| !matches!(scheme, "restic" | "dir")) {
        return url.to_string();
    }
    let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    let Ok(absolute) = std::path::absolute(path) else { return url.to_string() };
    let Some(absolute) = absolute.to_str() else { return url.to_string() };
    let scheme = scheme.map(|scheme| format!("{scheme}:")).unwrap_or_default();
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{scheme}{absolute}{query}")
}

/// The sources as subjects of the custody log.
pub(crate) fn subjects(urls: &[String]) -> Vec<Subject> {
    urls.iter().map(|url| Subject::named(url.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_absolute_and_keep_scheme_and_settings() {
        let here = std::path::absolute(".").unwrap();
        let here = here.to_str().unwrap().trim_end_matches('/');
        assert_eq!(absolute_url("restic:b/r"), format!("restic:{here}/b/r"));
        assert_eq!(absolute_url("dir:s?root=/srv/host"), format!("dir:{here}/s?root=/srv/host"));
        assert_eq!(absolute_url("snapshots"), format!("{here}/snapshots"));
        assert_eq!(absolute_url("restic:/b/r"), "restic:/b/r");
        assert_eq!(absolute_url("s3:bucket/x"), "s3:bucket/x");
    }

    #[test]
    fn a_password_is_never_shown() {
        let access = BackupAccess { password_file: None, password: Some(GivenPassword("secret".into())) };
        assert!(!format!("{access:?}").contains("secret"));
    }
}
