//! Access: who is calling, and over what.

mod direct;
mod tls;
mod tokens;
