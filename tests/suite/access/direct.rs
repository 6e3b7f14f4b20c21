//! Callers who name themselves: believed only when nothing stands between them and the server.

use goodturn::pb;
use prost::Message as _;
use tonic::Code;
use tonic::codegen::http::{HeaderMap, HeaderName, HeaderValue};

use crate::support::clients::TestServer;
use crate::support::raw::{Raw, framed};
use crate::support::refused::Refused;

/// Headers of a call.
fn headers(of: &[(&'static str, &'static str)]) -> HeaderMap {
    of.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
}

#[tokio::test]
async fn a_caller_is_believed_only_when_nothing_stands_between() {
    // INV 18, 85
    let server = TestServer::with_program().await;
    let mut raw = Raw::connect(server.running.address, 65_535).await;
    let request = pb::GetProgramRequest { name: "programs/qc".into() }.encode_to_vec();
    let port = server.running.address.port();
    let direct = server.running.address.to_string();
    let mut ask = async |authority: &str, given: &[(&'static str, &'static str)]| {
        let mut call = raw.begin_at(authority, &headers(given), "Programs/GetProgram").await.expect("it is open");
        call.send(framed(&request), true).await.expect("it is taken");
        call.status().await
    };
    for (authority, given) in [
        (direct.clone(), &[][..]),
        (format!("localhost:{port}"), &[("goodturn-principal", "anna")]),
        (format!("[::1]:{port}"), &[]),
        ("127.0.0.53".to_owned(), &[("host", "localhost:80"), ("origin", "http://localhost:3000")]),
    ] {
        let status = ask(&authority, given).await;
        assert_eq!(status.code(), Code::Ok, "{authority}, {given:?}: {status:?}");
    }
    for (authority, given, sign) in [
        ("goodturn.example", &[][..], "it is for goodturn.example, and not for localhost or a loopback address"),
        (
            "localhost.evil.example:7460",
            &[],
            "it is for localhost.evil.example, and not for localhost or a loopback address",
        ),
        ("localhost", &[("host", "10.0.0.1:7460")], "it is for 10.0.0.1, and not for localhost or a loopback address"),
        ("localhost", &[("forwarded", "for=1.2.3.4")], "a proxy sent it, as the header forwarded says"),
        ("localhost", &[("x-forwarded-for", "1.2.3.4")], "a proxy sent it, as the header x-forwarded-for says"),
        ("localhost", &[("x-forwarded-proto", "https")], "a proxy sent it, as the header x-forwarded-proto says"),
        ("localhost", &[("x-real-ip", "127.0.0.1")], "a proxy sent it, as the header x-real-ip says"),
        ("localhost", &[("via", "2.0 envoy")], "a proxy sent it, as the header via says"),
        (
            "localhost",
            &[("origin", "https://forum.example")],
            "a page of the web sent it, as the header origin says: https://forum.example",
        ),
        ("localhost", &[("origin", "null")], "a page of the web sent it, as the header origin says: null"),
        (
            "forum.example",
            &[("via", "x"), ("origin", "http://forum.example"), ("goodturn-principal", "anna")],
            "it is for forum.example, and not for localhost or a loopback address; a proxy sent it, as the header via \
             says; a page of the web sent it, as the header origin says: http://forum.example",
        ),
    ] {
        let told = Refused::of(&ask(authority, given).await);
        told.because(Code::Unauthenticated, "ERROR_REASON_NOT_DIRECT");
        let expected =
            format!("callers name themselves here, so they must call from this machine and directly: {sign}");
        assert_eq!(told.message, expected, "{authority}, {given:?}");
    }
}
