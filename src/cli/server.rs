//! A server, as subcommands reach it.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use prost::Message as _;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Response, Status};
use tonic_types::StatusExt as _;

use goodturn::google::rpc;
use goodturn::wire::PRINCIPAL;

/// Where a server listens when it is not told.
const DEFAULT_SERVER: &str = "127.0.0.1:7460";

/// How long a server may take to answer. A commit takes milliseconds, and a person waits no longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection that names its caller.
pub(super) type Named = InterceptedService<Channel, Principal>;

/// Puts the caller's name into every request.
#[derive(Debug, Clone)]
pub(super) struct Principal(Option<MetadataValue<Ascii>>);

impl Interceptor for Principal {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(name) = &self.0 {
            request.metadata_mut().insert(PRINCIPAL, name.clone());
        }
        Ok(request)
    }
}

/// Gives a connection its caller's name.
pub(super) fn named(channel: &Channel, name: Option<MetadataValue<Ascii>>) -> Named {
    InterceptedService::new(channel.clone(), Principal(name))
}

/// The server that a command asks.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ServerArgs {
    /// Address of a server of the programme, as serve prints it, or its URL.
    #[arg(long = "server", env = "GOODTURN_SERVER", default_value = DEFAULT_SERVER, value_name = "HOST:PORT")]
    pub(super) address: String,
}

impl ServerArgs {
    /// Connects for questions that a server answers at once.
    ///
    /// # Errors
    /// Says that nothing answers there.
    pub(super) async fn connect(&self) -> anyhow::Result<Channel> {
        connect(&self.address).await
    }

    /// Connects for questions that may take the server as long as they need: it reads a whole log for them.
    ///
    /// # Errors
    /// Says that nothing answers there.
    pub(super) async fn connect_for_long(&self) -> anyhow::Result<Channel> {
        reach(&self.address, endpoint(&self.address)?).await
    }
}

/// The caller's name, as commands take it that record something.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct PrincipalArgs {
    /// Name under which it is recorded.
    #[arg(long = "principal", env = "GOODTURN_PRINCIPAL", value_name = "NAME")]
    pub(super) name: Option<MetadataValue<Ascii>>,
}

/// Connects to a server at such an address.
///
/// # Errors
/// Says that nothing answers there.
pub(super) async fn connect(address: &str) -> anyhow::Result<Channel> {
    reach(address, endpoint(address)?.timeout(PATIENCE)).await
}

fn endpoint(address: &str) -> anyhow::Result<Endpoint> {
    let url = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    let endpoint = Endpoint::from_shared(url);
    let endpoint =
        endpoint.with_context(|| format!("{address:?} is no address of a server; give one as {DEFAULT_SERVER}"))?;
    // A server that computes for long answers pings meanwhile. One that does not is gone.
    let endpoint = endpoint.http2_keep_alive_interval(PATIENCE).keep_alive_timeout(PATIENCE);
    Ok(endpoint.connect_timeout(PATIENCE))
}

async fn reach(address: &str, endpoint: Endpoint) -> anyhow::Result<Channel> {
    endpoint.connect().await.with_context(|| format!("no server answers at {address}; start one with goodturn serve"))
}

/// Returns the answer.
///
/// # Errors
/// Says what was tried, and what the server answered.
pub(super) fn answered<T>(reply: Result<Response<T>, Status>, doing: &str) -> anyhow::Result<T> {
    let told = reply.map(Response::into_inner).map_err(|status| anyhow!("{}", explain(&status)));
    told.with_context(|| format!("cannot {doing}"))
}

/// Returns the text of an error, with every violation and the reason from the API's list.
pub(super) fn explain(status: &Status) -> String {
    let mut text = status.message().to_owned();
    let violations = status.get_details_bad_request().map(|details| details.field_violations).unwrap_or_default();
    for violation in violations {
        let said = format!("{}: {}", violation.field, violation.description);
        if !text.contains(&violation.description) {
            text = format!("{text}; {said}");
        }
    }
    match status.get_details_error_info() {
        Some(info) => format!("{text} ({})", info.reason),
        None => format!("{text} ({:?})", status.code()),
    }
}

/// Reads the error of one item of a batch. It has the form of a call's error.
pub(super) fn status_of(error: &rpc::Status) -> Status {
    Status::with_details(error.code.into(), error.message.clone(), error.encode_to_vec().into())
}
