//! The steps of an investigation: what is done, which procedure of the guideline asks for it, what it needs and what it costs.
//!
//! A list apart from the code that does them, so that a person can be told beforehand what will be sent and to whom.

/// Where one must stand for a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stand {
    /// At the KMS client.
    Client,
    /// At a DNS server.
    Dns,
    /// At a KMS host.
    Host,
}

impl Stand {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Dns => "dns",
            Self::Host => "host",
        }
    }
}

/// A step of an investigation.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub name: &'static str,
    /// The procedure of the guideline that asks for it.
    pub procedure: &'static str,
    /// Where one must stand.
    pub needs: Stand,
    /// What a person would do.
    pub how: &'static str,
    /// What is sent, at most; the constants are those of [`super::investigation`].
    pub cost: &'static str,
}

macro_rules! steps {
    ($($(#[doc = $doc:literal])* $id:ident = $name:literal, $procedure:literal, $stand:ident, $how:literal, $cost:literal;)*) => {
        $($(#[doc = $doc])* pub static $id: Step =
            Step { name: $name, procedure: $procedure, needs: Stand::$stand, how: $how, cost: $cost };)*
        /// Every step, in the order in which they are done.
        pub static STEPS: &[&Step] = &[$(&$id),*];
    };
}

steps! {
    /// What the customer saw.
    ATTEMPT = "attempt", "G5", Client, "slmgr /ato, or ospp.vbs /act; event viewer, Application log", "nothing: it has happened";
    /// The packets of that attempt, as the client's own capture shows them.
    CAPTURE = "capture", "G6", Client, "a packet capture on the client during the attempt", "nothing: it has happened";
    /// Licensing state of the client.
    LICENSING = "licensing", "G8", Client, "slmgr /dlv, or ospp.vbs /dstatus", "nothing is sent";
    /// Registry of the client.
    REGISTRY = "registry", "G8", Client, "reg query of the licensing key", "nothing is sent";
    /// Addresses, DNS servers and suffixes.
    CONFIGURATION = "configuration", "G6", Client, "ipconfig /all", "nothing is sent";
    /// What the resolver remembers.
    CACHE = "cache", "G6", Client, "ipconfig /displaydns", "nothing is sent";
    /// The client's clock.
    CLOCK = "clock", "G5", Client, "w32tm /query /status", "nothing is sent";
    /// Echo to the DNS servers.
    PING = "ping", "G3", Client, "ping each DNS server", "one echo request for each DNS server";
    /// The names that the client asks for, at each of its servers.
    LOOKUP = "lookup", "G6", Client, "Resolve-DnsName NAME -Type SRV -Server SERVER, for each name the client asks for", "one query for each name and server";
    /// The guideline's own command.
    NSLOOKUP = "nslookup", "G6", Client, "nslookup -type=all _vlmcs._tcp", "one query for each suffix, and the bare name";
    /// Names one letter off, other zones.
    NEIGHBOURS = "neighbours", "G6", Client, "the same for names one letter off, and for the other zones the machine knows", "one query for each such name";
    /// Names that cannot exist.
    PROBES = "probes", "G6", Client, "Resolve-DnsName for a name that cannot exist, in the domain and below `invalid`", "two queries for each name without an SRV record and each server";
    /// The servers to which a domain is delegated.
    DELEGATION = "delegation", "G6", Client, "the same at the servers that a referral names", "one query for each such server";
    /// Addresses of the hosts that were named.
    TARGETS = "targets", "G9", Client, "Resolve-DnsName HOST, for A and AAAA", "two queries for each host";
    /// The port of each address.
    PORT = "port", "G5", Client, "Test-NetConnection ADDRESS -Port PORT", "one connection for each address";
    /// An RPC bind on it; no request follows.
    BIND = "bind", "G5", Client, "an RPC bind to the KMS interface, and no request", "one PDU for each open port";
    /// Echo to the addresses on which no port answered.
    TARGET_PING = "target-ping", "G5", Client, "ping ADDRESS", "one echo request for each address without an open port";
    /// Echo from the KMS host to the DNS servers.
    HOST_PING = "host-ping", "G3", Host, "ping each DNS server from the KMS host", "one echo request for each DNS server";
    /// Registry of the KMS host.
    HOST_REGISTRY = "host-registry", "G4", Host, "reg query of the licensing key on the KMS host", "nothing is sent";
    /// What became of the client's attempts to connect, on its own side.
    HANDSHAKE = "handshake", "G5", Client, "the packet capture on the client: whether its SYN leaves the machine", "nothing: it has happened";
    /// The same on the KMS host's side.
    HOST_HANDSHAKE = "host-handshake", "G5", Host, "the packet capture on the KMS host: whether the client's SYN arrives, and is answered", "nothing: it has happened";
    /// The port, without any firewall in between.
    HOST_PORT = "host-port", "G5", Host, "Test-NetConnection localhost -Port PORT on the KMS host", "one connection of the host to itself";
    /// Who asked the KMS host.
    HOST_REQUESTS = "host-requests", "G4", Host, "event viewer, Key Management Service log of the KMS host: event 12290", "nothing is sent";
    /// State of the KMS service.
    HOST_SERVICE = "host-service", "G4", Host, "slmgr /dlv and sc query sppsvc on the KMS host", "nothing is sent";
    /// Events of the KMS host.
    HOST_EVENTS = "host-events", "G4", Host, "event viewer, Key Management Service log and Application log of the KMS host", "nothing is sent";
    /// What reached the KMS host.
    HOST_CAPTURE = "host-capture", "G5", Host, "a packet capture on the KMS host during the attempt", "nothing: it has happened";
    /// The KMS host's clock.
    HOST_CLOCK = "host-clock", "G5", Host, "w32tm /query /status on the KMS host", "nothing is sent";
    /// Zones of a DNS server.
    ZONES = "zones", "G7", Dns, "dnscmd SERVER /zoneprint ZONE, or the zone file", "nothing is sent";
    /// How old the records of its zones grow.
    AGING = "aging", "G7", Dns, "Get-DnsServerZoneAging and Get-DnsServerScavenging; or dnscmd SERVER /zoneinfo ZONE, and dnscmd SERVER /info", "nothing is sent";
    /// What scavenging took.
    SCAVENGED = "scavenged", "G7", Dns, "event viewer of the DNS server: DNS-Server, Audit, event 521 for each record (2012 R2 and later); DNS Server, event 2501 for each scavenging that took some", "nothing is sent";
    /// The DNS server's clock: a third one beside those of client and KMS host.
    DNS_CLOCK = "dns-clock", "G5", Dns, "w32tm /query /status on the DNS server, mostly a domain controller", "nothing is sent";
    /// What reached the DNS server.
    DNS_CAPTURE = "dns-capture", "G6", Dns, "a packet capture or debug log on the DNS server during the attempt", "nothing: it has happened";
}
