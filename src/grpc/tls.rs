//! TLS for callers: a certificate and its key from files, which are read again when they change.
//!
//! Every new connection gets what was read last, so a certificate is renewed without a restart and without losing a call. Whoever
//! renews writes two files, one after the other: a pair that does not fit together is left, and the one before stays.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{Error, ServerConfig};
use tokio_rustls::{Accept, TlsAcceptor};

use super::socket::{PROTOCOLS, Wire};
use crate::credentials::{read, shown};

/// The largest file of certificates or of a key, in bytes: a chain of a hundred certificates.
const FILE_BYTES_MAX: u64 = 256 * 1024;

/// The files of a certificate and its key, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate, and those between it and an authority that callers trust.
    pub certificate: PathBuf,
    /// The key of the first certificate: PKCS#8, PKCS#1 or SEC1, without a passphrase.
    pub key: PathBuf,
}

/// What tells that a file was written or replaced.
type Stamp = Option<(u64, u64, u64, i64, i64)>;

/// TLS as the next connection gets it.
pub struct Tls {
    files: TlsFiles,
    known: Mutex<Known>,
}

struct Known {
    config: Arc<ServerConfig>,
    /// The files as they were when they were last read.
    stamps: [Stamp; 2],
    /// True when what was last read is in use.
    is_in_use: bool,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn read(files: TlsFiles) -> Result<Self, Vec<String>> {
        let stamps = files.stamps();
        let config = files.read()?;
        Ok(Self { files, known: Mutex::new(Known { config, stamps, is_in_use: true }) })
    }

    /// Begins TLS on a connection.
    pub(super) fn accept(&self, wire: Wire) -> Accept<Wire> {
        TlsAcceptor::from(Arc::clone(&self.lock().config)).accept(wire)
    }

    /// Reads the files again if they have changed, or could not be used the last time.
    pub(super) fn look_again(&self) {
        let stamps = self.files.stamps();
        let (is_new, is_in_use) = {
            let known = self.lock();
            (known.stamps != stamps, known.is_in_use)
        };
        if !is_new && is_in_use {
            return;
        }
        let read = self.files.read();
        {
            let mut known = self.lock();
            known.stamps = stamps;
            known.is_in_use = read.is_ok();
            if let Ok(config) = &read {
                known.config = Arc::clone(config);
            }
        }
        // Nobody who connects waits for the log.
        match read {
            Ok(_) => {
                let certificate = self.files.certificate.display();
                tracing::info!(%certificate, "new connections get the new certificate");
            }
            Err(problems) if is_new => {
                let problems = problems.join("; ");
                tracing::warn!(%problems, "the new certificate cannot be used; the one before stays");
            }
            Err(_) => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().expect("nothing panics while it holds the lock")
    }
}

impl TlsFiles {
    fn stamps(&self) -> [Stamp; 2] {
        [&self.certificate, &self.key].map(|path| {
            let file = fs::metadata(path).ok()?;
            Some((file.dev(), file.ino(), file.size(), file.ctime(), file.ctime_nsec()))
        })
    }

    fn read(&self) -> Result<Arc<ServerConfig>, Vec<String>> {
        let (certificates, key) = match (certificates(&self.certificate), key(&self.key)) {
            (Ok(certificates), Ok(key)) => (certificates, key),
            (certificates, key) => return Err(certificates.err().into_iter().chain(key.err()).collect()),
        };
        let versions = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .expect("both versions have ciphers of this provider");
        let config = versions.with_no_client_auth().with_single_cert(certificates, key);
        let mut config = config.map_err(|error| {
            let (certificate, key) = (self.certificate.display(), self.key.display());
            vec![match error {
                Error::InconsistentKeys(_) => {
                    format!("the key in {key} is not that of the certificate in {certificate}")
                }
                error => format!("the certificate in {certificate} and the key in {key} cannot be used: {error}"),
            }]
        })?;
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        Ok(Arc::new(config))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let pem = read(path, FILE_BYTES_MAX)?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => {
            Err(format!("{} holds no certificate in PEM, as it begins with -----BEGIN CERTIFICATE-----", shown(path)))
        }
        Err(error) => Err(format!("{} holds a certificate that cannot be read: {error}", shown(path))),
    }
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_slice(&read(path, FILE_BYTES_MAX)?).map_err(|_| {
        format!("{} holds no private key in PEM: PKCS#8, PKCS#1 or SEC1, without a passphrase", shown(path))
    })
}
