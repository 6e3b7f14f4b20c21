//! A log whose failures a test chooses, and whose calls it can hold.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use goodturn::domain::decide::seal::Head;
use goodturn::domain::entry::Entry;
use goodturn::domain::entry::name::CommandName;
use goodturn::domain::state::account::Account;
use goodturn::domain::state::record::RecordKey;
use goodturn::domain::value::encoding::{Note, Secret};
use goodturn::domain::value::ids::{MemberId, ProgramId};
use goodturn::domain::value::seq::Seq;
use goodturn::domain::value::time::Micros;
use goodturn::log::{
    AppendError, Expect, Integrity, Loaded, Log, LogError, Opened, Pulse, Ready, Sealed, SpanHead, StoredRecord,
    StoredSpan, Want,
};
use tokio::sync::{Semaphore, watch};

/// The way in which one append fails.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The commit arrives, but its answer does not.
    RecordedAndLost,
    /// Neither arrives.
    Lost,
    /// The answer is lost, and the append arrives late: after the next fence.
    Late,
    /// The store says that it cannot, and has done nothing.
    Unavailable,
    /// The store says that another server was first, and has done nothing.
    Stale,
}

/// A log whose failures a test chooses, and whose calls it can hold.
pub struct FaultyLog {
    inner: Arc<dyn Log>,
    /// Faults, each with the number of reads and fences that fail after it.
    faults: Mutex<VecDeque<(Fault, usize)>>,
    /// Number of further reads and fences that fail.
    unread: AtomicUsize,
    late: Mutex<Option<(ProgramId, Expect, Arc<Sealed>)>>,
    late_results: Mutex<Vec<Result<(), AppendError>>>,
    /// The id that the store refuses for ever.
    poison: Mutex<Option<String>>,
    /// True when notes are erased.
    erased: Mutex<bool>,
    /// Reads and fences fail while this is set.
    unreadable: Mutex<bool>,
    store_clock: Mutex<Option<Micros>>,
    /// Records look as if they were changed after every entry while this is set.
    pub changed_meanwhile: AtomicBool,
    gate: Semaphore,
    held: Mutex<bool>,
    /// Reads of entries wait for ever while this is set.
    reads_held: Mutex<bool>,
    read_begun: Semaphore,
    /// A page of entries waits while this is set.
    pages_held: watch::Sender<bool>,
    /// Entries that were read in pages.
    pub entries_read: AtomicUsize,
    /// Rows of any kind that were read.
    pub rows_read: AtomicUsize,
    /// Times that accounts and records were loaded.
    pub loads: AtomicUsize,
    /// A walk over accounts waits before each page while this is set.
    walks_held: watch::Sender<bool>,
    walk_begun: Semaphore,
    /// Number of appends begun.
    pub appends: AtomicUsize,
}

impl FaultyLog {
    pub fn on(inner: Arc<dyn Log>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            faults: Mutex::default(),
            unread: AtomicUsize::new(0),
            late: Mutex::default(),
            late_results: Mutex::default(),
            poison: Mutex::default(),
            erased: Mutex::default(),
            unreadable: Mutex::default(),
            store_clock: Mutex::default(),
            changed_meanwhile: AtomicBool::new(false),
            gate: Semaphore::new(0),
            held: Mutex::default(),
            reads_held: Mutex::default(),
            read_begun: Semaphore::new(0),
            pages_held: watch::Sender::new(false),
            entries_read: AtomicUsize::new(0),
            rows_read: AtomicUsize::new(0),
            loads: AtomicUsize::new(0),
            walks_held: watch::Sender::new(false),
            walk_begun: Semaphore::new(0),
            appends: AtomicUsize::new(0),
        })
    }

    /// Makes the next appends fail in these ways, one after the other.
    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.fail_unread(faults.into_iter().map(|fault| (fault, 0)));
    }

    /// Does the same, and makes so many reads and fences fail after each.
    pub fn fail_unread(&self, faults: impl IntoIterator<Item = (Fault, usize)>) {
        self.faults.lock().unwrap().extend(faults);
    }

    /// True when every chosen fault has happened.
    pub fn is_healed(&self) -> bool {
        self.faults.lock().unwrap().is_empty() && self.unread.load(Ordering::SeqCst) == 0
    }

    /// Makes the store refuse batches with a command of this id.
    pub fn refuse(&self, id: &str) {
        *self.poison.lock().unwrap() = Some(id.into());
    }

    /// Erases every note.
    pub fn erase_notes(&self) {
        *self.erased.lock().unwrap() = true;
    }

    /// Makes reads and fences fail, or work again.
    pub fn unreadable(&self, yes: bool) {
        *self.unreadable.lock().unwrap() = yes;
    }

    /// Gives the store a clock of its own, which shows this time.
    pub fn store_clock(&self, rfc3339: &str) {
        *self.store_clock.lock().unwrap() = Some(Micros::from_rfc3339(rfc3339).unwrap());
    }

    /// Makes appends wait from now on.
    pub fn hold(&self) {
        *self.held.lock().unwrap() = true;
    }

    /// Lets appends go on.
    pub fn release(&self) {
        *self.held.lock().unwrap() = false;
        self.gate.add_permits(1_000);
    }

    /// Lets so many appends go on; those after them wait.
    pub fn let_through(&self, appends: usize) {
        self.gate.add_permits(appends);
    }

    /// Makes reads of entries that begin from now on never end.
    pub fn hold_reads(&self) {
        *self.reads_held.lock().unwrap() = true;
    }

    /// Waits until a read that never ends has begun.
    pub async fn read_begun(&self) {
        self.read_begun.acquire().await.unwrap().forget();
    }

    /// Lets reads that begin from now on through as usual.
    pub fn let_reads_through(&self) {
        *self.reads_held.lock().unwrap() = false;
    }

    /// Pages of entries wait, or go on.
    pub fn hold_pages(&self, yes: bool) {
        self.pages_held.send_replace(yes);
    }

    /// Walks over accounts wait before each page, or go on.
    pub fn hold_walks(&self, yes: bool) {
        self.walks_held.send_replace(yes);
    }

    /// Waits until a walk that is held has come to a page.
    pub async fn walk_begun(&self) {
        self.walk_begun.acquire().await.unwrap().forget();
    }

    /// Waits until so many appends have begun.
    pub async fn begun(&self, appends: usize) {
        while self.appends.load(Ordering::SeqCst) < appends {
            tokio::task::yield_now().await;
        }
    }

    /// Returns the results of appends that arrived late.
    pub fn late_results(&self) -> Vec<Result<(), AppendError>> {
        std::mem::take(&mut *self.late_results.lock().unwrap())
    }

    fn count(&self, rows: usize) {
        self.rows_read.fetch_add(rows, Ordering::SeqCst);
    }

    fn counted<T>(&self, rows: Result<Vec<T>, LogError>) -> Result<Vec<T>, LogError> {
        self.count(rows.as_ref().map_or(0, Vec::len));
        rows
    }

    fn readable(&self) -> Result<(), LogError> {
        let fails = self.unread.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if fails || *self.unreadable.lock().unwrap() {
            Err(LogError::Unavailable("held back by the test".into()))
        } else {
            Ok(())
        }
    }

    async fn deliver_late(&self) {
        let late = self.late.lock().unwrap().take();
        if let Some((program, expect, batch)) = late {
            let result = self.inner.append(&program, expect, &batch).await;
            self.late_results.lock().unwrap().push(result);
        }
    }
}

#[async_trait]
impl Log for FaultyLog {
    async fn create(&self, program: &ProgramId, secret: Secret) -> Result<Opened, LogError> {
        self.inner.create(program, secret).await
    }

    async fn open(&self, program: &ProgramId) -> Result<Option<Opened>, LogError> {
        self.readable()?;
        self.inner.open(program).await
    }

    async fn heads(&self, programs: &[ProgramId]) -> Result<Vec<(ProgramId, Seq, i64)>, LogError> {
        self.readable()?;
        self.inner.heads(programs).await
    }

    async fn append(&self, program: &ProgramId, expect: Expect, batch: &Arc<Sealed>) -> Result<(), AppendError> {
        self.appends.fetch_add(1, Ordering::SeqCst);
        let held = *self.held.lock().unwrap();
        if held {
            self.gate.acquire().await.unwrap().forget();
        }
        let poison = self.poison.lock().unwrap().clone();
        let named = |id: &str| batch.entries.iter().filter_map(|e| e.request.as_ref()).any(|r| r.id.as_str() == id);
        if poison.as_deref().is_some_and(named) {
            return Err(AppendError::Poison("refused by the test".into()));
        }
        let fault = self.faults.lock().unwrap().pop_front().map(|(fault, unread)| {
            self.unread.store(unread, Ordering::SeqCst);
            fault
        });
        match fault {
            None => self.inner.append(program, expect, batch).await,
            Some(Fault::RecordedAndLost) => {
                self.inner.append(program, expect, batch).await.unwrap();
                Err(AppendError::Unknown("the answer was lost by the test".into()))
            }
            Some(Fault::Lost) => Err(AppendError::Unknown("lost by the test".into())),
            Some(Fault::Late) => {
                *self.late.lock().unwrap() = Some((program.clone(), expect, Arc::clone(batch)));
                Err(AppendError::Unknown("delayed by the test".into()))
            }
            Some(Fault::Stale) => Err(AppendError::Stale),
            Some(Fault::Unavailable) => Err(AppendError::Unavailable("made so by the test".into())),
        }
    }

    fn make_ready(&self, program: &ProgramId, entries: &[Arc<Entry>], ready: &mut Ready) {
        self.inner.make_ready(program, entries, ready);
    }

    async fn fence(&self, program: &ProgramId) -> Result<Head, LogError> {
        self.readable()?;
        let head = self.inner.fence(program).await;
        self.deliver_late().await;
        head
    }

    async fn load(&self, program: &ProgramId, want: &Want) -> Result<Loaded, LogError> {
        self.readable()?;
        self.loads.fetch_add(1, Ordering::SeqCst);
        let loaded = self.inner.load(program, want).await;
        self.count(loaded.as_ref().map_or(0, |loaded| loaded.accounts.len() + loaded.records.len()));
        loaded
    }

    async fn find(&self, program: &ProgramId, names: &[CommandName]) -> Result<Vec<Entry>, LogError> {
        self.readable()?;
        self.counted(self.inner.find(program, names).await)
    }

    async fn entries(&self, program: &ProgramId, after: Seq, max: u32) -> Result<Vec<Entry>, LogError> {
        self.readable()?;
        let is_held = *self.reads_held.lock().unwrap();
        if is_held {
            self.read_begun.add_permits(1);
            std::future::pending::<()>().await;
        }
        self.pages_held.subscribe().wait_for(|held| !held).await.unwrap();
        let page = self.inner.entries(program, after, max).await;
        self.entries_read.fetch_add(page.as_ref().map_or(0, Vec::len), Ordering::SeqCst);
        self.counted(page)
    }

    async fn history(&self, program: &ProgramId, from: Seq, max: u32) -> Result<Vec<Entry>, LogError> {
        self.counted(self.inner.history(program, from, max).await)
    }

    async fn accounts(
        &self,
        program: &ProgramId,
        after: Option<&MemberId>,
        max: u32,
    ) -> Result<Vec<Account>, LogError> {
        let mut held = self.walks_held.subscribe();
        if *held.borrow() {
            self.walk_begun.add_permits(1);
        }
        held.wait_for(|held| !held).await.unwrap();
        self.counted(self.inner.accounts(program, after, max).await)
    }

    async fn records(
        &self,
        program: &ProgramId,
        prefix: &str,
        after: Option<&RecordKey>,
        max: u32,
    ) -> Result<Vec<StoredRecord>, LogError> {
        self.readable()?;
        let mut read = self.inner.records(program, prefix, after, max).await;
        if self.changed_meanwhile.load(Ordering::SeqCst) {
            read.iter_mut().flatten().for_each(|stored| stored.seq = Seq::MAX);
        }
        self.counted(read)
    }

    async fn due(&self, program: &ProgramId, until: Micros, max: u32) -> Result<Vec<StoredRecord>, LogError> {
        self.readable()?;
        self.counted(self.inner.due(program, until, max).await)
    }

    async fn due_programs(
        &self,
        until: Micros,
        after: Option<&ProgramId>,
        max: u32,
    ) -> Result<Vec<ProgramId>, LogError> {
        self.readable()?;
        self.counted(self.inner.due_programs(until, after, max).await)
    }

    async fn notes(&self, program: &ProgramId, after: Seq, through: Seq) -> Result<Vec<(Seq, Note)>, LogError> {
        if *self.erased.lock().unwrap() {
            Ok(Vec::new())
        } else {
            self.counted(self.inner.notes(program, after, through).await)
        }
    }

    async fn put_span(&self, program: &ProgramId, span: &StoredSpan) -> Result<(), LogError> {
        self.inner.put_span(program, span).await
    }

    async fn spans(&self, program: &ProgramId, after: Seq, max: u32) -> Result<Vec<SpanHead>, LogError> {
        self.readable()?;
        self.counted(self.inner.spans(program, after, max).await)
    }

    async fn span_totals(&self, program: &ProgramId, spans: &[Seq]) -> Result<Vec<(Seq, Vec<u8>)>, LogError> {
        self.readable()?;
        self.counted(self.inner.span_totals(program, spans).await)
    }

    async fn programs(&self, after: Option<&ProgramId>, max: u32) -> Result<Vec<ProgramId>, LogError> {
        self.counted(self.inner.programs(after, max).await)
    }
    async fn integrity(&self) -> Result<Integrity, LogError> {
        self.readable()?;
        self.inner.integrity().await
    }

    fn present(&self) -> Result<(), LogError> {
        self.inner.present()
    }

    async fn pulse(&self) -> Result<Pulse, LogError> {
        Ok(Pulse { now: *self.store_clock.lock().unwrap(), is_read_only: false, unfit: None })
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}
