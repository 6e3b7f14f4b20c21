//! Recording the choices of a file.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, ensure};

use super::ImportArgs;
use super::file::{self, Chosen};
use crate::cli::finance::Finance;
use crate::cli::out;
use crate::cli::server::{answered, explain, status_of};
use crate::cli::sheet::LISTED_MAX;
use crate::cli::text::{count, counted, counted_as, grouped};
use crate::cli::watch::Steps;
use goodturn::domain::value::time::Micros;
use goodturn::pb;
use goodturn::pb::set_payout_choice_result::Result as Answer;
use goodturn::wire::micros;

/// Choices of one call: as many as a server takes.
const BATCH: usize = 1_000;

/// Records the choices of a file, unless it has a fault.
///
/// # Errors
/// Lists the faults of the file. Says that no server answers, or what it answered to all of a batch.
pub(super) async fn import(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let label = match &args.label {
        Some(label) => label.clone(),
        None => args.file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    };
    let choices = file::read(&args.file, &args.record.at.program, &label)?;
    let mut finance = args.record.finance_for_long().await?;
    let (steps, mut tally) = (Steps::begin("choices", count(choices.len()))?, Tally::default());
    let mut ended = Ok(());
    for batch in choices.chunks(BATCH) {
        ended = send(&mut finance, batch, &mut tally).await;
        if ended.is_err() {
            break;
        }
        steps.show(tally.answered());
    }
    steps.end();
    out::print(tally.told(&args.file))?;
    let (done, all) = (grouped(tally.answered()), counted(count(choices.len()), "choice"));
    ended.with_context(|| {
        format!("{done} of {all} were answered; the same command again goes on, and records nothing twice")
    })?;
    Ok(if tally.refused > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Sends some choices, and counts the answers.
async fn send(finance: &mut Finance, batch: &[Chosen], tally: &mut Tally) -> anyhow::Result<()> {
    let requests = batch.iter().map(|chosen| pb::SetPayoutChoiceRequest {
        name: finance.member_name(&chosen.member),
        choice_id: chosen.id.clone(),
        choice: chosen.wanted.to_api(),
    });
    let requests = requests.collect();
    let request = pb::BatchSetPayoutChoicesRequest { parent: format!("programs/{}", finance.program), requests };
    let results = answered(finance.choices.batch_set_payout_choices(request).await, "record the choices")?.results;
    ensure!(results.len() == batch.len(), "the server answered {} of {} choices", results.len(), batch.len());
    for (chosen, result) in batch.iter().zip(results) {
        tally.count(chosen, result.result);
    }
    Ok(())
}

/// What became of the choices.
#[derive(Debug, Default)]
struct Tally {
    recorded: i64,
    refused: i64,
    /// The first refusals: the line, the member, and why.
    refusals: Vec<(usize, String, String)>,
    /// When the first and the last of them were recorded.
    between: Option<(Micros, Micros)>,
}

impl Tally {
    fn answered(&self) -> i64 {
        self.recorded.saturating_add(self.refused)
    }

    fn count(&mut self, chosen: &Chosen, answer: Option<Answer>) {
        let why = match answer {
            Some(Answer::SetTime(at)) => {
                self.recorded += 1;
                if let Some(at) = micros(&at) {
                    let (first, last) = self.between.unwrap_or((at, at));
                    self.between = Some((first.min(at), last.max(at)));
                }
                return;
            }
            Some(Answer::Error(error)) => explain(&status_of(&error)),
            None => "the server did not answer it".to_owned(),
        };
        self.refused += 1;
        if self.refusals.len() < LISTED_MAX {
            self.refusals.push((chosen.line, chosen.member.to_string(), why));
        }
    }

    /// Says how many are recorded, since when, and which were refused.
    fn told(&self, path: &Path) -> String {
        let mut text = format!("{} recorded", counted_as(self.recorded, "choice is", "choices are"));
        if let Some((first, last)) = self.between {
            text += &if first == last {
                format!(", at {}", first.to_rfc3339())
            } else {
                format!(", from {} to {}", first.to_rfc3339(), last.to_rfc3339())
            };
        }
        text += ".\n";
        if self.refused == 0 {
            return text;
        }
        text += &format!("{} refused:\n", counted_as(self.refused, "choice was", "choices were"));
        for (line, member, why) in &self.refusals {
            text += &format!("  {}:{line}: {member}: {why}\n", path.display());
        }
        let more = self.refused.saturating_sub(count(self.refusals.len()));
        if more > 0 {
            text += &format!("  and {} more\n", grouped(more));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::Wanted;
    use super::*;
    use goodturn::domain::value::ids::MemberId;
    use goodturn::google::rpc;
    use goodturn::wire::time;

    fn chosen(line: usize, member: &str) -> Chosen {
        let member = MemberId::parse(member).expect("an id");
        Chosen { line, member, wanted: Wanted(None), id: "c".into() }
    }

    #[test]
    fn what_was_refused_is_told_with_line_member_and_reason() {
        let mut tally = Tally::default();
        let at = |text: &str| Some(Answer::SetTime(time(Micros::from_rfc3339(text).expect("a time"))));
        tally.count(&chosen(2, "ada"), at("2018-12-02T10:00:00Z"));
        assert_eq!(tally.told(Path::new("c.csv")), "1 choice is recorded, at 2018-12-02T10:00:00Z.\n");
        tally.count(&chosen(3, "ben"), at("2018-12-01T10:00:00Z"));
        let error = rpc::Status { code: 9, message: "is merged".into(), details: Vec::new() };
        tally.count(&chosen(4, "cem"), Some(Answer::Error(error)));
        tally.count(&chosen(5, "dee"), None);
        let expected = "2 choices are recorded, from 2018-12-01T10:00:00Z to 2018-12-02T10:00:00Z.
2 choices were refused:
  c.csv:4: cem: is merged (FailedPrecondition)
  c.csv:5: dee: the server did not answer it
";
        assert_eq!(tally.told(Path::new("c.csv")), expected);
        for line in 6..=100 {
            tally.count(&chosen(line, "eve"), None);
        }
        assert!(tally.told(Path::new("c.csv")).ends_with("  and 47 more\n"));
        assert_eq!(tally.answered(), 99);
    }
}
