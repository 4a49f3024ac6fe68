//! DRIVER: BIND's named as a child on a port of 127.0.0.1, with one zone and a statement about updates.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "driver: starts a program, writes its configuration, owns sockets, waits for it"
)]

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mock_dns::message::{Message, build_query};
use mock_dns::name::DomainName;
use mock_dns::record::RecordType;

use crate::tool;

/// Where Debian puts it.
const NAMED: &str = "/usr/sbin/named";

/// So long it may take to answer its first query, and so long each try waits.
const START_TIME: Duration = Duration::from_secs(20);
const TRY_TIME: Duration = Duration::from_millis(100);

/// So long an answer may take; only a failure waits for it.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// It lives no longer than this many seconds, even if this process is killed.
const LIFE: &str = "120";

/// A server that runs until this is dropped.
pub(crate) struct Bind {
    pub(crate) address: SocketAddr,
    child: Child,
    folder: PathBuf,
}

impl Bind {
    /// Starts it; none, loudly, where it is not installed.
    #[track_caller]
    pub(crate) fn start(zone: &str, updates: &str) -> Option<Self> {
        if !Path::new(NAMED).exists() {
            return tool::missing(NAMED);
        }
        let (udp, tcp) = mock_dns::server::bind((Ipv4Addr::LOCALHOST, 0).into()).expect("two sockets");
        let address = udp.local_addr().expect("bound");
        let folder = std::env::temp_dir().join(format!("kmslab-bind-{}-{}", std::process::id(), address.port()));
        std::fs::create_dir_all(&folder).expect("made");
        std::fs::write(folder.join("contoso.zone"), zone).expect("written");
        std::fs::write(folder.join("conf"), configuration(&folder, address.port(), updates)).expect("written");
        // The ports are free again from here on; nobody else asks for the same number meanwhile.
        drop((udp, tcp));
        let mut command = Command::new("timeout");
        command.args([LIFE, NAMED, "-f", "-c"]).arg(folder.join("conf"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let bind = Self { address, child: command.spawn().expect("timeout is part of every system"), folder };
        bind.wait();
        Some(bind)
    }

    #[track_caller]
    fn wait(&self) {
        let query = build_query(1, &DomainName::parse("contoso.com").expect("a name"), RecordType::SOA);
        let deadline = Instant::now() + START_TIME;
        while Instant::now() < deadline {
            let started = Instant::now();
            let reply = exchange(self.address, &query, TRY_TIME).and_then(|reply| Message::read(&reply).ok());
            if reply.is_some_and(|reply| !reply.answers.is_empty()) {
                return;
            }
            // A refused port fails at once while the program starts: waste the time here instead of asking without end.
            while started.elapsed() < TRY_TIME {
                std::thread::yield_now();
            }
        }
        panic!("no answer; its log:\n{}", std::fs::read_to_string(self.folder.join("log")).unwrap_or_default());
    }
}

impl Drop for Bind {
    fn drop(&mut self) {
        // SIGTERM, which `timeout` passes on.
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        if !asked.is_ok_and(|status| status.success()) {
            self.child.kill().ok();
        }
        self.child.wait().ok();
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

fn configuration(folder: &Path, port: u16, updates: &str) -> String {
    let folder = folder.display();
    format!(
        "options {{ directory \"{folder}\"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; recursion no;\n\
         pid-file none; session-keyfile none; managed-keys-directory \"{folder}\"; dnssec-validation no; notify no; }};\n\
         controls {{ }};\nlogging {{ channel file {{ file \"{folder}/log\"; severity info; }}; category default {{ file; }}; }};\n\
         key \"kms1-key\" {{ algorithm hmac-sha256; secret \"bGFib3JhdG9yeQ==\"; }};\n\
         zone \"contoso.com\" {{ type primary; file \"{folder}/contoso.zone\"; {updates} }};\n"
    )
}

/// Sends a datagram and gives the first that comes back from there.
pub(crate) fn ask(to: SocketAddr, message: &[u8]) -> Option<Vec<u8>> {
    exchange(to, message, ANSWER_TIME)
}

fn exchange(to: SocketAddr, message: &[u8], patience: Duration) -> Option<Vec<u8>> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
    socket.connect(to).ok()?;
    socket.set_read_timeout(Some(patience)).ok()?;
    socket.send(message).ok()?;
    let mut buffer = vec![0; 65_535];
    let length = socket.recv(&mut buffer).ok()?;
    buffer.get(..length).map(<[u8]>::to_vec)
}
