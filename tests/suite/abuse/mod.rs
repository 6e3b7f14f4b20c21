//! Abuse: nothing one caller sends, and nothing that happens to a disk, hurts the others.

mod hostile_server;
mod store;
mod words;
mod work;
