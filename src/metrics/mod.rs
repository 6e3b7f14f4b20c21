//! Metrics: what a server counts of itself, for Prometheus.
//!
//! Numbers that change with every command are counted where it happens. Those that say how things stand are set when they are asked
//! for (`admin`). No label is a member's id, a principal or a text of a caller's; ids of programmes are, up to a bound.

mod calls;
mod lanes;
mod process;

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::{EncodeLabelSet, prometheus_text, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
pub use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry};

pub use self::calls::{CallMetrics, OTHER, code_name};
pub(crate) use self::lanes::EntryCounters;
pub use self::lanes::{CommitOutcome, LaneMetrics};
use self::process::Process;

/// A number that may have a fraction, as seconds.
pub type Seconds = Gauge<f64, AtomicU64>;

/// The content type of [`Form::Prometheus`].
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The content type of [`Form::OpenMetrics`].
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The form in which metrics are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Prometheus' text format 0.0.4, which every version reads.
    Prometheus,
    /// `OpenMetrics` 1.0.
    OpenMetrics,
}

impl Form {
    /// Returns the form that a reader asks for by the header `Accept`.
    #[must_use]
    pub fn accepted(accept: &str) -> Self {
        if accept.contains("application/openmetrics-text") { Self::OpenMetrics } else { Self::Prometheus }
    }

    /// Returns its content type.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => PROMETHEUS,
            Self::OpenMetrics => OPEN_METRICS,
        }
    }
}

/// The label of a count of refusals.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

/// The label of a number of streams.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

/// A kind of stream that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamKind {
    /// Entries to a reader.
    Watch,
    /// Activities of a caller.
    Record,
    /// The bytes of a file.
    File,
}

impl StreamKind {
    const ALL: [Self; 3] = [Self::Watch, Self::Record, Self::File];

    const fn name(self) -> &'static str {
        match self {
            Self::Watch => "watch",
            Self::Record => "record",
            Self::File => "file",
        }
    }
}

/// What a server counts of itself.
pub struct Metrics {
    registry: Registry,
    /// Calls.
    pub calls: CallMetrics,
    /// Lanes: what is queued, committed and recorded.
    pub lanes: LaneMetrics,
    /// How things stand, as of the last time it was asked for.
    pub standing: Standing,
    refused: Family<ReasonLabel, Counter>,
    unfit: Family<ReasonLabel, Gauge>,
    streams: Family<KindLabel, Gauge>,
    /// Times that a log was found to be another than the one known.
    pub log_forks: Counter,
    /// Lines that the server's log left out.
    pub log_lines_left_out: Counter,
}

/// Gauges that are set when they are asked for, or where the thing is looked at.
#[derive(Default)]
pub struct Standing {
    /// 1 while health says that the server serves.
    pub serving: Gauge,
    /// 1 while the store answers.
    pub store_up: Gauge,
    /// Seconds that the store's last answer took.
    pub store_answer: Seconds,
    /// This machine's clock minus the store's, in seconds.
    pub clock_offset: Seconds,
    /// Seconds since an entry was recorded, as far as this server knows.
    pub head_age: Seconds,
    /// Seconds since this server last took in what others had written.
    pub follower_lag: Seconds,
    /// Items whose time had come and that the last pass of the sweeper could not do.
    pub sweeper_due: Gauge,
    /// Seconds since a pass of the sweeper succeeded.
    pub sweeper_age: Seconds,
    /// The largest number of entries of a programme that are recorded and not in its boards.
    pub board_lag: Gauge,
    /// 0 when the settings could not be used that were read last while the server ran.
    pub reload_successful: Gauge,
    /// Connections.
    pub connections: Gauge,
    /// Calls that are open.
    pub calls_in_flight: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let (calls, refused) = (CallMetrics::registered(&mut registry), Family::<ReasonLabel, Counter>::default());
        let mut own = Own(registry.sub_registry_with_prefix("goodturn"));
        own.0.register("build", "The version of the program", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        own.add("refused", "Calls that were refused or failed, by the reason of the error", &refused);
        let standing = Standing::default();
        standing.register(&mut own);
        let (unfit, log_forks, log_lines_left_out) = (Family::default(), Counter::default(), Counter::default());
        let streams = Family::default();
        for kind in StreamKind::ALL {
            streams.get_or_create_owned(&KindLabel { kind: kind.name() });
        }
        own.add("unfit", "1 for each reason why the server does not serve", &unfit);
        own.add("streams", "Streams that are open", &streams);
        let help =
            "Times that a log was found to be another than the one known: it was restored, or a failover lost its end";
        own.add("log_forks", help, &log_forks);
        own.add(
            "log_lines_left_out",
            "Lines that the log left out: too many came in a second, or nobody took them",
            &log_lines_left_out,
        );
        let lanes = LaneMetrics::registered(own.0);
        registry.register_collector(Box::new(Process::now()));
        Self { registry, calls, lanes, standing, refused, unfit, streams, log_forks, log_lines_left_out }
    }
}

impl Metrics {
    /// Begins the counts of refusals at zero: a count that appears with its first event has no increase.
    pub fn begin(&self, reasons: impl IntoIterator<Item = &'static str>) {
        for reason in reasons {
            self.refused.get_or_create_owned(&ReasonLabel { reason });
        }
    }

    /// Counts a call that was refused or failed.
    pub fn count_refusal(&self, reason: &'static str) {
        self.refused.get_or_create(&ReasonLabel { reason }).inc();
    }

    /// Sets whether the server does not serve for a reason.
    pub fn set_unfit(&self, reason: &'static str, is_unfit: bool) {
        self.unfit.get_or_create(&ReasonLabel { reason }).set(i64::from(is_unfit));
    }

    /// Counts a stream for as long as what this returns is kept.
    #[must_use]
    pub fn stream(&self, kind: StreamKind) -> OpenStream {
        let gauge = self.streams.get_or_create_owned(&KindLabel { kind: kind.name() });
        gauge.inc();
        OpenStream(gauge)
    }

    /// Writes everything.
    #[must_use]
    pub fn write(&self, form: Form) -> String {
        let mut text = String::new();
        let written = match form {
            Form::Prometheus => prometheus_text::encode(&mut text, &self.registry),
            Form::OpenMetrics => text::encode(&mut text, &self.registry),
        };
        written.expect("a string takes whatever is written");
        text
    }
}

/// A stream that is counted until this is dropped.
pub struct OpenStream(Gauge);

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// The metrics that begin with `goodturn_`.
struct Own<'r>(&'r mut Registry);

impl Own<'_> {
    fn add<M: Metric + Clone>(&mut self, name: &str, help: &str, metric: &M) {
        self.0.register(name, help, metric.clone());
    }
}

impl Standing {
    fn register(&self, own: &mut Own<'_>) {
        own.add("serving", "1 while health says that the server serves", &self.serving);
        own.add("store_up", "1 while the store answers within two seconds", &self.store_up);
        own.add("store_answer_seconds", "How long the store took for its last answer", &self.store_answer);
        own.add("clock_offset_seconds", "This machine's clock minus the store's", &self.clock_offset);
        own.add("head_age_seconds", "Time since an entry was recorded, as far as this server knows", &self.head_age);
        let lag = "Time since this server last took in what others had written";
        own.add("follower_lag_seconds", lag, &self.follower_lag);
        let due = "Items whose time had come and that the last pass of the sweeper could not do";
        own.add("sweeper_due", due, &self.sweeper_due);
        own.add("sweeper_age_seconds", "Time since a pass of the sweeper succeeded", &self.sweeper_age);
        let lag = "Largest number of entries of a programme that are recorded and not in its boards";
        own.add("board_lag_entries", lag, &self.board_lag);
        self.reload_successful.set(1);
        let help = "0 when the settings could not be used that SIGHUP had read last";
        own.add("last_reload_successful", help, &self.reload_successful);
        own.add("connections", "Connections", &self.connections);
        own.add("calls_in_flight", "Calls that are open", &self.calls_in_flight);
    }
}
