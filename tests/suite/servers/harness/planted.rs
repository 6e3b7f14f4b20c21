//! The checker is checked: every fault that is planted into a good run is found, under its own invariant.

use super::checker::{Observed, Stored, check};
use super::history::{Ack, Attempt, Outcome, Recorder};

fn attempt(name: &str, invoked: u64, completed: u64, outcome: Outcome) -> Attempt {
    Attempt { client: 0, name: name.into(), nth: 0, invoked, completed: Some(completed), outcome }
}

fn acked(seq: i64, available: i64) -> Outcome {
    Outcome::Acked(Ack { seq, points: 1, available })
}

fn stored(seq: i64, name: &str, member: &str, available_after: i64) -> Stored {
    let leaf = vec![u8::try_from(seq).unwrap(); 32];
    let (from, to) = ("issued".into(), "available".into());
    let recorded_at = (seq, 0);
    let (name, member) = (name.into(), member.into());
    Stored { seq, name, member, from, to, amount: 1, available_after, recorded_at, leaf }
}

/// Three members; `a` and `b` overlap, `c` follows both and is replayed, `d` is unknown and recorded, `e` unknown and
/// not, `f` refused, `g` unknown at first and acked after a retry.
fn good() -> (Vec<Attempt>, Observed) {
    let unknown = || Outcome::Unknown("cut".into());
    let history = vec![
        attempt("b", 0, 3, acked(3, 1)),
        attempt("a", 1, 2, acked(2, 1)),
        attempt("c", 4, 5, acked(4, 2)),
        attempt("c", 6, 7, acked(4, 2)),
        attempt("d", 8, 9, unknown()),
        Attempt { completed: None, ..attempt("e", 10, 0, unknown()) },
        attempt("f", 11, 12, Outcome::Refused("ERROR_REASON_STORE_UNAVAILABLE".into())),
        attempt("g", 13, 14, unknown()),
        attempt("g", 15, 16, acked(6, 2)),
    ];
    let program = Stored { seq: 1, recorded_at: (1, 0), leaf: vec![1; 32], ..Stored::default() };
    let entries = vec![
        program,
        stored(2, "a", "ada", 1),
        stored(3, "b", "ben", 1),
        stored(4, "c", "ada", 2),
        stored(5, "d", "cleo", 1),
        stored(6, "g", "ben", 2),
    ];
    let available = [("ada", 2), ("ben", 2), ("cleo", 1)].map(|(member, points)| (member.to_owned(), points)).into();
    let seen = entries.iter().map(|entry| (entry.seq, entry.leaf.clone())).collect();
    (history, Observed { entries, available, seen, findings: Vec::new() })
}

/// Plants a fault, and returns the invariants that are said to be broken.
fn found(plant: impl FnOnce(&mut Vec<Attempt>, &mut Observed)) -> Vec<u32> {
    let (mut history, mut log) = good();
    plant(&mut history, &mut log);
    check(&history, &log).violations.into_iter().map(|violation| violation.invariant).collect()
}

/// Leaves no gap behind, so that nothing but the fault itself can be found.
fn renumber(log: &mut Observed) {
    log.seen.clear();
    for (seq, entry) in (1..).zip(&mut log.entries) {
        entry.seq = seq;
        entry.recorded_at = (seq, 0);
    }
}

#[test]
fn a_good_run_is_found_good_and_counted() {
    // INV 21
    let (history, log) = good();
    let verdict = check(&history, &log);
    verdict.assert_clean();
    assert_eq!((verdict.acked, verdict.unknown, verdict.refused), (4, 3, 1));
    assert_eq!((verdict.lost, verdict.duplicated), (0, 0));
}

#[test]
fn an_acked_entry_that_is_gone_is_found() {
    let broken = found(|_, log| {
        log.entries.pop();
        log.seen.pop();
        log.available.insert("ben".into(), 1);
    });
    assert_eq!(broken, [1]);
    // In the middle, and even where the seqs were closed again.
    let broken = found(|_, log| {
        log.entries.remove(3);
        renumber(log);
    });
    assert!(broken.contains(&1), "{broken:?}");
    let (history, mut log) = good();
    log.entries.pop();
    assert_eq!(check(&history, &log).lost, 1);
}

#[test]
fn an_entry_that_is_there_twice_is_found() {
    let twice = |log: &mut Observed| {
        let again = Stored { available_after: 3, ..stored(7, "c", "ada", 3) };
        log.entries.push(again);
        log.available.insert("ada".into(), 3);
    };
    assert_eq!(found(|_, log| twice(log)), [3]);
    let (history, mut log) = good();
    twice(&mut log);
    assert_eq!(check(&history, &log).duplicated, 1);
}

#[test]
fn a_refused_command_with_an_effect_is_found() {
    let broken = found(|_, log| {
        log.entries.push(stored(7, "f", "cleo", 2));
        log.available.insert("cleo".into(), 2);
    });
    assert_eq!(broken, [4]);
}

#[test]
fn an_entry_nobody_sent_is_found() {
    let broken = found(|_, log| {
        log.entries.push(stored(7, "z", "cleo", 2));
        log.available.insert("cleo".into(), 2);
    });
    assert_eq!(broken, [5]);
}

#[test]
fn a_receipt_that_is_not_what_is_stored_is_found() {
    assert_eq!(found(|history, _| history[0].outcome = acked(2, 1)), [8], "of another seq");
    assert_eq!(found(|history, _| history[0].outcome = acked(3, 9)), [8], "of another balance");
    let two_points = Outcome::Acked(Ack { seq: 3, points: 2, available: 1 });
    assert_eq!(found(|history, _| history[0].outcome = two_points), [8], "of other points");
    assert_eq!(found(|history, _| history[3].outcome = acked(5, 2)), [10, 21], "a replay with another receipt");
}

#[test]
fn an_entry_that_stands_before_one_acked_earlier_is_found() {
    // INV 21
    // `c` was sent after `a` and `b` had been acked.
    let broken = found(|history, log| {
        log.entries.swap(2, 3);
        renumber(log);
        history[0].outcome = acked(4, 1);
        history[2].outcome = acked(3, 2);
        history[3].outcome = acked(3, 2);
    });
    assert_eq!(broken, [21]);
    // Also where the later one has no receipt: `d` before `c`.
    let broken = found(|history, log| {
        log.entries.swap(3, 4);
        renumber(log);
        history[2].outcome = acked(5, 2);
        history[3].outcome = acked(5, 2);
    });
    assert_eq!(broken, [21]);
    // `a` and `b` overlapped: either order is right.
    let broken = found(|history, log| {
        log.entries.swap(1, 2);
        renumber(log);
        history[0].outcome = acked(2, 1);
        history[1].outcome = acked(3, 1);
    });
    assert_eq!(broken, [0; 0]);
}

#[test]
fn a_gap_and_time_that_goes_back_are_found() {
    let broken = found(|history, log| {
        log.entries.last_mut().unwrap().seq = 7;
        log.seen.pop();
        history[8].outcome = acked(7, 2);
    });
    assert_eq!(broken, [19]);
    assert_eq!(found(|_, log| log.entries[4].recorded_at = (3, 999)), [22]);
}

#[test]
fn what_a_reader_saw_and_is_gone_or_changed_is_found() {
    assert_eq!(found(|_, log| log.seen.push((7, vec![7; 32]))), [20]);
    assert_eq!(found(|_, log| log.seen[4].1[0] ^= 1), [20]);
}

#[test]
fn a_balance_that_is_not_what_the_entries_sum_to_is_found() {
    assert_eq!(found(|_, log| *log.available.get_mut("ada").unwrap() = 3), [30]);
    assert_eq!(found(|_, log| log.available.retain(|member, _| member != "cleo")), [30]);
    assert_eq!(found(|_, log| log.entries[4].available_after = 2), [30], "in an entry");
}

#[test]
fn what_the_verifier_finds_is_passed_on() {
    assert_eq!(found(|_, log| log.findings.push("seq 4: not as it was recorded".into())), [57]);
}

#[test]
fn an_answer_that_comes_while_the_power_is_cut_or_was_asked_for_before_is_not_believed() {
    let recorder = Recorder::default();
    let sent = ["before", "during", "across", "after"].map(|name| (name, recorder.invoke(0, name, 0)));
    let [(_, before), (_, during), (_, across), _] = sent;
    recorder.complete(before, acked(2, 1));
    recorder.lights_out();
    recorder.complete(during, acked(3, 2));
    recorder.lights_on();
    recorder.complete(across, acked(4, 3));
    let after = recorder.invoke(0, "after", 1);
    recorder.complete(after, acked(5, 4));
    let believed = recorder.history().into_iter().filter(|attempt| matches!(attempt.outcome, Outcome::Acked(_)));
    let names: Vec<_> = believed.map(|attempt| (attempt.name, attempt.nth)).collect();
    assert_eq!(names, [("before".to_owned(), 0), ("after".to_owned(), 1)]);
}
