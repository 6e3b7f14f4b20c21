//! The house rules, checked on the source itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::value::bucket::Bucket;
use goodturn::domain::value::reason::Reason;

use crate::support::sources::{files_below, root};

/// Longest source file, in lines.
const FILE_LINES_MAX: usize = 400;

/// Which folder of `src` may use which, beside itself: the arrows of ARCHITECTURE.md.
const LAYERS: [(&str, &[&str]); 17] = [
    ("access", &["domain"]),
    ("log", &["domain"]),
    ("metrics", &["domain"]),
    ("ledger", &["domain", "log", "metrics"]),
    ("board", &["domain", "log", "ledger"]),
    ("payout", &["domain", "log", "ledger", "board"]),
    ("process", &["domain", "log", "metrics", "ledger", "board", "payout"]),
    ("admin", &["metrics", "ledger", "board"]),
    ("audit", &["domain", "log"]),
    ("simulate", &["domain", "log"]),
    ("flags", &["domain", "log"]),
    ("books", &["domain", "log", "ledger", "board", "payout", "process", "audit", "export"]),
    ("payees", &["domain"]),
    ("results", &["domain"]),
    ("export", &["domain", "payees"]),
    (
        "wire",
        &[
            "domain", "log", "ledger", "board", "payout", "process", "audit", "simulate", "flags", "export", "books",
            "payees", "results", "pb", "proto", "google",
        ],
    ),
    (
        "grpc",
        &[
            "domain", "access", "log", "metrics", "ledger", "board", "payout", "process", "audit", "simulate", "flags",
            "export", "books", "payees", "results", "wire", "pb", "proto", "google",
        ],
    ),
];

/// Invariants no built feature reaches yet; each leaves the list with the feature that reaches it.
const NOT_REACHED: [(u32, &str); 2] = [(58, "signed checkpoints"), (63, "erasure")];

/// Every source file of the project, tests included.
fn sources() -> impl Iterator<Item = (PathBuf, String)> {
    ["src", "crates", "tests"].into_iter().flat_map(|folder| files_below(folder, "rs"))
}

#[test]
fn arrows_between_folders_go_one_way() {
    let all: Vec<&str> =
        LAYERS.iter().map(|(folder, _)| *folder).chain(["cli", "app", "pb", "proto", "google"]).collect();
    let mut broken = Vec::new();
    for (folder, may_use) in LAYERS {
        for (path, text) in files_below(&format!("src/{folder}"), "rs") {
            for other in &all {
                let used = text.contains(&format!("crate::{other}::")) || text.contains(&format!("crate::{{{other}"));
                if used && *other != folder && !may_use.contains(other) {
                    broken.push(format!("{} uses {other}", path.display()));
                }
            }
        }
    }
    assert_eq!(broken, [""; 0]);
}

#[test]
fn the_domain_knows_no_clock_no_chance_and_no_waiting() {
    for (path, text) in files_below("crates/domain/src", "rs") {
        for banned in
            ["async ", "await", "tokio", "sqlx", "tonic", "::now()", "getrandom", "std::fs", "std::env", "std::net"]
        {
            assert!(!text.contains(banned), "{} contains {banned:?}", path.display());
        }
    }
}

#[test]
fn only_the_lane_appends() {
    let callers: Vec<PathBuf> = files_below("src", "rs")
        .into_iter()
        .filter(|(_, text)| text.lines().any(|line| line.contains("log.append(") || line.contains("store.append(")))
        .map(|(path, _)| path.strip_prefix(root()).unwrap().to_owned())
        .collect();
    assert_eq!(callers, [PathBuf::from("src/ledger/lane/mod.rs")]);
}

#[test]
fn files_are_short() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= FILE_LINES_MAX, "{} has {lines} lines", path.display());
    }
}

/// What a test module imports of others than `support`: by the path from the root, or from beside it.
///
/// A folder within a folder is one thing in several files, which may import each other.
fn imported<'a>(folders: &[&str], beside: &[String], text: &'a str) -> Vec<&'a str> {
    let own = format!("{}::", folders.join("::"));
    let may = |rest: &str| rest.starts_with("support::") || folders.len() > 1 && rest.starts_with(&own);
    let from_beside = |rest: &str| beside.iter().any(|module| rest.starts_with(&format!("{module}::")));
    let shares = folders.len() > 1 || folders == ["support"];
    let by_root = text.split("crate::").skip(1).filter(|rest| !may(rest));
    let by_folder =
        text.split("super::").skip(1).filter(|rest| !shares && (rest.starts_with("super::") || from_beside(rest)));
    by_root.chain(by_folder).map(|rest| rest.lines().next().unwrap_or_default()).collect()
}

/// Test modules share by way of `support` alone, so that each can be read, moved and removed by itself.
#[test]
fn test_modules_lie_in_folders_and_import_no_other() {
    let suite = root().join("tests/suite");
    let files = files_below("tests/suite", "rs");
    let mut broken = Vec::new();
    for (path, text) in &files {
        let place = path.strip_prefix(&suite).unwrap();
        let folders: Vec<&str> = place.parent().unwrap().iter().map(|folder| folder.to_str().unwrap()).collect();
        if folders.is_empty() {
            assert_eq!(place, Path::new("main.rs"), "it lies in no folder");
        }
        // This file names what it looks for.
        if folders.is_empty() || place == Path::new("house/tidy.rs") {
            continue;
        }
        let beside: Vec<String> = files
            .iter()
            .filter(|(other, _)| other.parent() == path.parent())
            .map(|(other, _)| other.file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        let imported = imported(&folders, &beside, text);
        broken.extend(imported.into_iter().map(|what| format!("{} imports {what}", place.display())));
    }
    assert_eq!(broken, [""; 0]);

    let beside = ["lane".to_owned()];
    let seen = |folders: &[&str], text: &str| !imported(folders, &beside, text).is_empty();
    assert!(seen(&["servers"], "use crate::servers::lane::Bench;"));
    assert!(seen(&["servers"], "use crate::{payout, support};"));
    assert!(seen(&["servers"], "    super::lane::seqs();"));
    assert!(seen(&["servers", "harness"], "use crate::servers::lane::Bench;"));
    assert!(seen(&["support"], "use crate::servers::lane::Bench;"));
    assert!(!seen(&["servers"], "use crate::support::bench::Bench; mod sqlite { use super::*; }"));
    assert!(!seen(&["servers", "harness"], "use crate::servers::harness::load::Load; use super::lane::x;"));
    assert!(!seen(&["support"], "use super::lane::Bench;"));
}

#[test]
fn architecture_md_stays_short() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    assert!(text.lines().count() <= 160);
}

/// INV tags: every invariant of `docs/invariants.md` is held up by a test, or named above with what it waits for.
#[test]
fn every_invariant_of_a_built_feature_has_a_test() {
    let mut tagged = BTreeSet::new();
    for (_, text) in sources() {
        for tag in text.split("INV ").skip(1) {
            let numbers: String = tag.chars().take_while(|c| c.is_ascii_digit() || matches!(c, ',' | ' ')).collect();
            tagged.extend(numbers.split(',').filter_map(|number| number.trim().parse::<u32>().ok()));
        }
    }
    let waiting: BTreeSet<u32> = NOT_REACHED.iter().map(|(number, _)| *number).collect();
    // Some lines of the list hold two or three of them.
    let listed = std::fs::read_to_string(root().join("docs/invariants.md")).unwrap();
    let is_listed = |number: &u32| [' ', '\n'].iter().any(|before| listed.contains(&format!("{before}{number}. ")));
    let numbers: Vec<u32> = (1..1_000).filter(is_listed).collect();
    assert!(numbers.len() >= 70 && numbers[..69].iter().copied().eq(1..=69), "{numbers:?}");
    let missing: Vec<u32> =
        numbers.into_iter().filter(|number| !tagged.contains(number) && !waiting.contains(number)).collect();
    assert_eq!(missing, [0; 0], "no test is tagged with these");
    let no_longer: Vec<u32> = waiting.intersection(&tagged).copied().collect();
    assert_eq!(no_longer, [0; 0], "these have a test now: take them off the list");
}

/// Every number that is stored and hashed stands in the document by which a second reader is written.
#[test]
fn the_format_is_documented_number_by_number() {
    let document = std::fs::read_to_string(root().join("docs/format.md")).unwrap();
    let (mut part, mut documented) = (String::new(), Vec::new());
    for line in document.lines() {
        // Tables of numbers stand under titles of their own.
        if line.starts_with('#') {
            line.strip_prefix("### ").unwrap_or_default().clone_into(&mut part);
        }
        let cells: Vec<&str> = line.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        if let ["", number, name, ""] = cells[..]
            && number.parse::<u8>().is_ok()
            && !part.is_empty()
        {
            documented.push((part.clone(), number.to_owned(), name.to_owned()));
        }
    }
    let row = |part: &str, number: u8, name: &str| (part.to_owned(), number.to_string(), name.to_owned());
    let kinds = EntryKind::ALL.iter().map(|kind| row("Kinds of entries", kind.number(), kind.name()));
    let commands = CommandKind::ALL.iter().map(|kind| row("Types of commands", kind.number(), kind.name()));
    let reasons = Reason::ALL.iter().map(|reason| row("Reasons", reason.number(), reason.name()));
    let buckets = Bucket::ALL.iter().map(|bucket| row("Buckets", bucket.number(), bucket.name()));
    let all: Vec<_> = kinds.chain(commands).chain(reasons).chain(buckets).collect();
    assert_eq!(documented, all);
}

/// Each reason of an error is produced by code and asserted by a test.
#[test]
fn every_error_reason_is_produced_and_asserted() {
    let proto = std::fs::read_to_string(root().join("proto/goodturn/v1/errors.proto")).unwrap();
    let reasons: Vec<&str> = proto
        .lines()
        .filter_map(|line| line.trim().strip_prefix("ERROR_REASON_")?.split(' ').next())
        .filter(|reason| *reason != "UNSPECIFIED")
        .collect();
    assert!(reasons.len() > 20);
    let produced: String = files_below("src/wire/error", "rs").into_iter().map(|(_, text)| text).collect();
    let reference = std::fs::read_to_string(root().join("docs/reference.md")).unwrap();
    let mut tests: String = files_below("tests/suite", "rs").into_iter().map(|(_, text)| text).collect();
    tests.push_str(produced.split("#[cfg(test)]").nth(1).unwrap_or_default());
    for reason in reasons {
        let variant: String =
            reason.split('_').map(|word| format!("{}{}", &word[..1], word[1..].to_lowercase())).collect();
        assert!(produced.contains(&format!("ErrorReason::{variant}")), "{reason} is never produced");
        assert!(reference.contains(&format!("`{reason}`")), "docs/reference.md does not say what to do about {reason}");
        assert!(tests.contains(&format!("\"ERROR_REASON_{reason}\"")), "{reason} is never asserted");
    }
}

/// A table of a migration, as text that says the same whatever the engine: its columns and keys in order.
fn tables(sql: &str) -> BTreeMap<String, Vec<String>> {
    let same = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut text = format!(" {} ", words.join(" ").trim_end_matches(','));
        for (theirs, ours) in
            [(" collate \"C\"", ""), (" bytea ", " blob "), (" bigint ", " integer "), ("octet_length(", "length(")]
        {
            text = text.replace(theirs, ours);
        }
        text.trim().to_owned()
    };
    sql.split("\ncreate table ")
        .skip(1)
        .map(|table| {
            let (name, rest) = table.split_once(" (\n").unwrap();
            let (columns, _options) = rest.split_once("\n)").unwrap();
            (name.to_owned(), columns.lines().map(same).collect())
        })
        .collect()
}

/// What triggers refuse: the table, the statement, and in which case.
fn refusals(sql: &str) -> BTreeSet<(String, String, String)> {
    let mut found = BTreeSet::new();
    for trigger in sql.split("\ncreate trigger ").skip(1) {
        let text = trigger.split_whitespace().collect::<Vec<_>>().join(" ");
        let (statements, rest) = text.split_once(" before ").unwrap().1.split_once(" on ").unwrap();
        let (table, rest) = rest.split_once(' ').unwrap();
        let case = rest.split_once("when ").map_or("", |(_, case)| case.split(" begin ").next().unwrap());
        let case = case.split(" execute ").next().unwrap().trim_matches(['(', ')']);
        for statement in statements.split(" or ") {
            let case = if statement == "update" { case } else { "" };
            found.insert((table.to_owned(), statement.to_owned(), case.to_owned()));
        }
    }
    found
}

/// Both engines hold the same: tables, columns, their order, types, keys and checks, and what the triggers refuse.
#[test]
fn migrations_are_twins() {
    // INV 59
    let names = |engine: &str| -> BTreeSet<String> {
        let files = files_below(&format!("migrations/{engine}"), "sql");
        files.iter().map(|(path, _)| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
    // They are built in by their names.
    let built_in = std::fs::read_to_string(root().join("src/log/schema.rs")).unwrap();
    assert!(names("sqlite").iter().all(|name| built_in.contains(&format!("\"{name}\""))));
    let read = |engine: &str| -> String {
        let mut files = files_below(&format!("migrations/{engine}"), "sql");
        files.sort();
        files.into_iter().map(|(_, text)| text).collect()
    };
    let (sqlite, postgres) = (read("sqlite"), read("postgres"));
    assert_eq!(tables(&sqlite).len(), 7);
    assert_eq!(tables(&sqlite)["note"].len(), 5);
    assert_eq!(tables(&sqlite), tables(&postgres));
    let indexes = |sql: &str| -> BTreeSet<String> {
        sql.lines()
            .filter(|line| line.starts_with("create unique index ") || line.starts_with("create index "))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(indexes(&sqlite).len(), 2);
    assert_eq!(indexes(&sqlite), indexes(&postgres));
    // Each engine has one more way of removing rows, which no other trigger sees.
    let without = |found: BTreeSet<(String, String, String)>, own: &str| -> (BTreeSet<_>, BTreeSet<String>) {
        let own_tables =
            found.iter().filter(|(_, statement, _)| statement == own).map(|(table, ..)| table.clone()).collect();
        (found.into_iter().filter(|(_, statement, _)| statement != own).collect(), own_tables)
    };
    let (on_sqlite, replaced) = without(refusals(&sqlite), "insert");
    let (on_postgres, truncated) = without(refusals(&postgres), "truncate");
    assert_eq!(on_sqlite.len(), 6, "{on_sqlite:?}");
    assert_eq!(on_sqlite, on_postgres);
    assert_eq!(replaced, truncated);
}

/// A statement that no check drives is prepared on no engine before a user does.
#[test]
fn every_method_of_the_log_is_driven_by_the_conformance_suite() {
    let contract = std::fs::read_to_string(root().join("src/log/mod.rs")).unwrap();
    let contract = contract.split_once("pub trait Log").unwrap().1.split_once("\n}").unwrap().0;
    let methods: Vec<&str> =
        contract.lines().filter_map(|line| line.trim().strip_prefix("async fn ")?.split('(').next()).collect();
    assert!(methods.len() >= 14, "{methods:?}");
    let checks = std::fs::read_to_string(root().join("tests/suite/store/conformance.rs")).unwrap();
    let missing: Vec<&&str> = methods.iter().filter(|method| !checks.contains(&format!("log.{method}("))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
