//! The file of credits, for the operator's own system: `payment,member,amount,currency,reference`.
//!
//! CSV (RFC 4180, with line feeds), from [`head`] and then [`rows`], in as many calls as there are parts.

use super::{PaymentRow, Unwritable, check_rows};
use crate::domain::value::money::Currency;

/// Writes the first line of the file.
///
/// # Errors
/// Fails as the writer fails; writing to memory does not.
pub fn head(mut out: impl std::io::Write) -> Result<(), Unwritable> {
    Ok(out.write_all(b"payment,member,amount,currency,reference\n")?)
}

/// Writes payments, a line each. `amount` is in the currency's main unit, as `1944.59`; `reference` is the payment's
/// id, for the system that shows it to the member.
///
/// Member ids have an alphabet without control characters, commas and quotation marks, so that none needs quoting.
///
/// # Errors
/// Names the payment that cannot be written; then none is. A payment with a payee is another file's.
pub fn rows(out: impl std::io::Write, currency: Currency, rows: &[PaymentRow<'_>]) -> Result<(), Unwritable> {
    check_rows(rows)?;
    if let Some(row) = rows.iter().find(|row| row.payee.is_some()) {
        return Err(Unwritable::OtherMethod { payment: row.id.to_owned(), pays: "credits without a payee" });
    }
    let mut writer = csv::Writer::from_writer(out);
    for row in rows {
        let amount = currency.format(row.amount_minor);
        writer.write_record([row.id, row.member.as_str(), &amount, currency.code(), row.id])?;
    }
    Ok(writer.flush()?)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{currency, member, row, text_of};
    use super::*;
    use crate::domain::value::ids::MemberId;

    #[test]
    fn credits_are_written_a_line_each_with_the_places_of_their_currency() {
        let (ann, formula) = (member("ann"), member("=1+1"));
        let payments = [row("A2", &ann, 194_459, None), row("B7", &formula, 5, None)];
        let mut file = Vec::new();
        head(&mut file).expect("a head");
        rows(&mut file, currency("GBP"), &payments[..1]).expect("a part");
        rows(&mut file, currency("GBP"), &payments[1..]).expect("a part");
        assert_eq!(
            String::from_utf8(file).expect("text"),
            "payment,member,amount,currency,reference\nA2,ann,1944.59,GBP,A2\nB7,=1+1,0.05,GBP,B7\n"
        );
        assert_eq!(text_of(|out| rows(out, currency("JPY"), &payments[..1])), "A2,ann,194459,JPY,A2\n");
    }

    #[test]
    fn no_member_id_can_break_a_line_or_a_field() {
        for text in ["a\nb", "a\rb", "a\tb", "a,b", "a\"b", "a\0b", "a b", "a\u{7f}b", "a\u{85}b"] {
            assert!(MemberId::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_payment_with_a_payee_is_no_credit_and_nothing_of_its_part_is_written() {
        let ann = member("ann");
        let payee = crate::payees::Payee::PayPal { receiver: "ann@example.org".to_owned() };
        let mut file = Vec::new();
        let payments = [row("A2", &ann, 1, None), row("B7", &ann, 1, Some(&payee))];
        let refusal = rows(&mut file, currency("GBP"), &payments).expect_err("a payee");
        assert!(
            refusal.to_string().starts_with("payment B7: this file pays credits without a payee only"),
            "{refusal}"
        );
        assert!(file.is_empty());
    }
}
