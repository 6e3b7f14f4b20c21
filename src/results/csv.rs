//! The plain CSV of Goodturn: what a person, or a program of the shop, writes of payments that went another way.
//!
//! The columns stand in any order: `payment` and `outcome` (accepted, paid, failed, returned, unclaimed), and, where
//! wanted, `amount`, `fee` (kept of a return), `reference`, `reason` (a word of [`Reason`], or a code as `AC04`) and
//! `date`. Where semicolons separate the cells, as in Germany, amounts may have a comma, and days may be `28.09.2026`.

use std::fmt::Display;

use super::reason::Reason;
use super::rows::{self, Row, Table};
use super::{Outcome, ResultLine, Results, cells};
use crate::domain::value::money::Currency;

/// The columns: the first two are required.
const COLUMNS: [&str; 7] = ["payment", "outcome", "amount", "fee", "reference", "reason", "date"];

const PAYMENT: usize = 0;
const OUTCOME: usize = 1;
const AMOUNT: usize = 2;
const FEE: usize = 3;
const REFERENCE: usize = 4;
const REASON: usize = 5;
const DATE: usize = 6;

/// Each outcome with its word.
const OUTCOMES: [(&str, Outcome); 5] = [
    ("accepted", Outcome::Accepted),
    ("paid", Outcome::Paid),
    ("failed", Outcome::Failed),
    ("returned", Outcome::Returned),
    ("unclaimed", Outcome::Unclaimed),
];

/// Tells whether a file is one.
pub(super) fn is_csv(content: &[u8]) -> bool {
    table(content).is_some()
}

/// Reads a file.
///
/// # Errors
/// It does not name the columns that are required, or names one twice.
pub(super) fn read(currency: Currency, content: &[u8]) -> Result<Results, String> {
    let Some(table) = table(content) else {
        return Err("has no columns payment and outcome; the first line names the columns, as payment,outcome".into());
    };
    let names: Vec<String> = table.names.iter().map(|name| name.to_ascii_lowercase()).collect();
    if let Some(twice) = COLUMNS.iter().find(|column| names.iter().filter(|name| name == *column).count() > 1) {
        return Err(format!("has the column {twice} twice"));
    }
    let mut results = Results::default();
    let unknown: Vec<&str> =
        table.names.iter().map(String::as_str).filter(|name| !name.is_empty() && place_of(name).is_none()).collect();
    if !unknown.is_empty() {
        let (unknown, known) = (unknown.join(", "), COLUMNS.join(", "));
        results.note(format!("line {}", table.line), format!("columns are not read: {unknown}; known are {known}"));
    }
    let reader = Reader {
        currency,
        has_semicolons: table.has_semicolons,
        places: COLUMNS.map(|column| names.iter().position(|name| name == column)),
    };
    for row in table.rows {
        match row {
            Ok(row) => reader.take(&row, &mut results),
            Err(problem) => results.problems.push(problem),
        }
    }
    Ok(results)
}

/// Finds the columns. No cell of these files holds a line break, so no row has two lines.
fn table(content: &[u8]) -> Option<Table<'_>> {
    rows::table(content, 1, |names| {
        [PAYMENT, OUTCOME].iter().all(|&column| names.iter().any(|name| place_of(name) == Some(column)))
    })
}

fn place_of(name: &str) -> Option<usize> {
    COLUMNS.iter().position(|column| name.eq_ignore_ascii_case(column))
}

struct Reader {
    currency: Currency,
    has_semicolons: bool,
    /// The place of each column; `None` for those that the file does not have.
    places: [Option<usize>; 7],
}

impl Reader {
    /// Takes a row: as a line, or as all that is wrong with it.
    fn take(&self, row: &Row, results: &mut Results) {
        let cell = |column: usize| {
            let place = self.places.get(column).copied().flatten();
            place.and_then(|place| row.cells.get(place)).map_or("", String::as_str)
        };
        let mut faults: Vec<String> = Vec::new();
        let payment = kept(&mut faults, "", cells::payment(cell(PAYMENT)));
        let outcome = kept(&mut faults, "outcome ", outcome(cell(OUTCOME)));
        let amount = Some(cell(AMOUNT)).filter(|text| !text.is_empty());
        let amount_minor = amount.and_then(|text| kept(&mut faults, "amount ", self.money(text)));
        let fee = if cell(FEE).is_empty() { "0" } else { cell(FEE) };
        let fee_minor = kept(&mut faults, "fee ", self.money(fee));
        let why = kept(&mut faults, "reason ", reason(cell(REASON)));
        let date = Some(cell(DATE)).filter(|text| !text.is_empty());
        let day = date.and_then(|text| {
            let day = if self.has_semicolons { cells::dotted_day(text) } else { cells::day(text) };
            kept(&mut faults, "date ", day)
        });
        if outcome.is_some_and(|outcome| outcome != Outcome::Returned) && fee_minor.is_some_and(|fee| fee > 0) {
            faults.push("fee is of a payment that did not come back; only a return has one".to_owned());
        }
        let has_reason = outcome.is_some_and(|outcome| matches!(outcome, Outcome::Failed | Outcome::Returned));
        if outcome.is_some() && !has_reason && !cell(REASON).is_empty() {
            faults.push("reason is of a payment that neither failed nor came back".to_owned());
        }
        let place = format!("line {}", row.line);
        if let (Some(payment), Some(outcome), Some(fee_minor), Some((reason, code)), true) =
            (payment, outcome, fee_minor, why, faults.is_empty())
        {
            let (reason, reference) = (has_reason.then_some(reason), cells::reference(cell(REFERENCE)));
            results.lines.push(ResultLine {
                place,
                payment,
                outcome,
                amount_minor,
                fee_minor,
                reference,
                reason,
                code,
                day,
            });
        } else {
            for fault in faults {
                results.note(place.as_str(), fault);
            }
        }
    }

    fn money(&self, text: &str) -> Result<i64, String> {
        cells::written_money(self.currency, text, self.has_semicolons)
    }
}

/// Keeps a value, or notes what is wrong with it.
fn kept<T>(faults: &mut Vec<String>, what: &str, read: Result<T, impl Display>) -> Option<T> {
    read.map_err(|fault| faults.push(format!("{what}{fault}"))).ok()
}

fn outcome(text: &str) -> Result<Outcome, String> {
    let found = OUTCOMES.iter().find(|(word, _)| text.eq_ignore_ascii_case(word));
    let words = OUTCOMES.map(|(word, _)| word).join(", ");
    found.map(|(_, outcome)| *outcome).ok_or_else(|| format!("is {text:?}; give one of {words}"))
}

/// Reads why a payment failed or came back, with the code where it is one.
fn reason(text: &str) -> Result<(Reason, String), String> {
    if text.is_empty() {
        return Ok((Reason::Other, String::new()));
    }
    if let Some(reason) = Reason::from_word(&text.to_ascii_lowercase()) {
        return Ok((reason, String::new()));
    }
    let code = text.to_ascii_uppercase();
    if code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok((Reason::from_iso(&code), code));
    }
    Err(format!("is {text:?}; give one of {}, or a code of ISO 20022, as AC04", Reason::words()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(code: &str, text: &str) -> Results {
        read(Currency::from_code(code).expect("a currency"), text.as_bytes()).expect("a file of results")
    }

    fn told(results: &Results) -> Vec<String> {
        results.problems.iter().map(|problem| format!("{}: {}", problem.place, problem.problem)).collect()
    }

    #[test]
    fn all_columns_of_a_line_are_read() {
        let results = read_text(
            "GBP",
            "date,payment,reason,outcome,amount,fee,reference\n\
             2026-09-28,MFRGGZDF,AC04,returned,12.00,0.34,BACS 77\n\
             ,MFRGGZDG,,paid,5,,\n",
        );
        let expected = ResultLine {
            place: "line 2".to_owned(),
            payment: "MFRGGZDF".to_owned(),
            outcome: Outcome::Returned,
            amount_minor: Some(1_200),
            fee_minor: 34,
            reference: "BACS 77".to_owned(),
            reason: Some(Reason::AccountClosed),
            code: "AC04".to_owned(),
            day: Some(jiff::civil::date(2026, 9, 28)),
        };
        assert_eq!((&results.lines[0], &results.problems), (&expected, &vec![]));
        let paid = &results.lines[1];
        assert_eq!((paid.outcome, paid.amount_minor, paid.fee_minor), (Outcome::Paid, Some(500), 0));
        assert_eq!((paid.reason, paid.day), (None, None));
    }

    #[test]
    fn two_columns_are_enough() {
        let results = read_text(
            "GBP",
            "Payment,Outcome\nA,accepted\nB,Paid\nC,failed\nD,returned\nE,unclaimed\nMFRGGZDFMZTWQ2LKAA,paid\n",
        );
        let outcomes: Vec<Outcome> = results.lines.iter().map(|line| line.outcome).collect();
        let all = [Outcome::Accepted, Outcome::Paid, Outcome::Failed, Outcome::Returned, Outcome::Unclaimed];
        assert_eq!(outcomes[..5], all);
        let reasons: Vec<Option<Reason>> = results.lines.iter().map(|line| line.reason).collect();
        assert_eq!(reasons[..5], [None, None, Some(Reason::Other), Some(Reason::Other), None]);
        assert_eq!(told(&results), [""; 0]);
    }

    #[test]
    fn a_german_spreadsheet_is_read() {
        let results = read_text(
            "EUR",
            "payment;outcome;amount;reason;date\r\nMFRGGZDF;returned;1234,50;account_closed;28.09.2026\r\n",
        );
        let line = &results.lines[0];
        assert_eq!((line.amount_minor, line.reason), (Some(123_450), Some(Reason::AccountClosed)));
        assert_eq!((line.day, &*line.code), (Some(jiff::civil::date(2026, 9, 28)), ""));
    }

    #[test]
    fn every_problem_is_told_at_once_and_all_other_lines_are_taken() {
        let results = read_text(
            "GBP",
            "payment,outcome,amount,fee,reason,date,colour,who\n\
             A,paid,1.00,,,,red,x\n\
             ,done,\"1,00\",-1,no idea,28.09.2026,,\n\
             B,paid,1.00,0.10,AC04,,,\n\
             C,paid\n\
             abc1,returned,1.005,,,,,\n\
             D,returned,1.00,0.10,refused,,,\n",
        );
        let payments: Vec<&str> = results.lines.iter().map(|line| &*line.payment).collect();
        assert_eq!(payments, ["A", "D"]);
        let told = told(&results);
        let begin = [
            "line 1: columns are not read: colour, who; known are payment, outcome, ",
            "line 3: names no payment",
            "line 3: outcome is \"done\"; give one of accepted, paid, ",
            "line 3: amount is \"1,00\"; give a decimal in GBP",
            "line 3: fee is \"-1\"; give 0 to ",
            "line 3: reason is \"no idea\"; give one of account_closed, ",
            "line 3: date is \"28.09.2026\"; a day is written as",
            "line 4: fee is of a payment that did not come back",
            "line 4: reason is of a payment that neither failed",
            "line 5: has another number of cells (2) than there are columns (8)",
            "line 6: names the payment \"abc1\"",
            "line 6: amount is \"1.005\"",
        ];
        assert_eq!(told.len(), begin.len(), "{told:#?}");
        for (told, begin) in told.iter().zip(begin) {
            assert!(told.starts_with(begin), "{told}");
        }
    }

    #[test]
    fn a_stray_quote_hides_no_other_line() {
        let results = read_text("GBP", "payment,outcome,reference\nA,paid,\"x\nB,paid,\"\nC,paid,\"y, z\"\n");
        assert_eq!((results.lines.len(), &*results.lines[0].reference), (1, "y, z"));
        let told = told(&results);
        assert_eq!(told, ["line 2: opens a quote that is not closed", "line 3: opens a quote that is not closed"]);
    }

    #[test]
    fn a_column_that_stands_twice_is_refused() {
        let error = read(Currency::from_code("GBP").expect("pounds"), b"payment,outcome,Amount,amount\n");
        assert_eq!(error, Err("has the column amount twice".to_owned()));
    }
}
