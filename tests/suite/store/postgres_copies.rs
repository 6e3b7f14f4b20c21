//! Large batches are copied to PostgreSQL in a transaction of several steps: whatever goes wrong at whichever step, nothing is half
//! done, and nobody is told otherwise.

use std::sync::{Arc, LazyLock};

use goodturn::domain::entry::told::Told;
use goodturn::domain::value::reason::Reason;
use goodturn::domain::value::seq::Seq;
use goodturn::log::memory::MemoryLog;
use goodturn::log::{AppendError, Expect, Log, Purpose, Ready, Sealed, open};

use crate::support::pooler::Pooler;
use crate::support::postgres::shared;
use crate::support::postgres_commands::name;
use crate::support::sample::{SECRET, Writer, award, program, tell};

static POOLER: LazyLock<Pooler> = LazyLock::new(|| Pooler::before(shared(), 4));

/// A database with a programme, by way of a socket, and whoever writes to it.
struct Stage {
    database: String,
    log: Arc<dyn Log>,
    writer: Writer,
}

impl Stage {
    async fn new(pooled: bool) -> Self {
        let database = name(&shared().create_database()).to_owned();
        let url = if pooled { POOLER.socket_url(&database) } else { shared().socket_url(&database) };
        let log = open(&url, Purpose::Record).await.unwrap();
        log.create(&program(), SECRET).await.unwrap();
        let (writer, expect, batch) = Writer::with_program();
        log.append(&program(), expect, &batch).await.unwrap();
        Self { database, log, writer }
    }

    /// A batch that is large enough to be copied: a third of it made ready before it is sent.
    fn large(&mut self, from: usize) -> (Expect, Arc<Sealed>) {
        let mut acts: Vec<_> = (from..from + 900).map(|n| award(&format!("a{n}"), &format!("m{}", n % 70))).collect();
        // What is told of an activity is kept in a record.
        let reversed = Told::Reversed(Reason::Mistake);
        acts.push(tell(&format!("r{from}"), &format!("a{from}"), reversed, "2018-04-02T00:00:00Z"));
        let (expect, mut batch) = self.writer.seal(&acts);
        let mut ready = Ready::default();
        self.log.make_ready(&program(), &batch.entries[..300], &mut ready);
        Arc::make_mut(&mut batch).ready = ready;
        (expect, batch)
    }

    async fn append(&self, (expect, batch): &(Expect, Arc<Sealed>)) -> Result<(), AppendError> {
        self.log.append(&program(), *expect, batch).await
    }

    /// Everything that is stored, as text.
    async fn contents(log: &dyn Log) -> Vec<String> {
        let head = log.open(&program()).await.unwrap().unwrap().head;
        let mut all = vec![format!("{:?} {}", head.seq, head.epoch)];
        all.extend(log.entries(&program(), Seq::ZERO, 10_000).await.unwrap().iter().map(|it| format!("{it:?}")));
        all.extend(log.accounts(&program(), None, 10_000).await.unwrap().iter().map(|it| format!("{it:?}")));
        all.extend(log.records(&program(), "", None, 10_000).await.unwrap().iter().map(|it| format!("{it:?}")));
        let notes = log.notes(&program(), Seq::ZERO, head.seq).await.unwrap();
        all.extend(notes.iter().map(|(seq, note)| format!("{seq} {:?} {:?}", note.salt, note.text)));
        all
    }

    fn sql(&self, sql: &str) {
        shared().psql(&self.database, sql);
    }
}

#[tokio::test]
async fn a_batch_that_is_copied_is_stored_as_one_that_is_not() {
    // INV 2, 8
    for pooled in [false, true] {
        let mut stage = Stage::new(pooled).await;
        let plain = MemoryLog::default();
        plain.create(&program(), SECRET).await.unwrap();
        let (_, expect, batch) = Writer::with_program();
        plain.append(&program(), expect, &batch).await.unwrap();
        for from in [0, 900] {
            let (expect, batch) = stage.large(from);
            stage.append(&(expect, batch.clone())).await.unwrap();
            plain.append(&program(), expect, &batch).await.unwrap();
            assert!(matches!(stage.append(&(expect, batch)).await, Err(AppendError::Stale)), "the head has moved");
        }
        assert_eq!(Stage::contents(&*stage.log).await, Stage::contents(&plain).await, "pooled: {pooled}");
        stage.log.close().await;
    }
}

#[tokio::test]
async fn a_name_that_is_taken_or_a_row_that_is_refused_leaves_nothing_behind() {
    // INV 2, 3, 4
    let mut stage = Stage::new(false).await;
    let first = stage.large(0);
    stage.append(&first).await.unwrap();
    let before = Stage::contents(&*stage.log).await;
    let writer = stage.writer.clone();
    let taken = stage.large(500);
    assert!(matches!(stage.append(&taken).await, Err(AppendError::KnownId)));
    stage.writer = writer;
    stage.sql(
        "create function refuse() returns trigger language plpgsql as $$ begin \
         raise exception 'no' using errcode = 'check_violation'; end $$; \
         create trigger t before insert on entry for each row when (new.request_id = 'a1234') execute function refuse()",
    );
    let poisoned = stage.large(900);
    assert!(matches!(stage.append(&poisoned).await, Err(AppendError::Poison(_))));
    assert_eq!(Stage::contents(&*stage.log).await, before);
    stage.sql("drop trigger t on entry");
    stage.append(&poisoned).await.unwrap();
    stage.log.close().await;
}

/// The session is ended in each step in turn. Only that of the commit leaves anybody in doubt.
#[tokio::test]
async fn a_session_that_ends_at_any_step_leaves_nothing_half_done() {
    // INV 2, 4, 5, 9
    let steps = [
        "before update on log_head",
        "before insert on entry",
        "after insert on entry",
        "before insert on note",
        "before insert on account",
        "before insert on record",
        "commit",
    ];
    for pooled in [false, true] {
        let mut stage = Stage::new(pooled).await;
        stage.sql(
            "create function end_session() returns trigger language plpgsql as $$ begin \
             perform pg_terminate_backend(pg_backend_pid()); return new; end $$",
        );
        let mut from = 0;
        for step in steps {
            let before = Stage::contents(&*stage.log).await;
            let batch = stage.large(from);
            let (trigger, table) = match step {
                "commit" => (
                    "create constraint trigger t after insert on record deferrable initially deferred \
                     for each row execute function end_session()"
                        .to_owned(),
                    "record",
                ),
                step => (
                    format!("create trigger t {step} for each row execute function end_session()"),
                    step.rsplit(' ').next().unwrap(),
                ),
            };
            stage.sql(&trigger);
            let told = stage.append(&batch).await;
            stage.sql(&format!("drop trigger t on {table}"));
            match step {
                "commit" => assert!(matches!(told, Err(AppendError::Unknown(_))), "{step}: {told:?}"),
                _ => assert!(matches!(told, Err(AppendError::Unavailable(_))), "{step}: {told:?}"),
            }
            assert_eq!(Stage::contents(&*stage.log).await, before, "{step}, pooled: {pooled}");
            stage.append(&batch).await.unwrap();
            from += 900;
        }
        stage.log.close().await;
    }
}
