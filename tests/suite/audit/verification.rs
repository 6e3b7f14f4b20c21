//! Verification: whatever is changed in the store is found, and named.

use goodturn::audit::{Report, verify};
use goodturn::ledger::clock::{Clock as _, SystemClock};
use goodturn::log::sqlite::SqliteLog;
use goodturn::log::{Log as _, Purpose};
use goodturn::pb;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tempfile::TempDir;
use tonic::Code;

use crate::support::clients::{Clients, TestServer, accepted, activity, database, kudos, pounds, reason, record};
use crate::support::intruder::{intruder, run};
use crate::support::reversals::fraud;
use crate::support::sample::program;
use crate::support::till::{capture, hold, redemption, redemption_name, refund};

/// A database with every kind of entry in it: credits, a decline, notes, reversals with a write-off, a payout, another one
/// that a reversal has reduced.
async fn eventful() -> TempDir {
    let TestServer { clients, running, folder } = TestServer::with_program().await;
    let ledger = || clients.ledger();
    for n in 0..6 {
        let member = ["ben", "cleo", "dora"][n % 3];
        ledger().record_activity(record(accepted(&format!("a{n}"), member, "2018-04-01T10:00:00Z"))).await.unwrap();
    }
    let mut noted = kudos("k1", "ben", "2018-04-02T10:00:00Z");
    let attribute = pb::AttributeValue { value: Some(pb::attribute_value::Value::Text("mobile".into())) };
    noted.attributes.insert("channel".into(), attribute);
    ledger().record_activity(record(noted)).await.unwrap();
    let own = pb::Activity {
        counterparty_id: "ben".into(),
        ..activity("own", "answer_accepted", "ben", "2018-04-03T00:00:00Z")
    };
    ledger().record_activity(record(own)).await.unwrap();
    crate::support::payouts::pay_out(&clients, "h1", pounds(10_000)).await;
    ledger().reverse_activity(fraud("a0", "r0")).await.unwrap();
    for activity in ["b0", "b1"] {
        ledger().record_activity(record(accepted(activity, "cleo", "2018-04-01T10:00:00Z"))).await.unwrap();
    }
    crate::support::payouts::declare_and_approve(&clients, "h2", pounds(10_000)).await;
    let second = crate::support::payouts::create(crate::support::payouts::payout("h2"));
    clients.by("anna").payouts().create_payout(second).await.unwrap();
    ledger().reverse_activity(fraud("b0", "r1")).await.unwrap();
    spend(&clients).await;
    drop(clients);
    running.stop().await.unwrap();
    folder
}

/// A hold that is captured in part, one that stands, a redemption of which something is given back.
async fn spend(clients: &Clients) {
    let soon = SystemClock.now().plus(3_600_000_000).to_rfc3339();
    clients.ledger().record_activity(record(accepted("c0", "dora", "2018-04-01T10:00:00Z"))).await.unwrap();
    for (id, points) in [("h1", 20), ("h2", 10)] {
        clients.till().create_hold(hold(id, "dora", points, &soon)).await.unwrap();
    }
    clients.till().capture_hold(capture("h1", 15)).await.unwrap();
    clients.till().redeem_points(redemption("r1", "dora", 30)).await.unwrap();
    clients.till().refund_redemption(refund(redemption_name("r1"), "f1", 5)).await.unwrap();
}

async fn checked(folder: &TempDir) -> Report {
    let log = SqliteLog::open(&database(folder), Purpose::Read).await.unwrap();
    let report = verify(&log, &program(), |_| ()).await.unwrap().unwrap();
    log.close().await;
    report
}

#[tokio::test]
async fn an_eventful_programme_verifies() {
    // INV 30, 46, 54, 57
    let folder = eventful().await;
    let report = checked(&folder).await;
    assert_eq!(report.findings, []);
    assert_eq!((report.members, report.payouts), (3, 1));
    assert_eq!(report.entries, report.head_seq.get());
}

/// One value in the store, as SQL literals.
struct Cell {
    table: &'static str,
    /// Which row.
    row: String,
    column: String,
    value: String,
    /// What an empty cell is filled with.
    filling: &'static str,
}

impl Cell {
    /// Another value of the same type, in one bit or one character.
    fn changed(&self) -> String {
        if self.value == "NULL" {
            return self.filling.into();
        }
        if let Some(digits) = self.value.strip_prefix("X'") {
            let mut digits: Vec<char> = digits.trim_end_matches('\'').chars().collect();
            let Some(last) = digits.last_mut() else { return "x'00'".into() };
            *last = char::from_digit(last.to_digit(16).unwrap() ^ 1, 16).unwrap();
            format!("x'{}'", digits.iter().collect::<String>())
        } else if let Some(text) = self.value.strip_prefix('\'') {
            let text = text.trim_end_matches('\'');
            let (head, last) = text.split_at(text.len() - 1);
            format!("'{head}{}'", if last == "x" { "y" } else { "x" })
        } else {
            (self.value.parse::<i64>().unwrap() ^ 1).to_string()
        }
    }

    async fn set(&self, connection: &mut SqliteConnection, row: &str, value: &str) -> bool {
        let sql = format!("update {} set {} = {value} where {row}", self.table, self.column);
        sqlx::query(AssertSqlSafe(sql)).execute(connection).await.is_ok_and(|done| done.rows_affected() == 1)
    }
}

/// Every cell, empty ones too, but for the programme's id, whose change takes the row elsewhere.
async fn cells(connection: &mut SqliteConnection) -> Vec<Cell> {
    let tables = [
        ("entry", "seq"),
        ("account", "member_id"),
        ("record", "key"),
        ("note", "seq"),
        ("log_head", "program_id"),
        ("program", "program_id"),
    ];
    let mut cells = Vec::new();
    for (table, key) in tables {
        let columns: Vec<(String, String)> =
            sqlx::query_as("select name, type from pragma_table_info($1) where name <> 'program_id'")
                .bind(table)
                .fetch_all(&mut *connection)
                .await
                .unwrap();
        for (column, kind) in columns {
            let filling = match kind.as_str() {
                "INTEGER" => "1",
                "TEXT" => "'x'",
                _ => "x'00'",
            };
            let sql = format!("select quote({key}), quote({column}) from {table}");
            let values: Vec<(String, String)> =
                sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut *connection).await.unwrap();
            cells.extend(values.into_iter().map(|(id, value)| {
                let (row, column) = (format!("{key} = {id}"), column.clone());
                Cell { table, row, column, value, filling }
            }));
        }
    }
    cells
}

#[tokio::test]
async fn any_changed_cell_is_found() {
    // INV 57
    let folder = eventful().await;
    let mut connection = intruder(&database(&folder)).await;
    let (mut changed, mut refused) = (0, 0);
    for cell in cells(&mut connection).await {
        // The stored epoch counts fences too: a higher one than the entries give is no lie.
        if (cell.table, cell.column.as_str()) == ("log_head", "epoch") {
            continue;
        }
        let other = cell.changed();
        if !cell.set(&mut connection, &cell.row, &other).await {
            refused += 1; // By the schema: a code without its partner, a seq that is taken.
            continue;
        }
        changed += 1;
        let what = format!("{} of {} where {} to {other}", cell.column, cell.table, cell.row);
        let report = checked(&folder).await;
        assert!(!report.findings.is_empty(), "not found: {what}");
        if cell.table == "entry" && cell.column != "seq" {
            assert_eq!(format!("seq = {}", report.findings[0].seq), cell.row, "{what}: {:?}", report.findings[0]);
        }
        let row = if cell.row.starts_with(&format!("{} =", cell.column)) {
            format!("{} = {other}", cell.column)
        } else {
            cell.row.clone()
        };
        assert!(cell.set(&mut connection, &row, &cell.value).await, "not put back: {what}");
    }
    assert!(changed > 900 && refused < 80, "{changed} cells changed, {refused} refused");
    assert_eq!(checked(&folder).await.findings, [], "everything was put back");
}

#[tokio::test]
async fn a_removed_moved_swapped_or_inserted_entry_is_found() {
    // INV 57
    let copy = "insert into entry select program_id, (select max(seq) + 1 from entry), format, kind, source, command, \
                null, null, member_id, prev_seq, from_bucket, to_bucket, amount, occurred_at, local_day, recorded_at, \
                refers_seq, rule_version, rule_id, raw_points, reason, balance_after, fact, note_digest, principal, \
                leaf_hash from entry where seq = 3";
    let tamperings: [(&str, &[&str], i64); 6] = [
        ("an entry removed", &["delete from entry where seq = 5"], 5),
        ("the last entry removed", &["delete from entry where seq = (select max(seq) from entry)"], 0),
        (
            "two entries swapped",
            &[
                "update entry set seq = -1 where seq = 3",
                "update entry set seq = 3 where seq = 4",
                "update entry set seq = 4 where seq = -1",
            ],
            3,
        ),
        ("an entry inserted", &[copy], 0),
        ("an account removed", &["delete from account where member_id = 'ben'"], 0),
        ("a record removed", &["delete from record where key = 'payout/h1'"], 0),
    ];
    for (what, statements, seq) in tamperings {
        let folder = eventful().await;
        let mut connection = intruder(&database(&folder)).await;
        run(&mut connection, "pragma ignore_check_constraints = on".into()).await;
        for statement in statements {
            run(&mut connection, (*statement).into()).await;
        }
        connection.close().await.unwrap();
        let report = checked(&folder).await;
        assert!(!report.findings.is_empty(), "{what} was not found");
        if seq > 0 {
            assert_eq!(report.findings[0].seq.get(), seq, "{what}: {:?}", report.findings);
        }
    }
}

#[tokio::test]
async fn no_statement_changes_an_entry_while_the_triggers_stand() {
    // INV 59
    let folder = eventful().await;
    let options: SqliteConnectOptions = database(&folder).parse().unwrap();
    // A stranger's connection: no recursive triggers, no foreign keys.
    let mut connection = options.foreign_keys(false).connect().await.unwrap();
    let columns: Vec<String> =
        sqlx::query_scalar("select name from pragma_table_info('entry')").fetch_all(&mut connection).await.unwrap();
    let all = columns.join(", ");
    let renumbered = all.replacen("seq", "seq + 1000", 1);
    let mut statements = vec![
        "delete from entry".to_owned(),
        format!("insert or replace into entry ({all}) select {all} from entry where seq = 3"),
        format!("replace into entry ({all}) select {all} from entry where seq = 3"),
        // A new seq with a recorded name would delete the entry that has it.
        format!("insert or replace into entry ({all}) select {renumbered} from entry where seq = 3"),
        format!(
            "insert into entry ({all}) select {all} from entry where seq = 3 \
                 on conflict (program_id, seq) do update set principal = 'mallory'"
        ),
        "update log_head set head_seq = 1".into(),
        "update log_head set epoch = 0".into(),
        "update log_head set format = 0".into(),
        "delete from log_head".into(),
        "insert or replace into log_head select * from log_head".into(),
        "update program set secret = zeroblob(32)".into(),
        "delete from program".into(),
        "insert or replace into program select program_id, zeroblob(32) from program".into(),
    ];
    for conflict in ["", "or replace", "or ignore", "or fail", "or rollback"] {
        statements.extend(columns.iter().map(|column| format!("update {conflict} entry set {column} = {column}")));
    }
    for sql in &statements {
        let refused = sqlx::query(AssertSqlSafe(sql.clone())).execute(&mut connection).await;
        assert!(refused.is_err(), "not refused: {sql}");
    }
    assert!(statements.len() > 130);
    connection.close().await.unwrap();
    assert_eq!(checked(&folder).await.findings, []);
}

#[tokio::test]
async fn a_log_of_a_newer_format_is_refused() {
    let folder = eventful().await;
    let mut connection = intruder(&database(&folder)).await;
    run(&mut connection, "update log_head set format = 2".into()).await;
    connection.close().await.unwrap();
    let server = TestServer::on(folder).await;
    let error =
        server.clients.ledger().record_activity(record(kudos("n", "ben", "2018-06-01T00:00:00Z"))).await.unwrap_err();
    assert_eq!((error.code(), reason(&error).as_str()), (Code::FailedPrecondition, "ERROR_REASON_NEWER_FORMAT"));
    assert!(error.message().contains("use the version that wrote it"), "{}", error.message());
}

#[tokio::test]
async fn a_corrupt_row_is_an_error_that_blames_the_store_not_the_caller() {
    let folder = eventful().await;
    let mut connection = intruder(&database(&folder)).await;
    run(&mut connection, "update account set balances = x'ff' where member_id = 'ben'".into()).await;
    connection.close().await.unwrap();
    let server = TestServer::on(folder).await;
    let error =
        server.clients.ledger().record_activity(record(kudos("n", "ben", "2018-06-01T00:00:00Z"))).await.unwrap_err();
    assert_eq!((error.code(), reason(&error).as_str()), (Code::DataLoss, "ERROR_REASON_STORE_CORRUPT"));
    server.clients.ledger().record_activity(record(kudos("n", "cleo", "2018-06-01T00:00:00Z"))).await.unwrap();
}
