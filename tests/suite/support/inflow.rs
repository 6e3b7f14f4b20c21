//! A stream of activities that is written and read.

use goodturn::pb;
use goodturn::pb::record_activity_result::Result as Outcome;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

use super::clients::Clients;
use super::refused::Refused;
use super::watched::PATIENCE;

/// A stream that is written and read. It checks the rules that every stream must keep.
pub struct Inflow {
    pub send: mpsc::Sender<pb::StreamActivitiesRequest>,
    pub results: Streaming<pb::StreamActivitiesResponse>,
    pub outcomes: Vec<Outcome>,
}

impl Inflow {
    pub async fn begin(clients: &Clients) -> Result<Self, Status> {
        let (send, messages) = mpsc::channel(1);
        let results = clients.ledger().stream_activities(ReceiverStream::new(messages)).await?.into_inner();
        Ok(Self { send, results, outcomes: Vec::new() })
    }

    pub async fn to(clients: &Clients) -> Self {
        let inflow = Self::begin(clients).await.unwrap();
        inflow.send.send(message(Vec::new())).await.unwrap();
        inflow
    }

    pub async fn send(&self, activities: Vec<pb::Activity>) {
        let message = pb::StreamActivitiesRequest { parent: String::new(), activities };
        tokio::time::timeout(PATIENCE, self.send.send(message)).await.expect("the server reads").unwrap();
    }

    /// Takes one message; `None` at the end.
    pub async fn message(&mut self) -> Result<Option<()>, Status> {
        let waited = tokio::time::timeout(PATIENCE, self.results.message()).await.expect("a message comes");
        let Some(message) = waited? else { return Ok(None) };
        assert!(!message.results.is_empty());
        assert_eq!(usize::try_from(message.first_index).unwrap(), self.outcomes.len(), "in order, without a gap");
        self.outcomes.extend(message.results.into_iter().map(|each| each.result.unwrap()));
        Ok(Some(()))
    }

    /// Reads until so many are answered.
    pub async fn answers(&mut self, count: usize) {
        while self.outcomes.len() < count {
            self.message().await.unwrap().expect("the stream goes on");
        }
    }

    /// Sends no more, and reads to the end.
    pub async fn finish(self) -> Vec<Outcome> {
        let Self { send, results, outcomes } = self;
        drop(send);
        let mut rest = Self { send: mpsc::channel(1).0, results, outcomes };
        while rest.message().await.unwrap().is_some() {}
        rest.outcomes
    }

    /// Reads until the stream is cut, and returns the reason.
    pub async fn cut(&mut self) -> Refused {
        loop {
            match self.message().await {
                Ok(next) => next.expect("it does not look complete"),
                Err(status) => return Refused::of(&status),
            }
        }
    }
}

pub fn message(activities: Vec<pb::Activity>) -> pb::StreamActivitiesRequest {
    pb::StreamActivitiesRequest { parent: "programs/qc".into(), activities }
}
