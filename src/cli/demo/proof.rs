//! The two proofs: the shares add up to the pool, and the log is as it was recorded.

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

use super::client::{Caller, Reply as _};
use super::community::{CURRENCY, Community};
use super::text;
use goodturn::domain::value::encoding::hex;
use goodturn::domain::value::money::Currency;
use goodturn::pb;

/// The sums of the exported statements, computed here from members and points alone.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SharesProof {
    /// Members with a share.
    members: usize,
    /// The sum of the shares, in pence.
    pub(super) shares_minor: i64,
    /// Number of shares that were rounded up.
    rounding_units: usize,
}

/// A line of the exported statements.
#[derive(Deserialize)]
struct Row {
    member: String,
    points: i64,
    share: String,
    currency: String,
    #[serde(rename = "quotient")]
    _quotient: String,
    rounding_unit: i64,
}

/// Computes every share again by the largest remainder, and compares it with the exported one.
///
/// # Errors
/// Names the first member whose share differs, or says by how much the sum misses the pool.
pub(super) fn prove_shares(statements: &[u8], pool_minor: i64) -> anyhow::Result<SharesProof> {
    let pound = Currency::from_code(CURRENCY).context("the currency is one of ISO 4217")?;
    let rows = csv::Reader::from_reader(statements)
        .deserialize()
        .collect::<Result<Vec<Row>, _>>()
        .context("the exported statements are no CSV with the columns of the API")?;
    let total: i128 = rows.iter().map(|row| i128::from(row.points)).sum();
    ensure!(total > 0, "the exported statements hold no points");

    let mut sum_minor = 0_i64;
    for row in &rows {
        ensure!(row.currency == CURRENCY, "the share of {} is in {}, not {CURRENCY}", row.member, row.currency);
        let share = pound.parse(&row.share).with_context(|| format!("the share of {} cannot be read", row.member))?;
        sum_minor = sum_minor.checked_add(share).context("the shares are too large to add up")?;
    }
    if sum_minor != pool_minor {
        bail!("the shares sum to {}, the pool is {}", text::pounds(sum_minor), text::pounds(pool_minor));
    }

    let exact = |row: &Row| i128::from(pool_minor) * i128::from(row.points);
    let floors: i128 = rows.iter().map(|row| exact(row) / total).sum();
    let rounding_units = usize::try_from(i128::from(pool_minor) - floors)?;
    let mut by_remainder: Vec<&Row> = rows.iter().collect();
    // In the file, text that a spreadsheet would run has an apostrophe in front, which no member's id has.
    let id = |row: &Row| row.member.trim_start_matches('\'').to_owned();
    by_remainder.sort_by(|a, b| (exact(b) % total, id(a)).cmp(&(exact(a) % total, id(b))));
    for (place, row) in by_remainder.into_iter().enumerate() {
        let unit = i64::from(place < rounding_units);
        let share = i64::try_from(exact(row) / total)? + unit;
        ensure!(
            row.rounding_unit == unit && pound.parse(&row.share) == Ok(share),
            "the share of {} is {} with {} rounding units; by its points it is {} with {unit}",
            row.member,
            row.share,
            row.rounding_unit,
            pound.format(share),
        );
    }
    Ok(SharesProof { members: rows.len(), shares_minor: sum_minor, rounding_units })
}

/// Asks the server to recompute the whole log.
pub(super) async fn verify(caller: &mut Caller, community: &Community) -> anyhow::Result<pb::VerifyProgramResponse> {
    let request = pb::VerifyProgramRequest { name: community.program() };
    caller.audit.verify_program(request).await.or_say("verify the programme")
}

/// Shows the proofs.
pub(super) fn proofs(shares: &SharesProof, log: &pb::VerifyProgramResponse) -> String {
    let SharesProof { members, shares_minor, rounding_units } = shares;
    let money = format!(
        "1. Not a penny made or lost: {}, worked out again here from {}'s points, sum to {}, which is the pool. {} \
         went to the largest remainders.",
        text::counted(text::count(*members), "exported share"),
        if *members == 1 { "the member" } else { "each member" },
        text::pounds(*shares_minor),
        text::counted(text::count(*rounding_units), "rounding unit"),
    );
    let (claim, found) = match log.findings.len() {
        0 => ("Not a row changed", "Nothing is wrong.".to_owned()),
        found => {
            let things = text::counted_as(text::count(found), "thing is", "things are");
            ("The log is not what it was", format!("{things} wrong, listed at the end."))
        }
    };
    let entries = format!(
        "2. {claim}: hashes, seqs and balances recomputed from {}, {} and {}. {found}",
        text::counted_as(log.entries, "entry", "entries"),
        text::counted(log.members, "member"),
        text::counted(log.payouts, "payout"),
    );
    format!(
        "Proofs\n\n{}{}     head seq   {}\n     root hash  {}\n\n",
        text::numbered(&money),
        text::numbered(&entries),
        text::grouped(log.head_seq),
        hex(&log.root_hash),
    )
}

/// Succeeds when the log has no findings.
///
/// # Errors
/// Lists the findings.
pub(super) fn nothing_found(log: &pb::VerifyProgramResponse) -> anyhow::Result<()> {
    if log.findings.is_empty() {
        return Ok(());
    }
    let findings: Vec<String> =
        log.findings.iter().map(|finding| format!("\n  seq {}: {}", finding.seq, finding.problem)).collect();
    bail!("the log is not what it was:{}", findings.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "member,points,share,currency,quotient,rounding_unit\n";

    /// Returns the result of `prove_shares` for these lines and a pool of £1.00.
    fn said(lines: &str) -> Result<SharesProof, String> {
        prove_shares(format!("{HEADER}{lines}").as_bytes(), 100).map_err(|error| error.to_string())
    }

    #[test]
    fn right_shares_are_proven_and_counted() {
        let lines = "a,1,0.34,GBP,1/3,1\nb,1,0.33,GBP,1/3,0\nc,1,0.33,GBP,1/3,0\n";
        assert_eq!(said(lines), Ok(SharesProof { members: 3, shares_minor: 100, rounding_units: 1 }));
    }

    #[test]
    fn a_penny_made_or_lost_is_found() {
        let lines = "a,1,0.34,GBP,1/3,1\nb,1,0.34,GBP,1/3,0\nc,1,0.33,GBP,1/3,0\n";
        assert_eq!(said(lines), Err("the shares sum to £1.01, the pool is £1.00".to_owned()));
    }

    #[test]
    fn a_rounding_unit_that_went_to_another_member_is_found() {
        let lines = "a,1,0.33,GBP,1/3,0\nb,1,0.34,GBP,1/3,1\nc,1,0.33,GBP,1/3,0\n";
        let problem = said(lines).expect_err("b has what is a's");
        assert!(
            problem.starts_with("the share of a is 0.33 with 0 rounding units; by its points it is 0.34"),
            "{problem}"
        );
    }

    #[test]
    fn equal_remainders_are_ordered_by_the_member_not_by_the_guarded_cell() {
        let lines = "'=b,1,0.33,GBP,1/3,0\n7,1,0.34,GBP,1/3,1\n8,1,0.33,GBP,1/3,0\n";
        assert_eq!(said(lines).map(|proof| proof.rounding_units), Ok(1));
    }

    #[test]
    fn statements_of_another_form_are_refused() {
        assert!(prove_shares(b"member,share\na,1.00\n", 100).is_err());
        assert!(said("a,1,1.00,EUR,1,0\n").is_err());
        assert!(said("a,1,1.005,GBP,1,0\n").is_err());
        assert!(said("").is_err());
    }

    #[test]
    fn a_finding_fails_the_demo() {
        let finding = pb::Finding { seq: 7, problem: "leaf hash differs".to_owned() };
        let log = pb::VerifyProgramResponse { findings: vec![finding], ..Default::default() };
        let shares = SharesProof { members: 1, shares_minor: 100, rounding_units: 0 };
        assert!(proofs(&shares, &log).contains("2. The log is not what it was"));
        assert_eq!(
            nothing_found(&log).map_err(|error| error.to_string()),
            Err("the log is not what it was:\n  seq 7: leaf hash differs".to_owned())
        );
    }
}
