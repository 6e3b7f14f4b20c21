//! A member's statement: what was there, what came and went, and what is left.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

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
use crate::payout::shares::Shares;
use crate::process::expiry::expiring;

/// Most entries of a member that are read for one statement: two hundred times as many as the busiest member of the
/// demo has in half a year.
const ENTRIES_MAX: u32 = 100_000;

/// Payouts whose shares are kept while statements are written, each with a share of every member: as many as four years
/// of half-years have.
const SHARES_KEPT_MAX: usize = 8;

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

/// A line of a statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// The way in which it came or went.
    pub way: OfRollForward,
    /// Kind of activity, or reason of an adjustment.
    pub kind: Option<ActivityKind>,
    /// The payout that granted the money, or for which points were paid out.
    pub payout: Option<PayoutId>,
    /// How money was paid.
    pub method: Option<FileFormat>,
}

/// A member's statement. `closing = opening + Σ lines`, for points and for money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberStatement {
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
    /// Where that is: places that are not empty.
    pub places: Vec<(Bucket, i64)>,
    /// How each share granted in these days came about: payout, minor units, arithmetic.
    pub shares: Vec<(PayoutId, i64, String)>,
    /// Points that expire next, and the day.
    pub expires_next: Option<(Day, i64)>,
    /// Money that lapses unless the member chooses: the payout by whose closing it does and the last day to choose, or
    /// `None` for the next payout that takes what was carried; minor units.
    pub lapses_next: Vec<(Option<(PayoutId, Day)>, i128)>,
    /// The last entry of the programme that it holds, and the time of that.
    pub as_of: (Seq, Micros),
    /// Root of the Merkle tree up to there.
    pub root: Hash,
}

/// What is read once for the statements of many members.
#[derive(Default)]
pub struct Desk {
    methods: HashMap<BatchId, FileFormat>,
    shares: HashMap<PayoutId, Arc<Explained>>,
}

/// A payout with its shares.
struct Explained {
    payout: Payout,
    shares: Arc<Shares>,
    rounding_units: usize,
}

/// What a member's entries of a period come to, newest first.
struct Sums {
    closing: Balances,
    opening: Balances,
    lines: BTreeMap<Line, i128>,
    /// Payouts that granted a share, newest first.
    granted: Vec<PayoutId>,
}

/// Makes a member's statement, as of the entry when it was asked for.
///
/// # Errors
/// [`BooksError::TooLong`] where too many entries came since the first day.
pub async fn statement_of(
    source: &Source,
    desk: &mut Desk,
    member: &MemberId,
    period: Period,
) -> Result<MemberStatement, BooksError> {
    let sums = sums_of(source, desk, member, period).await?;
    Ok(MemberStatement {
        member: member.clone(),
        period,
        opening: open_in(&sums.opening),
        lines: sums.lines.into_iter().filter(|(_, amount)| *amount != 0).collect(),
        closing: open_in(&sums.closing),
        places: places_of(&sums.closing),
        shares: shares_of(source, desk, member, sums.granted).await?,
        expires_next: expires_next(source, member).await?,
        lapses_next: lapses_next(source, member, source.head).await?,
        as_of: (source.head, source.head_at.0),
        root: source.head_at.1,
    })
}

/// Reads a member's entries, newest first, back to the last one before a period.
async fn sums_of(source: &Source, desk: &mut Desk, member: &MemberId, period: Period) -> Result<Sums, BooksError> {
    let (account, _) = source.ledger().account(&source.program, member).await?;
    let ends = period.last.get().checked_add(1).and_then(Day::new);
    let ends = ends.map_or(Micros::MAX, |day| day.start_in(&source.zone));
    let (begins, mut from, mut read) = (period.first.start_in(&source.zone), account.last_seq, 0);
    let (mut closing, mut lines, mut granted) = (None, BTreeMap::new(), Vec::new());
    while from > Seq::ZERO {
        let page = source.ledger().log().history(&source.program.id, from, PAGE).await?;
        from = page.last().map_or(Seq::ZERO, |entry| entry.prev_seq);
        read += PAGE;
        if read > ENTRIES_MAX {
            return Err(BooksError::TooLong(ENTRIES_MAX));
        }
        for entry in page.iter().filter(|entry| entry.seq <= source.head && entry.recorded_at < ends) {
            let after_last = closing.get_or_insert(entry.balance_after);
            if entry.recorded_at < begins {
                return Ok(Sums { closing: *after_last, opening: entry.balance_after, lines, granted });
            }
            let Some((way, amount)) = OfRollForward::of(entry) else { continue };
            if way == OfRollForward::Granted {
                granted.extend(payout_of(&entry.fact).cloned());
            }
            let line = line_of(source, desk, way, entry).await?;
            *lines.entry(line).or_default() += i128::from(amount);
        }
    }
    Ok(Sums { closing: closing.unwrap_or_default(), opening: Balances::default(), lines, granted })
}

fn places_of(balances: &Balances) -> Vec<(Bucket, i64)> {
    let all = open(Unit::Points).chain(open(Unit::Money));
    all.map(|bucket| (bucket, balances.get(bucket))).filter(|(_, amount)| *amount != 0).collect()
}

fn open_in(balances: &Balances) -> (i128, i128) {
    let sum = |unit| open(unit).map(|bucket| i128::from(balances.get(bucket))).sum();
    (sum(Unit::Points), sum(Unit::Money))
}

/// Returns the line of a statement to which an entry belongs.
async fn line_of(source: &Source, desk: &mut Desk, way: OfRollForward, entry: &Entry) -> Result<Line, BooksError> {
    let method = match &entry.fact {
        Fact::Part(part) => Some(method_of(source, desk, &part.payment.batch).await?),
        _ => None,
    };
    Ok(Line { way, kind: entry.fact.activity_kind().cloned(), payout: payout_of(&entry.fact).cloned(), method })
}

async fn method_of(source: &Source, desk: &mut Desk, batch: &BatchId) -> Result<FileFormat, BooksError> {
    if let Some(format) = desk.methods.get(batch) {
        return Ok(*format);
    }
    let format = batch_of(source.ledger(), &source.program, batch).await?.terms.format;
    desk.methods.insert(batch.clone(), format);
    Ok(format)
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

/// Says how each share came about, the first one first. A share of a member who was merged into this one since is not
/// explained here.
async fn shares_of(
    source: &Source,
    desk: &mut Desk,
    member: &MemberId,
    mut granted: Vec<PayoutId>,
) -> Result<Vec<(PayoutId, i64, String)>, BooksError> {
    granted.dedup();
    let mut explained = Vec::new();
    for id in granted.into_iter().rev() {
        let of = explained_of(source, desk, &id).await?;
        if let Some((share, weight)) = of.shares.of(member) {
            let sentence = sentence(source.currency, &of.payout, share, weight, of.rounding_units);
            explained.push((id, share.share_minor, sentence));
        }
    }
    Ok(explained)
}

async fn explained_of(source: &Source, desk: &mut Desk, id: &PayoutId) -> Result<Arc<Explained>, BooksError> {
    if let Some(known) = desk.shares.get(id) {
        return Ok(Arc::clone(known));
    }
    let payout = source.payouts.get(&source.program, id).await?;
    let shares = source.payouts.shares(&source.program, &payout).await?;
    let rounding_units = shares.shares.iter().filter(|share| share.rounding_unit).count();
    let explained = Arc::new(Explained { payout, shares, rounding_units });
    if desk.shares.len() < SHARES_KEPT_MAX {
        desk.shares.insert(id.clone(), Arc::clone(&explained));
    }
    Ok(explained)
}

async fn expires_next(source: &Source, member: &MemberId) -> Result<Option<(Day, i64)>, BooksError> {
    let upcoming = expiring(source.ledger(), &source.program, Some(member), None, 1).await?;
    let points = upcoming.rows.first().map(|(_, points)| *points);
    Ok(upcoming.cut_off.map(|cut_off| cut_off.day).zip(points))
}

/// Returns what lapses when choices are closed the next time, if the member chooses nothing.
async fn lapses_next(
    source: &Source,
    member: &MemberId,
    as_of: Seq,
) -> Result<Vec<(Option<(PayoutId, Day)>, i128)>, BooksError> {
    let record = async |key: RecordKey| source.ledger().record(&source.program, &key).await;
    let Some(Record::Lots(lots)) = record(RecordKey::Lots(member.clone())).await? else { return Ok(Vec::new()) };
    let open = match record(RecordKey::OpenRuns).await? {
        Some(Record::OpenRuns(Open { rows, .. })) => rows,
        _ => Vec::new(),
    };
    let choices = match record(RecordKey::Choices(member.clone())).await? {
        Some(Record::Choices(choices)) => choices,
        _ => Choices::default(),
    };
    let (mut lapses, mut is_taken) = (Vec::new(), false);
    for run in open {
        is_taken |= run.takes_carried;
        let payout = source.payouts.get(&source.program, &run.payout).await?;
        let minor = lapsing(&lots, &payout, choices.by(run.deadline), as_of);
        if minor > 0 {
            lapses.push((Some((run.payout, run.deadline.day_in(&source.zone))), minor));
        }
    }
    let waits = lots.rows.iter().filter(|lot| lot.place() == Bucket::Carried && lot.carried_once && lot.was.is_none());
    let waiting: i128 = waits.map(|lot| i128::from(lot.minor)).sum();
    if !is_taken && waiting > 0 && choices.by(Micros::MAX).is_none() {
        lapses.push((None, waiting));
    }
    Ok(lapses)
}

fn lapsing(lots: &Lots, payout: &Payout, chosen: Option<&Choice>, as_of: Seq) -> i128 {
    let decided = lots.decided(payout, chosen, as_of.max(lots.moved));
    decided.iter().filter(|lot| lot.outcome == Outcome::Lapsed).map(|lot| i128::from(lot.minor)).sum()
}
