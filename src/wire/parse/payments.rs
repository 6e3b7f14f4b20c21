//! Batches of payments, destinations, and reports of what became of payments.

use std::ops::RangeInclusive;

use super::Violations;
use crate::domain::entry::batch::{Fault, PaymentName, PaymentReport, REFERENCE_CHARS_MAX, Reported, is_bank_text};
use crate::domain::terms::batch::{BatchTerms, Debtor, FileFormat, MESSAGE_CHARS_MAX, PayeeKind};
use crate::domain::value::ids::{BatchId, ProgramId};
use crate::domain::value::money::Currency;
use crate::domain::value::time::Day;
use crate::export::payments::files::debtor_terms;
use crate::payees::{BankPayee, Payee, PayeeFields, text};
use crate::pb;
use crate::wire::error::{ApiError, Violation};

/// Longest time by which a bank is asked to pay later, in days: a year.
const PAY_ON_DAYS_MAX: i32 = 366;

/// Reads the terms of a batch to be made.
pub(crate) fn parse_batch(
    batch: &pb::Batch,
    id: BatchId,
    currency: Currency,
    today: Day,
) -> Result<BatchTerms, ApiError> {
    let mut violations = Violations::default();
    let format = violations.file_format("format", batch.format);
    if let Some(format) = format {
        let pays: &[&str] = match format {
            FileFormat::UkBankCsv => &["GBP"],
            FileFormat::Pain001 => &["EUR", "GBP"],
            FileFormat::CreditCsv | FileFormat::PaypalCsv => &[],
        };
        if !pays.is_empty() && !pays.contains(&currency.code()) {
            let (named, code) = (format.name(), currency.code());
            violations.add("format", format!("is {named}, which pays {}, and not {code}", pays.join(" and ")));
        }
    }
    for problem in text::problems(&batch.message, MESSAGE_CHARS_MAX) {
        violations.add("message", problem);
    }
    let has_message = matches!(format, None | Some(FileFormat::PaypalCsv | FileFormat::Pain001));
    if !has_message && !batch.message.is_empty() {
        violations.add("message", "has no place in files of this format; leave it out");
    }
    let is_pain = format == Some(FileFormat::Pain001);
    let (pay_on, debtor) = if is_pain {
        let pay_on = violations.day("pay_on", batch.pay_on);
        // That it has not passed is asked when the batch is created, approved and released.
        if let Some(day) = pay_on.filter(|day| day.get() - today.get() > PAY_ON_DAYS_MAX) {
            let problem = format!("is {}; give a day at most a year ahead of today, {}", day.date(), today.date());
            violations.add("pay_on", problem);
        }
        let debtor = violations.required("debtor", batch.debtor.as_ref());
        if currency.code() == "EUR" && debtor.is_some_and(|debtor| debtor.iban.trim().is_empty()) {
            violations.add("debtor.iban", "is missing; euros are paid from an IBAN");
        }
        (pay_on.map(Some), debtor.and_then(|debtor| parse_debtor(&mut violations, debtor)).map(Some))
    } else {
        for (field, is_given) in [("pay_on", batch.pay_on.is_some()), ("debtor", batch.debtor.is_some())] {
            if is_given {
                violations.add(field, "is given only for pain.001 (FILE_FORMAT_PAIN_001)");
            }
        }
        (Some(None), Some(None))
    };
    let message = batch.message.clone();
    let parsed = format.zip(pay_on).zip(debtor);
    violations.check(parsed.map(|((format, pay_on), debtor)| BatchTerms { id, format, message, pay_on, debtor }))
}

fn parse_debtor(violations: &mut Violations, debtor: &pb::Debtor) -> Option<Debtor> {
    let mut within = violations.within("debtor".to_owned());
    let is_uk = debtor.iban.trim().is_empty();
    let fields = PayeeFields {
        method: if is_uk { "uk_bank" } else { "iban" }.to_owned(),
        name: debtor.name.clone(),
        sort_code: debtor.sort_code.clone(),
        account_number: debtor.account_number.clone(),
        iban: debtor.iban.clone(),
        bic: debtor.bic.clone(),
        ..PayeeFields::default()
    };
    match BankPayee::check_debtor(&fields) {
        Ok(checked) => Some(debtor_terms(&checked)),
        Err(problems) => {
            for problem in problems {
                within.add(problem.field, problem.problem);
            }
            None
        }
    }
}

/// Reads a destination, in a programme of a currency.
pub(crate) fn parse_payee(payee: Option<&pb::Payee>, currency: Currency) -> Result<(PayeeKind, Payee), Vec<Violation>> {
    let violation = |field: &str, problem: String| Violation { field: format!("payee.{field}"), problem };
    let Some(payee) = payee else {
        return Err(vec![Violation { field: "payee".into(), problem: "is required".into() }]);
    };
    let (kind, method) = match pb::PayeeKind::try_from(payee.kind) {
        Ok(pb::PayeeKind::Paypal) => (PayeeKind::Paypal, "paypal"),
        Ok(pb::PayeeKind::UkBank) => (PayeeKind::UkBank, "uk_bank"),
        Ok(pb::PayeeKind::Iban) => (PayeeKind::Iban, "iban"),
        Ok(pb::PayeeKind::Unspecified) | Err(_) => {
            return Err(vec![violation(
                "kind",
                "must be PayPal, a bank account in the United Kingdom, or an IBAN".into(),
            )]);
        }
    };
    let address = payee.address.clone().unwrap_or_default();
    let fields = PayeeFields {
        method: method.to_owned(),
        receiver: payee.receiver.clone(),
        name: payee.holder.clone(),
        sort_code: payee.sort_code.clone(),
        account_number: payee.account_number.clone(),
        iban: payee.iban.clone(),
        bic: payee.bic.clone(),
        street: address.street,
        building: address.building,
        post_code: address.post_code,
        town: address.town,
        country: address.country_code,
    };
    let mut problems = Vec::new();
    if kind == PayeeKind::UkBank && currency.code() != "GBP" {
        problems.push(violation(
            "kind",
            format!("is an account that gets GBP, and not {}; give its IBAN", currency.code()),
        ));
    }
    if kind == PayeeKind::Iban && !matches!(currency.code(), "EUR" | "GBP") {
        problems.push(violation("kind", format!("is an account that gets EUR or GBP, and not {}", currency.code())));
    }
    let checked = Payee::check(&fields);
    if let Err(found) = &checked {
        problems.extend(found.iter().map(|found| violation(named(found.field), found.problem.clone())));
    }
    match checked {
        Ok(payee) if problems.is_empty() => Ok((kind, payee)),
        _ => Err(problems),
    }
}

/// Returns the name of a field in messages.
fn named(field: &'static str) -> &'static str {
    match field {
        "method" => "kind",
        "name" => "holder",
        "country" => "address.country_code",
        "town" => "address.town",
        "street" => "address.street",
        "building" => "address.building",
        "post_code" => "address.post_code",
        other => other,
    }
}

/// Reads a report of what became of a payment between two days, with the money that it tells of; `None` for one that settles nothing.
pub(crate) fn parse_report(
    report: &pb::PaymentReport,
    (program, batch): (&ProgramId, &BatchId),
    currency: Currency,
    days: &RangeInclusive<Day>,
) -> Result<Option<(PaymentReport, Option<i64>)>, ApiError> {
    let mut violations = Violations::default();
    let number = violations.payment_number("payment_id", (program, batch), &report.payment_id);
    let fault = match pb::Fault::try_from(report.fault) {
        Ok(fault) => Some(fault_of(fault)),
        Err(_) => violations.refuse("fault", format!("is {}, which is no reason", report.fault)),
    };
    let outcome = pb::PaymentOutcome::try_from(report.outcome).unwrap_or(pb::PaymentOutcome::Unspecified);
    let reported = match outcome {
        pb::PaymentOutcome::Unspecified => {
            violations.refuse("outcome", format!("is {}; give what became of the payment", report.outcome))
        }
        pb::PaymentOutcome::Accepted => Some(None),
        pb::PaymentOutcome::Paid => Some(Some(Reported::Paid)),
        pb::PaymentOutcome::Unclaimed => Some(Some(Reported::Unclaimed)),
        pb::PaymentOutcome::Failed => fault.map(|fault| Some(Reported::Failed(fault))),
        pb::PaymentOutcome::Returned => fault.map(|fault| Some(Reported::Returned(fault))),
    };
    let mut money = |field: &str, money: Option<&crate::google::r#type::Money>| match money {
        None => Some(None),
        Some(money) => violations.money(field, money, currency).map(Some),
    };
    let (amount, fee) = (money("amount", report.amount.as_ref()), money("fee", report.fee.as_ref()));
    let fee_minor = fee.map(Option::unwrap_or_default);
    let comes_back = matches!(outcome, pb::PaymentOutcome::Failed | pb::PaymentOutcome::Returned);
    if fault.is_some() && report.fault != 0 && !comes_back {
        violations.add("fault", "is given only for what failed or was returned");
    }
    if fee_minor.is_some_and(|fee| fee > 0) && outcome != pb::PaymentOutcome::Returned {
        violations.add("fee", "is given only for what was returned");
    }
    for (field, text) in [("reference", &report.reference), ("code", &report.code)] {
        if !is_bank_text(text) {
            violations.add(field, format!("must have at most {REFERENCE_CHARS_MAX} printable ASCII characters"));
        }
    }
    let on = match report.reported_on {
        None => Some(None),
        date => violations.day("reported_on", date).map(Some),
    };
    if let Some(day) = on.flatten().filter(|day| !days.contains(day)) {
        let (first, last) = (days.start().date(), days.end().date());
        violations.add(
            "reported_on",
            format!("is {}; what happened to this batch has a day from {first} to {last}", day.date()),
        );
    }
    let parsed = number.zip(reported).zip(amount).zip(fee_minor).zip(on);
    violations.check(parsed.map(|((((number, reported), amount), fee_minor), on)| {
        let payment = PaymentName { batch: batch.clone(), number };
        let (reference, code) = (report.reference.clone(), report.code.clone());
        Some((PaymentReport { payment, reported: reported?, fee_minor, reference, code, on }, amount))
    }))
}

const fn fault_of(fault: pb::Fault) -> Fault {
    match fault {
        pb::Fault::AccountClosed => Fault::AccountClosed,
        pb::Fault::AccountUnknown => Fault::AccountUnknown,
        pb::Fault::Unclaimed => Fault::Unclaimed,
        pb::Fault::Refused => Fault::Refused,
        pb::Fault::Reversed => Fault::Reversed,
        pb::Fault::Unspecified | pb::Fault::Other => Fault::Other,
    }
}

impl Violations {
    /// Reads the format of files.
    pub(crate) fn file_format(&mut self, field: &str, format: i32) -> Option<FileFormat> {
        match pb::FileFormat::try_from(format) {
            Ok(pb::FileFormat::CreditCsv) => Some(FileFormat::CreditCsv),
            Ok(pb::FileFormat::PaypalCsv) => Some(FileFormat::PaypalCsv),
            Ok(pb::FileFormat::UkBankCsv) => Some(FileFormat::UkBankCsv),
            Ok(pb::FileFormat::Pain001) => Some(FileFormat::Pain001),
            Ok(pb::FileFormat::Unspecified) | Err(_) => self.refuse(
                field,
                format!("is {format}, which is no format; give that of credit, PayPal, UK bank transfers, or pain.001"),
            ),
        }
    }
}
