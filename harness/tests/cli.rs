//! The program as scripts and people meet it: exit codes, standard output, standard error.
//!
//! Only the contract is held here: names, flags, exit codes, JSON. What a scenario means is tested where it is decided. Each
//! part has a file: [`program`] runs the binary, the others ask it.

#[path = "cli/authoring.rs"]
mod authoring;
#[path = "cli/commands.rs"]
mod commands;
#[path = "cli/diagnose.rs"]
mod diagnose;
#[cfg(target_os = "linux")]
#[path = "cli/dissected.rs"]
mod dissected;
#[path = "cli/doctor.rs"]
mod doctor;
#[path = "cli/evidence.rs"]
mod evidence;
#[path = "cli/exec.rs"]
mod exec;
#[path = "cli/exec_programs.rs"]
mod exec_programs;
#[path = "cli/exit_codes.rs"]
mod exit_codes;
#[path = "cli/explain.rs"]
mod explain;
#[cfg(target_os = "linux")]
#[path = "cli/interrupted.rs"]
mod interrupted;
#[path = "cli/learn.rs"]
mod learn;
#[path = "cli/output.rs"]
mod output;
#[path = "cli/program.rs"]
mod program;
#[path = "cli/reports.rs"]
mod reports;
#[path = "cli/selection.rs"]
mod selection;
#[path = "cli/show.rs"]
mod show;
#[cfg(target_os = "linux")]
#[path = "cli/terminal.rs"]
mod terminal;
