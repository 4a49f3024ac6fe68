//! What is said about a file that is wrong: every problem at once, each at the exact bytes, with the nearest right word.
//!
//! Places are checked by slicing them out of the text, so that a reader of a test sees what a user would see underlined.

use notation::parse::parse;
use notation::problem::nearest;
use notation::{Format, Id, Millis, Problems};

notation::choice! {
    /// A reply fault.
    pub enum Fault("fault") {
        /// RCODE 2.
        "servfail" => Servfail,
        /// RCODE 3.
        "nxdomain" => Nxdomain,
        /// Late.
        "delayed" => Delayed(Millis),
    }
}

notation::record! {
    /// A rule.
    pub struct Rule("a rule") {
        /// Name.
        "id" => id: Id,
        /// What.
        "fault" => fault: Fault,
        /// How often.
        "every" => every: u32 = 1,
        /// Where.
        "port" => port: Option<u16>,
        /// More of it.
        "more" => more: Vec<Rule>,
    }
}

const ONE_VALUE: &str = "a key has one value; things of one kind go into an array";

/// Reads a rule from `text` and compares (underlined text, sentence, hint) of all problems in the order of the file.
#[track_caller]
fn check(text: &str, expected: &[(&str, &str, &str)]) {
    let mut problems = Problems::default();
    let tree = parse(text, &mut problems);
    let value = Rule::read(&tree, &mut problems);
    assert!(!problems.is_empty() || value.is_some(), "nothing read, and nothing said");
    let problems = problems.in_order();
    let found: Vec<(&str, String, &str)> = problems
        .iter()
        .map(|problem| {
            let place = text.get(problem.span.range()).expect("a place inside the text, between characters");
            (place, problem.reason.to_string(), problem.hint.as_deref().unwrap_or_default())
        })
        .collect();
    let expected: Vec<(&str, String, &str)> =
        expected.iter().map(|(at, said, hint)| (*at, (*said).to_owned(), *hint)).collect();
    assert_eq!(found, expected);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    check(
        "id = \"Not An Id\"\nfault = \"servfial\"\nevry = 2\nport = 70000\nmore = [{ id = \"b\" }, 5]\n",
        &[
            ("\"Not An Id\"", "`Not An Id` is no id: lower-case letters, digits and hyphens, a letter first", ""),
            ("\"servfial\"", "`servfial` is no fault", "did you mean `servfail`?"),
            ("evry", "a rule has no key `evry`", "did you mean `every`?"),
            ("70000", "70000 is outside 0 to 65535", ""),
            ("{ id = \"b\" }", "a rule needs the key `fault`", ""),
            ("5", "expected a table, found an integer", ""),
        ],
    );
}

#[test]
fn a_missing_key_is_said_at_the_header_of_its_table() {
    check("id = 'a'\nfault = 'nxdomain'\n[[more]]\nid = 'b'\n", &[("[[more]]", "a rule needs the key `fault`", "")]);
}

#[test]
fn several_missing_keys_are_all_said() {
    check("", &[("", "a rule needs the key `id`", ""), ("", "a rule needs the key `fault`", "")]);
}

#[test]
fn the_wrong_kind_is_named() {
    check(
        "id = 1\nfault = true\nevery = 'often'\nport = 1.5\nmore = 2026-11-22",
        &[
            ("1", "expected an id: lower-case letters, digits and hyphens, found an integer", ""),
            ("true", "expected a word or a table with one key, found a boolean", ""),
            ("'often'", "expected an integer, found a string", ""),
            ("1.5", "expected an integer, found a float", ""),
            ("2026-11-22", "expected an array, found a date or time", "put it in [ ]"),
        ],
    );
}

#[test]
fn a_number_in_quotes_is_told_to_lose_them() {
    check(
        "id = 'a'\nfault = { delayed = \"900\" }\nport = '1688'\nevery = 'x1'",
        &[
            ("\"900\"", "expected a whole number of milliseconds, found a string", "write 900 without quotes"),
            ("'1688'", "expected an integer, found a string", "write 1688 without quotes"),
            ("'x1'", "expected an integer, found a string", ""),
        ],
    );
}

#[test]
fn numbers_have_ranges() {
    check(
        "id = 'a'\nfault = { delayed = -1 }\nevery = -1\nport = 9223372036854775808",
        &[
            ("-1", "-1 is outside 0 to 31622400000 milliseconds", ""),
            ("-1", "-1 is outside 0 to 4294967295", ""),
            ("9223372036854775808", "9223372036854775808 is outside -9223372036854775808 to 9223372036854775807", ""),
        ],
    );
}

#[test]
fn a_choice_says_what_its_word_takes() {
    check("id = 'a'\nfault = 'delayed'", &[("'delayed'", "`delayed` needs a value", "write { delayed = ... }")]);
    let takes_none = [("{ servfail = 1 }", "`servfail` takes no value", "write the word alone: \"servfail\"")];
    check("id = 'a'\nfault = { servfail = 1 }", &takes_none);
    let two = [(
        "{ servfail = 1, delayed = 2 }",
        "one key is wanted here, the word of one fault; found several keys",
        "split it into several tables",
    )];
    check("id = 'a'\nfault = { servfail = 1, delayed = 2 }", &two);
    check("id = 'a'\nfault = {}", &[("{}", "one key is wanted here, the word of one fault; found no key", "")]);
}

#[test]
fn a_word_near_to_none_gets_the_list() {
    let list = "one of: servfail, nxdomain, delayed";
    check("id = 'a'\nfault = 'qqq'", &[("'qqq'", "`qqq` is no fault", list)]);
    check("id = 'a'\nfault = { qqq = 1 }", &[("qqq", "`qqq` is no fault", list)]);
}

#[test]
fn a_second_key_of_the_same_name_is_refused_where_it_stands() {
    let text = "id = 'a'\nfault = 'nxdomain'\nevery = 2\nevery = 3";
    check(text, &[("every", "the key `every` stands here a second time", ONE_VALUE)]);
    let mut problems = Problems::default();
    drop(parse(text, &mut problems));
    let at: Vec<usize> = problems.in_order().iter().map(|problem| problem.span.start).collect();
    assert_eq!(at, [text.rfind("every").unwrap()], "the second, not the first");
}

#[test]
fn the_same_table_twice_is_a_second_key() {
    let text = "id = 'a'\nfault.delayed = 1\n[x]\n[x]\n";
    check(
        text,
        &[
            ("x", "the key `x` stands here a second time", ONE_VALUE),
            ("x", "a rule has no key `x`", "one of: id, fault, every, port, more"),
        ],
    );
}

#[test]
fn several_syntax_errors_are_said_at_once_and_the_rest_is_read() {
    let text = "id = 'a'\nfault = \nevery = 2x\nport = 1688\nprot = 1\nmore = [\n";
    let mut problems = Problems::default();
    let tree = parse(text, &mut problems);
    assert!(problems.len() >= 3, "one for each broken line: {problems:?}");
    let lines: Vec<usize> =
        problems.clone().in_order().iter().map(|p| text[..p.span.start].matches('\n').count() + 1).collect();
    for line in [2, 3, 6] {
        assert!(lines.contains(&line), "line {line} is broken; said of lines {lines:?}");
    }
    Rule::read(&tree, &mut problems);
    let said: Vec<String> = problems.in_order().iter().map(|problem| problem.reason.to_string()).collect();
    assert!(said.contains(&"a rule has no key `prot`".to_owned()), "{said:?}");
}

#[test]
fn what_only_follows_from_broken_syntax_is_not_said() {
    let text = "id = a\nfault =\nevery = \"x\"";
    let mut problems = Problems::default();
    let tree = parse(text, &mut problems);
    Rule::read(&tree, &mut problems);
    let said: Vec<String> =
        problems.without_consequences(text).in_order().iter().map(|problem| problem.reason.to_string()).collect();
    let wrong_kind = "expected an integer, found a string";
    assert_eq!(said, ["a string stands in quotes", "a value is missing here", wrong_kind]);
    let mut problems = Problems::default();
    Rule::read(&parse("", &mut problems), &mut problems);
    assert_eq!(problems.without_consequences("").len(), 2, "nothing is broken, so missing keys are missing");
}

#[test]
fn the_nearest_word_is_found_in_spite_of_a_slip() {
    let check = |word, right: &[&'static str], expected| assert_eq!(nearest(word, right), expected, "{word}");
    check("dsn", &["dns", "srv"], Some("dns"));
    check("SRV", &["dns", "srv"], Some("srv"));
    check("ab", &["cd", "ac"], None);
    check("servfial", &["servfail", "refused"], Some("servfail"));
    check("shutdown", &["query", "connect"], None);
}

#[test]
fn places_count_bytes_not_characters() {
    check(
        "id = 'a' # é, 日本\nfault = 'nxdomain'\n\"日本\" = 1",
        &[("\"日本\"", "a rule has no key `日本`", "one of: id, fault, every, port, more")],
    );
}

#[test]
fn what_is_repeated_from_the_file_cannot_steer_a_terminal() {
    check(
        "id = 'a'\nfault = 'nxdomain'\n\"\\u001b[2J\\u202e\" = 1",
        &[("\"\\u001b[2J\\u202e\"", "a rule has no key `\\u{1b}[2J\\u{202e}`", "one of: id, fault, every, port, more")],
    );
}
