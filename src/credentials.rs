//! Files of settings and secrets, and credentials of systemd's: files that a service alone can read (systemd.exec(5), `LoadCredential=`).

use std::fs::{self, File};
use std::io::Read as _;
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

/// Reads a file of at most so many bytes.
///
/// # Errors
/// Says why it cannot be read. A pipe is not: it would be waited for, and it can be read once only.
pub fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, String> {
    let mut content = Vec::new();
    if fs::metadata(path).is_ok_and(|file| !file.is_file()) {
        return Err(format!("{} is no regular file", shown(path)));
    }
    let read = File::open(path).and_then(|file| file.take(bytes_max + 1).read_to_end(&mut content));
    match read {
        Ok(bytes) if u64::try_from(bytes).is_ok_and(|bytes| bytes <= bytes_max) => Ok(content),
        Ok(_) => Err(format!("{} is larger than {bytes_max} bytes", shown(path))),
        Err(error) => Err(format!("{} cannot be read: {error}", shown(path))),
    }
}

/// Does the same with a file of text.
///
/// # Errors
/// The same, and where it is not UTF-8.
pub fn read_text(path: &Path, bytes_max: u64) -> Result<String, String> {
    String::from_utf8(read(path, bytes_max)?).map_err(|_| format!("{} is not UTF-8", shown(path)))
}

/// Returns the line of a place in a text, counted from 1.
#[must_use]
pub fn line_at(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|&byte| byte == b'\n').count().saturating_add(1)
}

/// Returns a path as it is shown. One that looks like a secret is not: somebody gave what should stand in the file.
#[must_use]
pub fn shown(path: &Path) -> String {
    let (text, name) = (path.to_string_lossy(), path.file_name().unwrap_or_default().to_string_lossy());
    let is_key = name.len() >= 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    // A key in base64 may have a / in it, and no name has two capitals and two digits without a dot, in so many letters.
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte);
    let count = |is: fn(&u8) -> bool| text.bytes().filter(is).count();
    let is_mixed = count(u8::is_ascii_uppercase) > 2 && count(u8::is_ascii_digit) > 2;
    let is_key = is_key || text.len() >= 40 && is_mixed && !text.starts_with('/') && text.bytes().all(is_base64);
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
            "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=",
            "3q2+7wAAESIzRFVmd4iZqrvM3e7/ABEiM0RVZneIma+8zd4",
        ] {
            let shown = shown(Path::new(secret));
            assert!(shown.starts_with("*** ") && !shown.contains(secret), "{shown}");
        }
        for path in [
            "/etc/goodturn/payee-keys",
            "deadbeef",
            "a folder/tls.key",
            "/etc/Goodturn2026/Keys/AB12/pepper-of-the-second-server",
        ] {
            assert_eq!(shown(Path::new(path)), path);
        }
    }
}
