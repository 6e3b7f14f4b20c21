//! The life of a server as a process: its files, its start, and what systemd is told.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::time::Duration;

use goodturn::app::start;
use tonic_health::pb::health_check_response::ServingStatus::Serving;

use crate::support::clients::{Clients, create_program, database, kudos, on_free_port, record};
use crate::support::operated::{Operated, get};
use crate::support::pooler::Pooler;
use crate::support::postgres::{Cluster, free_port, wait_until};
use crate::support::process::{EVERY_LINE, GOODTURN, goodturn, kill, of_its_own};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_and_the_files_beside_it_are_their_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let operated = Operated::start(&database(&folder), folder.path(), &[]);
    create_program(&Clients::connect(operated.server.address).await).await;
    let modes = || {
        let files = std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap);
        let files = files.filter(|file| file.file_name().to_string_lossy().starts_with("goodturn.db"));
        let mut modes: Vec<_> =
            files.map(|file| (file.file_name(), file.metadata().unwrap().permissions().mode() & 0o777)).collect();
        modes.sort();
        modes
    };
    let own = ["goodturn.db", "goodturn.db-shm", "goodturn.db-wal"].map(|name| (name.into(), 0o600));
    assert_eq!(modes(), own);
    assert!(operated.server.terminate().success());
    // One that others can read is told of.
    let file = folder.path().join("goodturn.db");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let operated = Operated::start(&database(&folder), folder.path(), &[]);
    let [line] = &operated.until_lines("chmod 600", 1)[..] else { panic!("one line: {}", operated.log()) };
    assert_eq!((&line["level"], &line["fields"]["mode"]), (&"WARN".into(), &"644".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_behind_a_link_to_nothing_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = folder.path().join("elsewhere.db");
    std::os::unix::fs::symlink(&elsewhere, folder.path().join("goodturn.db")).unwrap();
    let operated = Operated::start(&database(&folder), folder.path(), &[]);
    create_program(&Clients::connect(operated.server.address).await).await;
    assert_eq!(std::fs::metadata(&elsewhere).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(operated.lines("chmod 600").len(), 0, "{}", operated.log());
}

#[tokio::test]
async fn no_database_is_left_behind_where_the_port_is_taken() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let running = start(&on_free_port(database(&folder))).await.unwrap();
    let taken = running.address.to_string();
    let refused = goodturn(other.path(), &["serve", "--listen", &taken]).refused();
    assert!(refused.contains(&format!("cannot listen on {taken}: is another server running there?")), "{refused}");
    assert_eq!(std::fs::read_dir(other.path()).unwrap().count(), 0);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_waits_for_a_database_that_is_not_up_yet() {
    let (cluster, folder) = (Cluster::start(&[]), tempfile::tempdir().unwrap());
    let url = cluster.create_database();
    cluster.stop();
    let log = folder.path().join("log");
    let admin = free_port();
    let mut command = Command::new(GOODTURN);
    of_its_own(&mut command).args(["serve", "--listen", "127.0.0.1:0", "--database", &url]);
    command.args(["--wait-for-database", "60", "--admin-listen", &format!("127.0.0.1:{admin}")]);
    let mut server = command.stdout(Stdio::null()).stderr(std::fs::File::create(&log).unwrap()).spawn().unwrap();
    let told = || std::fs::read_to_string(&log).unwrap();
    wait_until("it says that it waits", || told().contains("waiting for the database"));
    let address = ([127, 0, 0, 1], admin).into();
    let ready = get(address, "/readyz");
    assert_eq!((ready.status, ready.body.as_str()), (503, "starting: the store is being opened\n"));
    assert_eq!(get(address, "/healthz").status, 200);
    cluster.start_again();
    wait_until("it serves", || get(address, "/readyz").status == 200);
    assert!(kill(server.id(), "-TERM"));
    assert!(server.wait().unwrap().success());
}

#[test]
fn a_server_that_waits_ends_at_once_when_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let url = format!("postgres://nobody@127.0.0.1:{}/none", free_port());
    let mut command = Command::new(GOODTURN);
    of_its_own(&mut command).args([
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--database",
        &url,
        "--wait-for-database",
        "60",
    ]);
    let mut server = command.stdout(Stdio::null()).stderr(std::fs::File::create(&log).unwrap()).spawn().unwrap();
    let told = || std::fs::read_to_string(&log).unwrap();
    wait_until("it says that it waits", || told().contains("waiting for the database"));
    let watch = goodturn::ledger::clock::Stopwatch::start();
    assert!(kill(server.id(), "-TERM"));
    assert!(server.wait().unwrap().success());
    assert!(watch.elapsed() < Duration::from_secs(30), "{:?}", watch.elapsed());
}

#[test]
fn a_server_gives_up_waiting_when_its_time_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let watch = goodturn::ledger::clock::Stopwatch::start();
    let url = format!("postgres://nobody@127.0.0.1:{}/none", free_port());
    let refused = goodturn(folder.path(), &["serve", "--database", &url, "--wait-for-database", "2"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("Connection refused") && refused.stderr.contains("check host and port"),
        "{}",
        refused.stderr
    );
    assert!((2..20).contains(&watch.elapsed().as_secs()), "{:?}", watch.elapsed());
}

/// A pooler answers while its database does not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_waits_for_a_database_behind_a_pooler() {
    let (cluster, folder) = (Cluster::start(&[]), tempfile::tempdir().unwrap());
    let (pooler, url) = (Pooler::before(&cluster, 4), cluster.create_database());
    let url = pooler.url(url.rsplit('/').next().unwrap());
    let operated = Operated::start(&url, folder.path(), &[]);
    operated.until(Serving, Duration::from_secs(30)).await;
    cluster.stop();
    assert!(operated.server.terminate().success());
    let watch = goodturn::ledger::clock::Stopwatch::start();
    let refused = goodturn(folder.path(), &["serve", "--database", &url, "--wait-for-database", "8"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert!(watch.elapsed() >= Duration::from_secs(8), "{:?}: {}", watch.elapsed(), refused.stderr);
    cluster.start_again();
    let operated = Operated::start(&url, folder.path(), &[]);
    operated.until(Serving, Duration::from_secs(30)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn systemd_is_told_when_the_server_is_ready_reloads_and_stops() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("notify");
    let told = UnixDatagram::bind(&socket).unwrap();
    told.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let next = || {
        let mut buffer = [0; 512];
        let length = told.recv(&mut buffer).expect("systemd is told");
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    let operated = Operated::start(&database(&folder), folder.path(), &[("NOTIFY_SOCKET", socket.to_str().unwrap())]);
    assert_eq!(next(), "READY=1\n");
    operated.until(Serving, Duration::from_secs(30)).await;
    assert!(kill(operated.server.id(), "-HUP"));
    let reloading = next();
    assert!(reloading.starts_with("RELOADING=1\nMONOTONIC_USEC="), "{reloading}");
    assert_eq!(next(), "READY=1\nSTATUS=serving\n");
    assert!(kill(operated.server.id(), "-TERM"));
    assert_eq!(next(), "STOPPING=1\n");
}

/// Whoever reads the log has stopped: calls are answered, and the server ends when it is told to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_nobody_reads_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(GOODTURN);
    of_its_own(&mut command).args(["serve", "--listen", "127.0.0.1:0", "--log", EVERY_LINE]);
    command.args(["--database", &database(&folder)]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut server = command.spawn().unwrap();
    let mut first = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(server.stdout.take().unwrap()), &mut first).unwrap();
    let address = first.split("listening on ").nth(1).and_then(|rest| rest.split(',').next()).unwrap();
    let clients = Clients::connect(address.parse().unwrap()).await;
    create_program(&clients).await;
    // At this level a call takes some kilobytes of lines, and a pipe holds 64.
    for number in 0..300 {
        let award = record(kudos(&format!("a{number}"), "ben", "2018-04-01T00:00:00Z"));
        let answered = tokio::time::timeout(Duration::from_secs(30), clients.ledger().record_activity(award)).await;
        answered.expect("nobody waits for whoever reads the log").unwrap();
    }
    assert!(kill(server.id(), "-TERM"));
    let ended = tokio::task::spawn_blocking(move || {
        // Nobody reads it until the end, either.
        let status = server.wait().unwrap();
        drop(server.stderr.take());
        status
    });
    let ended = tokio::time::timeout(Duration::from_mins(1), ended).await.expect("it ends").unwrap();
    assert!(ended.success(), "{ended:?}");
}
