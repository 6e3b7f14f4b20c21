//! Waiting for a payout: what the server is asked to do, and how far it is.

use tonic::{Response, Status};

use crate::cli::finance::{RecordArgs, call};
use crate::cli::text::{counted, grouped};
use crate::cli::watch::Watched;
use goodturn::domain::value::ids::PayoutId;
use goodturn::pb;
use goodturn::pb::PayoutState as State;
use goodturn::pb::payouts_client::PayoutsClient;

/// What the server is asked to do.
#[derive(Debug, Clone, Copy)]
pub(super) enum Doing {
    Draft,
    Execute,
    Cancel,
    Reject,
}

impl Doing {
    const fn words(self) -> &'static str {
        match self {
            Self::Draft => "draft the payout",
            Self::Execute => "execute the payout",
            Self::Cancel => "cancel the payout",
            Self::Reject => "reject the payout",
        }
    }
}

/// A call that is waited for.
pub(super) struct Waited<'a> {
    pub(super) record: &'a RecordArgs,
    pub(super) id: &'a PayoutId,
    pub(super) doing: Doing,
}

impl Waited<'_> {
    /// Waits for the answer, or until a person stops waiting.
    ///
    /// # Errors
    /// Says what the server answered, or how to look at what it goes on with.
    pub(super) async fn wait(
        &self,
        answer: impl Future<Output = Result<Response<pb::Payout>, Status>>,
    ) -> anyhow::Result<pb::Payout> {
        let name = format!("programs/{}/payouts/{}", self.record.at.program, self.id);
        let watched = Watched { record: self.record, doing: self.doing.words(), goes_on: self.goes_on() };
        let ended = watched.wait(answer, async |connection| {
            let request = pb::GetPayoutRequest { name: name.clone() };
            let found = PayoutsClient::new(connection).get_payout(request).await.ok()?;
            progress(found.get_ref())
        });
        ended.await
    }

    /// Says that the server goes on, and what can be done.
    fn goes_on(&self) -> String {
        let by = |command: &str| call(&format!("payout {command} {}", self.id), &self.record.at.program);
        let further = match self.doing {
            Doing::Draft => format!("To end it and give all points back:\n{}", by("cancel")),
            Doing::Execute => "An execution cannot be cancelled.".to_owned(),
            Doing::Cancel | Doing::Reject => String::new(),
        };
        let show = by("show");
        format!("stopped waiting; the server goes on by itself. To see how far it is:\n{show}{further}")
    }
}

/// Says how far a payout is, while it is under way.
fn progress(payout: &pb::Payout) -> Option<String> {
    match payout.state() {
        State::Drafting => {
            let (members, points) = (counted(payout.members, "member"), counted(payout.total_points, "point"));
            Some(format!("{members}, {points} reserved so far"))
        }
        State::Executing => {
            Some(format!("{} of {} paid", grouped(payout.paid_points), counted(payout.total_points, "point")))
        }
        State::Releasing => Some("leaving out members whose share would be too small".to_owned()),
        State::Cancelling => Some(format!("giving {} back", counted(payout.total_points, "point"))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_told_by_what_grows() {
        let payout = |state: State| pb::Payout {
            state: state.into(),
            members: 1_500,
            total_points: 48_136,
            paid_points: 12_000,
            ..pb::Payout::default()
        };
        let told = |state| progress(&payout(state)).unwrap_or_default();
        assert_eq!(told(State::Drafting), "1,500 members, 48,136 points reserved so far");
        assert_eq!(told(State::Executing), "12,000 of 48,136 points paid");
        assert_eq!(told(State::Draft), "");
    }
}
