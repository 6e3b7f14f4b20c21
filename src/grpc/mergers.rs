//! Mergers of members: at once, many in one call, and those that need a second person.

use tonic::Request;

use super::door::enter;
use super::entered::Entered;
use super::listing::Asked;
use super::volume::{refuse_not_queued, wire_status};
use super::{Api, currency_of, note, note_of};
use crate::domain::decide::command::{Act, Command};
use crate::domain::entry::Entry;
use crate::domain::entry::digest::Values;
use crate::domain::entry::fact::Fact;
use crate::domain::state::proposal::{Proposal, ProposalState};
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::value::encoding::hex;
use crate::domain::value::ids::{MemberId, MergerId, ProgramId, RequestId};
use crate::ledger::SubmitError;
use crate::ledger::state::ProgramState;
use crate::pb;
use crate::pb::merge_members_result::Result as MergeResult;
use crate::wire::error::{ApiError, Violation};
use crate::wire::page::List;
use crate::wire::parse::{ParsedShutOut, Violations, parse_shut_out};
use crate::wire::render;

/// The largest number of mergers of one call: with two to twenty-four entries each, a batch that the lane commits at
/// once.
const MERGERS_MAX: usize = 1_000;

impl Api {
    pub(super) async fn merged(&self, request: Request<pb::MergeMembersRequest>) -> Result<pb::Member, ApiError> {
        let (caller, request) = enter(request);
        let parsed = parse_merger(&request)?;
        let (program, member) = (self.program(&caller, &parsed.program).await?, parsed.member.clone());
        let command = merging(&program, parsed, &Values::of(&request))?;
        let entry = self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        self.merged_member(&program, &member, &entry).await
    }

    /// Merges members, each for itself. Result *i* is that of request *i*.
    pub(super) async fn merged_each(
        &self,
        request: Request<pb::BatchMergeMembersRequest>,
    ) -> Result<pb::BatchMergeMembersResponse, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let parent = violations.program("parent", &request.parent);
        let count = request.requests.len();
        if count > MERGERS_MAX {
            violations.add("requests", format!("has {count}; at most {MERGERS_MAX} are allowed"));
        }
        let program = self.program(&caller, &violations.check(parent)?).await?;
        let mut commands = Vec::with_capacity(count);
        let mut members: Vec<Result<MemberId, ApiError>> = Vec::with_capacity(count);
        for request in &request.requests {
            members.push(merging_in(&program, request).map(|(member, command)| {
                commands.push(command);
                member
            }));
        }
        let answers = self.ledger.submit_all(&program, commands, Some(caller.deadline)).await;
        refuse_not_queued(&answers)?;
        let (mut answers, mut results) = (answers.into_iter(), Vec::with_capacity(count));
        for member in members {
            let merged = match member {
                Ok(member) => match answers.next().unwrap_or(Err(SubmitError::OutcomeUnknown)) {
                    Ok(entry) => self.merged_member(&program, &member, &entry).await,
                    Err(error) => Err(error.into()),
                },
                Err(error) => Err(error),
            };
            let result = match merged {
                Ok(member) => MergeResult::Member(member),
                Err(error) => MergeResult::Error(wire_status(&error.into())),
            };
            results.push(pb::MergeMembersResult { result: Some(result) });
        }
        Ok(pb::BatchMergeMembersResponse { results })
    }

    pub(super) async fn merger_approved(
        &self,
        request: Request<pb::ApproveMergerRequest>,
    ) -> Result<pb::Merger, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.merger("name", &request.name);
        let digest = violations.digest("content_digest", &request.content_digest, "merger's content_digest");
        let ((program, id), digest) = violations.check(name.zip(digest))?;
        let program = self.program(&caller, &program).await?;
        let request_id = RequestId::signing(&hex(&digest));
        let act = Act::ApproveMerger(id.clone(), digest);
        let command = program.given(request_id, &Values::of(&request), act);
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        self.shown_merger(&program, &id).await
    }

    pub(super) async fn merger_rejected(
        &self,
        request: Request<pb::RejectMergerRequest>,
    ) -> Result<pb::Merger, ApiError> {
        let (caller, request) = enter(request);
        let values = Values::of(&request);
        let mut violations = Violations::default();
        let name = violations.merger("name", &request.name);
        violations.note_text("note", &request.note);
        let (program, id) = violations.check(name)?;
        let program = self.program(&caller, &program).await?;
        let note = Some(note(request.note.into_bytes())?);
        let act = Act::RejectMerger(id.clone());
        let command = Command { note, ..program.given(&id, &values, act) };
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        self.shown_merger(&program, &id).await
    }

    pub(super) async fn merger_named(&self, request: Request<pb::GetMergerRequest>) -> Result<pb::Merger, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.merger("name", &request.name);
        let (program, id) = violations.check(name)?;
        let program = self.program(&caller, &program).await?;
        self.shown_merger(&program, &id).await
    }

    pub(super) async fn mergers_listed(
        &self,
        request: Request<pb::ListMergersRequest>,
    ) -> Result<pb::ListMergersResponse, ApiError> {
        let (caller, request) = enter(request);
        let asked = Asked { parent: &request.parent, size: request.page_size, token: &request.page_token };
        let (listing, state) =
            self.listing(&caller, &asked, |violations| violations.merger_state("state", request.state)).await?;
        let program = &listing.program;
        let list = List::of("ListMergers", &(&request.parent, request.state));
        let page = self.kept_page(program, &list, RecordKey::PROPOSALS, listing.page, |stored| {
            match (stored.key, stored.record) {
                (RecordKey::Proposal(id), Record::Proposal(merger)) => Some((id, merger)),
                _ => None,
            }
            .filter(|(_, merger)| state.has(&merger.state))
        });
        let page = page.await?;
        let mut mergers = Vec::with_capacity(page.rows.len());
        for (id, merger) in &page.rows {
            mergers.push(self.rendered_merger(program, id, merger).await?);
        }
        Ok(pb::ListMergersResponse { mergers, next_page_token: page.next })
    }

    /// Returns the member that an entry merges away, with the name of the merger where it waits for a second person.
    async fn merged_member(
        &self,
        program: &ProgramState,
        member: &MemberId,
        entry: &Entry,
    ) -> Result<pb::Member, ApiError> {
        let shown = self.shown_member(program, member).await?;
        let Fact::Proposal(fact) = &entry.fact else { return Ok(shown) };
        let merger = self.stored_merger(program, &fact.id).await?;
        if merger.state != ProposalState::Proposed {
            return Ok(shown);
        }
        Ok(pb::Member { proposed_merger: name_of(&program.id, &fact.id), ..shown })
    }

    async fn stored_merger(&self, program: &ProgramState, id: &MergerId) -> Result<Proposal, ApiError> {
        match self.ledger.record(program, &RecordKey::Proposal(id.clone())).await? {
            Some(Record::Proposal(merger)) => Ok(merger),
            _ => Err(ApiError::NotFound(name_of(&program.id, id))),
        }
    }

    async fn shown_merger(&self, program: &ProgramState, id: &MergerId) -> Result<pb::Merger, ApiError> {
        let merger = self.stored_merger(program, id).await?;
        self.rendered_merger(program, id, &merger).await
    }

    async fn rendered_merger(
        &self,
        program: &ProgramState,
        id: &MergerId,
        merger: &Proposal,
    ) -> Result<pb::Merger, ApiError> {
        let (account, seq) = self.ledger.account(program, &merger.from).await?;
        let proposed = self.text_of(program, merger.seq).await?;
        let rejected = match &merger.decided {
            Some((_, seq)) if merger.state == ProposalState::Rejected => self.text_of(program, *seq).await?,
            _ => String::new(),
        };
        let currency = currency_of(program)?;
        Ok(render::merger(&program.id, id, merger, (&account, seq), currency, [proposed, rejected]))
    }
}

fn parse_merger(request: &pb::MergeMembersRequest) -> Result<ParsedShutOut<MemberId>, ApiError> {
    let into = |violations: &mut Violations| violations.id("into_member_id", MemberId::parse(&request.into_member_id));
    parse_shut_out(&request.name, ("merge_id", request.merge_id.as_str()), into, request.note.clone())
}

/// Makes the command of one of several mergers of a programme.
fn merging_in(program: &Entered, request: &pb::MergeMembersRequest) -> Result<(MemberId, Command), ApiError> {
    let parsed = parse_merger(request)?;
    if parsed.program != program.id {
        let problem = format!("must begin with programs/{}", program.id);
        return Err(ApiError::Invalid(vec![Violation { field: "name".into(), problem }]));
    }
    let member = parsed.member.clone();
    Ok((member, merging(program, parsed, &Values::of(request))?))
}

fn merging(program: &Entered, parsed: ParsedShutOut<MemberId>, values: &Values) -> Result<Command, ApiError> {
    let ParsedShutOut { member, id, reason: into, note: text, .. } = parsed;
    let act = Act::MergeMembers { from: member, into };
    Ok(Command { note: note_of(text)?, ..program.given(&id, values, act) })
}

fn name_of(program: &ProgramId, id: &MergerId) -> String {
    format!("programs/{program}/mergers/{id}")
}
