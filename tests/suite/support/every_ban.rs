//! Every kind of entry of a ban and of its lifting, for the log with every kind.

use std::sync::Arc;

use goodturn::domain::decide::command::{Act, Telling};
use goodturn::domain::entry::Entry;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::told::Told;
use goodturn::domain::terms::adjustment::{AdjustmentReason, AdjustmentTerms};
use goodturn::domain::terms::member::ShutOutReason;
use goodturn::domain::value::ids::{ActivityId, AdjustmentId};

use super::sample::{Writer, act, award, member, tell};

/// A ban, the second proposal to lift it, and its end; and an activity that was reversed and counts again.
pub fn entries_of_a_ban(writer: &mut Writer) -> Vec<Arc<Entry>> {
    let gina = || member("gina");
    let gift = AdjustmentId::parse("g1").unwrap();
    let terms = AdjustmentTerms {
        id: gift.clone(),
        member: gina(),
        points: 7,
        reason: AdjustmentReason::Goodwill,
        occurred_at: None,
    };
    let gift_given = act(CommandKind::AdjustPoints, "g1", "anna", Act::AdjustPoints(Box::new(terms)));
    let ban = Act::BanMember(gina(), ShutOutReason::TermsBroken);
    let ban = act(CommandKind::BanMember, "s2", "anna", ban);
    let mut entries = writer.record(&[award("a9", "gina"), gift_given, ban]);
    let [earned, given, begun] = [0, 1, 2].map(|n: usize| entries[n].seq);
    let told = |told, occurred_at| {
        let (source, activity) = (entries[0].source.clone(), ActivityId::parse("a9").unwrap());
        Act::Tell(Box::new(Telling { source, activity, told, occurred_at }))
    };
    let revoke = told(Told::Revoked, entries[2].recorded_at);
    let over = Act::CompleteBan(gina(), begun);
    let lift = |id: &str, principal: &str, kind, lift: Act| act(kind, id, principal, lift);
    let commands = [
        act(CommandKind::RevokeActivity, &format!("{begun}:revoke:{earned}"), "anna", revoke),
        act(
            CommandKind::RevokeAdjustment,
            &format!("{begun}:revoke:{given}"),
            "anna",
            Act::RevokeAdjustment(gift.clone()),
        ),
        act(CommandKind::CompleteBan, &format!("{begun}:complete"), "goodturn", over),
        lift("l1", "anna", CommandKind::LiftBan, Act::LiftBan(gina())),
        lift("l1", "ben", CommandKind::RejectBanLift, Act::RejectBanLift(gina())),
        lift("l2", "anna", CommandKind::LiftBan, Act::LiftBan(gina())),
        lift("l2", "ben", CommandKind::ApproveBanLift, Act::ApproveBanLift(gina())),
    ];
    let ended = writer.record(&commands);
    let lifted = ended.last().unwrap();
    let reinstate = told(Told::Reinstated, lifted.recorded_at);
    let lifted = lifted.seq;
    entries.extend(ended);
    let over = Act::CompleteBanLift(gina(), lifted);
    let commands = [
        act(CommandKind::ReinstateActivity, &format!("{lifted}:reinstate:{earned}"), "ben", reinstate),
        act(
            CommandKind::ReinstateAdjustment,
            &format!("{lifted}:reinstate:{given}"),
            "ben",
            Act::ReinstateAdjustment(gift),
        ),
        act(CommandKind::CompleteBanLift, &format!("{lifted}:complete"), "goodturn", over),
        tell("c6", "b7", Told::Restored, "2018-04-02T00:05:01Z"),
    ];
    entries.extend(writer.record(&commands));
    entries
}
