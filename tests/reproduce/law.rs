//! What the tools show in a scenario leads back to its outcome and its findings.

use evidence::diagnosis::Severity;
use evidence::vantage::KeyChannel;
use exhibit::claim::{AttemptClaim, Claim, EventClaim, LicenceClaim, Place, Says};
use exhibit::desk::Desk;
use exhibit::label::Language;
use exhibit::read::{Bounds, read};
use exhibit::tool::Tool;
use exhibit::write::{ipconfig, nslookup};
use kmslab::bench::Bench;
use kmslab::network::stage::NetworkKind;
use kmslab::reproduce::{Reproduction, known, reproduce};
use kmslab::runner::{Settings, run_scenario};
use kmslab::scenario::catalogue::embedded;
use kmslab::scenario::load::load;

/// What somebody at the client of a scenario would send.
fn bundle(desk: &Desk<'_>) -> Vec<Claim> {
    let mut claims = Vec::new();
    let texts = [
        ("ipconfig.txt", ipconfig::all(desk, Language::English)),
        ("nslookup.txt", nslookup::console(desk, Language::English)),
    ];
    for (file, text) in texts {
        let text = text.expect("a client can read its own configuration");
        claims.extend(read(file, text.as_bytes(), &Bounds::default()).claims);
    }
    let mut claim = |file: &str, tool, says| {
        claims.push(Claim { place: Place { file: file.to_owned(), line: claims.len() + 1 }, tool, says });
    };
    if let Some(surface) = desk.outcome.and_then(|outcome| outcome.slmgr.as_ref().or(outcome.ospp.as_ref())) {
        let code = surface.any[0];
        claim("ato.txt", Tool::SlmgrAto, Says::Attempt(AttemptClaim { product: None, activation_id: None, code }));
    }
    for event in desk.vantage.events().expect("a client can read its log") {
        let says = EventClaim { id: event.id, computer: None, at: None, code: event.code.any[0], fields: event.fields };
        claim("events.txt", Tool::Events, Says::Event(says));
    }
    for value in desk.vantage.registry().expect("a client can read its registry") {
        claim("sl.reg", Tool::RegExport, Says::Registry(value.clone()));
    }
    let licensing = desk.vantage.licensing().expect("a client knows its licence");
    let channel = match licensing.key {
        KeyChannel::Gvlk => LicenceClaim::Description("VOLUME_KMSCLIENT channel".to_owned()),
        KeyChannel::Mak => LicenceClaim::Description("VOLUME_MAK channel".to_owned()),
        KeyChannel::None => LicenceClaim::NoKey,
    };
    claim("dlv.txt", Tool::SlmgrDlv, Says::Licence(channel));
    let discovered = licensing
        .discovered
        .map_or(LicenceClaim::NothingDiscovered, |(name, port)| LicenceClaim::Discovered(format!("{name}:{port}")));
    claim("dlv.txt", Tool::SlmgrDlv, Says::Licence(discovered));
    claims
}

fn causes(result: &Reproduction) -> Vec<(String, Vec<&'static str>)> {
    let one = |explanation: &kmslab::reproduce::Explanation| {
        let ids = explanation.findings.iter().filter(|found| found.error).map(|found| found.id);
        (explanation.outcome.word.word().to_owned(), ids.collect())
    };
    result.explanations.iter().map(one).collect()
}

/// Scenarios of each kind of outcome; a replay of the whole catalogue for each of its scenarios takes minutes.
const CARRIED: [&str; 9] = [
    "client/no-dns-server",
    "client/registered-host-dead",
    "dns/port-53-refused",
    "dns/query-refused",
    "dns/server-silent",
    "dns/srv-owner-misspelt",
    "dns/target-unresolvable",
    "healthy/registered-by-name",
    "healthy/skms-domain",
];

#[test]
fn evidence_leads_back_to_outcome_and_findings() {
    let library = embedded();
    let known = known(&library);
    let mut wrong = Vec::new();
    for name in CARRIED {
        let scenario = load(&library, name).expect("the catalogue loads");
        let bench = Bench::of(&scenario, 1).expect("the simulated network shows it");
        let client = bench.environment().clients[0].id.clone();
        let claims = bench.at(&client, bundle).expect("the client is there");
        let record = run_scenario(&scenario, &Settings { network: NetworkKind::Simulated, seed: 1 });
        let last = record.results.iter().rfind(|result| result.client == client.as_str());
        let Some((last, outcome)) = last.and_then(|last| Some((last, last.outcome.as_ref()?))) else { continue };
        let found = last.diagnosis.iter().flat_map(|diagnosis| &diagnosis.findings);
        let errors = found.filter(|found| found.finding.severity == Severity::Error);
        let expected = (outcome.word.word().to_owned(), errors.map(|found| found.finding.entry.id).collect::<Vec<_>>());
        let result = reproduce(&known, &claims);
        let leads_back = causes(&result).contains(&expected);
        if !leads_back {
            wrong.push(format!("{name}: {expected:?} against {:?}", causes(&result)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
