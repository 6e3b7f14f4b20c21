//! Files and sentences: pure writers over the caller's values, one file for each format. The same rows give the same
//! bytes.

pub mod journal;
pub mod payments;
pub mod pdf;
pub mod roll_forward_chart;
pub mod rows;
pub mod sentence;
pub mod svg;
pub mod table;
pub mod text_page;
pub mod words;
