//! Access: who is calling, and over what.

mod direct;
mod eyes;
mod fetched;
mod forged;
mod issuers;
mod keys;
mod limits;
mod matrix;
mod people;
mod table;
mod tls;
mod tokens;
