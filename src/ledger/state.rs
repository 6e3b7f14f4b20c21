//! A programme as this server knows it: the state that was committed last, for everyone to read.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::sync::watch;

use super::Ledger;
use super::cache::Generations;
use super::clock::Stopwatch;
use super::landed::Landed;
use super::lane::Queue;
use super::vitals::Vitals;
use super::watchdog::IDLE_AT;
use crate::domain::decide::seal::Head;
use crate::domain::state::account::Account;
use crate::domain::state::overlay::Changes;
use crate::domain::state::program::Program;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::rules::book::RuleBook;
use crate::domain::value::encoding::{Hash, Secret};
use crate::domain::value::ids::{MemberId, ProgramId};
use crate::domain::value::seq::Seq;
use crate::log::{Loaded, Log, LogError, Sealed, StoredRecord, Want, entry_at};

/// Accounts kept for each record that is kept. Most records are reversals of some 100 bytes.
const ACCOUNTS_FOR_A_RECORD: usize = 4;

/// Rule sets read at a time.
const RULE_SETS_PAGE: u32 = 100;

/// A programme as this server knows it.
pub struct ProgramState {
    /// Its id.
    pub id: ProgramId,
    /// The salt of its hashes.
    pub secret: Secret,
    accounts_max: usize,
    committed: RwLock<Committed>,
    /// The committed head, sent to those who wait for it; also after a re-read that did not change it: the log may be another.
    pub(super) heads: watch::Sender<Seq>,
    /// The queue of its lane, if one is running.
    pub(super) queue: Mutex<Option<Queue>>,
    /// The lock that the programme's one committer holds.
    pub(super) committer: tokio::sync::Mutex<()>,
    /// True while its lane waits for an append, which tells the lane what others have written.
    pub(super) in_flight: AtomicBool,
    gone: AtomicBool,
    /// Runs since the programme was opened here.
    pub(super) open_for: Stopwatch,
    /// Milliseconds after which somebody last asked for it.
    pub(super) asked_at_ms: AtomicU64,
    /// Milliseconds after which everything that any server had recorded was known here.
    current_at_ms: AtomicU64,
    /// Milliseconds after which the batch that is in flight, or was last, was sent.
    pub(super) launched_at_ms: AtomicU64,
    /// The same for the step that its lane takes now, or [`IDLE_AT`].
    pub(super) step_at_ms: AtomicU64,
    /// The lock of the task that takes in others' entries.
    pub(super) following: tokio::sync::Mutex<()>,
    pub(super) landed: Landed,
    pub(super) vitals: Arc<Vitals>,
}

/// A view of the log. A new view begins whenever entries are taken in that this server's lane has not committed itself.
/// State loaded in one view must not be combined with state known in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct View(u64);

impl View {
    pub(super) const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// The state that was committed last.
pub struct Committed {
    /// The head of the log.
    pub head: Head,
    /// The programme; `None` until the entry that creates it is recorded.
    pub program: Option<Program>,
    /// Its time zone; UTC until it is created.
    pub zone: TimeZone,
    /// Every version of its rules.
    pub rules: Arc<RuleBook>,
    /// The number of times that the log turned out to be another than the one known: restored, or its end lost by a
    /// failover. State derived from entries is then derived anew.
    pub resets: u64,
    /// The view of the log that this is.
    pub(super) view: View,
    /// The hash of the last entry. It shows whether a log that has grown is still this one.
    pub(super) tip: Option<Hash>,
    accounts: Generations<MemberId, Account>,
    records: Generations<RecordKey, Option<Record>>,
}

impl ProgramState {
    /// Reads a programme of a ledger from its log; `None` when there is no place for it.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub(super) async fn open(ledger: &Ledger, id: &ProgramId) -> Result<Option<Self>, LogError> {
        let (accounts_max, vitals) = (ledger.accounts_max, Arc::clone(&ledger.vitals));
        let Some((secret, committed)) = read(&*ledger.log, id, accounts_max).await? else { return Ok(None) };
        Ok(Some(Self {
            id: id.clone(),
            secret,
            accounts_max,
            heads: watch::Sender::new(committed.head.seq),
            committed: RwLock::new(committed),
            queue: Mutex::default(),
            committer: tokio::sync::Mutex::default(),
            in_flight: AtomicBool::new(false),
            gone: AtomicBool::new(false),
            open_for: Stopwatch::start(),
            asked_at_ms: AtomicU64::new(0),
            current_at_ms: AtomicU64::new(0),
            launched_at_ms: AtomicU64::new(0),
            step_at_ms: AtomicU64::new(IDLE_AT),
            following: tokio::sync::Mutex::default(),
            landed: Landed::default(),
            vitals,
        }))
    }

    /// Notes that somebody asks for the programme now, and returns true when nobody had for so long that it was no longer
    /// followed.
    pub(super) fn ask(&self) -> bool {
        let was_followed = self.is_followed();
        self.asked_at_ms.store(self.now_ms(), Ordering::Relaxed);
        !was_followed
    }

    /// Returns the milliseconds since the programme was opened here.
    pub(super) fn now_ms(&self) -> u64 {
        u64::try_from(self.open_for.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Notes that everything that any server had recorded at a time is known here.
    pub(super) fn note_current(&self, at_ms: u64) {
        self.current_at_ms.fetch_max(at_ms, Ordering::AcqRel);
    }

    /// Returns how long ago everything that any server had recorded was known here for sure.
    pub(super) fn behind(&self) -> Duration {
        Duration::from_millis(self.now_ms().saturating_sub(self.current_at_ms.load(Ordering::Acquire)))
    }

    /// Notes that a batch is sent now. That it is recorded tells that nothing else was before.
    pub(super) fn note_launched(&self) {
        // The time first: whoever sees that a batch is in flight sees since when.
        self.launched_at_ms.store(self.now_ms(), Ordering::Release);
        self.in_flight.store(true, Ordering::Release);
    }

    /// Reads the programme again, and forgets the cache. The state shown never goes back.
    pub(super) async fn reload(&self, log: &dyn Log) -> Result<(), LogError> {
        while !self.replace(self.read_again(log).await?, false) {}
        Ok(())
    }

    /// Reads the programme again when its log is another than the one known. The state shown may go back.
    pub(super) async fn reset(&self, log: &dyn Log) -> Result<(), LogError> {
        self.replace(self.read_again(log).await?, true);
        Ok(())
    }

    async fn read_again(&self, log: &dyn Log) -> Result<Committed, LogError> {
        match read(log, &self.id, self.accounts_max).await? {
            Some((secret, committed)) if secret == self.secret => Ok(committed),
            _ => Err(self.is_no_more()),
        }
    }

    /// Notes that a newer version of this program writes the log, and wakes those who wait for entries.
    pub(super) fn give_up(&self) {
        self.gone.store(true, Ordering::Release);
        self.heads.send_modify(|_| ());
    }

    /// Notes that the store no longer has the programme, or has another of its name, as after a restore.
    pub(super) fn is_no_more(&self) -> LogError {
        self.gone.store(true, Ordering::Release);
        LogError::Unavailable(format!("{} is no longer in the store", self.id))
    }

    /// True when the programme is gone from the store, so that it must be opened anew.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }

    /// Replaces the known state with the state that was read; `false` when a batch was committed after the read.
    fn replace(&self, read: Committed, reset: bool) -> bool {
        let mut current = self.write();
        if read.head.seq < current.head.seq && !reset {
            return false;
        }
        let resets = current.resets + u64::from(reset);
        if reset {
            self.landed.forget();
        }
        *current = Committed { resets, view: current.view.next(), ..read };
        self.tell(current.head.seq);
        true
    }

    /// Returns the state that was committed last, for as long as the guard is held.
    pub fn read(&self) -> RwLockReadGuard<'_, Committed> {
        self.committed.read().expect("nothing panics while it holds the lock")
    }

    /// Returns the last committed entry.
    #[must_use]
    pub fn head_seq(&self) -> Seq {
        self.read().head.seq
    }

    /// Returns the programme's time zone; UTC until it is created.
    #[must_use]
    pub fn zone(&self) -> TimeZone {
        self.read().zone.clone()
    }

    /// Returns a receiver that wakes whenever the committed head may have changed.
    pub(super) fn heads(&self) -> watch::Receiver<Seq> {
        self.heads.subscribe()
    }

    /// Tells those who wait that the committed head may have changed.
    pub(super) fn tell(&self, head: Seq) {
        self.heads.send_replace(head);
        self.landed.tell();
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Committed> {
        self.committed.write().expect("nothing panics while it holds the lock")
    }

    /// Takes in the changes of a batch.
    ///
    /// Does nothing when the store was read again meanwhile, with this batch in it. Does nothing when the log was found
    /// to be another than the one the batch was decided on; `resets` tells that one.
    pub(super) fn commit(&self, resets: u64, batch: &Sealed, changes: Changes, rules: Arc<RuleBook>) {
        let mut committed = self.write();
        if committed.head.seq > batch.head.seq || committed.resets != resets {
            return;
        }
        let epoch = if committed.head.seq == batch.head.seq { committed.head.epoch } else { batch.head.epoch };
        committed.head = Head { epoch: epoch.max(batch.head.epoch), ..batch.head.clone() };
        committed.tip = batch.entries.last().map(|entry| entry.leaf);
        self.landed.keep(&batch.entries);
        committed.rules = rules;
        for (member, account) in changes.accounts {
            committed.accounts.put(member, account);
        }
        for (key, (_, record)) in changes.records {
            if let Record::Program(program) = &record {
                committed.set_program(program.clone());
            }
            committed.records.put(key, Some(record));
        }
        self.note_current(self.launched_at_ms.load(Ordering::Acquire));
        self.tell(committed.head.seq);
    }
}

impl Committed {
    /// Returns what a key is known to hold, be it nothing; `None` when it is not known.
    pub(super) fn known_record(&self, key: &RecordKey) -> Option<&Option<Record>> {
        self.records.get(key)
    }

    /// Makes room. Everything that is kept stays until the next call.
    pub(super) fn turn(&mut self) {
        self.accounts.turn();
        self.records.turn();
        self.keep_program();
    }

    /// Takes in loaded state. What was asked for and not found does not exist. Returns `false`, and takes nothing in,
    /// when the state was loaded before others' entries were taken in: it may lack them.
    pub(super) fn learn(&mut self, view: View, want: Want, loaded: Loaded) -> bool {
        if self.view != view {
            return false;
        }
        let Want { members, records } = want;
        for member in members {
            self.accounts.put(member.clone(), Account::empty(member));
        }
        for account in loaded.accounts {
            self.accounts.put(account.member.clone(), account);
        }
        for key in records {
            self.records.put(key, None);
        }
        for StoredRecord { key, record, .. } in loaded.records {
            self.records.put(key, Some(record));
        }
        true
    }

    pub(super) fn put_account(&mut self, account: Account) {
        self.accounts.put(account.member.clone(), account);
    }

    pub(super) fn forget_accounts(&mut self) {
        self.accounts = self.accounts.emptied();
    }

    /// Forgets what a key holds.
    pub(super) fn forget_record(&mut self, key: &RecordKey) {
        self.records.remove(key);
    }

    /// Takes in the programme, read again after entries of another server that may change what it counts.
    pub(super) fn recount(&mut self, program: Program) {
        self.set_program(program);
        self.keep_program();
    }

    /// True when something is kept of activities that have not come.
    pub(super) fn keeps_early(&self) -> bool {
        self.program.as_ref().is_some_and(|program| program.early_kept > 0)
    }

    /// Forgets records, but not the programme itself.
    pub(super) fn forget_records(&mut self) {
        self.records = self.records.emptied();
        self.keep_program();
    }

    pub(super) fn keep_program(&mut self) {
        if let Some(program) = self.program.clone() {
            self.records.put(RecordKey::Program, Some(Record::Program(program)));
        }
    }

    fn set_program(&mut self, program: Program) {
        self.zone = program.terms.zone().expect("a programme is read and created with a known zone only");
        self.program = Some(program);
    }
}

impl Committed {
    /// Returns a member's account, if it is known. The account of a member without entries is empty.
    pub(super) fn account(&self, member: &MemberId) -> Option<&Account> {
        self.accounts.get(member)
    }

    /// Returns the record that a key holds, as far as it is known.
    pub(super) fn record(&self, key: &RecordKey) -> Option<&Record> {
        self.known_record(key)?.as_ref()
    }
}

async fn read(log: &dyn Log, id: &ProgramId, accounts_max: usize) -> Result<Option<(Secret, Committed)>, LogError> {
    let Some(opened) = log.open(id).await? else { return Ok(None) };
    let mut versions = Vec::new();
    loop {
        let after = versions.last().map(|stored: &StoredRecord| stored.key.clone());
        let page = log.records(id, RecordKey::RULE_SETS, after.as_ref(), RULE_SETS_PAGE).await?;
        if page.is_empty() {
            break;
        }
        versions.extend(page);
    }
    let rules = versions.into_iter().filter_map(|stored| match stored.record {
        Record::RuleSet(rules) => Some(rules),
        _ => None,
    });
    let seq = opened.head.seq;
    let mut committed = Committed {
        head: opened.head,
        program: None,
        zone: TimeZone::UTC,
        rules: Arc::new(RuleBook::new(rules.collect())),
        resets: 0,
        view: View(0),
        tip: entry_at(log, id, seq).await?.map(|entry| entry.leaf),
        accounts: Generations::new(accounts_max),
        records: Generations::new(accounts_max / ACCOUNTS_FOR_A_RECORD),
    };
    let own = Want::records(vec![RecordKey::Program]);
    for stored in log.load(id, &own).await?.records {
        if let Record::Program(program) = &stored.record {
            program.terms.zone().map_err(|why| LogError::Corrupt {
                table: "record",
                column: "state",
                row: format!("programme {id}"),
                problem: why.to_string(),
            })?;
            committed.set_program(program.clone());
        }
        committed.records.put(stored.key, Some(stored.record));
    }
    Ok(Some((opened.secret, committed)))
}
