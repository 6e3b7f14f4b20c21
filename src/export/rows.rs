//! Tables that are written by the server and by commands alike: the shares of a payout, and a leaderboard.

use std::io::Write;

use super::table::{Cell, Column, Head, Kind, Table, TableError, TableFormat};
use crate::domain::value::money::Currency;
use crate::domain::value::split::{Share, quotient};
use crate::domain::value::time::Micros;

/// The first line of shares as CSV.
pub const SHARES_HEAD: &str = "member,points,share,currency,quotient,rounding_unit";

/// The columns of shares. `share` is in the currency's main unit, as `1944.59`; `quotient` is the exact share in the
/// same unit, as a fraction in lowest terms; `rounding_unit` is 1 when the share was rounded up, else 0.
#[must_use]
pub fn share_columns(currency: Currency) -> Vec<Column> {
    let column = |name, kind, has_total| Column { name, kind, has_total };
    vec![
        column("member", Kind::Text, false),
        column("points", Kind::Number, true),
        column("share", Kind::Money(currency), true),
        column("currency", Kind::Text, false),
        column("quotient", Kind::Text, false),
        column("rounding_unit", Kind::Number, true),
    ]
}

/// The row of a share. `ratio` is the share of one point, as minor units and a divisor.
#[must_use]
pub fn share_row(share: &Share, currency: Currency, ratio: (i64, i64)) -> [Cell<'_>; 6] {
    let exact = quotient(ratio.0, share.weight, ratio.1, currency.minor_per_main());
    [
        Cell::Text(share.member.as_str().into()),
        Cell::Number(share.weight),
        Cell::Money(share.share_minor),
        Cell::Text(currency.code().into()),
        Cell::Text(exact.into()),
        Cell::Number(i64::from(share.rounding_unit)),
    ]
}

/// The columns of a leaderboard.
#[must_use]
pub fn board_columns() -> Vec<Column> {
    let column = |name, kind, has_total| Column { name, kind, has_total };
    vec![column("rank", Kind::Number, false), column("member", Kind::Text, false), column("points", Kind::Number, true)]
}

/// The row of a member on a leaderboard.
#[must_use]
pub fn board_row(rank: i64, member: &str, points: i64) -> [Cell<'_>; 3] {
    [Cell::Number(rank), Cell::Text(member.into()), Cell::Number(points)]
}

/// Writes shares as CSV.
///
/// # Errors
/// Fails as the writer fails; writing to memory does not.
pub fn shares_csv(
    out: impl Write + Send,
    currency: Currency,
    ratio: (i64, i64),
    shares: &[Share],
) -> Result<(), TableError> {
    csv_of(out, share_columns(currency), shares.iter().map(|share| share_row(share, currency, ratio)))
}

/// Writes a leaderboard as CSV.
///
/// # Errors
/// Fails as the writer fails; writing to memory does not.
pub fn leaderboard_csv<'a>(
    out: impl Write + Send,
    rows: impl Iterator<Item = (i64, &'a str, i64)>,
) -> Result<(), TableError> {
    csv_of(out, board_columns(), rows.map(|(rank, member, points)| board_row(rank, member, points)))
}

fn csv_of<'a, const N: usize>(
    out: impl Write + Send,
    columns: Vec<Column>,
    mut rows: impl Iterator<Item = [Cell<'a>; N]>,
) -> Result<(), TableError> {
    let head = Head { title: "Rows".into(), about: Vec::new(), columns, created: Micros::EPOCH };
    let mut table = Table::begin(TableFormat::Csv, out, head, &std::env::temp_dir())?;
    rows.try_for_each(|row| table.row(&row))?;
    table.end().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::value::ids::MemberId;

    #[test]
    fn a_member_that_looks_like_a_formula_is_written_as_text() {
        let mut file = Vec::new();
        let rows = [(1, "=1+1", 9), (2, "a", 5), (2, "@b", 5), (4, "-c", 1)];
        leaderboard_csv(&mut file, rows.into_iter()).expect("a file");
        let expected = "rank,member,points\n1,'=1+1,9\n2,a,5\n2,'@b,5\n4,'-c,1\n";
        assert_eq!(String::from_utf8(file).expect("text"), expected);
    }

    #[test]
    fn shares_have_their_quotient_and_rounding_unit() {
        let share = |member, weight, share_minor, rounding_unit| Share {
            member: MemberId::parse(member).expect("an id"),
            weight,
            share_minor,
            rounding_unit,
        };
        let mut file = Vec::new();
        let pound = Currency::from_code("GBP").expect("pounds");
        let shares = [share("=1+1", 2, 67, true), share("ben", 1, 33, false)];
        shares_csv(&mut file, pound, (100, 3), &shares).expect("a file");
        assert_eq!(
            String::from_utf8(file).expect("text"),
            format!("{SHARES_HEAD}\n'=1+1,2,0.67,GBP,2/3,1\nben,1,0.33,GBP,1/3,0\n")
        );
    }
}
