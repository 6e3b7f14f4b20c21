//! Reading: one statement for each question, always with a limit.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::{Connection as _, Row as _};

use super::{LOCK_PATIENCE, PostgresLog, in_time};
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

const HEAD: &str = "select p.secret, h.head_seq, h.head_at, h.epoch, h.format, h.tree \
                    from program p join log_head h on h.program_id = $1 where p.program_id = $1";

/// Signs of life after which the settings of the server are looked at again.
const LOOKED_AT_EVERY: u32 = 10;

/// A standby is read-only, too.
const PULSE: &str = "select (extract(epoch from clock_timestamp()) * 1000000)::bigint, \
                     current_setting('transaction_read_only') = 'on'";

const DUE: &str = "select key, seq, due_at, state from record \
                   where program_id = $1 and due_at <= $2 order by due_at, key limit $3";

const DUE_PROGRAMS: &str = "select program_id from log_head h where program_id > $1 and exists \
                            (select 1 from record r where r.program_id = h.program_id and r.due_at <= $2) \
                            order by program_id limit $3";

#[async_trait]
impl Log for PostgresLog {
    async fn create(&self, program: &ProgramId, secret: Secret) -> Result<Opened, LogError> {
        let head = Head::empty();
        // One statement: both rows or none. A second caller finds the first one's rows.
        let made = sqlx::query_as::<_, ()>(
            "with p as ( \
               insert into program (program_id, secret) values ($1, $2) on conflict do nothing returning program_id) \
             insert into log_head (program_id, head_seq, head_at, epoch, format, tree) \
             select program_id, $3, $4, $5, $6, $7 from p",
        )
        .bind(program.as_str())
        .bind(secret.bits().as_slice())
        .bind(head.seq.get())
        .bind(head.at.get())
        .bind(head.epoch)
        .bind(head.format.number())
        .bind(encode(&head.tree));
        self.ask(made).await.map_err(|e| unreadable(&e))?;
        let opened = self.open(program).await?;
        opened.ok_or_else(|| LogError::Unavailable(format!("{program} is not in the store that just took it")))
    }

    async fn open(&self, program: &ProgramId) -> Result<Option<Opened>, LogError> {
        let rows = self.ask(sqlx::query_as::<_, HeadRow>(HEAD).bind(program.as_str())).await;
        rows.map_err(|e| unreadable(&e))?.pop().map(|row| row.into_opened(program)).transpose()
    }

    async fn heads(&self, programs: &[ProgramId]) -> Result<Vec<(ProgramId, Seq, i64)>, LogError> {
        let ids: Vec<&str> = programs.iter().map(ProgramId::as_str).collect();
        let rows = sqlx::query_as::<_, HeadAtRow>(
            "select program_id, head_seq, epoch from log_head where program_id = any($1) limit $2",
        )
        .bind(&ids)
        .bind(limit(ids.len()));
        rows_into(self.ask(rows).await)
    }

    async fn append(&self, program: &ProgramId, expect: Expect, batch: &Arc<Sealed>) -> Result<(), AppendError> {
        self.append_batch(program, expect, batch).await
    }

    fn make_ready(&self, program: &ProgramId, entries: &[Arc<Entry>], ready: &mut Ready) {
        self.add_rows(program, entries, ready);
    }

    async fn fence(&self, program: &ProgramId) -> Result<Head, LogError> {
        // An append that waits for a vanished standby keeps the row for as long. A fence that gives up must leave no
        // session behind that waits for the row.
        let raise = "with patience as (select set_config('lock_timeout', $2, true) as milliseconds) \
                     update log_head set epoch = epoch + 1 from patience \
                      where program_id = $1 and milliseconds is not null";
        let raise = sqlx::query_as::<_, ()>(raise).bind(program.as_str()).bind(LOCK_PATIENCE.as_millis().to_string());
        self.ask(raise).await.map_err(|e| unreadable(&e))?;
        let opened = self.open(program).await?;
        opened.map(|opened| opened.head).ok_or_else(|| LogError::Unavailable(format!("{program} does not exist")))
    }

    async fn load(&self, program: &ProgramId, want: &Want) -> Result<Loaded, LogError> {
        let mut loaded = Loaded::default();
        if !want.members.is_empty() {
            let members: Vec<&str> = want.members.iter().map(MemberId::as_str).collect();
            let rows = sqlx::query_as::<_, AccountRow>(
                "select member_id, last_seq, balances, credited, credited_seq from account \
                 where program_id = $1 and member_id = any($2) limit $3",
            )
            .bind(program.as_str())
            .bind(&members)
            .bind(limit(members.len()));
            loaded.accounts = rows_into(self.ask(rows).await)?;
        }
        if !want.records.is_empty() {
            let keys: Vec<String> = want.records.iter().map(ToString::to_string).collect();
            let rows = sqlx::query_as::<_, RecordRow>(
                "select key, seq, due_at, state from record where program_id = $1 and key = any($2) limit $3",
            )
            .bind(program.as_str())
            .bind(&keys)
            .bind(limit(keys.len()));
            loaded.records = rows_into(self.ask(rows).await)?;
        }
        Ok(loaded)
    }

    async fn find(&self, program: &ProgramId, names: &[CommandName]) -> Result<Vec<Entry>, LogError> {
        let sources: Vec<&str> = names.iter().map(|name| name.source.as_str()).collect();
        let commands: Vec<i64> = names.iter().map(|name| name.kind.number().into()).collect();
        let ids: Vec<&str> = names.iter().map(|name| name.id.as_str()).collect();
        // One search of the index for each name, whatever the planner thinks of the table's size.
        let rows = sqlx::query_as::<_, EntryRow>(concat!(
            "select ",
            entry_columns!(),
            " from unnest($2::text[], $3::bigint[], $4::text[]) as wanted (s, c, i) cross join lateral \
              (select * from entry where program_id = $1 and source = s and command = c and request_id = i limit 1) e \
              limit $5",
        ))
        .bind(program.as_str())
        .bind(&sources)
        .bind(&commands)
        .bind(&ids)
        .bind(limit(names.len()));
        named(rows_into(self.ask(rows).await)?, names)
    }

    async fn entries(&self, program: &ProgramId, after: Seq, max: u32) -> Result<Vec<Entry>, LogError> {
        let rows = sqlx::query_as::<_, EntryRow>(concat!(
            "select ",
            entry_columns!(),
            " from entry where program_id = $1 and seq > $2 order by seq limit $3",
        ))
        .bind(program.as_str())
        .bind(after.get())
        .bind(i64::from(max));
        rows_into(self.ask(rows).await)
    }

    async fn history(&self, program: &ProgramId, from: Seq, max: u32) -> Result<Vec<Entry>, LogError> {
        let rows = sqlx::query_as::<_, EntryRow>(concat!(
            "with recursive chain (place, n) as ( \
               select $2::bigint, 1::bigint \
               union all \
               select e.prev_seq, c.n + 1 from chain c join entry e on e.program_id = $1 and e.seq = c.place \
                where e.prev_seq > 0 and e.prev_seq < e.seq and c.n < $3) \
             select ",
            entry_columns!(),
            " from chain join entry on program_id = $1 and seq = place order by seq desc limit $3",
        ))
        .bind(program.as_str())
        .bind(from.get())
        .bind(i64::from(max));
        rows_into(self.ask(rows).await)
    }

    async fn accounts(
        &self,
        program: &ProgramId,
        after: Option<&MemberId>,
        max: u32,
    ) -> Result<Vec<Account>, LogError> {
        let rows = sqlx::query_as::<_, AccountRow>(
            "select member_id, last_seq, balances, credited, credited_seq from account \
             where program_id = $1 and member_id > $2 order by member_id limit $3",
        )
        .bind(program.as_str())
        .bind(after.map_or("", MemberId::as_str))
        .bind(i64::from(max));
        rows_into(self.ask(rows).await)
    }

    async fn records(
        &self,
        program: &ProgramId,
        prefix: &str,
        after: Option<&RecordKey>,
        max: u32,
    ) -> Result<Vec<StoredRecord>, LogError> {
        let rows = sqlx::query_as::<_, RecordRow>(
            "select key, seq, due_at, state from record \
             where program_id = $1 and key >= $2 and key > $3 and starts_with(key, $2) order by key limit $4",
        )
        .bind(program.as_str())
        .bind(prefix)
        .bind(after.map(ToString::to_string).unwrap_or_default())
        .bind(i64::from(max));
        rows_into(self.ask(rows).await)
    }

    async fn due(&self, program: &ProgramId, until: Micros, max: u32) -> Result<Vec<StoredRecord>, LogError> {
        let rows = sqlx::query_as::<_, RecordRow>(DUE).bind(program.as_str()).bind(until.get()).bind(i64::from(max));
        rows_into(self.ask(rows).await)
    }

    async fn due_programs(
        &self,
        until: Micros,
        after: Option<&ProgramId>,
        max: u32,
    ) -> Result<Vec<ProgramId>, LogError> {
        let rows = sqlx::query_as::<_, (String,)>(DUE_PROGRAMS)
            .bind(after.map_or("", ProgramId::as_str))
            .bind(until.get())
            .bind(i64::from(max));
        programs_from(self.ask(rows).await.map(|rows| rows.into_iter().map(|(id,)| id).collect()))
    }

    async fn notes(&self, program: &ProgramId, after: Seq, through: Seq) -> Result<Vec<(Seq, Note)>, LogError> {
        let rows = sqlx::query_as::<_, NoteRow>(
            "select seq, salt, text from note where program_id = $1 and seq > $2 and seq <= $3 order by seq limit $4",
        )
        .bind(program.as_str())
        .bind(after.get())
        .bind(through.get())
        .bind(through.get().saturating_sub(after.get()));
        rows_into(self.ask(rows).await)
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
        // Steps from each id to the next one of any table by its index. Rows stored between two ids are not read.
        let ids = sqlx::query_as::<_, (String,)>(
            "with recursive ids (id, n) as ( \
               select $1::text collate \"C\", 0::bigint \
               union all \
               select least( \
                 (select program_id from program where program_id > id order by program_id limit 1), \
                 (select program_id from log_head where program_id > id order by program_id limit 1), \
                 (select program_id from entry where program_id > id order by program_id limit 1), \
                 (select program_id from account where program_id > id order by program_id limit 1), \
                 (select program_id from record where program_id > id order by program_id limit 1), \
                 (select program_id from note where program_id > id order by program_id limit 1), \
                 (select program_id from span where program_id > id order by program_id limit 1)), n + 1 \
                 from ids where id is not null and n < $2) \
             select id from ids where n > 0 and id is not null order by n limit $2",
        )
        .bind(after.map_or("", ProgramId::as_str))
        .bind(i64::from(max));
        programs_from(self.ask(ids).await.map(|ids| ids.into_iter().map(|(id,)| id).collect()))
    }

    async fn integrity(&self) -> Result<Integrity, LogError> {
        self.compare_indexes().await.map_err(|error| unreadable(&error))
    }

    /// A server of PostgreSQL notices by itself.
    fn present(&self) -> Result<(), LogError> {
        Ok(())
    }

    async fn pulse(&self) -> Result<Pulse, LogError> {
        // Whoever gives up waiting for it, or is told an error, leaves the connection behind.
        let kept = self.kept_pulse().take();
        let (mut connection, count) = match kept {
            Some(kept) => kept,
            None => (self.address.try_connect().await.map_err(|e| unreadable(&e))?, 0),
        };
        // A pooler leads to another server without a new connection.
        if count % LOOKED_AT_EVERY == 0 || self.fit.problem().is_some() {
            self.fit.look(&mut connection).await.map_err(|e| unreadable(&e))?;
        }
        let row = in_time(sqlx::raw_sql(PULSE).fetch_one(&mut connection)).await.map_err(|e| unreadable(&e))?;
        let now = row.try_get(0).map(Micros::new).map_err(|e| unreadable(&e))?;
        let is_read_only = row.try_get(1).map_err(|e| unreadable(&e))?;
        *self.kept_pulse() = Some((connection, count.wrapping_add(1)));
        Ok(Pulse { now, is_read_only, unfit: self.fit.problem() })
    }

    async fn close(&self) {
        let pulse = self.kept_pulse().take();
        if let Some((pulse, _)) = pulse {
            // It is closed either way.
            let _said = in_time(pulse.close()).await;
        }
        self.pool.close().await;
    }
}
