//! Savings statements as text.

use super::changes::changes;
use crate::cli::finance::{Side, amount, call, columns, day, digest_text, id_of, minor, money, period, told};
use crate::cli::text::{count, counted, grouped};
use goodturn::domain::value::ids::ProgramId;
use goodturn::domain::value::money::Currency;
use goodturn::domain::value::number::Number;
use goodturn::export::words::listed;
use goodturn::google::r#type::Money;
use goodturn::pb;
use goodturn::pb::SavingsStatementState as State;

/// Says that a second person must approve, and by which command.
const SECOND: &str = "Another person with the role approver must approve it:\n";

/// Names the other way to pay a pool out, as it is not known for what a statement is.
const BY_LIST: &str = "  (a compensation by a list: --mode list, see payout draft --help)\n";

/// Returns what waits for a second person: the statement, or its correction.
pub(super) fn waiting(statement: &pb::SavingsStatement) -> Option<&pb::SavingsStatement> {
    let declared = Some(statement).filter(|statement| statement.state() == State::Declared);
    statement.correction.as_deref().or(declared)
}

/// Shows a statement, the correction that waits, and what comes next.
///
/// # Errors
/// The server left something out.
pub(super) fn whole(
    statement: &pb::SavingsStatement,
    program: &ProgramId,
    currency: Currency,
) -> anyhow::Result<String> {
    let mut text = content(statement, currency)?;
    text += &format!("\nThe statement was {}.\n", people(statement));
    text += &match &statement.correction {
        Some(next) => format!("\n{}", to_sign(statement, next, currency)?),
        None => overlaps(statement)? + &digest_line(statement),
    };
    Ok(format!("{text}\n{}", next(statement, program, currency)?))
}

/// Shows what a person is asked to approve.
///
/// # Errors
/// As above.
pub(super) fn to_sign(
    statement: &pb::SavingsStatement,
    waits: &pb::SavingsStatement,
    currency: Currency,
) -> anyhow::Result<String> {
    let mut text = format!("{}\nDeclared by {}.\n", content(waits, currency)?, waits.declared_by);
    if !std::ptr::eq(statement, waits) {
        text += &changes(statement, waits, currency)?;
        text += &format!("Payouts have taken {} so far.\n", told(statement.committed.as_ref(), currency)?);
    }
    text += &overlaps_of(statement, waits)?;
    Ok(text + &digest_line(waits))
}

fn digest_line(statement: &pb::SavingsStatement) -> String {
    format!("Digest of the content: {}\n", digest_text(&statement.content_digest))
}

/// Shows the lines and the sums.
fn content(statement: &pb::SavingsStatement, currency: Currency) -> anyhow::Result<String> {
    let head = [
        ("quantity", Side::Right),
        ("unit cost", Side::Right),
        ("factor", Side::Right),
        ("amount", Side::Right),
        ("what was saved", Side::Left),
        ("evidence", Side::Left),
    ];
    let lines = statement.lines.iter().map(|line| -> anyhow::Result<Vec<String>> {
        Ok(vec![
            grouped(line.quantity),
            amount(minor(line.unit_cost.as_ref(), currency)?, currency),
            if line.factor.is_empty() { "1".to_owned() } else { line.factor.clone() },
            amount(minor(line.amount.as_ref(), currency)?, currency),
            if line.description.is_empty() { "(erased)".to_owned() } else { line.description.clone() },
            line.evidence.clone(),
        ])
    });
    let lines = lines.collect::<anyhow::Result<Vec<_>>>()?;
    let cost = optional(statement.programme_cost.as_ref(), currency)?;
    let redeemed = optional(statement.redeemed_at_till.as_ref(), currency)?;
    let total = minor(statement.total.as_ref(), currency)?;
    let pool = format!("pool: {} of the total", part(&statement.community_share));
    let sums = [
        ("sum of the lines", total.saturating_add(cost).saturating_add(redeemed)),
        ("less the programme's own cost", cost.saturating_neg()),
        ("less what was redeemed at the till", redeemed.saturating_neg()),
        ("total", total),
        (pool.as_str(), minor(statement.pool.as_ref(), currency)?),
    ];
    let sums = sums.map(|(name, minor)| vec![name.to_owned(), amount(minor, currency)]);
    let (id, version, period) = (id_of(&statement.name), statement.version, period_of(statement)?);
    let (lines, sums) = (columns(&head, &lines), columns(&[("", Side::Left), (currency.code(), Side::Right)], &sums));
    Ok(format!("Savings statement {id}, version {version}, of {period}\n\n{lines}\n{sums}"))
}

/// Says what was saved: `savings of 1 Jun – 30 Nov 2018: 3 lines, GBP 21,134.00 saved, of which half, GBP 10,567.00,
/// goes to the community`.
///
/// # Errors
/// The server left something out.
pub(super) fn saved(statement: &pb::SavingsStatement, currency: Currency) -> anyhow::Result<String> {
    let (total, pool) = (minor(statement.total.as_ref(), currency)?, minor(statement.pool.as_ref(), currency)?);
    let (period, lines) = (period_of(statement)?, counted(count(statement.lines.len()), "line"));
    let goes = if pool > 0 {
        format!(", of which {}, {}, goes to the community", part(&statement.community_share), money(pool, currency))
    } else {
        ", so nothing goes to the community".to_owned()
    };
    Ok(format!("savings of {period}: {lines}, {} saved{goes}", money(total, currency)))
}

/// Says who declared and decided a statement.
pub(super) fn people(statement: &pb::SavingsStatement) -> String {
    let by = format!("declared by {}", statement.declared_by);
    match statement.state() {
        State::Approved => format!("{by}, approved by {}", statement.approved_by),
        State::Rejected if statement.rejection_note.is_empty() => {
            format!("{by}, rejected by {}", statement.rejected_by)
        }
        State::Rejected => format!("{by}, rejected by {}: {}", statement.rejected_by, statement.rejection_note),
        State::Declared | State::Unspecified => by,
    }
}

/// Says what comes next, and who does it.
///
/// # Errors
/// The server left something out.
pub(super) fn next(
    statement: &pb::SavingsStatement,
    program: &ProgramId,
    currency: Currency,
) -> anyhow::Result<String> {
    let id = id_of(&statement.name);
    let approve = call(&format!("savings approve {id}"), program);
    match statement.state() {
        State::Declared => Ok(format!("{SECOND}{approve}")),
        State::Rejected => {
            Ok("Nothing can be paid on it. Savings are declared again by a file with another id.\n".to_owned())
        }
        State::Approved => {
            let waits = match &statement.correction {
                Some(next) => format!("Version {} waits. {SECOND}{approve}", next.version),
                None => String::new(),
            };
            Ok(format!("{waits}{}", left(statement, program, currency)?))
        }
        State::Unspecified => Ok("Its state is unknown here; use the server's own version of goodturn.\n".to_owned()),
    }
}

/// Says what payouts have left of the pool.
fn left(statement: &pb::SavingsStatement, program: &ProgramId, currency: Currency) -> anyhow::Result<String> {
    let (pool, taken) = (minor(statement.pool.as_ref(), currency)?, minor(statement.committed.as_ref(), currency)?);
    let left = pool.saturating_sub(taken);
    let of = format!("Payouts have taken {} of its pool of {}", money(taken, currency), money(pool, currency));
    if left <= 0 {
        return Ok(format!("{of}: nothing is left.\n"));
    }
    let last_day = day(statement.last_day)?;
    let draft = call(&format!("payout draft ID --statement {} --last-day {last_day}", id_of(&statement.name)), program);
    let left = money(left, currency);
    Ok(format!("{of}; {left} is left. A person with the role finance can draft a payout of it:\n{draft}{BY_LIST}"))
}

/// Warns of other statements that may count the same savings.
///
/// # Errors
/// The server answered with a day that there is not.
pub(super) fn overlaps(statement: &pb::SavingsStatement) -> anyhow::Result<String> {
    if statement.overlaps.is_empty() {
        return Ok(String::new());
    }
    let mut text = "WARNING: the same savings may also stand in other statements:\n".to_owned();
    for other in &statement.overlaps {
        let days = match (other.first_day, other.last_day) {
            (None, None) => None,
            (first, last) => Some(format!("both count {}", period(day(first)?, day(last)?))),
        };
        let evidence = Some(&other.evidence[..]).filter(|evidence| !evidence.is_empty());
        let evidence = evidence.map(|evidence| format!("both name the evidence {}", evidence.join(", ")));
        let both: Vec<String> = days.into_iter().chain(evidence).collect();
        text += &format!("  {}: {}\n", id_of(&other.savings_statement), listed(&both));
    }
    Ok(text)
}

/// The same for what waits; a server may tell it of the statement as a whole.
///
/// # Errors
/// As above.
pub(super) fn overlaps_of(statement: &pb::SavingsStatement, waits: &pb::SavingsStatement) -> anyhow::Result<String> {
    overlaps(if waits.overlaps.is_empty() { statement } else { waits })
}

/// Lists statements, each on a line.
///
/// # Errors
/// The server left something out.
pub(super) fn list(statements: &[pb::SavingsStatement], currency: Currency) -> anyhow::Result<String> {
    let head = [
        ("id", Side::Left),
        ("period", Side::Left),
        ("total", Side::Right),
        ("pool", Side::Right),
        ("left", Side::Right),
        ("state", Side::Left),
    ];
    let row = |statement: &pb::SavingsStatement| -> anyhow::Result<Vec<String>> {
        let (total, pool) = (minor(statement.total.as_ref(), currency)?, minor(statement.pool.as_ref(), currency)?);
        let taken = minor(statement.committed.as_ref(), currency)?;
        let left = match statement.state() {
            State::Approved => amount(pool.saturating_sub(taken), currency),
            _ => "–".to_owned(),
        };
        let waits = match &statement.correction {
            Some(next) => format!("; version {} waits, declared by {}", next.version, next.declared_by),
            None => String::new(),
        };
        Ok(vec![
            id_of(&statement.name).to_owned(),
            period_of(statement)?,
            amount(total, currency),
            amount(pool, currency),
            left,
            format!("{}{waits}", people(statement)),
        ])
    };
    let rows = statements.iter().map(row).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(format!("Amounts in {}\n\n{}", currency.code(), columns(&head, &rows)))
}

/// Writes a statement's period.
pub(super) fn period_of(statement: &pb::SavingsStatement) -> anyhow::Result<String> {
    Ok(period(day(statement.first_day)?, day(statement.last_day)?))
}

/// Reads an amount that may be left out.
pub(super) fn optional(money: Option<&Money>, currency: Currency) -> anyhow::Result<i64> {
    money.map_or(Ok(0), |money| minor(Some(money), currency))
}

/// Reads a part of one, in millionths.
pub(super) fn millionths(part: &str) -> Option<i64> {
    Number::parse(part).ok().and_then(|number| number.in_places(6))
}

/// Writes a part of one: `half`, `all`, `33.3333 %`.
pub(super) fn part(share: &str) -> String {
    match millionths(share) {
        None => share.to_owned(),
        Some(1_000_000) => "all".to_owned(),
        Some(500_000) => "half".to_owned(),
        Some(millionths) => {
            let places = format!("{:04}", millionths % 10_000);
            let places = places.trim_end_matches('0');
            let point = if places.is_empty() { "" } else { "." };
            format!("{}{point}{places} %", millionths / 10_000)
        }
    }
}

/// Statements for tests.
#[cfg(test)]
pub(super) mod testing {
    use super::*;
    use crate::cli::finance::date;

    /// Makes a line in whole pounds, with its amount.
    pub(in crate::cli::savings) fn line(words: &str, quantity: i64, pounds: i64, factor: &str) -> pb::SavingsLine {
        let hundredths = if factor.is_empty() { 100 } else { factor[2..].parse::<i64>().expect("two places") };
        pb::SavingsLine {
            description: words.into(),
            quantity,
            unit_cost: Some(pounds_of(pounds * 100)),
            factor: factor.into(),
            evidence: String::new(),
            amount: Some(pounds_of(quantity * pounds * hundredths)),
        }
    }

    /// Makes a statement of which half goes to the community, without costs.
    pub(in crate::cli::savings) fn statement(lines: Vec<pb::SavingsLine>) -> pb::SavingsStatement {
        let currency = Currency::from_code("GBP").expect("pounds");
        let total: i64 = lines.iter().map(|line| minor(line.amount.as_ref(), currency).expect("an amount")).sum();
        let day = |text: &str| date(text.parse().expect("a day"));
        pb::SavingsStatement {
            name: "programs/qc/savingsStatements/2018-h2".into(),
            first_day: Some(day("2018-06-01")),
            last_day: Some(day("2018-11-30")),
            lines,
            community_share: "0.5".into(),
            total: Some(pounds_of(total)),
            pool: Some(pounds_of(total / 2)),
            committed: Some(pounds_of(0)),
            state: State::Declared.into(),
            declared_by: "anna".into(),
            content_digest: vec![0xab; 32],
            version: 1,
            ..pb::SavingsStatement::default()
        }
    }

    /// Writes pence as the API does.
    pub(in crate::cli::savings) fn pounds_of(pence: i64) -> Money {
        goodturn::wire::money(pence, Currency::from_code("GBP").expect("pounds"))
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{line, pounds_of, statement};
    use super::*;

    fn pounds() -> Currency {
        Currency::from_code("GBP").expect("pounds")
    }

    #[test]
    fn what_was_saved_and_comes_next_is_told_in_money_and_plain_words() {
        let program = ProgramId::parse("qc").expect("an id");
        let mut declared = statement(vec![line("answers", 372, 70, "0.85")]);
        assert_eq!(
            saved(&declared, pounds()).expect("whole"),
            "savings of 1 Jun – 30 Nov 2018: 1 line, GBP 22,134.00 saved, of which half, GBP 11,067.00, goes to the \
             community"
        );
        let told = |statement: &pb::SavingsStatement| next(statement, &program, pounds()).expect("whole");
        assert_eq!(told(&declared), format!("{SECOND}  goodturn savings approve 2018-h2 --program qc\n"));
        declared.state = State::Approved.into();
        declared.committed = Some(pounds_of(106_700));
        assert!(told(&declared).starts_with(
            "Payouts have taken GBP 1,067.00 of its pool of GBP 11,067.00; GBP 10,000.00 is left. A person"
        ));
        declared.total = Some(pounds_of(-50));
        declared.pool = Some(pounds_of(0));
        assert!(
            saved(&declared, pounds()).expect("whole").ends_with("GBP -0.50 saved, so nothing goes to the community")
        );
        assert!(told(&declared).ends_with(": nothing is left.\n"));
    }

    #[test]
    fn what_is_signed_shows_every_line_its_sums_and_what_overlaps() {
        let mut declared = statement(vec![line("answers", 372, 70, "0.85"), line("tours", 40, 12, "")]);
        declared.overlaps.push(pb::StatementOverlap {
            savings_statement: "programs/qc/savingsStatements/summer".into(),
            first_day: declared.first_day,
            last_day: declared.last_day,
            evidence: vec!["KPI-7".into()],
        });
        let expected = "Savings statement 2018-h2, version 1, of 1 Jun – 30 Nov 2018

  quantity  unit cost  factor     amount  what was saved  evidence
       372      70.00    0.85  22,134.00  answers
        40      12.00       1     480.00  tours

                                            GBP
  sum of the lines                    22,614.00
  less the programme's own cost            0.00
  less what was redeemed at the till       0.00
  total                               22,614.00
  pool: half of the total             11,307.00

Declared by anna.
WARNING: the same savings may also stand in other statements:
  summer: both count 1 Jun – 30 Nov 2018 and both name the evidence KPI-7
Digest of the content: abab abab abab abab abab abab abab abab abab abab abab abab abab abab abab abab
";
        assert_eq!(to_sign(&declared, &declared, pounds()).expect("whole"), expected);
        assert_eq!(waiting(&declared), Some(&declared));
    }

    #[test]
    fn a_part_is_told_in_words_or_in_percent() {
        let told = ["1", "0.5", "0.35", "0.333333", "0.000001", "odd"].map(part);
        assert_eq!(told, ["all", "half", "35 %", "33.3333 %", "0.0001 %", "odd"]);
    }
}
