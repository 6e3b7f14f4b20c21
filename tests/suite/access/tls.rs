//! TLS for callers: certificates from files, renewed while calls go on.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use goodturn::app::{Config, Running, start};
use goodturn::grpc::tls::TlsFiles;
use goodturn::ledger::clock::Stopwatch;
use goodturn::pb;
use goodturn::pb::programs_client::ProgramsClient;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};

use crate::support::clients::{database, on_free_port, qc};
use crate::support::process::{goodturn, until};

/// An authority that signs certificates.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate for this machine, and its key, in PEM.
struct Pair {
    certificate: String,
    key: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    fn sign(&self) -> Pair {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        Pair { certificate: params.signed_by(&key, &self.issuer).unwrap().pem(), key: key.serialize_pem() }
    }

    /// Prepares a connection that trusts the authority.
    fn endpoint(&self, address: SocketAddr) -> Endpoint {
        let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&self.pem));
        Channel::from_shared(format!("https://{address}")).unwrap().tls_config(tls).unwrap()
    }

    /// Connects, offering one version of TLS and some protocols. Returns the version agreed on, and the server's certificate.
    async fn agree(
        &self,
        address: SocketAddr,
        version: &'static SupportedProtocolVersion,
        protocols: &[&[u8]],
    ) -> std::io::Result<(ProtocolVersion, CertificateDer<'static>)> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let mut config =
            builder.with_protocol_versions(&[version]).unwrap().with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let socket = tokio::net::TcpStream::connect(address).await?;
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, socket).await?;
        let tls = stream.get_ref().1;
        Ok((tls.protocol_version().unwrap(), tls.peer_certificates().unwrap()[0].clone().into_owned()))
    }
}

impl Pair {
    fn der(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(self.certificate.as_bytes()).unwrap()
    }

    fn write(&self, folder: &Path) {
        std::fs::write(folder.join("tls.crt"), &self.certificate).unwrap();
        std::fs::write(folder.join("tls.key"), &self.key).unwrap();
    }
}

/// Starts a server under TLS, with the pair that stands in a folder.
async fn serve(folder: &TempDir) -> Running {
    let [certificate, key] = ["tls.crt", "tls.key"].map(|name| folder.path().join(name));
    let tls = Some(TlsFiles { certificate, key });
    start(&Config { tls, ..on_free_port(database(folder)) }).await.unwrap()
}

async fn ask(channel: &Channel) -> Result<pb::Program, tonic::Status> {
    let mut programs = ProgramsClient::new(channel.clone());
    let asked = programs.get_program(pb::GetProgramRequest { name: "programs/qc".into() });
    Ok(asked.await?.into_inner())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_renewed_under_a_hundred_connections_and_no_call_fails() {
    // INV 4
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let mut served = authority.sign();
    served.write(folder.path());
    let server = serve(&folder).await;
    let first = authority.endpoint(server.address).connect().await.unwrap();
    ProgramsClient::new(first).create_program(qc()).await.unwrap();

    let (stop, calls, fresh) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
    let mut callers = JoinSet::new();
    for caller in 0..104 {
        let endpoint = authority.endpoint(server.address);
        let (stop, calls, fresh) = (Arc::clone(&stop), Arc::clone(&calls), Arc::clone(&fresh));
        callers.spawn(async move {
            let mut channel = endpoint.connect().await.unwrap();
            while !stop.load(Ordering::Acquire) {
                ask(&channel).await.unwrap();
                calls.fetch_add(1, Ordering::Relaxed);
                if caller >= 100 {
                    channel = endpoint.connect().await.unwrap();
                    fresh.fetch_add(1, Ordering::Relaxed);
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
    }
    let serves = async |pair: &Pair| authority.agree(server.address, &TLS13, &[b"h2"]).await.unwrap().1 == pair.der();
    for round in 0..6 {
        let next = authority.sign();
        // Whoever renews writes one file after the other. Every second time it is seen in between.
        std::fs::write(folder.path().join("tls.crt"), &next.certificate).unwrap();
        if round % 2 == 0 {
            tokio::time::sleep(Duration::from_millis(1_300)).await;
            assert!(serves(&served).await, "the pair before stays while the two do not fit together");
        }
        std::fs::write(folder.path().join("tls.key"), &next.key).unwrap();
        let began = Stopwatch::start();
        until("the next certificate is served", async || serves(&next).await).await;
        println!("round {round}: served after {:?}", began.elapsed());
        served = next;
    }
    stop.store(true, Ordering::Release);
    while let Some(caller) = callers.join_next().await {
        caller.expect("no call and no connection fails");
    }
    let (calls, fresh) = (calls.load(Ordering::Relaxed), fresh.load(Ordering::Relaxed));
    println!("{calls} calls on 104 connections and {fresh} new ones, 6 renewals, 0 failed");
    assert!(calls > 1_000 && fresh > 50, "{calls} calls, {fresh} connections");
    server.stop().await.unwrap();
}

#[tokio::test]
async fn tls_is_at_least_1_2_and_carries_http_alone() {
    // INV 85
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    authority.sign().write(folder.path());
    let server = serve(&folder).await;
    let address = server.address;
    for (version, agreed) in [(&TLS12, ProtocolVersion::TLSv1_2), (&TLS13, ProtocolVersion::TLSv1_3)] {
        assert_eq!(authority.agree(address, version, &[b"h2"]).await.unwrap().0, agreed);
        assert_eq!(authority.agree(address, version, &[b"http/1.1"]).await.unwrap().0, agreed);
        let refused = authority.agree(address, version, &[b"h3", b"ftp"]).await.unwrap_err();
        assert!(refused.to_string().contains("NoApplicationProtocol"), "{refused}");
    }
    let stranger = Authority::new().agree(address, &TLS13, &[b"h2"]).await.unwrap_err();
    assert!(stranger.to_string().contains("invalid peer certificate"), "{stranger}");

    // The hello of a client of 2006: version 1.1, ECDHE with AES. The answer is an alert: `protocol_version` (RFC 5246, 7.2).
    let answer = tokio::task::spawn_blocking(move || {
        let signatures = [0, 8, 0, 0x0d, 0, 4, 0, 2, 4, 3];
        let body = [&[3, 2][..], &[7; 32], &[0], &[0, 2, 0xc0, 0x13], &[1, 0], &signatures].concat();
        let length = u8::try_from(body.len()).unwrap();
        let hello = [&[22, 3, 1, 0, length + 4, 1, 0, 0, length][..], &body].concat();
        let mut socket = TcpStream::connect(address).unwrap();
        socket.write_all(&hello).unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).unwrap();
        answer
    });
    let answer = answer.await.unwrap();
    assert_eq!((answer.first(), answer.last()), (Some(&21), Some(&70)), "{answer:?}");

    let plain = Channel::from_shared(format!("http://{address}")).unwrap().connect_lazy();
    let refused = ask(&plain).await.unwrap_err();
    assert!(std::error::Error::source(&refused).is_some(), "it is the connection that fails: {refused:?}");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_call_under_tls_and_say_whom_they_do_not_trust() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    authority.sign().write(folder.path());
    std::fs::write(folder.path().join("ca.pem"), &authority.pem).unwrap();
    std::fs::write(folder.path().join("other.pem"), Authority::new().pem).unwrap();
    let server = serve(&folder).await;
    let channel = authority.endpoint(server.address).connect().await.unwrap();
    ProgramsClient::new(channel).create_program(qc()).await.unwrap();
    let address = server.address.to_string();
    let history =
        |more: &[&str]| goodturn(folder.path(), &[&["history", "ben", "--program", "qc", "--server"], more].concat());
    assert_eq!(history(&[&address, "--ca-file", "ca.pem"]).done(), "Nothing is recorded of ben.\n");
    let url = format!("https://{address}");
    assert_eq!(history(&[&url, "--ca-file", "ca.pem"]).done(), "Nothing is recorded of ben.\n");
    for (more, said) in [
        (&[&*address, "--ca-file", "other.pem"][..], "or its certificate is not trusted"),
        (&[&url], "no server answers under TLS at https://127.0.0.1:"),
        (&[&address, "--ca-file", "tls.key"], "tls.key holds no certificate of an authority in PEM"),
        (&["grpcs://localhost:1"], "is no address of a server; give one as 127.0.0.1:7460, or as https://HOST:PORT"),
        (&[&address], "if it is one under TLS, give its address as https://HOST:PORT"),
        (&[&address, "--ca-file", "nothing.pem"], "nothing.pem cannot be read"),
        (&["http://127.0.0.1:1", "--ca-file", "ca.pem"], "is called in plain text, so --ca-file has no use"),
    ] {
        let told = history(more).refused();
        assert!(told.contains(said), "{more:?}: {told}");
    }
    server.stop().await.unwrap();
}

#[test]
fn files_that_cannot_be_used_are_all_named_at_the_start() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let write = |name: &str, content: &str| std::fs::write(folder.path().join(name), content).unwrap();
    let [one, other] = [authority.sign(), authority.sign()];
    write("one.crt", &one.certificate);
    write("one.key", &one.key);
    write("other.key", &other.key);
    write("broken.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n");
    write("locked.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
    write("large.crt", &"x".repeat(300_000));
    let serve = |certificate: &str, key: &str| {
        let files = ["serve", "--listen", "127.0.0.1:0", "--tls-certificate", certificate, "--tls-key", key];
        goodturn(folder.path(), &files).refused()
    };
    for (certificate, key, said) in [
        ("no.crt", "no.key", &["no.crt cannot be read: No such file", "no.key cannot be read: No such file"][..]),
        ("one.crt", "other.key", &["the key in other.key is not that of the certificate in one.crt"]),
        (
            "one.key",
            "one.crt",
            &["--tls-certificate: one.key holds no certificate in PEM", "one.crt holds no private key in PEM"],
        ),
        ("broken.crt", "locked.key", &["broken.crt holds", "locked.key holds no private key in PEM"]),
        ("large.crt", "one.key", &["large.crt is larger than 262144 bytes"]),
        (".", "/dev/zero", &[": . is no regular file", ": /dev/zero is no regular file"]),
    ] {
        let told = serve(certificate, key);
        for said in said {
            assert!(told.contains(said), "{told}");
        }
        assert!(!folder.path().join("goodturn.db").exists(), "nothing is opened before");
    }
    let alone = goodturn(folder.path(), &["serve", "--tls-key", "one.key"]);
    assert!(alone.stderr.contains("--tls-key: it needs tls-certificate, too"), "{}", alone.stderr);
}
