//! Access: who is calling, as an issuer's token says it.

pub mod keys;
mod signature;
pub mod token;
