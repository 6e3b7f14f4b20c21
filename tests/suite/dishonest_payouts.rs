//! A dishonest operator sets aside what does not count, or leaves a member out. Every hash is right.

use goodturn::domain::decide::command::{Act, Command, Eligible, Step};
use goodturn::domain::decide::draft::Draft;
use goodturn::domain::entry::fact::Fact;
use goodturn::domain::entry::kinds::CommandKind;
use goodturn::domain::entry::name::CommandName;
use goodturn::domain::terms::payout::PoolAsked;
use goodturn::domain::value::amount::{Amount, Move};
use goodturn::domain::value::bucket::Bucket;
use goodturn::domain::value::ids::{PayoutId, RequestId};
use goodturn::domain::value::seq::Seq;

use crate::encoding::{savings, terms};
use crate::support::books::Books;
use crate::support::sample::{act, award, member, rule_set};

fn payout() -> PayoutId {
    PayoutId::parse("h1").unwrap()
}

/// A step over ben, cleo and dora, who have 100 points each.
fn set_aside() -> Command {
    let rows = ["ben", "cleo", "dora"].map(|id| Eligible { member: member(id), points: 100 });
    let step = Step { after: None, through: member("dora"), rows: rows.into() };
    let seq = Seq::new(8).unwrap();
    act(CommandKind::SetAside, "h1:", "anna", Act::SetAside(payout(), step, seq))
}

fn complete() -> Command {
    act(CommandKind::CompleteDraft, "h1", "anna", Act::CompleteDraft(payout()))
}

/// The 8th entry begins a payout.
async fn books() -> Books {
    let begin = [
        award("a1", "ben"),
        award("a2", "cleo"),
        award("a3", "dora"),
        act(CommandKind::DeclareStatement, "s", "anna", Act::DeclareStatement(savings())),
        act(CommandKind::ApproveStatement, "s", "ben", Act::ApproveStatement(savings().id)),
        act(CommandKind::CreatePayout, "h1", "anna", Act::CreatePayout(terms("h1", 100), PoolAsked::Stated)),
    ];
    Books::under(rule_set(1, "2018-03-12T00:00:00Z", 100)).await.with(&begin).await
}

/// Changes how many points of cleo's are set aside.
fn cleos(drafts: &mut [Draft], points: i64) {
    let cleo = drafts.iter_mut().find(|draft| draft.member == Some(member("cleo"))).unwrap();
    let amount = Amount::new(points).unwrap();
    cleo.movement = Move::new(Bucket::Available, Bucket::Reserved, amount);
}

#[tokio::test]
async fn points_set_aside_that_are_not_those_that_count_are_found() {
    // INV 31, 43, 57
    books().await.with(&[set_aside(), complete()]).await.are_in_order().await;
    for points in [1, 99, 101, 1_000] {
        let books = books().await.forged(&[set_aside()], |drafts| cleos(drafts, points)).await;
        books.are_found_out(11, "the number of points set aside").await;
    }
    let twice = |drafts: &mut Vec<Draft>| drafts.push(drafts[1].clone());
    books().await.forged(&[set_aside()], twice).await.are_found_out(13, "set aside before").await;
}

#[tokio::test]
async fn members_who_are_left_out_of_a_payout_are_found() {
    // INV 43, 57
    let without_cleo = |drafts: &mut Vec<Draft>| drafts.retain(|draft| draft.member != Some(member("cleo")));
    let forged = books().await.forged(&[set_aside()], without_cleo).await.with(&[complete()]).await;
    forged.are_found_out(12, "points of 1 members").await;
    let only_ben = |drafts: &mut Vec<Draft>| {
        drafts.truncate(2);
        let Fact::PayoutStep(step) = &mut drafts[0].fact else { panic!("a step begins with how far it goes") };
        step.through = member("ben");
    };
    let forged = books().await.forged(&[set_aside()], only_ben).await.with(&[complete()]).await;
    forged.are_found_out(11, "points of 2 members").await;
}

#[tokio::test]
async fn a_statement_or_payout_that_is_begun_again_is_found() {
    // INV 52, 57
    let again = |command: Command| {
        let name = CommandName { id: RequestId::parse("again").unwrap(), ..command.name };
        Command { name, ..command }
    };
    let declared = again(act(CommandKind::DeclareStatement, "s", "anna", Act::DeclareStatement(savings())));
    books().await.with(&[declared]).await.are_found_out(9, "declared before").await;
    let begun = Act::CreatePayout(terms("h1", 100), PoolAsked::Stated);
    let begun = again(act(CommandKind::CreatePayout, "h1", "anna", begun));
    books().await.with(&[begun]).await.are_found_out(9, "begun before").await;
}
