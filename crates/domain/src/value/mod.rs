//! Values: valid by construction, with one encoding each.

pub mod amount;
pub mod balances;
pub mod bucket;
pub mod decimal;
pub mod encoding;
pub mod ids;
pub mod local;
pub mod money;
pub mod month;
pub mod number;
pub mod payment_id;
pub mod principal;
pub mod reason;
pub mod role;
pub mod seq;
pub mod split;
pub mod time;
pub mod tree;
pub mod varint;
pub mod version;
pub mod window;
pub mod written;

pub(crate) mod codes;

mod own_ids;
