//! Which scenarios a run takes, and that a seed is all that its randomness hangs on.

use serde_json::Value;

use crate::program::{Folder, Ran, kmslab, scenario};

fn names(ran: &Ran) -> Vec<String> {
    let name = |result: Value| result["name"].as_str().expect("a name").to_owned();
    let mut names: Vec<String> = ran.results().into_iter().map(name).collect();
    names.dedup();
    names
}

fn run(arguments: &[&str]) -> Ran {
    kmslab(&[&["run", "--format", "json"], arguments].concat())
}

#[test]
fn terms_are_joined_by_or() {
    let both = names(&run(&["dns/srv-missing", "network/tcp1688-silent"]).ends(0));
    assert!(both.contains(&"dns/srv-missing".to_owned()) && both.contains(&"network/tcp1688-silent".to_owned()));
    let picked = |term: &str| names(&run(&[term]).ends(0));
    assert!(picked("tag:healthy").contains(&"healthy/domain-member".to_owned()));
    assert!(picked("finding:dns-srv-missing").contains(&"dns/srv-missing".to_owned()));
    assert!(picked("procedure:g5").contains(&"network/tcp1688-silent".to_owned()));
    assert!(picked("code:0x8007232b").contains(&"dns/srv-missing".to_owned()));
    assert!(picked("fault:silent").contains(&"network/tcp1688-silent".to_owned()));
}

#[test]
fn shards_cover_everything_exactly_once() {
    let all = names(&run(&[]).ends(0));
    for parts in [1, 3] {
        let shard = |part: usize| names(&run(&["--shard", &format!("{part}/{parts}")]).ends(0));
        let mut together: Vec<String> = (1..=parts).flat_map(shard).collect();
        together.sort();
        assert_eq!(together, all, "{parts} parts");
    }
    let empty = run(&["dns/srv-missing", "--shard", "50/50"]).ends(0);
    assert_eq!(names(&empty).len(), 0, "a part may be empty");
}

#[test]
fn fail_fast_stops_at_the_first_failure() {
    let folder = Folder::new("fail-fast");
    for name in ["a", "b", "c"] {
        folder.write(&format!("mine/{name}.toml"), &scenario(if name == "a" { "activated" } else { "dns-failed" }));
    }
    let scenarios = folder.at("");
    for jobs in ["1", "2"] {
        let ran = run(&["mine/", "--scenarios", &scenarios, "--fail-fast", "--jobs", jobs]).ends(1);
        assert_eq!(names(&ran), ["mine/a", "mine/b"]);
        assert_eq!(ran.summary()["failed"], 1);
    }
}

#[test]
fn one_seed_one_result() {
    let once = run(&["--seed", "7", "--jobs", "1"]).ends(0).results();
    assert_eq!(run(&["--seed", "7", "--jobs", "3"]).ends(0).results(), once);
    assert_eq!(run(&["--seed", "7"]).ends(0).json()[0]["seed"], 7);
}
