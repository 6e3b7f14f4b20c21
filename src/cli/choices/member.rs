//! How one member wants money.

use super::words::told;
use super::{SetArgs, ShowArgs};
use crate::cli::finance::{About, Side, columns, id_of};
use crate::cli::out;
use crate::cli::server::answered;
use goodturn::domain::value::ids::MemberId;
use goodturn::ledger::clock::new_id;
use goodturn::pb;
use goodturn::pb::PayoutMethod;

/// Shows how a member wants money.
///
/// # Errors
/// Says that no server answers, or what it answered.
pub(super) async fn show(args: &ShowArgs) -> anyhow::Result<()> {
    let mut finance = args.at.finance().await?;
    let request = pb::GetPayoutChoiceRequest { name: finance.member_name(&args.member) };
    let choice = answered(finance.choices.get_payout_choice(request).await, "read the choice")?;
    out::print(shown(&choice, &args.member, finance.about()))
}

/// Sets how a member wants money, and shows what counts then.
///
/// # Errors
/// Says why the server refuses it.
pub(super) async fn set(args: &SetArgs) -> anyhow::Result<()> {
    let mut finance = args.record.finance().await?;
    let request = pb::SetPayoutChoiceRequest {
        name: finance.member_name(&args.member),
        choice_id: args.id.as_ref().map_or_else(|| new_id().to_string(), ToString::to_string),
        choice: args.choice.to_api(),
    };
    let choice = answered(finance.choices.set_payout_choice(request).await, "record the choice")?;
    out::print(shown(&choice, &args.member, finance.about()))
}

/// Says what a member chose, and what counts for each payout whose choices are open.
fn shown(choice: &pb::PayoutChoice, member: &MemberId, about: About<'_>) -> String {
    let at = about.when(choice.set_time.as_ref());
    let mut text = match (&choice.choice, &choice.set_time) {
        (Some(choice), _) => format!("{member} wants money {}, chosen {at}.\n", told(choice)),
        (None, Some(_)) => format!("{member} took the choice back, {at}.\n"),
        (None, None) => format!("{member} has made no choice.\n"),
    };
    if choice.runs.is_empty() {
        return text + "No payout asks for choices now.\n";
    }
    let head = [
        ("payout", Side::Left),
        ("choose by", Side::Left),
        ("choices", Side::Left),
        ("what counts", Side::Left),
        ("charities on offer", Side::Left),
    ];
    let row = |run: &pb::RunChoice| {
        let state = if run.passed { "deadline has passed" } else { "open" };
        let offer = if run.charity_ids.is_empty() { "none".to_owned() } else { run.charity_ids.join(", ") };
        let by = about.when(run.deadline.as_ref());
        vec![id_of(&run.payout).to_owned(), by, state.to_owned(), counts(run), offer]
    };
    let rows: Vec<Vec<String>> = choice.runs.iter().map(row).collect();
    text += &format!("\n{}", columns(&head, &rows));
    text
}

/// Says what counts for a payout.
fn counts(run: &pb::RunChoice) -> String {
    match &run.choice {
        None => "no choice: the payout's terms say what becomes of it".to_owned(),
        Some(choice) if choice.method() == PayoutMethod::Charity && !run.charity_ids.contains(&choice.charity_id) => {
            format!("no choice: {} is not on offer", choice.charity_id)
        }
        Some(choice) => told(choice),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::finance::of_london;
    use goodturn::domain::value::ids::ProgramId;
    use goodturn::domain::value::time::Micros;

    #[test]
    fn what_counts_is_told_for_each_payout() {
        let program = ProgramId::parse("qc").expect("an id");
        let (ada, about) = (MemberId::parse("ada").expect("an id"), of_london(&program));
        let at = |text: &str| Some(goodturn::wire::time(Micros::from_rfc3339(text).expect("a time")));
        let shelter = pb::Choice { method: PayoutMethod::Charity.into(), charity_id: "shelter".into() };
        let run = |id: &str, passed, choice: Option<&pb::Choice>, offer: &[&str]| pb::RunChoice {
            payout: format!("programs/qc/payouts/{id}"),
            deadline: at("2018-12-31T23:59:59Z"),
            choice: choice.cloned(),
            passed,
            charity_ids: offer.iter().map(|&id| id.to_owned()).collect(),
        };
        let choice = pb::PayoutChoice {
            name: "programs/qc/members/ada".into(),
            choice: Some(shelter.clone()),
            set_time: at("2018-12-01T10:00:00Z"),
            runs: vec![
                run("p1", true, None, &[]),
                run("p2", false, Some(&shelter), &["shelter", "food"]),
                run("p3", false, Some(&shelter), &["food"]),
            ],
        };
        let lines = shown(&choice, &ada, about);
        let lines: Vec<&str> = lines.lines().collect();
        assert_eq!(lines[0], "ada wants money given to shelter, chosen 1 Dec 2018, 10:00 (Europe/London).");
        assert!(
            lines[3].starts_with("  p1      31 Dec 2018, 23:59 (Europe/London)  deadline has passed  no choice: the")
        );
        assert!(lines[3].ends_with("  none"));
        assert!(
            lines[4].contains("  open                 given to shelter  ") && lines[4].ends_with("  shelter, food")
        );
        assert!(lines[5].contains("  no choice: shelter is not on offer  "));
        let none = pb::PayoutChoice::default();
        assert_eq!(shown(&none, &ada, about), "ada has made no choice.\nNo payout asks for choices now.\n");
        let back = pb::PayoutChoice { set_time: choice.set_time, ..none };
        assert!(
            shown(&back, &ada, about).starts_with("ada took the choice back, 1 Dec 2018, 10:00 (Europe/London).\n")
        );
    }
}
