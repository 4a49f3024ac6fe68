//! `kmslab show`: one scenario drawn for a person: what is wrong, who is there, what is said, what each surface shows.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use clap::Args;

use super::Sources;
use crate::cli_input;
use crate::error::{CommandError, ExitCode};
use crate::network::stage::NetworkKind;
use crate::runner::{Settings, Status, run_scenario};
use crate::scenario::load::load;
use crate::scenario::{Library, Scenario};
use crate::show::{Line, Look, draw, story};

/// The narrowest drawing in which arrows still say something.
const WIDTH_MIN: u16 = 60;

/// The widest drawing: no name of the DNS is longer.
const WIDTH_MAX: u16 = 400;

/// What `show` is asked.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The scenario, by its whole name as `kmslab list` shows it
    scenario: String,
    /// Only what a customer would tell: ticket and machines, nothing that gives the answer away
    #[arg(long)]
    ticket: bool,
    /// The network to run on
    #[arg(long, default_value = "simulated", value_parser = cli_input::words::<NetworkKind>(NetworkKind::WORDS))]
    network: NetworkKind,
    /// The seed of every random choice: same seed, same drawing
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Columns of the drawing
    #[arg(long, default_value_t = 80, value_name = "N", value_parser = clap::value_parser!(u16).range(i64::from(WIDTH_MIN)..=i64::from(WIDTH_MAX)))]
    width: u16,
    #[command(flatten)]
    sources: Sources,
}

/// Draws the scenario.
///
/// # Errors
/// A name that is no scenario's, a file that is refused.
pub fn show(args: &ShowArgs, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let library = cli_input::library(&args.sources)?;
    let scenario = find(&library, &args.scenario)?;
    let width = usize::from(args.width);
    if args.ticket {
        return put(&story::draw(&scenario, width), out).map(|()| ExitCode::AsExpected);
    }
    cli_input::prepare(&args.network)?;
    let record = run_scenario(&scenario, &Settings { network: args.network.clone(), seed: args.seed });
    put(&draw(&scenario, &record, width), out)?;
    Ok(match record.status {
        Status::Passed => ExitCode::AsExpected,
        Status::Failed => ExitCode::Differs,
        Status::Skipped => ExitCode::CannotDo,
    })
}

pub(super) fn find(library: &Library, name: &str) -> Result<Scenario, CommandError> {
    if library.scenario(name).is_some() && library.scenario_names().any(|known| known == name) {
        return load(library, name).map_err(|refusal| CommandError::Refused(vec![refusal]));
    }
    let names: Vec<&str> = library.scenario_names().collect();
    // The last part alone is what people remember.
    let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let same_end = names.iter().find(|known| last(known) == last(name));
    let near = same_end.copied().or_else(|| notation::problem::nearest(name, &names));
    let hint = near.map_or_else(
        || "`kmslab list` names all of them".to_owned(),
        |near| format!("did you mean `{}`?", near.escape_debug()),
    );
    Err(CommandError::Usage { message: format!("there is no scenario `{}`", name.escape_debug()), hint })
}

fn put(lines: &[Line], out: &mut dyn Write) -> Result<(), CommandError> {
    let coloured = cli_input::terminal().coloured;
    for line in lines {
        let style = if coloured { style(line.look) } else { Style::new() };
        writeln!(out, "{style}{}{style:#}", line.text).map_err(CommandError::Output)?;
    }
    Ok(())
}

const fn style(look: Look) -> Style {
    match look {
        Look::Plain => Style::new(),
        Look::Heading => Style::new().bold(),
        Look::Bad => Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red))),
        Look::Faint => Style::new().dimmed(),
    }
}
