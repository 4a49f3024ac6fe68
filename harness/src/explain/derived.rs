//! Pages on words that types of this program define: what they say is what the types say, and nothing is written twice.
//!
//! A word's doc is its meaning, its schema says what value it takes, and standards and documents that the doc names become
//! sources.

use evidence::outcome::{Confidence, OutcomeWord};
use mock_dns::fault as dns;
use mock_kms::fault as kms;
use notation::Format;
use notation::serde_json::Value;

use super::{Advice, Kind, Page, Source};
use crate::environment::How;
use crate::environment::switches::Switches;
use crate::error::ExitCode;

/// A closed list of words, and what its pages share.
struct List {
    kind: Kind,
    /// The operation of a change in which a word stands, up to the word.
    operation: &'static str,
    /// Who does it.
    raised_by: &'static str,
    /// The file that defines the words.
    file: &'static str,
    /// Words and what each means.
    words: &'static [(&'static str, &'static str)],
    /// What value each word takes.
    schema: Value,
}

/// Every page that is derived from a type.
pub(super) fn all() -> Vec<Page> {
    let mut pages: Vec<Page> = lists().iter().flat_map(List::pages).collect();
    pages.extend(switches());
    pages.extend(outcomes());
    pages.extend(exit_codes());
    pages
}

fn lists() -> [List; 7] {
    let rule = List {
        kind: Kind::Rule,
        operation: r#"add.rule = { id = "mine", to = ["kms1"], protocol = "tcp", port = 1688, how ="#,
        raised_by: "the network, for each packet that the rule catches",
        file: "harness/src/environment/rule.rs",
        words: How::WORDS,
        schema: How::schema(),
    };
    let dns = |operation, raised_by, file, words, schema| List {
        kind: Kind::DnsFault,
        operation,
        raised_by,
        file,
        words,
        schema,
    };
    let kms = |operation, raised_by, file, words, schema| List {
        kind: Kind::KmsFault,
        operation,
        raised_by,
        file,
        words,
        schema,
    };
    [
        rule,
        dns(
            r#"add.fault = { at = "dns1", id = "mine", reply ="#,
            "a DNS server, in what it says",
            "mock-dns/src/fault/reply.rs",
            dns::reply::ReplyFault::WORDS,
            dns::reply::ReplyFault::schema(),
        ),
        dns(
            r#"add.fault = { at = "dns1", id = "mine", wire ="#,
            "a DNS server, in how it encodes what it says",
            "mock-dns/src/fault/wire.rs",
            dns::wire::WireFault::WORDS,
            dns::wire::WireFault::schema(),
        ),
        dns(
            r#"add.fault = { at = "dns1", id = "mine", delivery ="#,
            "a DNS server, in whether, when and from where it answers",
            "mock-dns/src/fault/delivery.rs",
            dns::delivery::DeliveryFault::WORDS,
            dns::delivery::DeliveryFault::schema(),
        ),
        kms(
            r#"add.fault = { at = "kms1", id = "mine", reply ="#,
            "a KMS host, in what it says",
            "mock-kms/src/fault/saying.rs",
            kms::ReplyFault::WORDS,
            kms::ReplyFault::schema(),
        ),
        kms(
            r#"add.fault = { at = "kms1", id = "mine", wire ="#,
            "a KMS host, in how it encodes what it says",
            "mock-kms/src/fault/encoding.rs",
            kms::WireFault::WORDS,
            kms::WireFault::schema(),
        ),
        kms(
            r#"add.fault = { at = "kms1", id = "mine", delivery ="#,
            "a KMS host, in whether and when its answers arrive",
            "mock-kms/src/fault/arrival.rs",
            kms::DeliveryFault::WORDS,
            kms::DeliveryFault::schema(),
        ),
    ]
}

impl List {
    fn pages(&self) -> Vec<Page> {
        let variants = self.schema.get("oneOf").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let value_of = |word: &str| variants.iter().find_map(|variant| variant.get("properties")?.get(word));
        self.words.iter().map(|(word, doc)| self.page(word, doc, value_of(word))).collect()
    }

    fn page(&self, word: &str, doc: &str, value: Option<&Value>) -> Page {
        let mut page = page(self.kind.clone(), word, doc, self.raised_by, self.file);
        let written =
            value.map_or_else(|| format!("\"{word}\""), |value| format!("{{ {word} = {} }}", value_form(value)));
        page.next.push(Advice {
            command: format!("{{ {} {written} }} }}", self.operation),
            why: "an operation of a step's `change`, which plays it".to_owned(),
        });
        let values = value.map(listed_values).unwrap_or_default();
        page.values = values.iter().map(|(word, doc)| format!("{word}: {doc}")).collect();
        page.sources.extend(value.and_then(description).into_iter().flat_map(standards));
        page
    }
}

fn switches() -> Vec<Page> {
    let schema = Switches::schema();
    let doc = |key: &str| schema.get("properties").and_then(|keys| description(keys.get(key)?)).unwrap_or_default();
    let page_of = |key: &&'static str| {
        let doc = doc(key).replace('\n', " ");
        let file = "harness/src/environment/switches.rs";
        let mut page = page(Kind::Switch, key, &doc, "a client, where the sources leave open what Windows does", file);
        page.next.push(Advice {
            command: format!(r#"{{ set.value = {{ at = "pc7", key = "switches.{key}", to = ... }} }}"#),
            why: "an operation of a step's `change`, which turns it".to_owned(),
        });
        // The documents on both sides stand in quotation marks.
        let quoted = doc.split('"').skip(1).step_by(2);
        let document = |title: &str| Source {
            reference: format!("\"{title}\" (Microsoft)"),
            confidence: Some(Confidence::Documented),
        };
        page.sources.extend(quoted.map(document));
        page
    };
    Switches::KEYS.iter().map(page_of).collect()
}

fn outcomes() -> Vec<Page> {
    let page_of = |(word, doc): &(&'static str, &'static str)| {
        let mut page = page(
            Kind::Outcome,
            word,
            doc,
            "kmslab, as the outcome of an attempt to activate: its own word, not one of Windows",
            "harness/evidence/src/outcome.rs",
        );
        page.next.push(Advice {
            command: "kmslab run --format json".to_owned(),
            why: "every outcome of the catalogue, with the codes that each surface shows".to_owned(),
        });
        page
    };
    OutcomeWord::WORDS.iter().map(page_of).collect()
}

fn exit_codes() -> Vec<Page> {
    let page_of = |(code, meaning): &(ExitCode, &'static str)| {
        let number = *code as i32;
        let mut page =
            page(Kind::ExitCode, &number.to_string(), meaning, "kmslab, to whoever called it", "harness/src/error.rs");
        page.aliases = vec![format!("exit-{number}")];
        page.title = format!("exit code {number}");
        page.next.push(Advice { command: "kmslab --help".to_owned(), why: "lists every exit code".to_owned() });
        page
    };
    ExitCode::MEANINGS.iter().map(page_of).collect()
}

/// What every derived page has. Other names of the word are the end of its doc.
fn page(kind: Kind, word: &str, doc: &str, raised_by: &str, file: &str) -> Page {
    /// What stands before the other names of a word, which end its doc.
    const ALSO_KNOWN_AS: &str = "Also known as ";
    let lines: Vec<&str> = doc.lines().map(str::trim).collect();
    let doc = lines.join(" ").trim().to_owned();
    let (meaning, aliases) = doc.split_once(ALSO_KNOWN_AS).unwrap_or((&doc, ""));
    let aliases = aliases.trim_end_matches('.').split(", ").filter(|name| !name.is_empty());
    let own = Source { reference: format!("kmslab, {file}"), confidence: None };
    Page {
        kind,
        word: word.to_owned(),
        aliases: aliases.map(str::to_owned).collect(),
        title: String::new(),
        raised_by: raised_by.to_owned(),
        causes: Vec::new(),
        values: Vec::new(),
        next: Vec::new(),
        doubt: String::new(),
        sources: std::iter::once(own).chain(standards(&doc)).collect(),
        meaning: meaning.trim_end().to_owned(),
    }
}

fn description(schema: &Value) -> Option<&str> {
    schema.get("description").and_then(Value::as_str)
}

/// What stands in the place of a value.
fn value_form(schema: &Value) -> String {
    let keys = schema.get("properties").and_then(Value::as_object);
    match (schema.get("type").and_then(Value::as_str), keys) {
        (_, Some(keys)) => {
            let keys: Vec<String> =
                keys.iter().map(|(key, schema)| format!("{key} = {}", value_form(schema))).collect();
            format!("{{ {} }}", keys.join(", "))
        }
        (Some("integer"), None) => "<whole number>".to_owned(),
        (Some("number"), None) => "<number>".to_owned(),
        (Some("string"), None) => format!("\"<{}>\"", description(schema).unwrap_or("text")),
        (_, None) => {
            let words: Vec<String> = listed_values(schema).into_iter().map(|(word, _)| format!("\"{word}\"")).collect();
            words.join(" | ")
        }
    }
}

/// The words of a value that is one of a closed list, with what each means.
fn listed_values(schema: &Value) -> Vec<(&str, &str)> {
    let variants = schema.get("oneOf").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    variants.iter().filter_map(|variant| Some((variant.get("const")?.as_str()?, description(variant)?))).collect()
}

/// The standards and support articles that a text cites: `RFC 2308 5`, `C706 12.6.3.1`, `KB2834226`.
fn standards(text: &str) -> Vec<Source> {
    let words: Vec<&str> =
        text.split_whitespace().map(|word| word.trim_matches(['(', ')', ',', ';', ':', '.'])).collect();
    let is_number = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
    let cited = words.iter().enumerate().filter_map(|(at, word)| {
        let following = words.get(at + 1..).unwrap_or_default();
        match *word {
            "RFC" | "C706" => {
                let numbers = following.iter().take(2).copied().take_while(is_number);
                Some(std::iter::once(*word).chain(numbers).collect::<Vec<_>>().join(" "))
            }
            _ => word.strip_prefix("KB").filter(is_number).map(|_| format!("Microsoft support article {word}")),
        }
    });
    cited.map(|reference| Source { reference, confidence: Some(Confidence::Documented) }).collect()
}

#[cfg(test)]
mod tests {
    use super::standards;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> = standards(text).into_iter().map(|source| source.reference).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn cited_standards_are_sources() {
        check("The reason of a bind_nak (C706 12.6.3.1).", &["C706 12.6.3.1"]);
        check("not at all (RFC 2308 5), see KB2834226.", &["RFC 2308 5", "Microsoft support article KB2834226"]);
        check("No standard; KBs do not count.", &[]);
    }
}
