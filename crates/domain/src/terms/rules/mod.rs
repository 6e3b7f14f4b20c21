//! Rules: how an activity becomes points.

pub mod book;
pub mod check;
pub mod judge;
pub mod set;
