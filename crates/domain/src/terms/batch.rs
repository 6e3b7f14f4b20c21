//! Batches of payments, as a person asks for them.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::terms::choice::Choice;
use crate::value::codes::codes;
use crate::value::ids::BatchId;
use crate::value::time::Day;
use crate::value::version::versioned;

/// Longest text that goes with each payment, in characters: as long as ISO 20022 has for it.
pub const MESSAGE_CHARS_MAX: usize = 140;

/// Longest name of whoever pays, in characters: as long as ISO 20022 has for it.
pub const DEBTOR_NAME_CHARS_MAX: usize = 70;

/// Longest account of whoever pays, in characters, and longest code of its bank: an IBAN has at most 34, a BIC 11.
pub const DEBTOR_ACCOUNT_CHARS_MAX: usize = 34;

codes! {
    /// Format of the file that a batch is exported as. It says how members are paid.
    FileFormat {
        /// The company's own file of credit.
        CreditCsv = 1, "credit_csv";
        /// PayPal's file of payouts.
        PaypalCsv = 2, "paypal_csv";
        /// Transfers within the United Kingdom.
        UkBankCsv = 3, "uk_bank_csv";
        /// ISO 20022 `pain.001.001.09`.
        Pain001 = 4, "pain001";
    }
}

codes! {
    /// Kind of place to which a member's money can go.
    PayeeKind {
        /// An account with PayPal.
        Paypal = 1, "paypal";
        /// A bank account in the United Kingdom: sort code and account number.
        UkBank = 2, "uk_bank";
        /// A bank account by its IBAN.
        Iban = 3, "iban";
    }
}

impl FileFormat {
    /// Returns the choice of members who are paid so.
    #[must_use]
    pub const fn choice(self) -> Choice {
        match self {
            Self::CreditCsv => Choice::Credit,
            Self::PaypalCsv | Self::UkBankCsv | Self::Pain001 => Choice::Cash,
        }
    }

    /// True when money can go to such a place by this file. Credit goes to members themselves.
    #[must_use]
    pub const fn takes(self, kind: PayeeKind) -> bool {
        matches!(
            (self, kind),
            (Self::PaypalCsv, PayeeKind::Paypal)
                | (Self::UkBankCsv, PayeeKind::UkBank)
                | (Self::Pain001, PayeeKind::UkBank | PayeeKind::Iban)
        )
    }
}

/// Whoever pays: the company's own account.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Debtor {
    /// Name of the account's holder.
    pub name: String,
    /// IBAN, or sort code and account number as `123456-12345678`.
    pub account: String,
    /// BIC of the bank; empty for none.
    pub bic: String,
}

/// Terms with which a batch is created. An approval signs them together with every payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchTerms {
    /// Id of the batch.
    pub id: BatchId,
    /// The file that it is exported as.
    pub format: FileFormat,
    /// Text that goes with each payment; empty for none.
    pub message: String,
    /// The day on which the bank is to pay, for [`FileFormat::Pain001`] alone.
    pub pay_on: Option<Day>,
    /// Whoever pays, for [`FileFormat::Pain001`] alone.
    pub debtor: Option<Debtor>,
}

versioned!(BatchTerms = 1 { id, format, message, pay_on, debtor });

impl BatchTerms {
    /// True when somebody can ask for such a batch.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        let is_pain = self.format == FileFormat::Pain001;
        let fits = |debtor: &Debtor| {
            (1..=DEBTOR_NAME_CHARS_MAX).contains(&debtor.name.chars().count())
                && (1..=DEBTOR_ACCOUNT_CHARS_MAX).contains(&debtor.account.len())
                && debtor.bic.len() <= DEBTOR_ACCOUNT_CHARS_MAX
        };
        self.message.chars().count() <= MESSAGE_CHARS_MAX
            && self.pay_on.is_some() == is_pain
            && self.debtor.is_some() == is_pain
            && self.debtor.as_ref().is_none_or(fits)
    }
}
