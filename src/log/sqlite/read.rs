//! Reading: one statement for each question, always with a limit.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;
use sqlx::{Connection as _, SqliteConnection};

use super::SqliteLog;
use crate::domain::decide::seal::Head;
use crate::domain::entry::Entry;
use crate::domain::entry::name::CommandName;
use crate::domain::state::account::Account;
use crate::domain::state::record::RecordKey;
use crate::domain::value::encoding::{Note, Secret, encode};
use crate::domain::value::ids::{MemberId, ProgramId};
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Micros;
use crate::log::row::{
    AccountRow, EntryRow, HeadAtRow, HeadRow, NoteRow, RecordRow, entry_columns, limit, named, programs_from,
    rows_into, unreadable,
};
use crate::log::spans::{SpanHead, StoredSpan};
use crate::log::{
    AppendError, Expect, Integrity, Loaded, Log, LogError, Opened, Pulse, Ready, Sealed, StoredRecord, Want,
};

const HEAD: &str = "select secret, head_seq, head_at, epoch, format, tree \
                    from program join log_head using (program_id) where program_id = $1";

/// A page of accounts. It begins at a bound that is never null: SQLite cannot use an index for "null or later", and
/// would search every page from the first member on.
const ACCOUNTS: &str = "select member_id, last_seq, balances, credited, credited_seq from account \
                        where program_id = $1 and member_id > $2 order by member_id limit $3";

/// A page of records, in the same way.
const RECORDS: &str = "select key, seq, due_at, state from record \
                       where program_id = $1 and key >= $2 and substr(key, 1, length($3)) = $3 order by key limit $4";

const DUE: &str = "select key, seq, due_at, state from record \
                   where program_id = $1 and due_at <= $2 order by due_at, key limit $3";

const DUE_PROGRAMS: &str = "select program_id from log_head h where program_id > $1 and exists \
                            (select 1 from record r where r.program_id = h.program_id and r.due_at <= $2) \
                            order by program_id limit $3";

/// The same number as [`crate::log::INTEGRITY_MAX`].
const INTEGRITY: &str = "pragma integrity_check(100)";

#[async_trait]
impl Log for SqliteLog {
    async fn create(&self, program: &ProgramId, secret: Secret) -> Result<Opened, LogError> {
        let mut connection = self.writer()?.acquire().await.map_err(|e| unreadable(&e))?;
        let result = create_on(&mut connection, program, secret).await;
        if result.is_err() {
            connection.close_on_drop();
        }
        self.present()?;
        result
    }

    async fn open(&self, program: &ProgramId) -> Result<Option<Opened>, LogError> {
        let row = sqlx::query_as::<_, HeadRow>(HEAD)
            .bind(program.as_str())
            .fetch_optional(self.readers()?)
            .await
            .map_err(|e| unreadable(&e))?;
        row.map(|row| row.into_opened(program)).transpose()
    }

    async fn heads(&self, programs: &[ProgramId]) -> Result<Vec<(ProgramId, Seq, i64)>, LogError> {
        let ids: Vec<&str> = programs.iter().map(ProgramId::as_str).collect();
        let rows = sqlx::query_as::<_, HeadAtRow>(
            "select h.program_id, h.head_seq, h.epoch \
             from json_each($1) j cross join log_head h on h.program_id = j.value limit $2",
        )
        .bind(json!(ids).to_string())
        .bind(limit(ids.len()));
        rows_into(rows.fetch_all(self.readers()?).await)
    }

    async fn append(&self, program: &ProgramId, expect: Expect, batch: &Arc<Sealed>) -> Result<(), AppendError> {
        self.batches.append(program, expect, batch).await
    }

    fn make_ready(&self, program: &ProgramId, entries: &[Arc<Entry>], ready: &mut Ready) {
        Self::add_chunks(program, entries, ready);
    }

    async fn fence(&self, program: &ProgramId) -> Result<Head, LogError> {
        sqlx::query("update log_head set epoch = epoch + 1 where program_id = $1")
            .bind(program.as_str())
            .execute(self.writer()?)
            .await
            .map_err(|e| unreadable(&e))?;
        let opened = self.open(program).await?;
        opened.map(|opened| opened.head).ok_or_else(|| LogError::Unavailable(format!("{program} does not exist")))
    }

    async fn load(&self, program: &ProgramId, want: &Want) -> Result<Loaded, LogError> {
        let mut loaded = Loaded::default();
        if !want.members.is_empty() {
            let members: Vec<&str> = want.members.iter().map(MemberId::as_str).collect();
            let rows = sqlx::query_as::<_, AccountRow>(
                "select a.member_id, a.last_seq, a.balances, a.credited, a.credited_seq \
                 from json_each($2) j cross join account a on a.program_id = $1 and a.member_id = j.value limit $3",
            )
            .bind(program.as_str())
            .bind(json!(members).to_string())
            .bind(limit(members.len()));
            loaded.accounts = rows_into(rows.fetch_all(self.readers()?).await)?;
        }
        if !want.records.is_empty() {
            let keys: Vec<String> = want.records.iter().map(ToString::to_string).collect();
            let rows = sqlx::query_as::<_, RecordRow>(
                "select r.key, r.seq, r.due_at, r.state \
                 from json_each($2) j cross join record r on r.program_id = $1 and r.key = j.value limit $3",
            )
            .bind(program.as_str())
            .bind(json!(keys).to_string())
            .bind(limit(keys.len()));
            loaded.records = rows_into(rows.fetch_all(self.readers()?).await)?;
        }
        Ok(loaded)
    }

    async fn find(&self, program: &ProgramId, names: &[CommandName]) -> Result<Vec<Entry>, LogError> {
        let wanted: Vec<_> =
            names.iter().map(|name| json!([name.source.as_str(), name.kind.number(), name.id.as_str()])).collect();
        let rows = sqlx::query_as::<_, EntryRow>(concat!(
            "select ",
            entry_columns!(),
            " from json_each($2) j cross join entry e on e.program_id = $1 and e.source = j.value ->> 0 \
              and e.command = j.value ->> 1 and e.request_id = j.value ->> 2 limit $3",
        ))
        .bind(program.as_str())
        .bind(json!(wanted).to_string())
        .bind(limit(names.len()));
        named(rows_into(rows.fetch_all(self.readers()?).await)?, names)
    }

    async fn entries(&self, program: &ProgramId, after: Seq, max: u32) -> Result<Vec<Entry>, LogError> {
        let rows = sqlx::query_as::<_, EntryRow>(concat!(
            "select ",
            entry_columns!(),
            " from entry where program_id = $1 and seq > $2 order by seq limit $3",
        ))
        .bind(program.as_str())
        .bind(after.get())
        .bind(max);
        rows_into(rows.fetch_all(self.readers()?).await)
    }

    async fn history(&self, program: &ProgramId, from: Seq, max: u32) -> Result<Vec<Entry>, LogError> {
        let rows = sqlx::query_as::<_, EntryRow>(concat!(
            "with recursive chain (place, n) as ( \
               select $2, 1 \
               union all \
               select e.prev_seq, c.n + 1 from chain c join entry e on e.program_id = $1 and e.seq = c.place \
                where e.prev_seq > 0 and e.prev_seq < e.seq and c.n < $3) \
             select ",
            entry_columns!(),
            " from chain c cross join entry e on e.program_id = $1 and e.seq = c.place order by e.seq desc limit $3",
        ))
        .bind(program.as_str())
        .bind(from.get())
        .bind(max);
        rows_into(rows.fetch_all(self.readers()?).await)
    }

    async fn accounts(
        &self,
        program: &ProgramId,
        after: Option<&MemberId>,
        max: u32,
    ) -> Result<Vec<Account>, LogError> {
        // No id is empty.
        let after = after.map_or("", MemberId::as_str);
        let rows = sqlx::query_as::<_, AccountRow>(ACCOUNTS).bind(program.as_str()).bind(after).bind(max);
        rows_into(rows.fetch_all(self.readers()?).await)
    }

    async fn records(
        &self,
        program: &ProgramId,
        prefix: &str,
        after: Option<&RecordKey>,
        max: u32,
    ) -> Result<Vec<StoredRecord>, LogError> {
        // The prefix, or the least text after the last key.
        let from = after.map_or_else(|| prefix.to_owned(), |after| format!("{after}\0"));
        let rows = sqlx::query_as::<_, RecordRow>(RECORDS).bind(program.as_str()).bind(from).bind(prefix).bind(max);
        rows_into(rows.fetch_all(self.readers()?).await)
    }

    async fn due(&self, program: &ProgramId, until: Micros, max: u32) -> Result<Vec<StoredRecord>, LogError> {
        let rows = sqlx::query_as::<_, RecordRow>(DUE).bind(program.as_str()).bind(until.get()).bind(max);
        rows_into(rows.fetch_all(self.readers()?).await)
    }

    async fn due_programs(
        &self,
        until: Micros,
        after: Option<&ProgramId>,
        max: u32,
    ) -> Result<Vec<ProgramId>, LogError> {
        let ids = sqlx::query_scalar(DUE_PROGRAMS)
            .bind(after.map_or("", ProgramId::as_str))
            .bind(until.get())
            .bind(i64::from(max));
        programs_from(ids.fetch_all(self.readers()?).await)
    }

    async fn notes(&self, program: &ProgramId, after: Seq, through: Seq) -> Result<Vec<(Seq, Note)>, LogError> {
        let rows = sqlx::query_as::<_, NoteRow>(
            "select seq, salt, text from note where program_id = $1 and seq > $2 and seq <= $3 order by seq limit $4",
        )
        .bind(program.as_str())
        .bind(after.get())
        .bind(through.get())
        .bind(through.get().saturating_sub(after.get()));
        rows_into(rows.fetch_all(self.readers()?).await)
    }

    async fn put_span(&self, program: &ProgramId, span: &StoredSpan) -> Result<(), LogError> {
        self.put_span_row(program, span).await
    }

    async fn spans(&self, program: &ProgramId, after: Seq, max: u32) -> Result<Vec<SpanHead>, LogError> {
        self.span_heads(program, after, max).await
    }

    async fn span_totals(&self, program: &ProgramId, spans: &[Seq]) -> Result<Vec<(Seq, Vec<u8>)>, LogError> {
        self.totals_of_spans(program, spans).await
    }

    async fn programs(&self, after: Option<&ProgramId>, max: u32) -> Result<Vec<ProgramId>, LogError> {
        let ids = sqlx::query_scalar(
            "select program_id from ( \
               select program_id from program union select program_id from log_head union select program_id from entry \
               union select program_id from account union select program_id from record union \
               select program_id from note union select program_id from span) \
             where $1 is null or program_id > $1 order by program_id limit $2",
        )
        .bind(after.map(ProgramId::as_str))
        .bind(max);
        programs_from(ids.fetch_all(self.readers()?).await)
    }

    async fn integrity(&self) -> Result<Integrity, LogError> {
        let told: Vec<String> =
            sqlx::query_scalar(INTEGRITY).fetch_all(self.readers()?).await.map_err(|error| unreadable(&error))?;
        Ok(Integrity { problems: told.into_iter().filter(|line| line != "ok").collect(), unchecked: None })
    }

    fn present(&self) -> Result<(), LogError> {
        self.files.check_harm()
    }

    async fn pulse(&self) -> Result<Pulse, LogError> {
        self.files.check()?;
        let asked = sqlx::raw_sql("select count(*) from sqlite_master").execute(&self.pulse).await;
        asked.map_err(|e| unreadable(&e))?;
        Ok(Pulse::default())
    }

    async fn close(&self) {
        self.readers.close().await;
        self.mover.close().await;
        self.pulse.close().await;
        self.writer.close().await;
    }
}

async fn create_on(connection: &mut SqliteConnection, program: &ProgramId, secret: Secret) -> Result<Opened, LogError> {
    let head = Head::empty();
    let mut transaction = connection.begin_with("begin immediate").await.map_err(|e| unreadable(&e))?;
    let exists = sqlx::query_as::<_, HeadRow>(HEAD).bind(program.as_str()).fetch_optional(&mut *transaction);
    if let Some(row) = exists.await.map_err(|e| unreadable(&e))? {
        return row.into_opened(program);
    }
    sqlx::query("insert into program (program_id, secret) values ($1, $2)")
        .bind(program.as_str())
        .bind(secret.bits().as_slice())
        .execute(&mut *transaction)
        .await
        .map_err(|e| unreadable(&e))?;
    sqlx::query(
        "insert into log_head (program_id, head_seq, head_at, epoch, format, tree) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(program.as_str())
    .bind(head.seq.get())
    .bind(head.at.get())
    .bind(head.epoch)
    .bind(head.format.number())
    .bind(encode(&head.tree))
    .execute(&mut *transaction)
    .await
    .map_err(|e| unreadable(&e))?;
    transaction.commit().await.map_err(|e| unreadable(&e))?;
    Ok(Opened { secret, head })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Purpose;

    #[tokio::test]
    async fn what_is_due_and_each_page_is_read_in_the_order_of_its_index() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("log.db").display());
        let log = SqliteLog::open(&url, Purpose::Record).await.expect("a new log");
        for (sql, expected) in [
            (DUE, &[("record", "record_due (program_id=? AND due_at")][..]),
            (DUE_PROGRAMS, &[("h", "PRIMARY KEY (program_id>?)"), ("r", "record_due (program_id=? AND due_at")]),
            (ACCOUNTS, &[("account", "PRIMARY KEY (program_id=? AND member_id>?)")]),
            (RECORDS, &[("record", "PRIMARY KEY (program_id=? AND key>?)")]),
        ] {
            let plan: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(sqlx::AssertSqlSafe(format!("explain query plan {sql}")))
                    .fetch_all(&log.readers)
                    .await
                    .expect("a plan");
            // One step for each table: nothing is sorted, and no other row is read.
            let steps =
                plan.iter().map(|(.., step)| step).filter(|step| !step.starts_with("CORRELATED SCALAR SUBQUERY"));
            let steps: Vec<&String> = steps.collect();
            assert_eq!(steps.len(), expected.len(), "{sql}: {plan:?}");
            for (step, (table, index)) in steps.into_iter().zip(expected) {
                assert!(step.starts_with(&format!("SEARCH {table} ")) && step.contains(index), "{step}");
            }
        }
        log.close().await;
    }
}
