//! A reader of a stream, which checks the rules that every stream must keep.

use std::time::Duration;

use goodturn::ledger::tail::PAGE_MAX;
use goodturn::pb;
use tonic::{Status, Streaming};

use super::clients::{Clients, kudos};
use super::refused::Refused;

/// The longest time for things that must come. Each takes milliseconds.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A stream that is read.
pub struct Watched {
    pub stream: Streaming<pb::WatchEntriesResponse>,
    pub entries: Vec<pb::Entry>,
    /// Seq of the last entry taken.
    pub last: i64,
    /// The token of the last message.
    pub token: String,
}

impl Watched {
    /// Watches from the entry after a seq on.
    pub async fn after(clients: &Clients, seq: i64) -> Self {
        let request = pb::WatchEntriesRequest { after_seq: seq, ..from("") };
        Self::on(clients.ledger().watch_entries(request).await.unwrap().into_inner(), seq)
    }

    /// Goes on with a token, which must stand after a seq.
    pub async fn resumed(clients: &Clients, token: &str, after: i64) -> Self {
        Self::on(clients.ledger().watch_entries(from(token)).await.unwrap().into_inner(), after)
    }

    pub fn on(stream: Streaming<pb::WatchEntriesResponse>, last: i64) -> Self {
        Self { stream, entries: Vec::new(), last, token: String::new() }
    }

    /// Takes one message, and checks that it joins the messages before.
    pub async fn message(&mut self) -> Result<(), Status> {
        let waited = tokio::time::timeout(PATIENCE, self.stream.message()).await.expect("a message comes");
        let page = waited?.expect("a stream has no end of its own");
        assert!((1..=usize::try_from(PAGE_MAX).unwrap()).contains(&page.entries.len()), "{}", page.entries.len());
        for entry in &page.entries {
            assert_eq!(entry.seq, self.last + 1, "no gap, no repeat");
            self.last = entry.seq;
        }
        assert!(page.head_seq >= self.last);
        self.token = page.resume_token;
        self.entries.extend(page.entries);
        Ok(())
    }

    /// Reads on up to a seq.
    pub async fn up_to(&mut self, seq: i64) {
        while self.last < seq {
            self.message().await.unwrap();
        }
        assert_eq!(self.last, seq, "nothing is shown that is not recorded");
    }

    /// Reads on until it is cut, and returns the reason.
    pub async fn cut(&mut self) -> Refused {
        loop {
            if let Err(status) = self.message().await {
                return Refused::of(&status);
            }
        }
    }
}

pub fn from(token: &str) -> pb::WatchEntriesRequest {
    pb::WatchEntriesRequest { parent: "programs/qc".into(), resume_token: token.into(), after_seq: 0 }
}

/// Records so many activities in one call.
pub async fn record_many(clients: &Clients, label: &str, count: usize) {
    let activities =
        (0..count).map(|n| kudos(&format!("{label}-{n}"), ["ben", "cleo"][n % 2], "2018-04-01T12:00:00Z")).collect();
    let batch = pb::BatchRecordActivitiesRequest { parent: "programs/qc".into(), activities, ..Default::default() };
    let results = clients.ledger().batch_record_activities(batch).await.unwrap().into_inner().results;
    assert!(results.iter().all(|each| matches!(each.result, Some(pb::record_activity_result::Result::Receipt(_)))));
}

/// Returns every entry, as lists show them.
pub async fn listed(clients: &Clients) -> Vec<pb::Entry> {
    let mut entries = Vec::new();
    let mut list = pb::ListEntriesRequest { parent: "programs/qc".into(), page_size: 1_000, ..Default::default() };
    loop {
        let page = clients.ledger().list_entries(list.clone()).await.unwrap().into_inner();
        entries.extend(page.entries);
        if page.next_page_token.is_empty() {
            return entries;
        }
        list.page_token = page.next_page_token;
    }
}
