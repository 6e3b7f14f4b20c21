//! The files of a batch, written piece by piece.

use std::io::{Sink, Write as _};

use super::totals::{FileTotals, Tally, side_file};
use super::{Debtor, PaymentRow, Unwritable, credit, pain001, paypal, uk_bank};
use crate::domain::entry::batch::PaymentTally;
use crate::domain::terms::batch::{self, BatchTerms, FileFormat};
use crate::domain::value::ids::{MemberId, ProgramId};
use crate::domain::value::money::Currency;
use crate::domain::value::payment_id::PaymentId;
use crate::domain::value::time::Micros;
use crate::payees::{Account, BankPayee, Payee};

/// A piece of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Name of the file, in its first piece.
    pub begins: Option<String>,
    /// The next bytes.
    pub bytes: Vec<u8>,
}

/// A payment to be written.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its number in the batch.
    pub number: u32,
    /// Who gets the money.
    pub member: MemberId,
    /// The money, in minor units.
    pub minor: i64,
    /// Where it goes; `None` for credit.
    pub payee: Option<Payee>,
}

/// Writes the files of a batch. Everything that the bytes depend on is given here: the same batch gives the same bytes.
pub struct Files {
    program: ProgramId,
    terms: BatchTerms,
    currency: Currency,
    header: Option<pain001::Header>,
    /// True when every payment was left out: there is no file then, only its totals.
    is_empty: bool,
    /// Lines of a file that is written as a whole.
    kept: Vec<Line>,
    /// Files that are written as a whole, so far.
    whole: usize,
    /// The file that is being written, and what was counted of it.
    current: Option<(String, Tally<Sink>)>,
    /// What was counted of those before.
    counted: Vec<FileTotals>,
}

impl Files {
    /// Begins the files of a batch whose payments sum to a tally, and which is released at a time.
    #[must_use]
    pub fn new(
        program: ProgramId,
        terms: BatchTerms,
        currency: Currency,
        tally: PaymentTally,
        released_at: Micros,
    ) -> Self {
        let header = terms.debtor.as_ref().zip(terms.pay_on).map(|(debtor, pay_on)| pain001::Header {
            message_id: PaymentId::batch_part(&program, &terms.id),
            created: whole_seconds(released_at),
            transactions: u64::try_from(tally.payments).unwrap_or(0),
            sum_minor: tally.minor,
            currency,
            execution_date: pay_on.date().to_string(),
            debtor: debtor_of(debtor),
            remittance: terms.message.clone(),
        });
        let is_empty = tally.payments == 0;
        Self {
            program,
            terms,
            currency,
            header,
            is_empty,
            kept: Vec::new(),
            whole: 0,
            current: None,
            counted: Vec::new(),
        }
    }

    /// Writes what stands before the payments.
    ///
    /// # Errors
    /// Says what of the batch cannot be written.
    pub fn begin(&mut self) -> Result<Vec<Piece>, Unwritable> {
        if self.is_empty {
            return Ok(Vec::new());
        }
        let mut bytes = Vec::new();
        match self.terms.format {
            FileFormat::PaypalCsv => return Ok(Vec::new()),
            FileFormat::CreditCsv => credit::head(&mut bytes)?,
            FileFormat::UkBankCsv => uk_bank::head(&mut bytes)?,
            FileFormat::Pain001 => pain001::head(&mut bytes, self.header()?)?,
        }
        let ending = if self.terms.format == FileFormat::Pain001 { "xml" } else { "csv" };
        let name = format!("{}.{ending}", self.terms.id);
        Ok(vec![self.first(name, bytes)?])
    }

    /// Writes further payments, by ascending numbers.
    ///
    /// # Errors
    /// Says which payment cannot be written, and why.
    pub fn add(&mut self, lines: Vec<Line>) -> Result<Vec<Piece>, Unwritable> {
        if lines.is_empty() {
            return Ok(Vec::new());
        }
        if self.terms.format == FileFormat::PaypalCsv {
            self.kept.extend(lines);
            let mut pieces = Vec::new();
            // A full file waits for the next line: whether another follows does not change its name.
            while self.kept.len() >= paypal::ROWS_MAX {
                let rest = self.kept.split_off(paypal::ROWS_MAX);
                let full = std::mem::replace(&mut self.kept, rest);
                pieces.push(self.whole_file(&full)?);
            }
            return Ok(pieces);
        }
        let mut bytes = Vec::new();
        let rows = Rows::of(&self.program, &self.terms, &lines);
        let rows = rows.as_rows();
        match self.terms.format {
            FileFormat::CreditCsv => credit::rows(&mut bytes, self.currency, &rows)?,
            FileFormat::UkBankCsv => uk_bank::rows(&mut bytes, self.currency, &rows)?,
            FileFormat::PaypalCsv | FileFormat::Pain001 => pain001::rows(&mut bytes, self.header()?, &rows)?,
        }
        if let Some((_, tally)) = &mut self.current {
            tally.count(&rows)?;
        }
        Ok(vec![self.further(bytes)?])
    }

    /// Writes what stands after the payments, and a side file with the totals of each file: payments, sum, bytes and SHA-256.
    ///
    /// # Errors
    /// What was written is not what the head said.
    pub fn end(mut self) -> Result<Vec<Piece>, Unwritable> {
        let mut pieces = Vec::new();
        match self.terms.format {
            FileFormat::PaypalCsv if !self.kept.is_empty() => {
                let kept = std::mem::take(&mut self.kept);
                pieces.push(self.whole_file(&kept)?);
            }
            FileFormat::Pain001 if !self.is_empty => {
                let mut bytes = Vec::new();
                pain001::tail(&mut bytes)?;
                if let Some((_, tally)) = &self.current {
                    self.header()?.check_totals(tally.rows(), tally.sum_minor())?;
                }
                pieces.push(self.further(bytes)?);
            }
            _ => {}
        }
        self.end_file();
        let totals = side_file(self.terms.id.as_str(), self.currency, &self.counted)?;
        pieces.push(Piece { begins: Some(format!("{}.totals.json", self.terms.id)), bytes: totals.into_bytes() });
        Ok(pieces)
    }

    fn whole_file(&mut self, lines: &[Line]) -> Result<Piece, Unwritable> {
        self.whole += 1;
        let mut bytes = Vec::new();
        let rows = Rows::of(&self.program, &self.terms, lines);
        let rows = rows.as_rows();
        paypal::file(&mut bytes, self.currency, &self.terms.message, &rows)?;
        let piece = self.first(format!("{}-{}.csv", self.terms.id, self.whole), bytes)?;
        if let Some((_, tally)) = &mut self.current {
            tally.count(&rows)?;
        }
        Ok(piece)
    }

    /// Makes the first piece of a file.
    fn first(&mut self, name: String, bytes: Vec<u8>) -> Result<Piece, Unwritable> {
        self.end_file();
        self.current = Some((name.clone(), Tally::new(std::io::sink())));
        Ok(Piece { begins: Some(name), ..self.further(bytes)? })
    }

    /// Makes a further piece of a file.
    fn further(&mut self, bytes: Vec<u8>) -> Result<Piece, Unwritable> {
        if let Some((_, tally)) = &mut self.current {
            tally.write_all(&bytes)?;
        }
        Ok(Piece { begins: None, bytes })
    }

    fn end_file(&mut self) {
        if let Some((name, tally)) = self.current.take() {
            self.counted.push(tally.finish(&name, self.currency).1);
        }
    }

    fn header(&self) -> Result<&pain001::Header, Unwritable> {
        let problem = || "is missing; draw the batch up anew, with a day and a debtor".to_owned();
        self.header.as_ref().ok_or_else(|| Unwritable::Head { field: "debtor", problem: problem() })
    }
}

/// Lines with their ids.
struct Rows<'a>(Vec<(PaymentId, &'a Line)>);

impl<'a> Rows<'a> {
    fn of(program: &ProgramId, terms: &BatchTerms, lines: &'a [Line]) -> Self {
        Self(lines.iter().map(|line| (PaymentId::of(program, &terms.id, line.number), line)).collect())
    }

    fn as_rows(&self) -> Vec<PaymentRow<'_>> {
        let rows = self.0.iter().map(|(id, line)| PaymentRow {
            id: id.as_str(),
            member: &line.member,
            amount_minor: line.minor,
            payee: line.payee.as_ref(),
        });
        rows.collect()
    }
}

/// Returns whoever pays, as the terms of a batch hold it.
fn debtor_of(debtor: &batch::Debtor) -> Debtor {
    let account = match debtor.account.split_once('-') {
        Some((sort_code, number)) => Account::Uk { sort_code: sort_code.to_owned(), number: number.to_owned() },
        None => {
            Account::Iban { iban: debtor.account.clone(), bic: (!debtor.bic.is_empty()).then(|| debtor.bic.clone()) }
        }
    };
    BankPayee { name: debtor.name.clone(), account, address: None }
}

/// Returns the account of whoever pays, as the terms of a batch hold it.
#[must_use]
pub fn debtor_terms(debtor: &Debtor) -> batch::Debtor {
    let (account, bic) = match &debtor.account {
        Account::Uk { sort_code, number } => (format!("{sort_code}-{number}"), String::new()),
        Account::Iban { iban, bic } => (iban.clone(), bic.clone().unwrap_or_default()),
    };
    batch::Debtor { name: debtor.name.clone(), account, bic }
}

fn whole_seconds(at: Micros) -> String {
    let seconds = jiff::Timestamp::from_second(at.get().div_euclid(1_000_000));
    seconds.map(|at| at.to_string()).unwrap_or_default()
}
