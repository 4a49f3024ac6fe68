//! Codes with which a KMS host answers, or which a client makes of its answer: TCP and RPC work.

use evidence::outcome::Confidence::{Documented, Field, Inferred};

use crate::explain::pages::sources::{CREATE_HOST, ERROR_CODES, GENERAL, PLANNING, SLERROR, SLMGR_SCRIPT};
use crate::explain::pages::{BLANK, Written};

const HOST_STATE: (&str, &str) = ("slmgr /dlv", "on the KMS host: key, licence status, current count, listening port");
const ANSWER: &str = "the KMS host; slmgr /ato shows 0xC004F074 from Windows 7 on, and the code stands in event 12288";

pub(super) const CODES: &[Written] = &[
    Written {
        words: &["0xC004F038", "SL_E_VL_NOT_ENOUGH_COUNT"],
        title: "The count reported by your Key Management Service (KMS) is insufficient",
        meaning: "The KMS host answered, and has not counted enough machines yet: 25 for Windows clients, 5 for servers and for \
                  Office. Network, DNS and host key are fine.",
        raised_by: "the KMS client, which decides it from the count in a granted answer; no host sends it",
        causes: &[
            "the site is smaller than the threshold",
            "machines cloned without sysprep share one client machine id (CMID) and count once",
            "several KMS hosts share the clients: each counts for itself",
            "machines that were not heard of for 30 days are forgotten",
        ],
        next: &[
            ("slmgr /dli", "on the KMS host: the current count"),
            ("slmgr /dlv", "on several clients: equal CMIDs are clones"),
            (
                "Get-WinEvent -FilterHashtable @{LogName='Application'; Id=12288} | Format-List",
                "on clients: do they all use the same host",
            ),
        ],
        doubt: "Microsoft's table speaks of Windows only; the threshold of Office stands in the planning page.",
        sources: &[
            ERROR_CODES,
            SLERROR,
            PLANNING,
            GENERAL,
            ("Microsoft support article for 0xC004F038", Documented),
            ("Microsoft support article KB929829 on the count", Documented),
        ],
    },
    Written {
        words: &["0xC004F039", "SL_E_VL_BINDING_SERVICE_NOT_ENABLED"],
        title: "The Key Management Service (KMS) is not enabled",
        meaning: "By its name the host is no enabled KMS host; by Microsoft's table nobody answered the request.",
        raised_by: "the KMS client",
        causes: &[
            "TCP port 1688 is blocked or filtered (the table)",
            "what answers is no KMS host, or one without a host key (inferred)",
        ],
        next: &[HOST_STATE, ("Test-NetConnection <KMS host> -Port 1688", "from the client: does anything answer")],
        doubt: "Text and cause of the table do not fit together: the text speaks of the host, the cause of the network. For a \
                conversation that breaks off we accept this code beside 0xC004F074.",
        sources: &[ERROR_CODES, SLERROR, ("which of the readings holds: nobody shows it", Inferred)],
    },
    Written {
        words: &["0xC004F041", "SL_E_VL_KEY_MANAGEMENT_SERVICE_NOT_ACTIVATED"],
        title: "The Key Management Server (KMS) is not activated",
        meaning: "The host has a host key, and was never activated with Microsoft itself.",
        raised_by: ANSWER,
        causes: &["the host's activation failed or was never tried: no way to the Internet, and not done by telephone"],
        next: &[HOST_STATE, ("slmgr /ato", "on the KMS host; or by telephone: slui 4")],
        doubt: "Vista and Server 2008 show it themselves (inferred).",
        sources: &[ERROR_CODES, SLERROR, CREATE_HOST],
    },
    Written {
        words: &["0xC004F042", "SL_E_VL_KEY_MANAGEMENT_SERVICE_ID_MISMATCH"],
        title: "The specified Key Management Service (KMS) cannot be used",
        meaning: "The host's key does not cover the product that asks.",
        raised_by: ANSWER,
        causes: &[
            "the host key is older than the product",
            "a host for Office is asked for Windows, or the other way round",
        ],
        next: &[
            HOST_STATE,
            ("slmgr /dlv", "on the client: which host it asked; a wrong registered one goes with slmgr /ckms"),
        ],
        doubt: "Sources show it in slmgr and inside 0xC004F074; event 12290 of the host may say 0xC004F015.",
        sources: &[ERROR_CODES, SLERROR, ("Microsoft support article for 0xC004F042", Documented)],
    },
    Written {
        words: &["0xC004F015", "SL_E_PRODUCT_SKU_NOT_INSTALLED"],
        title: "The licence is not installed",
        meaning: "The host has no licence for the product that asks.",
        raised_by: "the KMS host, in its event 12290",
        causes: &[
            "the host key is too old for a newer client",
            "the update that teaches the host newer clients is missing",
        ],
        next: &[HOST_STATE, ("slmgr /ipk <newer host key>", "on the KMS host, after its update; then slmgr /ato")],
        sources: &[("Microsoft support article KB3086418", Documented), SLERROR],
        ..BLANK
    },
    Written {
        words: &["0xC004F06C", "SL_E_VL_INVALID_TIMESTAMP"],
        title: "The request timestamp is invalid",
        meaning: "The clocks of client and host are more than four hours apart, compared in UTC: time zones do not matter.",
        raised_by: "the KMS host, in its event 12290 and in 12288 of the client; slmgr /ato shows 0xC004F074",
        causes: &["a wrong clock on either machine", "a virtual machine that was saved and resumed"],
        next: &[
            ("w32tm /stripchart /computer:<KMS host> /samples:3", "how far the clocks are apart"),
            ("w32tm /resync", "after the time source is right"),
        ],
        doubt: "KB974998 lists a mismatch of the versions of host and client under this code too.",
        sources: &[
            ERROR_CODES,
            ("Microsoft support article for 0xC004F06C", Documented),
            ("Microsoft support article KB974998", Documented),
        ],
    },
    Written {
        words: &["0xC004F06B", "SL_E_VL_KEY_MANAGEMENT_SERVICE_VM_NOT_SUPPORTED"],
        title: "The KMS host cannot run in this virtual machine",
        meaning: "The version of the KMS host does not support being virtualised in this way.",
        raised_by: "the KMS host",
        causes: &["an old version of the service"],
        next: &[HOST_STATE],
        doubt: "Known from tables of texts alone: no report of it was found.",
        sources: &[SLERROR, SLMGR_SCRIPT],
    },
    Written {
        words: &["0x8007000D", "ERROR_INVALID_DATA"],
        title: "The data is invalid",
        meaning: "On Windows most often a damaged permission on the machine itself. From the laboratory's KMS host: version or size of \
                  the request cannot be read.",
        raised_by: "the machine that activates; the laboratory's KMS host",
        causes: &[
            "the permissions of HKLM\\SYSTEM\\CurrentControlSet\\Enum\\Root were changed",
            "the KMS host runs on the client itself (one field report)",
        ],
        next: &[(
            "regedit: permissions of HKLM\\SYSTEM\\CurrentControlSet\\Enum\\Root",
            "SYSTEM needs full control, Everyone read",
        )],
        sources: &[("Microsoft support article KB2230957", Documented), ("a report at Wind4/vlmcsd, issue 6", Field)],
        ..BLANK
    },
    Written {
        words: &["0xA0041688"],
        title: "The laboratory's own code: your request reached the KMS host, and this one is a simulation",
        meaning: "A real client's request came to a KMS host of kmslab, and a real host would have gone on. Nothing is activated: \
                  the laboratory cannot. Up to here, DNS, network and RPC work.",
        raised_by: "a KMS host of kmslab; the customer bit is set, so no code of Microsoft's can be it",
        causes: &["the request is not protected with the laboratory's keys"],
        next: &[("slmgr /ckms", "back to discovery, when the machine was sent here by hand")],
        sources: &[
            ("kmslab, mock-kms/src/wire/hresult.rs", Documented),
            ("[MS-ERREF] 2.1, of the customer bit", Documented),
        ],
        ..BLANK
    },
];
