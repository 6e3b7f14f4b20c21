//! `goodturn verify`.

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};

use super::{DatabaseArgs, program_id};
use crate::cli::{out, text};
use goodturn::audit::{FINDINGS_MAX, Report, verify};
use goodturn::domain::value::encoding::hex;
use goodturn::domain::value::ids::ProgramId;
use goodturn::log::{Log, shown};

/// Programmes read at a time.
const PAGE: u32 = 100;

#[derive(Debug, clap::Args)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Verifies this programme only.
    #[arg(long, value_parser = program_id)]
    program: Option<ProgramId>,
}

pub(super) async fn run(args: &VerifyArgs) -> anyhow::Result<()> {
    let log = args.database.open().await?;
    let programs = match &args.program {
        Some(program) => vec![program.clone()],
        None => every_program(&*log).await?,
    };
    let mut broken = 0_usize;
    for program in &programs {
        let bar = ProgressBar::new_spinner()
            .with_style(ProgressStyle::with_template("{spinner} {msg}: {human_pos} entries, {per_sec}")?);
        bar.set_message(program.to_string());
        let checked =
            verify(&*log, program, |seq| bar.set_position(u64::try_from(seq.get()).unwrap_or_default())).await;
        bar.finish_and_clear();
        match checked {
            Ok(Some(report)) => {
                out::print(text_of(program, &report))?;
                broken += usize::from(!report.findings.is_empty());
            }
            Ok(None) => bail!("{program} does not exist in {}", shown(&args.database.database)),
            Err(error) => {
                out::print(format!("{program}\n  NOT VERIFIED: {error}\n"))?;
                broken += 1;
            }
        }
    }
    log.close().await;
    if broken > 0 {
        bail!("{broken} of {} could not be verified, or are not as they were recorded", counted(programs.len()));
    }
    out::print(format!("{} verified\n", counted(programs.len())))
}

fn counted(programs: usize) -> String {
    if programs == 1 { "1 programme".into() } else { format!("{programs} programmes") }
}

async fn every_program(log: &dyn Log) -> anyhow::Result<Vec<ProgramId>> {
    let mut programs: Vec<ProgramId> = Vec::new();
    loop {
        let page = log.programs(programs.last(), PAGE).await?;
        if page.is_empty() {
            return Ok(programs);
        }
        programs.extend(page);
    }
}

fn text_of(program: &ProgramId, report: &Report) -> String {
    let mut text = format!(
        "{program}
  entries    {}
  members    {}
  payouts    {}
  head seq   {}
  root hash  {}
",
        report.entries,
        report.members,
        report.payouts,
        report.head_seq,
        hex(&report.root_hash)
    );
    if report.other_offsets > 0 {
        let activities = text::counted_as(report.other_offsets, "activity was", "activities were");
        text += &format!(
            "  note: {activities} recorded with another offset from UTC than today's time-zone data give; the day and the hour \
             stay as they were recorded\n"
        );
    }
    for finding in &report.findings {
        text += &match finding.seq.get() {
            0 => format!("  BROKEN: {}\n", finding.problem),
            seq => format!("  BROKEN at seq {seq}: {}\n", finding.problem),
        };
    }
    if report.findings.len() == FINDINGS_MAX {
        text += &format!("  and maybe more: only the first {FINDINGS_MAX} are told\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_offsets_are_a_note_and_no_fault() {
        let program = ProgramId::parse("qc").expect("an id");
        let told = |other_offsets| text_of(&program, &Report { other_offsets, ..Report::default() });
        assert!(!told(0).contains("note"), "{}", told(0));
        let noted = told(1_200);
        assert_eq!(
            noted.lines().last(),
            Some(
                "  note: 1,200 activities were recorded with another offset from UTC than today's time-zone data give; the day and \
                 the hour stay as they were recorded"
            )
        );
        assert!(told(1).contains("1 activity was recorded with") && !noted.contains("BROKEN"), "{noted}");
    }
}
