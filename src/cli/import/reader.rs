//! Records, as a file is read: each with its bytes, its line, and its request.

use std::io::{self, BufRead as _, BufReader, Read};

use super::columns::Columns;
use super::csv::Csv;
use super::input::{LINE_BYTES_MAX, Piece, READ_BYTES, Record, TOO_LONG, What, lines};
use super::item::Item;
use super::json;
use super::line::{Given, Target};
use super::readings::Conflict;
use super::types::{Types, of};
use goodturn::domain::terms::activity::AttributeType;

/// A source of bytes, as a file or a pipe.
pub(super) type Bytes = Box<dyn Read + Send>;

/// The parts of a file, by its format.
pub(super) enum Pieces {
    /// Lines of JSON.
    Jsonl(Lines<Bytes>),
    /// Records of CSV, after the row of their columns.
    Csv(Box<Csv<Bytes>>),
}

/// A reader of records.
pub(super) struct Reader {
    pub(super) pieces: Pieces,
    /// The columns, for CSV.
    pub(super) columns: Option<Columns>,
    pub(super) target: Target,
    /// The types of attributes, as far as the file has told them.
    pub(super) types: Types,
    /// Number of lines before the next record.
    pub(super) lines: u64,
}

impl Reader {
    /// Returns the next record.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn next(&mut self) -> io::Result<Option<Record>> {
        let piece = match &mut self.pieces {
            Pieces::Jsonl(lines) => lines.next()?,
            Pieces::Csv(csv) => csv.next()?,
        };
        Ok(piece.map(|piece| self.record(piece)))
    }

    /// Returns the attributes of a record that a rule takes for another type than the file.
    pub(super) fn conflicts(&self, record: &Record) -> Vec<Conflict> {
        match &record.what {
            What::Item(Item::Activity(activity)) => self.target.readings.conflicts(activity),
            _ => Vec::new(),
        }
    }

    /// Returns what a conflict is, and how to mend the file.
    pub(super) fn told(&self, conflict: &Conflict) -> String {
        let Conflict { attribute, taken_for, .. } = conflict;
        let mend = match (&self.pieces, taken_for) {
            (Pieces::Csv(_), taken_for) => {
                let typed = match taken_for {
                    AttributeType::Text => "text",
                    AttributeType::Number => "decimal",
                    AttributeType::Flag => "flag",
                };
                format!("say the column's type in the first row, as attributes.{attribute}:{typed}")
            }
            (Pieces::Jsonl(_), AttributeType::Text) => "put the values in quotes".to_owned(),
            (Pieces::Jsonl(_), taken_for) => format!("write the values as {}, without quotes", of(*taken_for)),
        };
        format!("{}; {mend}", conflict.told())
    }

    fn record(&mut self, piece: Piece) -> Record {
        let is_first = self.lines == 0;
        let (Piece::Line(bytes)
        | Piece::Cells(bytes, _)
        | Piece::Bad(bytes, _)
        | Piece::Rest(bytes)
        | Piece::Blank(bytes)) = &piece;
        // Empty lines belong to the record after them.
        let begin = bytes.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
        let line = self.lines + 1 + lines(&bytes[..begin]);
        self.lines += lines(bytes);
        let (bytes, what) = match piece {
            Piece::Line(bytes) => {
                // Some editors begin a file with the mark of its encoding.
                let text = if is_first { bytes.strip_prefix("\u{feff}".as_bytes()) } else { None };
                let given = json::read(text.unwrap_or(&bytes), line, &mut self.types);
                let what = self.made(given);
                (bytes, what)
            }
            Piece::Cells(bytes, cells) => {
                let columns = self.columns.as_ref().expect("records of CSV come after their columns");
                let given = cells.map(|cells| columns.read(cells, line, &mut self.types));
                (bytes, self.made(given))
            }
            Piece::Bad(bytes, problem) => (bytes, What::Bad(vec![problem])),
            Piece::Rest(bytes) => (bytes, What::Rest),
            Piece::Blank(bytes) => (bytes, What::Blank),
        };
        Record { line, bytes, what }
    }

    fn made(&self, given: Result<Given, String>) -> What {
        match given.map_err(|problem| vec![problem]).and_then(|given| self.target.read(given)) {
            Ok(item) => What::Item(item),
            Err(problems) => What::Bad(problems),
        }
    }
}

/// Lines of text.
pub(super) struct Lines<R> {
    input: BufReader<R>,
    /// True within a line that is too long.
    is_within: bool,
}

impl<R: Read> Lines<R> {
    /// Makes a reader that begins at the beginning of a line.
    pub(super) fn new(input: R) -> Self {
        Self { input: BufReader::with_capacity(READ_BYTES, input), is_within: false }
    }

    fn next(&mut self) -> io::Result<Option<Piece>> {
        let mut bytes = Vec::with_capacity(256);
        let most = u64::try_from(LINE_BYTES_MAX + 1).expect("a million is a number");
        self.input.by_ref().take(most).read_until(b'\n', &mut bytes)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let is_rest = self.is_within;
        self.is_within = bytes.len() > LINE_BYTES_MAX && !bytes.ends_with(b"\n");
        Ok(Some(match bytes {
            bytes if is_rest => Piece::Rest(bytes),
            bytes if self.is_within => Piece::Bad(bytes, TOO_LONG.to_owned()),
            bytes if bytes.trim_ascii().is_empty() => Piece::Blank(bytes),
            bytes => Piece::Line(bytes),
        }))
    }
}
