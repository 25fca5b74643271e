//! What the controls tell people to type: every command names an operation and options that AWS has, and every
//! CloudFormation fragment has properties that exist. AWS's models decide, through botocore and cfn-lint.

use std::process::Command;

use anyhow::ensure;
use plumbline_tests::python::{python, workspace_root};

#[test]
fn commands_and_templates_are_what_aws_takes() -> anyhow::Result<()> {
    let script = workspace_root().join("tests/differential/remediation.py");
    let output = Command::new(python()?).arg("-B").arg(script).arg(workspace_root()).output()?;
    ensure!(output.status.success(), "remediation.py failed:\n{}", String::from_utf8_lossy(&output.stderr));
    let problems = String::from_utf8_lossy(&output.stdout);
    ensure!(problems.is_empty(), "{problems}");
    Ok(())
}
