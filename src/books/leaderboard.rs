//! A leaderboard with everybody who is on it.

use super::sheet::{Sheet, Title};
use super::{BooksError, Source, Written};
use crate::board::{Begin, BoardName, Ranking};
use crate::export::rows::{board_columns, board_row};
use crate::export::table::TableFormat;

/// Writes a board, best first. Equals have one rank, and the ranks after them are left out.
pub(super) async fn write(source: &Source, board: &BoardName, format: TableFormat) -> Result<Written, BooksError> {
    let page = source.boards.page(&source.program, board, Begin::Now, usize::MAX, Ranking::Competition).await?;
    let about = vec![("Days".to_owned(), format!("{} to {}", board.window.first().date(), board.window.last().date()))];
    let as_of = (page.seq, source.at(page.seq).await?);
    let title = Title { name: "Leaderboard", about, columns: board_columns(), as_of };
    let mut sheet = Sheet::begin(source, format, title)?;
    for row in &page.rows {
        let rank = i64::try_from(row.rank).unwrap_or(i64::MAX);
        sheet.row(&board_row(rank, row.member.as_str(), row.points))?;
    }
    sheet.end(0)
}
