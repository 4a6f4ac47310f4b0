//! Parses every source, labels the events, and stores them.

use custody::Subject;
use model::{ArtefactKind, Coverage, EvidenceItem, EvidenceSource, FormatChoice, Layer, ProblemKind};
use normalise::Context;
use store::EventWriter;

use crate::{
    Case, Error, ErrorKind, Progress,
    case::{forget, set_aside_plan, write_artefact},
    clock_settings::{ClockSetting, stated},
    coverage::Count,
    labelling::{label, relabel},
    reading::read_items,
    rotation,
};

/// Directory for sorted runs, removed after the stage.
const WORK_DIRECTORY: &str = "work";

/// How sources are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOptions {
    /// Formats that a person chose, whatever the content looks like; of several that fit a source the last counts.
    pub formats: Vec<ChosenFormat>,
    /// What a person states of clocks for this run; it wins over the settings of the case.
    pub clocks: Vec<ClockSetting>,
    /// How many threads to use.
    pub threads: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { formats: Vec::new(), clocks: Vec::new(), threads: stdx::parallel::threads() }
    }
}

/// A format that a person chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenFormat {
    /// The end of the names of the sources that it is for (`syslog.1`, `dump.tar › var/log/messages`); `None`: all.
    pub source: Option<String>,
    /// The format's name.
    pub format: String,
}

impl ChosenFormat {
    /// Reads `FORMAT`, or `SOURCE=FORMAT`.
    pub fn read(text: &str) -> Self {
        let (source, format) = match text.rsplit_once('=') {
            Some((source, format)) => (Some(source.to_string()), format),
            None => (None, text),
        };
        Self { source, format: format.to_string() }
    }
}

impl ReadOptions {
    /// The format of a source: what a person chose, else what the content looks like.
    pub(crate) fn choice(&self, name: &str, head: &[u8]) -> FormatChoice {
        let looks = parse::choose(head);
        let fits = |chosen: &&ChosenFormat| chosen.source.as_ref().is_none_or(|end| name.ends_with(end.as_str()));
        match self.formats.iter().rev().find(fits) {
            Some(chosen) => FormatChoice {
                runner_up: looks.chosen.map(|format| (format, looks.confidence)),
                chosen: Some(chosen.format.clone()),
                confidence: 100,
                by_person: true,
            },
            None => looks,
        }
    }
}

/// Parses all evidence of the case; writes `events/`, `containers.json` and `coverage.json`.
///
/// Bad input becomes problems in the coverage, never an error. Fails when there is no evidence, when
/// one of `options.formats` names no format, when evidence is no longer what was taken, or when the case
/// cannot be written. Artefacts of later stages are removed, because they no longer belong to these events.
pub fn read(case: &mut Case, options: &ReadOptions, observe: &mut dyn FnMut(Progress)) -> Result<Coverage, Error> {
    let directory = case.directory().to_path_buf();
    let items: Vec<EvidenceItem> = case.read_if_there(ArtefactKind::Evidence)?.unwrap_or_default();
    if items.is_empty() {
        return Err(Error::new(ErrorKind::NoEvidence, "read the evidence of", &directory));
    }
    if let Some(wrong) = options.formats.iter().find(|chosen| parse::by_name(&chosen.format).is_none()) {
        return Err(Error::new(ErrorKind::UnknownFormat, "read the evidence as", wrong.format.as_ref()));
    }
    let policy = case.settings.policy();
    let settings: Vec<ClockSetting> = case.settings.clocks.iter().chain(&options.clocks).cloned().collect();
    let sources = items.iter().flat_map(|item| item.sources.iter().map(move |source| source_name(item, source)));
    let names: Vec<String> = sources.collect();
    let (clocks, hosts) = stated(&settings, &case.settings.hosts, &names, &directory)?;
    case.custody.act_with("read", Vec::new(), |outcome| {
        let work = directory.join(WORK_DIRECTORY);
        outcome.detail.extend(settings.iter().map(|clock| (format!("clock {}", clock.source), clock.to_string())));
        let mut drafts = EventWriter::create(&work)?;
        let mut count = Count::default();
        let mut in_order: Vec<&EvidenceItem> = items.iter().collect();
        in_order.sort_by_key(|item| rotation::place(&item.original.path));
        for item in &in_order {
            outcome.subjects.extend(item.sources.iter().map(|source| subject(item, source)));
        }
        read_items(&directory, &work, &in_order, options, (&mut drafts, &mut count), observe)?;
        let containers = count.containers(&items);
        outcome.subjects.push(write_artefact(&directory, ArtefactKind::Containers, &containers)?);
        let context = Context::new(policy).knowing(&containers);
        let mut labels = count.labels(&clocks, &hosts);
        let mut sorted = drafts.finish()?;
        let mut duplicates = 0;
        if !labels.change_nothing() {
            let corrected = EventWriter::create(&work)?;
            (sorted, duplicates) = relabel(&sorted, &mut labels, corrected, options.threads)?;
        }
        let events = label(&sorted, context, (options.threads, &directory), &mut count, observe)?;
        // The runs are only a sorting aid; a leftover costs space, not truth.
        let _ = std::fs::remove_dir_all(&work);
        let coverage = count.coverage(&labels);
        outcome.subjects.push(write_artefact(&directory, ArtefactKind::Coverage, &coverage)?);
        outcome.detail.insert("events".to_string(), events.stored.to_string());
        outcome.detail.insert("duplicates".to_string(), (events.duplicates + duplicates).to_string());
        outcome.detail.insert("joined".to_string(), events.joined.to_string());
        set_aside_plan(&directory)?;
        forget(&directory, &[ArtefactKind::Findings, ArtefactKind::Incidents, ArtefactKind::Scope])?;
        Ok(coverage)
    })
}

/// Fails when not one source could be read as a log, with why: then silence says nothing at all.
///
/// Everything that was found instead stands in `evidence.json` and `coverage.json`.
pub fn must_be_readable(case: &Case, coverage: &Coverage) -> Result<(), Error> {
    if coverage.sources.iter().any(|source| source.records > 0) {
        return Ok(());
    }
    let items: Vec<EvidenceItem> = case.read_if_there(ArtefactKind::Evidence)?.unwrap_or_default();
    let refused = |item: &EvidenceItem| {
        item.sources.is_empty() && item.problems.iter().any(|problem| problem.kind == ProblemKind::Unreadable)
    };
    let mut found: Vec<&str> = items.iter().flat_map(|item| &item.problems).map(|it| it.text.as_str()).collect();
    found.extend(coverage.sources.iter().flat_map(|source| &source.problem_list).map(|it| it.text.as_str()));
    if found.is_empty() {
        found.push("it holds nothing");
    }
    found.dedup();
    found.truncate(3);
    let kind = if !items.is_empty() && items.iter().all(refused) {
        ErrorKind::EvidenceRefused
    } else {
        ErrorKind::NothingReadable
    };
    Err(Error::new(kind, "judge the evidence of", case.directory()).because(found.join("; ")))
}

fn subject(item: &EvidenceItem, source: &EvidenceSource) -> Subject {
    Subject::hashed(source_name(item, source).as_str(), source.id)
}

/// A source's name for people: the original's path, then what lies within.
pub(crate) fn source_name(item: &EvidenceItem, source: &EvidenceSource) -> String {
    let mut name = item.original.path.to_text();
    for layer in &source.layers {
        if let Layer::Tar { member } = layer {
            name.push_str(" › ");
            name.push_str(&member.to_text());
        }
    }
    name
}
