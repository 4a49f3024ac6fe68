//! Codes of the client's own state: key, licence store, grace, clock. No network is needed to raise them.

use evidence::outcome::Confidence::{Documented, Field};

use crate::explain::pages::sources::{ERROR_CODES, SL_TABLE, SLERROR, SLMGR_SCRIPT, WINERROR};
use crate::explain::pages::{BLANK, Ref, Written};

const DLV: (&str, &str) = ("slmgr /dlv", "key channel, licence status, remaining time");
const IPK: (&str, &str) = ("slmgr /ipk <key>", "installs the key of this edition and version; then slmgr /ato");
const NEXT_EVENTS: (&str, &str) = (
    "Get-WinEvent -FilterHashtable @{LogName='Application'; Id=12288,12289,8198} -MaxEvents 9 | Format-List",
    "what the last attempts say",
);
const STORE: Ref = ("Microsoft support article KB978305", Documented);
const NAME_ONLY: &str = "Known from tables of names alone: no text says what raises it.";

pub(super) const CODES: &[Written] = &[
    Written {
        words: &["0xC004F014", "SL_E_PKEY_NOT_INSTALLED"],
        title: "The product key is not available",
        meaning: "No product key is installed, so the machine is no KMS client and asks nobody.",
        raised_by: "the client, before anything is sent",
        causes: &["the key was removed (slmgr /upk)", "an image without a key"],
        next: &[DLV, ("slmgr /ipk <client setup key of the edition>", "makes it a KMS client; then slmgr /ato")],
        sources: &[ERROR_CODES, SLERROR],
        ..BLANK
    },
    Written {
        words: &["0xC004F035", "SL_E_VL_NOT_WINDOWS_SLP"],
        title: "The computer could not be activated with a volume licence key",
        meaning: "The firmware lacks the marker of a qualifying Windows: volume editions of Windows 7 are upgrades.",
        raised_by: "the client",
        causes: &["a machine that was sold without Windows", "a virtual machine whose firmware has no marker"],
        next: &[("slmgr /ipk <MAK>", "a multiple activation key needs no marker")],
        sources: &[ERROR_CODES, SLERROR],
        ..BLANK
    },
    Written {
        words: &["0xC004F056", "SL_E_VL_MACHINE_NOT_BOUND"],
        title: "The machine is not activated with KMS",
        meaning: "A state, not a cause: no activation by KMS is in force.",
        raised_by: "the client, as the reason of its licence status",
        next: &[NEXT_EVENTS],
        sources: &[SLERROR],
        ..BLANK
    },
    Written {
        words: &["0xC004F050", "SL_E_INVALID_PRODUCT_KEY"],
        title: "The product key is invalid",
        meaning: "The key was refused when it was installed.",
        raised_by: "client or KMS host",
        causes: &["a typing error", "dashes that a text program changed", "a key of a beta or of another version"],
        next: &[IPK],
        sources: &[ERROR_CODES],
        ..BLANK
    },
    Written {
        words: &["0xC004F051", "SL_E_BLOCKED_PRODUCT_KEY"],
        title: "The product key is blocked",
        meaning: "Microsoft has blocked the key.",
        raised_by: "client or KMS host",
        next: &[IPK],
        sources: &[ERROR_CODES],
        ..BLANK
    },
    Written {
        words: &["0xC004F069", "SL_E_MISMATCHED_PRODUCT_SKU"],
        title: "The product SKU is not found",
        meaning: "Key and edition do not fit together.",
        raised_by: "the client",
        causes: &["the key of another edition or version"],
        next: &[("DISM /online /Get-CurrentEdition", "the edition that is installed"), IPK],
        doubt: "slmgr has this text under 0xC004F066.",
        sources: &[SLERROR, SLMGR_SCRIPT],
    },
    Written {
        words: &["0xC004F066", "SL_E_DEPENDENT_PROPERTY_NOT_SET"],
        title: "Two readings: a property is missing, or the product SKU is not found",
        meaning: "By the header, genuine information was set before what it depends on; slmgr prints \"product SKU not found\".",
        raised_by: "the client",
        next: &[DLV],
        doubt: "The two tables disagree; the text of slmgr belongs to 0xC004F069 in the header.",
        sources: &[SLERROR, SLMGR_SCRIPT],
        ..BLANK
    },
    Written {
        words: &["0xC004F07D", "SL_E_INVALID_PRODUCT_KEY_TYPE"],
        title: "The key is not for this type of activation",
        meaning: "The installed key cannot be activated in the way that was asked for.",
        raised_by: "the client",
        next: &[DLV, IPK],
        doubt: NAME_ONLY,
        sources: &[SL_TABLE],
        ..BLANK
    },
    Written {
        words: &["0x803F7001"],
        title: "No digital licence",
        meaning: "Windows looked for a digital licence, which a KMS client does not have.",
        raised_by: "the Settings app",
        causes: &["the client setup key is not installed: the machine is on another channel"],
        next: &[DLV, ("slmgr /ipk <client setup key of the edition>", "makes it a KMS client; then slmgr /ato")],
        doubt: "One field report; for KMS no text of Microsoft's was found.",
        sources: &[("a report at Wind4/vlmcsd, issue 56", Field)],
    },
    Written {
        words: &["0xC004F00F", "SL_E_OUT_OF_TOLERANCE"],
        title: "The hardware binding is beyond the level of tolerance",
        meaning: "The hardware changed too much since the activation.",
        raised_by: "client or KMS host",
        causes: &["new hardware or drivers, a moved virtual machine"],
        next: &[("slmgr /ato", "for a KMS client, or a restart; a MAK is activated again")],
        sources: &[ERROR_CODES],
        ..BLANK
    },
    Written {
        words: &["0xC004F009", "SL_E_GRACE_TIME_EXPIRED"],
        title: "The grace period expired",
        meaning: "The machine was not activated in time and shows notifications.",
        raised_by: "the client, as the reason of its licence status",
        causes: &["no activation worked for the whole time: the cause is older, and stands in the events"],
        next: &[NEXT_EVENTS, ("slmgr /ato", "shows the code of today's failure")],
        sources: &[ERROR_CODES, SLMGR_SCRIPT],
        ..BLANK
    },
    Written {
        words: &["0xC004F02C", "SL_E_CIDIID_INVALID_DATA"],
        title: "The format of the offline activation data is incorrect",
        meaning: "What was entered for activation by telephone is wrong.",
        raised_by: "the machine that is activated by telephone",
        next: &[("slmgr /dti", "the installation id; then slmgr /atp <confirmation id>")],
        sources: &[ERROR_CODES],
        ..BLANK
    },
    Written {
        words: &["0xC004F063", "SL_E_SLP_OEM_CERT_MISSING"],
        title: "The computer's BIOS is missing a required licence",
        meaning: "A Windows of a manufacturer does not find its marker (SLIC) in the firmware. No KMS is involved.",
        raised_by: "a machine with a manufacturer's Windows",
        causes: &["a main board was exchanged and its service number not set"],
        next: &[("wmic bios get serialnumber", "is the service number there")],
        sources: &[("Microsoft support article KB2817024", Documented), SLERROR],
        ..BLANK
    },
    Written {
        words: &["0xC004F064", "SL_E_NONGENUINE_GRACE_TIME_EXPIRED"],
        title: "The non-genuine grace period expired",
        meaning: "Windows was judged not genuine, and the time to change that is over.",
        raised_by: "the client, as the reason of its licence status",
        next: &[DLV, IPK],
        sources: &[ERROR_CODES, SLERROR],
        ..BLANK
    },
    Written {
        words: &["0x4004F065", "0xC004F065", "SL_I_NONGENUINE_GRACE_PERIOD"],
        title: "The application runs within the non-genuine grace period",
        meaning: "Windows was judged not genuine, and there is still time to change that.",
        raised_by: "the client, as the reason of its licence status",
        next: &[DLV, IPK],
        doubt: "The header has it as information (0x4004F065), documents write 0xC004F065.",
        sources: &[ERROR_CODES, SLERROR],
        ..BLANK
    },
    Written {
        words: &["0xC004F200", "SL_E_NOT_GENUINE"],
        title: "Not genuine",
        meaning: "Windows was judged not genuine. Seen with the server fault of January 2019 on KMS clients with KB971033.",
        raised_by: "the client; event 8196",
        causes: &["KB971033 on a Windows 7 that uses KMS"],
        next: &[("wusa /uninstall /kb:971033", "on Windows 7 with KMS, as KB4487266 says; then restart")],
        sources: &[SLERROR, ("Microsoft support article KB4487266", Documented)],
        ..BLANK
    },
    Written {
        words: &["0x8004FE21"],
        title: "This computer is not running genuine Windows",
        meaning: "Parts of Windows do not fit its licence.",
        raised_by: "the client",
        causes: &["language packs on an edition without the right to them", "damaged or changed system files"],
        next: &[("sfc /scannow", "damaged files; Microsoft's table says to install again")],
        sources: &[ERROR_CODES],
        ..BLANK
    },
    Written {
        words: &["0xC004E028", "SL_E_ACTIVATION_IN_PROGRESS"],
        title: "Another activation attempt is running",
        meaning: "The service is busy with an attempt of its own.",
        raised_by: "the client",
        next: &[("slmgr /ato", "again after a minute")],
        doubt: NAME_ONLY,
        sources: &[SL_TABLE],
        ..BLANK
    },
    Written {
        words: &["0xC004E002", "SL_E_TOKEN_STORE_INVALID_STATE"],
        title: "The licence store contains inconsistent data",
        meaning: "tokens.dat, where licences are kept, is damaged or cannot be read by the service.",
        raised_by: "the client",
        causes: &["wrong permissions of the file or its folder", "a damaged file"],
        next: &[("net stop sppsvc", "then rename tokens.dat, net start sppsvc, slmgr /rilc, and restart twice")],
        sources: &[STORE, SL_TABLE],
        ..BLANK
    },
    Written {
        words: &["0xC004E015", "SL_E_EUL_CONSUMPTION_FAILED"],
        title: "A use licence could not be consumed",
        meaning: "The licence store does not take the licence: it is damaged.",
        raised_by: "the client",
        next: &[("slmgr /rilc", "installs all licence files again; if that fails, the store is rebuilt")],
        sources: &[("Microsoft support article for 0xC004E015", Documented), SL_TABLE],
        ..BLANK
    },
    Written {
        words: &["0xC004F075", "SL_E_SERVICE_STOPPING"],
        title: "The licensing service is stopping",
        meaning: "The request came while the service ended.",
        raised_by: "the client",
        next: &[("slmgr /ato", "again: it starts the service")],
        sources: &[SLERROR],
        ..BLANK
    },
    Written {
        words: &["0x8004D102", "SL_REMAPPING_SP_STATUS_SYSTEM_TIME_SKEWED"],
        title: "The machine's time contradicts its trusted time",
        meaning: "The clock was set back behind what the licence store has seen.",
        raised_by: "the client",
        next: &[("w32tm /resync", "after the time source is right")],
        doubt: NAME_ONLY,
        sources: &[SL_TABLE],
        ..BLANK
    },
    Written {
        words: &["0xC004D307", "SL_REMAPPING_SP_PUB_TS_MAX_REARM_REACHED"],
        title: "The maximum number of rearms is reached",
        meaning: "slmgr /rearm, or sysprep, was used as often as is allowed.",
        raised_by: "the machine that is rearmed",
        next: &[("slmgr /dlv", "remaining rearms of Windows and of the product")],
        sources: &[SL_TABLE, SLMGR_SCRIPT],
        ..BLANK
    },
    Written {
        words: &["0x80070422", "ERROR_SERVICE_DISABLED"],
        title: "The service is disabled",
        meaning: "The licensing service (sppsvc; for Office 2010 osppsvc) may not start.",
        raised_by: "the client, of Office mostly",
        next: &[("sc qc sppsvc", "its start type: delayed automatic start from Windows 7 on")],
        sources: &[("Microsoft support article KB2870357", Documented), WINERROR],
        ..BLANK
    },
    Written {
        words: &["0x80070426", "ERROR_SERVICE_NOT_ACTIVE"],
        title: "The service has not been started",
        meaning: "The licensing service (sppsvc; for Office 2010 osppsvc) does not run.",
        raised_by: "the client, of Office mostly",
        next: &[("net start sppsvc", "starts it")],
        sources: &[("Microsoft support article KB2870357", Documented), WINERROR],
        ..BLANK
    },
];
