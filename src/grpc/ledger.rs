//! `Ledger`.

use tonic::{Request, Response, Status, Streaming};

use super::door::{Caller, enter};
use super::entered::Entered;
use super::inflow::ResultStream;
use super::streams::EntryStream;
use super::{Api, currency_of, note, note_of};
use crate::domain::decide::command::{Act, Command, QualifiedActivity, Telling};
use crate::domain::entry::Entry;
use crate::domain::entry::digest::Values;
use crate::domain::terms::activity::attributes_note;
use crate::domain::value::ids::{MemberId, ProgramId, RequestId};
use crate::domain::value::local::LocalTime;
use crate::domain::value::seq::Seq;
use crate::log::{Log, LogError};
use crate::pb;
use crate::wire::error::ApiError;
use crate::wire::names::log_or_member;
use crate::wire::page::List;
use crate::wire::parse::{
    ParsedActivity, ParsedTelling, Violations, parse_activity, parse_confirmation, parse_refund, parse_restoration,
    parse_reversal,
};
use crate::wire::render;

/// Entries of a page that are read or rendered at once. In between, other calls have the thread.
const AT_ONCE: u16 = 200;

/// Reads a page of entries in pieces.
async fn entries_after(log: &dyn Log, program: &ProgramId, mut after: Seq, max: u32) -> Result<Vec<Entry>, LogError> {
    let mut entries = Vec::new();
    let mut left = max;
    while left > 0 {
        let asked = left.min(AT_ONCE.into());
        let piece = log.entries(program, after, asked).await?;
        let Some(last) = piece.last() else { break };
        after = last.seq;
        let found = u32::try_from(piece.len()).unwrap_or(asked);
        left = if found < asked { 0 } else { left - asked };
        entries.extend(piece);
    }
    Ok(entries)
}

#[tonic::async_trait]
impl pb::ledger_server::Ledger for Api {
    type WatchEntriesStream = EntryStream;
    type StreamActivitiesStream = ResultStream;

    async fn record_activity(
        &self,
        request: Request<pb::RecordActivityRequest>,
    ) -> Result<Response<pb::Receipt>, Status> {
        let (caller, request) = enter(request);
        let values = Values::of(&request);
        let activity = request.activity;
        let name = activity.as_ref().and_then(|activity| Violations::default().activity("name", &activity.name));
        let program = match name {
            Some((id, ..)) => Some(self.program(&caller, &id).await?),
            None => None,
        };
        let currency = program.as_ref().map(|program| currency_of(program)).transpose()?;
        let parsed = parse_activity(activity, currency)?;
        let program = program.ok_or_else(|| ApiError::NotFound(format!("programs/{}", parsed.program)))?;
        self.know_kinds(&program, &[parsed.activity.kind.as_str()]).await?;
        let command = qualified_command(&program, parsed, &values)?;
        let recorded = self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        Ok(Response::new(self.receipt(&program, recorded).await?))
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
        let (caller, request) = enter(request);
        let parsed = parse_reversal(&request)?;
        Ok(Response::new(self.tell(parsed, &Values::of(&request), &caller).await?))
    }

    async fn restore_activity(
        &self,
        request: Request<pb::RestoreActivityRequest>,
    ) -> Result<Response<pb::Receipt>, Status> {
        let (caller, request) = enter(request);
        let parsed = parse_restoration(&request)?;
        Ok(Response::new(self.tell(parsed, &Values::of(&request), &caller).await?))
    }

    async fn refund_activity(
        &self,
        request: Request<pb::RefundActivityRequest>,
    ) -> Result<Response<pb::Receipt>, Status> {
        let (caller, request) = enter(request);
        let name = Violations::default().activity("name", &request.name);
        let program = match name {
            Some((id, ..)) => Some(self.program(&caller, &id).await?),
            None => None,
        };
        let currency = program.as_ref().map(|program| currency_of(program)).transpose()?;
        let parsed = parse_refund(&request, currency)?;
        Ok(Response::new(self.tell(parsed, &Values::of(&request), &caller).await?))
    }

    async fn confirm_activity(
        &self,
        request: Request<pb::ConfirmActivityRequest>,
    ) -> Result<Response<pb::Receipt>, Status> {
        let (caller, request) = enter(request);
        let parsed = parse_confirmation(&request)?;
        Ok(Response::new(self.tell(parsed, &Values::of(&request), &caller).await?))
    }

    async fn get_activity(&self, request: Request<pb::GetActivityRequest>) -> Result<Response<pb::Activity>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let parsed = violations.activity("name", &request.name);
        let (program, source, id) = violations.check(parsed)?;
        let program = self.program(&caller, &program).await?;
        let explained = self.explain_activity(&program, &source, &id).await;
        let of = |activity: &pb::Activity| MemberId::parse(&activity.member_id).ok();
        // Whether there is one is not told to other members either.
        program.may_read(explained.as_ref().ok().and_then(of).as_ref())?;
        Ok(Response::new(explained?))
    }

    async fn get_balance(&self, request: Request<pb::GetBalanceRequest>) -> Result<Response<pb::Balance>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.member_of("name", &request.name);
        let min_seq = violations.min_seq(request.min_seq);
        let ((program, member), min_seq) = violations.check(name.zip(min_seq))?;
        let program = self.program(&caller, &program).await?;
        program.may_read(Some(&member))?;
        self.reach(&program, min_seq).await?;
        let (account, lots, seq) = self.ledger.account_with_lots(&program, &member).await?;
        Ok(Response::new(render::balance(&program.id, (&account, &lots), seq, currency_of(&program)?)))
    }

    async fn batch_get_balances(
        &self,
        request: Request<pb::BatchGetBalancesRequest>,
    ) -> Result<Response<pb::BatchGetBalancesResponse>, Status> {
        Ok(Response::new(self.balances(request).await?))
    }

    async fn list_entries(
        &self,
        request: Request<pb::ListEntriesRequest>,
    ) -> Result<Response<pb::ListEntriesResponse>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let parent = log_or_member(&mut violations, "parent", &request.parent);
        let page_size = violations.page_size(request.page_size);
        let min_seq = violations.min_seq(request.min_seq);
        let ((program, member), min_seq) = violations.check(parent.zip(min_seq))?;
        let program = self.program(&caller, &program).await?;
        program.may_read(member.as_ref())?;
        self.reach(&program, min_seq).await?;
        let _turn = caller.list_turn(page_size).await?;
        let list = List::of("ListEntries", &request.parent);
        let cursor: Option<Seq> = list.cursor(&request.page_token)?;
        let log = self.ledger.log();
        let (entries, sentences, next) = match member {
            None => {
                let entries = entries_after(&**log, &program.id, cursor.unwrap_or(Seq::ZERO), page_size).await?;
                let head = program.read().head.seq;
                let next = entries.last().map(|entry| entry.seq).filter(|&last| last < head);
                (entries, Vec::new(), next)
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
                let sentences = self.sentences(&program, &entries).await?;
                (entries, sentences, next)
            }
        };
        let currency = currency_of(&program)?;
        let sentences = sentences.into_iter().chain(std::iter::repeat_with(String::new));
        let mut told = Vec::with_capacity(entries.len());
        for (entry, sentence) in entries.iter().zip(sentences) {
            told.push(pb::Entry { sentence, ..render::entry(&program.id, currency, entry) });
            if told.len().is_multiple_of(usize::from(AT_ONCE)) {
                tokio::task::yield_now().await;
            }
        }
        Ok(Response::new(pb::ListEntriesResponse {
            entries: told,
            next_page_token: next.map(|seq| list.token(&seq)).unwrap_or_default(),
        }))
    }

    async fn list_expiring(
        &self,
        request: Request<pb::ListExpiringRequest>,
    ) -> Result<Response<pb::ListExpiringResponse>, Status> {
        Ok(Response::new(self.expiring(request).await?))
    }

    async fn list_waiting(
        &self,
        request: Request<pb::ListWaitingRequest>,
    ) -> Result<Response<pb::ListWaitingResponse>, Status> {
        Ok(Response::new(self.waiting(request).await?))
    }

    async fn watch_entries(&self, request: Request<pb::WatchEntriesRequest>) -> Result<Response<EntryStream>, Status> {
        Ok(Response::new(self.watch(request).await?))
    }
}

impl Api {
    /// Records a report on an activity.
    async fn tell(&self, parsed: ParsedTelling, values: &Values, caller: &Caller) -> Result<pb::Receipt, ApiError> {
        let program = self.program(caller, &parsed.program).await?;
        let command = telling_command(&program, parsed, values)?;
        let recorded = self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        self.receipt(&program, recorded).await
    }
}

/// Makes the command that records an activity, with the verdict of the rules on it.
pub(super) fn qualified_command(
    program: &Entered,
    parsed: ParsedActivity,
    values: &Values,
) -> Result<Command, ApiError> {
    let ParsedActivity { source, id, activity, .. } = parsed;
    let (qualified, epoch, local) = {
        let committed = program.read();
        if !committed.rules.knows(&activity.kind) {
            let known = committed.rules.kinds().into_iter().map(ToString::to_string).collect();
            return Err(ApiError::UnknownKind { kind: activity.kind.to_string(), known });
        }
        let local = LocalTime::in_zone(activity.occurred_at, &committed.zone);
        (committed.rules.qualify(&source, &activity, local), committed.head.epoch, local)
    };
    let note = if activity.attributes.is_empty() { None } else { Some(note(attributes_note(&activity.attributes))?) };
    let request = RequestId::from(&id);
    let qualified = QualifiedActivity { id, activity, qualified, epoch, local };
    let act = Act::RecordActivity(Box::new(qualified));
    Ok(Command { note, ..program.given_by(source, request, values, act)? })
}

/// Makes the command that reports on an activity.
fn telling_command(program: &Entered, parsed: ParsedTelling, values: &Values) -> Result<Command, ApiError> {
    let ParsedTelling { source, activity, id, told, occurred_at, note: text, .. } = parsed;
    let note = note_of(text)?;
    let telling = Telling { source: source.clone(), activity, told, occurred_at };
    let act = Act::Tell(Box::new(telling));
    Ok(Command { note, ..program.given_by(source, &id, values, act)? })
}
