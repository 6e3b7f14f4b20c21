//! What is due of an executed payout, and what became of it once its choices were closed.

use tonic::Code;

use super::terms::{people, shared};
use crate::cli::choices::{closing, left, show};
use crate::cli::finance::{About, Finance, id_of, minor, money, payout_id};
use crate::cli::server::answered;
use crate::cli::text::counted;
use goodturn::pb;
use goodturn::pb::{ClosingState, PayoutState as State};

/// What is known of the money of an executed payout, beside the payout itself.
#[derive(Debug, Default)]
pub(super) struct Due {
    closing: Option<pb::Closing>,
    /// What rounding down left of a list's pool, in minor units.
    rest_minor: i64,
}

impl Due {
    /// Finds it out. Of a payout that is not executed there is nothing to know.
    ///
    /// # Errors
    /// Says what the server answered.
    pub(super) async fn of(finance: &mut Finance, payout: &pb::Payout) -> anyhow::Result<Self> {
        if payout.state() != State::Executed {
            return Ok(Self::default());
        }
        let id = payout_id(id_of(&payout.name)).map_err(anyhow::Error::msg)?;
        let closing = if payout.choices.is_some() { closing::find(finance, &id).await? } else { None };
        let rest_minor = match &payout.list {
            Some(list) => rest(finance, payout, list).await?,
            None => 0,
        };
        Ok(Self { closing, rest_minor })
    }

    /// Says what is due to whom, and what comes next.
    ///
    /// # Errors
    /// The server left something out.
    pub(super) fn told(&self, payout: &pb::Payout, about: About<'_>) -> anyhow::Result<String> {
        let id = payout_id(id_of(&payout.name)).map_err(anyhow::Error::msg)?;
        let shares = about.call(&format!("payout shares {id}"));
        let closing = self.closing.as_ref();
        if let Some(closed) = closing.filter(|closing| closing.state() == ClosingState::Closed) {
            let (became, next) = (left::became(closed, about)?, show::next(closed, &id, about)?);
            return Ok(format!("{became}{next}The shares, as a table or as a file:\n{shares}"));
        }
        let due = self.amounts(payout, about)?;
        let choices = match (closing, &payout.choices) {
            (Some(closing), _) => {
                let next = show::next(closing, &id, about)?;
                format!("\nThe closing of its choices: {}.\n{next}", show::state(closing))
            }
            (None, Some(terms)) => format!(
                "\nMembers may choose until {}. After that a person with the role finance closes the choices:\n{}",
                about.when(terms.deadline.as_ref()),
                about.call(&format!("choices close {id}"))
            ),
            (None, None) => format!(
                "\nBatches pay it. A person with the role finance sees who can be paid:\n{}",
                about.call("payments due --format FORMAT")
            ),
        };
        Ok(format!(
            "{due}; what belongs to suspended or banned members is withheld. Their shares, as a table or as a file:\n{shares}{choices}"
        ))
    }

    /// `GBP 5.00 was granted to 3 members, and GBP 1.00, what rounding down left, to relief`.
    fn amounts(&self, payout: &pb::Payout, about: About<'_>) -> anyhow::Result<String> {
        let (currency, members) = (about.currency, counted(people(payout), "member"));
        let of_members = shared(payout, currency)?.saturating_sub(self.rest_minor);
        let rest = match &payout.list {
            Some(list) if self.rest_minor > 0 => {
                let rest = money(self.rest_minor, currency);
                format!(", and {rest}, what rounding down left, to {}", list.remainder_member_id)
            }
            _ => String::new(),
        };
        Ok(format!("{} was granted to {members}{rest}", money(of_members, currency)))
    }
}

/// Asks for the share of the account that gets what rounding down leaves, and returns that part of it.
async fn rest(finance: &mut Finance, payout: &pb::Payout, list: &pb::PayoutList) -> anyhow::Result<i64> {
    let name = format!("{}/shares/{}", payout.name, list.remainder_member_id);
    let request = pb::ExplainShareRequest { name, page_size: 1, page_token: String::new() };
    let found = match finance.payouts.explain_share(request).await {
        // Nothing was left for it.
        Err(status) if status.code() == Code::NotFound => return Ok(0),
        answer => answered(answer, "read what rounding down left")?,
    };
    let Some(share) = found.share else { return Ok(0) };
    let (amount, pool) =
        (minor(share.amount.as_ref(), finance.currency)?, minor(found.pool.as_ref(), finance.currency)?);
    Ok(left_over(amount, pool, share.points, found.total_points))
}

/// Returns what a share is more than its own part of a pool, rounded down.
pub(super) fn left_over(share_minor: i64, pool_minor: i64, weight: i64, total_weight: i64) -> i64 {
    let own = i128::from(pool_minor) * i128::from(weight) / i128::from(total_weight.max(1));
    share_minor.saturating_sub(i64::try_from(own).unwrap_or(i64::MAX)).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::finance::of_london;
    use goodturn::domain::value::ids::ProgramId;
    use goodturn::domain::value::money::Currency;
    use goodturn::google::r#type::Money;

    fn pence(minor: i64) -> Money {
        goodturn::wire::money(minor, Currency::from_code("GBP").expect("pounds"))
    }

    fn told(due: &Due, payout: &pb::Payout) -> String {
        let program = ProgramId::parse("qc").expect("an id");
        due.told(payout, of_london(&program)).expect("whole")
    }

    fn executed() -> pb::Payout {
        pb::Payout {
            name: "programs/qc/payouts/p1".into(),
            pool: Some(pence(1_000)),
            granted: Some(pence(600)),
            state: State::Executed.into(),
            members: 3,
            ..pb::Payout::default()
        }
    }

    #[test]
    fn what_is_due_is_what_was_granted() {
        let text = told(&Due::default(), &executed());
        assert_eq!(
            text,
            "GBP 6.00 was granted to 3 members; what belongs to suspended or banned members is withheld. Their shares, as a table or as a file:\n  goodturn payout shares p1 \
             --program qc\n\nBatches pay it. A person with the role finance sees who can be paid:\n  goodturn payments due \
             --format FORMAT --program qc\n"
        );
    }

    #[test]
    fn what_rounding_down_left_is_told_apart_from_the_shares_of_a_list() {
        let list = pb::PayoutList { row_count: 3, total_weight: 3, remainder_member_id: "relief".into() };
        let payout = pb::Payout { list: Some(list), members: 4, granted: Some(pence(1_000)), ..executed() };
        let text = told(&Due { rest_minor: left_over(1, 1_000, 0, 3), ..Due::default() }, &payout);
        let expected =
            "GBP 9.99 was granted to 3 members, and GBP 0.01, what rounding down left, to relief; what belongs";
        assert!(text.starts_with(expected), "{text}");
        assert_eq!([left_over(334, 1_000, 1, 3), left_over(333, 1_000, 1, 3)], [1, 0]);
    }

    #[test]
    fn a_payout_knows_its_closing() {
        let payout = pb::Payout { choices: Some(pb::ChoiceTerms::default()), ..executed() };
        let of = |state: ClosingState| pb::Closing {
            state: state.into(),
            drafted_by: "anna".into(),
            approved_by: "ben".into(),
            decided: Some(pb::ClosingTotals {
                cash: Some(pb::LotTotal { lots: 2, amount: Some(pence(450)) }),
                ..pb::ClosingTotals::default()
            }),
            ..pb::Closing::default()
        };
        let of = |state| told(&Due { closing: Some(of(state)), rest_minor: 0 }, &payout);
        let waits = of(ClosingState::Draft);
        assert!(waits.contains("The closing of its choices: waits for a second person.\n"), "{waits}");
        assert!(waits.contains("  goodturn choices approve p1 --program qc\n"), "{waits}");
        let closed = of(ClosingState::Closed);
        assert!(closed.starts_with("Its choices are closed: GBP 4.50 in cash.\n"), "{closed}");
        assert!(!closed.contains("was granted"), "{closed}");
        let none = told(&Due::default(), &payout);
        assert!(none.contains("closes the choices:\n  goodturn choices close p1 --program qc\n"), "{none}");
    }
}
