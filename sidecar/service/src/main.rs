//! The binary `vigil-sidecar`.

use std::process::ExitCode;

use clap::Parser;
use vigil_sidecar::cli::Cli;

fn main() -> ExitCode {
    // Before anything speaks TLS: with two providers in a dependency tree rustls would not choose.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        eprintln!("a TLS provider was installed already");
        return ExitCode::FAILURE;
    }
    let cli = Cli::parse();
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(cli.run()),
        Err(error) => {
            eprintln!("the runtime cannot start: {error}");
            ExitCode::FAILURE
        }
    }
}
