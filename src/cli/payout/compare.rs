//! The shares of a payout by member, and how they differ from those of another.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, anyhow, ensure};

use crate::cli::finance::{Side, amount, columns};
use crate::cli::sheet;
use crate::cli::text::{count, counted, counted_as, grouped};
use goodturn::domain::value::money::Currency;
use goodturn::domain::value::number::whole;
use goodturn::export::rows::SHARES_HEAD;

/// Every share of a payout, by member.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shares {
    rows: BTreeMap<String, Share>,
}

/// A member's share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Share {
    pub(super) points: i64,
    /// The money, in minor units.
    pub(super) minor: i64,
}

impl Shares {
    /// Reads a file of shares, as `goodturn export shares` writes it.
    ///
    /// # Errors
    /// Says on which line it is another file.
    pub(super) fn read(file: &[u8], currency: Currency) -> anyhow::Result<Self> {
        let mut reader = csv::Reader::from_reader(file);
        let head = reader.headers().context("it is no CSV")?;
        ensure!(head.iter().eq(SHARES_HEAD.split(',')), "its first line is not {SHARES_HEAD:?}");
        let mut rows = BTreeMap::new();
        for record in reader.records() {
            let record = record.context("it is no CSV")?;
            let line = record.position().map_or(0, csv::Position::line);
            let (member, points, share, code) = (&record[0], &record[1], &record[2], &record[3]);
            ensure!(code == currency.code(), "line {line} is in {code:?}, not {}", currency.code());
            let points =
                whole(points).with_context(|| format!("line {line}: points {points:?} are no whole number"))?;
            let minor = currency.parse(share).map_err(|why| anyhow!("line {line}: share {why}"))?;
            // A member's id has no apostrophe: one in front keeps a spreadsheet from running it.
            let id = member.strip_prefix('\'').unwrap_or(member).to_owned();
            ensure!(rows.insert(id, Share { points, minor }).is_none(), "line {line}: {member} stands there twice");
        }
        Ok(Self { rows })
    }

    /// Returns a member's share.
    pub(super) fn of(&self, member: &str) -> Option<Share> {
        self.rows.get(member).copied()
    }

    /// Returns the number of members.
    pub(super) fn members(&self) -> i64 {
        count(self.rows.len())
    }

    /// Returns the sums; `None` when they do not fit.
    pub(super) fn sum(&self) -> Option<Share> {
        self.rows.values().try_fold(Share::default(), |sum, share| {
            let (points, minor) = (sum.points.checked_add(share.points)?, sum.minor.checked_add(share.minor)?);
            Some(Share { points, minor })
        })
    }

    /// Lists the largest shares, ties by member.
    pub(super) fn largest(&self, top: usize, currency: Currency) -> String {
        let mut shares: Vec<(&String, &Share)> = self.rows.iter().collect();
        // The order of members is kept among equals.
        shares.sort_by_key(|(_, share)| std::cmp::Reverse((share.minor, share.points)));
        let rows = shares.into_iter().take(top).map(|(member, share)| row(member, *share, currency));
        columns(&share_head(currency), &rows.collect::<Vec<_>>())
    }
}

/// The heading of a list of shares.
pub(super) fn share_head(currency: Currency) -> [(&'static str, Side); 3] {
    [("member", Side::Left), ("points", Side::Right), (currency.code(), Side::Right)]
}

/// Writes a share for such a list.
pub(super) fn row(member: &str, share: Share, currency: Currency) -> Vec<String> {
    vec![member.to_owned(), grouped(share.points), amount(share.minor, currency)]
}

/// How shares differ from those before.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference<'a> {
    new: i64,
    gone: i64,
    more: i64,
    less: i64,
    same: i64,
    /// Those whose money differs, the largest differences first, ties by member.
    changes: Vec<Change<'a>>,
}

/// A member whose money differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Change<'a> {
    member: &'a str,
    then: Option<Share>,
    now: Option<Share>,
}

impl Change<'_> {
    fn by_minor(&self) -> i64 {
        let minor = |share: Option<Share>| share.map_or(0, |share| share.minor);
        minor(self.now).saturating_sub(minor(self.then))
    }
}

/// Says how shares differ from those in a file, as a payout or a preview is written.
///
/// # Errors
/// The file cannot be read, or is another.
pub(super) fn with_file(path: &Path, now: &Shares, top: usize, currency: Currency) -> anyhow::Result<String> {
    let file = sheet::content(path)?;
    let then = Shares::read(&file, currency).with_context(|| format!("{} holds no shares", path.display()))?;
    Ok(format!("\nCompared with {}\n{}", path.display(), difference(&then, now).told(top, currency)))
}

/// Compares the money of each member.
pub(super) fn difference<'a>(then: &'a Shares, now: &'a Shares) -> Difference<'a> {
    let members: BTreeSet<&str> = then.rows.keys().chain(now.rows.keys()).map(String::as_str).collect();
    let mut found = Difference { new: 0, gone: 0, more: 0, less: 0, same: 0, changes: Vec::new() };
    for member in members {
        let (then, now) = (then.rows.get(member).copied(), now.rows.get(member).copied());
        let change = Change { member, then, now };
        let by = change.by_minor();
        match (then, now) {
            (None, _) => found.new += 1,
            (_, None) => found.gone += 1,
            _ if by > 0 => found.more += 1,
            _ if by < 0 => found.less += 1,
            _ => found.same += 1,
        }
        if by != 0 {
            found.changes.push(change);
        }
    }
    found.changes.sort_by_key(|change| std::cmp::Reverse(change.by_minor().unsigned_abs()));
    found
}

impl Difference<'_> {
    /// Says how many members have another share, and lists the largest changes.
    pub(super) fn told(&self, top: usize, currency: Currency) -> String {
        let counts = [
            (self.new, "new", "new"),
            (self.gone, "gone", "gone"),
            (self.more, "gets more", "get more"),
            (self.less, "gets less", "get less"),
            (self.same, "gets the same", "get the same"),
        ];
        let counts = counts.map(|(members, one, many)| counted_as(members, one, many)).join(", ");
        if self.changes.is_empty() {
            return format!("  members: {counts}\n");
        }
        let head = [("member", Side::Left), ("then", Side::Right), ("now", Side::Right), ("difference", Side::Right)];
        let money = |share: Option<Share>| share.map_or_else(|| "–".to_owned(), |share| amount(share.minor, currency));
        let rows = self.changes.iter().take(top).map(|change| {
            let sign = if change.by_minor() > 0 { "+" } else { "" };
            let by = format!("{sign}{}", amount(change.by_minor(), currency));
            vec![change.member.to_owned(), money(change.then), money(change.now), by]
        });
        let rows: Vec<Vec<String>> = rows.collect();
        let largest = counted(count(rows.len()), "largest change");
        format!("  members: {counts}\n\nThe {largest}, in {}:\n{}", currency.code(), columns(&head, &rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pounds() -> Currency {
        Currency::from_code("GBP").expect("pounds")
    }

    fn shares(rows: &str) -> anyhow::Result<Shares> {
        Shares::read(format!("{SHARES_HEAD}\n{rows}").as_bytes(), pounds())
    }

    #[test]
    fn a_file_of_statements_is_read_or_refused_with_its_line() {
        let read = shares("'=x,200,5.01,GBP,1001/200,1\nben,100,2.50,GBP,1001/400,0\n").expect("statements");
        assert_eq!(read.rows["=x"], Share { points: 200, minor: 501 });
        assert_eq!((read.members(), read.sum()), (2, Some(Share { points: 300, minor: 751 })));
        assert_eq!(read.largest(1, pounds()), "  member  points   GBP\n  =x         200  5.01\n");
        for (rows, told) in [
            ("a,1,1.00,EUR,1,0\n", "line 2 is in \"EUR\", not GBP"),
            ("a,1,1.00,GBP,1,0\nb,1.5,1.00,GBP,1,0\n", "line 3: points \"1.5\" are no whole number"),
            ("a,1,1.005,GBP,1,0\n", "line 2: share is \"1.005\"; give a decimal in GBP"),
            ("a,1,1.00,GBP,1,0\na,1,1.00,GBP,1,0\n", "line 3: a stands there twice"),
            ("a,1\n", "it is no CSV"),
        ] {
            let refused = shares(rows).expect_err(rows).to_string();
            assert!(refused.starts_with(told), "{refused}");
        }
        let other = Shares::read(b"rank,member,points\n1,a,5\n", pounds()).expect_err("a board").to_string();
        assert!(other.starts_with("its first line is not \"member,points,share"), "{other}");
    }

    #[test]
    fn members_are_counted_by_how_their_money_differs_and_the_largest_changes_come_first() {
        let then = shares("a,1,1.00,GBP,1,0\nb,2,2.00,GBP,1,0\nc,3,3.00,GBP,1,0\nd,4,4.00,GBP,1,0\n").expect("then");
        let now = shares("b,2,2.00,GBP,1,0\nc,9,3.50,GBP,1,0\nd,4,1.00,GBP,1,0\ne,1,0.50,GBP,1,0\n").expect("now");
        let found = difference(&then, &now);
        assert_eq!((found.new, found.gone, found.more, found.less, found.same), (1, 1, 1, 1, 1));
        let expected = "  members: 1 new, 1 gone, 1 gets more, 1 gets less, 1 gets the same

The 3 largest changes, in GBP:
  member  then   now  difference
  d       4.00  1.00       -3.00
  a       1.00     –       -1.00
  c       3.00  3.50       +0.50
";
        assert_eq!(found.told(3, pounds()), expected);
        let none = difference(&now, &now).told(10, pounds());
        assert_eq!(none, "  members: 0 new, 0 gone, 0 get more, 0 get less, 4 get the same\n");
    }
}
