//! Reads of the programme `qc`: a balance, a member's sentences, whether all of it verifies.

use goodturn::pb;

use super::clients::Clients;

/// A member's balance.
pub async fn balance(clients: &Clients, member: &str) -> pb::Balance {
    let request = pb::GetBalanceRequest { name: format!("programs/qc/members/{member}"), min_seq: 0 };
    clients.ledger().get_balance(request).await.unwrap().into_inner()
}

/// What a member is told of their entries, oldest first.
pub async fn sentences(clients: &Clients, member: &str) -> Vec<String> {
    let request = pb::ListEntriesRequest { parent: format!("programs/qc/members/{member}"), ..Default::default() };
    let page = clients.ledger().list_entries(request).await.unwrap().into_inner();
    page.entries.into_iter().rev().map(|entry| entry.sentence).collect()
}

/// The server recomputes everything, and finds nothing wrong.
pub async fn verified(clients: &Clients) {
    verified_of(clients, "qc").await;
}

/// The same of another programme.
pub async fn verified_of(clients: &Clients, program: &str) {
    let verify = pb::VerifyProgramRequest { name: format!("programs/{program}") };
    assert_eq!(clients.audit().verify_program(verify).await.unwrap().into_inner().findings, []);
}
