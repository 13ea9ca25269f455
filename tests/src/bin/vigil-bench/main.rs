//! Speed, measured: Vigil and a bare change-stream cursor side by side, in one run.
//!
//! Prints a Markdown section for `BENCHMARKS.md`. Build it with `--release`; `make bench` does.

mod cold;
mod latency;
mod report;
mod stream;
mod workload;

use clap::Parser;

use report::Report;

/// Measures Vigil against a bare cursor of the same driver, with a MongoDB and a Redis of its own.
#[derive(Debug, Parser)]
struct Options {
    /// Events to catch up with, per kind and round; a quarter of it while writing
    #[arg(long, default_value_t = 200_000)]
    events: usize,
    /// Rounds; each figure is the median
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Isolated writes
    #[arg(long, default_value_t = 300)]
    writes: usize,
    /// Documents of the cold start
    #[arg(long, default_value_t = 1_000_000)]
    documents: usize,
    /// Only this part: stream, latency or cold
    #[arg(long)]
    only: Option<String>,
}

pub type Failed = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failed> {
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .map_err(|_| "a TLS provider was there")?;
    let options = Options::parse();
    let wanted = |part: &str| options.only.as_deref().is_none_or(|only| only == part);
    let mut report = Report::new();
    if wanted("stream") {
        stream::measure(options.events, options.rounds, &mut report).await?;
    }
    if wanted("latency") {
        latency::measure(options.writes, &mut report).await?;
    }
    if wanted("cold") {
        cold::measure(options.documents, options.rounds, &mut report).await?;
    }
    print!("{}", report.markdown());
    Ok(())
}
