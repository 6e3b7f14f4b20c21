//! `goodturn import`, when the server or the command itself is killed in the middle.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;

use crate::support::community::{ACTIVITIES, DECLINED, file};
use crate::support::import::{BEFORE, World, answered, as_csv, figure};
use crate::support::process::{ended, kill, until};
use crate::support::programs::as_told;
use crate::support::refused::head_seq;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_twice_is_waited_for_and_the_import_goes_on() {
    // INV 1, 3, 5
    let mut world = World::start().await;
    std::fs::copy(file(), world.path("c.jsonl")).unwrap();
    let import = world.spawn(&["c.jsonl", "--rejects", "rejects.jsonl"]);
    for kill in 1..=2 {
        let clients = world.clients().await;
        until("some are recorded", async || head_seq(&clients).await > BEFORE + kill * 1_500).await;
        world = world.kill_and_restart();
        let head = head_seq(&world.clients().await).await;
        assert!(head < BEFORE + i64::try_from(ACTIVITIES).unwrap(), "it was killed in the middle, at {head}");
    }
    let ended = ended(import).await;
    assert!(ended.stderr.contains("are answered, waiting for the server"), "{}", ended.stderr);
    assert!(ended.stderr.contains("the server answers; going on"), "{}", ended.stderr);
    let summary = ended.done();
    assert_eq!(figure(&summary, "recorded now"), ACTIVITIES, "sent again or not, each was recorded by this import");
    assert_eq!((figure(&summary, "recorded before"), figure(&summary, "self_dealing")), (0, DECLINED));
    world.is_complete().await;
    assert!(!world.path("c.jsonl.progress").exists() && !world.path("rejects.jsonl").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_killed_goes_on_after_the_last_line_it_knows_to_be_answered() {
    // INV 3
    let world = World::start().await;
    std::fs::write(world.path("c.csv"), as_csv().replace("kudos,vote-1500\n", "hug,vote-1500\n")).unwrap();
    let mut import = world.spawn(&["c.csv", "--rejects", "r.csv"]);
    let progress = world.path("c.csv.progress");
    until("its place is kept", async || answered(&progress) > 4_000).await;
    import.kill().unwrap();
    assert_eq!(import.wait().unwrap().signal(), Some(9));
    let kept = answered(&progress);
    assert!((4_000..10_000).contains(&kept), "it was killed in the middle, at {kept}");

    // A line more than the place knows of, as a kill between two writes leaves it.
    let rejects = std::fs::read_to_string(world.path("r.csv")).unwrap();
    std::fs::write(world.path("r.csv"), format!("{rejects}to be written again\n")).unwrap();
    let other = world.import(&["c.csv", "--resume", "auto"]).await.refused();
    assert!(other.contains("is of an import with the file of rejects r.csv, not none"), "{other}");
    let other = world.import(&["c.csv", "--resume", "auto", "--rejects", "r.csv", "--source", "shop"]).await;
    assert!(other.refused().contains("is of an import with the source forum, not shop"));

    let changed = std::fs::read_to_string(world.path("c.csv")).unwrap().replacen("user-7,", "user-8,", 1);
    std::fs::rename(world.path("c.csv"), world.path("kept.csv")).unwrap();
    std::fs::write(world.path("c.csv"), changed).unwrap();
    let refused = world.import(&["c.csv", "--resume", "auto", "--rejects", "r.csv"]).await.refused();
    assert!(refused.contains(&format!("c.csv was changed in its first {kept} lines")), "{refused}");
    std::fs::rename(world.path("kept.csv"), world.path("c.csv")).unwrap();

    let ended = world.import(&["c.csv", "--resume", "auto", "--rejects", "r.csv"]).await;
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    let summary = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(figure(&summary, "lines read"), ACTIVITIES, "both runs together");
    assert_eq!((figure(&summary, "recorded now"), figure(&summary, "UNKNOWN_KIND")), (ACTIVITIES - 1, 1));
    assert_eq!(std::fs::read_to_string(world.path("r.csv")).unwrap(), rejects, "once, and nothing else");
    assert!(!progress.exists());
    std::fs::write(world.path("r.csv"), rejects.replace("hug", "kudos")).unwrap();
    assert_eq!(figure(&world.import(&["r.csv"]).await.done(), "recorded now"), 1);
    world.is_complete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_interrupted_says_how_to_go_on_and_that_works() {
    // INV 3
    let world = World::start().await;
    let text = std::fs::read_to_string(file()).unwrap();
    let half = text.match_indices('\n').nth(4_999).unwrap().0 + 1;
    std::fs::write(world.path("it's a.jsonl"), &text[..half]).unwrap();
    std::fs::write(world.path("b.jsonl"), &text[half..]).unwrap();
    let import = world.spawn(&["it's a.jsonl", "b.jsonl"]);
    let progress = world.path("b.jsonl.progress");
    until("its place is kept", async || answered(&progress) > 1_000).await;
    assert!(kill(import.id(), "-INT"));
    let stopped = ended(import).await;
    assert_eq!(stopped.code, Some(130), "{}", stopped.stderr);
    let read = figure(&String::from_utf8(stopped.stdout).unwrap(), "lines read");
    assert_eq!(u64::try_from(read).unwrap(), 5_000 + answered(&progress), "what the summary counts is kept");
    assert!((6_000..ACTIVITIES).contains(&read));
    let command = stopped.stderr.split("go on with\n  ").nth(1).unwrap().trim().to_owned();
    assert!(command.contains("import --resume auto --program qc"), "{command}");
    let shell = as_told(&command)
        .current_dir(world.folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let summary = ended(shell).await.done();
    assert_eq!((figure(&summary, "recorded now"), figure(&summary, "recorded before")), (ACTIVITIES, 0));
    assert!(!progress.exists() && !world.path("it's a.jsonl.progress").exists());
    world.is_complete().await;
}

/// The place is worth nothing where the log has lost what it rests on.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_restored_to_an_earlier_state_is_not_gone_on_with() {
    // INV 25
    let world = World::start().await;
    std::fs::copy(file(), world.path("c.jsonl")).unwrap();
    let mut import = world.spawn(&["c.jsonl"]);
    let progress = world.path("c.jsonl.progress");
    until("its place is kept", async || answered(&progress) > 1_000).await;
    import.kill().unwrap();
    import.wait().unwrap();
    let other = World::start().await;
    other.wire.point_to(other.server.address.port());
    std::fs::rename(world.path("c.jsonl"), other.path("c.jsonl")).unwrap();
    std::fs::rename(progress, other.path("c.jsonl.progress")).unwrap();
    let refused = other.import(&["c.jsonl", "--resume", "auto"]).await.refused();
    assert!(refused.contains("its log ends with entry 2, and this import was told of entry"), "{refused}");
    other.import(&["c.jsonl"]).await.done();
    other.is_complete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stays_away_is_given_up_and_a_file_that_has_grown_is_gone_on_with() {
    let world = World::start().await;
    let text = std::fs::read_to_string(file()).unwrap();
    let (text, last) = text.trim_end().rsplit_once('\n').unwrap();
    std::fs::write(world.path("c.jsonl"), text).unwrap();
    let import = world.spawn(&["c.jsonl", "--wait-max", "1"]);
    let progress = world.path("c.jsonl.progress");
    until("its place is kept", async || answered(&progress) > 1_000).await;
    world.wire.point_to(1);
    let ended = ended(import).await;
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("goodturn: no answer for "), "{}", ended.stderr);
    assert!(ended.stderr.contains("go on with\n  "), "{}", ended.stderr);
    world.wire.point_to(world.server.address.port());
    std::fs::write(world.path("c.jsonl"), format!("{text}\n{last}")).unwrap();
    let summary = world.import(&["c.jsonl", "--resume", "auto"]).await.done();
    assert_eq!(figure(&summary, "recorded now"), ACTIVITIES);
    world.is_complete().await;
}
