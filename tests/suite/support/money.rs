//! Payouts over lists, choices, and their closing, as clients ask for them.

use goodturn::google::r#type::Money;
use goodturn::pb;
use goodturn::pb::PayoutMethod;
use tonic::Status;

use super::clients::{Clients, at, pounds};
use super::payouts::{approve, create, declare_and_approve, execute, payout};

/// Terms that ask for choices until a time: no choice is carried once, cash from five pounds, charity matched in full.
pub fn choose_until(deadline: &str) -> pb::ChoiceTerms {
    pb::ChoiceTerms {
        deadline: Some(at(deadline)),
        minimum_cash: Some(pounds(500)),
        charity_ids: vec!["relief".into(), "water".into()],
        match_rate: "1".into(),
        match_cap: Some(pounds(100_000)),
        ..Default::default()
    }
}

pub fn choice(method: PayoutMethod, charity_id: &str) -> pb::Choice {
    pb::Choice { method: method.into(), charity_id: charity_id.into() }
}

/// The request by which a member chooses, under an id.
pub fn choosing(member: &str, choice_id: &str, choice: Option<pb::Choice>) -> pb::SetPayoutChoiceRequest {
    pb::SetPayoutChoiceRequest { name: format!("programs/qc/members/{member}"), choice_id: choice_id.into(), choice }
}

pub async fn choose(clients: &Clients, member: &str, id: &str, choice: Option<pb::Choice>) -> pb::PayoutChoice {
    clients.choices().set_payout_choice(choosing(member, id, choice)).await.unwrap().into_inner()
}

/// A payout over a list of as many members as there are rows, with what is left over for the charity `relief`.
pub fn over_list(id: &str, rows: &[(&str, i64)]) -> pb::Payout {
    pb::Payout {
        mode: pb::PayoutMode::List.into(),
        list: Some(pb::PayoutList {
            row_count: i64::try_from(rows.len()).unwrap(),
            total_weight: rows.iter().map(|(_, weight)| weight).sum(),
            remainder_member_id: "relief".into(),
        }),
        ..payout(id)
    }
}

pub fn rows_of(rows: &[(&str, i64)]) -> Vec<pb::ListRow> {
    rows.iter().map(|(id, weight)| pb::ListRow { member_id: (*id).into(), weight: *weight }).collect()
}

/// Begins a payout over a list, and brings its rows. Returns the draft.
pub async fn list_drafted(clients: &Clients, payout: pb::Payout, rows: &[(&str, i64)]) -> pb::Payout {
    let anna = clients.by("anna");
    let begun = anna.payouts().create_payout(create(payout)).await.unwrap().into_inner();
    let (mut draft, mut after_member_id) = (begun, String::new());
    // A call takes a thousand rows.
    for part in rows.chunks(1_000) {
        let rows = rows_of(part);
        let last = rows[rows.len() - 1].member_id.clone();
        let request = pb::AddListRowsRequest { name: draft.name, after_member_id, rows, ..Default::default() };
        draft = anna.payouts().add_list_rows(request).await.unwrap().into_inner();
        after_member_id = last;
    }
    draft
}

/// Has a payout over a list approved and executed, on a statement of its own.
pub async fn list_paid(clients: &Clients, payout: pb::Payout, pool: Money, rows: &[(&str, i64)]) -> pb::Payout {
    let id = payout.name.rsplit('/').next().unwrap().to_owned();
    declare_and_approve(clients, &id, pool).await;
    let draft = list_drafted(clients, payout, rows).await;
    approve(clients, &draft, "ben").await.unwrap();
    execute(clients, &draft.name).await.unwrap()
}

/// Draws up the closing of a payout's choices.
pub async fn close(clients: &Clients, id: &str) -> Result<pb::Closing, Status> {
    let request = pb::CloseChoicesRequest { name: format!("programs/qc/payouts/{id}") };
    clients.by("anna").choices().close_choices(request).await.map(tonic::Response::into_inner)
}

/// Approves a closing as it was shown.
pub async fn approve_closing(
    clients: &Clients,
    closing: &pb::Closing,
    by: &'static str,
) -> Result<pb::Closing, Status> {
    let name = closing.name.trim_end_matches("/closing").to_owned();
    let request = pb::ApproveClosingRequest { name, content_digest: closing.content_digest.clone() };
    clients.by(by).choices().approve_closing(request).await.map(tonic::Response::into_inner)
}

/// Has the choices of a payout closed by two persons.
pub async fn closed(clients: &Clients, id: &str) -> pb::Closing {
    let draft = close(clients, id).await.unwrap();
    approve_closing(clients, &draft, "ben").await.unwrap()
}

/// Money in minor units, of pounds.
pub fn minor(money: Option<&Money>) -> i64 {
    money.map_or(0, |money| money.units * 100 + i64::from(money.nanos) / 10_000_000)
}
