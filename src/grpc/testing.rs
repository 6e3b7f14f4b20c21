//! What the tests of bodies have in common.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{Body as HttpBody, Bytes};

use super::connection::{Connection, ConnectionLimits};
use super::connections::Connections;
use crate::metrics::Gauge;

/// Makes the only connection of a server.
pub(super) fn connection() -> Arc<Connection> {
    Arc::new(Connection::new(Connections::with_limits(ConnectionLimits::default(), Gauge::default()).shares()))
}

/// Waits for the next frame of a body.
pub(super) async fn next(body: &mut Body) -> Option<Result<http_body::Frame<Bytes>, Status>> {
    poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await
}
