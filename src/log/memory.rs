//! A log in memory: the plain reference that the others are compared with. Nothing survives it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;

use super::spans::{SpanHead, StoredSpan};
use super::{AppendError, Expect, Integrity, Loaded, Log, LogError, Opened, Pulse, Sealed, StoredRecord, Want};
use crate::domain::decide::seal::Head;
use crate::domain::entry::Entry;
use crate::domain::entry::name::CommandName;
use crate::domain::state::account::Account;
use crate::domain::state::overlay::Changes;
use crate::domain::state::record::RecordKey;
use crate::domain::value::encoding::{Note, Secret};
use crate::domain::value::ids::{MemberId, ProgramId};
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Micros;

/// A log in memory.
#[derive(Default)]
pub struct MemoryLog {
    programs: Mutex<BTreeMap<ProgramId, Program>>,
}

struct Program {
    opened: Opened,
    entries: Vec<Arc<Entry>>,
    names: BTreeMap<CommandName, Seq>,
    state: Changes,
    notes: BTreeMap<Seq, Note>,
    spans: BTreeMap<Seq, StoredSpan>,
}

impl Program {
    fn at(&self, seq: Seq) -> Option<&Arc<Entry>> {
        let index = usize::try_from(seq.get()).ok()?.checked_sub(1)?;
        self.entries.get(index)
    }

    /// Records in the order of their keys as text.
    fn records(&self) -> Vec<(String, StoredRecord)> {
        let stored = self.state.records.iter().map(|(key, (seq, record))| {
            (key.to_string(), StoredRecord { key: key.clone(), seq: *seq, record: record.clone() })
        });
        let mut records: Vec<_> = stored.collect();
        records.sort_by(|a, b| a.0.cmp(&b.0));
        records
    }
}

impl MemoryLog {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<ProgramId, Program>> {
        self.programs.lock().expect("nothing panics while it holds the lock")
    }

    fn read<T: Default>(&self, program: &ProgramId, read: impl FnOnce(&Program) -> T) -> T {
        self.lock().get(program).map(read).unwrap_or_default()
    }
}

fn at_most(max: u32) -> usize {
    usize::try_from(max).expect("a u32 fits a usize")
}

#[async_trait]
impl Log for MemoryLog {
    async fn create(&self, program: &ProgramId, secret: Secret) -> Result<Opened, LogError> {
        let mut programs = self.lock();
        let stored = programs.entry(program.clone()).or_insert_with(|| Program {
            opened: Opened { secret, head: Head::empty() },
            entries: Vec::new(),
            names: BTreeMap::new(),
            state: Changes::default(),
            notes: BTreeMap::new(),
            spans: BTreeMap::new(),
        });
        Ok(stored.opened.clone())
    }

    async fn open(&self, program: &ProgramId) -> Result<Option<Opened>, LogError> {
        Ok(self.read(program, |stored| Some(stored.opened.clone())))
    }

    async fn heads(&self, programs: &[ProgramId]) -> Result<Vec<(ProgramId, Seq, i64)>, LogError> {
        let stored = self.lock();
        let head =
            |id: &ProgramId| stored.get(id).map(|program| &program.opened.head).map(|head| (head.seq, head.epoch));
        Ok(programs.iter().filter_map(|id| head(id).map(|(seq, epoch)| (id.clone(), seq, epoch))).collect())
    }

    async fn append(&self, program: &ProgramId, expect: Expect, batch: &Arc<Sealed>) -> Result<(), AppendError> {
        let mut programs = self.lock();
        let stored = programs.get_mut(program).ok_or(AppendError::Stale)?;
        if (stored.opened.head.seq, stored.opened.head.epoch) != (expect.seq, expect.epoch) {
            return Err(AppendError::Stale);
        }
        let names: Vec<_> = batch.entries.iter().filter_map(|entry| Some((entry.command_name()?, entry.seq))).collect();
        if names.iter().any(|(name, _)| stored.names.contains_key(name)) {
            return Err(AppendError::KnownId);
        }
        stored.names.extend(names);
        stored.entries.extend(batch.entries.iter().cloned());
        stored.state.absorb(batch.changes.clone());
        stored.notes.extend(batch.notes.iter().cloned());
        for seq in batch.entries.iter().flat_map(|entry| entry.erased()) {
            stored.notes.remove(seq);
        }
        stored.opened.head = batch.head.clone();
        Ok(())
    }

    async fn fence(&self, program: &ProgramId) -> Result<Head, LogError> {
        let mut programs = self.lock();
        let stored =
            programs.get_mut(program).ok_or_else(|| LogError::Unavailable(format!("{program} does not exist")))?;
        stored.opened.head.epoch += 1;
        Ok(stored.opened.head.clone())
    }

    async fn load(&self, program: &ProgramId, want: &Want) -> Result<Loaded, LogError> {
        Ok(self.read(program, |stored| Loaded {
            accounts: want.members.iter().filter_map(|member| stored.state.accounts.get(member)).cloned().collect(),
            records: want
                .records
                .iter()
                .filter_map(|key| {
                    let (seq, record) = stored.state.records.get(key)?.clone();
                    Some(StoredRecord { key: key.clone(), seq, record })
                })
                .collect(),
        }))
    }

    async fn find(&self, program: &ProgramId, names: &[CommandName]) -> Result<Vec<Entry>, LogError> {
        Ok(self.read(program, |stored| {
            let seqs = names.iter().filter_map(|name| stored.names.get(name));
            seqs.filter_map(|&seq| stored.at(seq)).map(|entry| Entry::clone(entry)).collect()
        }))
    }

    async fn entries(&self, program: &ProgramId, after: Seq, max: u32) -> Result<Vec<Entry>, LogError> {
        Ok(self.read(program, |stored| {
            let skip = usize::try_from(after.get()).expect("a seq is not negative");
            stored.entries.iter().skip(skip).take(at_most(max)).map(|entry| Entry::clone(entry)).collect()
        }))
    }

    async fn history(&self, program: &ProgramId, from: Seq, max: u32) -> Result<Vec<Entry>, LogError> {
        Ok(self.read(program, |stored| {
            let chain = std::iter::successors(stored.at(from), |entry| stored.at(entry.prev_seq));
            chain.take(at_most(max)).map(|entry| Entry::clone(entry)).collect()
        }))
    }

    async fn accounts(
        &self,
        program: &ProgramId,
        after: Option<&MemberId>,
        max: u32,
    ) -> Result<Vec<Account>, LogError> {
        Ok(self.read(program, |stored| {
            let accounts = stored.state.accounts.values().filter(|account| after.is_none_or(|a| account.member > *a));
            accounts.take(at_most(max)).cloned().collect()
        }))
    }

    async fn records(
        &self,
        program: &ProgramId,
        prefix: &str,
        after: Option<&RecordKey>,
        max: u32,
    ) -> Result<Vec<StoredRecord>, LogError> {
        let after = after.map(ToString::to_string);
        Ok(self.read(program, |stored| {
            let records = stored.records().into_iter();
            let found =
                records.filter(|(text, _)| text.starts_with(prefix) && after.as_ref().is_none_or(|after| text > after));
            found.take(at_most(max)).map(|(_, record)| record).collect()
        }))
    }

    async fn due(&self, program: &ProgramId, until: Micros, max: u32) -> Result<Vec<StoredRecord>, LogError> {
        Ok(self.read(program, |stored| {
            let records = stored.records().into_iter().map(|(_, record)| record);
            let mut due: Vec<_> =
                records.filter(|stored| stored.record.due_at().is_some_and(|due_at| due_at <= until)).collect();
            // Stable: records due at one time stay in the order of their keys.
            due.sort_by_key(|stored| stored.record.due_at());
            due.truncate(at_most(max));
            due
        }))
    }

    async fn due_programs(
        &self,
        until: Micros,
        after: Option<&ProgramId>,
        max: u32,
    ) -> Result<Vec<ProgramId>, LogError> {
        let is_due = |stored: &Program| {
            stored.state.records.values().any(|(_, record)| record.due_at().is_some_and(|due| due <= until))
        };
        let programs = self.lock();
        let due = programs.iter().filter(|(id, stored)| after.is_none_or(|after| *id > after) && is_due(stored));
        Ok(due.map(|(id, _)| id.clone()).take(usize::try_from(max).unwrap_or(usize::MAX)).collect())
    }

    async fn notes(&self, program: &ProgramId, after: Seq, through: Seq) -> Result<Vec<(Seq, Note)>, LogError> {
        Ok(self.read(program, |stored| {
            let notes = stored.notes.iter().filter(|&(&seq, _)| after < seq && seq <= through);
            notes.map(|(&seq, note)| (seq, note.clone())).collect()
        }))
    }

    async fn put_span(&self, program: &ProgramId, span: &StoredSpan) -> Result<(), LogError> {
        if let Some(stored) = self.lock().get_mut(program)
            && stored.at(span.head.through).is_some_and(|entry| entry.leaf == span.head.leaf)
        {
            stored.spans.insert(span.head.through, span.clone());
        }
        Ok(())
    }

    async fn spans(&self, program: &ProgramId, after: Seq, max: u32) -> Result<Vec<SpanHead>, LogError> {
        Ok(self.read(program, |stored| {
            let later = stored.spans.values().map(|span| &span.head).filter(|head| head.through > after);
            let same = |head: &&SpanHead| stored.at(head.through).is_some_and(|entry| entry.leaf == head.leaf);
            later.filter(same).take(at_most(max)).cloned().collect()
        }))
    }

    async fn span_totals(&self, program: &ProgramId, spans: &[Seq]) -> Result<Vec<(Seq, Vec<u8>)>, LogError> {
        Ok(self.read(program, |stored| {
            let wanted = stored.spans.iter().filter(|(through, _)| spans.contains(through));
            wanted.map(|(through, span)| (*through, span.totals.clone())).collect()
        }))
    }

    async fn programs(&self, after: Option<&ProgramId>, max: u32) -> Result<Vec<ProgramId>, LogError> {
        let programs = self.lock();
        let ids = programs.keys().filter(|&id| after.is_none_or(|after| id > after));
        Ok(ids.take(at_most(max)).cloned().collect())
    }
    async fn integrity(&self) -> Result<Integrity, LogError> {
        Ok(Integrity::default())
    }

    fn present(&self) -> Result<(), LogError> {
        Ok(())
    }

    async fn pulse(&self) -> Result<Pulse, LogError> {
        Ok(Pulse::default())
    }

    async fn close(&self) {}
}
