//! ISO 20022 `pain.001.001.09`, the customer credit transfer initiation: euros by SEPA, pounds by Faster Payments.
//!
//! One payment information block a file. Write [`head`], then [`rows`] in as many calls as there are parts, then
//! [`tail`]. The head says how many payments follow and their sum, so both are known before: compare what was written
//! by [`Header::check_totals`].

mod header;
mod xml;

use std::io;

use super::{PaymentRow, Unwritable, check_rows, payee};
use crate::domain::value::money::Currency;
use crate::payees::{Account, BankPayee, Payee};

pub use header::Header;
use xml::Xml;

/// Largest amount of one SEPA credit transfer, in cents: 999,999,999.99 euros (European Payments Council, SEPA Credit
/// Transfer rulebook). Banks of the UK have lower limits, each its own.
pub const EUR_AMOUNT_MINOR_MAX: i64 = 99_999_999_999;

/// The name space of the message, which is its version.
const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09";

/// Writes all that stands before the payments.
///
/// # Errors
/// Says what of the header is wrong; then nothing is written.
pub fn head(out: impl io::Write, header: &Header) -> Result<(), Unwritable> {
    header.check()?;
    let mut xml = Xml::new(out);
    xml.begin(NAMESPACE)?;
    let count = header.transactions.to_string();
    let sum = header.currency.format(header.sum_minor);
    xml.open("GrpHdr")?;
    xml.leaf("MsgId", &header.message_id)?;
    xml.leaf("CreDtTm", &header.created)?;
    xml.leaf("NbOfTxs", &count)?;
    xml.leaf("CtrlSum", &sum)?;
    xml.nested(&["InitgPty", "Nm"], &header.debtor.name)?;
    xml.close("GrpHdr")?;
    xml.line_break()?;
    xml.open("PmtInf")?;
    xml.leaf("PmtInfId", &header.message_id)?;
    xml.leaf("PmtMtd", "TRF")?;
    xml.leaf("NbOfTxs", &count)?;
    xml.leaf("CtrlSum", &sum)?;
    if is_euro(header.currency) {
        xml.nested(&["PmtTpInf", "SvcLvl", "Cd"], "SEPA")?;
    }
    xml.nested(&["ReqdExctnDt", "Dt"], &header.execution_date)?;
    party(&mut xml, "Dbtr", &header.debtor)?;
    account(&mut xml, "DbtrAcct", &header.debtor.account)?;
    if !agent(&mut xml, "DbtrAgt", &header.debtor.account)? {
        // The debtor's bank is mandatory; this is how to say that the IBAN alone names it (European Payments Council).
        xml.nested(&["DbtrAgt", "FinInstnId", "Othr", "Id"], "NOTPROVIDED")?;
    }
    // SEPA has this code alone. Banks of the UK show shared charges in their examples; Faster Payments has none anyway.
    xml.leaf("ChrgBr", if is_euro(header.currency) { "SLEV" } else { "SHAR" })?;
    xml.line_break()?;
    Ok(())
}

/// Writes some payments, a line each. The end-to-end id is the payment's id; the bank passes it on to the payee.
///
/// # Errors
/// Names the payment that cannot be written; then none is. Euros go to IBANs, pounds to IBANs or sort codes.
pub fn rows(out: impl io::Write, header: &Header, rows: &[PaymentRow<'_>]) -> Result<(), Unwritable> {
    header.check()?;
    check_rows(rows)?;
    let payees: Vec<&BankPayee> = rows.iter().map(|row| creditor(row, header.currency)).collect::<Result<_, _>>()?;
    let mut xml = Xml::new(out);
    for (row, payee) in rows.iter().zip(payees) {
        transfer(&mut xml, header, row, payee)?;
    }
    Ok(())
}

/// Writes all that stands behind the payments.
///
/// # Errors
/// Fails as the writer fails; writing to memory does not.
pub fn tail(out: impl io::Write) -> Result<(), Unwritable> {
    let mut xml = Xml::new(out);
    xml.close("PmtInf")?;
    Ok(xml.end()?)
}

fn is_euro(currency: Currency) -> bool {
    currency.code() == "EUR"
}

/// Returns who gets a payment, when this file can pay that.
fn creditor<'a>(row: &PaymentRow<'a>, currency: Currency) -> Result<&'a BankPayee, Unwritable> {
    let is_euro = is_euro(currency);
    if is_euro && row.amount_minor > EUR_AMOUNT_MINOR_MAX {
        let amount_max = format!("{} EUR", currency.format(EUR_AMOUNT_MINOR_MAX));
        return Err(Unwritable::AmountTooLarge { payment: row.id.to_owned(), amount_max });
    }
    match payee(row)? {
        Payee::Bank(BankPayee { account: Account::Uk { .. }, .. }) if is_euro => {
            Err(Unwritable::OtherMethod { payment: row.id.to_owned(), pays: "euros to IBANs" })
        }
        Payee::Bank(payee) => Ok(payee),
        Payee::PayPal { .. } => Err(Unwritable::OtherMethod { payment: row.id.to_owned(), pays: "bank accounts" }),
    }
}

fn transfer(xml: &mut Xml<impl io::Write>, header: &Header, row: &PaymentRow<'_>, payee: &BankPayee) -> io::Result<()> {
    xml.open("CdtTrfTxInf")?;
    xml.nested(&["PmtId", "EndToEndId"], row.id)?;
    xml.open("Amt")?;
    xml.amount("InstdAmt", header.currency.code(), &header.currency.format(row.amount_minor))?;
    xml.close("Amt")?;
    agent(xml, "CdtrAgt", &payee.account)?;
    party(xml, "Cdtr", payee)?;
    account(xml, "CdtrAcct", &payee.account)?;
    if !header.remittance.is_empty() {
        xml.nested(&["RmtInf", "Ustrd"], &header.remittance)?;
    }
    xml.close("CdtTrfTxInf")?;
    xml.line_break()
}

/// Writes a name, and an address where one was given. There are no free lines: SEPA refuses addresses without their
/// town and country in fields of their own since November 2026.
fn party(xml: &mut Xml<impl io::Write>, element: &str, payee: &BankPayee) -> io::Result<()> {
    xml.open(element)?;
    xml.leaf("Nm", &payee.name)?;
    if let Some(address) = &payee.address {
        xml.open("PstlAdr")?;
        for (element, part) in [
            ("StrtNm", &address.street),
            ("BldgNb", &address.building),
            ("PstCd", &address.post_code),
            ("TwnNm", &address.town),
            ("Ctry", &address.country),
        ] {
            if !part.is_empty() {
                xml.leaf(element, part)?;
            }
        }
        xml.close("PstlAdr")?;
    }
    xml.close(element)
}

fn account(xml: &mut Xml<impl io::Write>, element: &str, account: &Account) -> io::Result<()> {
    match account {
        Account::Iban { iban, .. } => xml.nested(&[element, "Id", "IBAN"], iban),
        Account::Uk { number, .. } => xml.nested(&[element, "Id", "Othr", "Id"], number),
    }
}

/// Writes the account's bank: by its BIC, or in the UK by its sort code. Says whether there was anything to write: an
/// IBAN names its bank itself.
fn agent(xml: &mut Xml<impl io::Write>, element: &str, account: &Account) -> io::Result<bool> {
    match account {
        Account::Iban { bic: None, .. } => return Ok(false),
        Account::Iban { bic: Some(bic), .. } => xml.nested(&[element, "FinInstnId", "BICFI"], bic)?,
        Account::Uk { sort_code, .. } => {
            xml.open(element)?;
            xml.open("FinInstnId")?;
            xml.open("ClrSysMmbId")?;
            xml.nested(&["ClrSysId", "Cd"], "GBDSC")?;
            xml.leaf("MmbId", sort_code)?;
            xml.close("ClrSysMmbId")?;
            xml.close("FinInstnId")?;
            xml.close(element)?;
        }
    }
    Ok(true)
}

#[cfg(test)]
pub(super) mod tests;
