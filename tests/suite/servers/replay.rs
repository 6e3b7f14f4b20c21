//! A real community replayed through servers that are killed, stopped, and crowded: always the same end.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures::future::join_all;
use goodturn::pb;
use goodturn::pb::record_activity_result::Result as ActivityResult;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::support::clients::{Clients, TestServer, accepted, create_program, database, record};
use crate::support::community::{ACTIVITIES, DECLINED, MEMBERS, POINTS, TOP, activities, board, earns};
use crate::support::process::ServeProcess;
use crate::support::receipts::first_of;

/// Activities a call.
const BATCH: usize = 100;

/// Connections that send at once while a server is killed or stopped.
const SENDERS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_in_mid_replay_loses_nothing_and_credits_nothing_twice() {
    // INV 1, 2, 3, 8, 10, 14
    let all = Arc::new(activities());
    for quarters in 1..=3 {
        let folder = tempfile::tempdir().unwrap();
        let server = ServeProcess::start(&database(&folder));
        create_program(&Clients::connect(server.address).await).await;
        let mut load = Load::start(server.address, &all).await;
        load.acked(ACTIVITIES * quarters / 4).await;
        server.kill();
        let acked = load.end().await;
        assert!(acked.len() >= ACTIVITIES * quarters / 4, "{} acked", acked.len());

        let server = ServeProcess::start(&database(&folder));
        let clients = Clients::connect(server.address).await;
        assert_found(&clients, &acked).await;
        assert_replayed(&clients, &all, &acked).await;
        assert_whole(&clients, &all).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_asked_to_stop_under_load_ends_well_and_keeps_every_acked_write() {
    // INV 1, 8, 68
    let all = Arc::new(activities());
    let folder = tempfile::tempdir().unwrap();
    let server = ServeProcess::start(&database(&folder));
    create_program(&Clients::connect(server.address).await).await;
    let mut load = Load::start(server.address, &all).await;
    load.acked(ACTIVITIES / 2).await;
    let status = tokio::task::spawn_blocking(|| server.terminate()).await.unwrap();
    assert_eq!(status.code(), Some(0));
    let acked = load.end().await;

    let server = ServeProcess::start(&database(&folder));
    let clients = Clients::connect(server.address).await;
    assert_found(&clients, &acked).await;
    assert_replayed(&clients, &all, &acked).await;
    assert_whole(&clients, &all).await;
}

/// Each activity is sent by two of the clients, by some alone and by others in batches.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_clients_in_shuffled_order_end_in_the_same_totals() {
    // INV 3, 14, 19, 22
    let server = TestServer::with_program().await;
    let all = activities();
    let clients = (0..8).map(|client| {
        let dealt = all.iter().enumerate().filter(|(index, _)| index % 8 == client || (index + 3) % 8 == client);
        let mut own: Vec<_> = dealt.map(|(_, activity)| activity.clone()).collect();
        shuffle(&mut own, client);
        let address = server.running.address;
        tokio::spawn(async move {
            let clients = Clients::connect(address).await;
            let (mut rest, mut sizes) = (own.as_slice(), [1, 40, 1, 1, 137, 3].into_iter().cycle());
            while let Some(size) = sizes.next().filter(|_| !rest.is_empty()) {
                let (now, later) = rest.split_at(rest.len().min(size));
                rest = later;
                if let [one] = now {
                    clients.ledger().record_activity(record(one.clone())).await.unwrap();
                } else {
                    receipts(send(&clients, now).await.unwrap());
                }
            }
            own.len()
        })
    });
    let sent: usize = join_all(clients).await.into_iter().map(Result::unwrap).sum();
    assert_eq!(sent, 2 * ACTIVITIES);
    assert_whole(&server.clients, &all).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_id_sent_by_five_clients_at_once_is_one_entry_with_one_receipt() {
    // INV 3, 12, 14
    let server = TestServer::with_program().await;
    let five = join_all((0..5).map(|_| Clients::connect(server.running.address))).await;
    for round in 0..50 {
        let same = accepted(&format!("a{round}"), "cleo", "2018-04-01T12:00:00Z");
        let sent = five.iter().enumerate().map(|(client, clients)| {
            let same = same.clone();
            async move {
                // The RPC that brings it is no part of its name.
                if client % 2 == 0 {
                    clients.ledger().record_activity(record(same)).await.unwrap().into_inner()
                } else {
                    receipts(send(clients, &[same]).await.unwrap()).remove(0)
                }
            }
        });
        let told = join_all(sent).await;
        assert_eq!(told[0].seq, 3 + round, "one entry a round");
        let first = told.iter().find(|receipt| !receipt.replay).unwrap();
        let replays: Vec<&pb::Receipt> = told.iter().filter(|receipt| receipt.replay).collect();
        assert!(replays.len() == 4 && replays.into_iter().all(|replay| first_of(replay) == *first), "{told:?}");
    }
    let get = pb::GetProgramRequest { name: "programs/qc".into() };
    assert_eq!(server.clients.programs().get_program(get).await.unwrap().into_inner().head_seq, 52);
}

/// Clients that send every activity once in batches, side by side, and ignore errors.
struct Load {
    acked: watch::Receiver<usize>,
    receipts: Arc<Mutex<BTreeMap<String, pb::Receipt>>>,
    failed: Arc<AtomicUsize>,
    senders: Vec<JoinHandle<()>>,
}

impl Load {
    async fn start(address: SocketAddr, all: &Arc<Vec<pb::Activity>>) -> Self {
        let (progress, acked) = watch::channel(0);
        let progress = Arc::new(progress);
        let receipts_of = Arc::new(Mutex::new(BTreeMap::new()));
        let (next, failed) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut senders = Vec::new();
        for _ in 0..SENDERS {
            let clients = Clients::connect(address).await;
            let (all, next, failed) = (Arc::clone(all), Arc::clone(&next), Arc::clone(&failed));
            let (progress, receipts_of) = (Arc::clone(&progress), Arc::clone(&receipts_of));
            senders.push(tokio::spawn(async move {
                while let Some(batch) = all.chunks(BATCH).nth(next.fetch_add(1, Ordering::SeqCst)) {
                    let Ok(results) = send(&clients, batch).await else {
                        failed.fetch_add(1, Ordering::SeqCst);
                        continue;
                    };
                    let named = batch.iter().map(|activity| activity.name.clone()).zip(receipts(results));
                    receipts_of.lock().unwrap().extend(named);
                    progress.send_modify(|acked| *acked += batch.len());
                }
            }));
        }
        Self { acked, receipts: receipts_of, failed, senders }
    }

    /// Waits until so many activities are acked, while the senders go on.
    async fn acked(&mut self, count: usize) {
        self.acked.wait_for(|&acked| acked >= count).await.unwrap();
    }

    /// The receipts that arrived. Some call must have failed: the server ended before the load did.
    async fn end(self) -> BTreeMap<String, pb::Receipt> {
        for sender in self.senders {
            sender.await.unwrap();
        }
        let receipts = std::mem::take(&mut *self.receipts.lock().unwrap());
        let failed = self.failed.load(Ordering::SeqCst);
        assert!(failed >= 1, "the server ended while nothing was under way");
        assert_eq!(receipts.len().div_ceil(BATCH) + failed, ACTIVITIES.div_ceil(BATCH), "each batch, one or the other");
        receipts
    }
}

async fn send(clients: &Clients, batch: &[pb::Activity]) -> Result<Vec<pb::RecordActivityResult>, tonic::Status> {
    let request = pb::BatchRecordActivitiesRequest {
        parent: "programs/qc".into(),
        activities: batch.to_vec(),
        ..Default::default()
    };
    Ok(clients.ledger().batch_record_activities(request).await?.into_inner().results)
}

fn receipts(results: Vec<pb::RecordActivityResult>) -> Vec<pb::Receipt> {
    let receipt = |result: pb::RecordActivityResult| match result.result {
        Some(ActivityResult::Receipt(receipt)) => receipt,
        other => panic!("not recorded: {other:?}"),
    };
    results.into_iter().map(receipt).collect()
}

/// Every acked activity is there, where its receipt says.
async fn assert_found(clients: &Clients, acked: &BTreeMap<String, pb::Receipt>) {
    let acked: Vec<_> = acked.iter().collect();
    // A connection may have 256 calls open.
    for some in acked.chunks(200) {
        let found = some.iter().map(|(name, _)| async move {
            clients.ledger().get_activity(pb::GetActivityRequest { name: (*name).clone() }).await
        });
        for ((name, receipt), found) in some.iter().zip(join_all(found).await) {
            let found = found.unwrap_or_else(|status| panic!("{name} was acked and is lost: {status}")).into_inner();
            assert_eq!((found.seq, found.points), (receipt.seq, receipt.points), "{name}");
        }
    }
}

/// A second run of the whole replay is taken; what was acked before gets its first receipt.
async fn assert_replayed(clients: &Clients, all: &[pb::Activity], acked: &BTreeMap<String, pb::Receipt>) {
    let mut known = 0;
    for batch in all.chunks(BATCH) {
        for (activity, receipt) in batch.iter().zip(receipts(send(clients, batch).await.unwrap())) {
            let Some(first) = acked.get(&activity.name) else { continue };
            let same = pb::Receipt { replay: first.replay, activity_state: first.activity_state, ..receipt };
            assert_eq!(same, *first, "{}", activity.name);
            known += 1;
        }
    }
    assert_eq!(known, acked.len());
}

/// The programme is what one undisturbed replay makes of it: each activity once, every total, nothing to be found.
async fn assert_whole(clients: &Clients, all: &[pb::Activity]) {
    let read = pb::GetLeaderboardRequest { parent: "programs/qc".into(), page_size: 1_000, ..Default::default() };
    let rows = clients.boards().get_leaderboard(read).await.unwrap().into_inner().rows;
    assert_eq!(rows.len(), MEMBERS);
    assert_eq!(rows.iter().map(|row| row.points).sum::<i64>(), POINTS);
    let ranked = |row: &pb::LeaderboardRow| (usize::try_from(row.rank).unwrap(), row.points);
    for (row, (rank, member, points)) in rows.iter().zip(TOP) {
        assert_eq!((row.member_id.as_str(), ranked(row)), (member, (rank, points)));
    }
    let told: BTreeMap<_, _> = rows.iter().map(|row| (row.member_id.clone(), ranked(row))).collect();
    assert_eq!(told, board(all));

    let mut recorded = BTreeMap::new();
    let (mut seqs, mut times) = (Vec::new(), Vec::new());
    let (mut declined, mut page_token) = (0, String::new());
    loop {
        let parent = "programs/qc".into();
        let page = pb::ListEntriesRequest { parent, page_size: 1_000, page_token, min_seq: 0 };
        let page = clients.ledger().list_entries(page).await.unwrap().into_inner();
        for entry in page.entries {
            seqs.push(entry.seq);
            times.push(entry.recorded_at.map(|at| (at.seconds, at.nanos)));
            declined += usize::from(entry.reason == "self_dealing");
            if let Some(activity) = entry.activity {
                assert!(recorded.insert(activity.name, entry.amount).is_none(), "recorded twice, at {}", entry.seq);
            }
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(declined, DECLINED);
    assert!(seqs.into_iter().eq(1..=10_329), "the programme, its rules, and 10,327 activities, without a gap");
    assert!(times.is_sorted(), "recorded_at never decreases");
    let expected: BTreeMap<_, _> = all.iter().map(|activity| (activity.name.clone(), earns(activity))).collect();
    assert_eq!(recorded, expected);

    let verify = pb::VerifyProgramRequest { name: "programs/qc".into() };
    let verified = clients.audit().verify_program(verify).await.unwrap().into_inner();
    assert_eq!(verified.findings, []);
    assert_eq!((verified.entries, verified.members, verified.head_seq), (10_329, 332, 10_329));
}

/// Fisher–Yates with a linear congruential generator (Knuth's MMIX): the same order for the same seed, everywhere.
fn shuffle<T>(items: &mut [T], seed: usize) {
    let mut state = u64::try_from(seed).unwrap();
    for last in (1..items.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bound = u64::try_from(last + 1).unwrap();
        items.swap(last, usize::try_from((state >> 33) % bound).unwrap());
    }
}
