//! Where the keys of an issuer come from: a file, or an https URL.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, CACHE_CONTROL, HOST, HeaderMap};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::Url;

use super::config::KeysAt;
use super::keys::{KEY_SET_BYTES_MAX, KeySet};

/// How long a set is used before it is asked for again, at least and at most, and when the reply does not say.
const FRESH_MIN: Duration = Duration::from_mins(1);
const FRESH_MAX: Duration = Duration::from_hours(1);
const FRESH_DEFAULT: Duration = Duration::from_mins(5);

/// How long an issuer may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A set of keys, and how long to use it before it is asked for again.
pub(super) struct Fetched {
    pub(super) keys: KeySet,
    /// Keys that cannot check a token, each with the reason.
    pub(super) left_out: Vec<String>,
    pub(super) fresh_for: Duration,
}

/// Where the keys of an issuer come from.
#[derive(Debug, Clone)]
pub(super) enum KeySource {
    File(PathBuf),
    Url { url: Url, roots: Arc<ClientConfig> },
}

impl KeySource {
    pub(super) fn of(at: KeysAt, ca_file: Option<&PathBuf>) -> Result<Self, String> {
        match at {
            KeysAt::File(path) => Ok(Self::File(path)),
            KeysAt::Url(url) => Ok(Self::Url { url, roots: Arc::new(trusting(ca_file)?) }),
        }
    }

    /// Returns what shows that a file has changed; `None` for a URL, or a file that cannot be looked at.
    pub(super) fn stamp(&self) -> Option<(SystemTime, u64)> {
        let Self::File(path) = self else { return None };
        let file = fs::metadata(path).ok()?;
        Some((file.modified().ok()?, file.len()))
    }

    /// Reads the keys.
    ///
    /// # Errors
    /// Says why there are none.
    pub(super) async fn fetch(&self) -> Result<Fetched, String> {
        let (text, fresh_for) = match self {
            Self::File(path) => {
                let shown = path.display().to_string();
                let path = path.clone();
                let read = tokio::task::spawn_blocking(move || read_some(&path)).await;
                let text = read.map_err(|_| format!("{shown} was not read"))?;
                (text.map_err(|error| format!("{shown} cannot be read: {error}"))?, FRESH_DEFAULT)
            }
            Self::Url { url, roots } => {
                let asked = tokio::time::timeout(PATIENCE, get(url, roots)).await;
                let answer =
                    asked.map_err(|_| format!("{} did not answer within {} s", place(url), PATIENCE.as_secs()))?;
                answer.map_err(|why| format!("{}: {why}", place(url)))?
            }
        };
        let (keys, left_out) = KeySet::parse(&text)?;
        Ok(Fetched { keys, left_out, fresh_for })
    }
}

/// Returns a URL as it is shown: what follows its path may hold a secret.
fn place(url: &Url) -> String {
    format!("{}://{}{}", url.scheme(), url.authority(), url.path())
}

/// Reads a file as far as one byte beyond what a key set may have.
fn read_some(path: &PathBuf) -> io::Result<Vec<u8>> {
    use std::io::Read as _;
    let most = u64::try_from(KEY_SET_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut text = Vec::new();
    fs::File::open(path)?.take(most).read_to_end(&mut text)?;
    Ok(text)
}

fn trusting(ca_file: Option<&PathBuf>) -> Result<ClientConfig, String> {
    use tokio_rustls::rustls::pki_types::CertificateDer;
    use tokio_rustls::rustls::pki_types::pem::PemObject as _;
    let mut roots = RootCertStore::empty();
    match ca_file {
        Some(path) => {
            let shown = path.display();
            let unread = |error: &dyn std::fmt::Display| format!("{shown} cannot be read: {error}");
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unread(&error))? {
                roots.add(certificate.map_err(|error| unread(&error))?).map_err(|error| unread(&error))?;
            }
        }
        None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
    }
    if roots.is_empty() {
        return Err("no authority is trusted to name the issuer's keys: give a ca_file".into());
    }
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| error.to_string())?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// Asks for a document. A redirect is no answer: another place would name the keys then.
async fn get(url: &Url, trusted: &Arc<ClientConfig>) -> Result<(Vec<u8>, Duration), String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let host = url.host_str().ok_or("it names no host")?;
    let port = url.port_or_known_default().ok_or("it names no port")?;
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).map_err(|error| told(&error))?;
    let stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await.map_err(|error| told(&error))?;
    let connector = TlsConnector::from(Arc::clone(trusted));
    let stream = connector.connect(name, stream).await.map_err(|error| told(&error))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| told(&error))?;
    let asking = async {
        let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let request = Request::get(path)
            .header(HOST, url.authority().rsplit('@').next().unwrap_or(host))
            .header(ACCEPT, "application/json")
            .body(Empty::<Bytes>::new())
            .map_err(|error| told(&error))?;
        let reply = sender.send_request(request).await.map_err(|error| told(&error))?;
        if reply.status() != 200 {
            return Err(format!("it answered {}", reply.status()));
        }
        let fresh_for = fresh_for(reply.headers());
        let text = Limited::new(reply.into_body(), KEY_SET_BYTES_MAX).collect().await;
        let text = text.map_err(|error| format!("its answer was not read: {error}"))?.to_bytes().to_vec();
        Ok((text, fresh_for))
    };
    // The connection works while the answer is awaited. It may end before the answer is read.
    tokio::pin!(asking);
    tokio::select! {
        answer = &mut asking => answer,
        ended = connection => match ended {
            Ok(()) => asking.await,
            Err(error) => Err(error.to_string()),
        },
    }
}

/// Returns how long an answer may be used (`max-age`: RFC 9111, section 5.2.2.1), within bounds.
fn fresh_for(headers: &HeaderMap) -> Duration {
    let said = headers.get(CACHE_CONTROL).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut directives = said.split(',').map(str::trim);
    let age = directives.find_map(|directive| directive.strip_prefix("max-age=")?.parse().ok());
    age.map_or(FRESH_DEFAULT, Duration::from_secs).clamp(FRESH_MIN, FRESH_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_kept_as_long_as_its_issuer_says_within_bounds() {
        for (said, seconds) in [
            ("", 300),
            ("max-age=600", 600),
            ("public, max-age=21600, must-revalidate", 3_600),
            ("max-age=0", 60),
            ("no-store", 300),
            ("max-age=x", 300),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CACHE_CONTROL, said.parse().expect("a value"));
            assert_eq!(fresh_for(&headers), Duration::from_secs(seconds), "{said}");
        }
    }
}
