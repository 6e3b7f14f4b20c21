//! A neutral file for UK banks: `sort_code,account_number,name,reference,amount`. Every bank's own format has these
//! fields in another order.
//!
//! CSV (RFC 4180). Lines end with a line feed alone, as in every file here, so that the bytes are the same on each
//! system. Write [`head`] and then [`rows`], in as many calls as there are parts.

use super::{PaymentRow, Unwritable, check_rows, payee};
use crate::domain::value::money::Currency;
use crate::payees::{Account, BankPayee, Payee};

/// Writes the first line of the file.
///
/// # Errors
/// Fails as the writer fails; writing to memory does not.
pub fn head(mut out: impl std::io::Write) -> Result<(), Unwritable> {
    Ok(out.write_all(b"sort_code,account_number,name,reference,amount\n")?)
}

/// Writes payments, a line each. `sort_code` has six digits without hyphens, `account_number` eight; `reference` is the
/// payment's id; `amount` is in pounds, as `12.34`. A zero in front is part of an account: who reads the file must read
/// both numbers as text.
///
/// # Errors
/// Names the payment that cannot be written; then none is. Only pounds are paid, and only to accounts by sort code.
pub fn rows(out: impl std::io::Write, currency: Currency, rows: &[PaymentRow<'_>]) -> Result<(), Unwritable> {
    if currency.code() != "GBP" {
        return Err(Unwritable::Currency { currency: currency.code(), pays: "GBP" });
    }
    check_rows(rows)?;
    let accounts: Vec<_> = rows.iter().map(account).collect::<Result<_, Unwritable>>()?;
    let mut writer = csv::Writer::from_writer(out);
    for (row, (sort_code, number, name)) in rows.iter().zip(accounts) {
        writer.write_record([sort_code, number, name, row.id, &currency.format(row.amount_minor)])?;
    }
    Ok(writer.flush()?)
}

fn account<'a>(row: &PaymentRow<'a>) -> Result<(&'a str, &'a str, &'a str), Unwritable> {
    match payee(row)? {
        Payee::Bank(BankPayee { name, account: Account::Uk { sort_code, number }, .. }) => {
            Ok((sort_code, number, name))
        }
        _ => Err(Unwritable::OtherMethod { payment: row.id.to_owned(), pays: "UK accounts by sort code" }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{currency, iban_payee, member, refusal_of, row, text_of, uk_account};
    use super::*;

    fn to(name: &str, sort_code: &str, number: &str) -> Payee {
        Payee::Bank(BankPayee { name: name.to_owned(), account: uk_account(sort_code, number), address: None })
    }

    #[test]
    fn payments_are_written_a_line_each_in_pounds() {
        let member = member("ann");
        let (ann, ben) = (to("Ann Example", "012345", "00123456"), to("Ben, O'Neil 456789", "123456", "12345678"));
        let longest = "ABCDEFGHIJKLMNOPQR";
        let payments = [row("A2", &member, 1_234, Some(&ann)), row(longest, &member, 5, Some(&ben))];
        let mut file = Vec::new();
        head(&mut file).expect("a head");
        rows(&mut file, currency("GBP"), &payments).expect("rows");
        assert_eq!(
            String::from_utf8(file).expect("text"),
            "sort_code,account_number,name,reference,amount\n\
             012345,00123456,Ann Example,A2,12.34\n\
             123456,12345678,\"Ben, O'Neil 456789\",ABCDEFGHIJKLMNOPQR,0.05\n"
        );
    }

    #[test]
    fn a_name_of_19_characters_is_refused_and_not_cut() {
        let member = member("ann");
        let long = to(&"a".repeat(19), "123456", "12345678");
        let told = refusal_of(|out| rows(out, currency("GBP"), &[row("A2", &member, 1, Some(&long))]));
        assert_eq!(
            told,
            "payment A2: set the member's payee again, as name has 19 characters; UK bank files have room for 18: \
             shorten it as the bank does on cards"
        );
        let longest = to(&"a".repeat(18), "123456", "12345678");
        let written = text_of(|out| rows(out, currency("GBP"), &[row("A2", &member, 1, Some(&longest))]));
        assert_eq!(written, "123456,12345678,aaaaaaaaaaaaaaaaaa,A2,0.01\n");
    }

    #[test]
    fn only_pounds_and_only_accounts_by_sort_code_are_paid() {
        let member = member("ann");
        let (uk, iban) = (to("Ann", "123456", "12345678"), iban_payee());
        let told = refusal_of(|out| rows(out, currency("EUR"), &[row("A2", &member, 1, Some(&uk))]));
        assert_eq!(told, "this file pays GBP only, not EUR; choose another format");
        let told = refusal_of(|out| rows(out, currency("GBP"), &[row("A2", &member, 1, Some(&iban))]));
        assert!(told.starts_with("payment A2: this file pays UK accounts by sort code only"), "{told}");
    }
}
