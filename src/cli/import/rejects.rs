//! Rejected lines. One file has them as they were, to be mended and imported again. A second file has the faults of
//! each.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use sha2::{Digest as _, Sha256};

use super::input::{Record, hash_first, lines};
use super::progress::with_suffix;
use goodturn::domain::value::encoding::hex;

/// The two files, made when a line is rejected.
pub(super) struct Rejects {
    path: PathBuf,
    /// The bytes in front of the lines: the names of columns.
    head: Vec<u8>,
    halves: Option<Halves>,
    written: Written,
}

/// The written parts of the two files.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Written {
    /// True when the files belong to this import. It is saved before they are made.
    is_begun: bool,
    lines: Kept,
    reasons: Kept,
    /// Number of lines in the first file.
    count: u64,
    /// True when the last line has an end.
    is_ended: bool,
}

/// The written part of a file: its length and its SHA-256.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Kept {
    bytes: u64,
    sha256: String,
}

struct Halves {
    lines: Half,
    reasons: Half,
}

/// One of the files.
struct Half {
    path: PathBuf,
    file: BufWriter<File>,
    bytes: u64,
    hash: Sha256,
}

impl Half {
    fn make(path: PathBuf) -> anyhow::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        let file = file.map(BufWriter::new).with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Self { path, file, bytes: 0, hash: Sha256::new() })
    }

    /// Checks that a file begins with the part that an earlier import wrote. Does not change it.
    fn open(path: PathBuf, kept: &Kept) -> anyhow::Result<Self> {
        let cannot = || {
            format!(
                "{} is not what the interrupted import left; put it back, or import without --resume",
                path.display()
            )
        };
        let mut file = OpenOptions::new().read(true).write(true).open(&path).with_context(cannot)?;
        let hash = hash_first(&mut file, kept.bytes).with_context(cannot)?;
        if hex(&hash.clone().finalize()) != kept.sha256 {
            bail!(cannot());
        }
        Ok(Self { path, file: BufWriter::new(file), bytes: kept.bytes, hash })
    }

    /// Cuts off what that import wrote after it had saved its place. It is written again.
    fn cut(&mut self) -> anyhow::Result<()> {
        let file = self.file.get_mut();
        let cut = file.set_len(self.bytes).and_then(|()| file.seek(io::SeekFrom::End(0)));
        cut.map(drop).with_context(|| format!("{} cannot be gone on with", self.path.display()))
    }

    fn put(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.file.write_all(bytes).with_context(|| format!("{} cannot be written", self.path.display()))?;
        self.bytes += u64::try_from(bytes.len()).expect("a line is short");
        self.hash.update(bytes);
        Ok(())
    }

    fn flush(&mut self) -> anyhow::Result<Kept> {
        self.file.flush().with_context(|| format!("{} cannot be written", self.path.display()))?;
        Ok(Kept { bytes: self.bytes, sha256: hex(&self.hash.clone().finalize()) })
    }
}

impl Rejects {
    /// Makes rejected lines go to this file, with `head` in front of them.
    ///
    /// # Errors
    /// One of the files exists already.
    pub(super) fn to(path: &Path, head: &[u8]) -> anyhow::Result<Self> {
        for path in [path, &reasons(path)] {
            if path.symlink_metadata().is_ok() {
                bail!("{} exists; give another file with --rejects, or move it away", path.display());
            }
        }
        Ok(Self { path: path.into(), head: head.to_vec(), halves: None, written: Written::default() })
    }

    /// Does the same, and goes on where an earlier import stopped. Lines that it wrote after that are written again.
    ///
    /// # Errors
    /// The files differ from those that the import left, or are not its files.
    pub(super) fn resume(path: &Path, head: &[u8], written: Written) -> anyhow::Result<Self> {
        if written.is_begun && written.lines.bytes == 0 {
            super::remove(&[path.into(), reasons(path)])?;
        }
        if written.lines.bytes == 0 {
            return Self::to(path, head);
        }
        let mut halves = Halves {
            lines: Half::open(path.into(), &written.lines)?,
            reasons: Half::open(reasons(path), &written.reasons)?,
        };
        halves.lines.cut()?;
        halves.reasons.cut()?;
        Ok(Self { path: path.into(), head: head.to_vec(), halves: Some(halves), written })
    }

    /// Says that the files will be made. Returns true the first time. This must then be saved before they are made, so
    /// that a resumed import knows whose files they are.
    pub(super) const fn announce(&mut self) -> bool {
        !std::mem::replace(&mut self.written.is_begun, true)
    }

    /// Writes a line and its faults.
    ///
    /// # Errors
    /// The files cannot be written.
    pub(super) fn write(&mut self, record: &Record, input: &str, problems: &[String]) -> anyhow::Result<()> {
        if self.halves.is_none() {
            self.begin()?;
        }
        if !self.written.is_ended {
            self.put(b"\n")?;
        }
        let line = self.written.count + 1;
        // Empty lines before it have no meaning.
        let begin = record.bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(0);
        self.put(&record.bytes[begin..])?;
        for problem in problems {
            let told = format!("{}:{line}: {problem} (line {} of {input})\n", self.path.display(), record.line);
            self.halves.as_mut().expect("they were made").reasons.put(told.as_bytes())?;
        }
        Ok(())
    }

    /// Writes more of the line before.
    ///
    /// # Errors
    /// The files cannot be written.
    pub(super) fn write_rest(&mut self, record: &Record) -> anyhow::Result<()> {
        self.put(&record.bytes)
    }

    /// Makes sure that everything is in the files, and returns the extent of both.
    ///
    /// # Errors
    /// The files cannot be written.
    pub(super) fn flush(&mut self) -> anyhow::Result<Written> {
        if let Some(halves) = &mut self.halves {
            self.written.lines = halves.lines.flush()?;
            self.written.reasons = halves.reasons.flush()?;
        }
        Ok(self.written.clone())
    }

    fn begin(&mut self) -> anyhow::Result<()> {
        let lines = Half::make(self.path.clone())?;
        self.halves = Some(Halves { lines, reasons: Half::make(reasons(&self.path))? });
        self.written.is_ended = true;
        let head = std::mem::take(&mut self.head);
        if head.is_empty() { Ok(()) } else { self.put(&head) }
    }

    fn put(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.halves.as_mut().expect("they were made").lines.put(bytes)?;
        self.written.count += lines(bytes);
        self.written.is_ended = bytes.ends_with(b"\n");
        Ok(())
    }
}

/// Returns the path of the reasons: `rejects.csv.reasons`.
pub(super) fn reasons(path: &Path) -> PathBuf {
    with_suffix(path, ".reasons")
}
