//! A container puts a link where the runtime looks for a device: `/dev/null` (by which it hides files of `/proc`),
//! a terminal, the console. What it then mounts or opens there is what the link leads to.

use model::{Action, Event, Role};

use super::acts::{Acts, Seen, Sign};
use crate::Need;

/// Catalogue row 34 (CVE-2025-31133, CVE-2025-52565, CVE-2025-52881).
pub(super) fn check() -> Acts {
    let needs = &[Need::AnyOf(&[Action::FileSymlink]), Need::Containers];
    Acts::new("masked_path_link", &["T1611"], needs, &[Action::FileSymlink], see)
}

fn see((): &mut (), event: &Event) -> Seen {
    let Some(target) = event.object(Role::Target).filter(|_| event.container.is_some()) else { return Seen::Nothing };
    let Some(name) = target.name.as_ref().map(model::Bytes::to_text).filter(|name| is_device(name)) else {
        return Seen::Nothing;
    };
    match event.fact("link_text") {
        Some(text) if text.starts_with("/proc") || text.starts_with("/sys") || text.starts_with("..") => {
            let sign = Sign::means(event).with("path", name).with("target", text);
            sign.lacking("masked_target").into()
        }
        Some(_) => Seen::Nothing,
        None => Seen::Undecided("link_text"),
    }
}

/// Devices that the runtime opens or mounts by name while it starts a container.
fn is_device(name: &str) -> bool {
    let terminal =
        name.strip_prefix("/dev/pts/").is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    terminal || matches!(name, "/dev/null" | "/dev/console")
}
