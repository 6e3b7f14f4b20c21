//! The `goodturn` binary.

mod cli;

use std::process::ExitCode;

/// Hundreds of small values live as long as an award is under way, on several threads. glibc's allocator takes a fifth
/// more of the server's time (`docs/bench.md`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    cli::main().await
}
