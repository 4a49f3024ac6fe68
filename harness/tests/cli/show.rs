//! `kmslab show`: whole drawings against the files in `tests/show/`, and what must never be in one.
#![expect(
    clippy::disallowed_methods,
    reason = "test: reads the expected drawings and writes them when they are blessed"
)]

use std::path::Path;

use crate::program::{Folder, kmslab, scenario};

/// Holds what the program prints against a file; `KMSLAB_BLESS=1` writes the file, to be read before it is kept.
#[track_caller]
fn check(file: &str, arguments: &[&str]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/show").join(file);
    let arguments: Vec<&str> = ["show"].iter().chain(arguments).copied().collect();
    let ran = kmslab(&arguments).ends(0);
    assert_eq!(ran.err, "");
    if std::env::var_os("KMSLAB_BLESS").is_some() {
        std::fs::write(&path, &ran.out).expect("the drawing can be written");
    }
    let expected = std::fs::read_to_string(&path).expect("the drawing is there");
    assert_eq!(ran.out, expected, "{file}; KMSLAB_BLESS=1 writes it");
}

#[test]
fn drawings_are_as_reviewed() {
    check("srv-owner-misspelt.txt", &["dns/srv-owner-misspelt"]);
    check("suffix-and-firewall.txt", &["dns/suffix-and-firewall", "--width", "72"]);
    check("cloned-cmid.txt", &["kms/cloned-cmid"]);
    check("large-answer-over-tcp.txt", &["healthy/large-answer-over-tcp", "--width", "100"]);
}

#[test]
fn every_scenario_fits_its_width() {
    for width in [60, 80, 133] {
        for line in kmslab(&["list"]).ends(0).out.lines() {
            let name = line.split(' ').next().expect("a line begins with a name");
            let ran = kmslab(&["show", name, "--width", &width.to_string()]).ends(0);
            let long = ran.out.lines().find(|line| line.chars().count() > width);
            assert_eq!(long, None, "{name} at {width}");
        }
    }
}

#[test]
fn the_ticket_does_not_give_the_answer_away() {
    let ran = kmslab(&["show", "dns/srv-owner-misspelt", "--ticket"]).ends(0);
    assert_eq!(
        ran.out,
        "ticket   slmgr /ato says 0x8007232B. But I can see the record in DNS Manager!\n\
         machines pc7      10.0.0.107      PC7, Windows 10\n         dns1     10.0.0.53       DNS server\n         \
         kms1     10.0.0.60       KMS host\n"
    );
}

#[test]
fn an_unknown_scenario_suggests_the_nearest() {
    let ran = kmslab(&["show", "dns/srv-owner-mispelt"]).ends(2);
    assert!(ran.err.contains("did you mean `dns/srv-owner-misspelt`?"), "{}", ran.err);
    let ran = kmslab(&["show", "tcp1688-silent"]).ends(2);
    assert!(ran.err.contains("did you mean `network/tcp1688-silent`?"), "{}", ran.err);
    let ran = kmslab(&["show", "base/domain-member"]).ends(2);
    assert_eq!(ran.out, "");
}

#[test]
fn what_differs_is_drawn_and_ends_so() {
    let folder = Folder::new("show-differs");
    folder.write("mine/one.toml", &scenario("dns-failed"));
    let ran = kmslab(&["show", "mine/one", "--scenarios", &folder.at("")]).ends(1);
    assert!(ran.out.contains("differs  outcome: expected dns-failed; found activated"), "{}", ran.out);
}

#[test]
fn a_file_that_is_refused_says_why() {
    let folder = Folder::new("show-refused");
    folder.write("mine/one.toml", "title = 1");
    kmslab(&["show", "mine/one", "--scenarios", &folder.at("")]).ends(3);
}

#[test]
fn text_from_outside_is_escaped() {
    let folder = Folder::new("show-escaped");
    let text = scenario("activated").replace("A scenario of a test", "A \\u001b[2J title");
    folder.write("mine/one.toml", &text);
    let ran = kmslab(&["show", "mine/one", "--scenarios", &folder.at("")]).ends(0);
    assert!(!ran.out.contains('\u{1b}') && ran.out.contains("u{1b}[2J"), "{}", ran.out);
}

#[test]
fn loopback_draws_the_same_conversation() {
    let drawn = |network| {
        let ran = kmslab(&["show", "dns/srv-owner-misspelt", "--network", network]).ends(0);
        // Everything but the times.
        let line = |line: &str| line.split_once('|').map_or(String::new(), |(_, arrows)| arrows.to_owned());
        ran.out.lines().map(line).collect::<Vec<_>>()
    };
    assert_eq!(drawn("simulated"), drawn("loopback"));
}
