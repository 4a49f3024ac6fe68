//! Every word has a page, every page a source, and what people type finds it.

use std::collections::BTreeSet;

use super::lookup::{NotFound, find};
use super::print::human;
use super::shown::shown;
use super::{Kind, Page, all};
use crate::scenario::Scenario;
use crate::scenario::catalogue::embedded;
use crate::scenario::load::load;

fn catalogue() -> Vec<Scenario> {
    let library = embedded();
    library.scenario_names().map(|name| load(&library, name).expect("the catalogue is good")).collect()
}

/// The ids of the pages that a text finds.
fn ids(pages: &[Page], asked: &str) -> Vec<String> {
    find(pages, asked).unwrap_or_else(|error| panic!("{asked}: {error:?}")).iter().map(|page| page.id()).collect()
}

#[track_caller]
fn check(asked: &str, expected: &[&str]) {
    assert_eq!(ids(&all(), asked), expected, "{asked}");
}

#[test]
fn codes_are_found_however_they_are_written() {
    for asked in ["0x8007232B", "0X8007232b", "8007232b", "-2147015893", "2147951403", "9003", "error 0x8007232B"] {
        check(asked, &["code:0x8007232B"]);
    }
    check("dns_error_rcode_name_error", &["code:0x8007232B"]);
    check("code:8007232B", &["code:0x8007232B"]);
    check("0x5", &["code:0x00000005"]);
    check("C004FD02", &["code:0xC004FD00"]);
    // Eight digits are hexadecimal, as people copy them.
    check("80070422", &["code:0x80070422"]);
    // An event and a Win32 code.
    check("1058", &["code:0x80070422", "event:1058"]);
}

#[test]
fn words_are_found_without_case() {
    check("12288", &["event:12288"]);
    check("event id 8208", &["event:8200"]);
    check("g7", &["procedure:G7"]);
    check("SILENT", &["rule:silent", "dns-fault:silent"]);
    check("rule:silent", &["rule:silent"]);
    check("fault:slow", &["kms-fault:slow"]);
    check("finding:tcp1688-silent", &["finding:tcp1688-silent"]);
    check("DNS-SRV-owner-misspelt", &["finding:dns-srv-owner-misspelt"]);
    check("dns failed", &["outcome:dns-failed"]);
    check("switches.devolves", &["switch:devolves"]);
    check("registered-falls-through", &["switch:registered_falls_through"]);
    for asked in ["exit 3", "exit-3", "Exit code 3", "exit-code:3"] {
        check(asked, &["exit-code:3"]);
    }
}

#[test]
fn aliases_of_network_rules_are_known() {
    for (alias, rule) in
        [("filtered", "silent"), ("dropped", "silent"), ("closed", "refused"), ("hung", "listen-queue-full")]
    {
        check(alias, &[&format!("rule:{rule}")]);
    }
}

#[test]
fn an_unknown_word_is_refused_with_the_nearest() {
    #[track_caller]
    fn refused(asked: &str, message: &str, hint: &str) {
        let NotFound { message: said, hint: hinted } = find(&all(), asked).expect_err(asked);
        assert!(said.contains(message) && hinted.contains(hint), "{asked}: {said}; {hinted}");
    }
    refused("tcp1688-silnt", "`tcp1688-silnt`", "did you mean `tcp1688-silent`?");
    refused("silnt", "`silnt`", "did you mean `silent`?");
    refused("0x80070002", "`0x80070002` (0x80070002: Win32 code 2)", "did you mean `0x8007000D`?");
    refused("-2147014869", "`-2147014869` (0x8007272B: Win32 code 10027)", "did you mean `0x800");
    refused("0xC004FFFF", "(0xC004FFFF: facility 4, code 65535)", "");
    refused("0xC004F07", "`0xC004F07`", "did you mean `0xC004F074`?");
    refused("qqqqqqqqqq", "`qqqqqqqqqq`", "`kmslab explain` lists all words");
    refused("\u{1b}[31m", "\\u{1b}", "");
    refused(&"x".repeat(101), "more than 100 characters", "");
    refused("procedure:12288", "`12288`", "");
    refused("", "``", "");
}

#[test]
fn no_two_pages_share_a_key() {
    let pages = all();
    let mut seen = BTreeSet::new();
    for page in &pages {
        for word in page.words() {
            let key = (page.kind.word(), word.to_ascii_lowercase());
            assert!(seen.insert(key), "{} has a word of another page: {word}", page.id());
        }
    }
}

#[test]
fn every_page_says_something_and_where_from() {
    for page in all() {
        let id = page.id();
        assert!(
            !page.meaning.is_empty() && !page.raised_by.is_empty() && !page.next.is_empty(),
            "{id} is not finished"
        );
        let written_by_hand = matches!(page.kind, Kind::Code | Kind::Event | Kind::Procedure);
        assert_eq!(written_by_hand, !page.title.is_empty() && page.kind != Kind::ExitCode, "{id}: title");
        // An exit code is ours; it names its file all the same.
        assert!(!page.sources.is_empty(), "{id} has no source");
        let has_confidence = page.sources.iter().any(|source| source.confidence.is_some());
        assert!(has_confidence || !written_by_hand, "{id} says nothing of how sure it is");
        let texts = [&page.title, &page.meaning, &page.raised_by, &page.doubt];
        for text in texts.into_iter().chain(page.next.iter().flat_map(|advice| [&advice.command, &advice.why])) {
            assert!(!text.contains("  ") && text.trim() == text, "{id}: {text:?}");
        }
    }
}

#[test]
fn every_word_of_a_closed_list_has_a_page() {
    use mock_dns::fault as dns;
    use mock_kms::fault as kms;
    let lists = [
        ("rule", crate::environment::How::WORDS),
        ("dns-fault", dns::reply::ReplyFault::WORDS),
        ("dns-fault", dns::wire::WireFault::WORDS),
        ("dns-fault", dns::delivery::DeliveryFault::WORDS),
        ("kms-fault", kms::ReplyFault::WORDS),
        ("kms-fault", kms::WireFault::WORDS),
        ("kms-fault", kms::DeliveryFault::WORDS),
        ("outcome", evidence::outcome::OutcomeWord::WORDS),
        ("procedure", crate::scenario::format::Procedure::WORDS),
    ];
    let mut expected: Vec<String> =
        lists.iter().flat_map(|(kind, words)| words.iter().map(move |(word, _)| format!("{kind}:{word}"))).collect();
    expected.extend(evidence::diagnosis::table::all().map(|entry| format!("finding:{}", entry.id)));
    let switches = crate::environment::switches::Switches::KEYS;
    expected.extend(switches.iter().map(|key| format!("switch:{key}")));
    expected.extend(crate::error::ExitCode::MEANINGS.iter().map(|(code, _)| format!("exit-code:{}", *code as i32)));
    let pages: BTreeSet<String> = all().iter().map(Page::id).collect();
    let missing: Vec<&String> = expected.iter().filter(|id| !pages.contains(*id)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_procedure_is_called_as_in_the_scenario_format() {
    for (word, doc) in crate::scenario::format::Procedure::WORDS {
        let pages = all();
        let page = pages.iter().find(|page| page.word == *word).expect(word);
        assert_eq!(format!("{}.", page.title), doc.trim(), "{word}");
    }
}

#[test]
fn the_operation_on_a_page_can_be_written_into_a_scenario() {
    let mut read = 0;
    for page in all() {
        let operations = page.next.iter().filter(|advice| advice.command.starts_with("{ add."));
        for advice in operations.filter(|advice| !advice.command.contains(['<', '|'])) {
            let mut problems = notation::Problems::default();
            let tree = notation::parse::parse(&format!("change = [{}]", advice.command), &mut problems);
            let change = tree.as_table().and_then(|table| table.find("change")).expect("it is TOML");
            let change = <evidence::Change as notation::Format>::read(change, &mut problems);
            assert!(problems.is_empty() && change.is_some(), "{}: {problems:?}", page.id());
            read += 1;
        }
    }
    assert!(read > 30, "only {read} were read");
}

/// The codes in a text of Rust: `0x8007_232B`.
fn codes_in(text: &str) -> impl Iterator<Item = u32> {
    text.match_indices("0x").filter_map(|(at, _)| {
        let digits = text.get(at + 2..at + 11)?;
        let code = digits.replacen('_', "", 1);
        (digits.as_bytes().get(4) == Some(&b'_') && code.len() == 8).then(|| u32::from_str_radix(&code, 16).ok())?
    })
}

#[test]
fn every_code_that_can_be_shown_has_a_page() {
    let tables = [
        include_str!("../client/codes.rs"),
        include_str!("../client/profile.rs"),
        include_str!("../verdict.rs"),
        include_str!("../environment/machine.rs"),
        include_str!("../environment/switches.rs"),
    ];
    let mut codes: BTreeSet<String> =
        tables.into_iter().flat_map(codes_in).map(|code| format!("0x{code:08X}")).collect();
    assert!(codes.contains("0xC004F074") && codes.len() > 20, "the tables were not read: {codes:?}");
    let host = [
        mock_kms::wire::Hresult::INVALID_DATA,
        mock_kms::wire::Hresult::SIMULATION,
        mock_kms::wire::Hresult::NOT_ENOUGH_COUNT,
        mock_kms::wire::Hresult::NOT_ENABLED,
        mock_kms::wire::Hresult::ID_MISMATCH,
    ];
    codes.extend(host.iter().map(ToString::to_string));
    // What scenarios name anywhere: expectations, faults, journal.
    let library = embedded();
    for file in library.scenario_names().filter_map(|name| library.scenario(name)) {
        let whole = file.text.match_indices("0x").filter_map(|(at, _)| file.text.get(at..at + 10));
        let is_code = |text: &&str| text.bytes().skip(2).all(|digit| digit.is_ascii_hexdigit());
        codes.extend(
            whole.filter(is_code).map(|code| format!("0x{}", code.get(2..).unwrap_or_default().to_uppercase())),
        );
    }
    let pages = all();
    let missing: Vec<&String> = codes.iter().filter(|code| find(&pages, &format!("code:{code}")).is_err()).collect();
    assert!(missing.is_empty(), "no page in harness/src/explain/pages/codes for {missing:?}");
}

#[test]
fn every_code_that_a_run_shows_has_a_page() {
    let settings = crate::runner::Settings { network: crate::network::stage::NetworkKind::Simulated, seed: 1 };
    let pages = all();
    let mut missing = BTreeSet::new();
    let mut events = BTreeSet::new();
    for scenario in catalogue() {
        let record = crate::runner::run_scenario(&scenario, &settings);
        for outcome in record.results.iter().filter_map(|result| result.outcome.as_ref()) {
            let logged = outcome.events.iter().map(|event| &event.code);
            let surfaces = outcome.slmgr.iter().chain(&outcome.ospp).chain(&outcome.settings).chain(logged);
            let codes = surfaces.flat_map(|surface| &surface.any);
            missing.extend(codes.filter(|code| find(&pages, &code.to_string()).is_err()).copied());
            events.extend(outcome.events.iter().map(|event| event.id));
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
    assert!(events.contains(&12288), "no run logs anything");
    missing_events(&pages, &events);
}

#[track_caller]
fn missing_events(pages: &[Page], events: &BTreeSet<u32>) {
    let missing: Vec<&u32> = events.iter().filter(|id| find(pages, &format!("event:{id}")).is_err()).collect();
    assert!(missing.is_empty(), "no page in harness/src/explain/pages/events.rs for {missing:?}");
}

#[test]
fn a_page_names_the_scenarios_that_show_it() {
    let scenarios = catalogue();
    let pages = all();
    let names = |asked: &str| {
        let page = find(&pages, asked).expect(asked)[0].clone();
        let shown = shown(&page, &scenarios);
        let names: Vec<String> = shown.scenarios.iter().map(|scenario| scenario.name.clone()).collect();
        (names, shown.comes_with)
    };
    let (by_code, outcomes) = names("0x8007232B");
    assert!(by_code.contains(&"dns/srv-missing".to_owned()), "{by_code:?}");
    assert!(outcomes.contains(&"no-kms-host-found".to_owned()), "{outcomes:?}");
    let (by_rule, _) = names("rule:silent");
    assert!(by_rule.contains(&"network/tcp1688-silent".to_owned()), "{by_rule:?}");
    // The same word as a fault of a DNS server is another matter.
    let (by_fault, _) = names("dns-fault:silent");
    assert!(!by_fault.contains(&"network/tcp1688-silent".to_owned()), "{by_fault:?}");
    let (by_outcome, codes) = names("count-too-low");
    assert!(by_outcome.contains(&"kms/count-too-low".to_owned()) && codes.contains(&"0xC004F038".to_owned()));
    assert!(names("registered_falls_through").0.contains(&"client/registered-falls-through".to_owned()));
    assert!(!names("12288").0.is_empty() && !names("bind-nak").0.is_empty() && !names("G6").0.is_empty());
    assert!(names("exit-3").0.is_empty());
}

/// The headings of a page that have something below them, in their order.
fn headings(page: &Page) -> Vec<String> {
    let mut text = Vec::new();
    human(page, &shown(page, &[]), &mut text).expect("a vector takes everything");
    let text = String::from_utf8(text).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    let says = lines.windows(2).filter(|pair| !pair[0].starts_with(' ') && pair[1].starts_with("  "));
    says.map(|pair| pair[0].to_owned()).collect()
}

#[test]
fn a_finding_has_meaning_evidence_fix_look_alikes_and_source() {
    for page in all().iter().filter(|page| page.kind == Kind::Finding) {
        let expected = ["Meaning", "Evidence", "Fix", "Look-alikes", "Source"];
        assert_eq!(headings(page), expected, "{}", page.word);
    }
}
