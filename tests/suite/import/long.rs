//! `goodturn import` on a long file: twice, the second time without effect, and in bounded memory.
//!
//! `scripts/import` runs it with a million lines.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use goodturn::ledger::clock::Stopwatch;

use crate::support::clients::{Clients, create_program, database};
use crate::support::import::{arguments, figure};
use crate::support::process::{GOODTURN, ServeProcess};
use crate::support::reads::verified;
use crate::support::refused::head_seq;

/// How many lines; a number in the environment asks for another.
const LINES: &str = "GOODTURN_IMPORT_LINES";
const LINES_SHORT: u64 = 20_000;

/// One line in so many tells something of an activity before.
const TOLD_EVERY: u64 = 50;

/// Memory the command may need, in KiB, whatever the length of the file: 16 MiB of lines under way, what was read ahead, and the
/// program itself.
const MEMORY_KIB_MAX: u64 = 128 * 1_024;

/// How often its memory is looked at.
const LOOK: Duration = Duration::from_millis(20);

fn lines() -> u64 {
    std::env::var(LINES).map_or(LINES_SHORT, |lines| lines.parse().expect("a number of lines"))
}

/// Kudos of as many members as a large community has, an accepted answer now and then, and some of it taken back.
fn generate(path: &Path, lines: u64) {
    let mut text = String::new();
    let mut random = 1_u64;
    for n in 0..lines {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let drawn = random >> 33;
        let (day, second) = (1 + n * 27 / lines, drawn % 60);
        let when = format!("2018-04-{day:02}T12:00:{second:02}Z");
        if n % TOLD_EVERY == TOLD_EVERY - 1 {
            // Of one just before, which is under way; of none twice.
            let of = n - 1 - drawn % (TOLD_EVERY - 1);
            writeln!(text, r#"{{"type":"reversal","id":"r{n}","activity":"v{of}","reason":"mistake","occurred_at":"{when}"}}"#)
        } else {
            let kind = if drawn.is_multiple_of(25) { "answer_accepted" } else { "kudos" };
            let (member, other) = (drawn % 100_000, (drawn / 7) % 100_000);
            writeln!(
                text,
                r#"{{"id":"v{n}","kind":"{kind}","member":"user-{member}","counterparty":"user-{other}","subject":"answer-{n}","occurred_at":"{when}"}}"#
            )
        }
        .unwrap();
    }
    std::fs::write(path, text).unwrap();
}

/// Runs it to its end. Returns the summary, and the most memory it had, in KiB.
fn run(mut child: Child) -> (String, u64) {
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    let ended = loop {
        let status = std::fs::read_to_string(&status).unwrap_or_default();
        let peak =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        most = most.max(peak.unwrap_or(0));
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        std::thread::sleep(LOOK);
    };
    assert!(ended.success());
    (std::io::read_to_string(child.stdout.take().unwrap()).unwrap(), most)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_file_has_its_effect_once_and_takes_no_more_memory_than_a_short_one() {
    // INV 3, 10, 66
    let lines = lines();
    let folder = tempfile::tempdir().unwrap();
    let server = ServeProcess::start(&database(&folder));
    let clients = Clients::connect(server.address).await;
    create_program(&clients).await;
    generate(&folder.path().join("long.jsonl"), lines);
    let url = format!("http://{}", server.address);
    let mut took = Vec::new();
    let mut heads = Vec::new();
    for (time, recorded) in [("first", "recorded now"), ("second", "recorded before")] {
        let mut command = Command::new(GOODTURN);
        command.args(arguments(&url, &["long.jsonl"])).current_dir(folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let clock = Stopwatch::start();
        let child = command.spawn().unwrap();
        let (summary, memory_kib) = tokio::task::spawn_blocking(|| run(child)).await.unwrap();
        let seconds = clock.elapsed().as_secs_f64();
        println!(
            "the {time} import: {seconds:.1} s, at most {} MiB of memory\n\n{summary}",
            memory_kib.div_ceil(1_024)
        );
        assert_eq!(u64::try_from(figure(&summary, recorded)).unwrap(), lines, "{summary}");
        assert!((1..MEMORY_KIB_MAX).contains(&memory_kib), "{memory_kib} KiB");
        took.push(seconds);
        heads.push(head_seq(&clients).await);
    }
    println!("the second takes {:.2} of the first", took[1] / took[0]);
    assert_eq!(heads[0], heads[1], "the second has no effect");
    verified(&clients).await;
}
