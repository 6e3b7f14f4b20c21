//! The community of `data/`, read and counted without the code under test.

use std::collections::BTreeMap;

use goodturn::pb;
use serde_json::Value;

use super::clients::at;

/// Points of all members together.
pub const POINTS: i64 = 48_136;
/// Members with points.
pub const MEMBERS: usize = 332;
/// Number of all activities.
pub const ACTIVITIES: usize = 10_327;
/// Number of answers that their own authors accepted.
pub const DECLINED: usize = 17;
/// The first five of the board: rank, member, points.
pub const TOP: [(usize, &str, i64); 5] = [
    (1, "user-1837", 7_582),
    (2, "user-409", 4_002),
    (3, "user-26", 3_203),
    (4, "user-124", 3_023),
    (5, "user-2293", 2_962),
];

/// Returns every activity in the order of the file, as facts of the programme `qc`.
pub fn activities() -> Vec<pb::Activity> {
    let text = std::fs::read_to_string(file()).unwrap();
    let activities: Vec<_> = text.lines().map(activity).collect();
    assert_eq!(activities.len(), ACTIVITIES);
    activities
}

/// Returns the path of the file.
pub fn file() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/data/quantumcomputing-2018.jsonl")
}

fn activity(line: &str) -> pb::Activity {
    let line: Value = serde_json::from_str(line).unwrap();
    let text = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
    pb::Activity {
        name: format!("programs/qc/sources/forum/activities/{}", text("id")),
        kind: text("kind"),
        member_id: text("member"),
        counterparty_id: text("counterparty"),
        subject: text("subject"),
        occurred_at: Some(at(&text("occurred_at"))),
        ..Default::default()
    }
}

/// Returns the points that an activity earns: an accepted answer 100, kudos 1, a promotion 500, an act on oneself none.
pub fn earns(activity: &pb::Activity) -> i64 {
    match activity.kind.as_str() {
        _ if activity.member_id == activity.counterparty_id => 0,
        "answer_accepted" => 100,
        "kudos" => 1,
        "promotion" => 500,
        kind => panic!("no rule for {kind}"),
    }
}

/// Returns rank and points of every member. Equals share a rank, and the ranks they fill are left out: 1 2 2 4.
pub fn board(activities: &[pb::Activity]) -> BTreeMap<String, (usize, i64)> {
    let mut points: BTreeMap<&str, i64> = BTreeMap::new();
    for activity in activities {
        *points.entry(&activity.member_id).or_default() += earns(activity);
    }
    let rank = |own: i64| 1 + points.values().filter(|&&points| points > own).count();
    points.iter().map(|(member, &own)| ((*member).to_owned(), (rank(own), own))).collect()
}

#[test]
fn the_file_is_the_one_whose_totals_are_known() {
    let activities = activities();
    let board = board(&activities);
    assert_eq!(board.values().map(|(_, points)| points).sum::<i64>(), POINTS);
    assert_eq!(board.len(), MEMBERS);
    assert_eq!(activities.iter().filter(|activity| earns(activity) == 0).count(), DECLINED);
    for (rank, member, points) in TOP {
        assert_eq!(board[member], (rank, points));
    }
    let tied = |own: &i64| board.values().filter(|(_, points)| points == own).count() > 1;
    assert_eq!(board.values().filter(|(_, points)| tied(points)).count(), 256, "members who tie with another");
}
