//! Files, taken apart into records. Each record has its bytes, its line, and its request.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use clap::ValueEnum;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use super::columns::Columns;
use super::csv::Csv;
use super::item::Item;
use super::line::Target;
use super::reader::{Bytes, Lines, Pieces, Reader};
use super::readings::Conflict;
use super::types::Types;

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

/// Largest number of conflicts with rules that are listed of a file: a screen of them.
const CONFLICTS_MAX: usize = 20;

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
    source: Bytes,
    /// The reader that stands between the columns' names and the first record of `source`.
    csv: Option<Csv<Bytes>>,
    /// The types of attributes, as a survey of the file has told them.
    types: Types,
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
        let (source, length): (Bytes, _) = if is_stdin {
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
        let mut input = Self { name, path, length, format, columns: None, source, csv: None, types: Types::default() };
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
            let source: Bytes = Box::new(file);
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

    /// Returns them with the types that the values of columns told, as the file of rejected lines begins: a few lines of a
    /// file may look like something else than all of them.
    pub(super) fn typed_head(&self) -> Vec<u8> {
        self.columns.as_ref().map_or_else(Vec::new, |columns| columns.typed(&self.types))
    }

    /// Reads the whole file, before anything of it is sent: what the types of its attributes are, and whether the rules
    /// take the attributes after the first `answered` lines for the same. What can be read only once is not surveyed: it
    /// is checked line by line as it is sent.
    ///
    /// # Errors
    /// Lists what a rule takes for something else. The file cannot be read.
    pub(super) fn survey(&mut self, target: &Target, answered: u64) -> anyhow::Result<()> {
        let Some(path) = self.path.as_ref().filter(|_| self.is_worth_a_survey(target, answered)) else { return Ok(()) };
        let cannot = || format!("{} cannot be read", self.name);
        let source: Bytes = Box::new(File::open(path).with_context(cannot)?);
        let pieces = match &self.columns {
            Some(columns) => {
                let mut csv = Csv::new(source, None);
                let again = csv.columns().with_context(cannot)?;
                if again.as_ref() != Ok(columns) {
                    bail!("{} was changed while it was read; import it again", self.name);
                }
                Pieces::Csv(Box::new(csv))
            }
            None => Pieces::Jsonl(Lines::new(source)),
        };
        let (columns, types) = (self.columns.clone(), Types::default());
        let mut reader = Reader { pieces, columns, target: target.clone(), types, lines: lines(self.head()) };
        let mut found: BTreeMap<Conflict, u64> = BTreeMap::new();
        while let Some(record) = reader.next().with_context(cannot)? {
            if record.line > answered && found.len() < CONFLICTS_MAX {
                for conflict in reader.conflicts(&record) {
                    found.entry(conflict).or_insert(record.line);
                }
            }
        }
        // A column that begins with an odd cell would be recorded in part: what it holds must be said first.
        let unasked = reader.types.unasked().into_iter().filter(|(line, _)| *line > answered);
        let taken = found.iter().map(|(conflict, line)| (*line, reader.told(conflict)));
        let told: Vec<_> = unasked.chain(taken).map(|(line, told)| format!("  {}:{line}: {told}", self.name)).collect();
        if !told.is_empty() {
            bail!("nothing of {} was imported:\n{}", self.name, told.join("\n"));
        }
        self.types = reader.types;
        Ok(())
    }

    /// False when there are no types to be told and none that a rule could take for another.
    fn is_worth_a_survey(&self, target: &Target, answered: u64) -> bool {
        match &self.columns {
            Some(columns) => columns.has_untyped() || (columns.has_attributes() && !target.readings.is_empty()),
            // The lines before tell the types of those to come.
            None => answered > 0 || !target.readings.is_empty(),
        }
    }

    /// Reads the rest in a thread of its own, as a file may block. The thread ends with its file, or once nobody takes
    /// its records, or with a line in which a rule takes an attribute for something else.
    pub(super) fn read(self, target: Target, lines: u64) -> mpsc::Receiver<anyhow::Result<Vec<Record>>> {
        let (sender, receiver) = mpsc::channel(2);
        std::thread::spawn(move || {
            let Self { name, source, csv, columns, types, .. } = self;
            let pieces = match csv {
                Some(csv) => Pieces::Csv(Box::new(csv)),
                None => Pieces::Jsonl(Lines::new(source)),
            };
            hand_over(Reader { pieces, columns, target, types, lines }, &name, &sender);
        });
        receiver
    }
}

/// Hands records over as they are read.
fn hand_over(mut reader: Reader, name: &str, sender: &mpsc::Sender<anyhow::Result<Vec<Record>>>) {
    let (mut records, mut bytes) = (Vec::new(), 0);
    let broken = loop {
        match reader.next() {
            Ok(Some(record)) => {
                if let Some(conflict) = reader.conflicts(&record).first() {
                    let (line, told) = (record.line, reader.told(conflict));
                    break Some(anyhow!("{name}:{line}: {told}; nothing from that line on was imported"));
                }
                bytes += record.bytes.len();
                records.push(record);
            }
            Ok(None) => break None,
            Err(error) => break Some(anyhow!(error).context(format!("{name} cannot be read"))),
        }
        if records.len() >= RECORDS || bytes >= BYTES {
            bytes = 0;
            if sender.blocking_send(Ok(std::mem::take(&mut records))).is_err() {
                return;
            }
        }
    };
    // The taker may have gone.
    drop(sender.blocking_send(Ok(records)));
    if let Some(error) = broken {
        drop(sender.blocking_send(Err(error)));
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
