//! What a message says once.

use jiff::{Timestamp, civil};

use super::super::{Debtor, Unwritable};
use crate::domain::value::money::Currency;
use crate::payees::{Account, BankPayee, text};

/// What a message says once, before its payments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The message's id, 1 to 35 characters: the bank refuses a second message with the same one.
    pub message_id: String,
    /// When the message was made, in UTC, as `2026-11-30T09:15:00Z`.
    pub created: String,
    /// How many payments follow: 1 or more.
    pub transactions: u64,
    /// The sum of the payments, in minor units.
    pub sum_minor: i64,
    /// The currency: euros or pounds.
    pub currency: Currency,
    /// The day on which the bank is to pay, as `2026-12-01`.
    pub execution_date: String,
    /// Who pays. Euros are paid from an IBAN.
    pub debtor: Debtor,
    /// What every payee reads on the statement, at most 140 characters; may be empty.
    pub remittance: String,
}

/// Longest message id, in characters (ISO 20022, `Max35Text`).
const MESSAGE_ID_LENGTH_MAX: usize = 35;

/// Longest remittance information, in characters (ISO 20022, `Max140Text`).
const REMITTANCE_LENGTH_MAX: usize = 140;

impl Header {
    /// Checks the whole header.
    ///
    /// # Errors
    /// Says what is wrong first and what to give instead.
    pub fn check(&self) -> Result<(), Unwritable> {
        if !matches!(self.currency.code(), "EUR" | "GBP") {
            return Err(Unwritable::Currency { currency: self.currency.code(), pays: "EUR and GBP" });
        }
        let problem = self.problem().map(|(field, problem)| Unwritable::Head { field, problem });
        problem.map_or(Ok(()), Err)
    }

    /// Checks that what was written is what the header said: the number of payments, and their sum.
    ///
    /// # Errors
    /// Says which of the two differs. The file is then wrong as a whole; a bank would refuse it.
    pub fn check_totals(&self, rows: u64, sum_minor: i64) -> Result<(), Unwritable> {
        let (field, said, got) = if rows != self.transactions {
            ("number of payments", self.transactions.to_string(), rows.to_string())
        } else if sum_minor != self.sum_minor {
            ("sum", self.currency.format(self.sum_minor), self.currency.format(sum_minor))
        } else {
            return Ok(());
        };
        let problem = format!("is {said} in its head, but {got} was written; throw the file away and write it again");
        Err(Unwritable::Head { field, problem })
    }

    fn problem(&self) -> Option<(&'static str, String)> {
        let told = |field, text: &str, length_max| {
            let problem = text::problems(text, length_max).into_iter().next();
            problem.map(|problem| (field, problem))
        };
        let is_missing = self.message_id.is_empty();
        is_missing
            .then(|| ("message id", format!("is missing; give 1 to {MESSAGE_ID_LENGTH_MAX} characters")))
            .or_else(|| told("message id", &self.message_id, MESSAGE_ID_LENGTH_MAX))
            .or_else(|| told("remittance information", &self.remittance, REMITTANCE_LENGTH_MAX))
            .or_else(|| self.time_problem())
            .or_else(|| self.totals_problem())
            .or_else(|| self.debtor_problem())
    }

    /// Times are given in the one form in which they are written.
    fn time_problem(&self) -> Option<(&'static str, String)> {
        let is_time = self.created.parse::<Timestamp>().is_ok_and(|time| time.to_string() == self.created);
        let is_date =
            self.execution_date.parse::<civil::Date>().is_ok_and(|day| day.to_string() == self.execution_date);
        if !is_time {
            Some(("time of creation", format!("is {:?}; give it in UTC, as 2026-11-30T09:15:00Z", self.created)))
        } else if !is_date {
            Some(("execution date", format!("is {:?}; give a day, as 2026-12-01", self.execution_date)))
        } else {
            None
        }
    }

    fn totals_problem(&self) -> Option<(&'static str, String)> {
        if self.transactions == 0 {
            Some(("number of payments", "is 0; there is no such message, write none".to_owned()))
        } else if self.sum_minor <= 0 {
            Some(("sum", "is not more than 0; give the sum of the payments".to_owned()))
        } else {
            None
        }
    }

    fn debtor_problem(&self) -> Option<(&'static str, String)> {
        let problem = match BankPayee::check_debtor(&self.debtor.fields()) {
            Err(problems) => problems
                .into_iter()
                .map(|problem| format!("{} {}", problem.field, problem.problem))
                .collect::<Vec<_>>()
                .join(", and "),
            Ok(checked) if checked != self.debtor => "was not made by the check of debtors; read it again".to_owned(),
            Ok(BankPayee { account: Account::Uk { .. }, .. }) if self.currency.code() == "EUR" => {
                "has an account by sort code; give its IBAN, as euros are paid from IBANs alone".to_owned()
            }
            Ok(_) => return None,
        };
        Some(("debtor", problem))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::header;
    use super::*;

    /// Returns what is said of a header for pounds, once it is changed.
    fn told(change: impl FnOnce(&mut Header)) -> String {
        let mut header = header("GBP");
        change(&mut header);
        header.check().map_or_else(|refusal| refusal.to_string(), |()| "fine".to_owned())
    }

    #[test]
    fn texts_have_the_characters_and_lengths_of_the_message() {
        assert_eq!(told(|h| h.message_id = "a".repeat(35)), "fine");
        let expected = "the file's message id has 36 characters; at most 35 are allowed";
        assert_eq!(told(|h| h.message_id = "a".repeat(36)), expected);
        assert_eq!(told(|h| h.message_id.clear()), "the file's message id is missing; give 1 to 35 characters");
        assert!(told(|h| h.message_id = "a_b".to_owned()).starts_with("the file's message id has '_'; write it with"));
        assert_eq!(told(|h| h.remittance.clear()), "fine");
        assert_eq!(told(|h| h.remittance = "a".repeat(140)), "fine");
        let expected = "the file's remittance information has 141 characters; at most 140 are allowed";
        assert_eq!(told(|h| h.remittance = "a".repeat(141)), expected);
        assert!(told(|h| h.remittance = "über".to_owned()).contains("has 'ü'"));
    }

    #[test]
    fn times_have_one_form() {
        for created in ["2026-11-30T09:15:00Z", "2026-11-30T09:15:00.123456Z"] {
            assert_eq!(told(|h| h.created = created.to_owned()), "fine", "{created}");
        }
        for created in [
            "",
            "2026-11-30",
            "2026-11-30 09:15:00Z",
            "2026-11-30T09:15:00",
            "2026-11-31T09:15:00Z",
            "2026-11-30T09:15:00+01:00",
            "2026-11-30T09:15:00Z ",
        ] {
            let expected =
                format!("the file's time of creation is {created:?}; give it in UTC, as 2026-11-30T09:15:00Z");
            assert_eq!(told(|h| h.created = created.to_owned()), expected);
        }
        for day in ["", "2026-12-32", "20261201", "2026-12-01T00:00:00", "01.12.2026"] {
            let expected = format!("the file's execution date is {day:?}; give a day, as 2026-12-01");
            assert_eq!(told(|h| h.execution_date = day.to_owned()), expected);
        }
    }

    #[test]
    fn a_message_has_payments_and_a_sum() {
        let expected = "the file's number of payments is 0; there is no such message, write none";
        assert_eq!(told(|h| h.transactions = 0), expected);
        assert_eq!(told(|h| h.sum_minor = 0), "the file's sum is not more than 0; give the sum of the payments");
    }

    #[test]
    fn what_was_written_is_compared_with_the_head() {
        let header = header("GBP");
        assert!(header.check_totals(2, 1_239).is_ok());
        let told = |rows, sum_minor| header.check_totals(rows, sum_minor).expect_err("another total").to_string();
        let ending = "was written; throw the file away and write it again";
        assert_eq!(told(3, 1_239), format!("the file's number of payments is 2 in its head, but 3 {ending}"));
        assert_eq!(told(2, 1_240), format!("the file's sum is 12.39 in its head, but 12.40 {ending}"));
    }

    #[test]
    fn the_debtor_is_checked_and_euros_are_paid_from_ibans() {
        let expected = "the file's debtor name is missing; write the name of the account's holder, as the bank has it";
        assert_eq!(told(|h| h.debtor.name.clear()), expected);
        let expected = "the file's debtor was not made by the check of debtors; read it again";
        assert_eq!(told(|h| h.debtor.name.push(' ')), expected);
        let expected =
            "the file's debtor has an account by sort code; give its IBAN, as euros are paid from IBANs alone";
        assert_eq!(told(|h| h.currency = Currency::from_code("EUR").expect("euros")), expected);
        let expected = "this file pays EUR and GBP only, not USD; choose another format";
        assert_eq!(told(|h| h.currency = Currency::from_code("USD").expect("dollars")), expected);
    }
}
