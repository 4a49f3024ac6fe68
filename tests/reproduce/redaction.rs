//! What is shared names nobody: secrets that were planted in the evidence, and what must survive of it.

use exhibit::claim::{Claim, Says};
use exhibit::read::{Bounds, read};
use kmslab::reproduce::redact::Pseudonyms;
use kmslab::reproduce::{draft, json, known, reproduce, tell};
use kmslab::scenario::catalogue::embedded;

/// Invented, as everything here; no product has it.
const KEY: &str = "QW3RT-YU4PL-KJ5HG-FD6SA-ZX7CV";

/// Words that tell whose network it is.
const SECRETS: [&str; 8] =
    ["adatum", "hidden", "ws0815", "licsrv", "10.77", "deadbeef-0000-4000-8000-1234567890ab", "qw3rt", "zx7cv"];

const SENT: &str = "
Windows IP Configuration

   Host Name . . . . . . . . . . . . : WS0815
   Primary Dns Suffix  . . . . . . . : hidden.adatum.com
   DNS Suffix Search List. . . . . . : hidden.adatum.com

Ethernet adapter Ethernet:

   Connection-specific DNS Suffix  . : hidden.adatum.com
   DHCP Enabled. . . . . . . . . . . : Yes
   IPv4 Address. . . . . . . . . . . : 10.77.66.40(Preferred)
   Subnet Mask . . . . . . . . . . . : 255.255.255.0
   Default Gateway . . . . . . . . . : 10.77.66.1
   DNS Servers . . . . . . . . . . . : 10.77.66.2

C:\\>nslookup -type=SRV _vlmcs._tcp.hidden.adatum.com
Server:  licsrv.hidden.adatum.com
Address:  10.77.66.2

_vlmcs._tcp.hidden.adatum.com SRV service location:
          priority       = 0
          weight         = 0
          port           = 1688
          svr hostname   = licsrv.hidden.adatum.com
licsrv.hidden.adatum.com internet address = 10.77.66.9

C:\\>cscript //nologo slmgr.vbs /ato
Activating QW3RT-YU4PL-KJ5HG-FD6SA-ZX7CV (deadbeef-0000-4000-8000-1234567890ab) ...
Error: 0xC004F074
";

fn sent() -> Vec<Claim> {
    read("ws0815-adatum.txt", SENT.as_bytes(), &Bounds::default()).claims
}

fn written(claims: &[Claim]) -> String {
    let result = reproduce(&known(&embedded()), claims);
    let mut out = Vec::new();
    tell::tell(&result, &mut out).expect("a list takes everything");
    json::lines(&result, &mut out).expect("a list takes everything");
    let text = String::from_utf8(out).expect("it is UTF-8");
    text + &draft::draft(&result).expect("something fits")
}

#[test]
fn no_planted_secret_leaves() {
    let claims = sent();
    assert!(claims.len() >= 6, "{claims:?}");
    let text = written(&Pseudonyms::default().claims(&claims)).to_lowercase();
    for secret in SECRETS {
        let at = text.find(secret);
        assert_eq!(at, None, "{secret}: {:?}", at.and_then(|at| text.get(at.saturating_sub(60)..at + 20)));
    }
}

#[test]
fn a_product_key_leaves_not_even_with_real_names() {
    let text = written(&sent()).to_uppercase();
    assert!(text.contains("HIDDEN.ADATUM.COM"), "real names are shown");
    for group in KEY.split('-') {
        assert!(!text.contains(group), "{group}");
    }
}

#[test]
fn pseudonyms_are_consistent_and_still_diagnose() {
    let claims = sent();
    let hidden = Pseudonyms::default().claims(&claims);
    assert_eq!(hidden, Pseudonyms::default().claims(&claims), "the same evidence, the same pseudonyms");
    let known = known(&embedded());
    let (before, after) = (reproduce(&known, &claims), reproduce(&known, &hidden));
    assert_eq!(before.verdict, after.verdict);
    let short = |result: &kmslab::reproduce::Reproduction| -> Vec<String> {
        result.explanations.iter().map(kmslab::reproduce::Explanation::in_short).collect()
    };
    assert_eq!(short(&before), short(&after));
    let suffix = hidden
        .iter()
        .find_map(|claim| if let Says::PrimarySuffix(suffix) = &claim.says { suffix.clone() } else { None });
    let asked =
        hidden.iter().find_map(|claim| if let Says::Lookup(lookup) = &claim.says { lookup.name.clone() } else { None });
    let (suffix, asked) = (suffix.expect("it was sent"), asked.expect("it was sent"));
    assert!(asked.is_within(&suffix), "{asked} stands below {suffix}, as it did");
    let address = hidden
        .iter()
        .find_map(|claim| if let Says::Adapter(adapter) = &claim.says { adapter.dns.first().copied() } else { None });
    let private = matches!(address, Some(std::net::IpAddr::V4(four)) if four.is_private());
    assert!(private, "a private address stays private: {address:?}");
}
