//! Operating a server: its settings, its health, its metrics, its log, and its life as a process.

mod admin;
mod counted;
mod health;
mod life;
mod logged;
mod monitored;
mod reloaded;
mod settings;
mod traced;
