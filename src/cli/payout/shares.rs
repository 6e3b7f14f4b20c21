//! The shares of a payout: as a table, as a file, and how one came about.

use anyhow::{Context as _, anyhow, ensure};
use tonic::Status;

use super::compare::{Share, Shares};
use super::show::share_of;
use super::terms::{is_pool, people, shared, shared_of_pool};
use super::{ExplainArgs, PAGE, SharesArgs};
use crate::cli::export::bytes_of;
use crate::cli::finance::{Finance, amount};
use crate::cli::out;
use crate::cli::pages::Pages;
use crate::cli::server::{answered, explain as explained};
use crate::cli::sheet::write_whole;
use crate::cli::text::{counted, counted_as, grouped};
use goodturn::domain::value::time::Micros;
use goodturn::pb;
use goodturn::pb::export_report_request::Report;
use goodturn::wire::micros;

/// Prints the shares, or writes them to a file.
///
/// # Errors
/// They are not fixed yet, the server does not answer, or the file cannot be written.
pub(super) async fn shares(args: &SharesArgs) -> anyhow::Result<()> {
    let mut finance = args.at.finance_for_long().await?;
    match &args.csv {
        None => table(&mut finance, args).await,
        Some(path) => {
            let name = finance.payout_name(&args.id);
            let file = shares_file(&mut finance, &name).await.map_err(|status| not_exported(&status))?;
            let members = Shares::read(&file, finance.currency).context("the server sent another file")?.members();
            write_whole(path, &file)?;
            out::print(format!("{}: {}\n", path.display(), counted(members, "share")))
        }
    }
}

/// Prints the shares page by page, in the byte order of members.
async fn table(finance: &mut Finance, args: &SharesArgs) -> anyhow::Result<()> {
    let currency = finance.currency;
    let payout = finance.payout(&args.id).await?;
    let code = currency.code();
    let mut text = format!("{:<24}  {:>12}  {:>16}  exact share in {code}\n", "member", "points", "share");
    let mut pages = Pages::default();
    loop {
        let (parent, page_token) = (payout.name.clone(), pages.token());
        let request = pb::ListSharesRequest { parent, page_size: PAGE, page_token };
        let page = answered(finance.payouts.list_shares(request).await, "read the shares")?;
        for share in &page.shares {
            let Share { points, minor } = share_of(share, currency)?;
            let rounded = if share.rounding_unit { ", rounded up" } else { "" };
            let (points, amount) = (grouped(points), amount(minor, currency));
            text += &format!("{:<24}  {points:>12}  {amount:>16}  {}{rounded}\n", share.member_id, share.quotient);
        }
        // Whoever reads has had enough.
        if !out::print_while_read(std::mem::take(&mut text))? {
            return Ok(());
        }
        if !pages.go_on(page.next_page_token)? {
            break;
        }
    }
    let members = counted(people(&payout), "member");
    let weights = match &payout.list {
        Some(_) => format!("weights of {} in all", grouped(payout.total_points)),
        None => counted(payout.total_points, "point"),
    };
    out::print(format!("{members}, {weights}, {}\n", shared_of_pool(&payout, currency)?))
}

/// Says how a share came about, and lists the entries that were counted.
///
/// # Errors
/// The member has no share, or the server does not answer.
pub(super) async fn explain(args: &ExplainArgs) -> anyhow::Result<()> {
    let mut finance = args.at.finance_for_long().await?;
    let name = format!("{}/shares/{}", finance.payout_name(&args.id), args.member);
    let (mut pages, mut left_out, mut is_first) = (Pages::default(), 0_i64, true);
    loop {
        let (name, page_token) = (name.clone(), pages.token());
        let request = pb::ExplainShareRequest { name, page_size: PAGE, page_token };
        let page = answered(finance.payouts.explain_share(request).await, "explain the share")?;
        let mut text = String::new();
        if std::mem::take(&mut is_first) {
            text = format!("{}\n\n", page.sentence);
        }
        for entry in &page.entries {
            if entry.counted_points == 0 && !args.all {
                left_out += 1;
            } else {
                text += &told(entry, args.member.as_str());
            }
        }
        if !out::print_while_read(text)? {
            return Ok(());
        }
        if !pages.go_on(page.next_page_token)? {
            break;
        }
    }
    if left_out > 0 {
        let entries = counted_as(left_out, "entry was", "entries were");
        out::print(format!("\n{entries} not counted; --all shows them too, with the reasons.\n"))?;
    }
    Ok(())
}

/// `     +100  #4  2024-03-05T10:00:00Z  credited for 2024-03-05, within the period`.
fn told(entry: &pb::ExplainedEntry, member: &str) -> String {
    let at = entry.occurred_at.as_ref().and_then(micros).map(Micros::to_rfc3339).unwrap_or_default();
    let sign = if entry.counted_points > 0 { "+" } else { "" };
    let points = format!("{sign}{}", grouped(entry.counted_points));
    let of = if entry.member_id == member { "" } else { &format!(" (of {})", entry.member_id) };
    format!("  {points:>9}  #{}  {at}  {}{of}\n", entry.seq, entry.why)
}

/// Asks for the shares of a payout as CSV.
///
/// # Errors
/// As the server answers.
pub(super) async fn shares_file(finance: &mut Finance, payout: &str) -> Result<Vec<u8>, Status> {
    exported(finance, Report::Shares(pb::SharesReport { payout: payout.to_owned() })).await
}

/// Asks for the shares that a payout would give.
///
/// # Errors
/// As the server answers.
pub(super) async fn preview_file(finance: &mut Finance, payout: pb::Payout) -> Result<Vec<u8>, Status> {
    exported(finance, Report::Preview(pb::PreviewReport { payout: Some(payout) })).await
}

async fn exported(finance: &mut Finance, report: Report) -> Result<Vec<u8>, Status> {
    let (parent, format) = (format!("programs/{}", finance.program), pb::ReportFormat::Csv.into());
    let request = pb::ExportReportRequest { parent, format, report: Some(report) };
    bytes_of(finance.books.export_report(request).await?.into_inner()).await
}

/// Makes the error of an export that did not come.
pub(super) fn not_exported(status: &Status) -> anyhow::Error {
    anyhow!("cannot export the shares: {}", explained(status))
}

/// Reads the shares of a payout. Where their sum is known, they must be those that the payout has now.
///
/// # Errors
/// The server does not answer, or the payout changes meanwhile.
pub(super) async fn of(finance: &mut Finance, payout: &pb::Payout) -> anyhow::Result<Shares> {
    let file = shares_file(finance, &payout.name).await.map_err(|status| not_exported(&status))?;
    let shares = Shares::read(&file, finance.currency).context("the server sent another file of shares")?;
    let sum = Share { points: payout.total_points, minor: shared(payout, finance.currency)? };
    let is_known = is_pool(payout) || payout.list.is_none() && payout.shares_total.is_some();
    let is_whole = shares.members() == payout.members && shares.sum() == Some(sum);
    ensure!(
        is_whole || payout.members == 0 || !is_known,
        "the shares do not add up to the payout as it was read: it has changed meanwhile; look at it again"
    );
    Ok(shares)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_told_with_what_it_counted_and_whose_it_was() {
        let entry = pb::ExplainedEntry {
            seq: 4,
            counted_points: 1_100,
            why: "credited for 2024-03-05, within the period".into(),
            member_id: "ada".into(),
            ..pb::ExplainedEntry::default()
        };
        assert_eq!(told(&entry, "ada"), "     +1,100  #4    credited for 2024-03-05, within the period\n");
        assert!(told(&entry, "ben").ends_with("within the period (of ada)\n"));
    }
}
