//! What the tests of all formats use, and tests of what all formats refuse.

use super::*;
use crate::domain::value::money::Currency;
use crate::payees::Account;

pub(super) fn currency(code: &str) -> Currency {
    Currency::from_code(code).expect("a currency")
}

pub(super) fn member(id: &str) -> MemberId {
    MemberId::parse(id).expect("an id")
}

pub(super) fn row<'a>(
    id: &'a str,
    member: &'a MemberId,
    amount_minor: i64,
    payee: Option<&'a Payee>,
) -> PaymentRow<'a> {
    PaymentRow { id, member, amount_minor, payee }
}

pub(super) fn uk_account(sort_code: &str, number: &str) -> Account {
    Account::Uk { sort_code: sort_code.to_owned(), number: number.to_owned() }
}

pub(super) fn iban_account(iban: &str, bic: Option<&str>) -> Account {
    Account::Iban { iban: iban.to_owned(), bic: bic.map(str::to_owned) }
}

pub(super) fn uk_payee() -> Payee {
    Payee::Bank(BankPayee { name: "Ann".to_owned(), account: uk_account("123456", "01234567"), address: None })
}

pub(super) fn iban_payee() -> Payee {
    let account = iban_account("DE89370400440532013000", None);
    Payee::Bank(BankPayee { name: "Ann".to_owned(), account, address: None })
}

/// Returns what a writer wrote.
pub(super) fn text_of(write: impl FnOnce(&mut Vec<u8>) -> Result<(), Unwritable>) -> String {
    let mut file = Vec::new();
    write(&mut file).expect("a file");
    String::from_utf8(file).expect("text")
}

/// Returns what a writer refused with. It wrote nothing.
pub(super) fn refusal_of(write: impl FnOnce(&mut Vec<u8>) -> Result<(), Unwritable>) -> String {
    let mut file = Vec::new();
    let refusal = write(&mut file).expect_err("refused");
    assert!(file.is_empty(), "nothing is written of what is refused");
    refusal.to_string()
}

/// Returns what each format that pays payees says of one row after a good one.
fn all_refusals(bad: &PaymentRow<'_>, good: &PaymentRow<'_>) -> Vec<String> {
    let rows = [*good, *bad];
    let header = pain001::tests::header("GBP");
    vec![
        refusal_of(|out| paypal::file(out, currency("GBP"), "", &rows)),
        refusal_of(|out| uk_bank::rows(out, currency("GBP"), &rows)),
        refusal_of(|out| pain001::rows(out, &header, &rows)),
        refusal_of(|out| credit::rows(out, currency("GBP"), &rows)),
    ]
}

#[test]
fn every_format_refuses_ids_that_do_not_fit_all_formats() {
    let (ann, payee) = (member("ann"), uk_payee());
    let good = row("A2", &ann, 1, Some(&payee));
    for id in ["", "a2", "A1", "A8", "A 2", "A-2", "ABCDEFGHIJKLMNOPQRS", "É"] {
        for told in all_refusals(&row(id, &ann, 1, Some(&payee)), &good) {
            let expected = format!("payment {id:?}: its id is not 1 to 18 characters A-Z and 2-7; give it another id");
            assert_eq!(told, expected);
        }
    }
}

#[test]
fn every_format_refuses_nothing_and_less_and_a_payment_twice() {
    let (ann, payee) = (member("ann"), uk_payee());
    let good = row("A2", &ann, 1, Some(&payee));
    for amount_minor in [0, -1, i64::MIN] {
        for told in all_refusals(&row("B7", &ann, amount_minor, Some(&payee)), &good) {
            let expected = "minor units; pay more than 0, or leave it out";
            assert_eq!(told, format!("payment B7: its amount is {amount_minor} {expected}"));
        }
    }
    for told in all_refusals(&row("A2", &ann, 2, Some(&payee)), &good) {
        assert_eq!(told, "payment A2 stands in the file twice; write it once");
    }
}

#[test]
fn what_pays_payees_refuses_a_row_without_one_and_a_payee_that_was_not_checked() {
    let (ann, good) = (member("ann"), uk_payee());
    let paypal = Payee::PayPal { receiver: "ann@example.org,9.99,GBP".to_owned() };
    let uk = |name: &str, sort_code: &str| {
        let account = uk_account(sort_code, "01234567");
        Payee::Bank(BankPayee { name: name.to_owned(), account, address: None })
    };
    let header = pain001::tests::header("GBP");
    let mut told = Vec::new();
    for payee in [None, Some(&paypal), Some(&uk("Zoë", "123456")), Some(&uk("Ann", "12-34-56"))] {
        let rows = [row("A2", &ann, 1, Some(&good)), row("B7", &ann, 1, payee)];
        told.push(refusal_of(|out| uk_bank::rows(out, currency("GBP"), &rows)));
        assert_eq!(Some(&refusal_of(|out| pain001::rows(out, &header, &rows))), told.last());
        assert_eq!(Some(&refusal_of(|out| paypal::file(out, currency("GBP"), "", &rows[1..]))), told.last());
    }
    assert_eq!(
        told,
        [
            "payment B7: it is not known where the money goes; set the member's payee first",
            "payment B7: set the member's payee again, as receiver is no e-mail address behind its @; write a domain \
             there, as example.org",
            "payment B7: set the member's payee again, as name has 'ë'; write it with a-z A-Z 0-9 / - ? : ( ) . , ' + \
             and spaces only",
            "payment B7: the member's payee was not made by the check of payees; set it again",
        ]
    );
}

#[test]
fn a_writer_that_fails_is_told() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("no space"))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let (ann, payee, mail) = (member("ann"), uk_payee(), Payee::PayPal { receiver: "a@b.io".to_owned() });
    let header = pain001::tests::header("GBP");
    for refusal in [
        credit::rows(Full, currency("GBP"), &[row("A2", &ann, 1, None)]),
        uk_bank::rows(Full, currency("GBP"), &[row("A2", &ann, 1, Some(&payee))]),
        paypal::file(Full, currency("GBP"), "", &[row("A2", &ann, 1, Some(&mail))]),
        pain001::head(Full, &header),
        pain001::rows(Full, &header, &[row("A2", &ann, 1, Some(&payee))]),
        pain001::tail(Full),
        credit::head(Full),
        uk_bank::head(Full),
    ] {
        assert_eq!(refusal.expect_err("full").to_string(), "writing failed: no space");
    }
}
