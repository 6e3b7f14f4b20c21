//! From savings to shares, with two persons' signatures.

use std::collections::BTreeMap;

use anyhow::{anyhow, bail, ensure};

use super::client::{Caller, Cast, Reply as _, explain as explained};
use super::community::Community;
use super::people::{Board, ROWS_PER_PAGE, TOP};
use super::text;
use crate::cli::export::bytes_of;
use crate::cli::pages::Pages;
use goodturn::domain::value::encoding::hex;
use goodturn::pb::export_report_request::Report;
use goodturn::pb::{self, PayoutState};

/// Number of a share's entries that are shown.
const ENTRIES_SHOWN: usize = 3;

/// Declares the savings as Anna and approves them as Ben.
pub(super) async fn declare_savings(cast: &mut Cast, community: &Community) -> anyhow::Result<pb::SavingsStatement> {
    let statement = community.savings_statement();
    let declare = pb::CreateSavingsStatementRequest { savings_statement: Some(statement) };
    let declared = cast.anna.payouts.create_savings_statement(declare).await.or_say("declare the savings")?;
    let pb::SavingsStatement { name, content_digest, .. } = declared;
    let approve = pb::ApproveSavingsStatementRequest { name, content_digest };
    cast.ben.payouts.approve_savings_statement(approve).await.or_say("approve the savings")
}

/// Shows how the pool came about.
pub(super) fn savings(statement: &pb::SavingsStatement) -> anyhow::Result<String> {
    let mut text = String::from("Savings\n\n");
    for line in &statement.lines {
        let each = text::pounds(text::minor(line.unit_cost.as_ref())?);
        let factor = if line.factor.is_empty() || line.factor == "1" { "" } else { &format!(" × {}", line.factor) };
        let sum = format!("{:>7} × {each}{factor}", text::grouped(line.quantity));
        text += &money_line(&sum, &line.description, text::minor(line.amount.as_ref())?);
    }
    let cost = statement.programme_cost.as_ref().map_or(Ok(0), |cost| text::minor(Some(cost)))?;
    if cost != 0 {
        text += &money_line("", "less the programme's own cost", -cost);
    }
    text += &money_line("", "total", text::minor(statement.total.as_ref())?);
    let share = format!("{:>7} × {}", "", statement.community_share);
    text += &money_line(&share, "the community's part: the pool", text::minor(statement.pool.as_ref())?);
    let people = format!("Declared by {}, approved by {}.", statement.declared_by, statement.approved_by);
    Ok(format!("{text}\n{}\n", text::wrapped("  ", &people)))
}

fn money_line(sum: &str, description: &str, minor: i64) -> String {
    format!("  {sum:<24}  {description:<39}  {:>11}\n", text::pounds(minor))
}

/// Drafts a payout of the whole pool as Anna, and lets her fail to approve it. Then approves it as Ben, and executes it
/// as Anna. Returns the payout, and the refusal that Anna got.
pub(super) async fn pay_out(
    cast: &mut Cast,
    community: &Community,
    statement: &pb::SavingsStatement,
) -> anyhow::Result<(pb::Payout, String)> {
    let draft = community.draft(&statement.name, statement.pool.clone());
    let create = pb::CreatePayoutRequest { payout: Some(draft) };
    let drafted = cast.anna.payouts.create_payout(create).await.or_say("draft the payout")?;
    let approve =
        pb::ApprovePayoutRequest { name: drafted.name.clone(), content_digest: drafted.content_digest.clone() };

    let refusal = match cast.anna.payouts.approve_payout(approve.clone()).await {
        Err(status) => explained(&status),
        Ok(_) => bail!("the server let {} approve what she had drafted", cast.anna.name),
    };
    if drafted.state() == PayoutState::Draft {
        cast.ben.payouts.approve_payout(approve).await.or_say("approve the payout")?;
    }
    let execute = pb::ExecutePayoutRequest { name: drafted.name };
    let executed = cast.anna.payouts.execute_payout(execute).await.or_say("execute the payout")?;
    ensure!(executed.state() == PayoutState::Executed, "the payout is {:?} after execution", executed.state());
    Ok((executed, refusal))
}

/// Shows the signatures.
pub(super) fn signatures(payout: &pb::Payout, refusal: &str) -> anyhow::Result<String> {
    let content: String = hex(&payout.content_digest).chars().take(16).collect();
    let drafter = &payout.drafted_by;
    let approver = &payout.approved_by;
    let (points, members) = (text::counted(payout.total_points, "point"), text::counted(payout.members, "member"));
    let pool = text::pounds(text::minor(payout.pool.as_ref())?);
    let lines = [
        format!("1. {drafter} drafts it: {points} of {members} reserved for {pool}; content {content}…"),
        format!("2. {drafter} tries to approve it herself and is refused: {refusal}"),
        format!("3. {approver} approves exactly that content"),
        format!("4. {drafter} executes it: the points are paid, each share is money due"),
    ];
    let steps: String = lines.iter().map(|line| text::numbered(line)).collect();
    Ok(format!("Payout\n\n{steps}\n"))
}

/// Every share of a payout.
pub(super) struct Paid {
    /// The shares of the members at the top of the board, in its order, with their ranks.
    top: Vec<(i64, pb::Share)>,
    members: usize,
    pool_minor: i64,
}

/// Reads the shares.
pub(super) async fn fetch_shares(caller: &mut Caller, payout: &pb::Payout, board: &Board) -> anyhow::Result<Paid> {
    let shares = Pages::all(async |page_token| {
        let parent = payout.name.clone();
        let request = pb::ListSharesRequest { parent, page_size: ROWS_PER_PAGE, page_token };
        let page = caller.payouts.list_shares(request).await.or_say("read the shares")?;
        Ok((page.shares, page.next_page_token))
    });
    let mut shares: BTreeMap<_, _> = shares.await?.into_iter().map(|share| (share.member_id.clone(), share)).collect();
    let members = shares.len();
    let top = board.rows.iter().filter_map(|row| Some((row.rank, shares.remove(&row.member_id)?)));
    Ok(Paid { top: top.take(TOP).collect(), members, pool_minor: text::minor(payout.pool.as_ref())? })
}

impl Paid {
    /// Returns the member whose share is explained: the given one if it is shown, else the first shown.
    pub(super) fn explained<'a>(&'a self, member: &'a str) -> &'a str {
        let shown = self.top.iter().map(|(_, share)| share.member_id.as_str());
        shown.clone().find(|&shown| shown == member).or_else(|| shown.clone().next()).unwrap_or(member)
    }

    /// Shows the first shares.
    pub(super) fn to_text(&self) -> anyhow::Result<String> {
        let pool = text::pounds(self.pool_minor);
        let mut text = format!("Shares of {pool}: {}\n\n", text::counted(text::count(self.members), "member"));
        text += "  rank  member                   points         share  rounding unit\n";
        for (rank, share) in &self.top {
            text += &format!(
                "  {rank:>4}  {:<20}  {:>9}  {:>12}  {}\n",
                text::member(&share.member_id),
                text::grouped(share.points),
                text::pounds(text::minor(share.amount.as_ref())?),
                if share.rounding_unit { "1p" } else { "–" },
            );
        }
        Ok(text + "\n")
    }
}

/// Lets the server explain one share. Shows the newest of its entries and the declined one.
pub(super) async fn explain(
    caller: &mut Caller,
    payout: &pb::Payout,
    member: &str,
    declined_seq: Option<i64>,
) -> anyhow::Result<String> {
    let name = format!("{}/shares/{member}", payout.name);
    let mut entries = Vec::new();
    let mut sentence = String::new();
    let mut pages = Pages::default();
    loop {
        let request =
            pb::ExplainShareRequest { name: name.clone(), page_size: ROWS_PER_PAGE, page_token: pages.token() };
        let page = caller.payouts.explain_share(request).await.or_say("explain a share")?;
        entries.extend(page.entries);
        sentence = if sentence.is_empty() { page.sentence } else { sentence };
        if !pages.go_on(page.next_page_token)? {
            break;
        }
    }
    let counted = entries.iter().filter(|entry| entry.counted_points != 0).count();
    let mut text = format!("Why {} gets that\n\n{}\n", text::member(member), text::wrapped("  ", &sentence));
    let summary = format!(
        "Of {}, {} counted and {} did not. The newest{}:",
        text::counted_as(text::count(entries.len()), "entry", "entries"),
        text::grouped(text::count(counted)),
        text::grouped(text::count(entries.len() - counted)),
        if declined_seq.is_some() { ", and the one declined above" } else { "" },
    );
    text += &format!("{}\n", text::wrapped("  ", &summary));
    let newest = entries.iter().take(ENTRIES_SHOWN);
    let declined = entries.iter().skip(ENTRIES_SHOWN).find(|entry| Some(entry.seq) == declined_seq);
    for entry in newest.chain(declined) {
        let seq = format!("#{}", entry.seq);
        text += &format!("  {seq:>7}  {:>6}  {}\n", entry.counted_points, entry.why);
    }
    Ok(text + "\n")
}

/// Exports the payout's shares, and returns the bytes as they came.
pub(super) async fn export(caller: &mut Caller, payout: &pb::Payout) -> anyhow::Result<Vec<u8>> {
    let parent = payout.name.split("/payouts/").next().unwrap_or_default().to_owned();
    let report = Some(Report::Shares(pb::SharesReport { payout: payout.name.clone() }));
    let request = pb::ExportReportRequest { parent, format: pb::ReportFormat::Csv.into(), report };
    let stream = caller.books.export_report(request).await.or_say("export the shares")?;
    bytes_of(stream).await.map_err(|status| anyhow!("cannot export the shares: {}", explained(&status)))
}
