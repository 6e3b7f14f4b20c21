//! Spans of calls: a trace shows whether an acknowledgement waited in the queue, for its turn, or for the store.

use crate::support::clients::{Clients, create_program, database, kudos, record};
use crate::support::operated::Operated;
use crate::support::postgres::wait_until;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_has_a_span_and_in_it_one_for_each_stage_of_its_command() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(&folder);
    let settings = [("GOODTURN_LOG", "goodturn::call=trace"), ("GOODTURN_LOG_JSON", "false")];
    let operated = Operated::start(&database, folder.path(), &settings);
    let clients = Clients::connect(operated.server.address).await;
    create_program(&clients).await;
    clients.ledger().record_activity(record(kudos("a", "ben", "2018-04-01T00:00:00Z"))).await.unwrap();
    // A span of a call is told with those around it when it ends, and how long it was.
    let of_call = || {
        let log = operated.log();
        let lines =
            log.lines().filter_map(|line| line.split_once("call{method=\"goodturn.v1.Ledger/RecordActivity\"}"));
        lines
            .map(|(_, rest)| {
                rest.split_once(" goodturn::call: close time.busy=").map_or(rest, |(name, _)| name).to_owned()
            })
            .collect::<Vec<_>>()
    };
    wait_until("the call's span has ended", || of_call().iter().any(|name| name == ":"));
    assert_eq!(of_call(), [":queue:", ":turn:", ":commit:", ":"], "{}", operated.log());
}

/// Spans cost nothing where nobody asks for them, and no other level brings them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_are_none_unless_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(&folder);
    let operated = Operated::start(&database, folder.path(), &[("GOODTURN_LOG", "debug")]);
    create_program(&Clients::connect(operated.server.address).await).await;
    operated.until_lines("a lane begins", 1);
    assert!(operated.lines("\"close\"").is_empty() && operated.lines("\"span\"").is_empty(), "{}", operated.log());
}
