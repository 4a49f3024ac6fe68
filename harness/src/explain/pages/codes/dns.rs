//! Codes of DNS: no KMS host is known yet, or it could not publish itself.

use evidence::outcome::Confidence::{Documented, Field};

use crate::explain::pages::sources::{
    CODES_2012, DEPLOY, ERROR_CODES, GUIDELINE, KNOWN_ISSUES, MEASURED, OURS, SLMGR_OPTIONS, WINERROR,
};
use crate::explain::pages::{BLANK, Written};

const KB929826: crate::explain::pages::Ref = ("Microsoft support article KB929826", Documented);
const BY_DNS: &str = "the KMS client, shown by slmgr /ato before any KMS host is known";
const ASK_SRV: (&str, &str) = (
    "nslookup -type=srv _vlmcs._tcp.<suffix>",
    "with each suffix of `ipconfig /all` written out: the name that the client asks for. nslookup has its own rules for \
     suffixes, so a short name proves nothing",
);
const SUFFIXES: (&str, &str) =
    ("ipconfig /all", "primary DNS suffix, search list, connection-specific suffix and the DNS servers that are asked");

pub(super) const CODES: &[Written] = &[
    Written {
        words: &["0x8007232B", "DNS_ERROR_RCODE_NAME_ERROR"],
        title: "DNS name does not exist",
        meaning: "DNS answered NXDOMAIN for every name that the client asked for. No KMS host is known, so nothing was sent \
                  to port 1688: neither the firewall nor the KMS host has anything to do with it yet.",
        raised_by: BY_DNS,
        causes: &[
            "no SRV record _vlmcs._tcp in any zone of the client's suffixes",
            "the record's owner name is misspelt (_vmlcs, a missing underscore), or it stands in another zone",
            "the client has the wrong suffix, or asks a DNS server that does not know the zone",
            "a KMS host is registered by hand (slmgr /skms) under a name that does not exist",
            "a negative answer from before the repair is still cached",
        ],
        next: &[
            SUFFIXES,
            ASK_SRV,
            ("ipconfig /flushdns", "then slmgr /ato: after a repair, so that no cached answer counts"),
            ("slmgr /ckms", "when a host is registered by hand and its name is wrong"),
        ],
        doubt: "One fault, other codes elsewhere: Windows 7 may show 0x80092328, Windows 8 0x8007007B (KB929826); in one field \
                report slmgr showed 0x8007232B and the Settings app 0x8007007B on the same machine. The article for this code \
                counts a blocked DNS server among its causes too. For a registered name that does not exist, other texts let \
                one expect 0xC004F074.",
        sources: &[
            ERROR_CODES,
            ("Microsoft support article for 0x8007232B", Documented),
            KB929826,
            MEASURED,
            ("a report at Py-KMS-Organization/py-kms, issue 60: the two surfaces", Field),
        ],
    },
    Written {
        words: &["0x8007251D", "DNS_INFO_NO_RECORDS"],
        title: "No records found for DNS query",
        meaning: "DNS answered without an error and without SRV records: the name exists, or a server says so.",
        raised_by: BY_DNS,
        causes: &[
            "another record (A, TXT) stands at _vlmcs._tcp, or a wildcard answers for it",
            "a name below it exists, which makes it an empty name",
            "a router or filter takes SRV records out of answers",
        ],
        next: &[
            ASK_SRV,
            (
                "nslookup -type=srv _vlmcs._tcp.<suffix> <authoritative DNS server>",
                "compare: if the record is there, something in between strips it",
            ),
        ],
        doubt: "It does not prove that the name exists: signed zones with compact denial (RFC 9824) answer so for names that \
                do not.",
        sources: &[ERROR_CODES, WINERROR, MEASURED],
    },
    Written {
        words: &["0x8007232A", "DNS_ERROR_RCODE_SERVER_FAILURE"],
        title: "DNS server failure",
        meaning: "The DNS server answered SERVFAIL, or, by the support article, did not answer at all.",
        raised_by: "the KMS client; Microsoft's table also names the KMS host",
        causes: &[
            "the DNS server's forwarder is dead, or the zone is not loaded",
            "the DNS server cannot be reached: wrong address, port 53 blocked",
        ],
        next: &[
            ("nslookup -type=srv _vlmcs._tcp.<suffix> <each DNS server>", "which server answers, and with what"),
            ("slmgr /skms <address>:1688", "a stopgap; slmgr /ckms when DNS is repaired, or the repair stays hidden"),
        ],
        doubt: "For servers that stay silent the sources disagree: this code (support article for 0x8007232A), 0x800705B4 (an \
                Azure article), even 0x8007232B (its article). The same article counts an empty list of servers here; KB2009462 \
                gives it 0x8007267C.",
        sources: &[ERROR_CODES, ("Microsoft support article for 0x8007232A", Documented)],
    },
    Written {
        words: &["0x8007232D", "DNS_ERROR_RCODE_REFUSED"],
        title: "DNS query or update refused",
        meaning: "The DNS server answered REFUSED: it does not serve this client or this name, or does not take updates.",
        raised_by: "the KMS client for a query; the KMS host for an update (event 12293)",
        causes: &[
            "an access list of the server",
            "recursion not allowed from this network",
            "updates not allowed in the zone",
        ],
        next: &[("nslookup -type=srv _vlmcs._tcp.<suffix> <DNS server>", "\"Query refused\" shows it")],
        doubt: "No text of Microsoft's ties this number to KMS; 0x8007232A would be no surprise.",
        sources: &[WINERROR, OURS],
    },
    Written {
        words: &["0x8007232C", "DNS_ERROR_RCODE_NOT_IMPLEMENTED"],
        title: "DNS request not supported by the server",
        meaning: "The DNS server answered NOTIMP: it does not know such queries.",
        raised_by: BY_DNS,
        causes: &["a router or small forwarder that handles A and AAAA only"],
        next: &[ASK_SRV],
        doubt: "No text of Microsoft's ties this number to KMS; 0x8007232A would be no surprise.",
        sources: &[WINERROR, OURS],
    },
    Written {
        words: &["0x80072329", "DNS_ERROR_RCODE_FORMAT_ERROR"],
        title: "DNS server unable to interpret the request",
        meaning: "The DNS server answered FORMERR: it says that it cannot read the query.",
        raised_by: BY_DNS,
        causes: &["an old server or filter that does not understand EDNS"],
        next: &[ASK_SRV],
        doubt: "No text of Microsoft's ties this number to KMS; 0x8007232A would be no surprise.",
        sources: &[WINERROR, OURS],
    },
    Written {
        words: &["0x8007267C", "DNS_ERROR_NO_DNS_SERVERS"],
        title: "No DNS servers configured",
        meaning: "No adapter of the machine has the address of a DNS server, so nobody could be asked.",
        raised_by: "the KMS client; also quoted for event 12293 of a KMS host",
        causes: &["a static address without DNS servers", "DHCP that hands none out"],
        next: &[
            SUFFIXES,
            ("Get-DnsClientServerAddress", "the servers of each adapter; Set-DnsClientServerAddress sets them"),
        ],
        doubt: "The article for 0x8007232A counts an empty list of DNS servers under that code.",
        sources: &[("Microsoft support article KB2009462", Documented), KNOWN_ISSUES],
    },
    Written {
        words: &["0x80072338", "DNS_ERROR_RCODE_BADSIG"],
        title: "DNS signature failed to verify",
        meaning: "The DNS server did not accept the KMS host's signed update of the SRV records.",
        raised_by: "a KMS host, in event 12293",
        causes: &["another KMS host owns the record set _vlmcs._tcp, and this one has no permission to change it"],
        next: &[
            (
                "DNS Manager: properties of the record _VLMCS, Security",
                "give the host, or a group of all KMS hosts, the right to change it",
            ),
            ("Restart-Service sppsvc", "publishes again: event 12294 says that it worked"),
        ],
        sources: &[("Microsoft support article KB2553863", Documented), WINERROR],
        ..BLANK
    },
    Written {
        words: &["0x80092328"],
        title: "DNS name does not exist, in another form",
        meaning: "What Windows 7 may show where later generations show 0x8007232B.",
        raised_by: "the KMS client, in dialogues of Windows 7",
        causes: &["as for 0x8007232B"],
        next: &[("kmslab explain 0x8007232B", "causes and what to do"), ASK_SRV],
        doubt: "No table of Win32 codes has it. Facility 9 with 9000 in it looks like a DNS code put together wrongly.",
        sources: &[ERROR_CODES, KB929826, CODES_2012],
    },
    Written {
        words: &["0x8007007B", "ERROR_INVALID_NAME"],
        title: "The name's syntax is wrong; by Microsoft's table: DNS name does not exist",
        meaning: "Most often the client has no suffix at all: then there is no name to ask for, and no DNS query is sent.",
        raised_by: "the KMS client: slmgr /ato, the Settings app, event 8198",
        causes: &[
            "no primary DNS suffix, no connection-specific suffix (DHCP option 15) and no lookup domain",
            "a registered KMS host whose name is no name (a trailing blank, a stray character); this one is inferred",
            "a key of the wrong channel, or AD-based activation, while DNS was fine (support article)",
        ],
        next: &[
            SUFFIXES,
            ("slmgr /dlv", "the channel of the key: VOLUME_KMSCLIENT is a KMS client"),
            ("slmgr /skms-domain <domain>", "a lookup domain for a machine that is to stay without suffix"),
        ],
        doubt: "Microsoft's table calls it \"DNS name does not exist\", and KB929826 lists it for Windows 8 where DNS says so. \
                Measured on Windows 11 for a machine without any suffix; one field report of 2014 says that a primary suffix \
                is required, the guideline and the measurement that DHCP option 15 is enough.",
        sources: &[
            ERROR_CODES,
            KB929826,
            ("Microsoft support article on AD-based activation of clients", Documented),
            GUIDELINE,
            SLMGR_OPTIONS,
            DEPLOY,
            MEASURED,
            ("grangerx, KMS clients on standalone servers, 2014", Field),
        ],
    },
];
