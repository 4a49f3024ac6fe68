//! DRIVER: what a program inside sees of the files of this machine: everything as it is, but for those that decide how names are resolved.
//!
//! In a mount namespace of its own: the replaced files lie on a file system in memory that has no name anywhere. Sockets through which
//! others would resolve names (systemd-resolved, nscd, the system bus, Avahi) are out of reach. Linux only.
#![expect(clippy::disallowed_methods, reason = "driver: mounts, and writes the files that are mounted")]

use std::io;
use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};

use super::files::{Files, nsswitch};

/// Where the file system in memory stands while it is filled.
const STAGE: &str = "/tmp";

/// Folders of sockets that answer for names.
const HIDDEN: [&str; 5] = ["/run/systemd/resolve", "/run/nscd", "/var/run/nscd", "/run/dbus", "/run/avahi-daemon"];

/// Enough for three text files.
const STAGE_OPTIONS: &str = "size=256k,mode=755";

/// Moves the calling thread into a mount namespace with these files, and gives its machine their name.
pub(super) fn enter(files: &Files) -> io::Result<()> {
    let about = |what: &str| {
        let what = what.to_owned();
        move |error: io::Error| io::Error::new(error.kind(), format!("{what}: {error}"))
    };
    // Before anything is hidden, because resolv.conf is often a link into what will be.
    let resolv_conf = Path::new("/etc/resolv.conf").canonicalize().map_err(about("/etc/resolv.conf"))?;
    let texts = [
        (Some(resolv_conf), files.resolv_conf.clone()),
        (Path::new("/etc/hosts").canonicalize().ok(), files.hosts.clone()),
        (
            Path::new("/etc/nsswitch.conf").canonicalize().ok(),
            nsswitch(&std::fs::read_to_string("/etc/nsswitch.conf").unwrap_or_default()),
        ),
    ];
    unshare(CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWUTS)
        .map_err(|error| about("a mount namespace")(error.into()))?;
    nix::unistd::sethostname(&files.host_name)?;
    let none: Option<&str> = None;
    // What is mounted here stays here.
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)?;
    for folder in hidden() {
        mount_memory(&folder).map_err(about(&format!("hiding {}", folder.display())))?;
    }
    mount_memory(Path::new(STAGE)).map_err(about("a file system in memory"))?;
    for (number, (target, text)) in texts.into_iter().enumerate() {
        let Some(target) = target else { continue };
        let staged = Path::new(STAGE).join(number.to_string());
        let replace = || {
            std::fs::write(&staged, text)?;
            if !target.exists() {
                // It was hidden with its folder, which is ours now.
                target.parent().map_or(Ok(()), std::fs::create_dir_all)?;
                std::fs::write(&target, "")?;
            }
            io::Result::Ok(mount(Some(&staged), &target, none, MsFlags::MS_BIND, none)?)
        };
        replace().map_err(about(&format!("replacing {}", target.display())))?;
    }
    umount2(STAGE, MntFlags::MNT_DETACH)?;
    Ok(())
}

/// The folders that there are, each once.
fn hidden() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for folder in HIDDEN.iter().filter_map(|folder| Path::new(folder).canonicalize().ok()) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders
}

fn mount_memory(at: &Path) -> io::Result<()> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    Ok(mount(Some("none"), at, Some("tmpfs"), flags, Some(STAGE_OPTIONS))?)
}
