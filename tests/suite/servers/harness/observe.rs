//! What a surviving server shows, and the end of every scenario.

use std::collections::BTreeSet;
use std::time::Duration;

use goodturn::pb;

use super::checker::{Observed, Stored, Verdict, check};
use super::history::{Outcome, Recorder};
use super::load::{Everything, Load, send};
use super::reader::page;
use crate::support::clients::{Clients, kudos};

/// How long a store may take to be itself again after the last fault (INV 65).
const HEALED_WITHIN: Duration = Duration::from_secs(30);

/// Activities a call, when all is told in the end.
const BATCH: usize = 200;

/// Looks at the log before it must have come to rest: commands may still be queued whose callers have gone.
const MOMENTS_MAX: usize = 50;

/// Acked names that are sent again in the end.
const REPLAYED_MAX: usize = 2_000;

/// Everything a server shows of the programme, at one moment: nothing was recorded meanwhile, here or on another server.
async fn observe(sent: &mut Everything, clients: &Clients, seen: &[(i64, Vec<u8>)]) -> Observed {
    for _ in 0..MOMENTS_MAX {
        catch_up(sent, clients).await;
        if let Some(observed) = observe_once(clients, seen).await {
            return observed;
        }
    }
    panic!("the log does not come to rest");
}

/// Records one more activity: a server learns what others have recorded when it writes.
async fn catch_up(sent: &mut Everything, clients: &Clients) {
    let marker = kudos(&format!("marker-{}", sent.activities.len()), "marker", "2018-04-01T12:00:00Z");
    sent.activities.insert(marker.name.clone(), marker.clone());
    tell(&sent.recorder, clients, vec![&marker]).await;
}

async fn observe_once(clients: &Clients, seen: &[(i64, Vec<u8>)]) -> Option<Observed> {
    let mut observed = Observed { seen: seen.to_vec(), ..Observed::default() };
    let mut token = String::new();
    loop {
        let read = page(clients, &token).await.unwrap();
        observed.entries.extend(read.entries.into_iter().map(stored));
        token = read.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    let head = observed.entries.last()?.seq;
    let members: BTreeSet<String> =
        observed.entries.iter().map(|entry| entry.member.clone()).filter(|member| !member.is_empty()).collect();
    for member in members {
        let request = pb::GetBalanceRequest { name: format!("programs/qc/members/{member}"), min_seq: 0 };
        let balance = clients.ledger().get_balance(request).await.unwrap().into_inner();
        if balance.seq != head {
            return None;
        }
        observed.available.insert(member, balance.available_points);
    }
    let verify = pb::VerifyProgramRequest { name: "programs/qc".into() };
    let verified = clients.audit().verify_program(verify).await.unwrap().into_inner();
    if verified.head_seq != head {
        return None;
    }
    let finding = |finding: pb::Finding| format!("seq {}: {}", finding.seq, finding.problem);
    observed.findings = verified.findings.into_iter().map(finding).collect();
    Some(observed)
}

fn stored(entry: pb::Entry) -> Stored {
    Stored {
        seq: entry.seq,
        name: entry.activity.map(|activity| activity.name).unwrap_or_default(),
        member: entry.member_id,
        from: entry.from_bucket,
        to: entry.to_bucket,
        amount: entry.amount,
        available_after: entry.balance_after.map(|balance| balance.available_points).unwrap_or_default(),
        recorded_at: entry.recorded_at.map(|at| (at.seconds, at.nanos)).unwrap_or_default(),
        leaf: entry.leaf_hash,
    }
}

/// Stops the clients, and compares what they were told, and the reader saw, with what the first server holds.
pub async fn compare(load: Load) -> (Verdict, Ended) {
    let address = load.addresses().read().unwrap()[0];
    let (mut sent, seen) = load.stop().await;
    let clients = Clients::lazy(address);
    let observed = observe(&mut sent, &clients, &seen).await;
    (check(&sent.recorder.history(), &observed), Ended { sent, seen, clients })
}

/// A scenario whose clients have ended.
pub struct Ended {
    sent: Everything,
    seen: Vec<(i64, Vec<u8>)>,
    clients: Clients,
}

/// Ends a scenario after its last fault: what clients know must hold; then everything is sent again until all of it is
/// told, and must hold once more. Returns what clients knew first.
pub async fn finish(load: Load) -> Verdict {
    let (before, Ended { mut sent, seen, clients }) = compare(load).await;
    before.assert_clean();
    tell_all(&sent, &clients).await;
    let observed = observe(&mut sent, &clients, &seen).await;
    let after = check(&sent.recorder.history(), &observed);
    after.assert_clean();
    assert_eq!(after.acked, sent.activities.len(), "everything is told in the end");
    before
}

/// Sends what has no receipt until it has one, and some that has one once more.
async fn tell_all(sent: &Everything, clients: &Clients) {
    let acked: BTreeSet<String> = sent
        .recorder
        .history()
        .into_iter()
        .filter(|attempt| matches!(attempt.outcome, Outcome::Acked(_)))
        .map(|attempt| attempt.name)
        .collect();
    let (known, mut open): (Vec<_>, Vec<_>) = sent.activities.values().partition(|one| acked.contains(&one.name));
    open.extend(known.into_iter().take(REPLAYED_MAX));
    tell(&sent.recorder, clients, open).await;
}

/// Sends activities until each has a receipt.
async fn tell(recorder: &Recorder, clients: &Clients, mut open: Vec<&pb::Activity>) {
    let all_told = async {
        while !open.is_empty() {
            let mut left = Vec::new();
            for some in open.chunks(BATCH) {
                let invoked: Vec<_> = some.iter().map(|one| recorder.invoke(usize::MAX, &one.name, 0)).collect();
                let sends: Vec<pb::Activity> = some.iter().map(|one| (*one).clone()).collect();
                let told = send(clients, &sends, Duration::from_secs(10)).await;
                for ((invoked, outcome), one) in invoked.into_iter().zip(told).zip(some) {
                    if !matches!(outcome, Outcome::Acked(_)) {
                        left.push(*one);
                    }
                    recorder.complete(invoked, outcome);
                }
            }
            open = left;
        }
    };
    tokio::time::timeout(HEALED_WITHIN, all_told).await.expect("a store that is healed takes everything");
}
