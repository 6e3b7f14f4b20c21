//! Payouts of the programme `qc`, as two persons make them.

use goodturn::google::r#type::{Date, Money};
use goodturn::pb;

use super::clients::Clients;
use super::till::done;

/// A day, as requests name it.
pub fn day(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

/// A window of a kind around a day.
pub fn window(kind: pb::WindowKind, date: (i32, i32, i32)) -> Option<pb::Window> {
    Some(pb::Window { kind: kind.into(), day: day(date.0, date.1, date.2), last_day: None })
}

/// A statement with one line, whose pool is exactly `pool`.
pub fn statement(id: &str, pool: Money) -> pb::CreateSavingsStatementRequest {
    let line = pb::SavingsLine {
        description: "answers that replaced a support contact".into(),
        quantity: 1,
        unit_cost: Some(pool),
        ..Default::default()
    };
    pb::CreateSavingsStatementRequest {
        savings_statement: Some(pb::SavingsStatement {
            name: format!("programs/qc/savingsStatements/{id}"),
            first_day: day(2018, 3, 1),
            last_day: day(2018, 8, 31),
            lines: vec![line],
            community_share: "1".into(),
            ..Default::default()
        }),
    }
}

/// A payout of the statement of the same id.
pub fn payout(id: &str) -> pb::Payout {
    pb::Payout {
        name: format!("programs/qc/payouts/{id}"),
        savings_statement: format!("programs/qc/savingsStatements/{id}"),
        last_day: day(2018, 8, 31),
        ..Default::default()
    }
}

/// The request that drafts a payout.
pub fn create(payout: pb::Payout) -> pb::CreatePayoutRequest {
    pb::CreatePayoutRequest { payout: Some(payout) }
}

/// Has a statement of such a pool declared by one person and approved by another.
pub async fn declare_and_approve(clients: &Clients, id: &str, pool: Money) {
    clients.by("anna").payouts().create_savings_statement(statement(id, pool)).await.unwrap();
    let name = format!("programs/qc/savingsStatements/{id}");
    let approve = approving(clients, &name).await;
    clients.by("ben").payouts().approve_savings_statement(approve).await.unwrap();
}

/// The request that approves a statement as it is, or its correction.
pub async fn approving(clients: &Clients, name: &str) -> pb::ApproveSavingsStatementRequest {
    let request = pb::GetSavingsStatementRequest { name: name.into() };
    let shown = clients.payouts().get_savings_statement(request).await.unwrap().into_inner();
    let content_digest = shown.correction.map_or(shown.content_digest, |next| next.content_digest);
    pb::ApproveSavingsStatementRequest { name: name.into(), content_digest }
}

/// Approves a draft as it was shown.
pub async fn approve(clients: &Clients, draft: &pb::Payout, by: &'static str) -> Result<pb::Payout, tonic::Status> {
    let request = pb::ApprovePayoutRequest { name: draft.name.clone(), content_digest: draft.content_digest.clone() };
    clients.by(by).payouts().approve_payout(request).await.map(tonic::Response::into_inner)
}

/// Executes a payout that is approved.
pub async fn execute(clients: &Clients, name: &str) -> Result<pb::Payout, tonic::Status> {
    let request = pb::ExecutePayoutRequest { name: name.into() };
    clients.by("anna").payouts().execute_payout(request).await.map(tonic::Response::into_inner)
}

/// Statement, draft, approval, execution.
pub async fn pay_out(clients: &Clients, id: &str, pool: Money) -> pb::Payout {
    declare_and_approve(clients, id, pool).await;
    let draft = clients.by("anna").payouts().create_payout(create(payout(id))).await.unwrap().into_inner();
    approve(clients, &draft, "ben").await.unwrap();
    execute(clients, &draft.name).await.unwrap()
}

/// All shares of a payout, read in pages of two.
pub async fn shares(clients: &Clients, payout: &str) -> Vec<pb::Share> {
    shares_by(clients, payout, 2).await
}

/// All shares of a payout, read in pages of a size.
pub async fn shares_by(clients: &Clients, payout: &str, page_size: i32) -> Vec<pb::Share> {
    let mut all = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListSharesRequest { parent: payout.into(), page_size, page_token };
        let page = clients.payouts().list_shares(request).await.unwrap().into_inner();
        all.extend(page.shares);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

/// Every entry that a share is explained by.
pub async fn explained(clients: &Clients, name: String, page_size: i32) -> Vec<pb::ExplainedEntry> {
    let mut entries = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ExplainShareRequest { name: name.clone(), page_size, page_token };
        let page = done(clients.payouts().explain_share(request).await);
        entries.extend(page.entries);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return entries;
        }
    }
}
