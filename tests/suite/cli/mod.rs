//! The command line, as an operator runs it.

mod closed_pipes;
mod demo;
mod flags;
mod half_year;
mod rules;
mod session;
mod simulate;
