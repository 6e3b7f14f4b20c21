//! Receipts of commands about activities: the first one again for a replay, with the state that the activity has by now.

use std::collections::HashMap;

use super::{Api, currency_of};
use crate::domain::entry::Entry;
use crate::domain::entry::fact::Fact;
use crate::domain::state::earning::Earning;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::value::ids::{ActivityId, SourceId};
use crate::ledger::Recorded;
use crate::ledger::state::ProgramState;
use crate::log::{LogError, StoredRecord, Want};
use crate::pb;
use crate::wire::error::ApiError;
use crate::wire::render;

/// Entries read at a time for replays: those of a batch that is sent again mostly stand side by side.
const AHEAD: u32 = 256;

/// What became of activities since they were recorded, by name.
type Since = HashMap<(SourceId, ActivityId), Earning>;

impl Api {
    /// Returns the receipts of commands about activities, in their order.
    pub(super) async fn receipts(
        &self,
        program: &ProgramState,
        answers: Vec<Result<Recorded, ApiError>>,
    ) -> Vec<Result<pb::Receipt, ApiError>> {
        let since = self.since(program, &answers).await;
        let (mut receipts, mut ahead) = (Vec::with_capacity(answers.len()), Vec::new());
        for answer in answers {
            receipts.push(match (answer, &since) {
                (Err(error), _) => Err(error),
                (Ok(recorded), Err(error)) if recorded.is_replay() => Err(error.clone().into()),
                (Ok(recorded), since) => {
                    let since = since.as_ref().ok();
                    self.receipt_of(program, &recorded, since, &mut ahead).await
                }
            });
        }
        receipts
    }

    /// Returns the receipt of one command about an activity.
    pub(super) async fn receipt(&self, program: &ProgramState, recorded: Recorded) -> Result<pb::Receipt, ApiError> {
        let receipt = self.receipts(program, vec![Ok(recorded)]).await.pop();
        receipt.expect("one command has one receipt")
    }

    /// Loads the records of the activities that replays are about, all at once.
    async fn since(&self, program: &ProgramState, answers: &[Result<Recorded, ApiError>]) -> Result<Since, LogError> {
        let replays = answers.iter().flatten().filter(|recorded| recorded.is_replay());
        let names = replays.filter_map(|recorded| about(recorded));
        let records: Vec<RecordKey> = names.map(|(source, id)| RecordKey::Activity(source, id)).collect();
        if records.is_empty() {
            return Ok(Since::default());
        }
        let stored = self.ledger.log().load(&program.id, &Want::records(records)).await?;
        let known = stored.records.into_iter().filter_map(|StoredRecord { key, record, .. }| match (key, record) {
            (RecordKey::Activity(source, id), Record::Activity(earning)) => Some(((source, id), *earning)),
            _ => None,
        });
        Ok(known.collect())
    }

    async fn receipt_of(
        &self,
        program: &ProgramState,
        recorded: &Recorded,
        since: Option<&Since>,
        ahead: &mut Vec<Entry>,
    ) -> Result<pb::Receipt, ApiError> {
        let (first, currency) = (&recorded.first, currency_of(program)?);
        let Some(last) = &recorded.last else {
            let last = self.last_of(program, first, ahead).await?;
            let receipt = render::receipt(&program.id, currency, first, last.as_ref().unwrap_or(first));
            let activity_state = state(program, first, since).into();
            return Ok(pb::Receipt { replay: true, activity_state, ..receipt });
        };
        Ok(render::receipt(&program.id, currency, first, last))
    }

    /// Returns the last entry that a recorded command wrote about the member of its first; `None` when that is the first.
    /// `ahead` holds entries that were read last: replays come in runs, so most are answered from it.
    async fn last_of(
        &self,
        program: &ProgramState,
        first: &Entry,
        ahead: &mut Vec<Entry>,
    ) -> Result<Option<Entry>, LogError> {
        let (mut last, mut after) = (None, first.seq);
        while may_have_more(first) {
            let mut at = ahead.partition_point(|entry| entry.seq <= after);
            let goes_on = at > 0 || ahead.first().is_some_and(|entry| entry.seq == after.next());
            if !goes_on || at == ahead.len() {
                *ahead = self.ledger.log().entries(&program.id, after, AHEAD).await?;
                at = 0;
            }
            let rest = &ahead[at..];
            let count = rest.iter().take_while(|entry| entry.request.is_none()).count();
            last = rest[..count].iter().rfind(|entry| entry.member == first.member).cloned().or(last);
            match rest.last() {
                // The act may have more entries than were read.
                Some(read) if count == rest.len() => after = read.seq,
                _ => break,
            }
        }
        Ok(last)
    }
}

/// Returns the activity that a command recorded or told of.
fn about(first: &Entry) -> Option<(SourceId, ActivityId)> {
    match &first.fact {
        Fact::Activity(_) => Some((first.source.clone(), first.activity_id()?)),
        Fact::Earning(fact) => Some((fact.source.clone(), fact.activity.clone())),
        _ => None,
    }
}

/// True when the command may have written more entries about the member. An activity by one rule without cap, waiting time
/// and exclusive key writes one.
fn may_have_more(first: &Entry) -> bool {
    match &first.fact {
        Fact::Activity(fact) => fact.claims.is_some() || !fact.parts.is_empty(),
        Fact::Earning(_) => first.member.is_some(),
        _ => false,
    }
}

/// Returns the present state of the activity; unspecified while it has not come.
fn state(program: &ProgramState, first: &Entry, since: Option<&Since>) -> pb::ActivityState {
    let known = about(first).and_then(|name| since?.get(&name));
    match (&first.fact, known) {
        (Fact::Activity(_), known) => render::state_now(known, first.reason, &program.read().rules),
        (_, Some(known)) => render::state_now(Some(known), None, &program.read().rules),
        (_, None) => pb::ActivityState::Unspecified,
    }
}
