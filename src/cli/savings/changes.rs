//! What a correction changes of a savings statement.

use super::show::{millionths, optional, part, period_of};
use crate::cli::finance::{amount, minor, money};
use crate::cli::text::grouped;
use goodturn::domain::value::money::Currency;
use goodturn::pb;

/// True when a correction has the terms and texts of the version before, in whatever words its numbers are written.
///
/// # Errors
/// The server left something out.
pub(super) fn are_same(
    then: &pb::SavingsStatement,
    now: &pb::SavingsStatement,
    currency: Currency,
) -> anyhow::Result<bool> {
    let factor = |line: &pb::SavingsLine| millionths(if line.factor.is_empty() { "1" } else { &line.factor });
    let terms = |of: &pb::SavingsStatement| -> anyhow::Result<_> {
        let (cost, redeemed) =
            (optional(of.programme_cost.as_ref(), currency)?, optional(of.redeemed_at_till.as_ref(), currency)?);
        Ok((of.first_day, of.last_day, millionths(&of.community_share), cost, redeemed, of.lines.len()))
    };
    if terms(then)? != terms(now)? {
        return Ok(false);
    }
    for (then, now) in then.lines.iter().zip(&now.lines) {
        let texts = then.description == now.description && then.evidence == now.evidence;
        let costs = [then, now].map(|line| minor(line.unit_cost.as_ref(), currency));
        let [then_cost, now_cost] = costs;
        if !texts || then.quantity != now.quantity || factor(then) != factor(now) || then_cost? != now_cost? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Lists what differs between the approved version and its correction, each change on a line.
///
/// # Errors
/// The server left something out.
pub(super) fn changes(
    then: &pb::SavingsStatement,
    now: &pb::SavingsStatement,
    currency: Currency,
) -> anyhow::Result<String> {
    let mut told = Vec::new();
    let texts = [
        ("period", period_of(then)?, period_of(now)?),
        ("community's part", part(&then.community_share), part(&now.community_share)),
    ];
    for (what, then, now) in texts {
        if then != now {
            told.push(format!("{what}: {now}, was {then}"));
        }
    }
    lines(&mut told, then, now, currency)?;
    let sums = [
        (
            "programme's own cost",
            optional(then.programme_cost.as_ref(), currency)?,
            optional(now.programme_cost.as_ref(), currency)?,
        ),
        (
            "redeemed at the till",
            optional(then.redeemed_at_till.as_ref(), currency)?,
            optional(now.redeemed_at_till.as_ref(), currency)?,
        ),
        ("total", minor(then.total.as_ref(), currency)?, minor(now.total.as_ref(), currency)?),
        ("pool", minor(then.pool.as_ref(), currency)?, minor(now.pool.as_ref(), currency)?),
    ];
    for (what, then, now) in sums {
        if then != now {
            let sign = if now > then { "+" } else { "" };
            let by = amount(now.saturating_sub(then), currency);
            told.push(format!("{what}: {}, was {} ({sign}{by})", money(now, currency), money(then, currency)));
        }
    }
    if told.is_empty() {
        return Ok(format!("Nothing changes from version {}.\n", then.version));
    }
    let listed: String = told.iter().map(|change| format!("  {change}\n")).collect();
    Ok(format!("What changes from version {}:\n{listed}", then.version))
}

/// Compares lines: those that are the same first, then those of the same words.
fn lines(
    told: &mut Vec<String>,
    then: &pb::SavingsStatement,
    now: &pb::SavingsStatement,
    currency: Currency,
) -> anyhow::Result<()> {
    let mut before: Vec<&pb::SavingsLine> = then.lines.iter().collect();
    let mut changed = Vec::new();
    for line in &now.lines {
        match before.iter().position(|other| *other == line) {
            Some(at) => {
                before.remove(at);
            }
            None => changed.push(line),
        }
    }
    for line in changed {
        let (words, figures_now) = (&line.description, figures(line, currency)?);
        match before.iter().position(|other| other.description == *words) {
            Some(at) => {
                let figures_then = figures(before.remove(at), currency)?;
                told.push(format!("line {words:?}: {figures_now}, was {figures_then}"));
            }
            None => told.push(format!("line {words:?} is new: {figures_now}")),
        }
    }
    for line in before {
        told.push(format!("line {:?} is left out: {}", line.description, figures(line, currency)?));
    }
    Ok(())
}

/// Writes a line's figures: `372 × 70.00 × 0.85 = 22,134.00 (KPI-7)`.
fn figures(line: &pb::SavingsLine, currency: Currency) -> anyhow::Result<String> {
    let [cost, sum] = [&line.unit_cost, &line.amount].map(|money| minor(money.as_ref(), currency));
    let factor = if matches!(line.factor.as_str(), "" | "1") { "" } else { &format!(" × {}", line.factor) };
    let evidence = if line.evidence.is_empty() { "" } else { &format!(" ({})", line.evidence) };
    let (cost, sum) = (amount(cost?, currency), amount(sum?, currency));
    Ok(format!("{} × {cost}{factor} = {sum}{evidence}", grouped(line.quantity)))
}

#[cfg(test)]
mod tests {
    use super::super::show::testing::{line, pounds_of, statement};
    use super::*;

    fn pounds() -> Currency {
        Currency::from_code("GBP").expect("pounds")
    }

    #[test]
    fn what_a_correction_changes_is_told_line_by_line() {
        let then = statement(vec![
            line("answers", 372, 70, "0.85"),
            line("answers", 1, 5, ""),
            line("promotions", 2, 1_500, ""),
        ]);
        let mut now =
            statement(vec![line("answers", 1, 5, ""), line("answers", 300, 70, "0.85"), line("tours", 4, 10, "")]);
        now.community_share = "0.25".into();
        now.pool = Some(pounds_of(447_375));
        now.version = 2;
        let told = changes(&then, &now, pounds()).expect("both are whole");
        let expected = "What changes from version 1:
  community's part: 25 %, was half
  line \"answers\": 300 × 70.00 × 0.85 = 17,850.00, was 372 × 70.00 × 0.85 = 22,134.00
  line \"tours\" is new: 4 × 10.00 = 40.00
  line \"promotions\" is left out: 2 × 1,500.00 = 3,000.00
  total: GBP 17,895.00, was GBP 25,139.00 (-7,244.00)
  pool: GBP 4,473.75, was GBP 12,569.50 (-8,095.75)
";
        assert_eq!(told, expected);
        assert_eq!(changes(&then, &then, pounds()).expect("whole"), "Nothing changes from version 1.\n");
        assert!(!are_same(&then, &now, pounds()).expect("whole"));
    }

    #[test]
    fn a_file_of_the_same_terms_and_texts_changes_nothing() {
        let then = statement(vec![line("answers", 372, 70, "0.85"), line("promotions", 2, 1_500, "")]);
        let mut file = then.clone();
        (file.total, file.pool, file.version) = (None, None, 0);
        file.community_share = "0.50".into();
        file.lines[0].factor = "0.850".into();
        file.lines[1].factor = "1".into();
        file.programme_cost = Some(pounds_of(0));
        assert!(are_same(&then, &file, pounds()).expect("whole"));
        file.lines[1].evidence = "page 4".into();
        assert!(!are_same(&then, &file, pounds()).expect("whole"));
    }
}
