//! The `plumbline` binary of this workspace, for tests that run it as a user does.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;

use crate::python::workspace_root;

/// Where the binary is; built once a test process, so that it is never an old one.
pub fn path() -> &'static PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let test = std::env::current_exe().expect("a running test has a path");
        let folder = test.parent().expect("a program is in a folder");
        // Tests are in target/<profile>/deps, programs one above.
        let profile_dir = if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder };
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        // The whole workspace and one of its tests, because features are those of all that is built together: the
        // binary's dependencies are then those that `cargo test --workspace` has built already.
        build.current_dir(workspace_root());
        build.args(["build", "--quiet", "--workspace", "--bin", "plumbline", "--test", "house"]);
        build.env("CARGO_TARGET_DIR", profile_dir.parent().expect("a profile's folder is in the target folder"));
        // A test of this package brings its programs along: one that runs with bugs on demand must not be replaced by one
        // that has none.
        if cfg!(feature = "planted") {
            build.args(["--features", "plumbline-tests/planted"]);
        }
        // What cargo tells a test about itself would make build scripts that watch the environment run again.
        let is_about_the_test = |name: &str| {
            let prefixes = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_NAME", "CARGO_BIN_", "CARGO_PRIMARY_PACKAGE"];
            prefixes.iter().any(|prefix| name.starts_with(prefix))
        };
        for (name, _) in std::env::vars().filter(|(name, _)| is_about_the_test(name)) {
            build.env_remove(name);
        }
        if profile_dir.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().is_ok_and(|status| status.success()), "plumbline does not build");
        profile_dir.join("plumbline")
    })
}

/// The binary without any AWS settings of the person who runs the tests.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(path());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_") || name.starts_with("PLUMBLINE_")) {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_REGION", "us-east-1")
        .env("NO_PROXY", "127.0.0.1");
    command
}

/// What a run of the binary said.
#[derive(Debug)]
pub struct Said {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Said {
    command.output().expect("the binary was just built").into()
}
