//! Hostile text: whatever the bytes are, the answer is a bounded list of problems, on the smallest stack of any platform.
//!
//! These tests know nothing of what the problems say, only that there are some and that nothing overflows.

use notation::parse::{DEPTH_MAX, parse};
use notation::{Format, Id, Kind, Problems, Tree};

/// What is a lot for a file written by hand, and what loaders are expected to cap.
const MEGABYTE: usize = 1 << 20;
/// The stack of a Windows main thread, the smallest that has to do; debug builds are the hungriest.
const STACK: usize = 1 << 20;

notation::record! {
    /// Holds anything.
    struct Anything("the file") {
        /// Any tree.
        "x" => x: Option<Tree>,
        /// An id.
        "id" => id: Id,
    }
}

/// Parses, reads, prints, clones and drops on a small stack; answers how many problems there were.
#[track_caller]
fn survive(text: String) -> usize {
    let work = move || {
        let mut problems = Problems::default();
        let tree = parse(&text, &mut problems);
        let found = problems.len();
        drop(Anything::read(&tree, &mut problems));
        drop(notation::print::print(&tree.clone()));
        for problem in problems.clone().in_order() {
            let span = problem.span;
            assert!(span.start <= span.end && span.end <= text.len(), "{span:?} is outside the text");
            drop(problem.reason.to_string());
        }
        found
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work).expect("a thread");
    let found = thread.join().expect("nothing panics");
    assert!(found <= Problems::LIMIT);
    found
}

#[track_caller]
fn refused(text: String) {
    assert!(survive(text) > 0, "such a text must be refused");
}

#[test]
fn two_hundred_thousand_brackets_are_refused() {
    refused(format!("x = {}", "[".repeat(200_000)));
    refused(format!("x = {}1{}", "[".repeat(200_000), "]".repeat(200_000)));
    refused(format!("x = {}", "{a=".repeat(200_000)));
    refused(format!("x = {}1{}", "{a=".repeat(200_000), "}".repeat(200_000)));
    refused("[".repeat(200_000));
}

#[test]
fn dotted_keys_inside_brackets_do_not_multiply() {
    // Below the parser's own two limits, and 6,084 levels deep if nobody looks at their product.
    let key = vec!["a"; 78].join(".");
    let nested = format!("{}1{}", format!("{{{key}=").repeat(78), "}".repeat(78));
    refused(format!("x = {nested}"));
    // A value that the parser itself drops: the key is there already.
    refused(format!("x = 1\nx = {nested}"));
    refused(format!("[{key}]\n{key}.{key} = 1"));
    // The longest keys that are allowed, as deep as the parser goes: more than a tree may have.
    let key = vec!["a"; 16].join(".");
    let nested = format!("{}1{}", format!("{{{key}=").repeat(78), "}".repeat(78));
    refused(format!("x = {nested}"));
    refused(format!("x = 1\nx = {nested}"));
}

#[test]
fn a_tree_as_deep_as_allowed_is_whole() {
    // Level 0 is the document: lists may lie on the levels below DEPTH_MAX.
    let lists = DEPTH_MAX - 1;
    let text = |lists: usize| format!("x = {}1{}", "[".repeat(lists), "]".repeat(lists));
    let mut problems = Problems::default();
    let mut tree = parse(&text(lists), &mut problems).as_table().and_then(|table| table.find("x")).cloned();
    assert!(problems.is_empty(), "{problems:?}");
    let mut depth = 0;
    while let Some(Tree { kind: Kind::List(items), .. }) = tree {
        tree = items.into_iter().next();
        depth += 1;
    }
    assert_eq!((depth, tree), (lists, Some(Tree::built(Kind::Integer(1)))));
    refused(text(lists + 1));
}

#[test]
fn dots_outside_keys_are_no_keys() {
    let reverse_name = "\"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa\"";
    let floats = vec!["1.5"; 100].join(", ");
    let text = format!("x = [{reverse_name}, {floats}] # 1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1\nid = 'a'");
    assert_eq!(survive(text), 0);
}

#[test]
fn a_megabyte_of_rubbish_is_refused() {
    let units = [
        "[",
        "{",
        "]",
        "}",
        "=",
        ",",
        ".",
        "\"",
        "'",
        "'''",
        "\"\"\"",
        "\\",
        "\0",
        "\u{1}",
        "\u{7f}",
        "\r",
        "é",
        "+",
        "0x",
        "_",
        "a.",
        "a=",
        "a=[",
        "a={",
        "a=1\n",
        "[a]\n",
        "[a.b]\n",
        "[[a]]\n[a]\n",
        "x=\"\\q\"\n",
        "#\u{7f}\n",
        "\u{202e}",
        "\u{feff}",
    ];
    for unit in units {
        refused(unit.repeat(MEGABYTE / 16 / unit.len()));
    }
    refused("[a.b]\na=1\n=".repeat(MEGABYTE / 11));
}

#[test]
fn pseudo_random_bytes_are_refused() {
    // xorshift: a fixed sequence, so that a failure repeats.
    let mut state = 0x2545_f491_u32;
    let alphabet: Vec<char> = "[]{}=,.\"'\\\n\r\t #ab1-+_:TZ\0é".chars().collect();
    let text: String = (0..MEGABYTE / 4)
        .filter_map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            alphabet.get(state as usize % alphabet.len())
        })
        .collect();
    refused(text);
}

#[test]
fn nul_and_bad_escapes_are_refused() {
    for text in
        ["x = \"\0\"", "\0", "x = \"\\q\"", "x = \"\\ud800\"", "x = \"\\U00110000\"", "x = \"\\x4\"", "x = '\u{1}'"]
    {
        refused(text.to_owned());
    }
}

#[test]
fn many_unknown_keys_fill_the_list_and_no_more() {
    let text: String = (0..20_000).map(|n| format!("key-{n} = 1\n")).collect();
    assert_eq!(survive(text.clone()), 0, "it is TOML");
    let mut problems = Problems::default();
    let tree = parse(&text, &mut problems);
    assert_eq!(Anything::read(&tree, &mut problems), None);
    assert_eq!(problems.len(), Problems::LIMIT);
}
