//! The ledger: takes commands to the lane of their programme, and tells what was committed.

pub mod aside;
pub mod clock;
pub mod follow;
pub mod landed;
pub mod lines;
pub mod projection;
pub mod recent;
pub mod stages;
pub mod state;
pub mod tail;
pub mod vitals;
pub mod watchdog;
pub mod young;

mod cache;
mod lane;
mod submit;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use thiserror::Error;

use self::aside::Aside;
use self::clock::Clock;
use self::lane::Group;
use self::projection::{Current, Projections};
use self::state::ProgramState;
pub use self::submit::Queued;
use self::vitals::{ClockOff, Vitals};
use self::watchdog::tell_if_ahead;
use crate::domain::decide::rejection::Rejection;
use crate::domain::entry::Entry;
use crate::domain::entry::name::CommandName;
use crate::domain::project::ages::Aged;
use crate::domain::state::account::Account;
use crate::domain::state::lots::Lots;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::expiry::CutOff;
use crate::domain::value::bucket::{Bucket, Unit};
use crate::domain::value::encoding::Secret;
use crate::domain::value::ids::{MemberId, ProgramId};
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Micros;
use crate::log::{Cache, Log, LogError, Want};

/// Largest number of commands in a programme's queue: two full batches. A command that would wait longer than two
/// commits is better refused at once than answered late.
pub const QUEUE_DEPTH_MAX: usize = 8_192;

/// Reads of an account and its lots before they count as corrupt. A read fails only where this member's money was written between its two
/// parts; that does not happen 16 times in a row.
const LOTS_TRIES: usize = 16;

/// A recorded command. It reads as the first entry that it wrote, and equals another when that is the same entry.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The first entry that the command wrote, now or before.
    pub first: Arc<Entry>,
    /// The last entry that the command wrote about the member of the first; `None` when the command was recorded before.
    pub last: Option<Arc<Entry>>,
}

impl Recorded {
    /// Makes the outcome of a command that wrote these entries, at least one.
    pub(crate) fn now(entries: &[Arc<Entry>]) -> Self {
        let first = Arc::clone(&entries[0]);
        let last = entries.iter().rfind(|entry| entry.member == first.member).map(Arc::clone);
        Self { first, last }
    }

    /// Makes the outcome of a command that was recorded before.
    pub(crate) const fn before(first: Arc<Entry>) -> Self {
        Self { first, last: None }
    }

    /// True when the command was recorded before: this call changed nothing.
    #[must_use]
    pub const fn is_replay(&self) -> bool {
        self.last.is_none()
    }
}

impl PartialEq for Recorded {
    fn eq(&self, other: &Self) -> bool {
        self.first == other.first
    }
}

impl Eq for Recorded {}

impl std::ops::Deref for Recorded {
    type Target = Entry;

    fn deref(&self) -> &Entry {
        &self.first
    }
}

/// The outcome of a command.
pub type Answer = Result<Recorded, SubmitError>;

/// Reasons why a command has no entry.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SubmitError {
    /// The command is refused.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// This machine's clock is not believed. Nothing was done.
    #[error("this server's clock is off by {} ms, so it records nothing; nothing was done, try another server", .0.ms())]
    ClockOff(ClockOff),
    /// The queue is full. Nothing was done.
    #[error("more is queued than the server accepts; try again in a moment")]
    Overloaded,
    /// The caller's deadline passed before the command was begun. Nothing was done.
    #[error("the deadline passed before the command was begun; nothing was done")]
    DeadlinePassed,
    /// The store cannot be used now. Nothing was done.
    #[error("the store cannot be used now; nothing was done, try again")]
    Unavailable,
    /// It is not known whether the command was recorded.
    #[error("it is not known whether the command was recorded; the same call again tells")]
    OutcomeUnknown,
    /// The store refuses the command, and would refuse it again. Nothing was done.
    #[error("the store refuses the command; nothing was done, and the same command would be refused again")]
    Poison,
    /// A newer version of this program writes the log. Nothing was done.
    #[error("the log has format {found}; this program knows {known}: use the version that wrote it")]
    NewerFormat {
        /// The format in use.
        found: i64,
        /// The newest format this program knows.
        known: i64,
    },
    /// The store contradicts itself.
    #[error("stored data contradict themselves; verify the programme")]
    Corrupt,
}

/// The outcome of commands that are recorded together or not at all: the first entry of each, in their order.
type GroupAnswer = Result<Group<Recorded>, GroupError>;

/// The reason why none of several commands that belong together has an entry.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{error}")]
pub struct GroupError {
    /// The command to blame, counted from 0; `None` when no single one is.
    pub index: Option<usize>,
    /// The reason.
    pub error: SubmitError,
}

impl From<SubmitError> for GroupError {
    fn from(error: SubmitError) -> Self {
        Self { index: None, error }
    }
}

/// The log could not be read, so the command was not begun.
impl From<LogError> for SubmitError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Unavailable(_) => Self::Unavailable,
            LogError::Corrupt { .. } => Self::Corrupt,
            LogError::NewerFormat { found, known, .. } => Self::NewerFormat { found, known },
        }
    }
}

/// The ledger of every programme in a store.
pub struct Ledger {
    log: Arc<dyn Log>,
    clock: Arc<dyn Clock>,
    open: Mutex<HashMap<ProgramId, Arc<ProgramState>>>,
    vitals: Arc<Vitals>,
    aged: Projections<Aged>,
    aside: Arc<Aside>,
    /// Accounts kept in memory for each programme.
    accounts_max: usize,
    /// True when lanes load the state that a command is likely to read before they decide it. Their decisions do not
    /// depend on it.
    prefetches: bool,
}

impl Ledger {
    /// Makes a ledger on a log.
    #[must_use]
    pub fn new(log: Arc<dyn Log>, clock: Arc<dyn Clock>) -> Self {
        let (open, vitals, aged, aside) = (Mutex::default(), Arc::default(), Projections::default(), Arc::default());
        let accounts_max = Cache::default().accounts();
        Self { log, clock, open, vitals, aged, aside, accounts_max, prefetches: true }
    }

    /// Returns a ledger that keeps so many accounts of each programme in memory.
    #[must_use]
    pub fn keeping_accounts(self, accounts_max: usize) -> Self {
        Self { accounts_max, ..self }
    }

    /// Returns a ledger that loads nothing before a decision has asked for it. It takes more rounds, and decides the
    /// same.
    #[must_use]
    pub fn without_prefetch(self) -> Self {
        Self { prefetches: false, ..self }
    }

    /// Returns the time.
    #[must_use]
    pub fn now(&self) -> Micros {
        self.clock.now()
    }

    /// Returns the time in seconds since 1970.
    #[must_use]
    pub fn now_s(&self) -> i64 {
        self.now().get().div_euclid(1_000_000)
    }

    /// Returns the place for work that reads a whole log.
    #[must_use]
    pub const fn aside(&self) -> &Arc<Aside> {
        &self.aside
    }

    /// Returns the log, to read from.
    #[must_use]
    pub fn log(&self) -> &Arc<dyn Log> {
        &self.log
    }

    /// Returns a programme; `None` when none of that id was created.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub async fn program(&self, id: &ProgramId) -> Result<Option<Arc<ProgramState>>, LogError> {
        let Some(state) = self.find_open(id).await? else { return Ok(None) };
        let created = || state.read().program.is_some();
        if state.ask() || !created() {
            // Nobody followed it, or there is a place for it already and another server may be creating it.
            self.catch_up(&state).await?;
        }
        Ok(created().then_some(state))
    }

    /// Makes place for a programme, before the command that creates it.
    ///
    /// # Errors
    /// [`LogError`] when the store cannot be used.
    pub async fn make_place(&self, id: &ProgramId) -> Result<Arc<ProgramState>, LogError> {
        if self.find_open(id).await?.is_none() {
            let bits = clock::random().map_err(|error| LogError::Unavailable(error.to_string()))?;
            self.log.create(id, Secret::new(bits)).await?;
        }
        let open = self.find_open(id).await?;
        open.ok_or_else(|| LogError::Unavailable(format!("{id} is not in the store that just took it")))
    }

    /// Returns a member's account, and a seq up to which every entry is in it.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub async fn account(&self, program: &ProgramState, member: &MemberId) -> Result<(Account, Seq), LogError> {
        let seq = {
            let committed = program.read();
            if let Some(account) = committed.account(member) {
                return Ok((account.clone(), committed.head.seq));
            }
            committed.head.seq
        };
        let want = Want { members: vec![member.clone()], records: Vec::new() };
        let account = self.log.load(&program.id, &want).await?.accounts.pop();
        let account = account.unwrap_or_else(|| Account::empty(member.clone()));
        let seq = seq.max(account.last_seq);
        Ok((account, seq))
    }

    /// Returns the same with the lots of the member's money, as of one moment.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub async fn account_with_lots(
        &self,
        program: &ProgramState,
        member: &MemberId,
    ) -> Result<(Account, Lots, Seq), LogError> {
        let (account, seq) = self.account(program, member).await?;
        let mut money = Bucket::ALL.into_iter().filter(|bucket| bucket.unit() == Unit::Money);
        if money.all(|bucket| account.balances.get(bucket) == 0) {
            return Ok((account, Lots::default(), seq));
        }
        let want = Want { members: vec![member.clone()], records: vec![RecordKey::Lots(member.clone())] };
        for _ in 0..LOTS_TRIES {
            let mut loaded = self.log.load(&program.id, &want).await?;
            let lots = match loaded.records.pop().map(|stored| stored.record) {
                Some(Record::Lots(lots)) => lots,
                _ => Lots::default(),
            };
            // A log may read accounts and records one after the other, and money may move in between.
            if let Some(account) = loaded.accounts.pop().filter(|account| lots.agree_with(&account.balances)) {
                let seq = seq.max(account.last_seq);
                return Ok((account, lots, seq));
            }
        }
        let (row, problem) = (
            RecordKey::Lots(member.clone()).to_string(),
            "its sums are not the balances of the account; run goodturn verify".into(),
        );
        Err(LogError::Corrupt { table: "record", column: "state", row, problem })
    }

    /// Returns the record that a key holds, if any.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub async fn record(&self, program: &ProgramState, key: &RecordKey) -> Result<Option<Record>, LogError> {
        if let Some(record) = program.read().record(key) {
            return Ok(Some(record.clone()));
        }
        let want = Want::records(vec![key.clone()]);
        Ok(self.log.load(&program.id, &want).await?.records.pop().map(|stored| stored.record))
    }

    /// Does the same for a record that is asked for again and again, and of which there are few: it is kept in memory. A key that holds
    /// nothing is not, as anybody can make some up.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub async fn kept_record(&self, program: &ProgramState, key: &RecordKey) -> Result<Option<Record>, LogError> {
        let view = {
            let committed = program.read();
            if let Some(known) = committed.known_record(key) {
                return Ok(known.clone());
            }
            committed.view
        };
        let loaded = self.log.load(&program.id, &Want::records(vec![key.clone()])).await?;
        let record = loaded.records.first().map(|stored| stored.record.clone());
        if record.is_some() {
            let nothing = Want { members: Vec::new(), records: Vec::new() };
            // Where others' entries were taken in meanwhile it is not kept, but true of the time at which it was read.
            let _kept = program.write().learn(view, nothing, loaded);
        }
        Ok(record)
    }

    /// Finds the first entry of a command by its name.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub async fn find(&self, program: &ProgramState, name: CommandName) -> Result<Option<Entry>, LogError> {
        Ok(self.log.find(&program.id, &[name]).await?.pop())
    }

    /// Returns the credit that is past its time at a cut-off, up to the last committed entry.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub async fn aged(&self, program: &ProgramState, cut_off: CutOff) -> Result<Current<Aged>, LogError> {
        self.aged.current(self, program, &cut_off).await
    }

    /// Returns the programmes that somebody uses here.
    #[must_use]
    pub fn in_use(&self) -> Vec<Arc<ProgramState>> {
        self.opened().values().filter(|state| !state.is_gone() && state.is_followed()).cloned().collect()
    }

    async fn find_open(&self, id: &ProgramId) -> Result<Option<Arc<ProgramState>>, LogError> {
        if let Some(open) = self.opened().get(id).filter(|state| !state.is_gone()) {
            return Ok(Some(Arc::clone(open)));
        }
        let Some(state) = ProgramState::open(self, id).await? else { return Ok(None) };
        tell_if_ahead(id, state.read().head.at, self.clock.now());
        let mut open = self.opened();
        // Another task may have opened it meanwhile. A programme that is gone from the store makes way.
        if open.get(id).is_some_and(|state| state.is_gone()) {
            open.remove(id);
        }
        Ok(Some(Arc::clone(open.entry(id.clone()).or_insert_with(|| Arc::new(state)))))
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, HashMap<ProgramId, Arc<ProgramState>>> {
        self.open.lock().expect("nothing panics while it holds the lock")
    }
}
