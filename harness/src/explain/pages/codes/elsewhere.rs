//! Codes that look like trouble with KMS and are none: Microsoft's own servers, AD-based activation, rights, other traffic.

use evidence::outcome::Confidence::{Documented, Field, Inferred};

use crate::explain::pages::sources::{ERROR_CODES, SL_TABLE, SLERROR, SLMGR_SCRIPT, WINERROR};
use crate::explain::pages::{BLANK, Ref, Written};

const BY_SERVERS: &str = "Microsoft's activation servers, when a MAK or a KMS host key is activated: not a KMS host";
const KEY_OF: (&str, &str) =
    ("slmgr /dlv", "the channel of the key: VOLUME_MAK, VOLUME_KMS (host) or VOLUME_KMSCLIENT");
const CENTRE: (&str, &str) = ("slui 4", "activation by telephone, where a person can see what the key allows");
const INTERNET: &str =
    "requests over HTTPS to Microsoft: Internet activation, or a genuine ticket (events 8200, 8208). Not KMS";
const TICKET: Ref = ("Microsoft support article KB2958281", Documented);
const WEB: (&str, &str) =
    ("netsh winhttp show proxy", "the proxy that such requests use; a machine without Internet may ignore them");
const AVMA: Ref = ("Microsoft Azure page on activation problems", Documented);

pub(super) const CODES: &[Written] = &[
    Written {
        words: &["0xC004C001"],
        title: "The activation server determined that the product key is invalid",
        meaning: "Microsoft's server does not know the key.",
        raised_by: BY_SERVERS,
        causes: &["a key that is no MAK, or is mistyped"],
        next: &[KEY_OF, CENTRE],
        sources: &[ERROR_CODES],
        ..BLANK
    },
    Written {
        words: &["0xC004C003"],
        title: "The activation server determined that the product key is blocked",
        meaning: "Microsoft has blocked the key.",
        raised_by: BY_SERVERS,
        next: &[KEY_OF, ("slmgr /ipk <new key>", "with a key that is not blocked; then slmgr /ato")],
        doubt: "KB978305 also shows it for a damaged licence store (see 0xC004E002).",
        sources: &[ERROR_CODES, ("Microsoft support article KB978305", Documented)],
        ..BLANK
    },
    Written {
        words: &["0xC004C008"],
        title: "The activation server determined that the product key could not be used",
        meaning: "A KMS host key was activated as often as it may be: six hosts, ten times each.",
        raised_by: BY_SERVERS,
        causes: &[
            "hosts that were installed again and again",
            "a host key on clients, which should have client setup keys",
        ],
        next: &[KEY_OF, CENTRE],
        sources: &[ERROR_CODES, ("Microsoft support article for 0xC004C008", Documented)],
        ..BLANK
    },
    Written {
        words: &["0xC004C017"],
        title: "The product key is blocked for this region",
        meaning: "Microsoft's server does not accept the key from where the machine is.",
        raised_by: BY_SERVERS,
        next: &[KEY_OF, CENTRE],
        sources: &[SLMGR_SCRIPT],
        ..BLANK
    },
    Written {
        words: &["0xC004C020"],
        title: "The multiple activation key has exceeded its limit",
        meaning: "The MAK has no activations left.",
        raised_by: BY_SERVERS,
        next: &[CENTRE],
        sources: &[ERROR_CODES],
        ..BLANK
    },
    Written {
        words: &["0xC004C021"],
        title: "The extension limit of the multiple activation key has been exceeded",
        meaning: "The MAK has no activations left, the granted extension included.",
        raised_by: BY_SERVERS,
        next: &[CENTRE],
        sources: &[ERROR_CODES],
        ..BLANK
    },
    Written {
        words: &["0xC004B100"],
        title: "The activation server determined that the computer could not be activated",
        meaning: "Microsoft's server does not support the MAK.",
        raised_by: BY_SERVERS,
        next: &[KEY_OF, CENTRE],
        sources: &[ERROR_CODES],
        ..BLANK
    },
    Written {
        words: &["0xC004FC03", "E_RM_UNKNOWN_ERROR"],
        title: "A network problem during Internet activation",
        meaning: "The machine did not reach Microsoft's activation servers.",
        raised_by: INTERNET,
        next: &[WEB],
        doubt: "Known from a table of names; it speaks of no KMS host.",
        sources: &[SL_TABLE],
        ..BLANK
    },
    Written {
        words: &["0x80070490", "ERROR_NOT_FOUND"],
        title: "The product key you entered didn't work",
        meaning: "A MAK was refused, or the dialogue of Server 2019 failed, which is a known defect.",
        raised_by: "the dialogue for a product key",
        next: &[("slmgr /ipk <key>", "from an elevated prompt: goes past the dialogue")],
        sources: &[ERROR_CODES],
        ..BLANK
    },
    Written {
        words: &["0x80070005", "E_ACCESSDENIED"],
        title: "Access denied: the requested action requires elevated privileges",
        meaning: "Who asked may not do this. In event 12288 it would be a KMS host that refuses the caller.",
        raised_by: "slmgr without elevation; SLUI.exe without its rights (event 8229)",
        causes: &[
            "slmgr from a prompt that is not elevated",
            "SELF lost its DCOM access permission, so that SLUI.exe cannot call the service",
        ],
        next: &[
            ("cscript %windir%\\system32\\slmgr.vbs /ato", "from a prompt that runs as administrator"),
            ("dcomcnfg", "My Computer, COM Security, default access permissions: SELF, local access"),
        ],
        doubt: "That an RPC fault \"access denied\" of a KMS host appears under this number in 12288 is inferred.",
        sources: &[ERROR_CODES, ("Microsoft support article for 0x80070005", Documented)],
    },
    Written {
        words: &["0xC004F025", "SL_E_NOT_EVALUATED_ACCESS"],
        title: "Access denied: the requested action requires elevated privileges",
        meaning: "As 0x80070005, in the licensing service's own numbers.",
        raised_by: "slmgr without elevation",
        next: &[("cscript %windir%\\system32\\slmgr.vbs /ato", "from a prompt that runs as administrator")],
        sources: &[SLERROR, SLMGR_SCRIPT],
        ..BLANK
    },
    Written {
        words: &["0x80070057", "E_INVALIDARG"],
        title: "The parameter is incorrect",
        meaning: "What was given to slmgr cannot be used.",
        raised_by: "slmgr",
        next: &[("slmgr /?", "what each option takes")],
        sources: &[SLMGR_SCRIPT, WINERROR],
        ..BLANK
    },
    Written {
        words: &["0xC004F011", "SL_E_LICENSE_FILE_NOT_INSTALLED"],
        title: "The licence file is not installed",
        meaning: "Token-based activation was looked for, and its issuance licence is not there. KMS does not need it.",
        raised_by: "the client, in event 12321",
        next: &[
            ("kmslab explain 12321", "when the event may be ignored"),
            ("slmgr /ilc <file>", "installs the licence, for whoever uses tokens"),
        ],
        sources: &[("Microsoft support article KB2020644", Documented)],
        ..BLANK
    },
    Written {
        words: &["0xC004F081", "SL_E_VL_AD_AO_NOT_FOUND"],
        title: "AD-based activation: no activation object was found",
        meaning: "Active Directory holds no activation object that fits. The client may go on to KMS.",
        raised_by: "the client, of AD-based activation",
        causes: &["no activation object in the forest", "an object for another product"],
        next: &[("slmgr /ao-list", "the activation objects of the forest")],
        doubt: "Known from a table of names.",
        sources: &[SL_TABLE],
    },
    Written {
        words: &["0xC004F082", "SL_E_VL_AD_AO_NAME_TOO_LONG"],
        title: "AD-based activation: the name of the activation object is too long",
        meaning: "The object's name does not fit.",
        raised_by: "slmgr, when an activation object is made",
        next: &[("slmgr /ao-list", "the activation objects of the forest")],
        doubt: "Known from a table of names.",
        sources: &[SL_TABLE],
        ..BLANK
    },
    Written {
        words: &["0xC004F083", "SL_E_VL_AD_SCHEMA_VERSION_NOT_SUPPORTED"],
        title: "AD-based activation: the schema's version is not supported",
        meaning: "The schema of the forest is older than AD-based activation needs (Server 2012).",
        raised_by: "the client or slmgr, of AD-based activation",
        next: &[("slmgr /ao-list", "the activation objects of the forest, if it can hold any")],
        doubt: "Known from a table of names.",
        sources: &[SL_TABLE],
        ..BLANK
    },
    Written {
        words: &["0xC004FD00", "0xC004FD01", "0xC004FD02", "0xC004FD03", "0xC004FD04"],
        title: "Activation of a virtual machine by its host (AVMA, SL_E_IA_...)",
        meaning: "The virtual machine has a key that its virtualisation host activates: 01 says that the platform is wrong, 02 that \
                  the host is not activated, 03 that the editions do not fit.",
        raised_by: "the virtual machine; no KMS host is asked",
        causes: &["an AVMA key on a machine that has no such host, Azure for instance"],
        next: &[("slmgr /ipk <client setup key of the edition>", "makes it a KMS client; then slmgr /ato")],
        sources: &[SL_TABLE, AVMA],
        ..BLANK
    },
    Written {
        words: &["0x80072EE7"],
        title: "The server's name could not be resolved (WinINet 12007)",
        meaning: "The machine has no way to the Internet by name.",
        raised_by: INTERNET,
        next: &[WEB],
        sources: &[TICKET, WINERROR],
        ..BLANK
    },
    Written {
        words: &["0x80072EFD"],
        title: "A connection to the server could not be established (WinINet 12029)",
        meaning: "The machine has no way to the Internet.",
        raised_by: INTERNET,
        next: &[WEB],
        doubt: "The number is WinINet's; no text of Microsoft's on KMS names it.",
        sources: &[WINERROR],
        ..BLANK
    },
    Written {
        words: &["0x80072EE2"],
        title: "The operation timed out (WinINet 12002)",
        meaning: "Microsoft's server did not answer in time.",
        raised_by: INTERNET,
        next: &[WEB, CENTRE],
        sources: &[ERROR_CODES, WINERROR],
        ..BLANK
    },
    Written {
        words: &["0x8004FE92"],
        title: "No reliable meaning is published",
        meaning: "It stands on pages for home users about activation, and nowhere else. Nothing ties it to KMS.",
        raised_by: "unknown",
        next: &[("slui.exe 0x2a 0x8004FE92", "the text that Windows itself has for the code")],
        doubt: "Everything.",
        sources: &[
            ("pages for home users", Field),
            ("that it is no affair of KMS: no document of volume activation names it", Inferred),
        ],
        ..BLANK
    },
];
