//! The server: limits, health, reflection, and a graceful end.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tonic::server::NamedService as _;
use tonic::transport::{Error, Server};
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use super::Api;
use super::connection::ConnectionLimits;
use super::connections::Connections;
use super::door::Door;
pub use super::incoming::REQUEST_BYTES_MAX;
use super::outgoing::Replies;
use super::tls::Tls;
use super::web::Ways;
use crate::pb::adjustments_server::AdjustmentsServer;
use crate::pb::audit_server::AuditServer;
use crate::pb::books_server::BooksServer;
use crate::pb::choices_server::ChoicesServer;
use crate::pb::leaderboards_server::LeaderboardsServer;
use crate::pb::ledger_server::LedgerServer;
use crate::pb::members_server::MembersServer;
use crate::pb::payments_server::PaymentsServer;
use crate::pb::payouts_server::PayoutsServer;
use crate::pb::principals_server::PrincipalsServer;
use crate::pb::programs_server::ProgramsServer;
use crate::pb::till_server::TillServer;
use crate::proto::DESCRIPTORS;

/// The largest reply, in bytes. A page of 1,000 entries fits four times.
pub const REPLY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The largest number of open calls on a connection. tonic sends no limit of its own.
pub const CONNECTION_CALLS_MAX: u32 = 256;

/// Bytes that a client may send on one call before the server reads them: two of the largest usual batches.
const STREAM_WINDOW: u32 = 256 * 1024;

/// The same for all calls of a connection. As many streams as it may have, standing still because nobody reads their results, must
/// leave room for the other calls.
const CONNECTION_WINDOW: u32 = 32 * STREAM_WINDOW;

/// Streams that a client may reset before they are accepted, and resets that the server may answer with. Beyond it, the
/// connection is a flood (CVE-2023-44487) and is closed.
const RESETS_MAX: usize = 64;

/// The largest header list, in bytes, as most gRPC servers have it. Clients of this service send a name and a timeout.
const HEADERS_BYTES_MAX: u32 = 8 * 1024;

/// A silent connection is checked after the first time, and closed when it does not answer within the second.
const KEEPALIVE: Duration = Duration::from_secs(30);
const KEEPALIVE_PATIENCE: Duration = Duration::from_secs(10);

/// How often the files of TLS are looked at.
const READ_AGAIN_EVERY: Duration = Duration::from_secs(1);

/// How long a graceful end may take. Then the remaining calls are cut.
pub const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(10);

/// Services that report their health. The empty name is the server's.
const SERVICES: [&str; 13] = [
    "",
    ProgramsServer::<Api>::NAME,
    PrincipalsServer::<Api>::NAME,
    LedgerServer::<Api>::NAME,
    TillServer::<Api>::NAME,
    AdjustmentsServer::<Api>::NAME,
    MembersServer::<Api>::NAME,
    LeaderboardsServer::<Api>::NAME,
    PayoutsServer::<Api>::NAME,
    ChoicesServer::<Api>::NAME,
    PaymentsServer::<Api>::NAME,
    BooksServer::<Api>::NAME,
    AuditServer::<Api>::NAME,
];

/// Serves until `stop` resolves, then finishes the open calls. Without `tls` it serves in plain text.
///
/// # Errors
/// Fails when the listener does.
pub async fn serve(
    api: Api,
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let (health, health_service) = tonic_health::server::health_reporter();
    tell_health(&health, ServingStatus::Serving).await;
    let following_fitness = tokio::spawn(follow_fitness(health.clone(), api.clone()));

    macro_rules! limited {
        ($server:ident) => {
            $server::new(api.clone())
                .max_decoding_message_size(REQUEST_BYTES_MAX)
                .max_encoding_message_size(REPLY_BYTES_MAX)
        };
    }
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            // The messages that errors carry are among them, so that a client without them can show an error.
            .register_encoded_file_descriptor_set(DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let (connections, replies) = (
        Connections::with_limits(ConnectionLimits::default(), api.metrics().standing.connections.clone()),
        Arc::<Replies>::default(),
    );
    let keeping = tokio::spawn({
        let (connections, replies, tls) = (Arc::clone(&connections), Arc::clone(&replies), tls.clone());
        async move { tokio::join!(connections.keep_closing(), replies.keep_dropping(), keep_reading(tls)) }
    });
    let (streams, closing) = (api.streams.clone(), Arc::clone(&connections));
    let stopping = async move {
        stop.await;
        closing.stop();
        // Streams have no end of their own, and the server would wait for them.
        streams.stop();
        following_fitness.abort();
        // Load balancers that watch health send new calls elsewhere, while open ones end. Watchers of health are
        // released.
        tell_health(&health, ServingStatus::NotServing).await;
        for service in SERVICES {
            health.clone().clear_service_status(service).await;
        }
    };
    let served = Server::builder()
        .max_concurrent_streams(CONNECTION_CALLS_MAX)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .http2_max_pending_accept_reset_streams(Some(RESETS_MAX))
        .http2_max_local_error_reset_streams(Some(RESETS_MAX))
        .http2_max_header_list_size(HEADERS_BYTES_MAX)
        .http2_keepalive_interval(Some(KEEPALIVE))
        .http2_keepalive_timeout(Some(KEEPALIVE_PATIENCE))
        // A browser, and `curl`, speak HTTP/1.1, too.
        .accept_http1(true)
        .layer(Ways::from(&api.origins, Arc::clone(&replies), Arc::clone(&api.book)))
        .layer(Door { replies, api: api.clone() })
        .add_service(health_service)
        .add_service(reflection().build_v1().expect("the descriptors are those of this build"))
        .add_service(reflection().build_v1alpha().expect("the descriptors are those of this build"))
        .add_service(limited!(ProgramsServer))
        .add_service(limited!(PrincipalsServer))
        .add_service(limited!(LedgerServer))
        .add_service(limited!(TillServer))
        .add_service(limited!(AdjustmentsServer))
        .add_service(limited!(MembersServer))
        .add_service(limited!(LeaderboardsServer))
        .add_service(limited!(PayoutsServer))
        .add_service(limited!(ChoicesServer))
        .add_service(limited!(PaymentsServer))
        .add_service(limited!(BooksServer))
        .add_service(limited!(AuditServer))
        .serve_with_incoming_shutdown(connections.accept(listener, tls), stopping)
        .await;
    keeping.abort();
    served
}

/// Reads the files of TLS again when they have changed, for as long as the server runs.
async fn keep_reading(tls: Option<Arc<Tls>>) {
    let Some(tls) = tls else { return };
    loop {
        tokio::time::sleep(READ_AGAIN_EVERY).await;
        let tls = Arc::clone(&tls);
        // A disk may take its time.
        let _looked = tokio::task::spawn_blocking(move || tls.look_again()).await;
    }
}

async fn tell_health(health: &HealthReporter, status: ServingStatus) {
    for service in SERVICES {
        health.set_service_status(service, status).await;
    }
}

/// Reports a server as not serving while it cannot record, because its clock is off or its store is silent, gone or refuses writes, so
/// that clients that check health send it no calls.
async fn follow_fitness(health: HealthReporter, api: Api) {
    let (mut fitness, mut was_fit) = (api.ledger.vitals().fitness(), true);
    loop {
        let is_fit = fitness.borrow_and_update().faults().next().is_none();
        if is_fit != was_fit {
            tell_health(&health, if is_fit { ServingStatus::Serving } else { ServingStatus::NotServing }).await;
            was_fit = is_fit;
        }
        if fitness.changed().await.is_err() {
            return;
        }
    }
}
