//! The files of `plumbline iam can`: policy documents, or what AWS CLI commands that show one printed.

use std::path::{Path, PathBuf};

use plumbline_baseline::Doc;
use plumbline_baseline::policy::{Document, Layer, Policies};

use crate::args::CanArgs;
use crate::config::at_home;
use crate::failure::{Failure, Result};

/// Members under which AWS's answers hold a document, as a structure or as text.
const HOLDERS: [&str; 8] = [
    "PolicyVersion",
    "Document",
    "PolicyDocument",
    "Role",
    "AssumeRolePolicyDocument",
    "Policy",
    "Content",
    "ResourcePolicy",
];

/// The policies, and the files that they came from.
#[derive(Default)]
pub(super) struct Files {
    pub(super) policies: Policies,
    names: Vec<(Layer, Vec<String>)>,
}

impl Files {
    /// Reads what the command line names.
    ///
    /// # Errors
    /// When a file cannot be read, or holds no JSON.
    pub(super) fn read(args: &CanArgs) -> Result<Self> {
        let mut files = Self::default();
        files.policies.identity = files.documents(Layer::Identity, &args.identity)?;
        files.policies.session = files.documents(Layer::Session, &args.session)?;
        files.policies.resource = files.documents(Layer::Resource, args.resource_policy.as_slice())?.pop();
        files.policies.boundary = files.documents(Layer::Boundary, args.boundary.as_slice())?.pop();
        for (level, paths) in args.scps.iter().enumerate() {
            let paths: Vec<PathBuf> = paths.split(',').filter(|path| !path.is_empty()).map(PathBuf::from).collect();
            let documents = files.documents(Layer::ServiceControl(level), &paths)?;
            files.policies.scps.push(documents);
        }
        Ok(files)
    }

    fn documents(&mut self, layer: Layer, paths: &[PathBuf]) -> Result<Vec<Document>> {
        self.names.push((layer, paths.iter().map(|path| path.display().to_string()).collect()));
        paths.iter().map(|path| document(path)).collect()
    }

    /// Whether a policy of this kind was given.
    pub(super) fn has(&self, layer: Layer) -> bool {
        self.names.iter().any(|(known, names)| *known == layer && !names.is_empty())
    }

    /// The file of a document.
    pub(super) fn name(&self, layer: Layer, document: usize) -> &str {
        let names = self.names.iter().find(|(known, _)| *known == layer);
        names.and_then(|(_, names)| names.get(document)).map_or("", String::as_str)
    }
}

fn document(path: &Path) -> Result<Document> {
    let path = at_home(path.to_owned());
    let attempt = format!("read {}", path.display());
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::usage(&attempt, error, "check the path"))?;
    let doc = Doc::from_json(text.trim_start_matches('\u{feff}'))
        .map_err(|error| Failure::usage(&attempt, error, "give it a policy document in JSON"))?;
    let document = Document::parse(&within(&doc));
    // Said once, where it can be put right; the answer is unknown as far as it depends on the document.
    if let Some(unread) = document.unread() {
        crate::terminal::say(format_args!("warning: {}: {}", path.display(), unread.detail));
    }
    Ok(document)
}

/// The document in what an AWS CLI command printed.
fn within(doc: &Doc) -> Doc {
    let mut doc = doc.clone();
    loop {
        if let Doc::String(text) = &doc
            && let Ok(inner @ Doc::Map(_)) = Doc::from_json(text)
        {
            doc = inner;
        }
        let is_document = !matches!(doc.get("Statement"), Doc::Null);
        let held = HOLDERS.iter().map(|name| doc.get(name)).find(|held| matches!(held, Doc::Map(_) | Doc::String(_)));
        match held.cloned() {
            Some(held) if !is_document => doc = held,
            _ => return doc,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_found_in_what_the_aws_cli_prints() {
        let policy = r#"{"Statement":[]}"#;
        let text = r#""{\"Statement\":[]}""#;
        for printed in [
            policy.to_owned(),
            text.to_owned(),
            format!(r#"{{"PolicyVersion":{{"Document":{policy},"VersionId":"v1"}}}}"#),
            format!(r#"{{"UserName":"a","PolicyName":"p","PolicyDocument":{policy}}}"#),
            format!(r#"{{"Role":{{"RoleName":"r","AssumeRolePolicyDocument":{policy}}}}}"#),
            format!(r#"{{"Policy":{text}}}"#),
            format!(r#"{{"Policy":{{"PolicySummary":{{"Id":"p-1"}},"Content":{text}}}}}"#),
        ] {
            assert_eq!(within(&Doc::from_json(&printed).unwrap()).to_json(), policy, "{printed}");
        }
    }
}
