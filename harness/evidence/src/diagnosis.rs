//! The diagnosis: which cause the evidence shows, as a careful engineer would find it with the guideline's procedures.
//!
//! It sees numbered observations and nothing else: what the attempt showed and logged, facts of machines where somebody stands,
//! what came back from harmless questions. It can name neither an environment nor a scenario, so it cannot look at the planted
//! fault. In reading order: [`step`] (what is done, in which procedure, at what cost), [`fact`] (what can be observed),
//! [`investigation`] (does it), [`reading`] (the same, in the words of rules), [`table`] (the findings), [`rules`] (from evidence to
//! findings), [`remedy`] (what would mend it), [`mod@typed`] (what a person types to do that).

pub mod fact;
pub mod investigation;
pub mod reading;
pub mod remedy;
pub mod rules;
pub mod step;
pub mod table;
pub mod typed;

pub use fact::{Evidence, Fact, Observation};
pub use investigation::{Case, Place, Planned, investigate, plan, registered};
pub use reading::Reading;
pub use remedy::{Act, Known, Remedy};
pub use rules::{Finding, diagnose};
pub use table::{Entry, FINDINGS, Severity};
pub use typed::{Typed, typed};
