//! The command line as a whole: consistent, with examples, and with a key in the configuration for what a scan takes.

use super::*;

#[test]
fn the_command_line_is_consistent() {
    Arguments::command().debug_assert();
}

#[test]
fn every_command_has_examples() {
    fn check(command: &clap::Command) {
        for each in command.get_subcommands() {
            let help = each.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(each.has_subcommands() || help.contains("Examples:\n"), "{}", each.get_name());
            check(each);
        }
    }
    check(&Arguments::command());
}

#[test]
fn every_scan_option_is_a_key_of_the_configuration_too() {
    let schema = crate::documents::DOCUMENT.schema();
    let is_key = |name: &str| !schema["$defs"]["the-configuration"]["properties"][name].is_null();
    let command = Arguments::command();
    let scan = command.get_subcommands().find(|each| each.get_name() == "scan").unwrap();
    // What is decided run by run is no setting.
    let others = ["config", "help", "refresh", "accept_fewer_accounts", "resume"];
    for option in scan.get_arguments().filter(|option| !others.contains(&option.get_id().as_str())) {
        assert!(is_key(option.get_id().as_str()), "{}", option.get_id());
    }
}
