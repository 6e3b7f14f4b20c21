//! Projections: a fold holds every entry that is committed, once and in order, of the log there is now.

use goodturn::domain::entry::Entry;
use goodturn::domain::value::encoding::Hash;
use goodturn::domain::value::seq::Seq;
use goodturn::ledger::projection::{Fold, Projections};
use goodturn::log::{LogError, Purpose, next_page, open};
use tempfile::TempDir;

use crate::support::bench::Bench;
use crate::support::clients::database;
use crate::support::restore::{copy, lose_entry, put_back_under};
use crate::support::sample::{award, program};

/// Every entry that it was given.
struct Seen {
    entries: Vec<(Seq, Hash)>,
}

impl Fold for Seen {
    type Key = &'static str;

    const KEPT_MAX: usize = 2;

    fn begin(_: &&'static str) -> Self {
        Self { entries: Vec::new() }
    }

    fn through(&self) -> Seq {
        self.entries.last().map_or(Seq::ZERO, |(seq, _)| *seq)
    }

    fn apply(&mut self, entry: &Entry) {
        self.entries.push((entry.seq, entry.leaf));
    }
}

async fn bench(folder: &TempDir) -> Bench {
    Bench::on(open(&database(folder), Purpose::Record).await.unwrap()).await
}

async fn seen(bench: &Bench, projections: &Projections<Seen>, key: &'static str) -> Vec<(Seq, Hash)> {
    projections.current(&bench.ledger, &bench.program, &key).await.unwrap().entries.clone()
}

async fn stored(bench: &Bench) -> Vec<(Seq, Hash)> {
    bench.entries().await.iter().map(|entry| (entry.seq, entry.leaf)).collect()
}

#[tokio::test]
async fn a_fold_never_lags_behind_a_receipt_and_takes_no_entry_twice() {
    let folder = TempDir::new().unwrap();
    let (bench, projections) = (bench(&folder).await, Projections::default());
    for (n, key) in ["a", "b", "a", "c", "a", "b"].into_iter().enumerate() {
        let receipt = bench.submit(award(&format!("k{n}"), "ben")).await.unwrap();
        let seen = seen(&bench, &projections, key).await;
        assert_eq!(seen.last().map(|(seq, _)| *seq), Some(receipt.seq), "{key}");
        assert_eq!(seen, stored(&bench).await, "{key}, carried on or begun anew");
    }
}

/// As many entries as before, and others: only that the log was found to be another tells.
#[tokio::test]
async fn a_log_that_was_put_back_is_folded_anew() {
    let folder = TempDir::new().unwrap();
    let (bench, projections) = (bench(&folder).await, Projections::default());
    let kept = copy(&folder, "kept.db").await;
    bench.submit(award("k1", "ben")).await.unwrap();
    let before = seen(&bench, &projections, "a").await;
    put_back_under(&folder, &kept).await;
    bench.submit(award("k2", "cleo")).await.unwrap();
    let after = seen(&bench, &projections, "a").await;
    assert_eq!((before.len(), before == after), (after.len(), false));
    assert_eq!(after, stored(&bench).await);
}

#[tokio::test]
async fn a_missing_entry_is_told_and_not_passed_over() {
    let folder = TempDir::new().unwrap();
    let bench = bench(&folder).await;
    for n in 3..=7 {
        bench.submit(award(&format!("k{n}"), "ben")).await.unwrap();
    }
    lose_entry(&folder, 5).await;
    let missing = |error: LogError| error.to_string();
    let of_qc_5 = "entry.seq of qc 5 is corrupt: the entry is missing";
    for max in [1, 3, 100] {
        let mut through = Seq::ZERO;
        let told = loop {
            match next_page(&*bench.log, &program(), &mut through, bench.program.head_seq(), max).await {
                Ok(page) => assert!(page.is_some(), "the end is never reached"),
                Err(error) => break error,
            }
        };
        assert_eq!(missing(told), of_qc_5, "{max} at a time");
    }
    let lost = Projections::<Seen>::default();
    let told = lost.current(&bench.ledger, &bench.program, &"a").await.err().unwrap();
    assert_eq!(missing(told), of_qc_5);
}
