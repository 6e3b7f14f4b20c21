//! A disk that is full, and is not any more.

use std::process::{Command, Stdio};

use goodturn::pb;
use tonic::Code;

use crate::support::clients::{Clients, create_program, kudos, reason, record};
use crate::support::process::ServeProcess;
use crate::support::reads::verified;

/// The server may write files of at most some kilobytes, until it is allowed more: to SQLite, a full disk that is cleared.
#[tokio::test]
async fn writes_go_on_once_a_full_disk_has_room_again() {
    // INV 1, 4, 65
    let folder = tempfile::tempdir().unwrap();
    let database = crate::support::clients::database(&folder);
    let server = ServeProcess::start_limited(&database, 400, Stdio::null());
    let clients = Clients::connect(server.address).await;
    create_program(&clients).await;
    let mut acked = 0;
    let error = loop {
        let next = kudos(&format!("k{acked}"), "ben", "2018-04-01T00:00:00Z");
        match clients.ledger().record_activity(record(next)).await {
            Ok(_) => acked += 1,
            Err(error) => break error,
        }
        assert!(acked < 100_000, "the limit does not bite");
    };
    assert_eq!(error.code(), Code::Unavailable, "{error:?}");
    assert!(["ERROR_REASON_STORE_UNAVAILABLE", "ERROR_REASON_OUTCOME_UNKNOWN"].contains(&reason(&error).as_str()));
    let id = server.id().to_string();
    let raised = Command::new("prlimit").args(["--pid", &id, "--fsize=unlimited:"]).stdout(Stdio::null()).status();
    assert!(raised.unwrap().success());
    // What failed is tried again, and more; nothing that was acked is lost.
    for n in acked..acked + 100 {
        let next = kudos(&format!("k{n}"), "ben", "2018-04-01T00:00:00Z");
        clients.ledger().record_activity(record(next)).await.unwrap();
    }
    let balance = pb::GetBalanceRequest { name: "programs/qc/members/ben".into(), min_seq: 0 };
    assert_eq!(clients.ledger().get_balance(balance).await.unwrap().into_inner().available_points, acked + 100);
    verified(&clients).await;
}
