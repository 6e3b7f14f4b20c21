//! Reports that finance, audit and the tax office file.

mod outside;
mod page;
mod refused;
mod statements;
mod two_years;
