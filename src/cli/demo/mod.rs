//! `goodturn demo`: half a year of a real community, from its first activity to a payout that anyone can check.
//!
//! It starts the server on an embedded database. Then it only talks to the server as any client would, through the gRPC
//! API.

mod client;
mod community;
mod files;
mod input;
mod kinds;
mod people;
mod proof;
mod replay;
mod shares;
mod shop;
pub(super) mod text;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use tonic::transport::Channel;

use self::client::Cast;
use self::community::Community;
use self::files::Files;
use crate::cli::{database_url, out};
use goodturn::app;
use goodturn::ledger::clock::Stopwatch;
use goodturn::log::DatabaseUrl;

/// The community that is replayed when no other is given.
const EMBEDDED: &[u8] = include_bytes!("../../../data/quantumcomputing-2018.jsonl");
/// Its file's name, without the ending.
const EMBEDDED_NAME: &str = "quantumcomputing-2018";

/// Help of `--input`, with the fields' names as they are written.
const INPUT_HELP: &str = "Community to replay: JSON Lines with id, kind (answer_accepted, kudos or promotion), member, \
    counterparty and subject (both optional), occurred_at [default: the embedded Quantum Computing Stack Exchange, 2018]";

/// Replays a real community through the server and pays it out.
#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {
    /// Folder for the database and the results; made if there is none.
    #[arg(long, value_name = "DIR", default_value = "goodturn-demo")]
    output: PathBuf,

    /// Community to replay, in the format of `data/README.md`; see [`INPUT_HELP`].
    #[arg(long, value_name = "FILE", help = INPUT_HELP)]
    input: Option<PathBuf>,

    /// Database to record in [default: an SQLite file in the output folder].
    #[arg(long, value_name = "URL", value_parser = database_url())]
    database: Option<DatabaseUrl>,
}

/// Runs the demo. The same files end in the same result when it runs again: every call is idempotent.
///
/// # Errors
/// Says which line of the input is malformed, which call failed, or which proof failed.
pub(super) async fn run(args: DemoArgs) -> anyhow::Result<()> {
    let began = Stopwatch::start();
    let community = Community::load(args.input.as_deref())?;
    std::fs::create_dir_all(&args.output)
        .with_context(|| format!("cannot make the folder {}; give another with --output", args.output.display()))?;
    let database = match args.database {
        Some(url) => url,
        None => sqlite_url(&args.output)?.into(),
    };

    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let (database_patience, config) = (Duration::ZERO, app::Config::default());
    let config = app::Config { listen, database: database.clone(), database_patience, ..config };
    let running = app::start(&config).await.context("cannot start the server")?;
    let told = tell(&community, running.address, &args.output).await;
    let stopped = running.stop().await.context("cannot stop the server");
    let ending = told?;
    stopped?;

    out::print(format!("Everything above took {}.\n\n", text::seconds(began.elapsed())))?;
    out::print(files::go_on(&database, &community, &ending))
}

/// Plays everything through the API and prints it step by step. Returns the member whose share was explained.
async fn tell(community: &Community, address: SocketAddr, output: &Path) -> anyhow::Result<String> {
    let channel = Channel::from_shared(format!("http://{address}"))
        .context("the server's address")?
        .connect()
        .await
        .with_context(|| format!("cannot connect to the server at {address}"))?;
    let mut cast = Cast::on(&channel);

    out::print(replay::introduce(community, address))?;
    replay::set_up(&mut cast.anna, community).await?;
    out::print(replay::rules(community))?;
    let replayed = replay::replay(&mut cast, community).await?;
    out::print(replayed.to_text())?;

    let board = people::fetch_board(&mut cast.forum, community).await?;
    out::print(people::leaderboard(&board))?;
    let history = people::fetch_history(&mut cast.forum, community, &board).await?;
    out::print(history.to_text())?;

    let statement = shares::declare_savings(&mut cast, community).await?;
    out::print(shares::savings(&statement)?)?;
    let (payout, refusal) = shares::pay_out(&mut cast, community, &statement).await?;
    out::print(shares::signatures(&payout, &refusal)?)?;
    let paid = shares::fetch_shares(&mut cast.anna, &payout, &board).await?;
    out::print(paid.to_text()?)?;
    let explained = paid.explained(&history.member);
    let declined_seq = history.declined_seq().filter(|_| explained == history.member);
    let explanation = shares::explain(&mut cast.anna, &payout, explained, declined_seq).await?;
    out::print(explanation)?;

    let statements = shares::export(&mut cast.anna, &payout).await?;
    let pool_minor = text::minor(payout.pool.as_ref())?;
    let shares = proof::prove_shares(&statements, pool_minor)?;
    let verified = proof::verify(&mut cast.ben, community).await?;
    out::print(proof::proofs(&shares, &verified))?;

    out::print(shop::play(&mut cast).await?.to_text())?;

    let files = Files {
        board: &board,
        replayed: &replayed,
        statements: &statements,
        pool_minor,
        shares: &shares,
        log: &verified,
    };
    files.write(output)?;
    out::print(files.to_text(output))?;
    proof::nothing_found(&verified)?;
    Ok(explained.to_owned())
}

/// The embedded database in the output folder, as a URL.
fn sqlite_url(output: &Path) -> anyhow::Result<String> {
    let file = output.join("goodturn.db");
    let path = file.to_str().context("the output folder's name is not UTF-8; give another with --output")?;
    let path = path.replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    Ok(format!("sqlite://{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_any_name_can_hold_the_database() {
        let url = |folder: &str| sqlite_url(Path::new(folder)).ok();
        assert_eq!(url("goodturn-demo").as_deref(), Some("sqlite://goodturn-demo/goodturn.db"));
        assert_eq!(url("/a b/50%?").as_deref(), Some("sqlite:///a b/50%25%3F/goodturn.db"));
    }
}
