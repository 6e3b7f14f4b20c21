//! A witness: somebody on another programme who calls now and then, and notes how long each call takes.

use std::time::Duration;

use goodturn::ledger::clock::Stopwatch;
use goodturn::pb;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::clients::{Clients, first_rules, kudos, qc, record};

/// Calls of a witness, one after the other.
pub struct Witness {
    stop: watch::Sender<bool>,
    calling: JoinHandle<Vec<Duration>>,
}

/// The times that calls took.
#[derive(Debug)]
pub struct Times {
    pub calls: usize,
    pub p50: Duration,
    pub p99: Duration,
}

/// Creates the witness's own programme, `witness`.
pub async fn create_witness(clients: &Clients) {
    clients.programs().create_program(pb::CreateProgramRequest { program_id: "witness".into(), ..qc() }).await.unwrap();
    let mut rules = first_rules();
    if let Some(rule_set) = &mut rules.rule_set {
        rule_set.name = rule_set.name.replace("programs/qc/", "programs/witness/");
    }
    clients.programs().publish_rule_set(rules).await.unwrap();
}

impl Witness {
    /// Begins to call: records a kudos and reads the balance, 20 times a second.
    pub fn start(clients: &Clients, label: &'static str) -> Self {
        let (stop, stopped) = watch::channel(false);
        let clients = clients.clone();
        let calling = tokio::spawn(async move {
            let mut times = Vec::new();
            while !*stopped.borrow() {
                let one = kudos(&format!("{label}-{}", times.len()), "wanda", "2018-04-01T12:00:00Z");
                let one = pb::Activity { name: one.name.replace("programs/qc/", "programs/witness/"), ..one };
                let began = Stopwatch::start();
                clients.ledger().record_activity(record(one)).await.expect("the witness is not refused");
                let get = pb::GetBalanceRequest { name: "programs/witness/members/wanda".into(), ..Default::default() };
                clients.ledger().get_balance(get).await.expect("the witness is not refused");
                times.push(began.elapsed());
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            times
        });
        Self { stop, calling }
    }

    /// Ends the calls, none of which failed.
    pub async fn times(self) -> Times {
        self.stop.send(true).unwrap();
        let mut times = self.calling.await.unwrap();
        times.sort_unstable();
        assert!(!times.is_empty(), "the witness was not answered once");
        let at = |percent: usize| times[(times.len() - 1) * percent / 100];
        Times { calls: times.len(), p50: at(50), p99: at(99) }
    }
}
