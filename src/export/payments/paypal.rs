//! PayPal's file for payouts by its web page: `recipient,amount,currency,customer id,note,wallet`, without a first line
//! of names (<https://developer.paypal.com/payouts/use-payouts/send-money/use-web-ui>).

use super::{PaymentRow, Unwritable, check_rows, payee};
use crate::domain::value::money::Currency;
use crate::payees::Payee;

/// Most payments in one file. PayPal's page says so.
pub const ROWS_MAX: usize = 5_000;

/// Longest note, in characters. PayPal's page says so (<https://docs.paypal.ai/send/use-web-ui>).
pub const NOTE_LENGTH_MAX: usize = 400;

/// Writes a whole file: CSV (RFC 4180, with line feeds). Everybody gets the same note, which may be empty; the customer
/// id is the payment's id; the wallet is always PayPal's.
///
/// # Errors
/// Names the payment that cannot be written, or says what of the file is wrong; then nothing is written.
pub fn file(
    out: impl std::io::Write,
    currency: Currency,
    note: &str,
    rows: &[PaymentRow<'_>],
) -> Result<(), Unwritable> {
    if rows.len() > ROWS_MAX {
        return Err(Unwritable::TooManyRows { rows: rows.len(), rows_max: ROWS_MAX });
    }
    check_note(note)?;
    check_rows(rows)?;
    let records = rows.iter().map(|row| Ok((receiver(row)?, amount(row, currency)?, row.id)));
    let records: Vec<(&str, String, &str)> = records.collect::<Result<_, Unwritable>>()?;
    let mut writer = csv::Writer::from_writer(out);
    for (receiver, amount, id) in records {
        writer.write_record([receiver, &amount, currency.code(), id, note, "PAYPAL"])?;
    }
    Ok(writer.flush()?)
}

fn check_note(note: &str) -> Result<(), Unwritable> {
    let length = note.chars().count();
    let problem = if length > NOTE_LENGTH_MAX {
        format!("has {length} characters; PayPal takes at most {NOTE_LENGTH_MAX}")
    } else if note.chars().any(char::is_control) {
        "has a line break or another control character; write it on one line".to_owned()
    } else {
        return Ok(());
    };
    Err(Unwritable::Head { field: "note", problem })
}

fn receiver<'a>(row: &PaymentRow<'a>) -> Result<&'a str, Unwritable> {
    match payee(row)? {
        Payee::PayPal { receiver } => Ok(receiver),
        Payee::Bank(_) => Err(Unwritable::OtherMethod { payment: row.id.to_owned(), pays: "PayPal accounts" }),
    }
}

/// Writes an amount as PayPal takes it: without places in forints and Taiwan dollars, which it pays whole although they
/// have a minor unit (<https://developer.paypal.com/api/rest/reference/currency-codes/>).
fn amount(row: &PaymentRow<'_>, currency: Currency) -> Result<String, Unwritable> {
    if !matches!(currency.code(), "HUF" | "TWD") {
        return Ok(currency.format(row.amount_minor));
    }
    if row.amount_minor % currency.minor_per_main() != 0 {
        return Err(Unwritable::NotWhole { payment: row.id.to_owned(), currency: currency.code() });
    }
    Ok((row.amount_minor / currency.minor_per_main()).to_string())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{currency, member, refusal_of, row, text_of, uk_payee};
    use super::*;

    fn to(receiver: &str) -> Payee {
        Payee::PayPal { receiver: receiver.to_owned() }
    }

    #[test]
    fn payments_are_written_a_line_each_without_a_first_line_of_names() {
        let (ann, mail, id) = (member("ann"), to("ann@example.org"), to("QWERTYUIOP123"));
        let payments = [row("A2", &ann, 10_050, Some(&mail)), row("B7", &ann, 5, Some(&id))];
        assert_eq!(
            text_of(|out| file(out, currency("USD"), "Here is your payment", &payments)),
            "ann@example.org,100.50,USD,A2,Here is your payment,PAYPAL\n\
             QWERTYUIOP123,0.05,USD,B7,Here is your payment,PAYPAL\n"
        );
        assert_eq!(
            text_of(|out| file(out, currency("EUR"), "Thanks, \"Ann\" – 12 €", &payments[1..])),
            "QWERTYUIOP123,0.05,EUR,B7,\"Thanks, \"\"Ann\"\" – 12 €\",PAYPAL\n"
        );
        assert_eq!(
            text_of(|out| file(out, currency("GBP"), "", &payments[1..])),
            "QWERTYUIOP123,0.05,GBP,B7,,PAYPAL\n"
        );
    }

    #[test]
    fn five_thousand_payments_are_a_file_and_one_more_is_refused() {
        let (ann, mail) = (member("ann"), to("ann@example.org"));
        let letter = |index: usize| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[index % 32]);
        let id = |index: usize| [letter(index / 1_024), letter(index / 32), letter(index)].iter().collect::<String>();
        let ids: Vec<String> = (0..=ROWS_MAX).map(id).collect();
        let payments: Vec<_> = ids.iter().map(|id| row(id, &ann, 1, Some(&mail))).collect();
        let written = text_of(|out| file(out, currency("GBP"), "", &payments[..ROWS_MAX]));
        assert_eq!(written.lines().count(), 5_000);
        let told = refusal_of(|out| file(out, currency("GBP"), "", &payments));
        assert_eq!(told, "5001 payments are more than the 5000 of one file; write several files");
    }

    #[test]
    fn a_note_is_one_line_of_at_most_400_characters() {
        let (ann, mail) = (member("ann"), to("ann@example.org"));
        let payments = [row("A2", &ann, 1, Some(&mail))];
        assert!(text_of(|out| file(out, currency("GBP"), &"é".repeat(400), &payments)).contains(&"é".repeat(400)));
        let told = |note: &str| refusal_of(|out| file(out, currency("GBP"), note, &payments));
        assert_eq!(told(&"é".repeat(401)), "the file's note has 401 characters; PayPal takes at most 400");
        for note in ["a\nb", "a\rb", "a\tb", "a\u{85}b"] {
            let expected = "the file's note has a line break or another control character; write it on one line";
            assert_eq!(told(note), expected);
        }
    }

    #[test]
    fn currencies_that_paypal_pays_whole_have_no_places() {
        let (ann, mail) = (member("ann"), to("ann@example.org"));
        for code in ["HUF", "TWD"] {
            let whole = text_of(|out| file(out, currency(code), "", &[row("A2", &ann, 120_000, Some(&mail))]));
            assert_eq!(whole, format!("ann@example.org,1200,{code},A2,,PAYPAL\n"));
            let told = refusal_of(|out| file(out, currency(code), "", &[row("A2", &ann, 120_001, Some(&mail))]));
            assert!(told.starts_with(&format!("payment A2: PayPal pays whole {code} only")), "{told}");
        }
        let yen = text_of(|out| file(out, currency("JPY"), "", &[row("A2", &ann, 1_200, Some(&mail))]));
        assert_eq!(yen, "ann@example.org,1200,JPY,A2,,PAYPAL\n");
    }

    #[test]
    fn a_bank_account_is_not_paid_by_paypal() {
        let (ann, mail, bank) = (member("ann"), to("ann@example.org"), uk_payee());
        let payments = [row("A2", &ann, 1, Some(&mail)), row("B7", &ann, 1, Some(&bank))];
        let told = refusal_of(|out| file(out, currency("GBP"), "", &payments));
        assert!(told.starts_with("payment B7: this file pays PayPal accounts only"), "{told}");
    }
}
