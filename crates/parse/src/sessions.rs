//! What messages of well-known programs say, whichever log carries them: logins, other users, cron.
//!
//! Nothing but the message says that it is true: any program that may write to the log can write it.
//!
//! Sources: OpenSSH `auth.c`, sudo `lib/eventlog`, Linux-PAM `pam_unix`, util-linux `su-common.c` and `login.c`,
//! shadow `su.c`, Debian cron `do_command.c`, systemd `logind-session.c`, dropbear `svr-auth*.c`.

use model::{Action, Event, Outcome};

/// Characters that are read; the longest of these messages are command lines.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// Reads `message` of `program` into `event`; leaves it as it is where nothing is known.
pub(crate) fn interpret(program: &str, message: &str, event: &mut Event) {
    if message.len() > MESSAGE_BYTES_MAX {
        return;
    }
    let program = program.rsplit('/').next().unwrap_or(program);
    if let Some(rest) = message.strip_prefix("pam_unix(").or_else(|| message.strip_prefix("pam_sss(")) {
        pam(rest, event);
        return;
    }
    match program {
        "sshd" | "sshd-session" => sshd(message, event),
        "dropbear" => dropbear(message, event),
        "sudo" => sudo(message, event),
        "su" => su(message, event),
        "login" => login(message, event),
        "cron" | "CRON" | "crond" | "CROND" => cron(message, event),
        "systemd-logind" => logind(message, event),
        _ => None,
    };
}

/// A session of that kind, of that user.
fn session(event: &mut Event, what: &str, user: &str, succeeded: bool) {
    event.action = Action::UserSession;
    event.outcome = if succeeded { Outcome::Succeeded } else { Outcome::Failed { code: None } };
    fact(event, "what", what);
    if !user.is_empty() {
        event.actor.user = Some(user.to_string());
    }
}

fn fact(event: &mut Event, name: &str, value: &str) {
    if !value.is_empty() {
        event.facts.insert(name, value);
    }
}

/// `pam_unix(SERVICE:TYPE): …`, without the opening bracket.
fn pam(rest: &str, event: &mut Event) -> Option<()> {
    let (place, text) = rest.split_once("): ")?;
    let service = place.split(':').next()?;
    for (start, what) in [("session opened for user ", "opened"), ("session closed for user ", "closed")] {
        if let Some(rest) = text.strip_prefix(start) {
            let user = rest.split([' ', '(']).next()?;
            session(event, what, user, true);
            if let Some((_, by)) = rest.split_once(" by ") {
                fact(event, "by", by.split('(').next()?);
            }
        }
    }
    if let Some(rest) = text.strip_prefix("authentication failure;") {
        let value = |name: &str| rest.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        session(event, "authentication", value("user").unwrap_or(""), false);
        event.actor.addresses.extend(value("rhost").filter(|host| !host.is_empty()).map(str::to_string));
        fact(event, "tty", value("tty").unwrap_or(""));
    }
    if event.action == Action::UserSession {
        fact(event, "service", service);
    }
    Some(())
}

fn sshd(message: &str, event: &mut Event) -> Option<()> {
    let (rest, what, succeeded) = None
        .or_else(|| message.strip_prefix("Accepted ").map(|rest| (rest, "login", true)))
        .or_else(|| message.strip_prefix("Failed ").map(|rest| (rest, "login", false)))
        .or_else(|| message.strip_prefix("Disconnected from user ").map(|rest| (rest, "logout", true)))
        .or_else(|| message.strip_prefix("Invalid user ").map(|rest| (rest, "login", false)))?;
    if what == "logout" {
        let (user, address) = rest.split_once(' ')?;
        session(event, what, user, true);
        return peer(address, event);
    }
    // A user name may hold anything, also ` from `: the address stands behind the last one.
    let (before, address) = rest.rsplit_once(" from ")?;
    let Some((method, user)) = before.split_once(" for ") else {
        session(event, what, before, false);
        return peer(address, event);
    };
    let known = user.strip_prefix("invalid user ");
    session(event, what, known.unwrap_or(user), succeeded);
    fact(event, "method", method);
    fact(event, "unknown_user", if known.is_some() { "yes" } else { "" });
    if let Some((_, key)) = address.split_once(": ") {
        fact(event, "key", key);
    }
    peer(address, event)
}

/// `192.0.2.1 port 40222 …`
fn peer(text: &str, event: &mut Event) -> Option<()> {
    let mut words = text.split([' ', ':']).filter(|word| !word.is_empty());
    let address = text.split(' ').next()?;
    event.actor.addresses.push(address.to_string());
    words.find(|word| *word == "port")?;
    fact(event, "port", words.next()?);
    Some(())
}

fn dropbear(message: &str, event: &mut Event) -> Option<()> {
    let (method, rest) = message.split_once(" auth succeeded for '")?;
    let (user, rest) = rest.split_once('\'')?;
    session(event, "login", user, true);
    fact(event, "method", &method.to_lowercase());
    let (_, address) = rest.rsplit_once(" from ")?;
    let (address, port) = address.trim().rsplit_once(':')?;
    event.actor.addresses.push(address.to_string());
    fact(event, "port", port);
    Some(())
}

/// `bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/bin/ls`, with a reason before `TTY` when it was refused.
fn sudo(message: &str, event: &mut Event) -> Option<()> {
    let (user, rest) = message.trim_start().split_once(" : ")?;
    let (fields, command) = rest.split_once("COMMAND=")?;
    let mut parts = fields.split(" ; ").peekable();
    let reason = parts.next_if(|part| !part.contains('='));
    session(event, "sudo", user.trim(), reason.is_none());
    fact(event, "reason", reason.unwrap_or(""));
    fact(event, "command", command);
    for (name, value) in parts.filter_map(|part| part.split_once('=')) {
        let name = match name.trim() {
            "TTY" => "tty",
            "PWD" => "cwd",
            "USER" => "target_user",
            "GROUP" => "target_group",
            _ => continue,
        };
        fact(event, name, value.trim_end_matches([' ', ';']));
    }
    Some(())
}

fn su(message: &str, event: &mut Event) -> Option<()> {
    let failed = message.starts_with("FAILED ");
    let text = message.strip_prefix("FAILED SU ").or(message.strip_prefix("FAILED ")).unwrap_or(message);
    let (target, user, tty) = if let Some(rest) = text.strip_prefix("(to ") {
        let (target, rest) = rest.split_once(") ")?;
        let (user, tty) = rest.split_once(" on ")?;
        (target, user, tty)
    } else {
        let rest = text.strip_prefix("Successful su for ").or(text.strip_prefix("su for "))?;
        let (target, user) = rest.split_once(" by ")?;
        (target, user, "")
    };
    session(event, "su", user, !failed);
    fact(event, "target_user", target);
    fact(event, "tty", tty);
    Some(())
}

fn login(message: &str, event: &mut Event) -> Option<()> {
    let quoted = |text: &str| text.trim_matches(['\'', '"', ' ']).to_string();
    if let Some(rest) = message.strip_prefix("FAILED LOGIN") {
        let (_, rest) = rest.split_once(" FOR ").or(rest.split_once(" FROM "))?;
        let user = quoted(rest.split(',').next()?);
        session(event, "login", &user, false);
        return Some(());
    }
    let lower = message.to_ascii_lowercase();
    let at = lower.find("login on ")?;
    let rest = message.get(at + "login on ".len()..)?;
    let mut words = rest.split_whitespace();
    let tty = quoted(words.next()?);
    let user = if lower.starts_with("root ") { Some("root") } else { rest.split(" BY ").nth(1) };
    session(event, "login", user.and_then(|text| text.split(' ').next()).unwrap_or(""), true);
    fact(event, "tty", &tty);
    if let Some(host) = rest.split(" FROM ").nth(1) {
        event.actor.addresses.push(host.trim().to_string());
    }
    Some(())
}

/// `(root) CMD (command)`: cron says that it starts a command line. No process id of it is given: the one in the
/// log is cron's own child, which starts a shell.
fn cron(message: &str, event: &mut Event) -> Option<()> {
    let (user, rest) = message.strip_prefix('(')?.split_once(") CMD (")?;
    event.action = Action::ProcessExec;
    event.actor.user = Some(user.to_string());
    if let Some(pid) = event.actor.pid.take() {
        fact(event, "cron_pid", &pid.to_string());
    }
    event.actor.comm = None;
    event.actor.exe = None;
    fact(event, "command", rest.strip_suffix(')').unwrap_or(rest));
    fact(event, "evidence", "weak: cron's message, not a record of the process");
    Some(())
}

fn logind(message: &str, event: &mut Event) -> Option<()> {
    if let Some(rest) = message.strip_prefix("New session ") {
        let (id, user) = rest.split_once(" of user ")?;
        session(event, "opened", user.trim_end_matches('.').trim_matches('\''), true);
        fact(event, "session", id.trim_matches('\''));
        return Some(());
    }
    let id = message.strip_prefix("Removed session ")?.trim_end_matches('.');
    session(event, "closed", "", true);
    fact(event, "session", id);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{EventId, Timestamp};

    /// `program: message` → action, outcome, user, addresses and facts on one line.
    fn read(line: &str) -> String {
        let (program, message) = line.split_once(": ").unwrap();
        let id = EventId { source: [0; 8], offset: 0, part: 0 };
        let mut event = Event::draft(id, Timestamp(0), "syslog", Action::LogMessage);
        event.actor.pid = Some(7);
        interpret(program, message, &mut event);
        let outcome = match event.outcome {
            Outcome::Succeeded => "yes",
            Outcome::Failed { .. } => "no",
            Outcome::Unknown => "?",
        };
        let facts: Vec<String> = event.facts.sorted().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let user = event.actor.user.unwrap_or_default();
        format!("{} {outcome} {user} {} {}", event.action.name(), event.actor.addresses.join(","), facts.join(" "))
    }

    #[test]
    fn sessions_are_read() {
        for (line, expected) in [
            (
                "sshd: Accepted publickey for root from 192.0.2.7 port 40222 ssh2: ED25519 SHA256:abc",
                "user.session yes root 192.0.2.7 key=ED25519 SHA256:abc method=publickey port=40222 what=login",
            ),
            (
                "sshd: Failed password for invalid user a from b from 2001:db8::1 port 5 ssh2",
                "user.session no a from b 2001:db8::1 method=password port=5 unknown_user=yes what=login",
            ),
            ("sshd: Invalid user bob from 192.0.2.7 port 9", "user.session no bob 192.0.2.7 port=9 what=login"),
            (
                "sshd: Disconnected from user root 192.0.2.7 port 9",
                "user.session yes root 192.0.2.7 port=9 what=logout",
            ),
            (
                "sudo: pam_unix(sudo:session): session opened for user root(uid=0) by bob(uid=1000)",
                "user.session yes root  by=bob service=sudo what=opened",
            ),
            (
                "sshd: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7  user=root",
                "user.session no root 192.0.2.7 service=sshd tty=ssh what=authentication",
            ),
            (
                "sudo:      bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/usr/bin/nsenter -t 1 -m",
                "user.session yes bob  command=/usr/bin/nsenter -t 1 -m cwd=/home/bob target_user=root tty=pts/0 what=sudo",
            ),
            (
                "sudo: eve : user NOT in sudoers ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/sh",
                "user.session no eve  command=/bin/sh cwd=/ reason=user NOT in sudoers target_user=root tty=pts/1 what=sudo",
            ),
            ("su: (to root) bob on pts/0", "user.session yes bob  target_user=root tty=pts/0 what=su"),
            ("su: FAILED SU (to root) bob on pts/0", "user.session no bob  target_user=root tty=pts/0 what=su"),
            ("su: Successful su for root by bob", "user.session yes bob  target_user=root what=su"),
            ("login: ROOT LOGIN ON tty1", "user.session yes root  tty=tty1 what=login"),
            ("login: LOGIN ON tty1 BY bob FROM gate", "user.session yes bob gate tty=tty1 what=login"),
            (
                "login: FAILED LOGIN (1) on '/dev/tty1' FOR 'bob', Authentication failure",
                "user.session no bob  what=login",
            ),
            ("systemd-logind: New session 12 of user root.", "user.session yes root  session=12 what=opened"),
            ("systemd-logind: Removed session 12.", "user.session yes   session=12 what=closed"),
            (
                "dropbear: Password auth succeeded for 'root' from 192.0.2.7:4022",
                "user.session yes root 192.0.2.7 method=password port=4022 what=login",
            ),
            (
                "/usr/sbin/CRON: (root) CMD (  test -x /a || (b))",
                "process.exec ? root  command=  test -x /a || (b) cron_pid=7 evidence=weak: cron's message, not a record of the process",
            ),
            ("nginx: Accepted password for root from 192.0.2.7 port 1 ssh2", "log.message ?   "),
            ("sshd: Accepted", "log.message ?   "),
        ] {
            assert_eq!(read(line), expected, "{line}");
        }
    }
}
