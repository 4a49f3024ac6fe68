//! `ospp.vbs /act` and `ospp.vbs /dstatus`, as cscript prints them: the Office of a machine.
//!
//! Frame, order and labels from the script of Office 2013 (kms-behaviour 5.4), which is in English everywhere. Unlike slmgr it prints the
//! host of an unlicensed product, both the one from DNS and the registered one, and rounds days down.

use evidence::outcome::{Licence, LicenceWord};
use evidence::registry;
use evidence::vantage::Licensing;
use mock_kms::wire::Hresult;

use super::layout::PROMPT;
use super::{NotShown, licence, product};
use crate::desk::Desk;
use crate::label::Language;

const BEGIN: &str = "---Processing--------------------------\n";
const LINE: &str = "---------------------------------------\n";
const END: &str = "---Exiting-----------------------------\n";

const MINUTES_OF_A_DAY: u32 = 1440;

/// A console in which `ospp.vbs /act` was typed.
///
/// # Errors
/// As [`act()`].
pub fn act_console(desk: &Desk<'_>, _: Language) -> Result<String, NotShown> {
    Ok(format!("{PROMPT}cscript //nologo ospp.vbs /act\n{}", act(desk)?))
}

/// What `ospp.vbs /act` prints: how the last attempt ended.
///
/// # Errors
/// On a machine that made no attempt, without an Office, or where no source says what the script shows.
pub fn act(desk: &Desk<'_>) -> Result<String, NotShown> {
    let licensing = of_office(desk)?;
    let outcome = desk.outcome.ok_or(NotShown::NoAttempt)?;
    let code = outcome.ospp.as_ref().and_then(|surface| surface.any.first()).ok_or(NotShown::NoSource)?;
    let ended = if code.0 == 0 {
        "<Product activation successful>\n".to_owned()
    } else {
        let hint = if code.0 == 0xC004_F074 {
            "To view the activation event history run: cscript ospp.vbs /dhistorykms\n"
        } else {
            ""
        };
        format!("ERROR CODE: {code}\nERROR DESCRIPTION: {}\n{hint}", described(*code))
    };
    let head = head(&licensing);
    Ok(format!(
        "{BEGIN}{LINE}Installed product key detected - attempting to activate the following product:\n{head}{ended}{LINE}{LINE}{END}"
    ))
}

/// A console in which `ospp.vbs /dstatus` was typed.
///
/// # Errors
/// As [`dstatus()`].
pub fn dstatus_console(desk: &Desk<'_>, _: Language) -> Result<String, NotShown> {
    Ok(format!("{PROMPT}cscript //nologo ospp.vbs /dstatus\n{}", dstatus(desk)?))
}

/// What `ospp.vbs /dstatus` prints.
///
/// # Errors
/// On a machine without an Office.
pub fn dstatus(desk: &Desk<'_>) -> Result<String, NotShown> {
    let licensing = of_office(desk)?;
    let mut text = format!("{BEGIN}{LINE}{}", head(&licensing));
    let licence = licence::now(desk).ok_or(NotShown::Denied)?;
    text.push_str(&status(&licence));
    text.push_str("Activation Type Configuration: ALL\n");
    let discovered = licensing.discovered.as_ref().map_or_else(
        || "DNS auto-discovery: KMS name not available".to_owned(),
        |(name, port)| format!("KMS machine name from DNS: {name}:{port}"),
    );
    text.push_str(&format!("\t{discovered}\n"));
    if let Some((name, port)) = evidence::diagnosis::registered(desk.vantage) {
        text.push_str(&format!("\tKMS machine registry override defined: {name}:{port}\n"));
    }
    let (activation, renewal) = (licence.activation_interval, licence.renewal_interval);
    text.push_str(&format!("\tActivation Interval: {activation} minutes\n\tRenewal Interval: {renewal} minutes\n"));
    let caching = if licence::caches(desk, &licensing) { "Enabled" } else { "Disabled" };
    text.push_str(&format!("\tKMS host caching: {caching}\n"));
    if let Some(domain) = licence::setting(desk, &licensing, registry::LOOKUP_DOMAIN) {
        text.push_str(&format!("\tKMS Lookup Domain: {domain}\n"));
    }
    text.push_str(&format!("{LINE}{LINE}{END}"));
    Ok(text)
}

/// The licence status, why it is so, and how long it lasts. This script rounds days down.
fn status(licence: &Licence) -> String {
    let word = match licence.word {
        LicenceWord::Unlicensed => "UNLICENSED",
        LicenceWord::Licensed => "LICENSED",
        LicenceWord::InitialGrace => "OOB_GRACE",
        LicenceWord::AdditionalGrace => "OOT_GRACE",
        LicenceWord::Notification => "NOTIFICATIONS",
    };
    let code = licence.reason.as_ref().and_then(|surface| surface.any.first());
    let reason = code.map(|code| format!("ERROR CODE: {code}\nERROR DESCRIPTION: {}\n", described(*code)));
    let left = licence.minutes_left.map(|minutes| {
        format!("REMAINING GRACE: {} days  ({minutes} minute(s) before expiring)\n", minutes / MINUTES_OF_A_DAY)
    });
    format!("LICENSE STATUS:  ---{word}--- \n{}{}", reason.unwrap_or_default(), left.unwrap_or_default())
}

fn of_office(desk: &Desk<'_>) -> Result<Licensing, NotShown> {
    let licensing = desk.vantage.licensing()?;
    if product::is_office(&licensing.product) { Ok(licensing) } else { Err(NotShown::OtherProduct) }
}

fn head(licensing: &Licensing) -> String {
    format!(
        "SKU ID: {}\nLICENSE NAME: {}\nLICENSE DESCRIPTION: {}\n",
        licensing.product.sku(),
        product::name(&licensing.product),
        product::description(licensing)
    )
}

/// What the script says of a code: short, and only where a document gives the code this meaning.
fn described(code: Hresult) -> &'static str {
    match code.0 {
        0xC004_F074 => "No Key Management Service (KMS) could be contacted.",
        0xC004_F038 => "The count reported by your Key Management Service (KMS) is insufficient.",
        0xC004_F039 => "The Key Management Service (KMS) is not enabled.",
        0xC004_F041 => "The Key Management Service (KMS) is not activated.",
        0xC004_F042 => "The specified Key Management Service (KMS) cannot be used.",
        0x8007_232B => "DNS name does not exist.",
        0x8007_251D => "No records found for given DNS query.",
        0x8007_232A => "DNS server failure.",
        0xC004_F009 => "The grace period expired.",
        0xC004_F056 => "The product could not be activated with a Key Management Service (KMS).",
        _ => "Run the following: cscript ospp.vbs /ddescr with this code.",
    }
}
