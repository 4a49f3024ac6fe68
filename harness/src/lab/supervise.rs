//! DRIVER: the first process inside: it starts the command, passes signals on, and gives its exit code back.
//!
//! The kernel ends every process of a PID namespace with its first one; so whatever the command leaves behind goes when this does, and
//! this goes when the laboratory does, however that ends: a pipe that nobody else holds tells.
//!
//! It hands the exit code over when it is alone and has let go of the standard streams, and outlives the laboratory by what the kernel
//! takes to close the packet sockets of the wire, some 20 ms: nobody has to wait for that. Linux only.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "driver: starts and ends processes, mounts /proc"
)]

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command};

use nix::cmsg_space;
use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::socket::{ControlMessage, MsgFlags, recvmsg, sendmsg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Gid, Pid, Uid, close, getpgrp, setpgid, tcsetpgrp};

use crate::network::isolated::namespace::enter_user_namespace;

/// Exit codes as shells give them (POSIX XCU 2.8.2), and as env(1) and timeout(1) do.
pub const OUR_FAILURE: i32 = 125;
const CANNOT_RUN: i32 = 126;
const NOT_FOUND: i32 = 127;
/// Added to the number of the signal that ended a command.
pub(super) const BY_SIGNAL: i32 = 128;

/// The number of the first process of a PID namespace (pid_namespaces(7)).
const FIRST: u32 = 1;

/// How a signal says that the kernel sent it, such as for Ctrl-C (sigaction(2), SI_KERNEL): then the whole foreground got it.
const BY_KERNEL: i32 = 0x80;

/// Sockets that can be kept open: those of the wire, one for each machine with a network of its own.
const KEPT_MAX: usize = 32;

/// What the first process needs to know.
#[derive(Debug)]
pub struct Inside {
    /// The descriptor of the pipe that closes when the laboratory ends.
    pub alive: i32,
    /// The descriptor of the pipe into which the exit code goes.
    pub tell: i32,
    /// The descriptor of the socket from which the sockets come that are to be kept open.
    pub keep: i32,
    /// The user and group of the command, where a user namespace was made for the laboratory.
    pub user: Option<(u32, u32)>,
    /// Whether the terminal is this process's to lead, and so its command's.
    pub terminal: bool,
    /// The command and its arguments.
    pub command: Vec<OsString>,
}

/// The signals that are passed on.
pub(super) const PASSED_ON: [Signal; 6] =
    [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGUSR1, Signal::SIGUSR2];

/// Blocks what is passed on and what tells of children, and opens the descriptor that has them instead. A command must not start
/// like that: see [`start`].
pub(super) fn signals() -> io::Result<SignalFd> {
    let mut set = SigSet::empty();
    PASSED_ON.into_iter().chain([Signal::SIGCHLD]).for_each(|signal| set.add(signal));
    set.thread_block()?;
    Ok(SignalFd::with_flags(&set, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?)
}

/// The signals that came and are to be passed on; whether something became of a child.
pub(super) fn taken(signals: &SignalFd) -> (Vec<Signal>, bool) {
    let (mut to_pass, mut child) = (Vec::new(), false);
    while let Ok(Some(came)) = signals.read_signal() {
        let number = i32::try_from(came.ssi_signo).unwrap_or_default();
        match Signal::try_from(number) {
            Ok(Signal::SIGCHLD) => child = true,
            Ok(signal) if came.ssi_code != BY_KERNEL => to_pass.push(signal),
            Ok(_) | Err(_) => {}
        }
    }
    (to_pass, child)
}

/// Runs the command; the exit code of this process.
#[must_use]
pub fn supervise(inside: &Inside) -> i32 {
    match run(inside) {
        Ok(code) => code,
        Err(error) => {
            // Nobody is left to tell when the error stream is closed.
            writeln!(io::stderr(), "kmslab: the laboratory could not be entered: {error}").ok();
            OUR_FAILURE
        }
    }
}

fn run(inside: &Inside) -> io::Result<i32> {
    if std::process::id() != FIRST {
        // What it does to all others is meant for those of a namespace.
        return Err(io::Error::other("this is not the first process of a laboratory"));
    }
    // Opened anew so that commands do not inherit them.
    let alive = File::open(format!("/proc/self/fd/{}", inside.alive))?;
    close(inside.alive)?;
    let mut tell = File::options().write(true).open(format!("/proc/self/fd/{}", inside.tell))?;
    close(inside.tell)?;
    keep_open(inside.keep)?;
    let code = command(inside, &alive)?;
    end_all_others();
    // Whoever reads what the command wrote waits for the last who could write.
    for stream in 0..=2 {
        close(stream).ok();
    }
    // Nobody is left to be told when the laboratory has ended.
    tell.write_all(&code.to_ne_bytes()).ok();
    // Its copies of what is kept open are closed first: an end of the pipe is read when it has ended.
    (&alive).read_exact(&mut [0]).ok();
    Ok(code)
}

/// Takes sockets that are open until this process ends, and that no command inherits.
fn keep_open(from: i32) -> io::Result<()> {
    let mut space = cmsg_space!([RawFd; KEPT_MAX]);
    let mut octet = [0; 1];
    recvmsg::<()>(from, &mut [IoSliceMut::new(&mut octet)], Some(&mut space), MsgFlags::MSG_CMSG_CLOEXEC)?;
    Ok(close(from)?)
}

/// Gives sockets to [`keep_open`], which is to read them at the other end.
pub(super) fn give(to: &UnixDatagram, sockets: &[RawFd]) -> io::Result<()> {
    let sockets = sockets.get(..sockets.len().min(KEPT_MAX)).unwrap_or_default();
    let control = [ControlMessage::ScmRights(sockets)];
    sendmsg::<()>(to.as_raw_fd(), &[IoSlice::new(&[0])], &control, MsgFlags::empty(), None)?;
    Ok(())
}

/// Ends whatever the command has left behind, and waits until it is gone.
fn end_all_others() {
    // Everybody but the caller, which has the number 1 here (kill(2)).
    kill(Pid::from_raw(-1), Signal::SIGKILL).ok();
    while waitpid(None, None).is_ok() {}
}

/// Runs the command until it ends, or the laboratory does.
fn command(inside: &Inside, alive: &File) -> io::Result<i32> {
    let signals = signals()?;
    renew_proc();
    if let Some((user, group)) = inside.user {
        // Nested, so that the command is who it was outside and has no power over its network.
        enter_user_namespace(user, group, Uid::from_raw(0), Gid::from_raw(0))?;
    }
    set_pdeathsig(Signal::SIGKILL)?;
    if inside.terminal {
        lead_terminal()?;
    }
    let Some((program, arguments)) = inside.command.split_first() else { return Ok(OUR_FAILURE) };
    let mut command = Command::new(program);
    // They would turn the resolver of the C library away from what its files say.
    command.args(arguments).env_remove("LOCALDOMAIN").env_remove("RES_OPTIONS");
    let child = match start(&mut command) {
        Ok(child) => Pid::from_raw(i32::try_from(child.id()).unwrap_or_default()),
        Err(error) => {
            let name = program.to_string_lossy();
            writeln!(io::stderr(), "kmslab: {}: {error}", name.escape_debug()).ok();
            return Ok(if error.kind() == ErrorKind::NotFound { NOT_FOUND } else { CANNOT_RUN });
        }
    };
    loop {
        // Before waiting: one that ended while it was started has told nobody.
        if let Some(code) = reap(child, inside.terminal) {
            return Ok(code);
        }
        let mut watched =
            [PollFd::new(signals.as_fd(), PollFlags::POLLIN), PollFd::new(alive.as_fd(), PollFlags::POLLIN)];
        match poll(&mut watched, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
        if watched.get(1).and_then(PollFd::revents).is_some_and(|came| !came.is_empty()) {
            return Ok(OUR_FAILURE);
        }
        let (to_pass, _) = taken(&signals);
        for signal in to_pass {
            kill(child, signal).ok();
        }
    }
}

/// Takes the terminal into a group of its own, which the command will be in: a shell with job control gives it back to the group in which it
/// was started, and one from outside the namespace has no number that it could name.
fn lead_terminal() -> nix::Result<()> {
    let mut set = SigSet::empty();
    set.add(Signal::SIGTTOU);
    set.thread_block()?;
    setpgid(Pid::from_raw(0), Pid::from_raw(0))?;
    tcsetpgrp(io::stdin(), getpgrp())
}

/// Starts a command with no signal blocked: a child inherits what the thread that starts it has blocked, so a thread of its own does.
fn start(command: &mut Command) -> io::Result<Child> {
    std::thread::scope(|scope| {
        let started = scope.spawn(|| {
            SigSet::empty().thread_set_mask()?;
            command.spawn()
        });
        started.join().map_err(|_| io::Error::other("the thread that starts it ended early"))?
    })
}

/// Takes up every process that has ended; the exit code of the command, if it is one of them. One that `leads` the terminal is not
/// left stopped.
fn reap(command: Pid, leads: bool) -> Option<i32> {
    let flags = if leads { WaitPidFlag::WUNTRACED } else { WaitPidFlag::empty() };
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG | flags)) {
            // A shell that leads the terminal has nobody to be suspended to.
            Ok(WaitStatus::Stopped(pid, _)) if pid == command => {
                kill(pid, Signal::SIGCONT).ok();
            }
            Ok(WaitStatus::Exited(pid, code)) if pid == command => return Some(code),
            Ok(WaitStatus::Signaled(pid, signal, _)) if pid == command => return Some(BY_SIGNAL + signal as i32),
            Ok(WaitStatus::StillAlive) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

/// Shows the processes inside and no others. Where the kernel does not allow it, such as in a container that masks parts of
/// /proc, those of before stay visible, and a person should know.
fn renew_proc() {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    let none: Option<&str> = None;
    if let Err(error) = mount(Some("proc"), "/proc", Some("proc"), flags, none) {
        let note = "kmslab: note: the command can see the other processes of this machine";
        writeln!(io::stderr(), "{note}: /proc cannot be mounted: {error}").ok();
    }
}
