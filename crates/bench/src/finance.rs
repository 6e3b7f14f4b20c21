//! A payout of everybody: preview, posting and export, against SQL on the same rows.

use std::path::Path;
use std::time::Duration;

use anyhow::ensure;
use prost_types::Timestamp;
use tonic::Request;
use tonic::transport::Channel;

use super::awards::PROGRAM;
use super::goals::raw_sqlite;
use super::ours::Goodturn;
use super::raw::BATCH_ROWS;
use super::raw::ranks::Ranks;
use super::report::{Outcome, Unit};
use super::rounds::{Rounds, timed};
use super::server::Program;
use super::stats::{self, Pair, Target};
use goodturn::google::r#type::{Date, Money};
use goodturn::ledger::clock::{Clock as _, Stopwatch, SystemClock};
use goodturn::pb;
use goodturn::pb::export_report_request::Report;
use goodturn::pb::payouts_client::PayoutsClient;

/// The id of the statement, and of the payout.
const ID: &str = "half-year";

/// The pool, in pounds.
const POOL: i64 = 1_900_000;

/// A payout on a large store.
pub(crate) struct Finance<'a> {
    pub(crate) ours: &'a Goodturn,
    pub(crate) file: &'a Path,
    pub(crate) goodturn: &'a Program,
    pub(crate) folder: &'a Path,
    /// Members of the programme.
    pub(crate) members: i64,
}

/// Makes a request of one of two persons.
fn by<T>(name: &'static str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("goodturn-principal", name.parse().expect("a name"));
    request
}

impl Finance<'_> {
    /// Measures the payout. It takes every point, so it is executed once.
    ///
    /// # Errors
    /// The server or a database refuses something.
    pub(crate) async fn measure(&self, rounds: &Rounds) -> anyhow::Result<Vec<Outcome>> {
        let mut client = self.ours.payouts();
        self.approve_statement(&mut client).await?;
        let deadline = self.deadline();
        let peer = async || timed(Ranks::sum_all(self.file)).await;
        let previewing = client.clone();
        let ours = async || {
            let asked = pb::PreviewPayoutRequest { payout: Some(payout(&deadline)), top: 0 };
            // A request with every term of a payout is large.
            let previewed = Box::pin(async { previewing.clone().preview_payout(by("anna", asked)).await.map(drop) });
            timed(async { Ok(previewed.await?) }).await
        };
        let preview = rounds.interleave("P10, preview", ours, peer).await?;
        rounds.say("P10, posting");
        let posting = self.post(&mut client, &deadline).await?;
        rounds.done();
        let peer = async || timed(Ranks::read_all(self.file)).await;
        let export = rounds.interleave("P10, export", async || self.report(shares()).await, peer).await?;
        let peer = async || timed(Ranks::read_lots(self.file)).await;
        let register = Report::Register(pb::RegisterReport {});
        let register = rounds.interleave("P10, register", async || self.report(register.clone()).await, peer).await?;
        let peer = async || timed(Ranks::read_entries(self.file)).await;
        let months = Report::RollForward(pb::RollForwardReport::default());
        let months = rounds.interleave("P10, roll-forward", async || self.report(months.clone()).await, peer).await?;
        rounds.say("P10, choices");
        let [drawn_up, decided] = self.close(&deadline).await?;
        rounds.done();
        let outcome = |key, title, most, pairs, peer| {
            Outcome::new(key, title, Target::AtMost(most), pairs).in_unit(Unit::Micros).on("SQLite", peer)
        };
        Ok(vec![
            outcome(
                "P10-preview",
                "preview of a payout to everybody",
                3.0,
                preview,
                "SQL, the sum of each member's points",
            ),
            outcome("P10-post", "every share posted", 1.5, vec![posting], "raw SQL: as many rows, 1,000 a commit"),
            outcome("P10-export", "shares exported", 3.0, export, "every account read by SQL"),
            outcome("P10-register", "register of lots exported", 3.0, register, "every record of lots read by SQL"),
            outcome("P10-months", "roll-forward exported", 3.0, months, "every entry read by SQL"),
            outcome(
                "P10-sum",
                "closing of choices drawn up",
                3.0,
                vec![drawn_up],
                "SQL, the sum of each member's points",
            ),
            outcome("P10-close", "every lot decided", 1.5, vec![decided], "raw SQL: as many rows, 1,000 a commit"),
        ])
    }

    /// Reads a report to its end, as CSV. Returns the time in microseconds.
    async fn report(&self, report: Report) -> anyhow::Result<f64> {
        let (parent, format) = (format!("programs/{PROGRAM}"), pb::ReportFormat::Csv.into());
        let request = pb::ExportReportRequest { parent, format, report: Some(report) };
        timed(async {
            let mut file = self.ours.books().export_report(by("ben", request)).await?.into_inner();
            while file.message().await?.is_some() {}
            Ok(())
        })
        .await
    }

    async fn approve_statement(&self, client: &mut PayoutsClient<Channel>) -> anyhow::Result<()> {
        let money = |units| Money { currency_code: "GBP".into(), units, nanos: 0 };
        let line = pb::SavingsLine {
            description: "questions answered".into(),
            quantity: POOL,
            unit_cost: Some(money(1)),
            ..Default::default()
        };
        let statement = pb::SavingsStatement {
            name: format!("programs/{PROGRAM}/savingsStatements/{ID}"),
            first_day: Some(today()),
            last_day: Some(today()),
            lines: vec![line],
            community_share: "1".into(),
            ..Default::default()
        };
        let declare = pb::CreateSavingsStatementRequest { savings_statement: Some(statement) };
        let declared = client.create_savings_statement(by("anna", declare)).await?.into_inner();
        let pb::SavingsStatement { name, content_digest, .. } = declared;
        let approve = pb::ApproveSavingsStatementRequest { name, content_digest };
        client.approve_savings_statement(by("ben", approve)).await?;
        Ok(())
    }

    /// Posts every share, and writes as many rows by SQL.
    async fn post(&self, client: &mut PayoutsClient<Channel>, deadline: &Timestamp) -> anyhow::Result<Pair> {
        let draft = pb::CreatePayoutRequest { payout: Some(payout(deadline)) };
        let draft = client.create_payout(by("anna", draft)).await?.into_inner();
        let approve = pb::ApprovePayoutRequest { name: draft.name, content_digest: draft.content_digest };
        let approved = client.approve_payout(by("ben", approve)).await?.into_inner();
        let before = self.ours.entries().await?;
        let clock = Stopwatch::start();
        let execute = pb::ExecutePayoutRequest { name: approved.name };
        let executed = client.execute_payout(by("ben", execute)).await?.into_inner();
        let ours = stats::micros(clock.elapsed());
        ensure!(executed.state() == pb::PayoutState::Executed, "the payout is {:?}", executed.state());
        let rows = self.ours.entries().await? - before;
        Ok(Pair { ours, peer: self.raw(rows, "shares.db").await? })
    }

    /// Draws up the closing of the payout's choices, and decides every lot: all are carried, as nobody has chosen.
    async fn close(&self, deadline: &Timestamp) -> anyhow::Result<[Pair; 2]> {
        while SystemClock.now().get() / 1_000_000 <= deadline.seconds {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let mut client = self.ours.choices();
        let clock = Stopwatch::start();
        let closing = client.close_choices(by("anna", pb::CloseChoicesRequest { name: name() })).await?.into_inner();
        let drawn_up = stats::micros(clock.elapsed());
        let summed = timed(Ranks::sum_all(self.file)).await?;
        let before = self.ours.entries().await?;
        let clock = Stopwatch::start();
        let approve = pb::ApproveClosingRequest { name: name(), content_digest: closing.content_digest };
        let closed = client.approve_closing(by("ben", approve)).await?.into_inner();
        let decided = stats::micros(clock.elapsed());
        ensure!(closed.state() == pb::ClosingState::Closed, "the closing is {:?}", closed.state());
        let rows = self.ours.entries().await? - before;
        let raw = self.raw(rows, "lots.db").await?;
        Ok([Pair { ours: drawn_up, peer: summed }, Pair { ours: decided, peer: raw }])
    }

    /// Writes so many rows by SQL. Returns the time in microseconds.
    async fn raw(&self, rows: u64, file: &str) -> anyhow::Result<f64> {
        let (mut raw, mut source) = raw_sqlite(self.goodturn, self.file, self.folder.join(file)).await?;
        let mut peer = Duration::ZERO;
        let mut left = rows;
        while left > 0 {
            let batch = source.batch(u32::try_from(left.min(BATCH_ROWS.into()))?);
            let clock = Stopwatch::start();
            raw.append(&batch).await?;
            peer += clock.elapsed();
            left -= left.min(BATCH_ROWS.into());
        }
        raw.close().await?;
        Ok(stats::micros(peer))
    }

    /// Returns a time by which the payout is drafted and executed: two seconds, and one for each 10,000 members.
    fn deadline(&self) -> Timestamp {
        let seconds = SystemClock.now().get() / 1_000_000 + 2 + self.members / 10_000;
        Timestamp { seconds, nanos: 0 }
    }
}

/// Returns the name of the payout.
fn name() -> String {
    format!("programs/{PROGRAM}/payouts/{ID}")
}

fn shares() -> Report {
    Report::Shares(pb::SharesReport { payout: name() })
}

fn payout(deadline: &Timestamp) -> pb::Payout {
    pb::Payout {
        name: name(),
        savings_statement: format!("programs/{PROGRAM}/savingsStatements/{ID}"),
        last_day: Some(today()),
        choices: Some(pb::ChoiceTerms { deadline: Some(*deadline), ..Default::default() }),
        ..Default::default()
    }
}

/// Returns this day. All awards of the load happened on it.
fn today() -> Date {
    let now = SystemClock.now().to_rfc3339();
    let mut parts = now.split(['-', 'T']).map(|part| part.parse().unwrap_or_default());
    let mut next = || parts.next().unwrap_or_default();
    Date { year: next(), month: next(), day: next() }
}
