//! Protobuf messages and what they mean: requests are parsed, replies rendered, errors told. The server uses it, and so does
//! the command line.

pub mod codec;
pub(crate) mod error;
pub mod method;
pub(crate) mod names;
pub(crate) mod page;
pub(crate) mod parse;
pub(crate) mod render;
pub mod role;

pub use self::error::Violation;
pub use self::parse::{micros, offline, read_rule_set};
pub use self::render::{money, time};

/// Metadata header that names the caller.
pub const PRINCIPAL: &str = "goodturn-principal";
