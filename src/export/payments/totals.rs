//! Control totals: what each file of a batch holds, so that whoever pays can compare before and after.

use std::io::{Result, Write};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{PaymentRow, Unwritable};
use crate::domain::value::encoding::hex;
use crate::domain::value::money::Currency;

/// Passes bytes on to a writer, and keeps their number, their hash, and the totals of the payments they stand for.
#[derive(Debug)]
pub struct Tally<W> {
    out: W,
    hash: Sha256,
    bytes: u64,
    rows: u64,
    sum_minor: i64,
}

/// What one file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileTotals {
    /// The file's name.
    pub name: String,
    /// Payments in the file.
    pub rows: u64,
    /// Their sum, in minor units.
    pub sum_minor: i64,
    /// Their sum in the main unit, as `1944.59`.
    pub sum: String,
    /// The currency.
    pub currency: &'static str,
    /// Bytes of the file.
    pub bytes: u64,
    /// The SHA-256 of the file's bytes, in hexadecimal digits: what `sha256sum` prints.
    pub sha256: String,
}

impl<W: Write> Tally<W> {
    /// Starts with nothing written.
    pub fn new(out: W) -> Self {
        Self { out, hash: Sha256::new(), bytes: 0, rows: 0, sum_minor: 0 }
    }

    /// Counts payments that were written to this.
    ///
    /// # Errors
    /// The sum does not fit 64 bits; then none of them is counted.
    pub fn count(&mut self, rows: &[PaymentRow<'_>]) -> std::result::Result<(), Unwritable> {
        let sum = rows.iter().try_fold(self.sum_minor, |sum, row| sum.checked_add(row.amount_minor));
        self.sum_minor = sum.ok_or(Unwritable::SumTooLarge)?;
        self.rows += u64::try_from(rows.len()).expect("a slice has fewer than 2^64 items");
        Ok(())
    }

    /// Returns the payments counted so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the sum of the payments counted so far, in minor units.
    pub fn sum_minor(&self) -> i64 {
        self.sum_minor
    }

    /// Ends the file; returns the writer and the totals.
    pub fn finish(self, name: &str, currency: Currency) -> (W, FileTotals) {
        let totals = FileTotals {
            name: name.to_owned(),
            rows: self.rows,
            sum_minor: self.sum_minor,
            sum: currency.format(self.sum_minor),
            currency: currency.code(),
            bytes: self.bytes,
            sha256: hex(&self.hash.finalize()),
        };
        (self.out, totals)
    }
}

impl<W: Write> Write for Tally<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let taken = self.out.write(bytes)?;
        self.hash.update(&bytes[..taken]);
        self.bytes += u64::try_from(taken).expect("a slice has fewer than 2^64 items");
        Ok(taken)
    }

    fn flush(&mut self) -> Result<()> {
        self.out.flush()
    }
}

/// The side file: the totals of each file in the given order, and of all together.
#[derive(Serialize)]
struct BatchTotals<'a> {
    batch: &'a str,
    currency: &'static str,
    rows: u64,
    sum_minor: i64,
    sum: String,
    files: &'a [FileTotals],
}

/// Writes the text of a batch's side file: JSON with the batch's id, the totals of all files, and those of each file in
/// the given order.
///
/// # Errors
/// A file is in another currency or stands there twice, or the sum does not fit 64 bits.
pub fn side_file(batch: &str, currency: Currency, files: &[FileTotals]) -> std::result::Result<String, Unwritable> {
    let (mut rows, mut sum_minor) = (0_u64, 0_i64);
    for (index, file) in files.iter().enumerate() {
        if file.currency != currency.code() {
            return Err(Unwritable::Currency { currency: file.currency, pays: currency.code() });
        }
        if files[..index].iter().any(|before| before.name == file.name) {
            let problem = format!("{:?} stands in the batch twice; give it once", file.name);
            return Err(Unwritable::Head { field: "name", problem });
        }
        rows = rows.checked_add(file.rows).ok_or(Unwritable::SumTooLarge)?;
        sum_minor = sum_minor.checked_add(file.sum_minor).ok_or(Unwritable::SumTooLarge)?;
    }
    let sum = currency.format(sum_minor);
    let totals = BatchTotals { batch, currency: currency.code(), rows, sum_minor, sum, files };
    let text = serde_json::to_string_pretty(&totals).expect("texts and whole numbers are JSON");
    Ok(text + "\n")
}

#[cfg(test)]
mod tests {
    use super::super::tests::{currency, member, row};
    use super::super::{credit, tests::iban_payee};
    use super::*;

    fn file(name: &str, amounts: &[i64]) -> (Vec<u8>, FileTotals) {
        let ann = member("ann");
        let ids = ["A2", "B7", "C3"];
        let rows: Vec<_> = ids.into_iter().zip(amounts).map(|(id, &amount)| row(id, &ann, amount, None)).collect();
        let mut tally = Tally::new(Vec::new());
        credit::head(&mut tally).expect("a head");
        for part in rows.chunks(2) {
            credit::rows(&mut tally, currency("GBP"), part).expect("rows");
            tally.count(part).expect("a sum");
        }
        tally.finish(name, currency("GBP"))
    }

    #[test]
    fn a_tally_counts_payments_and_hashes_exactly_the_bytes_of_the_file() {
        let (bytes, totals) = file("a.csv", &[100, 23, 1_000]);
        let expected = "payment,member,amount,currency,reference\n\
                        A2,ann,1.00,GBP,A2\nB7,ann,0.23,GBP,B7\nC3,ann,10.00,GBP,C3\n";
        assert_eq!(String::from_utf8(bytes).expect("text"), expected);
        // By `sha256sum` and `wc -c`.
        let sha256 = "f24632f32a8528bb5207e6f9b6ade529ebb194f81dce1abefa6476e61b06fb64".to_owned();
        let (name, sum) = ("a.csv".to_owned(), "11.23".to_owned());
        assert_eq!(totals, FileTotals { name, rows: 3, sum_minor: 1_123, sum, currency: "GBP", bytes: 99, sha256 });
    }

    #[test]
    fn a_writer_that_takes_a_few_bytes_at_a_time_gives_the_same_hash() {
        struct Slow(Vec<u8>);
        impl Write for Slow {
            fn write(&mut self, bytes: &[u8]) -> Result<usize> {
                let taken = bytes.len().min(3);
                self.0.extend(&bytes[..taken]);
                Ok(taken)
            }
            fn flush(&mut self) -> Result<()> {
                Ok(())
            }
        }
        let totals = |tally: Tally<Slow>| tally.finish("a", currency("GBP")).1;
        let mut slow = Tally::new(Slow(Vec::new()));
        slow.write_all(b"0123456789").expect("written");
        let expected = hex(&Sha256::digest(b"0123456789"));
        let slow = totals(slow);
        assert_eq!((slow.sha256, slow.bytes), (expected, 10));
    }

    #[test]
    fn a_sum_that_does_not_fit_is_refused_and_nothing_of_it_counted() {
        let (ann, payee) = (member("ann"), iban_payee());
        let mut tally = Tally::new(Vec::new());
        tally.count(&[row("A2", &ann, i64::MAX, Some(&payee))]).expect("a sum");
        let refusal = tally.count(&[row("B7", &ann, 1, Some(&payee))]).expect_err("too large");
        assert_eq!(refusal.to_string(), "the sum of the payments does not fit 64 bits; split the payout");
        assert_eq!((tally.rows(), tally.sum_minor()), (1, i64::MAX));
    }

    #[test]
    fn the_side_file_has_each_file_in_order_and_all_together() {
        let files = [file("b.csv", &[1, 2, 3]).1, file("a \"1\".csv", &[1_000]).1];
        let text = side_file("batch-1", currency("GBP"), &files).expect("a side file");
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        assert_eq!(
            lines[..14],
            [
                "{",
                "\"batch\": \"batch-1\",",
                "\"currency\": \"GBP\",",
                "\"rows\": 4,",
                "\"sum_minor\": 1006,",
                "\"sum\": \"10.06\",",
                "\"files\": [",
                "{",
                "\"name\": \"b.csv\",",
                "\"rows\": 3,",
                "\"sum_minor\": 6,",
                "\"sum\": \"0.06\",",
                "\"currency\": \"GBP\",",
                "\"bytes\": 98,",
            ]
        );
        assert_eq!(lines[14], format!("\"sha256\": \"{}\"", files[0].sha256));
        assert_eq!(lines[17], "\"name\": \"a \\\"1\\\".csv\",");
        assert!(text.ends_with("}\n"));
    }

    #[test]
    fn a_batch_has_one_currency_each_file_once_and_a_sum_that_fits() {
        let of = |name: &str, sum_minor| FileTotals { sum_minor, ..file(name, &[1]).1 };
        let told = |code, files: &[FileTotals]| side_file("b", currency(code), files).expect_err("refused").to_string();
        assert_eq!(told("EUR", &[of("a", 1)]), "this file pays EUR only, not GBP; choose another format");
        let expected = "the file's name \"a\" stands in the batch twice; give it once";
        assert_eq!(told("GBP", &[of("a", 1), of("b", 1), of("a", 2)]), expected);
        let expected = "the sum of the payments does not fit 64 bits; split the payout";
        assert_eq!(told("GBP", &[of("a", i64::MAX), of("b", 1)]), expected);
        assert!(side_file("b", currency("GBP"), &[]).expect("nothing").contains("\"rows\": 0,"));
    }
}
