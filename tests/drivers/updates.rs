//! Dynamic updates of our DNS server by BIND's nsupdate: each policy, each prerequisite, signatures good and bad.
//!
//! It stands apart because the messages, their signatures and the judgement of the answers are BIND's own.

use mock_dns::journal::DnsEvent;
use mock_dns::name::DomainName;
use mock_dns::server_core::DnsServerConfig;
use mock_dns::update::policy::UpdatePolicy;
use mock_dns::update::tsig::{Algorithm, Secret, UpdateKey};

use crate::mocks::{Served, dns_with};
use crate::tool;

const ZONE: &str = "\
$TTL 3600
@            IN SOA dns1 hostmaster 1 900 600 86400 900
@            IN NS  dns1
dns1         IN A   10.0.0.53
kms1         IN A   10.0.0.60
";

/// The key that the server knows: its algorithm, its name, and "laboratory" in base64.
const KEY: &str = "hmac-sha256:kms1-key:bGFib3JhdG9yeQ==";
const KEY_512: &str = "hmac-sha512:kms1-key:bGFib3JhdG9yeQ==";

const ADD: &str = "update add _vlmcs._tcp.contoso.com 3600 SRV 0 0 1688 kms1.contoso.com";

fn server(update: UpdatePolicy, algorithm: Algorithm) -> Served<DnsEvent> {
    let name = DomainName::parse("kms1-key").expect("a name");
    let key = UpdateKey { name, algorithm, secret: Secret(b"laboratory".to_vec()) };
    dns_with("contoso.com", ZONE, DnsServerConfig { update, update_keys: vec![key], ..DnsServerConfig::default() })
}

/// What nsupdate says about these commands, one word; nothing when it is content. None when it is not installed.
fn nsupdate(dns: &Served<DnsEvent>, key: Option<&str>, commands: &str) -> Option<String> {
    let script = format!("server {} {}\nzone contoso.com\n{commands}\nsend\n", dns.address.ip(), dns.address.port());
    let mut arguments = vec!["-t", "10"];
    arguments.extend(key.iter().flat_map(|key| ["-y", key]));
    let (succeeded, said) = tool::run("nsupdate", &arguments, script.as_bytes())?;
    let told =
        said.lines().filter_map(|line| line.split_once("update failed: ")).map(|(_, why)| why).collect::<Vec<_>>();
    assert_eq!(succeeded, told.is_empty(), "{said}");
    Some(told.join(", "))
}

/// After these commands, each with what nsupdate says about it, the SRV records are these.
#[track_caller]
fn check(dns: &Served<DnsEvent>, commands: &[(Option<&str>, &str, &str)], records: &[&str]) {
    for (key, command, expected) in commands {
        let Some(said) = nsupdate(dns, *key, command) else { return };
        assert_eq!(said, *expected, "{command}");
    }
    let (at, port) = (format!("@{}", dns.address.ip()), dns.address.port().to_string());
    let asked = [&at, "-p", &port, "+short", "+tries=1", "SRV", "_vlmcs._tcp.contoso.com"];
    let Some(found) = tool::output("dig", &asked, &[]) else { return };
    assert_eq!(found.lines().collect::<Vec<_>>(), records);
}

const ONE: [&str; 1] = ["0 0 1688 kms1.contoso.com."];

#[test]
fn nsupdate_may_what_the_policy_says() {
    let server = |policy| server(policy, Algorithm::HmacSha256);
    let none = [""; 0];
    check(&server(UpdatePolicy::Any), &[(None, ADD, ""), (None, ADD, "")], &ONE);
    check(&server(UpdatePolicy::Refused), &[(None, ADD, "REFUSED")], &none);
    check(&server(UpdatePolicy::Notauth), &[(None, ADD, "NOTAUTH")], &none);
    check(&server(UpdatePolicy::Notimp), &[(None, ADD, "NOTIMP")], &none);
    check(&server(UpdatePolicy::Signed), &[(None, ADD, "REFUSED"), (Some(KEY), ADD, "")], &ONE);
    let second = "update add _vlmcs._tcp.contoso.com 3600 SRV 0 0 1688 kms2.contoso.com";
    let taken = [(None, ADD, ""), (Some(KEY), second, "NOTAUTH(BADSIG)"), (None, ADD, "")];
    check(&server(UpdatePolicy::OwnerOnly), &taken, &ONE);
}

#[test]
fn nsupdate_signs_and_verifies() {
    let none = [""; 0];
    check(&server(UpdatePolicy::Signed, Algorithm::HmacSha512), &[(Some(KEY_512), ADD, "")], &ONE);
    let dns = server(UpdatePolicy::Signed, Algorithm::HmacSha256);
    check(&dns, &[(Some("hmac-sha256:kms1-key:bGFib3JhdG9yaQ=="), ADD, "NOTAUTH(BADSIG)")], &none);
    check(&dns, &[(Some("hmac-sha256:kms2-key:bGFib3JhdG9yeQ=="), ADD, "NOTAUTH(BADKEY)")], &none);
    check(&dns, &[(Some(KEY_512), ADD, "NOTAUTH(BADKEY)")], &none);
}

#[test]
fn nsupdate_changes_what_it_may() {
    let dns = server(UpdatePolicy::Any, Algorithm::HmacSha256);
    let low = "update add _vlmcs._tcp.contoso.com 3600 SRV 10 100 1688 kms2.contoso.com";
    check(&dns, &[(None, ADD, ""), (None, low, "")], &["0 0 1688 kms1.contoso.com.", "10 100 1688 kms2.contoso.com."]);
    let yxrrset = format!("prereq nxrrset _vlmcs._tcp.contoso.com SRV\n{ADD}");
    let nxdomain = format!("prereq yxdomain kms9.contoso.com\n{ADD}");
    check(
        &dns,
        &[(None, &yxrrset, "YXRRSET"), (None, &nxdomain, "NXDOMAIN")],
        &["0 0 1688 kms1.contoso.com.", "10 100 1688 kms2.contoso.com."],
    );
    check(&dns, &[(None, "update delete _vlmcs._tcp.contoso.com SRV 10 100 1688 kms2.contoso.com", "")], &ONE);
    check(&dns, &[(None, "update delete _vlmcs._tcp.contoso.com SRV", "")], &[]);
    check(&dns, &[(None, "update add a.fabrikam.com 60 A 10.0.0.1", "NOTZONE")], &[]);
}
