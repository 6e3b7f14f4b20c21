//! The peer of batches: the same rows as in Goodturn's log, written again by SQL alone.
//!
//! No gRPC, no rules, no hash: the rate at which a database takes such rows on one connection, in statements of
//! Goodturn's shape.

pub(super) mod postgres;
pub(super) mod ranks;
pub(super) mod sqlite;

use std::collections::BTreeMap;

use super::awards::{ID_DIGITS, PROGRAM};
use goodturn::row;

/// Rows of one commit.
pub(super) const BATCH_ROWS: u32 = 1_000;

/// Columns of `entry` after `program_id`, in the order of the table.
macro_rules! columns {
    () => {
        "seq, format, kind, source, command, request_id, request_digest, member_id, prev_seq, from_bucket, to_bucket, amount, \
         occurred_at, local_day, recorded_at, refers_seq, rule_version, rule_id, raw_points, reason, balance_after, \
         fact, note_digest, principal, leaf_hash"
    };
}
use columns;

/// Columns of `account` after `program_id`, all of which an upsert changes.
macro_rules! account_columns {
    () => {
        "member_id, last_seq, balances, credited, credited_seq"
    };
}
use account_columns;

macro_rules! on_conflict {
    () => {
        " on conflict (program_id, member_id) do update set last_seq = excluded.last_seq, \
         balances = excluded.balances, credited = excluded.credited, credited_seq = excluded.credited_seq"
    };
}
use on_conflict;

/// The statement that reads recorded awards, latest first.
pub(super) const READ: &str = concat!(
    "select ",
    columns!(),
    " from entry where program_id = $1 and request_id is not null and member_id is not null order by seq desc limit $2"
);

row! {
    /// An entry that holds an award, as stored.
    #[derive(Debug, Clone)]
    pub(super) struct Row {
        seq: i64,
        format: i64,
        kind: i64,
        source: String,
        command: i64,
        request_id: String,
        request_digest: Vec<u8>,
        member_id: String,
        prev_seq: i64,
        from_bucket: Option<i64>,
        to_bucket: Option<i64>,
        amount: Option<i64>,
        occurred_at: i64,
        local_day: i64,
        recorded_at: i64,
        refers_seq: Option<i64>,
        rule_version: i64,
        rule_id: Option<String>,
        raw_points: i64,
        reason: Option<i64>,
        pub(super) balance_after: Vec<u8>,
        pub(super) fact: Vec<u8>,
        note_digest: Option<Vec<u8>>,
        principal: String,
        leaf_hash: Vec<u8>,
    }
}

/// An account, as stored.
#[derive(Debug, Clone)]
struct AccountRow {
    member_id: String,
    last_seq: i64,
    balances: Vec<u8>,
    credited: i64,
}

/// Rows that are written in one commit: entries, and the last account of each member among them.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    entries: Vec<Row>,
    accounts: Vec<AccountRow>,
}

/// Makes new entries of recorded ones, under the next seqs and ids.
pub(super) struct Source {
    rows: Vec<Row>,
    taken: usize,
    seq: i64,
}

impl Source {
    /// Takes rows to copy, latest first as they were read.
    pub(super) fn new(mut rows: Vec<Row>) -> Self {
        rows.reverse();
        Self { rows, taken: 0, seq: 0 }
    }

    /// Returns the next batch, of so many rows.
    pub(super) fn batch(&mut self, rows: u32) -> Batch {
        let mut entries = Vec::new();
        for _ in 0..rows {
            self.seq += 1;
            let mut row = self.rows[self.taken % self.rows.len()].clone();
            self.taken += 1;
            row.seq = self.seq;
            row.request_id = format!("{:0ID_DIGITS$}", self.seq);
            entries.push(row);
        }
        let mut accounts = BTreeMap::new();
        for row in &entries {
            let account = AccountRow {
                member_id: row.member_id.clone(),
                last_seq: row.seq,
                balances: row.balance_after.clone(),
                credited: row.raw_points.saturating_mul(row.seq),
            };
            accounts.insert(row.member_id.clone(), account);
        }
        Batch { entries, accounts: accounts.into_values().collect() }
    }

    /// Returns as many batches as hold so many rows.
    pub(super) fn batches(&mut self, rows: u64) -> Vec<Batch> {
        (0..rows.div_ceil(BATCH_ROWS.into()).max(1)).map(|_| self.batch(BATCH_ROWS)).collect()
    }
}

/// Returns the programme that the rows belong to, in any database.
fn program() -> &'static str {
    PROGRAM
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(member: &str, balance: u8) -> Row {
        Row {
            seq: 9,
            format: 1,
            kind: 3,
            source: "forum".into(),
            command: 3,
            request_id: "old".into(),
            request_digest: vec![1; 32],
            member_id: member.into(),
            prev_seq: 1,
            from_bucket: Some(0),
            to_bucket: Some(1),
            amount: Some(100),
            occurred_at: 1,
            local_day: 1,
            recorded_at: 1,
            refers_seq: None,
            rule_version: 1,
            rule_id: None,
            raw_points: 100,
            reason: None,
            balance_after: vec![balance],
            fact: vec![2],
            note_digest: None,
            principal: "forum".into(),
            leaf_hash: vec![3; 32],
        }
    }

    #[test]
    fn a_batch_has_new_names_and_each_member_once_as_after_its_last_entry() {
        // Latest first, as they are read: a's balance is 1, then 3.
        let mut source = Source::new(vec![row("a", 3), row("b", 2), row("a", 1)]);
        let first = source.batch(3);
        let second = source.batch(1);
        let ids: Vec<(i64, &str)> = first.entries.iter().map(|row| (row.seq, row.request_id.as_str())).collect();
        assert_eq!(ids, [(1, "0000000000000001"), (2, "0000000000000002"), (3, "0000000000000003")]);
        let accounts: Vec<_> =
            first.accounts.iter().map(|row| (&*row.member_id, row.last_seq, row.balances[0])).collect();
        assert_eq!(accounts, [("a", 3, 3), ("b", 2, 2)]);
        assert_eq!((second.entries[0].seq, &*second.entries[0].member_id), (4, "a"), "it goes round");
    }
}
