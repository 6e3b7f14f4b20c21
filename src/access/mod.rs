//! Access: who is calling, as an issuer's token or an API key says it.

pub mod api_key;
pub mod authority;
pub mod config;
pub mod keys;
pub mod token;

mod key_source;
mod signature;
