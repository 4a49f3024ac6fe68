//! The tools whose output is written and read: one list, from which file names and recognition derive.

/// A tool, or a form in which something is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// `ipconfig /all`
    Ipconfig,
    /// `nslookup`
    Nslookup,
    /// `Resolve-DnsName`
    ResolveDnsName,
    /// `slmgr /dlv` and `/dli`
    SlmgrDlv,
    /// `slmgr /ato`
    SlmgrAto,
    /// `ospp.vbs /dstatus`
    OsppDstatus,
    /// `ospp.vbs /act`
    OsppAct,
    /// Events of the licensing service, as text or as XML.
    Events,
    /// `reg export`
    RegExport,
    /// `reg query`
    RegQuery,
    /// `Test-NetConnection`
    TestNetConnection,
    /// `ping`
    Ping,
    /// A zone file, as BIND writes it.
    BindZone,
    /// `dnscmd /zoneprint` and `/zoneexport`
    Dnscmd,
    /// `Get-DnsServerResourceRecord`
    GetDnsServerResourceRecord,
    /// The configuration of dnsmasq.
    Dnsmasq,
    /// The configuration of unbound.
    Unbound,
    /// A packet capture.
    Capture,
}
