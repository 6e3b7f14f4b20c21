//! Payouts as text.

use super::compare::{Share, row, share_head};
use super::due::Due;
use super::terms::{people, shared_cell, terms};
use crate::cli::finance::{About, Side, amount, columns, day, day_text, digest_text, facts, id_of, minor, money, told};
use crate::cli::text::{count, counted, grouped};
use goodturn::domain::value::money::Currency;
use goodturn::pb;
use goodturn::pb::PayoutState as State;

/// Shows a payout, and what comes next.
///
/// # Errors
/// The server left something out.
pub(super) fn whole(payout: &pb::Payout, due: &Due, about: About<'_>) -> anyhow::Result<String> {
    let mut rows = terms(payout, about)?;
    rows.push(("state", state(payout)));
    match payout.state() {
        State::Draft | State::Approved => rows.push(("digest", digest_text(&payout.content_digest))),
        State::Executing | State::Executed => {
            if payout.list.is_none() {
                let points = counted(payout.total_points, "point");
                rows.push(("paid", format!("{} of {points}", grouped(payout.paid_points))));
            }
            rows.push(("granted", told(payout.granted.as_ref(), about.currency)?));
        }
        _ => {}
    }
    Ok(format!("Payout {}\n{}\n{}", id_of(&payout.name), facts(&rows), next(payout, due, about)?))
}

/// Says in which state a payout is, and by whose word.
pub(super) fn state(payout: &pb::Payout) -> String {
    let rejected = match payout.rejection_note.as_str() {
        "" => format!("rejected by {}", payout.rejected_by),
        note => format!("rejected by {}: {note}", payout.rejected_by),
    };
    match payout.state() {
        State::Drafting if payout.list.is_some() => "waits for the rows of its list".to_owned(),
        State::Drafting => "points are being reserved".to_owned(),
        State::Releasing => "members whose share would be too small are being left out".to_owned(),
        State::Draft => "waits for a second person".to_owned(),
        State::Approved => format!("approved by {}", payout.approved_by),
        State::Executing => format!("approved by {}, shares are being paid", payout.approved_by),
        State::Executed => format!("approved by {}, executed", payout.approved_by),
        State::Cancelling if !payout.rejected_by.is_empty() => format!("{rejected}; points are being given back"),
        State::Cancelling => "is being cancelled: points are being given back".to_owned(),
        State::Cancelled => "cancelled; the points were given back".to_owned(),
        State::Rejected => format!("{rejected}; the points were given back"),
        State::Unspecified => "unknown here; use the server's own version of goodturn".to_owned(),
    }
}

/// Says what comes next, and who does it.
///
/// # Errors
/// The server left something out.
pub(super) fn next(payout: &pb::Payout, due: &Due, about: About<'_>) -> anyhow::Result<String> {
    let id = id_of(&payout.name);
    let by = |command: &str| about.call(&format!("payout {command} {id}"));
    let again = "Whoever gives the same command again waits for the rest:\n";
    Ok(match payout.state() {
        State::Drafting | State::Releasing => {
            let goes_on = if payout.list.is_some() {
                "Whoever drafted it sends the rows of its list."
            } else {
                "The server goes on by itself; whoever gives the same command again waits for the rest."
            };
            format!("{goes_on} To end it and give everything back:\n{}", by("cancel"))
        }
        State::Draft => {
            format!("Another person with the role approver must approve it:\n{}", by("approve"))
        }
        State::Approved => format!("A person with the role finance can execute it:\n{}", by("execute")),
        State::Executing => format!("The server goes on by itself. {again}{}", by("execute")),
        State::Executed => due.told(payout, about)?,
        State::Cancelling => {
            let same = match payout.rejected_by.as_str() {
                "" => by("cancel"),
                _ => about.call(&format!("payout reject {id} --note {:?}", payout.rejection_note)),
            };
            format!("The server goes on by itself. {again}{same}")
        }
        State::Cancelled | State::Rejected => {
            "Nothing is paid by it. A new draft, with another id, can take its money.\n".to_owned()
        }
        State::Unspecified => String::new(),
    })
}

/// Shows what a payout would bring.
///
/// # Errors
/// The server left something out.
pub(super) fn preview(found: &pb::PreviewPayoutResponse, currency: Currency) -> anyhow::Result<String> {
    let pool = minor(found.pool.as_ref(), currency)?;
    if found.members == 0 {
        let pool = money(pool, currency);
        return Ok(format!("No member has points that count: {pool} would be shared out among nobody.\n"));
    }
    let shared = found.shares_total.as_ref().map_or(Ok(pool), |sum| minor(Some(sum), currency))?;
    let of_pool = if shared == pool {
        String::new()
    } else {
        let shared = money(shared, currency);
        format!(", of which {shared} would be shared; the rest stays with the statement")
    };
    let sums = facts(&[
        ("pool", format!("{}{of_pool}", money(pool, currency))),
        ("members", grouped(found.members)),
        ("points", grouped(found.total_points)),
    ]);
    let mut rows = Vec::with_capacity(found.shares.len());
    for share in &found.shares {
        rows.push(row(&share.member_id, share_of(share, currency)?, currency));
    }
    let largest = counted(count(rows.len()), "largest share");
    let shares = columns(&share_head(currency), &rows);
    let seq = grouped(found.seq);
    Ok(format!("Nothing is recorded. As of entry {seq} a payout would bring:\n{sums}\nThe {largest}:\n{shares}"))
}

/// Reads a share of the API.
pub(super) fn share_of(share: &pb::Share, currency: Currency) -> anyhow::Result<Share> {
    Ok(Share { points: share.points, minor: minor(share.amount.as_ref(), currency)? })
}

/// Lists payouts, each on a line.
///
/// # Errors
/// The server left something out.
pub(super) fn list(payouts: &[pb::Payout], currency: Currency) -> anyhow::Result<String> {
    let head = [
        ("id", Side::Left),
        ("statement", Side::Left),
        ("last day", Side::Left),
        ("pool", Side::Right),
        ("shares", Side::Right),
        ("members", Side::Right),
        ("points", Side::Right),
        ("drafted by", Side::Left),
        ("state", Side::Left),
    ];
    let row = |payout: &pb::Payout| -> anyhow::Result<Vec<String>> {
        Ok(vec![
            id_of(&payout.name).to_owned(),
            id_of(&payout.savings_statement).to_owned(),
            day_text(day(payout.last_day)?),
            amount(minor(payout.pool.as_ref(), currency)?, currency),
            shared_cell(payout, currency)?,
            grouped(people(payout)),
            grouped(payout.total_points),
            payout.drafted_by.clone(),
            state(payout),
        ])
    };
    let rows = payouts.iter().map(row).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(format!("Amounts in {}\n\n{}", currency.code(), columns(&head, &rows)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::finance::{date, of_london};
    use goodturn::domain::value::ids::ProgramId;

    fn payout(state: State) -> pb::Payout {
        let pounds = Currency::from_code("GBP").expect("pounds");
        pb::Payout {
            name: "programs/qc/payouts/p1".into(),
            savings_statement: "programs/qc/savingsStatements/2018-h2".into(),
            last_day: Some(date("2018-11-30".parse().expect("a day"))),
            pool: Some(goodturn::wire::money(1_056_700, pounds)),
            state: state.into(),
            members: 812,
            total_points: 48_136,
            content_digest: vec![0xab, 0xab],
            drafted_by: "anna".into(),
            ..pb::Payout::default()
        }
    }

    fn told(payout: &pb::Payout) -> String {
        let program = ProgramId::parse("qc").expect("an id");
        next(payout, &Due::default(), of_london(&program)).expect("whole")
    }

    #[test]
    fn what_comes_next_is_told_with_the_command_and_who_may_give_it() {
        let draft = told(&payout(State::Draft));
        assert_eq!(
            draft,
            "Another person with the role approver must approve it:\n  goodturn payout approve p1 --program qc\n"
        );
        let drafting = told(&payout(State::Drafting));
        assert!(drafting.ends_with("give everything back:\n  goodturn payout cancel p1 --program qc\n"), "{drafting}");
        let executed = told(&payout(State::Executed));
        assert!(executed.starts_with("GBP 10,567.00 was granted to 812 members; "), "{executed}");
        let rejected = pb::Payout {
            rejected_by: "ben".into(),
            rejection_note: "the wrong half-year".into(),
            ..payout(State::Rejected)
        };
        assert_eq!(state(&rejected), "rejected by ben: the wrong half-year; the points were given back");
    }

    #[test]
    fn a_payout_is_shown_with_its_terms() {
        let program = ProgramId::parse("qc").expect("an id");
        let approved = pb::Payout { approved_by: "ben".into(), ..payout(State::Approved) };
        let text = whole(&approved, &Due::default(), of_london(&program)).expect("whole");
        let expected = "Payout p1
  statement  2018-h2
  last day   30 Nov 2018
  pool       GBP 10,567.00
  members    812
  points     48,136
";
        assert!(text.starts_with(expected), "{text}");
        let end =
            "\n  state      approved by ben\n  digest     abab\n\nA person with the role finance can execute it:\n";
        assert!(text.contains(end), "{text}");
    }

    #[test]
    fn the_sum_of_the_shares_stands_beside_the_pool() {
        let pounds = Currency::from_code("GBP").expect("pounds");
        let pence = |minor| Some(goodturn::wire::money(minor, pounds));
        let at_rate = pb::Payout { shares_total: pence(48_136), ..payout(State::Draft) };
        let executed = pb::Payout { state: State::Executed.into(), granted: pence(48_000), ..at_rate.clone() };
        let text = list(&[at_rate, executed, payout(State::Drafting)], pounds).expect("whole");
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[2].contains("       pool  shares  members  "), "{text}");
        let sums =
            ["  10,567.00  481.36      812  ", "  10,567.00  480.00      812  ", "  10,567.00       –      812  "];
        assert!(lines[3..].iter().zip(sums).all(|(line, sums)| line.contains(sums)), "{text}");
        let mut found = pb::PreviewPayoutResponse {
            pool: pence(1_056_700),
            members: 812,
            shares_total: pence(48_136),
            ..pb::PreviewPayoutResponse::default()
        };
        let text = preview(&found, pounds).expect("whole");
        let row = "GBP 10,567.00, of which GBP 481.36 would be shared; the rest stays with the statement\n";
        assert!(text.contains(row), "{text}");
        found.shares_total.clone_from(&found.pool);
        let text = preview(&found, pounds).expect("whole");
        assert!(text.contains("  pool     GBP 10,567.00\n"), "{text}");
    }
}
