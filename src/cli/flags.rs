//! `goodturn flags`.

use jiff::civil;
use serde_json::json;

use super::pages::Pages;
use super::program_id;
use super::server::{ServerArgs, answered};
use crate::cli::out;
use goodturn::domain::value::ids::ProgramId;
use goodturn::google::r#type::Date;
use goodturn::pb;
use goodturn::pb::audit_client::AuditClient;

/// Flags asked for at a time: the largest number allowed, as every page reads the log again.
const PAGE: i32 = 1_000;

#[derive(Debug, clap::Args)]
pub(super) struct FlagsArgs {
    /// The programme.
    #[arg(long, value_parser = program_id)]
    program: ProgramId,
    #[command(flatten)]
    server: ServerArgs,
    /// First day whose activities are looked at, in the programme's time zone [default: the first there is].
    #[arg(long, value_name = "DATE")]
    from: Option<civil::Date>,
    /// Last day, inclusive [default: the last there is].
    #[arg(long, value_name = "DATE")]
    to: Option<civil::Date>,
    /// Writes JSON, with the names of the API, instead of sentences.
    #[arg(long)]
    json: bool,
}

/// Prints the patterns that look like abuse, the numbers from which on they count, and how much was looked at.
///
/// # Errors
/// Says that no server answers, or what it answered.
pub(super) async fn run(args: &FlagsArgs) -> anyhow::Result<()> {
    let (found, flags) = ask(args).await?;
    let text = if args.json { json_of(&found, &flags)? } else { text_of(&found, &flags) };
    out::print(text)
}

/// Returns the last page, and the flags of all pages.
async fn ask(args: &FlagsArgs) -> anyhow::Result<(pb::ListFlagsResponse, Vec<pb::Flag>)> {
    let mut audit = AuditClient::new(args.server.connect_for_long().await?);
    let mut request = pb::ListFlagsRequest {
        parent: format!("programs/{}", args.program),
        first_day: args.from.map(date),
        last_day: args.to.map(date),
        page_size: PAGE,
        page_token: String::new(),
    };
    let (mut flags, mut pages) = (Vec::new(), Pages::default());
    loop {
        let page = answered(audit.list_flags(request.clone()).await, "list flags")?;
        flags.extend(page.flags.iter().cloned());
        if !pages.go_on(page.next_page_token.clone())? {
            return Ok((page, flags));
        }
        request.page_token = pages.token();
    }
}

fn date(date: civil::Date) -> Date {
    Date { year: date.year().into(), month: date.month().into(), day: date.day().into() }
}

/// Returns the name of a kind as people read it.
fn kind(flag: &pb::Flag) -> String {
    flag.kind().as_str_name().trim_start_matches("FLAG_KIND_").to_lowercase().replace('_', " ")
}

fn text_of(found: &pb::ListFlagsResponse, flags: &[pb::Flag]) -> String {
    let mut text = String::new();
    for flag in flags {
        let seqs: Vec<String> = flag.seqs.iter().map(|seq| format!("#{seq}")).collect();
        let named = i64::try_from(flag.seqs.len()).unwrap_or_default();
        let more = match flag.total_entries - named {
            more if more > 0 => format!(" and {more} more"),
            _ => String::new(),
        };
        text += &format!("{}: {}\n  rests on {}{more}\n\n", kind(flag), flag.sentence, seqs.join(" "));
    }
    let seen = found.seen.unwrap_or_default();
    let limits = found.thresholds.unwrap_or_default();
    let noun = if flags.len() == 1 { "flag" } else { "flags" };
    text += &format!(
        "{} {noun} up to #{}. Looked at: activities {}, members {}, days of members with points {}, pairs who earn from each other \
         {}, recruiters {}.\n\n",
        flags.len(),
        found.seq,
        seen.activities,
        seen.members,
        seen.active_days,
        seen.mutual_pairs,
        seen.recruiters,
    );
    text += &format!(
        "What is looked for\n  \
           reciprocal accepts  at least {} activities each way, and {} % of what one of the two earned\n  \
           burst               more than {} times the median day with points, by at least {} activities\n  \
           referral ring       members who recruited each other in a circle of at most {}\n  \
           idle recruits       at least {} recruits, none of whom earned anything within {} days\n  \
           write offs          points written off by at least {} acts\n  \
           refunds exceed      more money refunded than was paid\n\n\
         A flag is a reason to look, not a verdict: nothing follows from it by itself.\n",
        limits.reciprocal_activities,
        limits.reciprocal_percent,
        limits.burst_times_median,
        limits.burst_activities,
        limits.ring_members,
        limits.idle_recruits,
        limits.idle_days,
        limits.write_offs,
    );
    text
}

fn json_of(found: &pb::ListFlagsResponse, flags: &[pb::Flag]) -> anyhow::Result<String> {
    let seen = found.seen.unwrap_or_default();
    let limits = found.thresholds.unwrap_or_default();
    let flag = |flag: &pb::Flag| {
        json!({
            "kind": flag.kind().as_str_name(),
            "member_ids": flag.member_ids,
            "points": flag.points,
            "seqs": flag.seqs,
            "total_entries": flag.total_entries,
            "sentence": flag.sentence,
        })
    };
    let value = json!({
        "seq": found.seq,
        "total_flags": found.total_flags,
        "flags": flags.iter().map(flag).collect::<Vec<_>>(),
        "thresholds": {
            "reciprocal_activities": limits.reciprocal_activities,
            "reciprocal_percent": limits.reciprocal_percent,
            "burst_times_median": limits.burst_times_median,
            "burst_activities": limits.burst_activities,
            "ring_members": limits.ring_members,
            "idle_recruits": limits.idle_recruits,
            "idle_days": limits.idle_days,
            "write_offs": limits.write_offs,
        },
        "seen": {
            "activities": seen.activities,
            "members": seen.members,
            "active_days": seen.active_days,
            "mutual_pairs": seen.mutual_pairs,
            "recruiters": seen.recruiters,
        },
    });
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}
