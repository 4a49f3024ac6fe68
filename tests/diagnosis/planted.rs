//! One cause through several changes: a remedy names the cause, it does not take a scenario's own change back.

use kmslab::runner::{Diagnosis, FixWord};

use crate::{diagnosed, planted, planted_steps};

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

/// A zone that ages, on a server that scavenges every week.
const AGES: &str = r#"{ set.value = { at = "dns1", key = "service.aging", to = [{ zone = "contoso.com" }] } }, { set.value = { at = "dns1", key = "service.scavenging_h", to = 168 } }"#;

/// Where one has to ask for what a DNS server shows, whatever comes out.
const SEEN_AT_DNS: &str = "[step.expect]\nmust_from.dns = [\"dns-srv-scavenged\"]\n";

/// A KMS host whose record was taken by scavenging, for whatever reason it grew stale: a new machine looks for it four weeks later.
#[track_caller]
fn scavenged(because: &str) -> Diagnosis {
    let pc8 = r#"{ add.client = { id = "pc8", name = "PC8", profile = "windows-11", product = "windows-11", ip = { primary_suffix = "contoso.com", ad_domain = "contoso.com", adapter = [{ address = "10.0.0.108", gateway = "10.0.0.1", dns = ["10.0.0.53"] }] } } }"#;
    let steps = [
        format!("change = [{AGES}]\n[step.expect]\n"),
        format!("at_ms = 86460000\nchange = [{because}]\n[step.expect]\n"),
        format!("at_ms = 2419260000\nchange = [{pc8}]\nrun = [{{ client = \"pc8\" }}]\n{SEEN_AT_DNS}"),
    ];
    let results = diagnosed(&planted_steps("publishing-host", &steps.each_ref().map(String::as_str)));
    results.into_iter().next_back().expect("an attempt").diagnosis
}

#[test]
fn a_scavenged_record_whatever_let_it_grow_stale() {
    for (because, fix) in [
        // The record comes back, and what it leads to is still off.
        (r#"{ set.value = { at = "kms1", key = "running", to = false } }"#, FixWord::NextFault),
        (r#"{ set.value = { at = "dns1", key = "service.update", to = "refused" } }"#, FixWord::Heals),
        (r#"{ add.rule = { id = "x", from = ["kms1"], to = ["dns1"], how = "silent" } }"#, FixWord::Heals),
        (
            r#"{ set.registry = { at = "kms1", path = 'HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform', name = "DisableDnsPublishing", type = "REG_DWORD", data = 1 } }"#,
            FixWord::Heals,
        ),
    ] {
        let diagnosis = scavenged(because);
        let client: Vec<&str> = diagnosis.findings.iter().map(|found| found.finding.entry.id).collect();
        assert!(client.contains(&"dns-srv-missing"), "{because}: {client:?}");
        let mut from_dns = diagnosis.from_dns.iter().flat_map(|seen| &seen.findings);
        let found = from_dns.find(|found| found.finding.entry.id == "dns-srv-scavenged");
        assert_eq!(found.map(|found| &found.fix.word), Some(&fix), "{because}");
    }
}

/// The same empty zone, which ages and is scavenged too: but somebody deleted the record.
#[test]
fn a_deleted_record_was_not_scavenged() {
    let gone = r#"{ remove.records = { at = "dns1", name = "_vlmcs._tcp.contoso.com" } }"#;
    let results = diagnosed(&planted_steps("domain-member", &[&format!("change = [{AGES}, {gone}]\n{SEEN_AT_DNS}")]));
    let result = results.last().expect("an attempt");
    assert_eq!(result.errors().next().map(|found| found.finding.entry.id), Some("dns-srv-missing"));
    let from_dns = result.diagnosis.from_dns.as_ref().expect("it was asked for");
    let scavenged = from_dns.findings.iter().find(|found| found.finding.entry.id == "dns-srv-scavenged");
    assert!(scavenged.is_none(), "{scavenged:?}");
}

/// Two hosts with these priorities and weights, asked for by this generation: what is found.
#[track_caller]
fn ranked(generation: &str, kms1: &str, kms2: &str, more: &str) -> Vec<&'static str> {
    let change = format!(
        r#"{{ set.value = {{ at = "pc7", key = "profile", to = "{generation}" }} }}, {{ set.value = {{ at = "pc7", key = "product", to = "{generation}" }} }}, {{ remove.records = {{ at = "dns1", name = "_vlmcs._tcp.contoso.com" }} }}, {{ add.record = {{ at = "dns1", text = "_vlmcs._tcp.contoso.com. 3600 IN SRV {kms1} 1688 kms1.contoso.com." }} }}, {{ add.record = {{ at = "dns1", text = "_vlmcs._tcp.contoso.com. 3600 IN SRV {kms2} 1688 kms2.contoso.com." }} }}{more}"#
    );
    let results = diagnosed(&planted("two-hosts", &change));
    results.last().expect("an attempt").ids()
}

#[test]
fn priority_and_weight_are_traps_for_the_generation_that_reads_neither() {
    let (vista, later) = ("windows-vista", "windows-11");
    for (kms1, kms2) in [("0 0", "10 0"), ("0 65535", "0 1"), ("0 0", "0 100")] {
        assert_eq!(ranked(vista, kms1, kms2, ""), ["srv-priority-ignored", "nothing-wrong"], "{kms1}, {kms2}");
        assert!(!ranked(later, kms1, kms2, "").contains(&"srv-priority-ignored"), "{kms1}, {kms2}");
    }
    assert!(!ranked(vista, "5 5", "5 5", "").contains(&"srv-priority-ignored"));
}

#[test]
fn a_dead_host_that_priority_or_weight_puts_first_is_named() {
    let dead = r#", { set.value = { at = "kms1", key = "running", to = false } }"#;
    for (kms1, kms2) in [("0 0", "10 0"), ("0 65535", "0 1")] {
        let found = ranked("windows-11", kms1, kms2, dead);
        assert!(found.contains(&"srv-some-hosts-dead"), "{kms1}, {kms2}: {found:?}");
    }
}
