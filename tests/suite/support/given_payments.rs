//! Requests of payments that give every field, with the values that each is digested from.

use goodturn::domain::entry::commands::CommandKind;
use goodturn::pb;

use super::clients::pounds;
use super::given::{Vector, given};
use super::payouts::day;

/// A payee with every field, also those that do not go together.
fn payee() -> pb::Payee {
    pb::Payee {
        kind: pb::PayeeKind::Iban.into(),
        receiver: "ben@example.org".into(),
        holder: "Ben Nevis".into(),
        sort_code: "204514".into(),
        account_number: "12345678".into(),
        iban: "GB33BUKB20201555555555".into(),
        bic: "BUKBGB22".into(),
        address: Some(pb::PostalAddress {
            street: "Hill Road".into(),
            building: "7".into(),
            post_code: "PH33 6SQ".into(),
            town: "Fort William".into(),
            country_code: "GB".into(),
        }),
    }
}

pub fn payments() -> [Vector; 8] {
    let batch = "programs/qc/batches/b1".to_owned();
    let member = "programs/qc/members/ben".to_owned();
    let payment = format!("{batch}/payments/AAAAAAAAAAAAAAAAAA");
    let create = pb::CreateBatchRequest {
        batch: Some(pb::Batch {
            name: batch.clone(),
            format: pb::FileFormat::Pain001.into(),
            message: "Thank you".into(),
            pay_on: day(2018, 12, 20),
            debtor: Some(pb::Debtor {
                name: "Acme Ltd".into(),
                iban: "GB33BUKB20201555555555".into(),
                bic: "BUKBGB22".into(),
                sort_code: "204514".into(),
                account_number: "87654321".into(),
            }),
            ..Default::default()
        }),
    };
    let report = pb::PaymentReport {
        payment_id: "AAAAAAAAAAAAAAAAAA".into(),
        outcome: pb::PaymentOutcome::Returned.into(),
        amount: Some(pounds(850)),
        fee: Some(pounds(150)),
        reference: "FT26334ABC".into(),
        fault: pb::Fault::AccountClosed.into(),
        code: "AC04".into(),
        reported_on: day(2018, 12, 21),
    };
    let set = pb::SetPayeeRequest { name: member.clone(), payee: Some(payee()) };
    let cancel = pb::CancelBatchRequest { name: batch.clone(), note: "wrong day".into() };
    let approve = pb::ApproveBatchRequest { name: batch.clone(), content_digest: (0..32).collect() };
    [
        given(CommandKind::CreateBatch, &create),
        given(CommandKind::ApproveBatch, &approve),
        given(CommandKind::ReleaseBatch, &pb::ExportBatchRequest { name: batch }),
        given(CommandKind::CancelBatch, &cancel),
        given(CommandKind::ReportPayment, &report),
        given(CommandKind::SetPayee, &set),
        given(CommandKind::RemovePayee, &pb::RemovePayeeRequest { name: member }),
        given(CommandKind::RetryPayment, &pb::RetryPaymentRequest { name: payment }),
    ]
}
