//! Standard output and standard error, as commands write to them. Whoever reads them may stop, as `head` does: what is written
//! after that is lost, and the command still does what it is there for.

use std::io::{ErrorKind, Write as _, stderr, stdout};

use anyhow::Context as _;

/// Writes to standard output.
///
/// # Errors
/// Says that it cannot be written; a reader that has gone is no error.
pub(super) fn print(text: impl AsRef<[u8]>) -> anyhow::Result<()> {
    print_while_read(text).map(drop)
}

/// Writes to standard output; returns `false` once nobody reads it.
///
/// # Errors
/// Says that it cannot be written.
pub(super) fn print_while_read(text: impl AsRef<[u8]>) -> anyhow::Result<bool> {
    let mut out = stdout().lock();
    match out.write_all(text.as_ref()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error).context("cannot write to standard output"),
    }
}

/// Says something about the command itself, on standard error. If that cannot be written, there is no place left to say so.
pub(super) fn say(text: &str) {
    let _said = writeln!(stderr().lock(), "goodturn: {text}");
}
