//! The log of `serve` on standard error, and the spans of calls.

mod writer;

use std::io::IsTerminal as _;

use anyhow::Context as _;

use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::reload::{self, Handle};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, Registry, fmt};

use self::writer::Lines;

/// Libraries whose own lines help nobody who does not ask for them by name: at `debug` they would hide the rest.
const QUIET: &str = "sqlx=warn,h2=warn,hyper=warn,hyper_util=warn,opentelemetry=warn,rustls=warn,tonic=warn,tower=warn";

/// The log that is written.
pub(super) struct Logs {
    filter: Handle<EnvFilter, Registry>,
    lines: Lines,
    /// Sends what was not sent yet when it is dropped.
    #[cfg(feature = "otel")]
    _spans: Option<otel::Spans>,
}

/// Checks a filter, and returns it as it was given.
pub(super) fn checked(text: &str) -> Result<String, String> {
    // A word that is no level would be taken for a module, and nothing else would be written.
    let is_level = |word: &str| !word.is_empty() && word.parse::<LevelFilter>().is_ok();
    let mut words = text.split(',').map(str::trim).filter(|word| !word.contains(['=', '[', ':']));
    if let Some(word) = words.find(|word| !is_level(word)) {
        return Err(format!(
            "{word:?} is no level: give off, error, warn, info, debug or trace, or a module and its level, as sqlx=warn"
        ));
    }
    EnvFilter::builder().parse(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// Makes a filter. Libraries say no more than warnings, and no more than the rest.
fn filter(text: &str) -> EnvFilter {
    let given = EnvFilter::new(text);
    if given.max_level_hint().is_some_and(|most| most <= LevelFilter::WARN) {
        return given;
    }
    EnvFilter::new(format!("{QUIET},{text}"))
}

impl Logs {
    /// Begins to write: as JSON lines, as text, or, where nothing is said, as text on a terminal.
    ///
    /// # Errors
    /// There is no thread to write.
    pub(super) fn begin(filtered: &str, is_json: Option<bool>) -> anyhow::Result<Self> {
        let (filter, handle) = reload::Layer::new(filter(filtered));
        let is_terminal = std::io::stderr().is_terminal();
        // A call must not fail when its log line cannot be written. Spans that are asked for have a line when they end.
        let lines = Lines::to_stderr().context("the log cannot be written")?;
        let layer = fmt::layer().with_writer(lines.clone()).with_ansi(is_terminal).log_internal_errors(false);
        let layer = layer.with_span_events(FmtSpan::CLOSE);
        let layer = if is_json.unwrap_or(!is_terminal) { layer.json().boxed() } else { layer.boxed() };
        let logs = tracing_subscriber::registry().with(layer.with_filter(filter));
        #[cfg(feature = "otel")]
        {
            let (spans, problem) = otel::Spans::begin().map_or_else(|error| (None, Some(error)), |spans| (spans, None));
            logs.with(spans.as_ref().map(otel::Spans::layer)).init();
            if let Some(problem) = problem {
                tracing::warn!(%problem, "spans cannot be sent: see OTEL_EXPORTER_OTLP_ENDPOINT");
            }
            Ok(Self { filter: handle, lines, _spans: spans })
        }
        #[cfg(not(feature = "otel"))]
        {
            logs.init();
            Ok(Self { filter: handle, lines })
        }
    }

    /// Returns how many lines were left out because nobody took them, since this was asked last.
    pub(super) fn left_out(&self) -> u64 {
        self.lines.left_out()
    }

    /// Changes what is written.
    ///
    /// # Errors
    /// The log has ended.
    pub(super) fn reload(&self, filtered: &str) -> Result<(), reload::Error> {
        self.filter.reload(filter(filtered))
    }
}

impl Drop for Logs {
    /// Writes what waits.
    fn drop(&mut self) {
        self.lines.finish();
    }
}

/// Spans of calls, to a collector.
#[cfg(feature = "otel")]
mod otel {
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::Resource;
    use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
    use tracing::Level;
    use tracing_subscriber::Layer;
    use tracing_subscriber::filter::{Filtered, Targets};

    use goodturn::ledger::stages::CALL;

    /// The variables of OpenTelemetry's by which spans are asked for.
    const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

    /// The exporter of spans. OpenTelemetry's variables (`OTEL_…`) say where to, how many and under which name.
    pub(super) struct Spans(SdkTracerProvider);

    impl Spans {
        /// Begins to send spans, where the environment names a collector.
        ///
        /// # Errors
        /// The collector's address cannot be used.
        pub(super) fn begin() -> Result<Option<Self>, opentelemetry_otlp::ExporterBuildError> {
            if ENDPOINTS.iter().all(|name| std::env::var_os(name).is_none()) {
                return Ok(None);
            }
            let exporter = opentelemetry_otlp::SpanExporter::builder().with_tonic().build()?;
            let named = Resource::builder()
                .with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
            let named = match std::env::var_os("OTEL_SERVICE_NAME") {
                Some(_) => named.build(),
                None => named.with_service_name("goodturn").build(),
            };
            Ok(Some(Self(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(named).build())))
        }

        /// Returns the layer that hands spans over.
        pub(super) fn layer<S>(&self) -> Filtered<tracing_opentelemetry::OpenTelemetryLayer<S, SdkTracer>, Targets, S>
        where
            S: tracing::Subscriber + for<'span> tracing_subscriber::registry::LookupSpan<'span>,
        {
            let tracer = self.0.tracer("goodturn");
            tracing_opentelemetry::layer()
                .with_tracer(tracer)
                .with_filter(Targets::new().with_target(CALL, Level::TRACE))
        }
    }

    impl Drop for Spans {
        /// Sends what was not sent yet.
        fn drop(&mut self) {
            if let Err(error) = self.0.shutdown() {
                tracing::warn!(%error, "the last spans were not sent");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_no_level_is_refused_and_not_taken_for_a_module() {
        for filter in ["info", "WARN", "off", "info,sqlx=debug", "goodturn::call=trace,warn", "sqlx=off, info"] {
            assert_eq!(checked(filter).as_deref(), Ok(filter));
        }
        for filter in ["warning", "infoo", "", "info,", "sqlx=debug,verbose", "goodturn"] {
            let refused = checked(filter).unwrap_err();
            assert!(refused.contains("is no level: give off, error, warn, info, debug or trace"), "{refused}");
        }
    }
}
