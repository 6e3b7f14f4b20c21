//! Ways to a PostgreSQL database: through a pooler, encrypted, and the demo over each of them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use goodturn::pb;

use crate::support::clients::{Clients, create_program, kudos, record};
use crate::support::pooler::Pooler;
use crate::support::postgres::{Cluster, give_to_postgres, shared};
use crate::support::postgres_commands::{all_refuse, contents, name};
use crate::support::process::{ServeProcess, goodturn};
use crate::support::reads::verified;

/// A pooler with fewer sessions than any server has connections.
static POOLER: LazyLock<Pooler> = LazyLock::new(|| Pooler::before(shared(), 2));

/// Runs the demo on a database, or on SQLite; returns what it printed, and its two files.
fn demo(database: Option<&str>) -> (String, [Vec<u8>; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let on: Vec<&str> = database.into_iter().flat_map(|url| ["--database", url]).collect();
    let told = goodturn(folder.path(), &[&["demo", "--output", "out"], &on[..]].concat()).done();
    let read = |file: &str| std::fs::read(folder.path().join("out").join(file)).unwrap();
    (told, ["leaderboard.csv", "statements.csv"].map(read))
}

#[test]
fn the_demo_leaves_the_same_bytes_on_postgresql_with_and_without_a_pooler_as_on_sqlite() {
    // INV 44, 51
    let direct = shared().create_database();
    let pooled = POOLER.url(name(&shared().create_database()));
    let with_password = direct.replace("postgres@", "postgres:s3cret@");
    std::thread::scope(|scope| {
        let on_sqlite = scope.spawn(|| demo(None));
        let on_postgres = scope.spawn(|| demo(Some(&with_password)));
        let through_pooler = scope.spawn(|| demo(Some(&pooled)));
        let (_, expected) = on_sqlite.join().unwrap();
        let (told, files) = on_postgres.join().unwrap();
        assert!(files == expected, "leaderboard.csv and statements.csv");
        assert!(!told.contains("s3cret") && told.contains(&direct.replace("postgres@", "postgres:***@")), "{told}");
        let (told, files) = through_pooler.join().unwrap();
        assert!(files == expected, "leaderboard.csv and statements.csv, through the pooler");
        assert!(told.contains(&pooled), "{told}");
    });
    for url in [&direct, &pooled] {
        let verified = goodturn(Path::new("/"), &["verify", "--database", url]).done();
        assert!(verified.ends_with("2 programmes verified\n"), "{verified}");
    }
}

/// The two steps of a statement must not be parted, while others ask through the same few sessions.
#[test]
fn many_verify_through_one_pooler_at_once() {
    // INV 57
    let pooled = POOLER.url(name(&shared().create_database()));
    goodturn(
        Path::new("/"),
        &["demo", "--output", tempfile::tempdir().unwrap().path().to_str().unwrap(), "--database", &pooled],
    )
    .done();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..4 {
                    goodturn(Path::new("/"), &["verify", "--database", &pooled]).done();
                }
            });
        }
    });
}

#[test]
fn a_pooler_in_transaction_mode_is_refused_until_the_url_says_so() {
    let url = POOLER.bare_url(name(&shared().create_database()));
    for _ in 0..5 {
        let told = goodturn(Path::new("/"), &["migrate", "--database", &url]).refused();
        let expected = "- it is behind a pooler that gives each transaction another session: add \
                        `statement-cache-capacity=0` to the URL, after `?` or `&`\n";
        assert!(told.ends_with(expected), "{told}");
    }
}

#[tokio::test]
async fn a_pooler_in_session_mode_needs_no_word_in_the_url() {
    let pooler = Pooler::in_mode("session", shared(), 20);
    let url = pooler.bare_url(name(&shared().create_database()));
    let server = ServeProcess::start(&url);
    let clients = Clients::connect(server.address).await;
    create_program(&clients).await;
    clients.ledger().record_activity(record(kudos("k", "ben", "2018-04-01T00:00:00Z"))).await.unwrap();
    let verified = goodturn(Path::new("/"), &["verify", "--database", &url]).done();
    assert!(verified.ends_with("1 programme verified\n"), "{verified}");
}

/// What one migration has prepared in a session that is shared must not be in the way of the next.
#[test]
fn a_migration_that_fails_leaves_nothing_behind_and_can_be_run_again() {
    let pooler = Pooler::before(shared(), 1);
    for pooled in [false, true] {
        let direct = shared().create_database();
        let database = name(&direct);
        let url = if pooled { pooler.url(database) } else { direct.clone() };
        shared().psql(database, "create function goodturn_refuse() returns int language sql as 'select 1'");
        let before = contents(database);
        let told = goodturn(Path::new("/"), &["migrate", "--database", &url]).refused();
        assert!(told.contains("it cannot be migrated: ") && told.contains("goodturn_refuse"), "{told}");
        assert_eq!(contents(database), before, "all of it or nothing");
        shared().psql(database, "drop function goodturn_refuse()");
        for _ in 0..2 {
            goodturn(Path::new("/"), &["migrate", "--database", &url]).done();
            shared().psql(database, "drop schema public cascade; create schema public");
        }
    }
}

/// Sessions change hands between any two transactions here: a statement prepared in one would be missing, or be another's.
#[tokio::test]
async fn several_servers_share_one_pooler_and_its_few_sessions() {
    // INV 3, 14, 19
    let database = name(&shared().create_database()).to_owned();
    let servers: Vec<ServeProcess> = (0..3).map(|_| ServeProcess::start(&POOLER.url(&database))).collect();
    let clients = futures::future::join_all(servers.iter().map(|server| Clients::connect(server.address))).await;
    create_program(&clients[0]).await;
    let calls = (0..300).map(|n| {
        let clients = &clients[n % 3];
        // Each is sent to two servers at once.
        let sent = kudos(&format!("k{}", n / 2), &format!("m{}", n % 7), "2018-04-01T00:00:00Z");
        let sent = pb::Activity { member_id: format!("m{}", (n / 2) % 7), ..sent };
        async move {
            let again = record(sent.clone());
            match clients.ledger().record_activity(record(sent)).await {
                Ok(receipt) => receipt.into_inner().seq,
                // Servers that keep outrunning each other may shed one; the same call again tells.
                Err(status) if status.code() == tonic::Code::Unavailable => {
                    clients.ledger().record_activity(again).await.unwrap().into_inner().seq
                }
                Err(status) => panic!("{status:?}"),
            }
        }
    });
    let mut seqs = futures::future::join_all(calls).await;
    assert!(seqs.chunks(2).all(|pair| pair[0] == pair[1]), "one id, one effect");
    seqs.sort_unstable();
    seqs.dedup();
    assert_eq!(seqs, (3..=152).collect::<Vec<i64>>());
    for clients in &clients {
        verified(clients).await;
    }
    let said = format!("{}{}", POOLER.log(), shared().log());
    assert!(!said.contains("prepared statement"), "{said}");
}

/// A certificate of its own kind: `openssl` signs it with a root, or it is one.
fn certificate(folder: &Path, subject: &str, signed_by: Option<&str>) -> PathBuf {
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]);
    openssl.args(["-subj", &format!("/CN={subject}"), "-keyout"]).arg(folder.join(format!("{subject}.key")));
    let file = folder.join(format!("{subject}.crt"));
    openssl.arg("-out").arg(&file);
    if let Some(root) = signed_by {
        openssl
            .arg("-CA")
            .arg(folder.join(format!("{root}.crt")))
            .arg("-CAkey")
            .arg(folder.join(format!("{root}.key")));
        openssl.args(["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "subjectAltName=IP:127.0.0.1"]);
    }
    let made = openssl.stdin(Stdio::null()).output().expect("openssl is installed");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    file
}

#[tokio::test]
async fn a_connection_is_encrypted_to_whom_the_root_vouches_for_and_to_nobody_else() {
    let cluster = Cluster::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let root = certificate(folder.path(), "root", None);
    let another = certificate(folder.path(), "another", None);
    certificate(folder.path(), "server", Some("root"));
    for (from, to) in [("server.crt", "data/server.crt"), ("server.key", "data/server.key")] {
        std::fs::copy(folder.path().join(from), cluster.folder().join(to)).unwrap();
        give_to_postgres(&cluster.folder().join(to));
    }
    cluster.psql("postgres", "alter system set ssl = on");
    cluster.admit(&["hostssl all all 127.0.0.1/32 trust", "host all all 127.0.0.1/32 reject"]);
    let url = cluster.create_database();
    let with = |parameters: &str| format!("{url}?{parameters}");
    let verified = |root: &Path| with(&format!("sslmode=verify-full&sslrootcert={}", root.display()));

    let server = ServeProcess::start(&verified(&root));
    let clients = Clients::connect(server.address).await;
    create_program(&clients).await;
    clients.ledger().record_activity(record(kudos("k", "ben", "2018-04-01T00:00:00Z"))).await.unwrap();
    let encrypted = "select count(*) filter (where s.ssl), count(*) filter (where not s.ssl) from pg_stat_ssl s \
                     join pg_stat_activity a using (pid) where a.application_name = 'goodturn'";
    let counts = cluster.psql("postgres", encrypted);
    let (yes, no) = counts.split_once('|').unwrap();
    assert!(yes.parse::<u32>().unwrap() > 0, "{counts}");
    assert_eq!(no, "0");
    drop(server);

    let tls = ["cannot be opened", "check `sslmode` and `sslrootcert` in the URL, and the server's certificate"];
    all_refuse(&verified(&another), &["UnknownIssuer", tls[0], tls[1]]);
    // Signed by the right root, but for another name.
    let elsewhere = verified(&root).replace("127.0.0.1", "localhost");
    all_refuse(&elsewhere, &["certificate not valid for name \"localhost\"", tls[0], tls[1]]);
    all_refuse(
        &verified(Path::new("/none.crt")),
        &["No such file", "check the paths in the URL: `host`, `sslrootcert`"],
    );
    all_refuse(
        &with("sslmode=disable"),
        &["no encryption", "correct the role's name, or `sslmode`, or let the role in"],
    );
    // Without a mode a connection is encrypted where that can be, but nobody is vouched for.
    goodturn(Path::new("/"), &["verify", "--database", &url]).done();
}
