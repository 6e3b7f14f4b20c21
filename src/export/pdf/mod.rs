//! Documents as PDF files that can be kept for decades, read by a screen reader, and compared byte for byte.
//!
//! A [`Document`] is a list of plain blocks. [`Press::write`] sets them on A4 pages and returns a file that claims
//! PDF/A-2a (it holds all it needs: fonts, colours, text) and PDF/UA-1 (it tells its headings, tables and reading
//! order). The same document gives the same bytes: nothing comes from a clock, a random number or the order of a hash
//! map.
//!
//! Text goes `clean` → `wrap` → `layout`, `table` (places on pages) → `paint` (the file). Only `text` and `paint` know
//! krilla.

#![expect(clippy::float_arithmetic, reason = "a drawing's coordinates are no amounts")]

mod layout;
mod paint;
mod style;
mod table;
mod tags;
mod text;
mod wrap;

#[cfg(test)]
mod tests;

use crate::domain::value::time::Micros;

pub use text::isolated;

/// A document to be written.
#[derive(Debug, Clone)]
pub struct Document {
    /// What stands above the first block, and in the window's title.
    pub title: String,
    /// When it was made, as the file's metadata tell.
    pub created: Micros,
    /// A text from which the document's identifier follows; another document has another one.
    pub id: String,
    /// A small line at the foot of each page; `Page 1 of 3` stands beside it.
    pub footer: String,
    /// What it says, in reading order.
    pub blocks: Vec<Block>,
}

/// A piece of a document.
#[derive(Debug, Clone)]
pub enum Block {
    /// The head of a part; it goes into the outline too.
    Heading {
        /// How deep the part lies. One that skips a level is raised: readers count on it.
        level: Level,
        /// Its words.
        text: String,
    },
    /// Running text.
    Paragraph(String),
    /// Labels and their values, in two columns.
    Facts(Vec<(String, String)>),
    /// Rows under named columns.
    Table(Table),
}

/// How deep a part lies below the document's title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A part of the document.
    One,
    /// A part of a part.
    Two,
    /// A part of that.
    Three,
}

/// Rows under named columns. The head is repeated on each page; a row is not split unless it is taller than a page.
#[derive(Debug, Clone)]
pub struct Table {
    /// The columns, from left to right.
    pub columns: Vec<Column>,
    /// The rows, each with one cell a column.
    pub rows: Vec<Vec<String>>,
    /// The last row, set apart, with one cell a column.
    pub total: Option<Vec<String>>,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub struct Column {
    /// The words above it.
    pub title: String,
    /// Whether it holds numbers, which end at the same place.
    pub is_number: bool,
}

/// Why a document was not written.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PdfError {
    /// The title has no visible character: neither standard allows that.
    #[error("the document has no title: give it one")]
    NoTitle,
    /// A row and the head of its table disagree.
    #[error("a row of a table has {cells} cells for {columns} columns: give it one a column")]
    RowLength {
        /// How many cells the row has.
        cells: usize,
        /// How many columns the table has.
        columns: usize,
    },
    /// The file would break one of the two standards.
    #[error("the document would break PDF/A-2a or PDF/UA-1: {0}")]
    Refused(String),
}

/// A press, with its fonts read. One writes any number of documents.
pub struct Press(text::Typesetter);

impl Press {
    /// Reads the fonts.
    #[must_use]
    pub fn new() -> Self {
        Self(text::Typesetter::new())
    }

    /// Writes a document as a PDF file.
    ///
    /// # Errors
    /// [`PdfError::NoTitle`] and [`PdfError::RowLength`] are the caller's to mend; [`PdfError::Refused`] means that the
    /// file would not be what it claims.
    pub fn write(&self, document: &Document) -> Result<Vec<u8>, PdfError> {
        let sheets = layout::arrange(&self.0, document)?;
        paint::paint(&self.0, document, sheets)
    }
}

impl Default for Press {
    fn default() -> Self {
        Self::new()
    }
}
