//! Views for analysts: on both stores the same columns, the words of the program, and the sums that it reads itself.

mod asked;
mod expected;
mod words;

use std::collections::BTreeMap;

use self::asked::{Store, both};
use self::expected::{everything, expected};
use crate::support::pages::Page;
use crate::support::postgres::shared;

/// Every view, with its columns in order. Queries of other people rest on them: a column may be added at the end of a
/// view, and none is ever renamed, moved or taken away. A column `…_at` is a time, `…_date` a day, `money` an amount
/// in main units.
const VIEWS: [(&str, &str); 7] = [
    ("goodturn_balances", "program_id member_id bucket unit amount money last_seq"),
    (
        "goodturn_entries",
        "program_id seq kind source command request_id member_id prev_seq from_bucket to_bucket unit amount money \
         credited_points activity_kind counterparty_id payout_id occurred_at local_date recorded_at refers_seq \
         rule_version rule_id raw_points reason principal principal_type leaf_hash",
    ),
    ("goodturn_members", "program_id member_id credited_points last_seq"),
    ("goodturn_mergers", "program_id member_id into_member_id now_member_id seq recorded_at"),
    (
        "goodturn_payouts",
        "program_id payout_id created_at approved_at executed_at cancelled_at members points amount money",
    ),
    (
        "goodturn_points_by_day",
        "program_id local_date activity_kind activities added_points taken_points credited_points",
    ),
    ("goodturn_programs", "program_id currency_code minor_per_main time_zone created_at head_seq last_recorded_at"),
];

#[tokio::test]
async fn of_every_kind_of_entry_both_stores_show_what_the_program_reads() {
    let batch = everything();
    let (_folder, stores) = both(Some(&batch)).await;
    for (mut store, accounts) in stores {
        let expected = expected(&batch, &accounts);
        assert!(expected.iter().all(|rows| !rows.is_empty()), "{expected:#?}");
        for ((view, columns), expected) in VIEWS.into_iter().zip(expected) {
            assert_eq!(store.rows(view, columns).await, expected, "{view}");
        }
        // Sums of what moved are what stands there.
        let moved = "select program_id, member_id, to_bucket as bucket, unit, amount from goodturn_entries union all \
                     select program_id, member_id, from_bucket, unit, -amount from goodturn_entries";
        let sums = format!(
            "(select program_id, member_id, bucket, unit, sum(amount) as amount from ({moved}) m \
              where bucket is not null group by 1, 2, 3, 4 having sum(amount) <> 0) s"
        );
        let columns = "program_id member_id bucket unit amount";
        assert_eq!(store.rows(&sums, columns).await, store.rows("goodturn_balances", columns).await);
    }
}

/// Joins rows of a view and one of its columns, in order.
fn columns_of(rows: &[String]) -> Vec<(String, String)> {
    let mut found: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for row in rows {
        let (view, column) = row.split_once('|').unwrap();
        found.entry(view.to_owned()).or_default().push(column);
    }
    found.into_iter().map(|(view, columns)| (view, columns.join(" "))).collect()
}

#[tokio::test]
async fn views_have_the_columns_that_are_promised_and_no_others() {
    let promised = VIEWS.map(|(view, columns)| (view.to_owned(), columns.to_owned()));
    let (_folder, stores) = both(None).await;
    for (mut store, _) in stores {
        let sql = match store {
            Store::File(_) => {
                "select v.name || '|' || c.name from sqlite_schema v, pragma_table_info(v.name) c \
                 where v.type = 'view' order by v.name, c.cid"
            }
            Store::Database(_) => {
                "select c.table_name || '|' || c.column_name from information_schema.columns c \
                 join information_schema.views v using (table_schema, table_name) where v.table_schema = 'public' \
                 order by c.table_name collate \"C\", c.ordinal_position"
            }
        };
        assert_eq!(columns_of(&store.text(sql).await), promised);
    }
    // The page has a title for each view, and a table with a row for each column.
    let (page, mut view, mut documented) = (Page::read("docs/operate/analysts.md"), "", Vec::new());
    for line in page.text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            view = title;
        } else if let Some((column, _)) = line.strip_prefix("| `").and_then(|rest| rest.split_once('`')) {
            documented.push(format!("{view}|{column}"));
        }
    }
    documented.retain(|row| row.starts_with("goodturn_"));
    assert_eq!(columns_of(&documented), promised);
}

/// Returns the types that a column may have.
fn types(store: &Store, column: &str) -> &'static [&'static str] {
    match (store, column) {
        (Store::File(_), "money") => &["real"],
        (Store::File(_), _) => &["integer", "text"],
        (Store::Database(_), "money") => &["numeric"],
        (Store::Database(_), _) if column.ends_with("_at") => &["timestamp with time zone"],
        (Store::Database(_), _) if column.ends_with("_date") => &["date"],
        (Store::Database(_), _) => &["bigint", "integer", "text"],
    }
}

#[tokio::test]
async fn an_amount_is_a_number_and_a_time_a_time_and_a_day_a_day() {
    let (_folder, stores) = both(Some(&everything())).await;
    for (mut store, _) in stores {
        let typed = match store {
            Store::File(_) => "typeof",
            Store::Database(_) => "pg_typeof",
        };
        for (view, columns) in VIEWS {
            for column in columns.split(' ') {
                let sql =
                    format!("select distinct cast({typed}({column}) as text) from {view} where {column} is not null");
                let found = store.text(&sql).await;
                let types = types(&store, column);
                assert!(found.iter().all(|it| types.contains(&it.as_str())), "{view}.{column} is {found:?}");
            }
        }
    }
}

/// What an operator gives an analyst, as the page says: the role reads the views, and no secrets or texts behind them.
#[tokio::test]
async fn a_role_that_is_given_the_views_reads_them_and_nothing_else() {
    let (_folder, [_, (store, _)]) = both(Some(&everything())).await;
    let Store::Database(database) = store else { panic!("the second is PostgreSQL's") };
    let role = format!("analyst_{database}");
    let views: Vec<&str> = VIEWS.iter().map(|(view, _)| *view).collect();
    shared().psql(&database, &format!("create role {role} login"));
    let ask = |sql: &str| shared().psql_as(&role, &database, sql);
    for view in &views {
        let refused = ask(&format!("select * from {view}")).unwrap_err();
        assert!(refused.contains("permission denied for view"), "{refused}");
    }
    shared().psql(&database, &format!("grant select on {} to {role}", views.join(", ")));
    for view in &views {
        assert_ne!(ask(&format!("select count(*) from {view}")).unwrap(), "0", "{view}");
    }
    for table in ["program", "log_head", "entry", "account", "record", "note", "span", "_sqlx_migrations"] {
        let refused = ask(&format!("select count(*) from {table}")).unwrap_err();
        assert!(refused.contains("permission denied for table"), "{table}: {refused}");
    }
    // Nobody writes through a view, whatever the rights.
    for view in &views {
        for user in [role.as_str(), "postgres"] {
            let refused = shared().psql_as(user, &database, &format!("delete from {view}")).unwrap_err();
            assert!(refused.contains("cannot delete from view"), "{user}: {refused}");
        }
    }
}
