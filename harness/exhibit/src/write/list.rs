//! Every file that is written: its name, what somebody typed for it, where it can be made, where its form is known from.
//!
//! One list, from which the files, the documentation and the notices about missing ones derive.

use evidence::Role;
use evidence::outcome::Confidence;
use mock_dns::zone::Zone;

use super::file::Form;
use super::{NotShown, events, ipconfig, nslookup, ospp, ping, registry, resolve, slmgr, tnc, zone};
use crate::desk::Desk;
use crate::label::Language;
use crate::tool::Tool;

/// A file that is written.
#[derive(Clone)]
pub struct Exhibit {
    /// Its name; of a zone's, what stands behind the zone's name.
    pub file: &'static str,
    /// Whose output it is.
    pub tool: Tool,
    /// What somebody typed.
    pub command: &'static str,
    /// On which machines.
    pub roles: &'static [Role],
    /// In which form.
    pub form: Form,
    /// Whether its labels are known in Korean.
    pub korean: bool,
    /// Where the form is known from.
    pub source: &'static str,
    /// How sure that is.
    pub confidence: Confidence,
    /// How it is made.
    pub body: Body,
}

/// How a file is made.
#[derive(Clone, Copy)]
pub enum Body {
    /// One text.
    Text(fn(&Desk<'_>, Language) -> Result<String, NotShown>),
    /// One for each zone.
    Zones(fn(&Zone) -> String),
    /// The capture that ran at the desk.
    Capture,
}

/// A file, before it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its name.
    pub name: String,
    /// Its content.
    pub octets: Vec<u8>,
}

/// A machine of Windows of either kind.
const WINDOWS: &[Role] = &[Role::Client, Role::Host];
/// Any machine.
const ANY: &[Role] = &[Role::Client, Role::Host, Role::Dns];
/// A client.
const CLIENT: &[Role] = &[Role::Client];
/// A DNS server.
const DNS: &[Role] = &[Role::Dns];

/// All of them, in the order in which somebody would collect them.
pub const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        file: "ipconfig.txt",
        tool: Tool::Ipconfig,
        command: "ipconfig /all",
        roles: CLIENT,
        form: Form::Console,
        korean: true,
        source: "samples in public repositories; Microsoft's article on 0x8007232A",
        confidence: Confidence::Field,
        body: Body::Text(ipconfig::all),
    },
    Exhibit {
        file: "nslookup.txt",
        tool: Tool::Nslookup,
        command: "nslookup -type=all _vlmcs._tcp, and what follows from its answer",
        roles: CLIENT,
        form: Form::Console,
        korean: true,
        source: "samples in public repositories; some failures from general knowledge",
        confidence: Confidence::Field,
        body: Body::Text(nslookup::console),
    },
    Exhibit {
        file: "resolve-dnsname.txt",
        tool: Tool::ResolveDnsName,
        command: "Resolve-DnsName -Type SRV _vlmcs._tcp.DOMAIN",
        roles: CLIENT,
        form: Form::Console,
        korean: true,
        source: "Microsoft's articles on Azure Files; sentences of errors from general knowledge",
        confidence: Confidence::Field,
        body: Body::Text(resolve::console),
    },
    Exhibit {
        file: "slmgr-ato.txt",
        tool: Tool::SlmgrAto,
        command: "cscript slmgr.vbs /ato",
        roles: CLIENT,
        form: Form::Console,
        korean: false,
        source: "the script; a measurement of Windows 11 by others",
        confidence: Confidence::Documented,
        body: Body::Text(slmgr::ato_console),
    },
    Exhibit {
        file: "slmgr-dlv.txt",
        tool: Tool::SlmgrDlv,
        command: "cscript slmgr.vbs /dlv",
        roles: WINDOWS,
        form: Form::Console,
        korean: false,
        source: "the script; Microsoft's samples of /dli and /dlv",
        confidence: Confidence::Documented,
        body: Body::Text(slmgr::dlv_console),
    },
    Exhibit {
        file: "ospp-act.txt",
        tool: Tool::OsppAct,
        command: "cscript ospp.vbs /act",
        roles: CLIENT,
        form: Form::Console,
        korean: true,
        source: "the script of Office 2013",
        confidence: Confidence::Documented,
        body: Body::Text(ospp::act_console),
    },
    Exhibit {
        file: "ospp-dstatus.txt",
        tool: Tool::OsppDstatus,
        command: "cscript ospp.vbs /dstatus",
        roles: CLIENT,
        form: Form::Console,
        korean: true,
        source: "the script of Office 2013",
        confidence: Confidence::Documented,
        body: Body::Text(ospp::dstatus_console),
    },
    Exhibit {
        file: "events.txt",
        tool: Tool::Events,
        command: "Event Viewer: Copy Details as Text",
        roles: WINDOWS,
        form: Form::Console,
        korean: false,
        source: "Microsoft's articles on 0xC004F074 and on event 12293; the event table ff793440",
        confidence: Confidence::Documented,
        body: Body::Text(events::events),
    },
    Exhibit {
        file: "sl.reg",
        tool: Tool::RegExport,
        command: "reg export of the licensing key",
        roles: WINDOWS,
        form: Form::Unicode,
        korean: true,
        source: "general knowledge; no export of these keys was found in public",
        confidence: Confidence::Inferred,
        body: Body::Text(registry::export),
    },
    Exhibit {
        file: "reg-query.txt",
        tool: Tool::RegQuery,
        command: "reg query of the licensing key",
        roles: WINDOWS,
        form: Form::Console,
        korean: true,
        source: "general knowledge",
        confidence: Confidence::Inferred,
        body: Body::Text(registry::query),
    },
    Exhibit {
        file: "tnc.txt",
        tool: Tool::TestNetConnection,
        command: "Test-NetConnection HOST -Port 1688",
        roles: CLIENT,
        form: Form::Console,
        korean: true,
        source: "Microsoft's article on 0xC004F074; samples in public repositories",
        confidence: Confidence::Field,
        body: Body::Text(tnc::console),
    },
    Exhibit {
        file: "ping.txt",
        tool: Tool::Ping,
        command: "ping of each DNS server",
        roles: CLIENT,
        form: Form::Console,
        korean: true,
        source: "samples in public repositories; unreachable targets from general knowledge",
        confidence: Confidence::Field,
        body: Body::Text(ping::console),
    },
    Exhibit {
        file: "capture.pcapng",
        tool: Tool::Capture,
        command: "a capture during the last attempt",
        roles: ANY,
        form: Form::Octets,
        korean: true,
        source: "draft-ietf-opsawg-pcapng; RFC 9293; numbers and acknowledgements of TCP are made up as stacks do it",
        confidence: Confidence::Documented,
        body: Body::Capture,
    },
    Exhibit {
        file: ".dns",
        tool: Tool::Dnscmd,
        command: "dnscmd /zoneexport ZONE ZONE.dns",
        roles: DNS,
        form: Form::Plain,
        korean: true,
        source: "samples in public repositories",
        confidence: Confidence::Field,
        body: Body::Zones(zone::dnscmd),
    },
    Exhibit {
        file: ".db",
        tool: Tool::BindZone,
        command: "the zone file of BIND",
        roles: DNS,
        form: Form::Unix,
        korean: true,
        source: "RFC 1035 section 5",
        confidence: Confidence::Documented,
        body: Body::Zones(zone::bind),
    },
];

impl Exhibit {
    /// The files of it at a desk.
    ///
    /// # Errors
    /// Why there are none.
    pub fn write(&self, desk: &Desk<'_>, language: Language, utf8: bool) -> Result<Vec<Written>, NotShown> {
        let file = |name: String, text: &str| Written { name, octets: self.form.octets(text, utf8) };
        match self.body {
            Body::Text(make) => make(desk, language).map(|text| vec![file(self.file.to_owned(), &text)]),
            Body::Capture => {
                let none = if desk.role == Role::Client { NotShown::NoAttempt } else { NotShown::Nothing };
                let octets = (desk.capture)().ok_or(none)?;
                Ok(vec![Written { name: self.file.to_owned(), octets }])
            }
            Body::Zones(make) => {
                let zones = desk.vantage.zones()?;
                if zones.is_empty() {
                    return Err(NotShown::Nothing);
                }
                let named = |zone: &Zone| format!("{}{}", zone::file_stem(zone.origin()), self.file);
                Ok(zones.iter().map(|zone| file(named(zone), &make(zone))).collect())
            }
        }
    }

    /// Whether it can be made on a machine of this kind at all.
    #[must_use]
    pub fn is_for(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// The name, as the documentation shows it.
    #[must_use]
    pub fn shown_name(&self) -> String {
        if self.file.starts_with('.') { format!("ZONE{}", self.file) } else { self.file.to_owned() }
    }
}
