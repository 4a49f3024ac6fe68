//! Tickets to be solved: a broken network, the customer's words, a prompt, and a judgement of cause, evidence and fix.
//!
//! Everything is played on the simulated network, at a bench: no root, any system, at once. In reading order: [`text`] (what it says, in
//! each language), [`lesson`] (lessons as data), [`ticket`] (a lesson set up), [`typed`] and [`command`] (what a learner types),
//! [`session`] (what comes back), [`grade`] (what an answer is worth), [`choice`] and [`hint`], [`page`] (all of it as text), [`prompt`]
//! (lines in, text out), [`which`] and [`progress`] (what is kept), [`rename`] and [`generate`] (tickets from a seed),
//! [`paper`], [`exam`] and [`class`] (results that a teacher's copy verifies and sums up).

pub mod choice;
pub mod class;
pub mod command;
pub mod exam;
pub mod generate;
pub mod grade;
pub mod hint;
pub mod lesson;
pub mod page;
pub mod paper;
pub mod progress;
pub mod prompt;
pub mod rename;
pub mod session;
pub mod text;
pub mod ticket;
pub mod typed;
pub mod which;
