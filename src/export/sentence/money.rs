//! Sentences on members' money: choices, and what became of it.

use super::super::words::money;
use super::{About, payout};
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
    let (amount, from) = (amount(about), payout(about.entry));
    about.told(&format!("choices were closed: {amount} from the payout {from} come to you {how}."))
}

pub(super) fn carried(about: &About<'_>) -> String {
    let (amount, from) = (amount(about), payout(about.entry));
    let kept = format!("{amount} from the payout {from} are kept for a later payout");
    about.told(&match outcome(about) {
        Some(Outcome::Unchosen) => format!(
            "{amount} from the payout {from} were carried, as you had made no choice by its deadline. Choose by the deadline \
             of the next payout, or they lapse."
        ),
        Some(Outcome::Withheld) => format!("{kept}, and stay withheld until your membership is active again."),
        Some(Outcome::Moved) => format!("{kept}: your account changed while choices were being closed."),
        _ => format!("{kept}: together your money was less than the minimum."),
    })
}

pub(super) fn lapsed(about: &About<'_>) -> String {
    let (amount, from) = (amount(about), payout(about.entry));
    about.told(&match outcome(about) {
        Some(_) => format!("{amount} from the payout {from} lapsed: no choice was made for it, twice."),
        None => format!("{amount} from the payout {from}, which was withheld, lapsed: your membership is ended."),
    })
}

pub(super) fn lapse_proposed(about: &About<'_>) -> String {
    about.told("what becomes of the money that is withheld from you is being decided.")
}

pub(super) fn lapse_approved(about: &About<'_>) -> String {
    about.told(&format!(
        "two persons decided that {} withheld from you lapses, as your membership is ended.",
        withheld_sum(about)
    ))
}

pub(super) fn lapse_rejected(about: &About<'_>) -> String {
    about.told("it was decided that no money withheld from you lapses.")
}

fn withheld_sum(about: &About<'_>) -> String {
    let minor = match &about.entry.fact {
        Fact::Lapse(fact) => fact.withheld.minor,
        _ => 0,
    };
    money(minor, about.context.currency)
}

pub(super) fn donated(about: &About<'_>) -> String {
    let (amount, from) = (amount(about), payout(about.entry));
    let to = match outcome(about) {
        Some(Outcome::Donated(charity)) => charity.as_str(),
        _ => "charity",
    };
    about.told(&format!("{amount} from the payout {from} was given to {to}."))
}

pub(super) fn matched(about: &About<'_>) -> String {
    let (amount, from) = (amount(about), payout(about.entry));
    about.told(&format!(
        "the company added {amount} to what members gave you from the payout {from}; it will be paid to you."
    ))
}

pub(super) fn received(about: &About<'_>) -> String {
    let (amount, from) = (amount(about), payout(about.entry));
    about.told(&format!("members gave you {amount} from the payout {from}; it will be paid to you."))
}

pub(super) fn withheld(about: &About<'_>) -> String {
    let (amount, from) = (amount(about), payout(about.entry));
    about.told(&format!("{amount} from the payout {from} is withheld while your membership is suspended or ended."))
}

pub(super) fn released(about: &About<'_>) -> String {
    let (amount, from) = (amount(about), payout(about.entry));
    about.told(&format!("{amount} from the payout {from} is no longer withheld."))
}

/// Writes the money of the lot.
fn amount(about: &About<'_>) -> String {
    let minor = match &about.entry.fact {
        Fact::Lot(fact) => fact.minor,
        _ => 0,
    };
    money(minor, about.context.currency)
}

fn outcome<'a>(about: &About<'a>) -> Option<&'a Outcome> {
    match &about.entry.fact {
        Fact::Lot(fact) => fact.outcome(),
        _ => None,
    }
}
