//! What activities earn, in whatever order they come; what frauds gain; and simulations of other rules.

mod explain;
mod fraud;
mod fraud_orders;
mod giffgaff;
mod local_time;
mod minted;
mod news;
mod order;
mod penalties;
mod referrals;
mod restored;
mod rewards;
mod simulate;
mod simulate_bans;
mod simulate_histories;
mod states;
