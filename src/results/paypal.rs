//! PayPal's reports of payouts, as CSV.
//!
//! PayPal has several, and says itself that columns come and go, so columns are found by name. A payment is told by the
//! id that we gave it (`Customer ID` of the file that was sent, `sender_item_id` of the interface, `Unique ID` of mass
//! payments), never by an e-mail address. The status of an item is the `transaction_status` of PayPal's interface, or
//! the word that the activity report has for it.
//!
//! The fee is not read: it is what PayPal charges the payer for sending, and nothing that is kept of a return.

use super::reason::Reason;
use super::rows::{self, Row, Table};
use super::{Outcome, ResultLine, Results, cells};
use crate::domain::value::money::Currency;

/// Columns that hold our id, where the report has one for it.
const IDS: [&str; 3] = ["customerid", "senderitemid", "uniqueid"];

/// Columns of the activity report that can hold our id, among ids of other business.
const SHARED_IDS: [&str; 3] = ["customnumber", "invoicenumber", "itemid"];

const STATUSES: [&str; 4] = ["transactionstatus", "payoutitemstatus", "itemstatus", "status"];
const AMOUNTS: [&str; 4] = ["amount", "payoutamount", "gross", "grossamount"];
const CURRENCIES: [&str; 2] = ["currency", "currencycode"];
const REFERENCES: [&str; 2] = ["transactionid", "payoutitemid"];
const REASONS: [&str; 7] = ["errorname", "errorcode", "reasoncode", "error", "reason", "errors", "errormessage"];
const KINDS: [&str; 3] = ["transactioneventcode", "type", "transactiontype"];
const DAYS: [&str; 4] = ["timeprocessed", "transactiondate", "completeddate", "date"];

/// Lines that one row can have: a note has at most 400 characters, and an address few lines.
const ROW_LINES_MAX: usize = 20;

/// What the status of an item says, and why, where it failed or came back.
///
/// <https://developer.paypal.com/payouts/use-payouts/track-payout-item-status>; completed, held and denied are words of
/// the activity report. An item that nobody claims in 30 days is returned.
const MEANINGS: [(&str, Outcome, Option<Reason>); 12] = [
    ("success", Outcome::Paid, None),
    ("completed", Outcome::Paid, None),
    ("pending", Outcome::Accepted, None),
    ("onhold", Outcome::Accepted, None),
    ("held", Outcome::Accepted, None),
    ("unclaimed", Outcome::Unclaimed, None),
    ("returned", Outcome::Returned, Some(Reason::Unclaimed)),
    ("refunded", Outcome::Returned, Some(Reason::Reversed)),
    ("reversed", Outcome::Returned, Some(Reason::Reversed)),
    ("failed", Outcome::Failed, Some(Reason::Refused)),
    ("denied", Outcome::Failed, Some(Reason::Refused)),
    ("blocked", Outcome::Failed, Some(Reason::Refused)),
];

/// Tells whether a file is one.
pub(super) fn is_paypal(content: &[u8]) -> bool {
    table(content).is_some()
}

/// Reads a report.
///
/// # Errors
/// It does not name a column for the id and one for the status, or it is a report whose amounts are in cents.
pub(super) fn read(currency: Currency, content: &[u8]) -> Result<Results, String> {
    let Some(table) = table(content) else {
        return Err("is no report of payouts: it has no columns Customer ID (or sender_item_id) and Status".to_owned());
    };
    if table.names.first().is_some_and(|name| name == "CH") {
        let told = "is a report of settlements or reconciliation (its rows begin with CH and SB), whose amounts are in \
                    cents; download the activity report, or the report of the payout";
        return Err(told.to_owned());
    }
    let columns = Columns::of(&table.names);
    let mut results = Results::default();
    for row in table.rows {
        match row {
            Ok(row) => columns.take(currency, &row, &mut results),
            Err(problem) => results.problems.push(problem),
        }
    }
    Ok(results)
}

fn table(content: &[u8]) -> Option<Table<'_>> {
    rows::table(content, ROW_LINES_MAX, |names| {
        let names: Vec<String> = names.iter().map(|name| bare(name)).collect();
        let has = |wanted: &[&str]| names.iter().any(|name| wanted.contains(&name.as_str()));
        has(&STATUSES) && (has(&IDS) || has(&SHARED_IDS) && has(&REFERENCES))
    })
}

/// Returns a name without what programs write differently: `sender_item_id` and `Sender Item ID` are one.
fn bare(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The places of the columns.
struct Columns {
    ids: Vec<usize>,
    /// True when the ids have columns of their own, so that a row without one is odd.
    has_own_ids: bool,
    status: Vec<usize>,
    amount: Vec<usize>,
    currency: Vec<usize>,
    reference: Vec<usize>,
    reason: Vec<usize>,
    kind: Vec<usize>,
    day: Vec<usize>,
}

impl Columns {
    fn of(names: &[String]) -> Self {
        let names: Vec<String> = names.iter().map(|name| bare(name)).collect();
        let places = |wanted: &[&str]| -> Vec<usize> {
            wanted.iter().filter_map(|name| names.iter().position(|found| found == name)).collect()
        };
        let own = places(&IDS);
        let has_own_ids = !own.is_empty();
        Self {
            ids: if has_own_ids { own } else { places(&SHARED_IDS) },
            has_own_ids,
            status: places(&STATUSES),
            amount: places(&AMOUNTS),
            currency: places(&CURRENCIES),
            reference: places(&REFERENCES),
            reason: places(&REASONS),
            kind: places(&KINDS),
            day: places(&DAYS),
        }
    }

    /// Takes a row: as a line, as other business, or as all that is wrong with it.
    fn take(&self, currency: Currency, row: &Row, results: &mut Results) {
        let place = format!("line {}", row.line);
        let ids = || self.ids.iter().filter_map(|&at| row.cells.get(at));
        let Some(payment) = ids().find(|id| cells::is_payment(id)).cloned() else {
            if self.has_own_ids && ids().all(String::is_empty) {
                results.note(place, "names no payment");
            } else {
                results.skipped += 1;
            }
            return;
        };
        let (status, kind) = (first(row, &self.status), first(row, &self.kind));
        let mut faults = Vec::new();
        let meaning = match meaning(status, kind) {
            Ok(Some(meaning)) => Some(meaning),
            Ok(None) => {
                results.skipped += 1;
                return;
            }
            Err(fault) => {
                faults.push(fault);
                None
            }
        };
        let found = first(row, &self.currency);
        if !found.is_empty() && found != currency.code() {
            faults.push(format!("is in {found:?}, and the program's currency is {}", currency.code()));
        }
        let mut amount_minor = None;
        if let (text, true) = (first(row, &self.amount), faults.is_empty())
            && !text.is_empty()
        {
            match cells::paypal_money(currency, text) {
                Ok(minor) => amount_minor = Some(minor),
                Err(fault) => faults.push(format!("amount {fault}")),
            }
        }
        let (Some((outcome, reason)), true) = (meaning, faults.is_empty()) else {
            for fault in faults {
                results.note(place.as_str(), fault);
            }
            return;
        };
        let why = if reason.is_some() { first(row, &self.reason) } else { "" };
        let is_duplicate = why.to_ascii_uppercase().contains("DUPLICATE");
        results.lines.push(ResultLine {
            place,
            payment,
            outcome,
            amount_minor,
            fee_minor: 0,
            reference: cells::reference(first(row, &self.reference)),
            reason: if is_duplicate { Some(Reason::Duplicate) } else { reason },
            code: cells::reference(why),
            // Reports write days as the reader's country does, and 03/04 is one day here and another there.
            day: cells::day(first(row, &self.day)).ok(),
        });
    }
}

/// Returns the first cell of those that is not empty.
fn first<'a>(row: &'a Row, places: &[usize]) -> &'a str {
    places.iter().filter_map(|&at| row.cells.get(at)).find(|cell| !cell.is_empty()).map_or("", String::as_str)
}

/// Returns what a row says; `None` when it is of no payment, as a fee.
///
/// An activity report has a row for each movement. Its kind is a code, or words: a refund has rows of its own, which
/// are completed too, and must not be taken for the payment. The codes:
/// <https://developer.paypal.com/payouts/use-payouts/view-transactions>.
fn meaning(status: &str, kind: &str) -> Result<Option<(Outcome, Option<Reason>)>, String> {
    let words = kind.to_ascii_lowercase();
    // The fee of a batch, the release of a hold, and a hold.
    if matches!(kind, "T0104" | "T1105" | "T1503") {
        return Ok(None);
    }
    let comes_back = matches!(kind, "T1114" | "T1115") || words.contains("revers") || words.contains("refund");
    let goes_out = matches!(kind, "" | "T0001") || words.contains("payout") || words.contains("mass pay");
    if !comes_back && !goes_out {
        return Err(format!("is a {kind:?} with the id of a payment; look at it by hand"));
    }
    let wanted = bare(status);
    let found = MEANINGS.iter().find(|(word, _, _)| *word == wanted);
    let Some(&(_, outcome, reason)) = found else {
        let known = MEANINGS.map(|(word, _, _)| word).join(", ");
        return Err(format!("status is {status:?}; known are {known}"));
    };
    match outcome {
        Outcome::Paid if comes_back => Ok(Some((Outcome::Returned, Some(Reason::Reversed)))),
        Outcome::Failed | Outcome::Unclaimed if comes_back => {
            Err(format!("is a {kind:?} with the status {status:?}; look at it by hand"))
        }
        _ => Ok(Some((outcome, reason))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Results {
        read(Currency::from_code("GBP").expect("pounds"), text.as_bytes()).expect("a report")
    }

    fn told(results: &Results) -> Vec<String> {
        results.problems.iter().map(|problem| format!("{}: {}", problem.place, problem.problem)).collect()
    }

    #[test]
    fn each_status_of_paypal_has_its_outcome() {
        for (status, outcome, reason) in [
            ("SUCCESS", Outcome::Paid, None),
            ("PENDING", Outcome::Accepted, None),
            ("ONHOLD", Outcome::Accepted, None),
            ("On Hold", Outcome::Accepted, None),
            ("UNCLAIMED", Outcome::Unclaimed, None),
            ("RETURNED", Outcome::Returned, Some(Reason::Unclaimed)),
            ("REFUNDED", Outcome::Returned, Some(Reason::Reversed)),
            ("REVERSED", Outcome::Returned, Some(Reason::Reversed)),
            ("FAILED", Outcome::Failed, Some(Reason::Refused)),
            ("BLOCKED", Outcome::Failed, Some(Reason::Refused)),
        ] {
            let results = read_text(&format!("sender_item_id,transaction_status\nMFRGGZDF,{status}\n"));
            let line = &results.lines[0];
            assert_eq!((line.outcome, line.reason, line.amount_minor), (outcome, reason, None), "{status}");
        }
    }

    #[test]
    fn a_report_of_a_payout_is_read_by_the_names_of_its_columns() {
        let results = read_text(
            "\u{feff}Payouts report\n\
             Transaction ID,Recipient,Customer ID,Status,Amount,Currency,Fee,Error,Time Processed\n\
             0C413693MN970190K,a@b.example,MFRGGZDF,SUCCESS,\"1,234.50\",GBP,0.35,,2026-09-28T10:17:41Z\n\
             ,c@d.example,MFRGGZDG,FAILED,5.00,GBP,0.00,RECEIVER_ACCOUNT_LOCKED,09/28/2026\n\
             9XY,e@f.example,MFRGGZDH,FAILED,5.00,GBP,0.00,DUPLICATE_ITEM,\n\
             8XY,g@h.example,MFRGGZDI,RETURNED,7.00,GBP,0.35,,\n",
        );
        let paid = ResultLine {
            place: "line 3".to_owned(),
            payment: "MFRGGZDF".to_owned(),
            outcome: Outcome::Paid,
            amount_minor: Some(123_450),
            fee_minor: 0,
            reference: "0C413693MN970190K".to_owned(),
            reason: None,
            code: String::new(),
            day: Some(jiff::civil::date(2026, 9, 28)),
        };
        assert_eq!((results.lines.len(), &results.lines[0]), (4, &paid));
        let failed = &results.lines[1];
        assert_eq!((&*failed.code, failed.reason), ("RECEIVER_ACCOUNT_LOCKED", Some(Reason::Refused)));
        assert_eq!((failed.day, results.lines[2].reason), (None, Some(Reason::Duplicate)));
        assert_eq!((results.lines[3].amount_minor, results.lines[3].fee_minor), (Some(700), 0));
        assert_eq!(told(&results), [""; 0]);
    }

    #[test]
    fn an_activity_report_is_read_and_a_refund_is_not_taken_for_the_payment() {
        let results = read_text(
            r#""Date","Name","Type","Status","Currency","Gross","Fee","Transaction ID","Custom Number"
"28/09/2026","Müller","Mass Pay Payment","Completed","GBP","-12.34","-0.25","1AB","MFRGGZDF"
"29/09/2026","Ada","Payment Refund","Completed","GBP","12.34","0.25","2AB","MFRGGZDF"
"29/09/2026","Shop","Express Checkout Payment","Completed","GBP","9.00","-0.30","3AB","1008"
"29/09/2026","Shop","General Payment","Completed","GBP","9.00","-0.30","4AB",""
"29/09/2026","Ben","General Payment","Completed","GBP","9.00","-0.30","5AB","MFRGGZDG"
"#,
        );
        let lines: Vec<(Outcome, Option<i64>, &str)> =
            results.lines.iter().map(|line| (line.outcome, line.amount_minor, &*line.reference)).collect();
        assert_eq!(lines, [(Outcome::Paid, Some(1_234), "1AB"), (Outcome::Returned, Some(1_234), "2AB")]);
        assert_eq!(results.skipped, 2);
        let by_hand = "line 6: is a \"General Payment\" with the id of a payment; look at it by hand";
        assert_eq!(told(&results), [by_hand]);
    }

    #[test]
    fn codes_of_events_tell_payments_from_holds_and_fees() {
        let results = read_text(
            "Transaction Event Code,Transaction ID,Custom Number,Status\n\
             T1503,1,MFRGGZDF,Completed\n\
             T0001,2,MFRGGZDF,Completed\n\
             T0104,3,MFRGGZDF,Completed\n\
             T1114,4,MFRGGZDF,Completed\n\
             T1115,5,MFRGGZDF,Pending\n\
             T1115,6,MFRGGZDF,Failed\n",
        );
        let outcomes: Vec<Outcome> = results.lines.iter().map(|line| line.outcome).collect();
        assert_eq!(outcomes, [Outcome::Paid, Outcome::Returned, Outcome::Accepted]);
        assert_eq!((results.skipped, results.problems.len()), (2, 1));
    }

    #[test]
    fn every_problem_is_told_and_all_other_rows_are_taken() {
        let results = read_text(
            "Customer ID;Status;Amount;Currency\n\
             MFRGGZDF;SUCCESS;12,34;GBP\n\
             MFRGGZDG;SUCCESS;12,34;USD\n\
             MFRGGZDH;LOST;12,34;USD\n\
             ;SUCCESS;1,00;GBP\n\
             salary-9;SUCCESS;1,00;GBP\n\
             MFRGGZDI;SUCCESS;1,5;GBP\n",
        );
        assert_eq!((results.lines.len(), results.lines[0].amount_minor, results.skipped), (1, Some(1_234), 1));
        let told = told(&results);
        assert_eq!(told[0], "line 3: is in \"USD\", and the program's currency is GBP");
        assert!(told[1].starts_with("line 4: status is \"LOST\"; known are success, "), "{}", told[1]);
        assert_eq!(told[2], "line 4: is in \"USD\", and the program's currency is GBP");
        assert_eq!(told[3], "line 5: names no payment");
        assert_eq!(told[4], "line 7: amount is \"1,5\"; an amount is written as 1234.56");
        assert_eq!(told.len(), 5);
    }

    #[test]
    fn a_report_in_cents_is_refused() {
        let text = b"RH,2026\nCH,Transaction ID,Sender Item ID,Transaction Status,Amount\nSB,1,MFRGGZDF,SUCCESS,1234\n";
        let error = read(Currency::from_code("GBP").expect("pounds"), text).expect_err("in cents");
        assert!(error.contains("in cents"), "{error}");
    }
}
