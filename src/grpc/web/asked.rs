//! Requests that are not gRPC, as the requests of gRPC that they become.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tonic::body::Body;
use tonic::codegen::{Body as HttpBody, Bytes};
use tonic::{Code, Status};

use super::{BINARY, Form, Messages, json, overloaded};
use crate::grpc::budget::Taken;
use crate::grpc::incoming::REQUEST_BYTES_MAX;
use crate::wire::error::{ApiError, Violation};

/// Bytes in front of each message: whether it is compressed, or the last of a stream, and its length.
pub(super) const PREFIX: usize = 5;

/// The flags of a message (Connect protocol, "Enveloped-Message"): it is compressed; it ends the stream.
const COMPRESSED: u8 = 1;
pub(super) const END: u8 = 2;

/// Puts the prefix in front of a message.
pub(super) fn enveloped(flags: u8, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    [&[flags], &length.to_be_bytes()[..], message].concat()
}

impl Messages {
    /// Returns a message as gRPC has it.
    fn asked(&self, message: &[u8]) -> Result<Bytes, Status> {
        let Form::Json { is_strict } = self.form else { return Ok(enveloped(0, message).into()) };
        let weight = json::weight(message);
        if weight > json::WEIGHT_MAX {
            let problem = format!("has too many parts for one of JSON; send a part of it, or {BINARY}");
            return Err(wrong("message", problem));
        }
        let _taken = self.room.take(weight).ok_or_else(overloaded)?;
        let binary = json::to_binary(message, &self.of, is_strict);
        binary
            .map(|binary| enveloped(0, &binary).into())
            .map_err(|why| wrong("message", format!("is no JSON of {}: {why}", self.of.name())))
    }
}

/// Takes the prefix off a message: its flags, its length, and what there is of it and behind it; `None` before the prefix is whole.
pub(super) fn opened(bytes: &[u8]) -> Option<(u8, usize, &[u8])> {
    let ([flags, length @ ..], rest) = bytes.split_first_chunk::<PREFIX>()?;
    Some((*flags, usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX), rest))
}

/// Returns the error of a message, with the details that every error has.
fn wrong(field: &str, problem: String) -> Status {
    ApiError::Invalid(vec![Violation { field: field.into(), problem }]).into()
}

/// Returns the error of a message that is too large.
pub(super) fn too_large() -> Status {
    wrong("message", format!("is larger than {REQUEST_BYTES_MAX} bytes"))
}

/// A body whose messages are read whole and then handed on.
pub(super) struct Asked {
    inner: Body,
    messages: Messages,
    read: Vec<u8>,
    /// Bytes at the beginning of what was read that were handed on.
    done: usize,
    /// The memory of what was read: all that it has, used or not.
    taken: Taken,
    is_enveloped: bool,
    is_done: bool,
}

impl Asked {
    /// Makes a body of one message.
    pub(super) fn whole(inner: Body, messages: Messages) -> Body {
        Self::of(inner, messages, false)
    }

    /// Makes a body of messages with their prefixes.
    pub(super) fn enveloped(inner: Body, messages: Messages) -> Body {
        Self::of(inner, messages, true)
    }

    fn of(inner: Body, messages: Messages, is_enveloped: bool) -> Body {
        let taken = messages.room.none();
        Body::new(Self { inner, messages, read: Vec::new(), done: 0, taken, is_enveloped, is_done: false })
    }

    /// Takes in bytes.
    fn take(&mut self, bytes: &[u8]) -> Result<(), Status> {
        self.read.drain(..std::mem::take(&mut self.done));
        let length = self.read.len() + bytes.len();
        // Of a stream the next message may have begun; the length of each stands in its prefix.
        if !self.is_enveloped && length > REQUEST_BYTES_MAX {
            return Err(too_large());
        }
        let has = self.read.capacity();
        if length > has {
            let wanted = length.max(has * 2);
            if !self.taken.grow(wanted - has) {
                return Err(overloaded());
            }
            self.read.reserve_exact(wanted - self.read.len());
        }
        self.read.extend_from_slice(bytes);
        Ok(())
    }

    /// Gives back the memory of what was read, once all of it is handed on.
    fn give_back(&mut self) {
        if self.done == self.read.len() {
            (self.read, self.done, self.taken) = (Vec::new(), 0, self.messages.room.none());
        }
    }

    /// Returns the next message that is there in whole.
    fn next(&mut self) -> Result<Option<Bytes>, Status> {
        if !self.is_enveloped {
            return Ok(None);
        }
        let left = &self.read[self.done..];
        let Some((flags, length, rest)) = opened(left) else { return Ok(None) };
        if flags & COMPRESSED != 0 {
            let problem = "is compressed, and no coding is understood; send it as it is".into();
            return Err(ApiError::NoCall(Code::Unimplemented, Violation { field: "message".into(), problem }).into());
        }
        let ends = flags & END != 0;
        if length > REQUEST_BYTES_MAX {
            return Err(too_large());
        }
        let Some(message) = rest.get(..length) else { return Ok(None) };
        let translated = if ends { None } else { Some(self.messages.asked(message)?) };
        self.done += PREFIX + length;
        self.give_back();
        self.is_done |= ends;
        Ok(translated)
    }

    /// Returns what is left at the end.
    fn last(&mut self) -> Result<Option<Bytes>, Status> {
        self.is_done = true;
        let left = &self.read[self.done..];
        if self.is_enveloped {
            return if left.is_empty() { Ok(None) } else { Err(wrong("message", "is not whole".into())) };
        }
        let message = self.messages.asked(left).map(Some);
        self.done = self.read.len();
        self.give_back();
        message
    }
}

impl HttpBody for Asked {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Status>>> {
        let framed = |message: Result<Option<Bytes>, Status>| {
            Poll::Ready(message.map(|message| message.map(http_body::Frame::data)).transpose())
        };
        loop {
            match self.next() {
                Ok(None) if self.is_done => return Poll::Ready(None),
                Ok(None) => {}
                message => return framed(message),
            }
            match ready!(Pin::new(&mut self.inner).poll_frame(context)) {
                Some(Ok(frame)) => {
                    let Ok(bytes) = frame.into_data() else { continue };
                    if let Err(status) = self.take(&bytes) {
                        return framed(Err(status));
                    }
                }
                Some(Err(status)) => return framed(Err(status)),
                None => return framed(self.last()),
            }
        }
    }
}
