//! Batches of payments, as clients ask for them.

use std::collections::BTreeMap;
use std::sync::Arc;

use goodturn::payees::seal::PayeeKeys;
use goodturn::pb;
use goodturn::pb::PaymentOutcome;
use goodturn::pb::payment_report_result::Result as ReportResult;
use goodturn::pb::set_payee_result::Result as SetResult;
use tonic::{Response, Status};

use super::clients::Clients;
use super::refused::Refused;

/// The keys of a test's servers.
pub fn payee_keys() -> Arc<PayeeKeys> {
    Arc::new(PayeeKeys::parse(&"5a".repeat(32)).unwrap())
}

pub fn batch_name(id: &str) -> String {
    format!("programs/qc/batches/{id}")
}

/// A batch that can be asked for.
pub fn asked(id: &str, format: pb::FileFormat) -> pb::CreateBatchRequest {
    let batch = pb::Batch { name: batch_name(id), format: format.into(), ..Default::default() };
    pb::CreateBatchRequest { batch: Some(batch) }
}

pub async fn drafted(clients: &Clients, id: &str, format: pb::FileFormat) -> Result<pb::Batch, Status> {
    clients.by("anna").payments().create_batch(asked(id, format)).await.map(Response::into_inner)
}

pub fn approval(batch: &pb::Batch) -> pb::ApproveBatchRequest {
    pb::ApproveBatchRequest { name: batch.name.clone(), content_digest: batch.content_digest.clone() }
}

pub async fn approved(clients: &Clients, id: &str, format: pb::FileFormat) -> pb::Batch {
    let draft = drafted(clients, id, format).await.unwrap();
    clients.by("ben").payments().approve_batch(approval(&draft)).await.unwrap().into_inner()
}

/// Exports a batch: the bytes of each file by its name.
pub async fn exported(clients: &Clients, id: &str) -> Result<BTreeMap<String, Vec<u8>>, Status> {
    let request = pb::ExportBatchRequest { name: batch_name(id) };
    let mut stream = clients.by("anna").payments().export_batch(request).await?.into_inner();
    let (mut files, mut name) = (BTreeMap::<String, Vec<u8>>::new(), String::new());
    while let Some(piece) = stream.message().await? {
        if !piece.file_name.is_empty() {
            name = piece.file_name;
            assert!(!files.contains_key(&name), "{name} is begun once");
        }
        files.entry(name.clone()).or_default().extend(piece.content);
    }
    Ok(files)
}

/// Has a batch drawn up, approved and released.
pub async fn released(clients: &Clients, id: &str, format: pb::FileFormat) -> BTreeMap<String, Vec<u8>> {
    approved(clients, id, format).await;
    exported(clients, id).await.unwrap()
}

pub async fn batch(clients: &Clients, id: &str) -> pb::Batch {
    clients.payments().get_batch(pb::GetBatchRequest { name: batch_name(id) }).await.unwrap().into_inner()
}

/// Every payment of a batch, by its member.
pub async fn payments(clients: &Clients, id: &str) -> BTreeMap<String, pb::Payment> {
    let (mut found, mut page_token) = (BTreeMap::new(), String::new());
    loop {
        let request = pb::ListPaymentsRequest { parent: batch_name(id), page_size: 1_000, page_token, state: 0 };
        let page = clients.payments().list_payments(request).await.unwrap().into_inner();
        found.extend(page.payments.into_iter().map(|payment| (payment.member_id.clone(), payment)));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return found;
        }
    }
}

pub fn report(payment: &pb::Payment, outcome: PaymentOutcome) -> pb::PaymentReport {
    pb::PaymentReport { payment_id: payment.payment_id.clone(), outcome: outcome.into(), ..Default::default() }
}

/// Reports on payments: `true` for what was recorded, `false` for what says nothing new, or why it was refused.
pub async fn reported(clients: &Clients, id: &str, reports: Vec<pb::PaymentReport>) -> Vec<Result<bool, Box<Refused>>> {
    let request = pb::ReportPaymentsRequest { parent: batch_name(id), reports };
    let answered = clients.by("anna").payments().report_payments(request).await.unwrap().into_inner();
    let answer = |it: pb::PaymentReportResult| match it.result.unwrap() {
        ReportResult::Recorded(is_recorded) => Ok(is_recorded),
        ReportResult::Error(error) => Err(Box::new(Refused::of_item(&error))),
    };
    answered.results.into_iter().map(answer).collect()
}

pub fn paypal(receiver: &str) -> pb::Payee {
    pb::Payee { kind: pb::PayeeKind::Paypal.into(), receiver: receiver.into(), ..Default::default() }
}

pub fn uk_bank(holder: &str, account_number: &str) -> pb::Payee {
    pb::Payee {
        kind: pb::PayeeKind::UkBank.into(),
        holder: holder.into(),
        sort_code: "204514".into(),
        account_number: account_number.into(),
        ..Default::default()
    }
}

/// Sets payees: `true` where it was changed, or why it was refused.
pub async fn set_payees(clients: &Clients, payees: Vec<(&str, pb::Payee)>) -> Vec<Result<bool, Box<Refused>>> {
    let name = |member: &str| format!("programs/qc/members/{member}");
    let requests =
        payees.into_iter().map(|(member, payee)| pb::SetPayeeRequest { name: name(member), payee: Some(payee) });
    let request = pb::BatchSetPayeesRequest { parent: "programs/qc".into(), requests: requests.collect() };
    let answered = clients.by("anna").payments().batch_set_payees(request).await.unwrap().into_inner();
    let answer = |it: pb::SetPayeeResult| match it.result.unwrap() {
        SetResult::Changed(is_changed) => Ok(is_changed),
        SetResult::Error(error) => Err(Box::new(Refused::of_item(&error))),
    };
    answered.results.into_iter().map(answer).collect()
}

/// Counts a batch, and finds no difference.
pub async fn reconciled(clients: &Clients, id: &str) -> pb::Reconciliation {
    let request = pb::ReconcileBatchRequest { name: batch_name(id) };
    let found = clients.payments().reconcile_batch(request).await.unwrap().into_inner();
    assert_eq!(found.differences, Vec::<String>::new());
    found
}
