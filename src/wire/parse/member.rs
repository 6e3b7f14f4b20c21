//! Acts on members.

use super::super::error::ApiError;
use super::{Chosen, NOTE_BYTES_MAX, Violations};
use crate::domain::state::proposal::ProposalState;
use crate::domain::terms::member::{LABELS_MAX, Profile};
use crate::domain::value::ids::{ActivityId, MemberId, MemberLabel, ProgramId};
use crate::pb;

/// A well-formed act on a member.
#[derive(Debug)]
pub(crate) struct ParsedShutOut<R> {
    pub(crate) program: ProgramId,
    pub(crate) member: MemberId,
    pub(crate) id: ActivityId,
    pub(crate) reason: R,
    pub(crate) note: String,
}

/// Reads the parts that all acts on members have: the member, the act's id with its field, the reason, and a note.
pub(crate) fn parse_shut_out<R>(
    name: &str,
    (id_field, id): (&str, &str),
    reason: impl FnOnce(&mut Violations) -> Option<R>,
    note: String,
) -> Result<ParsedShutOut<R>, ApiError> {
    let mut violations = Violations::default();
    let name = violations.member_of("name", name);
    let id = violations.id(id_field, ActivityId::parse(id));
    let reason = reason(&mut violations);
    violations.text("note", &note, NOTE_BYTES_MAX);
    let parsed = name.zip(id).zip(reason);
    let parsed = parsed.map(|(((program, member), id), reason)| ParsedShutOut { program, member, id, reason, note });
    violations.check(parsed)
}

/// Reads what a programme is told of a member. Labels are put in order.
pub(crate) fn parse_profile(violations: &mut Violations, opted_out: bool, labels: &[String]) -> Option<Profile> {
    if labels.len() > LABELS_MAX {
        return violations.refuse("labels", format!("has {}; at most {LABELS_MAX} are allowed", labels.len()));
    }
    let label = |(at, label): (usize, &String)| violations.id(&format!("labels[{at}]"), MemberLabel::parse(label));
    let parsed: Vec<Option<MemberLabel>> = labels.iter().enumerate().map(label).collect();
    let mut labels = parsed.into_iter().collect::<Option<Vec<_>>>()?;
    labels.sort();
    match labels.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(twice) => violations.refuse("labels", format!("has {} twice", twice[0])),
        None => Some(Profile { opted_out, labels }),
    }
}

impl Violations {
    /// Reads the state by which mergers are listed.
    pub(crate) fn merger_state(&mut self, field: &str, state: i32) -> Option<Chosen<ProposalState>> {
        match pb::MergerState::try_from(state) {
            Ok(pb::MergerState::Unspecified) => Some(Chosen::Every),
            Ok(pb::MergerState::Proposed) => Some(Chosen::Only(ProposalState::Proposed)),
            Ok(pb::MergerState::Approved) => Some(Chosen::Only(ProposalState::Approved)),
            Ok(pb::MergerState::Rejected) => Some(Chosen::Only(ProposalState::Rejected)),
            Err(_) => self.refuse(field, format!("is {state}, which is no state of a merger")),
        }
    }
}
