//! The tables of the pack's `policy` folder, and how they are read: comma-separated, `#` for remarks, a header that has to
//! be as expected.

use csv::{ReaderBuilder, StringRecord};

/// Actions, and the resource types that they apply to.
pub(crate) const ACTIONS: &str = include_str!("../../pack/policy/actions.csv");
/// Accounts of AWS.
pub(crate) const AWS_ACCOUNTS: &str = include_str!("../../pack/policy/aws-accounts.csv");
/// Condition keys: who sets them, and which requests carry them.
pub(crate) const CONDITION_KEYS: &str = include_str!("../../pack/policy/condition-keys.csv");
/// Ways of giving oneself more.
pub(crate) const ESCALATION: &str = include_str!("../../pack/policy/escalation.csv");
/// Providers of identities, and to whom they give tokens.
pub(crate) const IDENTITY_PROVIDERS: &str = include_str!("../../pack/policy/identity-providers.csv");
/// Services whose resources resource control policies limit.
pub(crate) const RESOURCE_CONTROL: &str = include_str!("../../pack/policy/resource-control.csv");
/// Resource types, and the shapes of their names.
pub(crate) const RESOURCES: &str = include_str!("../../pack/policy/resources.csv");
/// AWS services that act for others.
pub(crate) const SERVICE_PRINCIPALS: &str = include_str!("../../pack/policy/service-principals.csv");

/// All of them: what decides about policies besides the code.
pub(crate) const ALL: [&str; 8] = [
    ACTIONS,
    AWS_ACCOUNTS,
    CONDITION_KEYS,
    ESCALATION,
    IDENTITY_PROVIDERS,
    RESOURCE_CONTROL,
    RESOURCES,
    SERVICE_PRINCIPALS,
];

/// The rows of a table.
///
/// # Errors
/// What is wrong with it, and in which line.
pub(crate) fn rows(text: &str, columns: &[&str]) -> Result<Vec<StringRecord>, String> {
    let mut reader = ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| error.to_string())?;
    if header.iter().ne(columns.iter().copied()) {
        return Err(format!("the columns are {header:?} and not {columns:?}"));
    }
    reader.records().map(|row| row.map_err(|error| error.to_string())).collect()
}

/// Where a row stands, for messages.
pub(crate) fn line(row: &StringRecord) -> u64 {
    row.position().map_or(0, csv::Position::line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_table_of_the_folder_is_left_out() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("pack/policy");
        let files =
            std::fs::read_dir(folder).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        let mut files: Vec<String> = files.collect();
        let mut all = ALL;
        files.sort();
        all.sort_unstable();
        assert_eq!(files, all);
    }
}
