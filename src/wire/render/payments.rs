//! Batches of payments, payments, and who could be paid.

use super::{date, money, time};
use jiff::tz::TimeZone;

use crate::domain::entry::batch::{Fault, PaymentName, PaymentTally};
use crate::domain::state::batch::{Batch, BatchState};
use crate::domain::state::payee::{Payee as KnownPayee, Undrawn};
use crate::domain::state::payment::{Payment, PaymentState};
use crate::domain::terms::batch::{Debtor, FileFormat, PayeeKind};
use crate::domain::value::ids::{BatchId, ProgramId};
use crate::domain::value::money::Currency;
use crate::domain::value::payment_id::PaymentId;
use crate::export::sentence::payments::where_it_is;
use crate::payees::Payee;
use crate::payout::payments::Due;
use crate::pb;

/// Returns a batch. The text of a cancellation is not in it.
pub(crate) fn batch(program: &ProgramId, currency: Currency, batch: &Batch) -> pb::Batch {
    let total = |tally| Some(payment_total(tally, currency));
    let by = |signed: &Option<(_, _, _)>| signed.as_ref().map(|(by, ..)| ToString::to_string(by)).unwrap_or_default();
    let state = match batch.state {
        BatchState::Drafting => pb::BatchState::Drafting,
        BatchState::Draft => pb::BatchState::Draft,
        BatchState::Approved => pb::BatchState::Approved,
        BatchState::Releasing => pb::BatchState::Releasing,
        BatchState::Released => pb::BatchState::Released,
        BatchState::Cancelling => pb::BatchState::Cancelling,
        BatchState::Cancelled => pb::BatchState::Cancelled,
    };
    pb::Batch {
        name: format!("programs/{program}/batches/{}", batch.terms.id),
        format: file_format(batch.terms.format).into(),
        message: batch.terms.message.clone(),
        pay_on: batch.terms.pay_on.map(date),
        debtor: batch.terms.debtor.as_ref().map(debtor),
        state: state.into(),
        content_digest: batch.digest.to_vec(),
        drawn: total(batch.drawn),
        left_out: total(batch.left_out),
        sent: total(batch.sent),
        settled: total(batch.settled),
        back: total(batch.back),
        open: total(batch.open()),
        fees: Some(money(batch.fees_minor, currency)),
        changed_payees: i32::try_from(batch.changed).unwrap_or(i32::MAX),
        drafted_by: batch.drafted_by.to_string(),
        drafted_at: Some(time(batch.created_at)),
        approved_by: by(&batch.approved),
        approved_at: batch.approved.as_ref().map(|(_, at, _)| time(*at)),
        released_by: by(&batch.released),
        released_at: batch.released.as_ref().map(|(_, at, _)| time(*at)),
        cancelled_by: by(&batch.cancelled),
        cancel_note: String::new(),
    }
}

/// Returns the resource name of a payment.
pub(super) fn payment_name(program: &ProgramId, name: &PaymentName) -> String {
    let id = PaymentId::of(program, &name.batch, name.number);
    format!("programs/{program}/batches/{}/payments/{id}", name.batch)
}

pub(crate) fn payment_total(tally: PaymentTally, currency: Currency) -> pb::PaymentTotal {
    pb::PaymentTotal { payments: tally.payments, amount: Some(money(tally.minor, currency)) }
}

const fn file_format(format: FileFormat) -> pb::FileFormat {
    match format {
        FileFormat::CreditCsv => pb::FileFormat::CreditCsv,
        FileFormat::PaypalCsv => pb::FileFormat::PaypalCsv,
        FileFormat::UkBankCsv => pb::FileFormat::UkBankCsv,
        FileFormat::Pain001 => pb::FileFormat::Pain001,
    }
}

fn debtor(debtor: &Debtor) -> pb::Debtor {
    let (name, bic) = (debtor.name.clone(), debtor.bic.clone());
    match debtor.account.split_once('-') {
        Some((sort_code, number)) => pb::Debtor {
            name,
            bic,
            sort_code: sort_code.to_owned(),
            account_number: number.to_owned(),
            ..pb::Debtor::default()
        },
        None => pb::Debtor { name, bic, iban: debtor.account.clone(), ..pb::Debtor::default() },
    }
}

/// Returns a payment, with its destination as far as the caller may see it, and what is known of its member's now.
pub(crate) fn payment(
    (program, batch, number): (&ProgramId, &BatchId, u32),
    (currency, zone): (Currency, &TimeZone),
    payment: &Payment,
    now: &KnownPayee,
    payee: Option<&Payee>,
) -> pb::Payment {
    let id = PaymentId::of(program, batch, number);
    let last = payment.last_report.as_ref();
    let to = payment.to.as_ref().map(|to| to.fingerprint);
    let is_drawn = payment.state == PaymentState::Drawn;
    let name = PaymentName { batch: batch.clone(), number };
    let is_blocked = now.is_blocked_by(&name);
    pb::Payment {
        name: payment_name(program, &name),
        payment_id: id.to_string(),
        number: i32::try_from(number).unwrap_or(i32::MAX),
        member_id: payment.member.to_string(),
        amount: Some(money(payment.minor, currency)),
        state: payment_state(payment.state).into(),
        payee: payee.map(payee_shown),
        new_destination: is_drawn && now.paid_to.is_some() && to.is_some() && now.paid_to != to,
        payee_changed: payment.is_changed,
        changed_at: Some(time(payment.since.1)),
        reference: last.map(|last| last.reference.clone()).unwrap_or_default(),
        fault: last.and_then(|last| last.fault).map_or(pb::Fault::Unspecified, fault).into(),
        code: last.map(|last| last.code.clone()).unwrap_or_default(),
        reported_on: last.and_then(|last| last.on).map(date),
        fee: last.filter(|last| last.fee_minor > 0).map(|last| money(last.fee_minor, currency)),
        sentence: where_it_is(payment, is_blocked, currency, zone),
    }
}

pub(crate) const fn payment_state(state: PaymentState) -> pb::PaymentState {
    match state {
        PaymentState::Drawn => pb::PaymentState::Drawn,
        PaymentState::LeftOut => pb::PaymentState::LeftOut,
        PaymentState::Sent => pb::PaymentState::Sent,
        PaymentState::Unclaimed => pb::PaymentState::Unclaimed,
        PaymentState::Settled => pb::PaymentState::Settled,
        PaymentState::Back => pb::PaymentState::Back,
    }
}

/// Returns a destination.
fn payee_shown(payee: &Payee) -> pb::Payee {
    let fields = payee.fields();
    let kind = match fields.method.as_str() {
        "paypal" => pb::PayeeKind::Paypal,
        "uk_bank" => pb::PayeeKind::UkBank,
        _ => pb::PayeeKind::Iban,
    };
    let address = pb::PostalAddress {
        street: fields.street,
        building: fields.building,
        post_code: fields.post_code,
        town: fields.town,
        country_code: fields.country,
    };
    pb::Payee {
        kind: kind.into(),
        receiver: fields.receiver,
        holder: fields.name,
        sort_code: fields.sort_code,
        account_number: fields.account_number,
        iban: fields.iban,
        bic: fields.bic,
        address: (address != pb::PostalAddress::default()).then_some(address),
    }
}

/// Returns a member with money due.
pub(crate) fn due(program: &ProgramId, currency: Currency, due: &Due) -> pb::DuePayment {
    let refused = match &due.undrawn {
        Some(Undrawn::Refused(refused)) => Some(refused),
        _ => None,
    };
    pb::DuePayment {
        member_id: due.member.to_string(),
        amount: Some(money(due.minor, currency)),
        state: due_state(due.undrawn.as_ref()).into(),
        payee_kind: due.payee.set.as_ref().map_or(pb::PayeeKind::Unspecified, |set| kind(set.kind)).into(),
        fault: refused.map_or(pb::Fault::Unspecified, |refused| fault(refused.fault)).into(),
        refused_payment_id: refused
            .map(|refused| PaymentId::of(program, &refused.payment.batch, refused.payment.number).to_string())
            .unwrap_or_default(),
    }
}

pub(crate) const fn due_state(undrawn: Option<&Undrawn>) -> pb::DueState {
    match undrawn {
        None => pb::DueState::Payable,
        Some(Undrawn::NoPayee) => pb::DueState::NoPayee,
        Some(Undrawn::OtherKind(_)) => pb::DueState::OtherPayee,
        Some(Undrawn::Refused(_)) => pb::DueState::Refused,
    }
}

const fn kind(kind: PayeeKind) -> pb::PayeeKind {
    match kind {
        PayeeKind::Paypal => pb::PayeeKind::Paypal,
        PayeeKind::UkBank => pb::PayeeKind::UkBank,
        PayeeKind::Iban => pb::PayeeKind::Iban,
    }
}

const fn fault(fault: Fault) -> pb::Fault {
    match fault {
        Fault::AccountClosed => pb::Fault::AccountClosed,
        Fault::AccountUnknown => pb::Fault::AccountUnknown,
        Fault::Unclaimed => pb::Fault::Unclaimed,
        Fault::Refused => pb::Fault::Refused,
        Fault::Reversed => pb::Fault::Reversed,
        Fault::Other => pb::Fault::Other,
    }
}
