//! Every kind of refusal, through the program: a file that must be refused, and beside it the exact message.
//!
//! `scenarios/invalid/x.toml` is checked as a file, `scenarios/invalid/x/` as a folder of scenarios and bases; `x.stderr` is
//! what a user reads. With KMSLAB_BLESS=1 the messages are written instead of compared: read them as a user would before they
//! are committed. It judges no message; a person did.
#![expect(clippy::disallowed_methods, reason = "test: runs the program and reads files")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// `ExitCode::Refused`, a contract.
const REFUSED: i32 = 3;

/// From the root of the workspace, as a user would type it: the messages repeat it.
const FOLDER: &str = "scenarios/invalid";

fn root() -> PathBuf {
    let harness = Path::new(env!("CARGO_MANIFEST_DIR"));
    harness.parent().expect("the harness stands in the workspace").to_owned()
}

fn kmslab(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kmslab"));
    command.args(args).current_dir(folder).env_remove("RUST_LOG").output().expect("kmslab starts")
}

/// The cases: path as given to the program, and how it is given.
fn cases() -> Vec<(String, Vec<String>)> {
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(root().join(FOLDER)).expect("the folder of refused files") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("names are UTF-8");
        let path = format!("{FOLDER}/{name}");
        if entry.path().is_dir() {
            cases.push((path.clone(), vec!["check".to_owned(), "--scenarios".to_owned(), path]));
        } else if let Some(case) = path.strip_suffix(".toml") {
            cases.push((case.to_owned(), vec!["check".to_owned(), path]));
        }
    }
    cases.sort();
    cases
}

#[test]
fn every_refusal_is_said_as_it_is_written_down() {
    let bless = std::env::var("KMSLAB_BLESS").is_ok_and(|value| value == "1");
    let mut wrong = Vec::new();
    let cases = cases();
    for (case, args) in &cases {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let output = kmslab(&root(), &args);
        let said = String::from_utf8(output.stderr).expect("messages are UTF-8");
        let expected = root().join(format!("{case}.stderr"));
        if output.status.code() != Some(REFUSED) || !output.stdout.is_empty() {
            wrong.push(format!("{case}: exit code {:?} instead of {REFUSED}, or something on stdout", output.status));
        } else if bless {
            std::fs::write(&expected, said).expect("the message can be written");
        } else {
            match std::fs::read_to_string(&expected) {
                Ok(expected) if expected == said => {}
                Ok(expected) => wrong.push(format!("{case} says\n{said}\ninstead of\n{expected}")),
                Err(_) => wrong
                    .push(format!("{case}.stderr is missing; KMSLAB_BLESS=1 cargo test writes it. It says\n{said}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.len() > 50, "the folder was found");
}

#[test]
fn every_message_belongs_to_a_case() {
    let cases: Vec<String> = cases().into_iter().map(|(case, _)| case).collect();
    for entry in std::fs::read_dir(root().join(FOLDER)).expect("the folder of refused files") {
        let name = entry.expect("an entry").file_name().into_string().expect("names are UTF-8");
        if let Some(case) = name.strip_suffix(".stderr") {
            assert!(cases.contains(&format!("{FOLDER}/{case}")), "{name} has no file: remove it");
        }
    }
}

#[test]
fn messages_cannot_steer_a_terminal() {
    for (case, _) in cases() {
        let text = std::fs::read_to_string(root().join(format!("{case}.stderr"))).unwrap_or_default();
        let hostile = |c: char| (c.is_control() && c != '\n') || ('\u{200e}'..='\u{206f}').contains(&c);
        assert!(!text.contains(hostile), "{case}");
    }
}

/// A folder that is removed again.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("kmslab-refusals-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        Self(folder)
    }

    /// Runs kmslab inside and compares what it says.
    #[track_caller]
    fn check(&self, args: &[&str], expected: &str) {
        let output = kmslab(&self.0, args);
        assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
        assert_eq!(output.status.code(), Some(REFUSED));
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

#[test]
fn a_file_that_is_too_large_is_not_read_to_its_end() {
    let scratch = Scratch::new("large");
    std::fs::write(scratch.0.join("large.toml"), "#".repeat(10 * 1024 * 1024)).expect("ten megabytes");
    scratch.check(
        &["check", "large.toml"],
        "error: this file is larger than 1048576 bytes\n--> large.toml\n = help: is it a scenario?\n\n\
         kmslab: 1 scenario file refused\n",
    );
}

#[test]
fn a_scenario_that_is_too_long_is_refused_before_anything_is_done() {
    let scratch = Scratch::new("long");
    let head = "title = \"x\"\nticket = \"x\"\nbase = \"domain-member\"\n\
                sources = [{ ref = \"x\", confidence = \"field\" }]\n";
    let steps = "[[step]]\nexpect = {}\n".repeat(201);
    std::fs::write(scratch.0.join("steps.toml"), format!("{head}{steps}")).expect("a file");
    scratch.check(
        &["check", "steps.toml"],
        "error: a scenario has at most 200 steps\n   --> steps.toml:405:1\n    |\n405 | [[step]]\n    | ^^^^^^^^\n    |\n    \
         = help: several short scenarios say more than a long one\n\nkmslab: 1 scenario file refused\n",
    );
    let change = "{ remove.machine = { id = \"pc8\" } },".repeat(1001);
    let step = format!("[[step]]\nexpect = {{}}\nchange = [{change}]\n");
    std::fs::write(scratch.0.join("change.toml"), format!("{head}{step}")).expect("a file");
    scratch.check(
        &["check", "change.toml"],
        "error: a change has at most 1000 operations\n --> change.toml:5:1\n  |\n5 | [[step]]\n  | ^^^^^^^^\n  |\n  \
         = help: set a whole list at once, or describe another base environment\n\nkmslab: 1 scenario file refused\n",
    );
}

#[test]
fn a_file_that_is_not_there_is_said_by_the_name_that_was_typed() {
    let scratch = Scratch::new("missing");
    scratch.check(
        &["check", "./nowhere.toml"],
        "error: this file cannot be read: No such file or directory (os error 2)\n--> ./nowhere.toml\n \
         = help: check its path\n\nkmslab: 1 scenario file refused\n",
    );
    std::fs::create_dir(scratch.0.join("folder.toml")).expect("a folder");
    scratch.check(
        &["check", "folder.toml"],
        "error: this is no regular file\n--> folder.toml\n = help: a scenario is a TOML file\n\n\
         kmslab: 1 scenario file refused\n",
    );
}

#[cfg(unix)]
#[test]
fn nothing_outside_the_folder_is_read_and_no_pipe_is_waited_for() {
    let scratch = Scratch::new("links");
    let folder = scratch.0.join("mine");
    std::fs::create_dir(&folder).expect("a folder");
    // Round in a circle, and as deep as one likes: not followed.
    std::os::unix::fs::symlink(&folder, folder.join("again")).expect("a link");
    std::os::unix::fs::symlink("/etc/hostname", folder.join("leak.toml")).expect("a link");
    scratch.check(
        &["check", "--scenarios", "mine"],
        "error: this file leads out of its folder\n--> mine/leak.toml\n = help: replace the link by the file\n\n\
         kmslab: 1 scenario file refused\n",
    );
    std::fs::remove_file(folder.join("leak.toml")).expect("the link");
    let made = Command::new("mkfifo").arg(folder.join("pipe.toml")).status().is_ok_and(|status| status.success());
    assert!(made, "mkfifo belongs to every Unix");
    scratch.check(
        &["check", "--scenarios", "mine"],
        "error: this is no regular file\n--> mine/pipe.toml\n = help: a scenario is a TOML file\n\n\
         kmslab: 1 scenario file refused\n",
    );
}
