//! `goodturn verify`.

use std::time::Duration;

use anyhow::{anyhow, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};

use super::{DatabaseArgs, program_id};
use crate::cli::{out, text};
use goodturn::audit::{FINDINGS_MAX, Finding, Report, verify};
use goodturn::domain::value::encoding::hex;
use goodturn::domain::value::ids::ProgramId;
use goodturn::domain::value::seq::Seq;
use goodturn::log::{Engine, Log};

/// Programmes read at a time.
const PAGE: u32 = 100;

#[derive(Debug, clap::Args)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Verifies this programme only.
    #[arg(long, value_parser = program_id)]
    program: Option<ProgramId>,
    /// Fails unless the programme reaches this seq, as a receipt or a backup told it. Without it, nobody can tell that the
    /// end of a log is missing. Can be given for several programmes.
    #[arg(long, value_name = "PROGRAM=SEQ", value_parser = expected)]
    expect_seq: Vec<(ProgramId, Seq)>,
}

fn expected(text: &str) -> Result<(ProgramId, Seq), String> {
    let (program, seq) = text.split_once('=').ok_or("give a programme and a seq, as hello=1200")?;
    let seq = seq.parse().ok().and_then(Seq::new).ok_or_else(|| format!("{seq:?} is no seq; give 0 or more"))?;
    Ok((program_id(program)?, seq))
}

pub(super) async fn run(args: &VerifyArgs) -> anyhow::Result<()> {
    let log = args.database.open().await?;
    let programs = match &args.program {
        Some(program) => vec![program.clone()],
        None => every_program(&*log).await?,
    };
    let missing =
        |program: &ProgramId| anyhow!("{program} does not exist in {}{}", args.database.database, args.hint());
    if let Some((program, _)) = args.expect_seq.iter().find(|(program, _)| !programs.contains(program)) {
        return Err(missing(program));
    }
    ensure!(!programs.is_empty(), "nothing was verified: {} holds no programme{}", args.database.database, args.hint());
    let store_is_sound = check_store(&*log).await?;
    let mut broken = 0_usize;
    for program in &programs {
        let bar = ProgressBar::new_spinner()
            .with_style(ProgressStyle::with_template("{spinner} {msg}: {human_pos} entries, {per_sec}")?);
        bar.set_message(program.to_string());
        let checked =
            verify(&*log, program, |seq| bar.set_position(u64::try_from(seq.get()).unwrap_or_default())).await;
        bar.finish_and_clear();
        match checked {
            Ok(Some(mut report)) => {
                args.expect_end(program, &mut report);
                out::print(text_of(program, &report))?;
                broken += usize::from(!report.findings.is_empty());
            }
            Ok(None) => return Err(missing(program)),
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
    ensure!(store_is_sound, "the store itself is broken: restore a backup, and record again what came after it");
    out::print(format!("{} verified\n", counted(programs.len())))
}

impl VerifyArgs {
    /// Adds a finding when the log ends before the seq that it must reach.
    fn expect_end(&self, program: &ProgramId, report: &mut Report) {
        let ends = report.head_seq;
        let expected =
            self.expect_seq.iter().filter(|(of, seq)| of == program && *seq > ends).map(|(_, seq)| *seq).max();
        if let Some(seq) = expected {
            let problem = format!("the log ends here, and was to reach seq {seq}: entries are missing{}", self.hint());
            report.findings.push(Finding { seq: ends, problem });
        }
    }

    /// Says how a copy of an SQLite file comes to lack its end.
    fn hint(&self) -> &'static str {
        match self.database.database.engine() {
            Ok(Engine::Sqlite) => {
                ". If the file is a copy, it may lack what stood in its write-ahead log (FILE-wal): copy with goodturn backup"
            }
            Ok(Engine::Postgres) | Err(_) => "",
        }
    }
}

/// Checks the store below the programmes, and returns whether it is sound.
async fn check_store(log: &dyn Log) -> anyhow::Result<bool> {
    let bar = ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {msg}")?);
    bar.set_message("checking the store");
    bar.enable_steady_tick(Duration::from_millis(200));
    let integrity = log.integrity().await;
    bar.finish_and_clear();
    let integrity = integrity?;
    let mut text = String::new();
    for problem in &integrity.problems {
        text += &format!("  BROKEN: {problem}\n");
    }
    if let Some(unchecked) = &integrity.unchecked {
        text += &format!("  note: {unchecked}\n");
    }
    if text.is_empty() {
        text = "  every page was read, and every index compared with its table\n".into();
    }
    out::print(format!("store\n{text}"))?;
    Ok(integrity.problems.is_empty())
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
    if report.names_believed_through > Seq::ZERO {
        text += &format!("  names      believed up to seq {}\n", report.names_believed_through);
    }
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
