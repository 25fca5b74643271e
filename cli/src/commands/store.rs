//! `plumbline store`: what an operator does with the store.

mod files;
mod prune;
mod stats;
mod verify;

use std::path::PathBuf;

use crate::args::{ConfigOptions, StoreCommand, StoreFormat};
use crate::config::Basics;
use crate::exit::Outcome;
use crate::failure::Result;

/// Runs one of the commands on the store.
pub(crate) async fn run(command: StoreCommand, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let place = |config: &ConfigOptions| Basics::resolve(config, data_dir, Vec::new());
    match command {
        StoreCommand::Stats { format, config } => stats::run(&place(&config)?, format),
        StoreCommand::Verify { file, format, config } => {
            verify::run(&place(&config)?.data_dir, file.as_deref(), format)
        }
        StoreCommand::Backup { file, force, config } => files::backup(&place(&config)?.data_dir, &file, force),
        StoreCommand::Restore { file, force, config } => files::restore(&place(&config)?.data_dir, &file, force),
        StoreCommand::Compact { config } => files::compact(&place(&config)?.data_dir),
        StoreCommand::Prune(args) => prune::run(&args, &place(&args.config)?).await,
    }
}

/// Bytes for people.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let (mut value, mut unit) = (bytes as f64, 0);
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        (value, unit) = (value / 1024.0, unit + 1);
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

/// Lines of JSON, or what is for people.
fn is_for_machines(format: StoreFormat) -> bool {
    format == StoreFormat::Ndjson
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        let sizes = [0, 1023, 1024, 1536, 5 << 20, 3 << 40].map(size);
        assert_eq!(sizes, ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "5.0 MiB", "3.0 TiB"]);
    }
}
