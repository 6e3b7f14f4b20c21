//! Points that are past their time.

pub mod adjusted;
pub mod giffgaff;
#[cfg(feature = "failpoints")]
pub mod kills;
pub mod model;
pub mod played;
pub mod sweeps;
