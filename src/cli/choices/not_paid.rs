//! Money that was decided to be paid, and is not to be paid any more: withheld since, or lapsed.

use std::path::Path;

use crate::cli::finance::{minor, money};
use crate::cli::out;
use crate::cli::text::counted;
use goodturn::domain::value::money::Currency;
use goodturn::pb;
use goodturn::pb::{ClosingState as State, LotOutcome, LotState};

/// True when the money of a line is no longer where it was decided to be. What is being paid is where it should be.
pub(super) fn has_moved(line: &pb::ClosingLine) -> bool {
    if matches!(line.state(), LotState::Drawn | LotState::Sent | LotState::Settled) {
        return false;
    }
    let decided = match line.outcome() {
        LotOutcome::Credit | LotOutcome::Cash => LotState::Due,
        LotOutcome::BelowMinimum | LotOutcome::Moved | LotOutcome::Unchosen => LotState::Carried,
        LotOutcome::Withheld => LotState::Withheld,
        LotOutcome::Lapsed => LotState::Lapsed,
        LotOutcome::Donated => LotState::Donated,
        LotOutcome::Unspecified => line.state(),
    };
    line.state() != decided
}

/// Lots of which nothing is to be paid any more, though it was decided so.
#[derive(Default)]
pub(super) struct NotPaid {
    lots: i64,
    minor: i64,
}

impl NotPaid {
    /// Counts those among lines.
    ///
    /// # Errors
    /// The server left an amount out.
    pub(super) fn take(&mut self, lines: &[pb::ClosingLine], currency: Currency) -> anyhow::Result<()> {
        let is_paid = |line: &&pb::ClosingLine| matches!(line.outcome(), LotOutcome::Credit | LotOutcome::Cash);
        for line in lines.iter().filter(is_paid).filter(|line| has_moved(line)) {
            self.lots = self.lots.saturating_add(1);
            self.minor = self.minor.saturating_add(minor(line.amount.as_ref(), currency)?);
        }
        Ok(())
    }

    /// Warns of them, if there are any.
    pub(super) fn warn(&self, of: State, path: &Path, currency: Currency) {
        if self.lots > 0 && of == State::Closed {
            out::say(&format!(
                "WARNING: pay nothing on {} of {}, {} in all: withheld or lapsed since, as the column state says",
                counted(self.lots, "lot"),
                path.display(),
                money(self.minor, currency)
            ));
        }
    }
}
