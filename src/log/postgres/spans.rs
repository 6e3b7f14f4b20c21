//! Daily totals of spans on PostgreSQL.

use super::PostgresLog;
use crate::domain::value::ids::ProgramId;
use crate::domain::value::seq::Seq;
use crate::log::LogError;
use crate::log::row::{limit, rows_into, unreadable};
use crate::log::spans::{SpanHead, SpanHeadRow, SpanTotalsRow, StoredSpan, replace_if_other};

/// Stores a span if the log's entry at its end has its leaf, and changes nothing where the same is stored already.
const PUT: &str = concat!(
    "insert into span (program_id, through_seq, format, leaf_hash, first_day, last_day, people, totals_digest, \
     digest, totals) select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 from entry where program_id = $1 and seq = $2 and leaf_hash = $4 ",
    replace_if_other!(),
    " returning through_seq"
);

const HEADS: &str = "select s.through_seq, s.format, s.leaf_hash, s.first_day, s.last_day, s.people, s.totals_digest, s.digest \
                     from span s join entry e on e.program_id = $1 and e.seq = s.through_seq \
                     where s.program_id = $1 and s.through_seq > $2 and e.leaf_hash = s.leaf_hash \
                     order by s.through_seq limit $3";

impl PostgresLog {
    pub(super) async fn put_span_row(&self, program: &ProgramId, span: &StoredSpan) -> Result<(), LogError> {
        let head = &span.head;
        let put = sqlx::query_as::<_, (i64,)>(PUT)
            .bind(program.as_str())
            .bind(head.through.get())
            .bind(head.format)
            .bind(&head.leaf[..])
            .bind(head.days.map(|days| i64::from(days.first().get())))
            .bind(head.days.map(|days| i64::from(days.last().get())))
            .bind(&head.people)
            .bind(&head.totals_digest[..])
            .bind(&head.digest[..])
            .bind(&span.totals);
        self.ask(put).await.map(drop).map_err(|error| unreadable(&error))
    }

    pub(super) async fn span_heads(
        &self,
        program: &ProgramId,
        after: Seq,
        max: u32,
    ) -> Result<Vec<SpanHead>, LogError> {
        let rows =
            sqlx::query_as::<_, SpanHeadRow>(HEADS).bind(program.as_str()).bind(after.get()).bind(i64::from(max));
        rows_into(self.ask(rows).await)
    }

    pub(super) async fn totals_of_spans(
        &self,
        program: &ProgramId,
        spans: &[Seq],
    ) -> Result<Vec<(Seq, Vec<u8>)>, LogError> {
        let ends: Vec<i64> = spans.iter().map(|seq| seq.get()).collect();
        let rows = sqlx::query_as::<_, SpanTotalsRow>(
            "select through_seq, totals from span where program_id = $1 and through_seq = any($2) \
             order by through_seq limit $3",
        )
        .bind(program.as_str())
        .bind(&ends)
        .bind(limit(ends.len()));
        rows_into(self.ask(rows).await)
    }
}
