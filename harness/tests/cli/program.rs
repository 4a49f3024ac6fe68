//! Runs the binary and holds what it said; folders that vanish when a test ends.
#![expect(clippy::disallowed_methods, reason = "test: runs the program and writes the files that it is to read")]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What a run of the program left.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Ran {
    /// Standard output as JSON Lines.
    #[track_caller]
    pub(crate) fn json(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
        self.out.lines().map(parse).collect()
    }

    /// The objects of a run that tell a result, without what really passed.
    #[track_caller]
    pub(crate) fn results(&self) -> Vec<Value> {
        let is_result = |object: &Value| object["type"] == "scenario";
        let mut results: Vec<Value> = self.json().into_iter().filter(is_result).collect();
        for result in &mut results {
            let elapsed = result.as_object_mut().and_then(|result| result.remove("elapsed_ms"));
            assert!(elapsed.is_some_and(|elapsed| elapsed.is_number()), "{result}");
        }
        results
    }

    /// The last object of a run.
    #[track_caller]
    pub(crate) fn summary(&self) -> Value {
        let last = self.json().pop().expect("a run ends with a summary");
        assert_eq!(last["type"], "summary");
        last
    }

    /// Fails unless the program ended so.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }
}

/// The program, with nothing in its environment that changes what it says.
pub(crate) fn program() -> Command {
    undisturbed(Command::new(env!("CARGO_BIN_EXE_kmslab")))
}

/// The same, and SIGINT ends it even where these tests run in the background of a shell, which lets its children ignore it.
#[cfg(target_os = "linux")]
pub(crate) fn interruptible() -> Command {
    let mut command = Command::new("env");
    command.args(["--default-signal=INT", env!("CARGO_BIN_EXE_kmslab")]);
    undisturbed(command)
}

fn undisturbed(mut command: Command) -> Command {
    for name in ["CLICOLOR", "CLICOLOR_FORCE", "NO_COLOR", "RUST_BACKTRACE", "RUST_LOG"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Ran {
    let output = command.output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
    let code = output.status.code().expect("the program ends by itself");
    Ran { code, out: text(output.stdout), err: text(output.stderr) }
}

/// Runs the program with these arguments.
pub(crate) fn kmslab(arguments: &[&str]) -> Ran {
    run(program().args(arguments))
}

/// Runs the program with these arguments and lines on its standard input.
pub(crate) fn kmslab_typing(arguments: &[&str], typed: &str) -> Ran {
    let mut command = program();
    let piped = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("the program starts");
    // It may end before it has read everything.
    child.stdin.take().expect("it is piped").write_all(typed.as_bytes()).ok();
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
    Ran {
        code: output.status.code().expect("the program ends by itself"),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// A folder of its own for a test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// An empty folder; the name is that of the test.
    pub(crate) fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("kmslab-cli-{}-{test}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for temporary files");
        Self(path)
    }

    /// Its path, or that of something in it, as an argument.
    pub(crate) fn at(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("folders for temporary files have names in UTF-8").to_owned()
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder can be made");
        std::fs::write(&path, text).expect("a file can be written");
        self.at(name)
    }

    /// The text of a file.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).expect("the file is there")
    }

    /// The names of what lies in it, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).expect("the folder is there");
        let name = |entry: std::io::Result<std::fs::DirEntry>| {
            entry.expect("an entry").file_name().into_string().expect("names in UTF-8")
        };
        let mut names: Vec<String> = entries.map(name).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// A scenario without a change: it passes when `outcome` is the outcome of a healthy network.
pub(crate) fn scenario(outcome: &str) -> String {
    format!(
        "title = \"A scenario of a test\"\n\
         ticket = \"Nothing happened.\"\n\
         base = \"domain-member\"\n\
         tags = [\"made-by-a-test\"]\n\
         sources = [{{ ref = \"this test\", confidence = \"inferred\" }}]\n\
         [[step]]\n\
         [step.expect]\n\
         outcome = \"{outcome}\"\n"
    )
}
