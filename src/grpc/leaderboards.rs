//! `Leaderboards`.

use tonic::{Request, Response, Status};

use super::Api;
use super::door::{Caller, enter};
use crate::board::BoardName;
use crate::domain::value::ids::{ActivityKind, ProgramId};
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Day;
use crate::pb;
use crate::wire::error::ApiError;
use crate::wire::page::{List, index};
use crate::wire::parse::{Violations, parse_ranking, parse_window};
use crate::wire::render;

/// The largest number of neighbours above and below.
const NEIGHBOURS_MAX: i32 = 50;

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
        let as_of = Seq::new(request.as_of_seq).or_else(|| violations.refuse("as_of_seq", "must not be negative"));
        let today = self.today_of(&caller, parent.as_ref()).await?;
        let name = board_name(&mut violations, request.window, &request.activity_kind, today);
        let min_seq = violations.min_seq(request.min_seq);
        let ((program, name), min_seq) = violations.check(parent.zip(name).zip(min_seq))?;
        let program = self.program(&caller, &program).await?;
        self.reach(&program, min_seq).await?;

        let window = (name.window.first(), name.window.last());
        let fields = (&program.id, window, &request.activity_kind, request.ranking, request.as_of_seq);
        let list = List::of("GetLeaderboard", &fields);
        let (as_of, from) = match list.cursor::<(Seq, u32)>(&request.page_token)? {
            Some((seq, place)) => (Some(seq), place),
            None => (as_of.filter(|&seq| seq > Seq::ZERO), 0),
        };
        self.reach(&program, as_of.unwrap_or(Seq::ZERO)).await?;
        let next = from.saturating_add(page_size);
        let page = self.boards.page(&program, &name, as_of, index(from)..index(next), ranking).await?;
        let more = index(next) < page.ranked_members;
        Ok(Response::new(pb::GetLeaderboardResponse {
            rows: page.rows.iter().map(render::row).collect(),
            next_page_token: if more { list.token(&(page.seq, next)) } else { String::new() },
            seq: page.seq.get(),
            ranked_members: render::count(page.ranked_members),
        }))
    }

    async fn get_standing(&self, request: Request<pb::GetStandingRequest>) -> Result<Response<pb::Standing>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.member_of("name", &request.name);
        let ranking = parse_ranking(&mut violations, request.ranking);
        let around = request.neighbours;
        if !(0..=NEIGHBOURS_MAX).contains(&around) {
            violations.add("neighbours", format!("is {around}; give 0 to {NEIGHBOURS_MAX}"));
        }
        let today = self.today_of(&caller, name.as_ref().map(|(program, _)| program)).await?;
        let board = board_name(&mut violations, request.window, &request.activity_kind, today);
        let min_seq = violations.min_seq(request.min_seq);
        let (((program, member), board), min_seq) = violations.check(name.zip(board).zip(min_seq))?;
        let program = self.program(&caller, &program).await?;
        program.may_read(Some(&member))?;
        self.reach(&program, min_seq).await?;
        let around = usize::try_from(around).unwrap_or_default();
        let read = self.boards.read(&program, &board, |view| {
            render::standing(&member, &view.standing(&member, around, ranking), view.board.ranked_members(), view.seq())
        });
        Ok(Response::new(read.await?))
    }
}

impl Api {
    /// Returns today's day in a programme's time zone. Any day will do when the programme's name is wrong already.
    async fn today_of(&self, caller: &Caller, program: Option<&ProgramId>) -> Result<Day, ApiError> {
        match program {
            Some(id) => Ok(self.today(&*self.program(caller, id).await?)),
            None => Ok(self.ledger.now().day_in(&jiff::tz::TimeZone::UTC)),
        }
    }
}

fn board_name(violations: &mut Violations, window: Option<pb::Window>, kind: &str, today: Day) -> Option<BoardName> {
    let window = parse_window(violations, window, today);
    let kind = match kind {
        "" => Some(None),
        kind => violations.id("activity_kind", ActivityKind::parse(kind)).map(Some),
    };
    Some(BoardName { window: window?, kind: kind? })
}
