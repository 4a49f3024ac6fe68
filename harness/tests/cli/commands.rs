//! Each command does what its help says.

use crate::program::{Folder, kmslab, scenario};

/// Every command that there is.
const COMMANDS: [&str; 13] = [
    "run",
    "list",
    "show",
    "check",
    "new",
    "schema",
    "explain",
    "exec",
    "shell",
    "doctor",
    "reproduce",
    "learn",
    "answer",
];

#[test]
fn help_names_every_command_and_says_what_this_is() {
    let ran = kmslab(&["--help"]).ends(0);
    for command in COMMANDS {
        assert!(ran.out.contains(&format!("\n  {command}")), "no {command} in\n{}", ran.out);
        let own = kmslab(&[command, "--help"]).ends(0);
        assert!(own.out.contains(&format!("Usage: kmslab {command}")), "{}", own.out);
        assert_eq!(own.err, "");
    }
    assert!(ran.out.contains("it cannot activate a product"), "{}", ran.out);
    assert!(kmslab(&["--version"]).ends(0).out.starts_with("kmslab "));
}

#[test]
fn list_says_name_and_title() {
    let ran = kmslab(&["list", "dns/srv-missing"]).ends(0);
    assert_eq!(ran.out.lines().filter(|line| line.starts_with("dns/srv-missing ")).count(), 1);
    assert!(ran.out.contains("The zone has no SRV record of a KMS host"), "{}", ran.out);
    assert_eq!(kmslab(&["list", "no-scenario-has-this-name"]).ends(0).out, "");
}

#[test]
fn list_in_json_has_its_keys() {
    let folder = Folder::new("list-json");
    folder.write("mine/one.toml", &scenario("activated"));
    let objects =
        kmslab(&["list", "tag:made-by-a-test", "--format", "json", "--scenarios", &folder.at("")]).ends(0).json();
    assert_eq!(objects.len(), 1);
    assert_eq!(
        objects[0],
        serde_json::json!({
            "name": "mine/one",
            "title": "A scenario of a test",
            "tags": ["made-by-a-test"],
            "procedures": [],
            "base": "domain-member",
            "known_gap": null,
        })
    );
}

#[test]
fn a_folder_adds_to_the_catalogue_and_replaces_in_it() {
    let folder = Folder::new("replace");
    folder.write("healthy/domain-member.toml", &scenario("activated"));
    folder.write("invalid/refused.toml", "title = 1");
    let list = kmslab(&["list", "--scenarios", &folder.at("")]).ends(0).out;
    let line = list.lines().find(|line| line.starts_with("healthy/domain-member ")).expect("it is listed");
    assert!(line.ends_with("A scenario of a test"), "{line}");
    assert_eq!(list.lines().count(), kmslab(&["list"]).ends(0).out.lines().count());
}

#[test]
fn check_without_files_checks_the_catalogue() {
    let listed = kmslab(&["list"]).ends(0).out.lines().count();
    let bases = kmslab::scenario::catalogue::embedded().base_names().count();
    assert_eq!(kmslab(&["check"]).ends(0).out, format!("{} files are good\n", listed + bases));
    let folder = Folder::new("check");
    let base = folder.write("base.toml", "title = \"A base\"\nbase = \"domain-member\"\n\n[[change]]\nset.value = { at = \"pc7\", key = \"adba\", to = true }\n");
    assert_eq!(kmslab(&["check", &base]).ends(0).out, "1 file is good\n");
    let file = folder.write("one.toml", &scenario("activated"));
    assert_eq!(kmslab(&["check", &file]).ends(0).out, "1 file is good\n");
}

#[test]
fn a_known_gap_passes_exactly_when_it_fails() {
    let folder = Folder::new("gap");
    let gap = "known_gap = \"the client does not do this yet\"\n";
    folder.write("mine/open.toml", &(gap.to_owned() + &scenario("dns-failed")));
    folder.write("mine/gone.toml", &(gap.to_owned() + &scenario("activated")));
    let scenarios = folder.at("");
    let open = kmslab(&["run", "mine/open", "--scenarios", &scenarios]).ends(0);
    assert!(open.out.contains("known gap: the client does not do this yet"), "{}", open.out);
    let gone = kmslab(&["run", "mine/gone", "--scenarios", &scenarios]).ends(1);
    assert!(gone.out.contains("the known gap is gone"), "{}", gone.out);
}
