//! A dishonest operator sends money elsewhere, keeps a payment back, or says that it arrived. Every hash is right.

use goodturn::domain::decide::acts::{PayAct, Step};
use goodturn::domain::decide::command::{Act, Command, Listed, SharePosting};
use goodturn::domain::decide::draft::Draft;
use goodturn::domain::entry::batch::{Destination, PaymentName, PaymentPart, PaymentReport, Reported};
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::fact::Fact;
use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::state::batch::Batch;
use goodturn::domain::state::get::State as _;
use goodturn::domain::state::payout::Payout;
use goodturn::domain::terms::batch::{BatchTerms, FileFormat, PayeeKind};
use goodturn::domain::terms::payout::{PayoutTerms, PoolAsked};
use goodturn::domain::value::amount::Move;
use goodturn::domain::value::bucket::Bucket;
use goodturn::domain::value::ids::{BatchId, MemberId, PayoutId};

use crate::support::books::Books;
use crate::support::every_money::list_terms;
use crate::support::sample::{act, approve_savings, award, member, rule_set, savings};

const ROWS: [(&str, i64); 2] = [("ben", 1), ("cleo", 1)];

fn payout() -> PayoutId {
    PayoutId::parse("h1").unwrap()
}

fn batch() -> BatchId {
    BatchId::parse("b1").unwrap()
}

fn finance(kind: CommandKind, id: &str, it: Act) -> Command {
    act(kind, id, "anna", it)
}

fn pay(by: &str, id: &str, it: PayAct) -> Command {
    act(it.kind(), id, by, Act::Pay(Box::new(it)))
}

/// Ben and cleo have 50 pence due each, of a payout that asked for no choices; ben's money goes to PayPal, and a batch is begun.
async fn begun() -> Books {
    let terms = list_terms("h1", &ROWS, "2018-12-12T12:00:00Z", false);
    let terms = PayoutTerms { pool_minor: 101, statement: savings().id, choices: None, ..terms };
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
    let books = Books::under(rule_set(1, "2018-03-12T00:00:00Z", 100)).await.with(&begin).await;
    let draft = books.writer.state.get::<Payout>(&payout()).unwrap();
    let row = |id: &str, points, share_minor| SharePosting { member: member(id), points, share_minor };
    let rows = vec![row("ben", 1, 50), row("cleo", 1, 50), row("relief", 0, 1)];
    let step = Step { after: None, through: member("relief"), rows };
    let terms =
        BatchTerms { id: batch(), format: FileFormat::PaypalCsv, message: String::new(), pay_on: None, debtor: None };
    let execute = [
        act(CommandKind::ApprovePayout, "h1:x", "ben", Act::ApprovePayout(payout(), draft.content)),
        finance(CommandKind::BeginExecution, "h1", Act::BeginExecution(payout())),
        finance(CommandKind::PostShares, "h1:", Act::PostShares(payout(), step)),
        finance(CommandKind::CompleteExecution, "h1", Act::CompleteExecution(payout())),
        pay("anna", "set-1", PayAct::SetPayee(member("ben"), PayeeKind::Paypal, [7; 32])),
        pay("anna", "b1", PayAct::CreateBatch(terms)),
    ];
    books.with(&execute).await
}

fn over(members: &[&str]) -> Step<MemberId> {
    let rows: Vec<MemberId> = members.iter().map(|id| member(id)).collect();
    Step { after: None, through: rows.last().unwrap().clone(), rows }
}

fn draw() -> Command {
    pay("anna", "b1:", PayAct::DrawLots(batch(), over(&["ben", "cleo"])))
}

/// The batch is released, and none of its money is sent yet.
async fn releasing() -> Books {
    let books = begun().await.with(&[draw(), pay("anna", "b1", PayAct::CompleteBatch(batch()))]).await;
    let digest = books.writer.state.get::<Batch>(&batch()).unwrap().digest;
    let sign =
        [pay("ben", "b1:x", PayAct::ApproveBatch(batch(), digest)), pay("anna", "b1", PayAct::ReleaseBatch(batch()))];
    books.with(&sign).await
}

fn send() -> Command {
    pay("anna", "b1:", PayAct::SendLots(batch(), over(&["ben"])))
}

fn paid() -> Command {
    let payment = PaymentName { batch: batch(), number: 1 };
    let (reference, code) = ("FT1".to_owned(), String::new());
    let report = PaymentReport { payment, reported: Reported::Paid, fee_minor: 0, reference, code, on: None };
    pay("anna", "r1", PayAct::Report(report, None))
}

async fn head(books: &Books) -> i64 {
    books.report().await.head_seq.get()
}

fn part(draft: &mut Draft) -> &mut PaymentPart {
    match &mut draft.fact {
        Fact::Part(part) => part,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn honest_payments_are_in_order() {
    // INV 57
    let books = releasing().await.with(&[send(), pay("anna", "b1", PayAct::CompleteRelease(batch()))]).await;
    books.with(&[paid()]).await.are_in_order().await;
}

/// Where money goes may change until it is sent: what was signed goes there, or stays.
#[tokio::test]
async fn a_payment_whose_destination_changes_during_the_release_is_left_out() {
    // INV 57, 91
    let moved = pay("anna", "set-2", PayAct::SetPayee(member("ben"), PayeeKind::Paypal, [9; 32]));
    let end = pay("anna", "b1", PayAct::CompleteRelease(batch()));
    let books = releasing().await.with(&[moved, send(), end]).await;
    let it = books.writer.state.get::<Batch>(&batch()).unwrap();
    assert_eq!((it.sent.payments, it.left_out.payments, it.changed), (0, 1, 0));
    books.are_in_order().await;
}

#[tokio::test]
async fn money_that_is_drawn_for_another_place_or_without_one_is_found() {
    // INV 57, 91
    let told = "money is drawn that is not to be paid so, or not to where the member's money goes";
    let elsewhere = |drafts: &mut Vec<Draft>| part(&mut drafts[1]).to.as_mut().unwrap().fingerprint = [8; 32];
    let books = begun().await;
    let at = head(&books).await;
    books.forged(&[draw()], elsewhere).await.are_found_out(at + 2, told).await;
    // Nobody said where cleo's money goes.
    let also = |drafts: &mut Vec<Draft>| {
        let mut other = drafts[1].clone();
        other.member = Some(member("cleo"));
        let it = part(&mut other);
        (it.payment.number, it.lot.of) = (2, member("cleo"));
        drafts.push(other);
    };
    begun().await.forged(&[draw()], also).await.are_found_out(at + 3, told).await;
    let back_dated = |drafts: &mut Vec<Draft>| {
        let it = part(&mut drafts[1]).to.as_mut().unwrap();
        *it = Destination { seq: it.seq.previous(), ..it.clone() };
    };
    begun().await.forged(&[draw()], back_dated).await.are_found_out(at + 2, told).await;
}

#[tokio::test]
async fn a_payment_that_is_kept_back_is_found() {
    // INV 57, 83
    let kept = |drafts: &mut Vec<Draft>| {
        let it = &mut drafts[1];
        it.kind = EntryKind::MoneyLeftOut;
        it.movement = Move::new(Bucket::Drawn, Bucket::Due, it.movement.unwrap().amount());
    };
    let books = releasing().await;
    let at = head(&books).await;
    let forged = books.forged(&[send()], kept).await;
    forged.are_found_out(at + 2, "a payment is left out that could be sent").await;
}

#[tokio::test]
async fn a_report_without_its_moves_and_a_release_that_nobody_approved_are_found() {
    // INV 57, 80, 91
    let books = releasing().await.with(&[send(), pay("anna", "b1", PayAct::CompleteRelease(batch()))]).await;
    let at = head(&books).await;
    let silent = |drafts: &mut Vec<Draft>| drafts.truncate(1);
    let forged = books.forged(&[paid()], silent).await.with(&[award("a9", "cleo")]).await;
    forged.are_found_out(at + 2, "an entry of the command before it is missing").await;

    let books = begun().await.with(&[draw(), pay("anna", "b1", PayAct::CompleteBatch(batch()))]).await;
    let at = head(&books).await;
    let released = |drafts: &mut Vec<Draft>| drafts[0].kind = EntryKind::BatchReleasing;
    let cancel = pay("anna", "b1", PayAct::CancelBatch(batch()));
    let forged = books.forged(&[cancel], released).await;
    forged.are_found_out_too(at + 1, "an act of type cancel_batch begins with no entry of kind batch_releasing").await;
}

/// Whatever else moves money has no place in a step of a batch but the moves of that step.
#[tokio::test]
async fn an_entry_that_hides_in_a_step_of_a_batch_is_found() {
    // INV 57, 80
    let hidden = |kind: EntryKind, moved: (Bucket, Bucket)| {
        move |drafts: &mut Vec<Draft>| {
            let mut other = drafts[1].clone();
            other.kind = kind;
            other.movement = Move::new(moved.0, moved.1, other.movement.unwrap().amount());
            drafts.push(other);
        }
    };
    let at = head(&releasing().await).await;
    for (kind, moved) in [
        (EntryKind::MoneySettled, (Bucket::Sent, Bucket::Settled)),
        (EntryKind::MoneyBack, (Bucket::Sent, Bucket::Due)),
    ] {
        let told = format!("an entry of kind {} has no place in a step of a batch", kind.name());
        releasing().await.forged(&[send()], hidden(kind, moved)).await.are_found_out(at + 3, &told).await;
    }
}

#[tokio::test]
async fn a_batch_that_ends_with_money_in_it_is_found() {
    // INV 57, 83
    let books = releasing().await;
    let at = head(&books).await;
    let ended = |drafts: &mut Vec<Draft>| {
        drafts.truncate(1);
        (drafts[0].kind, drafts[0].fact) = (EntryKind::BatchReleased, Fact::BatchAct(batch()));
    };
    let forged = books.forged(&[send()], ended).await;
    forged.are_found_out_too(at + 1, "money of 1 members is left in a batch that ends").await;
}
