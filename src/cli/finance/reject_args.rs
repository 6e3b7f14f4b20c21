//! Options of a rejection, and of whatever else needs a reason.

use clap::builder::NonEmptyStringValueParser;

use super::{RecordArgs, payout_id};
use goodturn::domain::value::ids::PayoutId;

/// The reason of an act.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct WhyArgs {
    /// Why, in words of 1 to 1,000 bytes: it is recorded.
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(in crate::cli) note: String,
}

/// What rejects a payout, or the closing of its choices.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RejectArgs {
    /// The payout's id.
    #[arg(value_parser = payout_id)]
    pub(in crate::cli) id: PayoutId,
    #[command(flatten)]
    pub(in crate::cli) record: RecordArgs,
    #[command(flatten)]
    pub(in crate::cli) why: WhyArgs,
}
