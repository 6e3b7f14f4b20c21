//! Previews of payouts: what they would bring, as a table and as a file, and how that differs from another.

use anyhow::{Context as _, ensure};

use super::compare::{Shares, with_file};
use super::due::left_over;
use super::list::List;
use super::shares::{not_exported, preview_file};
use super::{PreviewArgs, TOP, show};
use crate::cli::finance::{Finance, facts, id_of, minor, money};
use crate::cli::out;
use crate::cli::server::answered;
use crate::cli::sheet::write_whole;
use crate::cli::text::{count, counted, grouped};
use goodturn::domain::value::money::Currency;
use goodturn::domain::value::split::floors;
use goodturn::export::rows::shares_csv;
use goodturn::pb;

/// Shows what a payout would bring.
///
/// # Errors
/// Lists the options that are wrong, or the faults of the list. The server refuses it, or a file cannot be written.
pub(super) async fn preview(args: &PreviewArgs) -> anyhow::Result<()> {
    let mut finance = args.at.finance_for_long().await?;
    let currency = finance.currency;
    args.terms.terms(currency, &finance.time_zone)?;
    let list = args.terms.list().map(|(path, to)| List::read(path, to)).transpose()?;
    // It is recorded under no name.
    let name = format!("programs/{}/payouts/preview", finance.program);
    let payout = args.terms.payout(name, &finance, list.as_ref())?;
    let is_file_asked = args.csv.is_some() || args.compare.is_some();
    let shares = if let Some(list) = &list {
        Some(of_list(&mut finance, &payout, list, usize::try_from(args.top)?).await?)
    } else {
        let request = pb::PreviewPayoutRequest { payout: Some(payout.clone()), top: args.top };
        let found = answered(finance.payouts.preview_payout(request).await, "preview the payout")?;
        out::print(show::preview(&found, currency)?)?;
        if is_file_asked { Some(exported(&mut finance, payout, &found).await?) } else { None }
    };
    let Some((file, shares)) = shares else { return Ok(()) };
    if let Some(path) = &args.csv {
        write_whole(path, &file)?;
        out::print(format!("\n{}: {}\n", path.display(), counted(shares.members(), "share")))?;
    }
    match &args.compare {
        Some(path) => out::print(with_file(path, &shares, TOP, currency)?),
        None => Ok(()),
    }
}

/// Asks for all shares, as a file and as they were read. Where points came since the preview was shown, it says so.
async fn exported(
    finance: &mut Finance,
    payout: pb::Payout,
    shown: &pb::PreviewPayoutResponse,
) -> anyhow::Result<(Vec<u8>, Shares)> {
    let file = preview_file(finance, payout).await.map_err(|status| not_exported(&status))?;
    let shares = Shares::read(&file, finance.currency).context("the server sent another file of shares")?;
    let points = shares.sum().map(|sum| sum.points);
    if (shares.members(), points) != (shown.members, Some(shown.total_points)) {
        out::say("points came or went since the shares above were computed; those of the file are newer");
    }
    Ok((file, shares))
}

/// Computes the shares of a list here, as the server knows the rows of no payout that does not exist, and shows the
/// largest.
async fn of_list(
    finance: &mut Finance,
    payout: &pb::Payout,
    list: &List,
    top: usize,
) -> anyhow::Result<(Vec<u8>, Shares)> {
    let currency = finance.currency;
    let statement = finance.statement(id_of(&payout.savings_statement)).await?;
    let pool = pool_of(payout, &statement, currency)?;
    let pb::PayoutList { row_count, total_weight, .. } = list.terms();
    let (file, shares) = shared_out(list, pool, currency)?;
    let mut rows =
        vec![("pool", money(pool, currency)), ("members", grouped(row_count)), ("weights", grouped(total_weight))];
    let to = list.remainder_to();
    let rest = shares.of(to.as_str()).map_or(0, |share| left_over(share.minor, pool, share.points, total_weight));
    if rest > 0 {
        rows.push(("left over", format!("{}, what rounding down leaves, to {to}", money(rest, currency))));
    }
    let facts = facts(&rows);
    let largest = counted(count(top).min(shares.members()), "largest share");
    out::print(format!(
        "Nothing is recorded. Whether the members of the list can be paid is looked at when it is drafted. By this \
         list a payout would bring:\n{facts}\nThe {largest}:\n{}",
        shares.largest(top, currency)
    ))?;
    Ok((file, shares))
}

/// Returns the money that a payout would share out.
///
/// # Errors
/// The statement has less left, or nothing.
fn pool_of(payout: &pb::Payout, statement: &pb::SavingsStatement, currency: Currency) -> anyhow::Result<i64> {
    let (all, taken) = (minor(statement.pool.as_ref(), currency)?, minor(statement.committed.as_ref(), currency)?);
    let left = all.saturating_sub(taken);
    let asked = payout.pool.as_ref().map_or(Ok(left), |pool| minor(Some(pool), currency))?;
    ensure!(
        (1..=left).contains(&asked),
        "the statement has {} left of its pool, and {} cannot be shared out of it",
        money(left, currency),
        money(asked, currency)
    );
    Ok(asked)
}

/// Shares a pool out by a list, as the server does, and writes the file that it would write.
fn shared_out(list: &List, pool: i64, currency: Currency) -> anyhow::Result<(Vec<u8>, Shares)> {
    let shares = floors(pool, list.weights(), list.remainder_to())?;
    let mut file = Vec::new();
    shares_csv(&mut file, currency, (pool, list.terms().total_weight), &shares)?;
    let shares = Shares::read(&file, currency).context("the shares were written in another form")?;
    Ok((file, shares))
}

#[cfg(test)]
mod tests {
    use super::*;
    use goodturn::domain::value::ids::MemberId;

    fn pounds() -> Currency {
        Currency::from_code("GBP").expect("pounds")
    }

    #[test]
    fn a_list_is_shared_out_in_whole_units_and_the_rest_goes_to_one_account() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("list.csv");
        std::fs::write(&path, "member,weight\nben,1\nada,1\ncem,1\n").expect("a file");
        let shelter = MemberId::parse("shelter").expect("an id");
        let list = List::read(&path, &shelter).expect("a list");
        let (file, shares) = shared_out(&list, 100, pounds()).expect("shares");
        let expected = "member,points,share,currency,quotient,rounding_unit
ada,1,0.33,GBP,1/3,0
ben,1,0.33,GBP,1/3,0
cem,1,0.33,GBP,1/3,0
shelter,0,0.01,GBP,0/1,0
";
        assert_eq!(String::from_utf8(file).expect("text"), expected);
        assert_eq!(shares.sum().map(|sum| (sum.points, sum.minor)), Some((3, 100)));
    }

    #[test]
    fn a_pool_is_what_was_asked_for_or_what_is_left() {
        let pence = |minor| Some(goodturn::wire::money(minor, pounds()));
        let statement =
            pb::SavingsStatement { pool: pence(1_000), committed: pence(400), ..pb::SavingsStatement::default() };
        let pool = |asked: Option<i64>| {
            let payout = pb::Payout { pool: asked.and_then(pence), ..pb::Payout::default() };
            pool_of(&payout, &statement, pounds())
        };
        assert_eq!([pool(None).ok(), pool(Some(600)).ok(), pool(Some(1)).ok()], [Some(600), Some(600), Some(1)]);
        let told = pool(Some(601)).expect_err("too much").to_string();
        assert_eq!(told, "the statement has GBP 6.00 left of its pool, and GBP 6.01 cannot be shared out of it");
        assert!(pool(Some(0)).is_err());
    }
}
