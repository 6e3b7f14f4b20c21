//! Rows as a database stores them, and back again: the same for every engine. The error for a corrupt row names its
//! table, column and key.

use std::collections::BTreeSet;
use std::fmt::Display;

use borsh::BorshDeserialize;

use super::columns::row;
use super::{LogError, StoredRecord};
use crate::domain::decide::seal::Head;
use crate::domain::entry::Entry;
use crate::domain::entry::commands::CommandKind;
use crate::domain::entry::format::Format;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::entry::name::{CommandName, Request};
use crate::domain::state::account::Account;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::value::amount::{Amount, Move};
use crate::domain::value::balances::Balances;
use crate::domain::value::bucket::Bucket;
use crate::domain::value::encoding::{Note, Secret, decode, encode};
use crate::domain::value::ids::{MemberId, ProgramId, RequestId, RuleId, SourceId};
use crate::domain::value::principal::PrincipalId;
use crate::domain::value::reason::Reason;
use crate::domain::value::seq::Seq;
use crate::domain::value::time::{Day, Micros};
use crate::domain::value::version::NewerVersion;
use crate::failpoints::newest_format;

/// Columns of `entry` after `program_id`, in the order of the table.
macro_rules! entry_columns {
    () => {
        "seq, format, kind, source, command, request_id, request_digest, member_id, prev_seq, from_bucket, to_bucket, amount, \
         occurred_at, local_day, recorded_at, refers_seq, rule_version, rule_id, raw_points, reason, balance_after, \
         fact, note_digest, principal, leaf_hash"
    };
}
pub(super) use entry_columns;

/// Columns of `account` after `program_id`.
macro_rules! account_columns {
    () => {
        "member_id, last_seq, balances, credited, credited_seq"
    };
}
pub(super) use account_columns;

/// What becomes of an account that exists.
macro_rules! replace_account {
    () => {
        " on conflict (program_id, member_id) do update set last_seq = excluded.last_seq, balances = excluded.balances, \
         credited = excluded.credited, credited_seq = excluded.credited_seq"
    };
}
pub(super) use replace_account;

/// Columns of `record` after `program_id`.
macro_rules! record_columns {
    () => {
        "key, seq, due_at, state"
    };
}
pub(super) use record_columns;

/// What becomes of a record that exists.
macro_rules! replace_record {
    () => {
        " on conflict (program_id, key) do update set seq = excluded.seq, due_at = excluded.due_at, state = excluded.state"
    };
}
pub(super) use replace_record;

row! {
    /// An entry as stored.
    #[derive(Debug)]
    pub(super) struct EntryRow {
        pub(super) seq: i64,
        pub(super) format: i64,
        pub(super) kind: i64,
        pub(super) source: String,
        pub(super) command: i64,
        pub(super) request_id: Option<String>,
        pub(super) request_digest: Option<Vec<u8>>,
        pub(super) member_id: Option<String>,
        pub(super) prev_seq: i64,
        pub(super) from_bucket: Option<i64>,
        pub(super) to_bucket: Option<i64>,
        pub(super) amount: Option<i64>,
        pub(super) occurred_at: i64,
        pub(super) local_day: i64,
        pub(super) recorded_at: i64,
        pub(super) refers_seq: Option<i64>,
        pub(super) rule_version: i64,
        pub(super) rule_id: Option<String>,
        pub(super) raw_points: i64,
        pub(super) reason: Option<i64>,
        pub(super) balance_after: Vec<u8>,
        pub(super) fact: Vec<u8>,
        pub(super) note_digest: Option<Vec<u8>>,
        pub(super) principal: String,
        pub(super) leaf_hash: Vec<u8>,
    }
}

/// The place of a value that is not valid.
pub(super) struct At {
    pub(super) table: &'static str,
    pub(super) row: String,
}

impl At {
    fn corrupt(&self, column: &'static str, problem: impl Display) -> LogError {
        LogError::Corrupt { table: self.table, column, row: self.row.clone(), problem: problem.to_string() }
    }

    pub(super) fn some<T>(&self, column: &'static str, value: Option<T>) -> Result<T, LogError> {
        value.ok_or_else(|| self.corrupt(column, "out of range"))
    }

    fn parsed<T, E: Display>(&self, column: &'static str, value: Result<T, E>) -> Result<T, LogError> {
        value.map_err(|why| self.corrupt(column, why))
    }

    fn decoded<T: BorshDeserialize>(&self, column: &'static str, bytes: &[u8]) -> Result<T, LogError> {
        self.parsed(column, decode(bytes))
    }

    /// Reads a format. A format newer than this program knows is no fault of the store.
    fn format(&self, number: i64) -> Result<Format, LogError> {
        let known = newest_format();
        if number > known.number() {
            let of = format!("{} of {}", self.table, self.row);
            return Err(LogError::NewerFormat { of, found: number, known: known.number() });
        }
        self.some("format", Format::new(number, known))
    }

    fn code<T>(&self, column: &'static str, number: i64, find: fn(u8) -> Option<T>) -> Result<T, LogError> {
        self.some(column, u8::try_from(number).ok().and_then(find))
    }

    pub(super) fn hash<const N: usize>(&self, column: &'static str, bytes: &[u8]) -> Result<[u8; N], LogError> {
        self.parsed(column, <[u8; N]>::try_from(bytes).map_err(|_| format!("has {} bytes, not {N}", bytes.len())))
    }
}

impl TryFrom<EntryRow> for Entry {
    type Error = LogError;

    fn try_from(row: EntryRow) -> Result<Self, LogError> {
        let at = At { table: "entry", row: format!("seq {}", row.seq) };
        // The format comes first: this program cannot know the meaning of anything else in a newer entry.
        let format = at.format(row.format)?;
        Ok(Self {
            seq: at.some("seq", Seq::new(row.seq))?,
            format,
            kind: at.code("kind", row.kind, EntryKind::from_number)?,
            source: at.parsed("source", SourceId::from_stored(&row.source))?,
            command: at.code("command", row.command, CommandKind::from_number)?,
            request: request(&at, row.request_id.as_deref(), row.request_digest.as_deref())?,
            member: row.member_id.map(|id| at.parsed("member_id", MemberId::parse(&id))).transpose()?,
            prev_seq: at.some("prev_seq", Seq::new(row.prev_seq))?,
            movement: movement(&at, row.from_bucket, row.to_bucket, row.amount)?,
            occurred_at: at.some("occurred_at", Micros::new(row.occurred_at))?,
            local_day: at.some("local_day", i32::try_from(row.local_day).ok().and_then(Day::new))?,
            recorded_at: at.some("recorded_at", Micros::new(row.recorded_at))?,
            refers: row.refers_seq.map(|seq| at.some("refers_seq", Seq::new(seq))).transpose()?,
            rule_version: at.parsed("rule_version", u32::try_from(row.rule_version))?,
            rule: row.rule_id.map(|id| at.parsed("rule_id", RuleId::parse(&id))).transpose()?,
            raw_points: row.raw_points,
            reason: row.reason.map(|number| at.code("reason", number, Reason::from_number)).transpose()?,
            balance_after: at.decoded::<Balances>("balance_after", &row.balance_after)?,
            fact: at.decoded("fact", &row.fact)?,
            note_digest: row.note_digest.map(|digest| at.hash("note_digest", &digest)).transpose()?,
            principal: at.some("principal", PrincipalId::from_stored(&row.principal))?,
            leaf: at.hash("leaf_hash", &row.leaf_hash)?,
        })
    }
}

fn request(at: &At, id: Option<&str>, digest: Option<&[u8]>) -> Result<Option<Request>, LogError> {
    match (id, digest) {
        (None, None) => Ok(None),
        (Some(id), Some(digest)) => Ok(Some(Request {
            id: at.parsed("request_id", RequestId::parse(id))?,
            digest: at.hash("request_digest", digest)?,
        })),
        _ => Err(at.corrupt("request_digest", "stands without its id, or the other way round")),
    }
}

fn movement(at: &At, from: Option<i64>, to: Option<i64>, amount: Option<i64>) -> Result<Option<Move>, LogError> {
    match (from, to, amount) {
        (None, None, None) => Ok(None),
        (Some(from), Some(to), Some(amount)) => {
            let from = at.code("from_bucket", from, Bucket::from_number)?;
            let to = at.code("to_bucket", to, Bucket::from_number)?;
            let amount = at.some("amount", Amount::new(amount))?;
            at.some("to_bucket", Move::new(from, to, amount)).map(Some)
        }
        _ => Err(at.corrupt("amount", "a move is incomplete")),
    }
}

row! {
    /// An account as stored.
    #[derive(Debug)]
    pub(super) struct AccountRow {
        pub(super) member_id: String,
        pub(super) last_seq: i64,
        pub(super) balances: Vec<u8>,
        pub(super) credited: i64,
        pub(super) credited_seq: i64,
    }
}

impl From<&Account> for AccountRow {
    fn from(account: &Account) -> Self {
        Self {
            member_id: account.member.to_string(),
            last_seq: account.last_seq.get(),
            balances: encode(&account.balances),
            credited: account.credited,
            credited_seq: account.credited_seq.get(),
        }
    }
}

impl TryFrom<AccountRow> for Account {
    type Error = LogError;

    fn try_from(row: AccountRow) -> Result<Self, LogError> {
        let at = At { table: "account", row: format!("member {}", row.member_id) };
        Ok(Self {
            member: at.parsed("member_id", MemberId::parse(&row.member_id))?,
            last_seq: at.some("last_seq", Seq::new(row.last_seq))?,
            balances: at.decoded("balances", &row.balances)?,
            credited: row.credited,
            credited_seq: at.some("credited_seq", Seq::new(row.credited_seq))?,
        })
    }
}

row! {
    /// A record as stored.
    #[derive(Debug)]
    pub(super) struct RecordRow {
        pub(super) key: String,
        pub(super) seq: i64,
        pub(super) due_at: Option<i64>,
        pub(super) state: Vec<u8>,
    }
}

impl TryFrom<RecordRow> for StoredRecord {
    type Error = LogError;

    fn try_from(row: RecordRow) -> Result<Self, LogError> {
        let at = At { table: "record", row: format!("key {}", row.key) };
        let record = Record::from_stored(&row.state).map_err(|error| match NewerVersion::told_by(&error) {
            Some(NewerVersion { found, known, .. }) => {
                let of = format!("{} of {}", at.table, at.row);
                LogError::NewerFormat { of, found: found.into(), known: known.into() }
            }
            None => at.corrupt("state", error),
        })?;
        // The verifier folds records again, but it does not see the column beside them.
        if row.due_at != due_at(&record) {
            return Err(at.corrupt("due_at", "is not when the record is due"));
        }
        Ok(Self { key: at.some("key", RecordKey::parse(&row.key))?, seq: at.some("seq", Seq::new(row.seq))?, record })
    }
}

/// Returns the time at which a record is due, as stored.
pub(super) fn due_at(record: &Record) -> Option<i64> {
    record.due_at().map(Micros::get)
}

row! {
    /// A note as stored.
    #[derive(Debug)]
    pub(super) struct NoteRow {
        pub(super) seq: i64,
        pub(super) salt: Vec<u8>,
        pub(super) text: Vec<u8>,
    }
}

impl TryFrom<NoteRow> for (Seq, Note) {
    type Error = LogError;

    fn try_from(row: NoteRow) -> Result<Self, LogError> {
        let at = At { table: "note", row: format!("seq {}", row.seq) };
        let note = Note { salt: at.hash("salt", &row.salt)?, text: row.text.into() };
        Ok((at.some("seq", Seq::new(row.seq))?, note))
    }
}

row! {
    /// A head as stored, with the programme's secret.
    #[derive(Debug)]
    pub(super) struct HeadRow {
        pub(super) secret: Vec<u8>,
        pub(super) head_seq: i64,
        pub(super) head_at: i64,
        pub(super) epoch: i64,
        pub(super) format: i64,
        pub(super) tree: Vec<u8>,
    }
}

impl HeadRow {
    pub(super) fn into_opened(self, program: &ProgramId) -> Result<super::Opened, LogError> {
        let at = At { table: "log_head", row: format!("programme {program}") };
        let format = at.format(self.format)?;
        let secret = At { table: "program", row: at.row.clone() }.hash("secret", &self.secret)?;
        let head = Head {
            seq: at.some("head_seq", Seq::new(self.head_seq))?,
            at: at.some("head_at", Micros::new(self.head_at))?,
            epoch: self.epoch,
            format,
            tree: at.decoded("tree", &self.tree)?,
        };
        Ok(super::Opened { secret: Secret::new(secret), head })
    }
}

row! {
    /// The head of a log, as stored.
    #[derive(Debug)]
    pub(super) struct HeadAtRow {
        pub(super) program_id: String,
        pub(super) head_seq: i64,
        pub(super) epoch: i64,
    }
}

impl TryFrom<HeadAtRow> for (ProgramId, Seq, i64) {
    type Error = LogError;

    fn try_from(row: HeadAtRow) -> Result<Self, LogError> {
        let at = At { table: "log_head", row: format!("programme {}", row.program_id) };
        let id = at.parsed("program_id", ProgramId::parse(&row.program_id))?;
        Ok((id, at.some("head_seq", Seq::new(row.head_seq))?, row.epoch))
    }
}

/// Turns the rows that were read into values.
pub(super) fn rows_into<Row, T: TryFrom<Row, Error = LogError>>(
    rows: sqlx::Result<Vec<Row>>,
) -> Result<Vec<T>, LogError> {
    rows.map_err(|error| unreadable(&error))?.into_iter().map(T::try_from).collect()
}

/// Checks that entries have the names by which they were found: an index that is not its table's may lead elsewhere.
pub(super) fn named(entries: Vec<Entry>, names: &[CommandName]) -> Result<Vec<Entry>, LogError> {
    let names: BTreeSet<&CommandName> = names.iter().collect();
    let stray = entries.iter().find(|entry| !entry.command_name().is_some_and(|name| names.contains(&name)));
    match stray {
        Some(entry) => {
            let problem = "the index of names leads to this entry, which has another name".into();
            Err(LogError::Corrupt { table: "entry", column: "request_id", row: format!("seq {}", entry.seq), problem })
        }
        None => Ok(entries),
    }
}

/// Turns the ids that were read into ids of programmes.
pub(super) fn programs_from(ids: sqlx::Result<Vec<String>>) -> Result<Vec<ProgramId>, LogError> {
    let parse = |id: String| {
        let at = At { table: "program", row: id.clone() };
        at.parsed("program_id", ProgramId::parse(&id))
    };
    ids.map_err(|error| unreadable(&error))?.into_iter().map(parse).collect()
}

/// Returns a limit of as many rows as were asked for.
pub(super) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).expect("a length fits an i64")
}

/// Classifies a read error. A value that does not fit its column is corrupt; every other error may pass.
pub(super) fn unreadable(error: &sqlx::Error) -> LogError {
    if let sqlx::Error::ColumnDecode { index, source } = error {
        let (row, problem) = (format!("column {index}"), source.to_string());
        return LogError::Corrupt { table: "a table", column: "a column", row, problem };
    }
    LogError::Unavailable(error.to_string())
}

#[cfg(test)]
mod tests;
