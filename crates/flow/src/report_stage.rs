//! Writes the report: one HTML file per language, and everything that it is made of as values.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use custody::Subject;
use model::{
    Approval, ArtefactKind, Catalogue, Coverage, Detection, EventId, EvidenceItem, Incident, KnownContainer, Plan,
    Receipt, Scope, Sha256, Verdict,
};
use report::{CustodySummary, Quote, ReportInput};
use texts::{Language, Texts};

use crate::{Case, Error, Progress, Stage, quotes::quotes};

/// Directory of the case for reports.
pub const REPORT_DIRECTORY: &str = "report";

/// The files of a report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportFiles {
    /// One self-contained HTML file per language.
    pub html: Vec<PathBuf>,
}

/// Writes the report in every language into `out`, else into `report/` of the case.
///
/// What has not been done yet is said to be missing in it. Fails when the events have not been read, or
/// when a file cannot be written.
pub fn report(case: &mut Case, out: Option<&Path>, observe: &mut dyn FnMut(Progress)) -> Result<ReportFiles, Error> {
    let data = Data::load(case)?;
    let directory = out.map_or_else(|| case.directory().join(REPORT_DIRECTORY), Path::to_path_buf);
    let cited: BTreeSet<EventId> = report::cited_events(&data.input(&case.settings, None)).into_iter().collect();
    let quoted = quotes(case, &cited)?;
    // The checkpoint covers everything that was done before the report.
    let custody = custody_summary(case)?;
    let settings = case.settings.clone();
    case.custody.act_with("report", Vec::new(), |outcome| {
        fs::create_dir_all(&directory).map_err(|cause| Error::io("make the directory", &directory, cause))?;
        let mut files = ReportFiles::default();
        for (done, language) in Language::ALL.into_iter().enumerate() {
            observe(Progress { stage: Stage::Report, done: done as u64, total: Some(Language::ALL.len() as u64) });
            let input = ReportInput { quotes: &quoted, custody: Some(&custody), ..data.input(&settings, None) };
            let html = report::html(&input, &Texts::new(language));
            let path = report_path(&directory, language);
            stdx::write_atomic(&path, html.as_bytes())?;
            let hash = Sha256::of(html.as_bytes());
            outcome.subjects.push(Subject::hashed(path.as_os_str().as_encoded_bytes(), hash));
            files.html.push(path);
        }
        Ok(files)
    })
}

/// Where the report of a language lies in a directory.
pub fn report_path(directory: &Path, language: Language) -> PathBuf {
    directory.join(format!("report.{}.html", language.tag()))
}

/// The state of the custody log, with a newly signed checkpoint.
pub fn custody_summary(case: &mut Case) -> Result<CustodySummary, Error> {
    let checkpoint = case.custody.seal()?;
    Ok(CustodySummary { checkpoint, public_key: case.custody.vkey(), entries: case.custody.len() })
}

/// Gives `tell` all that the case holds so far, for the story of a command line; `report` says where
/// the report lies. Evidence is not quoted. Fails when the events have not been read.
pub fn with_report_input<T>(
    case: &Case,
    report: Option<&Path>,
    tell: impl FnOnce(&ReportInput<'_>) -> T,
) -> Result<T, Error> {
    let data = Data::load(case)?;
    let path = report.map(|path| path.display().to_string());
    Ok(tell(&data.input(&case.settings, path.as_deref())))
}

/// All artefacts of the case.
struct Data {
    evidence: Vec<EvidenceItem>,
    coverage: Coverage,
    containers: Vec<KnownContainer>,
    detection: Detection,
    incidents: Vec<Incident>,
    scopes: Vec<Scope>,
    catalogue: Catalogue,
    plan: Option<Plan>,
    approval: Option<Approval>,
    receipts: Vec<Receipt>,
    verdicts: Vec<Verdict>,
    quotes: BTreeMap<EventId, Vec<Quote>>,
}

impl Data {
    fn load(case: &Case) -> Result<Self, Error> {
        Ok(Self {
            evidence: case.read_if_there(ArtefactKind::Evidence)?.unwrap_or_default(),
            coverage: case.read(ArtefactKind::Coverage)?,
            containers: case.read_if_there(ArtefactKind::Containers)?.unwrap_or_default(),
            detection: case.read(ArtefactKind::Findings)?,
            incidents: case.read(ArtefactKind::Incidents)?,
            scopes: case.read(ArtefactKind::Scope)?,
            catalogue: case.read_if_there(ArtefactKind::Catalogue)?.unwrap_or_default(),
            plan: case.read_if_there(ArtefactKind::Plan)?,
            approval: case.read_if_there(ArtefactKind::Approval)?,
            receipts: case.read_if_there(ArtefactKind::Receipts)?.unwrap_or_default(),
            verdicts: case.read_if_there(ArtefactKind::Verdicts)?.unwrap_or_default(),
            quotes: BTreeMap::new(),
        })
    }

    fn input<'a>(&'a self, settings: &'a crate::Settings, report_path: Option<&'a str>) -> ReportInput<'a> {
        ReportInput {
            case_name: &settings.name,
            display_offset_minutes: settings.display_offset_minutes,
            report_path,
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
            custody: None,
            quotes: &self.quotes,
        }
    }
}
