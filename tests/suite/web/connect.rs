//! Connect: JSON and the binary form, by HTTP/1.1 and HTTP/2, by POST and GET, with the errors of gRPC.

use base64::Engine as _;
use goodturn::pb;
use prost::Message as _;
use serde_json::{Value, json};

use crate::support::clients::{kudos, record};
use crate::support::http::{Http, activity, encoded, enveloped, opened};
use crate::support::served::Served;

const NOW: &str = "2018-04-02T00:00:00Z";

async fn served() -> (Served, Http) {
    let served = Served::at(NOW).await;
    let http = Http::to(served.address).with("goodturn-principal", "forum");
    (served, http)
}

#[tokio::test]
async fn an_activity_is_recorded_and_a_balance_read_by_json_over_each_http() {
    let (_served, http) = served().await;
    for (id, http) in [("a", http.clone()), ("b", http.clone().by_2())] {
        let receipt = http.call("Ledger/RecordActivity", &activity(id, "ben")).await;
        assert_eq!((receipt.status.as_u16(), receipt.header("content-type")), (200, "application/json"), "{receipt:?}");
        let again = http.call("Ledger/RecordActivity", &activity(id, "ben")).await;
        let (receipt, again) = (receipt.json(), again.json());
        assert_eq!(receipt["entry"], again["entry"], "the same call again has the same receipt");
        // Integers of 64 bits are texts: a number of JavaScript has 53.
        assert!(receipt["seq"].is_string() && receipt["recordedAt"] == NOW, "{receipt}");
    }
    let balance = http.call("Ledger/GetBalance", &json!({"name": "programs/qc/members/ben"})).await.json();
    assert_eq!(balance["availablePoints"], "2", "{balance}");
}

#[tokio::test]
async fn an_error_tells_the_same_as_by_grpc() {
    let (served, http) = served().await;
    let wrong = json!({"activity": {"name": "programs/qc/sources/forum/activities/a", "kind": "kudos"}});
    let told = http.call("Ledger/RecordActivity", &wrong).await;
    assert_eq!((told.status.as_u16(), told.header("content-type")), (400, "application/json"));
    let by_grpc = {
        let activity = pb::Activity {
            name: "programs/qc/sources/forum/activities/a".into(),
            kind: "kudos".into(),
            ..Default::default()
        };
        served.clients.ledger().record_activity(record(activity)).await.unwrap_err()
    };
    let error = told.json();
    assert_eq!((&error["code"], &error["message"]), (&json!("invalid_argument"), &json!(by_grpc.message())));
    let details = error["details"].as_array().unwrap();
    let of = |name: &str| details.iter().find(|detail| detail["type"] == format!("google.rpc.{name}")).unwrap();
    assert_eq!(of("ErrorInfo")["debug"]["reason"], "ERROR_REASON_INVALID_REQUEST");
    assert!(of("BadRequest")["debug"]["fieldViolations"].as_array().unwrap().len() >= 2, "{error}");
    // The bytes are those that gRPC has.
    let sent = tonic_types::pb::Status::decode(by_grpc.details()).unwrap();
    let value =
        base64::engine::general_purpose::STANDARD_NO_PAD.decode(of("BadRequest")["value"].as_str().unwrap()).unwrap();
    assert!(sent.details.iter().any(|any| any.value == value));
}

#[tokio::test]
async fn what_is_wrong_with_the_http_or_the_json_is_said_and_what_to_do() {
    let (_served, http) = served().await;
    let post = |kind: &'static str| http.clone().with("content-type", kind);
    let path = "/goodturn.v1.Ledger/RecordActivity";
    let cases = [
        (http.clone(), "POST", "/", "", 404, "names no method; one is as /goodturn.v1.Ledger/GetBalance"),
        (http.clone(), "GET", "/goodturn.v1.Ledger/Nothing", "", 404, "names no method"),
        (post("application/json"), "GET", path, "", 405, "method is not POST"),
        (post("application/json"), "PUT", path, "{}", 405, "method is not POST"),
        (
            post("application/x-www-form-urlencoded"),
            "POST",
            path,
            "{}",
            415,
            "content-type is none that is understood; give application/json",
        ),
        (
            post("application/connect+json"),
            "POST",
            path,
            "",
            415,
            "content-type is not that of this method; give application/json",
        ),
        (post("application/json"), "POST", "/goodturn.v1.Ledger/WatchEntries", "{}", 415, "application/connect+json"),
        (post("application/json").with("content-encoding", "gzip"), "POST", path, "x", 501, "content-encoding is none"),
        (post("application/json").with("connect-timeout-ms", "soon"), "POST", path, "{}", 400, "connect-timeout-ms"),
        (post("application/json"), "POST", path, "{", 400, "EOF while parsing"),
        (post("application/json"), "POST", path, "{\"activty\": {}}", 400, "activty"),
        (post("application/json"), "POST", path, "{\"activity\": {\"memberId\": 5}}", 400, "line 1 column"),
        (post("application/proto"), "POST", path, "\u{7f}\u{7f}", 400, ""),
    ];
    for (http, verb, path, body, status, told) in cases {
        let reply = http.ask(verb, path, body).await;
        let error = reply.json();
        assert_eq!(reply.status.as_u16(), status, "{verb} {path} {body}: {error}");
        assert!(error["message"].as_str().unwrap_or_default().contains(told), "{told}: {error}");
        if status == 415 {
            assert!(reply.header("accept-post").contains("application/connect+proto"), "{reply:?}");
        }
    }
    // A client that says its version may be newer than this server, and know more fields.
    let newer = post("application/json").with("connect-protocol-version", "1");
    let mut known = activity("newer", "ben");
    known["later"] = json!(true);
    assert_eq!(newer.ask("POST", path, known.to_string()).await.status, 200);
    // Nothing was recorded of all the rest.
    let last =
        http.call("Ledger/ListEntries", &json!({"parent": "programs/qc", "orderBy": "seq desc", "pageSize": 1})).await;
    assert!(last.status == 200 || last.status == 400, "{last:?}");
}

#[tokio::test]
async fn a_read_is_a_get_with_a_mark_and_the_same_reply_is_not_sent_again() {
    let (_served, http) = served().await;
    http.call("Ledger/RecordActivity", &activity("a", "ben")).await;
    let message = r#"{"name":"programs/qc/members/ben"}"#;
    let plain = format!("/goodturn.v1.Ledger/GetBalance?connect=v1&encoding=json&message={}", encoded(message));
    let coded = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(message);
    let coded = format!("/goodturn.v1.Ledger/GetBalance?connect=v1&encoding=json&base64=1&message={coded}");
    let first = http.ask("GET", &plain, "").await;
    assert_eq!((first.status.as_u16(), &first.json()["availablePoints"]), (200, &json!("1")), "{first:?}");
    assert_eq!(
        (first.header("cache-control"), first.header("vary").contains("authorization")),
        ("private, no-cache", true)
    );
    assert_eq!(http.ask("GET", &coded, "").await.body, first.body);
    let knowing = http.clone().with("if-none-match", first.header("etag"));
    let again = knowing.ask("GET", &plain, "").await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{again:?}");
    http.call("Ledger/RecordActivity", &activity("b", "ben")).await;
    let changed = knowing.ask("GET", &plain, "").await;
    assert_eq!((changed.status.as_u16(), &changed.json()["availablePoints"]), (200, &json!("2")));
    // In the binary form, too.
    let asked = pb::GetBalanceRequest { name: "programs/qc/members/ben".into(), min_seq: 0 }.encode_to_vec();
    let asked = base64::engine::general_purpose::URL_SAFE.encode(asked);
    let binary = http
        .ask("GET", &format!("/goodturn.v1.Ledger/GetBalance?connect=v1&encoding=proto&base64=1&message={asked}"), "")
        .await;
    assert_eq!(binary.header("content-type"), "application/proto");
    assert_eq!(pb::Balance::decode(binary.body).unwrap().available_points, 2);
    // What is wrong with an address.
    for (query, told) in [
        ("encoding=xml", "encoding is neither json nor proto"),
        ("base64=1&message=*", "base64url"),
        ("compression=gzip", "content-encoding is none"),
    ] {
        let refused = http.ask("GET", &format!("/goodturn.v1.Ledger/GetBalance?{query}"), "").await.json();
        assert!(refused["message"].as_str().unwrap().contains(told), "{refused}");
    }
}

#[tokio::test]
async fn the_binary_form_is_that_of_grpc() {
    let (_served, http) = served().await;
    let message = record(kudos("a", "ben", "2018-04-01T00:00:00Z")).encode_to_vec();
    let reply =
        http.with("content-type", "application/proto").ask("POST", "/goodturn.v1.Ledger/RecordActivity", message).await;
    assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "application/proto"), "{reply:?}");
    assert_eq!(pb::Receipt::decode(reply.body).unwrap().balance.unwrap().available_points, 1);
}

#[tokio::test]
async fn streams_have_their_messages_and_their_end() {
    let (_served, http) = served().await;
    // Activities come as a stream, and so do their results.
    let sent: Vec<u8> = [
        json!({"parent": "programs/qc"}),
        json!({"activities": [activity("a", "ben")["activity"]]}),
        json!({"activities": [activity("b", "ben")["activity"]]}),
    ]
    .iter()
    .flat_map(|message| enveloped(0, message.to_string().as_bytes()))
    .chain(enveloped(2, b"{}"))
    .collect();
    let streaming = http.clone().by_2().with("content-type", "application/connect+json");
    let told = streaming.ask("POST", "/goodturn.v1.Ledger/StreamActivities", sent).await;
    assert_eq!((told.status.as_u16(), told.header("content-type")), (200, "application/connect+json"));
    let messages = opened(&told.body);
    let [results @ .., (2, end)] = &messages[..] else { panic!("{messages:?}") };
    assert_eq!(end, b"{}", "{}", String::from_utf8_lossy(end));
    assert!(!results.is_empty() && results.iter().all(|(flags, _)| *flags == 0), "{messages:?}");

    // A stream that fails says so at its end, with details; its status of HTTP is 200.
    let wrong = enveloped(0, br#"{"parent": "programs/nowhere"}"#);
    let told = http
        .with("content-type", "application/connect+json")
        .ask("POST", "/goodturn.v1.Ledger/WatchEntries", wrong)
        .await;
    assert_eq!(told.status, 200);
    let messages = opened(&told.body);
    let [(2, end)] = &messages[..] else { panic!("{messages:?}") };
    let end: Value = serde_json::from_slice(end).unwrap();
    assert_eq!(end["error"]["code"], "not_found", "{end}");
    assert!(!end["error"]["details"].as_array().unwrap().is_empty(), "{end}");
}

#[tokio::test]
async fn a_time_that_is_over_is_told() {
    let (_served, http) = served().await;
    let told = http.with("connect-timeout-ms", "0").call("Ledger/RecordActivity", &activity("late", "ben")).await;
    assert_eq!((told.status.as_u16(), &told.json()["code"]), (504, &json!("deadline_exceeded")), "{told:?}");
}

#[tokio::test]
async fn health_is_asked_by_json_too() {
    let (_served, http) = served().await;
    let http = http.with("content-type", "application/json");
    let told = http.ask("POST", "/grpc.health.v1.Health/Check", "{}").await;
    assert_eq!(told.json(), json!({"status": "SERVING"}));
}

/// A GET must change nothing: the methods that allow it are those that nobody's word is needed for, and that only read.
#[test]
fn the_methods_that_may_be_a_get_only_read() {
    let pool = prost_reflect::DescriptorPool::decode(goodturn::proto::DESCRIPTORS).unwrap();
    let methods = pool.services().flat_map(|service| service.methods().collect::<Vec<_>>());
    let reads = |name: &str| {
        ["Get", "List", "BatchGet", "Explain", "Preview", "Find"].iter().any(|verb| name.starts_with(verb))
    };
    for method in methods {
        let options = method.method_descriptor_proto().options.clone().unwrap_or_default();
        let is_safe = options.idempotency_level() == prost_types::method_options::IdempotencyLevel::NoSideEffects;
        assert_eq!(is_safe, reads(method.name()) && !method.is_server_streaming(), "{}", method.full_name());
    }
}

/// Three bytes of JSON become two hundred in memory, so they are counted before they are read.
#[tokio::test]
async fn json_that_would_take_much_memory_is_refused_and_a_full_batch_is_not() {
    // INV 76
    let (_served, http) = served().await;
    let many = format!("{{\"parent\": \"programs/qc\", \"activities\": [{}{{}}]}}", "{},".repeat(1_000_000));
    let http = http.with("content-type", "application/json");
    let told = http.ask("POST", "/goodturn.v1.Ledger/BatchRecordActivities", many).await;
    let error = told.json();
    assert!(told.status == 400 && error["message"].as_str().unwrap().contains("has too many parts"), "{error}");
    let larger = format!("{{\"parent\": \"{}\"}}", "x".repeat(4 * 1024 * 1024));
    let told = http.ask("POST", "/goodturn.v1.Ledger/BatchRecordActivities", larger).await;
    assert_eq!(told.status, 400, "{told:?}");
    let attributes: serde_json::Map<_, _> =
        (0..8).map(|n| (format!("attribute-{n}"), json!({"text": "x".repeat(40)}))).collect();
    let batch: Vec<Value> = (0..1_000)
        .map(|n| {
            let mut activity = activity(&format!("b-{n}"), "ben")["activity"].take();
            activity["attributes"] = attributes.clone().into();
            activity
        })
        .collect();
    let batch = json!({"parent": "programs/qc", "activities": batch}).to_string();
    let told = http.ask("POST", "/goodturn.v1.Ledger/BatchRecordActivities", batch).await;
    assert_eq!(
        (told.status.as_u16(), told.json()["results"].as_array().map(Vec::len)),
        (200, Some(1_000)),
        "{:?}",
        told.status
    );
}

#[tokio::test]
async fn a_stream_is_refused_at_its_end_where_its_client_looks_and_grpc_is_not_by_http1() {
    let (_served, http) = served().await;
    let stream = http.clone().with("content-type", "application/connect+json").with("connect-timeout-ms", "soon");
    let told = stream.ask("POST", "/goodturn.v1.Ledger/WatchEntries", "").await;
    assert_eq!((told.status.as_u16(), told.header("content-type")), (200, "application/connect+json"));
    let [(2, end)] = &opened(&told.body)[..] else { panic!("{told:?}") };
    let end: Value = serde_json::from_slice(end).unwrap();
    assert_eq!(end["error"]["code"], "invalid_argument", "{end}");
    let by_1 = http
        .with("content-type", "application/grpc")
        .ask("POST", "/goodturn.v1.Ledger/GetBalance", enveloped(0, b""))
        .await;
    assert_eq!(by_1.status, 505);
    assert!(by_1.json()["message"].as_str().unwrap().contains("gRPC needs HTTP/2"), "{by_1:?}");
}

/// A page of the web can name a call as its script; nothing of it is told to the page.
#[tokio::test]
async fn a_script_of_a_page_calls_nothing() {
    let (_served, http) = served().await;
    let path = format!("/goodturn.v1.Ledger/GetBalance?message={}", encoded(r#"{"name":"programs/qc/members/ben"}"#));
    for (site, status) in [("cross-site", 401), ("same-site", 401), ("none", 200), ("same-origin", 200)] {
        assert_eq!(http.clone().with("sec-fetch-site", site).ask("GET", &path, "").await.status, status, "{site}");
    }
    let head = http.ask("HEAD", &path, "").await;
    assert_eq!(
        (head.status.as_u16(), head.body.len(), head.header("x-content-type-options")),
        (200, 0, "nosniff"),
        "{head:?}"
    );
}
