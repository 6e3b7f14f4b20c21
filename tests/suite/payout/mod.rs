//! Points that become money.

pub mod end_to_end;
pub mod merged;
pub mod reduced;
pub mod refused;
