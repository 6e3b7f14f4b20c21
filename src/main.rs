//! The `goodturn` binary.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match goodturn::cli::run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "the last word of a command that failed")]
fn report(error: &anyhow::Error) {
    eprintln!("goodturn: {error:#}");
}
