//! Reports as files, from a server.

use goodturn::pb;
use goodturn::pb::export_report_request::Report;
use goodturn::pb::export_report_response::Part;
use tonic::{Response, Status};

use super::clients::Clients;

/// A report as it came: its bytes, and its summary.
#[derive(Debug, Clone, PartialEq)]
pub struct Got {
    pub bytes: Vec<u8>,
    pub summary: pb::ReportSummary,
}

impl Got {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }
}

pub fn asked(report: Report, format: pb::ReportFormat) -> pb::ExportReportRequest {
    pb::ExportReportRequest { parent: "programs/qc".into(), format: format.into(), report: Some(report) }
}

/// Asks for a report, and reads it to its end.
pub async fn export(clients: &Clients, request: pb::ExportReportRequest) -> Result<Response<Got>, Status> {
    let mut stream = clients.books().export_report(request).await?.into_inner();
    let mut bytes = Vec::new();
    while let Some(message) = stream.message().await? {
        match message.part.expect("a message says something") {
            Part::Progress(progress) => assert!(bytes.is_empty() && progress.done > 0, "{progress:?}"),
            Part::Content(piece) => {
                assert!(piece.len() <= 64 * 1024, "{} bytes", piece.len());
                bytes.extend(piece);
            }
            Part::Summary(summary) => {
                assert!(stream.message().await?.is_none(), "the summary comes last");
                return Ok(Response::new(Got { bytes, summary }));
            }
        }
    }
    panic!("the stream ended without a summary or an error");
}

pub async fn report(clients: &Clients, report: Report, format: pb::ReportFormat) -> Got {
    export(clients, asked(report, format)).await.unwrap().into_inner()
}

pub fn shares(payout: &str) -> Report {
    Report::Shares(pb::SharesReport { payout: payout.into() })
}

pub fn roll_forward(table: pb::RollForwardTable, first: &str, last: &str) -> Report {
    Report::RollForward(pb::RollForwardReport {
        table: table.into(),
        first_month: first.into(),
        last_month: last.into(),
        ..Default::default()
    })
}

pub fn close(month: &str) -> Report {
    Report::Close(pb::CloseReport { month: month.into() })
}

/// Reads a file that was written.
pub fn content(mut file: std::fs::File) -> Vec<u8> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
    bytes
}
