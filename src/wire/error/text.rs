//! Texts of errors, which travel as headers.

/// The longest message, in bytes. It travels twice.
pub(super) const MESSAGE_BYTES_MAX: usize = 1_000;

/// The longest text of a violation, in bytes: as many as are listed fit with the message.
pub(super) const PROBLEM_BYTES_MAX: usize = 250;

/// The longest cause, in bytes, that a library tells: what to do stands after it, and is not cut off.
pub(super) const CAUSE_BYTES_MAX: usize = 150;

/// Cuts a text that is longer than so many bytes.
pub(super) fn cut(mut text: String, bytes_max: usize) -> String {
    if text.len() > bytes_max {
        let end = (0..=bytes_max).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}
