//! Reports that finance, audit and the tax office file.

mod checks;
mod outside;
mod page;
mod refused;
mod statements;
mod tampered;
mod two_years;
