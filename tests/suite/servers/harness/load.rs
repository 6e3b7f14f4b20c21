//! Clients that record activities, alone and in batches, again and again, and write down what they are told.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use goodturn::pb;
use goodturn::pb::record_activity_result::Result as ActivityResult;
use prost::Message as _;
use tokio::task::JoinHandle;
use tonic::{Request, Status};

use super::history::{Outcome, Recorder, Sent};
use super::reader::Reader;
use super::world::Addresses;
use crate::support::clients::{Clients, activity};
use crate::support::random::Random;

/// Fresh activities a client sends in a round.
const FRESH: usize = 24;

/// Calls a client has open at once.
const CALLS_OPEN: usize = 6;

/// Activities without an answer a client has at most, before it stops to send fresh ones.
const UNANSWERED_MAX: usize = 100;

/// Failed activities that are left alone until the end, so that it shows what became of them.
const GIVEN_UP_PERCENT: u64 = 30;

/// Members the activities are of: few enough that every batch meets the same ones again.
const MEMBERS: u64 = 40;

/// How long a patient client waits for an answer.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Pause of a client that got no answer at all: a server that is down is not asked faster.
const PAUSE: Duration = Duration::from_millis(10);

/// Ids the store is made to refuse begin so.
pub const POISON: &str = "poison-";

/// How clients behave.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub clients: usize,
    /// Each activity is sent once to so many times, in any order, to any server.
    pub sends_max: u64,
    /// Calls that are cancelled, or given a deadline of some milliseconds.
    pub impatient_percent: u64,
    /// Activities that must be refused.
    pub poison_percent: u64,
}

/// Eight patient clients that send everything once.
pub const PATIENT: Plan = Plan { clients: 8, sends_max: 1, impatient_percent: 0, poison_percent: 0 };

/// Clients at work, and a reader beside them.
pub struct Load {
    pub recorder: Arc<Recorder>,
    addresses: Addresses,
    acked: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<BTreeMap<String, pb::Activity>>>,
    reader: Option<Reader>,
}

/// What was sent, by name; what must be refused is not in it.
pub struct Everything {
    pub activities: BTreeMap<String, pb::Activity>,
    pub recorder: Arc<Recorder>,
}

impl Load {
    pub fn start(addresses: &Addresses, plan: Plan, seed: u64) -> Self {
        let recorder = Arc::new(Recorder::default());
        let (acked, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let clients = (0..plan.clients)
            .map(|number| {
                let client = Client {
                    number,
                    plan,
                    random: Random::new(seed.wrapping_add(u64::try_from(number).unwrap())),
                    recorder: Arc::clone(&recorder),
                    addresses: Arc::clone(addresses),
                    connections: HashMap::new(),
                    acked: Arc::clone(&acked),
                    sent: BTreeMap::new(),
                    nth: HashMap::new(),
                };
                tokio::spawn(client.run(Arc::clone(&stop)))
            })
            .collect();
        let reader = Some(Reader::start(addresses, &recorder));
        Self { recorder, addresses: Arc::clone(addresses), acked, stop, clients, reader }
    }

    /// Waits until so many more receipts have come.
    pub async fn acked_more(&self, more: usize) {
        let goal = self.acked.load(Ordering::SeqCst) + more;
        let reached = async {
            while self.acked.load(Ordering::SeqCst) < goal {
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(2), reached).await.expect("receipts go on coming");
    }

    /// Ends the reader; what it saw is not looked at.
    pub async fn stop_reader(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.stop().await;
        }
    }

    /// Lets the clients finish what they have open; returns what they sent, and what the reader saw.
    pub async fn stop(self) -> (Everything, Vec<(i64, Vec<u8>)>) {
        self.stop.store(true, Ordering::SeqCst);
        let mut activities = BTreeMap::new();
        for client in self.clients {
            activities.extend(client.await.unwrap());
        }
        let seen = match self.reader {
            Some(reader) => reader.stop().await,
            None => Vec::new(),
        };
        (Everything { activities, recorder: self.recorder }, seen)
    }

    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }
}

/// One client.
struct Client {
    number: usize,
    plan: Plan,
    random: Random,
    recorder: Arc<Recorder>,
    addresses: Addresses,
    connections: HashMap<SocketAddr, Clients>,
    acked: Arc<AtomicUsize>,
    /// What must be recorded in the end.
    sent: BTreeMap<String, pb::Activity>,
    nth: HashMap<String, u32>,
}

impl Client {
    async fn run(mut self, stop: Arc<AtomicBool>) -> BTreeMap<String, pb::Activity> {
        let mut unanswered: BTreeMap<String, pb::Activity> = BTreeMap::new();
        let mut known: Vec<pb::Activity> = Vec::new();
        while !stop.load(Ordering::SeqCst) {
            let mut sends: Vec<pb::Activity> = unanswered.values().cloned().collect();
            if unanswered.len() < UNANSWERED_MAX {
                for _ in 0..FRESH {
                    let fresh = self.fresh(&known);
                    for _ in 0..=self.random.below(self.plan.sends_max) {
                        sends.push(fresh.clone());
                    }
                }
            }
            self.random.shuffle(&mut sends);
            let told = self.send_all(sends).await;
            let acked = told.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Acked(_))).count();
            self.acked.fetch_add(acked, Ordering::SeqCst);
            for (activity, outcome) in told {
                if matches!(outcome, Outcome::Acked(_)) {
                    unanswered.remove(&activity.name);
                    known.push(activity);
                } else if self.sent.get(&activity.name) == Some(&activity) && !self.random.percent(GIVEN_UP_PERCENT) {
                    unanswered.entry(activity.name.clone()).or_insert(activity);
                } else {
                    unanswered.remove(&activity.name);
                }
            }
            // An id that is acked and refused in one round was acked.
            for activity in &known {
                unanswered.remove(&activity.name);
            }
            known.truncate(UNANSWERED_MAX);
            if acked == 0 {
                tokio::time::sleep(PAUSE).await;
            }
        }
        self.sent
    }

    /// An activity that was never sent before; now and then one that must be refused.
    fn fresh(&mut self, known: &[pb::Activity]) -> pb::Activity {
        let id = format!("c{}-{}", self.number, self.nth.len());
        let member = format!("m{}", self.random.below(MEMBERS));
        let kind = if self.random.percent(50) { "kudos" } else { "answer_accepted" };
        let counterparty_id = format!("m{}", self.random.below(MEMBERS));
        let fresh = activity(&id, kind, &member, "2018-04-01T12:00:00Z");
        let fresh = pb::Activity { counterparty_id, ..fresh };
        if self.random.percent(self.plan.poison_percent) {
            return self.poisoned(fresh, known);
        }
        self.sent.insert(fresh.name.clone(), fresh.clone());
        self.nth.insert(fresh.name.clone(), 0);
        fresh
    }

    /// What is refused by the form, by the rules, by the store, or for its name.
    fn poisoned(&mut self, fresh: pb::Activity, known: &[pb::Activity]) -> pb::Activity {
        let name = |name: &str| name.replace("/c", &format!("/{POISON}c"));
        let poisoned = match self.random.below(4) {
            0 => pb::Activity { name: name(&fresh.name), member_id: String::new(), ..fresh },
            1 => pb::Activity { name: name(&fresh.name), kind: "sandwich".into(), ..fresh },
            2 if !known.is_empty() => {
                let taken = &known[self.random.index(known.len())];
                pb::Activity { member_id: "somebody-else".into(), ..taken.clone() }
            }
            _ => pb::Activity { name: name(&fresh.name), ..fresh },
        };
        self.nth.entry(poisoned.name.clone()).or_insert(0);
        poisoned
    }

    /// Sends activities in calls of one or several, some calls at a time, each to a server drawn by lot.
    async fn send_all(&mut self, mut sends: Vec<pb::Activity>) -> Vec<(pb::Activity, Outcome)> {
        let mut told = Vec::new();
        while !sends.is_empty() {
            let mut calls = Vec::new();
            while !sends.is_empty() && calls.len() < CALLS_OPEN {
                let size = if self.random.percent(40) { 1 } else { self.random.index(15) + 2 };
                let some: Vec<pb::Activity> = sends.drain(..size.min(sends.len())).collect();
                calls.push(self.call(some));
            }
            for answers in join_all(calls).await {
                told.extend(answers);
            }
        }
        told
    }

    /// Prepares one call; what it needs of the client is taken now, so that several can be open.
    fn call(&mut self, some: Vec<pb::Activity>) -> impl Future<Output = Vec<(pb::Activity, Outcome)>> + use<> {
        let address = {
            let addresses = self.addresses.read().unwrap();
            addresses[self.random.index(addresses.len())]
        };
        let clients = self.connections.entry(address).or_insert_with(|| Clients::lazy(address)).clone();
        let nths: Vec<u32> = some
            .iter()
            .map(|activity| {
                let nth = self.nth.entry(activity.name.clone()).or_insert(0);
                *nth += 1;
                *nth - 1
            })
            .collect();
        let haste = match self.random.percent(self.plan.impatient_percent) {
            false => Haste::Patient,
            true if self.random.percent(50) => Haste::Deadline(Duration::from_micros(self.random.below(8_000))),
            true => Haste::Cancelled(Duration::from_micros(self.random.below(8_000))),
        };
        let (recorder, number) = (Arc::clone(&self.recorder), self.number);
        async move {
            let note = |(activity, nth): (&pb::Activity, &u32)| recorder.invoke(number, &activity.name, *nth);
            let sent: Vec<Sent> = some.iter().zip(&nths).map(note).collect();
            let answers = match haste {
                Haste::Patient => send(&clients, &some, PATIENCE).await,
                Haste::Deadline(deadline) => send(&clients, &some, deadline).await,
                // What is dropped is never completed: its outcome stays unknown.
                Haste::Cancelled(after) => match tokio::time::timeout(after, send(&clients, &some, PATIENCE)).await {
                    Ok(answers) => answers,
                    Err(_) => return some.into_iter().map(|one| (one, Outcome::Unknown("cancelled".into()))).collect(),
                },
            };
            for (sent, answer) in sent.into_iter().zip(&answers) {
                recorder.complete(sent, answer.clone());
            }
            some.into_iter().zip(answers).collect()
        }
    }
}

/// How long a call is waited for.
enum Haste {
    Patient,
    Deadline(Duration),
    Cancelled(Duration),
}

/// Sends one call: answer *i* is that of activity *i*.
pub async fn send(clients: &Clients, some: &[pb::Activity], deadline: Duration) -> Vec<Outcome> {
    if let [one] = some {
        let mut request = Request::new(pb::RecordActivityRequest { activity: Some(one.clone()) });
        request.set_timeout(deadline);
        return vec![match clients.ledger().record_activity(request).await {
            Ok(receipt) => receipt.into_inner().into(),
            Err(status) => Outcome::from(&status),
        }];
    }
    let (parent, activities) = ("programs/qc".into(), some.to_vec());
    let mut request = Request::new(pb::BatchRecordActivitiesRequest { parent, activities, ..Default::default() });
    request.set_timeout(deadline);
    let results = match clients.ledger().batch_record_activities(request).await {
        Ok(reply) => reply.into_inner().results,
        Err(status) => return vec![Outcome::from(&status); some.len()],
    };
    assert_eq!(results.len(), some.len(), "reply i answers request i");
    let outcome = |result: pb::RecordActivityResult| match result.result.expect("a result is set") {
        ActivityResult::Receipt(receipt) => receipt.into(),
        ActivityResult::Error(error) => {
            Outcome::from(&Status::with_details(error.code.into(), &error.message, error.encode_to_vec().into()))
        }
    };
    results.into_iter().map(outcome).collect()
}
