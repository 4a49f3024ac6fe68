//! One cause through several changes: a remedy names the cause, it does not take a scenario's own change back.

use kmslab::runner::FixWord;

use crate::{diagnosed, planted};

/// The finding comes out, first among errors, and its remedy heals.
#[track_caller]
fn heals(base: &str, change: &str, id: &str) {
    let scenario = planted(base, change);
    let results = diagnosed(&scenario);
    let last = results.last().expect("an attempt");
    let first = last.errors().next().map(|found| (found.finding.entry.id, found.fix.word.clone()));
    assert_eq!(first, Some((id, FixWord::Heals)), "{change}\nall: {:?}\n{:#?}", last.short(), last.diagnosis.findings);
}

#[test]
fn a_missing_record_however_it_went_missing() {
    let id = "dns-srv-missing";
    heals("domain-member", r#"{ remove.records = { at = "dns1", name = "_vlmcs._tcp.contoso.com" } }"#, id);
    heals(
        "domain-member",
        r#"{ remove.records = { at = "dns1", name = "_vlmcs._tcp.contoso.com", type = "SRV" } }, { add.record = { at = "dns1", text = "_kerberos._tcp.contoso.com. 600 IN SRV 0 0 88 dns1.contoso.com." } }"#,
        id,
    );
    heals("two-hosts", r#"{ remove.records = { at = "dns1", name = "_vlmcs._tcp.contoso.com" } }"#, id);
}

#[test]
fn a_silent_port_wherever_the_packets_end() {
    let id = "tcp1688-silent";
    let rule = |more: &str| format!(r#"{{ add.rule = {{ id = "x", how = "silent", {more} }} }}"#);
    heals("domain-member", &rule(r#"to = ["kms1"], protocol = "tcp", port = 1688, where = "host-inbound""#), id);
    heals("domain-member", &rule(r#"from = ["pc7"], protocol = "tcp", port = 1688, where = "client-outbound""#), id);
    heals("domain-member", &rule(r#"to = ["kms1"], protocol = "tcp", where = "path""#), id);
    heals("domain-member", &rule(r#"from = ["kms1"], to = ["pc7"], protocol = "tcp", where = "path""#), id);
    heals("domain-member", r#"{ set.value = { at = "kms1", key = "running", to = false } }"#, id);
    heals("domain-member", &rule(r#"protocol = "tcp", port = 1688"#), id);
}

#[test]
fn a_silent_dns_server_whatever_silences_it() {
    let id = "dns-server-unreachable";
    heals("domain-member", r#"{ set.value = { at = "dns1", key = "running", to = false } }"#, id);
    heals("domain-member", r#"{ add.rule = { id = "x", to = ["dns1"], port = 53, how = "silent" } }"#, id);
    heals("domain-member", r#"{ add.rule = { id = "x", from = ["pc7"], protocol = "udp", how = "silent" } }"#, id);
    heals("domain-member", r#"{ add.rule = { id = "x", from = ["dns1"], to = ["pc7"], how = "silent" } }"#, id);
    heals("domain-member", r#"{ add.fault = { at = "dns1", id = "x", delivery = "silent" } }"#, id);
}

#[test]
fn a_target_without_address_however_it_lost_it() {
    let id = "srv-target-unresolvable";
    heals("domain-member", r#"{ remove.records = { at = "dns1", name = "kms1.contoso.com" } }"#, id);
    heals(
        "domain-member",
        r#"{ remove.records = { at = "dns1", name = "_vlmcs._tcp.contoso.com" } }, { add.record = { at = "dns1", text = "_vlmcs._tcp.contoso.com. 3600 IN SRV 0 0 1688 kms.contoso.com." } }"#,
        id,
    );
    heals(
        "domain-member",
        r#"{ remove.records = { at = "dns1", name = "kms1.contoso.com" } }, { add.record = { at = "dns1", text = 'kms1.contoso.com. 3600 IN TXT "in the basement"' } }"#,
        id,
    );
}

#[test]
fn a_wrong_suffix_whichever_source_it_comes_from() {
    heals(
        "domain-member",
        r#"{ set.value = { at = "pc7", key = "ip.search_list", to = ["fabrikam.com"] } }"#,
        "client-search-list-incomplete",
    );
    heals(
        "domain-member",
        r#"{ set.registry = { at = "pc7", path = 'HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform', name = "KeyManagementServiceLookupDomain", data = "fabrikam.com" } }"#,
        "client-lookup-domain-wrong",
    );
}

#[test]
fn a_stale_registration_whatever_is_wrong_with_it() {
    let root = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform";
    let registered = |below: &str, name: &str| {
        format!(
            r#"{{ set.registry = {{ at = "pc7", path = '{root}{below}', name = "KeyManagementServiceName", data = "{name}" }} }}"#
        )
    };
    let windows = r"\55c92734-d682-4d71-983e-d6ec3f16059f";
    for (below, name) in [("", "10.0.0.99"), (windows, "10.0.0.98")] {
        heals("domain-member", &registered(below, name), "client-pin-stale");
    }
}

#[test]
fn a_misspelt_owner_whichever_letter_it_is() {
    for owner in ["_vmlcs._tcp", "vlmcs._tcp", "_vlmcs.tcp"] {
        let change = format!(
            r#"{{ remove.records = {{ at = "dns1", name = "_vlmcs._tcp.contoso.com" }} }}, {{ add.record = {{ at = "dns1", text = "{owner}.contoso.com. 3600 IN SRV 0 0 1688 kms1.contoso.com." }} }}"#
        );
        heals("domain-member", &change, "dns-srv-owner-misspelt");
    }
}

#[test]
fn a_host_that_is_not_ready_whatever_else_it_could_be() {
    heals(
        "domain-member",
        r#"{ set.value = { at = "kms1", key = "service.state", to = "not-activated" } }"#,
        "kms-host-not-activated",
    );
    heals(
        "domain-member",
        r#"{ add.fault = { at = "kms1", id = "x", reply = { hresult = "0xC004F041" } } }"#,
        "kms-host-not-activated",
    );
    heals(
        "domain-member",
        r#"{ set.value = { at = "kms1", key = "service.current_count", to = 3 } }"#,
        "kms-count-too-low",
    );
    heals("domain-member", r#"{ set.value = { at = "pc7", key = "clock_offset_s", to = 20000 } }"#, "clock-skew");
    heals("domain-member", r#"{ set.value = { at = "kms1", key = "clock_offset_s", to = -20000 } }"#, "clock-skew");
}
