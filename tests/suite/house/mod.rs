//! The house rules, checked on the sources themselves.

pub mod programs;
pub mod tidy;
