//! CSV (RFC 4180, with line feeds). Text that a spreadsheet would take for a formula is guarded.

use crate::domain::value::money::Currency;
use crate::domain::value::split::{Share, quotient};

/// Writes shares as statements: `member,points,share,currency,quotient,rounding_unit`.
///
/// `share` is in the currency's main unit, as `1944.59`. `quotient` is the exact share in the same unit, as a fraction
/// in lowest terms; `ratio` is that of one point. `rounding_unit` is 1 when the share was rounded up, else 0.
///
/// # Errors
/// Fails as the writer fails; writing to memory does not.
pub fn statements(
    out: impl std::io::Write,
    currency: Currency,
    ratio: (i64, i64),
    shares: &[Share],
) -> Result<(), csv::Error> {
    let mut out = out;
    out.write_all(STATEMENTS_HEAD.as_bytes())?;
    statement_rows(out, currency, ratio, shares)
}

/// The first line of a file of statements.
pub const STATEMENTS_HEAD: &str = "member,points,share,currency,quotient,rounding_unit\n";

/// Writes some rows of such a file.
///
/// # Errors
/// Fails as the writer fails; writing to memory does not.
pub fn statement_rows(
    out: impl std::io::Write,
    currency: Currency,
    ratio: (i64, i64),
    shares: &[Share],
) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(out);
    for share in shares {
        writer.write_record([
            guarded(share.member.as_str()).as_str(),
            &share.weight.to_string(),
            &currency.format(share.share_minor),
            currency.code(),
            &quotient(ratio.0, share.weight, ratio.1, currency.minor_per_main()),
            if share.rounding_unit { "1" } else { "0" },
        ])?;
    }
    writer.flush()?;
    Ok(())
}

/// Writes a board: `rank,member,points`.
///
/// # Errors
/// Fails as the writer fails; writing to memory does not.
pub fn leaderboard<'a>(
    out: impl std::io::Write,
    rows: impl Iterator<Item = (i64, &'a str, i64)>,
) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(["rank", "member", "points"])?;
    for (rank, member, points) in rows {
        writer.write_record([rank.to_string(), guarded(member), points.to_string()])?;
    }
    writer.flush()?;
    Ok(())
}

/// Returns text as a cell that no spreadsheet runs. Text that begins like a formula gets an apostrophe in front (OWASP,
/// CSV injection).
#[must_use]
pub fn guarded(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::value::ids::MemberId;

    #[test]
    fn a_member_that_looks_like_a_formula_is_written_as_text() {
        let mut file = Vec::new();
        leaderboard(&mut file, [(1, "=1+1", 9), (2, "a", 5), (2, "@b", 5), (4, "-c", 1)].into_iter()).expect("a file");
        let expected = "rank,member,points\n1,'=1+1,9\n2,a,5\n2,'@b,5\n4,'-c,1\n";
        assert_eq!(String::from_utf8(file).expect("text"), expected);
    }

    #[test]
    fn statements_show_share_quotient_and_rounding_unit() {
        let share = |member, weight, share_minor, rounding_unit| Share {
            member: MemberId::parse(member).expect("an id"),
            weight,
            share_minor,
            rounding_unit,
        };
        let mut file = Vec::new();
        let pound = Currency::from_code("GBP").expect("pounds");
        statements(&mut file, pound, (100, 3), &[share("=1+1", 2, 67, true), share("ben", 1, 33, false)])
            .expect("a file");
        assert_eq!(
            String::from_utf8(file).expect("text"),
            "member,points,share,currency,quotient,rounding_unit\n\
             '=1+1,2,0.67,GBP,2/3,1\n\
             ben,1,0.33,GBP,1/3,0\n"
        );
    }
}
