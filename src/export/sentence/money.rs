//! Sentences on members' money: choices, and what became of it.

use super::super::words::money;
use super::{About, moved, payout};
use crate::domain::entry::fact::Fact;
use crate::domain::entry::money::Outcome;
use crate::domain::terms::choice::Choice;

pub(super) fn choice_set(about: &About<'_>) -> String {
    let choice = match &about.entry.fact {
        Fact::Choice(fact) => fact.choice.as_ref(),
        _ => None,
    };
    about.told(&match choice {
        Some(Choice::Credit) => "you chose to get your money as credit.".to_owned(),
        Some(Choice::Cash) => "you chose to get your money in cash.".to_owned(),
        Some(Choice::Charity(id)) => format!("you chose to give your money to {id}."),
        None => "you took back your choice of how to get your money.".to_owned(),
    })
}

pub(super) fn chosen(about: &About<'_>) -> String {
    let how = match outcome(about) {
        Some(Outcome::Due(Choice::Cash)) => "in cash",
        _ => "as credit",
    };
    about.told(&format!("choices were closed: your money from the payout {} comes {how}.", payout(about.entry)))
}

pub(super) fn carried(about: &About<'_>) -> String {
    let from = payout(about.entry);
    about.told(&match outcome(about) {
        Some(Outcome::CarriedOnce) => format!(
            "your money from the payout {from} was carried to the next payout, as you had made no choice. Choose by its deadline, or it lapses."
        ),
        _ => format!(
            "your money from the payout {from} is kept for a later payout: it was less than the minimum, or could not be paid when choices were closed."
        ),
    })
}

pub(super) fn lapsed(about: &About<'_>) -> String {
    let (amount, from) = (money(moved(about.entry), about.context.currency), payout(about.entry));
    about.told(&format!("{amount} from the payout {from} lapsed: no choice was made for it, twice."))
}

pub(super) fn donated(about: &About<'_>) -> String {
    let (amount, from) = (money(moved(about.entry), about.context.currency), payout(about.entry));
    let to = match outcome(about) {
        Some(Outcome::Donated(charity)) => charity.as_str(),
        _ => "charity",
    };
    about.told(&format!("{amount} from the payout {from} was given to {to}."))
}

pub(super) fn matched(about: &About<'_>) -> String {
    let (amount, from) = (money(moved(about.entry), about.context.currency), payout(about.entry));
    about.told(&format!("the company added {amount} to what members gave from the payout {from}."))
}

pub(super) fn withheld(about: &About<'_>) -> String {
    let (amount, from) = (money(moved(about.entry), about.context.currency), payout(about.entry));
    about.told(&format!("{amount} from the payout {from} is withheld while your membership is suspended."))
}

pub(super) fn released(about: &About<'_>) -> String {
    let (amount, from) = (money(moved(about.entry), about.context.currency), payout(about.entry));
    about.told(&format!("{amount} from the payout {from} is no longer withheld."))
}

fn outcome<'a>(about: &About<'a>) -> Option<&'a Outcome> {
    match &about.entry.fact {
        Fact::Lot(fact) => fact.outcome(),
        _ => None,
    }
}
