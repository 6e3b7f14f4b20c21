//! A folder for everything that a run makes, removed at its end.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use goodturn::ledger::clock::new_id;

/// A folder that is removed when it is dropped.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Makes a folder among the system's temporary files.
    pub(crate) fn make() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("goodturn-bench-{}", new_id().simple()));
        std::fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
        let scratch = Self(path);
        // PostgreSQL refuses to run as root, so its own user must be able to enter.
        std::fs::set_permissions(scratch.path(), std::fs::Permissions::from_mode(0o755))?;
        Ok(scratch)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder that cannot be removed stays until the temporary files are emptied.
        let _removed = std::fs::remove_dir_all(&self.0);
    }
}
