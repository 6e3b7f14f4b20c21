//! What the ledger means: pure and deterministic. No async, I/O, clock or randomness, and nothing of the rest of the crate.

pub mod account;
pub mod amount;
pub mod bucket;
pub mod command;
pub mod condition;
pub mod decide;
pub mod encoding;
pub mod entry;
pub mod fact;
pub mod fold;
pub mod ids;
pub mod money;
pub mod payout;
pub mod program;
pub mod ranked;
pub mod record;
pub mod rejection;
pub mod rules;
pub mod savings;
pub mod seal;
pub mod split;
pub mod time;
pub mod totals;
pub mod tree;
pub mod window;
