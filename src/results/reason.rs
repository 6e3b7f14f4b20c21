//! Why a payment failed or came back: few words of our own, and what they are in the codes of ISO 20022.

/// Why a payment failed or came back: what somebody has to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The account is closed, or its owner has died.
    AccountClosed,
    /// There is no account, or no bank, as given; or it is not the payee's.
    AccountUnknown,
    /// Nobody claimed it in time (PayPal).
    Unclaimed,
    /// A bank, PayPal or the payee does not take it, or the payer's side is at fault.
    Refused,
    /// It was called back: by the payer, by the payee, or by who carried it.
    Reversed,
    /// It was there already. The other one may well be paid.
    Duplicate,
    /// Another reason, or none is given.
    Other,
}

impl Reason {
    /// Each reason with its word.
    const WORDS: [(Self, &str); 7] = [
        (Self::AccountClosed, "account_closed"),
        (Self::AccountUnknown, "account_unknown"),
        (Self::Unclaimed, "unclaimed"),
        (Self::Refused, "refused"),
        (Self::Reversed, "reversed"),
        (Self::Duplicate, "duplicate"),
        (Self::Other, "other"),
    ];

    /// Finds a reason by its word, as `account_closed`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(reason, _)| *reason)
    }

    /// Returns what an external code of ISO 20022 means to us, as `AC04`; [`Reason::Other`] for each that is not known.
    #[must_use]
    pub fn from_iso(code: &str) -> Self {
        CODES.iter().find(|(known, _)| *known == code).map_or(Self::Other, |(_, reason)| *reason)
    }

    /// Returns the words of all reasons.
    pub(super) fn words() -> String {
        Self::WORDS.map(|(_, word)| word).join(", ")
    }
}

/// Codes of ISO 20022's external code sets `ExternalStatusReason1Code` and `ExternalReturnReason1Code`, for credit
/// transfers. There the debtor is the payer (we), and the creditor the payee (the member): what is wrong with the
/// payee's account asks the member for another one, and what is wrong with the payer's account is no member's fault.
const CODES: [(&str, Reason); 66] = [
    ("AB05", Reason::Other),          // timeout at the payee's bank (instant payment)
    ("AC01", Reason::AccountUnknown), // account number is incorrect, or does not exist
    ("AC02", Reason::Refused),        // payer's account number is invalid
    ("AC03", Reason::AccountUnknown), // payee's account number is invalid
    ("AC04", Reason::AccountClosed),  // account is closed
    ("AC05", Reason::Refused),        // payer's account is closed: ours, not the member's
    ("AC06", Reason::Refused),        // account is blocked
    ("AC07", Reason::AccountClosed),  // payee's account is closed
    ("AC13", Reason::Refused),        // payer's account is of the wrong type
    ("AC14", Reason::AccountUnknown), // payee's account is of the wrong type: another one is needed
    ("AG01", Reason::Refused),        // this kind of payment is forbidden on the account
    ("AG02", Reason::Refused),        // operation code is invalid
    ("AG03", Reason::Refused),        // this kind of payment is not supported on the account
    ("AM01", Reason::Refused),        // amount is zero
    ("AM02", Reason::Refused),        // amount is more than is allowed
    ("AM03", Reason::Refused),        // currency is not allowed
    ("AM04", Reason::Refused),        // payer has too little money
    ("AM05", Reason::Duplicate),      // duplication
    ("AM06", Reason::Refused),        // amount is below the minimum
    ("AM07", Reason::Refused),        // amount is blocked
    ("AM09", Reason::Refused),        // amount is not as agreed
    ("AM10", Reason::Refused),        // control sum is wrong
    ("AM14", Reason::Refused),        // amount is more than was agreed with the payer
    ("AM18", Reason::Refused),        // number of transactions is wrong
    ("AM21", Reason::Refused),        // amount is more than the clearing takes
    ("BE01", Reason::AccountUnknown), // name and account number do not belong together
    ("BE04", Reason::Refused),        // payee's address is missing or incorrect
    ("BE05", Reason::Refused),        // who sends the file is not known
    ("BE06", Reason::AccountUnknown), // payee is not known at this account
    ("BE07", Reason::Refused),        // payer's address is missing or incorrect
    ("CNOR", Reason::AccountUnknown), // payee's bank is not registered in the clearing
    ("CUST", Reason::Reversed),       // the customer asked for it
    ("DNOR", Reason::Refused),        // payer's bank is not registered in the clearing
    ("DT01", Reason::Refused),        // date is invalid
    ("DU01", Reason::Duplicate),      // message id is not unique
    ("DU02", Reason::Duplicate),      // id of the group is not unique
    ("DU03", Reason::Duplicate),      // transaction is not unique
    ("DU04", Reason::Duplicate),      // end-to-end id is not unique
    ("DU05", Reason::Duplicate),      // instruction id is not unique
    ("DUPL", Reason::Duplicate),      // duplicate payment, or file
    ("ED05", Reason::Refused),        // settlement failed
    ("FF01", Reason::Refused),        // file format is incomplete or invalid
    ("FOCR", Reason::Reversed),       // follows a request to cancel it
    ("FRAD", Reason::Refused),        // fraud is suspected
    ("MD06", Reason::Reversed),       // the end customer asked for the money back
    ("MD07", Reason::AccountClosed),  // the end customer is deceased
    ("MS02", Reason::Refused),        // the payee does not take it, and does not say why
    ("MS03", Reason::Other),          // a bank does not say why
    ("NARR", Reason::Other),          // told in words beside it
    ("NOCM", Reason::Refused),        // not compliant
    ("RC01", Reason::AccountUnknown), // bank identifier is incorrect
    ("RC03", Reason::Refused),        // identifier of the payer's bank is invalid
    ("RC04", Reason::AccountUnknown), // identifier of the payee's bank is invalid
    ("RC07", Reason::AccountUnknown), // BIC of the payee's bank is invalid
    ("RC10", Reason::AccountUnknown), // clearing code (sort code) of the payee's bank is invalid
    ("RR01", Reason::Refused),        // regulation: payer's account or id is missing
    ("RR02", Reason::Refused),        // regulation: payer's name or address is missing
    ("RR03", Reason::Refused),        // regulation: payee's name or address is missing
    ("RR04", Reason::Refused),        // regulation
    ("SL01", Reason::Refused),        // the payer's bank offers this only with restrictions
    ("SL11", Reason::Refused),        // payee is not on the payer's list of those allowed
    ("SL12", Reason::Refused),        // payee is on the payer's list of those forbidden
    ("TD03", Reason::Refused),        // structure of the file is wrong
    ("TECH", Reason::Other),          // technical problem
    ("TM01", Reason::Refused),        // came after the cut-off time
    ("UPAY", Reason::Reversed),       // was not due
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_banks_mean_what_has_to_be_done_next() {
        for (code, reason) in [
            ("AC04", Reason::AccountClosed),
            ("MD07", Reason::AccountClosed),
            ("AC01", Reason::AccountUnknown),
            ("RC01", Reason::AccountUnknown),
            ("AC05", Reason::Refused),
            ("AM04", Reason::Refused),
            ("AM05", Reason::Duplicate),
            ("DUPL", Reason::Duplicate),
            ("FOCR", Reason::Reversed),
            ("ZZ99", Reason::Other),
            ("ac04", Reason::Other),
            ("", Reason::Other),
        ] {
            assert_eq!(Reason::from_iso(code), reason, "{code}");
        }
    }

    #[test]
    fn each_code_stands_once_and_in_order() {
        assert!(CODES.is_sorted_by(|(one, _), (next, _)| one < next));
    }

    #[test]
    fn each_reason_has_a_word_that_finds_it() {
        for (reason, word) in Reason::WORDS {
            assert_eq!(Reason::from_word(word), Some(reason));
        }
        assert_eq!(Reason::from_word("closed"), None);
        assert!(Reason::words().starts_with("account_closed, account_unknown, "));
    }
}
