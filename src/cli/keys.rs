//! `goodturn keys`.

use anyhow::ensure;

use super::pages::Pages;
use super::program_id;
use super::server::{Connection, ServerArgs, answered};
use crate::cli::out;
use goodturn::domain::terms::access::KEY_DAYS_MAX;
use goodturn::domain::value::ids::{KeyId, ProgramId};
use goodturn::domain::value::role::Role;
use goodturn::ledger::clock::{Clock as _, SystemClock, new_id};
use goodturn::pb;
use goodturn::pb::access_change::Change;
use goodturn::pb::principals_client::PrincipalsClient;
use goodturn::wire::role::{name, number};
use goodturn::wire::{micros, time};

/// Days that a key lives when nobody says how long.
const DAYS_DEFAULT: u16 = 365;

/// Keys asked for at a time.
const PAGE: i32 = 1_000;

#[derive(Debug, clap::Args)]
pub(super) struct KeysArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Creates a key, and prints it: it is shown this once. An owner of the programme may.
    Create(CreateArgs),
    /// Lists the keys of a programme, without their secrets.
    List(ListArgs),
    /// Revokes a key: it opens nothing any more, on any server, within a second.
    Revoke(RevokeArgs),
}

#[derive(Debug, clap::Args)]
struct CreateArgs {
    /// The programme.
    #[arg(long, value_parser = program_id)]
    program: ProgramId,
    /// Service that will call with the key, as forum. It has at most two keys at a time, so that one can take the place of the other.
    #[arg(long, value_name = "NAME")]
    service: String,
    /// What the key opens; may be given several times.
    #[arg(long = "role", value_name = "ROLE", required = true, value_parser = role)]
    roles: Vec<Role>,
    /// Source under whose name the key records, as forum; may be given several times.
    #[arg(long = "source", value_name = "NAME")]
    sources: Vec<String>,
    /// Days until the key opens nothing.
    #[arg(long, value_name = "N", default_value_t = DAYS_DEFAULT, value_parser = clap::value_parser!(u16).range(1..=i64::from(KEY_DAYS_MAX)))]
    days: u16,
    #[command(flatten)]
    why: WhyArgs,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, clap::Args)]
struct ListArgs {
    /// The programme.
    #[arg(long, value_parser = program_id)]
    program: ProgramId,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, clap::Args)]
struct RevokeArgs {
    /// The key's id: what stands between gt_ and the next _ of it.
    #[arg(value_parser = key_id)]
    key: KeyId,
    /// The programme.
    #[arg(long, value_parser = program_id)]
    program: ProgramId,
    #[command(flatten)]
    why: WhyArgs,
    #[command(flatten)]
    server: ServerArgs,
}

/// What is recorded of a change beside the change itself.
#[derive(Debug, clap::Args)]
struct WhyArgs {
    /// Why, in words: it is recorded.
    #[arg(long, value_name = "TEXT")]
    note: String,
    /// Id of the change, as that of a ticket; it stands for one change [default: a new one].
    #[arg(long, value_name = "ID")]
    id: Option<String>,
}

fn role(name: &str) -> Result<Role, String> {
    let known = Role::named(name).filter(|role| role.is_for_keys());
    known.ok_or_else(|| "is no role of a key: frontend, shop, community or auditor".into())
}

fn key_id(text: &str) -> Result<KeyId, String> {
    KeyId::parse(text).map_err(|why| why.to_string())
}

/// Creates, lists or revokes keys.
///
/// # Errors
/// Says that no server answers, or what it answered.
pub(super) async fn run(args: &KeysArgs) -> anyhow::Result<()> {
    match &args.what {
        What::Create(args) => create(args).await,
        What::List(args) => list(args).await,
        What::Revoke(args) => revoke(args).await,
    }
}

async fn create(args: &CreateArgs) -> anyhow::Result<()> {
    let key = pb::Key {
        service: args.service.clone(),
        roles: args.roles.iter().copied().map(number).collect(),
        sources: args.sources.clone(),
        expire_time: Some(time(SystemClock.now().days_later(args.days))),
        ..pb::Key::default()
    };
    let made = change(&args.program, &args.why, Change::CreateKey(key), &args.server, "create the key").await?;
    let Some(Change::CreateKey(key)) = &made.change else { anyhow::bail!("the server has made no key") };
    ensure!(!made.secret_key.is_empty(), "{} was created before, and a key is shown once", key.name);
    out::print(format!("{}\n", made.secret_key))?;
    out::say(&format!(
        "{}. It is shown this once: put it where {} reads it, and send it as authorization: Bearer KEY.",
        told(key),
        args.service
    ));
    if made.state() == pb::AccessChangeState::Proposed {
        out::say(&format!("It opens nothing until another owner approves {}.", made.name));
    }
    Ok(())
}

async fn list(args: &ListArgs) -> anyhow::Result<()> {
    let mut principals = PrincipalsClient::new(args.server.connect().await?);
    let keys = Pages::all(async |page_token| {
        let parent = format!("programs/{}", args.program);
        let request = pb::ListKeysRequest { parent, page_size: PAGE, page_token };
        let page = answered(principals.list_keys(request).await, "list the keys")?;
        Ok((page.keys, page.next_page_token))
    });
    let keys = keys.await?;
    if keys.is_empty() {
        return out::print(format!("{} has no keys.\n", args.program));
    }
    out::print(keys.iter().map(|key| told(key) + "\n").collect::<String>())
}

async fn revoke(args: &RevokeArgs) -> anyhow::Result<()> {
    let name = format!("programs/{}/keys/{}", args.program, args.key);
    change(&args.program, &args.why, Change::RevokeKey(name), &args.server, "revoke the key").await?;
    out::print(format!("{} is revoked: within a second it opens nothing on any server.\n", args.key))
}

async fn change(
    program: &ProgramId,
    why: &WhyArgs,
    change: Change,
    server: &ServerArgs,
    doing: &str,
) -> anyhow::Result<pb::AccessChange> {
    let mut principals: PrincipalsClient<Connection> = PrincipalsClient::new(server.connect().await?);
    let id = why.id.clone().unwrap_or_else(|| new_id().to_string());
    let name = format!("programs/{program}/accessChanges/{id}");
    let change = pb::AccessChange { name, change: Some(change), note: why.note.clone(), ..pb::AccessChange::default() };
    let request = pb::ChangeAccessRequest { access_change: Some(change) };
    answered(principals.change_access(request).await, doing)
}

/// Says what a key opens, and until when.
fn told(key: &pb::Key) -> String {
    let id = key.name.rsplit('/').next().unwrap_or_default();
    let roles: Vec<&str> = key.roles.iter().copied().map(name).collect();
    let sources = match &key.sources[..] {
        [] => String::new(),
        sources => format!(", records for {}", sources.join(", ")),
    };
    let state = match key.expire_time.as_ref().and_then(micros) {
        Some(at) if !key.revoked => format!("expires {}", at.to_rfc3339()),
        _ => "revoked".to_owned(),
    };
    format!("{id}  {}  {}{sources}, {state}", key.service, roles.join(", "))
}
