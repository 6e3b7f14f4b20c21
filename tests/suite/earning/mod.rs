//! What activities earn, in whatever order they come; what frauds gain; boards, and simulations of other rules.

pub mod boards;
pub mod explain;
pub mod fraud;
pub mod fraud_orders;
pub mod giffgaff;
pub mod order;
pub mod referrals;
pub mod simulate;
pub mod simulate_histories;
pub mod states;
