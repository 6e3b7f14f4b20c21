//! A server in this process, on a database of its own, and clients that speak to it over TCP.

use std::net::SocketAddr;

use goodturn::app::{Config, Running, start};
use goodturn::google::r#type::Money;
use goodturn::log::DatabaseUrl;
use goodturn::pb;
use goodturn::pb::adjustments_client::AdjustmentsClient;
use goodturn::pb::audit_client::AuditClient;
use goodturn::pb::books_client::BooksClient;
use goodturn::pb::choices_client::ChoicesClient;
use goodturn::pb::leaderboards_client::LeaderboardsClient;
use goodturn::pb::ledger_client::LedgerClient;
use goodturn::pb::members_client::MembersClient;
use goodturn::pb::payments_client::PaymentsClient;
use goodturn::pb::payouts_client::PayoutsClient;
use goodturn::pb::principals_client::PrincipalsClient;
use goodturn::pb::programs_client::ProgramsClient;
use goodturn::pb::till_client::TillClient;
use prost_types::Timestamp;
use tempfile::TempDir;
use tonic::Status;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic_types::StatusExt as _;

/// Puts on every call who the caller is: a name, or a token or an API key.
#[derive(Clone, Default)]
pub struct As {
    name: Option<&'static str>,
    token: Option<String>,
}

impl Interceptor for As {
    fn call(&mut self, mut request: tonic::Request<()>) -> Result<tonic::Request<()>, Status> {
        if let Some(name) = self.name {
            request.metadata_mut().insert("goodturn-principal", name.parse().unwrap());
        }
        if let Some(token) = &self.token {
            request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        Ok(request)
    }
}

pub type Named = InterceptedService<Channel, As>;

/// Clients of one connection.
#[derive(Clone)]
pub struct Clients {
    channel: Channel,
    caller: As,
}

impl Clients {
    pub async fn connect(address: SocketAddr) -> Self {
        let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
        Self { channel, caller: As::default() }
    }

    /// Returns the connection itself, for services that are not this product's own.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Makes clients that connect only when a call is made, and again whenever the connection breaks.
    pub fn lazy(address: SocketAddr) -> Self {
        let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect_lazy();
        Self { channel, caller: As::default() }
    }

    /// Returns clients of the same connection, as another caller.
    pub fn by(&self, name: &'static str) -> Self {
        Self { channel: self.channel.clone(), caller: As { name: Some(name), token: None } }
    }

    /// Returns clients of the same connection that show a token or an API key.
    pub fn showing(&self, token: impl Into<String>) -> Self {
        Self { channel: self.channel.clone(), caller: As { name: None, token: Some(token.into()) } }
    }

    pub fn principals(&self) -> PrincipalsClient<Named> {
        PrincipalsClient::with_interceptor(self.channel.clone(), self.caller.clone())
    }

    pub fn programs(&self) -> ProgramsClient<Named> {
        ProgramsClient::with_interceptor(self.channel.clone(), self.caller.clone())
    }

    pub fn ledger(&self) -> LedgerClient<Named> {
        LedgerClient::with_interceptor(self.channel.clone(), self.caller.clone())
    }

    pub fn till(&self) -> TillClient<Named> {
        TillClient::with_interceptor(self.channel.clone(), self.caller.clone())
    }

    pub fn adjustments(&self) -> AdjustmentsClient<Named> {
        AdjustmentsClient::with_interceptor(self.channel.clone(), self.caller.clone())
    }

    pub fn members(&self) -> MembersClient<Named> {
        MembersClient::with_interceptor(self.channel.clone(), self.caller.clone())
    }

    pub fn boards(&self) -> LeaderboardsClient<Named> {
        LeaderboardsClient::with_interceptor(self.channel.clone(), self.caller.clone())
    }

    pub fn payouts(&self) -> PayoutsClient<Named> {
        PayoutsClient::with_interceptor(self.channel.clone(), self.caller.clone())
    }

    pub fn choices(&self) -> ChoicesClient<Named> {
        ChoicesClient::with_interceptor(self.channel.clone(), self.caller.clone())
    }

    pub fn books(&self) -> BooksClient<Named> {
        BooksClient::with_interceptor(self.channel.clone(), self.caller.clone())
    }

    pub fn payments(&self) -> PaymentsClient<Named> {
        PaymentsClient::with_interceptor(self.channel.clone(), self.caller.clone())
    }

    pub fn audit(&self) -> AuditClient<Named> {
        AuditClient::with_interceptor(self.channel.clone(), self.caller.clone())
    }
}

/// A server in this process, on a database of its own.
pub struct TestServer {
    pub clients: Clients,
    pub running: Running,
    pub folder: TempDir,
}

impl TestServer {
    /// Starts a server on an empty database.
    pub async fn start() -> Self {
        Self::on(tempfile::tempdir().unwrap()).await
    }

    /// Starts a server on the database of a folder; an empty one where there is none.
    pub async fn on(folder: TempDir) -> Self {
        let config = on_free_port(database(&folder));
        let running = start(&config).await.unwrap();
        let clients = Clients::connect(running.address).await;
        Self { clients, running, folder }
    }

    /// Starts a server with the programme `qc` and its rules: accepted answer 100, kudos 1, promotion 500.
    pub async fn with_program() -> Self {
        let server = Self::start().await;
        create_program(&server.clients).await;
        server
    }
}

/// Returns the settings of a server on a database, on a free port.
pub fn on_free_port(database: impl Into<DatabaseUrl>) -> Config {
    Config { listen: "127.0.0.1:0".parse().unwrap(), database: database.into(), ..Config::default() }
}

pub fn database(folder: &TempDir) -> String {
    format!("sqlite://{}/goodturn.db", folder.path().display())
}

/// Creates the programme `qc` and publishes its first rules.
pub async fn create_program(clients: &Clients) {
    clients.programs().create_program(qc()).await.unwrap();
    clients.programs().publish_rule_set(first_rules()).await.unwrap();
}

pub fn qc() -> pb::CreateProgramRequest {
    pb::CreateProgramRequest {
        program_id: "qc".into(),
        program: Some(pb::Program {
            currency_code: "GBP".into(),
            time_zone: "UTC".into(),
            debt_limit_points: Some(50),
            ..Default::default()
        }),
        ..Default::default()
    }
}

pub fn first_rules() -> pb::PublishRuleSetRequest {
    let rule = |id: &str, kind: &str, points| pb::Rule {
        rule_id: id.into(),
        activity_kind: kind.into(),
        points,
        ..Default::default()
    };
    pb::PublishRuleSetRequest {
        rule_set: Some(pb::RuleSet {
            name: "programs/qc/ruleSets/1".into(),
            in_force_from: Some(at("2018-03-12T00:00:00Z")),
            rules: vec![
                rule("answers", "answer_accepted", 100),
                rule("kudos", "kudos", 1),
                rule("promotions", "promotion", 500),
            ],
            ..Default::default()
        }),
    }
}

/// Returns an accepted answer of a member, accepted by `asker`.
pub fn accepted(id: &str, member: &str, when: &str) -> pb::Activity {
    pb::Activity { counterparty_id: "asker".into(), ..activity(id, "answer_accepted", member, when) }
}

pub fn kudos(id: &str, member: &str, when: &str) -> pb::Activity {
    activity(id, "kudos", member, when)
}

pub fn activity(id: &str, kind: &str, member: &str, when: &str) -> pb::Activity {
    pb::Activity {
        name: format!("programs/qc/sources/forum/activities/{id}"),
        kind: kind.into(),
        member_id: member.into(),
        occurred_at: Some(at(when)),
        ..Default::default()
    }
}

pub fn record(activity: pb::Activity) -> pb::RecordActivityRequest {
    pb::RecordActivityRequest { activity: Some(activity) }
}

pub fn at(rfc3339: &str) -> Timestamp {
    let micros = goodturn::domain::value::time::Micros::from_rfc3339(rfc3339).unwrap().get();
    Timestamp {
        seconds: micros.div_euclid(1_000_000),
        nanos: i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap(),
    }
}

pub fn pounds(pence: i64) -> Money {
    Money { currency_code: "GBP".into(), units: pence / 100, nanos: i32::try_from(pence % 100).unwrap() * 10_000_000 }
}

pub fn pence(money: &Money) -> i64 {
    money.units * 100 + i64::from(money.nanos / 10_000_000)
}

/// Returns the reason, which every error carries.
pub fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

/// Records activities, of which none is refused.
pub async fn record_all(clients: &Clients, activities: Vec<pb::Activity>) {
    for some in activities.chunks(1_000) {
        let batch = pb::BatchRecordActivitiesRequest {
            parent: "programs/qc".into(),
            activities: some.to_vec(),
            ..Default::default()
        };
        let results = clients.ledger().batch_record_activities(batch).await.unwrap().into_inner().results;
        let is_receipt = |result: &pb::RecordActivityResult| {
            matches!(result.result, Some(pb::record_activity_result::Result::Receipt(_)))
        };
        assert!(results.iter().all(is_receipt));
    }
}
