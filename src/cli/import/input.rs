//! Files, taken apart into records. Each record has its bytes, its line, and its request.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use super::csv::{Columns, Csv};
use super::item::Item;
use super::json;
use super::line::Target;

/// The longest line, in bytes: a hundred times the API's limits for one.
pub(super) const LINE_BYTES_MAX: usize = 1024 * 1024;

/// The problem of a longer line.
pub(super) const TOO_LONG: &str = "is longer than 1 MiB";

/// Bytes read at a time.
pub(super) const READ_BYTES: usize = 64 * 1024;

/// Records handed over at a time: as many as go into a message of the stream.
const RECORDS: usize = 250;

/// Bytes handed over at a time.
const BYTES: usize = 1024 * 1024;

/// The form of the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// One JSON object a line.
    Jsonl,
    /// A row of column names, then one record on each line.
    Csv,
}

impl Format {
    /// Returns its name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        }
    }

    /// Returns the format that a file's name tells.
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "jsonl" | "ndjson" | "json" => Some(Self::Jsonl),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

/// A part of a file, as its format takes it apart. Each part holds its bytes.
pub(super) enum Piece {
    /// A line of JSON.
    Line(Vec<u8>),
    /// The cells of a record of CSV, or its fault.
    Cells(Vec<u8>, Result<Vec<String>, String>),
    /// A line that cannot be read, and the reason.
    Bad(Vec<u8>, String),
    /// More of the line before, which is too long.
    Rest(Vec<u8>),
    /// Empty lines.
    Blank(Vec<u8>),
}

/// A record on its way.
#[derive(Debug)]
pub(super) struct Record {
    /// Number of its line, from 1.
    pub(super) line: u64,
    /// All of its bytes. Those of all records together are the file's.
    pub(super) bytes: Vec<u8>,
    pub(super) what: What,
}

/// The content of a record.
#[derive(Debug)]
pub(super) enum What {
    /// A request to send.
    Item(Item),
    /// A record that cannot be sent, with all its faults.
    Bad(Vec<String>),
    /// More of the line before, which is too long.
    Rest,
    /// No content.
    Blank,
}

/// Lines to import.
pub(super) struct Input {
    /// Its name; `-` for standard input.
    pub(super) name: String,
    /// The path at which it can be read again; `None` when it can be read only once.
    pub(super) path: Option<PathBuf>,
    /// Its length in bytes, if it has one.
    pub(super) length: Option<u64>,
    pub(super) format: Format,
    /// The columns, for CSV.
    pub(super) columns: Option<Columns>,
    source: Box<dyn Read + Send>,
    /// The reader that stands between the columns' names and the first record of `source`.
    csv: Option<Csv<Box<dyn Read + Send>>>,
}

impl Input {
    /// Opens a file and reads the names of its columns.
    ///
    /// # Errors
    /// The file cannot be read, or its format or its columns are not known.
    pub(super) fn open(path: &Path, format: Option<Format>) -> anyhow::Result<Self> {
        let name = path.display().to_string();
        let is_stdin = name == "-";
        let format = format.or_else(|| Format::of(path));
        let format =
            format.with_context(|| format!("the format of {name} is not known; give it with --format jsonl or csv"))?;
        let (source, length): (Box<dyn Read + Send>, _) = if is_stdin {
            (Box::new(io::stdin()), None)
        } else {
            let file = File::open(path).with_context(|| format!("{name} cannot be read"))?;
            let about = file.metadata().with_context(|| format!("{name} cannot be read"))?;
            if about.is_dir() {
                bail!("{name} is a folder; give the files in it");
            }
            // A pipe has no length, and can be read only once.
            let length = about.is_file().then_some(about.len());
            (Box::new(file), length)
        };
        let path = length.map(|_| path.to_owned());
        let mut input = Self { name, path, length, format, columns: None, source, csv: None };
        if format == Format::Csv {
            input.read_columns()?;
        }
        Ok(input)
    }

    fn read_columns(&mut self) -> anyhow::Result<()> {
        let source = std::mem::replace(&mut self.source, Box::new(io::empty()));
        let mut csv = Csv::new(source, None);
        let columns = csv.columns().with_context(|| format!("{} cannot be read", self.name))?;
        match columns {
            Ok(columns) => self.columns = Some(columns),
            Err(problems) => {
                let listed: Vec<_> = problems.iter().map(|problem| format!("  {}:1: {problem}", self.name)).collect();
                bail!("nothing of {} was imported:\n{}", self.name, listed.join("\n"));
            }
        }
        self.csv = Some(csv);
        Ok(())
    }

    /// Goes to the place where an earlier import stopped. Returns the hash of the bytes before it, to be continued.
    ///
    /// # Errors
    /// The file is shorter than that.
    pub(super) fn skip_to(&mut self, offset: u64) -> anyhow::Result<Sha256> {
        let path = self.path.as_ref().context("only files can be gone on with")?;
        let mut file = File::open(path).with_context(|| format!("{} cannot be read", self.name))?;
        let hash = hash_first(&mut file, offset).with_context(|| format!("{} cannot be read", self.name))?;
        if offset > 0 {
            let source: Box<dyn Read + Send> = Box::new(file);
            if self.format == Format::Csv {
                self.csv = Some(Csv::new(source, self.columns.as_ref()));
            } else {
                self.source = source;
            }
        }
        Ok(hash)
    }

    /// Returns the bytes before the first record: the names of columns.
    pub(super) fn head(&self) -> &[u8] {
        self.columns.as_ref().map_or(&[], |columns| &columns.row)
    }

    /// Reads the rest in a thread of its own, as a file may block. The thread ends with its file, or once nobody takes
    /// its records.
    pub(super) fn read(self, target: Target, lines: u64) -> mpsc::Receiver<io::Result<Vec<Record>>> {
        let (sender, receiver) = mpsc::channel(2);
        std::thread::spawn(move || {
            let Self { source, csv, columns, .. } = self;
            let sends = Sends { target, lines, records: Vec::new(), bytes: 0, sender };
            match csv {
                Some(csv) => sends.all(csv, Csv::next, columns.as_ref()),
                None => sends.all(
                    Lines { input: BufReader::with_capacity(READ_BYTES, source), is_within: false },
                    Lines::next,
                    None,
                ),
            }
        });
        receiver
    }
}

/// Lines of text.
struct Lines<R> {
    input: BufReader<R>,
    /// True within a line that is too long.
    is_within: bool,
}

impl<R: Read> Lines<R> {
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

/// Hands records over as they are read.
struct Sends {
    target: Target,
    /// Number of lines before the next record.
    lines: u64,
    records: Vec<Record>,
    bytes: usize,
    sender: mpsc::Sender<io::Result<Vec<Record>>>,
}

impl Sends {
    fn all<S>(mut self, mut source: S, next: fn(&mut S) -> io::Result<Option<Piece>>, columns: Option<&Columns>) {
        loop {
            match next(&mut source) {
                Ok(Some(piece)) => {
                    let record = self.record(piece, columns);
                    self.bytes += record.bytes.len();
                    self.records.push(record);
                }
                // The taker may have gone.
                Ok(None) => return drop(self.sender.blocking_send(Ok(self.records))),
                Err(error) => {
                    drop(self.sender.blocking_send(Ok(self.records)));
                    return drop(self.sender.blocking_send(Err(error)));
                }
            }
            if self.records.len() >= RECORDS || self.bytes >= BYTES {
                self.bytes = 0;
                if self.sender.blocking_send(Ok(std::mem::take(&mut self.records))).is_err() {
                    return;
                }
            }
        }
    }

    fn record(&mut self, piece: Piece, columns: Option<&Columns>) -> Record {
        let made = |given: Result<_, String>| match given
            .map_err(|problem| vec![problem])
            .and_then(|given| self.target.read(given))
        {
            Ok(item) => What::Item(item),
            Err(problems) => What::Bad(problems),
        };
        let is_first = self.lines == 0;
        let (bytes, what) = match piece {
            Piece::Line(bytes) => {
                // Some editors begin a file with the mark of its encoding.
                let text = if is_first { bytes.strip_prefix("\u{feff}".as_bytes()) } else { None };
                let what = made(json::read(text.unwrap_or(&bytes)));
                (bytes, what)
            }
            Piece::Cells(bytes, cells) => {
                let columns = columns.expect("records of CSV come after their columns");
                let what = made(cells.map(|cells| columns.read(cells)));
                (bytes, what)
            }
            Piece::Bad(bytes, problem) => (bytes, What::Bad(vec![problem])),
            Piece::Rest(bytes) => (bytes, What::Rest),
            Piece::Blank(bytes) => (bytes, What::Blank),
        };
        let begin = bytes.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
        let line = self.lines + 1 + lines(&bytes[..begin]);
        self.lines += lines(&bytes);
        Record { line, bytes, what }
    }
}

/// Reads the first bytes of a file. Returns their hash, to be continued. If the file is shorter, it is the hash of the
/// whole file.
///
/// # Errors
/// The file cannot be read.
pub(super) fn hash_first(file: &mut File, bytes: u64) -> io::Result<Sha256> {
    let mut hash = Sha256::new();
    let mut first = BufReader::with_capacity(READ_BYTES, file.take(bytes));
    loop {
        let read = first.fill_buf()?;
        if read.is_empty() {
            return Ok(hash);
        }
        hash.update(read);
        let length = read.len();
        first.consume(length);
    }
}

/// Returns how many lines end in some bytes.
pub(super) fn lines(bytes: &[u8]) -> u64 {
    bytes.iter().map(|&byte| u64::from(byte == b'\n')).sum()
}
