//! The house rules, checked on the sources themselves.

mod programs;
mod tidy;
