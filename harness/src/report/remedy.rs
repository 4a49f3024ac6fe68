//! A remedy as somebody types it: lines with the word that opens each, the way back, and what one should know before.
//!
//! It stands apart because the drawing of a scenario and the diagnosis of a real network tell remedies alike; one wraps its lines, the
//! other does not. It knows nothing of whether the remedy was tried.

use double::escape::Untrusted;
use evidence::diagnosis::typed::Typed;
use evidence::diagnosis::{Evidence, Remedy, typed};

/// A line of a remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The word that opens it; nothing where it goes on.
    pub word: &'static str,
    /// Its text, escaped.
    pub text: String,
    /// Whether it can be read over.
    pub faint: bool,
}

/// The lines of a remedy that opens with `word`: the first way to do each act, then what takes it back. `more` is the command that
/// prints the other ways.
#[must_use]
pub fn told(remedy: &Remedy, evidence: &Evidence, word: &'static str, more: &str) -> Vec<Told> {
    let all = typed(remedy, evidence);
    let lines = first_ways(&all);
    let mut told: Vec<Told> = Vec::new();
    let mut notes: Vec<&str> = Vec::new();
    for line in &lines {
        let at = line.at.as_ref().map(|at| format!(" {}", Untrusted(at))).unwrap_or_default();
        let text = format!("{}{at}: {}", line.on.word(), Untrusted(&line.line));
        told.push(Told { word: if told.is_empty() { word } else { "" }, text, faint: false });
        if let Some(why) = line.why.filter(|why| !notes.contains(why)) {
            told.push(Told { word: "", text: format!("  note: {why}"), faint: true });
            notes.push(why);
        }
    }
    let mut others: Vec<&str> = all.iter().filter(|line| !lines.contains(line)).map(|line| line.shell.word()).collect();
    others.sort_unstable();
    others.dedup();
    if !others.is_empty() {
        told.push(Told { word: "", text: format!("also as {}: `{more}`", others.join(", ")), faint: true });
    }
    let undone = lines.iter().rev().filter_map(|line| line.undo.as_deref());
    told.extend(undone.enumerate().map(|(place, undo)| Told {
        word: if place == 0 { "undo" } else { "" },
        text: Untrusted(undo).to_string(),
        faint: true,
    }));
    told
}

/// A remedy in words, its acts one after the other.
#[must_use]
pub fn in_words(remedy: &Remedy) -> String {
    let acts: Vec<String> = remedy.acts.iter().map(|act| Untrusted(&act.to_string()).to_string()).collect();
    acts.join("; ")
}

/// Of each act and machine the lines of the first way to do it.
fn first_ways(lines: &[Typed]) -> Vec<&Typed> {
    let mut kept: Vec<&Typed> = Vec::new();
    for line in lines {
        let first = kept.iter().find(|known| (known.act, known.on, &known.at) == (line.act, line.on, &line.at));
        if first.is_none_or(|first| first.shell == line.shell) {
            kept.push(line);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use double::{MachineId, Moment};
    use evidence::diagnosis::fact::Fact;
    use evidence::diagnosis::remedy::Known;
    use evidence::diagnosis::{Act, Evidence, Remedy, step};
    use evidence::outcome::{Outcome, OutcomeWord};
    use evidence::registry::SOFTWARE_PROTECTION;
    use evidence::vantage::{KeyChannel, Licensing};
    use mock_kms::product::Product;
    use mock_kms::wire::Guid;

    use super::{in_words, told};

    fn evidence(generation: &'static str, product: Product) -> Evidence {
        let outcome = Outcome::of(OutcomeWord::NoKmsHostFound);
        let licensing = Licensing {
            generation,
            product,
            registry_root: SOFTWARE_PROTECTION,
            key: KeyChannel::Gvlk,
            adba: false,
            discovered: None,
            cmid: Guid::NIL,
            licence: None,
        };
        let mut evidence = Evidence::default();
        let facts = [
            (&step::ATTEMPT, Fact::Ended(Box::new(outcome))),
            (&step::LICENSING, Fact::Licensing(Box::new(licensing))),
        ];
        for (step, fact) in facts {
            evidence.push(Moment::START, step, &MachineId::new("pc7"), fact);
        }
        evidence
    }

    #[track_caller]
    fn check(acts: Vec<Act>, evidence: &Evidence, expected: &[(&str, &str, bool)]) {
        let lines = told(&Remedy::repair(acts), evidence, "fix", "elsewhere");
        let lines: Vec<_> = lines.iter().map(|line| (line.word, line.text.as_str(), line.faint)).collect();
        assert_eq!(lines, expected);
    }

    const KEY: &str = r#""HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform""#;

    #[test]
    fn lines_come_in_order_and_their_undo_in_the_opposite_one() {
        let note = "  note: goes round DNS and outlives the host: type the undo when discovery works again. The guideline's routing \
                    test never does, and its IPv6 example lacks the brackets";
        let at = "10.0.0.60:1688".parse().unwrap();
        let service = "  note: on Windows Vista and Server 2008 the service is slsvc; ask why it stopped before (event viewer, System log)";
        let register = |host: &str| Act::RegisterHost { host: Known::Is(host.to_owned()), port: 1688 };
        check(
            vec![register("kms1.contoso.com"), Act::FlushDns, Act::StartService(at)],
            &evidence("windows-10", Product::Windows10),
            &[
                ("fix", "client: slmgr /skms kms1.contoso.com:1688", false),
                ("", note, true),
                ("", "client: ipconfig /flushdns", false),
                ("", "host 10.0.0.60: net start sppsvc", false),
                ("", service, true),
                ("undo", "net stop sppsvc", true),
                ("", "slmgr /ckms", true),
            ],
        );
    }

    #[test]
    fn a_generation_without_the_verb_gets_the_registry() {
        check(
            vec![Act::ClearLookupDomain],
            &evidence("windows-10", Product::Windows10),
            &[("fix", "client: slmgr /ckms-domain", false)],
        );
        check(
            vec![Act::ClearLookupDomain],
            &evidence("windows-7", Product::Windows7),
            &[
                ("fix", &format!("client: reg export {KEY} kms-before.reg /y"), false),
                ("", "  note: keeps the whole key, so that nothing is lost", true),
                ("", &format!("client: reg delete {KEY} /v KeyManagementServiceLookupDomain /f"), false),
                ("", "client: net stop sppsvc & net start sppsvc", false),
                ("", "  note: the service reads the value when it starts", true),
                ("undo", "reg import kms-before.reg", true),
            ],
        );
    }

    #[test]
    fn text_from_outside_is_escaped() {
        let remedy = Remedy::repair(vec![Act::RemoveHostsLine("kms1\u{1b}[2J".to_owned()), Act::FlushDns]);
        assert_eq!(
            in_words(&remedy),
            "take kms1\\u{1b}[2J out of the client's hosts file; forget what the resolver remembers: ipconfig /flushdns"
        );
    }
}
