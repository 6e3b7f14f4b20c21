//! What an act leaves behind is checked without deciding it again: who stands, who holds a key, what a ban covers.

use goodturn::domain::decide::command::{Act, Command, Telling};
use goodturn::domain::decide::draft::Draft;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::earning::PartChange;
use goodturn::domain::entry::told::Told;
use goodturn::domain::terms::activity::Activity;
use goodturn::domain::terms::caps::Flow;
use goodturn::domain::terms::member::ShutOutReason;
use goodturn::domain::terms::rules::set::{Exclusive, Holder, Rule, RuleSet};
use goodturn::domain::value::amount::Move;
use goodturn::domain::value::ids::{ActivityId, ExclusiveKey, KeySpace, SourceId};
use goodturn::domain::value::reason::Reason;
use goodturn::domain::value::seq::Seq;

use crate::support::books::{Books, credit, recorded, rule, told};
use crate::support::sample::{act, done, member, record, rule_set, tell, time};

const WHEN: &str = "2018-04-01T13:00:00Z";

/// Kudos earn 10 points, recruits 50 for the earliest claim, answers 100 for the latest; downvotes take 5.
fn rules() -> RuleSet {
    let once = |space: &str, holder| Some(Exclusive { space: KeySpace::parse(space).unwrap(), holder });
    let rules = vec![
        rule("kudos", "kudos", 10),
        Rule { exclusive: once("recruit", Holder::EarliestStanding), ..rule("recruits", "recruit", 50) },
        Rule { exclusive: once("question", Holder::Latest), ..rule("answers", "answer", 100) },
        rule("downvotes", "downvote", -5),
    ];
    RuleSet { rules, ..rule_set(1, "2018-03-12T00:00:00Z", 0) }
}

fn claim(kind: &str, by: &str, when: &str) -> Activity {
    Activity { exclusive_key: Some(ExclusiveKey::parse("k").unwrap()), occurred_at: time(when), ..done(kind, by) }
}

/// Checks that a lie is found by this rule too, beside the difference from what is decided again.
async fn is_found(honest: &[Command], lying: &[Command], lie: impl FnMut(&mut Vec<Draft>), problem: &str) {
    let books = Books::under(rules()).await.with(honest).await;
    books.are_in_order().await;
    let findings = books.forged(lying, lie).await.report().await.findings;
    assert!(findings.iter().any(|finding| finding.problem.contains(problem)), "{findings:?}, not {problem}");
}

#[tokio::test]
async fn an_activity_that_was_reversed_brings_nothing() {
    // INV 57, 72
    let honest = [record("k1", Activity { occurred_at: time(WHEN), ..done("kudos", "ben") })];
    let reversal = [tell("r1", "k1", Told::Reversed(Reason::Mistake), WHEN)];
    let keeps = |drafts: &mut Vec<Draft>| {
        drafts[0].movement = None;
        told(&mut drafts[0]).parts.iter_mut().for_each(|part| part.brings.total = 10);
    };
    is_found(&honest, &reversal, keeps, "brings points, and does not stand").await;
}

#[tokio::test]
async fn one_activity_brings_points_by_a_key() {
    // INV 17, 57, 72
    let honest = [record("c1", claim("recruit", "ben", WHEN))];
    let earlier = [record("c2", claim("recruit", "cleo", "2018-04-01T12:00:00Z"))];
    let shares = |drafts: &mut Vec<Draft>| drafts.truncate(1);
    is_found(&honest, &earlier, shares, "by a key that another holds").await;
    let honest = [record("a1", claim("answer", "ben", "2018-04-01T12:00:00Z"))];
    let later = [record("a2", claim("answer", "cleo", WHEN))];
    is_found(&honest, &later, shares, "by a key that another holds").await;
}

#[tokio::test]
async fn a_penalty_gives_no_points_and_nothing_else_takes_them() {
    // INV 31, 57
    let penalty = [record("d1", Activity { occurred_at: time(WHEN), ..done("downvote", "ben") })];
    is_found(&[], &penalty, |drafts| drafts[0].movement = credit(5), "moves nothing from issued to available").await;
    let honest = [record("k0", Activity { occurred_at: time(WHEN), ..done("kudos", "ben") })];
    let kudos = [record("k1", Activity { occurred_at: time(WHEN), ..done("kudos", "ben") })];
    let takes = |drafts: &mut Vec<Draft>| drafts[0].movement = credit(5).map(Move::reversed);
    is_found(&honest, &kudos, takes, "moves nothing from available to issued").await;
}

#[tokio::test]
async fn no_ban_covers_an_activity_of_a_member_who_was_never_banned() {
    // INV 57, 72
    let kudos = [record("k1", Activity { occurred_at: time(WHEN), ..done("kudos", "ben") })];
    let covers = |drafts: &mut Vec<Draft>| {
        drafts[0].movement = None;
        drafts[0].reason = Some(Reason::Suspended);
        let part = PartChange {
            rule: drafts[0].rule.clone().unwrap(),
            brings: Flow::ZERO,
            caps: Vec::new(),
            passes: Flow::ZERO,
        };
        let fact = recorded(&mut drafts[0]);
        (fact.is_revoked, fact.parts) = (true, vec![part]);
    };
    is_found(&[], &kudos, covers, "no ban can cover").await;
}

/// The 3rd entry is an activity of ben's, the 4th bans him, the 5th takes the activity back.
#[tokio::test]
async fn a_lifting_is_not_over_while_the_ban_covers_an_activity() {
    // INV 57, 72
    let kudos = record("k1", Activity { occurred_at: time(WHEN), ..done("kudos", "ben") });
    let ban = act(CommandKind::BanMember, "b1", "anna", Act::BanMember(member("ben"), ShutOutReason::Fraud));
    let books = Books::under(rules()).await.with(&[kudos, ban]).await;
    let (source, activity) = (SourceId::parse("forum").unwrap(), ActivityId::parse("k1").unwrap());
    let occurred_at = books.writer.now;
    let telling =
        |told| Act::Tell(Box::new(Telling { source: source.clone(), activity: activity.clone(), told, occurred_at }));
    let seq = |n| Seq::new(n).unwrap();
    let own = |kind, id: &str, act_of| act(kind, id, "goodturn", act_of);
    let honest = [
        act(CommandKind::RevokeActivity, "4:revoke:3", "anna", telling(Told::Revoked)),
        own(CommandKind::CompleteBan, "4:complete", Act::CompleteBan(member("ben"), seq(4))),
        act(CommandKind::LiftBan, "l1", "anna", Act::LiftBan(member("ben"))),
        act(CommandKind::ApproveBanLift, "l1", "cleo", Act::ApproveBanLift(member("ben"))),
    ];
    let over = own(CommandKind::CompleteBanLift, "8:complete", Act::CompleteBanLift(member("ben"), seq(8)));
    let books = books.with(&honest).await;
    books.are_in_order().await;
    let early = books.with(&[over]).await;
    let findings = early.report().await.findings;
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!((findings[0].seq, &*findings[0].problem), (seq(9), "the lifted ban still covers an activity"));
    assert_eq!(early.writer.head.seq, seq(9));
}
