//! `goodturn serve`.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::DatabaseArgs;
use crate::cli::out;
use goodturn::app::{Config, start};
use goodturn::failpoints;
use goodturn::grpc::tls::TlsFiles;
use goodturn::log::Cache;

#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Address to listen on; port 0 takes a free one. Loopback only, unless --access says who may call.
    #[arg(long, env = "GOODTURN_LISTEN", default_value_t = Config::default().listen, value_name = "ADDRESS")]
    listen: SocketAddr,
    /// File with the server's certificate and those between it and a trusted one, in PEM: serves under TLS.
    #[arg(long, env = "GOODTURN_TLS_CERTIFICATE", requires = "tls_key", value_name = "FILE")]
    tls_certificate: Option<PathBuf>,
    /// File with the certificate's key, in PEM. Both files are read again when they change.
    #[arg(long, env = "GOODTURN_TLS_KEY", requires = "tls_certificate", value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// File that says who may call: issuers of tokens, operators, and what API keys are checked with. Without it whoever calls on
    /// this machine is believed.
    #[arg(long, env = "GOODTURN_ACCESS", value_name = "FILE")]
    access: Option<PathBuf>,
    /// A proxy in front ends TLS: takes plain text from elsewhere too. Needs --access.
    #[arg(long, env = "GOODTURN_BEHIND_TLS_PROXY")]
    behind_tls_proxy: bool,
    /// File with the keys by which destinations of members' money are encrypted: 64 hexadecimal digits a line, as `openssl rand -hex 32`
    /// prints. The first encrypts, every one decrypts. Keep a copy apart from the database: without it no destination can be read.
    #[arg(long, env = "GOODTURN_PAYEE_KEY_FILE", value_name = "FILE")]
    payee_key_file: Option<PathBuf>,
    /// Memory for what was read of the database, in megabytes: pages of SQLite, and accounts of each programme in use. More is
    /// faster with many members: 1,000 for a million.
    #[arg(long, env = "GOODTURN_CACHE_MB", default_value_t = Cache::default().megabytes(), value_name = "MEGABYTES",
          value_parser = clap::value_parser!(u32).range(i64::from(Cache::MIN)..=i64::from(Cache::MAX)))]
    cache_mb: u32,
    /// Filter for the log on stderr, as `info` or `goodturn=debug`.
    #[arg(long, env = "GOODTURN_LOG", default_value = "info", value_name = "FILTER")]
    log: EnvFilter,
    /// Logs as JSON lines; the default when stderr is not a terminal.
    #[arg(long, env = "GOODTURN_LOG_JSON")]
    log_json: bool,
}

pub(super) async fn run(args: ServeArgs) -> anyhow::Result<()> {
    failpoints::set_up();
    // A call must not fail when its log line cannot be written.
    let logs =
        tracing_subscriber::fmt().with_env_filter(args.log).with_writer(std::io::stderr).log_internal_errors(false);
    if args.log_json || !std::io::stderr().is_terminal() {
        logs.json().init();
    } else {
        logs.init();
    }
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be listened for")?;
    let tls = args.tls_certificate.zip(args.tls_key).map(|(certificate, key)| TlsFiles { certificate, key });
    let (access, is_behind_proxy) = (args.access, args.behind_tls_proxy);
    let database = args.database.database.with_cache(Cache::of_megabytes(args.cache_mb));
    let config =
        Config { listen: args.listen, database, tls, access, is_behind_proxy, payee_keys: args.payee_key_file };
    let server = start(&config).await?;
    announce(server.address, &config)?;

    tokio::select! {
        _ = terminate.recv() => tracing::info!("SIGTERM: finishing open calls"),
        interrupted = tokio::signal::ctrl_c() => {
            interrupted.context("Ctrl-C cannot be listened for")?;
            tracing::info!("Ctrl-C: finishing open calls");
        }
    }
    server.stop().await?;
    tracing::info!("stopped");
    Ok(())
}

fn announce(address: SocketAddr, config: &Config) -> anyhow::Result<()> {
    let (version, database) = (env!("CARGO_PKG_VERSION"), &config.database);
    let (scheme, trust) = match &config.tls {
        Some(_) => ("https://", "-cacert CA_FILE"),
        None => ("", "-plaintext"),
    };
    let (by, shown, owners) = match &config.access {
        Some(_) => (
            ", by an operator",
            " -H \"authorization: Bearer $TOKEN\"",
            ", \\
    \"owners\": [{\"issuer\": \"ISSUER\", \"subject\": \"ID\"}, {\"issuer\": \"ISSUER\", \"subject\": \"ID\"}]",
        ),
        None => ("", "", ""),
    };
    out::print(format!(
        "goodturn {version} listening on {scheme}{address}, data in {database}

A first call{by}:
  grpcurl {trust}{shown} -d '{{\"program_id\": \"hello\", \"program\": {{\"currency_code\": \"GBP\", \\
    \"time_zone\": \"Europe/London\"}}{owners}}}' {address} goodturn.v1.Programs/CreateProgram
"
    ))
}
