//! The page of a close.

use super::Source;
use super::close::{Closed, Sums};
use super::roll_forward::places;
use super::words::{facts, heading, shown, table, words_of};
use crate::audit::FINDINGS_MAX;
use crate::domain::entry::batch::PaymentTally;
use crate::domain::project::books::close::{AGES_DAYS, Close};
use crate::domain::project::books::roll_forward::Row;
use crate::domain::value::bucket::Unit;
use crate::domain::value::encoding::hex;
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Micros;
use crate::export::pdf::{Block, Document};
use crate::export::words::{date, grouped, plain};

/// Rows of a list that may be long: whoever has more looks at the list itself.
const LISTED_MAX: usize = 50;

/// Returns the page of a close.
pub(super) fn as_document(source: &Source, closed: &Closed) -> Document {
    let (seq, at) = closed.as_of;
    let last = match at {
        Some(at) => format!("{seq}, recorded at {}", at.to_rfc3339()),
        None => format!("{seq}, which was not reached"),
    };
    let mut blocks = vec![Block::Paragraph(result(closed))];
    blocks.push(facts([
        ("Programme", source.program.id.to_string()),
        ("Month", format!("{}, by time of recording in {}", closed.month, source.zone_name)),
        ("Last entry of the month", last),
        ("Root hash of all entries up to it", hex(&closed.report.root_hash)),
        ("Entries up to it", grouped(closed.report.entries)),
        ("Members with an entry", closed.sums.as_ref().map_or_else(String::new, |sums| sums.members.to_string())),
    ]));
    blocks.push(checks(closed));
    blocks.extend(ledger(closed));
    if let Some(sums) = &closed.sums {
        blocks.extend(roll_forward(source, &sums.points, Unit::Points));
        blocks.extend(kinds(source, sums));
        blocks.extend(roll_forward(source, &sums.money, Unit::Money));
        blocks.extend(savings(source, &sums.state));
        blocks.extend(payouts(source, &sums.state));
        blocks.extend(batches(source, &sums.state));
        blocks.extend(unclosed(source, &sums.state));
        blocks.extend(waits(&sums.state));
    }
    blocks.extend(access(closed));
    Document {
        title: format!("Close of {}, {}", closed.month, source.program.id),
        created: at.unwrap_or(Micros::EPOCH),
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
    let found = closed.report.findings.len();
    let found = if found == FINDINGS_MAX { format!("{found} or more") } else { found.to_string() };
    let of_sums = |of: fn(&Sums) -> i64| {
        closed.sums.as_ref().map_or_else(|| "not checked".to_owned(), |sums| of(sums).to_string())
    };
    let rows = [
        ("Every entry decided again", found),
        ("Points against stored balances", of_sums(|sums| i64::from(sums.points.difference(Unit::Points) != 0))),
        ("Money against stored balances", of_sums(|sums| i64::from(sums.money.difference(Unit::Money) != 0))),
        ("Savings against payouts", of_sums(|sums| sums.state.savings_differences())),
        ("Shares against pools and lots", of_sums(|sums| sums.state.payout_differences())),
        ("Payments against batches and lots", of_sums(|sums| sums.state.batch_differences())),
    ];
    table(&["Check"], &["Differences"], rows.map(|(what, found)| vec![what.to_owned(), found]).into(), None)
}

fn ledger(closed: &Closed) -> Vec<Block> {
    let report = &closed.report;
    let mut blocks = Vec::new();
    if !report.findings.is_empty() {
        blocks.push(heading("The log"));
        let first = report.findings.iter().take(LISTED_MAX);
        let rows = first.map(|finding| vec![finding.problem.clone(), finding.seq.to_string()]).collect();
        blocks.push(table(&["What is wrong"], &["Entry"], rows, None));
        blocks.extend(and_more(report.findings.len()));
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

fn kinds(source: &Source, sums: &Sums) -> Vec<Block> {
    if sums.kinds.is_empty() {
        return Vec::new();
    }
    let points = |sum: i128| shown(sum, Unit::Points, source.currency);
    let rows = sums.kinds.iter().map(|(kind, of)| {
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
        let sums = [check.batch.sent, check.became.settled, check.became.back, check.became.open]
            .map(|tally| money(tally.minor));
        let name = [check.batch.terms.id.to_string(), check.batch.state.name().to_owned()];
        name.into_iter().chain(sums).chain([check.differences().to_string()]).collect()
    });
    let numbers = ["Sent", "Arrived", "Came back", "Open", "Differences"];
    let mut blocks = vec![heading("Payments"), table(&["Batch", "State"], &numbers, rows.collect(), None)];
    let told = "What came back is counted here also where it never arrived; under Money only what came back after it had arrived.";
    blocks.push(Block::Paragraph(told.into()));
    let names = ["up to a week", "up to a month (30 days)", "up to a quarter (90 days)", "more"];
    debug_assert_eq!(names.len(), AGES_DAYS.len() + 1, "a name for each age");
    let of_age =
        |(name, tally): (&str, &PaymentTally)| vec![name.to_owned(), grouped(tally.payments), money(tally.minor)];
    let rows = names.into_iter().zip(&state.open_by_age).map(of_age).collect();
    blocks.push(table(&["Open payments, by age"], &["Payments", "Money"], rows, None));
    blocks
}

/// Choices whose deadline has passed, and that nobody has closed.
fn unclosed(source: &Source, state: &Close) -> Vec<Block> {
    if state.unclosed.is_empty() {
        return Vec::new();
    }
    let day = |at: &Micros| date(at.day_in(&source.zone));
    let rows = state.unclosed.iter().map(|(payout, deadline)| vec![payout.to_string(), day(deadline)]);
    vec![heading("Choices to be closed"), table(&["Payout", "Deadline"], &[], rows.collect(), None)]
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
    blocks.extend(and_more(state.waits.len()));
    blocks
}

/// Says how many more there are than a list shows.
fn and_more(count: usize) -> Option<Block> {
    let more = count.checked_sub(LISTED_MAX).filter(|more| *more > 0)?;
    Some(Block::Paragraph(format!("And {more} more.")))
}

fn access(closed: &Closed) -> Vec<Block> {
    let believed = match closed.report.names_believed_through {
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
