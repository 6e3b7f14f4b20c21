//! What a newcomer sees: the sessions of the book and the demo are what these tests saw. `GOODTURN_UPDATE=1` writes them anew.

use std::collections::{BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::ops::Range;
use std::path::Path;
use std::process::{Command, Stdio};

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
use crate::support::pages::{Page, Session, replace, sessions};
use crate::support::process::{GOODTURN, ServeProcess, of_its_own};
use crate::support::programs::{Script, as_told, file_of};
use crate::support::sources::root;

/// Where the book says the server listens.
const SHOWN: &str = "127.0.0.1:7460";

/// What no two runs print alike: from where to where.
const VOLATILE: [(&str, &str); 9] = [
    ("\"requestId\":\"", "\""),
    ("\"leafHash\": \"", "\""),
    ("\"contentDigest\": \"", "\""),
    ("\"resumeToken\": \"", "\""),
    ("\"nextPageToken\": \"", "\""),
    ("root hash  ", "\n"),
    ("\n  bytes  ", "\n"),
    ("\ntime  ", "\n"),
    ("\nlines a second  ", "\n"),
];

/// Years of runs. What the book tells happened before, or is dated far ahead.
const YEARS: Range<u32> = 2025..2099;

#[test]
fn every_session_of_the_book_prints_what_it_shows() {
    // INV 10
    let mut differ = Vec::new();
    let mut told = Vec::new();
    for session in sessions().iter().filter(|session| !session.demo) {
        let (folder, path) = newcomer();
        let database = database(&folder);
        let seen = seen(session, &folder, &path, &database, |command, output| {
            if session.name == "hello" && command.contains("activities/vote-1") {
                told.push(output.to_owned());
            }
        });
        differ.extend(difference(session, &seen));
    }
    let [first, again] = &told[..] else { panic!("{told:?}") };
    assert!(first.contains(r#""entry": "programs/hello/entries/3""#), "{first}");
    let is_of_replay = |line: &&str| line.contains("\"replay\": true") || line.contains("\"activityState\"");
    // The line before the two ends with a comma.
    let kept: Vec<&str> =
        again.lines().filter(|line| !is_of_replay(line)).map(|line| line.trim_end_matches(',')).collect();
    let count = |text: &str| text.lines().filter(is_of_replay).count();
    assert_eq!((count(first), count(again)), (0, 2), "the second says that it is a replay");
    let first: Vec<&str> = first.lines().map(|line| line.trim_end_matches(',')).collect();
    assert_eq!(first, kept, "the same receipt, to the microsecond");
    assert!(differ.is_empty(), "GOODTURN_UPDATE=1 writes these anew: {differ:#?}");
}

#[test]
fn the_demo_prints_what_the_book_shows_and_so_do_the_sessions_after_it() {
    let (made, path) = newcomer();
    let printed = shown(&made, &path, Script("target/release/goodturn demo"), str::to_owned);
    let mut differ: Vec<String> = demo_differs(&printed).into_iter().collect();
    differ.extend(excerpt_differs(&printed));
    for session in sessions().iter().filter(|session| session.demo) {
        let (folder, path) = newcomer();
        let (from, to) = (made.path().join("goodturn-demo"), folder.path().join("goodturn-demo"));
        std::fs::create_dir(&to).unwrap();
        for file in std::fs::read_dir(from).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
        let database = format!("sqlite://{}", to.join("goodturn.db").display());
        let seen = seen(session, &folder, &path, &database, |_, _| {});
        differ.extend(difference(session, &seen));
    }
    assert!(differ.is_empty(), "GOODTURN_UPDATE=1 writes these anew, but for an excerpt: {differ:#?}");
}

/// A session with what it prints now. `told` hears what each command printed.
fn seen(session: &Session, folder: &TempDir, path: &str, database: &str, mut told: impl FnMut(&str, &str)) -> String {
    let (log, keys) = (folder.path().join("server.log"), folder.path().join("payees.key"));
    std::fs::write(&keys, "5a".repeat(32)).unwrap();
    let environment = [("GOODTURN_PAYEE_KEY_FILE".into(), keys.into_os_string())];
    let server = (!session.stopped).then(|| ServeProcess::start_logging(database, &log, &environment));
    let address = server.as_ref().map_or(SHOWN.to_owned(), |server| server.address.to_string());
    session.seen(|command| {
        let script = format!("exec 2>&1; {}", command.replace(SHOWN, &address));
        let mut bash = in_folder(as_told(&script), folder, path);
        let output = bash.env("GOODTURN_SERVER", format!("http://{address}")).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        told(command, &printed);
        (printed.replace(&address, SHOWN), output.status.success())
    })
}

/// Where a session's page differs from what was seen; nothing when it was written anew.
fn difference(session: &Session, seen: &str) -> Option<String> {
    let first = first_difference(&masked(&session.text), &masked(seen))?;
    if updating() {
        session.write(&with_lines_kept(&session.text, seen));
        return None;
    }
    Some(format!("{}, {}: {first}", session.file.display(), session.name))
}

/// Keeps lines as they are shown where nothing but a time or an id of the run has changed.
fn with_lines_kept(shown: &str, seen: &str) -> String {
    let mut shown: VecDeque<&str> = shown.lines().collect();
    let mut kept = String::new();
    for line in seen.lines() {
        let same = shown.iter().position(|old| masked(old) == masked(line));
        kept += same.and_then(|at| shown.drain(..=at).next_back()).unwrap_or(line);
        kept.push('\n');
    }
    kept
}

/// The same of the whole that the demo prints.
fn demo_differs(printed: &str) -> Option<String> {
    let (page, start, end) = ("docs/demo.md", "<!-- demo -->\n", "<!-- /demo -->");
    let seen = format!("\n```text\n{printed}```\n\n");
    let text = Page::read(page).text;
    let shown = text.split_once(start).unwrap().1.split_once(end).unwrap().0;
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
    let first = first_difference(&masked(shown), &masked(&seen))?;
    if updating() {
        replace(Path::new(page), start, end, &seen);
        return None;
    }
    Some(format!("{page}: {first}"))
}

/// The README shows lines of the demo in their order, `…` where some are left out.
fn excerpt_differs(printed: &str) -> Option<String> {
    let text = Page::read("README.md").text;
    let (_, excerpt) = text.split_once("<!-- demo excerpt -->\n\n```text\n").unwrap();
    let (excerpt, _) = excerpt.split_once("```").unwrap();
    let lines = excerpt.lines().filter(|line| !line.is_empty() && *line != "…").count();
    assert_eq!(lines, 12, "lines of the excerpt");
    let mut rest = printed;
    for part in excerpt.split("…\n") {
        let Some((_, after)) = rest.split_once(part) else {
            return Some(format!("README.md: the demo does not print this, or not in this order: {part}"));
        };
        rest = after;
    }
    None
}

/// Whether pages are written rather than compared.
fn updating() -> bool {
    std::env::var_os("GOODTURN_UPDATE").is_some()
}

/// The first line in which two texts differ.
fn first_difference(shown: &str, seen: &str) -> Option<String> {
    let (mut shown, mut seen) = (shown.lines(), seen.lines());
    loop {
        match (shown.next(), seen.next()) {
            (None, None) => return None,
            (shown, seen) if shown != seen => return Some(format!("shown {shown:?}, seen {seen:?}")),
            _ => {}
        }
    }
}

/// A session without what no two runs print alike.
fn masked(text: &str) -> String {
    let text = VOLATILE.into_iter().fold(text.to_owned(), |text, (from, to)| mask(&text, from, to));
    mask_days(&mask_times(&text))
}

/// Puts `…` in place of every time of a run, as `2026-11-22T08:35:32.204922Z`.
fn mask_times(text: &str) -> String {
    let is_time = |word: &str| {
        let year = word.get(..4).and_then(|year| year.parse().ok());
        year.is_some_and(|year| YEARS.contains(&year)) && word.get(10..11) == Some("T") && word.ends_with('Z')
    };
    let words = text.split_inclusive(|c: char| c == '"' || c.is_whitespace());
    words
        .map(|word| {
            let end = word.trim_end_matches(|c: char| c == '"' || c.is_whitespace());
            if is_time(end) { format!("…{}", &word[end.len()..]) } else { word.to_owned() }
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grpcurl_lists_and_describes_everything_it_is_told_by_the_server() {
    let (folder, path) = newcomer();
    let server = TestServer::start().await;
    let address = server.running.address;
    let ask = |arguments: &str| {
        shown(&folder, &path, Script("grpcurl -plaintext"), |script| format!("{script} {address} {arguments}"))
    };
    let own = [
        "Adjustments",
        "Audit",
        "Books",
        "Choices",
        "Leaderboards",
        "Ledger",
        "Members",
        "Payments",
        "Payouts",
        "Principals",
        "Programs",
        "Till",
    ]
    .map(|name| format!("goodturn.v1.{name}\n"));
    // This grpcurl is of the time of v1alpha.
    let list = own.concat() + "grpc.health.v1.Health\ngrpc.reflection.v1alpha.ServerReflection\n";
    assert_eq!(ask("list"), list);
    let described = ask("describe goodturn.v1.Ledger.RecordActivity");
    let told = "// Records something a member did and credits what the rules give for it.\n";
    assert!(described.contains(told), "{described}");
    let rpc = "rpc RecordActivity ( .goodturn.v1.RecordActivityRequest ) returns ( .goodturn.v1.Receipt ) {
  option (.goodturn.v1.access) = { roles:ROLE_FRONTEND roles:ROLE_SHOP };
}\n";
    assert!(described.ends_with(rpc), "{described}");
    let described = ask("describe google.rpc.ErrorInfo");
    assert!(described.contains("map<string, string> metadata = 3;"), "errors can be read: {described}");
}

/// The services that a server has of its own.
const SERVICES: [&str; 12] = [
    "goodturn.v1.Adjustments",
    "goodturn.v1.Audit",
    "goodturn.v1.Choices",
    "goodturn.v1.Leaderboards",
    "goodturn.v1.Ledger",
    "goodturn.v1.Members",
    "goodturn.v1.Books",
    "goodturn.v1.Payments",
    "goodturn.v1.Payouts",
    "goodturn.v1.Principals",
    "goodturn.v1.Programs",
    "goodturn.v1.Till",
];

#[tokio::test]
async fn reflection_v1_knows_every_service_and_what_its_files_import() {
    let server = TestServer::start().await;
    let list = reflect(server.running.address, MessageRequest::ListServices(String::new())).await;
    let MessageResponse::ListServicesResponse(list) = list else { panic!("{list:?}") };
    let services: BTreeSet<_> = list.service.iter().map(|service| service.name.as_str()).collect();
    let others = ["grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"];
    assert_eq!(services, SERVICES.into_iter().chain(others).collect());

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
    for service in SERVICES.into_iter().chain([""]) {
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

/// A folder with the data and the example that the book names, in which `target/release/goodturn` is the binary under test, and a
/// search path that has this binary and grpcurl.
fn newcomer() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let at = |below: &str| folder.path().join(below);
    for below in ["target/release", "data", "examples/giffgaff"] {
        std::fs::create_dir_all(at(below)).unwrap();
    }
    std::os::unix::fs::symlink(GOODTURN, at("target/release/goodturn")).unwrap();
    for file in ["data/quantumcomputing-2018.jsonl", "examples/giffgaff/rules.toml"] {
        std::fs::copy(root().join(file), at(file)).unwrap();
    }
    let grpcurl = file_of("grpcurl");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let tools = grpcurl.parent().expect("it is in a folder").to_owned();
    let places = [at("target/release")].into_iter().chain(std::env::split_paths(&path)).chain([tools]);
    (folder, std::env::join_paths(places).unwrap().into_string().unwrap())
}

/// What a command shows on a terminal, when something has been put into it.
fn shown(folder: &TempDir, path: &str, command: Script, put: impl FnOnce(&str) -> String) -> String {
    let bash = command.bash_with(|script| format!("exec 2>&1; {}", put(script)));
    String::from_utf8(in_folder(bash, folder, path).output().unwrap().stdout).unwrap()
}

/// The same command as somebody gives it who works in that folder and has set nothing.
fn in_folder(mut bash: Command, folder: &TempDir, path: &str) -> Command {
    of_its_own(&mut bash).env_remove("GOODTURN_ADMIN_LISTEN").env_remove("GOODTURN_WAIT_FOR_DATABASE");
    bash.env("PATH", path).current_dir(folder.path()).stdin(Stdio::null());
    bash
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

/// Puts `…` in place of every day of a run, as `22 November 2026`.
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
        let dated = day
            && MONTHS.split(' ').any(|name| name == *month)
            && year.parse().is_ok_and(|year: u32| YEARS.contains(&year));
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
