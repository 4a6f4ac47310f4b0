//! Runs detection rules of others, Falco's and Sigma's, over events after the fact.
//!
//! Both languages are compiled to one form: conditions over tests over fields. A field is looked up in the normalised
//! event; where the source does not carry it, the answer is *cannot tell* and spreads through `and`, `or` and `not` by
//! Kleene's logic. It is never taken for a "no": `not proc.pname in (…)` says nothing where parents are not known. Where
//! the source carries the field and it has no value, Falco's comparison fails and Sigma's `null` holds, as they do there.
//!
//! [`Loader`] takes the texts of rule files and gives [`Rules`], and a [`Fault`] for each rule that could not be loaded;
//! a [`Runner`] is a fold over the events, in their order.

mod bundle;
mod catalogue;
mod eval;
mod falco;
mod family;
mod fault;
mod form;
mod guard;
#[cfg(test)]
mod laws;
mod loader;
mod matcher;
mod runner;
mod seen;
mod sigma;
mod survey;
mod tally;
mod truth;
mod yaml;

pub use fault::{Fault, Kind, Reason};
pub use loader::{Language, Loader, Rule, Rules, language_of};
pub use runner::{Answered, Line, Runner};
pub use survey::{Carried, Survey};
pub use tally::{Match, Tally, check};
pub use truth::Truth;
