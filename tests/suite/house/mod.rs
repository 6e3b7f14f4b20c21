//! The house rules, checked on the sources and pages themselves.

mod docs;
mod programs;
mod security;
mod tidy;
