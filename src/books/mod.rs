//! Books: reports that finance, audit and the tax office file. Each is written to a file of its own before anything of
//! it leaves, says up to which entry it holds, and the same entries give the same bytes.

mod close;
mod close_page;
mod journal;
mod leaderboard;
mod payments;
mod received;
mod register;
mod roll_forward;
mod scan;
mod shares;
mod sheet;
mod statement;
mod statement_json;
mod statement_page;
mod statements;
mod words;

use std::fs::File;
use std::io;
use std::sync::Arc;

use jiff::tz::TimeZone;
use thiserror::Error;

pub use self::received::ReceivedReport;
pub use self::roll_forward::{RollForwardReport, RollForwardTable};
pub use self::statement::{Desk, Line, MemberStatement, Period, statement_of};
pub use self::statements::StatementsReport;
use crate::board::{BoardError, BoardName, Boards};
use crate::domain::terms::payout::{PayoutTerms, PoolAsked};
use crate::domain::value::encoding::Hash;
use crate::domain::value::ids::{BatchId, PayoutId};
use crate::domain::value::money::Currency;
use crate::domain::value::month::Month;
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Micros;
use crate::export::journal::{Accounts, JournalError, JournalFormat};
use crate::export::pdf::PdfError;
use crate::export::table::{TableError, TableFormat};
use crate::ledger::Ledger;
use crate::ledger::state::ProgramState;
use crate::log::LogError;
use crate::payout::{PayoutError, Payouts};

/// A report that can be asked for, with its format.
#[derive(Debug, Clone)]
pub enum Report {
    /// A leaderboard.
    Leaderboard(Box<BoardName>, TableFormat),
    /// The shares of a payout.
    Shares(PayoutId, TableFormat),
    /// The shares that a payout would give.
    Preview(Box<PayoutTerms>, PoolAsked, TableFormat),
    /// Every lot of money.
    Register(TableFormat),
    /// The payments of a batch, or of all.
    Payments(Option<BatchId>, TableFormat),
    /// What was open, what moved, and what is open.
    RollForward(RollForwardReport, TableFormat),
    /// The same as a chart.
    Chart(RollForwardReport),
    /// What each person received in each tax year.
    Received(ReceivedReport, TableFormat),
    /// A journal.
    Journal {
        /// The last month; `None` for everything so far.
        last: Option<Month>,
        /// The accounts.
        accounts: Box<Accounts>,
        /// The program that reads it.
        format: JournalFormat,
    },
    /// Members' statements.
    Statements(StatementsReport),
    /// The close of a month.
    Close(Month, CloseFormat),
}

/// Formats of a close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseFormat {
    /// Plain text.
    Text,
    /// PDF.
    Pdf,
}

/// Formats of members' statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementFormat {
    /// PDF.
    Pdf,
    /// JSON.
    Json,
}

/// The programme of a report, with everything that is read for it.
pub struct Source {
    /// Leaderboards.
    pub boards: Arc<Boards>,
    /// Payouts, and the ledger below them.
    pub payouts: Payouts,
    /// The programme.
    pub program: Arc<ProgramState>,
    /// Its currency.
    pub currency: Currency,
    /// Its time zone.
    pub zone: TimeZone,
    /// The name of that zone.
    pub zone_name: String,
    /// The last entry when the report was asked for.
    pub head: Seq,
    /// The time of that entry, and the root of the Merkle tree up to it.
    pub head_at: (Micros, Hash),
    /// The ledger's time when it was asked for.
    pub now: Micros,
    /// Told how much was read so far, and of how much; 0 while that is not known.
    pub progress: Box<dyn Fn(i64, i64) + Send + Sync>,
}

/// A report that is written.
#[derive(Debug)]
pub struct Written {
    /// The file, from its beginning.
    pub file: File,
    /// A name for it.
    pub name: String,
    /// Rows, or statements.
    pub rows: i64,
    /// The last entry that it holds.
    pub seq: Seq,
    /// Differences that it tells.
    pub differences: i64,
}

/// Reasons why a report is not written.
#[derive(Debug, Error)]
pub enum BooksError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A payout cannot be read.
    #[error(transparent)]
    Payout(#[from] PayoutError),
    /// A leaderboard cannot be read now.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// The month is not over.
    #[error("{month} is not over before {until}; close it then")]
    NotOver {
        /// The month.
        month: Month,
        /// The time from which on it is over, and every server's clock agrees.
        until: String,
    },
    /// Money moved while lots were read.
    #[error("money moved while the report was read, three times; try again")]
    Moved,
    /// Nothing is recorded by the end of the month.
    #[error("nothing was recorded by the end of {month}; the first month is {first}")]
    Nothing {
        /// The month.
        month: Month,
        /// The first month in which something was recorded.
        first: Month,
    },
    /// A member has too many entries in a period.
    #[error("is so early that more than {0} entries of the member came since; give a later day")]
    TooLong(u32),
    /// A sum does not fit 64 bits.
    #[error("{0} does not fit 64 bits")]
    TooLarge(String),
    /// The file cannot be written.
    #[error("the report could not be written: {0}")]
    NotWritten(String),
}

macro_rules! not_written {
    ($($error:ty),+) => { $(
        impl From<$error> for BooksError {
            fn from(error: $error) -> Self {
                Self::NotWritten(error.to_string())
            }
        }
    )+ };
}

not_written!(io::Error, TableError, JournalError, PdfError);

impl Report {
    /// True for a report that reads every entry: such jobs take turns.
    #[must_use]
    pub const fn reads_whole_log(&self) -> bool {
        match self {
            Self::Leaderboard(..) | Self::Shares(..) | Self::Preview(..) | Self::Register(_) | Self::Payments(..) => {
                false
            }
            Self::Statements(asked) => asked.member.is_none(),
            Self::RollForward(..) | Self::Chart(_) | Self::Received(..) | Self::Journal { .. } | Self::Close(..) => {
                true
            }
        }
    }
}

impl Source {
    /// Makes the source of a programme's reports as of now; `None` when the programme was never created.
    #[must_use]
    pub fn of(
        boards: Arc<Boards>,
        payouts: Payouts,
        program: Arc<ProgramState>,
        progress: Box<dyn Fn(i64, i64) + Send + Sync>,
    ) -> Option<Self> {
        let (currency, zone, zone_name, head) = {
            let committed = program.read();
            let terms = &committed.program.as_ref()?.terms;
            (terms.currency, committed.zone.clone(), terms.time_zone.clone(), committed.head.clone())
        };
        let (now, head_at) = (payouts.ledger().now(), (head.at, head.tree.root()));
        Some(Self { boards, payouts, program, currency, zone, zone_name, head: head.seq, head_at, now, progress })
    }

    /// Returns the ledger.
    fn ledger(&self) -> &Ledger {
        self.payouts.ledger()
    }

    /// Returns the time of an entry, or of the next one where it is missing; 1970 before the first.
    async fn at(&self, seq: Seq) -> Result<Micros, BooksError> {
        if seq == Seq::ZERO {
            return Ok(Micros::EPOCH);
        }
        let found = self.ledger().log().entries(&self.program.id, seq.previous(), 1).await?;
        Ok(found.first().map_or(self.head_at.0, |entry| entry.recorded_at))
    }
}

/// Writes a report.
///
/// # Errors
/// [`BooksError`] says why it is not written.
pub async fn write(source: &Source, report: Report) -> Result<Written, BooksError> {
    match report {
        Report::Leaderboard(board, format) => leaderboard::write(source, &board, format).await,
        Report::Preview(terms, asked, format) => shares::preview(source, &terms, asked, format).await,
        Report::Shares(payout, format) => shares::write(source, &payout, format).await,
        Report::Register(format) => register::write(source, format).await,
        Report::Payments(batch, format) => payments::write(source, batch.as_ref(), format).await,
        Report::RollForward(asked, format) => roll_forward::write(source, &asked, format).await,
        Report::Chart(asked) => roll_forward::chart(source, &asked).await,
        Report::Received(asked, format) => received::write(source, &asked, format).await,
        Report::Journal { last, accounts, format } => journal::write(source, last, *accounts, format).await,
        Report::Statements(asked) => statements::write(source, &asked).await,
        Report::Close(month, format) => close::write(source, month, format).await,
    }
}

/// Returns a sum as a number of 64 bits.
fn fits(sum: i128) -> Result<i64, BooksError> {
    i64::try_from(sum).map_err(|_| BooksError::TooLarge(format!("a sum of {sum}")))
}
