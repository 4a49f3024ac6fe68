//! Writing a scenario: `new`, then `check`, then `run`; nothing that is there is ever overwritten.

use crate::program::{Folder, kmslab};

#[test]
fn a_new_scenario_is_valid_and_runs() {
    let folder = Folder::new("new");
    let scenarios = folder.at("mine");
    for base in ["domain-member", "ipv6", "two-hosts", "two-zones", "workgroup"] {
        let name = format!("dns/{base}");
        let ran = kmslab(&["new", &name, "--base", base, "--scenarios", &scenarios]).ends(0);
        let file = folder.at(&format!("mine/{name}.toml"));
        assert_eq!(ran.out, format!("{file}\n"));
        assert!(ran.err.contains(&format!("kmslab check {file}")), "{}", ran.err);
        assert_eq!(kmslab(&["check", &file]).ends(0).out, "1 file is good\n");
        let run = kmslab(&["run", &name, "--scenarios", &scenarios]).ends(0);
        assert!(run.out.contains(&format!("passed  {name} ")), "{}", run.out);
    }
}

#[test]
fn what_is_there_is_never_overwritten() {
    let folder = Folder::new("new-twice");
    let scenarios = folder.at("");
    kmslab(&["new", "mine", "--scenarios", &scenarios]).ends(0);
    let before = folder.read("mine.toml");
    assert!(kmslab(&["new", "mine", "--scenarios", &scenarios]).ends(2).err.contains("already"));
    assert_eq!(folder.read("mine.toml"), before);
    let taken = kmslab(&["new", "dns/srv-missing", "--scenarios", &scenarios]).ends(2);
    assert!(taken.err.contains("there is a scenario `dns/srv-missing` already"), "{}", taken.err);
    assert_eq!(folder.names(), ["mine.toml"]);
}

#[test]
fn names_and_bases_that_cannot_be_are_refused() {
    let folder = Folder::new("new-refused");
    let scenarios = folder.at("inside");
    for name in ["../outside", "/outside", "a/../../outside", "a\\b", "Upper", "base/x", "invalid/x", ""] {
        kmslab(&["new", name, "--scenarios", &scenarios]).ends(2);
    }
    let base = kmslab(&["new", "mine", "--base", "domain-membr", "--scenarios", &scenarios]).ends(2);
    assert!(base.err.contains("did you mean `domain-member`?"), "{}", base.err);
    assert!(folder.names().is_empty(), "{:?}", folder.names());
}

#[test]
#[cfg(unix)]
fn a_link_does_not_lead_out_of_the_folder() {
    let folder = Folder::new("new-link");
    folder.write("inside/keep", "");
    folder.write("outside/keep", "");
    std::os::unix::fs::symlink(folder.at("outside"), folder.at("inside/link")).expect("a link");
    let ran = kmslab(&["new", "link/mine", "--scenarios", &folder.at("inside")]).ends(4);
    assert!(ran.err.contains("leads out of the folder"), "{}", ran.err);
    assert_eq!(kmslab(&["list", "mine"]).ends(0).out, "");
}
