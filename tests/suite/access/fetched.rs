//! Key sets that come from an https URL: asked again for a key that is not known, and never from another place.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use goodturn::app::{Config, Running, start};
use goodturn::pb;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::support::clients::{Clients, database, on_free_port};
use crate::support::issuer::{Issuer, write_access};
use crate::support::refused::Refused;

/// A host that serves a key set over https, or something else.
struct Host {
    url: String,
    ca: String,
    answer: Arc<Mutex<Vec<u8>>>,
    asked: Arc<AtomicU64>,
}

fn found(body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}

impl Host {
    async fn start() -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate().unwrap();
        let ca = authority.self_signed(&authority_key).unwrap().pem();
        let signer = rcgen::Issuer::new(authority, authority_key);
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &signer).unwrap();
        let certificate = CertificateDer::from_pem_slice(certificate.pem().as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let config = config.with_single_cert(vec![certificate.into_owned()], key).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}/keys?v=1", listener.local_addr().unwrap().port());
        let (answer, asked) = (Arc::new(Mutex::new(Vec::new())), Arc::<AtomicU64>::default());
        let (answering, counting, acceptor) =
            (Arc::clone(&answer), Arc::clone(&asked), TlsAcceptor::from(Arc::new(config)));
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let Ok(mut stream) = acceptor.accept(socket).await else { continue };
                let mut request = vec![0; 4_096];
                let read = stream.read(&mut request).await.unwrap_or(0);
                assert!(request[..read].starts_with(b"GET /keys?v=1 HTTP/1.1\r\n"), "{request:?}");
                counting.fetch_add(1, Ordering::SeqCst);
                let answer = answering.lock().unwrap().clone();
                let _whoever_closes = stream.write_all(&answer).await;
                let _ended = stream.shutdown().await;
            }
        });
        Self { url, ca, answer, asked }
    }

    fn answer(&self, answer: Vec<u8>) {
        *self.answer.lock().unwrap() = answer;
    }

    fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    /// Writes a file of access whose first issuer has its keys here.
    fn access(&self, folder: &Path, issuer: &Issuer) -> std::path::PathBuf {
        let path = write_access(folder, issuer);
        std::fs::write(folder.join("ca.crt"), &self.ca).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let here = format!("keys = \"{}\"\nca_file = \"ca.crt\"", self.url);
        std::fs::write(&path, text.replacen("keys = \"keys.json\"", &here, 1)).unwrap();
        path
    }
}

async fn serve(host: &Host, folder: &tempfile::TempDir, issuer: &Issuer) -> anyhow::Result<Running> {
    let access = Some(host.access(folder.path(), issuer));
    start(&Config { access, ..on_free_port(database(folder)) }).await
}

/// Asks something that only an operator may, so that nothing but the token decides.
async fn ask(clients: &Clients, issuer: &Issuer) -> Result<(), Refused> {
    let request = pb::GetProgramRequest { name: "programs/none".into() };
    let told = clients.showing(issuer.token("olga")).programs().get_program(request).await.unwrap_err();
    let told = Refused::of(&told);
    if told.reason == "ERROR_REASON_NOT_FOUND" { Ok(()) } else { Err(told) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_not_known_has_the_issuer_asked_again_once_a_minute() {
    // INV 85
    let (host, folder, mut issuer) = (Host::start().await, tempfile::tempdir().unwrap(), Issuer::new());
    host.answer(found(&issuer.key_set()));
    let server = serve(&host, &folder, &issuer).await.unwrap();
    let clients = Clients::connect(server.address).await;
    ask(&clients, &issuer).await.unwrap();
    assert_eq!(host.asked(), 1);
    issuer.rotate();
    host.answer(found(&issuer.key_set()));
    // The first call with the new key waits for it, and so do those that come meanwhile.
    let asking = (0..20).map(|_| ask(&clients, &issuer));
    assert!(futures::future::join_all(asking).await.iter().all(Result::is_ok));
    assert_eq!(host.asked(), 2);
    // Made-up keys do not have it asked for each of them.
    let stranger = {
        let mut stranger = Issuer::new();
        (0..5).for_each(|_| stranger.rotate());
        stranger
    };
    for _ in 0..20 {
        let told = ask(&clients, &stranger).await.unwrap_err();
        assert_eq!(told.message, "the token is signed with a key that its issuer does not have");
    }
    assert_eq!(host.asked(), 2);
    ask(&clients, &issuer).await.unwrap();
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_set_that_redirects_is_too_long_or_of_an_unknown_host_is_none() {
    // INV 85
    let (host, folder, issuer) = (Host::start().await, tempfile::tempdir().unwrap(), Issuer::new());
    let redirect = "HTTP/1.1 302 Found\r\nlocation: https://localhost/other\r\ncontent-length: 0\r\n\r\n";
    let long = format!("{{\"keys\": [{}]}}", "\"x\",".repeat(2_500_000));
    for (answer, told) in [
        (redirect.into(), "it answered 302 Found"),
        (found(&long), "its answer was not read"),
        (found("no key set"), "this is no key set"),
        (b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n".to_vec(), "it answered 500"),
        (Vec::new(), host.url.strip_suffix("?v=1").expect("it asks by a parameter")),
    ] {
        host.answer(answer);
        let refusal = serve(&host, &folder, &issuer).await.err().expect("no keys").to_string();
        assert!(refusal.contains("the keys of https://login.example: ") && refusal.contains(told), "{refusal}");
        assert!(!refusal.contains("v=1"), "a parameter may be a secret: {refusal}");
    }
    host.answer(found(&issuer.key_set()));
    let asked = host.asked();
    let other =
        Host { ca: Host::start().await.ca, url: host.url.clone(), answer: Arc::default(), asked: Arc::default() };
    let refusal = serve(&other, &folder, &issuer).await.err().expect("no keys").to_string();
    assert!(refusal.contains("invalid peer certificate"), "{refusal}");
    assert_eq!(host.asked(), asked, "nothing was asked of a host that is not the one");
    serve(&host, &folder, &issuer).await.unwrap().stop().await.unwrap();
}
