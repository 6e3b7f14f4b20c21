//! `goodturn rules simulate`.

mod chart;
mod json;
mod table;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use jiff::civil;
use tonic::Status;

use super::file;
use crate::cli::program_id;
use crate::cli::server::{ServerArgs, explain};
use goodturn::domain::value::decimal::SCALE_MAX;
use goodturn::domain::value::ids::ProgramId;
use goodturn::domain::value::money::Currency;
use goodturn::domain::value::number::Number;
use goodturn::google::r#type::{Date, Money};
use goodturn::pb;
use goodturn::pb::programs_client::ProgramsClient;

#[derive(Debug, clap::Args)]
pub(super) struct SimulateArgs {
    /// File with the draft, as TOML.
    file: PathBuf,
    #[command(flatten)]
    server: ServerArgs,
    /// The programme.
    #[arg(long, value_parser = program_id)]
    program: ProgramId,
    /// First day of the period, in the programme's time zone.
    #[arg(long, value_name = "DATE")]
    from: civil::Date,
    /// Last day of the period, inclusive.
    #[arg(long, value_name = "DATE")]
    to: civil::Date,
    /// Cost of a point, in the programme's currency, as 0.01.
    #[arg(long, value_name = "AMOUNT", value_parser = number)]
    value_per_point: Option<Number>,
    /// Largest number of members listed as winners, and as losers, 1 to 100.
    #[arg(long, default_value_t = 10, value_name = "MEMBERS")]
    top: i32,
    /// File to draw a chart into, as SVG.
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    /// Writes JSON, with the names of the API, instead of a table.
    #[arg(long)]
    json: bool,
}

/// A simulation, and its question.
struct Simulation {
    /// The draft's file, as it was given.
    file: String,
    program: ProgramId,
    from: civil::Date,
    to: civil::Date,
    currency: Currency,
    /// The cost of a point.
    value: Option<Number>,
    found: pb::SimulateRuleSetResponse,
}

/// Prints the points that a draft would have given, and draws them.
///
/// # Errors
/// Lists the faults of the file or the draft. Says which call failed, or which file cannot be written.
pub(super) async fn run(args: &SimulateArgs) -> anyhow::Result<String> {
    let simulation = ask(args).await?;
    if let Some(path) = &args.chart {
        write(path, &chart::svg(&simulation))?;
    }
    if args.json { json::of(&simulation.found) } else { table::of(&simulation) }
}

async fn ask(args: &SimulateArgs) -> anyhow::Result<Simulation> {
    let mut programs = ProgramsClient::new(args.server.connect_for_long().await?);
    let parent = format!("programs/{}", args.program);
    let get = pb::GetProgramRequest { name: parent.clone() };
    let program = programs.get_program(get).await.map_err(|status| told(&parent, &status))?.into_inner();
    let code = &program.currency_code;
    let currency =
        Currency::from_code(code).ok_or_else(|| anyhow!("the server's currency {code:?} is unknown here"))?;
    let value_per_point = args.value_per_point.map(|value| money(value, currency)).transpose()?;
    let request = pb::SimulateRuleSetRequest {
        parent,
        rule_set: Some(file::read(&args.file, code)?),
        first_day: Some(date(args.from)),
        last_day: Some(date(args.to)),
        value_per_point,
        max_members: args.top,
    };
    let path = args.file.display();
    let found = programs.simulate_rule_set(request).await.map_err(|status| told(&path.to_string(), &status))?;
    Ok(Simulation {
        file: path.to_string(),
        program: args.program.clone(),
        from: args.from,
        to: args.to,
        currency,
        value: args.value_per_point,
        found: found.into_inner(),
    })
}

fn told(of: &str, status: &Status) -> anyhow::Error {
    anyhow!("{of} cannot be simulated: {}", explain(status))
}

fn date(date: civil::Date) -> Date {
    Date { year: date.year().into(), month: date.month().into(), day: date.day().into() }
}

fn number(text: &str) -> Result<Number, String> {
    Number::parse(text).map_err(|why| format!("it is {why}"))
}

/// Returns money of any number of places, as the API takes it.
fn money(amount: Number, currency: Currency) -> anyhow::Result<Money> {
    let (mantissa, scale) = amount.parts();
    let per_main = 10_i64.pow(scale.into());
    let (units, rest) = (mantissa / per_main, mantissa % per_main);
    let nanos = rest * 10_i64.pow((SCALE_MAX - scale).into());
    let nanos = i32::try_from(nanos).context("a part of a main unit has at most nine digits")?;
    Ok(Money { currency_code: currency.code().to_owned(), units, nanos })
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

impl Simulation {
    /// Returns every kind with the earnings of its activities.
    fn kinds(&self) -> impl Iterator<Item = (&str, pb::SimulatedSums)> {
        self.found.kinds.iter().map(|kind| (kind.activity_kind.as_str(), kind.sums.unwrap_or_default()))
    }

    /// Returns the earnings of all activities.
    fn total(&self) -> pb::SimulatedSums {
        self.found.total.unwrap_or_default()
    }

    /// Returns the number of members with an activity in the period.
    fn members(&self) -> i64 {
        self.found.winners + self.found.losers + self.found.unchanged
    }
}
