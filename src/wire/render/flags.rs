//! Flags.

use crate::domain::value::money::Currency;
use crate::flags::{
    BURST_ACTIVITIES_MIN, BURST_TIMES_MEDIAN, Flag, IDLE_DAYS, IDLE_RECRUITS_MIN, Pattern, RECIPROCAL_ACTIVITIES_MIN,
    RECIPROCAL_PERCENT_MIN, RING_MEMBERS_MAX, Seen, WRITE_OFFS_MIN,
};
use crate::pb;
use crate::pb::FlagKind;

pub(crate) fn flag(flag: &Flag, currency: Currency) -> pb::Flag {
    let kind = match flag.pattern {
        Pattern::Reciprocal(_) => FlagKind::ReciprocalAccepts,
        Pattern::Burst(_) => FlagKind::Burst,
        Pattern::Ring => FlagKind::ReferralRing,
        Pattern::IdleRecruits => FlagKind::IdleRecruits,
        Pattern::WriteOffs => FlagKind::WriteOffs,
        Pattern::RefundsExceed { .. } => FlagKind::RefundsExceed,
    };
    pb::Flag {
        kind: kind.into(),
        member_ids: flag.members.iter().map(ToString::to_string).collect(),
        points: flag.points,
        seqs: flag.seqs.iter().map(|seq| seq.get()).collect(),
        total_entries: flag.entries.into(),
        sentence: flag.sentence(currency),
    }
}

pub(crate) fn flag_thresholds() -> pb::FlagThresholds {
    pb::FlagThresholds {
        reciprocal_activities: RECIPROCAL_ACTIVITIES_MIN.into(),
        reciprocal_percent: RECIPROCAL_PERCENT_MIN.into(),
        burst_times_median: BURST_TIMES_MEDIAN.into(),
        burst_activities: BURST_ACTIVITIES_MIN.into(),
        ring_members: RING_MEMBERS_MAX.into(),
        idle_recruits: IDLE_RECRUITS_MIN.into(),
        idle_days: IDLE_DAYS.into(),
        write_offs: WRITE_OFFS_MIN.into(),
    }
}

pub(crate) fn flags_seen(seen: Seen) -> pb::FlagsSeen {
    pb::FlagsSeen {
        activities: super::count(seen.activities),
        members: super::count(seen.members),
        active_days: super::count(seen.active_days),
        mutual_pairs: super::count(seen.mutual_pairs),
        recruiters: super::count(seen.recruiters),
    }
}
