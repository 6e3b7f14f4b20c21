//! Sentences on payments: money that leaves, and what comes back.

use jiff::tz::TimeZone;

use super::super::words::{date, money};
use super::{About, payout};
use crate::domain::entry::batch::{Fault, PaymentReport, Reported};
use crate::domain::entry::fact::Fact;
use crate::domain::state::payment::{Payment, PaymentState};
use crate::domain::value::money::Currency;

pub(super) fn drawn(about: &About<'_>) -> String {
    let (amount, from) = (amount(about), payout(about.entry));
    about.told(&format!("{amount} from the payout {from} is being prepared for payment."))
}

pub(super) fn left_out(about: &About<'_>) -> String {
    let (amount, from) = (amount(about), payout(about.entry));
    about.told(&match about.entry.movement {
        Some(_) => format!("{amount} from the payout {from} was not sent after all; the next payment takes it."),
        None => format!("{amount} from the payout {from} was not sent, as it is withheld."),
    })
}

pub(super) fn sent(about: &About<'_>) -> String {
    let (amount, from) = (amount(about), payout(about.entry));
    about.told(&format!("{amount} from the payout {from} was sent to you."))
}

pub(super) fn settled(about: &About<'_>) -> String {
    let (amount, from) = (amount(about), payout(about.entry));
    about.told(&format!("{amount} from the payout {from} has arrived."))
}

pub(super) fn back(about: &About<'_>) -> String {
    let (amount, from) = (amount(about), payout(about.entry));
    about.told(&format!("{amount} from the payout {from} came back to us, and is to be paid again."))
}

pub(super) fn reported(about: &About<'_>) -> String {
    let Fact::Report(report) = &about.entry.fact else { return about.told("a payment to you was looked into.") };
    let PaymentReport { reported, .. } = &**report;
    about.told(match reported {
        Reported::Paid => "we were told that a payment to you has arrived.",
        Reported::Unclaimed => "a payment waits for you to claim it; claim it, or it comes back to us.",
        Reported::Failed(fault) | Reported::Returned(fault) => back_because(*fault),
    })
}

pub(super) fn payee_set(about: &About<'_>) -> String {
    about.told("it was recorded where your money goes.")
}

pub(super) fn payee_removed(about: &About<'_>) -> String {
    about.told("the place where your money goes was removed. Tell us where it should go before the next payment.")
}

pub(super) fn retried(about: &About<'_>) -> String {
    about.told("the next payment goes to the same place as the one that came back.")
}

const fn back_because(fault: Fault) -> &'static str {
    match fault {
        Fault::AccountClosed => "a payment to you came back: the account is closed. Give us another account.",
        Fault::AccountUnknown => {
            "a payment to you came back: the bank knows no such account, or not under your name. Check it, and give us the right account."
        }
        Fault::Unclaimed => "a payment to you came back, as nobody claimed it in time. Tell us where it should go.",
        Fault::Refused => "a payment to you came back: it was refused. We pay it again.",
        Fault::Reversed => "a payment to you was taken back after it had arrived; we look into it.",
        Fault::Other => "a payment to you came back. We pay it again.",
    }
}

/// Says where the money of a payment is, and what to do, to whoever answers the member. Nothing more is drawn for the member while a payment
/// that came back stands in the way. Days are those of the programme's zone.
#[must_use]
pub fn where_it_is(payment: &Payment, stands_in_the_way: bool, currency: Currency, zone: &TimeZone) -> String {
    let amount = money(payment.minor, currency);
    let day = date(payment.since.1.day_in(zone));
    let last = payment.last_report.as_ref();
    let told = last.and_then(|last| last.on).map_or(day.clone(), date);
    match payment.state {
        PaymentState::Drawn => {
            format!("{amount} is in a batch since {day}; it is sent once the batch is approved and exported.")
        }
        PaymentState::LeftOut => format!("{amount} was left out on {day}, before anything was sent; it is due again."),
        PaymentState::Sent => format!("{amount} was sent on {day}; nothing came back yet."),
        PaymentState::Unclaimed => {
            format!("{amount} waits to be claimed since {told}; the member has to claim it, or it comes back.")
        }
        PaymentState::Settled => format!("{amount} arrived on {told}."),
        PaymentState::Back => {
            let fault = last.and_then(|last| last.fault).unwrap_or(Fault::Other);
            let what = if stands_in_the_way {
                "Nothing more is sent before the member gives another destination, or a retry is allowed."
            } else {
                "It became due again; a later batch pays it."
            };
            format!("{amount} came back on {told}: {}. {what}", came_back(fault))
        }
    }
}

/// Says why a payment came back.
const fn came_back(fault: Fault) -> &'static str {
    match fault {
        Fault::AccountClosed => "the account is closed",
        Fault::AccountUnknown => "the bank knows no such account, or not under this name",
        Fault::Unclaimed => "nobody claimed it in time",
        Fault::Refused => "it was refused",
        Fault::Reversed => "it was taken back after it had arrived",
        Fault::Other => "no reason is known",
    }
}

/// Writes the money of the lot.
fn amount(about: &About<'_>) -> String {
    let minor = match &about.entry.fact {
        Fact::Part(part) => part.minor,
        _ => 0,
    };
    money(minor, about.context.currency)
}
