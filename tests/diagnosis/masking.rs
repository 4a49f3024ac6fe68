//! Two faults at once: the one that masks the other is named first, and after its remedy the next appears.

use kmslab::runner::FixWord;

use crate::{diagnosed, planted};

/// Faults of the base `domain-member`, in the order of the way to a KMS host: what is planted, and the finding.
const FAULTS: [(&str, &str); 6] = [
    (r#"{ set.value = { at = "pc7", key = "key", to = "mak" } }"#, "client-not-kms"),
    (r#"{ add.rule = { id = "dns", to = ["dns1"], port = 53, how = "silent" } }"#, "dns-server-unreachable"),
    (r#"{ remove.records = { at = "dns1", name = "_vlmcs._tcp.contoso.com" } }"#, "dns-srv-missing"),
    (r#"{ remove.records = { at = "dns1", name = "kms1.contoso.com" } }"#, "srv-target-unresolvable"),
    (
        r#"{ add.rule = { id = "kms", to = ["kms1"], protocol = "tcp", port = 1688, how = "refused" } }"#,
        "tcp1688-refused",
    ),
    (r#"{ set.value = { at = "kms1", key = "service.state", to = "not-activated" } }"#, "kms-host-not-activated"),
];

/// Pairs that do not mask each other in this order, and why.
const NOT_SO: [(&str, &str, &str); 1] = [(
    "dns-srv-missing",
    "srv-target-unresolvable",
    "no name of a KMS host is left in DNS, so nothing fills the blank of the first remedy",
)];

#[test]
fn the_masking_fault_comes_first_and_the_masked_one_next() {
    let mut wrong = Vec::new();
    for (first, (earlier, masking)) in FAULTS.iter().enumerate() {
        for (later, masked) in &FAULTS[first + 1..] {
            if NOT_SO.iter().any(|(one, other, _)| one == masking && other == masked) {
                continue;
            }
            let results = diagnosed(&planted("domain-member", &format!("{earlier}, {later}")));
            let found = results.first().and_then(|result| result.errors().next());
            let seen = found.map(|found| (found.finding.entry.id, found.fix.word.clone(), found.fix.next));
            if seen != Some((*masking, FixWord::NextFault, Some(*masked))) {
                wrong.push(format!("{masking} over {masked}: {seen:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
