//! `slmgr /ato` and `slmgr /dlv`, as cscript prints them.
//!
//! Order and labels from the script itself (kms-behaviour 5.3), `/ato` of Windows 11 as measured by others. The script knows a text for
//! the codes of its own table alone; here each has a short one. Left out, because nobody here knows them: extended product ids,
//! installation id, the last characters of the key, rearm counts. No public sample shows the labels in another language
//! than English, so there is none.

use evidence::outcome::{Licence, LicenceWord};
use evidence::registry;
use evidence::vantage::{KeyChannel, KmsService, Licensing};
use mock_kms::host::HostState;
use mock_kms::wire::Hresult;

use super::events::local;
use super::layout::PROMPT;
use super::{NotShown, licence, product};
use crate::desk::Desk;
use crate::label::Language;

/// What cscript prints before any script.
const BANNER: &str =
    "Microsoft (R) Windows Script Host Version 5.812\nCopyright (C) Microsoft Corporation. All rights reserved.\n\n";

/// SL_E_GRACE_TIME_EXPIRED: the one reason for which the script has words besides that of a copy.
const GRACE_TIME_EXPIRED: u32 = 0xC004_F009;

/// What `slmgr /dlv` calls the licence statuses of clients. A public listing counts 12 requests, 9 of them failed, and 3 by status:
/// so those that failed are not counted here.
const REQUESTS_BY_STATUS: &[(&str, u32)] = &[
    ("Unlicensed", 0),
    ("Licensed", 1),
    ("Initial grace period", 2),
    ("License expired or Hardware out of tolerance", 3),
    ("Non-genuine grace period", 4),
    ("Notification", 5),
];

/// A console in which `slmgr /ato` was typed.
///
/// # Errors
/// As [`ato()`].
pub fn ato_console(desk: &Desk<'_>, _: Language) -> Result<String, NotShown> {
    Ok(format!("{PROMPT}cscript //nologo slmgr.vbs /ato\n{}", ato(desk)?))
}

/// What `slmgr /ato` prints: how the last attempt of the machine ended.
///
/// # Errors
/// On a machine that made no attempt, whose product is an Office, or where no source says what the script shows.
pub fn ato(desk: &Desk<'_>) -> Result<String, NotShown> {
    let licensing = of_windows(desk)?;
    let outcome = desk.outcome.ok_or(NotShown::NoAttempt)?;
    let code = outcome.slmgr.as_ref().and_then(|surface| surface.any.first()).ok_or(NotShown::NoSource)?;
    let name = product::name(&licensing.product);
    Ok(format!("Activating {name} ({}) ...\n{}", licensing.product.sku(), ended(*code)))
}

/// How an attempt ended, as `/ato` prints it.
pub(super) fn ended(code: Hresult) -> String {
    if code.0 == 0 {
        return "Product activated successfully.\n".to_owned();
    }
    text_of(code).map_or_else(
        || {
            format!(
                "On a computer running Microsoft Windows non-core edition, run 'slui.exe 0x2a {code}' to display the error text.\nError: {code} \n"
            )
        },
        |text| format!("Error: {code} {text}\n"),
    )
}

/// A short text for a code of the script's own table (kms-behaviour 5.3); none for any other.
fn text_of(code: Hresult) -> Option<&'static str> {
    Some(match code.0 {
        0x8007_232B => "DNS name does not exist",
        0x8007_251D => "No records found for DNS query",
        0x8007_232A => "DNS server failure",
        0x8007_06BA => "The RPC server is unavailable",
        0x8007_0005 => "Access denied",
        0x8007_0057 => "The parameter is incorrect",
        0xC004_F074 => "No Key Management Service (KMS) could be contacted",
        0xC004_F038 => "The count reported by your Key Management Service (KMS) is insufficient",
        0xC004_F039 => "The Key Management Service (KMS) is not enabled",
        0xC004_F041 => "The Key Management Service (KMS) is not activated",
        0xC004_F042 => "The specified Key Management Service (KMS) cannot be used",
        0xC004_F014 => "The product key is not available",
        0xC004_F050 => "The product key is invalid",
        0xC004_F035 => "A qualifying operating system is needed for the volume license key",
        _ => return None,
    })
}

/// A console in which `slmgr /dlv` was typed.
///
/// # Errors
/// As [`dlv()`].
pub fn dlv_console(desk: &Desk<'_>, _: Language) -> Result<String, NotShown> {
    Ok(format!("{PROMPT}cscript slmgr.vbs /dlv\n{BANNER}{}", dlv(desk)?))
}

/// What `slmgr /dlv` prints.
///
/// # Errors
/// On a machine that has no licensing service, or whose product is an Office.
pub fn dlv(desk: &Desk<'_>) -> Result<String, NotShown> {
    match desk.vantage.kms_service() {
        Ok(service) => host(desk, &service),
        Err(_) => Ok(client(desk, &of_windows(desk)?)),
    }
}

/// The licensing of a machine whose Windows is what is to be activated.
fn of_windows(desk: &Desk<'_>) -> Result<Licensing, NotShown> {
    let licensing = desk.vantage.licensing()?;
    if product::is_office(&licensing.product) { Err(NotShown::OtherProduct) } else { Ok(licensing) }
}

fn client(desk: &Desk<'_>, licensing: &Licensing) -> String {
    let old = matches!(licensing.generation, "windows-vista" | "windows-7");
    let mut text = format!("Software licensing service version: {}\n\n", product::service_version(licensing));
    if licensing.key == KeyChannel::None {
        text.push_str("Error: product key not found.\n");
        return text;
    }
    let product = &licensing.product;
    text.push_str(&format!("Name: {}\n", product::name(product)));
    text.push_str(&format!("Description: {}\n", product::description(licensing)));
    text.push_str(&format!("Activation ID: {}\n", product.sku()));
    text.push_str(&format!("Application ID: {}\n", product.application()));
    let is_client = licensing.key == KeyChannel::Gvlk;
    if !old {
        text.push_str(&format!("Product Key Channel: {}\n", if is_client { "Volume:GVLK" } else { "Volume:MAK" }));
    }
    // A MAK and Active Directory need no KMS host: they count as licensed here.
    let elsewhere = !is_client || licensing.adba;
    match licence::now(desk).filter(|_| !elsewhere) {
        Some(licence) => text.push_str(&status(&licence)),
        None => text.push_str("License Status: Licensed\n"),
    }
    if let Ok(now) = desk.vantage.clock(desk.network.now()) {
        text.push_str(&format!("Trusted time: {}\n", local(Language::English, now)));
    }
    if is_client {
        text.push_str(&kms_client(desk, licensing, old));
    }
    text
}

/// The licence status, and the line that tells how long it lasts or why it is so. This script rounds days up.
fn status(licence: &Licence) -> String {
    let left = |label: &str| {
        let days = licence.days_left().unwrap_or(0);
        licence
            .minutes_left
            .map_or_else(String::new, |minutes| format!("{label}: {minutes} minute(s) ({days} day(s))\n"))
    };
    match licence.word {
        LicenceWord::Licensed => format!("License Status: Licensed\n{}", left("Volume activation expiration")),
        LicenceWord::InitialGrace => format!("License Status: Initial grace period\n{}", left("Time remaining")),
        LicenceWord::AdditionalGrace => format!(
            "License Status: Additional grace period (KMS license expired or hardware out of tolerance)\n{}",
            left("Time remaining")
        ),
        LicenceWord::Unlicensed => "License Status: Unlicensed\n".to_owned(),
        LicenceWord::Notification => {
            let reason = licence.reason.as_ref().and_then(|surface| surface.any.first());
            let expired = |code: &Hresult| if code.0 == GRACE_TIME_EXPIRED { " (grace time expired)" } else { "" };
            let reason = reason.map(|code| format!("Notification Reason: {code}{}.\n", expired(code)));
            format!("License Status: Notification\n{}", reason.unwrap_or_default())
        }
    }
}

/// The block of a KMS client.
fn kms_client(desk: &Desk<'_>, licensing: &Licensing, old: bool) -> String {
    let mut text = String::new();
    if !old {
        text.push_str("Configured Activation Type: All\n");
    }
    let licence = licence::now(desk).filter(|licence| licence.word == LicenceWord::Licensed);
    let Some(licence) = licence.filter(|_| !licensing.adba) else {
        text.push_str(
            "Please use slmgr.vbs /ato to activate and update KMS client information in order to update values.\n",
        );
        return text;
    };
    text.push('\n');
    if !old {
        text.push_str("Most recent activation information:\n");
    }
    text.push_str("Key Management Service client information\n");
    let mut line = |label: &str, value: String| text.push_str(&format!("    {label}: {value}\n"));
    line("Client Machine ID (CMID)", licensing.cmid.to_string());
    if let Some(domain) = licence::setting(desk, licensing, registry::LOOKUP_DOMAIN) {
        line("Registered KMS SRV record lookup domain", domain);
    }
    let pinned = evidence::diagnosis::registered(desk.vantage);
    let found = licensing.discovered.clone();
    let host = pinned.as_ref().or(found.as_ref()).map(|(name, _)| name.clone());
    match (pinned, found) {
        (Some((name, port)), _) => line("Registered KMS machine name", format!("{name}:{port}")),
        (None, Some((name, port))) => line("KMS machine name from DNS", format!("{name}:{port}")),
        (None, None) => line("DNS auto-discovery", "KMS name not available".to_owned()),
    }
    if !old {
        let address = host.and_then(|host| licence::address(desk, &host));
        line(
            "KMS machine IP address",
            address.map_or_else(|| "not available".to_owned(), |address| address.to_string()),
        );
    }
    line("Activation interval", format!("{} minutes", licence.activation_interval));
    line("Renewal interval", format!("{} minutes", licence.renewal_interval));
    let caching = if licence::caches(desk, licensing) { "enabled" } else { "disabled" };
    text.push_str(&format!("    KMS host caching is {caching}\n"));
    text
}

/// A KMS host. Which edition it is nobody here knows.
fn host(desk: &Desk<'_>, service: &KmsService) -> Result<String, NotShown> {
    if !service.running {
        return Err(NotShown::Stopped);
    }
    let mut text = "Name: Windows(R), ServerStandard edition\n".to_owned();
    let (channel, status) = match service.state {
        HostState::Activated | HostState::NotEnabled => ("VOLUME_KMS", "Licensed"),
        HostState::NotActivated => ("VOLUME_KMS", "Unlicensed"),
        HostState::NoHostKey => ("VOLUME_KMSCLIENT", "Unlicensed"),
    };
    text.push_str(&format!("Description: Windows(R) Operating System, {channel} channel\nLicense Status: {status}\n"));
    if !matches!(service.state, HostState::Activated | HostState::NotActivated) {
        return Ok(text);
    }
    let values = desk.vantage.registry()?;
    let number = |name| registry::number(values, registry::SOFTWARE_PROTECTION, name).unwrap_or(0);
    let publishing = if number("DisableDnsPublishing") == 0 { "enabled" } else { "disabled" };
    let priority = if number("EnableKmsLowPriority") == 0 { "Normal" } else { "Low" };
    text.push_str(&format!(
        "\nKey Management Service is enabled on this machine\n    Current count: {}\n    Listening on Port: {}\n    DNS publishing {publishing}\n    KMS priority: {priority}\n",
        service.current_count, service.port
    ));
    let requests = desk.vantage.requests().unwrap_or_default();
    let failed = requests.iter().filter(|request| request.answered.0 != 0).count();
    text.push_str(&format!(
        "\nKey Management Service cumulative requests received from clients\n    Total requests received: {}\n    Failed requests received: {failed}\n",
        requests.len()
    ));
    for (word, status) in REQUESTS_BY_STATUS {
        let of_status =
            requests.iter().filter(|request| request.answered.0 == 0 && request.licence_status == *status).count();
        text.push_str(&format!("    Requests with License Status {word}: {of_status}\n"));
    }
    Ok(text)
}
