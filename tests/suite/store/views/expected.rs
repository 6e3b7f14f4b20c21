//! What the views must show of a log, computed from the entries and accounts that the program reads.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::sync::Arc;

use goodturn::domain::decide::seal::Head;
use goodturn::domain::entry::Entry;
use goodturn::domain::entry::fact::Fact;
use goodturn::domain::entry::format::Format;
use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::project::people::{People, PersonChange};
use goodturn::domain::state::account::Account;
use goodturn::domain::state::overlay::{Changes, Overlay};
use goodturn::domain::terms::member::ShutOutReason;
use goodturn::domain::value::amount::Move;
use goodturn::domain::value::bucket::{Bucket, Unit};
use goodturn::domain::value::encoding::hex;
use goodturn::domain::value::ids::{MemberId, PayoutId};
use goodturn::domain::value::money::Currency;
use goodturn::domain::value::reason::Reason;
use goodturn::domain::value::seq::Seq;
use goodturn::domain::value::time::Micros;
use goodturn::domain::value::tree::Frontier;
use goodturn::log::{Ready, Sealed};

use crate::support::every_kind::every_kind;
use crate::support::sample::program;

/// Returns the log with every kind of entry as one batch.
pub fn everything() -> Arc<Sealed> {
    let entries = every_kind();
    let (mut changes, mut tree) = (Changes::default(), Frontier::default());
    for entry in &entries {
        let mut overlay = Overlay::new(&changes);
        overlay.apply(entry).unwrap();
        let changed = overlay.changes;
        changes.absorb(changed);
        tree.append(entry.leaf);
    }
    let last = entries.last().unwrap();
    let head = Head { seq: last.seq, at: last.recorded_at, epoch: 0, format: Format::CURRENT, tree };
    Arc::new(Sealed { head, entries, changes, notes: Vec::new(), ready: Ready::default() })
}

/// Writes a time with microseconds, and nothing for none.
fn at(time: impl Into<Option<Micros>>) -> String {
    let Some(time) = time.into() else { return String::new() };
    let text = time.to_rfc3339();
    let text = text.trim_end_matches('Z');
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{seconds}.{fraction:0<6}Z")
}

/// Writes a value, and nothing for none.
fn or_nothing(value: Option<impl Display>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn pounds(minor: i64) -> String {
    Currency::from_code("GBP").unwrap().format(minor)
}

/// Writes a row as [`Store::rows`](super::asked::Store::rows) returns it.
pub fn row(values: &[&dyn Display]) -> String {
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    values.join("|")
}

fn credited(entry: &Entry) -> i64 {
    entry.movement.map_or(0, Move::credited)
}

fn payout_of(entry: &Entry) -> Option<&PayoutId> {
    match &entry.fact {
        Fact::Payout(terms) => Some(&terms.id),
        Fact::PayoutStep(step) => Some(&step.payout),
        Fact::PayoutContent(content) => Some(&content.payout),
        Fact::PayoutAct(payout) => Some(payout),
        Fact::PayoutReduction(reduction) => Some(&reduction.payout),
        Fact::AdjustmentMove(moved) => moved.payout.as_ref(),
        Fact::Listed(listed) => Some(&listed.payout),
        Fact::Lot(fact) => Some(&fact.lot.payout),
        Fact::Closing(closing) => Some(&closing.payout),
        Fact::Part(part) => Some(&part.lot.payout),
        _ => None,
    }
}

/// The reason that calls show, too.
fn reason_of(entry: &Entry) -> Option<&'static str> {
    entry.reason.map(Reason::name).or_else(|| match &entry.fact {
        Fact::Adjustment(fact) => Some(fact.reason.name()),
        Fact::AdjustmentMove(moved) => Some(moved.of.reason.name()),
        Fact::Member(fact) => fact.reason.map(ShutOutReason::name),
        _ => None,
    })
}

fn entry_row(entry: &Entry) -> String {
    let movement = entry.movement;
    let unit = movement.map(|movement| movement.from().unit());
    let amount = movement.map(|movement| movement.amount().get());
    let counterparty = match &entry.fact {
        Fact::Activity(fact) => fact.counterparty.as_ref(),
        _ => None,
    };
    let stored = entry.principal.stored();
    let principal_type = if stored == "own" { "goodturn" } else { stored.split(':').next().unwrap() };
    row(&[
        &program(),
        &entry.seq,
        &entry.kind.name(),
        &entry.source,
        &entry.command.name(),
        &or_nothing(entry.request.as_ref().map(|request| request.id.clone())),
        &or_nothing(entry.member.as_ref()),
        &or_nothing(Some(entry.prev_seq).filter(|seq| *seq > Seq::ZERO)),
        &or_nothing(movement.map(|movement| movement.from().name())),
        &or_nothing(movement.map(|movement| movement.to().name())),
        &or_nothing(unit.map(unit_name)),
        &or_nothing(amount),
        &or_nothing(amount.filter(|_| unit == Some(Unit::Money)).map(pounds)),
        &credited(entry),
        &or_nothing(entry.fact.activity_kind()),
        &or_nothing(counterparty),
        &or_nothing(payout_of(entry)),
        &at(entry.occurred_at),
        &entry.local_day.date(),
        &at(entry.recorded_at),
        &or_nothing(entry.refers),
        &or_nothing(Some(entry.rule_version).filter(|version| *version > 0)),
        &or_nothing(entry.rule.as_ref()),
        &entry.raw_points,
        &or_nothing(reason_of(entry)),
        &entry.principal,
        &principal_type,
        &hex(&entry.leaf),
    ])
}

/// Returns the word of a unit.
pub const fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Points => "points",
        Unit::Money => "money",
    }
}

fn balance_rows(accounts: &[Account]) -> Vec<String> {
    let of_bucket = |account: &Account, bucket: Bucket| {
        let amount = Some(account.balances.get(bucket)).filter(|amount| *amount != 0)?;
        let money = Some(amount).filter(|_| bucket.unit() == Unit::Money).map(pounds);
        let (bucket, unit) = (bucket.name(), unit_name(bucket.unit()));
        Some(row(&[&program(), &account.member, &bucket, &unit, &amount, &or_nothing(money), &account.last_seq]))
    };
    accounts.iter().flat_map(|account| Bucket::ALL.into_iter().filter_map(|it| of_bucket(account, it))).collect()
}

fn rows_of_days(entries: &[Arc<Entry>]) -> Vec<String> {
    let mut sums: BTreeMap<_, [i64; 4]> = BTreeMap::new();
    for entry in entries {
        let Some(kind) = entry.fact.activity_kind() else { continue };
        let [activities, added, taken, sum] = sums.entry((entry.local_day, kind)).or_default();
        let points = credited(entry);
        *activities += i64::from(entry.kind == EntryKind::ActivityRecorded);
        *added += points.max(0);
        *taken -= points.min(0);
        *sum += points;
    }
    sums.iter().map(|((day, kind), [a, b, c, d])| row(&[&program(), &day.date(), kind, a, b, c, d])).collect()
}

fn payout_rows(entries: &[Arc<Entry>]) -> Vec<String> {
    let of_kind = |payout: &PayoutId, kind: EntryKind| {
        let all = entries.iter().filter(move |entry| entry.kind == kind);
        let found: Vec<&Arc<Entry>> = all.filter(|entry| payout_of(entry) == Some(payout)).collect();
        found
    };
    let payouts: BTreeSet<&PayoutId> = entries
        .iter()
        .filter(|entry| entry.kind == EntryKind::PayoutCreated)
        .filter_map(|entry| payout_of(entry))
        .collect();
    let shown = |payout: &PayoutId| {
        let time = |kind| at(of_kind(payout, kind).first().map(|entry| entry.recorded_at));
        let amounts = |kind| -> Vec<i64> {
            of_kind(payout, kind).iter().filter_map(|entry| Some(entry.movement?.amount().get())).collect()
        };
        let (granted, paid) = (amounts(EntryKind::PayoutGranted), amounts(EntryKind::PayoutPaid));
        let (points, minor) = (paid.iter().sum::<i64>(), granted.iter().sum::<i64>());
        row(&[
            &program(),
            payout,
            &time(EntryKind::PayoutCreated),
            &time(EntryKind::PayoutApproved),
            &time(EntryKind::PayoutExecuted),
            &time(EntryKind::PayoutCancelled),
            &granted.len(),
            &points,
            &minor,
            &pounds(minor),
        ])
    };
    payouts.into_iter().map(shown).collect()
}

fn merger_rows(entries: &[Arc<Entry>]) -> Vec<String> {
    let mut people = People::default();
    let merged: Vec<_> = entries
        .iter()
        .filter_map(|entry| match people.apply(entry)? {
            PersonChange::Merged { from, into } => Some((from, into, entry)),
            PersonChange::Hidden { .. } => None,
        })
        .collect();
    let shown = |(from, into, entry): &(MemberId, MemberId, &Arc<Entry>)| {
        row(&[&program(), from, into, people.person(from), &entry.seq, &at(entry.recorded_at)])
    };
    merged.iter().map(shown).collect()
}

/// Returns the rows that every view must have, sorted: the views in the order of their names.
pub fn expected(batch: &Sealed, accounts: &[Account]) -> Vec<Vec<String>> {
    let entries = &batch.entries;
    let member = |it: &Account| row(&[&program(), &it.member, &it.credited, &it.last_seq]);
    let (first, head) = (&entries[0], &batch.head);
    let terms = row(&[&program(), &"GBP", &100, &"Europe/London", &at(first.recorded_at), &head.seq, &at(head.at)]);
    let mut all = vec![
        balance_rows(accounts),
        entries.iter().map(|entry| entry_row(entry)).collect(),
        accounts.iter().map(member).collect(),
        merger_rows(entries),
        payout_rows(entries),
        rows_of_days(entries),
        vec![terms],
    ];
    for rows in &mut all {
        rows.sort();
    }
    all
}
