//! The port for whoever operates a server: is it alive, is it ready, and what it counts. Plain HTTP, apart from the API: it is not for
//! callers, and it answers while the API does not.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use crate::board::Boards;
use crate::ledger::Ledger;
use crate::ledger::vitals::{Fault, Vitals};
use crate::metrics::Form;

/// Connections at once: monitors and people have one for each request. Each takes a descriptor.
const CONNECTIONS_MAX: usize = 64;

/// How long a connection may stay, whatever is done on it: some hundred times as long as a scrape takes. Whoever keeps more would keep others out.
const CONNECTION_PATIENCE: Duration = Duration::from_secs(10);

/// How long a request may take to come.
const REQUEST_PATIENCE: Duration = Duration::from_secs(5);

/// Pause after the operating system gave no connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

const TEXT: &str = "text/plain; charset=utf-8";

/// The stage of a server's life.
#[derive(Clone)]
pub enum Stage {
    /// It opens its store.
    Starting,
    /// It serves.
    Serving {
        /// What it serves.
        ledger: Arc<Ledger>,
        /// Boards of it.
        boards: Arc<Boards>,
    },
    /// It finishes open calls.
    Stopping,
}

/// What the port tells of.
pub struct Admin {
    vitals: Arc<Vitals>,
    stage: watch::Sender<Stage>,
}

impl Admin {
    /// Makes what the port tells of a server that starts.
    #[must_use]
    pub fn new(vitals: Arc<Vitals>) -> Arc<Self> {
        Arc::new(Self { vitals, stage: watch::Sender::new(Stage::Starting) })
    }

    /// Notes that the server has come to another stage.
    pub fn set_stage(&self, stage: Stage) {
        self.stage.send_replace(stage);
    }

    /// Answers requests for as long as the server lives. A connection beyond the largest number is closed at once.
    pub async fn serve(self: Arc<Self>, listener: TcpListener) {
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        loop {
            let Ok((socket, _)) = listener.accept().await else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
            let admin = Arc::clone(&self);
            tokio::spawn(async move {
                // However it ends, nobody waits for it.
                let _ended = tokio::time::timeout(CONNECTION_PATIENCE, admin.answer_all(socket)).await;
                drop(place);
            });
        }
    }

    async fn answer_all(self: Arc<Self>, socket: TcpStream) -> hyper::Result<()> {
        let answering = service_fn(move |request| {
            let reply = self.answer(&request);
            async move { Ok::<_, Infallible>(reply) }
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(REQUEST_PATIENCE).keep_alive(false);
        http.serve_connection(TokioIo::new(socket), answering).await
    }

    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut reply = text(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are answered here".into());
            reply.headers_mut().insert(ALLOW, "GET, HEAD".parse().expect("these are methods"));
            return reply;
        }
        match request.uri().path() {
            "/healthz" => text(StatusCode::OK, "alive".into()),
            "/readyz" => match self.unready() {
                None => text(StatusCode::OK, "ready".into()),
                Some(why) => text(StatusCode::SERVICE_UNAVAILABLE, why),
            },
            "/metrics" => {
                let accept = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
                let form = Form::accepted(accept);
                self.look();
                reply(StatusCode::OK, form.content_type(), self.vitals.metrics.write(form))
            }
            _ => text(StatusCode::NOT_FOUND, "here are /healthz, /readyz and /metrics".into()),
        }
    }

    /// Returns why the server does not serve, a reason a line; `None` while it does.
    fn unready(&self) -> Option<String> {
        let faults: Vec<String> =
            self.vitals.faults().iter().map(|fault| format!("{}: {fault}", fault.name())).collect();
        let stage = match *self.stage.borrow() {
            Stage::Starting => Some("starting: the store is being opened"),
            Stage::Serving { .. } => None,
            Stage::Stopping => Some("stopping: open calls are finished"),
        };
        let reasons: Vec<String> = stage.map(str::to_owned).into_iter().chain(faults).collect();
        (!reasons.is_empty()).then(|| reasons.join("\n"))
    }

    /// Sets the metrics of how things stand.
    fn look(&self) {
        let vitals = &self.vitals;
        let (metrics, standing) = (&vitals.metrics, &vitals.metrics.standing);
        let faults = vitals.faults();
        for name in Fault::NAMES {
            metrics.set_unfit(name, faults.iter().any(|fault| fault.name() == name));
        }
        standing.serving.set(i64::from(self.unready().is_none()));
        for (gauge, moment) in [
            (&standing.head_age, &vitals.recorded),
            (&standing.follower_lag, &vitals.followed),
            (&standing.sweeper_age, &vitals.swept),
        ] {
            gauge.set(moment.age().as_secs_f64());
        }
        if let Stage::Serving { ledger, boards } = &*self.stage.borrow() {
            metrics.lanes.queue.set(i64::try_from(ledger.longest_queue()).unwrap_or(i64::MAX));
            standing.board_lag.set(boards.lag());
        }
    }
}

fn text(status: StatusCode, line: String) -> Response<Full<Bytes>> {
    reply(status, TEXT, line + "\n")
}

fn reply(status: StatusCode, content_type: &'static str, body: String) -> Response<Full<Bytes>> {
    let reply = Response::builder().status(status).header(CONTENT_TYPE, content_type).header(CACHE_CONTROL, "no-store");
    reply.body(Full::new(body.into())).expect("status and headers are of this program")
}
