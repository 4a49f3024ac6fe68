//! Evidence, then `reproduce`, for every scenario of the catalogue: the same outcome and findings come back.
//!
//! What is rebuilt must show everything that was sent. What the tools show at the client, at each KMS host and at each DNS
//! server is written as files and read again, as a customer's would be. A scenario whose evidence cannot carry it stands in a
//! list with the reason, and leaves the list as soon as it works.
//! `cargo test --test law srv` takes those whose name contains `srv`.
//! - `law/variants.rs`: the same in Korean, in generated networks, and without the scenario itself among those that are known

#[path = "law/variants.rs"]
mod variants;

use std::process::ExitCode;
use std::sync::Arc;

use evidence::Role;
use evidence::diagnosis::Severity;
use exhibit::claim::Claim;
use exhibit::label::Language;
use exhibit::read::{Bounds, read};
use exhibit::tool::Tool;
use exhibit::write::list::{EXHIBITS, Exhibit};
use kmslab::bench::Bench;
use kmslab::network::stage::NetworkKind;
use kmslab::reproduce::{Explanation, Known, Reproduction, Verdict, known, reproduce, tell};
use kmslab::runner::{Settings, run_scenario};
use kmslab::scenario::catalogue::embedded;
use kmslab::scenario::load::load;
use kmslab::scenario::{Library, Scenario};
use libtest_mimic::{Arguments, Failed, Trial};
use notation::Id;

/// The seed with which everything is played.
const SEED: u64 = 1;

/// Scenarios that evidence does not lead back to, and why.
const NOT_CARRIED: [(&str, &str); 5] = [
    ("client/adba", "nothing is asked and nothing logged: more explanations than can be told apart"),
    (
        "client/wait-before-it-is-due",
        "that the next attempt is not due yet follows from an earlier one, and only the end is rebuilt",
    ),
    (
        "publishing/scavenged-while-the-host-was-off",
        "the attempt failed while the host was off, and the other files are from after it came back",
    ),
    ("dns/answer-outlives-the-move", "what a resolver remembers is shown by no file that is sent"),
    ("healthy/lossy-path", "which packet is lost differs from replay to replay"),
];

/// How an attempt ends, and the causes that a diagnosis finds.
type Ending = (String, Vec<&'static str>);

fn main() -> ExitCode {
    let library = Arc::new(embedded());
    let known = Arc::new(known(&library));
    let names: Vec<String> = library.scenario_names().map(str::to_owned).collect();
    let gone = NOT_CARRIED.iter().find(|(name, _)| !names.iter().any(|known| known == name)).map(|(name, _)| *name);
    let listed = Trial::test("exceptions-exist", move || gone.map_or(Ok(()), |name| Err(name.into())));
    let trials = names.into_iter().map(|name| {
        let (library, known) = (Arc::clone(&library), Arc::clone(&known));
        Trial::test(name.clone(), move || holds(&library, &known, &name, Language::English))
    });
    let more = variants::trials(&library, &known);
    libtest_mimic::run(&Arguments::from_args(), trials.chain([listed]).chain(more).collect()).exit_code()
}

fn holds(library: &Library, known: &[Known], name: &str, language: Language) -> Result<(), Failed> {
    let scenario = load(library, name).map_err(|refusal| refusal.to_string())?;
    let Some(sent) = Sent::of(&scenario, language)? else { return Ok(()) };
    let result = reproduce(known, &sent.claims);
    let exception = NOT_CARRIED.iter().find(|(listed, _)| *listed == name);
    match (sent.is_explained_by(&result), exception) {
        (true, None) | (false, Some(_)) => Ok(()),
        (true, Some((_, reason))) => Err(format!("it works: take it out of the list ({reason})").into()),
        (false, None) => Err(format!("expected {:?}\n{}", sent.expected, told(&result)?).into()),
    }
}

/// What was sent, and what it must lead back to.
struct Sent {
    claims: Vec<Claim>,
    expected: Ending,
}

impl Sent {
    /// What is sent from the network of a scenario; nothing where no client tries.
    fn of(scenario: &Scenario, language: Language) -> Result<Option<Self>, Failed> {
        let bench = Bench::of(scenario, SEED).map_err(|error| error.to_string())?;
        let mut clients = bench.environment().clients.iter();
        let Some(client) = clients.find(|client| bench.outcome(&client.id).is_some()) else { return Ok(None) };
        let expected = ending(scenario, &client.id).ok_or("a client with an outcome has a result")?;
        Ok(Some(Self { claims: bundle(&bench, &client.id, language), expected }))
    }

    /// Whether a result contradicts nothing and has the same outcome and causes among its explanations.
    fn is_explained_by(&self, result: &Reproduction) -> bool {
        let explains = matches!(result.verdict, Verdict::Explained | Verdict::Several);
        explains && endings(result).contains(&self.expected)
    }
}

/// What somebody would send from the client, the KMS hosts and the DNS servers.
fn bundle(bench: &Bench, client: &Id, language: Language) -> Vec<Claim> {
    let mut claims = Vec::new();
    for (machine, role) in bench.environment().machines().filter(|(id, role)| *role != Role::Client || *id == client) {
        // A capture is left out: what left a server need not have arrived, and its reader takes each for the client's.
        let is_sent = |exhibit: &&Exhibit| exhibit.is_for(role) && exhibit.tool != Tool::Capture;
        for exhibit in EXHIBITS.iter().filter(is_sent) {
            let written = bench.at(machine, |desk| exhibit.write(desk, language, false));
            for file in written.into_iter().flatten().flatten() {
                let name = if role == Role::Client { file.name } else { format!("{machine}/{}", file.name) };
                claims.extend(read(&name, &file.octets, &Bounds::default()).claims);
            }
        }
    }
    claims
}

fn ending(scenario: &Scenario, client: &Id) -> Option<Ending> {
    let record = run_scenario(scenario, &Settings { network: NetworkKind::Simulated, seed: SEED });
    let last = record.results.iter().rfind(|result| result.client == client.as_str())?;
    let found = last.diagnosis.iter().flat_map(|diagnosis| &diagnosis.findings);
    let errors = found.filter(|found| found.finding.severity == Severity::Error);
    Some((last.outcome.as_ref()?.word.word().to_owned(), errors.map(|found| found.finding.entry.id).collect()))
}

fn endings(result: &Reproduction) -> Vec<Ending> {
    let one = |explanation: &Explanation| {
        let errors = explanation.findings.iter().filter(|found| found.error).map(|found| found.id);
        (explanation.outcome.word.word().to_owned(), errors.collect())
    };
    result.explanations.iter().map(one).collect()
}

fn told(result: &Reproduction) -> Result<String, Failed> {
    let mut text = Vec::new();
    tell::tell(result, &mut text)?;
    Ok(String::from_utf8(text)?)
}
