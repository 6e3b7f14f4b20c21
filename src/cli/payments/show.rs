//! A batch, its payments, and where one payment is, as text.

use super::{ListArgs, ShowArgs, WhereArgs};
use crate::cli::finance::{About, Finance, Side, amount, columns, digest_text, facts, id_of, minor, told};
use crate::cli::out;
use crate::cli::server::answered;
use crate::cli::sheet::{guarded, write_whole};
use crate::cli::text::{counted, counted_as, grouped};
use goodturn::domain::value::ids::BatchId;
use goodturn::domain::value::money::Currency;
use goodturn::domain::value::time::Micros;
use goodturn::pb;
use goodturn::pb::{BatchState as State, FileFormat, PayeeKind, PaymentState};

/// Payments of a page.
const PAGE: i32 = 1_000;

/// Payments, and new destinations, that are shown before an approval; a file has all of them.
const SHOWN_MAX: usize = 20;

/// Shows a batch; writes every payment to a file.
///
/// # Errors
/// There is none of that id, the server does not answer, or the file cannot be written.
pub(super) async fn run(args: &ShowArgs) -> anyhow::Result<()> {
    let mut finance = args.batch.at.finance_for_long().await?;
    let batch = read(&mut finance, &args.batch.id).await?;
    if let Some(path) = &args.csv {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record([
            "payment",
            "member",
            "amount",
            "currency",
            "state",
            "destination",
            "new_destination",
            "changed_at",
            "reference",
            "fault",
            "code",
            "fee",
        ])?;
        let mut rows = 0_i64;
        let about = finance.about().currency;
        each(&mut finance, &args.batch.id, |payment| {
            rows += 1;
            writer.write_record(row(payment, about)?).map_err(Into::into)
        })
        .await?;
        write_whole(path, &writer.into_inner()?)?;
        out::say(&format!("{}: {}", path.display(), counted(rows, "payment")));
    }
    let about = finance.about();
    out::print(shown(&batch, about)? + &next(&batch, about))
}

/// Lists batches.
///
/// # Errors
/// The server does not answer.
pub(super) async fn list(args: &ListArgs) -> anyhow::Result<()> {
    let mut finance = args.at.finance().await?;
    let (mut rows, mut page_token) = (Vec::new(), String::new());
    loop {
        let parent = format!("programs/{}", finance.program);
        let request = pb::ListBatchesRequest { parent, page_size: PAGE, page_token };
        let page = answered(finance.payments.list_batches(request).await, "list the batches")?;
        let about = finance.about();
        for batch in &page.batches {
            let of = |total: &Option<pb::PaymentTotal>| total.clone().unwrap_or_default();
            let (drawn, open) = (of(&batch.drawn), of(&batch.open));
            rows.push(vec![
                id_of(&batch.name).to_owned(),
                format_name(batch.format()).to_owned(),
                state(batch).to_owned(),
                grouped(drawn.payments),
                amount(minor(drawn.amount.as_ref(), about.currency)?, about.currency),
                grouped(open.payments),
                about.when(batch.drafted_at.as_ref()),
            ]);
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    if rows.is_empty() {
        return out::print("There is no batch yet; `goodturn payments draft` draws one up.\n");
    }
    let head = [
        ("batch", Side::Left),
        ("format", Side::Left),
        ("state", Side::Left),
        ("payments", Side::Right),
        (finance.currency.code(), Side::Right),
        ("open", Side::Right),
        ("drawn up", Side::Left),
    ];
    out::print(columns(&head, &rows))
}

/// Says where the money of one payment is.
///
/// # Errors
/// There is no such payment, or the server does not answer.
pub(super) async fn one(args: &WhereArgs) -> anyhow::Result<()> {
    let mut finance = args.batch.at.finance().await?;
    let name = format!("{}/payments/{}", finance.batch_name(&args.batch.id), args.payment);
    let payment = answered(finance.payments.get_payment(pb::GetPaymentRequest { name }).await, "read the payment")?;
    let rows = [
        ("member", payment.member_id.clone()),
        ("destination", destination(payment.payee.as_ref())),
        ("reference", payment.reference.clone()),
    ];
    let rows: Vec<_> = rows.into_iter().filter(|(_, text)| !text.is_empty()).collect();
    out::print(format!("{}\n{}", payment.sentence, facts(&rows)))
}

/// Reads a batch.
///
/// # Errors
/// There is none of that id, or the server does not answer.
pub(super) async fn read(finance: &mut Finance, id: &BatchId) -> anyhow::Result<pb::Batch> {
    let request = pb::GetBatchRequest { name: finance.batch_name(id) };
    answered(finance.payments.get_batch(request).await, "read the batch")
}

/// Reads the payments of a batch, one after the other.
///
/// # Errors
/// The server does not answer, or `take` fails.
pub(super) async fn each(
    finance: &mut Finance,
    id: &BatchId,
    mut take: impl FnMut(&pb::Payment) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut page_token = String::new();
    loop {
        let request = pb::ListPaymentsRequest { parent: finance.batch_name(id), state: 0, page_size: PAGE, page_token };
        let page = answered(finance.payments.list_payments(request).await, "list the payments")?;
        page.payments.iter().try_for_each(&mut take)?;
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(());
        }
    }
}

/// Says who gets what and where, first those who were paid elsewhere before.
///
/// # Errors
/// The server does not answer.
pub(super) async fn to_be_signed(finance: &mut Finance, id: &BatchId) -> anyhow::Result<String> {
    let currency = finance.currency;
    let (mut changed, mut others, mut payments, mut elsewhere) = (Vec::new(), Vec::new(), 0_i64, 0_i64);
    each(finance, id, |payment| {
        payments += 1;
        elsewhere += i64::from(payment.new_destination);
        let rows = if payment.new_destination { &mut changed } else { &mut others };
        if rows.len() < SHOWN_MAX {
            let sum = amount(minor(payment.amount.as_ref(), currency)?, currency);
            let note = if payment.new_destination { "was paid elsewhere before" } else { "" };
            rows.push(vec![payment.member_id.clone(), sum, destination(payment.payee.as_ref()), note.to_owned()]);
        }
        Ok(())
    })
    .await?;
    let rows: Vec<_> = changed.into_iter().chain(others).take(SHOWN_MAX).collect();
    let head = [("member", Side::Left), (currency.code(), Side::Right), ("destination", Side::Left), ("", Side::Left)];
    let more = payments - i64::try_from(rows.len())?;
    let more = match more {
        0 => String::new(),
        _ => format!("  and {} more; `goodturn payments show {id} --csv FILE` writes all\n", grouped(more)),
    };
    let of_changed = match elsewhere {
        0 => "No member who was paid before is paid elsewhere now.\n".to_owned(),
        _ => format!(
            "{} to members who were paid elsewhere before.\n",
            counted_as(elsewhere, "payment goes", "payments go")
        ),
    };
    Ok(format!("\n{}{more}{of_changed}", columns(&head, &rows)))
}

/// Says what a batch is.
///
/// # Errors
/// The server left an amount out.
pub(super) fn shown(batch: &pb::Batch, about: About<'_>) -> anyhow::Result<String> {
    let total = |total: &Option<pb::PaymentTotal>| {
        let total = total.clone().unwrap_or_default();
        Ok::<_, anyhow::Error>((total.payments, told(total.amount.as_ref(), about.currency)?))
    };
    let (payments, sum) = total(&batch.drawn)?;
    let head = format!(
        "Batch {}: {} of {sum} by {}, {}.\n",
        id_of(&batch.name),
        counted(payments, "payment"),
        format_name(batch.format()),
        state(batch)
    );
    let mut rows = terms(batch);
    let counts = [
        ("sent", &batch.sent),
        ("arrived", &batch.settled),
        ("came back", &batch.back),
        ("open", &batch.open),
        ("left out", &batch.left_out),
    ];
    for (what, of) in counts {
        let (payments, sum) = total(of)?;
        if payments > 0 {
            rows.push((what, format!("{} of {sum}", counted(payments, "payment"))));
        }
    }
    let by = |who: &str, at| format!("{who}, {}", about.when(at));
    rows.push(("drawn up by", by(&batch.drafted_by, batch.drafted_at.as_ref())));
    if !batch.approved_by.is_empty() {
        rows.push(("approved by", by(&batch.approved_by, batch.approved_at.as_ref())));
    }
    if !batch.released_by.is_empty() {
        rows.push(("released by", by(&batch.released_by, batch.released_at.as_ref())));
    }
    if !batch.cancelled_by.is_empty() {
        rows.push(("cancelled by", batch.cancelled_by.clone()));
        rows.push(("because", batch.cancel_note.clone()));
    }
    let fees = minor(batch.fees.as_ref(), about.currency)?;
    if fees > 0 {
        rows.push(("fees of returns", told(batch.fees.as_ref(), about.currency)?));
    }
    if batch.state() == State::Draft {
        rows.push(("digest", digest_text(&batch.content_digest)));
    }
    Ok(head + &facts(&rows))
}

/// Says what a batch was drawn up with: what stands in its files, and is signed with them.
fn terms(batch: &pb::Batch) -> Vec<(&'static str, String)> {
    let debtor = batch.debtor.clone().unwrap_or_default();
    let account = [debtor.name, debtor.iban, debtor.bic, debtor.sort_code, debtor.account_number];
    let account: Vec<String> = account.into_iter().filter(|part| !part.is_empty()).collect();
    let day = batch.pay_on.map(|day| format!("{:04}-{:02}-{:02}", day.year, day.month, day.day));
    let rows = [
        ("paid from", account.join(" ")),
        ("to be paid on", day.unwrap_or_default()),
        ("message", batch.message.clone()),
    ];
    rows.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

/// Says what comes next.
pub(super) fn next(batch: &pb::Batch, about: About<'_>) -> String {
    let id = id_of(&batch.name);
    let open = batch.open.as_ref().map_or(0, |open| open.payments);
    let cancel = || about.call(&format!("payments cancel {id} --note \"...\""));
    match batch.state() {
        _ if batch.changed_payees > 0 => format!(
            "\n{} would go elsewhere by now. Cancel the batch, and draw it up anew:\n{}",
            counted(batch.changed_payees.into(), "payment"),
            cancel()
        ),
        State::Draft => format!(
            "\nAnother person, with the role approver, approves it:\n{}",
            about.call(&format!("payments approve {id}"))
        ),
        State::Approved => format!(
            "\nThe export releases it: from then on its money is sent, and it cannot be cancelled.\n{}",
            about.call(&format!("payments export {id} --to FOLDER"))
        ),
        State::Released if open > 0 => format!(
            "\nOnce the bank tells what became of them:\n{}",
            about.call(&format!("payments results {id} FILE"))
        ),
        State::Released => format!(
            "\nNothing is open. To compare with members' money:\n{}",
            about.call(&format!("payments reconcile {id}"))
        ),
        State::Drafting | State::Releasing | State::Cancelling => {
            format!("\nIt is under way:\n{}", about.call(&format!("payments show {id}")))
        }
        State::Cancelled | State::Unspecified => String::new(),
    }
}

/// Returns the state of a batch as a word.
pub(super) fn state(batch: &pb::Batch) -> &'static str {
    match batch.state() {
        State::Drafting => "being drawn up",
        State::Draft => "draft",
        State::Approved => "approved",
        State::Releasing => "being released",
        State::Released => "released",
        State::Cancelling => "being cancelled",
        State::Cancelled => "cancelled",
        State::Unspecified => "unknown",
    }
}

const fn format_name(format: FileFormat) -> &'static str {
    match format {
        FileFormat::CreditCsv => "credit",
        FileFormat::PaypalCsv => "paypal",
        FileFormat::UkBankCsv => "uk-bank",
        FileFormat::Pain001 => "pain001",
        FileFormat::Unspecified => "unknown",
    }
}

/// Writes a destination on one line.
fn destination(payee: Option<&pb::Payee>) -> String {
    let Some(payee) = payee else { return String::new() };
    match payee.kind() {
        PayeeKind::Paypal => format!("PayPal {}", payee.receiver),
        PayeeKind::UkBank => format!("{} {} {}", payee.holder, payee.sort_code, payee.account_number),
        PayeeKind::Iban => format!("{} {} {}", payee.holder, payee.iban, payee.bic).trim_end().to_owned(),
        PayeeKind::Unspecified => String::new(),
    }
}

fn row(payment: &pb::Payment, currency: Currency) -> anyhow::Result<[String; 12]> {
    let state = match payment.state() {
        PaymentState::Drawn => "drawn",
        PaymentState::LeftOut => "left_out",
        PaymentState::Sent => "sent",
        PaymentState::Unclaimed => "unclaimed",
        PaymentState::Settled => "settled",
        PaymentState::Back => "back",
        PaymentState::Unspecified => "unknown",
    };
    let fault = payment.fault().as_str_name().trim_start_matches("FAULT_").to_ascii_lowercase();
    let at = payment.changed_at.as_ref().and_then(goodturn::wire::micros);
    Ok([
        payment.payment_id.clone(),
        guarded(&payment.member_id),
        currency.format(minor(payment.amount.as_ref(), currency)?),
        currency.code().to_owned(),
        state.to_owned(),
        guarded(&destination(payment.payee.as_ref())),
        if payment.new_destination { "1" } else { "0" }.to_owned(),
        at.map(Micros::to_rfc3339).unwrap_or_default(),
        guarded(&payment.reference),
        if fault == "unspecified" { String::new() } else { fault },
        guarded(&payment.code),
        match &payment.fee {
            Some(fee) => currency.format(minor(Some(fee), currency)?),
            None => String::new(),
        },
    ])
}
