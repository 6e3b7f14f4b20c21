//! Rejected lines: as they were, in a file that can be mended and imported again; and beside it what is wrong with each.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::input::{Record, lines};

/// The two files, made when a line is rejected.
pub(super) struct Rejects {
    path: PathBuf,
    /// What stands in front of the lines: the names of columns.
    head: Vec<u8>,
    files: Option<Files>,
    written: Written,
}

/// How much of the two files is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Written {
    bytes: u64,
    lines: u64,
    reasons_bytes: u64,
    /// Whether the last line has an end.
    is_ended: bool,
}

struct Files {
    lines: BufWriter<File>,
    reasons: BufWriter<File>,
}

impl Rejects {
    /// Rejected lines go to this file; `head` stands in front of them.
    ///
    /// # Errors
    /// One of the files exists already.
    pub(super) fn to(path: &Path, head: &[u8]) -> anyhow::Result<Self> {
        for path in [path, &reasons(path)] {
            if path.symlink_metadata().is_ok() {
                bail!("{} exists; give another file with --rejects, or move it away", path.display());
            }
        }
        Ok(Self { path: path.into(), head: head.to_vec(), files: None, written: Written::default() })
    }

    /// The same, going on where an earlier import stood: what it wrote after that is written again.
    ///
    /// # Errors
    /// The files are not what that import left.
    pub(super) fn resume(path: &Path, head: &[u8], written: Written) -> anyhow::Result<Self> {
        let mut rejects = Self { path: path.into(), head: head.to_vec(), files: None, written };
        if rejects.written == Written::default() {
            for path in [path, &reasons(path)] {
                match std::fs::remove_file(path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(error).with_context(|| format!("{} cannot be begun anew", path.display()));
                    }
                    _ => {}
                }
            }
            return Ok(rejects);
        }
        let open = |path: &Path, bytes: u64| {
            let cannot = || {
                format!(
                    "{} is not what the interrupted import left; put it back, or import without --resume",
                    path.display()
                )
            };
            let mut file = OpenOptions::new().write(true).open(path).with_context(cannot)?;
            if file.metadata().with_context(cannot)?.len() < bytes {
                bail!(cannot());
            }
            file.set_len(bytes).and_then(|()| file.seek(io::SeekFrom::End(0))).with_context(cannot)?;
            Ok(BufWriter::new(file))
        };
        rejects.files = Some(Files {
            lines: open(path, rejects.written.bytes)?,
            reasons: open(&reasons(path), rejects.written.reasons_bytes)?,
        });
        Ok(rejects)
    }

    /// Writes a line and what is wrong with it.
    ///
    /// # Errors
    /// The files cannot be written.
    pub(super) fn write(&mut self, record: &Record, input: &str, problems: &[String]) -> anyhow::Result<()> {
        if self.files.is_none() {
            self.begin()?;
        }
        if !self.written.is_ended {
            self.put(b"\n")?;
        }
        let line = self.written.lines + 1;
        // Empty lines before it say nothing.
        let begin = record.bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(0);
        self.put(&record.bytes[begin..])?;
        for problem in problems {
            let told = format!("{}:{line}: {problem} (line {} of {input})\n", self.path.display(), record.line);
            self.put_reason(&told)?;
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

    /// Sees to it that all of it is in the files, and says how much there is.
    ///
    /// # Errors
    /// The files cannot be written.
    pub(super) fn flush(&mut self) -> anyhow::Result<Written> {
        if let Some(files) = &mut self.files {
            let flushed = files.lines.flush().and_then(|()| files.reasons.flush());
            flushed.with_context(|| format!("{} cannot be written", self.path.display()))?;
        }
        Ok(self.written.clone())
    }

    fn begin(&mut self) -> anyhow::Result<()> {
        let make = |path: &Path| {
            let file = OpenOptions::new().write(true).create_new(true).open(path);
            file.map(BufWriter::new).with_context(|| format!("{} cannot be made", path.display()))
        };
        self.files = Some(Files { lines: make(&self.path)?, reasons: make(&reasons(&self.path))? });
        self.written.is_ended = true;
        let head = std::mem::take(&mut self.head);
        if head.is_empty() { Ok(()) } else { self.put(&head) }
    }

    fn put(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let files = self.files.as_mut().expect("they were made");
        files.lines.write_all(bytes).with_context(|| format!("{} cannot be written", self.path.display()))?;
        self.written.bytes += length(bytes);
        self.written.lines += lines(bytes);
        self.written.is_ended = bytes.ends_with(b"\n");
        Ok(())
    }

    fn put_reason(&mut self, told: &str) -> anyhow::Result<()> {
        let files = self.files.as_mut().expect("they were made");
        files.reasons.write_all(told.as_bytes()).context("the reasons of rejected lines cannot be written")?;
        self.written.reasons_bytes += length(told.as_bytes());
        Ok(())
    }
}

/// Where the reasons go: `rejects.csv.reasons`.
pub(super) fn reasons(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".reasons");
    name.into()
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).expect("a line is short")
}
