//! `goodturn import`.

mod balances;
mod files;
mod interrupted;
mod lines;
mod long;
mod news;
mod resumed;
mod spreadsheets;
mod twins;
mod types;
