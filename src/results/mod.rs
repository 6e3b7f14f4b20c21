//! Files that say what became of payments: read into lines, one for each payment.
//!
//! Four kinds are understood, and told by their content: a plain CSV of our own, PayPal's reports of payouts, and the
//! answers of a bank, pain.002 and camt.054 (with camt.052 and camt.053, which hold the same entries). A line that
//! cannot be read is a [`Problem`]; every other line of the file is taken all the same. A file that is no such file at
//! all, or of which a part is missing, is refused as a whole.

mod camt054;
mod cells;
mod csv;
mod pain002;
mod paypal;
mod reason;
mod rows;
mod xml;

use jiff::civil::Date;

pub use reason::Reason;

use crate::domain::value::money::Currency;

/// Largest file that is read, in bytes: 256 MB. A camt.054 has about 1,500 bytes for a payment, so this is enough for
/// 170,000 payments in one file; PayPal takes 15,000 in a batch.
pub const FILE_BYTES_MAX: usize = 256_000_000;

/// The mark of UTF-8 with which some programs begin a file.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// What [`format_of`] understands, for its errors.
const UNDERSTOOD: &str = "understood are a CSV whose first line names the columns payment and outcome, PayPal's report \
                          of payouts as CSV, pain.002, camt.052, camt.053 and camt.054";

/// The kind of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The plain CSV of Goodturn, with the columns `payment` and `outcome`.
    Csv,
    /// A report of payouts from PayPal, as CSV.
    PayPal,
    /// The answer of a bank to a payment message: `pain.002.001.03` or newer.
    Pain002,
    /// Movements on a bank account: `camt.054`, and `camt.052` and `camt.053`, `.001.02` or newer.
    Camt054,
}

/// What became of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is accepted, pending or on hold. This settles nothing.
    Accepted,
    /// The money arrived, or was booked.
    Paid,
    /// It was refused, and never left.
    Failed,
    /// It came back after it was sent or settled.
    Returned,
    /// PayPal sent it, and nobody has claimed it yet.
    Unclaimed,
}

/// What a file says of one payment.
///
/// A file can have several lines for one payment, in the order in which they stand there: paid, and returned later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultLine {
    /// Where it stands in the file, as `line 7`, or `transaction 12 of group G`.
    pub place: String,
    /// The id that we gave the payment: 1 to 18 characters of A–Z and 2–7. That there is such a payment is not checked.
    pub payment: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The amount that the file names, in minor units: what was paid, or what came back. `None` when it names none.
    pub amount_minor: Option<i64>,
    /// What was kept of a return, in minor units, so that the amount and this are what was sent; 0 when there is none,
    /// and for every other outcome.
    pub fee_minor: i64,
    /// The bank's or PayPal's own reference: at most 35 printable ASCII characters, empty when there is none.
    pub reference: String,
    /// Why it failed or came back; `None` for every other outcome.
    pub reason: Option<Reason>,
    /// The reason as the bank or PayPal wrote it, as `AC04`: at most 35 printable ASCII characters, empty when there is
    /// none.
    pub code: String,
    /// The day on which it was booked or executed.
    pub day: Option<Date>,
}

/// Payments that a bank refused together. It counts for each of them that has no line of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRejection {
    /// Where it stands in the file.
    pub place: String,
    /// Why they were refused.
    pub reason: Reason,
    /// The reason as the bank wrote it; empty when there is none.
    pub code: String,
    /// The group that was refused (its `PmtInfId`); `None` when it is the whole message.
    pub group: Option<String>,
}

/// A place of a file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it is.
    pub place: String,
    /// What is wrong there, and what to do.
    pub problem: String,
}

/// What a file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Results {
    /// What became of payments, in the order of the file.
    pub lines: Vec<ResultLine>,
    /// Groups that were refused together.
    pub rejected_groups: Vec<GroupRejection>,
    /// What cannot be read, in the order of the file.
    pub problems: Vec<Problem>,
    /// The message that a bank answers (`OrgnlMsgId`), where it names one.
    pub original_message: Option<String>,
    /// Number of entries that are other business on the account: they name no id that could be ours.
    pub skipped: usize,
}

impl Results {
    fn note(&mut self, place: impl Into<String>, problem: impl Into<String>) {
        self.problems.push(Problem { place: place.into(), problem: problem.into() });
    }
}

/// Tells the kind of a file by its content.
///
/// # Errors
/// It is none of those that are understood; the error names them.
pub fn format_of(bytes: &[u8]) -> Result<Format, String> {
    let bytes = opened(bytes)?;
    if is_xml(bytes) {
        return xml::format_of(text(bytes)?);
    }
    if csv::is_csv(bytes) {
        return Ok(Format::Csv);
    }
    if paypal::is_paypal(bytes) { Ok(Format::PayPal) } else { Err(format!("is of no known kind; {UNDERSTOOD}")) }
}

/// Reads a file of a kind. Amounts have to be in the currency.
///
/// # Errors
/// It is no file of this kind, a part of it is missing, or it is larger than [`FILE_BYTES_MAX`].
pub fn read(format: Format, currency: Currency, bytes: &[u8]) -> Result<Results, String> {
    let bytes = opened(bytes)?;
    match format {
        Format::Csv => csv::read(currency, bytes),
        Format::PayPal => paypal::read(currency, bytes),
        Format::Pain002 => pain002::read(currency, message(format, bytes)?),
        Format::Camt054 => camt054::read(currency, message(format, bytes)?),
    }
}

/// Returns the text of a message that is of a kind.
fn message(format: Format, bytes: &[u8]) -> Result<&str, String> {
    let text = text(bytes)?;
    match xml::format_of(text)? {
        found if found == format => Ok(text),
        Format::Pain002 => Err("is a pain.002, the answer to a payment message; read it as one".to_owned()),
        _ => Err("is a camt.052, camt.053 or camt.054, movements on an account; read it as one".to_owned()),
    }
}

/// Returns the content without the mark in front.
fn opened(bytes: &[u8]) -> Result<&[u8], String> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(format!("has {} bytes; at most {FILE_BYTES_MAX} are read, so split it", bytes.len()));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Err("is a ZIP archive or a workbook of Excel; unpack it, or save the sheet as CSV".to_owned());
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("is UTF-16; save it as UTF-8".to_owned());
    }
    let bytes = bytes.strip_prefix(MARK).unwrap_or(bytes);
    if bytes.trim_ascii().is_empty() { Err(format!("is empty; {UNDERSTOOD}")) } else { Ok(bytes) }
}

fn is_xml(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"<")
}

fn text(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|error| format!("is not UTF-8 at byte {}", error.valid_up_to()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pounds() -> Currency {
        Currency::from_code("GBP").expect("pounds")
    }

    #[test]
    fn the_kind_of_a_file_is_told_by_its_content() {
        let told = |bytes: &[u8]| format_of(bytes).expect("a kind");
        assert_eq!(told(b"payment,outcome\n"), Format::Csv);
        assert_eq!(told("\u{feff}Outcome;Payment\n".as_bytes()), Format::Csv);
        assert_eq!(told(b"Transaction ID,Customer ID,Status\n"), Format::PayPal);
        assert_eq!(told(include_bytes!("fixtures/pain002_mixed.xml")), Format::Pain002);
        assert_eq!(told(include_bytes!("fixtures/camt054_gbp.xml")), Format::Camt054);
        assert_eq!(told(include_bytes!("fixtures/camt053_return.xml")), Format::Camt054);
    }

    #[test]
    fn who_brings_another_file_is_told_what_is_understood() {
        let told = |bytes: &[u8]| format_of(bytes).expect_err("no kind");
        assert!(told(b"member,choice\nada,cash\n").contains("understood are a CSV"));
        assert!(told(b" \n").starts_with("is empty; understood are"));
        assert!(told(b"PK\x03\x04rest").contains("unpack it"));
        assert!(told(b"\xff\xfep\0").contains("UTF-16"));
        assert!(told(b"<?xml version='1.0'?><html/>").contains("understood are a CSV"));
        let sent = include_bytes!("fixtures/pain001_one.xml");
        assert!(told(sent).contains("pain.001.001.09"), "{}", told(sent));
        let returned = include_bytes!("fixtures/pacs004_return.xml");
        assert!(told(returned).contains("pacs.004.001.09"), "{}", told(returned));
    }

    #[test]
    fn a_file_is_not_read_as_another_kind() {
        let answer = include_bytes!("fixtures/pain002_mixed.xml");
        assert!(read(Format::Camt054, pounds(), answer).expect_err("another kind").starts_with("is a pain.002"));
        let entries = include_bytes!("fixtures/camt054_gbp.xml");
        assert!(read(Format::Pain002, pounds(), entries).expect_err("another kind").starts_with("is a camt.052"));
        assert!(read(Format::Csv, pounds(), entries).expect_err("another kind").contains("payment"));
        assert!(read(Format::PayPal, pounds(), b"payment,outcome\nA,paid\n").is_err());
    }

    #[test]
    fn a_file_that_is_too_large_is_refused_before_it_is_read() {
        let file = vec![0; FILE_BYTES_MAX + 1];
        assert!(read(Format::Csv, pounds(), &file).expect_err("too large").contains("at most 256000000"));
        assert!(format_of(&file).expect_err("too large").contains("split it"));
        assert!(opened(&file[1..]).is_ok());
    }
}
