//! `Leaderboards`.

use tonic::{Request, Response, Status};

use super::Api;
use super::door::{Caller, enter};
use crate::board::{AsOf, Begin, BoardName, Page, Place, Ranking};
use crate::domain::project::people::Hidden;
use crate::domain::value::ids::{ActivityKind, ProgramId};
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Day;
use crate::pb;
use crate::wire::error::ApiError;
use crate::wire::page::{List, index};
use crate::wire::parse::{Violations, parse_include, parse_ranking, parse_window};
use crate::wire::render;

/// The largest number of neighbours above and below.
const NEIGHBOURS_MAX: i32 = 50;

/// The largest number of boards of one call: a profile page asks for five.
const BOARDS_OF_A_CALL_MAX: usize = 16;

/// Rows of each of several boards: the largest number, and when a request sets none.
const ROWS_MAX: i32 = 100;
const ROWS: usize = 10;

/// The place where a page ends, as its token holds it: the entries that fix the board, and the points of the last row with the entry
/// that last changed them.
type Cursor = ((Seq, Seq), (i64, Seq));

#[tonic::async_trait]
impl pb::leaderboards_server::Leaderboards for Api {
    async fn get_leaderboard(
        &self,
        request: Request<pb::GetLeaderboardRequest>,
    ) -> Result<Response<pb::GetLeaderboardResponse>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let parent = violations.program("parent", &request.parent);
        let page_size = violations.page_size(request.page_size);
        let ranking = parse_ranking(&mut violations, request.ranking);
        let include = parse_include(&mut violations, &request.include);
        let as_of = Seq::new(request.as_of_seq).or_else(|| violations.refuse("as_of_seq", "must not be negative"));
        let today = self.today_of(&caller, parent.as_ref()).await?;
        let name = board_name(&mut violations, request.window, &request.activity_kind, include, today);
        let min_seq = violations.min_seq(request.min_seq);
        let ((program, name), min_seq) = violations.check(parent.zip(name).zip(min_seq))?;
        let program = self.program(&caller, &program).await?;
        self.reach(&program, min_seq).await?;

        let list = list_of(&program.id, &name, ranking, as_of.unwrap_or(Seq::ZERO));
        let begin = match list.cursor::<Cursor>(&request.page_token)? {
            Some(((points, left_out), last)) => Begin::After(Place { as_of: AsOf { points, left_out }, last }),
            None => as_of.filter(|&seq| seq > Seq::ZERO).map_or(Begin::Now, Begin::AsOf),
        };
        if let Begin::AsOf(points) | Begin::After(Place { as_of: AsOf { points, .. }, .. }) = begin {
            self.reach(&program, points).await?;
        }
        let page = self.boards.page(&program, &name, begin, index(page_size), ranking).await?;
        Ok(Response::new(leaderboard(&list, &page)))
    }

    async fn batch_get_leaderboards(
        &self,
        request: Request<pb::BatchGetLeaderboardsRequest>,
    ) -> Result<Response<pb::BatchGetLeaderboardsResponse>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let parent = violations.program("parent", &request.parent);
        let rows = match usize::try_from(request.page_size) {
            Ok(0) => ROWS,
            Ok(rows) if request.page_size <= ROWS_MAX => rows,
            _ => {
                violations.add("page_size", format!("is {}; give 1 to {ROWS_MAX}, or 0 for {ROWS}", request.page_size));
                ROWS
            }
        };
        let ranking = parse_ranking(&mut violations, request.ranking);
        let include = parse_include(&mut violations, &request.include);
        let today = self.today_of(&caller, parent.as_ref()).await?;
        let names = board_names(&mut violations, request.boards, include, today);
        let min_seq = violations.min_seq(request.min_seq);
        let ((program, names), min_seq) = violations.check(parent.zip(names).zip(min_seq))?;
        let program = self.program(&caller, &program).await?;
        self.reach(&program, min_seq).await?;
        let pages = self.boards.pages(&program, &names, rows, ranking).await?;
        let each = names.iter().zip(pages);
        let shown = each.map(|(name, page)| leaderboard(&list_of(&program.id, name, ranking, Seq::ZERO), &page));
        Ok(Response::new(pb::BatchGetLeaderboardsResponse { leaderboards: shown.collect() }))
    }

    async fn get_standing(&self, request: Request<pb::GetStandingRequest>) -> Result<Response<pb::Standing>, Status> {
        let (caller, request) = enter(request);
        let pb::GetStandingRequest { name, window, activity_kind, ranking, neighbours, min_seq, include } = request;
        let boards = vec![pb::BoardSpec { window, activity_kind }];
        let several = pb::BatchGetStandingsRequest { name, boards, ranking, neighbours, include, min_seq };
        let mut standings = self.standings(&caller, several, Of::One).await?;
        Ok(Response::new(standings.pop().expect("as many as boards that were asked for")))
    }

    async fn batch_get_standings(
        &self,
        request: Request<pb::BatchGetStandingsRequest>,
    ) -> Result<Response<pb::BatchGetStandingsResponse>, Status> {
        let (caller, request) = enter(request);
        let standings = self.standings(&caller, request, Of::Several).await?;
        Ok(Response::new(pb::BatchGetStandingsResponse { standings }))
    }
}

/// The way in which a request names its boards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    One,
    Several,
}

impl Api {
    async fn standings(
        &self,
        caller: &Caller,
        request: pb::BatchGetStandingsRequest,
        of: Of,
    ) -> Result<Vec<pb::Standing>, ApiError> {
        let mut violations = Violations::default();
        let name = violations.member_of("name", &request.name);
        let ranking = parse_ranking(&mut violations, request.ranking);
        let include = parse_include(&mut violations, &request.include);
        let around = request.neighbours;
        if !(0..=NEIGHBOURS_MAX).contains(&around) {
            violations.add("neighbours", format!("is {around}; give 0 to {NEIGHBOURS_MAX}"));
        }
        let today = self.today_of(caller, name.as_ref().map(|(program, _)| program)).await?;
        let boards = match (of, <[pb::BoardSpec; 1]>::try_from(request.boards)) {
            (Of::One, Ok([board])) => {
                board_name(&mut violations, board.window, &board.activity_kind, include, today).map(|name| vec![name])
            }
            (_, Ok([board])) => board_names(&mut violations, vec![board], include, today),
            (_, Err(boards)) => board_names(&mut violations, boards, include, today),
        };
        let min_seq = violations.min_seq(request.min_seq);
        let (((program, member), boards), min_seq) = violations.check(name.zip(boards).zip(min_seq))?;
        let program = self.program(caller, &program).await?;
        program.may_read(Some(&member))?;
        self.reach(&program, min_seq).await?;
        let around = usize::try_from(around).unwrap_or_default();
        let reading = self.boards.read(&program, &boards).await?;
        let standings = reading.standings(&member, around, ranking);
        Ok(standings.iter().map(|standing| render::standing(standing, reading.seq())).collect())
    }

    /// Returns today's day in a programme's time zone. Any day will do when the programme's name is wrong already.
    async fn today_of(&self, caller: &Caller, program: Option<&ProgramId>) -> Result<Day, ApiError> {
        match program {
            Some(id) => Ok(self.today(&*self.program(caller, id).await?)),
            None => Ok(self.ledger.now().day_in(&jiff::tz::TimeZone::UTC)),
        }
    }
}

fn board_name(
    violations: &mut Violations,
    window: Option<pb::Window>,
    kind: &str,
    include: Hidden,
    today: Day,
) -> Option<BoardName> {
    let window = parse_window(violations, window, today);
    let kind = match kind {
        "" => Some(None),
        kind => violations.id("activity_kind", ActivityKind::parse(kind)).map(Some),
    };
    Some(BoardName { window: window?, kind: kind?, include })
}

fn board_names(
    violations: &mut Violations,
    boards: Vec<pb::BoardSpec>,
    include: Hidden,
    today: Day,
) -> Option<Vec<BoardName>> {
    if boards.is_empty() || boards.len() > BOARDS_OF_A_CALL_MAX {
        return violations.refuse("boards", format!("are {}; give 1 to {BOARDS_OF_A_CALL_MAX}", boards.len()));
    }
    let names: Vec<Option<BoardName>> = boards
        .into_iter()
        .enumerate()
        .map(|(at, board)| {
            let mut within = violations.within(format!("boards[{at}]"));
            board_name(&mut within, board.window, &board.activity_kind, include, today)
        })
        .collect();
    names.into_iter().collect()
}

/// Names the list that a page is of.
fn list_of(program: &ProgramId, name: &BoardName, ranking: Ranking, as_of: Seq) -> List {
    let window = (name.window.first(), name.window.last());
    let ranking = match ranking {
        Ranking::Competition => 1_u8,
        Ranking::Dense => 2,
        Ranking::Ordinal => 3,
    };
    List::of("GetLeaderboard", &(program, window, &name.kind, name.include, ranking, as_of))
}

fn leaderboard(list: &List, page: &Page) -> pb::GetLeaderboardResponse {
    let token = |next: Place| {
        let cursor: Cursor = ((next.as_of.points, next.as_of.left_out), next.last);
        list.token(&cursor)
    };
    pb::GetLeaderboardResponse {
        rows: page.rows.iter().map(render::row).collect(),
        next_page_token: page.next.map(token).unwrap_or_default(),
        seq: page.seq.get(),
        ranked_members: render::count(page.ranked),
        left_out_members: render::count(page.left_out),
    }
}
