//! Resource names: `programs/{program}/…`.

use super::parse::Violations;
use crate::domain::entry::batch::PaymentName;
use crate::domain::terms::till::{Place, Spending};
use crate::domain::value::ids::{
    AccessChangeId, ActivityId, AdjustmentId, BatchId, IdError, KeyId, MemberId, MergerId, PayoutId, PersonId,
    ProgramId, SourceId, StatementId, TillId, UpdateId,
};
use crate::domain::value::payment_id::PaymentId;

/// Splits a name along a pattern such as `programs/*/members/*`; `None` when it does not follow the pattern.
fn split<'a, const N: usize>(name: &'a str, pattern: &str) -> Option<[&'a str; N]> {
    let mut parts = [""; N];
    let mut found = 0;
    let mut segments = name.split('/');
    for expected in pattern.split('/') {
        let segment = segments.next()?;
        if expected == "*" {
            *parts.get_mut(found)? = segment;
            found += 1;
        } else if expected != segment {
            return None;
        }
    }
    (segments.next().is_none() && found == N).then_some(parts)
}

impl Violations {
    /// Splits a name, and notes a violation when it does not follow the pattern.
    fn parts<'a, const N: usize>(&mut self, field: &str, name: &'a str, pattern: &str) -> Option<[&'a str; N]> {
        let parts = split(name, pattern);
        if parts.is_none() {
            self.add(field, format!("must have the form {pattern}"));
        }
        parts
    }

    pub(crate) fn program(&mut self, field: &str, name: &str) -> Option<ProgramId> {
        let [program] = self.parts(field, name, "programs/*")?;
        self.id(field, ProgramId::parse(program))
    }

    pub(crate) fn rule_set(&mut self, field: &str, name: &str) -> Option<(ProgramId, Option<u32>)> {
        let [program, version] = self.parts(field, name, "programs/*/ruleSets/*")?;
        let program = self.id(field, ProgramId::parse(program));
        let version = match version {
            "-" => Some(None),
            number => match number.parse::<u32>() {
                Ok(version) if version >= 1 && !number.starts_with(['0', '+']) => Some(Some(version)),
                _ => self.refuse(field, "must end in a version, 1 to 4294967295"),
            },
        };
        Some((program?, version?))
    }

    pub(crate) fn activity(&mut self, field: &str, name: &str) -> Option<(ProgramId, SourceId, ActivityId)> {
        let [program, source, activity] = self.parts(field, name, "programs/*/sources/*/activities/*")?;
        let program = self.id(field, ProgramId::parse(program));
        let source = self.id(field, SourceId::parse(source));
        let activity = self.id(field, ActivityId::parse(activity));
        Some((program?, source?, activity?))
    }

    pub(crate) fn hold(&mut self, field: &str, name: &str) -> Option<(ProgramId, Place)> {
        let parts = self.parts(field, name, "programs/*/sources/*/holds/*")?;
        self.at_till(field, parts)
    }

    pub(crate) fn redemption(&mut self, field: &str, name: &str) -> Option<(ProgramId, Place)> {
        let parts = self.parts(field, name, "programs/*/sources/*/redemptions/*")?;
        self.at_till(field, parts)
    }

    /// Reads the name of a redemption, or of a hold that was captured.
    pub(crate) fn spending(&mut self, field: &str, name: &str) -> Option<(ProgramId, Place, Spending)> {
        let (found, spending) = if name.contains("/holds/") {
            (self.hold(field, name), Spending::Capture)
        } else {
            (self.redemption(field, name), Spending::Redemption)
        };
        found.map(|(program, place)| (program, place, spending))
    }

    fn at_till(&mut self, field: &str, [program, source, id]: [&str; 3]) -> Option<(ProgramId, Place)> {
        let program = self.id(field, ProgramId::parse(program));
        let source = self.id(field, SourceId::parse(source));
        let id = self.id(field, TillId::parse(id));
        Some((program?, Place { source: source?, id: id? }))
    }

    pub(crate) fn member_of(&mut self, field: &str, name: &str) -> Option<(ProgramId, MemberId)> {
        let [program, member] = self.parts(field, name, "programs/*/members/*")?;
        let program = self.id(field, ProgramId::parse(program));
        let member = self.id(field, MemberId::parse(member));
        Some((program?, member?))
    }

    pub(crate) fn statement(&mut self, field: &str, name: &str) -> Option<(ProgramId, StatementId)> {
        let [program, statement] = self.parts(field, name, "programs/*/savingsStatements/*")?;
        let program = self.id(field, ProgramId::parse(program));
        let statement = self.id(field, StatementId::parse(statement));
        Some((program?, statement?))
    }

    pub(crate) fn payout(&mut self, field: &str, name: &str) -> Option<(ProgramId, PayoutId)> {
        let [program, payout] = self.parts(field, name, "programs/*/payouts/*")?;
        let program = self.id(field, ProgramId::parse(program));
        let payout = self.id(field, PayoutId::parse(payout));
        Some((program?, payout?))
    }

    pub(crate) fn batch(&mut self, field: &str, name: &str) -> Option<(ProgramId, BatchId)> {
        let [program, batch] = self.parts(field, name, "programs/*/batches/*")?;
        let program = self.id(field, ProgramId::parse(program));
        let batch = self.id(field, BatchId::parse(batch));
        Some((program?, batch?))
    }

    /// Reads the name of a payment, with its number in the batch.
    pub(crate) fn payment(&mut self, field: &str, name: &str) -> Option<(ProgramId, PaymentName)> {
        let [program, batch, payment] = self.parts(field, name, "programs/*/batches/*/payments/*")?;
        let program = self.id(field, ProgramId::parse(program));
        let batch = self.id(field, BatchId::parse(batch));
        let (program, batch) = program.zip(batch)?;
        let number = self.payment_number(field, (&program, &batch), payment)?;
        Some((program, PaymentName { batch, number }))
    }

    /// Reads the id of a payment, which must be one of a batch.
    pub(crate) fn payment_number(
        &mut self,
        field: &str,
        (program, batch): (&ProgramId, &BatchId),
        id: &str,
    ) -> Option<u32> {
        let number = PaymentId::number_in(program, batch, id);
        number.or_else(|| {
            let problem = if PaymentId::is_one(id) {
                "is the id of another batch's payment"
            } else {
                "is no id of a payment: those have 18 characters of A-Z 2-7, and the last follows from the others"
            };
            self.refuse(field, problem)
        })
    }

    pub(crate) fn adjustment(&mut self, field: &str, name: &str) -> Option<(ProgramId, AdjustmentId)> {
        let [program, adjustment] = self.parts(field, name, "programs/*/adjustments/*")?;
        let program = self.id(field, ProgramId::parse(program));
        let adjustment = self.id(field, AdjustmentId::parse(adjustment));
        Some((program?, adjustment?))
    }

    pub(crate) fn merger(&mut self, field: &str, name: &str) -> Option<(ProgramId, MergerId)> {
        let [program, merger] = self.parts(field, name, "programs/*/mergers/*")?;
        let program = self.id(field, ProgramId::parse(program));
        let merger = self.id(field, MergerId::parse(merger));
        Some((program?, merger?))
    }

    pub(crate) fn access_change(&mut self, field: &str, name: &str) -> Option<(ProgramId, AccessChangeId)> {
        let [program, change] = self.parts(field, name, "programs/*/accessChanges/*")?;
        let program = self.id(field, ProgramId::parse(program));
        let change = self.id(field, AccessChangeId::parse(change));
        Some((program?, change?))
    }

    pub(crate) fn update(&mut self, field: &str, name: &str) -> Option<(ProgramId, UpdateId)> {
        let [program, update] = self.parts(field, name, "programs/*/updates/*")?;
        let program = self.id(field, ProgramId::parse(program));
        let update = self.id(field, UpdateId::parse(update));
        Some((program?, update?))
    }

    pub(crate) fn person(&mut self, field: &str, name: &str) -> Option<(ProgramId, PersonId)> {
        let [program, person] = self.parts(field, name, "programs/*/persons/*")?;
        let program = self.id(field, ProgramId::parse(program));
        let person = self.id(field, PersonId::parse(person));
        Some((program?, person?))
    }

    pub(crate) fn key(&mut self, field: &str, name: &str) -> Option<(ProgramId, KeyId)> {
        let [program, key] = self.parts(field, name, "programs/*/keys/*")?;
        let program = self.id(field, ProgramId::parse(program));
        let key = self.id(field, KeyId::parse(key));
        Some((program?, key?))
    }

    pub(crate) fn share(&mut self, field: &str, name: &str) -> Option<(ProgramId, PayoutId, MemberId)> {
        let [program, payout, member] = self.parts(field, name, "programs/*/payouts/*/shares/*")?;
        let program = self.id(field, ProgramId::parse(program));
        let payout = self.id(field, PayoutId::parse(payout));
        let member = self.id(field, MemberId::parse(member));
        Some((program?, payout?, member?))
    }

    pub(crate) fn id<T>(&mut self, field: &str, parsed: Result<T, IdError>) -> Option<T> {
        parsed.map_err(|why| self.add(field, why.to_string())).ok()
    }
}

/// Reads `programs/{program}` or `programs/{program}/members/{member}`.
pub(crate) fn log_or_member(
    violations: &mut Violations,
    field: &str,
    name: &str,
) -> Option<(ProgramId, Option<MemberId>)> {
    if name.contains("/members/") {
        violations.member_of(field, name).map(|(program, member)| (program, Some(member)))
    } else {
        violations.program(field, name).map(|program| (program, None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_follows_its_pattern_to_the_end() {
        assert_eq!(split("programs/qc", "programs/*"), Some(["qc"]));
        assert_eq!(split("programs/qc/members/ben", "programs/*/members/*"), Some(["qc", "ben"]));
        for odd in ["", "programs", "programs/qc/", "/programs/qc", "programs/qc/members/ben", "program/qc"] {
            assert_eq!(split::<1>(odd, "programs/*"), None, "{odd:?}");
        }
    }
}
