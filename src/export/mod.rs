//! Files and sentences: pure writers over the caller's values, one file for each format. The same rows give the same
//! bytes.

pub mod csv;
pub mod payments;
pub mod sentence;
pub mod svg;
pub mod words;
