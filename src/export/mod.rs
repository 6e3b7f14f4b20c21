//! Files: pure writers over rows the caller brings, one file a format. The same rows give the same bytes.

pub mod csv;
