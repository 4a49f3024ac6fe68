//! DRIVER: namespaces of the kernel: the right to make them, and a thread that stands in a network of its own.
//!
//! A namespace belongs to threads, so a thread is what stands for one: what it is given to do happens there, and the sockets and
//! processes that it makes stay there. All of it is gone when the process is, however it ends. Linux only.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "driver: threads in namespaces, and the files that speak for them"
)]

use std::fmt;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread::JoinHandle;

use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Gid, Uid, getegid, geteuid};

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

/// Gets the process the right to make networks. It must have one thread only, because a user namespace is for all of a process.
///
/// # Errors
/// What the kernel refused.
pub fn enter() -> Result<Rights, Refused> {
    let (user, group) = (geteuid(), getegid());
    if user.is_root() && try_networks().is_ok() {
        return Ok(Rights::Own);
    }
    let refused = |step| move |error: io::Error| Refused { step, error };
    enter_user_namespace(0, 0, user, group).map_err(refused("a user namespace"))?;
    try_networks().map_err(refused("a network in a user namespace"))?;
    Ok(Rights::UserNamespace { user: user.as_raw(), group: group.as_raw() })
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

/// A network of its own: its thread, and the file that names it.
pub struct Namespace {
    // None only while it is dropped.
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    file: File,
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Namespace").field("file", &self.file).finish_non_exhaustive()
    }
}

impl Namespace {
    /// A network with nothing in it but a loopback link that is down.
    pub(crate) fn new() -> io::Result<Self> {
        let (jobs, todo) = mpsc::channel::<Job>();
        let (ready, file) = mpsc::channel();
        let thread = std::thread::Builder::new().name("namespace".to_owned()).spawn(move || {
            let entered = unshare(CloneFlags::CLONE_NEWNET).map_err(io::Error::from);
            let entered = entered.and_then(|()| File::open("/proc/thread-self/ns/net"));
            let failed = entered.is_err();
            if ready.send(entered).is_err() || failed {
                return;
            }
            todo.iter().for_each(|job| job());
        })?;
        let file = file.recv().map_err(|_| io::Error::other("the thread of a network ended early"))??;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), file })
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

    /// The number of the open file that names it.
    pub(crate) fn descriptor(&self) -> i32 {
        self.file.as_raw_fd()
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
