//! `goodturn rules`.

#![expect(clippy::print_stdout, reason = "the report is the output")]

pub(super) mod file;
mod simulate;
mod summary;

use std::path::PathBuf;

use anyhow::bail;
use clap::Subcommand;

use self::file::RuleFile;
use crate::domain::ids::ProgramId;
use crate::domain::money::Currency;

#[derive(Debug, clap::Args)]
pub(super) struct RulesArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Lists everything that is wrong with a file of rules, or says what they give.
    Check(CheckArgs),
    /// Computes what a file of rules would have given over a past period: totals, cost, winners and losers.
    Simulate(Box<simulate::SimulateArgs>),
}

#[derive(Debug, clap::Args)]
struct CheckArgs {
    /// File with the rules, as TOML.
    file: PathBuf,
    /// Currency of the programme that the rules are for.
    #[arg(long, default_value = "GBP", value_name = "CODE", value_parser = currency)]
    currency: Currency,
}

fn currency(code: &str) -> Result<Currency, String> {
    Currency::from_code(code).ok_or_else(|| "is no currency of ISO 4217 with a minor unit, as GBP".into())
}

pub(super) async fn run(args: &RulesArgs) -> anyhow::Result<()> {
    match &args.what {
        What::Check(args) => check(args),
        What::Simulate(args) => {
            print!("{}", simulate::run(args).await?);
            Ok(())
        }
    }
}

fn check(args: &CheckArgs) -> anyhow::Result<()> {
    let file = RuleFile::open(&args.file, args.currency)?;
    // No server is asked: which programme, and which version, is not known yet.
    let program = ProgramId::parse("any").expect("a word is an id");
    match file.checked(&program, 1, args.currency) {
        Ok(rules) => print!("{}", summary::of(&rules, args.currency)),
        Err(problems) => bail!("{} cannot be published:\n{}", args.file.display(), file.listed(&problems)),
    }
    Ok(())
}
