//! `Ledger`.

use tonic::{Request, Response, Status, Streaming};

use super::auth::Caller;
use super::error::ApiError;
use super::inflow::ResultStream;
use super::names::log_or_member;
use super::page::List;
use super::parse::{ParsedActivity, ParsedReversal, Violations, parse_activity, parse_reversal};
use super::streams::EntryStream;
use super::{Api, currency_of, render};
use crate::domain::command::{Act, Command, QualifiedActivity, Reversal};
use crate::domain::encoding::{Note, encode};
use crate::domain::entry::{CommandKind, CommandName, Entry, Seq};
use crate::domain::fact::Fact;
use crate::domain::ids::{ActivityId, PrincipalId, RequestId, SourceId};
use crate::domain::record::{Record, RecordKey};
use crate::domain::rejection::Rejection;
use crate::ledger::state::ProgramState;
use crate::ledger::{SubmitError, clock};
use crate::log::LogError;
use crate::pb;

#[tonic::async_trait]
impl pb::ledger_server::Ledger for Api {
    type WatchEntriesStream = EntryStream;
    type StreamActivitiesStream = ResultStream;

    async fn record_activity(
        &self,
        request: Request<pb::RecordActivityRequest>,
    ) -> Result<Response<pb::Receipt>, Status> {
        let caller = Caller::of(&request)?;
        let activity = request.into_inner().activity;
        let name = activity.as_ref().and_then(|activity| Violations::default().activity("name", &activity.name));
        let program = match name {
            Some((id, ..)) => Some(self.program(&id).await?),
            None => None,
        };
        let currency = program.as_deref().map(currency_of).transpose()?;
        let parsed = parse_activity(activity, self.ledger.now(), currency)?;
        let program = program.ok_or_else(|| ApiError::NotFound(format!("programs/{}", parsed.program)))?;
        self.know_kinds(&program, &[parsed.activity.kind.as_str()]).await?;
        let command = qualified_command(&program, parsed, &caller.principal())?;
        let entry = self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        Ok(Response::new(render::receipt(&program.id, currency_of(&program)?, &entry)))
    }

    async fn batch_record_activities(
        &self,
        request: Request<pb::BatchRecordActivitiesRequest>,
    ) -> Result<Response<pb::BatchRecordActivitiesResponse>, Status> {
        Ok(Response::new(self.record_batch(request).await?))
    }

    async fn stream_activities(
        &self,
        request: Request<Streaming<pb::StreamActivitiesRequest>>,
    ) -> Result<Response<ResultStream>, Status> {
        Ok(Response::new(self.stream(request)?))
    }

    async fn reverse_activity(
        &self,
        request: Request<pb::ReverseActivityRequest>,
    ) -> Result<Response<pb::Receipt>, Status> {
        let caller = Caller::of(&request)?;
        let parsed = parse_reversal(request.into_inner(), self.ledger.now())?;
        let program = self.program(&parsed.program).await?;
        let recorded = self.recorded_activity(&program, &parsed.source, &parsed.activity).await?;
        let command = reversal_command(&program, parsed, &recorded, &caller.principal())?;
        let entry = self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        Ok(Response::new(render::receipt(&program.id, currency_of(&program)?, &entry)))
    }

    async fn get_activity(&self, request: Request<pb::GetActivityRequest>) -> Result<Response<pb::Activity>, Status> {
        Caller::of(&request)?;
        let name = &request.get_ref().name;
        let mut violations = Violations::default();
        let parsed = violations.activity("name", name);
        let (program, source, id) = violations.check(parsed)?;
        let program = self.current_program(&program).await?;
        let entry = self.recorded_activity(&program, &source, &id).await?;
        let reversal = self.ledger.record(&program, &RecordKey::Reversal(source, id)).await?;
        let reversed_by = match reversal {
            Some(Record::Reversal(seq)) => Some(seq),
            _ => None,
        };
        let attributes = self.attributes(&program, &entry).await?;
        let activity = render::activity(&program.id, &entry, reversed_by, &attributes, currency_of(&program)?);
        Ok(Response::new(activity.ok_or_else(|| ApiError::NotFound(name.clone()))?))
    }

    async fn get_balance(&self, request: Request<pb::GetBalanceRequest>) -> Result<Response<pb::Balance>, Status> {
        Caller::of(&request)?;
        let request = request.into_inner();
        let mut violations = Violations::default();
        let name = violations.member_of("name", &request.name);
        let min_seq = violations.min_seq(request.min_seq);
        let ((program, member), min_seq) = violations.check(name.zip(min_seq))?;
        let program = self.program(&program).await?;
        self.reach(&program, min_seq).await?;
        let (account, seq) = self.ledger.account(&program, &member).await?;
        Ok(Response::new(render::balance(&account, seq, currency_of(&program)?)))
    }

    async fn list_entries(
        &self,
        request: Request<pb::ListEntriesRequest>,
    ) -> Result<Response<pb::ListEntriesResponse>, Status> {
        Caller::of(&request)?;
        let request = request.into_inner();
        let mut violations = Violations::default();
        let parent = log_or_member(&mut violations, "parent", &request.parent);
        let page_size = violations.page_size(request.page_size);
        let min_seq = violations.min_seq(request.min_seq);
        let ((program, member), min_seq) = violations.check(parent.zip(min_seq))?;
        let program = self.program(&program).await?;
        self.reach(&program, min_seq).await?;
        let list = List::of("ListEntries", &request.parent);
        let cursor: Option<Seq> = list.cursor(&request.page_token)?;
        let log = self.ledger.log();
        let (entries, next) = match member {
            None => {
                let entries = log.entries(&program.id, cursor.unwrap_or(Seq::ZERO), page_size).await;
                let entries = entries?;
                let head = program.read().head.seq;
                let next = entries.last().map(|entry| entry.seq).filter(|&last| last < head);
                (entries, next)
            }
            Some(member) => {
                let from = match cursor {
                    Some(seq) => seq,
                    None => self.ledger.account(&program, &member).await?.0.last_seq,
                };
                let entries = log.history(&program.id, from, page_size).await?;
                if entries.first().is_some_and(|entry| entry.member.as_ref() != Some(&member)) {
                    return Err(ApiError::PageToken(request.page_token).into());
                }
                let next = entries.last().map(|entry| entry.prev_seq).filter(|&seq| seq > Seq::ZERO);
                (entries, next)
            }
        };
        let currency = currency_of(&program)?;
        Ok(Response::new(pb::ListEntriesResponse {
            entries: entries.iter().map(|entry| render::entry(&program.id, currency, entry)).collect(),
            next_page_token: next.map(|seq| list.token(&seq)).unwrap_or_default(),
        }))
    }

    async fn watch_entries(&self, request: Request<pb::WatchEntriesRequest>) -> Result<Response<EntryStream>, Status> {
        Ok(Response::new(self.watch(request).await?))
    }
}

impl Api {
    /// Finds the entry of a recorded activity.
    async fn recorded_activity(
        &self,
        program: &ProgramState,
        source: &SourceId,
        id: &ActivityId,
    ) -> Result<Entry, ApiError> {
        let name = activity_name(source.clone(), id);
        let found = self.ledger.find(program, name).await?;
        found.ok_or_else(|| ApiError::NotFound(format!("programs/{}/sources/{source}/activities/{id}", program.id)))
    }

    async fn attributes(
        &self,
        program: &ProgramState,
        entry: &Entry,
    ) -> Result<crate::domain::rules::Attributes, LogError> {
        let before = Seq::new(entry.seq.get() - 1).unwrap_or(Seq::ZERO);
        let notes = match entry.note_digest {
            Some(_) => self.ledger.log().notes(&program.id, before, entry.seq).await?,
            None => Vec::new(),
        };
        Ok(notes.first().map(|(_, note)| render::attributes(&note.text)).unwrap_or_default())
    }
}

fn activity_name(source: SourceId, id: &ActivityId) -> CommandName {
    CommandName { source, kind: CommandKind::RecordActivity, id: RequestId::from(id) }
}

/// The command that records an activity, with what the rules say of it.
pub(super) fn qualified_command(
    program: &ProgramState,
    parsed: ParsedActivity,
    principal: &PrincipalId,
) -> Result<Command, ApiError> {
    let ParsedActivity { source, id, activity, .. } = parsed;
    let (qualified, epoch, local_day) = {
        let committed = program.read();
        if !committed.rules.knows(&activity.kind) {
            let known = committed.rules.kinds().into_iter().map(ToString::to_string).collect();
            return Err(ApiError::UnknownKind { kind: activity.kind.to_string(), known });
        }
        (committed.rules.qualify(&activity), committed.head.epoch, activity.occurred_at.day_in(&committed.zone))
    };
    let note = if activity.attributes.is_empty() { None } else { Some(note(encode(&activity.attributes))?) };
    Ok(Command {
        name: activity_name(source, &id),
        digest: program.secret.digest(&activity),
        principal: principal.clone(),
        act: Act::RecordActivity(Box::new(QualifiedActivity { activity, qualified, epoch, local_day })),
        note,
    })
}

/// The command that takes back a recorded activity.
fn reversal_command(
    program: &ProgramState,
    parsed: ParsedReversal,
    recorded: &Entry,
    principal: &PrincipalId,
) -> Result<Command, ApiError> {
    let (Some(member), Fact::Activity(fact)) = (&recorded.member, &recorded.fact) else {
        return Err(SubmitError::Rejected(Rejection::Inconsistent("an activity's entry holds no activity")).into());
    };
    let digest =
        program.secret.digest(&(&parsed.source, &parsed.activity, parsed.reason, parsed.occurred_at, &parsed.note));
    let note = if parsed.note.is_empty() { None } else { Some(note(parsed.note.into_bytes())?) };
    let name = CommandName {
        source: parsed.source.clone(),
        kind: CommandKind::ReverseActivity,
        id: RequestId::from(&parsed.id),
    };
    let reversal = Reversal {
        source: parsed.source,
        activity: parsed.activity,
        refers: recorded.seq,
        member: member.clone(),
        kind: fact.kind.clone(),
        credited: recorded.credited(),
        local_day: recorded.local_day,
        reason: parsed.reason,
        occurred_at: parsed.occurred_at,
    };
    let act = Act::ReverseActivity(Box::new(reversal));
    Ok(Command { name, digest, principal: principal.clone(), act, note })
}

/// Text that goes beside the log, with a salt of its own.
fn note(text: Vec<u8>) -> Result<Note, ApiError> {
    let salt = clock::random().map_err(|error| LogError::Unavailable(error.to_string()))?;
    Ok(Note { salt, text: text.into() })
}
