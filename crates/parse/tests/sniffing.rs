//! Formats of JSON objects are told apart by what is in them, also when the first lines are none of theirs.

/// Logs of a format's page that are lines; pages also show objects over several lines, and damage.
fn lines(format: &str) -> Vec<Vec<u8>> {
    let page = format!("tests/formats/{format}.md");
    let logs = testkit::page::read(&page).into_iter().map(|case| case.bytes("log"));
    logs.filter(|log| log.starts_with(b"{") && log.split(|&byte| byte == b'\n').all(|line| line != b"{")).collect()
}

#[test]
fn junk_before_the_first_event_does_not_change_the_choice() {
    for format in ["falco", "laurel", "tetragon", "tracee", "tracee_v1"] {
        let logs = lines(format);
        assert!(!logs.is_empty(), "{format}");
        for log in logs {
            let first = log.split(|&byte| byte == b'\n').next().unwrap_or(&log);
            let torn = first[first.len() / 2..].to_vec();
            for junk in
                [&b"starting up\n{\"level\":\"info\",\"msg\":\"ready\"}\n"[..], b"\n\n", &[&torn[..], b"\n"].concat()]
            {
                let source = [junk, &log].concat();
                let choice = parse::choose(&source);
                assert_eq!(choice.chosen.as_deref(), Some(format), "{}", String::from_utf8_lossy(&source));
                assert!(choice.confidence >= 50, "{format}: {}", choice.confidence);
                let rival = choice.runner_up.map_or(0, |runner_up| runner_up.1);
                assert!(rival < choice.confidence, "{format}: {rival} of {}", choice.confidence);
            }
        }
    }
}

#[test]
fn records_in_the_messages_of_another_log_do_not_make_it_theirs() {
    for format in ["auditd", "falco", "laurel", "tetragon", "tracee", "tracee_v1"] {
        let page = format!("tests/formats/{format}.md");
        for case in testkit::page::read(&page) {
            let log = case.bytes("log");
            let lines = log.split(|&byte| byte == b'\n').filter(|line| line.len() > 40 && line.is_ascii());
            let lines: Vec<String> = lines.map(|line| String::from_utf8_lossy(line).into_owned()).collect();
            for (carrier, head) in [
                ("syslog", "Nov 22 23:28:51 web-01 logger[99]: "),
                ("syslog", "2026-11-22T23:28:51.000000+00:00 web-01 shop: "),
                ("syslog", "<13>1 2026-11-22T23:28:51Z web-01 shop - - - "),
                ("cri_log", "2026-11-22T23:28:51Z stdout F "),
            ] {
                let source: String = lines.iter().map(|line| format!("{head}{line}\n")).collect();
                let choice = parse::choose(source.as_bytes());
                if !source.is_empty() {
                    assert_eq!(choice.chosen.as_deref(), Some(carrier), "{format}: {source}");
                }
            }
        }
    }
}

/// Clouds put a container's `log` and `stream` into an object of theirs; that is no log of Docker's.
#[test]
fn a_wrapper_of_container_logs_keeps_its_own_format() {
    let cases = testkit::page::read("tests/formats/k8s_audit.md");
    let lines = cases.iter().map(|case| case.bytes("log")).collect::<Vec<_>>().concat();
    let wrapped: Vec<&[u8]> = (lines.split(|&byte| byte == b'\n'))
        .filter(|line| {
            line.starts_with(b"{\"operationName\"") && memchr::memmem::find(line, b"\"stream\":\"std").is_some()
        })
        .collect();
    assert!(!wrapped.is_empty());
    let choice = parse::choose(&wrapped.join(&b'\n'));
    assert_eq!(choice.chosen.as_deref(), Some("k8s_audit"), "{choice:?}");
}
