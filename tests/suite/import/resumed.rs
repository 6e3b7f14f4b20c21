//! What `goodturn import --resume` does not take for what an earlier import left, and what it does not count twice.

use std::path::Path;
use std::process::{Child, Stdio};

use crate::support::clients::{Clients, create_program, kudos, record};
use crate::support::community::{ACTIVITIES, POINTS, file};
use crate::support::import::{BEFORE, World, answered, as_csv, figure};
use crate::support::process::{ServeProcess, ended, until};
use crate::support::refused::head_seq;
use crate::support::restore;
use crate::support::wire::Wire;

/// Lets an import come so far that it has kept a place in the middle of a file, and kills it.
async fn killed_in_the_middle(mut import: Child, progress: &Path) {
    until("its place is kept", async || answered(progress) > 1_000).await;
    import.kill().unwrap();
    import.wait().unwrap();
    assert!((1_000..10_000).contains(&answered(progress)), "it was killed in the middle");
}

/// Somebody may have begun to mend them: the length stays, the bytes do not.
#[tokio::test(flavor = "multi_thread")]
async fn files_of_rejects_that_were_touched_are_not_gone_on_with() {
    let world = World::start().await;
    let text = std::fs::read_to_string(file()).unwrap();
    std::fs::write(world.path("c.jsonl"), format!("{{}}\n{text}")).unwrap();
    let resume = ["c.jsonl", "--rejects", "r.jsonl", "--resume", "auto"];
    killed_in_the_middle(world.spawn(&resume[..3]), &world.path("c.jsonl.progress")).await;
    let reasons = std::fs::read_to_string(world.path("r.jsonl.reasons")).unwrap();
    for (name, left, touched) in [
        ("r.jsonl", "{}\n".to_owned(), "[]\nmended\n".to_owned()),
        ("r.jsonl.reasons", reasons.clone(), reasons.replacen("kind", "mind", 1)),
    ] {
        assert_eq!(std::fs::read_to_string(world.path(name)).unwrap(), left);
        std::fs::write(world.path(name), &touched).unwrap();
        let refused = world.import(&resume).await.refused();
        assert!(refused.contains(&format!("{name} is not what the interrupted import left")), "{refused}");
        assert_eq!(std::fs::read_to_string(world.path(name)).unwrap(), touched, "it stays as it is");
        std::fs::write(world.path(name), left).unwrap();
    }
    let ended = world.import(&resume).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert_eq!(std::fs::read_to_string(world.path("r.jsonl.reasons")).unwrap(), reasons);
    world.is_complete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_stands_where_rejects_would_go_is_not_removed() {
    let world = World::start().await;
    std::fs::copy(file(), world.path("c.jsonl")).unwrap();
    let resume = ["c.jsonl", "--rejects", "r.jsonl", "--resume", "auto"];
    killed_in_the_middle(world.spawn(&resume[..3]), &world.path("c.jsonl.progress")).await;
    std::fs::write(world.path("r.jsonl"), "mine\n").unwrap();
    let refused = world.import(&resume).await.refused();
    assert!(refused.contains("r.jsonl exists; give another file with --rejects, or move it away"), "{refused}");
    assert_eq!(std::fs::read_to_string(world.path("r.jsonl")).unwrap(), "mine\n");
    std::fs::remove_file(world.path("r.jsonl")).unwrap();
    world.import(&resume).await.done();
    world.is_complete().await;
}

/// The place may be older than the first rejected line, if the import was killed just then.
#[tokio::test(flavor = "multi_thread")]
async fn rejects_that_the_import_began_after_its_place_was_kept_are_begun_anew() {
    let world = World::start().await;
    let text = std::fs::read_to_string(file()).unwrap();
    std::fs::write(world.path("c.jsonl"), format!("{{}}\n{text}")).unwrap();
    let mut import = world.spawn(&["c.jsonl", "--rejects", "r.jsonl", "--progress-every", "1000000"]);
    until("its rejects are begun", async || world.path("r.jsonl").exists()).await;
    import.kill().unwrap();
    import.wait().unwrap();
    let progress = std::fs::read_to_string(world.path("c.jsonl.progress")).unwrap();
    assert!(
        progress.contains("\"lines\": 0,"),
        "it was kept before the first rejected line, and not since: {progress}"
    );
    let ended = world.import(&["c.jsonl", "--rejects", "r.jsonl", "--resume", "auto"]).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stderr.contains("; mend them and import that file"), "{ended:?}");
    assert_eq!(std::fs::read_to_string(world.path("r.jsonl")).unwrap(), "{}\n");
    world.is_complete().await;
}

/// The progress of a file is that of the newest import that began with it, and of all its files together.
#[tokio::test(flavor = "multi_thread")]
async fn what_another_import_left_is_not_mixed_with_this_one() {
    let world = World::start().await;
    let text = std::fs::read_to_string(file()).unwrap();
    let half = text.match_indices('\n').nth(4_999).unwrap().0 + 1;
    std::fs::write(world.path("a.jsonl"), &text[..half]).unwrap();
    std::fs::write(world.path("b.jsonl"), &text[half..]).unwrap();
    let (a, b) = (world.path("a.jsonl.progress"), world.path("b.jsonl.progress"));
    killed_in_the_middle(world.spawn(&["b.jsonl"]), &b).await;
    let of_b = std::fs::read(&b).unwrap();
    killed_in_the_middle(world.spawn(&["a.jsonl", "b.jsonl"]), &a).await;
    assert!(!b.exists(), "an import that begins anew forgets what was before");

    std::fs::write(&b, of_b).unwrap();
    let refused = world.import(&["a.jsonl", "b.jsonl", "--resume", "auto"]).await.refused();
    assert!(refused.contains("b.jsonl.progress is of another import than a.jsonl.progress"), "{refused}");
    std::fs::remove_file(&b).unwrap();
    world.import(&["a.jsonl", "b.jsonl", "--resume", "auto"]).await.done();
    world.is_complete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_says_what_an_earlier_one_said_counts_as_recorded_before() {
    // INV 3, 10
    let world = World::start().await;
    let text = std::fs::read_to_string(file()).unwrap();
    let some: String = text.lines().take(700).map(|line| format!("{line}\n")).collect();
    let last = text.lines().last().unwrap();
    std::fs::write(world.path("c.jsonl"), format!("{some}{text}{last}\n")).unwrap();
    killed_in_the_middle(world.spawn(&["c.jsonl"]), &world.path("c.jsonl.progress")).await;
    let summary = world.import(&["c.jsonl", "--resume", "auto"]).await.done();
    let figures = ["lines read", "recorded now", "recorded before"].map(|name| figure(&summary, name));
    assert_eq!(figures, [ACTIVITIES + 701, ACTIVITIES, 701], "{summary}");
    assert_eq!(i64::try_from(figure(&summary, "points credited")).unwrap(), POINTS);
    world.is_complete().await;
}

/// A log that is as long, or longer, may be another all the same: only a hash tells. This one has the same beginning, as one that was
/// restored and then went on.
#[tokio::test(flavor = "multi_thread")]
async fn another_log_is_not_gone_on_with_however_long_it_is() {
    // INV 25
    let world = World::start().await;
    std::fs::copy(file(), world.path("c.jsonl")).unwrap();
    let copy = restore::copy(&world.folder, "other.db").await;
    let other = ServeProcess::start(&format!("sqlite://{}", copy.display()));
    let clients = Clients::connect(other.address).await;
    world.wire.point_to(other.address.port());
    world.import(&["c.jsonl"]).await.done();
    // Longer than any place there may be.
    clients.ledger().record_activity(record(kudos("more", "ada", "2018-04-01T00:00:00Z"))).await.unwrap();
    assert!(head_seq(&clients).await > BEFORE + i64::try_from(ACTIVITIES).unwrap());
    world.wire.point_to(world.server.address.port());

    // In the middle, by way of an address that stays the same.
    let progress = world.path("c.jsonl.progress");
    let import = world.spawn(&["c.jsonl"]);
    until("its place is kept, with a mark", async || answered(&progress) > 1_000 && mark(&progress) > BEFORE).await;
    world.wire.point_to(other.address.port());
    let stopped = ended(import).await;
    assert_eq!(stopped.code, Some(1), "{stopped:?}");
    let told = "is not the one that this import was told of: it was restored to an earlier state, or is another; import \
                from the beginning, without --resume\n";
    assert!(stopped.stderr.ends_with(told), "{}", stopped.stderr);

    // And by an import that goes on later.
    let refused = world.import(&["c.jsonl", "--resume", "auto"]).await.refused();
    assert!(refused.ends_with(told), "{refused}");
    world.wire.point_to(world.server.address.port());
    world.import(&["c.jsonl", "--resume", "auto"]).await.done();
    world.is_complete().await;
}

/// Seq of the entry by which a log is known again, as the progress file says.
fn mark(path: &Path) -> i64 {
    let state: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    state["mark"]["seq"].as_i64().unwrap()
}

/// A short log in place of a long one, while an import runs.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_to_begin_anew_is_not_told_to_go_on() {
    let world = World::start().await;
    std::fs::copy(file(), world.path("c.jsonl")).unwrap();
    let other = World::start().await;
    let progress = world.path("c.jsonl.progress");
    let import = world.spawn(&["c.jsonl"]);
    until("its place is kept", async || answered(&progress) > 1_000).await;
    world.wire.point_to(other.server.address.port());
    let stopped = ended(import).await;
    assert_eq!(stopped.code, Some(1), "{stopped:?}");
    assert!(stopped.stderr.ends_with("import from the beginning, without --resume\n"), "{}", stopped.stderr);
    assert!(!stopped.stderr.contains("go on with"), "{}", stopped.stderr);
}

/// The line that told an attribute's type lies before the place at which the second import begins.
#[tokio::test(flavor = "multi_thread")]
async fn the_types_that_lines_before_the_place_told_hold_after_it() {
    // INV 3
    let csv: String = as_csv().lines().map(|line| format!("{line},\n")).collect();
    let (_, rows) = csv.split_once('\n').unwrap();
    let row = |id: &str, cell: &str| format!("2018-04-01T00:00:00Z,,,ada,kudos,{id},{cell}\n");
    let head = "occurred_at,subject,counterparty,member,kind,id,attributes.n\n";
    let csv = [head, &row("first", "5"), rows, &row("last", "five")].concat();
    let line = |id: &str, value: &str| {
        let rest = "\"kind\":\"kudos\",\"member\":\"ada\",\"occurred_at\":\"2018-04-01T00:00:00Z\"";
        format!("{{\"id\":\"{id}\",{rest},\"attributes\":{{\"n\":{value}}}}}\n")
    };
    let json = [line("first", "5"), std::fs::read_to_string(file()).unwrap(), line("last", "\"five\"")].concat();
    for (name, text) in [("c.csv", csv), ("c.jsonl", json)] {
        let world = World::start().await;
        std::fs::write(world.path(name), text).unwrap();
        killed_in_the_middle(world.spawn(&[name]), &world.path(&format!("{name}.progress"))).await;
        let ended = world.import(&[name, "--resume", "auto"]).await;
        assert_eq!(ended.code, Some(3), "{ended:?}");
        let summary = String::from_utf8_lossy(&ended.stdout).into_owned();
        assert_eq!((figure(&summary, "recorded now"), figure(&summary, "rejected")), (ACTIVITIES + 1, 1), "{summary}");
        assert!(ended.stderr.contains("a text, and on line "), "{}", ended.stderr);
    }
}

/// It answers questions all the while, and so is never silent.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_answers_and_cannot_write_is_given_up_after_the_time_that_was_given() {
    // INV 65
    let folder = tempfile::tempdir().unwrap();
    let database = crate::support::clients::database(&folder);
    let server = ServeProcess::start_limited(&database, 400, Stdio::null());
    let clients = Clients::connect(server.address).await;
    create_program(&clients).await;
    let wire = Wire::start(server.address.port()).await;
    let world = World { folder, server, wire };
    std::fs::write(world.path("c.jsonl"), format!("{{}}\n{}", std::fs::read_to_string(file()).unwrap())).unwrap();
    let ended = world.import(&["c.jsonl", "--wait-max", "3", "--rejects", "r.jsonl"]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("goodturn: no answer for "), "{}", ended.stderr);
    assert!(ended.stderr.contains("; once it is through, mend them and import that file"), "{}", ended.stderr);
    let head = head_seq(&world.clients().await).await;
    assert!(head > BEFORE && head < BEFORE + i64::try_from(ACTIVITIES).unwrap(), "{head}");
}
