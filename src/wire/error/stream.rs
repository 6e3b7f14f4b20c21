//! Streams that cannot begin, or end.

use std::time::Duration;

use tonic::Code;

use super::{ApiError, WireError};
use crate::domain::value::seq::Seq;
use crate::ledger::tail::TailError;
use crate::pb::ErrorReason;

/// Reasons why a stream cannot begin, or ends.
#[derive(Debug)]
pub(crate) enum StreamEnd {
    /// The log does not have the entry that the reader holds.
    Forked { seq: Seq, head: Seq },
    /// The reader took nothing for this long.
    ReaderTooSlow(Duration),
    /// The server is ending.
    Stopping,
    /// The token belongs to another programme.
    Token(String),
    /// The client sent nothing for this long.
    Silent(Duration),
    /// So many streams are open already.
    TooMany(usize),
    /// So many are open on the caller's connection.
    TooManyOfConnection(usize),
}

impl From<StreamEnd> for ApiError {
    fn from(end: StreamEnd) -> Self {
        Self::Stream(end)
    }
}

impl From<TailError> for ApiError {
    fn from(error: TailError) -> Self {
        match error {
            TailError::Forked { seq, head } => StreamEnd::Forked { seq, head }.into(),
            TailError::NotRecorded { seq, head } => Self::SeqNotRecorded { head, requested: seq.get() },
            TailError::Log(error) => Self::Log(error),
        }
    }
}

pub(super) fn stream(end: StreamEnd) -> WireError {
    match end {
        StreamEnd::Forked { seq, head } => {
            tracing::warn!(%seq, %head, "a reader holds an entry that this log does not have");
            let message = format!(
                "this log, whose last entry is {head}, has no such entry {seq} as you hold: it was restored to an earlier \
                 state, or is another log. Discard what you hold above the last entry whose leaf_hash ListEntries shows \
                 too, then watch on from there with after_seq"
            );
            // Not DATA_LOSS: this log may be whole. The caller must put its own copy right before it goes on.
            WireError::new(Code::FailedPrecondition, ErrorReason::LogForked, message)
                .with("seq", seq.to_string())
                .with("head_seq", head.to_string())
        }
        StreamEnd::ReaderTooSlow(patience) => {
            let seconds = patience.as_secs();
            let message = format!(
                "nothing was read for {seconds} seconds while something was waiting; ask again, watch on with the last resume \
                 token, and send again what was not answered"
            );
            WireError::new(Code::ResourceExhausted, ErrorReason::ReaderTooSlow, message)
                .with("patience_seconds", seconds.to_string())
                .retry()
        }
        StreamEnd::Stopping => {
            let message = "the server is ending; go on here later or on another server: watch with the last resume token, and send \
                           again what was not answered";
            WireError::new(Code::Unavailable, ErrorReason::ServerStopping, message).retry()
        }
        StreamEnd::Token(token) => {
            let message = "the resume token is none of this programme's; watch from a seq instead, with after_seq";
            WireError::new(Code::InvalidArgument, ErrorReason::ResumeToken, message)
                .with("resume_token", token.chars().take(128).collect::<String>())
        }
        StreamEnd::Silent(silence) => {
            let seconds = silence.as_secs();
            let message =
                format!("nothing was sent for {seconds} seconds; begin another stream when there is something to send");
            WireError::new(Code::DeadlineExceeded, ErrorReason::StreamSilent, message)
                .with("silence_seconds", seconds.to_string())
                .retry()
        }
        StreamEnd::TooManyOfConnection(max) => {
            let message =
                format!("{max} streams are open on this connection, which is as many as it may have; end one of them");
            WireError::new(Code::ResourceExhausted, ErrorReason::TooManyStreams, message)
                .with("streams_max", max.to_string())
                .retry()
        }
        StreamEnd::TooMany(max) => {
            let message = format!("{max} streams are open, which is as many as the server accepts; try again later");
            WireError::new(Code::ResourceExhausted, ErrorReason::TooManyStreams, message)
                .with("streams_max", max.to_string())
                .retry()
        }
    }
}
