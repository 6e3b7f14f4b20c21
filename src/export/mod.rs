//! Files and sentences: pure writers over what the caller brings, one file a format. The same rows give the same bytes.

pub mod csv;
pub mod sentence;
pub mod svg;
pub mod words;
