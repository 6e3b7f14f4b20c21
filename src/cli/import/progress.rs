//! The progress of an import, kept in a file beside its input, so that the import can go on from there.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::input::{Input, Record, lines};
use super::mark::Mark;
use super::rejects::Written;
use super::tally::Tally;
use goodturn::domain::value::encoding::hex;

/// Version of the file's form.
const VERSION: u32 = 1;

/// The content of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    version: u32,
    program: String,
    source: String,
    format: String,
    /// Number of bytes that are answered, from the beginning on.
    pub(super) offset: u64,
    /// Number of lines that are answered.
    pub(super) lines: u64,
    /// SHA-256 of these bytes.
    sha256: String,
    /// The file for rejected lines; then the parts that are written of it and of its reasons.
    rejects: Option<PathBuf>,
    pub(super) rejected: Written,
    /// The time when the import began, in microseconds since 1970; then the seq of the last entry at that time.
    pub(super) begun_at: i64,
    pub(super) head_seq_before: i64,
    /// The mark by which the log is known again.
    pub(super) mark: Mark,
    pub(super) tally: Tally,
}

/// The facts that do not change while an import runs.
#[derive(Debug, Clone)]
pub(super) struct About {
    pub(super) program: String,
    pub(super) source: String,
    pub(super) rejects: Option<PathBuf>,
    /// The time when it began, in microseconds since 1970; then the seq of the last entry at that time.
    pub(super) begun_at: i64,
    pub(super) head_seq_before: i64,
}

/// The place that an import has reached in a file.
pub(super) struct FilePosition {
    /// The file of its progress; `None` for an input that cannot be read again.
    path: Option<PathBuf>,
    format: &'static str,
    pub(super) offset: u64,
    pub(super) lines: u64,
    hash: Sha256,
    /// True when `offset` is the end of a line.
    is_between_lines: bool,
}

impl Progress {
    /// Reads the progress; `None` when there is no file.
    ///
    /// # Errors
    /// The file holds no progress, or that of another import.
    pub(super) fn load(path: &Path, input: &Input, about: &About) -> anyhow::Result<Option<Self>> {
        let text = match std::fs::read_to_string(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            text => text.with_context(|| format!("{} cannot be read", path.display()))?,
        };
        let shown = path.display();
        let progress: Self = serde_json::from_str(&text)
            .with_context(|| format!("{shown} says of no import how far it came; import without --resume"))?;
        let same = [
            ("version", progress.version.to_string(), VERSION.to_string()),
            ("programme", progress.program.clone(), about.program.clone()),
            ("source", progress.source.clone(), about.source.clone()),
            ("format", progress.format.clone(), input.format.name().to_owned()),
            ("file of rejects", shown_path(progress.rejects.as_ref()), shown_path(about.rejects.as_ref())),
        ];
        for (what, then, now) in same {
            if then != now {
                bail!(
                    "{shown} is of an import with the {what} {then}, not {now}; give the same, or import without --resume"
                );
            }
        }
        Ok(Some(progress))
    }
}

fn shown_path(path: Option<&PathBuf>) -> String {
    path.map_or_else(|| "none".to_owned(), |path| path.display().to_string())
}

impl FilePosition {
    /// Returns the beginning of a file.
    pub(super) fn start(input: &Input, path: Option<PathBuf>) -> Self {
        let mut place = Self {
            path,
            format: input.format.name(),
            offset: 0,
            lines: 0,
            hash: Sha256::new(),
            is_between_lines: true,
        };
        place.pass(input.head());
        place
    }

    /// Returns the place that an import had reached.
    ///
    /// # Errors
    /// The file differs from the one that was imported.
    pub(super) fn resume(input: &mut Input, path: &Path, progress: &Progress) -> anyhow::Result<Self> {
        let hash = input.skip_to(progress.offset)?;
        if hex(&hash.clone().finalize()) != progress.sha256 {
            bail!(
                "{} was changed in its first {} lines since it was imported up to there; import it without --resume: \
                 what is recorded has no effect twice",
                input.name,
                progress.lines
            );
        }
        Ok(Self {
            path: Some(path.to_owned()),
            format: input.format.name(),
            offset: progress.offset,
            lines: progress.lines,
            hash,
            is_between_lines: true,
        })
    }

    /// Moves past a record.
    pub(super) fn pass_record(&mut self, record: &Record) {
        self.pass(&record.bytes);
    }

    fn pass(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.offset += u64::try_from(bytes.len()).expect("a record is short");
        self.lines += lines(bytes);
        self.is_between_lines = bytes.last().is_none_or(|last| matches!(last, b'\n' | b'\r'));
    }

    /// Writes the place. At no moment is there half a file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn save(&self, about: &About, rejected: Written, mark: &Mark, tally: &Tally) -> anyhow::Result<()> {
        let Some(path) = self.path.as_ref().filter(|_| self.is_between_lines) else { return Ok(()) };
        let progress = Progress {
            version: VERSION,
            program: about.program.clone(),
            source: about.source.clone(),
            format: self.format.to_owned(),
            offset: self.offset,
            lines: self.lines,
            sha256: hex(&self.hash.clone().finalize()),
            rejects: about.rejects.clone(),
            rejected,
            begun_at: about.begun_at,
            head_seq_before: about.head_seq_before,
            mark: mark.clone(),
            tally: tally.clone(),
        };
        let text = serde_json::to_string_pretty(&progress).context("the progress cannot be written")?;
        let partial = with_suffix(path, ".partial");
        let written = File::create(&partial).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_data()?;
            std::fs::rename(&partial, path)
        });
        written.with_context(|| format!("{} cannot be written", path.display()))
    }

    /// Returns the path of its progress.
    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}

/// Returns the path of a file's progress: `forum.csv.progress`.
pub(super) fn path_of(input: &Path) -> PathBuf {
    with_suffix(input, ".progress")
}

/// Returns the path of a file beside another.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
