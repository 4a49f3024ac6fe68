//! Bundles typed by hand that do not suffice, or contradict themselves: the right result is a question, never a confident guess.

use exhibit::claim::Claim;
use exhibit::read::{Bounds, read};
use kmslab::reproduce::{Known, Reproduction, Verdict, known, reproduce};
use kmslab::scenario::catalogue::embedded;

const IPCONFIG: &str = "
Windows IP Configuration

   Host Name . . . . . . . . . . . . : WS0815
   Primary Dns Suffix  . . . . . . . : corp.adatum.example
   Node Type . . . . . . . . . . . . : Hybrid
   DNS Suffix Search List. . . . . . : corp.adatum.example

Ethernet adapter Ethernet:

   Connection-specific DNS Suffix  . : corp.adatum.example
   DHCP Enabled. . . . . . . . . . . : Yes
   IPv4 Address. . . . . . . . . . . : 10.20.30.40(Preferred)
   Subnet Mask . . . . . . . . . . . : 255.255.255.0
   Default Gateway . . . . . . . . . : 10.20.30.1
   DNS Servers . . . . . . . . . . . : 10.20.30.2
";

const SRV: &str = "C:\\>nslookup -type=SRV _vlmcs._tcp.corp.adatum.example
Server:  dc1.corp.adatum.example
Address:  10.20.30.2

_vlmcs._tcp.corp.adatum.example SRV service location:
          priority       = 0
          weight         = 0
          port           = 1688
          svr hostname   = lic.corp.adatum.example
lic.corp.adatum.example internet address = 10.20.30.9
";

const NO_SRV: &str = "C:\\>nslookup -type=SRV _vlmcs._tcp.corp.adatum.example
Server:  dc1.corp.adatum.example
Address:  10.20.30.2

*** dc1.corp.adatum.example can't find _vlmcs._tcp.corp.adatum.example: Non-existent domain
";

const ATO: &str = "C:\\>cscript //nologo slmgr.vbs /ato
Activating Windows(R), Professional edition (11111111-2222-3333-4444-555555555555) ...
Error: CODE
";

fn ato(code: &str) -> String {
    ATO.replace("CODE", code)
}

fn claims(files: &[(&str, &str)]) -> Vec<Claim> {
    files.iter().flat_map(|(name, text)| read(name, text.as_bytes(), &Bounds::default()).claims).collect()
}

struct Asked {
    known: Vec<Known>,
    wrong: Vec<String>,
}

impl Asked {
    fn check(&mut self, what: &str, files: &[(&str, &str)], verdicts: &[Verdict]) -> Reproduction {
        let result = reproduce(&self.known, &claims(files));
        if result.case.facts.is_empty() || !verdicts.contains(&result.verdict) {
            let found: Vec<String> = result.explanations.iter().map(kmslab::reproduce::Explanation::in_short).collect();
            let facts = result.case.facts.len();
            self.wrong.push(format!("{what}: {:?} from {facts} facts: {found:?}", result.verdict));
        }
        result
    }

    /// Several explanations or too little, and something to ask for.
    fn open(&mut self, what: &str, files: &[(&str, &str)]) {
        let result = self.check(what, files, &[Verdict::Several, Verdict::TooLittle]);
        if result.next.is_none() {
            self.wrong.push(format!("{what}: nothing is asked"));
        }
    }

    fn contradicts(&mut self, what: &str, files: &[(&str, &str)]) {
        let result = self.check(what, files, &[Verdict::Contradictory]);
        let places = result.case.contradictions.first().map(|found| (found.first.1.clone(), found.second.1.clone()));
        if places.is_none_or(|(first, second)| first == second) {
            self.wrong.push(format!("{what}: not both places are named"));
        }
    }
}

#[test]
fn what_does_not_suffice_leads_to_a_question() {
    let mut asked = Asked { known: known(&embedded()), wrong: Vec::new() };
    let (timeout, none) = (ato("0xC004F074"), ato("0x8007232B"));
    asked.open("settings alone", &[("ip.txt", IPCONFIG)]);
    asked.open("a code alone", &[("ato.txt", &timeout)]);
    asked.open("another code alone", &[("ato.txt", &none)]);
    asked.open("a code and settings", &[("ip.txt", IPCONFIG), ("ato.txt", &timeout)]);
    asked.open("no record and settings, and no attempt", &[("ip.txt", IPCONFIG), ("ns.txt", NO_SRV)]);
    asked.open(
        "a good record and a host that is not reached",
        &[("ip.txt", IPCONFIG), ("ns.txt", SRV), ("ato.txt", &timeout)],
    );
    asked.open("a good record and no attempt", &[("ip.txt", IPCONFIG), ("ns.txt", SRV)]);
    asked.open("a record, and an attempt that found none", &[("ns.txt", SRV), ("ato.txt", &none)]);
    let other = IPCONFIG.replace("corp.adatum.example", "branch.adatum.example");
    asked.contradicts("two suffixes", &[("monday.txt", IPCONFIG), ("tuesday.txt", &other)]);
    let renamed = IPCONFIG.replace("WS0815", "WS4711");
    asked.contradicts("two machines", &[("a.txt", IPCONFIG), ("b.txt", &renamed)]);
    let servers = IPCONFIG.replace("10.20.30.2\n", "10.20.99.2\n");
    asked.contradicts("other DNS servers", &[("a.txt", IPCONFIG), ("b.txt", &servers)]);
    asked.contradicts("a record that is there and is not", &[("a.txt", SRV), ("b.txt", NO_SRV)]);
    let moved = SRV.replace("lic.corp", "lic2.corp");
    asked.contradicts("two targets", &[("a.txt", SRV), ("b.txt", &moved)]);
    asked.contradicts("two codes", &[("a.txt", &timeout), ("b.txt", &none)]);
    let odd = ato("0x80070005");
    asked.check(
        "a code that nothing here shows",
        &[("ip.txt", IPCONFIG), ("ato.txt", &odd)],
        &[Verdict::NothingFits, Verdict::Several, Verdict::TooLittle],
    );
    assert!(asked.wrong.is_empty(), "{}", asked.wrong.join("\n"));
}
