//! A ledger that a test holds in its hands, on a log that can be made to fail.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use goodturn::domain::decide::command::Command;
use goodturn::domain::entry::Entry;
use goodturn::domain::value::seq::Seq;
use goodturn::ledger::state::ProgramState;
use goodturn::ledger::{Answer, Ledger};
use goodturn::log::Log;
use goodturn::log::memory::MemoryLog;

use super::changed::assert_named;
use super::clock::ManualClock;
use super::faulty::FaultyLog;
use super::sample::{create_program, member, program, publish, rule_set};

/// A ledger with the programme `qc`, on a log that can be made to fail.
pub struct Bench {
    pub ledger: Arc<Ledger>,
    pub log: Arc<FaultyLog>,
    pub clock: Arc<ManualClock>,
    pub program: Arc<ProgramState>,
}

impl Bench {
    pub async fn new() -> Self {
        Self::on(Arc::new(MemoryLog::default())).await
    }

    pub async fn on(store: Arc<dyn Log>) -> Self {
        let log = FaultyLog::on(store);
        let clock = Arc::new(ManualClock::at("2018-04-02T00:00:00Z"));
        let ledger = Arc::new(Ledger::new(log.clone(), clock.clone()));
        let state = ledger.make_place(&program()).await.unwrap();
        ledger.submit(&state, create_program(), None).await.unwrap();
        ledger.submit(&state, publish(rule_set(1, "2018-03-12T00:00:00Z", 100)), None).await.unwrap();
        log.appends.store(0, Ordering::SeqCst);
        Self { ledger, log, clock, program: state }
    }

    pub async fn submit(&self, command: Command) -> Answer {
        self.ledger.submit(&self.program, command, None).await
    }

    /// Submits in the background; the answer comes when the log lets it.
    pub fn begin(&self, command: Command) -> tokio::task::JoinHandle<Answer> {
        let (ledger, program) = (Arc::clone(&self.ledger), Arc::clone(&self.program));
        tokio::spawn(async move { ledger.submit(&program, command, None).await })
    }

    pub async fn available(&self, id: &str) -> i64 {
        self.ledger.account(&self.program, &member(id)).await.unwrap().0.available()
    }

    /// Every entry, as it is stored.
    pub async fn log_entries(&self) -> Vec<Entry> {
        self.log.entries(&program(), Seq::ZERO, 100_000).await.unwrap()
    }

    /// Every entry, checked for gaps; and that the programme verifies.
    pub async fn entries(&self) -> Vec<Entry> {
        let entries = self.log_entries().await;
        assert!(entries.iter().zip(1..).all(|(entry, seq)| entry.seq.get() == seq), "INV 19");
        let report = goodturn::audit::verify(&*self.log, &program(), |_| ()).await.unwrap().unwrap();
        assert_eq!(report.findings, []);
        assert_named(&entries);
        entries
    }
}
