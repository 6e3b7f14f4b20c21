//! `Books`.

use std::fs::File;
use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tonic::{Request, Response, Status};

use super::door::{Caller, enter};
use super::entered::Entered;
use super::file_stream::{FileStream, Outgoing, PIECE_BYTES_MAX};
use super::{Api, currency_of};
use crate::books::{BooksError, Desk, Report, Source, Written, statement_of, write};
use crate::ledger::aside::{AsideError, TIME_MAX};
use crate::pb;
use crate::pb::export_report_response::Part;
use crate::wire::error::ApiError;
use crate::wire::parse::{ReportContext, Violations, parse_export};
use crate::wire::render;

/// Bytes of a file that are read at a time: sixteen messages, which take about as long to send as a thread takes to
/// wake.
const READ_BYTES: usize = 16 * PIECE_BYTES_MAX;

/// Entries, members or payments after which progress is told again.
const TOLD_EVERY: i64 = 10_000;

#[tonic::async_trait]
impl pb::books_server::Books for Api {
    type ExportReportStream = FileStream<pb::ExportReportResponse>;

    async fn export_report(
        &self,
        request: Request<pb::ExportReportRequest>,
    ) -> Result<Response<Self::ExportReportStream>, Status> {
        Ok(Response::new(self.report_exported(request).await?))
    }

    async fn get_member_statement(
        &self,
        request: Request<pb::GetMemberStatementRequest>,
    ) -> Result<Response<pb::MemberStatement>, Status> {
        Ok(Response::new(self.member_statement(request).await?))
    }
}

impl Api {
    async fn report_exported(
        &self,
        request: Request<pb::ExportReportRequest>,
    ) -> Result<FileStream<pb::ExportReportResponse>, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let id = violations.program("parent", &request.parent);
        let id = violations.check(id)?;
        let program = self.program(&caller, &id).await?;
        let currency = currency_of(&program)?;
        let today = self.today(&program);
        let report = parse_export(request, &ReportContext { program: &id, currency, today })?;
        let (api, reader) = (self.clone(), caller.clone());
        self.stream_file(&caller, move |outgoing| Box::pin(api.report_sent(reader, program, report, outgoing)))
    }

    /// Writes a report, and sends it.
    async fn report_sent(
        self,
        caller: Caller,
        program: Entered,
        report: Report,
        outgoing: Outgoing<pb::ExportReportResponse>,
    ) -> Result<(), ApiError> {
        let (telling, told) = (outgoing.clone(), AtomicI64::new(0));
        let progress = move |done: i64, total: i64| {
            if done - told.load(Ordering::Relaxed) >= TOLD_EVERY {
                told.store(done, Ordering::Relaxed);
                telling.offer(message(Part::Progress(pb::ReportProgress { done, total })));
            }
        };
        let source = self.source(&program, Box::new(progress))?;
        let (aside, in_turn) = (self.ledger.aside(), report.reads_whole_log());
        let writing = Box::pin(async move { write(&source, report).await });
        let written = if in_turn {
            aside.run(&program.id, writing).await?
        } else {
            let limited = tokio::time::timeout(TIME_MAX, aside.run_without_turn(writing)).await;
            limited.map_err(|_| AsideError::TooLong)??
        };
        let Written { mut file, name, rows, seq, differences } = written?;
        loop {
            // Whoever may not read any more is told nothing more.
            self.program(&caller, &program.id).await?;
            let reading = tokio::task::spawn_blocking(move || next_bytes(file));
            let (rest, bytes) = reading.await.map_err(|_| ApiError::Interrupted)?.map_err(BooksError::from)?;
            file = rest;
            if bytes.is_empty() {
                break;
            }
            for piece in bytes.chunks(PIECE_BYTES_MAX) {
                outgoing.send(message(Part::Content(piece.to_vec()))).await?;
            }
        }
        let summary = pb::ReportSummary { file_name: name, rows, seq: seq.get(), differences };
        outgoing.send(message(Part::Summary(summary))).await
    }

    async fn member_statement(
        &self,
        request: Request<pb::GetMemberStatementRequest>,
    ) -> Result<pb::MemberStatement, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.member_of("name", &request.name);
        let (id, member) = violations.check(name)?;
        let program = self.program(&caller, &id).await?;
        program.may_read(Some(&member))?;
        let mut violations = Violations::default();
        let (fields, today) = (("first_day", "last_day"), self.today(&program));
        let period = violations.period(fields, request.first_day, request.last_day, today);
        let period = violations.check(period)?;
        let source = self.source(&program, Box::new(|_, _| ()))?;
        let statement = statement_of(&source, &mut Desk::default(), &member, period).await?;
        Ok(render::member_statement(&program.id, source.currency, &source.zone_name, &statement))
    }

    /// Makes what reports of a programme are made from.
    fn source(&self, program: &Entered, progress: Box<dyn Fn(i64, i64) + Send + Sync>) -> Result<Source, ApiError> {
        let (boards, payouts) = (Arc::clone(&self.boards), self.payouts.clone());
        let source = Source::of(boards, payouts, Arc::clone(program), progress);
        source.ok_or_else(|| ApiError::NotFound(format!("programs/{}", program.id)))
    }
}

fn message(part: Part) -> pb::ExportReportResponse {
    pb::ExportReportResponse { part: Some(part) }
}

/// Reads the next bytes of a file; none at its end.
fn next_bytes(mut file: File) -> std::io::Result<(File, Vec<u8>)> {
    let mut bytes = Vec::with_capacity(READ_BYTES);
    (&mut file).take(u64::try_from(READ_BYTES).unwrap_or(u64::MAX)).read_to_end(&mut bytes)?;
    Ok((file, bytes))
}
