//! `goodturn access`.

use std::sync::Arc;

use anyhow::Context as _;

use super::finance::WhyArgs;
use super::pages::Pages;
use super::server::{ServerArgs, answered};
use super::{DatabaseArgs, program_id};
use crate::cli::out;
use goodturn::domain::decide::command::{Act, Command};
use goodturn::domain::entry::fact::Fact;
use goodturn::domain::terms::access::{AccessTexts, LoginText, PersonLogin};
use goodturn::domain::value::encoding::Note;
use goodturn::domain::value::ids::{PersonId, ProgramId, RequestId};
use goodturn::domain::value::principal::PrincipalId;
use goodturn::ledger::Ledger;
use goodturn::ledger::clock::{SystemClock, new_id, random};
use goodturn::log::{self, Purpose};
use goodturn::pb;
use goodturn::pb::principals_client::PrincipalsClient;
use goodturn::wire::role::name;

/// Persons asked for at a time.
const PAGE: i32 = 1_000;

#[derive(Debug, clap::Args)]
pub(super) struct AccessArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Lists the persons of a programme, with their roles. An owner or an auditor may.
    List(ListArgs),
    /// Makes a login's person an owner, straight in the database: for a programme whose owners cannot log in any more. It is recorded,
    /// and everybody who reads the log sees it.
    Recover(RecoverArgs),
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
struct RecoverArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The programme.
    #[arg(long, value_parser = program_id)]
    program: ProgramId,
    /// Issuer of the person's tokens: the claim iss.
    #[arg(long, value_name = "URL")]
    issuer: String,
    /// The issuer's own name for the person: the claim sub.
    #[arg(long, value_name = "ID")]
    subject: String,
    /// How the person is called, for those who read it.
    #[arg(long, value_name = "NAME", default_value = "")]
    display_name: String,
    #[command(flatten)]
    why: WhyArgs,
}

/// Lists persons, or makes one an owner.
///
/// # Errors
/// Says why it cannot.
pub(super) async fn run(args: &AccessArgs) -> anyhow::Result<()> {
    match &args.what {
        What::List(args) => list(args).await,
        What::Recover(args) => recover(args).await,
    }
}

async fn list(args: &ListArgs) -> anyhow::Result<()> {
    let mut principals = PrincipalsClient::new(args.server.connect().await?);
    let persons = Pages::all(async |page_token| {
        let parent = format!("programs/{}", args.program);
        let request = pb::ListPersonsRequest { parent, page_size: PAGE, page_token };
        let page = answered(principals.list_persons(request).await, "list the persons")?;
        Ok((page.persons, page.next_page_token))
    });
    let persons = persons.await?;
    if persons.is_empty() {
        return out::print(format!("{} has no persons: whoever gives a name is believed there.\n", args.program));
    }
    out::print(persons.iter().map(|person| told(person) + "\n").collect::<String>())
}

fn told(person: &pb::Person) -> String {
    let id = person.name.rsplit('/').next().unwrap_or_default();
    let roles: Vec<&str> = person.roles.iter().copied().map(name).collect();
    let called = person.logins.first().map(|login| login.display_name.as_str()).unwrap_or_default();
    let logins: Vec<String> =
        person.logins.iter().map(|login| format!("{} at {}", login.subject, login.issuer)).collect();
    let stands = match person.state() {
        pb::PersonState::Removed => "removed".to_owned(),
        pb::PersonState::Joined => format!("joined {}", person.joined.rsplit('/').next().unwrap_or_default()),
        _ if roles.is_empty() => "no role".to_owned(),
        _ => roles.join(", "),
    };
    format!("{id}  {called}  {stands}  ({})", logins.join(", "))
}

async fn recover(args: &RecoverArgs) -> anyhow::Result<()> {
    let log = log::open(args.database.database.clone(), Purpose::Record).await?;
    let ledger = Ledger::new(Arc::clone(&log), Arc::new(SystemClock));
    let program = ledger.program(&args.program).await?;
    let program = program.with_context(|| format!("{} is no programme of this database", args.program))?;
    let bits: [u8; 26] = random().context("this machine has no random bits")?;
    let (of_person, salt) = bits.split_first_chunk().context("there are more bits than a person's id has")?;
    let person = PersonId::of_random(of_person);
    let login = program.secret.login(&args.issuer, &args.subject);
    let text = LoginText {
        issuer: args.issuer.clone(),
        subject: args.subject.clone(),
        display_name: args.display_name.clone(),
    };
    let texts = AccessTexts { note: args.why.note.clone(), logins: vec![text] };
    let note = Note { salt: salt.try_into().context("a salt has 16 bytes")?, text: texts.stored().into() };
    let id = RequestId::parse(&new_id().to_string()).context("an id is one")?;
    let act = Act::RecoverAccess(PersonLogin { person, login });
    let own = Command::own(&program.secret, id, PrincipalId::goodturn(), act);
    let recorded = ledger.submit(&program, Command { note: Some(note), ..own }, None).await?;
    let owner = match &recorded.fact {
        Fact::Owners(owners) => owners.persons.first().map(|new| new.person.to_string()).unwrap_or_default(),
        _ => String::new(),
    };
    let seq = recorded.seq;
    log.close().await;
    out::print(format!("persons/{owner} is an owner of {}, as entry {seq} says.\n", args.program))
}
