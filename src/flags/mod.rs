//! Flags: evidence of abuse in a programme's log, for a person to look into. Nothing follows from a flag by itself.
//!
//! The constants below say what is looked for, and from which numbers on; they go with every answer. An activity counts
//! while it brings points: one that was declined, reversed or displaced, or that ended unconfirmed, is no evidence. It
//! brings the points that pass the caps, whether they can be used already or still wait. Nothing is stored: the same
//! log, period and head give the same flags.

mod activity;
mod losses;
mod rings;
mod sentence;
mod suspects;
mod tally;

use jiff::tz::TimeZone;
use thiserror::Error;

use self::activity::Corrections;
use self::tally::Tally;
use crate::domain::entry::Entry;
use crate::domain::value::ids::{MemberId, ProgramId};
use crate::domain::value::seq::Seq;
use crate::domain::value::time::{Day, MICROS_AHEAD_MAX};
use crate::domain::value::window::Window;
use crate::log::{Log, LogError, next_page};

/// Entries read at a time.
pub const PAGE: u32 = 1_000;

/// Least number of activities each way for two members who earn from each other. In the community of `data/`, two pairs
/// accepted each other's answers at all, and neither has more than one each way.
pub const RECIPROCAL_ACTIVITIES_MIN: u32 = 5;

/// Least part of one member's earnings that comes from the other, in percent: two who help everybody do not stand out.
pub const RECIPROCAL_PERCENT_MIN: u32 = 50;

/// How many times the points of their median active day a member must exceed on a day, for a burst. Of 3,807 active
/// days in `data/`, 341 exceed it.
pub const BURST_TIMES_MEDIAN: u32 = 10;

/// Least number of activities on the day of a burst. With both, 6 of these 3,807 days remain.
pub const BURST_ACTIVITIES_MIN: u32 = 20;

/// Largest circle of members who recruited each other. Each further member costs one account more, and gives the reader
/// more to read.
pub const RING_MEMBERS_MAX: u32 = 6;

/// Least number of idle recruits, none of whom earned anything.
pub const IDLE_RECRUITS_MIN: u32 = 10;

/// Days after being recruited in which a recruit may begin: a month, in which those who mean to take part have begun.
pub const IDLE_DAYS: u32 = 30;

/// Least number of acts that had points of one member written off. One is a return of goods; whoever has three was paid
/// three times for what did not stand.
pub const WRITE_OFFS_MIN: u32 = 3;

/// Number of entries, and of recruits, that a flag names; it also says how many there are in all. A screen full: the
/// rest is in the histories.
pub const NAMED_MAX: usize = 20;

/// Largest number of counters of a look: one for each member, day of a member, pair of members, and activity with a
/// later report.
///
/// Measured: a million activities of 10,000 members on 365 days, hardly two by the same pair, are 1,880,000 counters. They took 69 MB
/// above what reading takes, 37 bytes each; at that, 3,000,000 take 110 MB. At worst each takes 190, all 570 MB: where members who met
/// once, with ids of 128 bytes, are half of them, and each was recruited. Such a member takes 160 bytes for the id and 100 for its place
/// in a map and two vectors; a recruit 90 in a map of nodes half full, and 24 as rings are looked for. What stands out comes on top,
/// some 500 bytes each; of a thousand members it is a handful.
///
/// Reading takes longest: the log of these activities, twice, 42 s on two busy cores, of which 35 s of one; for a single day, 31 s.
pub const COUNTERS_MAX: usize = 3_000_000;

/// The question where to look.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The programme whose log is read.
    pub program: &'a ProgramId,
    /// The programme's time zone.
    pub zone: &'a TimeZone,
    /// The days whose activities are looked at.
    pub period: Window,
    /// The last entry that is looked at.
    pub head: Seq,
    /// Entries read at a time.
    pub page: u32,
    /// Largest number of counters; [`COUNTERS_MAX`], except in tests.
    pub counters_max: usize,
}

/// Reasons why nothing is found.
#[derive(Debug, Error)]
pub enum FlagsError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The period needs more counters than are allowed.
    #[error("the period holds too much to be looked at at once; give a shorter one")]
    TooMuch,
}

/// The flags found, and the numbers looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// The flags: those with the most points first, then by kind, members and first entry.
    pub flags: Vec<Flag>,
    /// The numbers looked at.
    pub seen: Seen,
}

/// The numbers looked at. A flag means little without the number of those who could have had one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// Number of activities of the period that bring points.
    pub activities: usize,
    /// Number of members who are credited for them.
    pub members: usize,
    /// Number of days of members on which they earned something.
    pub active_days: usize,
    /// Number of pairs of members who earn from each other.
    pub mutual_pairs: usize,
    /// Number of members who recruited somebody.
    pub recruiters: usize,
}

/// Evidence of abuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// The pattern that looks like abuse.
    pub pattern: Pattern,
    /// The members it is about. For idle recruits, the recruiter comes first, then the first [`NAMED_MAX`] recruits.
    pub members: Vec<MemberId>,
    /// The points concerned.
    pub points: i64,
    /// The first entries it rests on, at most [`NAMED_MAX`].
    pub seqs: Vec<Seq>,
    /// Number of entries it rests on.
    pub entries: u32,
}

/// A pattern that looks like abuse.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pattern {
    /// Two members earn from each other. Each part says what one of them earns from the other, in the order of the
    /// members.
    Reciprocal([FromOther; 2]),
    /// A member earned far more on a day than on their other days.
    Burst(Burst),
    /// Members recruited each other in a circle: each the next one, and the last one the first.
    Ring,
    /// A member recruited many, none of whom earned anything.
    IdleRecruits,
    /// Points of a member were written off again and again.
    WriteOffs,
    /// More money was refunded than was paid: refunds of an activity exceed its amount.
    RefundsExceed {
        /// The excess of all of them, in minor units.
        minor: i64,
    },
}

/// The earnings of a member from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FromOther {
    /// Activities that rest on the other's acts.
    pub activities: u32,
    /// Points that these activities bring.
    pub points: i64,
    /// All points that the member earned in the period.
    pub earned: i64,
}

/// A day on which a member earned far more than on others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Burst {
    /// The day.
    pub day: Day,
    /// The member's points on the median of the days on which they earn something, rounded down.
    pub median: i64,
    /// Number of such days.
    pub active_days: u32,
    /// The hour of the day that is a burst by itself, if there is one. Of several, the one with the most points. With
    /// it come its activities and points.
    pub hour: Option<(i8, Counted)>,
}

/// A number of activities, and the points they bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Counted {
    /// Number of activities.
    pub activities: u32,
    /// Their points.
    pub points: i64,
}

impl Counted {
    /// Adds one more activity. No sum overflows: together they are at most what the accounts hold.
    const fn add(&mut self, points: i64) {
        self.activities = self.activities.saturating_add(1);
        self.points = self.points.saturating_add(points);
    }
}

/// Looks for abuse.
///
/// Reads the log from the period on twice, and once more when a flag has entries to name. Memory grows with members,
/// their days, pairs of members and activities with a later report. It is bounded by [`COUNTERS_MAX`]; entries are
/// dropped page by page.
///
/// # Errors
/// [`FlagsError`]
pub async fn find(log: &dyn Log, question: &Question<'_>) -> Result<Findings, FlagsError> {
    let after = before_the_period(log, question).await?;
    let mut corrections = Corrections::default();
    each(log, question, after, |entry| corrections.take(entry, question)).await?;
    let mut tally = Tally::new(question, &corrections);
    each(log, question, after, |entry| tally.take(entry)).await?;
    let mut suspects = tally.suspects();
    if suspects.lack_entries() {
        each(log, question, after, |entry| {
            suspects.take(entry);
            Ok(())
        })
        .await?;
    }
    Ok(suspects.findings())
}

/// Returns the last entry before anything of the period can have been recorded. No date is more than
/// [`MICROS_AHEAD_MAX`] ahead of `recorded_at`, which never decreases. Reads an entry at each of some 20 steps of a
/// million, so that a look at the last month does not read the years before it.
async fn before_the_period(log: &dyn Log, question: &Question<'_>) -> Result<Seq, LogError> {
    let begins = question.period.first().start_in(question.zone).plus(-MICROS_AHEAD_MAX);
    // Entries up to the first seq were recorded before; those after the second were not.
    let (mut before, mut through) = (Seq::ZERO, question.head);
    while before < through {
        let middle = Seq::new(before.get().midpoint(through.get())).expect("it lies between two seqs");
        let mut from = middle;
        let page = next_page(log, question.program, &mut from, question.head, 1).await?;
        if page.is_some_and(|page| page[0].recorded_at < begins) {
            before = middle.next();
        } else {
            through = middle;
        }
    }
    Ok(before)
}

async fn each(
    log: &dyn Log,
    question: &Question<'_>,
    after: Seq,
    mut take: impl FnMut(&Entry) -> Result<(), FlagsError> + Send,
) -> Result<(), FlagsError> {
    let mut through = after;
    while let Some(page) = next_page(log, question.program, &mut through, question.head, question.page).await? {
        page.iter().try_for_each(&mut take)?;
    }
    Ok(())
}

/// Returns the days of the period, and those after them in which a recruit may still begin.
fn with_idle_days(period: Window) -> (Day, i32) {
    (period.first(), period.last().get().saturating_add(IDLE_DAYS.cast_signed()))
}
