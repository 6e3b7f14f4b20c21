//! The keeper of a programme's boards: one task that takes in entries as they are recorded, stores the totals of complete spans, and
//! publishes boards for everyone to read without a lock.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use super::BoardName;
use super::live::{IsRead, LiveBoards};
use super::members::Members;
use super::past::Past;
use super::ranks::{Board, Change};
use super::sums::Known;
use super::turns::Turns;
use crate::domain::entry::Entry;
use crate::domain::project::people::{People, PersonChange};
use crate::domain::project::shared::SharedList;
use crate::domain::project::span::{Credit, OpenSpan, SPAN_ENTRIES, Total, complete_at};
use crate::domain::value::encoding::Hash;
use crate::domain::value::ids::MemberId;
use crate::domain::value::seq::Seq;
use crate::ledger::landed::Feed;
use crate::ledger::state::ProgramState;
use crate::log::{FOLD_PAGE, Log, LogError, SpanHead, StoredSpan};

/// Entries folded before other tasks have their turn: less than a millisecond with a few boards.
const AT_ONCE: usize = 256;

/// How long entries gather while no board is kept up to date: less work at each commit, and they still are in memory.
const GATHER_EVERY: Duration = Duration::from_millis(100);

/// Heads of spans read at a time.
const HEADS_PAGE: u32 = 1_000;

/// Boards that nobody reads for this long are dropped, and a keeper without a board ends once its programme is not followed. A board of
/// a million members is made again in a second or two.
const IDLE: Duration = Duration::from_mins(10);

/// Asks that wait for a keeper. It takes all of them at once, between two batches; whoever comes later waits for room.
const ASKS_MAX: usize = 256;

/// What a keeper is asked for.
pub(super) enum Ask {
    /// A board, once it is as far as the log is now.
    Board(BoardName),
    /// What is known of the totals, as far as the log is now.
    Known(oneshot::Sender<Known>),
}

/// What a keeper shows.
#[derive(Clone)]
pub(super) enum State {
    /// It reads the log: through one entry, of all up to another.
    Loading { through: Seq, head: Seq },
    /// Boards to read.
    Ready(Arc<Published>),
    /// The log cannot be read. The keeper has ended.
    Failed(LogError),
}

/// Boards as of an entry.
pub(super) struct Published {
    pub(super) seq: Seq,
    /// The log that they belong to: the number of times that it was found to be another.
    pub(super) resets: u64,
    pub(super) people: Arc<People>,
    /// The members by their numbers.
    pub(super) ids: SharedList<MemberId>,
    pub(super) boards: HashMap<BoardName, (Arc<Board>, IsRead)>,
}

/// A keeper as its readers know it.
pub(super) struct Kept {
    /// The programme that it keeps boards of. One that was made anew, as after a restore, has another keeper.
    pub(super) program: Arc<ProgramState>,
    pub(super) asks: mpsc::Sender<Ask>,
    pub(super) state: watch::Receiver<State>,
    pub(super) members: Arc<Members>,
    /// Past boards, so that a list read page by page is made once.
    pub(super) past: Past,
}

/// One programme's keeper.
pub(super) struct Keeper {
    feed: Feed,
    log: Arc<dyn Log>,
    aside: Turns,
    resets: u64,
    /// The leaf of the last entry that was taken in, as far as it is known. Entries that follow it join by it.
    last: Option<Hash>,
    members: Arc<Members>,
    known: Known,
    boards: LiveBoards,
    storing: JoinSet<(Seq, Result<(), LogError>)>,
    /// True when something is to be published.
    changed: bool,
    state: watch::Sender<State>,
}

/// Starts a keeper.
pub(super) fn keep(feed: Feed, log: Arc<dyn Log>, aside: Turns, stores: bool) -> Kept {
    let (asks, asked) = mpsc::channel(ASKS_MAX);
    let (head, resets) = {
        let committed = feed.program().read();
        (committed.head.seq, committed.resets)
    };
    let (state, shown) = watch::channel(State::Loading { through: Seq::ZERO, head });
    let members = Arc::<Members>::default();
    let known = Known {
        program: feed.program().id.clone(),
        stored: Arc::default(),
        complete: Vec::new(),
        open: Arc::default(),
        people: Arc::default(),
        stores,
    };
    let program = Arc::clone(feed.program());
    let keeper = Keeper {
        feed,
        last: None,
        log,
        aside,
        resets,
        members: Arc::clone(&members),
        known,
        boards: LiveBoards::default(),
        storing: JoinSet::new(),
        changed: true,
        state: state.clone(),
    };
    tokio::spawn(async move {
        // Nothing is shown of a keeper that has ended: its boards would stay in memory.
        state.send_replace(match keeper.run(asked).await {
            Ok(()) => State::Loading { through: Seq::ZERO, head },
            Err(error) => {
                tracing::warn!(%error, "the boards of a programme are given up until they are asked for again");
                State::Failed(error)
            }
        });
    });
    Kept { program, asks, state: shown, members, past: Past::default() }
}

/// Waits for further entries; where nobody reads boards, until there may be many.
async fn news(feed: &mut Feed, is_idle: bool) {
    feed.changed().await;
    if is_idle {
        tokio::time::sleep(GATHER_EVERY).await;
    }
}

impl Keeper {
    /// Serves until the log is another, or nobody has asked for long.
    async fn run(mut self, mut asks: mpsc::Receiver<Ask>) -> Result<(), LogError> {
        self.load().await?;
        let mut idle = tokio::time::interval(IDLE);
        idle.tick().await;
        loop {
            self = self.catch_up().await?;
            if self.is_past() {
                return Ok(());
            }
            self.publish();
            let is_idle = self.boards.is_empty();
            let Self { feed, boards, storing, .. } = &mut self;
            tokio::select! {
                ask = asks.recv() => match ask {
                    Some(ask) => {
                        let mut asked = vec![ask];
                        while let Ok(ask) = asks.try_recv() {
                            asked.push(ask);
                        }
                        // Whoever asked sees what was recorded by then.
                        self = self.catch_up().await?;
                        if self.is_past() {
                            return Ok(());
                        }
                        for ask in asked {
                            self.answer(ask);
                        }
                    }
                    None => return Ok(()),
                },
                () = news(feed, is_idle) => {}
                () = boards.made() => {
                    self.changed = true;
                    self.build();
                }
                Some(stored) = storing.join_next() => self.note_stored(stored.ok()),
                _ = idle.tick() => {
                    self.changed = true;
                    self.store();
                    if !self.boards.drop_unread() && !self.feed.program().is_followed() {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// True when the log is another than the one that was taken in.
    fn is_past(&self) -> bool {
        let program = self.feed.program();
        program.is_gone() || program.read().resets != self.resets
    }

    /// Takes in what is stored of spans.
    async fn load(&mut self) -> Result<(), LogError> {
        let mut heads: Vec<SpanHead> = Vec::new();
        let mut people = People::default();
        let mut after = Seq::ZERO;
        loop {
            let page = self.log.spans(&self.known.program, after, HEADS_PAGE).await?;
            let is_last = page.len() < usize::try_from(HEADS_PAGE).unwrap_or(usize::MAX);
            for head in page {
                // One that is missing, or that this program does not read, is made again, with all that follow.
                let follows = head.through.get() == after.get() + SPAN_ENTRIES;
                let Some(changes) = head.changes().filter(|_| follows) else {
                    self.begin_at(after, heads, &people);
                    return Ok(());
                };
                for (seq, change) in changes {
                    people.change(seq, change);
                }
                after = head.through;
                heads.push(head);
            }
            if is_last {
                self.begin_at(after, heads, &people);
                return Ok(());
            }
        }
    }

    fn begin_at(&mut self, after: Seq, stored: Vec<SpanHead>, people: &People) {
        let head = self.feed.program().head_seq();
        // The spans of a log that this server has not followed yet.
        let after = after.min(complete_at(head));
        self.known.stored = Arc::new(stored.into_iter().filter(|span| span.through <= after).collect());
        self.last = self.known.stored.last().map(|span| span.leaf);
        self.known.people = Arc::new(people.as_of(after, after));
        self.known.open = Arc::new(OpenSpan::after(after));
    }

    /// Takes in the entries up to the committed head. Many of them are taken in on a thread that serves nobody else.
    async fn catch_up(mut self) -> Result<Self, LogError> {
        let head = self.feed.program().head_seq();
        if head.get() - self.known.through().get() <= i64::from(FOLD_PAGE) {
            self.take_in(head).await?;
            return Ok(self);
        }
        let aside = self.aside.clone();
        let caught_up = aside.run(async move {
            self.take_in(head).await?;
            Ok(self)
        });
        caught_up.await.map_err(|lost| LogError::Unavailable(lost.to_string()))?
    }

    async fn take_in(&mut self, head: Seq) -> Result<(), LogError> {
        let begun = self.known.through();
        while self.known.through() < head {
            let batch = self.feed.after(&*self.log, self.known.through(), self.last, head).await?;
            // Asked after they were read: entries of another log come after it was found to be another.
            let Some(batch) = batch.filter(|_| !self.is_past()) else { return self.end() };
            let skip = batch.partition_point(|entry| entry.seq <= self.known.through());
            for entries in batch[skip..].chunks(AT_ONCE) {
                for entry in entries {
                    self.apply(entry);
                }
                tokio::task::yield_now().await;
            }
            while let Some(stored) = self.storing.try_join_next() {
                self.note_stored(stored.ok());
            }
            if matches!(&*self.state.borrow(), State::Loading { .. }) {
                self.state.send_replace(State::Loading { through: self.known.through(), head });
            }
        }
        let entries = head.get() - begun.get();
        if entries > SPAN_ENTRIES {
            tracing::info!(program = %self.known.program, entries, "daily totals are read from the log");
        }
        Ok(())
    }

    /// Ends the keeper: the log is another.
    fn end(&self) -> Result<(), LogError> {
        if !self.is_past() {
            // The ledger has not followed yet. The next keeper begins with what is stored.
            return Err(LogError::Unavailable("the log is another than the one known so far".into()));
        }
        Ok(())
    }

    /// Takes in the next entry.
    fn apply(&mut self, entry: &Entry) {
        self.changed = true;
        self.last = Some(entry.leaf);
        let credit = Credit::of(entry);
        let person_change = PersonChange::of(entry);
        let has_boards = !self.boards.is_empty();
        if let Some(change) = &person_change {
            Arc::make_mut(&mut self.known.people).change(entry.seq, change.clone());
            if has_boards {
                self.boards.tell(entry.seq, self.on_boards(change));
            }
        }
        if let Some(credit) = credit.as_ref().filter(|_| has_boards) {
            let people = &self.known.people;
            let person = people.person(&credit.member);
            let (hidden, handle) = (people.hidden(person), self.members.number(person.as_str()));
            let total = Total { points: credit.points, reached: entry.seq };
            self.boards.tell(
                entry.seq,
                Change::Credit { person: handle, hidden, day: credit.day, kind: credit.kind.clone(), total },
            );
        }
        let open = Arc::make_mut(&mut self.known.open);
        open.take(entry, credit, person_change);
        if open.is_complete() {
            let span = StoredSpan::of(&open.totals(entry.seq), open.leaf());
            self.known.open = Arc::new(OpenSpan::after(entry.seq));
            self.known.complete.push(Arc::new(span));
            self.store();
        }
    }

    /// Returns what a change does to boards. The people hold it already.
    fn on_boards(&self, change: &PersonChange) -> Change {
        let (people, number) = (&self.known.people, |member: &MemberId| self.members.number(member.as_str()));
        match change {
            PersonChange::Merged { from, into } => {
                let into = people.person(into);
                Change::Merged { from: number(from), into: number(into), hidden: people.hidden(into) }
            }
            PersonChange::Hidden { member, .. } => {
                Change::Hidden { person: number(member), now: people.hidden(member) }
            }
        }
    }

    /// Stores the spans that are complete, one after the other.
    fn store(&mut self) {
        if !self.known.stores || !self.storing.is_empty() {
            return;
        }
        let Some(span) = self.known.complete.first().map(Arc::clone) else { return };
        let (log, program) = (Arc::clone(&self.log), self.known.program.clone());
        self.storing.spawn(async move { (span.head.through, log.put_span(&program, &span).await) });
    }

    fn note_stored(&mut self, stored: Option<(Seq, Result<(), LogError>)>) {
        match stored {
            Some((through, Ok(()))) if self.known.complete.first().is_some_and(|span| span.head.through == through) => {
                let span = self.known.complete.remove(0);
                Arc::make_mut(&mut self.known.stored).push(span.head.clone());
                self.store();
            }
            Some((_, Err(error))) => {
                // It is tried again with the next span.
                tracing::warn!(program = %self.known.program, %error, "daily totals cannot be stored");
            }
            _ => {}
        }
    }

    fn answer(&mut self, ask: Ask) {
        match ask {
            // Whoever asked may have gone.
            Ask::Known(reply) => drop(reply.send(self.known.clone())),
            Ask::Board(name) => {
                self.boards.ask(name);
                self.build();
            }
        }
    }

    /// Begins to make boards that are wanted.
    fn build(&mut self) {
        self.boards.build(&self.known, &self.members, &self.log, &self.aside);
    }

    fn publish(&mut self) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        let published = Published {
            seq: self.known.through(),
            resets: self.resets,
            people: Arc::clone(&self.known.people),
            ids: self.members.ids(),
            boards: self.boards.published(),
        };
        self.state.send_replace(State::Ready(Arc::new(published)));
    }
}
