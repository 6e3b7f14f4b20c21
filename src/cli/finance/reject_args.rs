//! Options of a rejection.

use clap::builder::NonEmptyStringValueParser;

use super::{RecordArgs, payout_id};
use goodturn::domain::value::ids::PayoutId;

/// What rejects a payout, or the closing of its choices.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RejectArgs {
    /// The payout's id.
    #[arg(value_parser = payout_id)]
    pub(in crate::cli) id: PayoutId,
    #[command(flatten)]
    pub(in crate::cli) record: RecordArgs,
    /// Why, in words of 1 to 1,000 bytes: it is recorded.
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(in crate::cli) note: String,
}
