//! Setting up the programme, and recording everything that the members did, in file order.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{anyhow, ensure};
use indicatif::{ProgressBar, ProgressStyle};

use super::client::{Caller, Cast, Reply as _, explain};
use super::community::{CURRENCY, Community};
use super::input::Activity;
use super::kinds::KINDS;
use super::text;
use crate::cli::server::status_of;
use goodturn::pb::{self, record_activity_result};

/// Activities of a call: few enough that the bar moves, and so many that the calls themselves cost nothing.
const ACTIVITIES_PER_CALL: usize = 500;

/// The results of a replay.
pub(super) struct Replayed {
    /// Number of activities sent.
    pub(super) sent: usize,
    /// Number of these that an earlier run had recorded.
    pub(super) recorded_before: usize,
    /// Number of these that earned nothing.
    pub(super) declined: usize,
    head_seq_before: i64,
    head_seq: i64,
    took: Duration,
}

/// Says which community is replayed, and on which server.
pub(super) fn introduce(community: &Community, address: SocketAddr) -> String {
    let text = format!(
        "{} of {} from {} to {}, recorded through the gRPC API of a server at {address}.",
        text::counted_as(text::count(community.activities.len()), "activity", "activities"),
        text::counted(text::count(community.members()), "member"),
        community.first_day.date(),
        community.last_day.date(),
    );
    format!("Programme {}\n\n{}\n", community.program_id, text::wrapped("  ", &text))
}

/// Creates the programme and publishes its rules.
pub(super) async fn set_up(anna: &mut Caller, community: &Community) -> anyhow::Result<()> {
    let program = pb::Program { currency_code: CURRENCY.to_owned(), time_zone: "UTC".to_owned(), ..Default::default() };
    let create = pb::CreateProgramRequest {
        program_id: community.program_id.clone(),
        program: Some(program),
        ..Default::default()
    };
    anna.programs.create_program(create).await.or_say("create the programme")?;
    let publish = pb::PublishRuleSetRequest { rule_set: Some(community.rule_set()?) };
    anna.programs.publish_rule_set(publish).await.or_say("publish the rules")?;
    Ok(())
}

/// Shows the rules.
pub(super) fn rules(community: &Community) -> String {
    let mut text = format!("Rules, version 1, in force from {}\n\n", community.first_day.date());
    for terms in KINDS.map(super::kinds::Kind::terms) {
        let points = text::counted(terms.points, "point");
        text += &format!("  {:<15}  {points:>10}  {}\n", terms.activity_kind, terms.meaning);
    }
    text + "\n"
}

/// Records every activity, in file order, with a progress bar on a terminal.
///
/// # Errors
/// Stops at the first line that is not recorded, and names it.
pub(super) async fn replay(cast: &mut Cast, community: &Community) -> anyhow::Result<Replayed> {
    let head_seq_before = head_seq(&mut cast.anna, community).await?;
    let bar = progress(community.activities.len())?;
    let mut replayed = Replayed {
        sent: 0,
        recorded_before: 0,
        declined: 0,
        head_seq_before,
        head_seq: head_seq_before,
        took: Duration::ZERO,
    };
    for lines in community.activities.chunks(ACTIVITIES_PER_CALL) {
        for receipt in record(&mut cast.forum, community, lines).await? {
            replayed.sent += 1;
            replayed.recorded_before += usize::from(receipt.seq <= head_seq_before);
            replayed.declined += usize::from(receipt.decline_reason() != pb::DeclineReason::Unspecified);
        }
        bar.inc(u64::try_from(lines.len())?);
    }
    replayed.took = bar.elapsed();
    bar.finish_and_clear();
    replayed.head_seq = head_seq(&mut cast.anna, community).await?;
    Ok(replayed)
}

impl Replayed {
    /// Shows the results.
    pub(super) fn to_text(&self) -> String {
        let Self { sent, recorded_before, declined, head_seq_before, head_seq, took } = self;
        let number = |things: usize| text::grouped(text::count(things));
        let mut text = format!(
            "{} sent in file order, {ACTIVITIES_PER_CALL} a call: {} recorded now, {} recorded before; {} \
             credited, {} declined. The log grew from {} to {}.",
            number(*sent),
            number(sent - recorded_before),
            number(*recorded_before),
            number(sent - declined),
            number(*declined),
            text::grouped(*head_seq_before),
            text::counted_as(*head_seq, "entry", "entries"),
        );
        text += &format!(
            " It took {}: {} activities a second, {}.",
            text::seconds(*took),
            text::grouped(text::per_second(*sent, *took)),
            if sent == recorded_before {
                "each answered with its first receipt"
            } else {
                "each on disk before its reply"
            },
        );
        format!("Replay\n\n{}\n", text::wrapped("  ", &text))
    }
}

async fn head_seq(caller: &mut Caller, community: &Community) -> anyhow::Result<i64> {
    let get = pb::GetProgramRequest { name: community.program() };
    Ok(caller.programs.get_program(get).await.or_say("read the programme")?.head_seq)
}

async fn record(forum: &mut Caller, community: &Community, lines: &[Activity]) -> anyhow::Result<Vec<pb::Receipt>> {
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return Ok(Vec::new()) };
    let doing = format!("record lines {} to {}", first.line, last.line);
    let activities = lines.iter().map(|line| community.activity(line)).collect::<anyhow::Result<Vec<_>>>()?;
    let batch = pb::BatchRecordActivitiesRequest { parent: community.program(), activities, ..Default::default() };
    let results = forum.ledger.batch_record_activities(batch).await.or_say(&doing)?.results;
    ensure!(results.len() == lines.len(), "cannot {doing}: the server answered {} of them", results.len());
    let receipt = |(line, result): (&Activity, pb::RecordActivityResult)| match result.result {
        Some(record_activity_result::Result::Receipt(receipt)) => Ok(receipt),
        Some(record_activity_result::Result::Error(error)) => {
            Err(anyhow!("cannot record line {}: {}", line.line, explain(&status_of(&error))))
        }
        None => Err(anyhow!("cannot record line {}: the server did not answer it", line.line)),
    };
    lines.iter().zip(results).map(receipt).collect()
}

/// Makes a bar on standard error. It draws nothing when that is not a terminal.
fn progress(activities: usize) -> anyhow::Result<ProgressBar> {
    let template = "  {bar:40} {human_pos} of {human_len} activities, {eta} left";
    let style = ProgressStyle::with_template(template)?.progress_chars("█▉▊▋▌▍▎▏ ");
    Ok(ProgressBar::new(u64::try_from(activities)?).with_style(style))
}
