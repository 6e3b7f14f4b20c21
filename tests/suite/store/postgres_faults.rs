//! A PostgreSQL that goes away under a server that runs, and comes back.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use goodturn::ledger::clock::Stopwatch;
use goodturn::pb;
use tonic::{Code, Status};

use crate::support::clients::{Clients, create_program, kudos, reason, record};
use crate::support::postgres::{Cluster, shared};
use crate::support::postgres_commands::name;
use crate::support::process::{ServeProcess, goodturn};
use crate::support::proxy::Proxy;
use crate::support::reads::verified;

/// What `docs/postgresql.md` promises once the database is back, with room for a slow machine: half of it is the promise.
const BACK_MAX: Duration = Duration::from_secs(4);

/// What a path that went dead may take: the patience of one append, and of the question what became of it.
const DEAD_PATH_MAX: Duration = Duration::from_secs(20);

/// Somebody who records one kudos after the other, and knows which were acknowledged.
struct Caller {
    clients: Clients,
    sent: u32,
    acked: u32,
    refused: Vec<Status>,
    /// What others have recorded for the same member.
    others: i64,
}

impl Caller {
    async fn on(server: &ServeProcess) -> Self {
        let clients = Clients::connect(server.address).await;
        create_program(&clients).await;
        let mut caller = Self { clients, sent: 0, acked: 0, refused: Vec::new(), others: 0 };
        for _ in 0..20 {
            assert!(caller.record().await);
        }
        caller
    }

    /// Records the next; `false` when it was refused, or is not known to be recorded.
    async fn record(&mut self) -> bool {
        let next = kudos(&format!("k{}", self.sent), "ben", "2018-04-01T00:00:00Z");
        self.sent += 1;
        match self.clients.ledger().record_activity(record(next)).await {
            Ok(_) => self.acked += 1,
            Err(status) => {
                self.refused.push(status);
                return false;
            }
        }
        true
    }

    /// Goes on until one is recorded; returns how long that took.
    async fn until_recorded(&mut self) -> Duration {
        let watch = Stopwatch::start();
        while !self.record().await {
            assert!(watch.elapsed() < Duration::from_mins(1), "it does not come back: {:?}", self.refused.last());
        }
        let back = watch.elapsed();
        println!("recorded after {back:?}");
        back
    }

    /// Nothing acknowledged is lost, whatever was refused was said to be refused or unknown, and all of it can be sent again.
    async fn settle(&self) {
        const UNKNOWN: &str = "ERROR_REASON_OUTCOME_UNKNOWN";
        for status in &self.refused {
            let answer = (status.code(), reason(status));
            let answer = (answer.0, answer.1.as_str());
            let nothing_done = answer == (Code::Unavailable, "ERROR_REASON_STORE_UNAVAILABLE")
                || answer == (Code::DeadlineExceeded, "ERROR_REASON_DEADLINE_PASSED");
            assert!(nothing_done || answer == (Code::Unavailable, UNKNOWN), "{status:?}");
        }
        let available = self.available().await;
        assert!(available >= i64::from(self.acked), "{} acknowledged, {available} there", self.acked);
        let unknown = self.refused.iter().filter(|status| reason(status) == UNKNOWN).count();
        assert!(available <= i64::from(self.acked) + i64::try_from(unknown).unwrap(), "what was refused is not there");
        for n in 0..self.sent {
            let again = kudos(&format!("k{n}"), "ben", "2018-04-01T00:00:00Z");
            self.clients.ledger().record_activity(record(again)).await.unwrap();
        }
        assert_eq!(self.available().await, i64::from(self.sent));
        verified(&self.clients).await;
    }

    /// What is there of what was sent.
    async fn available(&self) -> i64 {
        let balance = pb::GetBalanceRequest { name: "programs/qc/members/ben".into(), min_seq: 0 };
        self.clients.ledger().get_balance(balance).await.unwrap().into_inner().available_points - self.others
    }
}

#[tokio::test]
async fn a_server_goes_on_by_itself_after_its_sessions_were_ended() {
    // INV 1, 4, 5, 9, 65
    let cluster = Cluster::start(&[]);
    let server = ServeProcess::start(&cluster.create_database());
    let mut caller = Caller::on(&server).await;
    for _ in 0..5 {
        assert!(cluster.terminate_backends() > 0);
        let back = caller.until_recorded().await;
        assert!(back < BACK_MAX, "{back:?}");
    }
    caller.settle().await;
}

#[tokio::test]
async fn a_server_goes_on_by_itself_after_the_database_was_down() {
    // INV 1, 4, 5, 9, 65
    let cluster = Cluster::start(&[]);
    let server = ServeProcess::start(&cluster.create_database());
    let mut caller = Caller::on(&server).await;
    for kill in [false, true] {
        if kill {
            cluster.kill_postmaster();
        } else {
            cluster.stop();
        }
        assert!(!caller.record().await, "nothing is acknowledged while it is down");
        cluster.start_again();
        let back = caller.until_recorded().await;
        assert!(back < BACK_MAX, "{back:?}");
        assert!(caller.record().await);
    }
    caller.settle().await;
}

/// The other end is gone and nobody says so: only patience tells.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_goes_on_by_itself_after_its_path_to_the_database_went_dead() {
    // INV 5, 9, 65
    let url = shared().create_database();
    let proxy = Proxy::to(shared().port()).await;
    let server = ServeProcess::start(&format!("postgres://postgres@{}/{}", proxy.address, name(&url)));
    let mut caller = Caller::on(&server).await;
    // As many connections as a server has, all in use when they die, and callers who do not wait for long.
    let reading = caller.clients.clone();
    let reads = || {
        let clients = &reading;
        futures::future::join_all((0..32).map(|_| async move {
            let list = pb::ListEntriesRequest { parent: "programs/qc".into(), ..Default::default() };
            let mut ledger = clients.ledger();
            tokio::time::timeout(Duration::from_secs(2), ledger.list_entries(list)).await.is_ok_and(|read| read.is_ok())
        }))
    };
    assert!(reads().await.into_iter().all(|read| read));
    proxy.go_dead();
    reads().await;
    let back = caller.until_recorded().await;
    assert!(back < DEAD_PATH_MAX, "{back:?}");
    assert!(reads().await.into_iter().all(|read| read));
    // It follows what others write again, too.
    let other = ServeProcess::start(&url);
    let theirs = Clients::connect(other.address).await;
    let before = caller.available().await;
    theirs.ledger().record_activity(record(kudos("theirs", "ben", "2018-04-01T00:00:00Z"))).await.unwrap();
    let watch = Stopwatch::start();
    while caller.available().await == before {
        assert!(watch.elapsed() < DEAD_PATH_MAX, "it does not follow any more");
    }
    caller.others += 1;
    caller.settle().await;
}

/// Whether bytes hold some text.
fn hold(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// A connection that has answered is asked once more whether it lives: a path that goes dead just then must not keep its place
/// among those a server has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_go_dead_as_they_are_given_back_take_no_place_with_them() {
    // INV 65
    const CONNECTIONS: usize = 10;
    const SYNC: &[u8] = b"S\0\0\0\x04";
    let url = shared().create_database();
    let proxy = Proxy::watched(shared().port(), || Box::new(|sent| sent == SYNC)).await;
    let server = ServeProcess::start(&format!("postgres://postgres@{}/{}", proxy.address, name(&url)));
    let mut caller = Caller::on(&server).await;
    proxy.doom(CONNECTIONS);
    let reads = futures::future::join_all((0..32).map(|_| async {
        let list = pb::ListEntriesRequest { parent: "programs/qc".into(), ..Default::default() };
        caller.clients.ledger().list_entries(list).await.is_ok()
    }));
    reads.await;
    assert_eq!(proxy.doomed(), 0, "every place was taken");
    let back = caller.until_recorded().await;
    assert!(back < BACK_MAX, "{back:?}");
    caller.settle().await;
}

/// Through a pooler a batch takes several round trips. One whose end never arrives has the head locked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_arrives_nowhere_does_not_keep_the_head_for_ever() {
    // INV 5, 9, 65
    let url = shared().create_database();
    let proxy = Proxy::watched(shared().port(), || {
        let mut appends = false;
        Box::new(move |sent| {
            appends |= hold(sent, "insert into entry");
            hold(sent, "COMMIT") && std::mem::take(&mut appends)
        })
    });
    let proxy = proxy.await;
    let path = format!("postgres://postgres@{}/{}?statement-cache-capacity=0", proxy.address, name(&url));
    let server = ServeProcess::start(&path);
    let mut caller = Caller::on(&server).await;
    proxy.doom(1);
    let back = caller.until_recorded().await;
    assert_eq!(proxy.doomed(), 0, "a commit was lost");
    assert!(back < DEAD_PATH_MAX, "{back:?}");
    // Whoever comes next finds the head free.
    let back = caller.until_recorded().await;
    assert!(back < BACK_MAX, "{back:?}");
    caller.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_falls_silent_while_it_is_opened_is_not_waited_for_for_ever() {
    let url = shared().create_database();
    let proxy = Proxy::watched(shared().port(), || Box::new(|sent| hold(sent, "quote_ident(current_user)"))).await;
    proxy.doom(1);
    let path = format!("postgres://postgres@{}/{}", proxy.address, name(&url));
    let watch = Stopwatch::start();
    let opened = tokio::task::block_in_place(|| goodturn(Path::new("/"), &["migrate", "--database", &path]));
    let told = opened.refused();
    assert!(told.contains("the database does not answer"), "{told}");
    assert!(watch.elapsed() < DEAD_PATH_MAX, "{:?}", watch.elapsed());
}

/// What a command is told must not depend on what became of its store: only what is wrong with its rows is its own fault.
#[tokio::test]
async fn a_right_that_was_taken_is_the_stores_fault_and_not_the_commands() {
    // INV 4, 65
    let url = shared().create_database();
    let database = name(&url);
    let role = format!("app_{database}");
    shared().psql(database, &format!("create role {role} login"));
    crate::support::postgres_commands::grant(&url, &role).done();
    let server = ServeProcess::start(&shared().url(&role, database));
    let mut caller = Caller::on(&server).await;
    let mut reasons = BTreeSet::new();
    for sql in [
        format!("revoke insert on entry from {role}"),
        format!("alter role {role} set default_transaction_read_only = on"),
    ] {
        shared().psql(database, &sql);
        let end = format!("select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = '{role}'");
        shared().psql(database, &end);
        for _ in 0..3 {
            assert!(!caller.record().await, "{sql}");
        }
        reasons.extend(caller.refused.iter().map(reason));
        shared().psql(database, &format!("grant insert on entry to {role}"));
        shared().psql(database, &format!("alter role {role} reset default_transaction_read_only"));
        shared().psql(database, &end);
        let back = caller.until_recorded().await;
        assert!(back < BACK_MAX, "{back:?}");
    }
    assert!(reasons.contains("ERROR_REASON_STORE_UNAVAILABLE"), "{reasons:?}");
    caller.settle().await;
}
