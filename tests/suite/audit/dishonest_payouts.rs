//! A dishonest operator reserves what does not count, leaves a member out, or keeps money of one who is merged. Every hash is
//! right.

use goodturn::domain::decide::acts::Step;
use goodturn::domain::decide::command::{Act, Command, Eligible, SharePosting};
use goodturn::domain::decide::draft::Draft;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::fact::Fact;
use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::entry::name::CommandName;
use goodturn::domain::entry::payout::StatementContent;
use goodturn::domain::state::get::State as _;
use goodturn::domain::state::record::{Record, RecordKey};
use goodturn::domain::terms::payout::PoolAsked;
use goodturn::domain::terms::savings::StatementTerms;
use goodturn::domain::value::amount::{Amount, Move};
use goodturn::domain::value::bucket::Bucket;
use goodturn::domain::value::ids::{PayoutId, RequestId, StatementId};
use goodturn::domain::value::seq::Seq;

use crate::support::books::Books;
use crate::support::sample::{act, approve_savings, award, member, payout_terms, rule_set, savings};
use crate::support::signed::approval_of_merger;

fn payout() -> PayoutId {
    PayoutId::parse("h1").unwrap()
}

/// A step over ben, cleo and dora, who have 100 points each.
fn reserve() -> Command {
    let rows = ["ben", "cleo", "dora"].map(|id| Eligible { member: member(id), points: 100 });
    let step = Step { after: None, through: member("dora"), rows: rows.into() };
    let seq = Seq::new(8).unwrap();
    act(CommandKind::ReservePoints, "h1:", "anna", Act::ReservePoints(payout(), step, seq))
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
        act(CommandKind::ApproveStatement, "s", "ben", approve_savings()),
        act(CommandKind::CreatePayout, "h1", "anna", Act::CreatePayout(payout_terms("h1", 100), PoolAsked::Stated)),
    ];
    Books::under(rule_set(1, "2018-03-12T00:00:00Z", 100)).await.with(&begin).await
}

/// Changes how many points of cleo's are reserved.
fn cleos(drafts: &mut [Draft], points: i64) {
    let cleo = drafts.iter_mut().find(|draft| draft.member == Some(member("cleo"))).unwrap();
    let amount = Amount::new(points).unwrap();
    cleo.movement = Move::new(Bucket::Available, Bucket::Reserved, amount);
}

#[tokio::test]
async fn points_reserved_that_are_not_those_that_count_are_found() {
    // INV 31, 43, 57
    books().await.with(&[reserve(), complete()]).await.are_in_order().await;
    for points in [1, 99, 101, 1_000] {
        let books = books().await.forged(&[reserve()], |drafts| cleos(drafts, points)).await;
        books.are_found_out(11, "the number of points reserved").await;
    }
    let twice = |drafts: &mut Vec<Draft>| drafts.push(drafts[1].clone());
    books().await.forged(&[reserve()], twice).await.are_found_out(13, "reserved before").await;
}

#[tokio::test]
async fn members_who_are_left_out_of_a_payout_are_found() {
    // INV 43, 57
    let without_cleo = |drafts: &mut Vec<Draft>| drafts.retain(|draft| draft.member != Some(member("cleo")));
    let forged = books().await.forged(&[reserve()], without_cleo).await.with(&[complete()]).await;
    forged.are_found_out(12, "points of 1 members").await;
    let only_ben = |drafts: &mut Vec<Draft>| {
        drafts.truncate(2);
        let Fact::PayoutStep(step) = &mut drafts[0].fact else { panic!("a step begins with how far it goes") };
        step.through = member("ben");
    };
    let forged = books().await.forged(&[reserve()], only_ben).await.with(&[complete()]).await;
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
    let begun = Act::CreatePayout(payout_terms("h1", 100), PoolAsked::Stated);
    let begun = again(act(CommandKind::CreatePayout, "h1", "anna", begun));
    books().await.with(&[begun]).await.are_found_out(9, "begun before").await;
}

/// Writes a decision on a statement as nobody could: under its name, whatever state the statement is in.
async fn decided(books: Books, command: CommandKind, kind: EntryKind, id: &StatementId) -> Books {
    let other = StatementTerms { id: StatementId::parse("other").unwrap(), ..savings() };
    let as_told = act(command, id.as_str(), "cleo", Act::DeclareStatement(other));
    let decision = |drafts: &mut Vec<Draft>| {
        let content = StatementContent { statement: id.clone(), digest: [7; 32] };
        let fact = match kind {
            EntryKind::StatementApproved => Fact::StatementContent(content),
            _ => Fact::StatementDecision(id.clone()),
        };
        (drafts[0].kind, drafts[0].fact) = (kind, fact);
    };
    books.forged(&[as_told], decision).await
}

#[tokio::test]
async fn a_statement_that_is_decided_twice_is_found() {
    // INV 48, 57
    let (approve, reject) = (CommandKind::ApproveStatement, CommandKind::RejectStatement);
    let (approved, rejected) = (EntryKind::StatementApproved, EntryKind::StatementRejected);
    let of_approved = decided(books().await, reject, rejected, &savings().id).await;
    of_approved.are_found_out(9, "it must not have been recorded: ").await;
    of_approved.are_found_out_too(9, "an entry of kind statement_rejected on a statement that is approved").await;

    let wrong = StatementTerms { id: StatementId::parse("wrong").unwrap(), ..savings() };
    let id = wrong.id.clone();
    let begin = [
        act(CommandKind::DeclareStatement, "wrong", "anna", Act::DeclareStatement(wrong)),
        act(CommandKind::RejectStatement, "wrong", "ben", Act::RejectStatement(id.clone(), 1)),
    ];
    let books = books().await.with(&begin).await;
    books.are_in_order().await;
    let of_rejected = decided(books, approve, approved, &id).await;
    of_rejected.are_found_out(11, "it must not have been recorded: ").await;
    of_rejected.are_found_out_too(11, "an entry of kind statement_approved on a statement that is rejected").await;
}

/// The payout is executed: 34 pence are due to ben, 33 to cleo and to dora. The 23rd entry says so.
async fn executed() -> Books {
    let books = books().await.with(&[reserve(), complete()]).await;
    let Some(Record::Payout(draft)) = books.writer.state.record(&RecordKey::Payout(payout())) else {
        panic!("a draft")
    };
    let approve = Act::ApprovePayout(payout(), draft.content);
    let rows = [("ben", 34), ("cleo", 33), ("dora", 33)];
    let rows = rows.map(|(id, share_minor)| SharePosting { member: member(id), points: 100, share_minor });
    let step = Step { after: None, through: member("dora"), rows: rows.into() };
    let commands = [
        act(CommandKind::ApprovePayout, "h1", "ben", approve),
        act(CommandKind::BeginExecution, "h1", "anna", Act::BeginExecution(payout())),
        act(CommandKind::PostShares, "h1:", "anna", Act::PostShares(payout(), step)),
        act(CommandKind::CompleteExecution, "h1", "anna", Act::CompleteExecution(payout())),
    ];
    books.with(&commands).await
}

/// The same, with a merger that waits for a second person, and the command that approves it.
async fn with_a_merger() -> (Books, Command) {
    let merge = Act::MergeMembers { from: member("cleo"), into: member("ben") };
    let books = executed().await.with(&[act(CommandKind::MergeMembers, "m1", "anna", merge)]).await;
    let approve = approval_of_merger(&books.writer.state, "m1", "ben");
    (books, approve)
}

/// The merger, approved by an operator who changes what it writes.
async fn merged(lie: impl FnMut(&mut Vec<Draft>)) -> Books {
    let (books, approve) = with_a_merger().await;
    books.forged(&[approve], lie).await
}

/// The moves of money among what a merger writes.
fn of_money(drafts: &mut [Draft]) -> impl Iterator<Item = &mut Draft> {
    drafts.iter_mut().filter(|draft| draft.kind == EntryKind::MoneyMoved)
}

#[tokio::test]
async fn money_that_does_not_follow_its_person_is_found() {
    // INV 57, 82
    let honest = merged(|_| ()).await.with(&[award("a4", "ben")]).await;
    honest.are_in_order().await;
    let written = honest.report().await.entries;
    // Two entries tell of the merger, two of points that were paid, two of the money; then ben earns again.
    let (first_of_money, next) = (written - 2, written);
    let keep = |drafts: &mut Vec<Draft>| drafts.retain(|draft| draft.kind != EntryKind::MoneyMoved);
    for later in [vec![], vec![award("a4", "ben")]] {
        let forged = merged(keep).await.with(&later).await;
        forged.are_found_out(first_of_money, "an entry of the command before it is missing").await;
        let report = forged.report().await;
        let left = "money of a member who was merged is left in due";
        assert!(report.findings.iter().any(|found| found.problem == left), "{:?}", report.findings);
    }
    let moves_something_else = "a merger moves something else";
    let less = |drafts: &mut Vec<Draft>| {
        for draft in of_money(drafts) {
            let movement = draft.movement.unwrap();
            draft.movement = Move::new(movement.from(), movement.to(), Amount::new(32).unwrap());
        }
    };
    let to_another = |drafts: &mut Vec<Draft>| of_money(drafts).nth(1).unwrap().member = Some(member("mallory"));
    let settled = |drafts: &mut Vec<Draft>| {
        let draft = of_money(drafts).nth(1).unwrap();
        draft.movement = Move::new(Bucket::MovedMoney, Bucket::Settled, draft.movement.unwrap().amount());
    };
    let forged = merged(less).await;
    forged.are_found_out(first_of_money, moves_something_else).await;
    let forged = [merged(to_another).await, merged(settled).await];
    for forged in forged {
        forged.are_found_out(next - 1, moves_something_else).await;
    }
    let printed = |drafts: &mut Vec<Draft>| drafts.push(drafts.last().unwrap().clone());
    let forged = merged(printed).await;
    forged.are_found_out(next, moves_something_else).await;
}
