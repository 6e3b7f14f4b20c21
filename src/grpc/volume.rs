//! Recording many activities in one call: the common parts of `BatchRecordActivities` and `StreamActivities`, and the
//! former.

use std::sync::Arc;

use tonic::{Request, Status};

use super::door::{Caller, enter};
use super::entered::Entered;
use super::ledger::qualified_command;
use super::{Api, currency_of};
use crate::domain::decide::command::Command;
use crate::domain::entry::digest::Values;
use crate::domain::value::ids::ActivityKind;
use crate::domain::value::money::Currency;
use crate::google::rpc;
use crate::ledger::state::ProgramState;
use crate::ledger::{Answer, Recorded, SubmitError};
use crate::log::LogError;
use crate::pb;
use crate::pb::record_activity_result::Result as ActivityResult;
use crate::wire::error::{ApiError, Violation};
use crate::wire::parse::{Violations, parse_activity};

/// The largest number of activities of one message: some 300 kB, and a batch that the lane commits at once.
const ACTIVITIES_MAX: usize = 1_000;

/// The programme and the caller for whom activities are recorded.
pub(super) struct Recorder {
    pub(super) program: Entered,
    currency: Currency,
}

impl Recorder {
    /// Makes a recorder for a programme that exists.
    pub(super) fn of(program: Entered) -> Result<Self, ApiError> {
        Ok(Self { currency: currency_of(&program)?, program })
    }

    /// Makes the command that records one of several activities of this programme.
    pub(super) fn command(&self, activity: pb::Activity) -> Result<Command, ApiError> {
        let request = pb::RecordActivityRequest { activity: Some(activity) };
        let values = Values::of(&request);
        let parsed = parse_activity(request.activity, Some(self.currency))?;
        if parsed.program != self.program.id {
            let problem = format!("must begin with programs/{}", self.program.id);
            return Err(ApiError::Invalid(vec![Violation { field: "name".into(), problem }]));
        }
        qualified_command(&self.program, parsed, &values)
    }
}

/// Returns the result of an activity, as it stands within a message.
fn result(receipt: Result<pb::Receipt, ApiError>) -> pb::RecordActivityResult {
    let result = match receipt {
        Ok(receipt) => ActivityResult::Receipt(receipt),
        Err(error) => ActivityResult::Error(wire_status(&error.into())),
    };
    pb::RecordActivityResult { result: Some(result) }
}

/// Notes a violation when a message holds more activities than it may.
pub(super) fn check_count(violations: &mut Violations, activities: &[pb::Activity]) {
    let count = activities.len();
    if count > ACTIVITIES_MAX {
        violations.add("activities", format!("has {count}; at most {ACTIVITIES_MAX} are allowed"));
    }
}

impl Api {
    /// Records the activities of a batch.
    pub(super) async fn record_batch(
        &self,
        request: Request<pb::BatchRecordActivitiesRequest>,
    ) -> Result<pb::BatchRecordActivitiesResponse, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let parent = violations.program("parent", &request.parent);
        check_count(&mut violations, &request.activities);
        let program = self.program(&caller, &violations.check(parent)?).await?;
        self.know_kinds_of(&program, &request.activities).await?;
        let recorder = Recorder::of(program)?;
        let results = if request.all_or_nothing {
            self.record_together(&recorder, request.activities, &caller).await?
        } else {
            self.record_each(&recorder, request.activities, &caller).await?
        };
        Ok(pb::BatchRecordActivitiesResponse { results })
    }

    /// Looks for rules that another server has published, before a kind is called unknown.
    pub(super) async fn know_kinds(&self, program: &ProgramState, kinds: &[&str]) -> Result<(), LogError> {
        let unknown = {
            let rules = &program.read().rules;
            kinds.iter().filter_map(|kind| ActivityKind::parse(kind).ok()).any(|kind| !rules.knows(&kind))
        };
        if unknown {
            self.ledger.catch_up(program).await?;
        }
        Ok(())
    }

    pub(super) async fn know_kinds_of(
        &self,
        program: &ProgramState,
        activities: &[pb::Activity],
    ) -> Result<(), LogError> {
        let kinds: Vec<&str> = activities.iter().map(|activity| activity.kind.as_str()).collect();
        self.know_kinds(program, &kinds).await
    }

    /// Records activities, each for itself. Result *i* is that of activity *i*.
    async fn record_each(
        &self,
        recorder: &Recorder,
        activities: Vec<pb::Activity>,
        caller: &Caller,
    ) -> Result<Vec<pb::RecordActivityResult>, ApiError> {
        let asked = activities.into_iter().map(|activity| recorder.command(activity)).collect();
        let answers = self.submit_each(&recorder.program, asked, caller).await?;
        Ok(self.results(&recorder.program, answers).await)
    }

    /// Records commands of one call, each for itself. Result *i* is that of command *i*, or why there was none.
    ///
    /// # Errors
    /// Nothing was queued: the queue had no room for all of them.
    pub(super) async fn submit_each(
        &self,
        program: &Arc<ProgramState>,
        asked: Vec<Result<Command, ApiError>>,
        caller: &Caller,
    ) -> Result<Vec<Result<Recorded, ApiError>>, SubmitError> {
        let mut commands = Vec::with_capacity(asked.len());
        let asked: Vec<Result<(), ApiError>> =
            asked.into_iter().map(|asked| asked.map(|command| commands.push(command))).collect();
        let answers = self.ledger.submit_all(program, commands, Some(caller.deadline)).await;
        refuse_not_queued(&answers)?;
        let mut answers = answers.into_iter();
        let mut next = || answers.next().unwrap_or(Err(SubmitError::OutcomeUnknown)).map_err(ApiError::from);
        Ok(asked.into_iter().map(|asked| asked.and_then(|()| next())).collect())
    }

    /// Records all activities together, or none of them. Result *i* is that of activity *i*.
    async fn record_together(
        &self,
        recorder: &Recorder,
        activities: Vec<pb::Activity>,
        caller: &Caller,
    ) -> Result<Vec<pb::RecordActivityResult>, ApiError> {
        let (mut commands, mut refused) = (Vec::with_capacity(activities.len()), Vec::new());
        for (index, activity) in activities.into_iter().enumerate() {
            match recorder.command(activity) {
                Ok(command) => commands.push(command),
                Err(error) => refused.push((index, error)),
            }
        }
        if !refused.is_empty() {
            return Err(ApiError::Items("activities", refused));
        }
        let answer = self.ledger.submit_together(&recorder.program, commands, Some(caller.deadline)).await;
        let all = answer.map_err(|refused| match refused.index {
            Some(index) => ApiError::Items("activities", vec![(index, refused.error.into())]),
            None => refused.error.into(),
        })?;
        Ok(self.results(&recorder.program, all.into_iter().map(Ok).collect()).await)
    }

    /// Returns the results of activities, as they stand within a message. Result *i* is that of answer *i*.
    pub(super) async fn results(
        &self,
        program: &ProgramState,
        answers: Vec<Result<Recorded, ApiError>>,
    ) -> Vec<pb::RecordActivityResult> {
        self.receipts(program, answers).await.into_iter().map(result).collect()
    }
}

/// Refuses a batch of which nothing was queued: the queue had no room for all of it.
pub(super) fn refuse_not_queued(answers: &[Answer]) -> Result<(), SubmitError> {
    if !answers.is_empty() && answers.iter().all(|answer| *answer == Err(SubmitError::Overloaded)) {
        return Err(SubmitError::Overloaded);
    }
    Ok(())
}

/// Returns a status as it stands within a message.
pub(super) fn wire_status(status: &Status) -> rpc::Status {
    use prost::Message as _;
    rpc::Status::decode(status.details()).unwrap_or_else(|_| rpc::Status {
        code: status.code().into(),
        message: status.message().into(),
        details: Vec::new(),
    })
}
