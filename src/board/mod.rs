//! Leaderboards: ranks of persons by points credited.
//!
//! Each programme that somebody asks for has a keeper: a task that takes in entries as they are recorded and publishes boards. Whoever
//! reads takes the boards that were published last, and waits only until they hold every entry that was recorded when it
//! asked: a board never lags behind a receipt. Nobody waits for a lock that a writer, a keeper or a payout holds.

mod boards;
mod keeper;
mod keepers;
mod live;
mod members;
mod past;
mod ranks;
mod sums;
mod turns;

use std::sync::{Arc, Mutex, MutexGuard};

use thiserror::Error;

pub use self::boards::Boards;
use self::keeper::{Kept, Published};
use self::members::index;
pub use self::ranks::Ranking;
use self::ranks::{Board, Key};
use crate::domain::project::people::Hidden;
use crate::domain::project::shared::SharedList;
use crate::domain::value::ids::{ActivityKind, MemberId};
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Day;
use crate::domain::value::window::Window;
use crate::ledger::aside::AsideError;
use crate::log::LogError;

/// The name of a board: the credits that it counts, and the persons that it shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BoardName {
    /// The days it counts.
    pub window: Window,
    /// The kind of activity it counts; `None` for all.
    pub kind: Option<ActivityKind>,
    /// Reasons for which persons are left out of other boards, and not of this one.
    pub include: Hidden,
}

impl BoardName {
    fn counts(&self, day: Day, kind: Option<&ActivityKind>) -> bool {
        self.window.contains(day) && self.kind.as_ref().is_none_or(|own| kind == Some(own))
    }

    fn shows(&self, hidden: Hidden) -> bool {
        hidden.without(self.include) == Hidden::NOT
    }
}

/// Reasons why a board cannot be read.
#[derive(Debug, Error)]
pub enum BoardError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The past board was not made.
    #[error(transparent)]
    Aside(#[from] AsideError),
    /// The totals of the programme are being read from the log.
    #[error("the programme's boards are being made: {through} of {head} entries are read; try again in a moment")]
    Loading {
        /// The last entry that was read.
        through: Seq,
        /// The last entry of the log.
        head: Seq,
    },
}

/// One line of a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Rank, from 1.
    pub rank: usize,
    /// The person.
    pub member: MemberId,
    /// Points in the window.
    pub points: i64,
}

/// A member's place on a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The person that the member is, after mergers.
    pub person: MemberId,
    /// Rank, from 1; 0 without points in the window, and for a person who is left out.
    pub rank: usize,
    /// Points in the window.
    pub points: i64,
    /// The rows around the person, best first.
    pub neighbours: Vec<Row>,
    /// All reasons to leave the person out, also those that the board includes.
    pub hidden: Hidden,
    /// Number of persons who are ranked.
    pub ranked: usize,
}

/// The entries that fix a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsOf {
    /// The points and mergers are as of this entry.
    pub points: Seq,
    /// The persons who are left out are as of this entry.
    pub left_out: Seq,
}

/// The place in a list where a page ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The entries that fix the board.
    pub as_of: AsOf,
    /// The last row, by its points and the entry that last changed them.
    pub last: (i64, Seq),
}

/// The beginning of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// The first row, as of now.
    Now,
    /// The first row, with the points as of an entry.
    AsOf(Seq),
    /// After a page.
    After(Place),
}

/// Rows of a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The rows.
    pub rows: Vec<Row>,
    /// The last entry the board holds.
    pub seq: Seq,
    /// Number of persons who are ranked.
    pub ranked: usize,
    /// Number of persons with points who are left out.
    pub left_out: usize,
    /// The end of the page, if there are more rows.
    pub next: Option<Place>,
}

/// Boards as of one entry.
pub struct Reading {
    published: Arc<Published>,
    kept: Arc<Kept>,
    boards: Vec<Arc<Board>>,
}

impl Reading {
    /// The last entry that the boards hold.
    #[must_use]
    pub fn seq(&self) -> Seq {
        self.published.seq
    }

    /// Returns the entries that fix the boards.
    fn as_of(&self) -> AsOf {
        AsOf { points: self.seq(), left_out: self.published.people.hidden_since(self.seq()) }
    }

    /// Returns a member's rank and neighbours on each board, in the order in which the boards were asked for.
    #[must_use]
    pub fn standings(&self, member: &MemberId, around: usize, ranking: Ranking) -> Vec<Standing> {
        let people = &self.published.people;
        let person = people.person(member);
        let (hidden, handle) = (people.hidden(person), self.kept.members.find(person.as_str()));
        let standing = |board: &Arc<Board>| {
            let (points, key) = handle.map_or((0, None), |handle| board.place(handle, hidden));
            let (rank, rows) = key.map_or((0, Vec::new()), |key| board.around(&key, around, ranking));
            let neighbours = rows_of(&self.published.ids, &rows);
            Standing { person: person.clone(), rank, points, neighbours, hidden, ranked: board.ranked() }
        };
        self.boards.iter().map(standing).collect()
    }
}

fn rows_of(ids: &SharedList<MemberId>, rows: &[(usize, Key)]) -> Vec<Row> {
    let member = |key: &Key| ids.get(index(key.person)).expect("a board was published with its members").clone();
    rows.iter().map(|(rank, key)| Row { rank: *rank, member: member(key), points: key.points.0 }).collect()
}

fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().expect("nothing panics while it holds the lock")
}
