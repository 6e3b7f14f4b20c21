//! Metrics: what is counted is what was done.

use goodturn::pb;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::support::clients::{Clients, create_program, database, kudos, record};
use crate::support::http::Http;
use crate::support::operated::{Operated, get, metric, value};
use crate::support::postgres::wait_until;
use crate::support::raw::Raw;

const WHEN: &str = "2018-04-01T00:00:00Z";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_entries_commits_and_refusals_are_counted_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(&folder);
    let operated = Operated::start(&database, folder.path(), &[]);
    let before = get(operated.server.admin, "/metrics").body;
    assert_eq!(value(&before, "goodturn_refused_total{reason=\"NOT_FOUND\"}"), Some(0), "begins at zero");
    let clients = Clients::connect(operated.server.address).await;
    create_program(&clients).await;
    for number in 0..5 {
        clients.ledger().record_activity(record(kudos(&format!("a{number}"), "ben", WHEN))).await.unwrap();
    }
    // A retry is a call, and no entry.
    clients.ledger().record_activity(record(kudos("a0", "ben", WHEN))).await.unwrap();
    let balance = |name: &str| pb::GetBalanceRequest { name: name.into(), min_seq: 0 };
    clients.ledger().get_balance(balance("programs/qc/members/ben")).await.unwrap();
    clients.ledger().get_balance(balance("programs/none/members/ben")).await.unwrap_err();
    clients.ledger().get_balance(balance("nonsense")).await.unwrap_err();
    HealthClient::new(clients.channel()).check(HealthCheckRequest::default()).await.unwrap();
    let watch = pb::WatchEntriesRequest { parent: "programs/qc".into(), ..Default::default() };
    let watching = clients.ledger().watch_entries(watch).await.unwrap();
    wait_until("calls that were answered have ended", || {
        metric(operated.server.admin, "goodturn_calls_in_flight") == 1
    });
    let scrape = get(operated.server.admin, "/metrics").body;
    let calls = |method: &str, code: &str| {
        let labels = format!("rpc_system_name=\"grpc\",rpc_method=\"{method}\",rpc_response_status_code=\"{code}\"");
        value(&scrape, &format!("rpc_server_call_duration_seconds_count{{{labels}}}"))
    };
    assert_eq!(calls("goodturn.v1.Ledger/RecordActivity", "OK"), Some(6));
    assert_eq!(calls("goodturn.v1.Ledger/GetBalance", "OK"), Some(1));
    assert_eq!(calls("goodturn.v1.Ledger/GetBalance", "NOT_FOUND"), Some(1));
    assert_eq!(calls("goodturn.v1.Ledger/GetBalance", "INVALID_ARGUMENT"), Some(1));
    assert_eq!(calls("grpc.health.v1.Health/Check", "OK"), Some(1));
    assert_eq!(calls("goodturn.v1.Ledger/WatchEntries", "OK"), None, "it goes on");
    for (name, expected) in [
        ("goodturn_refused_total{reason=\"NOT_FOUND\"}", 1),
        ("goodturn_refused_total{reason=\"INVALID_REQUEST\"}", 1),
        ("goodturn_entries_total{program=\"qc\",kind=\"activity_recorded\"}", 5),
        ("goodturn_entries_total{program=\"qc\",kind=\"program_created\"}", 1),
        ("goodturn_streams{kind=\"watch\"}", 1),
        ("goodturn_calls_in_flight", 1),
        ("goodturn_connections", 1),
        ("goodturn_store_up", 1),
        ("goodturn_lane_queue", 0),
    ] {
        assert_eq!(value(&scrape, name), Some(expected), "{name} in {scrape}");
    }
    let commits = value(&scrape, "goodturn_commits_total{outcome=\"recorded\"}").unwrap();
    assert!((2..=7).contains(&commits), "{commits}");
    assert_eq!(value(&scrape, "goodturn_commit_seconds_count"), Some(commits));
    assert_eq!(value(&scrape, "goodturn_batch_entries_sum"), Some(entries(&scrape)));
    for private in ["ben", "a0", "programs/none"] {
        assert!(!scrape.contains(private), "{private} is in the metrics");
    }
    drop(watching);
}

/// Sums up the entries of all programmes and kinds.
fn entries(scrape: &str) -> u64 {
    let of_entries = scrape.lines().filter(|line| line.starts_with("goodturn_entries_total{"));
    of_entries.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

/// Phones do so all day.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_hangs_up_in_the_middle_of_a_request_is_no_failure() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().unwrap();
    let operated = Operated::start(&database(&folder), folder.path(), &[]);
    let half = tonic::codegen::Bytes::from_static(b"\0\0\0\0\x20abc");
    // Over HTTP/2 a call is given up, or its connection.
    let mut raw = Raw::connect(operated.server.address, 65_535).await;
    let mut call = raw.begin("Ledger/GetBalance").await.unwrap();
    call.body.send_data(half, false).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    drop(call);
    let mut socket = std::net::TcpStream::connect(operated.server.address).unwrap();
    let head = "POST /goodturn.v1.Ledger/GetBalance HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 90\r\n";
    socket.write_all(format!("{head}\r\n{{\"name\":").as_bytes()).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    drop(socket);
    let labels = |code: &str| {
        format!(
            "rpc_system_name=\"grpc\",rpc_method=\"goodturn.v1.Ledger/GetBalance\",rpc_response_status_code=\"{code}\""
        )
    };
    let count = |scrape: &str, code: &str| {
        value(scrape, &format!("rpc_server_call_duration_seconds_count{{{}}}", labels(code)))
    };
    wait_until("both are counted", || count(&get(operated.server.admin, "/metrics").body, "CANCELLED") == Some(2));
    let scrape = get(operated.server.admin, "/metrics").body;
    for code in ["UNKNOWN", "INTERNAL", "INVALID_ARGUMENT"] {
        assert_eq!(count(&scrape, code), None, "{code}");
    }
    assert_eq!(value(&scrape, "goodturn_refused_total{reason=\"_OTHER\"}"), None);
    assert!(!operated.log().contains("a call"), "{}", operated.log());
}

/// Whoever probes is seen, also where no call came of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_call_is_counted_and_in_the_log_with_the_id_that_its_sender_was_told() {
    let folder = tempfile::tempdir().unwrap();
    let operated = Operated::start(&database(&folder), folder.path(), &[]);
    let told = Http::to(operated.server.address).ask("POST", "/goodturn.v1.Ledger/GetBalance", "{}").await;
    assert_eq!(told.status, 415);
    let error = told.json();
    let details = error["details"].as_array().unwrap();
    let id = details.iter().find_map(|detail| detail["debug"]["requestId"].as_str()).unwrap();
    let [line] = &operated.until_lines(id, 1)[..] else { panic!("{}", operated.log()) };
    assert_eq!(line["fields"]["method"], "_OTHER", "{line}");
    assert_eq!(metric(operated.server.admin, "goodturn_refused_total{reason=\"INVALID_REQUEST\"}"), 1);
    assert_eq!(metric(operated.server.admin, "goodturn_calls_in_flight"), 0);
}
