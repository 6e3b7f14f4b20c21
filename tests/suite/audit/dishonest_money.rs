//! A dishonest operator gives a member's money away, keeps it, or shows the second person another sum. Every hash is right.

use goodturn::domain::decide::acts::Step;
use goodturn::domain::decide::command::{Act, Command, Listed, SharePosting};
use goodturn::domain::decide::draft::Draft;
use goodturn::domain::entry::Entry;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::fact::Fact;
use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::entry::money::{ClosingContent, LotFact, Outcome};
use goodturn::domain::state::get::State as _;
use goodturn::domain::state::lapse::Lapse;
use goodturn::domain::state::payout::Payout;
use goodturn::domain::terms::choice::Choice;
use goodturn::domain::terms::member::ShutOutReason;
use goodturn::domain::terms::payout::{PayoutTerms, PoolAsked};
use goodturn::domain::value::amount::{Amount, Move};
use goodturn::domain::value::bucket::Bucket;
use goodturn::domain::value::encoding::hex;
use goodturn::domain::value::ids::{ActivityId, PayoutId};
use goodturn::domain::value::principal::PrincipalId;

use crate::support::books::Books;
use crate::support::every_money::{closing_content, list_terms};
use crate::support::sample::{act, approve_savings, award, member, rule_set, savings, time};

const DEADLINE: &str = "2018-12-12T12:00:00Z";
const ROWS: [(&str, i64); 2] = [("ben", 1), ("cleo", 1)];

fn payout() -> PayoutId {
    PayoutId::parse("h1").unwrap()
}

fn finance(kind: CommandKind, id: &str, it: Act) -> Command {
    act(kind, id, "anna", it)
}

/// The statement is approved, and the list of a payout over ben and cleo is complete: it pays 51 pence of 101.
async fn drafted() -> Books {
    let terms = PayoutTerms { pool_minor: 101, statement: savings().id, ..list_terms("h1", &ROWS, DEADLINE, false) };
    let rows = ROWS.map(|(id, weight)| Listed { member: member(id), weight });
    let step = Step { after: None, through: member("cleo"), rows: rows.into() };
    let begin = [
        award("a1", "ben"),
        award("a2", "cleo"),
        finance(CommandKind::DeclareStatement, "s", Act::DeclareStatement(savings())),
        act(CommandKind::ApproveStatement, "s", "ben", approve_savings()),
        finance(CommandKind::CreatePayout, "h1", Act::CreatePayout(terms, PoolAsked::Stated)),
        finance(CommandKind::ListWeights, "h1", Act::ListWeights(payout(), step)),
        finance(CommandKind::CompleteDraft, "h1", Act::CompleteDraft(payout())),
    ];
    Books::under(rule_set(1, "2018-03-12T00:00:00Z", 100)).await.with(&begin).await
}

fn approved(books: &Books) -> [Command; 2] {
    let draft = books.writer.state.get::<Payout>(&payout()).unwrap();
    [
        act(CommandKind::ApprovePayout, "h1:x", "ben", Act::ApprovePayout(payout(), draft.content)),
        finance(CommandKind::BeginExecution, "h1", Act::BeginExecution(payout())),
    ]
}

/// Posts 50 pence to each, and the penny that is left over to the charity.
fn posted() -> Command {
    let row = |id: &str, points, share_minor| SharePosting { member: member(id), points, share_minor };
    let rows = vec![row("ben", 1, 50), row("cleo", 1, 50), row("relief", 0, 1)];
    let step = Step { after: None, through: member("relief"), rows };
    finance(CommandKind::PostShares, "h1:", Act::PostShares(payout(), step))
}

/// The payout is executed, ben chose credit, and the deadline has passed.
async fn executed() -> Books {
    let books = drafted().await;
    let steps = approved(&books);
    let choose = Act::SetChoice(member("ben"), Some(Choice::Credit));
    let rest = [
        posted(),
        finance(CommandKind::CompleteExecution, "h1", Act::CompleteExecution(payout())),
        act(CommandKind::SetChoice, "ben:c", "forum", choose),
    ];
    let mut books = books.with(&steps).await.with(&rest).await;
    books.writer.now = time("2018-12-13T00:00:00Z");
    books
}

fn close(content: ClosingContent) -> Command {
    let id = format!("h1:{}", hex(&content.digest));
    finance(CommandKind::CloseChoices, &id, Act::CloseChoices(Box::new(content)))
}

/// The closing is approved. With it comes the step that decides on the lots of all.
async fn signed() -> (Books, Command) {
    let books = executed().await;
    let content = closing_content(&books.writer, "h1");
    let digest = content.digest;
    let books = books.with(&[close(content)]).await;
    let drafted = books.writer.head.seq;
    let approve = act(CommandKind::ApproveClosing, "h1:x", "ben", Act::ApproveClosing(payout(), digest));
    let members = ["ben", "cleo", "relief"].map(member);
    let step = Step { after: None, through: member("relief"), rows: members.into() };
    let decide = act(CommandKind::DecideLots, &format!("h1:{drafted}:"), "ben", Act::DecideLots(payout(), step));
    (books.with(&[approve]).await, decide)
}

fn complete(books: &Books) -> Command {
    let id = format!("h1:{}:relief", books.writer.head.seq);
    act(CommandKind::CompleteClosing, &id, "ben", Act::CompleteClosing(payout()))
}

async fn head(books: &Books) -> i64 {
    books.report().await.head_seq.get()
}

fn fact(draft: &mut Draft) -> &mut LotFact {
    match &mut draft.fact {
        Fact::Lot(fact) => fact,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn shares_of_a_list_that_are_not_those_of_its_weights_are_found() {
    // INV 44, 57
    let books = drafted().await;
    let steps = approved(&books);
    let books = books.with(&steps).await;
    let at = head(&books).await;
    let more = |drafts: &mut Vec<Draft>| {
        drafts[1].movement = Move::new(Bucket::Granted, Bucket::Due, Amount::new(51).unwrap());
    };
    let forged = books.forged(&[posted()], more).await;
    forged.are_found_out(at + 2, "the share granted is 51 for a weight of 1, not 50 for 1").await;
}

#[tokio::test]
async fn a_share_that_goes_to_another_and_an_entry_hidden_among_shares_are_found() {
    // INV 44, 57
    let another = |drafts: &mut Vec<Draft>| drafts[1].member = Some(member("cleo"));
    let books = drafted().await;
    let steps = approved(&books);
    let books = books.with(&steps).await;
    let at = head(&books).await;
    let told = "the share of ben was granted to another member";
    books.forged(&[posted()], another).await.are_found_out(at + 2, told).await;

    // Ben's money is withheld, as he is suspended, and released at once.
    let released = |drafts: &mut Vec<Draft>| {
        let mut back = drafts[2].clone();
        back.kind = EntryKind::MoneyReleased;
        back.movement = back.movement.map(Move::reversed);
        drafts.insert(3, back);
    };
    let suspended = async || {
        let books = drafted().await;
        let steps = approved(&books);
        let suspend = Act::SuspendMember(member("ben"), ShutOutReason::FraudSuspected);
        books.with(&[finance(CommandKind::SuspendMember, "s1", suspend)]).await.with(&steps).await
    };
    suspended().await.with(&[posted()]).await.are_in_order().await;
    let books = suspended().await;
    let at = head(&books).await;
    let told = "an entry has no place among the shares of a payout";
    books.forged(&[posted()], released).await.are_found_out(at + 4, told).await;
}

#[tokio::test]
async fn a_closing_whose_sums_or_digest_are_others_than_what_becomes_of_the_lots_is_found() {
    // INV 49, 57
    let (honest, decide) = signed().await;
    let honest = honest.with(&[decide]).await;
    let end = complete(&honest);
    honest.with(&[end]).await.are_in_order().await;
    let lies: [fn(&mut ClosingContent); 3] = [
        |content| content.digest = [7; 32],
        |content| content.tallies.unchosen.minor -= 1,
        |content| content.tallies.lapsed.lots += 1,
    ];
    for lie in lies {
        let books = executed().await;
        let at = head(&books).await + 1;
        let mut content = closing_content(&books.writer, "h1");
        lie(&mut content);
        let forged = books.with(&[close(content)]).await;
        forged.are_found_out(at, "the content of the closing is not what becomes of the lots").await;
    }
}

#[tokio::test]
async fn a_lot_that_is_decided_otherwise_or_not_at_all_is_found() {
    // INV 57, 81
    let otherwise = "something else becomes of money";
    let lapsed = |drafts: &mut Vec<Draft>| {
        let cleo = &mut drafts[2];
        cleo.kind = EntryKind::MoneyLapsed;
        cleo.movement = Move::new(Bucket::Due, Bucket::Lapsed, cleo.movement.unwrap().amount());
        fact(cleo).decided.as_mut().unwrap().1 = Outcome::Lapsed;
    };
    let in_cash =
        |drafts: &mut Vec<Draft>| fact(&mut drafts[1]).decided.as_mut().unwrap().1 = Outcome::Due(Choice::Cash);
    let (books, decide) = signed().await;
    let before = head(&books).await;
    books.forged(&[decide], lapsed).await.are_found_out(before + 3, otherwise).await;
    let (books, decide) = signed().await;
    books.forged(&[decide], in_cash).await.are_found_out(before + 2, otherwise).await;
    let (books, _) = signed().await;
    let at = head(&books).await + 1;
    let end = complete(&books);
    books.with(&[end]).await.are_found_out(at, "the lots of 3 members were never decided").await;
}

#[tokio::test]
async fn money_that_is_not_withheld_from_whoever_is_shut_out_is_found() {
    // INV 57, 79
    let books = executed().await;
    let at = head(&books).await;
    let suspend = Act::SuspendMember(member("ben"), ShutOutReason::FraudSuspected);
    let suspend = finance(CommandKind::SuspendMember, "s1", suspend);
    let free = |drafts: &mut Vec<Draft>| drafts.truncate(1);
    let forged = books.forged(&[suspend], free).await.with(&[award("a9", "cleo")]).await;
    forged.are_found_out(at + 2, "an entry of the command before it is missing").await;
    let problems: Vec<String> = forged.report().await.findings.into_iter().map(|found| found.problem).collect();
    assert!(problems.iter().any(|it| it == "money of a member who is shut out is not withheld"), "{problems:?}");
}

/// Cleo is banned, and somebody has asked that her money lapse. With it comes the approval.
async fn asked_to_lapse(id: &str) -> (Books, Command) {
    let case = ActivityId::parse(id).unwrap();
    let ban = Act::BanMember(member("cleo"), ShutOutReason::Fraud);
    let ask = Act::LapseMoney(member("cleo"), case.clone());
    let begin = [finance(CommandKind::BanMember, "b1", ban), finance(CommandKind::LapseMoney, id, ask)];
    let books = executed().await.with(&begin).await;
    let digest = books.writer.state.get::<Lapse>(&member("cleo")).unwrap().content;
    let approve = act(CommandKind::ApproveLapse, id, "ben", Act::ApproveLapse(member("cleo"), case, digest));
    (books, approve)
}

#[tokio::test]
async fn money_that_lapses_without_two_persons_or_not_whole_is_found() {
    // INV 49, 57, 79
    let (books, approve) = asked_to_lapse("c1").await;
    let at = head(&books).await;
    books.with(&[approve]).await.are_in_order().await;

    // By the person who asked for it: the name is changed after it was decided.
    let (books, approve) = asked_to_lapse("c1").await;
    let by_anna = |entry: &mut Entry| {
        if entry.kind == EntryKind::LapseApproved {
            entry.principal = PrincipalId::parse("anna").unwrap();
        }
    };
    let forged = books.rewritten(&[approve], |_| (), by_anna).await;
    forged.are_found_out_too(at + 1, "that money lapses was approved by the person who asked for it").await;

    // Another digest than that of what was asked for.
    let (books, approve) = asked_to_lapse("c1").await;
    let another = |drafts: &mut Vec<Draft>| match &mut drafts[0].fact {
        Fact::Lapse(fact) => fact.approved = Some([7; 32]),
        other => panic!("{other:?}"),
    };
    books.forged(&[approve], another).await.are_found_out(at + 1, "it must not have been recorded: ").await;

    // Nothing lapses, though it was approved.
    let (books, approve) = asked_to_lapse("c1").await;
    let kept = |drafts: &mut Vec<Draft>| drafts.truncate(1);
    let forged = books.forged(&[approve], kept).await.with(&[award("a9", "ben")]).await;
    forged.are_found_out(at + 2, "an entry of the command before it is missing").await;
}
