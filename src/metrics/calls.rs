//! Calls, by the conventions for RPC of OpenTelemetry (semantic conventions 1.45.0, stable).

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// The value of a label for what has none of its own, as the conventions have it.
pub const OTHER: &str = "_OTHER";

/// Bounds of durations, in seconds. The conventions advise 5 ms to 10 s; commits on a local disk take less, so three come before.
const BOUNDS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Codes of gRPC by their numbers, as the conventions write them.
const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    rpc_method: &'static str,
    rpc_response_status_code: &'static str,
}

#[derive(Clone)]
struct Bounded;

impl MetricConstructor<Histogram> for Bounded {
    fn new_metric(&self) -> Histogram {
        Histogram::new(BOUNDS)
    }
}

/// Durations of calls, by method and status.
pub struct CallMetrics {
    durations: Family<CallLabels, Histogram, Bounded>,
}

impl CallMetrics {
    pub(super) fn registered(registry: &mut Registry) -> Self {
        let durations = Family::new_with_constructor(Bounded);
        let system = registry.sub_registry_with_label(("rpc_system_name".into(), "grpc".into()));
        let help = "Duration of calls, from their first byte to the end of the reply";
        system.register_with_unit("rpc_server_call_duration", help, Unit::Seconds, durations.clone());
        Self { durations }
    }

    /// Notes a call that has ended: its method, as `goodturn.v1.Ledger/GetBalance`, and its status by number.
    pub fn note(&self, rpc_method: &'static str, code: i32, took: Duration) {
        let labels = CallLabels { rpc_method, rpc_response_status_code: code_name(code) };
        self.durations.get_or_create(&labels).observe(took.as_secs_f64());
    }
}

/// Returns the name of a code of gRPC by its number.
#[must_use]
pub fn code_name(code: i32) -> &'static str {
    usize::try_from(code).ok().and_then(|code| CODES.get(code)).copied().unwrap_or("UNKNOWN")
}
