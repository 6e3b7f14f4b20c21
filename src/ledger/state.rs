//! A programme as this server knows it: what was committed last, for everyone to read.

use std::sync::{Arc, Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};

use jiff::tz::TimeZone;
use tokio::sync::{mpsc, watch};

use super::cache::Generations;
use super::lane::Item;
use crate::domain::account::Account;
use crate::domain::encoding::Secret;
use crate::domain::entry::Seq;
use crate::domain::fold::{Changes, State};
use crate::domain::ids::{MemberId, ProgramId};
use crate::domain::program::Program;
use crate::domain::record::{Record, RecordKey};
use crate::domain::rules::RuleBook;
use crate::domain::seal::Head;
use crate::domain::time::time_zone;
use crate::log::{Loaded, Log, LogError, StoredRecord};

/// Accounts kept in memory for each programme: at about 300 bytes each, 60 MB.
const ACCOUNTS_MAX: usize = 200_000;

/// Records kept in memory for each programme: most are reversals of some 100 bytes.
const RECORDS_MAX: usize = 50_000;

/// Rule sets read at a time.
const RULE_SETS_PAGE: u32 = 100;

/// A programme as this server knows it.
pub struct ProgramState {
    /// Its id.
    pub id: ProgramId,
    /// What salts its hashes.
    pub secret: Secret,
    committed: RwLock<Committed>,
    /// The committed head, told to who waits for it. Sent also where it was read again and stayed: it may be another log's.
    heads: watch::Sender<Seq>,
    /// To its lane, if one is running.
    pub(super) queue: Mutex<Option<mpsc::Sender<Item>>>,
    /// Held by the programme's one committer.
    pub(super) committer: tokio::sync::Mutex<()>,
}

/// What was committed last.
pub struct Committed {
    /// Where the log stands.
    pub head: Head,
    /// The programme; `None` until the entry that creates it is recorded.
    pub program: Option<Program>,
    /// Its time zone; UTC until it is created.
    pub zone: TimeZone,
    /// Every version of its rules.
    pub rules: Arc<RuleBook>,
    accounts: Generations<MemberId, Account>,
    records: Generations<RecordKey, Option<Record>>,
}

impl ProgramState {
    /// Reads a programme from the log; `None` when there is no place for it.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub async fn open(log: &dyn Log, id: &ProgramId) -> Result<Option<Self>, LogError> {
        let Some((secret, committed)) = read(log, id).await? else { return Ok(None) };
        Ok(Some(Self {
            id: id.clone(),
            secret,
            heads: watch::Sender::new(committed.head.seq),
            committed: RwLock::new(committed),
            queue: Mutex::default(),
            committer: tokio::sync::Mutex::default(),
        }))
    }

    /// Reads the programme again, and forgets what was cached.
    pub(super) async fn reload(&self, log: &dyn Log) -> Result<(), LogError> {
        let (_, committed) = read(log, &self.id)
            .await?
            .ok_or_else(|| LogError::Unavailable(format!("{} is no longer in the store", self.id)))?;
        let mut current = self.write();
        *current = committed;
        self.heads.send_replace(current.head.seq);
        Ok(())
    }

    /// What was committed last, for as long as the guard is held.
    pub fn read(&self) -> RwLockReadGuard<'_, Committed> {
        self.committed.read().expect("nothing panics while it holds the lock")
    }

    /// The last entry that is committed.
    #[must_use]
    pub fn head_seq(&self) -> Seq {
        self.read().head.seq
    }

    /// Tells whenever the committed head may have changed.
    pub(super) fn heads(&self) -> watch::Receiver<Seq> {
        self.heads.subscribe()
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Committed> {
        self.committed.write().expect("nothing panics while it holds the lock")
    }

    /// Takes in what a batch has changed.
    pub(super) fn commit(&self, head: Head, changes: Changes, rules: Arc<RuleBook>) {
        let mut committed = self.write();
        if committed.head.seq > head.seq {
            return; // Read again from the store meanwhile, with this batch in it.
        }
        committed.head = head;
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
        self.heads.send_replace(committed.head.seq);
    }
}

impl Committed {
    /// Whether a member's account is known, be it empty.
    pub(super) fn knows_account(&self, member: &MemberId) -> bool {
        self.accounts.get(member).is_some()
    }

    /// Whether it is known what a key holds, be it nothing.
    pub(super) fn knows_record(&self, key: &RecordKey) -> bool {
        self.records.get(key).is_some()
    }

    /// Makes room; what is kept stays until the next call.
    pub(super) fn turn(&mut self) {
        self.accounts.turn();
        self.records.turn();
        if let Some(program) = self.program.clone() {
            self.records.put(RecordKey::Program, Some(Record::Program(program)));
        }
    }

    /// Takes in what was loaded; what was asked for and not found does not exist.
    pub(super) fn learn(&mut self, members: Vec<MemberId>, records: Vec<RecordKey>, loaded: Loaded) {
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
    }

    fn set_program(&mut self, program: Program) {
        self.zone =
            time_zone(&program.terms.time_zone).expect("a programme is read and created with a known zone only");
        self.program = Some(program);
    }
}

impl State for Committed {
    fn account(&self, member: &MemberId) -> Option<&Account> {
        self.accounts.get(member)
    }

    fn record(&self, key: &RecordKey) -> Option<&Record> {
        self.records.get(key)?.as_ref()
    }
}

async fn read(log: &dyn Log, id: &ProgramId) -> Result<Option<(Secret, Committed)>, LogError> {
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
    let mut committed = Committed {
        head: opened.head,
        program: None,
        zone: TimeZone::UTC,
        rules: Arc::new(RuleBook::new(rules.collect())),
        accounts: Generations::new(ACCOUNTS_MAX),
        records: Generations::new(RECORDS_MAX),
    };
    let own = crate::log::Want { members: Vec::new(), records: vec![RecordKey::Program] };
    for stored in log.load(id, &own).await?.records {
        if let Record::Program(program) = &stored.record {
            time_zone(&program.terms.time_zone).map_err(|why| LogError::Corrupt {
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
