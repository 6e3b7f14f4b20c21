//! What people read: links lead somewhere, pages are in the table of contents, and commands are run or say why not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use crate::support::pages::{Page, blocks, pages};
use crate::support::sources::{files_below, root};

/// Largest README, in bytes: what a person reads in five minutes.
const README_BYTES_MAX: usize = 8_192;

/// Longest page of the book, in lines. The format is looked up, not read.
const PAGE_LINES_MAX: usize = 310;

/// Commands that no test runs as they stand, by how they begin, and why.
const NOT_RUN: [(&str, &str); 26] = [
    ("cargo run --release -- demo", "`session` runs the demo of the binary under test"),
    ("cargo build --release", "builds that binary"),
    ("cargo test ", "runs these tests"),
    ("cargo clippy ", "scripts/test runs it"),
    ("cargo fmt ", "scripts/test runs it"),
    ("GOODTURN_UPDATE=1 cargo test ", "writes these pages"),
    ("export PATH=", "sessions have the binary under test in their path"),
    ("goodturn serve", "sessions have a server already; those of PostgreSQL need a host named db, and a certificate"),
    ("goodturn migrate --database postgres:", "needs a host named db; `postgres_schema` does the same on a cluster"),
    ("psql ", "the same"),
    ("goodturn keys ", "`access::keys` runs them, with a token"),
    ("goodturn close ", "`books::page` runs every command of its page"),
    ("goodturn export ", "the same"),
    ("openssl ", "`access::tls` makes certificates by itself"),
    ("scripts/test", "runs these tests"),
    ("scripts/faults", "takes root and forty minutes"),
    ("scripts/bare", "takes root and forty minutes"),
    ("scripts/clocks", "runs these tests, several times"),
    ("scripts/fuzz", "takes ten minutes for each decoder"),
    ("scripts/package", "takes root, and a new Debian"),
    ("apt-get install ./goodturn", "`scripts/package` installs the package in a new Debian"),
    ("goodturn config check --config /etc", "needs the package's file; `operate::settings` reads it"),
    ("systemctl ", "`scripts/package` boots systemd with the package"),
    ("runuser ", "needs the package's user"),
    ("docker build ", "needs a Docker daemon; `tests/packaging/check` reads the file"),
    ("kubectl ", "needs a cluster; `tests/packaging/check` holds the files to the schemas"),
];

/// A page that is run whole, by `scripts/package` in a new Debian.
const RUN_IN_A_DEBIAN: &str = "docs/operate/first-deployment.md";

#[test]
fn the_readme_is_short() {
    let bytes = Page::read("README.md").text.len();
    assert!(bytes <= README_BYTES_MAX, "README.md has {bytes} bytes; the book in docs/ has room");
}

#[test]
fn pages_are_short() {
    for page in pages().iter().filter(|page| page.file.starts_with("docs") && !page.file.ends_with("format.md")) {
        let lines = page.text.lines().count();
        assert!(lines <= PAGE_LINES_MAX, "{} has {lines} lines: split it", page.file.display());
    }
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    let broken: Vec<String> = pages.iter().flat_map(|page| broken_links(&page.file, &page.text)).collect();
    assert!(broken.is_empty(), "{broken:#?}");
    let links: usize = pages.iter().map(|page| links(&page.text).len()).sum();
    assert!(links > 100, "{links} links were found");
}

#[test]
fn every_page_is_in_the_table_of_contents_once() {
    let summary = Page::read("docs/SUMMARY.md");
    let mut listed: Vec<PathBuf> = links(&summary.text).iter().map(|link| joined(Path::new("docs"), link)).collect();
    listed.sort();
    let mut expected: Vec<PathBuf> = pages().into_iter().map(|page| page.file).collect();
    expected.retain(|file| file.starts_with("docs") && *file != summary.file);
    expected.push("ARCHITECTURE.md".into());
    expected.sort();
    assert_eq!(listed, expected);
}

#[test]
fn every_command_is_run_or_says_why_not() {
    let mut used = BTreeSet::new();
    let mut unknown = Vec::new();
    for page in pages().into_iter().filter(|page| page.file != Path::new(RUN_IN_A_DEBIAN)) {
        for command in not_run(&page) {
            match NOT_RUN.iter().find(|(begin, _)| command.starts_with(begin)) {
                Some((begin, _)) => _ = used.insert(*begin),
                None => unknown.push(format!("{}: {command}", page.file.display())),
            }
        }
    }
    assert!(unknown.is_empty(), "put these in a session, or in the list with a reason: {unknown:#?}");
    let listed: BTreeSet<&str> = NOT_RUN.iter().map(|(begin, _)| *begin).collect();
    assert_eq!(used, listed, "what is listed stands on some page");
}

#[test]
fn sessions_have_names_of_their_own() {
    let names: Vec<String> = pages().iter().flat_map(Page::sessions).map(|session| session.name).collect();
    let different: BTreeSet<&String> = names.iter().collect();
    assert_eq!(different.len(), names.len(), "{names:?}");
}

#[test]
fn the_history_that_is_shown_is_a_tests() {
    let page = Page::read("docs/history.md");
    let shown = page.blocks().into_iter().find(|block| block.info == "text").expect("it shows some lines");
    let tested: String = files_below("tests/suite", "txt").into_iter().map(|(_, text)| text).collect();
    for line in shown.text.lines() {
        assert!(tested.contains(line), "no test has this line: {line}");
    }
}

/// So it is compiled.
#[test]
fn the_program_in_rust_is_an_example() {
    let page = Page::read("docs/connect/clients.md");
    let blocks = page.blocks();
    let shown = blocks.iter().find(|block| block.info == "rust" && block.text.contains("#[tokio::main]"));
    let from_main = |text: &str| -> String {
        let (_, main) = text.split_once("#[tokio::main]").expect("it has a main");
        main.split_whitespace().collect()
    };
    let example = std::fs::read_to_string(root().join("examples/forum.rs")).unwrap();
    assert_eq!(from_main(shown.expect("it is there").text), from_main(&example));
}

/// Commands of a page that stand in no session.
fn not_run(page: &Page) -> Vec<String> {
    let run: Vec<String> = page.sessions().into_iter().map(|session| session.text).collect();
    let mut found = Vec::new();
    for block in page.blocks() {
        match block.info {
            "console" | "console fails" if run.iter().any(|text| text.contains(block.text)) => {}
            "console" | "console fails" => found.extend(block.commands()),
            "sh" => found.extend(block.lines().into_iter().map(str::to_owned)),
            // `clients/check` runs those in TypeScript and Python, and that in Rust is an example.
            "text" | "toml" | "ts" | "python" | "go" | "java" | "rust" | "yaml" | "" => {}
            info => panic!(
                "{} has a block of {info:?}; give one of console, sh, text, toml, or a language",
                page.file.display()
            ),
        }
    }
    found
}

/// Targets of the links of a page, but for those to other sites.
fn links(text: &str) -> Vec<String> {
    let mut prose = text.to_owned();
    for block in blocks(text).into_iter().rev() {
        prose.replace_range(block.at, "");
    }
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://")).map(str::to_owned).collect()
}

/// Links of a page that lead nowhere, and why.
fn broken_links(file: &Path, text: &str) -> Vec<String> {
    let mut broken = Vec::new();
    for link in links(text) {
        let (path, anchor) = link.split_once('#').map_or((link.as_str(), None), |(path, anchor)| (path, Some(anchor)));
        let folder = file.parent().expect("a page stands in a folder");
        let target = if path.is_empty() { file.to_owned() } else { joined(folder, path) };
        if target != file && !root().join(&target).exists() {
            broken.push(format!("{}: {link} does not exist", file.display()));
        } else if let Some(anchor) = anchor {
            let there = if target == file { text.to_owned() } else { Page::read(target).text };
            if !anchors(&there).contains(anchor) {
                broken.push(format!("{}: {link} names no title", file.display()));
            }
        }
    }
    broken
}

/// A path as seen from a folder, both below the top folder.
fn joined(folder: &Path, path: &str) -> PathBuf {
    let mut found = PathBuf::new();
    for part in folder.join(path).components() {
        match part {
            Component::ParentDir => assert!(found.pop(), "{path} leaves the project"),
            part => found.push(part),
        }
    }
    found
}

/// Names by which a page's titles are linked to, as forges and mdBook make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut prose = text.to_owned();
    for block in blocks(text).into_iter().rev() {
        prose.replace_range(block.at, "");
    }
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    let titles = prose.lines().filter(|line| line.starts_with('#'));
    titles
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
            let title: String = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
            let seen = times.entry(title.clone()).or_default();
            *seen += 1;
            if *seen == 1 { title } else { format!("{title}-{}", *seen - 1) }
        })
        .collect()
}

/// Faults that are planted are found.
#[test]
fn a_command_that_stands_in_no_session_is_found() {
    let session = "<!-- run x -->\n\n```console\n$ a\n```\n\n<!-- /run -->\n";
    let text = format!("{session}```console fails\n$ b\n```\n```sh\nc\n```\n```text\n$ d\n```\n");
    assert_eq!(not_run(&Page { file: "docs/x.md".into(), text }), ["b", "c"]);
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let page = "# One, `two`\n\n## Same\n\n## Same\n\n[a](nowhere.md) [b](../README.md#none) [c](#one-two) [d](#same-1)\n\
                [e](start.md#a-session) [f](https://example.org/x) ![g](bench.svg)\n\n```sh\n[h](i)\n```\n";
    let broken = broken_links(Path::new("docs/x.md"), page);
    let expected = ["docs/x.md: nowhere.md does not exist", "docs/x.md: ../README.md#none names no title"];
    assert_eq!(broken, expected);
}
