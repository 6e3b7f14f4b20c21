//! The house rule of this crate, checked on its source: floors use only floors below them, and files no circles.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The folders, the ground first: each may use those before it.
const FLOORS: [&str; 6] = ["value", "terms", "entry", "state", "decide", "project"];

/// Largest circle of files that use each other. Two are one thought told in two files.
const CIRCLE_FILES_MAX: usize = 2;

type Module = String;

/// Each module, as `state::fold::till`, with the text of its file, without comments and tests.
fn modules() -> BTreeMap<Module, String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![source.clone()];
    let mut found = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder of the source") {
            let path = entry.expect("an entry of a folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.insert(name_of(&path, &source), code(&path));
            }
        }
    }
    found.retain(|name, _| name.split("::").all(|part| part != "tests"));
    found
}

fn name_of(path: &Path, source: &Path) -> Module {
    let mut parts: Vec<String> = path
        .strip_prefix(source)
        .expect("it lies below the source")
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into())
        .collect();
    parts.pop_if(|last| last == "mod" || last == "lib");
    parts.join("::")
}

fn code(path: &PathBuf) -> String {
    let text = std::fs::read_to_string(path).expect("a file of the source");
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The modules that each one uses: every path that begins at the root of the crate, as far as it names a module.
fn uses() -> BTreeMap<Module, BTreeSet<Module>> {
    let modules = modules();
    let mut all = BTreeMap::new();
    for (name, code) in &modules {
        let flat = flatten(code);
        assert!(!flat.contains("use super::"), "{name}: paths begin at the root of the crate, so that floors are seen");
        let own = |path: &Module| path != name && !path.is_empty();
        let mut used: BTreeSet<Module> =
            flat.split("crate::").skip(1).map(|path| longest(path, &modules)).filter(own).collect();
        // A module also reaches its own by their bare names.
        let children = modules.keys().filter_map(|other| Some((other, other.strip_prefix(&format!("{name}::"))?)));
        used.extend(
            children.filter(|(_, child)| flat.contains(&format!(" {child}::"))).map(|(other, _)| other.clone()),
        );
        all.insert(name.clone(), used);
    }
    all
}

/// The code with `a::{b, c}` written as `a::b, a::c`.
fn flatten(code: &str) -> String {
    let mut flat = String::new();
    for statement in code.split(';') {
        match (statement.find("use crate::"), statement.find('{')) {
            (Some(begin), Some(open)) if begin < open => {
                let prefix = &statement[begin + 4..open];
                for leaf in statement[open + 1..].trim_end_matches('}').split(',') {
                    flat.push_str(&format!("{prefix}{} ", leaf.trim()));
                }
            }
            _ => flat.push_str(statement),
        }
        flat.push('\n');
    }
    flat
}

/// The longest beginning of a path that is a module.
fn longest(path: &str, modules: &BTreeMap<Module, String>) -> Module {
    let word = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':');
    let mut path = path.split(word).next().unwrap_or_default();
    while !modules.contains_key(path) {
        path = path.rsplit_once("::").map_or("", |(before, _)| before);
    }
    path.to_owned()
}

fn floor(module: &str) -> usize {
    let folder = module.split("::").next().unwrap_or_default();
    FLOORS.iter().position(|floor| *floor == folder).unwrap_or_else(|| panic!("{module} stands on no floor"))
}

#[test]
fn floors_use_only_floors_below_them() {
    let uses = uses();
    assert!(uses.len() > 60, "{} modules", uses.len());
    let arrows =
        uses.iter().filter(|(from, _)| !from.is_empty()).flat_map(|(from, all)| all.iter().map(move |to| (from, to)));
    let upwards: Vec<String> =
        arrows.filter(|(from, to)| floor(to) > floor(from)).map(|(from, to)| format!("{from} uses {to}")).collect();
    assert_eq!(upwards, [""; 0]);
}

/// The modules that can be reached from one.
fn reach<'a>(from: &'a str, uses: &'a BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(next) = open.pop() {
        for to in &uses[next] {
            if reached.insert(to.as_str()) {
                open.push(to);
            }
        }
    }
    reached
}

#[test]
fn no_circle_of_files_is_larger_than_two() {
    let uses = uses();
    let reached: BTreeMap<&str, BTreeSet<&str>> = uses.keys().map(|from| (from.as_str(), reach(from, &uses))).collect();
    for (from, reaches) in &reached {
        let circle: Vec<&&str> = reaches.iter().filter(|to| reached[**to].contains(from)).collect();
        assert!(circle.len() <= CIRCLE_FILES_MAX, "{circle:?} use each other in a circle");
    }
}
