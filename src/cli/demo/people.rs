//! The leaderboard, and one member's history.

use std::collections::BTreeSet;

use super::client::{Caller, Reply as _};
use super::community::Community;
use super::input::Activity;
use super::text;
use crate::cli::pages::Pages;
use goodturn::pb;

/// Rows of a page, the largest number that the API gives.
pub(super) const ROWS_PER_PAGE: i32 = 1_000;

/// Number of members shown of the board and of the shares.
pub(super) const TOP: usize = 10;

/// Width of the longest bar.
const BAR_CHARS: usize = 39;

/// Number of entries shown right before and after the declined one.
const ENTRIES_AROUND: usize = 1;

/// Every member with points, best first.
pub(super) struct Board {
    /// The rows.
    pub(super) rows: Vec<pb::LeaderboardRow>,
}

/// A member's entries.
pub(super) struct History {
    /// The member.
    pub(super) member: String,
    /// Entries of activities, oldest first.
    entries: Vec<pb::Entry>,
    /// The index of the declined one among them.
    declined: Option<usize>,
}

/// Reads the whole all-time board.
pub(super) async fn fetch_board(caller: &mut Caller, community: &Community) -> anyhow::Result<Board> {
    let rows = Pages::all(async |page_token| {
        let request = pb::GetLeaderboardRequest {
            parent: community.program(),
            page_size: ROWS_PER_PAGE,
            page_token,
            ..Default::default()
        };
        let page = caller.leaderboards.get_leaderboard(request).await.or_say("read the leaderboard")?;
        Ok((page.rows, page.next_page_token))
    });
    Ok(Board { rows: rows.await? })
}

impl Board {
    /// Returns the points of all members.
    pub(super) fn total_points(&self) -> i64 {
        self.rows.iter().map(|row| row.points).sum()
    }
}

/// Shows the top of the board.
pub(super) fn leaderboard(board: &Board) -> String {
    let points_max = board.rows.first().map_or(0, |row| row.points);
    let mut text = format!(
        "Leaderboard, all time: {}, {}\n\n",
        text::counted(text::count(board.rows.len()), "member"),
        text::counted(board.total_points(), "point")
    );
    text += "  rank  member                   points\n";
    for row in board.rows.iter().take(TOP) {
        text += &format!(
            "  {:>4}  {:<20}  {:>9}  {}\n",
            row.rank,
            text::member(&row.member_id),
            text::grouped(row.points),
            text::bar(row.points, points_max, BAR_CHARS),
        );
    }
    text + "\n"
}

/// Reads the history of the first member who has a declined activity. If there is none, reads that of the first on the
/// board.
pub(super) async fn fetch_history(
    caller: &mut Caller,
    community: &Community,
    board: &Board,
) -> anyhow::Result<History> {
    let first = board.rows.first().map(|row| row.member_id.clone()).unwrap_or_default();
    let declined = community.first_declined();
    let member = declined.map_or(first, |activity| activity.member.to_string());
    let mut entries = fetch_entries(caller, format!("{}/members/{member}", community.program())).await?;
    entries.retain(|entry| entry.activity.is_some());
    entries.reverse();
    let declined = declined.and_then(|activity| entries.iter().position(|entry| records(entry, activity)));
    Ok(History { member, entries, declined })
}

async fn fetch_entries(caller: &mut Caller, parent: String) -> anyhow::Result<Vec<pb::Entry>> {
    let entries = Pages::all(async |page_token| {
        let parent = parent.clone();
        let request = pb::ListEntriesRequest { parent, page_size: ROWS_PER_PAGE, page_token, min_seq: 0 };
        let page = caller.ledger.list_entries(request).await.or_say("read a member's history")?;
        Ok((page.entries, page.next_page_token))
    });
    entries.await
}

fn records(entry: &pb::Entry, activity: &Activity) -> bool {
    let recorded = entry.activity.as_ref().and_then(|recorded| recorded.name.rsplit('/').next());
    recorded == Some(activity.id.as_str())
}

impl History {
    /// Returns the seq of the entry that was declined.
    pub(super) fn declined_seq(&self) -> Option<i64> {
        self.declined.and_then(|index| self.entries.get(index)).map(|entry| entry.seq)
    }

    /// Shows the declined entry, its neighbours, and on either side the nearest entry that earned more than one point.
    pub(super) fn to_text(&self) -> String {
        let middle = self.declined.unwrap_or_default();
        let next_to = middle.saturating_sub(ENTRIES_AROUND)..=middle.saturating_add(ENTRIES_AROUND);
        let is_worth_more = |index: &usize| self.entries.get(*index).is_some_and(|entry| entry.amount > 1);
        let mut indexes: BTreeSet<usize> = next_to.collect();
        indexes.extend((0..middle).rev().find(is_worth_more));
        indexes.extend((middle..self.entries.len()).find(is_worth_more));
        let shown: Vec<&pb::Entry> = indexes.into_iter().filter_map(|index| self.entries.get(index)).collect();
        let mut text = format!(
            "History of {}: {} of {}\n\n",
            text::member(&self.member),
            shown.len(),
            text::counted_as(text::count(self.entries.len()), "entry", "entries")
        );
        for entry in shown {
            let date = entry.local_date.as_ref().map(|d| format!("{:04}-{:02}-{:02}", d.year, d.month, d.day));
            let seq = format!("#{}", entry.seq);
            text += &format!("  {}  {seq:>7}  {}\n", date.unwrap_or_default(), sentence(entry));
            text += &format!("{:23}{}\n", "", outcome(entry));
        }
        text + "\n"
    }
}

/// Says what happened: `user-67 accepted answer-51`.
fn sentence(entry: &pb::Entry) -> String {
    let activity = entry.activity.clone().unwrap_or_default();
    let subject =
        |otherwise: &str| text::member(if activity.subject.is_empty() { otherwise } else { &activity.subject });
    match activity.kind.as_str() {
        "answer_accepted" if activity.counterparty_id == activity.member_id => {
            format!("accepted {} of their own", subject("an answer"))
        }
        "answer_accepted" if activity.counterparty_id.is_empty() => format!("{} was accepted", subject("an answer")),
        "answer_accepted" => format!("{} accepted {}", text::member(&activity.counterparty_id), subject("an answer")),
        "kudos" => format!("somebody gave kudos for {}", subject("a post")),
        _ => format!("{} for {}", activity.kind, subject("something")),
    }
}

/// Says the result of an entry: `+100 points, 157 available`.
fn outcome(entry: &pb::Entry) -> String {
    let available = entry.balance_after.as_ref().map_or(0, |balance| balance.available_points);
    let available = format!("{} available", text::grouped(available));
    match entry.reason.as_str() {
        "" => format!("+{}, {available}", text::counted(entry.amount, "point")),
        "self_dealing" => format!("declined, nobody earns from themselves; {available}"),
        "no_rule_in_force" => format!("declined, no rule was in force; {available}"),
        reason => format!("declined, {reason}; {available}"),
    }
}
