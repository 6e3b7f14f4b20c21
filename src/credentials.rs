//! Credentials of systemd's: secrets in files that a service alone can read (systemd.exec(5), `LoadCredential=`).

use std::path::PathBuf;

/// A path that begins with this is a credential.
const CREDENTIAL: &str = "credential:";

/// The variable with their folder.
const FOLDER: &str = "CREDENTIALS_DIRECTORY";

/// Returns the path that a setting names, or that of a credential: `credential:NAME`.
///
/// # Errors
/// Says why there is no such credential.
pub fn located(text: &str) -> Result<PathBuf, String> {
    let Some(name) = text.strip_prefix(CREDENTIAL) else { return Ok(PathBuf::from(text)) };
    if name.is_empty() || name.contains('/') {
        return Err(format!("{name:?} is no name of a credential"));
    }
    let folder = std::env::var_os(FOLDER);
    let folder = folder.ok_or_else(|| {
        format!("there is no ${FOLDER}: systemd gives it to a service with LoadCredential={name}:FILE")
    })?;
    Ok(PathBuf::from(folder).join(name))
}
