//! A dishonest operator has one person decide alone where two must, or signs one list and decides another. Every hash is
//! right.

use goodturn::domain::decide::command::{Act, Command};
use goodturn::domain::decide::draft::Draft;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::fact::Fact;
use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::terms::adjustment::{AdjustmentReason, AdjustmentTerms};
use goodturn::domain::value::ids::AdjustmentId;

use crate::support::books::Books;
use crate::support::sample::{act, award, member, principal, rule_set};
use crate::support::signed::{approval_of_merger, approvals_of, list_of};

fn adjust(name: &str, points: i64) -> Command {
    let (id, reason) = (AdjustmentId::parse(name).unwrap(), AdjustmentReason::Goodwill);
    let terms = AdjustmentTerms { id, member: member("ben"), points, reason, occurred_at: None };
    act(CommandKind::AdjustPoints, name, "anna", Act::AdjustPoints(Box::new(terms)))
}

/// Three adjustments wait. The fifth entry proposes the last of them.
async fn books() -> Books {
    let books = Books::under(rule_set(1, "2018-03-12T00:00:00Z", 100)).await;
    books.with(&["a", "b", "c"].map(|id| adjust(id, 2_000))).await
}

#[tokio::test]
async fn a_list_that_is_not_decided_as_it_was_signed_is_found() {
    // INV 49, 57
    let approvals = |books: &Books| approvals_of(&books.writer.state, &["a", "b"], "ben");
    let honest = books().await;
    let commands = approvals(&honest);
    honest.with(&commands).await.with(&[award("a1", "ben")]).await.are_in_order().await;

    let missing = "an adjustment of the list that was signed before it is not decided";
    // The last of the list is left out, or another act comes between.
    let left_out = books().await;
    let commands = approvals(&left_out);
    left_out.with(&commands[..2]).await.are_found_out(8, missing).await;
    let between = books().await;
    let between = between.with(&[commands[0].clone(), award("a1", "ben"), commands[1].clone()]).await;
    between.are_found_out(7, missing).await;
    // Somebody else decides one of them.
    let by_another = books().await;
    let other = Command { principal: principal("cleo"), ..commands[2].clone() };
    by_another.with(&[commands[0].clone(), commands[1].clone(), other]).await.are_found_out(8, missing).await;

    let differs = "the list that was signed is not the one that was decided";
    let swapped = books().await;
    let others = approvals_of(&swapped.writer.state, &["a", "c"], "ben");
    swapped.with(&[commands[0].clone(), others[1].clone(), others[2].clone()]).await.are_found_out(8, differs).await;
    let turned = books().await;
    turned.with(&[commands[0].clone(), commands[2].clone(), commands[1].clone()]).await.are_found_out(8, differs).await;
    let nothing = |drafts: &mut Vec<Draft>| {
        if let Fact::SignedList(list) = &mut drafts[0].fact {
            list.count = 0;
        }
    };
    books().await.forged(&commands[..1], nothing).await.are_found_out(6, differs).await;
    // A list that was signed to be rejected is approved.
    let approved = books().await;
    let sign = Act::RejectAdjustments(Box::new(list_of(&approved.writer.state, &["a", "b"])));
    let sign = act(CommandKind::RejectAdjustments, "a+b", "ben", sign);
    approved.with(&[sign, commands[1].clone()]).await.are_found_out(7, missing).await;
}

#[tokio::test]
async fn a_list_that_is_approved_by_one_who_drew_up_some_of_it_is_found() {
    // INV 49, 57
    let books = books().await;
    let commands = approvals_of(&books.writer.state, &["a", "b"], "ben");
    let by_anna = |entry: &mut goodturn::domain::entry::Entry| entry.principal = principal("anna");
    books.rewritten(&commands, |_| (), by_anna).await.are_found_out(7, "drawn up by anna").await;
}

#[tokio::test]
async fn a_merger_that_one_person_makes_alone_is_found() {
    // INV 49, 57
    let merge = Act::MergeMembers { from: member("ben"), into: member("new") };
    let merge = act(CommandKind::MergeMembers, "m1", "anna", merge);
    let rich = || async {
        let books = books().await;
        let approvals = approvals_of(&books.writer.state, &["a"], "ben");
        books.with(&approvals).await
    };
    let proposed = rich().await.with(std::slice::from_ref(&merge)).await;
    proposed.are_in_order().await;
    let approve = approval_of_merger(&proposed.writer.state, "m1", "cleo");
    proposed.with(std::slice::from_ref(&approve)).await.are_in_order().await;

    // Drawn up and made at once: the moves of the approval under the name of the proposal.
    let alone = rich().await.with(std::slice::from_ref(&merge)).await;
    let mut moves = Vec::new();
    alone.forged(std::slice::from_ref(&approve), |drafts| moves.clone_from(drafts)).await;
    let made = |drafts: &mut Vec<Draft>| {
        drafts.clone_from(&moves);
        drafts.retain(|draft| draft.kind == EntryKind::MemberMerged);
    };
    rich().await.forged(std::slice::from_ref(&merge), made).await.are_found_out(8, "").await;
    // Approved by the one who drew it up.
    let own = rich().await.with(std::slice::from_ref(&merge)).await;
    let by_anna = |entry: &mut goodturn::domain::entry::Entry| entry.principal = principal("anna");
    own.rewritten(std::slice::from_ref(&approve), |_| (), by_anna).await.are_found_out(9, "drawn up by anna").await;
    // Approved is what nobody saw.
    let unseen = |drafts: &mut Vec<Draft>| {
        if let Fact::Proposal(fact) = &mut drafts[0].fact {
            fact.approved = Some([7; 32]);
        }
    };
    let unseen = rich().await.with(&[merge]).await.forged(&[approve], unseen).await;
    unseen.are_found_out(9, "the digest is not that of exactly this content").await;
}
