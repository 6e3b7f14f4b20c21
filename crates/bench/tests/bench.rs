//! `goodturn-bench`: what it starts, measures and writes, with rounds too short to say anything about speed.

#![allow(
    clippy::allow_attributes,
    clippy::float_arithmetic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a panic is how a test fails, and nobody imports it"
)]

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use serde_json::Value;

/// The program that measures. The `goodturn` it starts is built beside it, as every workspace build does.
const BENCH: &str = env!("CARGO_BIN_EXE_goodturn-bench");

/// Few members and short rounds.
const QUICK: [&str; 8] = ["--short", "--members", "50", "--seconds", "0.2", "--rounds", "2", "--seed=7"];

/// A small store in place of a large one, and few programmes in place of a thousand.
const SMALL: [&str; 6] = ["--large-members", "1000", "--large-entries", "3000", "--programs", "5"];

/// How often at most it is looked whether the bench has come so far: half a minute.
const LOOKS_MAX: u32 = 1_500;
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Starts a bench whose temporary files go into a folder.
fn bench(folder: &Path, args: &[&str]) -> Child {
    let temporary = folder.join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    // PostgreSQL does not run as root: its own user must get through.
    Command::new("chmod").arg("755").args([folder, &temporary]).status().unwrap();
    let mut command = Command::new(BENCH);
    command.args(args).current_dir(folder).env("TMPDIR", &temporary).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Measures some goals; returns the table and what stands in the files.
fn measured(goals: &str) -> (String, Value, String) {
    let folder = tempfile::tempdir().unwrap();
    let args = ["--only", goals, "--json", "out.json", "--chart", "out.svg"];
    let output = bench(folder.path(), &[&QUICK[..], &SMALL, &args].concat()).wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(left_over(folder.path()), [""; 0]);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    (String::from_utf8(output.stdout).unwrap(), serde_json::from_str(&read("out.json")).unwrap(), read("out.svg"))
}

/// What a bench has left among the temporary files.
fn left_over(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder.join("tmp")).unwrap();
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

/// Checks a goal's numbers, and that the table shows them.
fn check(goal: &Value, key: &str, table: &str) {
    let samples = goal["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 2, "{goal}");
    let mut ratios = Vec::new();
    for sample in samples {
        let [ours, peer, ratio] = ["ours", "peer", "ratio"].map(|name| sample[name].as_f64().unwrap());
        assert!(ours > 0.0 && peer > 0.0, "{sample}");
        assert!((ratio - ours / peer).abs() < 1e-9, "{sample}");
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    let value = goal["value"].as_f64().unwrap();
    assert!((value - f64::midpoint(ratios[0], ratios[1])).abs() < 1e-9, "{goal}");
    assert_eq!((goal["min"].as_f64(), goal["max"].as_f64()), (Some(ratios[0]), Some(ratios[1])));
    let line = table.lines().find(|line| line.starts_with(key)).unwrap();
    assert!(line.contains(&format!(" {value:.2} ")), "{line}");
    assert!(line.ends_with(if goal["met"].as_bool().unwrap() { " met" } else { " missed" }), "{line}");
    let limit: f64 = goal["goal"].as_str().unwrap()["≥ ".len()..].parse().unwrap();
    let met = if goal["goal"].as_str().unwrap().starts_with('≥') { value >= limit } else { value <= limit };
    assert_eq!(goal["met"], met);
}

/// Checks that every tag that opens is closed, in order.
fn check_well_formed(svg: &str) {
    let mut open = Vec::new();
    for tag in svg.split('<').skip(1) {
        let (tag, text) = tag.split_once('>').unwrap();
        assert!(!text.contains('&') || text.contains(';'), "{text}");
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(tag.split(' ').next().unwrap());
        }
    }
    assert_eq!(open, [""; 0]);
}

#[test]
fn goals_on_sqlite_are_measured_printed_drawn_and_written() {
    let (table, json, svg) = measured("P2,P4");
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["P2", "P4", "machine"]);
    for key in ["P2", "P4"] {
        check(&json[key], key, &table);
        assert!(svg.contains(&format!(">{key}</text>")), "{svg}");
    }
    let machine = &json["machine"];
    assert!(machine["cores"].as_u64().unwrap() >= 1 && machine["memory_mib"].as_u64().unwrap() > 0, "{machine}");
    assert_eq!(machine["settings"]["members"], 50);
    assert_eq!(machine["settings"]["seed"], 7);
    assert_eq!(machine["postgres"], "not used");
    for name in ["kernel", "commit", "date", "cpu"] {
        assert!(!machine[name].as_str().unwrap().is_empty(), "{name}");
    }
    check_well_formed(&svg);
}

#[test]
fn goals_on_postgresql_are_measured_on_a_cluster_of_their_own() {
    let (table, json, svg) = measured("P1b,P3");
    for key in ["P1b", "P3"] {
        check(&json[key], key, &table);
    }
    assert!(json["machine"]["postgres"].as_str().unwrap().starts_with(|c: char| c.is_ascii_digit()), "{json}");
    check_well_formed(&svg);
}

#[test]
fn goals_of_large_stores_are_measured_on_a_store_of_any_size() {
    let (table, json, _) = measured("P7,P8,P9,P10,P11,P13,P14");
    let keys =
        ["P7", "P9", "P10-export", "P10-months", "P10-preview", "P10-register", "P11-idle", "P11-start", "P13", "P14"];
    for key in keys {
        check(&json[key], key, &table);
    }
    // A payout takes every point, so it is made once.
    for key in ["P10-post", "P10-sum", "P10-close"] {
        assert_eq!(json[key]["samples"].as_array().unwrap().len(), 1, "{key}");
    }
    for key in ["P8-first", "P8-further"] {
        assert_eq!(json[key]["peer_value"], 1_000.0, "{json}");
    }
    let order: Vec<&str> =
        table.lines().filter_map(|line| line.split(' ').next().filter(|key| keys.contains(key))).collect();
    assert_eq!(order[..3], ["P7", "P9", "P10-export"], "in the order of their numbers");
}

#[test]
fn a_bench_that_is_interrupted_ends_and_removes_what_it_has_started() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = bench(folder.path(), &["--only", "P2", "--members", "50", "--seconds", "60"]);
    let started =
        || left_over(folder.path()).iter().any(|name| folder.path().join("tmp").join(name).join("rows.db").exists());
    for _ in 0..LOOKS_MAX {
        if started() {
            break;
        }
        std::thread::sleep(LOOK_EVERY);
    }
    assert!(started(), "it does not begin");
    // In Turkish, `kill` does not know `-INT`.
    let told = Command::new("kill").env("LC_ALL", "C").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(told.success());
    let ended = ended(&mut child);
    assert_eq!(ended.code(), Some(1));
    assert_eq!(left_over(folder.path()), [""; 0]);
    let servers = Command::new("pgrep").args(["-f", &folder.path().display().to_string()]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&servers.stdout), "", "no process works in its folder");
}

fn ended(child: &mut Child) -> ExitStatus {
    for _ in 0..LOOKS_MAX {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        std::thread::sleep(LOOK_EVERY);
    }
    child.kill().unwrap();
    panic!("it does not end")
}
