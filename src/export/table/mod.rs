//! Tables of typed columns, written row by row as CSV, as JSON Lines or as an Excel workbook. The same rows give the
//! same bytes, on any day and machine, and take no more memory than a few rows, however many there are.

mod csv;
mod json_lines;
#[cfg(test)]
mod tests;
mod xlsx;
mod xlsx_look;

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::{self, Write};
use std::path::Path;

use thiserror::Error;

use crate::domain::value::money::Currency;
use crate::domain::value::time::{Day, Micros};

pub use self::csv::guarded;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Ids, names and words.
    Text,
    /// A count, a rank or points.
    Number,
    /// Minor units of a currency, shown in its main unit.
    Money(Currency),
    /// A calendar day.
    Day,
    /// Yes or no.
    Flag,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub struct Column {
    /// The head of the column in CSV and in a workbook, and the key in JSON: `snake_case`.
    pub name: &'static str,
    /// What its cells hold.
    pub kind: Kind,
    /// True when a workbook is to show the sum of a column of numbers or money.
    pub has_total: bool,
}

/// What is known of a table before its first row.
#[derive(Debug, Clone)]
pub struct Head {
    /// Name of the sheet: 1 to [`TITLE_MAX`] characters, none of `[]:*?/\`, no apostrophe at either end, and not
    /// `About` or `History`, in either case.
    pub title: String,
    /// What the table is about, as pairs of a label and a text. Only a workbook shows them.
    pub about: Vec<(String, String)>,
    /// The columns, in order: at least one, each name once.
    pub columns: Vec<Column>,
    /// When a workbook says it was made, from 1900 on. It comes from the ledger, so that the bytes do not depend on a
    /// clock.
    pub created: Micros,
}

/// Most characters of a title, in UTF-16 units: what Excel allows in the name of a sheet.
pub const TITLE_MAX: usize = 31;

/// Most columns of a table: what a sheet of Excel has.
const COLUMNS_MAX: usize = 16_384;

/// A cell of a row. It is of its column's kind, or empty.
#[derive(Debug, Clone)]
pub enum Cell<'a> {
    /// Any text. An empty one looks like [`Cell::Empty`] in CSV and in a workbook.
    Text(Cow<'a, str>),
    /// A number.
    Number(i64),
    /// Minor units.
    Money(i64),
    /// A calendar day.
    Day(Day),
    /// Yes or no.
    Flag(bool),
    /// Nothing.
    Empty,
}

/// A way to write a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFormat {
    /// RFC 4180 with line feeds and a line of names. Text that a spreadsheet would take for a formula is guarded; see
    /// [`guarded`].
    Csv,
    /// A JSON object a line, its keys in the order of the columns. Text is as it is, and money is a string.
    JsonLines,
    /// An Excel workbook: a sheet about the table, then sheets of at most a million rows.
    Xlsx,
}

/// Why a table could not be written. What was written is of no use then.
#[derive(Debug, Error)]
pub enum TableError {
    /// The title is no name of a sheet.
    #[error("a table cannot be named {0:?}; give 1 to 31 characters, none of []:*?/\\, and neither About nor History")]
    Title(String),
    /// The columns make no table.
    #[error("a table needs at least one column, and each name once")]
    Columns,
    /// A row has more or fewer cells than the table has columns.
    #[error("row {row} has {cells} cells where the table has {columns} columns")]
    Width {
        /// Number of the row, from 1.
        row: u64,
        /// Cells that it has.
        cells: usize,
        /// Columns of the table.
        columns: usize,
    },
    /// A cell is not of its column's kind.
    #[error("row {row} has {cell} in column {column}, which holds {kind}")]
    Kind {
        /// Number of the row, from 1.
        row: u64,
        /// Name of the column.
        column: &'static str,
        /// What the column holds, as words.
        kind: &'static str,
        /// What the cell is, as words.
        cell: &'static str,
    },
    /// A text is longer than a cell of a workbook holds.
    #[error("row {row} has a text in column {column} that no workbook holds; write the table as CSV or JSON Lines")]
    Long {
        /// Number of the row, from 1.
        row: u64,
        /// Name of the column.
        column: &'static str,
    },
    /// A row came after one that failed.
    #[error("an earlier row could not be written")]
    Failed,
    /// The file cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The workbook cannot be made.
    #[error("the workbook could not be made: {0}")]
    Workbook(String),
}

/// A table that is being written.
pub struct Table<W: Write + Send> {
    columns: Vec<Column>,
    rows: u64,
    failed: bool,
    out: Out<W>,
}

enum Out<W: Write + Send> {
    Csv(Box<csv::CsvRows<W>>),
    JsonLines(json_lines::JsonRows<W>),
    Xlsx(Box<xlsx::Sheets<W>>),
}

impl<W: Write + Send> Table<W> {
    /// Begins a table. A workbook keeps its rows in unnamed files in `scratch` until its end, about 45 bytes a cell; it
    /// wants a directory on a disk, as that of the file.
    ///
    /// # Errors
    /// [`TableError::Title`] and [`TableError::Columns`], whatever the format, and as files fail.
    pub fn begin(format: TableFormat, out: W, head: Head, scratch: &Path) -> Result<Self, TableError> {
        if !is_title(&head.title) {
            return Err(TableError::Title(head.title));
        }
        let names: HashSet<&str> = head.columns.iter().map(|column| column.name).collect();
        if names.len() != head.columns.len() || names.is_empty() || names.len() > COLUMNS_MAX {
            return Err(TableError::Columns);
        }
        let columns = head.columns.clone();
        let out = match format {
            TableFormat::Csv => Out::Csv(Box::new(csv::CsvRows::begin(out, &head.columns)?)),
            TableFormat::JsonLines => Out::JsonLines(json_lines::JsonRows::begin(out, &head.columns)?),
            TableFormat::Xlsx => Out::Xlsx(Box::new(xlsx::Sheets::begin(out, head, scratch, xlsx::ROWS_A_SHEET)?)),
        };
        Ok(Self { columns, rows: 0, failed: false, out })
    }

    /// Writes a row.
    ///
    /// # Errors
    /// [`TableError::Width`] and [`TableError::Kind`] when the row does not fit the columns, before any of it is
    /// written; [`TableError::Long`], and as files fail. After an error the table cannot be ended.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), TableError> {
        if self.failed {
            return Err(TableError::Failed);
        }
        self.rows += 1;
        let written = check(&self.columns, self.rows, cells).and_then(|()| match &mut self.out {
            Out::Csv(rows) => rows.row(&self.columns, cells),
            Out::JsonLines(rows) => rows.row(&self.columns, cells),
            Out::Xlsx(rows) => rows.row(cells),
        });
        self.failed = written.is_err();
        written
    }

    /// Ends the table and gives the file back, with everything written to it.
    ///
    /// # Errors
    /// [`TableError::Failed`] when a row failed, and as files fail.
    pub fn end(self) -> Result<W, TableError> {
        if self.failed {
            return Err(TableError::Failed);
        }
        match self.out {
            Out::Csv(rows) => rows.end(),
            Out::JsonLines(rows) => rows.end(),
            Out::Xlsx(rows) => rows.end(),
        }
    }
}

/// True when Excel takes a text as the name of a sheet beside the one that is about the table.
fn is_title(title: &str) -> bool {
    let taken = ["about", "history"].iter().any(|name| title.eq_ignore_ascii_case(name));
    let is_odd = |c: char| c.is_control() || "[]:*?/\\".contains(c);
    let quoted = title.starts_with('\'') || title.ends_with('\'');
    !taken && !quoted && !title.contains(is_odd) && (1..=TITLE_MAX).contains(&title.encode_utf16().count())
}

/// Checks that a row fits the columns.
fn check(columns: &[Column], row: u64, cells: &[Cell<'_>]) -> Result<(), TableError> {
    if cells.len() != columns.len() {
        return Err(TableError::Width { row, cells: cells.len(), columns: columns.len() });
    }
    for (column, cell) in columns.iter().zip(cells) {
        let (kind, found) = (column.kind.words(), cell.words());
        if found.is_some_and(|found| found != kind) {
            return Err(TableError::Kind { row, column: column.name, kind, cell: found.unwrap_or("nothing") });
        }
    }
    Ok(())
}

impl Kind {
    const fn words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "a number",
            Self::Money(_) => "money",
            Self::Day => "a day",
            Self::Flag => "a flag",
        }
    }
}

impl Cell<'_> {
    const fn words(&self) -> Option<&'static str> {
        match self {
            Self::Text(_) => Some(Kind::Text.words()),
            Self::Number(_) => Some(Kind::Number.words()),
            Self::Money(_) => Some("money"),
            Self::Day(_) => Some(Kind::Day.words()),
            Self::Flag(_) => Some(Kind::Flag.words()),
            Self::Empty => None,
        }
    }
}

/// Writes the number of a cell: money in the main unit of its column's currency.
fn number(kind: Kind, amount: i64) -> String {
    match kind {
        Kind::Money(currency) => currency.format(amount),
        _ => amount.to_string(),
    }
}
