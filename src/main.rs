//! The `goodturn` binary.

use std::process::ExitCode;

/// Hundreds of small values live for as long as an award is under way, on several threads: glibc's allocator takes a fifth
/// more of the server's time (`docs/bench.md`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match goodturn::cli::run().await {
        Ok(code) => code,
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
