//! The documents as tests: commands are run and their output compared, example files are loaded.
//!
//! A fenced block whose first line is ```` ```toml PATH ```` is a file that later commands find; one that begins with
//! ```` ```console ```` holds commands (`$ kmslab ...`) and what they print. Real time is masked, nothing else. With
//! `KMSLAB_BLESS=1` the outputs in the documents are replaced by what the program says today.
#![expect(clippy::disallowed_methods, reason = "test: reads documents, runs the program")]

use std::path::{Path, PathBuf};
use std::process::Command;

use kmslab::error::ExitCode;

/// What stands before a fragment that is a step, so that it becomes a file.
const BEFORE_A_STEP: &str = "title = \"A fragment\"\nticket = \"-\"\nbase = \"domain-member\"\n\
                             sources = [{ ref = \"-\", confidence = \"inferred\" }]\n[[step]]\n";

/// What stands after a step that expects nothing.
const EXPECT_NOTHING: &str = "\n[step.expect]\n";

/// A fenced block of a document.
#[derive(Debug)]
struct Block {
    /// What stands behind the fence.
    info: String,
    /// Its first and last line (not included), counted from 0.
    lines: std::ops::Range<usize>,
    /// Its text.
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn blocks(document: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, usize)> = None;
    let lines: Vec<&str> = document.lines().collect();
    for (number, line) in lines.iter().enumerate() {
        let Some(info) = line.strip_prefix("```") else { continue };
        match open.take() {
            None => open = Some((info.to_owned(), number + 1)),
            Some((info, start)) => {
                let text = lines[start..number].iter().flat_map(|line| [line, "\n"]).collect();
                blocks.push(Block { info, lines: start..number, text });
            }
        }
    }
    assert!(open.is_none(), "a fenced block does not end");
    blocks
}

/// A folder that vanishes.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("kmslab-readme-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for temporary files");
        Self(path)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder can be made");
        std::fs::write(path, text).expect("a file can be written");
    }

    /// What a command prints: standard output, then standard error, as in a terminal.
    fn prints(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kmslab"));
        command.args(arguments).current_dir(&self.0);
        for name in ["CLICOLOR", "CLICOLOR_FORCE", "NO_COLOR", "RUST_LOG"] {
            command.env_remove(name);
        }
        let output = command.output().expect("the program starts");
        let text = [output.stdout, output.stderr].concat();
        String::from_utf8(text).expect("the program writes UTF-8")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// What a console block would be today.
fn today(block: &Block, folder: &Folder) -> String {
    let mut text = String::new();
    for line in block.text.lines().filter(|line| line.starts_with("$ ")) {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        let [program, arguments @ ..] = words.as_slice() else { panic!("an empty command") };
        assert_eq!(*program, "kmslab", "only kmslab is run from a document: {line}");
        let output = folder.prints(arguments);
        text.push_str(&format!("{line}\n{output}"));
    }
    text
}

/// The text without what really passed: every number before ` ms`.
fn masked(text: &str) -> String {
    let number = |c: char| c.is_ascii_digit() || c == '.';
    let parts: Vec<&str> = text.split(" ms").collect();
    let (last, masked) = parts.split_last().expect("a text has at least one part");
    let mask = |part: &&str| format!("{}_ ms", part.trim_end_matches(number));
    masked.iter().map(mask).collect::<String>() + last
}

/// Runs every console block of a document, or writes what they print today into it.
#[track_caller]
fn check_consoles(name: &str) {
    let path = root().join(name);
    let document = std::fs::read_to_string(&path).expect("the document is there");
    let folder = Folder::new(&name.replace('/', "-"));
    let mut lines: Vec<String> = document.lines().map(str::to_owned).collect();
    let mut wrong = Vec::new();
    // From the end, so that the numbers of lines before stay right.
    let found = blocks(&document);
    for block in &found {
        if let Some(file) = block.info.strip_prefix("toml ").filter(|file| file.contains('/')) {
            folder.write(file, &block.text);
        }
    }
    for block in found.iter().rev().filter(|block| block.info == "console") {
        let today = today(block, &folder);
        if masked(&today) != masked(&block.text) {
            wrong.push(format!("line {}: it prints today\n{today}", block.lines.start));
            lines.splice(block.lines.clone(), today.lines().map(str::to_owned));
        }
    }
    if std::env::var_os("KMSLAB_BLESS").is_some() {
        std::fs::write(path, lines.join("\n") + "\n").expect("the document can be written");
    } else {
        assert!(wrong.is_empty(), "{name}, {}\nKMSLAB_BLESS=1 writes it there", wrong.join("\n"));
    }
}

#[test]
fn readme_shows_what_the_program_prints() {
    check_consoles("README.md");
}

#[test]
fn readme_names_every_command_and_only_those() {
    let document = std::fs::read_to_string(root().join("README.md")).expect("it is there");
    let row =
        |line: &str| line.strip_prefix("| `kmslab ").and_then(|rest| rest.split([' ', '`']).next()).map(str::to_owned);
    let listed: Vec<String> = document.lines().filter_map(row).collect();
    let folder = Folder::new("commands");
    let help = folder.prints(&["--help"]);
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(listed, commands, "the table of commands in README.md and `kmslab --help`");
}

#[test]
fn readme_says_what_every_exit_code_means() {
    let document = std::fs::read_to_string(root().join("README.md")).expect("it is there");
    let rows = document.lines().skip_while(|line| !line.starts_with("| Exit code |")).skip(2);
    let listed: Vec<&str> = rows.take_while(|line| line.starts_with('|')).collect();
    let meant = ExitCode::MEANINGS.iter().map(|(code, meaning)| format!("| {} | {meaning} |", *code as i32));
    assert_eq!(listed, meant.collect::<Vec<_>>());
}

#[test]
fn the_examples_of_the_format_are_accepted() {
    let document = std::fs::read_to_string(root().join("scenarios/README.md")).expect("it is there");
    let folder = Folder::new("format");
    folder.write("all/base/README", "the folder has to be there");
    for (number, block) in blocks(&document).iter().enumerate() {
        let text = match block.info.as_str() {
            "toml scenario" => block.text.clone(),
            "toml step" if block.text.contains("expect") => format!("{BEFORE_A_STEP}{}", block.text),
            "toml step" => format!("{BEFORE_A_STEP}{}{EXPECT_NOTHING}", block.text),
            "toml base" => {
                folder.write(&format!("all/base/base-{number}.toml"), &block.text);
                let scenario = format!("{BEFORE_A_STEP}{EXPECT_NOTHING}");
                scenario.replace("domain-member", &format!("base-{number}"))
            }
            other => panic!("line {}: a block of the kind `{other}` is not checked", block.lines.start),
        };
        let file = format!("example-{number}.toml");
        folder.write(&file, &text);
        let printed = folder.prints(&["check", &file, "--scenarios", "all"]);
        assert_eq!(printed, "1 file is good\n", "line {}", block.lines.start);
    }
}

#[test]
fn only_real_time_is_masked() {
    assert_eq!(masked("8 scenarios, 5.3 ms\nafter 0.001 s, 12 ms"), "8 scenarios, _ ms\nafter 0.001 s, _ ms");
}
