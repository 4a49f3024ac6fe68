//! Codes of the way to a KMS host that is known by name: address, port, RPC.

use evidence::outcome::Confidence::{Documented, Field, Inferred};

use crate::explain::pages::sources::{CODES_2012, ERROR_CODES, GENERAL, OURS, RPC_NUMBERS, SLERROR, WINERROR};
use crate::explain::pages::{BLANK, Ref, Written};

const ARTICLE_8198: Ref = ("Microsoft support article on event 8198", Documented);
const TEST_PORT: (&str, &str) = (
    "Test-NetConnection <KMS host> -Port 1688",
    "name and port in one; success shows that something listens, not that it is a KMS host",
);
const EVENTS_12288: (&str, &str) = (
    "Get-WinEvent -FilterHashtable @{LogName='Application'; Id=12288} -MaxEvents 5 | Format-List",
    "code and host:port of each host that was tried",
);
const IN_12288: &str =
    "the KMS client, in the first field of event 12288; slmgr /ato shows 0xC004F074 from Windows 7 on";
const LAB_DOUBT: &str = "No source ties this number to KMS: it is what RPC reports for such a conversation, and none was \
                         observed on Windows by the authors.";

pub(super) const CODES: &[Written] = &[
    Written {
        words: &["0xC004F074", "SL_E_VL_BINDING_SERVICE_UNAVAILABLE"],
        title: "No Key Management Service (KMS) could be contacted",
        meaning: "At least one KMS host was known, and every one that was tried failed. The code is a lid: the reason of each \
                  host stands in an event 12288 of its own.",
        raised_by: "the KMS client: slmgr /ato, Windows 7 and later",
        causes: &[
            "host off, port 1688 silent or closed, host name without address: 0x800706BA in 12288",
            "the host answered with a refusal: 0xC004F041, 0xC004F042 or 0xC004F06C in 12288",
            "something else than a KMS host listens on the port",
            "a stale SRV record, or a registered host that is gone",
        ],
        next: &[EVENTS_12288, TEST_PORT, ("kmslab explain <code in 12288>", "what the real reason means")],
        doubt: "The documented text says \"could be contacted\" also where a host answered and refused. Vista and Server 2008 show \
                the code inside (inferred).",
        sources: &[
            ERROR_CODES,
            SLERROR,
            ("Microsoft support article for 0xC004F074, KB974998", Documented),
            CODES_2012,
        ],
    },
    Written {
        words: &["0x800706BA", "RPC_S_SERVER_UNAVAILABLE"],
        title: "The RPC server is unavailable",
        meaning: "No connection to the KMS host came about: its name has no address, or nothing answers at the port.",
        raised_by: "the KMS client, in event 12288; Vista and Server 2008 in slmgr too",
        causes: &[
            "the firewall rule of the KMS host is off, as it is until somebody turns it on",
            "a firewall on the way or at the client drops TCP 1688",
            "a stale SRV record, a wrong address or port",
            "the host is down, or its service is stopped",
        ],
        next: &[
            ("nslookup <KMS host>", "the name first: is there an address, and is it the right one"),
            TEST_PORT,
            (
                "netsh advfirewall firewall set rule group=\"Key Management Service\" new enable=yes",
                "on the KMS host: turns the rule on",
            ),
        ],
        doubt: "That 12288 shows it for a silent port, a closed port and a name without address alike is partly inferred. A Windows \
                host with its firewall on never refuses: a stopped service looks like a silent port (KB2586744).",
        sources: &[ERROR_CODES, CODES_2012, ("Microsoft support article KB2586744 on stealth mode", Documented)],
    },
    Written {
        words: &["0x800705B4", "ERROR_TIMEOUT"],
        title: "The operation timed out",
        meaning: "Something that the attempt waited for did not come in time: DNS, or the KMS host.",
        raised_by: "the KMS client: activation dialogue and event 8196",
        causes: &["DNS servers that stay silent", "TCP 1688 that stays silent"],
        next: &[("nslookup -type=srv _vlmcs._tcp.<suffix> <each DNS server>", "does DNS answer at all"), TEST_PORT],
        doubt: "For silent DNS servers the support article for 0x8007232A names that code instead; both must be accepted.",
        sources: &[("Microsoft Azure article for 0x800705B4", Documented), WINERROR],
    },
    Written {
        words: &["0xC0020017", "RPC_NT_SERVER_UNAVAILABLE"],
        title: "The RPC server is unavailable, as an NTSTATUS",
        meaning: "The client could not contact the KMS host: the same as 0x800706BA, reported on another path.",
        raised_by: "the KMS client, in event 8198",
        causes: &[
            "a firewall, or a VPN that forces all traffic through a tunnel",
            "DNS that fails, or a wrong registered host",
            "a licensing service that is stuck",
        ],
        next: &[TEST_PORT, ("Restart-Service sppsvc -Force", "then slmgr /ato: rules a stuck service out")],
        doubt: "slmgr /ato shows a generic code at the same time.",
        sources: &[ARTICLE_8198],
    },
    Written {
        words: &["0x8007139F", "ERROR_INVALID_STATE"],
        title: "The resource is not in the correct state",
        meaning: "In event 8198: the KMS host could not be contacted.",
        raised_by: "the KMS client, in event 8198",
        causes: &["as for 0xC0020017"],
        next: &[TEST_PORT, ("kmslab explain 0xC0020017", "causes, in the order of the article")],
        doubt: "The literal text says nothing of a network; only the article ties it to KMS.",
        sources: &[ARTICLE_8198, WINERROR],
    },
    Written {
        words: &["0x800706B5", "RPC_S_UNKNOWN_IF"],
        title: "The interface is unknown",
        meaning: "An RPC server listens on the port, and refuses the KMS interface: its bind_nak, or no presentation context \
                  accepted.",
        raised_by: IN_12288,
        causes: &["another RPC service has the port", "a proxy or an old host that does not know what is offered"],
        next: &[TEST_PORT, ("netstat -abno | findstr :1688", "on the host: which program listens")],
        doubt: LAB_DOUBT,
        sources: &[WINERROR, OURS],
    },
    Written {
        words: &["0x800706BE", "RPC_S_CALL_FAILED"],
        title: "The remote procedure call failed",
        meaning: "A connection came about, and the conversation broke off before there was an answer.",
        raised_by: IN_12288,
        causes: &[
            "something closes the connection",
            "another service listens on the port",
            "answers are cut or garbled",
        ],
        next: &[EVENTS_12288, ("netstat -abno | findstr :1688", "on the host: which program listens")],
        doubt: LAB_DOUBT,
        sources: &[WINERROR, OURS],
    },
    Written {
        words: &["0x800706BF", "RPC_S_CALL_FAILED_DNE"],
        title: "The remote procedure call failed and did not execute",
        meaning: "As 0x800706BE; RPC knows that the request was not carried out.",
        raised_by: IN_12288,
        causes: &["as for 0x800706BE"],
        next: &[EVENTS_12288],
        doubt: LAB_DOUBT,
        sources: &[WINERROR, OURS],
    },
    Written {
        words: &["0x800706C0", "RPC_S_PROTOCOL_ERROR"],
        title: "A remote procedure call protocol error occurred",
        meaning: "What came back on the connection is no RPC, or wrong RPC.",
        raised_by: IN_12288,
        causes: &["another service listens on the port", "a device on the way changes what is said"],
        next: &[EVENTS_12288, ("netstat -abno | findstr :1688", "on the host: which program listens")],
        doubt: LAB_DOUBT,
        sources: &[WINERROR, OURS],
    },
    Written {
        words: &["0x1C010002", "nca_s_op_rng_error"],
        title: "RPC status: the interface has no such operation",
        meaning: "A fault PDU with this status came instead of an answer.",
        raised_by: "an RPC server on the port, on the wire",
        causes: &["another program has registered the interface"],
        next: &[EVENTS_12288],
        doubt: LAB_DOUBT,
        sources: &[RPC_NUMBERS],
    },
    Written {
        words: &["0x1C010003", "nca_s_unk_if"],
        title: "RPC status: no such interface on this connection",
        meaning: "A fault PDU with this status came instead of an answer.",
        raised_by: "an RPC server on the port, on the wire",
        causes: &["another RPC service has the port"],
        next: &[("netstat -abno | findstr :1688", "on the host: which program listens")],
        doubt: LAB_DOUBT,
        sources: &[RPC_NUMBERS],
    },
    Written {
        words: &["0x1C01000B", "nca_s_proto_error"],
        title: "RPC status: the client broke the protocol",
        meaning: "A fault PDU with this status came instead of an answer.",
        raised_by: "an RPC server on the port, on the wire",
        causes: &["a device on the way changes what is said"],
        next: &[EVENTS_12288],
        doubt: LAB_DOUBT,
        sources: &[RPC_NUMBERS],
    },
    Written {
        words: &["0x1C010014", "nca_s_server_too_busy"],
        title: "RPC status: the server is too busy",
        meaning: "A fault PDU with this status came instead of an answer.",
        raised_by: "the KMS host, on the wire",
        causes: &["more calls at once than the host serves"],
        next: &[EVENTS_12288, ("slmgr /ato", "again later: the state passes")],
        doubt: LAB_DOUBT,
        sources: &[RPC_NUMBERS],
    },
    Written {
        words: &["0x000006F7", "RPC_X_BAD_STUB_DATA"],
        title: "RPC status: the stub received bad data",
        meaning: "A fault PDU with this status came instead of an answer: the request does not fit the operation.",
        raised_by: "an RPC server on the port, on the wire",
        causes: &["a device on the way changes what is said"],
        next: &[EVENTS_12288],
        doubt: LAB_DOUBT,
        sources: &[WINERROR, RPC_NUMBERS],
    },
    Written {
        words: &["0x00000005", "ERROR_ACCESS_DENIED"],
        title: "RPC status: access denied",
        meaning: "A fault PDU with this status came instead of an answer; as an HRESULT it is 0x80070005.",
        raised_by: "the KMS host, on the wire",
        causes: &["the host restricts anonymous RPC clients"],
        next: &[EVENTS_12288],
        doubt: LAB_DOUBT,
        sources: &[WINERROR, ("how restricted RPC clients would be seen: nobody shows it", Inferred)],
    },
    Written {
        words: &["0x00000000", "S_OK"],
        title: "Success",
        meaning: "In slmgr: the product was activated. In the first field of event 12288: the request was sent and answered; whether \
                  it was enough stands in event 12289.",
        raised_by: "slmgr /ato, events 12288 and 12289",
        next: &[("slmgr /dlv", "host, activation interval and when the activation ends")],
        doubt: "12288 with 0x00000000 is no success by itself: with a count that is too low it looks the same.",
        sources: &[GENERAL, ("the volume activation event table, ff793440 (Microsoft)", Documented)],
        ..BLANK
    },
    Written {
        words: &["0x80070216", "ERROR_ARITHMETIC_OVERFLOW"],
        title: "Arithmetic result exceeded 32 bits",
        meaning: "An answer came, with intervals or a count that no client can use.",
        raised_by: "the KMS client",
        causes: &["an emulator or broken host that answers nonsense"],
        next: &[EVENTS_12288],
        doubt: "One field report; no text of Microsoft's.",
        sources: &[("a report at 11notes/docker-kms, issue 36", Field), WINERROR],
    },
];
