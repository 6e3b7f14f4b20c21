//! CSV (RFC 4180, with line feeds). Text that a spreadsheet would take for a formula is guarded.

use std::io::Write;

use super::{Cell, Column, TableError, number};

/// Rows of a file with commas.
pub(super) struct CsvRows<W: Write> {
    out: ::csv::Writer<W>,
}

impl<W: Write> CsvRows<W> {
    /// Writes the line of names.
    pub(super) fn begin(out: W, columns: &[Column]) -> Result<Self, TableError> {
        let mut out = ::csv::Writer::from_writer(out);
        out.write_record(columns.iter().map(|column| column.name)).map_err(io)?;
        Ok(Self { out })
    }

    pub(super) fn row(&mut self, columns: &[Column], cells: &[Cell<'_>]) -> Result<(), TableError> {
        for (column, cell) in columns.iter().zip(cells) {
            let field = match cell {
                Cell::Text(text) => guarded(text),
                Cell::Number(amount) | Cell::Money(amount) => number(column.kind, *amount),
                Cell::Day(day) => day.date().to_string(),
                Cell::Flag(flag) => String::from(if *flag { "1" } else { "0" }),
                Cell::Empty => String::new(),
            };
            self.out.write_field(field).map_err(io)?;
        }
        self.out.write_record(None::<&[u8]>).map_err(io)
    }

    pub(super) fn end(self) -> Result<W, TableError> {
        let mut out = self.out.into_inner().map_err(::csv::IntoInnerError::into_error)?;
        out.flush()?;
        Ok(out)
    }
}

/// Returns text as a cell that no spreadsheet runs. Text that begins like a formula gets an apostrophe in front (OWASP,
/// CSV injection).
#[must_use]
pub fn guarded(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

fn io(error: ::csv::Error) -> TableError {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => TableError::Io(error),
        other => TableError::Io(std::io::Error::other(format!("{other:?}"))),
    }
}
