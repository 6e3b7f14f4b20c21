//! What a command waits for, as spans of its call: in the queue, for its turn to be written, and for the store. There are none unless
//! somebody asks for them by the target, as `--log goodturn::call=trace` does.

use tracing::{Level, Span, trace_span};

/// The target of a call's spans.
pub const CALL: &str = "goodturn::call";

/// A stage of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It waits to be decided.
    Queue,
    /// It is decided, and waits for the batch before its own.
    Turn,
    /// Its batch is with the store.
    Commit,
}

/// The stages of a command, one after the other.
pub(super) struct Stages(Option<Box<Seen>>);

/// Stages that somebody looks at.
struct Seen {
    call: Span,
    now: Span,
}

impl Stages {
    /// Begins the first stage, in the span that the caller is in.
    pub(super) fn begin() -> Self {
        if !tracing::enabled!(target: CALL, Level::TRACE) {
            return Self(None);
        }
        let call = Span::current();
        let now = span(&call, Stage::Queue);
        Self(Some(Box::new(Seen { call, now })))
    }

    /// Ends the stage before, and begins another.
    pub(super) fn enter(&mut self, stage: Stage) {
        if let Some(seen) = &mut self.0 {
            seen.now = span(&seen.call, stage);
        }
    }
}

fn span(call: &Span, stage: Stage) -> Span {
    match stage {
        Stage::Queue => trace_span!(target: CALL, parent: call, "queue"),
        Stage::Turn => trace_span!(target: CALL, parent: call, "turn"),
        Stage::Commit => trace_span!(target: CALL, parent: call, "commit"),
    }
}
