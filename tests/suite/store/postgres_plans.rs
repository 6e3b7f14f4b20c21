//! How PostgreSQL goes about it: by index, and without waiting for the network.

use std::time::Duration;

use goodturn::domain::state::record::RecordKey;
use goodturn::domain::value::seq::Seq;
use goodturn::ledger::clock::Stopwatch;
use goodturn::log::{Log, Purpose, Want, open};

use crate::support::pooler::Pooler;
use crate::support::postgres::{Cluster, shared, wait_until};
use crate::support::postgres_commands::name;
use crate::support::sample::{SECRET, Writer, award, member, program, time, with_due};

/// Entries, accounts and notes beside those of a real batch.
const ROWS: u32 = 100_000;

/// Pages a statement may look at: by index it is three or four a row; the smallest of the large tables has more.
const PAGES_MAX: u32 = 500;

/// When few records are due, and when many are.
const SOON: &str = "2018-05-01T00:00:00Z";
const LATER: &str = "2018-06-01T00:00:00Z";

/// Copies the last entry, its account, its note and its records until there are many.
fn fill(cluster: &Cluster, database: &str) {
    let many = format!("generate_series(100, {}) n", 100 + ROWS);
    for sql in [
        format!(
            "insert into entry select program_id, n, format, kind, source, command, 'r' || n, request_digest, 'm' || n, n - 1, \
             from_bucket, to_bucket, amount, occurred_at, local_day, recorded_at, refers_seq, rule_version, rule_id, \
             raw_points, reason, balance_after, fact, note_digest, principal, leaf_hash from entry, {many} where seq = 3"
        ),
        format!(
            "insert into account select program_id, 'm' || n, n, balances, credited, n from account, {many} \
             where member_id = 'ben'"
        ),
        format!("insert into note select program_id, n, salt, text from note, {many} where seq = 3"),
        format!(
            "insert into record select program_id, 'payout/' || n, n, due_at, state from record, {many} \
             where key = 'program'"
        ),
        format!(
            "insert into record select program_id, 'activity/later/' || n, n, due_at, state from record, {many} \
             where key = 'activity/shop/later'"
        ),
        "insert into record select program_id, 'activity/soon/' || n, n, due_at, state from record, \
         generate_series(1, 99) n where key = 'activity/shop/soon'"
            .into(),
    ] {
        cluster.psql(database, &sql);
    }
}

/// Asks everything a server asks while it serves; each often enough for the plan that is kept for all parameters.
async fn ask_everything(log: &dyn Log, writer: &mut Writer, round: u32) {
    let qc = program();
    for n in 0..8 {
        let (expect, batch) =
            writer.seal(&[award(&format!("a{round}-{n}"), "ben"), award(&format!("b{round}-{n}"), "cleo")]);
        log.append(&qc, expect, &batch).await.unwrap();
        log.open(&qc).await.unwrap().unwrap();
        log.heads(std::slice::from_ref(&qc)).await.unwrap();
        let names: Vec<_> = (0..40).map(|k| award(&format!("r{}", 500 + k), "ben").name).collect();
        assert_eq!(log.find(&qc, &names).await.unwrap().len(), 40);
        let seq = Seq::new(50_000).unwrap();
        assert_eq!(log.entries(&qc, seq, 100).await.unwrap().len(), 100);
        assert_eq!(log.history(&qc, seq, 50).await.unwrap().len(), 50);
        assert_eq!(log.notes(&qc, seq, Seq::new(50_100).unwrap()).await.unwrap().len(), 100);
        let members: Vec<_> = (0..40).map(|k| member(&format!("m{}", 500 + k))).collect();
        let want = Want { members, records: vec![RecordKey::Program, RecordKey::RuleSet(1)] };
        let loaded = log.load(&qc, &want).await.unwrap();
        assert_eq!((loaded.accounts.len(), loaded.records.len()), (40, 2));
        assert_eq!(log.accounts(&qc, Some(&member("m5")), 100).await.unwrap().len(), 100);
        assert_eq!(log.records(&qc, RecordKey::RULE_SETS, None, 100).await.unwrap().len(), 1);
        assert_eq!(log.due(&qc, time(SOON), 200).await.unwrap().len(), 100);
        assert_eq!(log.due(&qc, time(LATER), 200).await.unwrap().len(), 200);
        assert_eq!(log.due_programs(time(SOON), None, 100).await.unwrap(), std::slice::from_ref(&qc));
        assert_eq!(log.programs(None, 100).await.unwrap(), std::slice::from_ref(&qc));
    }
    log.fence(&qc).await.unwrap();
    writer.head.epoch += 1;
}

/// Each statement a cluster has logged with its plan, and how many pages it looked at.
fn logged(log: &str) -> Vec<(u32, String)> {
    let pages = |plan: &str| -> u32 {
        // The first such line is that of the whole statement.
        let line = plan.lines().find(|line| line.trim_start().starts_with("Buffers: shared")).unwrap_or_default();
        let counts = line.split_whitespace().filter_map(|word| word.split_once('='));
        counts
            .filter(|(what, _)| ["hit", "read"].contains(what))
            .map(|(_, count)| count.trim_end_matches(',').parse::<u32>().unwrap())
            .sum()
    };
    let plans = log.split("duration: ").skip(1).filter(|plan| plan.contains("Query Text:"));
    plans.map(|plan| (pages(plan), plan.to_owned())).collect()
}

/// A store that has just grown has no statistics yet: what is asked while it serves must not depend on them.
#[tokio::test]
async fn no_statement_reads_a_large_table_from_end_to_end_whatever_the_planner_knows() {
    let cluster = Cluster::start(&[
        "session_preload_libraries = 'auto_explain'",
        "auto_explain.log_min_duration = 0",
        "auto_explain.log_analyze = on",
        "auto_explain.log_timing = off",
        "auto_explain.log_buffers = on",
        "autovacuum = off",
    ]);
    let url = cluster.create_database();
    let log = open(&url, Purpose::Record).await.unwrap();
    log.create(&program(), SECRET).await.unwrap();
    let (mut writer, expect, batch) = Writer::with_program();
    log.append(&program(), expect, &batch).await.unwrap();
    let (expect, batch) = writer.seal(&[award("first", "ben")]);
    let batch = with_due(batch, &[("activity/shop/soon", Some(SOON)), ("activity/shop/later", Some(LATER))]);
    log.append(&program(), expect, &batch).await.unwrap();
    fill(&cluster, name(&url));
    // What was planned while the tables were empty must not stay.
    log.close().await;
    let pooler = Pooler::before(&cluster, 1);
    let pooled = pooler.url(name(&url));
    for (round, url, knows) in [(0, &url, "nothing"), (1, &pooled, "nothing"), (2, &url, "everything")] {
        if knows == "everything" {
            cluster.psql(name(url), "analyze");
        }
        let before = cluster.log().len();
        // One after the other, so that each is asked eight times of the same session.
        let log = open(url, Purpose::Record).await.unwrap();
        ask_everything(&*log, &mut writer, round).await;
        log.close().await;
        wait_until("the plans are logged", || logged(&cluster.log()[before..]).len() >= 8 * 14);
        let (pages, worst) = logged(&cluster.log()[before..]).into_iter().max().unwrap();
        assert!(pages > 20, "they are counted");
        assert!(pages < PAGES_MAX, "{pages} pages, when the planner knows {knows}: {worst}");
    }
}

/// Batches of one size, by two ways in turn: how long the middle one takes.
async fn medians(logs: [&dyn Log; 2], writers: &mut [Writer; 2], rows: u32, rounds: u32) -> [Duration; 2] {
    let mut took = [Vec::new(), Vec::new()];
    for round in 0..rounds {
        for way in 0..2 {
            let awards: Vec<_> =
                (0..rows).map(|n| award(&format!("w{way}-{rows}-{round}-{n}"), &format!("m{}", n % 50))).collect();
            let (expect, batch) = writers[way].seal(&awards);
            let watch = Stopwatch::start();
            logs[way].append(&program(), expect, &batch).await.unwrap();
            took[way].push(watch.elapsed());
        }
    }
    took.map(|mut took| {
        took.sort();
        took[took.len() / 2]
    })
}

/// TCP may hold the end of a write back until what went before is confirmed, 40 ms later: a batch must not wait for that.
///
/// Not so with TLS on the loopback, where a record is smaller than a packet; on a network it is larger, and nothing waits.
#[tokio::test]
async fn a_batch_over_tcp_takes_hardly_longer_than_over_the_unix_socket() {
    let [tcp, socket] = [(); 2].map(|()| shared().create_database());
    let socket = shared().socket_url(name(&socket));
    let logs = [open(&tcp, Purpose::Record).await.unwrap(), open(&socket, Purpose::Record).await.unwrap()];
    let mut writers = [(); 2].map(|()| Writer::default());
    for (log, writer) in logs.iter().zip(&mut writers) {
        log.create(&program(), SECRET).await.unwrap();
        let (made, expect, batch) = Writer::with_program();
        log.append(&program(), expect, &batch).await.unwrap();
        *writer = made;
    }
    for (rows, rounds) in [(1, 41), (100, 41), (1_000, 11)] {
        let [tcp, socket] = medians([&*logs[0], &*logs[1]], &mut writers, rows, rounds).await;
        println!("{rows} rows, median of {rounds}: {tcp:?} over TCP, {socket:?} over the Unix socket");
        // Neither noise nor the longer way is half of such a stall.
        assert!(tcp < socket * 2 + Duration::from_millis(20), "{rows} rows: {tcp:?} over TCP, {socket:?} without");
    }
    for log in logs {
        log.close().await;
    }
}
