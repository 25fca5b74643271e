//! Text that gives a secret away wherever it stands: keys, tokens, URLs with credentials, assignments on a command line,
//! in a query or in a document. Pure. It errs on the side of hashing, but for what AWS itself names things by.

mod assignment;
mod command;
mod encoded;
mod names;
mod token;
mod url;
mod value;

pub(super) use command::is_flag_of_secret;
pub(super) use names::is_secret_member;
pub(super) use token::is_name_of_key;
pub(super) use value::is_harmless;

/// Whether text is a secret, or has one in it, as it stands or encoded once.
pub(super) fn is_secret(text: &str) -> bool {
    is_plain_secret(text) || encoded::forms(text).any(|decoded| is_plain_secret(&decoded))
}

fn is_plain_secret(text: &str) -> bool {
    // The shortest form is a name, a mark and a value.
    text.len() >= SHORTEST
        && (token::is_in(text) || url::is_in(text) || assignment::is_in(text) || command::is_in(text))
}

const SHORTEST: usize = 5;

#[cfg(test)]
mod tests;
