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
