//! The one task that writes batches. Batches of several programmes that wait at the same time share a commit: a
//! thousand small programmes do not pay for a thousand syncs.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqlitePool;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::BUSY_TIMEOUT;
use super::append::{Way, write};
use super::file::OpenFiles;
use crate::domain::value::ids::ProgramId;
use crate::log::{AppendError, Expect, Sealed};

/// Batches in the channel, and batches that the task looks at for one commit. A lane brings one at a time, so at most so
/// many programmes share a commit. Their heads fit one statement.
const WAITING_MAX: usize = 512;

/// Entries after which a commit takes no further batch; a larger batch gets a commit of its own. At this number the sync
/// is a small part of the cost.
const ENTRIES_MAX: usize = 4_096;

/// Pause between a commit and the move of what was written. At the highest rate that was measured, some 20 MB are written in it, which
/// a start after a crash reads in some hundredths of a second. More comes while a large database is moved: 220 MB were seen.
const MOVED_AFTER: Duration = Duration::from_millis(250);

/// Pages of the write-ahead log after which readers are waited for, so that it begins anew: 256 MiB.
const PAGES_MAX: i64 = 65_536;

/// How long they are waited for: a page of a list takes less. Writing stands still meanwhile, so it is tried after so many moves only: a
/// minute apart at the highest rate.
const READERS_PATIENCE_MS: u64 = 200;
const READERS_AWAITED_EVERY: u32 = 256;

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
        let mover = mover.map(|connection| Mover { connection, moving: None, moves: 0 });
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
        let together = std::mem::replace(&mut waiting, rest);
        // In a task of its own: if it panics, the outcome of these batches is unknown, and others go on.
        let wrote = tokio::spawn(commit(connection.clone(), Arc::clone(&files), together)).await;
        if let (Some(mover), Ok(true)) = (&mut mover, wrote) {
            mover.go_on(&connection, &files).await;
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

/// Writes batches in one transaction and answers them. If one of them cannot be written, it is found by writing each under a
/// savepoint. Returns true when anything was written.
async fn commit(connection: SqlitePool, files: Arc<OpenFiles>, waiting: Vec<Waiting>) -> bool {
    let mut written = write(&connection, &files, &waiting, Way::Together).await;
    if waiting.len() > 1 && matches!(written, Err(AppendError::KnownId | AppendError::Poison(_))) {
        written = write(&connection, &files, &waiting, Way::Apart).await;
    }
    let outcomes = written.unwrap_or_else(|error| vec![Err(error); waiting.len()]);
    let wrote = outcomes.iter().any(Result::is_ok);
    for (batch, outcome) in waiting.into_iter().zip(outcomes) {
        batch.answer(outcome);
    }
    wrote
}

/// Moves what was written from the write-ahead log into the database (SQLite's checkpoint), so that the log begins anew.
///
/// SQLite would do it within a commit, and whoever waits for that one would wait for it, too. Here another connection moves nearly
/// all of it while commits go on. What they add meanwhile is moved between two of them: the log begins anew only when nothing
/// in it is left to move.
struct Mover {
    connection: SqlitePool,
    moving: Option<JoinHandle<()>>,
    /// Moves since readers were waited for.
    moves: u32,
}

impl Mover {
    /// Called after each commit. Starts a move if none runs; once one is done, moves what was added meanwhile.
    async fn go_on(&mut self, writer: &SqlitePool, files: &Arc<OpenFiles>) {
        match self.moving.take() {
            Some(moving) if moving.is_finished() => {
                let pages = checkpoint(writer, files).await;
                // Somebody read what is in the log each time that it could have begun anew.
                if pages < PAGES_MAX {
                    self.moves = 0;
                } else if self.moves > 0 {
                    self.moves = (self.moves + 1) % READERS_AWAITED_EVERY;
                } else {
                    self.moves = 1;
                    begin_anew(writer, files).await;
                }
            }
            Some(moving) => self.moving = Some(moving),
            None => {
                let (connection, files) = (self.connection.clone(), Arc::clone(files));
                self.moving = Some(tokio::spawn(async move {
                    tokio::time::sleep(MOVED_AFTER).await;
                    checkpoint(&connection, &files).await;
                }));
            }
        }
    }
}

/// Has the next commit begin the log anew, if its readers end soon. Of one that reads on, in this process or another, the server's log tells.
async fn begin_anew(writer: &SqlitePool, files: &OpenFiles) {
    if files.check().is_err() {
        return;
    }
    let tried = async {
        let mut connection = writer.acquire().await?;
        let patience = format!("pragma busy_timeout = {READERS_PATIENCE_MS}");
        sqlx::raw_sql(AssertSqlSafe(patience)).execute(&mut *connection).await?;
        let restart = sqlx::query_as::<_, (i64, i64, i64)>("pragma wal_checkpoint(restart)");
        let restarted = restart.fetch_one(&mut *connection).await;
        let usual = format!("pragma busy_timeout = {}", BUSY_TIMEOUT.as_millis());
        sqlx::raw_sql(AssertSqlSafe(usual)).execute(&mut *connection).await?;
        restarted
    };
    match tried.await {
        Ok((0, ..)) | Err(sqlx::Error::PoolClosed) => {}
        Ok((_busy, pages, _)) => tracing::warn!(
            pages,
            "somebody reads the database for a long time, so the file beside it (-wal) grows: end long questions and open transactions"
        ),
        Err(error) => tracing::warn!(%error, "the write-ahead log cannot begin anew, and grows"),
    }
}

/// Moves what is in the log, waiting for no reader and no writer, and returns how many pages it has.
async fn checkpoint(connection: &SqlitePool, files: &OpenFiles) -> i64 {
    // Another file may lie in the place of the one that was opened.
    if files.check().is_err() {
        return 0;
    }
    match sqlx::query_as::<_, (i64, i64, i64)>("pragma wal_checkpoint(passive)").fetch_one(connection).await {
        Ok((_busy, pages, _moved)) => pages,
        Err(sqlx::Error::PoolClosed) => 0,
        Err(error) => {
            tracing::warn!(%error, "the write-ahead log cannot be moved into the database, and grows");
            0
        }
    }
}
