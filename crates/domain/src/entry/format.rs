//! Formats of entries.
//!
//! A format fixes how an entry is encoded and hashed, and which revision of the code decided its command. An entry
//! keeps the format it was written in. The head of a log holds the highest format in use.
//!
//! | format | encoding | revision of the decision |
//! | --- | --- | --- |
//! | 1 | `docs/format.md` | 1 |

use std::fmt;

/// Format of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Format(i64);

/// Revision of the code that decides commands. A corrected rule is a new revision; entries decided before stay right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revision {
    /// The revision of format 1.
    First,
}

impl Format {
    /// The first format, which an empty log has.
    pub const FIRST: Self = Self(1);

    /// The format that this program writes: the newest it knows.
    pub const CURRENT: Self = Self(1);

    /// Reads a stored number; `None` when no format has it, or when the format is newer than the known ones.
    #[must_use]
    pub fn new(number: i64, known: Self) -> Option<Self> {
        (Self::FIRST.0..=known.0).contains(&number).then_some(Self(number))
    }

    /// Returns the number of the format, which is stored and hashed.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }

    /// Returns the format after this one, which a later program writes.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// Returns the revision that decided the commands of the format.
    #[must_use]
    pub const fn revision(self) -> Revision {
        Revision::First
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
