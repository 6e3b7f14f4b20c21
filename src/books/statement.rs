//! A member's statement: what was there, what came and went, and what is left.

use std::collections::{BTreeMap, HashMap};

use super::{BooksError, Source};
use crate::domain::entry::Entry;
use crate::domain::entry::fact::Fact;
use crate::domain::entry::money::Outcome;
use crate::domain::project::books::lines::{Line as OfRollForward, open};
use crate::domain::state::choice::{Choices, Open};
use crate::domain::state::lots::Lots;
use crate::domain::state::payout::Payout;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::batch::FileFormat;
use crate::domain::terms::choice::Choice;
use crate::domain::value::balances::Balances;
use crate::domain::value::bucket::{Bucket, Unit};
use crate::domain::value::encoding::Hash;
use crate::domain::value::ids::{ActivityKind, BatchId, MemberId, PayoutId};
use crate::domain::value::seq::Seq;
use crate::domain::value::time::{Day, Micros};
use crate::payout::explain::sentence;
use crate::payout::payments::batch_of;
use crate::payout::{PayoutError, Payouts};
use crate::process::expiry::expiring;

/// Most entries of a member that are read for one statement: two hundred times as many as the busiest member of the demo has in half a year.
const ENTRIES_MAX: usize = 100_000;

/// Entries read at a time.
const PAGE: u32 = 1_000;

/// The days of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub first: Day,
    /// The last day, not before the first.
    pub last: Day,
}

/// What tells lines of a statement apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// What happened.
    pub line: OfRollForward,
    /// Kind of activity, or reason of an adjustment.
    pub kind: Option<ActivityKind>,
    /// The payout that granted the money, or for which points were paid out.
    pub payout: Option<PayoutId>,
    /// How money was paid.
    pub method: Option<FileFormat>,
}

/// A member's statement. `closing = opening + Σ lines`, for points and for money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The member.
    pub member: MemberId,
    /// The days.
    pub period: Period,
    /// What was open before: points, and minor units.
    pub opening: (i128, i128),
    /// What came and went, none of it 0.
    pub lines: Vec<(Line, i128)>,
    /// What is open after: points, and minor units.
    pub closing: (i128, i128),
    /// Of the points, those that wait.
    pub pending: i64,
    /// How each share granted in these days came about: payout, minor units, arithmetic.
    pub shares: Vec<(PayoutId, i64, String)>,
    /// Points that expire next, and the day.
    pub expires_next: Option<(Day, i64)>,
    /// Money that lapses unless the member chooses: payout, last day to choose, minor units.
    pub lapses_next: Vec<(PayoutId, Day, i128)>,
    /// The last entry of the programme that it holds, and the time of that.
    pub as_of: (Seq, Micros),
    /// Root of the Merkle tree up to there.
    pub root: Hash,
}

/// Makes a member's statement.
///
/// # Errors
/// [`BooksError::TooLong`] for more entries than one statement takes.
pub async fn statement_of(source: &Source, member: &MemberId, period: Period) -> Result<Statement, BooksError> {
    let (head, at, root) = {
        let committed = source.program.read();
        (committed.head.seq, committed.head.at, committed.head.tree.root())
    };
    let (account, _) = source.ledger().account(&source.program, member).await?;
    let ends =
        period.last.get().checked_add(1).and_then(Day::new).map_or(Micros::MAX, |day| day.start_in(&source.zone));
    let (begins, mut from) = (period.first.start_in(&source.zone), account.last_seq);
    let (mut closing, mut opening) = (None, None);
    let mut entries: Vec<Entry> = Vec::new();
    while from > Seq::ZERO && opening.is_none() {
        let page = source.ledger().log().history(&source.program.id, from, PAGE).await?;
        from = page.last().map_or(Seq::ZERO, |entry| entry.prev_seq);
        for entry in page.into_iter().filter(|entry| entry.seq <= head && entry.recorded_at < ends) {
            closing.get_or_insert(entry.balance_after);
            if entry.recorded_at < begins {
                opening = Some(entry.balance_after);
                break;
            }
            entries.push(entry);
            if entries.len() > ENTRIES_MAX {
                return Err(BooksError::TooLong(ENTRIES_MAX));
            }
        }
    }
    let closing = closing.unwrap_or_default();
    Ok(Statement {
        member: member.clone(),
        period,
        opening: open_in(&opening.unwrap_or_default()),
        lines: lines_of(source, &entries).await?,
        closing: open_in(&closing),
        pending: closing.get(Bucket::Pending),
        shares: shares_of(source, member, &entries).await?,
        expires_next: expires_next(source, member).await?,
        lapses_next: lapses_next(source, member, head).await?,
        as_of: (head, at),
        root,
    })
}

fn open_in(balances: &Balances) -> (i128, i128) {
    let sum = |unit| open(unit).map(|bucket| i128::from(balances.get(bucket))).sum();
    (sum(Unit::Points), sum(Unit::Money))
}

/// Sums up what entries did, by line.
async fn lines_of(source: &Source, entries: &[Entry]) -> Result<Vec<(Line, i128)>, BooksError> {
    let mut sums: BTreeMap<Line, i128> = BTreeMap::new();
    let mut methods: HashMap<BatchId, FileFormat> = HashMap::new();
    for entry in entries {
        let Some((line, amount)) = OfRollForward::of(entry) else { continue };
        let method = match &entry.fact {
            Fact::Part(part) => match methods.get(&part.payment.batch) {
                Some(format) => Some(*format),
                None => {
                    let id = &part.payment.batch;
                    let format = batch_of(source.ledger(), &source.program, id).await?.terms.format;
                    methods.insert(id.clone(), format);
                    Some(format)
                }
            },
            _ => None,
        };
        let kind = entry.fact.activity_kind().cloned();
        let line = Line { line, kind, payout: payout_of(&entry.fact).cloned(), method };
        *sums.entry(line).or_default() += i128::from(amount);
    }
    sums.retain(|_, amount| *amount != 0);
    Ok(sums.into_iter().collect())
}

/// Returns the payout of which an entry's money is, or for which it pays points out.
fn payout_of(fact: &Fact) -> Option<&PayoutId> {
    match fact {
        Fact::PayoutAct(id) => Some(id),
        Fact::Listed(row) => Some(&row.payout),
        Fact::Lot(fact) => Some(&fact.lot.payout),
        Fact::Part(part) => Some(&part.lot.payout),
        _ => None,
    }
}

/// Says how each share granted by some entries came about. A share of a member who was merged into this one since is not explained here.
async fn shares_of(
    source: &Source,
    member: &MemberId,
    entries: &[Entry],
) -> Result<Vec<(PayoutId, i64, String)>, BooksError> {
    let granted = entries
        .iter()
        .rev()
        .filter(|entry| OfRollForward::of(entry).is_some_and(|(line, _)| line == OfRollForward::Granted));
    let mut payouts: Vec<PayoutId> = granted.filter_map(|entry| payout_of(&entry.fact)).cloned().collect();
    payouts.dedup();
    let mut explained = Vec::new();
    for id in payouts {
        if let Some((minor, sentence)) = explained_share(&source.payouts, source, &id, member).await? {
            explained.push((id, minor, sentence));
        }
    }
    Ok(explained)
}

async fn explained_share(
    payouts: &Payouts,
    source: &Source,
    id: &PayoutId,
    member: &MemberId,
) -> Result<Option<(i64, String)>, PayoutError> {
    let payout = payouts.get(&source.program, id).await?;
    let shares = payouts.shares(&source.program, &payout).await?;
    let Some((share, weight)) = shares.of(member) else { return Ok(None) };
    let rounding_units = shares.shares.iter().filter(|share| share.rounding_unit).count();
    Ok(Some((share.share_minor, sentence(source.currency, &payout, share, weight, rounding_units))))
}

async fn expires_next(source: &Source, member: &MemberId) -> Result<Option<(Day, i64)>, BooksError> {
    let upcoming = expiring(source.ledger(), &source.program, Some(member), None, 1).await?;
    let points = upcoming.rows.first().map(|(_, points)| *points);
    Ok(upcoming.cut_off.map(|cut_off| cut_off.day).zip(points))
}

/// Returns what lapses when the choices that are open now are closed, if the member chooses nothing.
async fn lapses_next(source: &Source, member: &MemberId, as_of: Seq) -> Result<Vec<(PayoutId, Day, i128)>, BooksError> {
    let record = async |key: RecordKey| source.ledger().record(&source.program, &key).await;
    let Some(Record::OpenRuns(Open { rows, .. })) = record(RecordKey::OpenRuns).await? else { return Ok(Vec::new()) };
    let Some(Record::Lots(lots)) = record(RecordKey::Lots(member.clone())).await? else { return Ok(Vec::new()) };
    let choices = match record(RecordKey::Choices(member.clone())).await? {
        Some(Record::Choices(choices)) => choices,
        _ => Choices::default(),
    };
    let mut lapses = Vec::new();
    for run in rows {
        let payout = source.payouts.get(&source.program, &run.payout).await?;
        let minor = lapsing(&lots, &payout, choices.by(run.deadline), as_of);
        if minor > 0 {
            lapses.push((run.payout, run.deadline.day_in(&source.zone), minor));
        }
    }
    Ok(lapses)
}

fn lapsing(lots: &Lots, payout: &Payout, chosen: Option<&Choice>, as_of: Seq) -> i128 {
    let decided = lots.decided(payout, chosen, as_of.max(lots.moved));
    decided.iter().filter(|lot| lot.outcome == Outcome::Lapsed).map(|lot| i128::from(lot.minor)).sum()
}
