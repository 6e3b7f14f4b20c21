//! Recording the choices of a file.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, ensure};

use super::ImportArgs;
use super::file::{self, Chosen};
use crate::cli::finance::{About, Finance, id_of};
use crate::cli::out;
use crate::cli::server::{answered, explain, status_of};
use crate::cli::sheet::LISTED_MAX;
use crate::cli::text::{count, counted, counted_as, grouped};
use crate::cli::watch::Steps;
use goodturn::domain::value::ids::MemberId;
use goodturn::domain::value::time::Micros;
use goodturn::ledger::clock::{Clock as _, SystemClock};
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
    let began = SystemClock.now();
    let choices = file::read(&args.file, &args.record.at.program, &label)?;
    let mut finance = args.record.finance_for_long().await?;
    let (steps, mut tally) = (Steps::begin("choices", count(choices.len()))?, Tally::since(began));
    let mut ended = Ok(());
    for batch in choices.chunks(BATCH) {
        ended = send(&mut finance, batch, &mut tally).await;
        if ended.is_err() {
            break;
        }
        steps.show(tally.answered());
    }
    steps.end();
    out::print(tally.told(&args.file, finance.about()))?;
    out::print(too_late(&mut finance, &tally).await)?;
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

/// Warns of payouts whose deadline had passed when choices were recorded. Any member's choice names the payouts that
/// ask.
async fn too_late(finance: &mut Finance, tally: &Tally) -> String {
    let Some((member, between)) = tally.member.as_ref().zip(tally.between) else { return String::new() };
    let request = pb::GetPayoutChoiceRequest { name: finance.member_name(member) };
    // What is recorded is recorded, whether or not there is something to warn of.
    let Ok(found) = finance.choices.get_payout_choice(request).await else { return String::new() };
    late(&found.get_ref().runs, between, finance.about())
}

/// Names the payouts whose deadline had passed by the first or the last of some choices.
fn late(runs: &[pb::RunChoice], (first, last): (Micros, Micros), about: About<'_>) -> String {
    let warned = runs.iter().filter_map(|run| {
        let deadline = run.deadline.as_ref().and_then(micros).filter(|deadline| last > *deadline)?;
        let who = if first > deadline { "these choices do" } else { "choices recorded after that do" };
        let (id, by) = (id_of(&run.payout), about.clock(deadline));
        Some(format!("WARNING: the choices of payout {id} could be made until {by}; {who} not count for it.\n"))
    });
    warned.collect()
}

/// What became of the choices.
#[derive(Debug)]
struct Tally {
    /// When the command began.
    began: Micros,
    recorded: i64,
    /// Of those, the ones that were recorded before the command began.
    before: i64,
    refused: i64,
    /// The first refusals: the line, the member, and why.
    refusals: Vec<(usize, String, String)>,
    /// When the first and the last of them were recorded.
    between: Option<(Micros, Micros)>,
    /// One of the members whose choices were recorded.
    member: Option<MemberId>,
}

impl Tally {
    const fn since(began: Micros) -> Self {
        Self { began, recorded: 0, before: 0, refused: 0, refusals: Vec::new(), between: None, member: None }
    }

    fn answered(&self) -> i64 {
        self.recorded.saturating_add(self.refused)
    }

    fn count(&mut self, chosen: &Chosen, answer: Option<Answer>) {
        let why = match answer {
            Some(Answer::SetTime(at)) => {
                self.recorded += 1;
                if let Some(at) = micros(&at) {
                    self.before += i64::from(at < self.began);
                    let (first, last) = self.between.unwrap_or((at, at));
                    self.between = Some((first.min(at), last.max(at)));
                    self.member.get_or_insert_with(|| chosen.member.clone());
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
    fn told(&self, path: &Path, about: About<'_>) -> String {
        let mut text = format!("{} recorded", counted_as(self.recorded, "choice is", "choices are"));
        if let Some((first, last)) = self.between {
            text += &if first == last {
                format!(", at {}", about.clock(first))
            } else {
                format!(", from {} to {}", about.clock(first), about.clock(last))
            };
        }
        text += ".\n";
        if self.before > 0 {
            let new = counted_as(self.recorded.saturating_sub(self.before), "is new", "are new");
            let before = counted_as(self.before, "was", "were");
            text += &format!("Of these, {before} recorded before this command began; {new}.\n");
        }
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
    use crate::cli::finance::of_london;
    use goodturn::domain::value::ids::ProgramId;
    use goodturn::google::rpc;
    use goodturn::wire::time;

    fn chosen(line: usize, member: &str) -> Chosen {
        let member = MemberId::parse(member).expect("an id");
        Chosen { line, member, wanted: Wanted(None), id: "c".into() }
    }

    #[test]
    fn what_was_refused_is_told_with_line_member_and_reason() {
        let program = ProgramId::parse("qc").expect("an id");
        let micros = |text: &str| Micros::from_rfc3339(text).expect("a time");
        let mut tally = Tally::since(micros("2018-12-02T09:00:00Z"));
        let at = |text: &str| Some(Answer::SetTime(time(micros(text))));
        let told = |tally: &Tally| tally.told(Path::new("c.csv"), of_london(&program));
        tally.count(&chosen(2, "ada"), at("2018-12-02T10:00:00Z"));
        assert_eq!(told(&tally), "1 choice is recorded, at 2 Dec 2018, 10:00 (Europe/London).\n");
        tally.count(&chosen(3, "ben"), at("2018-12-01T10:00:00Z"));
        let error = rpc::Status { code: 9, message: "is merged".into(), details: Vec::new() };
        tally.count(&chosen(4, "cem"), Some(Answer::Error(error)));
        tally.count(&chosen(5, "dee"), None);
        let expected =
            "2 choices are recorded, from 1 Dec 2018, 10:00 (Europe/London) to 2 Dec 2018, 10:00 (Europe/London).
Of these, 1 was recorded before this command began; 1 is new.
2 choices were refused:
  c.csv:4: cem: is merged (FailedPrecondition)
  c.csv:5: dee: the server did not answer it
";
        assert_eq!(told(&tally), expected);
        for line in 6..=100 {
            tally.count(&chosen(line, "eve"), None);
        }
        assert!(told(&tally).ends_with("  and 47 more\n"));
        assert_eq!(tally.answered(), 99);
    }

    #[test]
    fn choices_that_come_too_late_are_warned_of() {
        let program = ProgramId::parse("qc").expect("an id");
        let at = |text: &str| Micros::from_rfc3339(text).expect("a time");
        let run = |id: &str, by: &str| pb::RunChoice {
            payout: format!("programs/qc/payouts/{id}"),
            deadline: Some(time(at(by))),
            ..pb::RunChoice::default()
        };
        let runs = [
            run("p1", "2018-12-01T23:59:59.999999Z"),
            run("p2", "2018-12-03T12:00:00Z"),
            run("p3", "2018-12-31T23:59:59Z"),
        ];
        let between = (at("2018-12-02T10:00:00Z"), at("2018-12-04T10:00:00Z"));
        let begin = "WARNING: the choices of payout";
        let expected = format!(
            "{begin} p1 could be made until 1 Dec 2018, 23:59 (Europe/London); these choices do not count for it.\n\
             {begin} p2 could be made until 3 Dec 2018, 12:00 (Europe/London); choices recorded after that do not count \
             for it.\n"
        );
        assert_eq!(late(&runs, between, of_london(&program)), expected);
        assert_eq!(late(&runs[2..], between, of_london(&program)), "");
    }
}
