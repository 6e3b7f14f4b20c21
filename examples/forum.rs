//! The example of `docs/connect/clients.md`, with the stubs of this crate in place of those that a program makes for itself.

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a program of somebody else's")]

use goodturn::pb::ledger_client::LedgerClient;
use goodturn::pb::{Activity, GetBalanceRequest, RecordActivityRequest};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut ledger = LedgerClient::connect("http://127.0.0.1:7460").await?;
    let activity = Activity {
        name: "programs/forum/sources/forum/activities/answer-7-accepted".into(),
        kind: "answer_accepted".into(),
        member_id: "ada".into(),
        counterparty_id: "ben".into(),
        subject: "answer-7".into(),
        occurred_at: Some(std::time::SystemTime::now().into()),
        ..Activity::default()
    };
    let mut request = tonic::Request::new(RecordActivityRequest { activity: Some(activity) });
    request.metadata_mut().insert("goodturn-principal", "forum".parse()?);
    let receipt = ledger.record_activity(request).await?.into_inner();
    let ada = GetBalanceRequest { name: "programs/forum/members/ada".into(), min_seq: receipt.seq };
    println!("ada has {} points", ledger.get_balance(ada).await?.into_inner().available_points);
    Ok(())
}
