//! Commits that programmes of one SQLite file share, and the move of what was written into the database.

use std::sync::Arc;
use std::time::Duration;

use goodturn::domain::value::ids::ProgramId;
use goodturn::domain::value::seq::Seq;
use goodturn::log::{AppendError, Expect, Log, Purpose, Sealed, open};
use sqlx::{ConnectOptions as _, Connection as _};
use tempfile::TempDir;

use crate::support::clients::database;
use crate::support::sample::{SECRET, Writer, award};

/// Programmes that write at the same time.
const PROGRAMS: usize = 40;

/// Commits of some tenths of a millisecond each, in which the log surely begins anew.
const COMMITS_MAX: u32 = 20_000;

/// Bytes of a write-ahead log's head, of a frame's head, and of a page (SQLite, "WAL-mode File Format").
const HEAD: usize = 32;
const FRAME_HEAD: usize = 24;
const PAGE: usize = 4_096;

/// A file with programmes, each with a batch recorded and another that is ready.
struct Store {
    folder: TempDir,
    log: Arc<dyn Log>,
    ready: Vec<(ProgramId, Expect, Arc<Sealed>)>,
}

impl Store {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = open(&database(&folder), Purpose::Record).await.unwrap();
        let mut ready = Vec::new();
        for number in 0..PROGRAMS {
            let program = ProgramId::parse(&format!("p{number}")).unwrap();
            log.create(&program, SECRET).await.unwrap();
            let (mut writer, expect, batch) = Writer::with_program();
            log.append(&program, expect, &batch).await.unwrap();
            let (expect, batch) = writer.seal(&[award("a1", "ben"), award("a2", "cleo")]);
            ready.push((program, expect, batch));
        }
        Self { folder, log, ready }
    }

    /// Has every batch that is ready written while another connection holds the write lock, so that all of them wait.
    async fn append_all(&self) -> Vec<Result<(), AppendError>> {
        let file = self.folder.path().join("goodturn.db");
        let other = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
        let mut other = other.connect().await.unwrap();
        let held = other.begin_with("begin immediate").await.unwrap();
        let appends = self.ready.iter().cloned().map(|(program, expect, batch)| {
            let log = Arc::clone(&self.log);
            tokio::spawn(async move { log.append(&program, expect, &batch).await })
        });
        let appends: Vec<_> = appends.collect();
        tokio::time::sleep(Duration::from_millis(100)).await;
        held.rollback().await.unwrap();
        let mut outcomes = Vec::new();
        for append in appends {
            outcomes.push(append.await.unwrap());
        }
        outcomes
    }

    /// The salt of the write-ahead log, which changes when it begins anew, and the number of commits in it: frames that tell the
    /// size of the database.
    fn commits(&self) -> (Vec<u8>, usize) {
        let wal = std::fs::read(self.folder.path().join("goodturn.db-wal")).unwrap();
        let salt = &wal[16..24];
        let frames = wal[HEAD..].chunks_exact(FRAME_HEAD + PAGE);
        (salt.to_vec(), frames.filter(|frame| &frame[8..16] == salt && frame[4..8] != [0; 4]).count())
    }

    /// Number of commits since.
    fn commits_since(&self, (salt, before): (Vec<u8>, usize)) -> usize {
        let (now, commits) = self.commits();
        if now == salt { commits - before } else { commits }
    }

    /// Number of entries of each programme.
    async fn entries(&self) -> Vec<usize> {
        let mut entries = Vec::new();
        for (program, ..) in &self.ready {
            let read = self.log.entries(program, Seq::ZERO, 100).await;
            entries.push(read.unwrap().len());
        }
        entries
    }
}

#[tokio::test]
async fn batches_of_programmes_that_wait_share_a_commit() {
    // INV 9
    let store = Store::new().await;
    let before = store.commits();
    let outcomes = store.append_all().await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    // The first that came had begun, and waited for the file; the others shared the next.
    let shared = store.commits_since(before);
    assert!((1..=2).contains(&shared), "{PROGRAMS} batches took {shared} commits");
    assert_eq!(store.entries().await, [4; PROGRAMS]);
}

#[tokio::test]
async fn what_is_wrong_with_one_batch_is_its_own_affair() {
    // INV 4, 9
    let mut store = Store::new().await;
    // One was decided on a head that has moved, one has the same name twice, one takes its head back.
    store.ready[11].1.epoch += 1;
    let entries = &mut Arc::make_mut(&mut store.ready[22].2).entries;
    let name = entries[0].request.clone();
    Arc::make_mut(&mut entries[1]).request = name;
    Arc::make_mut(&mut store.ready[33].2).head.epoch = -1;
    let before = store.commits();
    let outcomes = store.append_all().await;
    let shared = store.commits_since(before);
    assert!((1..=2).contains(&shared), "the others took {shared} commits");
    for (number, outcome) in outcomes.iter().enumerate() {
        match number {
            11 => assert!(matches!(outcome, Err(AppendError::Stale)), "{outcome:?}"),
            22 => assert!(matches!(outcome, Err(AppendError::KnownId)), "{outcome:?}"),
            33 => assert!(matches!(outcome, Err(AppendError::Poison(_))), "{outcome:?}"),
            _ => assert!(outcome.is_ok(), "{number}: {outcome:?}"),
        }
    }
    let expected = |number| if [11, 22, 33].contains(&number) { 2 } else { 4 };
    assert_eq!(store.entries().await, (0..PROGRAMS).map(expected).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_write_ahead_log_begins_anew_while_somebody_always_writes() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(&database(&folder), Purpose::Record).await.unwrap();
    let program = ProgramId::parse("busy").unwrap();
    log.create(&program, SECRET).await.unwrap();
    let (mut writer, expect, batch) = Writer::with_program();
    log.append(&program, expect, &batch).await.unwrap();
    // The number of times that the log began anew stands at byte 12 of its head.
    let begun = || {
        let wal = std::fs::read(folder.path().join("goodturn.db-wal")).unwrap();
        u32::from_be_bytes(wal[12..16].try_into().unwrap())
    };
    let before = begun();
    let mut number = 0;
    while begun() < before + 2 {
        number += 1;
        assert!(number < COMMITS_MAX, "after {number} commits the log has not begun anew");
        let (expect, batch) = writer.seal(&[award(&format!("a{number}"), "ben")]);
        log.append(&program, expect, &batch).await.unwrap();
    }
}
