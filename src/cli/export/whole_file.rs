//! A file that appears once it is whole.

use std::fs::{self, File, OpenOptions};
use std::io::{IsTerminal as _, Write, stdout};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use tempfile::{Builder, NamedTempFile};

use crate::cli::out;

/// Where a report goes.
pub(super) enum WholeFile {
    /// A file that has another name until it is whole, and is gone when it never is.
    Named(PathBuf, NamedTempFile),
    /// A pipe or a device that is there already.
    Opened(PathBuf, File),
    /// Standard output.
    Standard,
}

impl WholeFile {
    /// Begins a file; without a path, standard output.
    ///
    /// # Errors
    /// It cannot be made, or a terminal would get what it cannot show.
    pub(super) fn begin(path: Option<&Path>, can_be_shown: bool) -> anyhow::Result<Self> {
        let Some(path) = path else {
            ensure!(can_be_shown || !stdout().is_terminal(), "a terminal cannot show this format; give --output FILE");
            return Ok(Self::Standard);
        };
        // A link is followed, so that its target gets the file.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if fs::metadata(&target).is_ok_and(|known| !known.is_file() && !known.is_dir()) {
            let opened = OpenOptions::new().write(true).open(&target).with_context(|| cannot(path))?;
            return Ok(Self::Opened(path.to_owned(), opened));
        }
        ensure!(!target.is_dir(), "{} is a folder; name a file in it", path.display());
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        ensure!(folder.is_dir(), "{}: the folder {} does not exist", cannot(path), folder.display());
        let mut partial = Builder::new();
        partial.prefix(".goodturn-").suffix(".partial");
        #[cfg(unix)]
        // Whoever may read other files of this user may read reports: the umask decides.
        partial.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = partial.tempfile_in(folder).with_context(|| cannot(path))?;
        Ok(Self::Named(target, file))
    }

    /// Writes the next bytes. Returns `false` once nobody reads standard output.
    ///
    /// # Errors
    /// They cannot be written.
    pub(super) fn write(&mut self, bytes: &[u8]) -> anyhow::Result<bool> {
        let (path, file): (_, &mut dyn Write) = match self {
            Self::Named(path, file) => (path, file),
            Self::Opened(path, file) => (path, file),
            Self::Standard => return out::print_bytes(bytes),
        };
        file.write_all(bytes).map(|()| true).with_context(|| cannot(path))
    }

    /// Gives the file its name, and returns that.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn end(self) -> anyhow::Result<Option<PathBuf>> {
        let Self::Named(path, file) = self else { return Ok(None) };
        file.as_file().sync_data().with_context(|| cannot(&path))?;
        file.persist(&path).with_context(|| cannot(&path))?;
        Ok(Some(path))
    }
}

fn cannot(path: &Path) -> String {
    format!("{} cannot be written", path.display())
}
