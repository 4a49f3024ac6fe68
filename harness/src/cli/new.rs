//! `kmslab new`: a scenario to begin with, which is valid and says what to write where.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Sources;
use crate::cli_input;
use crate::environment::Environment;
use crate::error::{CommandError, ExitCode};
use crate::scenario::library::{BASE_FOLDER, FileText, Library};
use crate::scenario::load::load_text;

/// Longest name: it stands in tables.
const NAME_MAX: usize = 64;

/// The folder of files that must be refused; nothing in it is ever run.
const REFUSED_FOLDER: &str = "invalid/";

/// What `new` is asked.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// The name: words of lower-case letters, digits and hyphens, joined by `/`, e.g. dns/srv-missing
    #[arg(value_parser = name)]
    name: String,
    /// The base environment that it starts from
    #[arg(long, default_value = "domain-member", value_name = "BASE")]
    base: String,
    /// The folder of scenarios in which it is made
    #[arg(long, default_value = "scenarios", value_name = "DIR")]
    scenarios: PathBuf,
}

/// Makes the file; one that is there already is never touched.
///
/// # Errors
/// A base that does not exist, a name that is taken, a file that cannot be made.
pub fn new(args: &NewArgs, out: &mut dyn Write, err: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let folder = args.scenarios.is_dir().then(|| args.scenarios.clone());
    let library = cli_input::library(&Sources { scenarios: folder.into_iter().collect() })?;
    refuse_unknown_base(&library, &args.base)?;
    if library.scenario(&args.name).is_some() {
        let message = format!("there is a scenario `{}` already", args.name);
        return Err(CommandError::Usage { message, hint: format!("see it with `kmslab list {}`", args.name) });
    }
    let path = args.scenarios.join(format!("{}.toml", args.name));
    let healthy = load(&library, args, &path, &skeleton(&args.base, &[]))?;
    let text = skeleton(&args.base, &examples(&healthy));
    load(&library, args, &path, &text)?;
    cli_input::new_file(&args.scenarios, &path, &text)?;
    let shown = path.display();
    writeln!(out, "{shown}").map_err(CommandError::Output)?;
    let next = format!(
        "next: say in it what is wrong and what must come out, then\n  \
         kmslab check {shown}\n  kmslab run {} --scenarios {}",
        args.name,
        args.scenarios.display()
    );
    // The file is made; who cannot read what to do next has it all the same.
    writeln!(err, "{next}").ok();
    Ok(ExitCode::AsExpected)
}

/// A name that stays in its folder and that a filter can find.
fn name(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let word = |word: &str| word.starts_with(|c: char| c.is_ascii_alphanumeric()) && word.chars().all(allowed);
    if !text.split('/').all(word) || text.len() > NAME_MAX {
        return Err(format!(
            "a name is words of lower-case letters, digits and hyphens, joined by `/`, of at most {NAME_MAX} characters"
        ));
    }
    for (folder, what) in [(BASE_FOLDER, "base environments"), (REFUSED_FOLDER, "files that must be refused")] {
        if text.starts_with(folder) {
            return Err(format!("{folder} is the folder of {what}, not of scenarios"));
        }
    }
    Ok(text.to_owned())
}

fn refuse_unknown_base(library: &Library, base: &str) -> Result<(), CommandError> {
    if library.base(base).is_some() {
        return Ok(());
    }
    let names: Vec<&str> = library.base_names().collect();
    let near = notation::problem::nearest(base, &names);
    let hint = near.map_or_else(|| format!("one of: {}", names.join(", ")), |near| format!("did you mean `{near}`?"));
    Err(CommandError::Usage { message: format!("there is no base environment `{}`", base.escape_debug()), hint })
}

/// Holds a text to what `check` would say, and gives the environment that it starts from.
fn load(library: &Library, args: &NewArgs, path: &Path, text: &str) -> Result<Environment, CommandError> {
    let file = FileText { path: path.display().to_string(), text: text.into() };
    let scenario = load_text(library, &args.name, &file);
    scenario.map(|scenario| scenario.healthy).map_err(|refusal| CommandError::Refused(vec![refusal]))
}

/// Changes that are possible in an environment, as lines of a change.
fn examples(healthy: &Environment) -> Vec<String> {
    let mut lines = Vec::new();
    let server = healthy.dns_servers.first();
    let zones = server.into_iter().flat_map(|server| server.service.zones.iter().map(move |zone| (server, zone)));
    let mut records = zones.flat_map(|(server, zone)| zone.records().iter().map(move |record| (server, record)));
    let srv = records.find(|(_, record)| {
        record.record_type() == mock_dns::record::RecordType::SRV && record.name.to_string().starts_with("_vlmcs")
    });
    if let Some((server, record)) = srv {
        let (at, name) = (&server.id, &record.name);
        lines.push(format!("{{ remove.records = {{ at = \"{at}\", name = \"{name}\", type = \"SRV\" }} }},"));
    }
    if let Some(host) = healthy.kms_hosts.first() {
        let (at, port) = (&host.id, host.port());
        let rule =
            format!("id = \"port-{port}\", to = [\"{at}\"], protocol = \"tcp\", port = {port}, how = \"silent\"");
        lines.push(format!("{{ add.rule = {{ {rule} }} }},"));
        lines.push(format!("{{ set.value = {{ at = \"{at}\", key = \"service.state\", to = \"not-activated\" }} }},"));
    }
    lines
}

fn skeleton(base: &str, examples: &[String]) -> String {
    let examples: String = examples.iter().map(|line| format!("  # {line}\n")).collect();
    format!(
        r#"# One story of a network that is broken. What every key means: `kmslab schema`.
title   = "One sentence that a support engineer would say"
ticket  = "What the customer says. It does not give the answer away."
base    = "{base}"
tags    = []
sources = [{{ ref = "where this is known from", confidence = "inferred" }}]   # or "documented", or "field"

[[step]]
# What is wrong, in order. Nothing is yet, so the network is healthy. What is possible, for example:
change = [
{examples}]

# What must come out, from documents and measurements. A key that is absent is not judged.
[step.expect]
outcome = "activated"
# slmgr            = ["0x00000000"]                            # any of these codes, or "unknown"
# must             = ["dns-srv-missing"]                       # findings of a diagnosis
# journal.must     = ["client: connect * 1688 -> connected"]   # observer: what; * is any text
# journal.must_not = ["client: query * SRV -> NXDOMAIN"]
"#
    )
}

#[cfg(test)]
mod tests {
    use super::{examples, name, skeleton};
    use crate::scenario::catalogue::embedded;
    use crate::scenario::library::FileText;
    use crate::scenario::load::load_text;

    #[track_caller]
    fn check(text: &str, accepted: bool) {
        assert_eq!(name(text).is_ok(), accepted, "{text}");
    }

    #[test]
    fn names_stay_in_their_folder() {
        check("dns/srv-missing", true);
        check("one", true);
        check("a/b/c9", true);
        for wrong in
            ["", "/a", "a/", "a//b", "../a", "a/../b", "a\\b", "C:a", "a.toml", "A", "-a", "base/a", "invalid/a"]
        {
            check(wrong, false);
        }
        check(&"a".repeat(65), false);
    }

    #[test]
    fn every_example_is_possible_in_every_base() {
        let library = embedded();
        for base in library.base_names() {
            let load = |text: &str| {
                let file = FileText { path: "new".to_owned(), text: text.into() };
                load_text(&library, "new", &file).unwrap_or_else(|refusal| panic!("{base}:\n{refusal}"))
            };
            let examples = examples(&load(&skeleton(base, &[])).healthy);
            let text = skeleton(base, &examples);
            assert!(load(&text).steps[0].change.0.is_empty());
            let possible = load(&text.replace("\n  # {", "\n  {"));
            assert_eq!(possible.steps[0].change.0.len(), examples.len());
            load(
                &text.replace("\n# slmgr", "\nslmgr").replace("\n# must", "\nmust").replace("\n# journal", "\njournal"),
            );
        }
    }
}
