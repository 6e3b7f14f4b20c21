//! The boards that a keeper keeps up to date, and those that are being made.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use tokio::task::JoinSet;

use super::members::Members;
use super::ranks::{Board, Change};
use super::sums::Known;
use super::{BoardError, BoardName};
use crate::domain::project::span::SPAN_ENTRIES;
use crate::domain::value::seq::Seq;
use crate::ledger::aside::Aside;
use crate::log::{Log, LogError};

/// Boards kept for each programme. One more drops the board that was not read for longest. A dashboard shows a dozen.
pub(super) const BOARDS_MAX: usize = 64;

/// Boards that are made at once: each reads every span.
const BUILDING_MAX: usize = 2;

/// A board that is up to date, and when it was asked for last, counted in asks.
struct Live {
    board: Board,
    asked: u64,
}

type Built = (BoardName, Seq, Result<Board, BoardError>);

/// Boards that are up to date, and boards that are being made.
#[derive(Default)]
pub(super) struct LiveBoards {
    live: HashMap<BoardName, Live>,
    asked: u64,
    building: JoinSet<Built>,
    /// Names of the boards that wait to be made.
    wanted: VecDeque<BoardName>,
    /// Names of the boards that are being made, or wait for that.
    unmade: HashSet<BoardName>,
    /// Changes since the first board that is being made was begun, each with its entry.
    since: Vec<(Seq, Change)>,
}

impl LiveBoards {
    /// True when nothing has to be told of changes.
    pub(super) fn is_empty(&self) -> bool {
        self.live.is_empty() && self.building.is_empty()
    }

    /// Returns the number of times that a board was asked for.
    pub(super) const fn asked(&self) -> u64 {
        self.asked
    }

    /// Drops every board that is up to date.
    pub(super) fn clear(&mut self) {
        self.live.clear();
    }

    /// Has every board take a change into account.
    pub(super) fn tell(&mut self, seq: Seq, change: Change) {
        self.live.values_mut().for_each(|live| live.board.apply(&change));
        if !self.building.is_empty() {
            self.since.push((seq, change));
        }
    }

    /// Notes that a board is asked for. One that is not there is wanted.
    pub(super) fn ask(&mut self, name: BoardName) {
        self.asked += 1;
        if let Some(live) = self.live.get_mut(&name) {
            live.asked = self.asked;
        } else if self.unmade.insert(name.clone()) {
            self.wanted.push_back(name);
        }
    }

    /// Begins to make boards that are wanted.
    pub(super) fn build(&mut self, known: &Known, members: &Arc<Members>, log: &Arc<dyn Log>, aside: &Arc<Aside>) {
        while self.building.len() < BUILDING_MAX
            && let Some(name) = self.wanted.pop_front()
        {
            let (known, members, log, aside) = (known.clone(), Arc::clone(members), Arc::clone(log), Arc::clone(aside));
            let through = known.through();
            self.building.spawn(async move {
                let of = name.clone();
                let building = async move { known.board(&*log, &members, &of, (through, through)).await };
                // A small one is made where it is asked for.
                let built = if through.get() < SPAN_ENTRIES {
                    building.await
                } else {
                    aside.run_without_turn(building).await.map_err(BoardError::from).flatten()
                };
                (name, through, built)
            });
        }
    }

    /// Waits until a board is made, for ever when none is being made, and takes it into use with the changes since.
    pub(super) async fn made(&mut self) -> Result<(), LogError> {
        let Some(built) = self.building.join_next().await else { return std::future::pending().await };
        let lost = |error: &dyn std::fmt::Display| LogError::Unavailable(format!("a board could not be made: {error}"));
        let (name, through, board) = built.map_err(|error| lost(&error))?;
        let mut board = match board {
            Ok(board) => board,
            Err(BoardError::Log(error)) => return Err(error),
            Err(error) => return Err(lost(&error)),
        };
        let later = self.since.partition_point(|(seq, _)| *seq <= through);
        for (_, change) in self.since.get(later..).unwrap_or_default() {
            board.apply(change);
        }
        if self.building.is_empty() {
            self.since.clear();
        }
        self.unmade.remove(&name);
        if self.live.len() >= BOARDS_MAX
            && let Some(unused) = self.live.iter().min_by_key(|(_, live)| live.asked).map(|(name, _)| name.clone())
        {
            self.live.remove(&unused);
        }
        self.asked += 1;
        self.live.insert(name, Live { board, asked: self.asked });
        Ok(())
    }

    /// Returns copies of the boards, which share what is alike.
    pub(super) fn published(&self) -> HashMap<BoardName, Arc<Board>> {
        self.live.iter().map(|(name, live)| (name.clone(), Arc::new(live.board.clone()))).collect()
    }
}
