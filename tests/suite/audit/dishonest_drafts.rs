//! A dishonest operator begins a payout on terms that nobody may give, or fixes its content too early. Every hash is right.

use goodturn::domain::decide::acts::Step;
use goodturn::domain::decide::command::{Act, Command, Eligible, Listed};
use goodturn::domain::decide::draft::Draft;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::fact::Fact;
use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::entry::payout::PayoutContent;
use goodturn::domain::state::get::State as _;
use goodturn::domain::state::payout::Payout;
use goodturn::domain::terms::payout::{PayoutMode, PayoutTerms, PoolAsked};
use goodturn::domain::terms::savings::StatementTerms;
use goodturn::domain::value::ids::PayoutId;

use crate::support::books::Books;
use crate::support::every_money::list_terms;
use crate::support::sample::{act, approve_savings, award, member, payout_terms, rule_set, savings, time};

const DEADLINE: &str = "2018-12-12T12:00:00Z";
const BAD_TERMS: &str = "the terms of the payout are none that can be given";

/// A change of the terms of a payout.
type Lie = fn(&mut PayoutTerms);

fn payout() -> PayoutId {
    PayoutId::parse("h1").unwrap()
}

fn finance(kind: CommandKind, id: &str, it: Act) -> Command {
    act(kind, id, "anna", it)
}

fn create(terms: PayoutTerms) -> Command {
    finance(CommandKind::CreatePayout, "h1", Act::CreatePayout(terms, PoolAsked::Stated))
}

/// Ben and cleo have 100 points each, and 247 pence are approved.
async fn books() -> Books {
    let begin = [
        award("a1", "ben"),
        award("a2", "cleo"),
        finance(CommandKind::DeclareStatement, "s", Act::DeclareStatement(savings())),
        act(CommandKind::ApproveStatement, "s", "ben", approve_savings()),
    ];
    Books::under(rule_set(1, "2018-03-12T00:00:00Z", 100)).await.with(&begin).await
}

fn listing() -> PayoutTerms {
    let terms = list_terms("h1", &[("ben", 1), ("cleo", 1)], DEADLINE, false);
    PayoutTerms { pool_minor: 101, statement: savings().id, ..terms }
}

/// Writes that the content of the payout is fixed, as nobody could, and checks that it is found.
async fn fixed(books: Books, told: &str) {
    let at = books.writer.head.seq.get() + 1;
    let content = books.writer.state.get::<Payout>(&payout()).unwrap().content;
    let fact = Fact::PayoutContent(PayoutContent { payout: payout(), digest: content });
    let as_told = finance(CommandKind::CompleteDraft, "h1:x", Act::BeginCancellation(payout()));
    let drafted = |drafts: &mut Vec<Draft>| {
        (drafts[0].kind, drafts[0].fact) = (EntryKind::PayoutDrafted, fact.clone());
    };
    books.forged(&[as_told], drafted).await.are_found_out(at, told).await;
}

/// Reserves the points of both.
fn reserve(books: &Books) -> Command {
    let rows = ["ben", "cleo"].map(|id| Eligible { member: member(id), points: 100 });
    let step = Step { after: None, through: member("cleo"), rows: rows.into() };
    finance(CommandKind::ReservePoints, "h1:", Act::ReservePoints(payout(), step, books.writer.head.seq))
}

#[tokio::test]
async fn a_payout_begun_on_terms_that_nobody_may_give_is_found() {
    // INV 48, 57, 81
    books().await.with(&[create(listing())]).await.are_in_order().await;
    let lies: [(Lie, &str); 5] = [
        (
            |terms| terms.pool_minor = 1_000_000,
            "it must not have been recorded: the statement has 247 minor units left",
        ),
        (|terms| terms.choices.as_mut().unwrap().match_millionths = -5, BAD_TERMS),
        (|terms| terms.choices.as_mut().unwrap().deadline = time("2076-01-01T00:00:00Z"), BAD_TERMS),
        (|terms| terms.minimum_share_minor = 1, BAD_TERMS),
        (
            |terms| terms.choices.as_mut().unwrap().deadline = time("2018-01-01T00:00:00Z"),
            "it must not have been recorded: members could choose until 2018-01-01T00:00:00Z",
        ),
    ];
    for (lie, told) in lies {
        let forged = |drafts: &mut Vec<Draft>| match &mut drafts[0].fact {
            Fact::Payout(terms) => lie(terms),
            other => panic!("{other:?}"),
        };
        let books = books().await;
        let at = books.writer.head.seq.get() + 1;
        books.forged(&[create(listing())], forged).await.are_found_out(at, told).await;
    }
}

#[tokio::test]
async fn a_list_that_is_fixed_before_all_its_rows_are_there_is_found() {
    // INV 44, 57
    let rows = vec![Listed { member: member("ben"), weight: 1 }];
    let step = Step { after: None, through: member("ben"), rows };
    let list = finance(CommandKind::ListWeights, "h1", Act::ListWeights(payout(), step));
    let told = "it must not have been recorded: the ledger contradicts itself (the rows of a payout are not those of its list)";
    fixed(books().await.with(&[create(listing()), list]).await, told).await;
}

#[tokio::test]
async fn a_fixed_rate_that_comes_to_more_than_the_pool_is_found() {
    // INV 44, 57
    let terms = PayoutTerms { mode: PayoutMode::FixedRate, rate_millionths: 2_000_000, ..payout_terms("h1", 100) };
    let books = books().await.with(&[create(terms)]).await;
    let step = reserve(&books);
    let told = "it must not have been recorded: the shares sum to 400 minor units, the pool has 100";
    fixed(books.with(&[step]).await, told).await;
}

#[tokio::test]
async fn a_least_share_that_nobody_was_asked_for_is_found() {
    // INV 44, 57
    let books = books().await.with(&[create(PayoutTerms { minimum_share_minor: 60, ..payout_terms("h1", 100) })]).await;
    let step = reserve(&books);
    fixed(books.with(&[step]).await, "it says something else of the statement or the payout than was decided").await;
}

#[tokio::test]
async fn a_statement_on_terms_that_nobody_may_give_is_found() {
    // INV 48, 57
    let lies: [fn(&mut StatementTerms); 4] = [
        |terms| terms.community_share_millionths = 50_000_000,
        |terms| terms.programme_cost_minor = -900_000,
        |terms| terms.lines[0].unit_cost_minor = -1,
        |terms| terms.lines.clear(),
    ];
    for lie in lies {
        let books = Books::under(rule_set(1, "2018-03-12T00:00:00Z", 100)).await;
        let declare = finance(CommandKind::DeclareStatement, "s", Act::DeclareStatement(savings()));
        let forged = |drafts: &mut Vec<Draft>| match &mut drafts[0].fact {
            Fact::Statement(terms) => lie(terms),
            other => panic!("{other:?}"),
        };
        let told = "the terms of the statement are none that can be given";
        books.forged(&[declare], forged).await.are_found_out(3, told).await;
    }
}
