//! Words and amounts on pages.

use crate::domain::project::books::lines::Line;
use crate::domain::terms::batch::FileFormat;
use crate::domain::value::bucket::{Bucket, Unit};
use crate::domain::value::money::Currency;
use crate::export::pdf::{Block, Column, Level, Table};
use crate::export::words::{grouped, money};

/// Returns the words of a line.
pub(super) const fn words_of(line: Line) -> &'static str {
    match line {
        Line::Earned => "Earned",
        Line::TakenBack => "Taken back",
        Line::Adjusted => "Adjusted",
        Line::Redeemed => "Spent at the till",
        Line::Refunded => "Spent points given back",
        Line::Expired => "Expired",
        Line::MadeGood => "Made good of what was written off",
        Line::PointsMerged | Line::MoneyMerged => "Moved between merged members",
        Line::PaidOut => "Turned into shares of payouts",
        Line::Granted => "Shares of payouts",
        Line::DonationsReceived => "Donations received",
        Line::DonationsMatched => "Added to donations by the company",
        Line::Settled => "Paid",
        Line::CameBack => "Payments that came back",
        Line::Lapsed => "Lapsed",
        Line::Donated => "Given to charity",
    }
}

/// Returns the words of a place of points or money, as a member reads them.
pub(super) const fn words_of_place(place: Bucket) -> &'static str {
    match place {
        Bucket::Pending => "cannot be used yet",
        Bucket::Available => "can be used",
        Bucket::Held => "held by the shop",
        Bucket::Reserved => "reserved for a payout",
        Bucket::Due => "to be paid",
        Bucket::Carried => "kept for a later payout",
        Bucket::Withheld => "withheld",
        Bucket::Drawn | Bucket::Sent => "on its way",
        other => other.name(),
    }
}

/// Returns how money is paid by files of a format.
pub(super) const fn words_of_method(format: FileFormat) -> &'static str {
    match format {
        FileFormat::CreditCsv => "as credit",
        FileFormat::PaypalCsv => "by PayPal",
        FileFormat::UkBankCsv | FileFormat::Pain001 => "by bank transfer",
    }
}

/// Writes a sum for people: thousands apart, and money with its currency.
pub(super) fn shown(sum: i128, unit: Unit, currency: Currency) -> String {
    match unit {
        Unit::Points => grouped(sum),
        Unit::Money => money(sum, currency),
    }
}

/// Makes the head of a part.
pub(super) fn heading(text: &str) -> Block {
    Block::Heading { level: Level::One, text: text.to_owned() }
}

/// Makes a table: columns of words, then columns of numbers.
pub(super) fn table(words: &[&str], numbers: &[&str], rows: Vec<Vec<String>>, total: Option<Vec<String>>) -> Block {
    let column = |title: &&str, is_number| Column { title: (*title).to_owned(), is_number };
    let columns = words.iter().map(|it| column(it, false)).chain(numbers.iter().map(|it| column(it, true)));
    Block::Table(Table { columns: columns.collect(), rows, total })
}

/// Makes labels and values.
pub(super) fn facts<const N: usize>(facts: [(&str, String); N]) -> Block {
    Block::Facts(facts.into_iter().map(|(label, value)| (label.to_owned(), value)).collect())
}
