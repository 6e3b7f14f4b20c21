//! PayPal: who receives.

use super::{Payee, PayeeFields, Problem, keep};

/// Longest e-mail address that PayPal takes, in characters.
const EMAIL_LENGTH_MAX: usize = 127;

/// Characters in a PayerID.
const PAYER_ID_LENGTH: usize = 13;

/// Longest part before the `@`, and longest label of a domain, in characters (RFC 5321, RFC 1035).
const LOCAL_LENGTH_MAX: usize = 64;
const LABEL_LENGTH_MAX: usize = 63;

pub(super) fn check(fields: &PayeeFields) -> Result<Payee, Vec<Problem>> {
    let mut problems = fields.strangers(&["receiver"]);
    let receiver = keep(&mut problems, "receiver", receiver(&fields.receiver));
    if problems.is_empty() { Ok(Payee::PayPal { receiver }) } else { Err(problems) }
}

fn receiver(text: &str) -> Result<String, String> {
    match text.split_once('@') {
        None if text.is_empty() => Err(format!("is missing; {WRITE}")),
        None if is_payer_id(text) => Ok(text.to_owned()),
        None => Err(format!("is neither an e-mail address nor a PayerID; {WRITE}")),
        Some((local, domain)) => email(local, domain),
    }
}

const WRITE: &str = "write the e-mail address of the PayPal account, as ann@example.org, or its PayerID of 13 \
                     characters A-Z and 0-9";

fn is_payer_id(text: &str) -> bool {
    text.len() == PAYER_ID_LENGTH && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Reads an e-mail address. Only the domain is the same in capitals and small letters for every mail server.
fn email(local: &str, domain: &str) -> Result<String, String> {
    let length = local.chars().count() + 1 + domain.chars().count();
    if length > EMAIL_LENGTH_MAX {
        return Err(format!("has {length} characters; PayPal takes e-mail addresses of at most {EMAIL_LENGTH_MAX}"));
    }
    if domain.contains('@') {
        return Err("has more than one @; write one e-mail address".to_owned());
    }
    if !is_local(local) {
        return Err("is no e-mail address before its @; write letters, digits and . _ - + there, first a letter or a \
                    digit, without spaces, commas and quotes"
            .to_owned());
    }
    if !is_domain(domain) {
        return Err("is no e-mail address behind its @; write a domain there, as example.org".to_owned());
    }
    Ok(format!("{local}@{}", domain.to_ascii_lowercase()))
}

/// Says whether a text can stand before the `@`: characters of RFC 5322 without quotation marks, dots only between
/// others. The first is a letter, a digit or `_`: a spreadsheet takes a cell that begins in another way for a formula.
fn is_local(local: &str) -> bool {
    let is_atom = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_{|}~".contains(&byte);
    local.len() <= LOCAL_LENGTH_MAX
        && local.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atom))
}

/// Says whether a text is a domain of two labels or more, the last of which is no number.
fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=LABEL_LENGTH_MAX).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = domain.rsplit_once('.').map(|(_, top)| top);
    domain.split('.').all(is_label) && top.is_some_and(|top| top.bytes().any(|byte| byte.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e_mail_addresses_that_people_have_are_taken() {
        for text in ["ann@example.org", "a.b+c@x-y.co.uk", "_a@b.io", "o'brien@example.ie", "1@2.ws", "a=b@c.de"] {
            assert_eq!(receiver(text), Ok(text.to_owned()));
        }
        assert_eq!(receiver("Ann@Example.ORG"), Ok("Ann@example.org".to_owned()));
    }

    #[test]
    fn what_is_no_e_mail_address_is_refused() {
        for text in [
            "@example.org",
            "ann@",
            "ann@example",
            "ann@.org",
            "ann@example..org",
            "ann@-a.org",
            "ann@a-.org",
            "ann@1.2",
            ".ann@example.org",
            "ann.@example.org",
            "a..b@example.org",
            "ann@b@example.org",
            "ann @example.org",
            "ann,ben@example.org",
            "\"ann\"@example.org",
            "ann@exam ple.org",
            "änn@example.org",
            "ann@exämple.org",
            "an\tn@example.org",
            "ann@example.org\nben",
            "=a@example.org",
            "+a@example.org",
            "-a@example.org",
            "'a@example.org",
            "ann@example.org.",
            "a`b@example.org",
        ] {
            assert!(receiver(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_address_is_at_most_127_characters_and_its_parts_as_long_as_mail_allows() {
        let of = |local: usize, label: usize| format!("{}@{}.example.org", "a".repeat(local), "b".repeat(label));
        assert_eq!(of(51, 63).len(), 127);
        assert!(receiver(&of(51, 63)).is_ok());
        let told = receiver(&of(52, 63)).expect_err("128 characters");
        assert_eq!(told, "has 128 characters; PayPal takes e-mail addresses of at most 127");
        assert!(receiver(&of(64, 50)).is_ok());
        assert!(receiver(&of(65, 49)).is_err());
        assert!(receiver(&of(3, 64)).is_err());
    }

    #[test]
    fn a_payer_id_is_13_capitals_and_digits() {
        assert_eq!(receiver("QWERTYUIOP123"), Ok("QWERTYUIOP123".to_owned()));
        for text in ["QWERTYUIOP12", "QWERTYUIOP1234", "qwertyuiop123", "QWERTYUIOP-23", "QWERTYUIOP1É"] {
            assert!(receiver(text).expect_err(text).contains("PayerID of 13 characters A-Z and 0-9"), "{text}");
        }
    }
}
