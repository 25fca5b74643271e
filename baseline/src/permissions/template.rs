//! Policies as CloudFormation templates have them, line by line.

use std::fmt::Write;

/// The beginning of a managed policy of a role of the template. Statements follow.
pub(super) fn managed_policy(text: &mut String, name: &str, role: &str, description: &str) {
    let written = write!(
        text,
        "\n  {name}:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      Description: {description}\n      \
         Roles: [!Ref {role}]\n      PolicyDocument:\n        Version: \"2012-10-17\"\n        Statement:\n"
    );
    written.expect("writing to a string does not fail");
}

/// A statement about everything.
pub(super) fn statement<'a>(text: &mut String, sid: &str, effect: &str, actions: impl Iterator<Item = &'a str>) {
    actions_of(text, sid, effect, actions);
    text.push_str("            Resource: \"*\"\n");
}

/// A statement without its resources, which follow.
pub(super) fn actions_of<'a>(text: &mut String, sid: &str, effect: &str, actions: impl Iterator<Item = &'a str>) {
    let _ = write!(text, "          - Sid: {sid}\n            Effect: {effect}\n            Action:\n");
    actions.for_each(|action| {
        let _ = writeln!(text, "              - {action}");
    });
}
