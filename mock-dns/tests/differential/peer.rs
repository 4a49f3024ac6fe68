//! DRIVER: NSD, Knot and BIND as children on ports of loopback, all with one zone.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "driver: starts programs, writes their configuration, owns sockets"
)]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mock_dns::DomainName;
use mock_dns::message::{Message, build_query};
use mock_dns::record::RecordType;

/// So long a program may take to answer its first query.
const START_TIME: Duration = Duration::from_secs(20);
/// So long an answer may take; only a failure waits for it.
const ANSWER_TIME: Duration = Duration::from_secs(5);
/// Between two tries while a program starts.
const TRY_TIME: Duration = Duration::from_millis(100);
/// No child lives longer than this many seconds, even if this process is killed.
const CHILD_LIFE: &str = "120";

/// A server of others that runs until this is dropped.
pub(crate) struct Peer {
    pub(crate) program: &'static str,
    pub(crate) address: SocketAddr,
    child: Child,
    folder: PathBuf,
}

type Configuration = fn(folder: &str, port: u16) -> String;

/// The three: where they stand, how they are started, how they are set up.
pub(crate) const PROGRAMS: [(&str, &str, &[&str], Configuration); 3] = [
    ("NSD", "/usr/sbin/nsd", &["-d", "-c"], nsd),
    ("Knot", "/usr/sbin/knotd", &["-c"], knot),
    ("BIND", "/usr/sbin/named", &["-f", "-c"], bind),
];

fn nsd(folder: &str, port: u16) -> String {
    format!(
        "server:\n ip-address: 127.0.0.1@{port}\n username: \"\"\n zonesdir: \"{folder}\"\n database: \"\"\n \
         pidfile: \"{folder}/pid\"\n xfrdfile: \"{folder}/xfrd\"\n zonelistfile: \"{folder}/list\"\n \
         logfile: \"{folder}/log\"\n rrl-ratelimit: 0\n rrl-whitelist-ratelimit: 0\n server-count: 1\n\
         remote-control:\n control-enable: no\nzone:\n name: contoso.com\n zonefile: contoso.zone\n"
    )
}

fn knot(folder: &str, port: u16) -> String {
    format!(
        "server:\n  rundir: {folder}\n  listen: 127.0.0.1@{port}\n  udp-workers: 1\n  tcp-workers: 1\n\
         database:\n  storage: {folder}\nlog:\n  - target: {folder}/log\n    any: info\n\
         zone:\n  - domain: contoso.com\n    storage: {folder}\n    file: contoso.zone\n    \
         zonefile-load: whole\n    zonefile-sync: -1\n    journal-content: none\n    semantic-checks: off\n"
    )
}

fn bind(folder: &str, port: u16) -> String {
    format!(
        "options {{ directory \"{folder}\"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};\n\
         recursion no; minimal-responses no-auth; pid-file none; session-keyfile none; managed-keys-directory \"{folder}\"; rrset-order {{ order none; }};\n\
         dnssec-validation no; check-integrity no; notify no; allow-transfer {{ none; }}; }};\n\
         controls {{ }};\nlogging {{ channel file {{ file \"{folder}/log\"; severity info; }}; category default {{ file; }}; }};\n\
         zone \"contoso.com\" {{ type primary; file \"{folder}/contoso.zone\"; check-names ignore; }};\n"
    )
}

impl Peer {
    /// Starts one of the three; the reason in words when that is not possible here.
    pub(crate) fn start(
        (program, path, arguments, configuration): (&'static str, &str, &[&str], Configuration),
        zone: &str,
    ) -> Result<Self, String> {
        if !Path::new(path).exists() {
            return Err(format!("{path} is not installed"));
        }
        let (udp, _tcp) = mock_dns::server::bind((Ipv4Addr::LOCALHOST, 0).into()).map_err(|error| error.to_string())?;
        let address = udp.local_addr().map_err(|error| error.to_string())?;
        // Knot's control socket needs a short path, so this is not the target folder.
        let folder = std::env::temp_dir().join(format!("mock-dns-{}-{}", std::process::id(), address.port()));
        let folder_text = folder.display().to_string();
        let written = std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(folder.join("contoso.zone"), zone))
            .and_then(|()| std::fs::write(folder.join("conf"), configuration(&folder_text, address.port())));
        written.map_err(|error| format!("{folder_text}: {error}"))?;
        // The ports are free again from here on; nobody else on this machine asks for the same number meanwhile.
        drop((udp, _tcp));
        let child = Command::new("timeout")
            .arg(CHILD_LIFE)
            .arg(path)
            .args(arguments)
            .arg(folder.join("conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let child = child.map_err(|error| format!("cannot start {path}: {error}"))?;
        let peer = Self { program, address, child, folder };
        peer.wait_until_it_answers()?;
        Ok(peer)
    }

    fn wait_until_it_answers(&self) -> Result<(), String> {
        let origin = DomainName::parse("contoso.com").map_err(|error| error.to_string())?;
        let query = build_query(1, &origin, RecordType::SOA);
        let deadline = Instant::now() + START_TIME;
        while Instant::now() < deadline {
            let reply = self.datagrams(&[&query], TRY_TIME).and_then(|reply| Message::read(&reply).ok());
            if reply.is_some_and(|reply| !reply.answers.is_empty()) {
                return Ok(());
            }
        }
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        Err(format!("{} does not answer; its log:\n{log}", self.program))
    }

    /// Sends datagrams and gives the first that comes back.
    fn datagrams(&self, messages: &[&[u8]], patience: Duration) -> Option<Vec<u8>> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
        socket.connect(self.address).ok()?;
        socket.set_read_timeout(Some(patience)).ok()?;
        for message in messages {
            socket.send(message).ok()?;
        }
        let mut buffer = vec![0; 65_535];
        match socket.recv(&mut buffer) {
            Ok(length) => buffer.get(..length).map(<[u8]>::to_vec),
            Err(_) => {
                // A refused port fails at once while the program starts: waste the time here instead of spinning.
                let until = Instant::now() + patience.min(TRY_TIME);
                while Instant::now() < until {
                    std::thread::yield_now();
                }
                None
            }
        }
    }

    /// Asks over UDP.
    pub(crate) fn ask(&self, query: &[u8]) -> Option<Vec<u8>> {
        self.datagrams(&[query], ANSWER_TIME)
    }

    /// Asks something that may be met with silence: the reply, unless that of a question sent behind it comes first.
    pub(crate) fn ask_or_silence(&self, message: &[u8], behind: &[u8]) -> Option<Vec<u8>> {
        let first = self.datagrams(&[message, behind], ANSWER_TIME);
        first.filter(|reply| reply.get(..2) != behind.get(..2))
    }

    /// Asks over TCP.
    pub(crate) fn ask_stream(&self, query: &[u8]) -> Option<Vec<u8>> {
        let mut stream = TcpStream::connect(self.address).ok()?;
        stream.set_read_timeout(Some(ANSWER_TIME)).ok()?;
        let length = u16::try_from(query.len()).ok()?;
        stream.write_all(&[&length.to_be_bytes(), query].concat()).ok()?;
        let mut prefix = [0; 2];
        stream.read_exact(&mut prefix).ok()?;
        let mut reply = vec![0; usize::from(u16::from_be_bytes(prefix))];
        stream.read_exact(&mut reply).ok()?;
        Some(reply)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // SIGTERM, which `timeout` passes on: a program that is killed leaves its own children behind.
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        if !asked.is_ok_and(|status| status.success()) {
            self.child.kill().ok();
        }
        self.child.wait().ok();
        std::fs::remove_dir_all(&self.folder).ok();
    }
}
