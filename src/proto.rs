//! The messages and services generated from `proto/`.

#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::as_conversions,
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    rust_2018_idioms,
    reason = "generated code"
)]

/// Package `goodturn`.
pub mod goodturn {
    /// Package `goodturn.v1`.
    pub mod v1 {
        tonic::include_proto!("goodturn.v1");
    }
}

/// Google's common messages.
pub mod google {
    /// Package `google.api`.
    pub mod api {
        tonic::include_proto!("google.api");
    }
    /// Package `google.rpc`.
    pub mod rpc {
        tonic::include_proto!("google.rpc");
    }
    /// Package `google.type`.
    pub mod r#type {
        tonic::include_proto!("google.r#type");
    }
}

/// The values that a client gave, for each message of a call that records something.
mod given {
    use super::{goodturn, google};
    use crate::domain::entry::digest::{Given, Values};

    include!(concat!(env!("OUT_DIR"), "/given.rs"));
}

/// The shapes of requests, by which they are counted.
mod shapes {
    use super::{goodturn, google};
    use crate::wire::codec::{FieldShape, Shape, Shaped};

    include!(concat!(env!("OUT_DIR"), "/shapes.rs"));
}

/// What each method asks of its callers.
mod methods {
    use super::goodturn;
    use crate::wire::method::Method;

    include!(concat!(env!("OUT_DIR"), "/methods.rs"));
}

pub(crate) use methods::METHODS;
pub(crate) use shapes::SHAPES;

/// Every descriptor, as reflection shows it.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/goodturn.v1.bin"));
