//! The request for a line.

use tonic::Status;

use super::line::{Problem, line_field};
use super::window::Outcome;
use crate::cli::server::Connection;
use goodturn::domain::value::money::Currency;
use goodturn::ledger::clock::{Clock as _, SystemClock};
use goodturn::pb;
use goodturn::pb::adjustments_client::AdjustmentsClient;
use goodturn::pb::ledger_client::LedgerClient;
use goodturn::wire::offline;

/// The request to send for a line.
#[derive(Debug, Clone)]
pub(super) enum Item {
    /// It goes through the stream.
    Activity(Box<pb::Activity>),
    /// It goes by a call of its own.
    Telling(Box<Telling>),
}

/// A report on an activity, or a balance that a member brings along.
#[derive(Debug, Clone)]
pub(super) enum Telling {
    Reversal(pb::ReverseActivityRequest),
    Restoration(pb::RestoreActivityRequest),
    Refund(pb::RefundActivityRequest),
    Confirmation(pb::ConfirmActivityRequest),
    OpeningBalance(pb::Adjustment),
}

impl Item {
    /// Returns the ids of the activities it is about. Items about the same activity are sent in the order of the file.
    pub(super) fn concerns(&self) -> Vec<String> {
        let id = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
        match self {
            Self::Activity(activity) if activity.follows.is_empty() => vec![id(&activity.name)],
            Self::Activity(activity) => vec![id(&activity.name), activity.follows.clone()],
            Self::Telling(telling) => vec![id(telling.name())],
        }
    }

    /// Returns the faults that the API would find in it.
    pub(super) fn violations(&self, currency: Currency) -> Vec<Problem> {
        let now = SystemClock.now();
        let (found, names_itself) = match self {
            Self::Activity(activity) => (offline::of_activity(activity, now, currency), true),
            Self::Telling(telling) => match &**telling {
                Telling::Reversal(request) => (offline::of_reversal(request, now), false),
                Telling::Restoration(request) => (offline::of_restoration(request, now), false),
                Telling::Refund(request) => (offline::of_refund(request, now, currency), false),
                Telling::Confirmation(request) => (offline::of_confirmation(request, now), false),
                Telling::OpeningBalance(adjustment) => (offline::of_adjustment(adjustment, now), true),
            },
        };
        found.into_iter().map(|found| Problem::of(line_field(&found.field, names_itself), found.problem)).collect()
    }
}

impl Telling {
    fn name(&self) -> &str {
        match self {
            Self::Reversal(request) => &request.name,
            Self::Restoration(request) => &request.name,
            Self::Refund(request) => &request.name,
            Self::Confirmation(request) => &request.name,
            Self::OpeningBalance(adjustment) => &adjustment.name,
        }
    }

    /// Sends it.
    pub(super) async fn send(self, connection: Connection) -> Result<Outcome, Status> {
        let mut ledger = LedgerClient::new(connection.clone());
        let reply = match self {
            Self::Reversal(request) => ledger.reverse_activity(request).await,
            Self::Restoration(request) => ledger.restore_activity(request).await,
            Self::Refund(request) => ledger.refund_activity(request).await,
            Self::Confirmation(request) => ledger.confirm_activity(request).await,
            Self::OpeningBalance(adjustment) => {
                let request = pb::AdjustPointsRequest { adjustment: Some(adjustment) };
                return Ok(Outcome::of_adjustment(
                    AdjustmentsClient::new(connection).adjust_points(request).await?.get_ref(),
                ));
            }
        };
        reply.map(|receipt| Outcome::of_receipt(receipt.get_ref()))
    }
}
