//! Events about activation, and how they are read together.
//!
//! All are in the Application log, but 12290, which is in the host's own. Their source is Microsoft-Windows-Security-SPP from
//! Windows 7 on, and Microsoft-Windows-Security-Licensing-SLC on Vista and Server 2008.

use evidence::outcome::Confidence::{Documented, Field, Inferred};

use super::sources::{DEPLOY, EVENT_TABLE, GENERAL, KNOWN_ISSUES, OPERATIONS_GUIDE};
use super::{BLANK, Ref, Written};

const KB974998: Ref = ("Microsoft support article KB974998", Documented);
const KB2553863: Ref = ("Microsoft support article KB2553863", Documented);
const KB2958281: Ref = ("Microsoft support article KB2958281", Documented);
const PUBLISH: (&str, &str) =
    ("Restart-Service sppsvc", "on the KMS host: publishes at once (slsvc on Vista and Server 2008)");

pub(super) const EVENTS: &[Written] = &[
    Written {
        words: &["12288"],
        title: "client: a request was sent to a KMS host, or could not be",
        meaning: "Fields: 1 HRESULT, 2 status flags, 3 host:port, 4 client machine id, 5 client time in UTC, 6 virtual machine \
                  (unused), 7 licence status, 8 minutes to the end of the status, 9 activation id, 10 required client count. \
                  Field 1 is the real reason behind 0xC004F074, and field 3 the host that was really asked: it gives rogue \
                  hosts and stale registrations away.",
        raised_by: "the KMS client, Application log; one for each host that it tried",
        causes: &[
            "0x00000000: the request went out and an answer came back; see 12289",
            "0x800706BA: no connection to the host",
            "0xC004F0..: TCP and RPC work, the host refused",
            "no 12288 at all: DNS named no host, look at the code of slmgr",
        ],
        next: &[
            (
                "Get-WinEvent -FilterHashtable @{LogName='Application'; Id=12288,12289} -MaxEvents 10 | Format-List",
                "12288 without a 12289 behind it: no answer came back",
            ),
            (
                "Get-WinEvent -LogName 'Key Management Service' -MaxEvents 20",
                "on the KMS host: without a 12290 for this client the request never arrived",
            ),
        ],
        doubt: "Field 10 is empty in one sample. Times stand with zeros (2010/09/29) in some samples and without in others. \
                The known issues page looks for host and port in 12289; they are in 12288.",
        sources: &[EVENT_TABLE, GENERAL, KNOWN_ISSUES, KB974998],
    },
    Written {
        words: &["12289"],
        title: "client: an answer of a KMS host was processed",
        meaning: "Fields: 1 HRESULT, 2 status flags, 3 activated (1 or 0), 4 unused, 5 count of the host, 6 activation interval, \
                  7 renewal interval, both in minutes, 8 client time. Fields 1 and 3 together say whether it is activated. Flag \
                  0x04000000: the count is too low; 0x00000008: no marker of a manufacturer (a warning).",
        raised_by: "the KMS client, Application log",
        causes: &["field 3 is 0 and flag 0x04000000 is set: 0xC004F038, the host has counted too few"],
        next: &[("slmgr /dli", "on the KMS host: the count; compare with field 5")],
        doubt: "The event is there in failures too: that it exists is no success.",
        sources: &[EVENT_TABLE, OPERATIONS_GUIDE, GENERAL],
    },
    Written {
        words: &["12290"],
        title: "host: a request was handled",
        meaning: "Fields: 1 HRESULT, 2 required client count of the client, 3 its name, 4 its machine id, 5 client time, 6 virtual \
                  machine, 7 licence status, 8 minutes to its end, 9 activation id.",
        raised_by: "the KMS host, log \"Key Management Service\" under Applications and Services",
        causes: &[
            "many clients with one machine id: clones, which count once",
            "0xC004F015: the host has no licence for the product",
            "0xC004F06C: the client's clock",
        ],
        next: &[(
            "Get-WinEvent -LogName 'Key Management Service' -MaxEvents 50 | Format-List",
            "who asked, and what was answered; a client that is missing never came through (or the log is full)",
        )],
        sources: &[EVENT_TABLE, KB974998, GENERAL],
        ..BLANK
    },
    Written {
        words: &["12291"],
        title: "host: the Key Management Service could not be initialised",
        meaning: "The host does not serve until this is solved.",
        raised_by: "the KMS host",
        next: &[
            (
                "net stop sppsvc & net start sppsvc",
                "on the KMS host (slsvc on Vista and Server 2008): what does it log this time",
            ),
            ("slmgr /dlv", "on the KMS host: is a host key installed, is the service enabled"),
            ("kmslab explain kms-service-not-initialised", "what tells it from a service that was stopped"),
            PUBLISH,
        ],
        doubt: "The text of the event was not seen in full anywhere.",
        sources: &[OPERATIONS_GUIDE],
        ..BLANK
    },
    Written {
        words: &["12292"],
        title: "host: the renewal timer could not be started",
        meaning: "The host does not renew its own activation by itself; the event carries an HRESULT.",
        raised_by: "the KMS host",
        next: &[PUBLISH, ("slmgr /ato", "on the KMS host: renews by hand")],
        sources: &[OPERATIONS_GUIDE],
        ..BLANK
    },
    Written {
        words: &["12293"],
        title: "host: publishing in DNS failed",
        meaning: "Its parameters are the HRESULT and the domain. The host serves clients all the same: only those that discover it \
                  are affected.",
        raised_by: "the KMS host, at each attempt to publish: about every 24 hours",
        causes: &[
            "0x80072338: another KMS host owns the record set",
            "0x8007267C: no DNS servers configured; 0x8007232D: the update was refused",
            "the zone takes no dynamic updates",
        ],
        next: &[
            ("kmslab explain G4", "does the host publish at all"),
            ("kmslab explain G7", "the record by hand; then slmgr /cdns, so that the event ends"),
            PUBLISH,
        ],
        doubt: "One article prints the text with a spelling mistake, the guide without: never match the sentence.",
        sources: &[OPERATIONS_GUIDE, KB2553863, DEPLOY],
    },
    Written {
        words: &["12294"],
        title: "host: publishing in DNS worked",
        meaning: "Its parameter is the domain. One for each domain of the host's list.",
        raised_by: "the KMS host, about every 24 hours",
        next: &[("nslookup -type=srv _vlmcs._tcp.<domain>", "from a client: has the record reached its DNS server")],
        sources: &[OPERATIONS_GUIDE, KB2553863],
        ..BLANK
    },
    Written {
        words: &["12308", "12309"],
        title: "no meaning is published",
        meaning: "No public document that we found tells what these events say.",
        raised_by: "unknown",
        next: &[(
            "Get-WinEvent -ListProvider Microsoft-Windows-Security-SPP | Select-Object -ExpandProperty Events",
            "the texts that Windows itself has for its events",
        )],
        doubt: "Everything.",
        sources: &[("that nothing is published: the authors' search", Inferred)],
        ..BLANK
    },
    Written {
        words: &["12321"],
        title: "client: token-based activation failed",
        meaning: "Windows looked for token-based activation, and its licence or certificate is not there (0xC004F011). It does not \
                  touch KMS or MAK: whoever uses no tokens ignores it.",
        raised_by: "the client, Application log, as a warning",
        causes: &["no token issuance licence is installed", "no certificate on the smart card"],
        next: &[("slmgr /ilc <file>", "installs the issuance licence, for whoever uses tokens")],
        sources: &[("Microsoft support article KB2020644", Documented)],
        ..BLANK
    },
    Written {
        words: &["8198"],
        title: "client: licence activation failed, with hr=",
        meaning: "The attempt as a whole failed. Its code may differ from that of slmgr for the same attempt. Seen: 0xC0020017, \
                  0x8007139F, 0x8007007B, 0x8007267C.",
        raised_by: "the client, Application log",
        causes: &["the code says it: kmslab explain <code>"],
        next: &[
            ("Get-WinEvent -FilterHashtable @{LogName='Application'; Id=8198} -MaxEvents 5 | Format-List", "the code"),
            (
                "Get-WinEvent -FilterHashtable @{LogName='Application'; Id=12288} -MaxEvents 5 | Format-List",
                "was any host tried",
            ),
        ],
        doubt: "A field report shows it as \"rules engine reported a failed VL activation attempt\", with reason and trigger.",
        sources: &[
            ("Microsoft support article on event 8198", Documented),
            ("Microsoft support article on AD-based activation of clients", Documented),
            ("a published log with 0x8007267C", Field),
        ],
    },
    Written {
        words: &["8196"],
        title: "client: the scheduler could not activate automatically",
        meaning: "An attempt that nobody asked for failed. Seen with 0x800705B4 and 0xC004F200.",
        raised_by: "the client, Application log",
        next: &[("slmgr /ato", "an attempt by hand, whose code is shown")],
        sources: &[("Microsoft Azure article for 0x800705B4", Documented)],
        ..BLANK
    },
    Written {
        words: &["8200", "8208"],
        title: "client: a genuine ticket could not be had",
        meaning: "Some component asked Microsoft over the Internet whether Windows is genuine, and did not get there (0x80072EE7 most \
                  often). It says nothing of KMS, nor that a licence is wrong.",
        raised_by: "the client, Application log",
        causes: &["no way to the Internet", "the caller stands in event 900"],
        next: &[(
            "netsh winhttp show proxy",
            "only if the machine is meant to reach the Internet; otherwise ignore it",
        )],
        sources: &[KB2958281],
        ..BLANK
    },
    Written {
        words: &["8209"],
        title: "client: the genuine state changed",
        meaning: "Windows noted another result of its genuine check. No affair between client and KMS host.",
        raised_by: "the client, Application log",
        next: &[("slmgr /dlv", "the licence status now")],
        doubt: "Known by its number beside the others; no article explains it.",
        sources: &[("events 8200 and 8208, of which it is a neighbour", Inferred)],
        ..BLANK
    },
    Written {
        words: &["8229"],
        title: "client: an action of the rules engine failed",
        meaning: "With 0x80070005 and the path of SLUI.exe: the dialogue may not call the licensing service.",
        raised_by: "the client, Application log",
        causes: &["SELF lost its DCOM access permission"],
        next: &[("dcomcnfg", "My Computer, COM Security, default access permissions: SELF, local access")],
        sources: &[("Microsoft support article for 0x80070005", Documented)],
        ..BLANK
    },
    Written {
        words: &["900"],
        title: "client: the Software Protection service is starting, with its caller",
        meaning: "Information, no failure. The caller says which program woke the service: wsqmcons.exe and WSHost.exe ask for genuine \
                  tickets (8200, 8208).",
        raised_by: "the client, Application log",
        next: &[(
            "Get-WinEvent -FilterHashtable @{LogName='Application'; Id=900} -MaxEvents 5 | Format-List",
            "who woke it",
        )],
        sources: &[KB2958281],
        ..BLANK
    },
    Written {
        words: &["1058"],
        title: "client: activation data of a manufacturer's tests was found",
        meaning: "A warning after a restart of a manufacturer's machine, which may be ignored. No affair of KMS.",
        raised_by: "a machine with a manufacturer's Windows, Application log",
        next: &[("slmgr /dlv", "the channel of the key, if the machine should be a KMS client")],
        sources: &[("Microsoft support article KB2916670", Documented)],
        ..BLANK
    },
];
