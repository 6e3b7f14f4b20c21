//! Past boards: a list that somebody reads page by page stays as its first page was.

use std::sync::{Arc, Mutex};

use super::ranks::Board;
use super::{AsOf, BoardName, lock};
use crate::domain::project::shared::SharedList;
use crate::domain::value::ids::MemberId;
use crate::ledger::recent::Recent;

/// Past boards kept for each programme. They share what is alike with the board that goes on; at worst each is a board of its own.
const PAST_MAX: usize = 16;

/// A past board, and the entries that fix it.
pub(super) type PastName = (BoardName, AsOf);

/// A board with its members by their numbers.
#[derive(Clone)]
pub(super) struct PastBoard {
    pub(super) board: Arc<Board>,
    pub(super) ids: SharedList<MemberId>,
}

/// The past boards of one keeper, which end with it.
#[derive(Default)]
pub(super) struct Past(Mutex<Recent<PastName, PastBoard>>);

impl Past {
    pub(super) fn find(&self, name: &PastName) -> Option<PastBoard> {
        lock(&self.0).get(name).cloned()
    }

    pub(super) fn keep(&self, name: &PastName, board: &PastBoard) {
        lock(&self.0).get_or_make(name, PAST_MAX, || board.clone());
    }
}
