//! A reader that follows the log while faults are injected.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use goodturn::pb;
use tokio::task::JoinHandle;

use super::history::Recorder;
use super::world::Addresses;
use crate::support::clients::Clients;

/// Rows a page.
const PAGE: i32 = 1_000;

/// Reads the log while faults are injected, and remembers what it saw.
pub struct Reader {
    stop: Arc<AtomicBool>,
    reading: JoinHandle<Vec<(i64, Vec<u8>)>>,
}

impl Reader {
    pub fn start(addresses: &Addresses, recorder: &Arc<Recorder>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let reading = read_on(Arc::clone(addresses), Arc::clone(recorder), Arc::clone(&stop));
        Self { stop, reading: tokio::spawn(reading) }
    }

    /// Ends, and tells what it saw.
    pub async fn stop(self) -> Vec<(i64, Vec<u8>)> {
        self.stop.store(true, Ordering::SeqCst);
        self.reading.await.unwrap()
    }
}

/// Follows the log from page to page; what is read again must be the same, what is new must follow without a gap.
async fn read_on(addresses: Addresses, recorder: Arc<Recorder>, stop: Arc<AtomicBool>) -> Vec<(i64, Vec<u8>)> {
    let mut seen: Vec<(i64, Vec<u8>)> = Vec::new();
    let mut token = String::new();
    for turn in 0.. {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        let address = {
            let addresses = addresses.read().unwrap();
            addresses[turn % addresses.len()]
        };
        let clients = Clients::lazy(address);
        let asked = recorder.tick();
        let read = tokio::time::timeout(Duration::from_secs(2), page(&clients, &token)).await;
        if let Ok(Ok(page)) = read
            && !recorder.in_the_dark(asked)
        {
            for entry in page.entries {
                let place = usize::try_from(entry.seq - 1).unwrap();
                if let Some((_, leaf)) = seen.get(place) {
                    assert_eq!(*leaf, entry.leaf_hash, "{} is another entry than before", entry.seq);
                } else {
                    assert_eq!(seen.len(), place, "a gap in a page, before {}", entry.seq);
                    seen.push((entry.seq, entry.leaf_hash));
                }
            }
            if !page.next_page_token.is_empty() {
                token = page.next_page_token;
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    seen
}

/// A page of the log.
pub async fn page(clients: &Clients, token: &str) -> Result<pb::ListEntriesResponse, tonic::Status> {
    let (parent, page_token) = ("programs/qc".into(), token.into());
    let request = pb::ListEntriesRequest { parent, page_size: PAGE, page_token, min_seq: 0 };
    Ok(clients.ledger().list_entries(request).await?.into_inner())
}
