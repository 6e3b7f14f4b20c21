//! `goodturn acts`.

use super::pages::Pages;
use super::program_id;
use super::server::{ServerArgs, answered};
use crate::cli::out;
use goodturn::domain::value::ids::ProgramId;
use goodturn::domain::value::time::Micros;
use goodturn::pb;
use goodturn::pb::audit_client::AuditClient;
use goodturn::wire::micros;

/// Acts asked for at a time.
const PAGE: i32 = 1_000;

#[derive(Debug, clap::Args)]
pub(super) struct ActsArgs {
    /// The programme.
    #[arg(long, value_parser = program_id)]
    program: ProgramId,
    #[command(flatten)]
    server: ServerArgs,
    /// Only acts after this entry.
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    after: i64,
}

/// Prints the acts of administration, oldest first.
///
/// # Errors
/// Says that no server answers, or what it answered.
pub(super) async fn run(args: &ActsArgs) -> anyhow::Result<()> {
    let mut audit = AuditClient::new(args.server.connect().await?);
    let mut pages = Pages::default();
    loop {
        let request = pb::ListActsRequest {
            parent: format!("programs/{}", args.program),
            page_size: PAGE,
            page_token: pages.token(),
            after_seq: args.after,
        };
        let page = answered(audit.list_acts(request).await, "list the acts")?;
        for act in &page.acts {
            // Whoever reads has had enough.
            if !out::print_while_read(told(act))? {
                return Ok(());
            }
        }
        if !pages.go_on(page.next_page_token)? {
            return Ok(());
        }
    }
}

fn told(act: &pb::Act) -> String {
    let at = act.record_time.as_ref().and_then(micros).map(Micros::to_rfc3339).unwrap_or_default();
    let about = act.about.splitn(3, '/').nth(2).unwrap_or_default();
    let seq = format!("#{}", act.seq);
    let words: [&str; 7] = [&seq, &at, &act.principal, &act.kind, &act.change, about, &act.note];
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    format!("{}\n", words.join("  "))
}
