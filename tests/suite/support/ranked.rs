//! A board computed from entries in the plainest way.

use std::collections::BTreeMap;

use goodturn::board::BoardName;
use goodturn::domain::entry::Entry;
use goodturn::domain::entry::fact::Fact;
use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::project::people::Hidden;
use goodturn::domain::value::seq::Seq;

/// Member and points, best first, and the number of persons who are left out: the points as of one entry, who is left out as of
/// another.
pub fn naive(entries: &[Entry], name: &BoardName, points: Seq, hidden: Seq) -> (Vec<(String, i64)>, usize) {
    let mergers: Vec<&Entry> =
        entries.iter().filter(|entry| entry.seq <= points && entry.kind == EntryKind::MemberMerged).collect();
    let person = |member: &str| {
        let mut person = member.to_owned();
        for entry in &mergers {
            let Fact::Merge(merger) = &entry.fact else { continue };
            // Each member is merged once, and only into one that is left.
            if entry.member.as_ref() == Some(&merger.from) && merger.from.as_str() == person {
                person = merger.into.to_string();
            }
        }
        person
    };
    let mut totals: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.seq <= points) {
        let (Some(member), credited) = (&entry.member, entry.credited()) else { continue };
        let in_window = name.window.contains(entry.local_day);
        let of_kind = name.kind.as_ref().is_none_or(|kind| entry.fact.activity_kind() == Some(kind));
        if credited != 0 && in_window && of_kind {
            let total = totals.entry(person(member.as_str())).or_default();
            *total = (total.0 + credited, total.1.max(entry.seq.get()));
        }
    }
    let reasons = reasons(entries, points, hidden);
    let shown = |person: &str| reasons.get(person).copied().unwrap_or_default().without(name.include) == Hidden::NOT;
    let ranked = totals.into_iter().filter(|(_, (points, _))| *points > 0);
    let (mut rows, left_out): (Vec<_>, Vec<_>) = ranked.partition(|(person, _)| shown(person));
    rows.sort_by_key(|(_, (points, reached))| (-points, *reached));
    (rows.into_iter().map(|(person, (points, _))| (person, points)).collect(), left_out.len())
}

/// The reasons to leave persons out: mergers as of one entry, all else as of another.
fn reasons(entries: &[Entry], mergers: Seq, hidden: Seq) -> BTreeMap<String, Hidden> {
    let mut all: BTreeMap<String, Hidden> = BTreeMap::new();
    for entry in entries {
        let Some(member) = entry.member.as_ref().map(ToString::to_string) else { continue };
        let before = all.get(&member).copied().unwrap_or_default();
        let own = entry.seq <= hidden;
        let now = match (entry.kind, &entry.fact) {
            (EntryKind::MemberSuspended, _) if own => before.and(Hidden::SUSPENDED),
            (EntryKind::MemberReinstated, _) if own => before.without(Hidden::SUSPENDED),
            (EntryKind::MemberBanned, _) if own => before.and(Hidden::BANNED),
            (EntryKind::BanLiftCompleted, _) if own => before.without(Hidden::BANNED),
            (EntryKind::ProfileUpdated, Fact::Profile(profile)) if own => {
                let shown = before.without(Hidden::OPTED_OUT).without(Hidden::LABELLED);
                let opted_out = if profile.opted_out { Hidden::OPTED_OUT } else { Hidden::NOT };
                shown.and(opted_out).and(if profile.labels.is_empty() { Hidden::NOT } else { Hidden::LABELLED })
            }
            (EntryKind::MemberMerged, Fact::Merge(merger))
                if entry.seq <= mergers && member == merger.from.as_str() =>
            {
                let carried = before.without(Hidden::SUSPENDED).without(Hidden::BANNED);
                let into = all.entry(merger.into.to_string()).or_default();
                *into = into.and(carried);
                before
            }
            _ => before,
        };
        all.insert(member, now);
    }
    all
}
