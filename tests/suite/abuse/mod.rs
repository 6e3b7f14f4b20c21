//! Abuse: nothing one caller sends, and nothing that happens to a disk, hurts the others.

mod connections;
mod costs;
#[cfg(feature = "failpoints")]
mod decoders;
mod gone;
mod hostile_server;
mod memory;
mod methods;
mod money_costs;
mod store;
mod streams;
mod words;
mod work;
