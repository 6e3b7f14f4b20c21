//! Rules: they turn activities into points.

pub mod book;
pub mod check;
pub mod judge;
pub mod set;
