//! camt.054, movements on the account that pays: what was booked, and what came back. camt.052 and camt.053 hold the
//! same entries, and are read too.
//!
//! A debit with an id of ours is a payment that was booked. A credit with one is a return, when it says so: by
//! `RtrInf`, as a reversal, or by its bank transaction code. Other business on the account has no id of ours, and is
//! counted. Only what is booked settles anything.
//!
//! An entry names its amount, status and day before its transactions, in every version, and its transactions are read
//! one by one.

use super::reason::Reason;
use super::xml::{self, Element};
use super::{Outcome, ResultLine, Results, cells};
use crate::domain::value::money::Currency;

/// Sub-families of bank transaction codes that are returns: after a return (`RRTN`), and after a request to cancel
/// (`RPCR`).
const RETURN_FAMILIES: [&str; 2] = ["RRTN", "RPCR"];

/// Elements that hold entries.
const STATEMENTS: [&str; 3] = ["Ntfctn", "Stmt", "Rpt"];

/// Days that an entry can name, the booking first.
const DAYS: [&[&str]; 4] = [&["BookgDt", "Dt"], &["BookgDt", "DtTm"], &["ValDt", "Dt"], &["ValDt", "DtTm"]];

/// Reads movements.
///
/// # Errors
/// They are not well formed.
pub(super) fn read(currency: Currency, text: &str) -> Result<Results, String> {
    let mut reader = Reader { currency, results: Results::default(), entry: 0, transactions: 0, found: Vec::new() };
    let mut names = vec!["TxDtls", "Ntry"];
    names.extend(STATEMENTS);
    xml::cut(text, &names, |parents, element| match element.name() {
        "TxDtls" => reader.take_transaction(element),
        "Ntry" => reader.take_entry(parents, element),
        _ => reader.entry = 0,
    })?;
    Ok(reader.results)
}

/// A transaction with an id of ours, as far as it says itself.
struct Found {
    number: usize,
    payment: String,
    /// `CRDT` or `DBIT`; empty where only the entry says it.
    direction: String,
    reference: String,
    is_return: bool,
    is_cancelled: bool,
    code: String,
    /// What moved; `None` where it names no amount.
    moved: Option<Result<i64, String>>,
    /// What was sent, where it is named, in the currency.
    sent: Option<i64>,
    /// What was taken off the amount, where it is named.
    charges: Result<i64, String>,
}

struct Reader {
    currency: Currency,
    results: Results,
    /// Entries of the statement so far.
    entry: usize,
    /// Transactions of the entry so far, and those with an id of ours.
    transactions: usize,
    found: Vec<Found>,
}

impl Reader {
    fn take_transaction(&mut self, element: &Element) {
        self.transactions += 1;
        let payment = element.text(&["Refs", "EndToEndId"]);
        if !cells::is_payment(payment) {
            self.results.skipped += 1;
            return;
        }
        let currency = self.currency;
        let family = family(element);
        self.found.push(Found {
            number: self.transactions,
            payment: payment.to_owned(),
            direction: element.text(&["CdtDbtInd"]).to_owned(),
            reference: cells::reference(element.first_text(&[&["Refs", "AcctSvcrRef"], &["Refs", "TxId"]])),
            is_return: element.at(&["RtrInf"]).is_some() || RETURN_FAMILIES.contains(&family),
            is_cancelled: family == "RPCR",
            code: cells::reference(element.first_text(&[&["RtrInf", "Rsn", "Cd"], &["RtrInf", "Rsn", "Prtry"]])),
            moved: moved(element, currency),
            sent: element.at(&["AmtDtls", "InstdAmt", "Amt"]).and_then(|amount| amount.money(currency).ok()),
            charges: charges(element, currency),
        });
    }

    fn take_entry(&mut self, parents: &[Element], entry: &Element) {
        self.entry += 1;
        let statement = parents.iter().find(|parent| STATEMENTS.contains(&parent.name()));
        let statement = statement.map_or("", |statement| statement.text(&["Id"]));
        let place = format!("entry {} of {statement}", self.entry);
        let is_only = self.transactions == 1;
        if self.transactions == 0 {
            self.results.skipped += 1;
        }
        for found in std::mem::take(&mut self.found) {
            let place = if is_only { place.clone() } else { format!("transaction {} of {place}", found.number) };
            match line(self.currency, place.clone(), entry, found, is_only) {
                Ok(line) => self.results.lines.push(line),
                Err(fault) => self.results.note(place, fault),
            }
        }
        self.transactions = 0;
    }
}

/// Makes a line of a transaction and its entry.
fn line(currency: Currency, place: String, entry: &Element, found: Found, is_only: bool) -> Result<ResultLine, String> {
    let is_reversal = matches!(entry.text(&["RvslInd"]), "true" | "1");
    let family = family(entry);
    let is_return = found.is_return || is_reversal || RETURN_FAMILIES.contains(&family);
    let is_cancelled = found.is_cancelled || is_reversal || family == "RPCR";
    let direction = if found.direction.is_empty() { entry.text(&["CdtDbtInd"]) } else { &*found.direction };
    let outcome = match (direction, is_return) {
        ("DBIT", false) => Outcome::Paid,
        ("CRDT", true) => Outcome::Returned,
        ("DBIT", true) => return Err("is a debit that takes back a credit; look at it by hand".to_owned()),
        ("CRDT", false) => {
            return Err(
                "is a credit with the id of a payment, and does not say that it is a return; look at it by hand".into(),
            );
        }
        _ => return Err(format!("is neither a credit nor a debit (CdtDbtInd is {direction:?})")),
    };
    // The status is a word of its own in old versions, and a code below it since version 8.
    let outcome = match entry.first_text(&[&["Sts", "Cd"], &["Sts"]]) {
        "BOOK" => outcome,
        "PDNG" | "INFO" | "FUTR" => Outcome::Accepted,
        status => return Err(format!("has the status {status:?}; known are BOOK, PDNG, INFO and FUTR")),
    };
    // Where an entry is of one transaction, its amount and charges are those of the transaction.
    let of_entry = if is_only { entry.at(&["Amt"]).map(|amount| amount.money(currency)) } else { None };
    let moved = found.moved.or(of_entry).transpose().map_err(|fault| format!("amount {fault}"));
    let is_back = outcome == Outcome::Returned;
    let amount_minor = match found.sent {
        Some(sent) if !is_back => Some(sent),
        _ => moved?,
    };
    let mut fee_minor = 0;
    if is_back {
        let named =
            found.charges.and_then(|named| if named == 0 && is_only { charges(entry, currency) } else { Ok(named) });
        fee_minor = match (found.sent, amount_minor) {
            (Some(sent), Some(back)) => sent.saturating_sub(back).max(0),
            _ => named.map_err(|fault| format!("charge {fault}"))?,
        };
    }
    let reason = match &*found.code {
        "" if is_cancelled => Reason::Reversed,
        code => Reason::from_iso(code),
    };
    let reference =
        if found.reference.is_empty() { cells::reference(entry.text(&["AcctSvcrRef"])) } else { found.reference };
    let day = entry.first_text(&DAYS);
    Ok(ResultLine {
        place,
        payment: found.payment,
        outcome,
        amount_minor,
        fee_minor,
        reference,
        reason: is_back.then_some(reason),
        code: if is_back { found.code } else { String::new() },
        day: if day.is_empty() { None } else { Some(cells::day(day).map_err(|fault| format!("day {fault}"))?) },
    })
}

/// Returns the sub-family of the bank transaction code.
fn family(element: &Element) -> &str {
    element.text(&["BkTxCd", "Domn", "Fmly", "SubFmlyCd"])
}

/// Reads what moved; `None` where no amount is named. Old versions name it only below the details of the amount, and so
/// does a bank that converted it.
fn moved(element: &Element, currency: Currency) -> Option<Result<i64, String>> {
    let amounts = [element.at(&["Amt"]), element.at(&["AmtDtls", "TxAmt", "Amt"])];
    let mut read = amounts.into_iter().flatten().map(|amount| amount.money(currency));
    let first = read.next()?;
    Some(if first.is_ok() { first } else { read.find(Result::is_ok).unwrap_or(first) })
}

/// Sums the charges that were taken off an amount. Charges that are booked by themselves (`ChrgInclInd` is false) are
/// none, and neither are those that are given back.
fn charges(element: &Element, currency: Currency) -> Result<i64, String> {
    let mut sum = 0_i64;
    for block in element.all("Chrgs") {
        // Each charge is a record since version 4, and before that a block of its own.
        let records: Vec<&Element> = block.all("Rcrd").collect();
        for record in if records.is_empty() { vec![block] } else { records } {
            let is_apart = matches!(record.text(&["ChrgInclInd"]), "false" | "0");
            if is_apart || record.text(&["CdtDbtInd"]) == "CRDT" {
                continue;
            }
            if let Some(amount) = record.at(&["Amt"]).or_else(|| record.at(&["TtlChrgsAndTaxAmt"])) {
                sum = sum.saturating_add(amount.money(currency)?);
            }
        }
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str, code: &str) -> Results {
        read(Currency::from_code(code).expect("a currency"), text).expect("a camt.054")
    }

    /// Reads a notification `N` with these entries.
    fn read_entries(entries: &str) -> Results {
        let body = format!("<Ntfctn><Id>N</Id>{entries}</Ntfctn>");
        read_text(&format!("<Document><BkToCstmrDbtCdtNtfctn>{body}</BkToCstmrDbtCdtNtfctn></Document>"), "GBP")
    }

    /// Makes a booked entry of one transaction with the id `ABC`.
    fn entry(direction: &str, of_entry: &str, of_transaction: &str) -> String {
        format!(
            "<Ntry><Amt Ccy=\"GBP\">9.50</Amt><CdtDbtInd>{direction}</CdtDbtInd><Sts>BOOK</Sts>{of_entry}\
             <NtryDtls><TxDtls><Refs><EndToEndId>ABC</EndToEndId></Refs>{of_transaction}</TxDtls></NtryDtls></Ntry>"
        )
    }

    fn told(results: &Results) -> Vec<String> {
        results.problems.iter().map(|problem| format!("{}: {}", problem.place, problem.problem)).collect()
    }

    #[test]
    fn debits_of_mock_bank_are_payments_that_were_booked() {
        let results = read_text(include_str!("fixtures/camt054_gbp.xml"), "GBP");
        let first = ResultLine {
            place: "entry 1 of MB-C054-SHOP-1".to_owned(),
            payment: "MFRGGZDFMZTWQ2LKFA".to_owned(),
            outcome: Outcome::Paid,
            amount_minor: Some(1_005),
            fee_minor: 0,
            reference: "MB-PMT-10".to_owned(),
            reason: None,
            code: String::new(),
            day: Some(jiff::civil::date(2026, 10, 1)),
        };
        assert_eq!((results.lines.len(), &results.lines[0]), (2, &first));
        assert_eq!(
            (&*results.lines[1].place, results.lines[1].amount_minor),
            ("entry 2 of MB-C054-SHOP-1", Some(2_000))
        );
        assert_eq!((results.skipped, told(&results)), (0, vec![]));
    }

    #[test]
    fn a_credit_of_mock_bank_with_return_information_is_a_return() {
        for text in [include_str!("fixtures/camt054_return.xml"), include_str!("fixtures/camt053_return.xml")] {
            let results = read_text(text, "EUR");
            let line = &results.lines[0];
            assert_eq!((line.outcome, line.amount_minor, line.fee_minor), (Outcome::Returned, Some(9_999), 0));
            assert_eq!((line.reason, &*line.code), (Some(Reason::AccountClosed), "AC04"));
            assert_eq!((&*line.payment, &*line.reference), ("MFRGGZDFMZTWQ2LKAD", "MB-RTR-4"));
            assert_eq!((results.lines.len(), told(&results)), (1, vec![]));
        }
    }

    #[test]
    fn other_business_on_the_account_is_counted() {
        let incoming = read_text(include_str!("fixtures/camt054_incoming.xml"), "EUR");
        assert_eq!((incoming.lines.len(), incoming.skipped, told(&incoming)), (0, 1, vec![]));
        let statement = read_text(include_str!("fixtures/camt053_day.xml"), "EUR");
        assert_eq!((statement.lines.len(), statement.skipped, told(&statement)), (3, 1, vec![]));
        let fee = "<Ntry><Amt Ccy=\"GBP\">1</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts></Ntry>";
        assert_eq!(read_entries(fee).skipped, 1);
    }

    #[test]
    fn each_sign_of_a_return_is_enough() {
        let family = "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>RPCR</SubFmlyCd></Fmly></Domn></BkTxCd>";
        for (of_entry, of_transaction, reason) in [
            ("<RvslInd>true</RvslInd>", "", Reason::Reversed),
            (family, "", Reason::Reversed),
            ("", family, Reason::Reversed),
            ("", "<RtrInf/>", Reason::Other),
            ("", "<RtrInf><Rsn><Prtry>X1</Prtry></Rsn></RtrInf>", Reason::Other),
            ("<RvslInd>1</RvslInd>", "<RtrInf><Rsn><Cd>AC01</Cd></Rsn></RtrInf>", Reason::AccountUnknown),
        ] {
            let results = read_entries(&entry("CRDT", of_entry, of_transaction));
            let line = &results.lines[0];
            assert_eq!((line.outcome, line.reason), (Outcome::Returned, Some(reason)), "{of_entry}{of_transaction}");
        }
    }

    #[test]
    fn what_is_kept_of_a_return_is_told() {
        let back = |of_entry: &str, of_transaction: &str| {
            let results = read_entries(&entry("CRDT", of_entry, &format!("<RtrInf/>{of_transaction}")));
            (results.lines[0].amount_minor, results.lines[0].fee_minor)
        };
        let sent = "<AmtDtls><InstdAmt><Amt Ccy=\"GBP\">10.00</Amt></InstdAmt></AmtDtls>";
        assert_eq!(back("", sent), (Some(950), 50));
        let record = |amount: &str, more: &str| format!("<Rcrd><Amt Ccy=\"GBP\">{amount}</Amt>{more}</Rcrd>");
        let all = [record("0.30", ""), record("0.20", "<ChrgInclInd>true</ChrgInclInd>")].concat();
        assert_eq!(back("", &format!("<Chrgs>{all}</Chrgs>")), (Some(950), 50));
        assert_eq!(back(&format!("<Chrgs>{all}</Chrgs>"), ""), (Some(950), 50));
        assert_eq!(back("", "<Chrgs><Amt Ccy=\"GBP\">0.40</Amt></Chrgs>"), (Some(950), 40));
        let none = [record("0.30", "<ChrgInclInd>false</ChrgInclInd>"), record("0.20", "<CdtDbtInd>CRDT</CdtDbtInd>")];
        assert_eq!(back("", &format!("<Chrgs>{}</Chrgs>", none.concat())), (Some(950), 0));
        let paid = read_entries(&entry("DBIT", "", &format!("{sent}<Chrgs>{all}</Chrgs>")));
        assert_eq!((paid.lines[0].amount_minor, paid.lines[0].fee_minor), (Some(1_000), 0));
    }

    #[test]
    fn only_what_is_booked_settles() {
        for status in ["<Sts>PDNG</Sts>", "<Sts><Cd>PDNG</Cd></Sts>", "<Sts><Cd>INFO</Cd></Sts>"] {
            for (direction, more) in [("DBIT", ""), ("CRDT", "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>")] {
                let results = read_entries(&entry(direction, "", more).replace("<Sts>BOOK</Sts>", status));
                let line = &results.lines[0];
                assert_eq!((line.outcome, line.reason, &*line.code), (Outcome::Accepted, None, ""), "{status}");
            }
        }
    }

    #[test]
    fn each_transaction_of_an_entry_has_its_own_amount_and_place() {
        let tx = |id: &str, more: &str| format!("<TxDtls><Refs><EndToEndId>{id}</EndToEndId></Refs>{more}</TxDtls>");
        let transactions = [
            tx("ABC", "<AmtDtls><TxAmt><Amt Ccy=\"GBP\">4.00</Amt></TxAmt></AmtDtls>"),
            tx("SALARY-1", "<Amt Ccy=\"GBP\">1.00</Amt>"),
            tx("ABD", "<Amt Ccy=\"EUR\">5.00</Amt><AmtDtls><TxAmt><Amt Ccy=\"GBP\">4.50</Amt></TxAmt></AmtDtls>"),
            tx("ABE", ""),
            tx("ABF", "<Amt Ccy=\"EUR\">5.00</Amt>"),
        ];
        let one = format!(
            "<Ntry><Amt Ccy=\"GBP\">9.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><AcctSvcrRef>B1</AcctSvcrRef>\
             <NtryDtls>{}</NtryDtls></Ntry>",
            transactions.concat()
        );
        let results = read_entries(&(one + &entry("DBIT", "", "")));
        let lines: Vec<(&str, Option<i64>)> =
            results.lines.iter().map(|line| (&*line.place, line.amount_minor)).collect();
        let expected = [
            ("transaction 1 of entry 1 of N", Some(400)),
            ("transaction 3 of entry 1 of N", Some(450)),
            ("transaction 4 of entry 1 of N", None),
            ("entry 2 of N", Some(950)),
        ];
        assert_eq!((&*lines, results.skipped), (&expected[..], 1));
        let other = "transaction 5 of entry 1 of N: amount is in \"EUR\", and the program's currency is GBP";
        assert_eq!(told(&results), [other]);
    }

    #[test]
    fn entries_are_counted_in_each_statement() {
        let one = |id: &str| format!("<Stmt><Id>{id}</Id>{}{}</Stmt>", entry("DBIT", "", ""), entry("DBIT", "", ""));
        let body = format!("<BkToCstmrStmt>{}{}</BkToCstmrStmt>", one("S1"), one("S2"));
        let results = read_text(&format!("<Document>{body}</Document>"), "GBP");
        let places: Vec<&str> = results.lines.iter().map(|line| &*line.place).collect();
        assert_eq!(places, ["entry 1 of S1", "entry 2 of S1", "entry 1 of S2", "entry 2 of S2"]);
    }

    #[test]
    fn what_has_to_be_looked_at_by_hand_is_a_problem_and_nothing_else_is_lost() {
        let results = read_entries(
            &[
                entry("CRDT", "", ""),
                entry("DBIT", "", "<RtrInf/>"),
                entry("DBIT", "<BookgDt><Dt>soon</Dt></BookgDt>", ""),
                entry("DBIT", "", "").replace("BOOK", "LATE"),
                entry("", "", ""),
                entry("DBIT", "<BookgDt><DtTm>2026-10-01T10:00:00Z</DtTm></BookgDt>", ""),
            ]
            .concat(),
        );
        let told = told(&results);
        let begin = [
            "entry 1 of N: is a credit with the id of a payment, and does not say that it is a return",
            "entry 2 of N: is a debit that takes back a credit",
            "entry 3 of N: day is \"soon\"",
            "entry 4 of N: has the status \"LATE\"",
            "entry 5 of N: is neither a credit nor a debit",
        ];
        assert_eq!(told.len(), begin.len(), "{told:#?}");
        for (told, begin) in told.iter().zip(begin) {
            assert!(told.starts_with(begin), "{told}");
        }
        assert_eq!((results.lines.len(), results.lines[0].day), (1, Some(jiff::civil::date(2026, 10, 1))));
    }
}
