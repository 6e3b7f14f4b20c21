//! Reading entries in order, page by page, and single ones.

use super::{Log, LogError};
use crate::domain::entry::Entry;
use crate::domain::value::encoding::Note;
use crate::domain::value::ids::ProgramId;
use crate::domain::value::seq::Seq;

/// Entries that a reader who folds them asks for at a time. The longest ones are messages of 2.4 MB together.
pub const FOLD_PAGE: u32 = 2_000;

/// Returns the next entries after `through`: at most `max`, none past `head`. Moves `through` to the last of them.
/// Returns `None` when `through` has reached the head.
///
/// # Errors
/// [`LogError`], also when an entry is missing.
pub async fn next_page(
    log: &dyn Log,
    program: &ProgramId,
    through: &mut Seq,
    head: Seq,
    max: u32,
) -> Result<Option<Vec<Entry>>, LogError> {
    if *through >= head {
        return Ok(None);
    }
    tokio::task::yield_now().await;
    let page = log.entries(program, *through, page_size(*through, head, max)).await?;
    match (first_gap(*through, &page), page.last()) {
        (None, Some(last)) => *through = last.seq,
        (gap, _) => return Err(missing_entry(program, gap.unwrap_or_else(|| through.next()))),
    }
    Ok(Some(page))
}

/// Returns the entry of a seq; `None` when none is recorded.
///
/// # Errors
/// [`LogError`] when the log cannot be read.
pub async fn entry_at(log: &dyn Log, program: &ProgramId, seq: Seq) -> Result<Option<Entry>, LogError> {
    if seq == Seq::ZERO {
        return Ok(None);
    }
    let entry = log.entries(program, seq.previous(), 1).await?.pop();
    Ok(entry.filter(|entry| entry.seq == seq))
}

/// Returns the note of an entry; `None` when it has none, or when that was erased.
///
/// # Errors
/// [`LogError`] when the log cannot be read.
pub async fn note_at(log: &dyn Log, program: &ProgramId, seq: Seq) -> Result<Option<Note>, LogError> {
    Ok(log.notes(program, seq.previous(), seq).await?.pop().map(|(_, note)| note))
}

/// Returns the number of entries after one and up to another, at most `max`.
pub(crate) fn page_size(after: Seq, through: Seq, max: u32) -> u32 {
    let left = through.get().saturating_sub(after.get()).clamp(0, max.into());
    u32::try_from(left).expect("it is between 0 and a u32")
}

/// Returns the first seq that is missing in entries which follow `after`; `None` when they join.
pub(crate) fn first_gap(after: Seq, entries: &[Entry]) -> Option<Seq> {
    let mut expected = after;
    entries.iter().find_map(|entry| {
        expected = expected.next();
        (entry.seq != expected).then_some(expected)
    })
}

/// Returns the error that an entry is missing.
pub(crate) fn missing_entry(program: &ProgramId, seq: Seq) -> LogError {
    let (row, problem) = (format!("{program} {seq}"), "the entry is missing".to_owned());
    LogError::Corrupt { table: "entry", column: "seq", row, problem }
}
