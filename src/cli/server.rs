//! A server, as subcommands reach it.

use std::fs;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, anyhow, ensure};
use prost::Message as _;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt as _;

use goodturn::google::rpc;
use goodturn::wire::PRINCIPAL;

/// Where a server listens when it is not told.
const DEFAULT_SERVER: &str = "127.0.0.1:7460";

/// How a certificate in PEM begins.
const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// The variable with the token, where no file is named.
const TOKEN: &str = "GOODTURN_TOKEN";

/// How long a server may take to answer. A commit takes milliseconds, and a person waits no longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection that says who its caller is.
pub(super) type Connection = InterceptedService<Channel, Caller>;

/// Says in every request who calls: by a name, or by a token or an API key.
#[derive(Clone, Default)]
pub(super) struct Caller {
    name: Option<MetadataValue<Ascii>>,
    token: Option<MetadataValue<Ascii>>,
}

impl Interceptor for Caller {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(name) = &self.name {
            request.metadata_mut().insert(PRINCIPAL, name.clone());
        }
        if let Some(token) = &self.token {
            request.metadata_mut().insert("authorization", token.clone());
        }
        Ok(request)
    }
}

/// Gives a connection its caller's name.
pub(super) fn named(channel: &Channel, name: MetadataValue<Ascii>) -> Connection {
    InterceptedService::new(channel.clone(), Caller { name: Some(name), token: None })
}

/// The server that a command asks.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ServerArgs {
    /// Address of a server of the programme, as serve prints it, or its URL.
    #[arg(long = "server", env = "GOODTURN_SERVER", default_value = DEFAULT_SERVER, value_name = "HOST:PORT")]
    address: String,
    #[command(flatten)]
    trust: TrustArgs,
}

/// Whom a command trusts to be the server.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct TrustArgs {
    /// File with the authorities whose certificates are trusted, in PEM [default: those of this machine]. Calls under TLS.
    #[arg(long, env = "GOODTURN_CA_FILE", value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// File with the token or the API key that says who calls [default: `GOODTURN_TOKEN`]. Sent under TLS, or to this machine.
    #[arg(long, env = "GOODTURN_TOKEN_FILE", value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl TrustArgs {
    /// Reads the token, if there is one. It is never a word of the command line, which others on the machine can read.
    fn token(&self) -> anyhow::Result<Option<MetadataValue<Ascii>>> {
        let text = match &self.token_file {
            Some(file) => fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?,
            None => std::env::var(TOKEN).unwrap_or_default(),
        };
        let from = self.token_file.as_ref().map_or_else(|| TOKEN.to_owned(), |file| file.display().to_string());
        let text = text.trim();
        if text.is_empty() {
            ensure!(self.token_file.is_none(), "{from} holds no token");
            return Ok(None);
        }
        let mut token: MetadataValue<Ascii> = format!("Bearer {text}")
            .parse()
            .map_err(|_| anyhow!("{from} holds no token: a token is one line of letters"))?;
        token.set_sensitive(true);
        Ok(Some(token))
    }
}

impl ServerArgs {
    /// The server at an address.
    pub(super) const fn at(address: String, trust: TrustArgs) -> Self {
        Self { address, trust }
    }

    /// Connects for questions that a server answers at once.
    ///
    /// # Errors
    /// Says that nothing answers there.
    pub(super) async fn connect(&self) -> anyhow::Result<Connection> {
        self.connect_as(None).await
    }

    /// The same, for questions that are asked under a name.
    ///
    /// # Errors
    /// Says that nothing answers there.
    pub(super) async fn connect_as(&self, name: Option<MetadataValue<Ascii>>) -> anyhow::Result<Connection> {
        let (endpoint, caller) = (self.endpoint()?, self.caller(name)?);
        Ok(InterceptedService::new(self.reach(endpoint).await?, caller))
    }

    /// Connects for questions that may take the server as long as they need: it reads a whole log for them.
    ///
    /// # Errors
    /// Says that nothing answers there.
    pub(super) async fn connect_for_long(&self) -> anyhow::Result<Connection> {
        self.connect_for_long_as(None).await
    }

    /// The same, for questions that are asked under a name.
    ///
    /// # Errors
    /// Says that nothing answers there.
    pub(super) async fn connect_for_long_as(&self, name: Option<MetadataValue<Ascii>>) -> anyhow::Result<Connection> {
        let (endpoint, caller) = (self.endpoint_for_long()?, self.caller(name)?);
        Ok(InterceptedService::new(self.reach(endpoint).await?, caller))
    }

    /// Finds out what to say of the caller.
    ///
    /// # Errors
    /// The token cannot be read, or would travel where others can read it.
    pub(super) fn caller(&self, name: Option<MetadataValue<Ascii>>) -> anyhow::Result<Caller> {
        let token = self.trust.token()?;
        let uri = self.endpoint_for_long()?.uri().clone();
        let is_here = uri.host().is_some_and(|host| {
            let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
            host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
        });
        ensure!(
            token.is_none() || uri.scheme_str() == Some("https") || is_here,
            "the token would travel in plain text to {}; give the address as https://HOST:PORT",
            self.address
        );
        ensure!(
            token.is_none() || name.is_none(),
            "a token says who calls, and so does --principal; leave out one of them"
        );
        Ok(Caller { name, token })
    }

    /// Prepares to connect for questions that a server answers at once.
    ///
    /// # Errors
    /// Says why it can never connect.
    pub(super) fn endpoint(&self) -> anyhow::Result<Endpoint> {
        Ok(self.endpoint_for_long()?.timeout(PATIENCE))
    }

    fn endpoint_for_long(&self) -> anyhow::Result<Endpoint> {
        let (address, ca_file) = (&self.address, &self.trust.ca_file);
        let scheme = if ca_file.is_some() { "https" } else { "http" };
        let url = if address.contains("://") { address.to_owned() } else { format!("{scheme}://{address}") };
        let endpoint = Endpoint::from_shared(url)
            .with_context(|| format!("{address:?} is no address of a server; give one as {DEFAULT_SERVER}"))?;
        // A server that computes for long answers pings meanwhile. One that does not is gone.
        let endpoint = endpoint.http2_keep_alive_interval(PATIENCE).keep_alive_timeout(PATIENCE);
        let endpoint = endpoint.connect_timeout(PATIENCE);
        ensure!(
            matches!(endpoint.uri().scheme_str(), Some("http" | "https")),
            "{address:?} is no address of a server; give one as {DEFAULT_SERVER}, or as https://HOST:PORT"
        );
        if endpoint.uri().scheme_str() != Some("https") {
            ensure!(
                ca_file.is_none(),
                "{address} is called in plain text, so --ca-file has no use: leave one of them out"
            );
            return Ok(endpoint);
        }
        let tls = match ca_file {
            Some(file) => {
                let authorities = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
                let has_any = authorities.windows(CERTIFICATE.len()).any(|text| text == CERTIFICATE);
                ensure!(has_any, "{} holds no certificate of an authority in PEM", file.display());
                ClientTlsConfig::new().ca_certificate(Certificate::from_pem(authorities))
            }
            None => ClientTlsConfig::new().with_native_roots(),
        };
        endpoint.tls_config(tls).context("TLS cannot be set up: is the file of authorities in PEM?")
    }

    /// Connects as prepared.
    ///
    /// # Errors
    /// Says that nothing answers there.
    pub(super) async fn reach(&self, endpoint: Endpoint) -> anyhow::Result<Channel> {
        let address = &self.address;
        let is_plain = endpoint.uri().scheme_str() != Some("https");
        endpoint.connect().await.with_context(|| {
            if is_plain {
                format!("no server answers at {address}; start one with goodturn serve")
            } else {
                format!(
                    "no server answers under TLS at {address}, or its certificate is not trusted: its authority must be in \
                     --ca-file or known to this machine, and it must name the host"
                )
            }
        })
    }
}

/// The caller's name, as commands take it that record something.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct PrincipalArgs {
    /// Name under which it is recorded.
    #[arg(long = "principal", env = "GOODTURN_PRINCIPAL", value_name = "NAME")]
    pub(super) name: Option<MetadataValue<Ascii>>,
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
        None if matches!(status.code(), Code::Cancelled | Code::Internal | Code::Unknown) => format!(
            "{text} ({:?}): no Goodturn server answered; if it is one under TLS, give its address as https://HOST:PORT",
            status.code()
        ),
        None => format!("{text} ({:?})", status.code()),
    }
}

/// Reads the error of one item of a batch. It has the form of a call's error.
pub(super) fn status_of(error: &rpc::Status) -> Status {
    Status::with_details(error.code.into(), error.message.clone(), error.encode_to_vec().into())
}
