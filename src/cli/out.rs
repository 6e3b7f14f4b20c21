//! Standard output and standard error, as commands write to them. Whoever reads them may stop, as `head` does: what is written
//! after that is lost, and the command still does what it is there for.
//!
//! Text from outside, as a field name of an import or a server's message, may hold characters that move a terminal's cursor,
//! rename its window or turn the direction of writing. All text is cleaned here, so no command has to think of it.

use std::borrow::Cow;
use std::io::{ErrorKind, Write as _, stderr, stdout};

use anyhow::Context as _;

/// Writes text to standard output.
///
/// # Errors
/// Says that it cannot be written; a reader that has gone is no error.
pub(super) fn print(text: impl AsRef<str>) -> anyhow::Result<()> {
    print_while_read(text).map(drop)
}

/// Writes text to standard output; returns `false` once nobody reads it.
///
/// # Errors
/// Says that it cannot be written.
pub(super) fn print_while_read(text: impl AsRef<str>) -> anyhow::Result<bool> {
    write(cleaned(text.as_ref()).as_bytes())
}

/// Writes bytes of a file to standard output as they are; returns `false` once nobody reads it.
///
/// # Errors
/// Says that it cannot be written.
pub(super) fn print_bytes(content: &[u8]) -> anyhow::Result<bool> {
    write(content)
}

fn write(bytes: &[u8]) -> anyhow::Result<bool> {
    let mut out = stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error).context("cannot write to standard output"),
    }
}

/// Says something about the command itself, on standard error. If that cannot be written, there is no place left to say so.
pub(super) fn say(text: &str) {
    let _said = writeln!(stderr().lock(), "goodturn: {}", cleaned(text));
}

/// Returns text in which characters that steer a terminal are written as escapes: `\u001b`. In JSON, which is printed too,
/// that is the same text.
fn cleaned(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if steers(character) {
            cleaned += &format!("\\u{:04x}", u32::from(character));
        } else {
            cleaned.push(character);
        }
    }
    Cow::Owned(cleaned)
}

/// True for control characters other than line feed and tab, and for those that change the direction of writing or cannot be
/// seen (Unicode TR 9, TR 36).
fn steers(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{ad}'
        | '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => true,
        other => other.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_written_as_an_escape() {
        assert_eq!(cleaned("\u{1b}]0;owned\u{7}\u{9b}2J\r\0"), "\\u001b]0;owned\\u0007\\u009b2J\\u000d\\u0000");
        assert_eq!(cleaned("abc\u{202e}fed"), "abc\\u202efed");
        for text in ["a\tb\n", "Zoë", "日本語", "█▉▊ 100 %"] {
            assert!(matches!(cleaned(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }
}
