//! Reading the log from its first entry, in order.

use super::{BooksError, Source, Written};
use crate::domain::entry::Entry;
use crate::domain::value::month::Month;
use crate::domain::value::seq::Seq;
use crate::log::{FOLD_PAGE, LogError, next_page};

/// Time after a month's end from which on no server records an entry of the month any more: servers' clocks are at most
/// five seconds apart, and a commit takes less than the rest.
const SETTLED_AFTER_MICROS: i64 = 5 * 60 * 1_000_000;

/// Gives every entry up to one to a fold, in order.
pub(super) async fn scan(
    source: &Source,
    through: Seq,
    mut take: impl FnMut(&Entry) -> Result<(), BooksError> + Send,
) -> Result<(), BooksError> {
    let (log, mut read) = (source.ledger().log(), Seq::ZERO);
    while let Some(page) = next_page(&**log, &source.program.id, &mut read, through, FOLD_PAGE).await? {
        for entry in &page {
            take(entry)?;
        }
        (source.progress)(read.get(), through.get());
    }
    Ok(())
}

/// Returns the last entry recorded by the end of a month, as far as anything is recorded; 0 for none.
///
/// Time never goes back in the log, so it is searched by halves. Where entries are missing or corrupt, the next one
/// tells the time; such entries right after the month are counted to it, so that whoever reads up to there finds them.
pub(super) async fn last_of(source: &Source, month: Month) -> Result<Seq, BooksError> {
    let end = month.end_in(&source.zone);
    let (mut before, mut after) = (Seq::ZERO, source.head.next());
    while before.next() < after {
        let middle = Seq::new(before.get() + (after.get() - before.get()) / 2).expect("it lies between two seqs");
        match readable_from(source, middle, after).await? {
            Some(entry) if entry.recorded_at < end => before = entry.seq,
            // It is after the month, or nothing can be read before the first entry that is.
            Some(_) | None => after = middle,
        }
    }
    let next = readable_from(source, after, source.head.next()).await?;
    Ok(next.map_or(source.head, |entry| entry.seq.previous()))
}

/// Corrupt entries in a row that are passed over: what is broken beyond that is told as an error.
const CORRUPT_MAX: u32 = 64;

/// Returns the first entry from one on, and before another, that is there and can be read.
async fn readable_from(source: &Source, from: Seq, until: Seq) -> Result<Option<Entry>, BooksError> {
    let (mut from, mut corrupt) = (from, 0);
    while from < until {
        match source.ledger().log().entries(&source.program.id, from.previous(), 1).await {
            Ok(mut found) => return Ok(found.pop().filter(|entry| entry.seq < until)),
            Err(LogError::Corrupt { .. }) if corrupt < CORRUPT_MAX => (from, corrupt) = (from.next(), corrupt + 1),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// Returns the last entry of a month by whose end something was recorded.
///
/// # Errors
/// [`BooksError::Nothing`] for an earlier month.
pub(super) async fn last_of_begun(source: &Source, month: Month) -> Result<Seq, BooksError> {
    let last = last_of(source, month).await?;
    begun(source, month, last).await
}

/// Returns the last entry of a month that is over, and is sure to get no other.
///
/// # Errors
/// [`BooksError::NotOver`] and [`BooksError::Nothing`] for any other month.
pub(super) async fn last_of_closed(source: &Source, month: Month) -> Result<Seq, BooksError> {
    let settled = month.end_in(&source.zone).plus(SETTLED_AFTER_MICROS);
    let last = last_of(source, month).await?;
    // An entry after the month shows that none of it comes any more.
    if last == source.head && source.now < settled {
        return Err(BooksError::NotOver { month, until: settled.to_rfc3339() });
    }
    begun(source, month, last).await
}

/// Returns the last entry of a month, which is there.
async fn begun(source: &Source, month: Month, last: Seq) -> Result<Seq, BooksError> {
    if last == Seq::ZERO {
        let first = source.at(Seq::ZERO.next()).await?;
        return Err(BooksError::Nothing { month, first: Month::of(first.day_in(&source.zone)) });
    }
    Ok(last)
}

/// How often a report of what is now is begun, where it changes meanwhile. Money moves in steps of seconds, and then
/// not for weeks.
const TRIES_MAX: u32 = 3;

/// Writes a report of what is now as of the last entry that is known; begins anew as of the last one there is by then
/// when it gives `None`, as something was changed after its entry.
///
/// # Errors
/// [`BooksError::Moved`] when that has happened too often.
pub(super) async fn as_of_now<Tried>(source: &Source, write_at: impl Fn(Seq) -> Tried) -> Result<Written, BooksError>
where
    Tried: Future<Output = Result<Option<Written>, BooksError>>,
{
    let mut as_of = source.head;
    for _ in 1..TRIES_MAX {
        if let Some(written) = write_at(as_of).await? {
            return Ok(written);
        }
        as_of = source.ledger().catch_up(&source.program).await?;
    }
    write_at(as_of).await?.ok_or(BooksError::Moved)
}
