//! A small synthetic case that has one of everything a report can show.

mod containers;

use std::collections::BTreeMap;

use model::*;
use report::{CustodySummary, Quote, ReportInput};

/// Owns what a [`ReportInput`] borrows.
#[derive(Default)]
pub struct Case {
    pub name: String,
    pub offset_minutes: i32,
    pub evidence: Vec<EvidenceItem>,
    pub coverage: Coverage,
    pub containers: Vec<KnownContainer>,
    pub detection: Detection,
    pub incidents: Vec<Incident>,
    pub scopes: Vec<Scope>,
    pub catalogue: Catalogue,
    pub plan: Option<Plan>,
    pub approval: Option<Approval>,
    pub receipts: Vec<Receipt>,
    pub verdicts: Vec<Verdict>,
    pub custody: Option<CustodySummary>,
    pub quotes: BTreeMap<EventId, Vec<Quote>>,
}

impl Case {
    pub fn input(&self) -> ReportInput<'_> {
        ReportInput {
            case_name: &self.name,
            display_offset_minutes: self.offset_minutes,
            report_path: Some("case/report/report.html"),
            evidence: &self.evidence,
            coverage: &self.coverage,
            containers: &self.containers,
            detection: &self.detection,
            incidents: &self.incidents,
            scopes: &self.scopes,
            catalogue: &self.catalogue,
            plan: self.plan.as_ref(),
            approval: self.approval.as_ref(),
            receipts: &self.receipts,
            verdicts: &self.verdicts,
            custody: self.custody.as_ref(),
            quotes: &self.quotes,
        }
    }
}

/// The words that an attacker chooses.
pub struct Names<'a> {
    pub container: &'a str,
    pub process: &'a str,
    pub argument: &'a str,
    pub path: &'a str,
    pub host: &'a str,
    pub record: &'a str,
}

pub const HONEST: Names<'static> = Names {
    container: "web-7f9c",
    process: "sh",
    argument: "echo '* * * * * root /tmp/x' > /host/etc/cron.d/job",
    path: "/etc/cron.d/job",
    host: "node1",
    record: "type=PATH msg=audit(1795390132.868:1042): item=1 name=\"/host/etc/cron.d/job\" inode=131 dev=08:01 \
             nametype=CREATE",
};

fn source() -> SourceId {
    Sha256::of(b"audit.log")
}

fn event(number: u64) -> EventId {
    EventId::new(source(), number * 400, 0)
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_795_390_100 + seconds, 868_000_000)
}

fn process(names: &Names<'_>, pid: u32, first: u64) -> ProcessKey {
    ProcessKey { host: names.host.to_string(), boot: 0, pid, first: event(first) }
}

fn container(names: &Names<'_>) -> ContainerRef {
    ContainerRef { id: names.container.to_string(), confidence: 90 }
}

/// The case with these names.
pub fn case(names: &Names<'_>) -> Case {
    let mut case = Case {
        name: "Storefront, November".to_string(),
        offset_minutes: 540,
        evidence: evidence(),
        coverage: coverage(names),
        containers: containers::containers(names),
        detection: detection(names),
        incidents: vec![incident(names)],
        scopes: vec![scope(names)],
        catalogue: catalogue(names),
        receipts: receipts(names),
        verdicts: verdicts(names),
        custody: Some(CustodySummary {
            checkpoint: "yobitsugi.example/case\n41\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— yobitsugi.example/case Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n".to_string(),
            public_key: "yobitsugi.example/case+033de0ae+AR2h6J1nVpCzVYPfM7pHCfJzrTLhMeyZ9eDB2X7qZ0Lk".to_string(),
            entries: 41,
        }),
        ..Case::default()
    };
    let mut plan = plan(names);
    plan.id = plan.computed_id();
    case.approval = Some(Approval { plan: plan.id, by: "A. Approver".to_string(), at: at(7_200) });
    case.plan = Some(plan);
    case.quotes = report::cited_events(&case.input())
        .into_iter()
        .map(|event| {
            let text = Bytes(names.record.as_bytes().to_vec());
            let address = Address { source: source(), offset: event.offset, length: text.0.len() as u64 };
            (event, vec![Quote { source_name: "audit.log".to_string(), address, text }])
        })
        .collect();
    case
}

fn evidence() -> Vec<EvidenceItem> {
    let item = |path: &str, sources| EvidenceItem {
        original: Original {
            path: path.into(),
            also_at: Vec::new(),
            sha256: Sha256::of(path.as_bytes()),
            blake3: Blake3([0x5a; 32]),
            size: 7_340_032,
            modified: at(3_000),
            changed: at(3_001),
            taken: at(6_000),
            storage: Storage::Copied,
        },
        sources,
        problems: Vec::new(),
    };
    let decoded = |layers| EvidenceSource { id: source(), layers, size: 9_000_000, modified: at(3_000) };
    let tar = Layer::Tar { member: "var/log/audit/audit.log".into() };
    vec![item("audit.log", vec![decoded(Vec::new())]), item("node1.tar.gz", vec![decoded(vec![Layer::Gzip, tar])])]
}

fn lane(names: &Names<'_>) -> Lane {
    Lane {
        host: Some(names.host.to_string()),
        host_known: HostKnown::Shared,
        first: at(0),
        last: at(3_600),
        events: 2_117,
        silences: vec![Span { from: at(1_200), to: at(2_400) }],
        silence_seconds: Some(600),
    }
}

fn clock(names: &Names<'_>) -> SourceClock {
    SourceClock {
        host: None,
        basis: TimeBasis::Local,
        known: ClockKnown::Shared,
        zone_minutes: Some(540),
        years: None,
        skew_ns: Some(-1_500_000_000),
        boot: None,
        error_ns: Some(4_200_000_000),
        reference: Some(names.path.to_string()),
        shared: 12,
    }
}

fn coverage(names: &Names<'_>) -> Coverage {
    let address = Address { source: source(), offset: 71_204, length: 90 };
    let problem = Problem { kind: ProblemKind::Torn, address, text: format!("record ends after {}", names.path) };
    let blind = |kind, from, to, fact: &str, value: &str| BlindWindow {
        kind,
        host: Some(names.host.to_string()),
        from,
        to,
        facts: BTreeMap::from([(fact.to_string(), value.to_string())]),
        addresses: vec![address],
    };
    Coverage {
        sources: vec![SourceCoverage {
            source: source(),
            name: "audit.log".to_string(),
            format: FormatChoice {
                chosen: Some("auditd".to_string()),
                confidence: 95,
                runner_up: None,
                by_person: false,
            },
            hosts: vec![names.host.to_string()],
            first: Some(at(0)),
            last: Some(at(3_000)),
            records: 51_204,
            events: 12_001,
            record_bytes: 8_999_910,
            problem_bytes: 90,
            problems: BTreeMap::from([(ProblemKind::Torn, 1)]),
            problem_list: vec![problem],
            serial_gaps: vec![SerialGap {
                host: Some(names.host.to_string()),
                after: 1_100,
                before: 1_118,
                missing: 17,
                from: at(40),
                to: at(41),
                address,
            }],
            joined: 0,
            unmapped: std::collections::BTreeMap::new(),
            drops: Vec::new(),
            lanes: vec![lane(names)],
            clocks: vec![clock(names)],
        }],
        blind_windows: vec![
            blind(BlindWindowKind::SerialGap, Some(at(40)), Some(at(41)), "missing", "17"),
            blind(BlindWindowKind::NotRecorded, None, None, "class", "file_reads"),
        ],
    }
}

fn detection(names: &Names<'_>) -> Detection {
    let finding = |check: &str, attack: &[&str], crossing, first: u64, seconds: i64, missing: &[&str]| Finding {
        id: format!("{check}@{}", event(first)),
        check: check.to_string(),
        attack: attack.iter().map(ToString::to_string).collect(),
        crossing,
        confidence: 90,
        time: at(seconds),
        host: Some(names.host.to_string()),
        container: Some(container(names)),
        subject: Some(process(names, 4_711, 1)),
        facts: BTreeMap::from([
            ("container".to_string(), names.container.to_string()),
            ("process".to_string(), names.process.to_string()),
            ("path".to_string(), names.path.to_string()),
            ("device".to_string(), "08:01".to_string()),
        ]),
        missing: missing.iter().map(ToString::to_string).collect(),
        events: vec![event(first), event(first + 1)],
        count: 2,
        last: at(seconds + 1),
    };
    let answer = |check: &str, answer| CheckAnswer { check: check.to_string(), answer };
    let missing = "no event of socket.connect".to_string();
    Detection {
        findings: vec![
            finding("host_path_write", &["T1611"], Some(CrossingOutcome::Succeeded), 3, 32, &[]),
            finding("cron_write", &["T1053.003", "not an id"], Some(CrossingOutcome::Succeeded), 3, 32, &[]),
            finding("enters_host_namespace", &["T1611"], Some(CrossingOutcome::Unknown), 9, 60, &["target_namespace"]),
            finding("core_pattern", &["T1611"], Some(CrossingOutcome::Attempted), 11, 70, &[]),
            // Requests were refused for two hours.
            Finding { count: 1_204, last: at(7_280), ..finding("api_denied", &["T1613"], None, 13, 80, &[]) },
        ],
        answers: vec![
            answer("host_path_write", Answer::Yes),
            answer("block_device_mount", Answer::No),
            answer("runtime_socket", Answer::CannotTell { missing }),
        ],
    }
}

fn incident(names: &Names<'_>) -> Incident {
    let crossing = |technique: &str, attack: &str, outcome, first: u64, seconds| Crossing {
        technique: technique.to_string(),
        attack: vec![attack.to_string()],
        outcome,
        time: at(seconds),
        findings: vec![format!("{technique}@{}", event(first))],
    };
    let subject = |pid, parent: Option<u32>, reason: &str, argv: &[&str], certainty, number: u64| Subject {
        process: process(names, pid, number),
        parent: parent.map(|pid| process(names, pid, u64::from(pid - 4_710))),
        comm: Some(names.process.into()),
        argv: argv.iter().map(|argument| (*argument).into()).collect(),
        since: at(i64::from(pid) - 4_700),
        reason: reason.to_string(),
        certainty,
        event: event(number),
    };
    let step = |part, text: &str, first: u64, seconds| StoryStep {
        part,
        time: at(seconds),
        text: text.to_string(),
        facts: BTreeMap::from([
            ("container".to_string(), names.container.to_string()),
            ("process".to_string(), names.process.to_string()),
            ("path".to_string(), names.path.to_string()),
        ]),
        events: vec![event(first)],
    };
    use Certainty::{Inferred, Observed};
    Incident {
        id: format!("incident-{}", event(3)),
        host: Some(names.host.to_string()),
        container: Some(container(names)),
        first: at(32),
        last: at(95),
        outcome: CrossingOutcome::Succeeded,
        crossings: vec![
            crossing("host_path_write", "T1611", CrossingOutcome::Succeeded, 3, 32),
            crossing("cron_write", "T1053.003", CrossingOutcome::Succeeded, 3, 32),
            crossing("enters_host_namespace", "T1611", CrossingOutcome::Unknown, 9, 60),
            crossing("core_pattern", "T1611", CrossingOutcome::Attempted, 11, 70),
        ],
        subjects: vec![
            subject(4_711, None, "container", &["/bin/sh"], Inferred, 1),
            subject(4_712, Some(4_711), "descendant", &["sh", "-c", names.argument], Observed, 2),
            subject(4_715, Some(4_712), "entered_host_namespace", &["nsenter", "-t", "1", "-m"], Inferred, 5),
            subject(4_716, Some(4_715), "descendant", &["tar", "czf", "/tmp/out.tgz", "/srv/data"], Observed, 6),
            subject(4_719, Some(4_711), "descendant", &["cat", "/run/secrets/token"], Observed, 9),
        ],
        story: vec![
            step(StoryPart::Entry, "container_first_seen", 1, 10),
            step(StoryPart::Crossing, "host_path_write", 3, 32),
            step(StoryPart::Persistence, "cron_write", 3, 32),
            step(StoryPart::Crossing, "enters_host_namespace", 9, 60),
        ],
        findings: vec![format!("host_path_write@{}", event(3))],
    }
}

fn object(names: &Names<'_>, path: &str, inode: u64) -> ObjectRef {
    ObjectRef {
        id: ObjectId(format!("{}:{path}", names.host)),
        host: Some(names.host.to_string()),
        kind: ObjectKind::File,
        device: Some(Device { major: 8, minor: 1 }),
        inode: Some(inode),
        host_path: Some(Resolution { path: path.into(), confidence: 95, how: "bind mount / → /host".to_string() }),
        recorded_paths: vec![format!("/host{path}").as_str().into()],
    }
}

fn touched(object: ObjectRef, kinds: &[OperationKind], first: u64, before: Answer, after: Answer) -> TouchedObject {
    let operations = kinds.iter().zip(0_u8..).map(|(kind, step)| Operation {
        kind: *kind,
        time: at(32 + i64::try_from(first).unwrap_or(0) + i64::from(step)),
        event: event(first + u64::from(step)),
    });
    TouchedObject {
        object,
        operations: operations.collect(),
        existed_before: before,
        exists_after: after,
        renamed_to: None,
        renamed_from: None,
        first_act: at(32),
        last_act: at(90),
        certainty: Certainty::Observed,
        later_benign: Vec::new(),
    }
}

const LEDGER: &str = "/srv/data/ledger.db";
const GONE: &str = "/srv/data/orders/2026-11.csv";

fn scope(names: &Names<'_>) -> Scope {
    use OperationKind::{Created, Deleted, Metadata, Overwritten};
    let unknown = || Answer::CannotTell { missing: "host_path".to_string() };
    let mut unresolved = object(names, "/?", 99);
    unresolved.host_path = None;
    let mut ledger = touched(object(names, LEDGER, 2_201), &[Overwritten, Metadata], 5, Answer::Yes, Answer::Yes);
    ledger.later_benign = vec![event(40)];
    Scope {
        incident: format!("incident-{}", event(3)),
        touched: vec![
            touched(object(names, names.path, 131), &[Created, Overwritten], 3, Answer::No, Answer::Yes),
            ledger,
            touched(object(names, GONE, 2_300), &[Deleted], 8, Answer::Yes, Answer::No),
            touched(unresolved, &[Overwritten], 20, unknown(), unknown()),
        ],
        transient: vec![touched(object(names, "/tmp/x", 77), &[Created, Deleted], 22, Answer::No, Answer::No)],
        settings: Vec::new(),
        derived: vec![DerivedObject {
            object: object(names, "/srv/data/report.txt", 2_400),
            rank: 70,
            from: ObjectId(format!("{}:{LEDGER}", names.host)),
            facts: BTreeMap::new(),
            events: vec![event(30), event(31)],
            cleared_by: "compare_with_backup".to_string(),
        }],
        exposed: vec![ExposedObject {
            object: object(names, "/etc/kubernetes/pki/ca.key", 12),
            kind: ExposedKind::Secret,
            content: ExposedContent::TlsPrivateKey,
            identity: None,
            uses: vec![event(25)],
            uses_total: 1,
            first_act: at(50),
            events: vec![event(25)],
        }],
        possible: vec![PossibleObject {
            blind_window: 0,
            below: Some("/".into()),
            settled_by: "compare_hashes_with_backup".to_string(),
        }],
    }
}

fn metadata() -> Metadata {
    Metadata {
        entry: EntryKind::File,
        mode: Some(0o640),
        uid: Some(0),
        gid: Some(0),
        size: Some(40_960),
        modified: Some(at(-90_000)),
        inode: Some(2_201),
        links: Some(1),
        xattrs: None,
    }
}

fn content() -> ContentRef {
    ContentRef::Blobs { blobs: vec![Sha256::of(b"blob")], sha256: Some(Sha256::of(b"ledger")) }
}

fn catalogue(names: &Names<'_>) -> Catalogue {
    let stored = StorageTime { time: at(-20_000), origin: TimeOrigin::StorageFile, declared: Some(at(-20_003)) };
    let entry = |path: &str| CatalogueEntry {
        object: ObjectId(format!("{}:{path}", names.host)),
        path: path.into(),
        versions: vec![Version {
            source: "restic:/backup/node1".to_string(),
            first_snapshot: "4bd0f1a2".to_string(),
            last_snapshot: "9c01aa7e".to_string(),
            stored,
            metadata: metadata(),
            content: content(),
        }],
        clean: CleanPoint::Version { index: 0, age_ns: 20_032_000_000_000 },
    };
    let absent = CatalogueEntry {
        object: ObjectId(format!("{}:{}", names.host, names.path)),
        path: names.path.into(),
        versions: Vec::new(),
        clean: CleanPoint::Absent { stored: at(-20_000), snapshot: "9c01aa7e".to_string() },
    };
    Catalogue {
        entries: vec![absent, entry(LEDGER), entry(GONE)],
        warnings: vec!["forged_time source=restic:/backup/node1 snapshots=2 of=30".to_string()],
    }
}

fn plan(names: &Names<'_>) -> Plan {
    let from = RestoreSource {
        source: "restic:/backup/node1".to_string(),
        snapshot: "9c01aa7e".to_string(),
        content: content(),
    };
    let step = |id, path: &str, action, reason: &str, first: u64| Step {
        id,
        object: ObjectId(format!("{}:{path}", names.host)),
        path: path.into(),
        action,
        reason: reason.to_string(),
        candidates: Vec::new(),
        events: vec![event(first)],
    };
    let write = || StepAction::WriteFile { from: from.clone(), metadata: metadata() };
    Plan {
        id: Sha256([0; 32]),
        first_hostile_act: at(32),
        clock_error_ns: 250_000_000,
        steps: vec![
            step(1, LEDGER, write(), "content_changed", 5),
            step(2, GONE, write(), "deleted", 8),
            step(3, names.path, StepAction::Quarantine, "created_by_attacker", 3),
        ],
        not_restored: vec![NotRestored {
            object: ObjectId(format!("{}:dev=08:01,ino=99", names.host)),
            reason: "path_unknown".to_string(),
            next: "find_path_by_inode".to_string(),
        }],
    }
}

fn receipts(names: &Names<'_>) -> Vec<Receipt> {
    let there = |content: &[u8]| Fingerprint::Something {
        kind: "file".to_string(),
        inode: 2_201,
        mode: 0o640,
        uid: 0,
        gid: 0,
        size: 40_960,
        modified: at(-90_000),
        sha256: Some(Sha256::of(content)),
    };
    let receipt = |step, path: &str, state, before, after, undo| Receipt {
        step,
        object: ObjectId(format!("{}:{path}", names.host)),
        path: path.into(),
        state,
        before,
        after,
        undo,
        at: at(7_300 + i64::from(step)),
        notes: Vec::new(),
    };
    let refused =
        StepState::Refused { reason: "unsafe_parent".to_string(), detail: format!("{} is a link", names.path) };
    let put_back = Undo::PutBack { quarantined: "step-1".into() };
    let mut first = receipt(1, LEDGER, StepState::Done, there(b"damaged"), there(b"ledger"), put_back);
    first.notes = vec!["owner_not_restored wanted=0:0 found=1000:1000".to_string()];
    vec![
        first,
        receipt(2, GONE, StepState::Done, Fingerprint::Nothing, there(b"orders"), Undo::Remove),
        receipt(3, names.path, refused, there(b"x"), there(b"x"), Undo::Nothing),
    ]
}

fn verdicts(names: &Names<'_>) -> Vec<Verdict> {
    let check = |check: &str, rung, answer, proof: &str| CheckResult {
        check: check.to_string(),
        rung,
        answer,
        proof: proof.to_string(),
    };
    let untold = Answer::CannotTell { missing: "target_namespace".to_string() };
    vec![
        Verdict {
            object: ObjectId(format!("{}:{LEDGER}", names.host)),
            path: LEDGER.into(),
            sha256: Some(Sha256::of(b"ledger")),
            rung: Some(Rung::V4),
            verified: true,
            checks: vec![
                check("bytes", Rung::V1, Answer::Yes, "SHA-256 equals the chosen version"),
                check("metadata", Rung::V2, Answer::Yes, "mode 0640, 0:0"),
                check("sqlite", Rung::V3, Answer::Yes, "10 pages of 4096 bytes"),
                check("sqlite", Rung::V4, Answer::Yes, "integrity_check: ok"),
            ],
        },
        Verdict {
            object: ObjectId(format!("{}:{GONE}", names.host)),
            path: GONE.into(),
            sha256: Some(Sha256::of(b"orders")),
            rung: Some(Rung::V1),
            verified: false,
            checks: vec![
                check("bytes", Rung::V1, Answer::Yes, names.record),
                check("metadata", Rung::V2, Answer::No, "owner 1000:1000, expected 0:0"),
                check("text", Rung::V3, untold, ""),
            ],
        },
    ]
}
