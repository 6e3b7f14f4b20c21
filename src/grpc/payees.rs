//! Where members' money goes, and who could be paid.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tonic::Request;

use super::door::enter;
use super::entered::Entered;
use super::volume::wire_status;
use super::{Api, currency_of, note};
use crate::domain::decide::acts::PayAct;
use crate::domain::decide::command::{Act, Command};
use crate::domain::decide::rejection::Rejection;
use crate::domain::entry::digest::Values;
use crate::domain::state::member::Member;
use crate::domain::state::payee::Payee as KnownPayee;
use crate::domain::state::payment::Payment;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::value::encoding::Note;
use crate::domain::value::ids::{MemberId, RequestId};
use crate::domain::value::seq::Seq;
use crate::ledger::state::ProgramState;
use crate::ledger::{Recorded, SubmitError, clock};
use crate::log::{LogError, Want};
use crate::payees::Payee;
use crate::payees::seal::PayeeKeys;
use crate::payout::lots::PAGE;
use crate::payout::payments::due_after;
use crate::pb;
use crate::pb::set_payee_result::Result as SetResult;
use crate::wire::error::{ApiError, NotExported, Violation};
use crate::wire::page::{List, index};
use crate::wire::parse::{Violations, parse_payee};
use crate::wire::render;

/// The largest number of payees of one call: one entry each, a batch that the lane commits at once.
const PAYEES_MAX: usize = 1_000;

/// Members with lots that are read at most for one page of those with money due.
const READ_MAX: u32 = 10_000;

/// How much sparser than read the destinations of a page may lie in the log for one read of the whole range.
const SPREAD_MAX: usize = 4;

impl Api {
    pub(super) async fn payees_set(
        &self,
        request: Request<pb::BatchSetPayeesRequest>,
    ) -> Result<pb::BatchSetPayeesResponse, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let parent = violations.program("parent", &request.parent);
        let count = request.requests.len();
        if count > PAYEES_MAX {
            violations.add("requests", format!("has {count}; at most {PAYEES_MAX} are allowed"));
        }
        let program = self.program(&caller, &violations.check(parent)?).await?;
        let keys = self.payee_keys()?;
        let mut seen = BTreeSet::new();
        let asked = request.requests.iter().map(|request| {
            let asked = parse_set(&program, request)?;
            let mut violations = Violations::default();
            if !seen.insert(asked.member.clone()) {
                violations.add("name", "names a member of whom the call gives a destination before; give one");
            }
            violations.check(Some(asked))
        });
        let asked: Vec<Result<Asked, ApiError>> = asked.collect();
        let members = asked.iter().filter_map(|asked| asked.as_ref().ok()).map(|asked| &asked.member);
        let known = self.known_payees(&program, members).await?;
        let asked = asked.into_iter().map(|asked| setting(&program, keys, &known, asked?));
        let answers = self.submit_each(&program, asked.collect(), &caller).await?;
        let result = |answer: Result<Recorded, ApiError>| {
            let result = match answer {
                Ok(_) => SetResult::Changed(true),
                Err(ApiError::Submit(SubmitError::Rejected(Rejection::NothingDue))) => SetResult::Changed(false),
                Err(error) => SetResult::Error(wire_status(&error.into())),
            };
            pb::SetPayeeResult { result: Some(result) }
        };
        Ok(pb::BatchSetPayeesResponse { results: answers.into_iter().map(result).collect() })
    }

    pub(super) async fn payee_removed(
        &self,
        request: Request<pb::RemovePayeeRequest>,
    ) -> Result<pb::RemovePayeeResponse, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.member_of("name", &request.name);
        let (program, member) = violations.check(name)?;
        let program = self.program(&caller, &program).await?;
        let known = self.known_payees(&program, [&member]).await?;
        let Some((KnownPayee { set: Some(_), .. }, before)) = known.get(&member) else {
            return Ok(pb::RemovePayeeResponse {});
        };
        let act = Act::Pay(Box::new(PayAct::RemovePayee(member.clone())));
        let id = RequestId::of_payee(&member, *before, &[0; 32]);
        let command = program.given(id, &Values::of(&request), act);
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        Ok(pb::RemovePayeeResponse {})
    }

    pub(super) async fn due_listed(
        &self,
        request: Request<pb::ListDuePaymentsRequest>,
    ) -> Result<pb::ListDuePaymentsResponse, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let parent = violations.program("parent", &request.parent);
        let format = violations.file_format("format", request.format);
        let page_size = violations.page_size(request.page_size);
        let state = pb::DueState::try_from(request.state).ok();
        let state = state.or_else(|| violations.refuse("state", format!("is {}, which is no state", request.state)));
        let ((program, format), state) = violations.check(parent.zip(format).zip(state))?;
        let program = self.program(&caller, &program).await?;
        let _turn = caller.list_turn(page_size).await?;
        let list = List::of("ListDuePayments", &(&request.parent, request.format, request.state));
        let mut after: Option<MemberId> = list.cursor(&request.page_token)?;
        let currency = currency_of(&program)?;
        let (mut payments, mut last) = (Vec::new(), None);
        // Where few are shown, the next part is twice as long.
        let (mut part, mut read) = (page_size + 1, 0);
        while read < READ_MAX {
            part = part.min(PAGE);
            let (due, next) = due_after(&self.ledger, &program, format, after.clone(), part).await?;
            for due in due {
                if payments.len() == index(page_size) {
                    let next_page_token = last.map(|member: MemberId| list.token(&member)).unwrap_or_default();
                    return Ok(pb::ListDuePaymentsResponse { payments, next_page_token });
                }
                if state == pb::DueState::Unspecified || render::due_state(due.undrawn.as_ref()) == state {
                    payments.push(render::due(&program.id, currency, &due));
                }
                last = Some(due.member);
            }
            after = next;
            if after.is_none() {
                break;
            }
            read += part;
            part *= 2;
        }
        let next_page_token = after.map(|member| list.token(&member)).unwrap_or_default();
        Ok(pb::ListDuePaymentsResponse { payments, next_page_token })
    }

    /// Returns what is known of the payees of some members, each with the entry that changed it last.
    pub(super) async fn known_payees<'a>(
        &self,
        program: &ProgramState,
        members: impl IntoIterator<Item = &'a MemberId>,
    ) -> Result<BTreeMap<MemberId, (KnownPayee, Seq)>, LogError> {
        let keys: Vec<RecordKey> = members.into_iter().cloned().map(RecordKey::Payee).collect();
        let mut known = BTreeMap::new();
        if keys.is_empty() {
            return Ok(known);
        }
        for stored in self.ledger.log().load(&program.id, &Want::records(keys)).await?.records {
            if let (RecordKey::Payee(member), Record::Payee(payee)) = (stored.key, stored.record) {
                known.insert(member, (payee, stored.seq));
            }
        }
        Ok(known)
    }

    /// Returns where payments go; `None` for credit, and where the destination cannot be read, or is not the one that was drawn.
    pub(super) async fn destinations(
        &self,
        program: &ProgramState,
        payments: &[(u32, Payment)],
    ) -> Result<Vec<Option<Payee>>, LogError> {
        let Some(keys) = &self.payee_keys else { return Ok(vec![None; payments.len()]) };
        let seqs: Vec<Seq> = payments.iter().filter_map(|(_, payment)| Some(payment.to.as_ref()?.seq)).collect();
        let notes = self.notes_at(program, &seqs).await?;
        let open = |(_, payment): &(u32, Payment)| {
            let to = payment.to.as_ref()?;
            let payee = keys.open(&program.id, &payment.member, &notes.get(&to.seq)?.text)?;
            // Whoever can write to the database could put back what stood beside an earlier entry.
            (keys.fingerprint(&program.id, &payee) == to.fingerprint).then_some(payee)
        };
        Ok(payments.iter().map(open).collect())
    }

    /// Returns the notes of some entries: by one read where they lie close together, as those of an import do.
    async fn notes_at(&self, program: &ProgramState, seqs: &[Seq]) -> Result<BTreeMap<Seq, Note>, LogError> {
        let (Some(first), Some(last)) = (seqs.iter().min(), seqs.iter().max()) else { return Ok(BTreeMap::new()) };
        let log = self.ledger.log();
        let spread = usize::try_from(last.get() - first.get()).unwrap_or(usize::MAX);
        if spread <= seqs.len().saturating_mul(SPREAD_MAX) {
            return Ok(log.notes(&program.id, first.previous(), *last).await?.into_iter().collect());
        }
        let mut notes = BTreeMap::new();
        for seq in seqs {
            notes.extend(log.notes(&program.id, seq.previous(), *seq).await?);
        }
        Ok(notes)
    }

    /// Returns the keys of destinations.
    pub(super) fn payee_keys(&self) -> Result<&Arc<PayeeKeys>, ApiError> {
        self.payee_keys.as_ref().ok_or_else(|| NotExported::NoKey.into())
    }

    /// Returns the person that a member is now.
    pub(super) async fn person_of(&self, program: &ProgramState, member: &MemberId) -> Result<MemberId, LogError> {
        let mut person = member.clone();
        while let Some(Record::Member(Member { merged: Some(merged), .. })) =
            self.ledger.record(program, &RecordKey::Member(person.clone())).await?
        {
            person = merged.into;
        }
        Ok(person)
    }
}

/// A member's destination as a request gives it.
struct Asked {
    member: MemberId,
    kind: crate::domain::terms::batch::PayeeKind,
    payee: Payee,
}

fn parse_set(program: &Entered, request: &pb::SetPayeeRequest) -> Result<Asked, ApiError> {
    let mut violations = Violations::default();
    let name = violations.member_of("name", &request.name);
    if let Some((of, _)) = &name
        && *of != program.id
    {
        violations.add("name", format!("must begin with programs/{}", program.id));
    }
    let payee = match parse_payee(request.payee.as_ref(), currency_of(program)?) {
        Ok(payee) => Some(payee),
        Err(found) => {
            for Violation { field, problem } in found {
                violations.add(&field, problem);
            }
            None
        }
    };
    let ((_, member), (kind, payee)) = violations.check(name.zip(payee))?;
    Ok(Asked { member, kind, payee })
}

/// Makes the command that sets a destination. Its text is encrypted before it reaches the queue.
fn setting(
    program: &Entered,
    keys: &PayeeKeys,
    known: &BTreeMap<MemberId, (KnownPayee, Seq)>,
    Asked { member, kind, payee }: Asked,
) -> Result<Command, ApiError> {
    let nonce = clock::random().map_err(|error| LogError::Unavailable(error.to_string()))?;
    let fingerprint = keys.fingerprint(&program.id, &payee);
    let before = known.get(&member).map_or(Seq::ZERO, |(_, seq)| *seq);
    let text = keys.seal(&program.id, &member, &payee, nonce);
    let id = RequestId::of_payee(&member, before, &fingerprint);
    let act = Act::Pay(Box::new(PayAct::SetPayee(member, kind, fingerprint)));
    // The id names the content by its keyed digest. A digest of the values themselves could be guessed without the key.
    Ok(Command { note: Some(note(text)?), ..program.given(id.clone(), &Values::own(&id), act) })
}
