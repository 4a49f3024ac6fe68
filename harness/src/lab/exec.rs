//! DRIVER: a command inside the network of a scenario, and everything around it.
//!
//! The laboratory is this process: it serves the scenario's machines and waits. The command runs in namespaces of its own, below a first
//! process that ends with this one. Nothing is written to disk. Linux only.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "driver: starts a process in namespaces and waits for it"
)]

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use double::{Clock, Moment, Seed};
use evidence::timeline::Timeline;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::SignalFd;
use nix::unistd::{Pid, getpgrp, tcgetpgrp, tcsetpgrp};

use super::files::Files;
use super::supervise::{BY_SIGNAL, OUR_FAILURE, give, signals, taken};
use super::{mounts, told};
use crate::environment::{ClientMachine, Environment};
use crate::network::isolated::ground::Ground;
use crate::network::isolated::namespace::{Refused, Rights, take_rights};

/// The exit code for a command that was ended because its time was up, as of timeout(1).
const TIMED_OUT: i32 = 124;

/// How long a command may take to end after it was told to.
const GRACE: Duration = Duration::from_secs(2);

/// The name of the first process inside, as its commands see it.
const FIRST: &str = "init";

/// What is to be run, and where.
#[derive(Debug)]
pub struct Errand<'a> {
    /// The environment.
    pub environment: &'a Environment,
    /// The client in whose place the command stands.
    pub client: &'a ClientMachine,
    /// The seed of every random choice.
    pub seed: Seed,
    /// The command and its arguments.
    pub command: Vec<OsString>,
    /// How long it may take.
    pub limit: Option<Duration>,
    /// Whether it is a shell for whoever sits at the terminal: one that expects to be a job of its own.
    pub is_shell: bool,
    /// Whether its packets are wanted.
    pub keeps_packets: bool,
}

/// How it ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code of the command, or what stands for it.
    pub code: i32,
    /// What it asked, was told and never asked, a line each.
    pub told: Vec<String>,
    /// What was seen on the wire and at the servers.
    pub timeline: Timeline,
    /// Its packets, where they are wanted: when, and the octets from the IP header on; and how many found no room.
    pub packets: (Vec<(Moment, Vec<u8>)>, u64),
    /// How long it took.
    pub took: Duration,
}

/// Why it could not be run.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The machine gives no namespaces.
    #[error("this machine gives no isolated network: {0}")]
    Refused(#[from] Refused),
    /// Something else of the machine was not as it must be.
    #[error("the network of the scenario cannot be set up: {0}")]
    SetUp(#[from] io::Error),
}

/// Runs a command in the place of a client. The process must have one thread only.
///
/// # Errors
/// What the machine cannot do.
pub fn exec(errand: &Errand<'_>) -> Result<Ended, Trouble> {
    let signals = signals()?;
    let rights = take_rights()?;
    let mut environment = errand.environment.clone();
    // The others are not played: nobody stands there.
    environment.clients.retain(|client| client.id == errand.client.id);
    let ground = Ground::new(&environment, None, Clock::start(1), errand.seed)?;
    if errand.keeps_packets {
        ground.keep_packets();
    }
    let namespace = ground.client(&errand.client.id).ok_or_else(|| io::Error::other("the client has no network"))?;
    let files = Files::of(errand.client);
    let (mut ours, theirs) = connect(&ground)?;
    let command = errand.command.clone();
    let leads_terminal = errand.is_shell && is_foreground();
    let started = Instant::now();
    let child = namespace.run(move || {
        allow_ping(rights);
        mounts::enter(&files)?;
        unshare(CloneFlags::CLONE_NEWPID)?;
        start(&theirs, rights, leads_terminal, &command)
    })??;
    let code = wait(child, &mut ours.told, &signals, errand.limit)?;
    take_terminal_back();
    let seen = ground.drain(&environment);
    // While the first process still keeps its sockets open, so that closing them here is no waiting.
    drop(ground);
    drop(ours);
    let mut told = told::told(&environment, &errand.client.id, &seen.entries, &seen.unanswered);
    if seen.lost > 0 {
        told.push(format!(
            "the first {} entries of the journal found no room: there is more than these lines say",
            seen.lost
        ));
    }
    let timeline = Timeline { machines: environment.machine_ids(), entries: seen.entries };
    Ok(Ended { code, told, timeline, packets: (seen.packets.list, seen.packets.lost), took: started.elapsed() })
}

/// Lets the group of the command send echo requests without privileges (icmp(7), ping_group_range). Where /proc/sys cannot be
/// written, ping says itself that it may not.
fn allow_ping(rights: Rights) {
    let range = match rights {
        Rights::Own => "0 2147483647",
        Rights::UserNamespace { .. } => "0 0",
    };
    std::fs::write("/proc/sys/net/ipv4/ping_group_range", range).ok();
}

/// What connects this process with the first one inside: our ends.
#[derive(Debug)]
struct Ours {
    /// Closes when this process ends, however it does.
    _alive: io::PipeWriter,
    /// The exit code comes here.
    told: io::PipeReader,
}

/// The ends of the first process.
#[derive(Debug)]
struct Theirs {
    alive: io::PipeReader,
    tell: io::PipeWriter,
    keep: UnixDatagram,
}

/// Connects this process with the first one inside, and gives that the packet sockets of the wire to keep open: the last who closes one
/// waits, and that is not to be whom a user waits for.
fn connect(ground: &Ground) -> io::Result<(Ours, Theirs)> {
    let (alive, _alive) = io::pipe()?;
    let (told, tell) = io::pipe()?;
    let (give_to, keep) = UnixDatagram::pair()?;
    give(&give_to, &ground.packet_sockets())?;
    Ok((Ours { _alive, told }, Theirs { alive, tell, keep }))
}

/// Starts the first process inside: this program again, under a name that says nothing.
fn start(ends: &Theirs, rights: Rights, leads_terminal: bool, command: &[OsString]) -> io::Result<Child> {
    let mut first = Command::new("/proc/self/exe");
    first.arg0(FIRST).arg("supervise");
    for (name, end) in [("--alive", ends.alive.as_fd()), ("--tell", ends.tell.as_fd()), ("--keep", ends.keep.as_fd())] {
        fcntl(end, FcntlArg::F_SETFD(FdFlag::empty()))?;
        first.arg(name).arg(end.as_raw_fd().to_string());
    }
    if let Rights::UserNamespace { user, group } = rights {
        first.arg("--user").arg(format!("{user}:{group}"));
    }
    if leads_terminal {
        first.arg("--terminal");
    }
    first.arg("--").args(command).spawn()
}

/// Waits for the command, passes signals on, and ends it when its time is up.
fn wait(mut child: Child, code: &mut io::PipeReader, signals: &SignalFd, limit: Option<Duration>) -> io::Result<i32> {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap_or_default());
    let started = Instant::now();
    // When it is told to end, and when it is ended.
    let mut limits =
        limit.map(|limit| [(limit, Signal::SIGTERM), (limit + GRACE, Signal::SIGKILL)]).into_iter().flatten();
    let mut next = limits.next();
    let mut timed_out = false;
    loop {
        let left = next.map(|(limit, _)| limit.saturating_sub(started.elapsed()));
        if let (Some((_, signal)), Some(Duration::ZERO)) = (next, left) {
            timed_out = true;
            kill(pid, signal).ok();
            next = limits.next();
            continue;
        }
        // Rounded up, so that it does not wake too early again and again.
        let left = left.map(|left| left + Duration::from_millis(1));
        let patience = left.map_or(PollTimeout::NONE, |left| PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX));
        let mut watched =
            [PollFd::new(code.as_fd(), PollFlags::POLLIN), PollFd::new(signals.as_fd(), PollFlags::POLLIN)];
        match poll(&mut watched, patience) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
        if watched.first().and_then(PollFd::revents).is_some_and(|came| !came.is_empty()) {
            let code = handed_over(code).map_or_else(|| child.wait().map(code_of), Ok)?;
            return Ok(if timed_out { TIMED_OUT } else { code });
        }
        for signal in taken(signals).0 {
            kill(pid, signal).ok();
        }
    }
}

/// The exit code that the first process hands over; none when it has ended without.
fn handed_over(by: &mut io::PipeReader) -> Option<i32> {
    let mut code = [0; 4];
    by.read_exact(&mut code).ok()?;
    Some(i32::from_ne_bytes(code))
}

/// How the first process ended that handed nothing over: it failed, or somebody outside ended it by a signal.
fn code_of(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;

    status.code().or_else(|| status.signal().map(|signal| BY_SIGNAL + signal)).unwrap_or(OUR_FAILURE)
}

/// Whether the terminal, if there is one, is this job's. Inside nobody can tell: the numbers of groups outside are all 0 there.
fn is_foreground() -> bool {
    tcgetpgrp(io::stdin()) == Ok(getpgrp())
}

/// A shell with job control leaves the terminal to itself when it ends.
fn take_terminal_back() {
    let mut set = SigSet::empty();
    set.add(Signal::SIGTTOU);
    if set.thread_block().is_ok() {
        // Fails where standard input is no terminal of ours, and then there is nothing to take back.
        tcsetpgrp(io::stdin(), getpgrp()).ok();
    }
}
