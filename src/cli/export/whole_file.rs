//! A file that appears once it is whole.

use std::fs::File;
use std::io::{BufWriter, IsTerminal as _, Write, stdout};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use super::Format;

/// Where a report goes.
pub(super) enum WholeFile {
    /// A file that has another name until it is whole.
    Named { path: PathBuf, partial: PathBuf, out: BufWriter<File> },
    /// Standard output.
    Standard,
}

impl WholeFile {
    /// Begins a file; without a path, standard output.
    ///
    /// # Errors
    /// It cannot be made, or a terminal would get what it cannot show.
    pub(super) fn begin(path: Option<&Path>, format: Option<Format>) -> anyhow::Result<Self> {
        let Some(path) = path else {
            let is_shown = stdout().is_terminal() && format.is_some_and(Format::is_binary);
            ensure!(!is_shown, "a terminal cannot show this format; give --output FILE");
            return Ok(Self::Standard);
        };
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let file = File::create(&partial).with_context(|| cannot(path))?;
        Ok(Self::Named { path: path.to_owned(), partial, out: BufWriter::new(file) })
    }

    /// Writes the next bytes. Returns `false` once nobody reads standard output.
    ///
    /// # Errors
    /// They cannot be written.
    pub(super) fn write(&mut self, bytes: &[u8]) -> anyhow::Result<bool> {
        match self {
            Self::Named { path, out, .. } => out.write_all(bytes).map(|()| true).with_context(|| cannot(path)),
            Self::Standard => crate::cli::out::print_bytes(bytes),
        }
    }

    /// Gives the file its name, and returns that.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn end(self) -> anyhow::Result<Option<PathBuf>> {
        let Self::Named { path, partial, mut out } = self else { return Ok(None) };
        let renamed =
            out.flush().and_then(|()| out.get_ref().sync_data()).and_then(|()| std::fs::rename(&partial, &path));
        renamed.with_context(|| cannot(&path))?;
        Ok(Some(path))
    }

    /// Removes what was written: it is not whole.
    pub(super) fn abandon(self) {
        if let Self::Named { partial, .. } = self {
            // It has no name that anybody would read.
            let _left = std::fs::remove_file(partial);
        }
    }
}

fn cannot(path: &Path) -> String {
    format!("{} cannot be written", path.display())
}
