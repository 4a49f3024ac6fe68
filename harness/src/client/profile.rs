//! What differs between generations of the KMS client, as constants with their sources.
//!
//! A generation differs from another only where a source says so; a number that no source gives is marked as an assumption. Where
//! sources disagree within a generation, a switch of the client decides ([`crate::environment::switches`]). Nothing here was observed
//! on Windows by the authors.

use std::time::Duration;

use evidence::registry::{SOFTWARE_LICENSING, SOFTWARE_PROTECTION};
use mock_kms::wire::kms::Version;

use crate::environment::machine::Profile;

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
    /// When a DNS query is given up (same source; see the switch for the text that says otherwise).
    pub dns_give_up: Duration,
    /// How long a SYN without answer is repeated before the attempt fails: 21 s in all generations. Until 2012 R2 by 3 s and two
    /// repeats (a Windows 7 hotfix article, second hand), from Windows 10 on by 1 s and four (measured on CI images of 2026).
    pub connect_give_up: Duration,
    /// How often a refused SYN is repeated before "refused" is believed. Windows 10 and 11: four times (measured on Windows 11, field
    /// reports for 10). Before: twice (inferred from the shipped number of SYN repeats).
    pub refused_repeats: u32,
    /// How far apart these are: measured on Windows 11, 0, 0.51, 1.02, 1.52, 2.03 s.
    pub refused_pause: Duration,
    /// When the stack repeats a SYN that nothing answers. No network sees it; captures show it. 1, 3, 7, 15 s from Windows 10 on (the end
    /// at 21 s was measured, the times follow from doubling), 3 and 9 s before (inferred from the shipped number of repeats).
    pub syn_repeats: &'static [Duration],
    /// How long the client waits for one answer of the RPC conversation.
    ///
    /// Assumption: RPC by default waits without end, and what the licensing service sets is not published. A harness has to
    /// stop, and stops late enough that every documented delay passes.
    pub call_give_up: Duration,
    /// Which KMS protocol version it speaks: 4 until Windows 7, 5 in Windows 8, 6 from 8.1 on. General knowledge (inferred).
    pub version: Version,
    /// What its bind offers. Two contexts in a capture of an older client, three of Windows 10 and 11 (field).
    pub bind: BindOffer,
    /// Whether priority and weight count, unless a switch says otherwise: from Windows 7 on ("Deploy KMS Activation").
    pub honours_priority: bool,
    /// The registry key below which its settings stand: `SL` in Vista and Server 2008 only (windowsserverdocs issue 4218).
    pub registry_root: &'static str,
    /// Whether Office 2013 keeps its settings under a key of its own, as Office 2010 does everywhere: on Windows 7 (ospp.vbs).
    pub office_2013_apart: bool,
    /// Whether Office can be given a lookup domain: not on Windows 7 (ospp.vbs).
    pub office_lookup_domain: bool,
    /// What it does with the code of a host, or of an attempt to reach one: Vista shows it, Windows 7 and later show
    /// 0xC004F074 ("Activation Error Codes for Volume Activation").
    pub shows_inner_code: bool,
    /// Codes that it also shows for a name that does not exist (KB929826).
    pub name_error_also: &'static [u32],
    /// How long before the query for a KMS host a workgroup machine asks for a domain controller, on suffix paths; none means that it
    /// does not. Measured on Windows 11: the query for a KMS host comes 2.8 s later than without.
    pub directory_probe: Option<Duration>,
    /// Whether it asks the link for the addresses of a name below `.local`. Measured on Windows 11 (runs I and W). Older generations are said
    /// to, from some build of Windows 10 on, and to ask by LLMNR before: not measured, not played.
    pub multicasts_addresses: bool,
    /// Whether a machine that was just installed has 30 days of initial grace, unless a switch says otherwise: documented of all; a
    /// fresh Windows 11 was measured in notification.
    pub starts_in_grace: bool,
    /// Whether a licence that ran out is followed by 30 days of additional grace, unless a switch says otherwise: field notes of the
    /// time of Vista and Windows 7.
    pub expired_has_grace: bool,
}

impl ClientProfile {
    /// The constants of a generation.
    #[must_use]
    pub const fn of(profile: &Profile) -> &'static Self {
        match profile {
            Profile::WindowsVista => &WINDOWS_VISTA,
            Profile::Windows7 => &WINDOWS_7,
            Profile::Windows8 => &WINDOWS_8,
            Profile::Windows81 => &WINDOWS_8_1,
            Profile::Windows10 => &WINDOWS_10,
            Profile::Windows11 => &WINDOWS_11,
        }
    }
}

/// What a bind offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindOffer {
    /// NDR32 and bind time features: 116 octets.
    TwoContexts,
    /// NDR32, NDR64 and bind time features: 160 octets.
    ThreeContexts,
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

/// The schedule of KB2834226.
const DNS_SCHEDULE: &[DnsSend] = &[
    send(0, DnsTargets::Nth(0)),
    send(1, DnsTargets::Nth(1)),
    send(2, DnsTargets::Nth(2)),
    send(4, DnsTargets::All),
    send(8, DnsTargets::All),
];

/// Initial time-out 1 s, 4 repeats.
const SYN_REPEATS: &[Duration] =
    &[Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(7), Duration::from_secs(15)];

/// Initial time-out 3 s, 2 repeats.
const SYN_REPEATS_BEFORE_10: &[Duration] = &[Duration::from_secs(3), Duration::from_secs(9)];

/// "DNS name does not exist" in a form that the error code page lists for Windows 7.
const MANGLED_NAME_ERROR: u32 = 0x8009_2328;
/// ERROR_INVALID_NAME, which KB929826 lists for Windows 8 and Server 2012.
const INVALID_NAME: u32 = 0x8007_007B;

/// Windows 10, Server 2016 and 2019.
pub const WINDOWS_10: ClientProfile = ClientProfile {
    word: "windows-10",
    dns_schedule: DNS_SCHEDULE,
    dns_give_up: Duration::from_secs(10),
    connect_give_up: Duration::from_secs(21),
    refused_repeats: 4,
    refused_pause: Duration::from_millis(500),
    syn_repeats: SYN_REPEATS,
    call_give_up: Duration::from_secs(60),
    version: Version::V6,
    bind: BindOffer::ThreeContexts,
    honours_priority: true,
    registry_root: SOFTWARE_PROTECTION,
    office_2013_apart: false,
    office_lookup_domain: true,
    shows_inner_code: false,
    name_error_also: &[],
    directory_probe: None,
    multicasts_addresses: false,
    starts_in_grace: true,
    expired_has_grace: false,
};

/// Windows 11, Server 2022 and later.
pub const WINDOWS_11: ClientProfile = ClientProfile {
    word: "windows-11",
    directory_probe: Some(Duration::from_millis(2800)),
    multicasts_addresses: true,
    starts_in_grace: false,
    ..WINDOWS_10
};

/// Windows 8.1 and Server 2012 R2.
pub const WINDOWS_8_1: ClientProfile = ClientProfile {
    word: "windows-8.1",
    refused_repeats: 2,
    syn_repeats: SYN_REPEATS_BEFORE_10,
    bind: BindOffer::TwoContexts,
    ..WINDOWS_10
};

/// Windows 8 and Server 2012.
pub const WINDOWS_8: ClientProfile =
    ClientProfile { word: "windows-8", version: Version::V5, name_error_also: &[INVALID_NAME], ..WINDOWS_8_1 };

/// Windows 7 and Server 2008 R2.
pub const WINDOWS_7: ClientProfile = ClientProfile {
    word: "windows-7",
    version: Version::V4,
    name_error_also: &[MANGLED_NAME_ERROR],
    office_2013_apart: true,
    office_lookup_domain: false,
    expired_has_grace: true,
    ..WINDOWS_8_1
};

/// Windows Vista and Server 2008.
pub const WINDOWS_VISTA: ClientProfile = ClientProfile {
    word: "windows-vista",
    honours_priority: false,
    registry_root: SOFTWARE_LICENSING,
    shows_inner_code: true,
    name_error_also: &[],
    ..WINDOWS_7
};
