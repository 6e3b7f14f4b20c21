//! The port for whoever operates a server: what it answers, and what it does not.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use goodturn::app::{Config, start};

use crate::support::clients::{database, on_free_port};
use crate::support::operated::{ask, get};
use crate::support::postgres::wait_until;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_answers_three_questions_and_refuses_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { admin: Some("127.0.0.1:0".parse().unwrap()), ..on_free_port(database(&folder)) };
    let running = start(&config).await.unwrap();
    let admin = running.admin_address.unwrap();
    assert_ne!(admin.port(), running.address.port());
    for (method, path, status, told) in [
        ("GET", "/healthz", 200, "alive\n"),
        ("GET", "/readyz", 200, "ready\n"),
        ("HEAD", "/readyz", 200, ""),
        ("GET", "/", 404, "here are /healthz, /readyz and /metrics\n"),
        ("GET", "/metrics/../healthz", 404, "here are /healthz, /readyz and /metrics\n"),
        ("POST", "/metrics", 405, "only GET and HEAD are answered here\n"),
        ("DELETE", "/healthz", 405, "only GET and HEAD are answered here\n"),
    ] {
        let reply = ask(admin, method, path, "");
        assert_eq!((reply.status, reply.body.as_str()), (status, told), "{method} {path}");
        assert!(reply.head.contains("cache-control: no-store"), "{}", reply.head);
    }
    let prometheus = get(admin, "/metrics");
    assert!(prometheus.head.contains("content-type: text/plain; version=0.0.4; charset=utf-8"), "{}", prometheus.head);
    assert!(prometheus.body.contains("\n# TYPE goodturn_refused_total counter\n"), "{}", prometheus.body);
    assert!(!prometheus.body.contains("# EOF"));
    let open = ask(admin, "GET", "/metrics", "accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n");
    assert!(open.head.contains("content-type: application/openmetrics-text; version=1.0.0"), "{}", open.head);
    assert!(open.body.contains("\n# TYPE goodturn_refused counter\n") && open.body.ends_with("# EOF\n"));
    running.stop().await.unwrap();
    assert!(TcpStream::connect(admin).is_err(), "it ends with the server");
}

/// Whoever connects and says nothing takes a place until its time is over; the API is not touched.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_bounded_and_silent_ones_end() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { admin: Some("127.0.0.1:0".parse().unwrap()), ..on_free_port(database(&folder)) };
    let running = start(&config).await.unwrap();
    let admin = running.admin_address.unwrap();
    let answers = || {
        let mut socket = TcpStream::connect(admin).unwrap();
        socket.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap_or_default();
        let mut told = String::new();
        socket.read_to_string(&mut told).unwrap_or_default();
        told.starts_with("HTTP/1.1 200 ")
    };
    let mut silent: Vec<TcpStream> = (0..63).map(|_| TcpStream::connect(admin).unwrap()).collect();
    for socket in &mut silent {
        socket.write_all(b"GET /healthz").unwrap();
    }
    assert!(answers(), "there is a place left");
    silent.push(TcpStream::connect(admin).unwrap());
    wait_until("one more is turned away", || !answers());
    // A request must come within five seconds.
    wait_until("silent ones are gone", answers);
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_given_none_has_none_and_one_that_is_taken_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(&on_free_port(database(&folder))).await.unwrap();
    assert_eq!(running.admin_address, None);
    let other = tempfile::tempdir().unwrap();
    let taken = Config { admin: Some(running.address), ..on_free_port(database(&other)) };
    let refused = start(&taken).await.err().expect("it is taken").to_string();
    assert!(refused.contains(&format!("cannot listen on {}", running.address)), "{refused}");
    assert_eq!(std::fs::read_dir(other.path()).unwrap().count(), 0, "no database is left behind");
    running.stop().await.unwrap();
}
