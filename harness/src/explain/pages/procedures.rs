//! The procedures of Microsoft's guideline, in its order, with what is known to be wrong in it.
//!
//! G1 and G2 stand apart; G3 to G9 are the order of an investigation. Commands that turn something say how it is taken back.

use evidence::outcome::Confidence::{Documented, Field, Inferred};

use super::sources::{
    CREATE_HOST, DEPLOY, GUIDELINE, KNOWN_ISSUES, MEASURED, OFFICE_DNS, PLANNING, REGISTRY, SLMGR_OPTIONS,
    SLMGR_SCRIPT, TIMING,
};
use super::{Ref, Written};

const REPORTED: Ref = ("reports of readers to the documentation (MicrosoftDocs/windowsserverdocs)", Field);
const SCRIPT: &str = "somebody at an elevated prompt of the KMS client";

pub(super) const PROCEDURES: &[Written] = &[
    Written {
        words: &["G1"],
        title: "Change the product key to a MAK",
        meaning: "The way out where no KMS host can be had: the machine leaves the KMS channel, is activated once with Microsoft, and \
                  needs neither DNS nor port 1688 any more.",
        raised_by: SCRIPT,
        causes: &[
            "wanted when: there is no KMS host and there will be none, or the machine never comes to the network",
        ],
        next: &[
            ("slmgr -ipk <MAK>", "installs the key; slmgr -ato then needs the Internet, or slui 4 the telephone"),
            ("slmgr -ipk <client setup key of the edition>", "takes it back: a KMS client again"),
        ],
        doubt: "It hides every cause rather than finding one. A MAK has a limited number of activations.",
        sources: &[GUIDELINE, SLMGR_OPTIONS],
    },
    Written {
        words: &["G2"],
        title: "Configure a KMS host for the clients to activate against",
        meaning: "Install a KMS host key on a machine, activate it with Microsoft, let port 1688 through, and publish it in DNS.",
        raised_by: "somebody at an elevated prompt of the machine that is to be the KMS host",
        causes: &["wanted when: no host exists. Below 25 clients or 5 servers a host does not help: see 0xC004F038"],
        next: &[
            ("slmgr /ipk <KMS host key>", "makes it a host; the key must cover the clients' products"),
            ("slmgr /ato", "or slui 4 by telephone; without it clients get 0xC004F041"),
            (
                "netsh advfirewall firewall set rule group=\"Key Management Service\" new enable=yes",
                "the rule (SPPSVC-In-TCP) is there, and off by default",
            ),
            ("slmgr /sdns", "publishing on, as it is by default; event 12294 says that it worked"),
        ],
        doubt: "One host key makes six hosts, and each can be activated ten times; texts count this in two ways.",
        sources: &[GUIDELINE, CREATE_HOST, PLANNING],
    },
    Written {
        words: &["G3"],
        title: "Verify basic IP connectivity to the DNS server",
        meaning: "Ping the DNS server, from the client and from the KMS host. Without a reply there is a problem of the network that \
                  comes before everything else.",
        raised_by: "somebody at the client, and again at the KMS host",
        causes: &["tells: network to the DNS server, and nothing of DNS itself"],
        next: &[
            ("ping <DNS server>", "\"Reply from <DNS server>\": the path is there"),
            ("nslookup -type=soa <domain> <DNS server>", "whether port 53 answers, which is what counts"),
        ],
        doubt: "The guideline looks for the words \"Reply from\": Windows prints them also in \"Reply from <own address>: \
                Destination host unreachable.\" And ICMP may be filtered where DNS works: judge the source of the reply, and \
                take a failed ping with an answering port 53 for information.",
        sources: &[GUIDELINE, ("what ping prints, and what filters do: general knowledge", Inferred)],
    },
    Written {
        words: &["G4"],
        title: "Verify the configuration of the KMS host",
        meaning: "The registry value DisableDnsPublishing says whether the host registers its SRV record: 0 or absent, about every \
                  24 hours by dynamic update; 1, never.",
        raised_by: "somebody at an elevated prompt of the KMS host",
        causes: &["1: enable publishing, or make the record by hand (G7)"],
        next: &[
            (
                "reg query \"HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\SoftwareProtectionPlatform\" /v \
                 DisableDnsPublishing",
                "Windows 7, Server 2008 R2 and later",
            ),
            (
                "reg query \"HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\SL\" /v DisableDnsPublishing",
                "Vista and Server 2008",
            ),
            (
                "slmgr /sdns",
                "publishing on; slmgr /cdns takes it back. Then restart sppsvc (slsvc on Vista and Server 2008)",
            ),
        ],
        doubt: "The guideline names the key ...\\SL for all versions; from Server 2008 R2 on it does not exist. A value \
                \"EnableDnsPublishing\" is found nowhere.",
        sources: &[GUIDELINE, REGISTRY, DEPLOY, REPORTED],
    },
    Written {
        words: &["G5"],
        title: "Determine the type of routing issue",
        meaning: "Register the KMS host by name, then by address, and see which works. By name: the SRV record is the problem. Only by \
                  address: name resolution (G6). Neither: firewall, TCP 1688, on the client or on the host.",
        raised_by: SCRIPT,
        causes: &["tells: SRV record, name resolution, or the way to port 1688"],
        next: &[
            ("cscript %windir%\\system32\\slmgr.vbs -skms <FQDN>:1688", "then slmgr -ato"),
            ("cscript %windir%\\system32\\slmgr.vbs -skms <address>:1688", "then slmgr -ato, if the name did not help"),
            ("cscript %windir%\\system32\\slmgr.vbs -ckms", "at the end, always: back to discovery"),
        ],
        doubt: "The guideline never takes the test back: the machine stays registered, and later repairs of DNS are hidden. \
                \"Neither works\" may also be the host itself: not activated, a key that does not fit, the clock, the count. \
                The code in event 12288 tells which.",
        sources: &[GUIDELINE, SLMGR_OPTIONS],
    },
    Written {
        words: &["G6"],
        title: "Verify the DNS configuration",
        meaning: "Look at the client's address, DNS server, gateway and suffixes, ask for the SRV records, and compare them with the \
                  host as it is: name, address, port, domain.",
        raised_by: SCRIPT,
        causes: &[
            "record there and right: the client's suffixes, or G8",
            "nslookup finds the host and the client does not: primary suffix or search list",
            "the search list lacks the host's domain: G9, or add the suffix",
        ],
        next: &[
            ("ipconfig /all", "address, DNS servers, gateway, primary suffix, search list, connection-specific suffix"),
            (
                "nslookup -type=all _vlmcs._tcp > kms.txt",
                "the guideline's command; with a blank before and after the sign",
            ),
            (
                "nslookup -type=srv _vlmcs._tcp.<suffix>",
                "better: the full name, once for each suffix; port and host of each record",
            ),
            ("nslookup <KMS host>", "the address behind the record's host"),
        ],
        doubt: "That nslookup finds the record does not prove that the client does: it adds suffixes by its own rules. ANY \
                (-type=all) may be answered with little (RFC 8482). Without blanks the redirection was reported to fail. The \
                guideline's text misspells the service as _vmlcs twice.",
        sources: &[GUIDELINE, REPORTED, ("RFC 8482", Documented), MEASURED],
    },
    Written {
        words: &["G7"],
        title: "Create the SRV record by hand",
        meaning: "In the zone of the clients' suffix: owner _vlmcs._tcp, type SRV, priority 0, weight 0, port 1688, the FQDN of the KMS \
                  host, which must have an address.",
        raised_by: "somebody who may change the zone",
        causes: &["wanted when: the host cannot publish, or must not (then slmgr /cdns, or event 12293 goes on)"],
        next: &[
            (
                "DNS Manager: Forward Lookup Zones, the domain, Other New Records, Service Location (SRV), Create Record",
                "Service _VLMCS, Protocol _TCP, Priority 0, Weight 0, Port number 1688, Host offering this service <FQDN>",
            ),
            (
                "Add-DnsServerResourceRecord -Srv -ZoneName <zone> -Name _vlmcs._tcp -DomainName <FQDN> -Priority 0 -Weight 0 \
                 -Port 1688",
                "Microsoft DNS, Server 2012 and later",
            ),
            ("dnscmd <DNS server> /RecordAdd <zone> _vlmcs._tcp SRV 0 0 1688 <FQDN>.", "Microsoft DNS, older servers"),
            (
                "_vlmcs._tcp IN SRV 0 0 1688 kms1.contoso.com.",
                "BIND: this line in the zone file, with the dot at the end, and a higher serial; then rndc reload <zone>",
            ),
            (
                "update-policy { grant <key> name _vlmcs._tcp.<zone>. SRV; };",
                "BIND, to let a host publish by itself: names key, name and type instead of letting everybody write",
            ),
            ("nslookup -type=srv _vlmcs._tcp.<zone>", "from a client; ipconfig /flushdns first"),
        ],
        doubt: "The guideline's allow-update { any; } lets everybody change the zone. It also says that priority and weight are not \
                used: from Windows 7 on they are (Microsoft's Office page; measured on Windows 11). A record by hand is never \
                scavenged, also when the host is gone.",
        sources: &[GUIDELINE, DEPLOY, OFFICE_DNS, CREATE_HOST, MEASURED],
    },
    Written {
        words: &["G8"],
        title: "Assign a KMS host to a client by hand",
        meaning: "Register a host by FQDN, IPv4 address, IPv6 address or NetBIOS name, with its port. The client then asks it, and \
                  does not look into DNS. Discovery is what Microsoft recommends.",
        raised_by: SCRIPT,
        causes: &["wanted when: discovery cannot work, as for a machine in a foreign network"],
        next: &[
            (
                "slmgr -skms <FQDN or IPv4 address or NetBIOS name>:1688",
                "without a port, 1688 is meant and an older one is cleared",
            ),
            ("slmgr -skms [<IPv6 address>]:1688", "with brackets: without them the script cuts at the first colon"),
            ("slmgr -ckms", "takes it back: discovery again"),
        ],
        doubt: "A registration outlives the host that it names, and hides later repairs of DNS. Whether a failing registered host is \
                followed by discovery is told in two ways (kmslab explain registered_falls_through). The guideline shows the \
                IPv6 form without brackets.",
        sources: &[GUIDELINE, SLMGR_OPTIONS, SLMGR_SCRIPT, KNOWN_ISSUES, TIMING],
    },
    Written {
        words: &["G9"],
        title: "Publish in several DNS domains",
        meaning: "Where hosts and clients are in different zones, the multi-string value DnsDomainPublishList of the host names the \
                  domains into which it publishes, one a line: on Vista and Server 2008 the suffix alone; from Server 2008 R2 on \
                  \"domain, priority, weight\", the last two optional.",
        raised_by: "somebody at an elevated prompt of the KMS host; it needs the right to update each zone",
        causes: &["wanted when: clients look into a zone in which the host does not register by itself"],
        next: &[
            (
                "reg add \"HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\SoftwareProtectionPlatform\" /v \
                 DnsDomainPublishList /t REG_MULTI_SZ /d \"contoso.com\\0fabrikam.com,10,100\"",
                "list the host's own domain too; on Vista and Server 2008 the key is ...\\SL and lines hold the suffix alone",
            ),
            ("Restart-Service sppsvc", "publishes: event 12294 for each domain (slsvc on Vista and Server 2008)"),
            (
                "nslookup -type=srv _vlmcs._tcp.<each domain>",
                "is the record there, and then: nslookup <KMS host>, ping <KMS host>",
            ),
            ("slmgr -ckms", "on clients: back to discovery; with a restart of sppsvc the cached host goes too"),
            (
                "reg delete \"HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\SoftwareProtectionPlatform\" /v \
                 DnsDomainPublishList",
                "takes it back",
            ),
        ],
        doubt: "Whether the host's own domain is published when the list does not name it is told in two ways: always (registry \
                settings, Operations Guide), or not any more (\"Deploy KMS Activation\"). So name it. That -ckms clears the cached host \
                is the guideline's word; the script clears the registered name, and a measurement needed a restart of the \
                service too.",
        sources: &[GUIDELINE, REGISTRY, DEPLOY, MEASURED, REPORTED],
    },
];
