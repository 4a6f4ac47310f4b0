//! What a person states of the clocks and hosts of sources, in `case.toml` or on the command line.

use std::{fmt, path::Path};

use model::Timestamp;
use normalise::clocks::{Pattern, StatedClock, StatedHost, parse_offset};
use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind};

/// One `[[clock]]` of `case.toml`, or one `--clock`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockSetting {
    /// Which sources: a name, the end of a path, or a pattern with `*` and `?`.
    pub source: String,
    /// How far times without zone are ahead of UTC: `+09:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<String>,
    /// Milliseconds that the clock is ahead, besides the zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skew_ms: Option<i64>,
    /// When the host booted, for times that count from there, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<String>,
}

/// One `[[source]]` of `case.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostSetting {
    /// Which sources: a name, the end of a path, or a pattern with `*` and `?`.
    pub name: String,
    /// The host of events that name none; left out: it is not known, and is not to be assumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

impl ClockSetting {
    /// Reads `SOURCE=+09:00`, `SOURCE=+1500ms`, or `SOURCE=TIME` with the time of the boot; `None` for other texts.
    pub fn read(text: &str) -> Option<Self> {
        let (source, value) = text.rsplit_once('=')?;
        let mut setting = Self { source: source.to_string(), offset: None, skew_ms: None, boot: None };
        if let Some(number) = value.strip_suffix("ms") {
            setting.skew_ms = Some(number.parse().ok()?);
        } else if parse_offset(value).is_some() {
            setting.offset = Some(value.to_string());
        } else {
            Timestamp::parse(value).ok()?;
            setting.boot = Some(value.to_string());
        }
        Some(setting)
    }
}

impl fmt::Display for ClockSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let skew = self.skew_ms.map(|skew| format!("{skew:+}ms"));
        let parts: Vec<&str> = [&self.offset, &skew, &self.boot].into_iter().flatten().map(String::as_str).collect();
        write!(f, "{}", parts.join(" "))
    }
}

/// What the settings say. Fails for a setting that cannot be read or means no source: a statement that is passed
/// over in silence would change what the person believes.
pub(crate) fn stated(
    clocks: &[ClockSetting],
    hosts: &[HostSetting],
    sources: &[String],
    case: &Path,
) -> Result<(Vec<StatedClock>, Vec<StatedHost>), Error> {
    let wrong = |what: String| Error::new(ErrorKind::BadSettings, "use the settings of", case).because(what);
    let pattern = |text: &str| {
        let pattern = Pattern::new(text).ok_or_else(|| wrong(format!("no name of a source: {text:?}")))?;
        let is_meant = sources.iter().any(|name| pattern.matches(name));
        is_meant.then_some(pattern).ok_or_else(|| wrong(format!("no source is named {text:?}")))
    };
    let mut stated = Vec::new();
    for clock in clocks {
        let unreadable = |what: &str| wrong(format!("clock of {:?}: cannot read {what:?}", clock.source));
        let zone = clock.offset.as_ref().map(|text| parse_offset(text).ok_or_else(|| unreadable(text)));
        let boot = clock.boot.as_ref().map(|text| Timestamp::parse(text).map_err(|_| unreadable(text)));
        stated.push(StatedClock {
            sources: pattern(&clock.source)?,
            zone_minutes: zone.transpose()?,
            skew_ns: clock.skew_ms.unwrap_or(0).saturating_mul(1_000_000),
            boot: boot.transpose()?,
        });
    }
    let host = |host: &HostSetting| Ok(StatedHost { sources: pattern(&host.name)?, host: host.host.clone() });
    Ok((stated, hosts.iter().map(host).collect::<Result<_, Error>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_states_zone_skew_or_boot() {
        let read = |text| ClockSetting::read(text).map(|setting| (setting.source.clone(), setting.to_string()));
        assert_eq!(read("var/log/syslog=+09:00"), Some(("var/log/syslog".into(), "+09:00".into())));
        assert_eq!(read("a=b.log=-1500ms"), Some(("a=b.log".into(), "-1500ms".into())));
        assert_eq!(read("dmesg=2026-11-22T23:00:00Z"), Some(("dmesg".into(), "2026-11-22T23:00:00Z".into())));
        assert_eq!(read("syslog=JST"), None);
        assert_eq!(read("syslog"), None);
    }

    #[test]
    fn a_statement_that_means_nothing_is_refused() {
        let setting = ClockSetting::read("syslog=+09:00").unwrap();
        let none = stated(std::slice::from_ref(&setting), &[], &["audit.log".to_string()], Path::new("case"));
        assert!(none.is_err_and(|error| error.to_string().contains("no source is named")));
        let one = stated(&[setting], &[], &["x/syslog".to_string()], Path::new("case")).unwrap();
        assert_eq!(one.0[0].zone_minutes, Some(540));
    }
}
