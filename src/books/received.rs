//! What persons received, by tax year.

use super::scan::scan;
use super::sheet::{Sheet, Title, column, summed, text};
use super::{BooksError, Source, Written, fits};
use crate::domain::project::books::received::{ReceivedByYear, YearStart};
use crate::export::table::{Cell, Kind, TableFormat};

/// A request for what persons received.
#[derive(Debug, Clone, Copy)]
pub struct ReceivedReport {
    /// The day on which a tax year begins.
    pub start: YearStart,
    /// The calendar years in which the first and the last one begin.
    pub years: (i16, i16),
    /// Flags persons who received more than this in a year, in minor units.
    pub threshold_minor: Option<i64>,
}

/// Writes a row for each tax year and person with money that arrived or came back, by year, then in the byte order of
/// persons.
pub(super) async fn write(source: &Source, asked: &ReceivedReport, format: TableFormat) -> Result<Written, BooksError> {
    let mut sums = ReceivedByYear::new(asked.start, asked.years);
    scan(source, source.head, |entry| {
        sums.apply(entry);
        Ok(())
    })
    .await?;
    let money = Kind::Money(source.currency);
    let mut columns = vec![
        column("year_begins", Kind::Day),
        column("year_ends", Kind::Day),
        column("member", Kind::Text),
        column("currency", Kind::Text),
        summed("cash", money),
        summed("credit", money),
        summed("came_back", money),
        summed("total", money),
    ];
    let mut about = Vec::new();
    if let Some(threshold) = asked.threshold_minor {
        columns.push(column("over_threshold", Kind::Flag));
        let amount = format!("{} {}", source.currency.format(threshold), source.currency.code());
        about.push(("Threshold: flagged above".to_owned(), amount));
    }
    let as_of = (source.head, source.at(source.head).await?);
    let mut sheet = Sheet::begin(source, format, Title { name: "Received", about, columns, as_of })?;
    for ((year, member), received) in sums.of_persons() {
        let total = fits(received.total())?;
        let mut cells = vec![
            Cell::Day(asked.start.first_day(year)),
            Cell::Day(asked.start.last_day(year)),
            text(member.as_str()),
            text(source.currency.code()),
            Cell::Money(fits(received.cash)?),
            Cell::Money(fits(received.credit)?),
            Cell::Money(fits(received.came_back)?),
            Cell::Money(total),
        ];
        cells.extend(asked.threshold_minor.map(|threshold| Cell::Flag(total > threshold)));
        sheet.row(&cells)?;
    }
    sheet.end(0)
}
