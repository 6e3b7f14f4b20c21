//! Points that members spend in a shop: holds, captures, redemptions and refunds.

mod age;
mod calls;
mod fraud;
mod model;
mod races;
mod write_offs;
