//! Access: who is calling, and over what.

mod decided;
mod direct;
mod eyes;
mod fetched;
mod forged;
mod invented;
mod issuers;
mod keys;
mod limits;
mod listed;
mod matrix;
mod people;
mod secrets;
mod table;
mod tls;
mod tokens;
