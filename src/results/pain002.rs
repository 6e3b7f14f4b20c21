//! pain.002, the answer of a bank to a payment message: what it took and what it refused.
//!
//! A status stands at each transaction, at each group, and at the whole message. A transaction without one has that of
//! its group, and a group without one that of the message. Messages leave out transactions of which there is nothing to
//! say, so a group that is refused is told as such, and counts for each payment that has no line.

use super::reason::Reason;
use super::xml::{self, Element};
use super::{GroupRejection, Outcome, ResultLine, Results, cells};
use crate::domain::value::money::Currency;

/// What each status says (`ExternalPaymentTransactionStatus1Code`), and of which it is taken as the final word.
const STATUSES: [(&str, Outcome); 15] = [
    ("ACCC", Outcome::Paid),     // settled on the payee's account
    ("ACCP", Outcome::Accepted), // accepted after checks of the customer
    ("ACFC", Outcome::Accepted), // accepted, and the money is there
    ("ACSC", Outcome::Paid),     // settled on the payer's account
    ("ACSP", Outcome::Accepted), // settlement is under way
    ("ACTC", Outcome::Accepted), // accepted after technical checks
    ("ACWC", Outcome::Accepted), // accepted with a change, as of the date
    ("ACWP", Outcome::Accepted), // accepted, not yet on the payee's account
    ("BLCK", Outcome::Accepted), // held: neither on the payee's account nor given back
    ("CANC", Outcome::Failed),   // cancelled before it was executed
    ("PATC", Outcome::Accepted), // some of those who have to sign have signed
    ("PDNG", Outcome::Accepted), // pending
    ("PRES", Outcome::Accepted), // presented to the payee
    ("RCVD", Outcome::Accepted), // received
    ("RJCT", Outcome::Failed),   // refused
];

/// A group or a message of which some transactions are accepted, and some refused.
const PARTLY: &str = "PART";

/// Days that a transaction can name, the booking first.
const DAYS: [&[&str]; 8] = [
    &["FctvIntrBkSttlmDt", "Dt"],
    &["FctvIntrBkSttlmDt", "DtTm"],
    &["OrgnlTxRef", "IntrBkSttlmDt"],
    &["AccptncDtTm"],
    &["OrgnlTxRef", "ReqdExctnDt", "Dt"],
    &["OrgnlTxRef", "ReqdExctnDt", "DtTm"],
    // Version 3 has the day itself there.
    &["OrgnlTxRef", "ReqdExctnDt"],
    &["OrgnlTxRef", "ReqdColltnDt"],
];

/// Reads an answer.
///
/// # Errors
/// It is not well formed.
pub(super) fn read(currency: Currency, text: &str) -> Result<Results, String> {
    let mut reader = Reader { currency, results: Results::default(), message: Status::default(), seen: 0, seen_all: 0 };
    xml::cut(text, &["OrgnlGrpInfAndSts", "TxInfAndSts", "OrgnlPmtInfAndSts"], |parents, element| {
        match element.name() {
            "OrgnlGrpInfAndSts" => reader.take_message(element),
            "TxInfAndSts" => reader.take_transaction(parents, element),
            _ => reader.take_group(element),
        }
    })?;
    if reader.seen_all == 0 {
        let status = reader.message.clone();
        reader.note_unnamed("the whole message", &status);
    }
    Ok(reader.results)
}

/// A status with its reason.
#[derive(Debug, Clone, Default)]
struct Status {
    word: String,
    code: String,
}

impl Status {
    fn of(element: &Element, name: &str) -> Self {
        let codes = element.all("StsRsnInf").map(|info| info.first_text(&[&["Rsn", "Cd"], &["Rsn", "Prtry"]]));
        let code = codes.into_iter().find(|code| !code.is_empty()).unwrap_or_default();
        Self { word: element.text(&[name]).to_owned(), code: cells::reference(code) }
    }

    /// Returns what the status says; `None` where there is none, or it is one for each.
    fn outcome(&self) -> Result<Option<Outcome>, String> {
        if self.word.is_empty() || self.word == PARTLY {
            return Ok(None);
        }
        let found = STATUSES.iter().find(|(word, _)| *word == self.word);
        found
            .map(|(_, outcome)| Some(*outcome))
            .ok_or_else(|| format!("has the status {:?}, which is unknown", self.word))
    }

    /// Returns why it was refused: a refusal without a code is a refusal, and a cancellation is nobody's refusal.
    fn reason(&self) -> Reason {
        match (&*self.word, &*self.code) {
            ("RJCT", "") => Reason::Refused,
            ("CANC", "") => Reason::Other,
            (_, code) => Reason::from_iso(code),
        }
    }
}

struct Reader {
    currency: Currency,
    results: Results,
    /// The status of the whole message, which stands before the groups.
    message: Status,
    /// Transactions of the group, and of the message, so far.
    seen: usize,
    seen_all: usize,
}

impl Reader {
    fn take_message(&mut self, element: &Element) {
        let original = element.text(&["OrgnlMsgId"]);
        self.results.original_message = Some(original.to_owned()).filter(|id| !id.is_empty());
        self.message = Status::of(element, "GrpSts");
        let status = self.message.clone();
        self.take_rejection("the whole message".to_owned(), None, &status);
    }

    fn take_group(&mut self, element: &Element) {
        let id = element.text(&["OrgnlPmtInfId"]);
        let (status, place) = (Status::of(element, "PmtInfSts"), format!("group {id}"));
        if self.seen == 0 {
            self.note_unnamed(&place, &status);
        }
        self.seen = 0;
        self.take_rejection(place, Some(id.to_owned()), &status);
    }

    /// Takes a status of a group or a message, where it says that all of it was refused.
    fn take_rejection(&mut self, place: String, group: Option<String>, status: &Status) {
        match status.outcome() {
            Ok(Some(Outcome::Failed)) if group.as_deref() == Some("") => {
                self.results.note(place, "is refused, and names no group (OrgnlPmtInfId)");
            }
            Ok(Some(Outcome::Failed)) => {
                let (reason, code) = (status.reason(), status.code.clone());
                self.results.rejected_groups.push(GroupRejection { place, reason, code, group });
            }
            Ok(_) => {}
            Err(fault) => self.results.note(place, fault),
        }
    }

    /// Notes that payments are said to be paid which are not named: whose they are is not guessed.
    fn note_unnamed(&mut self, place: &str, status: &Status) {
        if let Ok(Some(Outcome::Paid)) = status.outcome() {
            let word = &status.word;
            self.results
                .note(place, format!("is said to be settled ({word}) without its payments; a camt.054 names them"));
        }
    }

    fn take_transaction(&mut self, parents: &[Element], element: &Element) {
        (self.seen, self.seen_all) = (self.seen + 1, self.seen_all + 1);
        let group = parents.iter().find(|parent| parent.name() == "OrgnlPmtInfAndSts");
        let place = match group.map(|group| group.text(&["OrgnlPmtInfId"])) {
            Some(id) => format!("transaction {} of group {id}", self.seen),
            None => format!("transaction {}", self.seen),
        };
        match self.line(place.clone(), group, element) {
            Ok(line) => self.results.lines.push(line),
            Err(fault) => self.results.note(place, fault),
        }
    }

    fn line(&self, place: String, group: Option<&Element>, element: &Element) -> Result<ResultLine, String> {
        let payment = cells::payment(element.text(&["OrgnlEndToEndId"]))?;
        let of_group = group.map(|group| Status::of(group, "PmtInfSts")).unwrap_or_default();
        let own = Status::of(element, "TxSts");
        let own_code = own.code.clone();
        let found = [own, of_group, self.message.clone()].into_iter().find(|status| !status.word.is_empty());
        let mut status = found.unwrap_or_default();
        if !own_code.is_empty() {
            status.code = own_code;
        }
        let outcome = status.outcome()?.ok_or("has no status (TxSts)")?;
        let amount = element.at(&["OrgnlTxRef", "Amt", "InstdAmt"]);
        let amount = amount.map(|amount| amount.money(self.currency)).transpose();
        let has_failed = outcome == Outcome::Failed;
        let day = element.first_text(&DAYS);
        Ok(ResultLine {
            place,
            payment,
            outcome,
            amount_minor: amount.map_err(|fault| format!("amount {fault}"))?,
            fee_minor: 0,
            reference: cells::reference(element.text(&["AcctSvcrRef"])),
            reason: has_failed.then(|| status.reason()),
            code: if has_failed { status.code } else { String::new() },
            day: if day.is_empty() { None } else { Some(cells::day(day).map_err(|fault| format!("day {fault}"))?) },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str, code: &str) -> Results {
        read(Currency::from_code(code).expect("a currency"), text).expect("a pain.002")
    }

    /// Reads an answer with these elements below its header.
    fn read_body(body: &str) -> Results {
        read_text(&format!("<Document><CstmrPmtStsRpt><GrpHdr/>{body}</CstmrPmtStsRpt></Document>"), "GBP")
    }

    fn told(results: &Results) -> Vec<String> {
        results.problems.iter().map(|problem| format!("{}: {}", problem.place, problem.problem)).collect()
    }

    fn short(results: &Results) -> Vec<(&str, Outcome, Option<Reason>, &str)> {
        results.lines.iter().map(|line| (&*line.payment, line.outcome, line.reason, &*line.code)).collect()
    }

    #[test]
    fn an_answer_of_mock_bank_tells_what_was_taken_and_what_was_refused() {
        let results = read_text(include_str!("fixtures/pain002_mixed.xml"), "EUR");
        let expected = [
            ("MFRGGZDFMZTWQ2LKAA", Outcome::Accepted, None, ""),
            ("MFRGGZDFMZTWQ2LKAB", Outcome::Failed, Some(Reason::AccountClosed), "AC04"),
            ("MFRGGZDFMZTWQ2LKAC", Outcome::Failed, Some(Reason::AccountUnknown), "RC01"),
            ("MFRGGZDFMZTWQ2LKAD", Outcome::Accepted, None, ""),
        ];
        assert_eq!(short(&results), expected);
        assert_eq!(results.original_message.as_deref(), Some("GT-2026H1-mixed"));
        assert_eq!(results.lines[2].place, "transaction 3 of group ACMECorporation-ad30eda1989a");
        assert_eq!(results.lines[3].place, "transaction 1 of group ACMECorporation-894275846b4f");
        assert_eq!((results.rejected_groups.len(), told(&results)), (0, vec![]));
    }

    #[test]
    fn a_message_that_mock_bank_refuses_is_told_as_a_whole() {
        let rejected = read_text(include_str!("fixtures/pain002_rejected_file.xml"), "EUR");
        let expected = GroupRejection {
            place: "the whole message".to_owned(),
            reason: Reason::Refused,
            code: "FF01".to_owned(),
            group: None,
        };
        assert_eq!((&*rejected.rejected_groups, rejected.lines.len()), (&[expected][..], 0));
        let double = read_text(include_str!("fixtures/pain002_duplicate_file.xml"), "EUR");
        assert_eq!(double.rejected_groups[0].reason, Reason::Duplicate);
        assert_eq!(double.original_message.as_deref(), Some("GT-2026H1-mixed"));
    }

    #[test]
    fn a_group_that_mock_bank_refuses_is_told_beside_its_payments() {
        let results = read_text(include_str!("fixtures/pain002_batch.xml"), "EUR");
        let group = &results.rejected_groups[0];
        assert!(group.group.as_deref().is_some_and(|id| id.starts_with("ACMECorporation-")), "{group:?}");
        assert_eq!((group.reason, &*group.code, results.rejected_groups.len()), (Reason::Refused, "", 1));
        let outcomes: Vec<Outcome> = results.lines.iter().map(|line| line.outcome).collect();
        assert_eq!(outcomes, [Outcome::Failed, Outcome::Accepted]);
    }

    #[test]
    fn a_payment_that_stood_twice_has_two_lines() {
        let results = read_text(include_str!("fixtures/pain002_double.xml"), "EUR");
        let expected = [
            ("MFRGGZDFMZTWQ2LKBA", Outcome::Accepted, None, ""),
            ("MFRGGZDFMZTWQ2LKBB", Outcome::Accepted, None, ""),
            ("MFRGGZDFMZTWQ2LKBB", Outcome::Failed, Some(Reason::Duplicate), "AM05"),
        ];
        assert_eq!(short(&results), expected);
    }

    #[test]
    fn a_payment_that_was_taken_can_be_refused_at_settlement() {
        let results = read_text(include_str!("fixtures/pain002_at_settlement.xml"), "EUR");
        assert_eq!(short(&results), [("MFRGGZDFMZTWQ2LKEA", Outcome::Failed, Some(Reason::AccountClosed), "AC04")]);
        assert_eq!((results.rejected_groups.len(), told(&results)), (0, vec![]));
    }

    #[test]
    fn all_that_a_transaction_names_is_read() {
        let results = read_body(
            "<OrgnlPmtInfAndSts><OrgnlPmtInfId>G</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>ABC</OrgnlEndToEndId>\
             <TxSts>ACSC</TxSts><AcctSvcrRef>REF/1</AcctSvcrRef>\
             <FctvIntrBkSttlmDt><Dt>2026-10-01</Dt></FctvIntrBkSttlmDt>\
             <OrgnlTxRef><Amt><InstdAmt Ccy=\"GBP\">12.3</InstdAmt></Amt>\
             <ReqdExctnDt>2026-09-30</ReqdExctnDt></OrgnlTxRef>\
             </TxInfAndSts></OrgnlPmtInfAndSts>",
        );
        let expected = ResultLine {
            place: "transaction 1 of group G".to_owned(),
            payment: "ABC".to_owned(),
            outcome: Outcome::Paid,
            amount_minor: Some(1_230),
            fee_minor: 0,
            reference: "REF/1".to_owned(),
            reason: None,
            code: String::new(),
            day: Some(jiff::civil::date(2026, 10, 1)),
        };
        assert_eq!(results.lines, [expected]);
    }

    #[test]
    fn a_transaction_without_a_status_has_that_of_its_group_or_message() {
        let results = read_body(
            "<OrgnlGrpInfAndSts><OrgnlMsgId>M</OrgnlMsgId><GrpSts>ACCP</GrpSts></OrgnlGrpInfAndSts>\
             <OrgnlPmtInfAndSts><OrgnlPmtInfId>G</OrgnlPmtInfId><PmtInfSts>RJCT</PmtInfSts>\
             <StsRsnInf><Rsn><Prtry>XX-77</Prtry></Rsn></StsRsnInf>\
             <TxInfAndSts><OrgnlEndToEndId>A</OrgnlEndToEndId></TxInfAndSts>\
             <TxInfAndSts><OrgnlEndToEndId>B</OrgnlEndToEndId>\
             <StsRsnInf><AddtlInf>see below</AddtlInf></StsRsnInf><StsRsnInf><Rsn><Cd>AC01</Cd></Rsn></StsRsnInf>\
             </TxInfAndSts></OrgnlPmtInfAndSts>\
             <OrgnlPmtInfAndSts><OrgnlPmtInfId>H</OrgnlPmtInfId>\
             <TxInfAndSts><OrgnlEndToEndId>C</OrgnlEndToEndId></TxInfAndSts></OrgnlPmtInfAndSts>",
        );
        let expected = [
            ("A", Outcome::Failed, Some(Reason::Other), "XX-77"),
            ("B", Outcome::Failed, Some(Reason::AccountUnknown), "AC01"),
            ("C", Outcome::Accepted, None, ""),
        ];
        assert_eq!(short(&results), expected);
        assert_eq!(results.rejected_groups[0].group.as_deref(), Some("G"));
    }

    #[test]
    fn every_problem_is_told_and_all_other_transactions_are_taken() {
        let tx = |body: &str| format!("<TxInfAndSts>{body}</TxInfAndSts>");
        let id = "<OrgnlEndToEndId>ABC</OrgnlEndToEndId>";
        let body = [
            tx("<TxSts>ACSC</TxSts>"),
            tx("<OrgnlEndToEndId>NOTPROVIDED-1</OrgnlEndToEndId><TxSts>ACSC</TxSts>"),
            tx(&format!("{id}<TxSts>GONE</TxSts>")),
            tx(id),
            tx(&format!(
                "{id}<TxSts>ACSC</TxSts><OrgnlTxRef><Amt><InstdAmt Ccy=\"EUR\">1</InstdAmt></Amt></OrgnlTxRef>"
            )),
            tx(&format!("{id}<TxSts>ACSC</TxSts><AccptncDtTm>now</AccptncDtTm>")),
            tx(&format!("{id}<TxSts>CANC</TxSts>")),
        ];
        let results = read_body(&format!("<OrgnlPmtInfAndSts>{}</OrgnlPmtInfAndSts>", body.concat()));
        assert_eq!(short(&results), [("ABC", Outcome::Failed, Some(Reason::Other), "")]);
        let told = told(&results);
        let begin = [
            "transaction 1 of group : names no payment",
            "transaction 2 of group : names the payment \"NOTPROVIDED-1\"",
            "transaction 3 of group : has the status \"GONE\"",
            "transaction 4 of group : has no status (TxSts)",
            "transaction 5 of group : amount is in \"EUR\"",
            "transaction 6 of group : day is \"now\"",
        ];
        assert_eq!(told.len(), begin.len(), "{told:#?}");
        for (told, begin) in told.iter().zip(begin) {
            assert!(told.starts_with(begin), "{told}");
        }
    }

    #[test]
    fn payments_that_are_settled_and_not_named_are_told_and_not_guessed() {
        let group =
            "<OrgnlPmtInfAndSts><OrgnlPmtInfId>G</OrgnlPmtInfId><PmtInfSts>ACSC</PmtInfSts></OrgnlPmtInfAndSts>";
        let told_group = told(&read_body(group));
        assert!(told_group[0].starts_with("group G: is said to be settled (ACSC)"), "{told_group:?}");
        let message = "<OrgnlGrpInfAndSts><OrgnlMsgId>M</OrgnlMsgId><GrpSts>ACCC</GrpSts></OrgnlGrpInfAndSts>";
        assert!(told(&read_body(message))[0].starts_with("the whole message: is said to be settled (ACCC)"));
        let odd = "<OrgnlPmtInfAndSts><PmtInfSts>RJCT</PmtInfSts></OrgnlPmtInfAndSts>";
        assert!(told(&read_body(odd))[0].contains("names no group"));
        assert!(read_body(odd).rejected_groups.is_empty());
    }
}
