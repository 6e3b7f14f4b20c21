//! The page of a close.

use super::Source;
use super::close::Closed;
use super::roll_forward::places;
use super::words::{created, facts, heading, shown, table, words_of};
use crate::domain::entry::batch::PaymentTally;
use crate::domain::project::books::close::{AGES_DAYS, Close};
use crate::domain::project::books::roll_forward::Row;
use crate::domain::value::bucket::Unit;
use crate::domain::value::encoding::hex;
use crate::domain::value::seq::Seq;
use crate::export::pdf::{Block, Document};
use crate::export::words::{grouped, plain};

/// Rows of a list that may be long: whoever has more looks at the list itself.
const LISTED_MAX: usize = 50;

/// Returns the page of a close.
pub(super) fn as_document(source: &Source, closed: &Closed) -> Document {
    let (seq, at) = closed.as_of;
    let mut blocks = vec![Block::Paragraph(result(closed))];
    blocks.push(facts([
        ("Programme", source.program.id.to_string()),
        ("Month", format!("{}, by time of recording in {}", closed.month, source.zone_name)),
        (
            "Last entry of the month",
            if seq == Seq::ZERO { "none".into() } else { format!("{seq}, recorded at {}", at.to_rfc3339()) },
        ),
        ("Root hash of all entries up to it", hex(&closed.report.root_hash)),
        ("Entries, and members with one", format!("{} of {} members", grouped(closed.report.entries), closed.members)),
    ]));
    blocks.push(checks(closed));
    blocks.extend(ledger(closed));
    blocks.extend(roll_forward(source, &closed.points, Unit::Points));
    blocks.extend(kinds(source, closed));
    blocks.extend(roll_forward(source, &closed.money, Unit::Money));
    if let Some(state) = &closed.state {
        blocks.extend(savings(source, state));
        blocks.extend(payouts(source, state));
        blocks.extend(batches(source, state));
        blocks.extend(waits(state));
    }
    blocks.extend(access(closed));
    Document {
        title: format!("Close of {}, {}", closed.month, source.program.id),
        created: created(at),
        id: format!("{}/close/{}/{seq}/{}", source.program.id, closed.month, hex(&closed.report.root_hash)),
        footer: format!("{} · close of {} · up to entry {seq}", source.program.id, closed.month),
        blocks,
    }
}

fn result(closed: &Closed) -> String {
    match closed.differences() {
        0 => "In order: no difference was found.".into(),
        1 => "NOT IN ORDER: 1 difference was found.".into(),
        differences => format!("NOT IN ORDER: {differences} differences were found."),
    }
}

/// Everything that is checked, and what came of it.
fn checks(closed: &Closed) -> Block {
    let difference = |row: &Row, unit| i64::from(row.difference(unit) != 0);
    let found = i64::try_from(closed.report.findings.len()).unwrap_or(i64::MAX);
    let mut rows = vec![
        ("Every entry decided again", found),
        ("Points against stored balances", difference(&closed.points, Unit::Points)),
        ("Money against stored balances", difference(&closed.money, Unit::Money)),
    ];
    match &closed.state {
        Some(state) => rows.extend([
            ("Savings against what payouts took", state.savings_differences()),
            ("Shares against pools and lots", state.payout_differences()),
            ("Payments against batches and lots", state.batch_differences()),
        ]),
        None => rows.push(("The state at the month's end: the log could not be read to there", 1)),
    }
    let rows = rows.into_iter().map(|(what, differences)| vec![what.to_owned(), differences.to_string()]);
    table(&["Check"], &["Differences"], rows.collect(), None)
}

fn ledger(closed: &Closed) -> Vec<Block> {
    let report = &closed.report;
    let mut blocks = Vec::new();
    if !report.findings.is_empty() {
        blocks.push(heading("The log"));
        let first = report.findings.iter().take(LISTED_MAX);
        let rows = first.map(|finding| vec![finding.problem.clone(), finding.seq.to_string()]).collect();
        blocks.push(table(&["What is wrong"], &["Entry"], rows, None));
    }
    blocks
}

fn roll_forward(source: &Source, row: &Row, unit: Unit) -> Vec<Block> {
    let written = |sum| shown(sum, unit, source.currency);
    let (title, open) = match unit {
        Unit::Points => ("Points", "Points that members may still use"),
        Unit::Money => ("Money", "Money that the company owes"),
    };
    let mut rows = vec![vec![format!("{open}, before"), String::new(), written(row.opening)]];
    for (line, moved) in row.lines.iter().filter(|(_, moved)| (moved.amount, moved.earlier) != (0, 0)) {
        rows.push(vec![words_of(*line).to_owned(), written(moved.earlier), written(moved.amount)]);
    }
    let total = vec!["After".to_owned(), String::new(), written(row.closing)];
    let mut places: Vec<Vec<String>> = places(row, unit)
        .filter(|(_, sum)| *sum != 0)
        .map(|(bucket, sum)| vec![format!("Of it, {}", plain(bucket.name())), written(sum)])
        .collect();
    places.push(vec!["Difference to the balances stored with members' entries".into(), written(row.difference(unit))]);
    vec![
        heading(title),
        table(&["What"], &["For earlier months", title], rows, Some(total)),
        table(&["Where it is"], &[title], places, None),
    ]
}

fn kinds(source: &Source, closed: &Closed) -> Vec<Block> {
    if closed.kinds.is_empty() {
        return Vec::new();
    }
    let points = |sum: i128| shown(sum, Unit::Points, source.currency);
    let rows = closed.kinds.iter().map(|(kind, of)| {
        let earlier = of.earned.earlier + of.taken_back.earlier + of.adjusted.earlier;
        let sums = [of.earned.amount, of.taken_back.amount, of.adjusted.amount, earlier];
        std::iter::once(plain(kind.as_str())).chain(sums.map(points)).collect()
    });
    vec![table(&["Points by kind"], &["Earned", "Taken back", "Adjusted", "For earlier months"], rows.collect(), None)]
}

fn savings(source: &Source, state: &Close) -> Vec<Block> {
    if state.savings.is_empty() {
        return Vec::new();
    }
    let money = |minor: i128| shown(minor, Unit::Money, source.currency);
    let rows = state.savings.iter().map(|savings| {
        let left = i128::from(savings.pool_minor) - i128::from(savings.taken_minor);
        let sums = [savings.pool_minor.into(), savings.taken_minor.into(), left, savings.difference()];
        [savings.id.clone(), savings.state.name().to_owned()].into_iter().chain(sums.map(money)).collect()
    });
    let numbers = ["Pool", "Taken by payouts", "Left", "Difference"];
    vec![heading("Savings"), table(&["Statement", "State"], &numbers, rows.collect(), None)]
}

fn payouts(source: &Source, state: &Close) -> Vec<Block> {
    if state.payouts.is_empty() {
        return Vec::new();
    }
    let money = |minor: i128| shown(minor, Unit::Money, source.currency);
    let rows = state.payouts.iter().map(|payout| {
        let sums = [payout.pool_minor.into(), payout.granted_minor.into(), payout.lots_minor, payout.difference()];
        [payout.id.to_string(), payout.state.name().to_owned()].into_iter().chain(sums.map(money)).collect()
    });
    let numbers = ["Pool", "Granted", "In lots", "Difference"];
    vec![heading("Shares against pools"), table(&["Payout", "State"], &numbers, rows.collect(), None)]
}

fn batches(source: &Source, state: &Close) -> Vec<Block> {
    if state.batches.is_empty() {
        return Vec::new();
    }
    let money = |minor: i64| shown(minor.into(), Unit::Money, source.currency);
    let rows = state.batches.iter().map(|check| {
        let sums = [check.batch.sent, check.settled, check.back, check.open].map(|tally| money(tally.minor));
        let name = [check.batch.terms.id.to_string(), check.batch.state.name().to_owned()];
        name.into_iter().chain(sums).chain([check.differences().to_string()]).collect()
    });
    let numbers = ["Sent", "Arrived", "Came back", "Open", "Differences"];
    let mut blocks = vec![heading("Payments"), table(&["Batch", "State"], &numbers, rows.collect(), None)];
    let names = ["up to a week", "up to a month (30 days)", "up to a quarter (90 days)", "more"];
    debug_assert_eq!(names.len(), AGES_DAYS.len() + 1, "a name for each age");
    let of_age =
        |(name, tally): (&str, &PaymentTally)| vec![name.to_owned(), grouped(tally.payments), money(tally.minor)];
    let rows = names.into_iter().zip(&state.open_by_age).map(of_age).collect();
    blocks.push(table(&["Open payments, by age"], &["Payments", "Money"], rows, None));
    blocks
}

fn waits(state: &Close) -> Vec<Block> {
    let mut blocks = vec![heading("Waiting for a second person")];
    if state.waits.is_empty() {
        blocks.push(Block::Paragraph("Nothing.".into()));
        return blocks;
    }
    let rows = state
        .waits
        .iter()
        .take(LISTED_MAX)
        .map(|waits| vec![waits.what.to_owned(), waits.id.clone(), waits.by.to_string(), waits.since.to_string()]);
    blocks.push(table(&["What", "Id", "Asked for by"], &["Since entry"], rows.collect(), None));
    if state.waits.len() > LISTED_MAX {
        blocks.push(Block::Paragraph(format!("And {} more.", state.waits.len() - LISTED_MAX)));
    }
    blocks
}

fn access(closed: &Closed) -> Vec<Block> {
    let believed = match closed.believed {
        Seq::ZERO => "none".to_owned(),
        seq => format!("up to entry {seq}"),
    };
    let mut blocks = vec![heading("Access"), facts([("Names that were believed", believed)])];
    if closed.recovered.is_empty() {
        blocks.push(Block::Paragraph("Nobody was ever let in as an owner at the machine itself.".into()));
    } else {
        let rows = closed.recovered.iter().map(|(seq, at)| vec![at.to_rfc3339(), seq.to_string()]);
        blocks.push(table(&["An owner was let in at the machine itself"], &["Entry"], rows.collect(), None));
    }
    blocks
}
