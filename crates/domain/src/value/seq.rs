//! Seqs: places in the log.

use std::fmt;

/// Position of an entry in its programme's log. The first is 1; there are no gaps. 0 is the place before the first.
///
/// Signed because SQL databases count in i64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Seq(i64);

impl Seq {
    /// The place before the first entry.
    pub const ZERO: Self = Self(0);

    /// The place after every entry.
    pub const MAX: Self = Self(i64::MAX);

    /// Makes a seq; `None` below 0.
    #[must_use]
    pub const fn new(seq: i64) -> Option<Self> {
        if seq >= 0 { Some(Self(seq)) } else { None }
    }

    /// Returns the seq as a number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Returns the seq before this one; 0 when there is none.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(if self.0 > 0 { self.0 - 1 } else { 0 })
    }

    /// Returns the seq so many before; 0 where there is none.
    #[must_use]
    pub fn minus(self, entries: u32) -> Self {
        Self(self.0.saturating_sub(i64::from(entries)).max(0))
    }

    /// Returns the next seq.
    ///
    /// # Panics
    /// After 2^63 entries: at a million a second, in 292,000 years.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.checked_add(1).expect("a log never reaches 2^63 entries"))
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
