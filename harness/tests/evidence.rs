//! What `kmslab evidence` writes, held against files that were typed by hand from public samples and never from the writer; and the
//! document of exhibits. With `KMSLAB_BLESS=1` the document is written anew; the files never are.
//!
//! Debian's nslookup is another program than that of Windows and no judge here.
#![expect(clippy::disallowed_methods, reason = "test: reads files and the document, writes the document")]

use std::path::{Path, PathBuf};

use evidence::Role;
use exhibit::claim::{PortResult, Says};
use exhibit::label::Language;
use exhibit::read::{Bounds, read};
use exhibit::write::file::Form;
use exhibit::write::list::{Body, EXHIBITS, Exhibit, Written};
use kmslab::bench::Bench;
use kmslab::scenario::catalogue::embedded;
use kmslab::scenario::load::load;
use kmslab::scenario::{Library, Scenario};
use notation::Id;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/evidence")
}

fn scenario(library: &Library, name: &str) -> Scenario {
    load(library, name).expect("it stands in the catalogue")
}

fn id(text: &str) -> Id {
    Id::new(text).expect("it is an id")
}

/// The text of an exhibit at a machine, before it becomes a file.
fn text(bench: &Bench, machine: &str, file: &str, language: Language) -> String {
    let exhibit = EXHIBITS.iter().find(|exhibit| exhibit.file == file).expect("it is in the list");
    let Body::Text(make) = exhibit.body else { panic!("{file} is made for each zone") };
    let made = bench.at(&id(machine), |desk| make(desk, language)).expect("the machine is there");
    made.unwrap_or_else(|why| panic!("{file} at {machine}: {why}"))
}

/// What the seed draws, masked: GUIDs and physical addresses.
fn masked(text: &str) -> String {
    let is_hex =
        |word: &str, length: usize| word.len() == length && word.bytes().all(|octet| octet.is_ascii_hexdigit());
    let shaped = |word: &str, lengths: &[usize]| {
        let parts: Vec<&str> = word.split('-').collect();
        parts.len() == lengths.len() && parts.iter().zip(lengths).all(|(part, length)| is_hex(part, *length))
    };
    let mask = |word: &str| {
        if shaped(word, &[8, 4, 4, 4, 12]) {
            "<GUID>".to_owned()
        } else if shaped(word, &[2; 6]) {
            "<PHYSICAL>".to_owned()
        } else {
            word.to_owned()
        }
    };
    let mut masked = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_alphanumeric() || c == '-' {
            word.push(c);
        } else {
            masked.push_str(&mask(&word));
            word.clear();
            masked.push(c);
        }
    }
    masked.pop();
    masked
}

/// An exhibit of a scenario's last moment is what was typed by hand.
#[track_caller]
fn check(name: &str, machine: &str, file: &str, language: Language, golden: &str) {
    let bench = Bench::of(&scenario(&embedded(), name), 1).expect("it can be shown");
    let expected = std::fs::read_to_string(folder().join(golden)).expect("it was typed");
    let found = masked(&text(&bench, machine, file, language));
    assert!(found == expected, "{name}, {file} is not {golden}:\n{found}\n---- typed by hand:\n{expected}");
}

#[test]
fn each_tool_shows_what_samples_show() {
    use Language::{English, Korean};
    let silent = "network/tcp1688-silent";
    check(silent, "pc7", "ipconfig.txt", English, "ipconfig.txt");
    check(silent, "pc7", "ipconfig.txt", Korean, "ipconfig.ko.txt");
    check(silent, "pc7", "nslookup.txt", English, "nslookup.txt");
    check(silent, "pc7", "resolve-dnsname.txt", English, "resolve-dnsname.txt");
    check(silent, "pc7", "slmgr-ato.txt", English, "slmgr-ato.txt");
    check(silent, "pc7", "events.txt", English, "events.txt");
    check(silent, "pc7", "tnc.txt", English, "tnc.txt");
    check(silent, "pc7", "ping.txt", English, "ping.txt");
    let pinned = "healthy/registered-by-name";
    check(pinned, "pc7", "slmgr-dlv.txt", English, "slmgr-dlv.pinned.txt");
    check(pinned, "pc7", "reg-query.txt", English, "reg-query.pinned.txt");
    check(pinned, "pc7", "sl.reg", English, "sl.pinned.reg");
    check("healthy/office-2016", "pc7", "ospp-dstatus.txt", English, "ospp-dstatus.txt");
}

#[test]
fn failures_of_dns_look_as_samples_show_them() {
    check("dns/srv-missing", "pc7", "nslookup.txt", Language::English, "nslookup.missing.txt");
    check("dns/srv-missing", "pc7", "nslookup.txt", Language::Korean, "nslookup.missing.ko.txt");
    check("dns/server-silent", "pc7", "nslookup.txt", Language::English, "nslookup.silent.txt");
}

#[test]
fn a_host_shows_its_service_and_its_log() {
    check("healthy/domain-member", "kms1", "slmgr-dlv.txt", Language::English, "slmgr-dlv.host.txt");
    check("healthy/domain-member", "kms1", "events.txt", Language::English, "events.host.txt");
}

#[test]
fn a_zone_is_exported_with_what_was_published() {
    let bench = Bench::of(&scenario(&embedded(), "publishing/published"), 1).expect("it can be shown");
    let zone = EXHIBITS.iter().find(|exhibit| exhibit.file == ".db").expect("it is in the list");
    let files = bench.at(&id("dns1"), |desk| zone.write(desk, Language::English, false)).expect("it is there");
    let text: String = files.expect("it has zones").iter().map(|file| String::from_utf8_lossy(&file.octets)).collect();
    assert!(text.to_lowercase().contains("_vlmcs._tcp.contoso.com. "), "{text}");
}

/// What the capture of a scenario on a machine says: what came of port 1688, and how many questions were asked of DNS servers.
fn captured(name: &str, machine: &str) -> (Vec<PortResult>, usize) {
    let bench = Bench::of(&scenario(&embedded(), name), 1).expect("it can be shown");
    let exhibit = EXHIBITS.iter().find(|exhibit| exhibit.file == "capture.pcapng").expect("it is in the list");
    let files = bench.at(&id(machine), |desk| exhibit.write(desk, Language::English, false)).expect("it is there");
    let files = files.expect("an attempt was made");
    let claims = files.iter().flat_map(|file| read(&file.name, &file.octets, &Bounds::default()).claims);
    let (mut ports, mut lookups) = (Vec::new(), 0);
    for claim in claims {
        if let Says::Port { result, .. } = claim.says {
            ports.push(result);
        } else if let Says::Lookup(_) = claim.says {
            lookups += 1;
        }
    }
    (ports, lookups)
}

#[track_caller]
fn check_captured(name: &str, machine: &str, port: &[PortResult], asks_dns: bool) {
    let (ports, lookups) = captured(name, machine);
    assert_eq!((&*ports, lookups > 0), (port, asks_dns), "{name} at {machine}");
}

#[test]
fn a_capture_shows_what_left_or_reached_its_machine() {
    use PortResult::{NotReached, Open};
    let healthy = "healthy/domain-member";
    check_captured(healthy, "pc7", &[Open], true);
    check_captured(healthy, "kms1", &[Open], false);
    check_captured(healthy, "dns1", &[], true);
    // A packet that the host's own firewall drops was on its wire; one that the client's drops never was.
    check_captured("network/tcp1688-silent", "pc7", &[NotReached], true);
    check_captured("network/tcp1688-silent", "kms1", &[NotReached], false);
    check_captured("network/client-firewall", "pc7", &[], true);
    check_captured("network/client-firewall", "kms1", &[], false);
    // Nothing listens there, but what was asked came.
    check_captured("dns/service-stopped", "dns1", &[], true);
    check_captured("dns/service-stopped", "kms1", &[], false);
}

/// Everything that is written of a scenario, at every machine.
fn everything(scenario: &Scenario, seed: u64, language: Language) -> Vec<(Id, Written)> {
    let bench = Bench::of(scenario, seed).expect("the simulated network shows every scenario");
    let mut all = Vec::new();
    for (machine, role) in bench.environment().machines() {
        for exhibit in EXHIBITS.iter().filter(|exhibit| exhibit.is_for(role)) {
            let written = bench.at(machine, |desk| exhibit.write(desk, language, true)).expect("the machine is there");
            all.extend(written.unwrap_or_default().into_iter().map(|file| (machine.clone(), file)));
        }
    }
    all
}

#[test]
fn every_scenario_has_exhibits_that_give_nothing_away() {
    let library = embedded();
    for name in library.scenario_names() {
        let scenario = scenario(&library, name);
        let files = everything(&scenario, 1, Language::English);
        let of = |file: &str| files.iter().any(|(_, written)| written.name == file);
        assert!(of("ipconfig.txt") && of("sl.reg"), "{name}");
        let last = name.rsplit('/').next().expect("a name has a last part");
        for (machine, file) in &files {
            let text = String::from_utf8_lossy(&file.octets);
            // Some names are words that any zone may hold: a part with a hyphen is none.
            let tells = last.contains('-') && text.contains(last) || text.contains(&scenario.title);
            assert!(!tells, "{name}: {machine}/{} tells what is planted", file.name);
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_files() {
    let library = embedded();
    for name in
        ["network/tcp1688-silent", "healthy/random-order", "kms/two-hosts-split-the-count", "publishing/refused"]
    {
        let scenario = scenario(&library, name);
        for language in [Language::English, Language::Korean] {
            assert_eq!(everything(&scenario, 7, language), everything(&scenario, 7, language), "{name}");
        }
        assert_ne!(everything(&scenario, 7, Language::English), everything(&scenario, 8, Language::English), "{name}");
    }
}

/// What stands before the table.
const OPENING: &str = "\
# Evidence

Written from the list in `harness/exhibit/src/write/list.rs` by `KMSLAB_BLESS=1 cargo test -p kmslab --test evidence`.

`kmslab evidence SCENARIO -o DIR` plays a scenario to its end, then somebody sits down at a machine and runs these tools, one after the
other. Questions are really asked on the simulated network, so a server that is silent is silent to nslookup too. The
files of the client stand in the folder, those of each other machine in a folder with its name.

Nothing here was compared with a Windows machine. The confidence says who knows the form: `documented` (Microsoft or a standard), `field`
(samples that others published), `inferred` (general knowledge). A console writes its code page, 949 for Korean; `--utf8`
writes UTF-8. Where no public sample shows the Korean labels of a tool, its text stays English.

Where sources disagree about a code, the first that `kmslab run` names is shown. What nobody here knows is left out:
DHCP leases, link-local addresses, extended product ids, the characters of a key, rearm counts. The only mark of the simulation is the make of the
adapter in `ipconfig.txt`, which no diagnosis reads, the comment in `capture.pcapng`, and the notice `README.txt`.

The capture holds what left or reached the machine during the last attempt of each client, seen from the wire's side of its own firewall.

| File | What somebody typed | At | Form | Korean | Confidence | Known from |
|---|---|---|---|---|---|---|
";

fn row(exhibit: &Exhibit) -> String {
    let at: Vec<&str> = exhibit.roles.iter().map(|role: &Role| role.word()).collect();
    let form = match exhibit.form {
        Form::Console => "code page",
        Form::Unicode => "UTF-16LE",
        Form::Plain => "ASCII",
        Form::Unix => "ASCII, line feeds",
        Form::Octets => "octets",
    };
    let korean = if exhibit.korean { "yes" } else { "no" };
    format!(
        "| {} | {} | {} | {form} | {korean} | {} | {} |\n",
        exhibit.shown_name(),
        exhibit.command,
        at.join(", "),
        exhibit.confidence.word(),
        exhibit.source
    )
}

#[test]
fn the_document_says_what_the_list_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/evidence.md");
    let today = format!("{OPENING}{}", EXHIBITS.iter().map(row).collect::<String>());
    if std::env::var_os("KMSLAB_BLESS").is_some() {
        std::fs::write(&path, &today).expect("the document can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == today, "docs/evidence.md is out of date: KMSLAB_BLESS=1 cargo test -p kmslab --test evidence");
}
