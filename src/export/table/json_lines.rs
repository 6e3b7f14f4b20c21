//! JSON Lines: an object a row, with exactly what the table was given.

use std::io::{BufWriter, Write};

use super::{Cell, Column, TableError, number};

/// Rows of a file of objects.
pub(super) struct JsonRows<W: Write> {
    out: BufWriter<W>,
    /// What stands before each cell: `{"first":`, then `,"second":`.
    keys: Vec<String>,
}

impl<W: Write> JsonRows<W> {
    pub(super) fn begin(out: W, columns: &[Column]) -> Result<Self, TableError> {
        let mut keys = Vec::with_capacity(columns.len());
        for (index, column) in columns.iter().enumerate() {
            let name = serde_json::to_string(column.name).map_err(std::io::Error::from)?;
            keys.push(format!("{}{name}:", if index == 0 { '{' } else { ',' }));
        }
        Ok(Self { out: BufWriter::new(out), keys })
    }

    pub(super) fn row(&mut self, columns: &[Column], cells: &[Cell<'_>]) -> Result<(), TableError> {
        for ((key, column), cell) in self.keys.iter().zip(columns).zip(cells) {
            self.out.write_all(key.as_bytes())?;
            match cell {
                Cell::Text(text) => serde_json::to_writer(&mut self.out, text).map_err(std::io::Error::from)?,
                Cell::Number(count) => write!(self.out, "{count}")?,
                // A string: a reader that takes numbers for floats would lose pennies.
                Cell::Money(minor) => write!(self.out, "\"{}\"", number(column.kind, *minor))?,
                Cell::Day(day) => write!(self.out, "\"{}\"", day.date())?,
                Cell::Flag(flag) => write!(self.out, "{flag}")?,
                Cell::Empty => self.out.write_all(b"null")?,
            }
        }
        self.out.write_all(b"}\n")?;
        Ok(())
    }

    pub(super) fn end(self) -> Result<W, TableError> {
        let mut out = self.out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        out.flush()?;
        Ok(out)
    }
}
