//! Payment files: what a bank, PayPal or the operator's own system pays from. The same rows give the same bytes.
//!
//! A row is written as it is or refused: nothing is cut, spelled another way or guarded against spreadsheets, as a file
//! that pays must say exactly what was approved. All rows of a call are checked before its first byte is written.

pub mod credit;
pub mod files;
pub mod pain001;
pub mod paypal;
mod refusal;
pub mod totals;
pub mod uk_bank;

use std::collections::BTreeSet;

use crate::domain::value::ids::MemberId;
use crate::payees::{BankPayee, Payee};

pub use refusal::Unwritable;

/// One payment: what one member gets.
#[derive(Debug, Clone, Copy)]
pub struct PaymentRow<'a> {
    /// The payment's id: 1 to 18 characters A-Z and 2-7 (base 32, RFC 4648).
    pub id: &'a str,
    /// Who gets the money.
    pub member: &'a MemberId,
    /// How much, in minor units of the file's currency: more than 0.
    pub amount_minor: i64,
    /// Where the money goes; `None` where the operator's own system credits the member.
    pub payee: Option<&'a Payee>,
}

/// Who pays: the account that payments are made from. [`BankPayee::check_debtor`] makes it from texts.
pub type Debtor = BankPayee;

/// Longest id of a payment, in characters: the reference of a UK bank file has 18 (Bacs Standard 18), the fewest of all
/// formats; PayPal takes 30, ISO 20022 takes 35.
pub const ID_LENGTH_MAX: usize = 18;

/// Checks what every format asks of rows: their ids and amounts, and that none stands there twice.
fn check_rows(rows: &[PaymentRow<'_>]) -> Result<(), Unwritable> {
    let mut seen = BTreeSet::new();
    for row in rows {
        if !is_id(row.id) {
            return Err(Unwritable::Id { payment: row.id.to_owned() });
        }
        if row.amount_minor <= 0 {
            return Err(Unwritable::Amount { payment: row.id.to_owned(), amount_minor: row.amount_minor });
        }
        if !seen.insert(row.id) {
            return Err(Unwritable::Twice { payment: row.id.to_owned() });
        }
    }
    Ok(())
}

fn is_id(text: &str) -> bool {
    (1..=ID_LENGTH_MAX).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'))
}

/// Returns where a row's money goes, checked again: a payee can be made by hand, or be older than a rule.
fn payee<'a>(row: &PaymentRow<'a>) -> Result<&'a Payee, Unwritable> {
    let Some(payee) = row.payee else {
        return Err(Unwritable::NoPayee { payment: row.id.to_owned() });
    };
    match Payee::check(&payee.fields()) {
        Ok(checked) if checked == *payee => Ok(payee),
        Ok(_) => Err(Unwritable::NotCanonical { payment: row.id.to_owned() }),
        Err(problems) => Err(Unwritable::Payee { payment: row.id.to_owned(), problems }),
    }
}

#[cfg(test)]
mod tests;
