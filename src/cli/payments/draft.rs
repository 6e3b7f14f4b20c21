//! What a batch is drawn up with, on the command line.

use jiff::civil;

use super::Format;
use crate::cli::finance::batch_id;
use crate::cli::finance::{RecordArgs, date};
use goodturn::domain::value::ids::BatchId;
use goodturn::pb;

#[derive(Debug, clap::Args)]
pub(super) struct DraftArgs {
    /// Id of the batch: 1 to 63 characters of a-z 0-9 - _.
    #[arg(value_parser = batch_id)]
    pub(super) id: BatchId,
    #[command(flatten)]
    pub(super) record: RecordArgs,
    /// Format of its files, which says how members are paid.
    #[arg(long, value_enum)]
    format: Format,
    /// Text that goes with each payment, at most 140 characters.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    message: String,
    /// The day on which the bank is to pay, as 2027-01-15; for pain001 alone.
    #[arg(long, value_name = "DAY", required_if_eq("format", "pain001"))]
    pay_on: Option<civil::Date>,
    #[command(flatten)]
    debtor: DebtorArgs,
}

/// Whoever pays, for pain001 alone.
#[derive(Debug, clap::Args)]
struct DebtorArgs {
    /// Name of the account's holder that pays; for pain001 alone.
    #[arg(id = "debtor_name", long = "debtor-name", value_name = "NAME", required_if_eq("format", "pain001"))]
    name: Option<String>,
    /// IBAN of the account that pays.
    #[arg(id = "debtor_iban", long = "debtor-iban", value_name = "IBAN", requires = "debtor_name",
          conflicts_with_all = ["debtor_sort_code", "debtor_account"])]
    iban: Option<String>,
    /// BIC of its bank.
    #[arg(id = "debtor_bic", long = "debtor-bic", value_name = "BIC", requires = "debtor_iban")]
    bic: Option<String>,
    /// Sort code of the account that pays, in place of an IBAN.
    #[arg(id = "debtor_sort_code", long = "debtor-sort-code", value_name = "SORT_CODE", requires = "debtor_account")]
    sort_code: Option<String>,
    /// Number of the account that pays.
    #[arg(id = "debtor_account", long = "debtor-account", value_name = "NUMBER", requires = "debtor_sort_code")]
    account: Option<String>,
}

impl DraftArgs {
    /// Returns the batch that is asked for.
    pub(super) fn to_api(&self, name: String) -> pb::Batch {
        let of = &self.debtor;
        let text = |given: &Option<String>| given.clone().unwrap_or_default();
        let debtor = of.name.as_ref().map(|name| pb::Debtor {
            name: name.clone(),
            iban: text(&of.iban),
            bic: text(&of.bic),
            sort_code: text(&of.sort_code),
            account_number: text(&of.account),
        });
        pb::Batch {
            name,
            format: self.format.to_api().into(),
            message: self.message.clone(),
            pay_on: self.pay_on.map(date),
            debtor,
            ..pb::Batch::default()
        }
    }
}
