//! Who may use whom: crates by their manifests, modules by the paths in their code.
//!
//! A new edge is an architectural decision: it is made in these two tables and explained in the architecture document.

use std::collections::{BTreeMap, BTreeSet};

use notation::{Problems, Table, Tree};

use crate::judge;
use crate::rust_text::{paths, without_comments_and_strings};
use crate::workspace::{SourceFile, read, rust_files};

/// Each package of the workspace and what it may depend on.
const CRATES: [(&str, &[&str]); 8] = [
    ("notation", &[]),
    ("double", &["notation"]),
    ("mock-dns", &["double", "notation"]),
    ("mock-kms", &["double", "notation"]),
    ("evidence", &["double", "mock-dns", "mock-kms", "notation"]),
    ("exhibit", &["double", "evidence", "mock-dns", "mock-kms", "notation"]),
    ("kmslab", &["double", "evidence", "exhibit", "mock-dns", "mock-kms", "notation"]),
    ("kmslab-tests", &["double", "evidence", "exhibit", "kmslab", "mock-dns", "mock-kms", "notation"]),
];

/// The modules of a crate from left to right: each may use only what stands to its left.
struct Order {
    /// Folder of the crate's sources.
    sources: &'static str,
    /// Whether a module that is not listed is a mistake.
    complete: bool,
    /// The modules below the crate's root.
    modules: &'static [&'static str],
}

const MODULES: [Order; 5] = [
    Order {
        sources: "mock-dns/src/",
        complete: false,
        modules: &[
            "name",
            "record",
            "rcode",
            "framing",
            "wire",
            "zone",
            "query",
            "answer",
            "message",
            "fault",
            "update",
            "aging",
            "journal",
            "multicast",
            "throttle",
            "stock",
            "server",
            "main",
        ],
    },
    Order {
        sources: "mock-kms/src/",
        complete: false,
        modules: &["wire", "laboratory", "product", "journal", "host", "fault", "publisher", "server", "main"],
    },
    Order {
        sources: "harness/evidence/src/",
        complete: true,
        modules: &[
            "finding",
            "registry",
            "change",
            "outcome",
            "network",
            "vantage",
            "timeline",
            "reply",
            "question",
            "pattern",
            "diagnosis",
        ],
    },
    Order {
        sources: "harness/exhibit/src/",
        complete: true,
        modules: &["tool", "desk", "claim", "label", "write", "read"],
    },
    Order {
        sources: "harness/src/",
        complete: false,
        modules: &[
            "environment",
            "scenario",
            "network",
            "client",
            "publisher",
            "diagnosis",
            "remedy",
            "verdict",
            "runner",
            "explain",
            "journal",
            "capture",
            "report",
            "show",
            "bench",
            "reproduce",
            "learn",
            "lab",
            "cli",
            "main",
        ],
    },
];

#[test]
fn crates_use_only_what_they_may() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for member in members() {
        let manifest = manifest(&format!("{member}/Cargo.toml"));
        let name = package_name(&manifest).unwrap_or_else(|| panic!("{member}/Cargo.toml has no package name"));
        let Some((_, allowed)) = CRATES.iter().find(|(package, _)| *package == name) else {
            wrong.push(format!("{name} is not in the table"));
            continue;
        };
        let used =
            dependencies(&manifest, &name).into_iter().filter(|used| CRATES.iter().any(|(ours, _)| ours == used));
        wrong.extend(used.filter(|used| !allowed.contains(&used.as_str())).map(|used| format!("{name} -> {used}")));
        seen.insert(name);
    }
    wrong.extend(CRATES.iter().filter(|(name, _)| !seen.contains(*name)).map(|(name, _)| format!("{name} is gone")));
    judge(
        &wrong,
        "An edge between crates is an architectural decision: undo it, or write it into CRATES and ARCHITECTURE.md.",
    );
}

#[test]
fn modules_use_only_what_stands_to_their_left() {
    let files = rust_files();
    let mut wrong = Vec::new();
    for order in &MODULES {
        let exports = exports(order, &files);
        for file in files.iter().filter(|file| file.path.starts_with(order.sources) && !file.is_test()) {
            wrong.extend(wrong_uses(order, file, &exports));
        }
    }
    judge(&wrong, "Move what is shared to the left, or change the order in MODULES and say why in ARCHITECTURE.md.");
}

/// What `file` uses although it may not.
fn wrong_uses(order: &Order, file: &SourceFile, exports: &BTreeMap<String, String>) -> BTreeSet<String> {
    let mut wrong = BTreeSet::new();
    let inside: Vec<&str> = file.path.trim_start_matches(order.sources).trim_end_matches(".rs").split('/').collect();
    let Some(module) = inside.first().filter(|module| **module != "lib") else { return wrong };
    let place = |name: &str| order.modules.iter().position(|listed| *listed == name);
    let Some(own) = place(module) else {
        if order.complete {
            wrong.insert(format!("{}: `{module}` is not in the table", file.path));
        }
        return wrong;
    };
    for path in paths(&without_comments_and_strings(file.production())) {
        let Some(used) = below_root(&path, inside.len()) else { continue };
        let used = exports.get(used).map_or(used, String::as_str);
        if place(used).is_some_and(|used| used > own) {
            wrong.insert(format!("{}: `{module}` uses `{used}` ({})", file.path, path.join("::")));
        }
    }
    wrong
}

/// The name right below the crate's root that a path in a module at this depth leads to.
fn below_root(path: &[String], depth: usize) -> Option<&str> {
    let up = path.iter().take_while(|name| *name == "super").count();
    let name = if path.first().is_some_and(|name| name == "crate") {
        path.get(1)
    } else {
        path.get(up).filter(|_| up == depth)
    };
    name.map(String::as_str)
}

/// What the crate's root re-exports, and from which module.
fn exports(order: &Order, files: &[SourceFile]) -> BTreeMap<String, String> {
    let Some(root) = files.iter().find(|file| file.path == format!("{}lib.rs", order.sources)) else {
        return BTreeMap::new();
    };
    let paths = paths(&without_comments_and_strings(root.production()));
    paths.iter().filter_map(|path| Some((path.last()?.clone(), path.first()?.clone()))).collect()
}

fn members() -> Vec<String> {
    let workspace = manifest("Cargo.toml");
    let members = workspace.as_table().and_then(|table| table.find("workspace")?.as_table()?.find("members").cloned());
    let members = members.expect("the workspace lists its members");
    let mut problems = Problems::default();
    let members = <Vec<String> as notation::Format>::read(&members, &mut problems);
    members.expect("the members are strings")
}

fn manifest(path: &str) -> Tree {
    let text = read(path).unwrap_or_else(|| panic!("{path} cannot be read"));
    let mut problems = Problems::default();
    let tree = notation::parse::parse(&text, &mut problems);
    assert!(problems.is_empty(), "{path}: {problems:?}");
    tree
}

fn package_name(manifest: &Tree) -> Option<String> {
    manifest.as_table()?.find("package")?.as_table()?.find("name")?.as_text().map(str::to_owned)
}

/// The dependencies of a package, those for one platform and for its build script too. Dev-dependencies count for the
/// package of tests alone, which has no others: the tests of a crate may look further than the crate.
fn dependencies(manifest: &Tree, name: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let Some(table) = manifest.as_table() else { return found };
    collect(table, name == "kmslab-tests", &mut found);
    let targets = table.find("target").and_then(Tree::as_table);
    for target in targets.into_iter().flat_map(|targets| &targets.0).filter_map(|(_, target)| target.as_table()) {
        collect(target, false, &mut found);
    }
    found
}

fn collect(table: &Table, with_dev: bool, found: &mut BTreeSet<String>) {
    for (kind, dependencies) in &table.0 {
        let counts = match kind.text.as_str() {
            "dependencies" | "build-dependencies" => true,
            "dev-dependencies" => with_dev,
            _ => false,
        };
        if counts && let Some(dependencies) = dependencies.as_table() {
            found.extend(dependencies.0.iter().map(|(key, _)| key.text.clone()));
        }
    }
}

#[test]
fn a_use_to_the_right_is_found_however_it_is_written() {
    let order = Order { sources: "x/", complete: true, modules: &["left", "right"] };
    let exports = BTreeMap::from([("Thing".to_owned(), "right".to_owned())]);
    let check = |path: &str, text: &str, expected: usize| {
        let file = SourceFile { path: path.to_owned(), text: text.to_owned() };
        assert_eq!(wrong_uses(&order, &file, &exports).len(), expected, "{path}: {text}");
    };
    check("x/left.rs", "use crate::right::A;", 1);
    check("x/left.rs", "use crate::{left, right::{A, B}};", 2);
    check("x/left.rs", "fn f() { super::right::g() }", 1);
    check("x/left/part.rs", "use super::super::right;", 1);
    check("x/left/part.rs", "use super::right;", 0);
    check("x/left.rs", "use crate::Thing;", 1);
    check("x/left.rs", "// crate::right\n#[cfg(test)]\nmod tests {\nuse crate::right;\n}", 0);
    check("x/right.rs", "use crate::left;", 0);
    check("x/other.rs", "", 1);
    check("x/lib.rs", "pub use right::Thing;", 0);
}
