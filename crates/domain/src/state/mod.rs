//! State: the accounts and records that the fold makes of entries.

pub mod access;
pub mod account;
pub mod adjustment;
pub mod choice;
pub mod closing;
pub mod early;
pub mod earning;
pub mod fold;
pub mod get;
pub mod hold;
pub mod kept;
pub mod lapse;
pub mod lots;
pub mod member;
pub mod overlay;
pub mod payout;
pub mod persons;
pub mod program;
pub mod proposal;
pub mod reached;
pub mod record;
pub mod schedule;
pub mod statement;
pub mod takings;
pub mod update;
