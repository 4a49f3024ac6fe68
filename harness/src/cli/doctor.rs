//! `kmslab doctor`: which networks this machine can give, and the command to gain the next.

use std::io::Write;

use clap::Args;
use serde_json::json;

use crate::cli_input;
use crate::error::{CommandError, ExitCode};
use crate::lab::{doctor, probe};
use crate::scenario::catalogue;
use crate::scenario::load::load;

/// The scenario that is set up to see whether it can be.
const TRIED: &str = "healthy/domain-member";

notation::choice! {
    /// How the findings are written.
    pub enum DoctorFormat("format") {
        /// For people.
        "human" => Human,
        /// JSON Lines: a network each, and the verdict.
        "json" => Json,
    }
}

/// What `doctor` is asked.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// The format
    #[arg(long, default_value = "human", value_parser = cli_input::words::<DoctorFormat>(DoctorFormat::WORDS))]
    format: DoctorFormat,
}

/// Tries every network.
///
/// # Errors
/// When the findings cannot be written.
pub fn doctor(args: &DoctorArgs, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let scenario = load(&catalogue::embedded(), TRIED).map_err(|refusal| CommandError::Refused(vec![refusal]))?;
    let Some(step) = scenario.steps.first() else { return Ok(ExitCode::CannotDo) };
    let networks = doctor::networks(&probe::facts(&step.environment));
    let verdict = doctor::verdict(&networks);
    let write = |out: &mut dyn Write| match args.format {
        DoctorFormat::Human => human(&networks, &verdict, out),
        DoctorFormat::Json => json_lines(&networks, &verdict, out),
    };
    write(out).map_err(CommandError::Output)?;
    let all = networks.iter().all(|network| network.missing.is_none());
    Ok(if all { ExitCode::AsExpected } else { ExitCode::CannotDo })
}

fn human(networks: &[doctor::Network], verdict: &str, out: &mut dyn Write) -> std::io::Result<()> {
    for network in networks {
        let there = if network.missing.is_none() { "yes" } else { "no" };
        writeln!(out, "{:<10} {there:<4} {}", network.name, network.gives)?;
        if let Some(missing) = &network.missing {
            writeln!(out, "                why      {}", missing.reason)?;
            writeln!(out, "                to do    {}", missing.remedy)?;
        }
    }
    writeln!(out, "{verdict}")
}

fn json_lines(networks: &[doctor::Network], verdict: &str, out: &mut dyn Write) -> std::io::Result<()> {
    for network in networks {
        let (reason, remedy) = network.missing.as_ref().map(|missing| (&missing.reason, &missing.remedy)).unzip();
        let object = json!({
            "type": "network",
            "name": network.name,
            "available": network.missing.is_none(),
            "reason": reason,
            "remedy": remedy,
        });
        writeln!(out, "{object}")?;
    }
    let available: Vec<&str> =
        networks.iter().filter(|network| network.missing.is_none()).map(|network| network.name).collect();
    writeln!(out, "{}", json!({ "type": "verdict", "available": available, "text": verdict }))
}
