//! The words of remediations: every capital word in a command stands for something, or is AWS's own.

use std::collections::BTreeSet;

use plumbline_baseline::pack::words::{GENERAL, capital_words};
use plumbline_baseline::pack::{CompiledControl, Pack};

/// Words that commands say as they are.
const AWS_WORDS: &str = "ACTUAL AISERVICES_OPT_OUT_POLICY ALL AWS AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY \
                         COST DECLARATIVE_POLICY_EC2 DISABLED EMAIL ENABLED ENABLED_BY_DEFAULT EXISTS \
                         FORECASTED GOVERNANCE GREATER_THAN HTTPS HTTP_301 INTERSECTION JSON MONTHLY NOT \
                         PERCENTAGE PLAINTEXT S3 SECURITY SERVICE_CONTROL_POLICY STRINGEQUALS TAG_POLICY \
                         USD VPC";

/// The words of a control's commands that nobody says the meaning of.
fn unsaid(control: &CompiledControl) -> BTreeSet<String> {
    let remediation = &control.control.remediation;
    let is_said = |word: &str| {
        AWS_WORDS.split(' ').any(|known| known == word)
            || GENERAL.iter().any(|(known, _)| *known == word)
            || remediation.choose.contains_key(word)
            || control.declared.values().any(|known| known.declared.words.cli.contains_key(word))
    };
    capital_words(&remediation.cli).map(|(_, word)| word).filter(|word| !is_said(word)).map(str::to_owned).collect()
}

#[test]
fn every_capital_word_of_a_command_is_said() {
    let pack = Pack::embedded();
    let unsaid =
        pack.controls().flat_map(|control| unsaid(control).into_iter().map(|word| format!("{}: {word}", control.id())));
    let unsaid: Vec<String> = unsaid.collect();
    assert!(unsaid.is_empty(), "nobody says what these are:\n{}", unsaid.join("\n"));
}

#[test]
fn a_word_of_aws_is_no_word_of_a_type_and_is_used() {
    let pack = Pack::embedded();
    let types = pack.resource_types().flat_map(|known| known.declared.words.cli.keys());
    for word in types.map(String::as_str).chain(GENERAL.iter().map(|(word, _)| *word)) {
        assert!(AWS_WORDS.split(' ').all(|known| known != word), "{word}");
    }
    let commands: String = pack.controls().map(|control| control.control.remediation.cli.clone() + "\n").collect();
    for word in AWS_WORDS.split(' ') {
        assert!(capital_words(&commands).any(|(_, known)| known == word), "no command says {word}");
    }
}
