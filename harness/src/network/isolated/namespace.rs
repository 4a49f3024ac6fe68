//! DRIVER: namespaces of the kernel: the right to make them, and a thread that stands in a network of its own.
//!
//! A namespace belongs to threads, so a thread is what stands for one: what it is given to do happens there, and the sockets and
//! processes that it makes stay there. All of it is gone when the process is, however it ends. Linux only.
#![expect(clippy::disallowed_methods, reason = "driver: threads in namespaces, and the files that map users")]

use std::fmt;
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread::JoinHandle;

use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Gid, Uid, getegid, geteuid, gettid};

/// Whose user namespace the process is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// That of before: the process may make networks because it is privileged.
    Own,
    /// One of its own, in which it is root; outside it is this user and group still.
    UserNamespace {
        /// The user outside.
        user: u32,
        /// The group outside.
        group: u32,
    },
}

/// Why the process may make no networks.
#[derive(Debug, thiserror::Error)]
#[error("{step}: {error}")]
pub struct Refused {
    /// What was tried last, e.g. "a user namespace".
    pub step: &'static str,
    /// What the kernel said.
    pub error: io::Error,
}

/// Capabilities (linux/capability.h): of networks, of packet sockets, of namespaces and mounts.
const CAPABILITIES: u64 = 1 << 12 | 1 << 13 | 1 << 21;

/// Gets the process the right to make networks, and tries it. It must have one thread only, because a user namespace is for all of a
/// process.
///
/// # Errors
/// What the kernel refused.
pub fn enter() -> Result<Rights, Refused> {
    let rights = take_rights()?;
    try_networks().map_err(|error| Refused { step: "a network", error })?;
    Ok(rights)
}

/// The same for those who see at once whether a network can be made.
///
/// # Errors
/// What the kernel refused.
pub(crate) fn take_rights() -> Result<Rights, Refused> {
    let (user, group) = (geteuid(), getegid());
    if user.is_root() && is_privileged() {
        return Ok(Rights::Own);
    }
    let entered = enter_user_namespace(0, 0, user, group);
    entered.map_err(|error| Refused { step: "a user namespace", error: in_words(error) })?;
    Ok(Rights::UserNamespace { user: user.as_raw(), group: group.as_raw() })
}

/// What the kernel means where it says "no space left on device" (user_namespaces(7), ENOSPC).
fn in_words(error: io::Error) -> io::Error {
    if error.kind() != ErrorKind::StorageFull {
        return error;
    }
    io::Error::other("their number is limited, by user.max_user_namespaces")
}

/// Whether the process has the capabilities that it needs (proc_pid_status(5), CapEff): in a container root often lacks them.
fn is_privileged() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let effective = effective.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    effective.is_some_and(|mask| mask & CAPABILITIES == CAPABILITIES)
}

/// Enters a new user namespace in which the user and group of now have these numbers, and no others exist (user_namespaces(7)).
///
/// # Errors
/// What the kernel refused.
pub fn enter_user_namespace(user: u32, group: u32, was: Uid, of: Gid) -> io::Result<()> {
    unshare(CloneFlags::CLONE_NEWUSER)?;
    std::fs::write("/proc/self/setgroups", "deny")?;
    std::fs::write("/proc/self/uid_map", format!("{user} {was} 1\n"))?;
    std::fs::write("/proc/self/gid_map", format!("{group} {of} 1\n"))
}

/// Whether networks and mounts can be made, on a thread that is thrown away.
fn try_networks() -> io::Result<()> {
    std::thread::scope(|scope| {
        let tried = scope.spawn(|| unshare(CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS));
        tried.join().map_err(|_| io::Error::other("the thread that tried it ended early"))?.map_err(io::Error::from)
    })
}

type Job = Box<dyn FnOnce() + Send>;

/// A network of its own: its thread, and the number of that, which names it.
pub struct Namespace {
    // None only while it is dropped.
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    number: i32,
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Namespace").field("number", &self.number).finish_non_exhaustive()
    }
}

impl Namespace {
    /// A network with nothing in it but a loopback link that is down.
    pub(crate) fn new() -> io::Result<Self> {
        let (jobs, todo) = mpsc::channel::<Job>();
        let (ready, number) = mpsc::channel();
        let thread = std::thread::Builder::new().name("namespace".to_owned()).spawn(move || {
            let entered = unshare(CloneFlags::CLONE_NEWNET).map_err(io::Error::from);
            let entered = entered.map(|()| gettid().as_raw());
            let failed = entered.is_err();
            if ready.send(entered).is_err() || failed {
                return;
            }
            todo.iter().for_each(|job| job());
        })?;
        let number = number.recv().map_err(|_| io::Error::other("the thread of a network ended early"))?;
        let number = number.map_err(|error| io::Error::new(error.kind(), format!("a network of its own: {error}")))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), number })
    }

    /// Does something in it.
    ///
    /// # Errors
    /// When its thread is gone, or what was to be done panicked.
    pub fn run<T: Send + 'static>(&self, act: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
        let (done, result) = mpsc::channel();
        let job = Box::new(move || {
            // A panic was told by the hook; the thread must live on for those who come after.
            if let Ok(value) = catch_unwind(AssertUnwindSafe(act)) {
                done.send(value).ok();
            }
        });
        let gone = || io::Error::other("the thread of a network is gone");
        self.jobs.as_ref().ok_or_else(gone)?.send(job).map_err(|_| gone())?;
        result.recv().map_err(|_| gone())
    }

    /// The number of the thread that stands in it.
    pub(crate) const fn number(&self) -> i32 {
        self.number
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // It ends when it has nothing left to do.
            thread.join().ok();
        }
    }
}
