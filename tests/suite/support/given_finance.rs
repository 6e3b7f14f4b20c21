//! Requests of finance that give every field, with the values that each is digested from.

use goodturn::domain::entry::commands::CommandKind;
use goodturn::pb;

use super::clients::{at, pounds};
use super::given::{Vector, given};
use super::payouts::day;

fn charity() -> pb::Choice {
    pb::Choice { method: pb::PayoutMethod::Charity.into(), charity_id: "relief".into() }
}

/// A payout with every term, also those that do not go together.
fn with_every_term(payout: pb::Payout) -> pb::Payout {
    let choices = pb::ChoiceTerms {
        deadline: Some(at("2018-12-12T23:59:59.999999Z")),
        default_choice: Some(charity()),
        minimum_credit: Some(pounds(1)),
        minimum_cash: Some(pounds(10)),
        charity_ids: vec!["relief".into(), "water".into()],
        match_rate: "1".into(),
        match_cap: Some(pounds(1_000)),
        takes_carried: true,
    };
    pb::Payout {
        mode: pb::PayoutMode::List.into(),
        rate: "0.01".into(),
        minimum_share: Some(pounds(5)),
        list: Some(pb::PayoutList { row_count: 3, total_weight: 5, remainder_member_id: "relief".into() }),
        choices: Some(choices),
        ..payout
    }
}

pub fn finance() -> [Vector; 20] {
    let statement = "programs/qc/savingsStatements/2018-q2".to_owned();
    let payout = "programs/qc/payouts/2018-q2".to_owned();
    let declare = pb::CreateSavingsStatementRequest {
        savings_statement: Some(pb::SavingsStatement {
            name: statement.clone(),
            first_day: day(2018, 4, 1),
            last_day: day(2018, 6, 30),
            lines: vec![pb::SavingsLine {
                description: "answers that replaced a support contact".into(),
                quantity: 812,
                unit_cost: Some(pounds(450)),
                factor: "0.85".into(),
                evidence: "ticket 7".into(),
                ..Default::default()
            }],
            programme_cost: Some(pounds(10_000)),
            redeemed_at_till: Some(pounds(0)),
            community_share: "0.5".into(),
            ..Default::default()
        }),
    };
    let create = pb::CreatePayoutRequest {
        payout: Some(pb::Payout {
            name: payout.clone(),
            savings_statement: statement.clone(),
            last_day: day(2018, 6, 30),
            pool: Some(pounds(100_000)),
            ..Default::default()
        }),
    };
    let approve = pb::ApprovePayoutRequest { name: payout.clone(), content_digest: (0..32).collect() };
    let approve_statement =
        |content_digest| pb::ApproveSavingsStatementRequest { name: statement.clone(), content_digest };
    let reject_statement = |version| {
        let (name, note) = (statement.clone(), "counted twice".into());
        pb::RejectSavingsStatementRequest { name, note, version }
    };
    let correct =
        pb::CorrectSavingsStatementRequest { savings_statement: declare.savings_statement.clone(), version: 2 };
    let create_list =
        pb::CreatePayoutRequest { payout: Some(with_every_term(create.payout.clone().unwrap_or_default())) };
    let row = |member_id: &str, weight| pb::ListRow { member_id: member_id.into(), weight };
    let rows = pb::AddListRowsRequest {
        name: payout.clone(),
        after_member_id: "anna".into(),
        rows: vec![row("ben", 1), row("cleo", 3)],
        validate_only: true,
    };
    let choose = pb::SetPayoutChoiceRequest {
        name: "programs/qc/members/ben".into(),
        choice_id: "c1".into(),
        choice: Some(charity()),
    };
    let approve_closing = pb::ApproveClosingRequest { name: payout.clone(), content_digest: (0..32).collect() };
    let reject_closing =
        pb::RejectClosingRequest { name: payout.clone(), content_digest: (0..32).collect(), note: "too early".into() };
    let (mallory, lapse_id) = ("programs/qc/members/mallory".to_owned(), "c9".to_owned());
    let why = "forty accounts".to_owned();
    let lapse = pb::LapseMoneyRequest { name: mallory.clone(), lapse_id: lapse_id.clone(), note: why };
    let content_digest = (0..32).collect();
    let approve_lapse = pb::ApproveLapseRequest { name: mallory.clone(), lapse_id: lapse_id.clone(), content_digest };
    let reject_lapse = pb::RejectLapseRequest { name: mallory, lapse_id, note: "too early".into() };
    [
        given(CommandKind::DeclareStatement, &declare),
        given(CommandKind::ApproveStatement, &approve_statement(Vec::new())),
        given(CommandKind::ApproveStatement, &approve_statement((0..32).collect())),
        given(CommandKind::RejectStatement, &reject_statement(0)),
        given(CommandKind::RejectStatement, &reject_statement(2)),
        given(CommandKind::CreatePayout, &create),
        given(CommandKind::ApprovePayout, &approve),
        given(CommandKind::BeginExecution, &pb::ExecutePayoutRequest { name: payout.clone() }),
        given(CommandKind::BeginCancellation, &pb::CancelPayoutRequest { name: payout.clone() }),
        given(CommandKind::CorrectStatement, &correct),
        given(CommandKind::CreatePayout, &create_list),
        given(CommandKind::ListWeights, &rows),
        given(CommandKind::RejectPayout, &pb::RejectPayoutRequest { name: payout.clone(), note: "too early".into() }),
        given(CommandKind::SetChoice, &choose),
        given(CommandKind::CloseChoices, &pb::CloseChoicesRequest { name: payout.clone() }),
        given(CommandKind::ApproveClosing, &approve_closing),
        given(CommandKind::RejectClosing, &reject_closing),
        given(CommandKind::LapseMoney, &lapse),
        given(CommandKind::ApproveLapse, &approve_lapse),
        given(CommandKind::RejectLapse, &reject_lapse),
    ]
}
