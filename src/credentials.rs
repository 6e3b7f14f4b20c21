//! Files with secrets, and credentials of systemd's: files that a service alone can read (systemd.exec(5), `LoadCredential=`).

use std::path::{Path, PathBuf};

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

/// Returns a path as it is shown. One that looks like a secret is not: somebody gave what should stand in the file.
#[must_use]
pub fn shown(path: &Path) -> String {
    let (text, name) = (path.to_string_lossy(), path.file_name().unwrap_or_default().to_string_lossy());
    let is_key = name.len() >= 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_key || text.contains("://") || text.contains("-----") || text.contains('\n') {
        return "*** (give the name of a file, and put this into it)".into();
    }
    text.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_secret_is_not_shown() {
        for secret in [
            "postgres://ann:s3cret@db/points",
            &"ab".repeat(32),
            &format!("/etc/goodturn/{}", "7".repeat(64)),
            "-----BEGIN PRIVATE KEY-----\nAAAA",
        ] {
            let shown = shown(Path::new(secret));
            assert!(shown.starts_with("*** ") && !shown.contains(secret), "{shown}");
        }
        for path in ["/etc/goodturn/payee-keys", "deadbeef", "a folder/tls.key"] {
            assert_eq!(shown(Path::new(path)), path);
        }
    }
}
