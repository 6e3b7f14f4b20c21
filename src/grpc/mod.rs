//! The gRPC edge: finds the caller, checks the form, submits, renders.

mod acts;
mod adjustments;
mod audit;
mod bans;
mod batches;
mod books;
mod budget;
mod call_record;
mod choices;
mod coalesce;
mod connection;
mod connections;
mod counted;
mod door;
mod entered;
mod expiring;
mod explain;
mod file_stream;
mod found;
mod incoming;
mod inflow;
mod lapses;
mod leaderboards;
mod ledger;
mod limits;
mod listing;
mod lists;
mod members;
mod mergers;
mod named;
mod outgoing;
mod payees;
mod payment_files;
mod payments;
mod payouts;
mod prefixed;
mod principals;
mod programs;
mod receipts;
mod reports;
pub mod server;
mod shown;
mod signing;
mod socket;
mod statements;
pub mod streams;
#[cfg(test)]
mod testing;
mod till;
pub mod tls;
mod volume;
mod waiting;
mod web;

use std::sync::Arc;

#[cfg(feature = "failpoints")]
pub(crate) use self::door::timeout as deadline_of;
pub(crate) use self::named::is_of_this_machine;
use tokio::sync::watch;
use tonic::codegen::http::HeaderValue;

use self::call_record::Book;
use self::limits::Limits;
use self::streams::{Streams, WatchLimits};
use crate::access::authority::Authority;
use crate::board::Boards;
use crate::domain::value::encoding::Note;
use crate::domain::value::money::Currency;
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Day;
use crate::ledger::Ledger;
use crate::ledger::clock;
use crate::ledger::state::ProgramState;
use crate::log::{LogError, note_at};
use crate::metrics::Metrics;
use crate::payees::seal::PayeeKeys;
use crate::payout::Payouts;
use crate::wire::error::ApiError;

/// The parts that the handlers work with.
#[derive(Clone)]
pub struct Api {
    ledger: Arc<Ledger>,
    boards: Arc<Boards>,
    payouts: Payouts,
    streams: Streams,
    /// Who calls; `None` while callers name themselves.
    authority: Option<watch::Receiver<Arc<Authority>>>,
    /// What each principal takes.
    limits: Arc<Limits>,
    /// What is told of calls.
    book: Arc<Book>,
    /// The keys of destinations; `None` on a server without.
    payee_keys: Option<Arc<PayeeKeys>>,
    /// Origins whose pages may call, beside those of no page.
    origins: Vec<HeaderValue>,
}

impl Api {
    /// Makes the handlers of a ledger.
    #[must_use]
    pub fn new(ledger: Arc<Ledger>) -> Self {
        let boards = Arc::new(Boards::new(Arc::clone(&ledger)));
        let payouts = Payouts::new(Arc::clone(&ledger), Arc::clone(&boards));
        let streams = Streams::new(WatchLimits::default(), Arc::clone(ledger.vitals()));
        let book = Book::of(Arc::clone(ledger.vitals()));
        let (limits, origins) = (Arc::default(), Vec::new());
        Self { ledger, boards, payouts, streams, authority: None, limits, book, payee_keys: None, origins }
    }

    /// Lets pages of these origins call; `*` is every origin.
    #[must_use]
    pub fn from_pages_of(self, origins: Vec<HeaderValue>) -> Self {
        Self { origins, ..self }
    }

    /// Returns the boards, for whoever has them stored.
    #[must_use]
    pub const fn boards(&self) -> &Arc<Boards> {
        &self.boards
    }

    /// Returns the payouts, for whoever goes on with them.
    #[must_use]
    pub const fn payouts(&self) -> &Payouts {
        &self.payouts
    }

    /// Has every caller show who it is.
    #[must_use]
    pub fn asking(self, authority: watch::Receiver<Arc<Authority>>) -> Self {
        let limits = Arc::new(Limits::new(authority.borrow().limits()));
        Self { authority: Some(authority), limits, ..self }
    }

    /// Gives the server the keys with which destinations are encrypted.
    #[must_use]
    pub fn with_payee_keys(self, keys: Arc<PayeeKeys>) -> Self {
        Self { payee_keys: Some(keys), ..self }
    }

    /// Sets other limits of streams.
    #[must_use]
    pub fn with_watch_limits(self, limits: WatchLimits) -> Self {
        Self { streams: Streams::new(limits, Arc::clone(self.ledger.vitals())), ..self }
    }

    /// Returns who says who is calling, as the file of access says now; `None` while callers name themselves.
    fn authority(&self) -> Option<Arc<Authority>> {
        Some(Arc::clone(&self.authority.as_ref()?.borrow()))
    }

    /// Returns what the server counts of itself.
    fn metrics(&self) -> &Metrics {
        &self.ledger.vitals().metrics
    }

    /// Makes sure that later reads hold every entry up to a seq, whichever server recorded it.
    async fn reach(&self, program: &ProgramState, min_seq: Seq) -> Result<(), ApiError> {
        if program.head_seq() >= min_seq {
            return Ok(());
        }
        let head = self.ledger.catch_up(program).await?;
        if head < min_seq {
            return Err(ApiError::SeqNotRecorded { head, requested: min_seq.get() });
        }
        Ok(())
    }

    /// Returns the text that goes with an entry; empty when it was erased.
    async fn text_of(&self, program: &ProgramState, seq: Seq) -> Result<String, LogError> {
        let note = note_at(&**self.ledger.log(), &program.id, seq).await?;
        Ok(note.as_ref().map(note_text).unwrap_or_default())
    }

    /// Returns today's day in the programme.
    fn today(&self, program: &ProgramState) -> Day {
        self.ledger.now().day_in(&program.zone())
    }
}

/// Returns the currency of a programme that exists.
fn currency_of(program: &ProgramState) -> Result<Currency, ApiError> {
    let committed = program.read();
    let terms = committed.program.as_ref().map(|program| program.terms.currency);
    terms.ok_or_else(|| ApiError::NotFound(format!("programs/{}", program.id)))
}

/// Returns the words of a note.
fn note_text(note: &Note) -> String {
    String::from_utf8_lossy(&note.text).into_owned()
}

/// Makes a note of text that goes beside the log, with a salt of its own.
fn note(text: Vec<u8>) -> Result<Note, ApiError> {
    let salt = clock::random().map_err(|error| LogError::Unavailable(error.to_string()))?;
    Ok(Note { salt, text: text.into() })
}

/// Makes a note of a text that need not be given; `None` when it is empty.
fn note_of(text: String) -> Result<Option<Note>, ApiError> {
    if text.is_empty() { Ok(None) } else { note(text.into_bytes()).map(Some) }
}
