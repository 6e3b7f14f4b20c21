//! The one task that writes batches. Batches of several programmes that wait at the same time share a commit: a
//! thousand small programmes do not pay for a thousand syncs.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::SqlitePool;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::append::write;
use super::file::OpenFiles;
use crate::domain::value::ids::ProgramId;
use crate::log::{AppendError, Expect, Sealed};

/// Number of batches that wait for the task; whoever brings more waits for room. Each lane brings one at a time, so this is the
/// number of programmes that may share a commit. Their heads fit one statement.
const WAITING_MAX: usize = 512;

/// Entries after which a commit is full. One batch may have as many, and at this number the cost of the sync is a small part.
const ENTRIES_MAX: usize = 4_096;

/// Pause between a commit and the move of what was written. At the highest rate that was measured, some 20 MB are written in it, which
/// a start after a crash reads in some hundredths of a second. More comes while a large database is moved: 220 MB were seen.
const MOVED_AFTER: Duration = Duration::from_millis(250);

/// A batch that waits to be written, and who waits for it.
pub(super) struct Waiting {
    pub(super) program: ProgramId,
    pub(super) expect: Expect,
    pub(super) batch: Arc<Sealed>,
    reply: oneshot::Sender<Result<(), AppendError>>,
}

impl Waiting {
    fn answer(self, outcome: Result<(), AppendError>) {
        let Self { batch, reply, .. } = self;
        // The lane then holds it alone, and need not copy it.
        drop(batch);
        drop(reply.send(outcome));
    }
}

/// The way to the task that writes. The task ends with the last of them.
pub(super) struct Writer {
    queue: mpsc::Sender<Waiting>,
}

impl Writer {
    /// Starts the task. `mover` is a connection of its own, which moves what was written into the database.
    pub(super) fn start(connection: SqlitePool, mover: Option<SqlitePool>, files: Arc<OpenFiles>) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING_MAX);
        let mover = mover.map(|connection| Mover { connection, moving: None });
        tokio::spawn(run(connection, mover, files, waiting));
        Self { queue }
    }

    /// Has a batch written, and waits until it is on the disk.
    pub(super) async fn append(
        &self,
        program: &ProgramId,
        expect: Expect,
        batch: &Arc<Sealed>,
    ) -> Result<(), AppendError> {
        let (reply, outcome) = oneshot::channel();
        let waiting = Waiting { program: program.clone(), expect, batch: Arc::clone(batch), reply };
        let ended = || AppendError::Unavailable("the task that writes has ended".into());
        self.queue.send(waiting).await.map_err(|_| ended())?;
        outcome.await.unwrap_or_else(|_| Err(AppendError::Unknown("the task that writes was lost".into())))
    }
}

async fn run(
    connection: SqlitePool,
    mut mover: Option<Mover>,
    files: Arc<OpenFiles>,
    mut queue: mpsc::Receiver<Waiting>,
) {
    let mut waiting = Vec::new();
    loop {
        if waiting.is_empty() && queue.recv_many(&mut waiting, WAITING_MAX).await == 0 {
            return;
        }
        while waiting.len() < WAITING_MAX
            && let Ok(another) = queue.try_recv()
        {
            waiting.push(another);
        }
        let rest = waiting.split_off(share(&waiting));
        commit(&connection, &files, std::mem::replace(&mut waiting, rest)).await;
        if let Some(mover) = &mut mover {
            mover.go_on(&connection).await;
        }
    }
}

/// Returns how many of the first batches share a commit: until it is full, and one of each programme.
fn share(waiting: &[Waiting]) -> usize {
    let (mut entries, mut programs) = (0, BTreeSet::new());
    for next in waiting {
        entries += next.batch.entries.len();
        let is_full = entries > ENTRIES_MAX && !programs.is_empty();
        if is_full || !programs.insert(&next.program) {
            break;
        }
    }
    programs.len()
}

/// Writes batches in one transaction and answers them. If one of them cannot be written, each gets a transaction of its own.
async fn commit(connection: &SqlitePool, files: &OpenFiles, waiting: Vec<Waiting>) {
    match write(connection, files, &waiting).await {
        Ok(moved) => {
            for (batch, moved) in waiting.into_iter().zip(moved) {
                batch.answer(told(moved));
            }
        }
        Err(AppendError::KnownId | AppendError::Poison(_)) if waiting.len() > 1 => {
            for batch in waiting {
                let written = write(connection, files, std::slice::from_ref(&batch)).await;
                batch.answer(written.and_then(|moved| told(moved == [true])));
            }
        }
        Err(error) => {
            for batch in waiting {
                batch.answer(Err(error.clone()));
            }
        }
    }
}

/// Tells a lane whether the head was where its batch says.
fn told(moved: bool) -> Result<(), AppendError> {
    if moved { Ok(()) } else { Err(AppendError::Stale) }
}

/// Moves what was written from the write-ahead log into the database (SQLite's checkpoint), so that the log begins anew.
///
/// SQLite would do it within a commit, and whoever waits for that one would wait for it, too. Here another connection moves nearly
/// all of it while commits go on. What they add meanwhile is moved between two of them: the log begins anew only when nothing
/// in it is left to move.
struct Mover {
    connection: SqlitePool,
    moving: Option<JoinHandle<()>>,
}

impl Mover {
    /// Begins to move, or ends it, after a commit.
    async fn go_on(&mut self, writer: &SqlitePool) {
        match self.moving.take() {
            Some(moving) if moving.is_finished() => checkpoint(writer).await,
            Some(moving) => self.moving = Some(moving),
            None => {
                let connection = self.connection.clone();
                self.moving = Some(tokio::spawn(async move {
                    tokio::time::sleep(MOVED_AFTER).await;
                    checkpoint(&connection).await;
                }));
            }
        }
    }
}

/// Moves what no reader and no writer holds back.
async fn checkpoint(connection: &SqlitePool) {
    let moved = sqlx::raw_sql("pragma wal_checkpoint(passive)").execute(connection).await;
    match moved {
        Ok(_) | Err(sqlx::Error::PoolClosed) => {}
        Err(error) => tracing::warn!(%error, "the write-ahead log cannot be moved into the database, and grows"),
    }
}
