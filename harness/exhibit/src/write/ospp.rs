//! `ospp.vbs /act` and `ospp.vbs /dstatus`, as cscript prints them: the Office of a machine.
//!
//! Frame, order and labels from the script of Office 2013 (kms-behaviour 5.4), which is in English everywhere. Unlike slmgr it prints the
//! host of an unlicensed product, both the one from DNS and the registered one, and rounds days down.

use evidence::registry;
use evidence::vantage::Licensing;
use mock_kms::wire::Hresult;

use super::layout::PROMPT;
use super::licence::{self, NOT_BOUND, Status};
use super::{NotShown, product};
use crate::desk::Desk;
use crate::label::Language;

const BEGIN: &str = "---Processing--------------------------\n";
const LINE: &str = "---------------------------------------\n";
const END: &str = "---Exiting-----------------------------\n";

const MINUTES_OF_A_DAY: u64 = 1440;

/// `ospp.vbs /act`: how the last attempt ended.
///
/// # Errors
/// On a machine that made no attempt, without an Office, or where no source says what the script shows.
pub fn act(desk: &Desk<'_>, _: Language) -> Result<String, NotShown> {
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
        "{PROMPT}cscript //nologo ospp.vbs /act\n{BEGIN}{LINE}Installed product key detected - attempting to activate the following product:\n{head}{ended}{LINE}{LINE}{END}"
    ))
}

/// `ospp.vbs /dstatus`.
///
/// # Errors
/// On a machine without an Office.
pub fn dstatus(desk: &Desk<'_>, _: Language) -> Result<String, NotShown> {
    let licensing = of_office(desk)?;
    let mut text = format!("{PROMPT}cscript //nologo ospp.vbs /dstatus\n{BEGIN}{LINE}{}", head(&licensing));
    match licence::status(desk) {
        Status::Licensed(minutes) => {
            let days = minutes / MINUTES_OF_A_DAY;
            text.push_str(&format!(
                "LICENSE STATUS:  ---LICENSED--- \nREMAINING GRACE: {days} days  ({minutes} minute(s) before expiring)\n"
            ));
        }
        Status::Notification => {
            let code = Hresult(NOT_BOUND);
            text.push_str(&format!(
                "LICENSE STATUS:  ---NOTIFICATIONS--- \nERROR CODE: {code}\nERROR DESCRIPTION: {}\n",
                described(code)
            ));
        }
    }
    text.push_str("Activation Type Configuration: ALL\n");
    let discovered = licensing.discovered.as_ref().map_or_else(
        || "DNS auto-discovery: KMS name not available".to_owned(),
        |(name, port)| format!("KMS machine name from DNS: {name}:{port}"),
    );
    text.push_str(&format!("\t{discovered}\n"));
    if let Some((name, port)) = evidence::diagnosis::registered(desk.vantage) {
        text.push_str(&format!("\tKMS machine registry override defined: {name}:{port}\n"));
    }
    let (activation, renewal) = licence::intervals(desk);
    text.push_str(&format!("\tActivation Interval: {activation} minutes\n\tRenewal Interval: {renewal} minutes\n"));
    let caching = if licence::caches(desk, &licensing) { "Enabled" } else { "Disabled" };
    text.push_str(&format!("\tKMS host caching: {caching}\n"));
    if let Some(domain) = licence::setting(desk, &licensing, registry::LOOKUP_DOMAIN) {
        text.push_str(&format!("\tKMS Lookup Domain: {domain}\n"));
    }
    text.push_str(&format!("{LINE}{LINE}{END}"));
    Ok(text)
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
        NOT_BOUND => "The product could not be activated with a Key Management Service (KMS).",
        _ => "Run the following: cscript ospp.vbs /ddescr with this code.",
    }
}
