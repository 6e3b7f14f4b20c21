//! Journals for plain-text accounting: what a programme did with points and money, as hledger or Beancount reads it.
//!
//! The ledger counts what members have as positive. An accountant counts what the company owes as negative. So a move
//! from one bucket to another debits (`+`) the account of the first and credits (`-`) that of the second, and a balance
//! changes its sign.
//!
//! Whoever reads the file can check it without this program. It states the balance of every account, exactly:
//!
//! | | hledger | Beancount |
//! | --- | --- | --- |
//! | a balance is | an assertion in a transaction after all others of its day | a directive of the next day, since it holds as a day begins |
//! | it counts | the account alone | the account and those below it |
//! | it is exact | always | with the tolerance `~ 0`: without one, a penny may be missing |
//! | check by | `hledger check --strict ordereddates` | `bean-check` |
//!
//! The same input gives the same bytes. What is kept between two transactions does not grow.

mod accounts;
mod beancount;
mod hledger;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{self, Write};

use thiserror::Error;

use crate::domain::value::bucket::{Bucket, Unit};
use crate::domain::value::money::{Currency, with_places};
use crate::domain::value::time::Day;

pub use accounts::Accounts;

/// Columns for an amount, by which amounts stand below each other: thousands of millions with two places. A longer
/// amount stands further right.
const AMOUNT_WIDTH: usize = 14;

/// A program that reads a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalFormat {
    /// hledger 1.25 or later.
    Hledger,
    /// Beancount 2.3.5 or later.
    Beancount,
}

/// Points or minor units that moved from one bucket to another, of one member or of many together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    /// The bucket that lost the amount.
    pub from: Bucket,
    /// The bucket that gained it, of the same unit.
    pub to: Bucket,
    /// Points or minor units. A negative amount moved the other way.
    pub amount: i64,
}

/// What is booked together on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// The day, in the programme's time zone.
    pub day: Day,
    /// What happened, as `answer_accepted, recorded`.
    pub text: String,
    /// The moves, in any order.
    pub moves: Vec<Movement>,
}

/// A journal that cannot be written.
#[derive(Debug, Error)]
pub enum JournalError {
    /// A transaction or a balance comes after a later one.
    #[error("{} comes after {}; give days in order, each with its balances last", .day.date(), .after.date())]
    DayOutOfOrder {
        /// The day that comes too late.
        day: Day,
        /// The latest day before it.
        after: Day,
    },
    /// A move between points and money.
    #[error("a move from {} to {} is of two units; give a move of each", .0.name(), .1.name())]
    UnitsDiffer(Bucket, Bucket),
    /// No day follows, on which a balance could stand.
    #[error("{} is the last day there is; give balances of an earlier one", .0.date())]
    NoNextDay(Day),
    /// A sum that 128 bits do not hold.
    #[error("the sum of {0} does not fit 128 bits; give balances of one programme")]
    TooLarge(String),
    /// The file cannot be written.
    #[error("the journal cannot be written")]
    Write(#[from] io::Error),
}

/// A journal while it is written.
pub struct Journal<W: Write> {
    format: JournalFormat,
    out: W,
    accounts: Accounts,
    currency: Currency,
    /// The day of what was written last.
    last: Day,
    /// True when balances were written for that day: nothing more may happen on it.
    is_closed: bool,
}

/// A line of a transaction, or a balance.
struct Line<'a> {
    account: &'a str,
    amount: String,
    commodity: &'a str,
}

impl Line<'_> {
    /// Returns the line with its amount at the right of a column.
    fn aligned(&self, accounts_width: usize) -> String {
        format!("{:<accounts_width$}  {:>AMOUNT_WIDTH$} {}", self.account, self.amount, self.commodity)
    }
}

impl<W: Write> Journal<W> {
    /// Begins a journal with its title, its commodities and its accounts, of which none has a balance before the first
    /// day. The first line of the title names the journal.
    ///
    /// # Errors
    /// Fails as the writer fails.
    pub fn begin(
        format: JournalFormat,
        out: W,
        accounts: Accounts,
        currency: Currency,
        title: &[String],
        first_day: Day,
    ) -> Result<Self, JournalError> {
        let mut journal = Self { format, out, accounts, currency, last: first_day, is_closed: false };
        let title: Vec<String> = title.iter().map(|line| plain(line)).collect();
        let mut commodities: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (account, unit) in journal.zeros().into_keys() {
            commodities.entry(account).or_default().push(journal.commodity(unit));
        }
        let head = match format {
            JournalFormat::Hledger => {
                let shown = [Unit::Points, Unit::Money].map(|unit| (journal.commodity(unit), journal.places(unit)));
                hledger::head(&title, &shown, &commodities)
            }
            JournalFormat::Beancount => {
                let before = first_day.get().checked_sub(1).and_then(Day::new).unwrap_or(first_day);
                let units = [Unit::Points, Unit::Money].map(|unit| journal.commodity(unit));
                beancount::head(&title, currency.code(), before, &units, &commodities)
            }
        };
        journal.out.write_all(head.as_bytes())?;
        Ok(journal)
    }

    /// Writes what happened, unless everything in it stays within its account. Returns whether anything was written.
    ///
    /// What an account loses and what it gains stand apart: 5 held and 3 released are two lines for each account, not 2
    /// held.
    ///
    /// # Errors
    /// [`JournalError::DayOutOfOrder`], [`JournalError::UnitsDiffer`], or as the writer fails.
    pub fn transaction(&mut self, transaction: &Transaction) -> Result<bool, JournalError> {
        let Transaction { day, text, moves } = transaction;
        if *day < self.last || (*day == self.last && self.is_closed) {
            return Err(JournalError::DayOutOfOrder { day: *day, after: self.last });
        }
        let lines = self.lines(moves)?;
        if lines.is_empty() {
            return Ok(false);
        }
        let width = self.accounts.width();
        let written = match self.format {
            JournalFormat::Hledger => hledger::transaction(*day, &plain(text), &lines, width),
            JournalFormat::Beancount => beancount::transaction(*day, &plain(text), &lines, width),
        };
        self.out.write_all(written.as_bytes())?;
        (self.last, self.is_closed) = (*day, false);
        Ok(true)
    }

    /// States the balance of every account at the end of a day, as the ledger has it: what members have is positive. A
    /// bucket that is left out has nothing in it.
    ///
    /// # Errors
    /// [`JournalError::DayOutOfOrder`], [`JournalError::NoNextDay`], [`JournalError::TooLarge`], or as the writer
    /// fails.
    pub fn assert_balances(&mut self, day: Day, balances: &[(Bucket, i128)]) -> Result<(), JournalError> {
        if day < self.last {
            return Err(JournalError::DayOutOfOrder { day, after: self.last });
        }
        let sums = self.sums(balances)?;
        let width = self.accounts.width();
        let written = match self.format {
            JournalFormat::Hledger => {
                let nothing = |unit| self.amount(0, unit);
                let line = |(&(account, unit), &sum)| (self.line(account, unit, sum), nothing(unit));
                hledger::balances(day, &sums.iter().map(line).collect::<Vec<_>>(), width)
            }
            JournalFormat::Beancount => {
                let next = day.get().checked_add(1).and_then(Day::new).ok_or(JournalError::NoNextDay(day))?;
                let line = |&(account, unit)| {
                    let sum = with_those_below(&sums, account, unit)?;
                    Ok(self.line(account, unit, sum))
                };
                let lines: Vec<Line<'_>> = sums.keys().map(line).collect::<Result<_, JournalError>>()?;
                beancount::balances(next, &lines, width)
            }
        };
        self.out.write_all(written.as_bytes())?;
        (self.last, self.is_closed) = (day, true);
        Ok(())
    }

    /// Ends the journal with the balances after all that happened, and returns the writer.
    ///
    /// # Errors
    /// As [`Self::assert_balances`].
    pub fn end(mut self, balances: &[(Bucket, i128)]) -> Result<W, JournalError> {
        self.assert_balances(self.last, balances)?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// Returns the debits and credits of moves: points first, debits first, accounts by name.
    fn lines(&self, moves: &[Movement]) -> Result<Vec<Line<'_>>, JournalError> {
        let mut sums: BTreeMap<(Unit, bool, &str), i128> = BTreeMap::new();
        for &Movement { from, to, amount } in moves {
            if from.unit() != to.unit() {
                return Err(JournalError::UnitsDiffer(from, to));
            }
            let (debit, credit) = (self.accounts.of(from), self.accounts.of(to));
            if debit == credit || amount == 0 {
                continue;
            }
            for (is_credit, account, change) in
                [(false, debit, i128::from(amount)), (true, credit, -i128::from(amount))]
            {
                let sum = sums.entry((from.unit(), is_credit, account)).or_default();
                *sum = sum.checked_add(change).expect("fewer than 2^64 amounts of 64 bits fit 128 bits");
            }
        }
        sums.retain(|_, sum| *sum != 0);
        Ok(sums.into_iter().map(|((unit, _, account), sum)| self.line(account, unit, sum)).collect())
    }

    /// Returns what the accounts hold, as an accountant counts it.
    fn sums(&self, balances: &[(Bucket, i128)]) -> Result<BTreeMap<(&str, Unit), i128>, JournalError> {
        let mut sums = self.zeros();
        for &(bucket, balance) in balances {
            let account = self.accounts.of(bucket);
            let sum = sums.entry((account, bucket.unit())).or_default();
            *sum = sum.checked_sub(balance).ok_or_else(|| JournalError::TooLarge(account.to_owned()))?;
        }
        Ok(sums)
    }

    /// Returns every account with each unit that is counted in it, and nothing yet.
    fn zeros(&self) -> BTreeMap<(&str, Unit), i128> {
        Bucket::ALL.into_iter().map(|bucket| ((self.accounts.of(bucket), bucket.unit()), 0)).collect()
    }

    fn line<'a>(&'a self, account: &'a str, unit: Unit, sum: i128) -> Line<'a> {
        Line { account, amount: self.amount(sum, unit), commodity: self.commodity(unit) }
    }

    fn amount(&self, sum: i128, unit: Unit) -> String {
        with_places(sum, self.places(unit))
    }

    fn commodity(&self, unit: Unit) -> &str {
        match unit {
            Unit::Points => self.accounts.points_commodity(),
            Unit::Money => self.currency.code(),
        }
    }

    fn places(&self, unit: Unit) -> usize {
        match unit {
            Unit::Points => 0,
            Unit::Money => usize::try_from(self.currency.digits()).expect("a currency has at most 4 places"),
        }
    }
}

/// Returns what an account and all accounts below it hold of a unit.
fn with_those_below(sums: &BTreeMap<(&str, Unit), i128>, account: &str, unit: Unit) -> Result<i128, JournalError> {
    let is_below = |name: &str| name.strip_prefix(account).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
    let mut counted = sums.iter().filter(|((name, of), _)| *of == unit && is_below(name));
    let sum = counted.try_fold(0_i128, |sum, (_, &more)| sum.checked_add(more));
    sum.ok_or_else(|| JournalError::TooLarge(account.to_owned()))
}

/// Returns text on one line, without what either program takes for its own: a comment (`;`), a payee (`|`), a status or
/// a code in front (`*`, `!`, `(`), the end of a text (`"`, `\`).
fn plain(text: &str) -> String {
    let written = |c: char| match c {
        ';' => ',',
        '|' | '\\' => '/',
        '"' => '\'',
        _ if c.is_control() => ' ',
        _ => c,
    };
    let text: String = text.chars().map(written).collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    let line = line.trim_start_matches(['*', '!', '(', ' ']);
    if line.is_empty() { "-".to_owned() } else { line.to_owned() }
}
