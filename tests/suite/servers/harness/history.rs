//! What clients saw: every request sent, and what became of it as far as they were told.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use goodturn::pb;
use tonic::Status;

use crate::support::clients::reason;

/// One request for one activity, alone or in a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Who sent it.
    pub client: usize,
    /// Resource name of the activity, which is its idempotency key.
    pub name: String,
    /// How often this client had sent it before.
    pub nth: u32,
    /// When it was sent, in ticks.
    pub invoked: u64,
    /// When its client was told, in ticks; nothing when it never was.
    pub completed: Option<u64>,
    /// What its client was told.
    pub outcome: Outcome,
}

/// What a client was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A receipt.
    Acked(Ack),
    /// An error that promises that nothing was done.
    Refused(String),
    /// Anything else: it may have been recorded or not.
    Unknown(String),
}

/// What a receipt says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ack {
    pub seq: i64,
    pub points: i64,
    pub available: i64,
}

impl From<pb::Receipt> for Outcome {
    fn from(receipt: pb::Receipt) -> Self {
        let available = receipt.balance.map(|balance| balance.available_points).unwrap_or_default();
        Self::Acked(Ack { seq: receipt.seq, points: receipt.points, available })
    }
}

impl From<&Status> for Outcome {
    /// Only an error with a reason of Goodturn's own promises anything: others are made on the way.
    fn from(status: &Status) -> Self {
        let reason = reason(status);
        if reason.is_empty() || reason == "ERROR_REASON_OUTCOME_UNKNOWN" {
            Self::Unknown(format!("{:?}: {}", status.code(), status.message()))
        } else {
            Self::Refused(reason)
        }
    }
}

/// Writes down what clients send and are told, in the order in which it happens.
///
/// Its clock counts events: what completed before something else was sent has the lower tick, on any thread.
#[derive(Default)]
pub struct Recorder {
    ticks: AtomicU64,
    attempts: Mutex<Vec<Attempt>>,
    /// What was under way at this tick, or before, is not believed any more.
    dark_until: AtomicU64,
}

/// An attempt that was sent and not yet answered.
#[derive(Debug, Clone, Copy)]
pub struct Sent(usize);

impl Recorder {
    /// Call before a request is sent.
    pub fn invoke(&self, client: usize, name: &str, nth: u32) -> Sent {
        let mut attempts = self.attempts.lock().unwrap();
        let (invoked, outcome) = (self.tick(), Outcome::Unknown("no answer came".into()));
        attempts.push(Attempt { client, name: name.into(), nth, invoked, completed: None, outcome });
        Sent(attempts.len() - 1)
    }

    /// Call after an answer has come.
    pub fn complete(&self, sent: Sent, outcome: Outcome) {
        let mut attempts = self.attempts.lock().unwrap();
        attempts[sent.0].completed = Some(self.tick());
        let in_the_dark = self.in_the_dark(attempts[sent.0].invoked);
        attempts[sent.0].outcome = if in_the_dark { Outcome::Unknown("the power was cut".into()) } else { outcome };
    }

    /// From now on no answer is believed: the machine that gives it has no power, and could not.
    pub fn lights_out(&self) {
        // Whoever notes an answer holds the lock: it came before, or is not believed.
        let _nobody_notes = self.attempts.lock().unwrap();
        self.dark_until.store(u64::MAX, Ordering::SeqCst);
    }

    /// Answers to what is sent from now on are believed again.
    pub fn lights_on(&self) {
        self.dark_until.store(self.tick(), Ordering::SeqCst);
    }

    /// Whether what was asked at a tick, and is answered now, was under way in the dark.
    pub fn in_the_dark(&self, asked: u64) -> bool {
        asked <= self.dark_until.load(Ordering::SeqCst)
    }

    /// All that happened until now.
    pub fn history(&self) -> Vec<Attempt> {
        self.attempts.lock().unwrap().clone()
    }

    /// Attempts that were told an error.
    pub fn failed(&self) -> usize {
        let failed = |attempt: &&Attempt| attempt.completed.is_some() && !matches!(attempt.outcome, Outcome::Acked(_));
        self.attempts.lock().unwrap().iter().filter(failed).count()
    }

    /// The next moment.
    pub fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::SeqCst) + 1
    }
}
