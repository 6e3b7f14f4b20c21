//! Members with money due, and how each would be paid.

use super::Format;
use crate::cli::finance::{AtArgs, Finance, Side, amount, columns, minor};
use crate::cli::out;
use crate::cli::server::answered;
use crate::cli::text::{count, counted_as, grouped};
use goodturn::pb;
use goodturn::pb::DueState;

/// Members of a page.
const PAGE: i32 = 1_000;

/// Members that are listed of each state; `ListDuePayments` has all of them.
const LISTED_MAX: usize = 20;

#[derive(Debug, clap::Args)]
pub(super) struct DueArgs {
    #[command(flatten)]
    at: AtArgs,
    /// Format of the files by which they would be paid.
    #[arg(long, value_enum)]
    format: Format,
}

/// Lists who could be paid by files of a format, and who not, for what reason.
///
/// # Errors
/// The server does not answer.
pub(super) async fn run(args: &DueArgs) -> anyhow::Result<()> {
    let mut finance = args.at.finance_for_long().await?;
    let due = all(&mut finance, args.format).await?;
    let currency = finance.currency;
    let mut text = String::new();
    for (state, [one, many], told) in [
        (DueState::Payable, ["can", "can"], "be paid"),
        (DueState::NoPayee, ["has", "have"], "no payee: nobody said where the money goes"),
        (DueState::OtherPayee, ["has", "have"], "a payee that files of another format pay"),
        (DueState::Refused, ["had", "had"], "a payment come back: set another payee, or allow a retry"),
    ] {
        let of_state: Vec<_> = due.iter().filter(|payment| payment.state() == state).collect();
        let mut sum = 0_i64;
        for payment in &of_state {
            sum = sum.saturating_add(minor(payment.amount.as_ref(), currency)?);
        }
        if of_state.is_empty() {
            continue;
        }
        let (one, many) = (format!("member {one} {told}"), format!("members {many} {told}"));
        let (members, sum) = (counted_as(count(of_state.len()), &one, &many), amount(sum, currency));
        text += &format!("{members}: {} {sum}\n", currency.code());
        if state != DueState::Payable {
            let mut rows = Vec::new();
            for payment in of_state.iter().take(LISTED_MAX) {
                let paid = amount(minor(payment.amount.as_ref(), currency)?, currency);
                rows.push(vec![payment.member_id.clone(), paid, payment.refused_payment_id.clone()]);
            }
            let head = [("member", Side::Left), (currency.code(), Side::Right), ("payment that came back", Side::Left)];
            let width = if state == DueState::Refused { 3 } else { 2 };
            text += &columns(&head[..width], &rows);
            if of_state.len() > LISTED_MAX {
                text += &format!("  and {} more\n", grouped(count(of_state.len() - LISTED_MAX)));
            }
        }
    }
    if text.is_empty() {
        "No member has money due that is to be paid so.\n".clone_into(&mut text);
    }
    out::print(text)
}

/// Reads every member with money due that is to be paid by files of a format.
///
/// # Errors
/// The server does not answer.
pub(super) async fn all(finance: &mut Finance, format: Format) -> anyhow::Result<Vec<pb::DuePayment>> {
    let (mut due, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListDuePaymentsRequest {
            parent: format!("programs/{}", finance.program),
            format: format.to_api().into(),
            state: 0,
            page_size: PAGE,
            page_token,
        };
        let page = answered(finance.payments.list_due_payments(request).await, "list who is to be paid")?;
        due.extend(page.payments);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(due);
        }
    }
}
