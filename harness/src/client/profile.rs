//! What differs between generations of the KMS client, as constants with their sources.
//!
//! A number that no source gives is marked as an assumption. Nothing here was observed on Windows by the authors.

use std::time::Duration;

/// A generation of the client.
#[derive(Debug)]
pub struct ClientProfile {
    /// Its word in scenario files and results.
    pub word: &'static str,
    /// When a DNS query is sent (again), and to how many of the servers.
    ///
    /// Source: support article KB2834226, trace in the text: one server is asked at 0, 1, 2, 4, 8 s; with more, the second at 1 s,
    /// the third (or the second again) at 2 s, all at 4 s and 8 s. Documented.
    pub dns_schedule: &'static [DnsSend],
    /// When a DNS query is given up (same source; another Microsoft text computes to 12 s for Windows 7).
    pub dns_give_up: Duration,
    /// How long a SYN without answer is repeated before the attempt fails: 1 s doubling, four repeats, stopped at 21 s.
    /// Source: measured on CI images of 2026 and the shipped defaults; a field report.
    pub connect_give_up: Duration,
    /// How often a refused SYN is repeated before "refused" is believed, and how far apart.
    /// Source: measured on Windows 11 (SYNs at 0, 0.51, 1.02, 1.52, 2.03 s); field reports for Windows 10.
    pub refused_repeats: u32,
    /// See [`Self::refused_repeats`].
    pub refused_pause: Duration,
    /// How long the client waits for one answer of the RPC conversation.
    ///
    /// Assumption: RPC by default waits without end, and what the licensing service sets is not published. A harness has to
    /// stop, and stops late enough that every documented delay passes.
    pub call_give_up: Duration,
    /// Which KMS protocol version it speaks.
    pub version: mock_kms::wire::kms::Version,
}

/// One sending in a query's schedule.
#[derive(Clone, Copy, Debug)]
pub struct DnsSend {
    /// How long after the first.
    pub after: Duration,
    /// To whom.
    pub to: DnsTargets,
}

/// To which of the configured servers a query is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsTargets {
    /// The one at this place, or the last one if there are fewer.
    Nth(usize),
    /// All.
    All,
}

const fn send(seconds: u64, to: DnsTargets) -> DnsSend {
    DnsSend { after: Duration::from_secs(seconds), to }
}

/// Windows 10, Server 2016 and 2019.
pub const WINDOWS_10: ClientProfile = ClientProfile {
    word: "windows-10",
    dns_schedule: &[
        send(0, DnsTargets::Nth(0)),
        send(1, DnsTargets::Nth(1)),
        send(2, DnsTargets::Nth(2)),
        send(4, DnsTargets::All),
        send(8, DnsTargets::All),
    ],
    dns_give_up: Duration::from_secs(10),
    connect_give_up: Duration::from_secs(21),
    refused_repeats: 4,
    refused_pause: Duration::from_millis(500),
    call_give_up: Duration::from_secs(60),
    version: mock_kms::wire::kms::Version::V6,
};
