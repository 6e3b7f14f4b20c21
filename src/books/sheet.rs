//! A table of a report, on its way to a file.

use std::fs::File;
use std::io::{self, BufWriter, Seek as _, Write as _};

use super::{BooksError, Source, Written};
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Micros;
use crate::export::table::{Cell, Column, Head, Kind, Table, TableFormat};

/// A table of a report.
pub(super) struct Sheet {
    table: Table<BufWriter<File>>,
    name: String,
    rows: i64,
    seq: Seq,
}

/// What a table is, before its first row.
pub(super) struct Title<'a> {
    /// Name of the sheet, and of the file with the programme's.
    pub(super) name: &'a str,
    /// What it is about, beside programme and entry.
    pub(super) about: Vec<(String, String)>,
    /// The columns.
    pub(super) columns: Vec<Column>,
    /// The last entry that it holds, and the time of that.
    pub(super) as_of: (Seq, Micros),
}

impl Sheet {
    pub(super) fn begin(source: &Source, format: TableFormat, title: Title<'_>) -> Result<Self, BooksError> {
        let (seq, at) = title.as_of;
        let text = |label: &str, text: String| (label.to_owned(), text);
        let mut about = vec![text("Programme", source.program.id.to_string())];
        about.extend(title.about);
        about.push(text("Up to entry", seq.to_string()));
        about.push(text("Last entry recorded at", at.to_rfc3339()));
        about.push(text("Days and months in", source.zone_name.clone()));
        let head = Head { title: title.name.to_owned(), about, columns: title.columns, created: at.max(Micros::EPOCH) };
        let ending = match format {
            TableFormat::Csv => "csv",
            TableFormat::JsonLines => "jsonl",
            TableFormat::Xlsx => "xlsx",
        };
        let name = file_name(source, title.name, ending);
        let table = Table::begin(format, BufWriter::new(tempfile::tempfile()?), head, &std::env::temp_dir())?;
        Ok(Self { table, name, rows: 0, seq })
    }

    pub(super) fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), BooksError> {
        self.rows += 1;
        Ok(self.table.row(cells)?)
    }

    pub(super) fn end(self, differences: i64) -> Result<Written, BooksError> {
        let mut file = self.table.end()?.into_inner().map_err(|error| BooksError::NotWritten(error.to_string()))?;
        file.rewind()?;
        Ok(Written { file, name: self.name, rows: self.rows, seq: self.seq, differences })
    }
}

/// Writes a file whose bytes are all there.
pub(super) fn file_of(bytes: &[u8]) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file)
}

/// Returns a name for a file of a report.
pub(super) fn file_name(source: &Source, title: &str, ending: &str) -> String {
    let title = title.to_lowercase().replace(' ', "-");
    format!("{}-{title}.{ending}", source.program.id)
}

/// Makes a column without a total.
pub(super) const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, has_total: false }
}

/// Makes a column whose sum is told.
pub(super) const fn summed(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, has_total: true }
}

/// Makes a cell of text.
pub(super) fn text(text: &str) -> Cell<'_> {
    Cell::Text(text.into())
}

/// Makes a cell of text, or an empty one.
pub(super) fn text_of(text: Option<String>) -> Cell<'static> {
    text.map_or(Cell::Empty, |text| Cell::Text(text.into()))
}
