//! Reading the log from its first entry, in order.

use super::{BooksError, Source};
use crate::domain::entry::Entry;
use crate::domain::value::month::Month;
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Micros;
use crate::log::{FOLD_PAGE, entry_at, next_page};

/// Time after a month's end from which on no server records an entry of the month any more: servers' clocks are at most five seconds
/// apart, and a commit takes less than the rest.
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
/// Time never goes back in the log, so it is searched by halves.
pub(super) async fn last_of(source: &Source, month: Month) -> Result<Seq, BooksError> {
    let end = month.end_in(&source.zone);
    let (mut before, mut after) = (0, source.head.get() + 1);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        let seq = Seq::new(middle).unwrap_or_default();
        let at =
            entry_at(&**source.ledger().log(), &source.program.id, seq).await?.map_or(Micros::MAX, |it| it.recorded_at);
        if at < end { before = middle } else { after = middle }
    }
    Ok(Seq::new(before).unwrap_or_default())
}

/// Returns the last entry of a month that is over, and is sure to get no other.
///
/// # Errors
/// [`BooksError::NotOver`] for any other month.
pub(super) async fn last_of_closed(source: &Source, month: Month) -> Result<Seq, BooksError> {
    let last = last_of(source, month).await?;
    let end = month.end_in(&source.zone);
    let settled = end.plus(SETTLED_AFTER_MICROS);
    // An entry after the month shows that none of it comes any more.
    if last == source.head && source.now < settled {
        return Err(BooksError::NotOver { month, until: settled.to_rfc3339() });
    }
    Ok(last)
}
