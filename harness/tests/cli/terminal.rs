//! `exec` and `shell` at a terminal: keys that send signals, jobs that are stopped and go on, and who has the terminal afterwards.
//!
//! Python holds the terminal, because opening one here would take unsafe code. A machine without it says so and skips; under `KMSLAB_CI`
//! that is a failure.
#![expect(clippy::disallowed_methods, reason = "test: starts a program at a terminal")]

use std::process::{Command, Stdio};

use crate::exec::{has, possible};
use crate::program::{Folder, run};

/// Starts a shell at a new terminal, types each odd argument and waits until each even one is shown; ends with the shell's exit code.
const AT_A_TERMINAL: &str = r"
import os, pty, select, sys, time
LIMIT = 60
pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(PS1='% ', TERM='dumb', SHELL='/bin/sh')
    os.environ.pop('ENV', None)
    os.execv('/bin/sh', ['sh', '-i'])
shown = b''
def until(awaited):
    global shown
    ends = time.monotonic() + LIMIT
    while awaited not in shown:
        ready, _, _ = select.select([terminal], [], [], max(0, ends - time.monotonic()))
        try:
            octets = os.read(terminal, 4096) if ready else b''
        except OSError:
            octets = b''
        if not octets:
            sys.exit(f'no {awaited!r} in {shown!r}')
        shown += octets
    shown = shown[shown.index(awaited) + len(awaited):]
until(b'% ')
for typed, awaited in zip(sys.argv[1::2], sys.argv[2::2]):
    os.write(terminal, typed.encode())
    until(awaited.encode())
os.write(terminal, b'exit 3\n')
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
";

/// A job that says when it begins and when it is continued, and then stays until a key ends it.
const JOB: &str = "\
#!/bin/sh
trap 'echo continued' CONT
echo begun
sleep 600 &
wait
wait
sleep 600
";

const PYTHON: &str = "/usr/bin/python3";

/// The keys Ctrl-C, Ctrl-Z and Ctrl-\.
const INTERRUPT: &str = "\x03";
const SUSPEND: &str = "\x1a";
const QUIT: &str = "\x1c";

/// The line that shows how the last command ended.
const CODE: &str = "echo \"code=$?\"\n";

/// Types at a terminal, and waits each time for what must be shown; the shell there still has it in the end.
#[track_caller]
fn check(conversation: &[(&str, &str)]) {
    let steps = conversation.iter().flat_map(|(typed, shown)| [*typed, *shown]);
    let mut python = Command::new(PYTHON);
    run(python.args(["-c", AT_A_TERMINAL]).args(steps).stdin(Stdio::null())).ends(3);
}

/// The commands of a test, with a job that is typed as its path alone: what is shown of it is said by it.
fn prepared() -> Option<(Folder, String)> {
    if !possible() || !has(PYTHON) {
        return None;
    }
    let folder = Folder::new("terminal");
    let job = format!("sh {}", folder.write("job", JOB));
    Some((folder, job))
}

const KMSLAB: &str = env!("CARGO_BIN_EXE_kmslab");

#[test]
fn keys_and_job_control_pass_through() {
    let Some((_folder, job)) = prepared() else { return };
    let exec = format!("{KMSLAB} exec -q healthy/domain-member -- {job}\n");
    let late = format!("{KMSLAB} exec -q --timeout 0.1 healthy/domain-member -- {job}\n");
    check(&[
        (&exec, "begun"),
        (SUSPEND, "Stopped"),
        ("fg\n", "continued"),
        (INTERRUPT, "% "),
        (CODE, "code=130"),
        (&exec, "begun"),
        (QUIT, "% "),
        (CODE, "code=131"),
        (&late, "begun"),
        (CODE, "code=124"),
    ]);
}

#[test]
fn a_shell_has_jobs_of_its_own_and_gives_the_terminal_back() {
    let Some((_folder, job)) = prepared() else { return };
    let shell = format!("{KMSLAB} shell -q healthy/domain-member\n");
    let job = format!("{job}\n");
    check(&[
        (&shell, "% "),
        ("cat /proc/sys/kernel/hostname\n", "pc7"),
        (&job, "begun"),
        (SUSPEND, "Stopped"),
        ("fg\n", "continued"),
        (INTERRUPT, "% "),
        (CODE, "code=130"),
        // Nobody is there who could continue it: it goes on by itself.
        ("kill -STOP $$; echo \"still \"here\n", "still here"),
        ("exit 7\n", "% "),
        (CODE, "code=7"),
    ]);
}
