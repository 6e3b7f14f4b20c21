//! The log, page by page, up to an entry.

use super::{Log, LogError};
use crate::domain::entry::Entry;
use crate::domain::value::ids::ProgramId;
use crate::domain::value::seq::Seq;

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
    let mut page = log.entries(program, *through, max).await?;
    page.retain(|entry| entry.seq <= head);
    match page.last() {
        Some(last) if page[0].seq == through.next() => *through = last.seq,
        _ => {
            let (row, problem) = (format!("seq {}", through.next()), "the entry is missing".to_owned());
            return Err(LogError::Corrupt { table: "entry", column: "seq", row, problem });
        }
    }
    Ok(Some(page))
}
