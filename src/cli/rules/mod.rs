//! `goodturn rules`.

mod expiry;
pub(super) mod file;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod published;
mod simulate;
mod summary;

use std::path::PathBuf;

use clap::Subcommand;

use self::file::{RuleFile, read};
use self::published::Published;
use super::program_id;
use super::server::{PrincipalArgs, ServerArgs, TrustArgs};
use crate::cli::out;
use goodturn::domain::value::encoding::hex;
use goodturn::domain::value::ids::ProgramId;
use goodturn::domain::value::money::Currency;
use goodturn::pb;

#[derive(Debug, clap::Args)]
pub(super) struct RulesArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Lists all faults of a file of rules, or says in plain English what the rules give.
    Check(CheckArgs),
    /// Publishes a file of rules as the next version of a programme's rules; does nothing when it is published already.
    Publish(PublishArgs),
    /// Computes what a file of rules would have given over a past period: totals, cost, winners and losers.
    Simulate(Box<simulate::SimulateArgs>),
}

#[derive(Debug, clap::Args)]
struct CheckArgs {
    /// File with the rules, as TOML; see examples/giffgaff/rules.toml.
    file: PathBuf,
    /// Currency of the programme that the rules are for [default: GBP, or that of --program].
    #[arg(long, value_name = "CODE", value_parser = currency, conflicts_with = "against")]
    currency: Option<Currency>,
    /// Address of a server with the programme's versions so far: then also says what may not change, and when the rules
    /// may begin.
    #[arg(long, value_name = "HOST:PORT", requires = "program")]
    against: Option<String>,
    #[command(flatten)]
    trust: TrustArgs,
    /// The programme.
    #[arg(long, value_parser = program_id, requires = "against")]
    program: Option<ProgramId>,
}

#[derive(Debug, clap::Args)]
struct PublishArgs {
    /// File with the rules, as TOML; see examples/giffgaff/rules.toml.
    file: PathBuf,
    #[command(flatten)]
    server: ServerArgs,
    /// The programme.
    #[arg(long, value_parser = program_id)]
    program: ProgramId,
    /// Version that it must become: fails where another is next, or this one has other content [default: the next].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    version: Option<u32>,
    #[command(flatten)]
    principal: PrincipalArgs,
}

fn currency(code: &str) -> Result<Currency, String> {
    Currency::from_code(code).ok_or_else(|| "is no currency of ISO 4217 with a minor unit, as GBP".into())
}

pub(super) async fn run(args: &RulesArgs) -> anyhow::Result<()> {
    match &args.what {
        What::Check(args) => check(args).await,
        What::Publish(args) => publish(args).await,
        What::Simulate(args) => out::print(simulate::run(args).await?),
    }
}

async fn check(args: &CheckArgs) -> anyhow::Result<()> {
    let published = match args.against.as_ref().zip(args.program.as_ref()) {
        Some((address, program)) => {
            let server = ServerArgs::at(address.clone(), args.trust.clone());
            Some(Published::on(&server, program, None).await?)
        }
        None => None,
    };
    let pounds = || Currency::from_code("GBP").expect("ISO 4217 has pounds");
    let currency = published.as_ref().map(|published| published.currency).or(args.currency).unwrap_or_else(pounds);
    let file = RuleFile::open(&args.file, currency)?;
    let rules = file.checked(currency);
    let version = published.as_ref().and_then(|published| published.version_of(&file.rules));
    // Rules that are published already need not be able to follow themselves.
    let further = published.as_ref().filter(|_| version.is_none()).zip(rules.as_ref().ok());
    let further = further.map(|(published, rules)| published.problems(rules)).unwrap_or_default();
    let problems: Vec<_> = rules.as_ref().err().into_iter().flatten().cloned().chain(further).collect();
    let rules = rules.ok().filter(|_| problems.is_empty()).ok_or_else(|| file.refused(&problems))?;
    let summary = summary::of(&args.file, &rules, currency);
    let further = match (version, published) {
        (Some(version), _) => format!("Published already, as version {version}.\n"),
        (None, Some(published)) => format!("Can be published, as version {}.\n", published.next()),
        (None, None) => String::new(),
    };
    out::print(summary + &further)
}

async fn publish(args: &PublishArgs) -> anyhow::Result<()> {
    let mut published = Published::on(&args.server, &args.program, args.principal.name.clone()).await?;
    let rules = read(&args.file, published.currency.code())?;
    let version = args.version.or_else(|| published.version_of(&rules)).unwrap_or_else(|| published.next());
    let name = format!("programs/{}/ruleSets/{version}", args.program);
    let (recorded, understood) = published.publish(pb::RuleSet { name, ..rules }).await?;
    out::print(format!(
        "{}
  in force from  {}
  digest         {}
  published by   {}
",
        recorded.name,
        understood.in_force_from.to_rfc3339(),
        hex(&recorded.digest),
        recorded.published_by
    ))
}
