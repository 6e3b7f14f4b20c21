//! Callers of the server's API: each person has a connection with their own name.

use anyhow::{Context as _, anyhow};
use tonic::metadata::MetadataValue;
use tonic::transport::Channel;
use tonic::{Response, Status};
use tonic_types::StatusExt as _;

use crate::cli::server::{self, Connection};
use goodturn::pb::ErrorReason;
use goodturn::pb::audit_client::AuditClient;
use goodturn::pb::books_client::BooksClient;
use goodturn::pb::leaderboards_client::LeaderboardsClient;
use goodturn::pb::ledger_client::LedgerClient;
use goodturn::pb::payouts_client::PayoutsClient;
use goodturn::pb::programs_client::ProgramsClient;
use goodturn::pb::till_client::TillClient;

/// One caller, and the services as that caller reaches them.
pub(super) struct Caller {
    /// The caller's name.
    pub(super) name: &'static str,
    pub(super) programs: ProgramsClient<Connection>,
    pub(super) ledger: LedgerClient<Connection>,
    pub(super) till: TillClient<Connection>,
    pub(super) leaderboards: LeaderboardsClient<Connection>,
    pub(super) payouts: PayoutsClient<Connection>,
    pub(super) books: BooksClient<Connection>,
    pub(super) audit: AuditClient<Connection>,
}

/// Everybody who takes part.
pub(super) struct Cast {
    /// The community's front end, which reports the members' acts.
    pub(super) forum: Caller,
    /// Finance: sets the programme up, declares and drafts.
    pub(super) anna: Caller,
    /// Finance: checks and approves.
    pub(super) ben: Caller,
}

impl Cast {
    /// Gives everybody their name, on one connection.
    pub(super) fn on(channel: &Channel) -> Self {
        let caller = |name| Caller::new(channel, name);
        Self { forum: caller("forum"), anna: caller("anna"), ben: caller("ben") }
    }
}

impl Caller {
    fn new(channel: &Channel, name: &'static str) -> Self {
        let named = server::named(channel, MetadataValue::from_static(name));
        Self {
            name,
            programs: ProgramsClient::new(named.clone()),
            ledger: LedgerClient::new(named.clone()),
            till: TillClient::new(named.clone()),
            leaderboards: LeaderboardsClient::new(named.clone()),
            payouts: PayoutsClient::new(named.clone()),
            books: BooksClient::new(named.clone()),
            audit: AuditClient::new(named),
        }
    }
}

/// Takes the answer out of a reply.
pub(super) trait Reply<T> {
    /// Returns the answer.
    ///
    /// # Errors
    /// Says what was tried, and what the server answered.
    fn or_say(self, doing: &str) -> anyhow::Result<T>;
}

impl<T> Reply<T> for Result<Response<T>, Status> {
    fn or_say(self, doing: &str) -> anyhow::Result<T> {
        self.map(Response::into_inner)
            .map_err(|status| anyhow!("{}", explain(&status)))
            .with_context(|| format!("cannot {doing}"))
    }
}

/// Returns the text of an error, with a hint when an earlier run may be in the way.
pub(super) fn explain(status: &Status) -> String {
    let reason = status.get_details_error_info().map(|info| info.reason).unwrap_or_default();
    let hint = if reason == ErrorReason::ExistsWithDifferentContent.as_str_name() {
        "; if an earlier run recorded another file of this name, choose another --output or --database"
    } else {
        ""
    };
    format!("{}{hint}", server::explain(status))
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use tonic::Code;
    use tonic_types::{ErrorDetails, StatusExt as _};

    use super::*;
    use crate::cli::server::status_of;
    use goodturn::google::rpc;

    fn refused() -> Status {
        let mut details = ErrorDetails::with_error_info(
            "SECOND_PERSON_REQUIRED",
            "goodturn",
            [("drawn_up_by".to_owned(), "anna".to_owned())],
        );
        details.add_bad_request_violation("name", "is empty");
        Status::with_error_details(Code::PermissionDenied, "another person must approve", details)
    }

    #[test]
    fn an_error_is_explained_with_its_violations_and_reason() {
        assert_eq!(explain(&refused()), "another person must approve; name: is empty (SECOND_PERSON_REQUIRED)");
        assert_eq!(explain(&Status::unavailable("gone")), "gone (Unavailable)");
    }

    #[test]
    fn where_an_earlier_run_may_be_in_the_way_the_explanation_says_what_to_do() {
        let reason = ErrorReason::ExistsWithDifferentContent.as_str_name();
        let details = ErrorDetails::with_error_info(reason, "goodturn", [("id".to_owned(), "1".to_owned())]);
        let explained = explain(&Status::with_error_details(Code::AlreadyExists, "the id 1 was used before", details));
        assert!(explained.ends_with("choose another --output or --database"), "{explained}");
    }

    #[test]
    fn the_error_of_a_batch_item_is_explained_like_that_of_a_call() {
        let error = rpc::Status::decode(refused().details()).expect("details hold a status");
        assert_eq!(explain(&status_of(&error)), explain(&refused()));
    }
}
