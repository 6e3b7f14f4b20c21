//! Formats of entries.
//!
//! A format says how an entry is encoded and hashed, and by which revision of the code its command was decided. An entry keeps
//! the one it was written in; the head of a log holds the highest in use.
//!
//! | format | encoding | revision of the decision |
//! | --- | --- | --- |
//! | 1 | `docs/format.md` | 1 |

use std::fmt;

/// Format of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Format(i64);

/// Revision of the code that decides commands. A mended rule is a new one: what was decided before stays right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revision {
    /// That of format 1.
    First,
}

impl Format {
    /// The first: that of an empty log.
    pub const FIRST: Self = Self(1);

    /// The one that this program writes, the newest it knows.
    pub const CURRENT: Self = Self(1);

    /// Takes a stored number; `None` where no format has it, or one that is newer than those known.
    #[must_use]
    pub fn new(number: i64, known: Self) -> Option<Self> {
        (Self::FIRST.0..=known.0).contains(&number).then_some(Self(number))
    }

    /// Its number, as it is stored and hashed.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The one after it, which a later program writes.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The revision by which commands of the format were decided.
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
