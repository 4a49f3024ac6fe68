//! `kmslab explain`: pages on standard output, unknown words with the nearest.

use std::path::Path;

use crate::program::{Folder, kmslab, scenario};

/// The only object of an explanation.
#[track_caller]
fn explained(word: &str) -> serde_json::Value {
    let mut objects = kmslab(&["explain", word, "--format", "json"]).ends(0).json();
    assert_eq!(objects.len(), 1, "{word}");
    objects.remove(0)
}

#[test]
fn without_a_word_it_lists_all_of_them() {
    let ran = kmslab(&["explain"]).ends(0);
    for word in
        ["0xC004F074", "12288", "G9", "listen-queue-full", "servfail", "bind-nak", "devolves", "dns-failed", "70"]
    {
        assert!(ran.out.split_whitespace().any(|listed| listed == word), "no {word} in\n{}", ran.out);
    }
    let objects = kmslab(&["explain", "--format", "json"]).ends(0).json();
    assert_eq!(objects[0]["type"], "index");
    assert_eq!(objects[0]["kinds"].as_array().map(Vec::len), Some(10));
}

#[test]
fn a_page_says_what_to_do_next_where_from_and_what_shows_it() {
    let ran = kmslab(&["explain", "8007232b"]).ends(0);
    for part in [
        "code:0x8007232B: DNS name does not exist\n",
        "\nCauses\n",
        "\nNext\n",
        "nslookup -type=srv _vlmcs._tcp.<suffix>",
        "\nDoubt: ",
        "\nSources\n  documented  ",
        "\nScenarios\n  kmslab run ",
        " more: kmslab list code:0x8007232B\n",
    ] {
        assert!(ran.out.contains(part), "no {part:?} in\n{}", ran.out);
    }
    assert_eq!(ran.err, "");
    assert!(ran.out.lines().filter(|line| line.starts_with("  kmslab run ")).count() <= 5, "{}", ran.out);
    assert_eq!(kmslab(&["explain", "-2147015893"]).ends(0).out, ran.out);
}

#[test]
fn the_scenarios_of_a_page_can_be_run() {
    let page = &explained("rule:silent")["pages"][0];
    let scenarios = page["scenarios"].as_array().expect("a list");
    assert!(!scenarios.is_empty() && scenarios.len() <= 5, "{page}");
    for scenario in scenarios {
        let command: Vec<&str> = scenario["command"].as_str().expect("a command").split(' ').skip(1).collect();
        kmslab(&command).ends(0);
    }
}

#[test]
fn one_object_holds_every_meaning_of_a_word() {
    let explanation = explained("Silent");
    assert_eq!(explanation["type"], "explanation");
    assert_eq!(explanation["asked"], "Silent");
    let ids: Vec<&str> =
        explanation["pages"].as_array().expect("pages").iter().filter_map(|page| page["id"].as_str()).collect();
    assert_eq!(ids, ["rule:silent", "dns-fault:silent"]);
    let page = &explanation["pages"][0];
    assert_eq!(page["aliases"], serde_json::json!(["filtered", "dropped"]));
    for key in
        ["kind", "word", "title", "meaning", "raised_by", "causes", "values", "next", "doubt", "sources", "comes_with"]
    {
        assert!(!page[key].is_null(), "no {key} in {page}");
    }
    assert!(page["scenario_count"].is_number());
}

#[test]
fn several_words_are_one_question() {
    assert_eq!(kmslab(&["explain", "exit", "3"]).ends(0).out, kmslab(&["explain", "exit-3"]).ends(0).out);
}

#[test]
fn a_source_in_this_repository_is_there() {
    let index = kmslab(&["explain", "--format", "json"]).ends(0).json();
    let mut files = 0;
    for kind in index[0]["kinds"].as_array().expect("kinds") {
        let name = kind["kind"].as_str().expect("a kind");
        let first = kind["words"][0]["word"].as_str().expect("a word");
        let explanation = explained(&format!("{name}:{first}"));
        for source in explanation["pages"][0]["sources"].as_array().expect("sources") {
            let Some(path) = source["ref"].as_str().and_then(|text| text.strip_prefix("kmslab, ")) else { continue };
            assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path).is_file(), "{name}: {path} is gone");
            files += 1;
        }
    }
    assert!(files >= 6, "only {files} kinds name a file");
}

#[test]
fn an_unknown_word_is_refused_with_the_nearest() {
    let ran = kmslab(&["explain", "lisen-queue-full"]).ends(2);
    assert_eq!(ran.out, "");
    assert!(ran.err.contains("did you mean `listen-queue-full`?"), "{}", ran.err);
}

#[test]
fn folders_add_scenarios_and_a_refused_one_hides_no_page() {
    let folder = Folder::new("explain");
    folder.write("mine/one.toml", &scenario("left-kms"));
    folder.write("mine/bad.toml", "title = 1");
    let ran = kmslab(&["explain", "left-kms", "--scenarios", &folder.at("")]).ends(3);
    assert!(ran.out.contains("kmslab run mine/one"), "{}", ran.out);
    assert!(ran.err.contains("bad.toml"), "{}", ran.err);
}
