//! Every kind of entry of payments, for the log with every kind: a payee, a batch that is paid and comes back, and one that is cancelled.

use std::sync::Arc;

use goodturn::domain::decide::acts::{PayAct, Step};
use goodturn::domain::decide::command::{Act, Command};
use goodturn::domain::entry::Entry;
use goodturn::domain::entry::batch::{Fault, PaymentName, PaymentReport, Reported};
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::state::batch::Batch;
use goodturn::domain::state::get::State as _;
use goodturn::domain::terms::batch::{BatchTerms, Debtor, FileFormat, PayeeKind};
use goodturn::domain::value::encoding::Note;
use goodturn::domain::value::ids::{BatchId, MemberId};
use goodturn::domain::value::time::Day;

use super::every_access::by_person;
use super::sample::{Writer, act, member};

fn batch(id: &str) -> BatchId {
    BatchId::parse(id).unwrap()
}

fn hana() -> MemberId {
    member("hana")
}

/// Makes an act of a person of finance, or of the approver.
fn pay(by: &str, id: &str, act: PayAct) -> Command {
    let kind = act.kind();
    by_person(kind, id, by, Act::Pay(Box::new(act)))
}

fn step() -> Step<MemberId> {
    Step { after: None, through: hana(), rows: vec![hana()] }
}

fn set(id: &str) -> Command {
    let payee = PayAct::SetPayee(hana(), PayeeKind::UkBank, [7; 32]);
    Command { note: Some(Note { salt: [8; 16], text: vec![1, 2, 3].into() }), ..pay("p-1", id, payee) }
}

fn terms(id: &str) -> BatchTerms {
    let debtor = Debtor { name: "Acme Ltd".into(), account: "204514-87654321".into(), bic: String::new() };
    BatchTerms {
        id: batch(id),
        format: FileFormat::Pain001,
        message: "Thank you".into(),
        pay_on: Some(Day::from_date("2019-05-02".parse().unwrap())),
        debtor: Some(debtor),
    }
}

fn report(reported: Reported, reference: &str, fee_minor: i64) -> Command {
    let code = if fee_minor > 0 { "AC04" } else { "" }.to_owned();
    let payment = PaymentName { batch: batch("b1"), number: 1 };
    let on = Some(Day::from_date("2019-05-03".parse().unwrap()));
    let fact = PaymentReport { payment, reported, fee_minor, reference: reference.into(), code, on };
    pay("p-1", &format!("r-{reference}"), PayAct::Report(fact, None))
}

/// Draws a batch with the money of one member.
fn drawn(writer: &mut Writer, id: &str) -> Vec<Arc<Entry>> {
    writer.record(&[
        pay("p-1", id, PayAct::CreateBatch(terms(id))),
        pay("p-1", &format!("{id}:"), PayAct::DrawLots(batch(id), step())),
        pay("p-1", id, PayAct::CompleteBatch(batch(id))),
    ])
}

/// A payment that is unclaimed, arrives, and comes back less a fee; a batch that is cancelled; a payee that is removed.
pub fn entries_of_payments(writer: &mut Writer) -> Vec<Arc<Entry>> {
    let mut entries = writer.record(&[set("set-1")]);
    entries.extend(drawn(writer, "b1"));
    let digest = writer.state.get::<Batch>(&batch("b1")).unwrap().digest;
    let payment = PaymentName { batch: batch("b1"), number: 1 };
    entries.extend(writer.record(&[
        pay("p-2", "b1:x", PayAct::ApproveBatch(batch("b1"), digest)),
        pay("p-1", "b1", PayAct::ReleaseBatch(batch("b1"))),
        pay("p-1", "b1:", PayAct::SendLots(batch("b1"), step())),
        pay("p-1", "b1", PayAct::CompleteRelease(batch("b1"))),
        report(Reported::Unclaimed, "u", 0),
        report(Reported::Paid, "p", 0),
        report(Reported::Returned(Fault::AccountClosed), "b", 1),
        pay("p-1", "retry", PayAct::Retry(payment)),
    ]));
    entries.extend(drawn(writer, "b2"));
    entries.extend(writer.record(&[
        pay("p-2", "b2", PayAct::CancelBatch(batch("b2"))),
        pay("p-1", "b2:", PayAct::LeaveOutLots(batch("b2"), step())),
        pay("p-1", "b2", PayAct::CompleteCancellation(batch("b2"))),
        pay("p-1", "removed", PayAct::RemovePayee(hana())),
        set("set-2"),
    ]));
    // Nothing went there for long.
    writer.now = writer.now.days_later(91);
    let expire = Act::Pay(Box::new(PayAct::ExpirePayee(hana())));
    entries.extend(writer.record(&[act(CommandKind::ExpirePayee, "expired", "goodturn", expire)]));
    entries
}
