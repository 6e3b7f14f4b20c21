//! Points that members spend in a shop: holds, captures, redemptions and refunds.

pub mod calls;
pub mod fraud;
pub mod model;
pub mod races;
