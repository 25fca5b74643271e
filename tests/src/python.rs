//! The Python that the tests use: a virtual environment at the workspace root with the packages of `requirements.txt`.
//!
//! Made when there is none, and made again when the requirements change, so that `cargo test` is the only command that a
//! fresh machine needs. `PLUMBLINE_PYTHON` names another Python instead, which is then taken as it is.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, bail};

/// The workspace root.
pub fn workspace_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is a folder of the workspace")
}

/// The Python that has moto, boto3 and cfn-lint.
///
/// # Errors
/// When there is no Python 3, or the packages cannot be installed; with what to do.
pub fn python() -> anyhow::Result<PathBuf> {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    if let Some(found) = FOUND.get() {
        return Ok(found.clone());
    }
    let found = match std::env::var_os("PLUMBLINE_PYTHON") {
        Some(chosen) => existing(PathBuf::from(chosen))?,
        None => environment(&workspace_root().join(".venv"))?,
    };
    Ok(FOUND.get_or_init(|| found).clone())
}

fn existing(python: PathBuf) -> anyhow::Result<PathBuf> {
    if !python.exists() {
        bail!("PLUMBLINE_PYTHON names {}, which does not exist: unset it, or name a Python", python.display());
    }
    Ok(python)
}

/// Makes the environment if it is missing or out of date. Test processes run side by side: one makes, the others wait.
fn environment(folder: &Path) -> anyhow::Result<PathBuf> {
    let python = folder.join("bin/python");
    let requirements = workspace_root().join("tests/requirements.txt");
    let wanted = fs::read_to_string(&requirements).context("read tests/requirements.txt")?;
    let installed = folder.join("installed-requirements.txt");
    let is_ready = || python.exists() && fs::read_to_string(&installed).is_ok_and(|found| found == wanted);
    if is_ready() {
        return Ok(python);
    }
    let lock = File::create(workspace_root().join(".venv.lock")).context("create .venv.lock")?;
    lock.lock().context("lock .venv.lock")?;
    if !is_ready() {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
            .arg(&requirements))?;
        // Written last: an installation that was cut short is made again.
        fs::write(&installed, wanted).context("write installed-requirements.txt")?;
    }
    Ok(python)
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("run {command:?}: the tests need Python 3.10 or newer with venv"))?;
    if !output.status.success() {
        bail!("{command:?} failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
