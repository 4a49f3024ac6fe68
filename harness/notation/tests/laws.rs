//! The law of every type that `record!` or `choice!` declares: written, printed, parsed and read again it is the same value;
//! and its schema says what reading accepts.

use std::net::{IpAddr, Ipv4Addr};

use notation::parse::parse;
use notation::print::print;
use notation::serde_json::{Value, json};
use notation::{Format, Id, Keyed, Millis, Placed, Problems};

notation::choice! {
    /// What is said instead
    /// of the honest answer.
    pub enum Fault("fault") {
        /// RCODE 2.
        "servfail" => Servfail,
        /// Late by so much.
        "delayed-by" => DelayedBy(Millis),
        /// Several at once.
        "both" => Both(Vec<Fault>),
        /// Rules of its own.
        "rules" => Rules(Vec<Rule>),
    }
}

notation::record! {
    /// When and what.
    pub struct Rule("a rule") {
        /// Its name.
        "id" => id: Id,
        /// Only the first N.
        "first" => first: Option<u32>,
        /// Every Nth.
        "every" => every: u32 = 1,
        /// Whether it counts.
        "counts" => counts: bool = true,
        /// Faults, in order.
        "faults" => faults: Vec<Fault>,
        /// Empty is not the default.
        "ports" => ports: Vec<u16> = vec![53],
        /// Any text.
        "text" => text: String = String::new(),
        /// A number.
        "chance" => chance: f64 = 1.0,
        /// Somewhere.
        "address" => address: Option<IpAddr>,
        /// Names and numbers.
        "named" => named: Keyed<i64>,
        /// With its place.
        "type" => kind: Placed<u8> = Placed::from(7),
    }
}

fn plain(id: &str) -> Rule {
    Rule {
        id: Id::new(id).expect("an id"),
        first: None,
        every: 1,
        counts: true,
        faults: Vec::new(),
        ports: vec![53],
        text: String::new(),
        chance: 1.0,
        address: None,
        named: Keyed::empty(),
        kind: Placed::from(7),
    }
}

#[track_caller]
fn read<T: Format>(text: &str) -> T {
    let mut problems = Problems::default();
    let tree = parse(text, &mut problems);
    let value = T::read(&tree, &mut problems);
    assert!(problems.is_empty(), "{problems:?}\n{text}");
    value.expect("what has no problem has a value")
}

#[track_caller]
fn round_trip(value: &Rule) {
    let text = print(&value.write());
    assert_eq!(&read::<Rule>(&text), value, "printed as:\n{text}");
    let mut problems = Problems::default();
    assert_eq!(Rule::read(&value.write(), &mut problems).as_ref(), Some(value), "without the text");
}

#[test]
fn a_printed_record_reads_as_itself() {
    round_trip(&plain("a"));
    let nested = Rule { first: Some(0), every: 0, ..plain("inner") };
    round_trip(&Rule {
        id: Id::new("r-1").unwrap(),
        first: Some(u32::MAX),
        every: 3,
        counts: false,
        faults: vec![
            Fault::Servfail,
            Fault::DelayedBy(Millis(900)),
            Fault::Both(vec![Fault::Servfail, Fault::Both(Vec::new())]),
            Fault::Rules(vec![nested]),
        ],
        ports: vec![0, u16::MAX],
        text: "a \"quoted\" line\nand '''more''' \\ \u{1b}[31m \u{0} \u{7f} é \u{10ffff}".to_owned(),
        chance: 0.1,
        address: Some(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 53))),
        named: Keyed(vec![
            (Placed::from("a key with \"all\" \n of it".to_owned()), i64::MIN),
            (Placed::from(String::new()), i64::MAX),
            (Placed::from("1.5".to_owned()), -1),
        ]),
        kind: Placed::from(0),
    });
}

#[test]
fn an_empty_list_is_written_where_absence_means_another() {
    round_trip(&Rule { ports: Vec::new(), ..plain("a") });
}

#[test]
fn defaults_are_not_written() {
    assert_eq!(print(&plain("a").write()), "id = \"a\"\n");
    assert_eq!(read::<Rule>("id = \"a\""), plain("a"));
}

#[test]
fn the_order_of_the_file_is_kept() {
    let named = read::<Rule>("id = \"a\"\n[named]\nz = 1\na = 2\nm = 3").named;
    let names: Vec<&str> = named.0.iter().map(|(key, _)| key.value.as_str()).collect();
    assert_eq!(names, ["z", "a", "m"]);
}

#[test]
fn numbers_are_read_in_every_notation_of_toml() {
    let text = "id = 'a'\nevery = 1_000\nfirst = 0xff\nchance = 1e-1\nnamed = { o = 0o17, b = 0b101, n = -0, p = +9 }";
    let rule = read::<Rule>(text);
    assert_eq!((rule.every, rule.first, rule.chance), (1000, Some(255), 0.1));
    let numbers: Vec<i64> = rule.named.0.iter().map(|(_, number)| *number).collect();
    assert_eq!(numbers, [15, 5, 0, 9]);
}

#[test]
fn a_choice_is_a_word_or_a_table_with_one_key() {
    let text = "id = 'a'\nfaults = ['servfail', { delayed-by = 5 }, { both = [] }]";
    let expected = vec![Fault::Servfail, Fault::DelayedBy(Millis(5)), Fault::Both(Vec::new())];
    assert_eq!(read::<Rule>(text).faults, expected);
    assert_eq!(expected.iter().map(Fault::word).collect::<Vec<_>>(), ["servfail", "delayed-by", "both"]);
}

notation::record! {
    /// A small table.
    pub struct Small("a small table") {
        /// Needed, and
        /// described in two lines.
        "needed" => needed: u8,
        /// Not needed.
        "optional" => optional: Option<bool>,
        /// Has a default.
        "port" => port: u16 = 1688,
        /// Empty when missing.
        "list" => list: Vec<String>,
        /// Of a closed list.
        "word" => word: Word = Word::One,
    }
}

notation::choice! {
    /// A word.
    pub enum Word("word") {
        /// The first.
        "one" => One,
        /// With a number.
        "other" => Other(u8),
    }
}

#[test]
fn the_schema_of_a_record_says_all_that_reading_does() {
    let word = json!({"description": "Of a closed list.", "oneOf": [
        {"const": "one", "description": "The first."},
        {"type": "object", "additionalProperties": false, "required": ["other"], "description": "With a number.",
         "properties": {"other": {"type": "integer", "minimum": 0, "maximum": 255}}},
    ]});
    let expected = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["needed"],
        "description": "A small table.",
        "properties": {
            "needed": {"type": "integer", "minimum": 0, "maximum": 255, "description": "Needed, and\ndescribed in two lines."},
            "optional": {"type": "boolean", "description": "Not needed."},
            "port": {"type": "integer", "minimum": 0, "maximum": 65535, "description": "Has a default."},
            "list": {"type": "array", "items": {"type": "string"}, "description": "Empty when missing."},
            "word": word,
        },
    });
    assert_eq!(Small::schema(), expected);
}

#[test]
fn the_schema_lists_keys_in_the_order_of_the_declaration() {
    let schema = Small::schema();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap();
    assert_eq!(properties.keys().collect::<Vec<_>>(), Small::KEYS);
}

#[test]
fn words_carry_their_meaning() {
    let words: Vec<(&str, &str)> = Word::WORDS.iter().map(|(word, doc)| (*word, doc.trim())).collect();
    assert_eq!(words, [("one", "The first."), ("other", "With a number.")]);
}
