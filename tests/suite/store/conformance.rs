//! The log's contract, checked over every implementation.

use std::sync::Arc;

use goodturn::domain::project::span::OpenSpan;
use goodturn::domain::state::record::RecordKey;
use goodturn::domain::value::seq::Seq;
use goodturn::domain::value::time::Micros;
use goodturn::log::memory::MemoryLog;
use goodturn::log::{AppendError, Expect, Log, Purpose, SpanHead, StoredSpan, Want};

use crate::support::sample::{Due, SECRET, Writer, award, earning, member, program, time, with_due};

/// Runs each check over every implementation.
macro_rules! conformance {
    ($($(#[$doc:meta])* $check:ident;)+) => {
        mod memory {
            use super::*;
            $($(#[$doc])* #[tokio::test] async fn $check() { super::$check(&MemoryLog::default()).await; })+
        }

        mod sqlite {
            use super::*;
            $($(#[$doc])* #[tokio::test] async fn $check() {
                let folder = tempfile::tempdir().unwrap();
                let url = crate::support::clients::database(&folder);
                let log = goodturn::log::open(&url, Purpose::Record).await.unwrap();
                super::$check(&*log).await;
                log.close().await;
            })+
        }

        mod postgres {
            use super::*;
            $($(#[$doc])* #[tokio::test] async fn $check() {
                let url = crate::support::postgres::shared().create_database();
                let log = goodturn::log::open(&url, Purpose::Record).await.unwrap();
                super::$check(&*log).await;
                log.close().await;
            })+
        }
    };
}

conformance! {
    a_programme_is_made_once_and_keeps_its_secret;
    a_batch_is_visible_at_once_and_whole;
    an_append_on_another_head_is_stale_and_does_nothing;
    a_name_is_recorded_once;
    a_fence_keeps_earlier_appends_out;
    seqs_have_no_gap_and_pages_join;
    a_history_is_the_members_own_newest_first;
    accounts_and_records_are_those_of_the_entries;
    what_is_due_is_told_by_time_and_then_by_key;
    a_record_that_is_put_off_or_done_is_not_due_any_more;
    a_sound_store_is_found_sound;
    text_is_ordered_by_bytes;
    programmes_do_not_see_each_other;
    a_large_batch_is_recorded_whole;
    racing_writers_append_once_each_and_leave_no_gap;
    heads_are_told_of_what_exists;
    the_stores_clock_is_near_this_machines_if_it_has_one;
    totals_of_a_span_are_stored_for_the_log_they_are_of;
}

async fn recorded(log: &dyn Log) -> Writer {
    log.create(&program(), SECRET).await.unwrap();
    let (mut writer, expect, batch) = Writer::with_program();
    log.append(&program(), expect, &batch).await.unwrap();
    let (expect, batch) = writer.seal(&[award("a1", "ben"), award("a2", "cleo"), award("a3", "ben")]);
    log.append(&program(), expect, &batch).await.unwrap();
    writer
}

async fn a_programme_is_made_once_and_keeps_its_secret(log: &dyn Log) {
    assert!(log.open(&program()).await.unwrap().is_none());
    let made = log.create(&program(), SECRET).await.unwrap();
    let again = log.create(&program(), goodturn::domain::value::encoding::Secret::new([9; 32])).await.unwrap();
    assert!(made == again, "the first secret stays");
    assert!(log.open(&program()).await.unwrap() == Some(made));
    assert_eq!(log.programs(None, 10).await.unwrap(), [program()]);
    assert!(log.programs(Some(&program()), 10).await.unwrap().is_empty());
}

async fn a_batch_is_visible_at_once_and_whole(log: &dyn Log) {
    // INV 2, 8
    let writer = recorded(log).await;
    let entries = log.entries(&program(), Seq::ZERO, 100).await.unwrap();
    assert_eq!(entries.len(), 5);
    assert!(log.open(&program()).await.unwrap().unwrap().head == writer.head);
    let notes = log.notes(&program(), Seq::ZERO, writer.head.seq).await.unwrap();
    assert_eq!(notes.iter().map(|(seq, _)| seq.get()).collect::<Vec<_>>(), [3, 4, 5]);
    assert_eq!(&*notes[0].1.text, b"a1");
    // What was read is what was sealed: every field survives the store.
    for entry in &entries {
        assert_eq!(entry.leaf, entry.compute_leaf(&program(), &SECRET));
    }
}

async fn an_append_on_another_head_is_stale_and_does_nothing(log: &dyn Log) {
    // INV 4, 20
    let mut writer = recorded(log).await;
    let (expect, batch) = writer.seal(&[award("a4", "ben")]);
    let wrong = [Expect { seq: Seq::ZERO, ..expect }, Expect { epoch: expect.epoch + 1, ..expect }];
    for expect in wrong {
        assert!(matches!(log.append(&program(), expect, &batch).await, Err(AppendError::Stale)));
    }
    assert_eq!(log.entries(&program(), Seq::ZERO, 100).await.unwrap().len(), 5);
    log.append(&program(), expect, &batch).await.unwrap();
    assert!(matches!(log.append(&program(), expect, &batch).await, Err(AppendError::Stale)), "only once");
}

async fn a_name_is_recorded_once(log: &dyn Log) {
    // INV 3, 17
    let mut writer = recorded(log).await;
    let (expect, batch) = writer.seal(&[award("new", "ben"), award("a2", "cleo")]);
    assert!(matches!(log.append(&program(), expect, &batch).await, Err(AppendError::KnownId)));
    assert_eq!(log.entries(&program(), Seq::ZERO, 100).await.unwrap().len(), 5, "nothing of the batch");
    let names = [award("a2", "x").name, award("new", "x").name];
    let found = log.find(&program(), &names).await.unwrap();
    assert_eq!(found.iter().map(|entry| entry.seq.get()).collect::<Vec<_>>(), [4]);
}

async fn a_fence_keeps_earlier_appends_out(log: &dyn Log) {
    // INV 9
    let mut writer = recorded(log).await;
    let (expect, batch) = writer.seal(&[award("a4", "ben")]);
    let head = log.fence(&program()).await.unwrap();
    assert_eq!(head.epoch, expect.epoch + 1);
    assert!(matches!(log.append(&program(), expect, &batch).await, Err(AppendError::Stale)));
    assert_eq!(log.entries(&program(), Seq::ZERO, 100).await.unwrap().len(), 5);
}

async fn seqs_have_no_gap_and_pages_join(log: &dyn Log) {
    // INV 19, 29
    recorded(log).await;
    let mut seqs = Vec::new();
    let mut after = Seq::ZERO;
    loop {
        let page = log.entries(&program(), after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.seq;
        seqs.extend(page.iter().map(|entry| entry.seq.get()));
    }
    assert_eq!(seqs, [1, 2, 3, 4, 5]);
}

async fn a_history_is_the_members_own_newest_first(log: &dyn Log) {
    recorded(log).await;
    let history = log.history(&program(), Seq::new(5).unwrap(), 10).await.unwrap();
    assert_eq!(history.iter().map(|entry| entry.seq.get()).collect::<Vec<_>>(), [5, 3]);
    assert!(history.iter().all(|entry| entry.member == Some(member("ben"))));
    let first = log.history(&program(), Seq::new(5).unwrap(), 1).await.unwrap();
    assert_eq!(first.iter().map(|entry| entry.seq.get()).collect::<Vec<_>>(), [5]);
    assert!(log.history(&program(), Seq::ZERO, 10).await.unwrap().is_empty());
}

async fn accounts_and_records_are_those_of_the_entries(log: &dyn Log) {
    // INV 30
    let writer = recorded(log).await;
    let accounts = log.accounts(&program(), None, 100).await.unwrap();
    assert_eq!(accounts, writer.state.accounts.values().cloned().collect::<Vec<_>>());
    assert_eq!(log.accounts(&program(), Some(&member("ben")), 100).await.unwrap().len(), 1);
    let records = log.records(&program(), "", None, 100).await.unwrap();
    assert_eq!(records.iter().map(|r| r.key.to_string()).collect::<Vec<_>>(), ["program", "rule_set/0000000001"]);
    for stored in &records {
        assert_eq!(writer.state.records.get(&stored.key), Some(&(stored.seq, stored.record.clone())));
    }
    assert_eq!(log.records(&program(), RecordKey::RULE_SETS, None, 100).await.unwrap().len(), 1);
    assert!(log.records(&program(), RecordKey::PAYOUTS, None, 100).await.unwrap().is_empty());
    let want = Want {
        members: vec![member("cleo"), member("nobody")],
        records: vec![RecordKey::Program, RecordKey::RuleSet(2)],
    };
    let loaded = log.load(&program(), &want).await.unwrap();
    assert_eq!(loaded.accounts, [accounts[1].clone()]);
    assert_eq!(loaded.records, [records[0].clone()]);
}

const FAR_OFF: &str = "9999-12-30T00:00:00Z";

/// Keys of the records due by a time, at most so many.
async fn due(log: &dyn Log, until: Micros, max: u32) -> Vec<String> {
    let due = log.due(&program(), until, max).await.unwrap();
    due.iter().map(|stored| stored.key.to_string()).collect()
}

/// Whether the programme is among those with a record due by a time.
async fn is_due(log: &dyn Log, until: Micros) -> bool {
    log.due_programs(until, None, 10).await.unwrap().contains(&program())
}

async fn what_is_due_is_told_by_time_and_then_by_key(log: &dyn Log) {
    assert!(log.due(&program(), time(FAR_OFF), 10).await.unwrap().is_empty(), "there is no programme yet");
    assert!(!is_due(log, time(FAR_OFF)).await);
    let mut writer = recorded(log).await;
    assert!(due(log, time(FAR_OFF), 10).await.is_empty());
    assert!(!is_due(log, time(FAR_OFF)).await);
    let (before_1970, noon) = ("1969-12-31T23:59:59Z", "2018-05-01T12:00:00Z");
    let records = [
        ("activity/shop/last", Some(FAR_OFF)),
        ("activity/shop/a2", Some(noon)),
        ("activity/shop/a10", Some(noon)),
        // As text it comes before those of `shop`: `-` is less than `/`.
        ("activity/shop-b/a3", Some(noon)),
        ("activity/shop/never", None),
        ("activity/shop/old", Some(before_1970)),
    ];
    let (expect, batch) = writer.seal(&[award("a4", "ben")]);
    log.append(&program(), expect, &with_due(batch, &records)).await.unwrap();

    let all =
        ["activity/shop/old", "activity/shop-b/a3", "activity/shop/a10", "activity/shop/a2", "activity/shop/last"];
    let noon = time(noon);
    assert_eq!(due(log, time(FAR_OFF), 10).await, all);
    assert_eq!(due(log, noon, 10).await, all[..4], "what is due at the very time is due");
    assert_eq!(due(log, noon.plus(-1), 10).await, all[..1]);
    assert_eq!(due(log, time(before_1970).plus(-1), 10).await, [""; 0]);
    assert_eq!(due(log, noon, 3).await, all[..3]);
    assert_eq!(due(log, noon, 0).await, [""; 0]);
    assert_eq!((is_due(log, time(before_1970).plus(-1)).await, is_due(log, time(before_1970)).await), (false, true));
    let [first] = &log.due(&program(), noon, 1).await.unwrap()[..] else { panic!("one") };
    assert_eq!((first.seq, &first.record), (writer.head.seq, &earning(Some(before_1970))));
    // Whoever asks for records sees all of them, due or not.
    assert_eq!(log.records(&program(), "activity/shop", None, 100).await.unwrap().len(), records.len());
}

async fn a_record_that_is_put_off_or_done_is_not_due_any_more(log: &dyn Log) {
    let mut writer = recorded(log).await;
    let (may, june, july) = ("2018-05-01T00:00:00Z", "2018-06-01T00:00:00Z", "2018-07-01T00:00:00Z");
    let (one, other) = ("activity/shop/one", "activity/shop/other");
    let steps: [(&[Due], &[&str], Option<&str>); 5] = [
        (&[(one, Some(may)), (other, Some(june))], &[one, other], Some(may)),
        (&[(one, Some(july))], &[other], Some(june)),
        (&[(one, Some(may))], &[one, other], Some(may)),
        (&[(one, None)], &[other], Some(june)),
        (&[(one, None), (other, None)], &[], None),
    ];
    for (step, (changes, expected, next)) in steps.into_iter().enumerate() {
        let (expect, batch) = writer.seal(&[award(&format!("step{step}"), "ben")]);
        log.append(&program(), expect, &with_due(batch, changes)).await.unwrap();
        assert_eq!(due(log, time(june), 10).await, expected, "after step {step}");
        let (before, at) = match next.map(time) {
            Some(next) => (is_due(log, next.plus(-1)).await, is_due(log, next).await),
            None => (is_due(log, time(FAR_OFF)).await, true),
        };
        assert_eq!((before, at), (false, true), "after step {step}");
    }
}

async fn a_sound_store_is_found_sound(log: &dyn Log) {
    recorded(log).await;
    log.present().unwrap();
    assert_eq!(log.integrity().await.unwrap().problems, [""; 0]);
}

async fn text_is_ordered_by_bytes(log: &dyn Log) {
    let mut writer = recorded(log).await;
    let (expect, batch) = writer.seal(&[award("b1", "Zoe"), award("b2", "_"), award("b3", "~"), award("b4", "a-b")]);
    log.append(&program(), expect, &batch).await.unwrap();
    let accounts = log.accounts(&program(), None, 100).await.unwrap();
    let ids: Vec<&str> = accounts.iter().map(|account| account.member.as_str()).collect();
    assert_eq!(ids, ["Zoe", "_", "a-b", "ben", "cleo", "~"]);
}

async fn programmes_do_not_see_each_other(log: &dyn Log) {
    // INV 60, as far as the log goes
    let mut writer = recorded(log).await;
    let (expect, batch) = writer.seal(&[award("a4", "ben")]);
    let batch = with_due(batch, &[("activity/shop/a1", Some("2018-05-01T00:00:00Z"))]);
    log.append(&program(), expect, &batch).await.unwrap();
    let other = goodturn::domain::value::ids::ProgramId::parse("other").unwrap();
    log.create(&other, SECRET).await.unwrap();
    assert!(log.entries(&other, Seq::ZERO, 100).await.unwrap().is_empty());
    assert!(log.accounts(&other, None, 100).await.unwrap().is_empty());
    assert!(log.records(&other, "", None, 100).await.unwrap().is_empty());
    assert!(log.due(&other, time(FAR_OFF), 100).await.unwrap().is_empty());
    assert_eq!(log.due_programs(time(FAR_OFF), None, 100).await.unwrap(), [program()]);
    assert!(log.due_programs(time(FAR_OFF), Some(&program()), 100).await.unwrap().is_empty());
    assert!(log.due_programs(time(FAR_OFF), None, 0).await.unwrap().is_empty());
    assert!(log.find(&other, &[award("a1", "ben").name]).await.unwrap().is_empty());
    assert!(log.history(&other, Seq::new(5).unwrap(), 10).await.unwrap().is_empty());
}

/// Every size of a multi-row statement is used: 512, 64, 8 and 1.
async fn a_large_batch_is_recorded_whole(log: &dyn Log) {
    let mut writer = recorded(log).await;
    let awards: Vec<_> = (0..1_100).map(|n| award(&format!("n{n}"), &format!("m{}", n % 700))).collect();
    let (expect, batch) = writer.seal(&awards);
    log.append(&program(), expect, &batch).await.unwrap();
    let entries = log.entries(&program(), Seq::new(5).unwrap(), 2_000).await.unwrap();
    assert_eq!(entries.len(), 1_100);
    assert!(entries.iter().zip(&batch.entries).all(|(read, sealed)| *read == **sealed));
    assert_eq!(log.accounts(&program(), None, 2_000).await.unwrap().len(), 702);
}

async fn racing_writers_append_once_each_and_leave_no_gap(log: &dyn Log) {
    // INV 14, 19, 20
    let writer = recorded(log).await;
    let writer = Arc::new(writer);
    let race = (0..8).map(|n| {
        let mut own =
            Writer { head: writer.head.clone(), state: writer.state.clone(), now: writer.now, ..Writer::default() };
        let (expect, batch) = own.seal(&[award(&format!("race{n}"), "ben")]);
        async move { log.append(&program(), expect, &batch).await }
    });
    let results = futures::future::join_all(race).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    assert!(results.iter().all(|result| matches!(result, Ok(()) | Err(AppendError::Stale))));
    let entries = log.entries(&program(), Seq::ZERO, 100).await.unwrap();
    assert_eq!(entries.last().map(|entry| entry.seq.get()), Some(6));
}

async fn heads_are_told_of_what_exists(log: &dyn Log) {
    let writer = recorded(log).await;
    let other = goodturn::domain::value::ids::ProgramId::parse("other").unwrap();
    let nobodys = goodturn::domain::value::ids::ProgramId::parse("nobodys").unwrap();
    assert_eq!(log.heads(&[]).await.unwrap(), []);
    assert_eq!(log.heads(std::slice::from_ref(&nobodys)).await.unwrap(), []);
    log.create(&other, SECRET).await.unwrap();
    log.fence(&other).await.unwrap();
    let mut heads = log.heads(&[other.clone(), nobodys, program()]).await.unwrap();
    heads.sort();
    let (own, others) = (writer.head, log.open(&other).await.unwrap().unwrap().head);
    assert_eq!(heads, [(other, Seq::ZERO, others.epoch), (program(), own.seq, own.epoch)]);
    assert_eq!((own.seq.get(), others.epoch), (5, goodturn::domain::decide::seal::Head::empty().epoch + 1));
}

async fn the_stores_clock_is_near_this_machines_if_it_has_one(log: &dyn Log) {
    use goodturn::ledger::clock::{Clock as _, SystemClock};
    let before = SystemClock.now();
    let pulse = log.pulse().await.unwrap();
    assert!(!pulse.is_read_only);
    let told = pulse.now;
    let after = SystemClock.now();
    // The store may round to its own microsecond.
    assert!(told.is_none_or(|told| told.get() >= before.get() - 1 && told.get() <= after.get() + 1), "{told:?}");
}

async fn totals_of_a_span_are_stored_for_the_log_they_are_of(log: &dyn Log) {
    recorded(log).await;
    let entries = log.entries(&program(), Seq::ZERO, 100).await.unwrap();
    let of = |seq: usize| {
        let mut open = OpenSpan::after(Seq::ZERO);
        entries[..seq].iter().for_each(|entry| open.apply(entry));
        StoredSpan::of(&open.totals(open.through()), open.leaf())
    };
    let heads = async |after| log.spans(&program(), after, 10).await.unwrap();
    let (early, late) = (of(2), of(5));
    assert_eq!((early.head.days, late.head.days.is_some()), (None, true), "nothing is credited at first");
    for span in [&late, &early, &late] {
        log.put_span(&program(), span).await.unwrap();
    }
    assert_eq!(heads(Seq::ZERO).await, [early.head.clone(), late.head.clone()]);
    assert_eq!(heads(early.head.through).await, std::slice::from_ref(&late.head));
    assert_eq!(log.spans(&program(), Seq::ZERO, 1).await.unwrap(), std::slice::from_ref(&early.head));
    let ends = [late.head.through, early.head.through, entries[3].seq];
    let totals = [(early.head.through, early.totals.clone()), (late.head.through, late.totals.clone())];
    assert_eq!(log.span_totals(&program(), &ends).await.unwrap(), totals);
    // Of another log, or of one that is longer.
    let other = StoredSpan { head: SpanHead { leaf: [7; 32], ..late.head.clone() }, totals: Vec::new() };
    let longer = StoredSpan { head: SpanHead { through: Seq::MAX, ..late.head.clone() }, totals: Vec::new() };
    for span in [&other, &longer] {
        log.put_span(&program(), span).await.unwrap();
    }
    assert_eq!(log.span_totals(&program(), &ends).await.unwrap(), totals);
    let changed = StoredSpan { head: SpanHead { digest: [8; 32], ..late.head.clone() }, totals: vec![9] };
    log.put_span(&program(), &changed).await.unwrap();
    assert_eq!(heads(early.head.through).await, [changed.head], "another digest takes its place");
}
