//! Choices of members, and the terms on which a payout asks for them.

use std::collections::BTreeSet;

use super::Violations;
use crate::domain::terms::choice::{CHARITIES_MAX, Choice, ChoiceTerms, MATCH_MAX, WithoutChoice};
use crate::domain::value::ids::MemberId;
use crate::domain::value::money::Currency;
use crate::domain::value::number::Number;
use crate::google::r#type::Money;
use crate::pb;

/// A choice, or that there is none.
pub(crate) struct Chosen(pub(crate) Option<Choice>);

/// Reads a choice: none when no way is given.
pub(crate) fn parse_choice(violations: &mut Violations, field: &str, choice: &pb::Choice) -> Option<Chosen> {
    let mut within = violations.within(field.to_owned());
    let Ok(method) = pb::PayoutMethod::try_from(choice.method) else {
        return within.refuse("method", format!("is {}, which is no way to get money", choice.method));
    };
    if method != pb::PayoutMethod::Charity && !choice.charity_id.is_empty() {
        return within.refuse("charity_id", "is given only with PAYOUT_METHOD_CHARITY");
    }
    match method {
        pb::PayoutMethod::Unspecified => Some(Chosen(None)),
        pb::PayoutMethod::Credit => Some(Chosen(Some(Choice::Credit))),
        pb::PayoutMethod::Cash => Some(Chosen(Some(Choice::Cash))),
        pb::PayoutMethod::Charity => {
            within.id("charity_id", MemberId::parse(&choice.charity_id)).map(|id| Chosen(Some(Choice::Charity(id))))
        }
    }
}

/// Reads the terms on which a payout asks for choices.
pub(super) fn parse_choice_terms(
    violations: &mut Violations,
    terms: &pb::ChoiceTerms,
    currency: Currency,
) -> Option<ChoiceTerms> {
    let default =
        terms.default_choice.as_ref().map(|choice| parse_choice(violations, "choices.default_choice", choice));
    let mut within = violations.within("choices".to_owned());
    let deadline = within.time("deadline", terms.deadline);
    let mut money = |field: &str, money: Option<&Money>| match money {
        None => Some(0),
        Some(money) => within.money(field, money, currency),
    };
    let minimum_credit_minor = money("minimum_credit", terms.minimum_credit.as_ref());
    let minimum_cash_minor = money("minimum_cash", terms.minimum_cash.as_ref());
    let match_cap_minor = money("match_cap", terms.match_cap.as_ref());
    let match_millionths = match terms.match_rate.as_str() {
        "" => Some(0),
        rate => {
            let millionths = Number::parse(rate).ok().and_then(|number| number.in_places(6));
            millionths.filter(|rate| (0..=MATCH_MAX).contains(rate)).or_else(|| {
                within.refuse("match_rate", format!("is {rate:?}; give a decimal from 0 to 10 with at most 6 places"))
            })
        }
    };
    if match_millionths.is_some_and(|rate| rate > 0) && match_cap_minor == Some(0) {
        within.add("match_cap", "is required with a match_rate: two persons sign the most that the company adds");
    }
    let mut charities = BTreeSet::new();
    for (at, id) in terms.charity_ids.iter().enumerate() {
        let field = format!("charity_ids[{at}]");
        if let Some(id) = within.id(&field, MemberId::parse(id))
            && !charities.insert(id)
        {
            within.add(&field, "stands in the list before");
        }
    }
    if terms.charity_ids.len() > CHARITIES_MAX {
        within.add("charity_ids", format!("has {}; at most {CHARITIES_MAX} are allowed", terms.charity_ids.len()));
    }
    let without_choice = match default {
        None | Some(Some(Chosen(None))) => Some(WithoutChoice::CarryOnce),
        Some(Some(Chosen(Some(Choice::Charity(id))))) if !charities.contains(&id) => {
            within.refuse("default_choice.charity_id", "must be one of charity_ids")
        }
        Some(Some(Chosen(Some(Choice::Cash)))) => {
            within.refuse("default_choice.method", "must be credit or a charity: cash needs to know where it goes")
        }
        Some(Some(Chosen(Some(choice)))) => Some(WithoutChoice::As(choice)),
        Some(None) => None,
    };
    Some(ChoiceTerms {
        deadline: deadline?,
        without_choice: without_choice?,
        minimum_credit_minor: minimum_credit_minor?,
        minimum_cash_minor: minimum_cash_minor?,
        charities: charities.into_iter().collect(),
        match_millionths: match_millionths?,
        match_cap_minor: match_cap_minor?,
        takes_carried: terms.takes_carried,
    })
}
