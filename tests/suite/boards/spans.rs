//! Daily totals are stored span by span: a start reads them, and not the log; they are the same bytes whoever makes them; what is
//! wrong is found, and made anew.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use goodturn::board::{Begin, BoardError, BoardName, Boards, Page, Ranking};
use goodturn::domain::decide::command::Act;
use goodturn::domain::entry::Entry;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::project::people::Hidden;
use goodturn::domain::project::span::SPAN_ENTRIES;
use goodturn::domain::project::totals::Totals;
use goodturn::domain::terms::member::ShutOutReason;
use goodturn::domain::value::seq::Seq;
use goodturn::domain::value::time::Day;
use goodturn::domain::value::window::Window;
use goodturn::ledger::Ledger;
use goodturn::log::{Log, Purpose, StoredSpan, open};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};
use tempfile::TempDir;

use crate::support::bench::Bench;
use crate::support::clients::database;
use crate::support::ranked::naive;
use crate::support::restore::{copy, put_back_under};
use crate::support::sample::{act, award, done, member, program, record, time};

/// Entries of two spans and some more.
const ENTRIES: i64 = 2 * SPAN_ENTRIES + 500;

/// A programme of two spans and some more: a merger and a suspension in the first one, a reinstatement after the last.
async fn filled(folder: &TempDir) -> Bench {
    let bench = Bench::on(open(&database(folder), Purpose::Record).await.unwrap()).await;
    let mut submitted = Vec::new();
    for n in 3..ENTRIES {
        let who = format!("user-{}", n * n % 997);
        let command = match n {
            5_000 => {
                let suspend = Act::SuspendMember(member("user-4"), ShutOutReason::FraudSuspected);
                act(CommandKind::SuspendMember, "s1", "anna", suspend)
            }
            9_000 => {
                let merge = Act::MergeMembers { from: member("user-9"), into: member("user-16") };
                act(CommandKind::MergeMembers, "m1", "anna", merge)
            }
            33_000 => act(CommandKind::ReinstateMember, "s1", "anna", Act::ReinstateMember(member("user-4"))),
            _ => {
                let mut activity = done(if n % 3 == 0 { "answer_accepted" } else { "kudos" }, &who);
                activity.occurred_at = time(if n % 2 == 0 { "2018-03-31T12:00:00Z" } else { "2018-04-01T12:00:00Z" });
                record(&format!("k{n}"), activity)
            }
        };
        submitted.push(bench.begin(command));
        if submitted.len() == 2_000 {
            for done in submitted.drain(..) {
                done.await.unwrap().unwrap();
            }
        }
    }
    for done in submitted {
        done.await.unwrap().unwrap();
    }
    bench
}

fn names() -> [BoardName; 3] {
    let march = Window::month_of(Day::from_date(jiff::civil::date(2018, 3, 1)));
    let name = |window, include| BoardName { window, kind: None, include };
    [name(Window::all_time(), Hidden::NOT), name(march, Hidden::NOT), name(Window::all_time(), Hidden::SUSPENDED)]
}

async fn page(boards: &Boards, bench: &Bench, name: &BoardName, begin: Begin) -> (Vec<(String, i64)>, usize) {
    let mut tries = 30;
    let page: Page = loop {
        match boards.page(&bench.program, name, begin, usize::MAX, Ranking::Ordinal).await {
            // As a caller does who is told to come again: a busy machine may take longer than the server waits.
            Err(BoardError::Loading { .. }) if tries > 0 => tries -= 1,
            read => break read.unwrap(),
        }
    };
    (page.rows.into_iter().map(|row| (row.member.to_string(), row.points)).collect(), page.left_out)
}

/// The spans that entries give.
fn spans_of(entries: &[Entry]) -> Vec<StoredSpan> {
    let mut totals = Totals::default();
    for entry in entries {
        totals.apply(entry);
    }
    let ends = (1..).map(|n| Seq::new(n * SPAN_ENTRIES).unwrap());
    ends.map_while(|end| totals.span(end)).map(|(span, leaf)| StoredSpan::of(&span, leaf)).collect()
}

/// Waits until these spans are stored, byte for byte.
async fn stored(log: &dyn Log, expected: &[StoredSpan], after: &str) {
    let ends: Vec<Seq> = expected.iter().map(|span| span.head.through).collect();
    for _ in 0..1_000 {
        let heads = log.spans(&program(), Seq::ZERO, 100).await.unwrap();
        let totals = log.span_totals(&program(), &ends).await.unwrap();
        let whole = heads.into_iter().zip(totals).map(|(head, (_, totals))| StoredSpan { head, totals });
        if whole.eq(expected.iter().cloned()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the spans are never stored after {after}");
}

async fn intruder(folder: &TempDir) -> SqliteConnection {
    SqliteConnectOptions::new().filename(folder.path().join("goodturn.db")).connect().await.unwrap()
}

async fn change(folder: &TempDir, sql: &'static str) {
    let changed = sqlx::query(sql).execute(&mut intruder(folder).await).await.unwrap().rows_affected();
    assert_eq!(changed, 1, "{sql}");
}

async fn findings(bench: &Bench) -> Vec<i64> {
    let report = goodturn::audit::verify(&*bench.log, &program(), |_| ()).await.unwrap().unwrap();
    report.findings.into_iter().map(|finding| finding.seq.get()).collect()
}

#[tokio::test]
async fn a_start_reads_stored_totals_and_what_follows_them() {
    // INV 53, 87, 89
    let folder = TempDir::new().unwrap();
    let bench = filled(&folder).await;
    let boards = Boards::new(Arc::clone(&bench.ledger));
    let entries = bench.log_entries().await;
    let head = bench.program.head_seq();
    for name in names() {
        assert_eq!(page(&boards, &bench, &name, Begin::Now).await, naive(&entries, &name, head, head));
    }
    // INV 89: the same bytes, whoever makes them.
    let spans = spans_of(&entries);
    assert_eq!(spans.len(), 2);
    stored(&*bench.log, &spans, "the first read").await;

    let read = || bench.log.entries_read.swap(0, Ordering::SeqCst);
    read();
    let anew = Boards::new(Arc::clone(&bench.ledger));
    for name in names() {
        assert_eq!(page(&anew, &bench, &name, Begin::Now).await, naive(&entries, &name, head, head));
    }
    assert!(i64::try_from(read()).unwrap() < SPAN_ENTRIES, "only what follows the last span");
    for (seq, most) in [(4_000, SPAN_ENTRIES), (SPAN_ENTRIES, 0), (20_000, SPAN_ENTRIES), (ENTRIES - 300, 0)] {
        let seq = Seq::new(seq).unwrap();
        for name in names() {
            assert_eq!(page(&anew, &bench, &name, Begin::AsOf(seq)).await, naive(&entries, &name, seq, head), "{seq}");
            assert!(i64::try_from(read()).unwrap() <= most, "as of {seq}");
        }
    }
    bench.submit(award("later", "user-4")).await.unwrap();
    let _now = page(&anew, &bench, &names()[0], Begin::Now).await;
    assert_eq!(read(), 0, "what this server records is not read from the store");

    assert_eq!(findings(&bench).await, Vec::<i64>::new());

    // Bytes that are not what was written are made anew, and those of another log count as none.
    let wrong = [
        "update span set totals = zeroblob(100) where through_seq = 16384",
        "update span set people = zeroblob(4) where through_seq = 16384",
        "update span set leaf_hash = zeroblob(32) where through_seq = 32768",
        "update span set format = 2 where through_seq = 32768",
        "delete from span where through_seq = 16384",
    ];
    let (entries, head) = (bench.log_entries().await, bench.program.head_seq());
    let expected = names().map(|name| naive(&entries, &name, head, head));
    for sql in wrong {
        change(&folder, sql).await;
        let anew = Boards::new(Arc::clone(&bench.ledger));
        for (name, expected) in names().iter().zip(&expected) {
            assert_eq!(page(&anew, &bench, name, Begin::Now).await, *expected, "{sql}");
        }
        stored(&*bench.log, &spans, sql).await;
    }

    // Totals that are whole and lie: only whoever folds the log again can tell.
    let first = &spans[0];
    let mut lie = first.head.with(&first.totals).unwrap();
    lie.rows[0].total.points += 1;
    bench.log.put_span(&program(), &StoredSpan::of(&lie, first.head.leaf)).await.unwrap();
    assert_eq!(findings(&bench).await, [SPAN_ENTRIES]);
}

#[tokio::test]
async fn a_server_that_only_reads_stores_nothing_and_ranks_alike() {
    let folder = TempDir::new().unwrap();
    let bench = filled(&folder).await;
    let ledger = Arc::new(Ledger::new(bench.log.clone(), bench.clock.clone()));
    let state = ledger.program(&program()).await.unwrap().unwrap();
    let (reads, writes) = (Boards::new(ledger).reading_only(), Boards::new(Arc::clone(&bench.ledger)));
    let name = &names()[0];
    let read = reads.page(&state, name, Begin::Now, 100, Ranking::Ordinal).await.unwrap();
    assert_eq!(bench.log.spans(&program(), Seq::ZERO, 100).await.unwrap(), []);
    assert_eq!(writes.page(&bench.program, name, Begin::Now, 100, Ranking::Ordinal).await.unwrap().rows, read.rows);
}

/// As many entries as before, and others: boards of the log that is no more are shown to nobody.
#[tokio::test]
async fn a_log_that_was_put_back_has_boards_of_its_own() {
    // INV 25, 53
    let folder = TempDir::new().unwrap();
    let bench = Bench::on(open(&database(&folder), Purpose::Record).await.unwrap()).await;
    let boards = Boards::new(Arc::clone(&bench.ledger));
    let all = &names()[0];
    bench.submit(award("k1", "ben")).await.unwrap();
    let kept = copy(&folder, "kept.db").await;
    for n in 2..20 {
        bench.submit(award(&format!("k{n}"), "cleo")).await.unwrap();
        let _seen = page(&boards, &bench, all, Begin::Now).await;
    }
    put_back_under(&folder, &kept).await;
    for n in 2..30 {
        bench.submit(award(&format!("l{n}"), "dora")).await.unwrap();
        let (entries, head) = (bench.log_entries().await, bench.program.head_seq());
        assert_eq!(page(&boards, &bench, all, Begin::Now).await, naive(&entries, all, head, head), "after {n}");
        let early = Seq::new(4).unwrap();
        assert_eq!(
            page(&boards, &bench, all, Begin::AsOf(early)).await,
            naive(&entries, all, early, head),
            "after {n}"
        );
    }
}
