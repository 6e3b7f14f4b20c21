//! News in files: what cannot be of its activity is a rejected line, and what came before its activity says nothing yet.

use goodturn::pb;

use crate::support::clients::TestServer;
use crate::support::import::{figure, import_text, reasons, with_rules};

const RULES: &str = "rules = [
  { rule_id = \"topups\", activity_kind = \"topup\", points = 50, confirm_within_days = 120 },
  { rule_id = \"orders\", activity_kind = \"order\", points = 1, per_amount = \"1.00\" },
]
";

async fn available(server: &TestServer, member: &str) -> i64 {
    let request = pb::GetBalanceRequest { name: format!("programs/cases/members/{member}"), min_seq: 0 };
    server.clients.ledger().get_balance(request).await.unwrap().into_inner().available_points
}

fn imported(server: &TestServer, name: &str, lines: &str) -> (Option<i32>, usize, Vec<String>) {
    let head = "type,id,kind,member,occurred_at,activity,amount\n";
    let ended = import_text(server, name, &format!("{head}{lines}"), &[]);
    let told = String::from_utf8_lossy(&ended.stdout).into_owned();
    let rejected = figure(&told, "rejected");
    (ended.code, rejected, if rejected > 0 { reasons(server, name) } else { Vec::new() })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmation_of_1970_is_rejected_and_a_right_one_counts() {
    // INV 73
    let server = with_rules(RULES).await;
    let wrong = "activity,t1,topup,ann,2024-05-04T09:30:00Z,,\nconfirmation,c1,,,1970-01-01T00:00:00Z,t1,\n";
    let told = "3: it is dated before the activity, which occurred at 2024-05-04T09:30:00Z; give the time of the event that you \
                tell (DATED_BEFORE_ACTIVITY)";
    assert_eq!(imported(&server, "wrong.csv", wrong), (Some(3), 1, vec![told.to_owned()]));
    assert_eq!(available(&server, "ann").await, 0);
    let right = "confirmation,c1,,,2024-05-10T00:00:00Z,t1,\n";
    assert_eq!(imported(&server, "right.csv", right), (Some(0), 0, Vec::new()));
    // Told first: nothing is known of the activity, so both are taken, and the right one counts.
    let early = "confirmation,e1,,,1970-01-01T00:00:00Z,t2,\nconfirmation,e2,,,2024-05-10T00:00:00Z,t2,\n";
    assert_eq!(imported(&server, "early.csv", early), (Some(0), 0, Vec::new()));
    assert_eq!(imported(&server, "late.csv", "activity,t2,topup,ann,2024-05-04T09:30:00Z,,\n").0, Some(0));
    assert_eq!(available(&server, "ann").await, 100);
    let verify = pb::VerifyProgramRequest { name: "programs/cases".into() };
    assert_eq!(server.clients.audit().verify_program(verify).await.unwrap().into_inner().findings, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_a_hundred_times_too_large_is_rejected() {
    // INV 73
    let server = with_rules(RULES).await;
    let lines = "activity,o1,order,ann,2024-05-04T09:30:00Z,,98.99\nrefund,f1,,,2024-05-05T09:30:00Z,o1,9899.00\n";
    let (code, rejected, reasons) = imported(&server, "refund.csv", lines);
    assert_eq!((code, rejected), (Some(3), 1));
    assert!(
        reasons[0].contains("the activity's whole amount is 98.99 EUR; 9899.00 EUR cannot be given back"),
        "{reasons:?}"
    );
    assert_eq!(available(&server, "ann").await, 98);
}
