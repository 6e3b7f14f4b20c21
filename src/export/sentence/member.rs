//! Sentences on a membership and its end.

use super::super::words::{money, points};
use super::{About, moved, were};
use crate::domain::entry::fact::Fact;
use crate::domain::terms::member::ShutOutReason;
use crate::domain::value::bucket::Bucket;

/// Says that a membership was suspended: for now.
pub(super) fn suspended(about: &About<'_>) -> String {
    let told = about.told(&format!("your membership was suspended{}.", why(about)));
    told + " While that lasts nothing is earned, and points can be neither used nor paid out."
}

/// Says that a membership was reinstated.
pub(super) fn reinstated(about: &About<'_>) -> String {
    about.told("your membership was reinstated. What you do from then on earns points again.")
}

/// Says that a member was banned, until the ban is lifted.
pub(super) fn banned(about: &About<'_>) -> String {
    let told = about.told(&format!("you were banned from the programme{}.", why(about)));
    told + " What was earned is taken back, and nothing is earned while the ban holds."
}

/// Says that a ban was completed: nothing is left to take back.
pub(super) fn completed(about: &About<'_>) -> String {
    about.told("the ban was completed: everything that had been earned is taken back.")
}

/// Says that lifting the ban waits for a second person.
pub(super) fn lift_proposed(about: &About<'_>) -> String {
    about.told("it was proposed to lift the ban. That changes nothing until it is approved.")
}

/// Says that lifting the ban was rejected.
pub(super) fn lift_rejected(about: &About<'_>) -> String {
    about.told("it was decided not to lift the ban.")
}

/// Says that the ban was lifted.
pub(super) fn lifted(about: &About<'_>) -> String {
    about.told("the ban was lifted. What it had taken back is given back.")
}

/// Says that everything was given back after the ban was lifted.
pub(super) fn lift_completed(about: &About<'_>) -> String {
    about.told("everything that the ban had taken back was given back. You go on as before the ban.")
}

/// Says that two accounts are one now.
pub(super) fn merged(about: &About<'_>) -> String {
    let Fact::Merge(fact) = &about.entry.fact else { return String::new() };
    let (count, were) = (points(moved(about.entry)), were(about.entry));
    if about.entry.member.as_ref() == Some(&fact.into) {
        if moved(about.entry) == 0 {
            return about.told("another account of yours was merged into this one.");
        }
        return about.told(&format!(
            "{count} {were} moved here from another account of yours, which was merged into this one."
        ));
    }
    let told = about.told("this account was merged into another one of yours, where you go on from now on.");
    if moved(about.entry) > 0 { format!("{told} {count} {were} moved there.") } else { told }
}

/// Says that a merger waits for a second person.
pub(super) fn merger_proposed(about: &About<'_>) -> String {
    let told = about.told("it was proposed to merge this account into another one of yours.");
    told + " That changes nothing until it is approved."
}

/// Says that a merger was approved. The entries that follow tell of the merger itself.
pub(super) fn merger_approved(about: &About<'_>) -> String {
    about.told("it was approved to merge this account into another one of yours.")
}

/// Says that a merger was rejected.
pub(super) fn merger_rejected(about: &About<'_>) -> String {
    about.told("it was decided not to merge this account into another one of yours. Everything stays as it was.")
}

/// Says that used points are now counted with the account that the member was merged into.
pub(super) fn brought_along(about: &About<'_>) -> String {
    let (from, to) = about.entry.movement.map_or((Bucket::Moved, Bucket::Moved), |it| (it.from(), it.to()));
    let of = if from == Bucket::Moved { to } else { from };
    let what = match of {
        Bucket::Redeemed => "spent",
        Bucket::Expired => "expired",
        Bucket::Paid => "paid out",
        _ => "written off",
    };
    let (count, were) = (points(moved(about.entry)), were(about.entry));
    about.told(&format!("{count} that had been {what} {were} counted with the account you go on with."))
}

/// Says that money moved to the account that the member was merged into, or came from the one before.
pub(super) fn money_moved(about: &About<'_>) -> String {
    let (from, to) = about.entry.movement.map_or((Bucket::MovedMoney, Bucket::MovedMoney), |it| (it.from(), it.to()));
    let (of, is_here) = if from == Bucket::MovedMoney { (to, true) } else { (from, false) };
    let amount = money(moved(about.entry), about.context.currency);
    let still = match of {
        Bucket::Due => "due to you",
        Bucket::Carried => "kept for your next payout",
        Bucket::Withheld => "kept back",
        _ => "",
    };
    let over = match of {
        Bucket::Settled => "paid to you",
        Bucket::Lapsed => "not claimed in time",
        Bucket::Donated => "given to charity for you",
        _ => "added to what was given to charity",
    };
    about.told(&match (still, is_here) {
        ("", _) => format!("{amount} that had been {over} was counted with the account you go on with."),
        (still, true) => {
            format!("{amount} {still} was moved here from another account of yours, which was merged into this one.")
        }
        (still, false) => format!("{amount} {still} was moved to the account you go on with."),
    })
}

pub(super) fn profile_updated(about: &About<'_>) -> String {
    let Fact::Profile(profile) = &about.entry.fact else { return String::new() };
    about.told(match (profile.opted_out, profile.labels.is_empty()) {
        (true, _) => "You are left out of leaderboards, as you asked.",
        (false, true) => "You have not asked to be left out of leaderboards, and you have no label.",
        (false, false) => "You are left out of leaderboards, as the programme has given you a label.",
    })
}

fn why(about: &About<'_>) -> &'static str {
    match about.entry.fact {
        Fact::Member(fact) => match fact.reason {
            Some(ShutOutReason::FraudSuspected) => ", while what happened is looked into",
            Some(ShutOutReason::TermsBroken) => " for breaking its terms",
            Some(ShutOutReason::Requested) => " as you asked",
            Some(ShutOutReason::Fraud) => " for fraud",
            None => "",
        },
        _ => "",
    }
}
