//! The log tells what a person at night asks: what started, what was refused and why, by the id that its caller has. It tells nothing that is
//! private, and has a bound.

use goodturn::pb;
use tonic_types::StatusExt as _;

use crate::support::clients::{Clients, create_program, database, kudos, record};
use crate::support::operated::Operated;

const WHEN: &str = "2018-04-01T00:00:00Z";

fn started(folder: &tempfile::TempDir, settings: &[(&str, &str)]) -> Operated {
    Operated::start(&database(folder), folder.path(), settings)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_line_says_what_started_and_one_each_call_that_was_refused() {
    let folder = tempfile::tempdir().unwrap();
    let operated = started(&folder, &[]);
    let [line] = &operated.until_lines("\"serving\"", 1)[..] else { panic!("one line: {}", operated.log()) };
    for (field, expected) in [
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("address", operated.server.address.to_string()),
        ("admin", operated.server.admin.to_string()),
        ("authentication", "none: names are believed".into()),
        ("tls", "none".into()),
    ] {
        assert_eq!(line["fields"][field], expected, "{line}");
    }
    assert!(line["fields"]["database"].as_str().unwrap().ends_with("goodturn.db"), "{line}");
    assert_eq!(line["fields"]["schema"], goodturn::log::schema_version(), "{line}");

    let clients = Clients::connect(operated.server.address).await.by("fin-anna");
    create_program(&clients).await;
    let balance = pb::GetBalanceRequest { name: "programs/qc/members/ben-the-secret".into(), min_seq: 99 };
    let error = clients.ledger().get_balance(balance).await.unwrap_err();
    let request = error.get_error_details().request_info().unwrap().request_id.clone();
    let [line] = &operated.until_lines(&request, 1)[..] else { panic!("{request} is not in {}", operated.log()) };
    let fields = &line["fields"];
    assert_eq!(line["level"], "INFO");
    assert_eq!(fields["message"], "a call was refused");
    assert_eq!(fields["method"], "goodturn.v1.Ledger/GetBalance");
    assert_eq!(fields["program"], "qc");
    assert_eq!(fields["principal"], "fin-anna");
    assert_eq!((&fields["code"], &fields["reason"]), (&"OUT_OF_RANGE".into(), &"SEQ_NOT_RECORDED".into()));
    assert!(fields["duration_ms"].is_number(), "{fields}");
}

/// The words of a member, of a note and of a retry in another form appear in no line, at `debug` either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_member_and_no_text_is_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let operated = started(&folder, &[("GOODTURN_LOG", "debug")]);
    let clients = Clients::connect(operated.server.address).await.by("fin-anna");
    create_program(&clients).await;
    let mut told = kudos("a-private-act", "private-member", WHEN);
    clients.ledger().record_activity(record(told.clone())).await.unwrap();
    told.member_id = "another-private-member".into();
    clients.ledger().record_activity(record(told)).await.unwrap_err();
    let unknown = kudos("b", "private-member", WHEN);
    let unknown = pb::Activity { kind: "private-kind".into(), ..unknown };
    clients.ledger().record_activity(record(unknown)).await.unwrap_err();
    let suspend = pb::SuspendMemberRequest {
        name: "programs/qc/members/private-member".into(),
        suspension_id: "a-private-suspension".into(),
        note: "a private note".into(),
        ..Default::default()
    };
    clients.members().suspend_member(suspend).await.unwrap_err();
    let garbage = pb::GetBalanceRequest { name: "a private garbage".into(), min_seq: 0 };
    clients.ledger().get_balance(garbage).await.unwrap_err();
    assert!(operated.until_lines("a call was refused", 3).len() >= 3);
    let log = operated.log();
    assert!(!log.contains("private"), "{log}");
    for library in ["\"target\":\"sqlx", "\"target\":\"h2", "\"target\":\"hyper"] {
        assert!(!log.contains(library), "at debug a library speaks: {log}");
    }
}
