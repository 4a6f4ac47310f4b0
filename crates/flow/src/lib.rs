//! The conductor: the order of the stages of an investigation, and nothing else.
//!
//! `intake → read → detect → plan → [approve] → restore → verify → report`. Each stage reads the
//! artefacts of the stage before from the case directory and writes its own, so that any stage can
//! be run again alone. Every stage records itself in the custody log, failures included.

mod backups;
mod case;
mod clock_settings;
mod coverage;
mod custody_check;
mod detect_stage;
mod error;
mod holes;
mod intake_stage;
mod investigate;
mod labelling;
mod links;
mod plan_stage;
mod progress;
mod query_stage;
mod quotes;
mod read_stage;
mod reading;
mod report_stage;
mod restore_stage;
mod rotation;
mod rules_stage;
mod runtime_state;
mod silences;
mod timeline;
mod verify_stage;
mod why;

pub mod clock;

pub use ::plan::Resolution;
pub use ::report::{CustodySummary, Quote, ReportInput, StoryLevel, StoryLine, story};
pub use ::report::{EXPORT_NAMES, Export, csv_line, csv_text, export, json_line};
pub use backups::{BackupAccess, GivenPassword, absolute_url};
pub use case::{CASE_FILE, Case, Settings};
pub use clock_settings::{ClockSetting, HostSetting};
pub use custody::{Act, ActResult, Report as CustodyReport, Subject};
pub use custody_check::{current_user, custody_lines, verify_case_custody, verify_custody};
pub use detect_stage::detect;
pub use error::{Error, ErrorKind};
pub use intake_stage::{IntakeOptions, intake};
pub use investigate::{InvestigateOptions, Investigation, investigate};
pub use plan_stage::{PlanOptions, approve, plan};
pub use progress::{Progress, Stage};
pub use query::{Error as QueryError, Value as QueryValue};
pub use query_stage::{Answer, query};
pub use quotes::quotes;
pub use read_stage::{ChosenFormat, ReadOptions, must_be_readable, read};
pub use report_stage::{REPORT_DIRECTORY, ReportFiles, custody_summary, report, report_path, with_report_input};
pub use restore::{Error as RestoreError, Ownership, Undone};
pub use restore_stage::{RestoreOptions, restore, undo};
pub use rules::{
    Answered, Carried, Fault as RuleFault, Language as RuleLanguage, Line as RuleLine, Match as RuleMatch, Rule, Rules,
    Truth,
};
pub use rules_stage::{
    Explanation, LoadedRules, RuleAnswers, RuleFiles, RuleSurvey, explain_rules, has_events, load_rules, run_rules,
    survey_rules,
};
pub use timeline::events;
pub use verify_stage::verify;
pub use why::{Link, Record, Step, Why, why};
