//! What a newcomer sees: the README's session and demo are what these tests saw. `GOODTURN_UPDATE=1` writes them anew.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Mutex;

use tempfile::TempDir;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use crate::support::clients::{TestServer, database};
use crate::support::community;
use crate::support::process::{GOODTURN, ServeProcess};
use crate::support::programs::{Script, file_of};

/// Where the README says the server listens.
const SHOWN: &str = "127.0.0.1:7460";

/// What somebody does who has just started a server, and why.
const SESSION: [(&str, &[Script]); 7] = [
    (
        "A programme, in which an accepted answer earns 100 points:",
        &[
            Script(
                r#"grpcurl -plaintext -d '{"program_id": "hello",
    "program": {"currency_code": "GBP", "time_zone": "Europe/London"}}' \
  127.0.0.1:7460 goodturn.v1.Programs/CreateProgram"#,
            ),
            Script(
                r#"grpcurl -plaintext -d '{"rule_set": {
    "name": "programs/hello/ruleSets/1", "in_force_from": "2024-01-01T00:00:00Z",
    "rules": [{"rule_id": "answers", "activity_kind": "answer_accepted", "points": 100}]}}' \
  127.0.0.1:7460 goodturn.v1.Programs/PublishRuleSet"#,
            ),
        ],
    ),
    ("The forum reports that Ben accepted an answer of Ada's:", &[ACCEPTED]),
    (
        "Did that arrive? The forum sends it again. It gets the first receipt, and nothing is recorded twice:",
        &[ACCEPTED],
    ),
    (
        "Ada accepts an answer of her own. That earns nothing, and is recorded with the reason:",
        &[Script(
            r#"grpcurl -plaintext -d '{"activity": {
    "name": "programs/hello/sources/forum/activities/vote-2", "kind": "answer_accepted",
    "member_id": "ada", "counterparty_id": "ada", "subject": "answer-8",
    "occurred_at": "2024-05-04T09:45:00Z"}}' \
  127.0.0.1:7460 goodturn.v1.Ledger/RecordActivity"#,
        )],
    ),
    (
        "A kind that no rule names is refused, and nothing is recorded:",
        &[Script(
            r#"grpcurl -plaintext -d '{"activity": {
    "name": "programs/hello/sources/forum/activities/vote-3", "kind": "sandwich",
    "member_id": "ada", "occurred_at": "2024-05-04T10:00:00Z"}}' \
  127.0.0.1:7460 goodturn.v1.Ledger/RecordActivity"#,
        )],
    ),
    (
        "The leaderboard:",
        &[Script(
            r#"grpcurl -plaintext -d '{"parent": "programs/hello"}' \
  127.0.0.1:7460 goodturn.v1.Leaderboards/GetLeaderboard"#,
        )],
    ),
    (
        "And everything recomputed from the log, from the folder in which the server runs:",
        &[Script("target/release/goodturn verify")],
    ),
];

const ACCEPTED: Script = Script(
    r#"grpcurl -plaintext -d '{"activity": {
    "name": "programs/hello/sources/forum/activities/vote-1", "kind": "answer_accepted",
    "member_id": "ada", "counterparty_id": "ben", "subject": "answer-7",
    "occurred_at": "2024-05-04T09:30:00Z"}}' \
  127.0.0.1:7460 goodturn.v1.Ledger/RecordActivity"#,
);

#[test]
fn the_session_of_the_readme_is_what_a_newcomer_sees() {
    // INV 10
    let (folder, path) = newcomer();
    let server = ServeProcess::start(&database(&folder));
    let mut told = Vec::new();
    let mut text = String::new();
    for (why, commands) in SESSION {
        write!(text, "{why}\n\n```console\n").unwrap();
        for command in commands {
            let output = shown(&folder, &path, *command, |script| script.replace(SHOWN, &server.address.to_string()));
            write!(text, "$ {}\n{}", command.0, output.replace(&server.address.to_string(), SHOWN)).unwrap();
            told.push(output);
        }
        text += "```\n\n";
    }
    assert!(told[2].contains(r#""entry": "programs/hello/entries/3""#), "{}", told[2]);
    assert_eq!(told[2], told[3], "the same receipt, to the microsecond");
    let masked = |text: &str| {
        let times = [r#""createdAt": ""#, r#""publishedAt": ""#, r#""recordedAt": ""#, r#""requestId":""#];
        let text = times.into_iter().fold(text.to_owned(), |text, key| mask(&text, key, "\""));
        mask(&text, "root hash  ", "\n")
    };
    check_readme("session", &text, masked);
}

/// How a community's data come in.
const IMPORT: [(&str, &[Script]); 3] = [
    (
        "A programme, and its rules:",
        &[
            Script(
                r#"grpcurl -plaintext -d '{"program_id": "qc",
    "program": {"currency_code": "GBP", "time_zone": "UTC"}}' \
  127.0.0.1:7460 goodturn.v1.Programs/CreateProgram | grep name"#,
            ),
            Script(
                r#"cat > rules.toml <<'END'
in_force_from = 2018-03-12T00:00:00Z
rules = [
  { rule_id = "answers", activity_kind = "answer_accepted", points = 100 },
  { rule_id = "kudos", activity_kind = "kudos", points = 1 },
  { rule_id = "promotions", activity_kind = "promotion", points = 500 },
]
END"#,
            ),
            Script("target/release/goodturn rules publish rules.toml --program qc | head -n 2"),
        ],
    ),
    (
        "Half a year of a real community, a line of JSON each:",
        &[
            Script("head -n 1 data/quantumcomputing-2018.jsonl"),
            Script("target/release/goodturn import --program qc --source forum data/quantumcomputing-2018.jsonl"),
        ],
    ),
    (
        "What came later, as CSV, with two lines that are wrong:",
        &[
            Script(
                "cat > september.csv <<'END'
type,id,kind,member,occurred_at,activity,reason
activity,late-1,kudos,user-26,2018-09-03T10:00:00Z,,
activity,late-2,kudo,user-26,2018-09-03T11:00:00Z,,
reversal,undo-1,,,2018-09-04T10:00:00Z,vote-1,fraud
reversal,undo-2,,,yesterday,vote-101,regret
END",
            ),
            Script(
                "target/release/goodturn import --program qc --source forum september.csv --rejects mend.csv; echo \"exit code $?\"",
            ),
            Script("cat mend.csv mend.csv.reasons"),
        ],
    ),
];

#[test]
fn the_import_of_the_readme_is_what_it_prints() {
    let (folder, path) = newcomer();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::copy(community::file(), folder.path().join("data/quantumcomputing-2018.jsonl")).unwrap();
    let server = ServeProcess::start(&database(&folder));
    let address = server.address.to_string();
    let mut text = String::new();
    for (why, commands) in IMPORT {
        write!(text, "{why}\n\n```console\n").unwrap();
        for command in commands {
            let here = |script: &str| script.replace(SHOWN, &address);
            let output = shown(&folder, &path, *command, |script| {
                format!("export GOODTURN_SERVER=http://{address}\n{}", here(script))
            });
            write!(text, "$ {}\n{}", command.0, output.replace(&address, SHOWN)).unwrap();
        }
        text += "```\n\n";
    }
    assert!(text.contains("exit code 3\n"), "{text}");
    check_readme("import", &text, |text| {
        ["\ntime ", "\nlines a second "].into_iter().fold(text.to_owned(), |text, line| mask(&text, line, "\n"))
    });
}

#[test]
fn the_demo_of_the_readme_is_what_it_prints() {
    let (folder, path) = newcomer();
    let printed = shown(&folder, &path, Script("target/release/goodturn demo"), str::to_owned);
    let text = format!("<details>\n<summary>What it prints</summary>\n\n```text\n{printed}```\n\n</details>\n");
    // A paragraph that holds a time is wrapped according to its length.
    let masked = |text: &str| {
        let paragraphs = text.split("\n\n").map(|paragraph| {
            let joined = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
            let volatile = [
                ("of a server at 127.0.0.1:", "."),
                ("It took ", " activities"),
                ("root hash ", " "),
                ("above took ", " s"),
            ];
            let masked = volatile.into_iter().fold(joined.clone(), |text, (from, to)| mask(&text, from, to));
            let masked = mask_days(&masked);
            if masked == joined { paragraph.to_owned() } else { masked }
        });
        paragraphs.collect::<Vec<_>>().join("\n\n")
    };
    check_readme("demo", &text, masked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grpcurl_lists_and_describes_everything_it_is_told_by_the_server() {
    let (folder, path) = newcomer();
    let server = TestServer::start().await;
    let address = server.running.address;
    let ask = |arguments: &str| {
        shown(&folder, &path, Script("grpcurl -plaintext"), |script| format!("{script} {address} {arguments}"))
    };
    let own = ["Adjustments", "Audit", "Leaderboards", "Ledger", "Members", "Payouts", "Programs", "Till"]
        .map(|name| format!("goodturn.v1.{name}\n"));
    // This grpcurl is of the time of v1alpha.
    let list = own.concat() + "grpc.health.v1.Health\ngrpc.reflection.v1alpha.ServerReflection\n";
    assert_eq!(ask("list"), list);
    let described = ask("describe goodturn.v1.Ledger.RecordActivity");
    let told = "// Records something a member did and credits what the rules give for it.\n";
    assert!(described.contains(told), "{described}");
    let rpc = "rpc RecordActivity ( .goodturn.v1.RecordActivityRequest ) returns ( .goodturn.v1.Receipt );\n";
    assert!(described.ends_with(rpc), "{described}");
    let described = ask("describe google.rpc.ErrorInfo");
    assert!(described.contains("map<string, string> metadata = 3;"), "errors can be read: {described}");
}

#[tokio::test]
async fn reflection_v1_knows_every_service_and_what_its_files_import() {
    let server = TestServer::start().await;
    let list = reflect(server.running.address, MessageRequest::ListServices(String::new())).await;
    let MessageResponse::ListServicesResponse(list) = list else { panic!("{list:?}") };
    let services: BTreeSet<_> = list.service.iter().map(|service| service.name.as_str()).collect();
    let expected = [
        "goodturn.v1.Adjustments",
        "goodturn.v1.Audit",
        "goodturn.v1.Leaderboards",
        "goodturn.v1.Ledger",
        "goodturn.v1.Members",
        "goodturn.v1.Payouts",
        "goodturn.v1.Programs",
        "goodturn.v1.Till",
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
    ];
    assert_eq!(services, BTreeSet::from(expected));

    let mut asked = BTreeSet::new();
    let mut files = vec!["goodturn/v1/ledger.proto".to_owned(), "goodturn/v1/payouts.proto".to_owned()];
    while let Some(name) = files.pop() {
        if asked.insert(name.clone()) {
            let file = reflect(server.running.address, MessageRequest::FileByFilename(name.clone())).await;
            let MessageResponse::FileDescriptorResponse(file) = file else { panic!("{name}: {file:?}") };
            for bytes in file.file_descriptor_proto {
                let file: prost_types::FileDescriptorProto = prost::Message::decode(&*bytes).unwrap();
                files.extend(file.dependency);
            }
        }
    }
    assert!(asked.contains("google/rpc/status.proto") && asked.contains("google/type/money.proto"), "{asked:?}");
}

#[tokio::test]
async fn every_service_is_healthy() {
    let server = TestServer::start().await;
    let mut health = HealthClient::new(connect(server.running.address).await);
    for service in [
        "",
        "goodturn.v1.Adjustments",
        "goodturn.v1.Audit",
        "goodturn.v1.Leaderboards",
        "goodturn.v1.Ledger",
        "goodturn.v1.Payouts",
        "goodturn.v1.Programs",
        "goodturn.v1.Till",
    ] {
        let answer = health.check(HealthCheckRequest { service: service.into() }).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service}");
    }
    let unknown = health.check(HealthCheckRequest { service: "goodturn.v1.Nothing".into() }).await.unwrap_err();
    assert_eq!(unknown.code(), tonic::Code::NotFound);
}

async fn connect(address: SocketAddr) -> Channel {
    Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap()
}

async fn reflect(address: SocketAddr, question: MessageRequest) -> MessageResponse {
    let mut client = ServerReflectionClient::new(connect(address).await);
    let request = ServerReflectionRequest { host: String::new(), message_request: Some(question) };
    let mut answers = client.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
    answers.message().await.unwrap().unwrap().message_response.unwrap()
}

/// A folder in which `target/release/goodturn` is the binary under test, and a search path that has grpcurl.
fn newcomer() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let release = folder.path().join("target/release");
    std::fs::create_dir_all(&release).unwrap();
    std::os::unix::fs::symlink(GOODTURN, release.join("goodturn")).unwrap();
    let grpcurl = file_of("grpcurl");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain([grpcurl.parent().expect("it is in a folder").to_owned()]);
    (folder, std::env::join_paths(places).unwrap().into_string().unwrap())
}

/// What a command shows on a terminal, when something has been put into it.
fn shown(folder: &TempDir, path: &str, command: Script, put: impl FnOnce(&str) -> String) -> String {
    let mut bash = command.bash_with(|script| format!("exec 2>&1; {}", put(script)));
    bash.env_remove("GOODTURN_DATABASE").env_remove("GOODTURN_LISTEN").env("PATH", path);
    bash.current_dir(folder.path()).stdin(Stdio::null());
    String::from_utf8(bash.output().unwrap().stdout).unwrap()
}

/// Puts `…` in place of whatever stands between `from` and `to`, wherever it does.
fn mask(text: &str, from: &str, to: &str) -> String {
    let mut parts = text.split(from);
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(to).unwrap_or(part.len());
        masked.extend([from, "…", &part[end..]]);
    }
    masked
}

/// Puts `…` in place of every day after the year of the demo's data, as `22 November 2026`: the day on which it runs.
fn mask_days(text: &str) -> String {
    const MONTHS: &str = "January February March April May June July August September October November December";
    let words: Vec<&str> = text.split(' ').collect();
    let is_day = |at: usize| {
        let (Some(day), Some(month), Some(year)) = (words.get(at), words.get(at + 1), words.get(at + 2)) else {
            return None;
        };
        let ends = year.find(|c: char| !c.is_ascii_digit()).unwrap_or(year.len());
        let (year, rest) = year.split_at(ends);
        let day = day.parse().is_ok_and(|day: u32| (1..=31).contains(&day));
        let dated =
            day && MONTHS.split(' ').any(|name| name == *month) && year.parse().is_ok_and(|year: u32| year > 2018);
        dated.then_some(rest)
    };
    let mut masked = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let day = is_day(at);
        masked.push(day.map_or_else(|| words[at].to_owned(), |rest| format!("…{rest}")));
        at += if day.is_some() { 3 } else { 1 };
    }
    masked.join(" ")
}

#[test]
fn a_day_of_a_run_is_masked_and_a_day_of_the_data_is_not() {
    let told = "On 29 February 2028, 11 points until 1 March 2028 at the latest. On 28 August 2018 you earned 2,027";
    assert_eq!(mask_days(told), "On …, 11 points until … at the latest. On 28 August 2018 you earned 2,027");
}

/// Compares what was seen with what the README shows between its markers, or writes it there.
fn check_readme(block: &str, seen: &str, masked: impl Fn(&str) -> String) {
    static README: Mutex<()> = Mutex::new(());
    let one_at_a_time = README.lock().unwrap();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let text = std::fs::read_to_string(file).unwrap();
    let (start, end) = (format!("<!-- {block} -->\n"), format!("<!-- /{block} -->\n"));
    let (before, rest) = text.split_once(&start).expect("the README has the marker");
    let (shown, after) = rest.split_once(&end).expect("the README has the end marker");
    if std::env::var_os("GOODTURN_UPDATE").is_some() {
        std::fs::write(file, format!("{before}{start}\n{}\n\n{end}{after}", seen.trim())).unwrap();
        return;
    }
    drop(one_at_a_time);
    let (shown, seen) = (masked(shown.trim()), masked(seen.trim()));
    if shown != seen {
        let lines = |line: usize| (shown.lines().nth(line), seen.lines().nth(line));
        let longer = shown.lines().count().max(seen.lines().count());
        let first = (0..longer).map(lines).find(|(shown, seen)| shown != seen);
        panic!(
            "the README's {block} and what was seen differ; GOODTURN_UPDATE=1 writes it anew. First here: {first:#?}"
        );
    }
}
