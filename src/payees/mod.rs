//! Payees: where a member's money goes. A destination is checked as a whole before it is anything else.

mod bank;
mod countries;
mod paypal;
pub mod seal;
pub(crate) mod text;

use borsh::{BorshDeserialize, BorshSerialize};

pub use bank::{Account, Address, BankPayee, NAME_LENGTH_MAX, UK_NAME_LENGTH_MAX};

/// Where one member's money goes.
///
/// [`Payee::check`] makes it from texts and is the one place that checks it. A payee made by hand can be wrong: the
/// writers of payment files check it again.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Payee {
    /// A PayPal account.
    PayPal {
        /// An e-mail address, its domain in lower case, or a PayerID: 13 characters A-Z and 0-9.
        receiver: String,
    },
    /// A bank account.
    Bank(BankPayee),
}

/// The fields of a destination as somebody gave them in a file or a call. All are text; an empty text is a field that
/// was not given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PayeeFields {
    /// How the money goes: `paypal`, `uk_bank` or `iban`.
    pub method: String,
    /// PayPal: the e-mail address or the PayerID.
    pub receiver: String,
    /// Banks: the name of the account's holder.
    pub name: String,
    /// UK banks: six digits, as `12-34-56`.
    pub sort_code: String,
    /// UK banks: eight digits.
    pub account_number: String,
    /// The International Bank Account Number, as `GB82 WEST 1234 5698 7654 32`.
    pub iban: String,
    /// IBAN: the bank's Business Identifier Code, 8 or 11 characters. May be left out.
    pub bic: String,
    /// IBAN: the street of the holder's address.
    pub street: String,
    /// IBAN: the number of the building.
    pub building: String,
    /// IBAN: the post code.
    pub post_code: String,
    /// IBAN: the town. Needed when any field of an address is given.
    pub town: String,
    /// IBAN: the country of the address, two letters of ISO 3166. Needed when any field of an address is given.
    pub country: String,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field, by its name in [`PayeeFields`].
    pub field: &'static str,
    /// What is wrong, and what to write instead.
    pub problem: String,
}

impl Payee {
    /// Checks all fields and makes the destination.
    ///
    /// Some things mean the same and are written one way: space around a field goes; spaces and hyphens within a sort
    /// code, an account number, an IBAN and a BIC go; letters of an IBAN, a BIC and a country become capitals, those of
    /// an e-mail address's domain small; `XXX` at the end of a BIC of 11, which names the main office, goes. Everything
    /// else is taken as it is or refused.
    ///
    /// # Errors
    /// Lists every problem, each with what to write instead. First come fields that do not belong to the method. When
    /// the method itself is wrong, that is the only problem: what the other fields should be depends on it.
    pub fn check(fields: &PayeeFields) -> Result<Self, Vec<Problem>> {
        let fields = fields.trimmed();
        match fields.method.as_str() {
            "paypal" => paypal::check(&fields),
            "uk_bank" => BankPayee::check(&fields, UK_NAME_LENGTH_MAX).map(Self::Bank),
            "iban" => BankPayee::check(&fields, NAME_LENGTH_MAX).map(Self::Bank),
            method => Err(vec![no_method(method, "paypal, uk_bank or iban")]),
        }
    }

    /// Returns the fields again. Checked, they give the same payee.
    #[must_use]
    pub fn fields(&self) -> PayeeFields {
        match self {
            Self::PayPal { receiver } => {
                PayeeFields { method: "paypal".to_owned(), receiver: receiver.clone(), ..PayeeFields::default() }
            }
            Self::Bank(payee) => payee.fields(),
        }
    }

    /// Encodes the destination: a byte with the version of the encoding, and the canonical encoding (Borsh). Payees
    /// that are equal have the same bytes, others have other bytes.
    ///
    /// One account may still have several payees: a British account can be given by its sort code or by its IBAN, and
    /// an IBAN with or without a BIC.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        self.serialize(&mut bytes).expect("writing to memory does not fail");
        bytes
    }

    /// Decodes a destination; `None` when the bytes are no encoding of one. It is not checked again: the rules of a
    /// later release may be stricter, and what was stored stays readable.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&version, payee) = bytes.split_first()?;
        if version == VERSION { borsh::from_slice(payee).ok() } else { None }
    }
}

/// The version of the encoding.
const VERSION: u8 = 1;

impl PayeeFields {
    /// Returns the fields without space around them.
    fn trimmed(&self) -> Self {
        let trim = |text: &String| text.trim().to_owned();
        Self {
            method: trim(&self.method),
            receiver: trim(&self.receiver),
            name: trim(&self.name),
            sort_code: trim(&self.sort_code),
            account_number: trim(&self.account_number),
            iban: trim(&self.iban),
            bic: trim(&self.bic),
            street: trim(&self.street),
            building: trim(&self.building),
            post_code: trim(&self.post_code),
            town: trim(&self.town),
            country: trim(&self.country),
        }
    }

    /// Returns a problem for each field that is given and that the method does not have.
    fn strangers(&self, of_the_method: &[&str]) -> Vec<Problem> {
        let all = [
            ("receiver", &self.receiver),
            ("name", &self.name),
            ("sort_code", &self.sort_code),
            ("account_number", &self.account_number),
            ("iban", &self.iban),
            ("bic", &self.bic),
            ("street", &self.street),
            ("building", &self.building),
            ("post_code", &self.post_code),
            ("town", &self.town),
            ("country", &self.country),
        ];
        let strange = all.into_iter().filter(|(field, text)| !text.is_empty() && !of_the_method.contains(field));
        let problem = format!("does not belong to the method {}; leave it empty", self.method);
        strange.map(|(field, _)| Problem { field, problem: problem.clone() }).collect()
    }
}

/// Says that a method is none of those that are possible.
fn no_method(method: &str, possible: &str) -> Problem {
    let problem = if method.is_empty() {
        format!("is missing; write {possible}")
    } else {
        format!("is {method:?}; write {possible}")
    };
    Problem { field: "method", problem }
}

/// Keeps what was read of a field, or adds its problem to the others.
fn keep(problems: &mut Vec<Problem>, field: &'static str, read: Result<String, String>) -> String {
    read.unwrap_or_else(|problem| {
        problems.push(Problem { field, problem });
        String::new()
    })
}

#[cfg(test)]
mod tests;
