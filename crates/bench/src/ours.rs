//! Goodturn's side of a comparison: a server under load that knows every member.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tokio::task::spawn_blocking;
use tonic::transport::Channel;
use tonic::{Code, Status};

use super::awards::{PROGRAM, Round, Template, member, one_each};
use super::goals::Asked;
use super::load::{self, Requests, Target};
use super::server::Server;
use super::stats;
use super::zipf::{Members, SplitMix64, Zipf};
use goodturn::ledger::clock::{Clock as _, Stopwatch, SystemClock};
use goodturn::pb;
use goodturn::pb::books_client::BooksClient;
use goodturn::pb::choices_client::ChoicesClient;
use goodturn::pb::leaderboards_client::LeaderboardsClient;
use goodturn::pb::payouts_client::PayoutsClient;

/// Connections of a load.
const CONNECTIONS: u32 = 4;

/// Unary calls open on each connection.
const STREAMS: u32 = 64;

/// Calls of a batch open on each connection: eight thousand activities, which the queue just holds.
const BATCH_STREAMS: u32 = 2;

/// Activities of a batch, the largest number allowed.
const BATCH: u32 = 1_000;

/// How long to wait for a board that loads, before it is asked for again.
const ASKED_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// The exponent of Zipf's law.
const ZIPF: f64 = 1.07;

/// Rounds among which a server begins. A thousand more still have ids of 16 digits.
const FIRST_ROUND_MAX: u64 = 9_000;

/// Number of ids for one round. The ids of the next round begin after them.
const IDS_PER_ROUND: u64 = 1_000_000_000_000;

const RECORD: &str = "/goodturn.v1.Ledger/RecordActivity";
const RECORD_BATCH: &str = "/goodturn.v1.Ledger/BatchRecordActivities";

/// A server under load, and the members who get its awards.
pub(crate) struct Goodturn {
    server: Server,
    seed: u64,
    rounds: AtomicU64,
    occurred: Duration,
    /// The programme that the load runs on, unless it is said otherwise.
    programs: Arc<[String]>,
    pub(crate) uniform: Members,
    pub(crate) zipf: Members,
}

/// The kinds of reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Read {
    /// The health of the server, which it knows without looking: the cost of a call that does nothing.
    Echo,
    Balance,
    Standing,
    TopTen,
}

impl Goodturn {
    /// Starts a server on a database and awards every member once.
    ///
    /// # Errors
    /// The server does not start, or refuses something.
    pub(crate) async fn start(asked: &Asked<'_>, database: &str) -> anyhow::Result<Self> {
        let started = Self::open(asked, database).await?;
        started.fill(PROGRAM, asked.members).await?;
        Ok(started)
    }

    /// Starts a server on a database as it is.
    ///
    /// # Errors
    /// The server does not start, or refuses the programme.
    pub(crate) async fn open(asked: &Asked<'_>, database: &str) -> anyhow::Result<Self> {
        let &Asked { members, seed, .. } = asked;
        let server = Server::start(asked, database).await?;
        let now = u64::try_from(SystemClock.now().get()).context("the clock stands before 1970")?;
        let occurred = Duration::from_micros(now);
        let zipf = Members::Zipf(Arc::new(Zipf::new(members, ZIPF)));
        // Servers of one store begin at rounds that hardly ever overlap: the ids of a second one would be replays.
        let rounds = AtomicU64::new(now % FIRST_ROUND_MAX);
        let (programs, uniform) = ([PROGRAM.to_owned()].into(), Members::Uniform(members));
        Ok(Self { server, seed, rounds, occurred, programs, uniform, zipf })
    }

    /// Awards every member of a programme once.
    async fn fill(&self, program: &str, members: u32) -> anyhow::Result<()> {
        let mut first = 1;
        while first <= members {
            let count = BATCH.min(members - first + 1);
            let awards = one_each(program, first, count, self.occurred)?;
            self.server.record(program, awards).await.context("members cannot be filled in")?;
            first += count;
        }
        Ok(())
    }

    /// Adds programmes of some members each, and returns their ids.
    ///
    /// # Errors
    /// The server refuses something.
    pub(crate) async fn add_programs(&self, programs: u32, members: u32) -> anyhow::Result<Arc<[String]>> {
        let programs: Vec<String> = (1..=programs).map(|number| format!("{PROGRAM}-{number}")).collect();
        for program in &programs {
            self.server.set_up(program).await?;
            self.fill(program, members).await?;
        }
        Ok(programs.into())
    }

    /// Makes the next round, with ids and members of its own.
    fn round(&self, members: &Members, per_call: u32) -> Round {
        let number = self.rounds.fetch_add(1, Ordering::Relaxed);
        let first_id = number * IDS_PER_ROUND;
        Round {
            programs: Arc::clone(&self.programs),
            per_call,
            members: members.clone(),
            occurred: self.occurred,
            seed: self.seed.wrapping_add(number),
            first_id,
        }
    }

    fn requests(round: &Round, connections: u32) -> anyhow::Result<Vec<Requests>> {
        let requests = |connection| {
            let mut awards = round.awards(connection, connections)?;
            let write: Requests = Box::new(move |message| awards.write(message));
            Ok(write)
        };
        (0..connections).map(requests).collect()
    }

    fn target(&self, path: &'static str) -> Target {
        Target { address: self.server.address, path }
    }

    /// Returns awards a second, with as many unary calls as the server takes.
    pub(crate) async fn calls(&self, members: &Members, length: Duration) -> anyhow::Result<f64> {
        self.saturate(RECORD, STREAMS, self.round(members, 1), length).await
    }

    /// Returns awards a second to members of many programmes, with as many unary calls as the server takes.
    pub(crate) async fn calls_to(
        &self,
        programs: &Arc<[String]>,
        members: &Members,
        length: Duration,
    ) -> anyhow::Result<f64> {
        let round = Round { programs: Arc::clone(programs), ..self.round(members, 1) };
        self.saturate(RECORD, STREAMS, round, length).await
    }

    /// Returns awards a second, with as many batches as the server takes.
    pub(crate) async fn batches(&self, length: Duration) -> anyhow::Result<f64> {
        self.batches_to(&self.zipf, length).await
    }

    /// Does the same, to other members.
    pub(crate) async fn batches_to(&self, members: &Members, length: Duration) -> anyhow::Result<f64> {
        self.saturate(RECORD_BATCH, BATCH_STREAMS, self.round(members, BATCH), length).await
    }

    /// Returns the number of entries.
    pub(crate) async fn entries(&self) -> anyhow::Result<u64> {
        self.server.head(&self.programs).await
    }

    /// Returns the memory of the server, in bytes.
    pub(crate) fn resident(&self) -> anyhow::Result<f64> {
        self.server.resident()
    }

    /// Returns a client of choices.
    pub(crate) fn choices(&self) -> ChoicesClient<Channel> {
        ChoicesClient::new(self.server.channel.clone())
    }

    /// Returns a client of payouts.
    pub(crate) fn payouts(&self) -> PayoutsClient<Channel> {
        PayoutsClient::new(self.server.channel.clone())
    }

    /// Returns a client of reports.
    pub(crate) fn books(&self) -> BooksClient<Channel> {
        BooksClient::new(self.server.channel.clone())
    }

    fn boards(&self) -> LeaderboardsClient<Channel> {
        LeaderboardsClient::new(self.server.channel.clone())
    }

    /// Waits for the first rank that the server tells, however long it loads.
    pub(crate) async fn first_standing(&self) -> anyhow::Result<()> {
        let name = format!("programs/{PROGRAM}/members/{}", member(1));
        let asked = pb::GetStandingRequest { name, ..Default::default() };
        once_loaded(async || self.boards().get_standing(asked.clone()).await).await
    }

    /// Asks for a board of one month.
    pub(crate) async fn month(&self) -> anyhow::Result<()> {
        let window = pb::Window { kind: pb::WindowKind::Month.into(), ..Default::default() };
        let asked = pb::GetLeaderboardRequest {
            parent: format!("programs/{PROGRAM}"),
            window: Some(window),
            page_size: 10,
            ..Default::default()
        };
        once_loaded(async || self.boards().get_leaderboard(asked.clone()).await).await
    }

    /// Pages through the board of all time, again and again for a while.
    pub(crate) async fn page_through(&self, length: Duration) -> anyhow::Result<()> {
        let (clock, mut boards, mut page_token) = (Stopwatch::start(), self.boards(), String::new());
        while clock.elapsed() < length {
            let parent = format!("programs/{PROGRAM}");
            let asked = pb::GetLeaderboardRequest { parent, page_size: 1_000, page_token, ..Default::default() };
            page_token = boards.get_leaderboard(asked).await?.into_inner().next_page_token;
        }
        Ok(())
    }

    /// Records batches, one after the other, for a while.
    pub(crate) async fn import(&self, length: Duration) -> anyhow::Result<()> {
        let requests = Self::requests(&self.round(&self.uniform, BATCH), 1)?;
        let target = self.target(RECORD_BATCH);
        spawn_blocking(move || load::saturate(target, 1, length, requests)).await??;
        Ok(())
    }

    /// Returns how long reads take that come at some average rate.
    pub(crate) async fn paced(&self, what: Read, rate: f64, length: Duration) -> anyhow::Result<Vec<Duration>> {
        let (path, requests) = self.reading(what);
        let schedule = load::schedule(Duration::from_secs(1).div_f64(rate), length, self.seed);
        let target = self.target(path);
        spawn_blocking(move || load::on_schedule(target, &schedule, requests)).await?
    }

    async fn saturate(&self, path: &'static str, streams: u32, round: Round, length: Duration) -> anyhow::Result<f64> {
        let (programs, per_call) = (Arc::clone(&round.programs), round.per_call);
        let before = self.server.head(&programs).await?;
        let requests = Self::requests(&round, CONNECTIONS)?;
        let target = self.target(path);
        let counted = spawn_blocking(move || load::saturate(target, streams, length, requests)).await??;
        let awards = counted.calls * u64::from(per_call);
        self.check_head(&programs, before + awards).await?;
        Ok(stats::per_second(awards, counted.took))
    }

    /// Returns how long calls take that come at some average rate.
    pub(crate) async fn latencies(&self, rate: f64, length: Duration) -> anyhow::Result<Vec<Duration>> {
        let before = self.server.head(&self.programs).await?;
        let round = self.round(&self.zipf, 1);
        let requests = Self::requests(&round, CONNECTIONS)?;
        let schedule = load::schedule(Duration::from_secs(1).div_f64(rate), length, round.seed);
        let target = self.target(RECORD);
        let times = spawn_blocking(move || load::on_schedule(target, &schedule, requests)).await??;
        self.check_head(&self.programs, before + u64::try_from(times.len())?).await?;
        Ok(times)
    }

    /// Returns how long calls take that come one after the other.
    pub(crate) async fn alone(&self, length: Duration) -> anyhow::Result<Vec<Duration>> {
        let round = self.round(&self.zipf, 1);
        let requests = Self::requests(&round, 1)?.pop().context("one connection")?;
        let target = self.target(RECORD);
        spawn_blocking(move || load::alone(target, length, requests)).await?
    }

    /// Returns reads a second, as many as the server takes.
    pub(crate) async fn reads(&self, what: Read, length: Duration) -> anyhow::Result<f64> {
        let (path, requests) = self.reading(what);
        let target = self.target(path);
        let counted = spawn_blocking(move || load::saturate(target, STREAMS, length, requests)).await??;
        Ok(stats::per_second(counted.calls, counted.took))
    }

    /// Returns the method of reads, and the requests of each connection.
    fn reading(&self, what: Read) -> (&'static str, Vec<Requests>) {
        let (path, template) = request_of(what);
        let number = self.rounds.fetch_add(1, Ordering::Relaxed);
        let requests = (0..CONNECTIONS).map(|connection| -> Requests {
            let (template, members) = (template.clone(), self.zipf.clone());
            let mut random = SplitMix64::new(self.seed.wrapping_add(number) ^ (u64::from(connection) << 32));
            Box::new(move |message| {
                message.clear();
                template.write(message, 0, members.draw(&mut random));
            })
        });
        (path, requests.collect())
    }

    /// Checks that the logs have as many entries as were acknowledged. Any difference makes the numbers worthless.
    async fn check_head(&self, programs: &[String], expected: u64) -> anyhow::Result<()> {
        let head = self.server.head(programs).await?;
        let logged = self.server.logged();
        ensure!(head == expected, "the logs have {head} entries, and {expected} were acknowledged; logged:\n{logged}");
        Ok(())
    }
}

/// Calls until the board that is asked for is loaded.
async fn once_loaded<T>(call: impl AsyncFn() -> Result<T, Status>) -> anyhow::Result<()> {
    loop {
        match call().await {
            Ok(_) => return Ok(()),
            Err(status) if status.code() == Code::Unavailable => tokio::time::sleep(ASKED_AGAIN_AFTER).await,
            Err(status) => return Err(status.into()),
        }
    }
}

fn request_of(what: Read) -> (&'static str, Template) {
    let member = format!("programs/{PROGRAM}/members/{}", Template::any_member());
    match what {
        Read::Echo => {
            let request = tonic_health::pb::HealthCheckRequest { service: String::new() };
            ("/grpc.health.v1.Health/Check", Template::about_member(&request))
        }
        Read::Balance => {
            let request = pb::GetBalanceRequest { name: member, min_seq: 0 };
            ("/goodturn.v1.Ledger/GetBalance", Template::about_member(&request))
        }
        Read::Standing => {
            let request = pb::GetStandingRequest { name: member, ..Default::default() };
            ("/goodturn.v1.Leaderboards/GetStanding", Template::about_member(&request))
        }
        Read::TopTen => {
            let request = pb::GetLeaderboardRequest {
                parent: format!("programs/{PROGRAM}"),
                page_size: 10,
                ..Default::default()
            };
            ("/goodturn.v1.Leaderboards/GetLeaderboard", Template::about_member(&request))
        }
    }
}
