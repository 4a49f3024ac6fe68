//! Each scenario file as a test of its own, found at run time, on the simulated network.
//!
//! `cargo test --test scenarios srv` runs those whose name contains `srv`. What fails says what `kmslab run` says. A scenario
//! with a known gap must fail, and the simulated network must be able to show everything. The files of `scenarios/` are read,
//! not the copy in the binary, so that an edited file needs no build.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use kmslab::network::stage::NetworkKind;
use kmslab::report::human::Style;
use kmslab::report::{Format, report};
use kmslab::runner::{RunEvent, ScenarioRecord, Settings, Status, run_scenario};
use kmslab::scenario::load::load;
use kmslab::scenario::{Library, catalogue};
use libtest_mimic::{Arguments, Failed, Trial};

/// The seed with which the catalogue is run when nobody names another.
const SEED: u64 = 1;

fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let mut library = Library::default();
    let found = catalogue::add_folder(&mut library, &folder);
    let library = Arc::new(library);
    let names: Vec<String> = library.scenario_names().map(str::to_owned).collect();
    let trials = names.into_iter().map(|name| {
        let library = Arc::clone(&library);
        Trial::test(name.clone(), move || run(&library, &name))
    });
    let whole = Trial::test("folder-is-read", move || found.map_err(|refusal| refusal.to_string().into()));
    libtest_mimic::run(&Arguments::from_args(), trials.chain([whole]).collect()).exit_code()
}

fn run(library: &Library, name: &str) -> Result<(), Failed> {
    let scenario = load(library, name).map_err(|refusal| refusal.to_string())?;
    let settings = Settings { network: NetworkKind::Simulated, seed: SEED };
    let record = run_scenario(&scenario, &settings);
    match record.status {
        Status::Passed => Ok(()),
        Status::Skipped => Err(format!("the simulated network must show everything\n{}", told(&record)?).into()),
        Status::Failed if record.known_gap.is_some() => {
            Err("this scenario has a `known_gap` and comes out as expected: remove the key".into())
        }
        Status::Failed => Err(told(&record)?.into()),
    }
}

/// What `kmslab run` says of it.
fn told(record: &ScenarioRecord) -> Result<String, Failed> {
    let mut text = Vec::new();
    let mut report = report(&Format::Human, Style::default());
    report.event(&RunEvent::Begin { scenarios: 1, network: record.network, seed: SEED }, &mut text)?;
    report.event(&RunEvent::Scenario(record), &mut text)?;
    Ok(String::from_utf8(text)?)
}
