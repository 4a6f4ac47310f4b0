//! What little of shell syntax is needed: where a word ends, and whether a command goes on in the next line.

/// Words of one command that are kept.
const WORDS_MAX: usize = 256;
/// Bytes of one command that are looked at. Each further line looks again at all of them, so the bound is also one of time.
const BYTES_MAX: usize = 16 * 1024;

/// What stands at a place of a command.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A byte of a word; quotes and backslashes are gone.
    Word(u8),
    /// The word has quotes, so it counts also when it is empty.
    Quote,
    Space,
    /// `;`, `|`, `&`, `(`, `)` or a line end.
    Operator(u8),
}

/// Takes `command` apart; `false` when a quote is open at its end.
fn parts(command: &[u8], each: &mut dyn FnMut(Part)) -> bool {
    let mut bytes = command[..command.len().min(BYTES_MAX)].iter().copied();
    let mut quote = None;
    let mut at_start = true;
    while let Some(byte) = bytes.next() {
        let started = at_start;
        at_start = false;
        match (quote, byte) {
            (None, b'#') if started => {
                // A comment; a line end behind it belongs to what follows.
                each(Part::Word(byte));
                for byte in bytes.by_ref() {
                    if byte == b'\n' {
                        each(Part::Operator(byte));
                        at_start = true;
                        break;
                    }
                    each(if byte == b' ' { Part::Space } else { Part::Word(byte) });
                }
            }
            (None, b'\'' | b'"') => {
                quote = Some(byte);
                each(Part::Quote);
            }
            (Some(open), byte) if open == byte => quote = None,
            (None | Some(b'"'), b'\\') => match bytes.next() {
                Some(b'\n') | None => {}
                Some(next) => {
                    if quote.is_some() && !b"\\\"$`".contains(&next) {
                        each(Part::Word(byte));
                    }
                    each(Part::Word(next));
                }
            },
            (None, b' ' | b'\t') => {
                each(Part::Space);
                at_start = true;
            }
            (None, b';' | b'|' | b'&' | b'(' | b')' | b'\n') => {
                each(Part::Operator(byte));
                at_start = true;
            }
            (_, byte) => each(Part::Word(byte)),
        }
    }
    quote.is_none()
}

/// The words of a command line, at most 256; operators (`;`, `&&`, `|`) are words of their own. Nothing is expanded.
pub(super) fn split(command: &[u8]) -> Vec<Vec<u8>> {
    let mut words: Vec<Vec<u8>> = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut operator = false;
    parts(command, &mut |part| {
        let was_operator = std::mem::replace(&mut operator, matches!(part, Part::Operator(_)));
        match part {
            Part::Word(byte) => word.get_or_insert_default().push(byte),
            Part::Quote => {
                word.get_or_insert_default();
            }
            Part::Space => words.extend(word.take()),
            Part::Operator(byte) => {
                words.extend(word.take());
                match words.last_mut() {
                    // `&&`, `||`, `;;`.
                    Some(last) if was_operator && last.as_slice() == [byte] => last.push(byte),
                    _ if byte == b'\n' => words.push(b";".to_vec()),
                    _ => words.push(vec![byte]),
                }
            }
        }
    });
    words.extend(word);
    words.truncate(WORDS_MAX);
    words
}

/// Whether an odd number of backslashes ends the text: the next line belongs to it.
pub(super) fn ends_with_backslash(text: &[u8]) -> bool {
    text.iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1
}

/// Whether bash would wait for a further line: an open quote, here-document, loop or group, or an operator at the end.
pub(super) fn is_open(command: &[u8]) -> bool {
    if let Some(open) = here_document(command) {
        return open;
    }
    if !parts(command, &mut |_| {}) {
        return true;
    }
    let words = split(command);
    if words.last().is_some_and(|word| matches!(word.as_slice(), b"|" | b"||" | b"&&")) {
        return true;
    }
    let mut depth = 0_i32;
    let mut starts = true;
    for word in &words {
        match word.as_slice() {
            b"do" | b"case" | b"if" | b"{" if starts => depth += 1,
            b"done" | b"esac" | b"fi" | b"}" if starts => depth -= 1,
            _ => {}
        }
        starts = matches!(
            word.as_slice(),
            b";" | b"|" | b"||" | b"&" | b"&&" | b"do" | b"then" | b"else" | b"{" | b"(" | b")" | b"!" | b"elif"
        );
    }
    // A loop's head that waits for its `do`.
    let waits = words.first().is_some_and(|word| matches!(word.as_slice(), b"for" | b"while" | b"until" | b"select"))
        && !words.iter().any(|word| word == b"do");
    depth > 0 || waits
}

/// Whether the here-document that the first line starts is still open; `None` where it starts none.
fn here_document(command: &[u8]) -> Option<bool> {
    let end = memchr::memchr(b'\n', command).unwrap_or(command.len());
    let (first, rest) = command.split_at(end);
    let at = memchr::memmem::find(first, b"<<")?;
    let after = &first[at + 2..];
    let after = after.strip_prefix(b"-").unwrap_or(after).trim_ascii_start();
    let after = after.strip_prefix(b"'").or(after.strip_prefix(b"\"")).or(after.strip_prefix(b"\\")).unwrap_or(after);
    let length = after.iter().take_while(|&&byte| byte.is_ascii_alphanumeric() || byte == b'_').count();
    let word = &after[..length];
    if !word.first().is_some_and(|&byte| byte.is_ascii_alphabetic() || byte == b'_') {
        return None;
    }
    Some(!rest.split(|&byte| byte == b'\n').any(|line| line.trim_ascii() == word))
}

/// Words with which typed commands start, in order: for the search.
#[rustfmt::skip]
const COMMANDS: &[&str] = &[
    "alias", "apk", "apt", "apt-get", "awk", "bash", "bg", "cargo", "cat", "cd", "chattr", "chmod", "chown", "chroot",
    "clear", "cp", "crictl", "crontab", "ctr", "curl", "cut", "date", "dd", "df", "diff", "dig", "dmesg", "dnf",
    "docker", "docker-compose", "du", "echo", "emacs", "env", "exec", "exit", "export", "fdisk", "fg", "file", "find",
    "for", "free", "git", "go", "grep", "groups", "gunzip", "gzip", "head", "helm", "history", "host", "hostname",
    "htop", "id", "if", "insmod", "ip", "iptables", "java", "jobs", "journalctl", "jq", "kill", "killall", "kubectl",
    "last", "less", "ln", "ls", "lsblk", "lsmod", "lsof", "make", "man", "mkdir", "mknod", "modprobe", "more",
    "mount", "mv", "mysql", "nano", "nc", "ncat", "nerdctl", "netstat", "nmap", "node", "npm", "nsenter", "passwd",
    "perl", "php", "ping", "pip", "pip3", "pkill", "podman", "ps", "psql", "pwd", "python", "python3", "reboot", "rm",
    "rmdir", "rpm", "rsync", "runc", "scp", "screen", "sed", "service", "set", "sh", "sleep", "socat", "sort",
    "source", "ssh", "ssh-keygen", "stat", "strace", "strings", "su", "sudo", "systemctl", "tail", "tar", "tcpdump",
    "tee", "tmux", "top", "touch", "tree", "umount", "unalias", "uname", "unset", "unshare", "unzip", "uptime",
    "useradd", "vi", "vim", "w", "watch", "wc", "wget", "which", "while", "who", "whoami", "xargs", "yum", "zcat",
    "zip", "zsh",
];

/// Whether the line starts with a word that people type, or with the path of a program.
pub(super) fn is_command(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    let end = line.iter().position(|byte| b" \t;|&".contains(byte)).unwrap_or(line.len());
    let Ok(word) = std::str::from_utf8(&line[..end]) else { return false };
    word.starts_with("./") || word.starts_with("/usr/bin/") || COMMANDS.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(command: &str) -> Vec<String> {
        split(command.as_bytes()).into_iter().map(|word| String::from_utf8(word).unwrap()).collect()
    }

    #[test]
    fn words_are_split_and_nothing_is_expanded() {
        assert_eq!(
            words("docker exec -it web sh -c 'id; cat /etc/shadow'"),
            ["docker", "exec", "-it", "web", "sh", "-c", "id; cat /etc/shadow"]
        );
        assert_eq!(
            words("a&&b || c|d;e \"x \\\" $y\" '' z\\ z"),
            ["a", "&&", "b", "||", "c", "|", "d", ";", "e", "x \" $y", "", "z z"]
        );
        assert_eq!(words("echo hi # don't"), ["echo", "hi", "#", "don't"]);
        assert_eq!(words("echo 'open"), ["echo", "open"]);
        assert_eq!(split(&b"x ".repeat(5000)).len(), WORDS_MAX);
        assert!(COMMANDS.is_sorted());
    }

    #[test]
    fn commands_that_go_on() {
        for open in [
            "echo 'a",
            "for i in 1 2; do",
            "for i in 1 2",
            "cat <<EOF",
            "cat <<'EOF'\nline",
            "a |",
            "a &&",
            "if x; then",
            "f() {",
        ] {
            assert!(is_open(open.as_bytes()), "{open}");
        }
        for whole in [
            "echo done",
            "for i in 1; do x; done",
            "cat <<EOF\nline\nEOF",
            "echo $((1<<2))",
            "cat <<<x",
            "# don't",
            "if x; then y; fi",
            "f() { x; }",
            "{ x; }",
        ] {
            assert!(!is_open(whole.as_bytes()), "{whole}");
        }
        assert!(ends_with_backslash(b"a\\") && !ends_with_backslash(b"a\\\\"));
    }
}
