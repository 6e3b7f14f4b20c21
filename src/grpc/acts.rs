//! `Audit.ListActs`.

use tonic::Request;

use super::door::enter;
use super::{Api, note_text};
use crate::domain::entry::Entry;
use crate::domain::entry::batch::PaymentName;
use crate::domain::entry::fact::Fact;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::terms::access::AccessChange;
use crate::domain::value::ids::ProgramId;
use crate::domain::value::payment_id::PaymentId;
use crate::domain::value::seq::Seq;
use crate::ledger::state::ProgramState;
use crate::log::{LogError, note_at};
use crate::pb;
use crate::wire::error::ApiError;
use crate::wire::page::{List, index};
use crate::wire::parse::Violations;
use crate::wire::render;

/// Entries read at a time, and for one page: acts may be few among many activities.
const AT_ONCE: u32 = 1_000;
const READ_MAX: u32 = 10_000;

impl Api {
    /// Returns a page of the acts of administration, in the order of the log.
    pub(super) async fn acts(&self, request: Request<pb::ListActsRequest>) -> Result<pb::ListActsResponse, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let parent = violations.program("parent", &request.parent);
        let page_size = violations.page_size(request.page_size);
        let after = Seq::new(request.after_seq)
            .or_else(|| violations.refuse("after_seq", format!("is {}; give 0 or more", request.after_seq)));
        let (program, after) = violations.check(parent.zip(after))?;
        let program = self.program(&caller, &program).await?;
        // Each page reads many entries.
        let _turn = caller.list_turn(AT_ONCE).await?;
        let list = List::of("ListActs", &(&request.parent, request.after_seq));
        let (mut last, mut acts) = (list.cursor(&request.page_token)?.unwrap_or(after), Vec::new());
        let head = program.head_seq();
        for _ in 0..READ_MAX / AT_ONCE {
            let entries = self.ledger.log().entries(&program.id, last, AT_ONCE).await?;
            for entry in entries.iter().filter(|entry| entry.seq <= head) {
                if acts.len() == index(page_size) {
                    return Ok(pb::ListActsResponse { acts, next_page_token: list.token(&last) });
                }
                last = entry.seq;
                if entry.request.is_some() && entry.command.is_of_administration() {
                    acts.push(self.shown_act(&program, entry).await?);
                }
            }
            if entries.is_empty() || last >= head {
                return Ok(pb::ListActsResponse { acts, next_page_token: String::new() });
            }
        }
        Ok(pb::ListActsResponse { acts, next_page_token: list.token(&last) })
    }

    async fn shown_act(&self, program: &ProgramState, entry: &Entry) -> Result<pb::Act, LogError> {
        let note = match &entry.fact {
            // The lines of a statement have its texts, and a destination is shown with its payments alone.
            Fact::Statement(_) | Fact::Payee(_) => String::new(),
            _ if entry.note_digest.is_none() => String::new(),
            Fact::Owners(_) | Fact::AccessChange(_) => self.access_texts(program, entry.seq).await?.note,
            _ => {
                let note = note_at(&**self.ledger.log(), &program.id, entry.seq).await?;
                note.as_ref().map(note_text).unwrap_or_default()
            }
        };
        Ok(pb::Act {
            seq: entry.seq.get(),
            record_time: Some(render::time(entry.recorded_at)),
            principal: entry.principal.to_string(),
            kind: entry.kind.name().into(),
            about: about(&program.id, entry).unwrap_or_default(),
            note,
            change: match &entry.fact {
                Fact::AccessChange(fact) => fact.change.to_string(),
                _ => String::new(),
            },
        })
    }
}

fn payment_part(program: &ProgramId, PaymentName { batch, number }: &PaymentName) -> String {
    format!("batches/{batch}/payments/{}", PaymentId::of(program, batch, *number))
}

/// Returns the name of what an act was on; `None` for an act on several things at once.
fn about(program: &ProgramId, entry: &Entry) -> Option<String> {
    let part = match &entry.fact {
        Fact::Owners(owners) if entry.kind == EntryKind::AccessRecovered => {
            format!("persons/{}", owners.persons.first()?.person)
        }
        Fact::Program(_) | Fact::Owners(_) => return Some(format!("programs/{program}")),
        Fact::TermsUpdate(change) => format!("updates/{}", change.id),
        Fact::RuleSet(rules) => format!("ruleSets/{}", rules.version),
        Fact::Statement(terms) => format!("savingsStatements/{}", terms.id),
        Fact::StatementDecision(id) => format!("savingsStatements/{id}"),
        Fact::StatementContent(content) => format!("savingsStatements/{}", content.statement),
        Fact::Payout(terms) => format!("payouts/{}", terms.id),
        Fact::PayoutContent(content) => format!("payouts/{}", content.payout),
        Fact::PayoutAct(id) => format!("payouts/{id}"),
        Fact::Batch(terms) => format!("batches/{}", terms.id),
        Fact::BatchContent(content) => format!("batches/{}", content.batch),
        Fact::BatchAct(id) => format!("batches/{id}"),
        Fact::Report(report) => payment_part(program, &report.payment),
        Fact::Retry(payment) => payment_part(program, payment),
        Fact::Closing(content) => format!("payouts/{}/closing", content.payout),
        Fact::Adjustment(fact) => format!("adjustments/{}", fact.id),
        Fact::Proposal(fact) => format!("mergers/{}", fact.id),
        Fact::AccessChange(fact) => match &fact.change {
            AccessChange::AddPerson(new) | AccessChange::LinkLogin(new) => format!("persons/{}", new.person),
            AccessChange::RemovePerson(id) | AccessChange::GrantRoles(id, _) | AccessChange::RevokeRoles(id, _) => {
                format!("persons/{id}")
            }
            AccessChange::CreateKey(terms) => format!("keys/{}", terms.id),
            AccessChange::RevokeKey(id) => format!("keys/{id}"),
        },
        _ => format!("members/{}", entry.member.as_ref()?),
    };
    Some(format!("programs/{program}/{part}"))
}
