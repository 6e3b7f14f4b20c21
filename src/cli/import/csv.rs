//! CSV (RFC 4180): a row of column names, then one record on each line.
//!
//! `csv-core` takes records apart in a buffer of this module, so that the bytes of each are known. When a quote is
//! opened and never closed, only the line with that quote is lost.

use std::io::{self, Read};

use csv_core::ReadRecordResult;

use super::columns::Columns;
use super::input::{LINE_BYTES_MAX, Piece, READ_BYTES, TOO_LONG};

/// Records of a file.
pub(super) struct Csv<R> {
    input: R,
    buffer: Vec<u8>,
    /// The place where the next record begins.
    start: usize,
    is_at_end: bool,
    parser: csv_core::Reader,
    /// Cells of the record that was read last, one after the other, with the end of each.
    cells: Vec<u8>,
    ends: Vec<usize>,
    /// Number of cells that a record must have; 0 while it is not known.
    width: usize,
    /// True within a line that is too long.
    is_skipping: bool,
}

impl<R: Read> Csv<R> {
    /// Makes a reader that begins at the beginning of a record.
    pub(super) fn new(input: R, columns: Option<&Columns>) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            start: 0,
            is_at_end: false,
            parser: csv_core::Reader::new(),
            cells: vec![0; 4_096],
            ends: vec![0; 64],
            width: columns.map_or(0, Columns::count),
            is_skipping: false,
        }
    }

    /// Reads the columns' names.
    ///
    /// # Errors
    /// Lists every fault of the names. The outer error is that of the file.
    pub(super) fn columns(&mut self) -> io::Result<Result<Columns, Vec<String>>> {
        let empty = || Err(vec!["is empty; the first row names the columns, as id,kind,member,occurred_at".to_owned()]);
        let Some(piece) = self.next()? else { return Ok(empty()) };
        let (row, cells) = match piece {
            Piece::Cells(row, cells) => (row, cells),
            Piece::Bad(_, problem) => return Ok(Err(vec![problem])),
            Piece::Line(_) | Piece::Rest(_) | Piece::Blank(_) => return Ok(empty()),
        };
        let cells = match cells {
            Ok(cells) => cells,
            Err(problem) => return Ok(Err(vec![problem])),
        };
        let columns = Columns::named(&cells, row);
        self.width = cells.len();
        Ok(columns)
    }

    /// Returns the next record, or a part of a line that is no record.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        // Not at each record, as that would move every byte a thousand times.
        if self.start >= READ_BYTES {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        if self.is_skipping {
            return self.rest();
        }
        let (mut at, mut cells, mut ends) = (self.start, 0, 0);
        loop {
            if at == self.buffer.len() && !self.is_at_end {
                if at - self.start > LINE_BYTES_MAX {
                    return Ok(Some(self.recover()));
                }
                self.fill()?;
            }
            let (result, read, written, ended) =
                self.parser.read_record(&self.buffer[at..], &mut self.cells[cells..], &mut self.ends[ends..]);
            (at, cells, ends) = (at + read, cells + written, ends + ended);
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.cells.resize(self.cells.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => break,
                ReadRecordResult::End if at > self.start => return Ok(Some(Piece::Blank(self.take(at)))),
                ReadRecordResult::End => return Ok(None),
            }
        }
        if self.buffer[at - 1] == b'\r' {
            if at == self.buffer.len() && !self.is_at_end {
                self.fill()?;
            }
            at += usize::from(self.buffer.get(at) == Some(&b'\n'));
        }
        Ok(Some(self.record(at, ends)))
    }

    /// Takes a record that the parser has found. A stray quote may have made one of several.
    fn record(&mut self, at: usize, ends: usize) -> Piece {
        let bytes = self.buffer[self.start..at].trim_ascii();
        let is_open = bytes.iter().fold(false, |is_open, &byte| is_open ^ (byte == b'"'));
        let has_lines = bytes.contains(&b'\n');
        let is_last = self.is_at_end && at == self.buffer.len();
        let misses = self.width > 0 && ends != self.width;
        // A record always has an even number of quotes. When the number is odd, its columns may be right by chance.
        if (has_lines && (misses || is_open)) || (is_open && is_last) {
            return self.recover();
        }
        let cells = if misses {
            Err(format!("has {ends} columns, and the first row names {}", self.width))
        } else {
            self.texts(ends)
        };
        // A row that a spreadsheet has emptied is left as commas.
        if self.width > 0 && cells.as_ref().is_ok_and(|cells| cells.iter().all(String::is_empty)) {
            return Piece::Blank(self.take(at));
        }
        Piece::Cells(self.take(at), cells)
    }

    /// Returns the cells of the record that was read last.
    fn texts(&self, ends: usize) -> Result<Vec<String>, String> {
        let begins = std::iter::once(&0).chain(&self.ends[..ends]);
        let cell = |(index, (&begin, &end)): (usize, (&usize, &usize))| {
            let text = std::str::from_utf8(&self.cells[begin..end]);
            let not_utf8 = |_| format!("column {} is not UTF-8; save the file as UTF-8", index + 1);
            text.map(str::to_owned).map_err(not_utf8)
        };
        begins.zip(&self.ends[..ends]).enumerate().map(cell).collect()
    }

    /// Gives up the first line, and begins again after it.
    fn recover(&mut self) -> Piece {
        self.parser.reset();
        // Empty lines belong to the record after them.
        let begin = self.buffer[self.start..].iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
        let end = self.end_of_line(self.start + begin);
        self.is_skipping = end.is_none() && !self.is_at_end;
        let end = end.unwrap_or(self.buffer.len());
        let is_long = end - self.start > LINE_BYTES_MAX;
        let problem = if is_long { TOO_LONG } else { "opens a quote that is not closed where it should be" };
        Piece::Bad(self.take(end), problem.to_owned())
    }

    /// Returns more of a line that is too long.
    fn rest(&mut self) -> io::Result<Option<Piece>> {
        if self.start == self.buffer.len() {
            self.fill()?;
        }
        let end = self.end_of_line(self.start);
        self.is_skipping = end.is_none() && !self.is_at_end;
        Ok(Some(Piece::Rest(self.take(end.unwrap_or(self.buffer.len())))))
    }

    fn end_of_line(&self, from: usize) -> Option<usize> {
        self.buffer[from..].iter().position(|&byte| byte == b'\n').map(|at| from + at + 1)
    }

    fn take(&mut self, end: usize) -> Vec<u8> {
        let bytes = self.buffer[self.start..end].to_vec();
        self.start = end;
        bytes
    }

    fn fill(&mut self) -> io::Result<()> {
        let filled = self.buffer.len();
        self.buffer.resize(filled + READ_BYTES, 0);
        let read = loop {
            match self.input.read(&mut self.buffer[filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.buffer.truncate(filled + read);
        self.is_at_end = read == 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A reader that gives a few bytes at a time, as a pipe may.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(buffer.len()).min(self.0.len());
            buffer[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    /// A piece's bytes, and its cells or its fault.
    type Found = (Vec<u8>, Result<Vec<String>, String>);

    fn pieces(text: &[u8], at_a_time: usize) -> Vec<Found> {
        let mut csv = Csv::new(Trickle(text, at_a_time), None);
        csv.width = 2;
        let mut pieces = Vec::new();
        while let Some(piece) = csv.next().expect("nothing fails") {
            pieces.push(match piece {
                Piece::Cells(bytes, cells) => (bytes, cells),
                Piece::Bad(bytes, problem) => (bytes, Err(problem)),
                Piece::Rest(bytes) => (bytes, Err("rest".into())),
                Piece::Blank(bytes) | Piece::Line(bytes) => (bytes, Err("blank".into())),
            });
        }
        pieces
    }

    fn joined(pieces: &[Found]) -> Vec<u8> {
        pieces.iter().flat_map(|(bytes, _)| bytes.iter().copied()).collect()
    }

    proptest! {
        /// No byte is lost, and the records do not depend on how the bytes come.
        #[test]
        fn records_are_the_whole_file_however_it_is_read(text in "[ab,\"\r\n]{0,40}", at_a_time in 1..9_usize) {
            let whole = pieces(text.as_bytes(), usize::MAX);
            prop_assert_eq!(joined(&whole), text.as_bytes());
            prop_assert_eq!(&pieces(text.as_bytes(), at_a_time), &whole);
        }
    }

    #[test]
    fn a_quote_that_is_never_closed_costs_its_own_line() {
        let found = pieces(b"1,\"a\n2,b\n\n3,\"c,\"\"\nd\"\n4,\"e\n", 7);
        let cells: Vec<_> = found.iter().map(|(_, cells)| cells.as_ref().ok().map(|cells| cells.join("|"))).collect();
        let expected = [None, Some("2|b"), Some("3|c,\"\nd"), None];
        assert_eq!(cells, expected.map(|cells| cells.map(str::to_owned)));
    }

    #[test]
    fn a_line_that_is_too_long_comes_in_pieces_and_the_next_is_whole() {
        let long = format!("1,\"{}\n", "x".repeat(3 * LINE_BYTES_MAX));
        let found = pieces(format!("0,a\n{long}2,b\n").as_bytes(), usize::MAX);
        assert!(found.len() > 3 && found.iter().all(|(bytes, _)| bytes.len() <= LINE_BYTES_MAX + 2 * READ_BYTES));
        assert_eq!(found[1].1, Err(TOO_LONG.to_owned()));
        assert_eq!(joined(&found[1..found.len() - 1]), long.as_bytes());
        assert_eq!(found.last().map(|(_, cells)| cells.clone()), Some(Ok(vec!["2".to_owned(), "b".to_owned()])));
    }
}
