//! `goodturn choices lapse`: the withheld money of a banned member lapses when two persons decide so.

use anyhow::ensure;

use super::choice_id;
use crate::cli::finance::{
    About, AtArgs, Digits, Finance, RecordArgs, WhyArgs, agreed, digest_text, digits, facts, member_id, told,
};
use crate::cli::out;
use crate::cli::server::answered;
use goodturn::domain::value::ids::{ActivityId, MemberId};
use goodturn::pb;
use goodturn::pb::LapseState as State;

#[derive(Debug, clap::Args)]
pub(super) struct LapseArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Asks that everything that is withheld from a banned member lapse. Nothing moves before another person approves
    /// it.
    Propose(ProposeArgs),
    /// Shows the last time somebody asked for it, and what comes next.
    Show(ShowArgs),
    /// Shows what would lapse, and approves exactly that. Lapsed money never comes back.
    Approve(ApproveArgs),
    /// Rejects it, for a reason: the money stays withheld.
    Reject(RejectArgs),
}

#[derive(Debug, clap::Args)]
struct ProposeArgs {
    /// The member.
    #[arg(value_parser = member_id)]
    member: MemberId,
    #[command(flatten)]
    record: RecordArgs,
    /// Id of the case, one among those of the member: the same again asks once.
    #[arg(long, value_name = "ID", value_parser = choice_id)]
    id: ActivityId,
    #[command(flatten)]
    why: WhyArgs,
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The member.
    #[arg(value_parser = member_id)]
    member: MemberId,
    #[command(flatten)]
    at: AtArgs,
}

#[derive(Debug, clap::Args)]
struct ApproveArgs {
    /// The member.
    #[arg(value_parser = member_id)]
    member: MemberId,
    #[command(flatten)]
    record: RecordArgs,
    /// Digest of what was seen, or its first 16 digits: approves without a question, and only that content.
    #[arg(long, value_name = "DIGEST", value_parser = digits)]
    yes: Option<Digits>,
}

#[derive(Debug, clap::Args)]
struct RejectArgs {
    /// The member.
    #[arg(value_parser = member_id)]
    member: MemberId,
    #[command(flatten)]
    record: RecordArgs,
    #[command(flatten)]
    why: WhyArgs,
}

/// Proposes, shows, approves or rejects that withheld money lapse.
///
/// # Errors
/// Says why the server refuses it, or that the person does not agree.
pub(super) async fn run(args: &LapseArgs) -> anyhow::Result<()> {
    match &args.what {
        What::Propose(args) => {
            let mut finance = args.record.finance().await?;
            let (name, note) = (finance.member_name(&args.member), args.why.note.clone());
            let request = pb::LapseMoneyRequest { name, lapse_id: args.id.to_string(), note };
            let lapse = answered(finance.choices.lapse_money(request).await, "ask that the money lapse")?;
            let (about, member) = (finance.about(), &args.member);
            out::print(shown(&lapse, member, about)? + &next(&lapse, member, about))
        }
        What::Show(args) => {
            let mut finance = args.at.finance().await?;
            let lapse = read(&mut finance, &args.member).await?;
            let (about, member) = (finance.about(), &args.member);
            out::print(shown(&lapse, member, about)? + &next(&lapse, member, about))
        }
        What::Approve(args) => {
            let mut finance = args.record.finance().await?;
            let lapse = read(&mut finance, &args.member).await?;
            out::print(shown(&lapse, &args.member, finance.about())?)?;
            if lapse.state() == State::Approved {
                return Ok(());
            }
            ensure!(lapse.state() == State::Proposed, "there is nothing to approve: it was rejected");
            ensure!(!lapse.stale, "it cannot be approved any more{}", next(&lapse, &args.member, finance.about()));
            agreed(&lapse.content_digest, args.yes.as_ref())?;
            let name = finance.member_name(&args.member);
            let (lapse_id, content_digest) = (lapse.lapse_id, lapse.content_digest);
            let request = pb::ApproveLapseRequest { name, lapse_id, content_digest };
            let lapse = answered(finance.choices.approve_lapse(request).await, "approve that the money lapses")?;
            out::print(format!("\n{}", shown(&lapse, &args.member, finance.about())?))
        }
        What::Reject(args) => {
            let mut finance = args.record.finance().await?;
            let pb::Lapse { lapse_id, .. } = read(&mut finance, &args.member).await?;
            let (name, note) = (finance.member_name(&args.member), args.why.note.clone());
            let request = pb::RejectLapseRequest { name, lapse_id, note };
            let lapse = answered(finance.choices.reject_lapse(request).await, "reject that the money lapse")?;
            out::print(shown(&lapse, &args.member, finance.about())?)
        }
    }
}

async fn read(finance: &mut Finance, member: &MemberId) -> anyhow::Result<pb::Lapse> {
    let request = pb::GetLapseRequest { name: finance.member_name(member) };
    answered(finance.choices.get_lapse(request).await, "read whether money is to lapse")
}

/// Says what lapses, or would.
fn shown(lapse: &pb::Lapse, member: &MemberId, about: About<'_>) -> anyhow::Result<String> {
    let withheld = lapse.withheld.clone().unwrap_or_default();
    let sum = told(withheld.amount.as_ref(), about.currency)?;
    let (head, last) = match lapse.state() {
        State::Approved => (format!("{sum} of {member} lapsed.\n"), ("approved by", lapse.decided_by.clone())),
        State::Rejected => {
            let head = format!("{} rejected that {sum} of {member} lapse: nothing lapses.\n", lapse.decided_by);
            (head, ("rejected because", lapse.rejection_note.clone()))
        }
        State::Proposed | State::Unspecified => {
            let head = format!("{sum} withheld from {member} would lapse.\n");
            (head, ("digest", digest_text(&lapse.content_digest)))
        }
    };
    let rows = [
        ("id", lapse.lapse_id.clone()),
        ("lots", withheld.lots.to_string()),
        ("asked by", lapse.drawn_up_by.clone()),
        ("because", lapse.proposal_note.clone()),
        last,
    ];
    Ok(format!("{head}{}", facts(&rows)))
}

/// Says what comes next.
fn next(lapse: &pb::Lapse, member: &MemberId, about: About<'_>) -> String {
    match lapse.state() {
        State::Proposed if lapse.stale => format!(
            "\nIt cannot be approved any more: the ban was lifted, or other money is withheld by now. Reject it, or ask anew \
             under another id:\n{}",
            about.call(&format!("choices lapse reject {member} --note \"...\""))
        ),
        State::Proposed => format!(
            "\nAnother person, with the role approver, approves it. Lapsed money never comes back:\n{}",
            about.call(&format!("choices lapse approve {member}"))
        ),
        State::Rejected => "\nTo ask for it again, give another --id.\n".to_owned(),
        State::Approved | State::Unspecified => String::new(),
    }
}
