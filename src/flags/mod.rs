//! Flags: evidence of abuse in a programme's log, for a person to look into. Nothing follows from a flag by itself.
//!
//! What is looked for, and from which numbers on, is in the constants below, and goes with every answer. An activity counts
//! while it brings something: what was declined, reversed or displaced, or lapsed, is no evidence. It brings what passes the
//! caps, whether that can be used already or still waits. Nothing is stored: the same log, period and head give the same flags.

mod activity;
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

/// Two members earn from each other: at least so many activities each way. In the community of `data/`, of two pairs that accepted
/// each other's answers at all, neither has more than one each way.
pub const RECIPROCAL_ACTIVITIES_MIN: u32 = 5;

/// And at least this part of what one of them earned comes from the other, in percent: two who help everybody do not stand out.
pub const RECIPROCAL_PERCENT_MIN: u32 = 50;

/// A burst: a member earns more on a day than so many times their median active day. Of 3,807 active days in `data/`, 341 do.
pub const BURST_TIMES_MEDIAN: u32 = 10;

/// And by at least so many activities that day: with both, 6 of these 3,807 days remain.
pub const BURST_ACTIVITIES_MIN: u32 = 20;

/// Longest circle of members who recruited each other. Each further one costs an account more, and whoever looks has more to read.
pub const RING_MEMBERS_MAX: u32 = 6;

/// Idle recruits: at least so many, and none of them earned anything.
pub const IDLE_RECRUITS_MIN: u32 = 10;

/// Within so many days of being recruited: a month, in which who means to take part has begun.
pub const IDLE_DAYS: u32 = 30;

/// Entries, and recruits, that a flag names; it says how many there are in all. A screen full: the rest is in the histories.
pub const NAMED_MAX: usize = 20;

/// Most counters of a look: one for each member, day of a member, pair of members, and activity that something was told of.
///
/// Measured: a million activities of 10,000 members on 365 days, hardly two by the same pair, are 1,880,000 counters. They took 69 MB
/// above what reading takes, 37 bytes each; at that, 3,000,000 take 110 MB. At worst each takes 190, all 570 MB: where members who met
/// once, with ids of 128 bytes, are half of them, and each was recruited. Such a member takes 160 bytes for the id and 100 for its place
/// in a map and two vectors; a recruit 90 in a map of nodes half full, and 24 as rings are looked for. What stands out comes on top,
/// some 500 bytes each; of a thousand members it is a handful.
///
/// Reading takes longest: the log of these activities, twice, 42 s on two busy cores, of which 35 s of one; for a single day, 31 s.
pub const COUNTERS_MAX: usize = 3_000_000;

/// Where to look.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// Whose log.
    pub program: &'a ProgramId,
    /// The programme's time zone.
    pub zone: &'a TimeZone,
    /// The days whose activities are looked at.
    pub period: Window,
    /// The last entry that is looked at.
    pub head: Seq,
    /// Entries read at a time.
    pub page: u32,
    /// Most counters; [`COUNTERS_MAX`] but in tests.
    pub counters_max: usize,
}

/// Why nothing is found.
#[derive(Debug, Error)]
pub enum FlagsError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The period needs more counters than are allowed.
    #[error("the period holds too much to be looked at at once; give a shorter one")]
    TooMuch,
}

/// What is found, and in how much.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// The flags: those of most points first, then by kind, members and first entry.
    pub flags: Vec<Flag>,
    /// How much was looked at.
    pub seen: Seen,
}

/// How much was looked at: a flag means little without the number of those who could have had one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// Activities of the period that bring something.
    pub activities: usize,
    /// Members who are credited for them.
    pub members: usize,
    /// Days of members on which they earned something.
    pub active_days: usize,
    /// Pairs of members who earn from each other.
    pub mutual_pairs: usize,
    /// Members who recruited somebody.
    pub recruiters: usize,
}

/// Evidence of abuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// What looks like abuse.
    pub pattern: Pattern,
    /// Whom it is about; of idle recruits the recruiter first, then the first [`NAMED_MAX`] recruits.
    pub members: Vec<MemberId>,
    /// The points concerned.
    pub points: i64,
    /// The first entries it rests on, at most [`NAMED_MAX`].
    pub seqs: Vec<Seq>,
    /// How many entries it rests on.
    pub entries: u32,
}

/// What looks like abuse.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pattern {
    /// Two members earn from each other; what each of them earns from the other, in the order of the members.
    Reciprocal([FromOther; 2]),
    /// A member earned far more on a day than on their other days.
    Burst(Burst),
    /// Members recruited each other in a circle, each the next, and the last one the first.
    Ring,
    /// A member recruited many, none of whom earned anything.
    IdleRecruits,
}

/// What a member earns from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FromOther {
    /// Activities that rest on the other's acts.
    pub activities: u32,
    /// What they bring.
    pub points: i64,
    /// Everything the member earned in the period.
    pub earned: i64,
}

/// A day on which a member earned far more than on others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Burst {
    /// The day.
    pub day: Day,
    /// What the member earns on the median of the days on which they earn something; rounded down.
    pub median: i64,
    /// How many such days they have.
    pub active_days: u32,
    /// The hour of the day that is a burst by itself, if one is: the one of most points, and its activities and points.
    pub hour: Option<(i8, Counted)>,
}

/// Some activities, and what they bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Counted {
    /// How many.
    pub activities: u32,
    /// Their points.
    pub points: i64,
}

impl Counted {
    /// One more activity. No sum overflows: together they are at most what the accounts hold.
    const fn add(&mut self, points: i64) {
        self.activities = self.activities.saturating_add(1);
        self.points = self.points.saturating_add(points);
    }
}

/// Looks for abuse.
///
/// Reads the log from the period on twice, and once more where a flag has entries to name. Memory grows with members, their days,
/// pairs of members and activities that something was told of, and is bounded by [`COUNTERS_MAX`]; entries are dropped page by page.
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

/// The last entry before anything of the period can have been recorded: nothing is dated more than [`MICROS_AHEAD_MAX`] ahead of
/// `recorded_at`, which never decreases. Reads an entry at each of some 20 steps of a million, so that a look at the last month
/// does not read the years before it.
async fn before_the_period(log: &dyn Log, question: &Question<'_>) -> Result<Seq, LogError> {
    let begins = question.period.first().start_in(question.zone).plus(-MICROS_AHEAD_MAX);
    // Entries up to the first were recorded before; those after the second were not.
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

/// The days that are looked at, and those after them in which a recruit may still begin.
fn with_idle_days(period: Window) -> (Day, i32) {
    (period.first(), period.last().get().saturating_add(IDLE_DAYS.cast_signed()))
}
