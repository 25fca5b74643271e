//! Links from prose to what else there is: `[text](process:ID)`, `[text](process:ID#STEP)`, `[text](control:ID)` and
//! `[text](guide:ID)`. Must not know whether their ends exist.

use std::sync::LazyLock;

use regex::Regex;

/// What a link leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target<'t> {
    /// A process, or one of its steps.
    Process(&'t str, Option<&'t str>),
    /// A control.
    Control(&'t str),
    /// A guide.
    Guide(&'t str),
}

impl<'t> Target<'t> {
    /// The target of an address within a link; `None` where it is an address of the web, or of this page.
    pub fn of(address: &'t str) -> Option<Self> {
        let (kind, name) = address.split_once(':')?;
        match kind {
            "process" => Some(match name.split_once('#') {
                Some((process, step)) => Self::Process(process, Some(step)),
                None => Self::Process(name, None),
            }),
            "control" => Some(Self::Control(name)),
            "guide" => Some(Self::Guide(name)),
            _ => None,
        }
    }
}

/// A link and its line in the text, from 0.
pub(super) struct Found<'t> {
    pub(super) address: &'t str,
    pub(super) line: usize,
}

/// All links of a text that do not lead to the web.
pub(super) fn links(text: &str) -> Vec<Found<'_>> {
    static LINK: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\]\(\s*([^)\s]+)").expect("a regular expression of ours"));
    let found = LINK.captures_iter(text).filter_map(|captures| captures.get(1));
    let found = found.filter(|address| !["https://", "#"].iter().any(|start| address.as_str().starts_with(start)));
    found
        .map(|address| Found { address: address.as_str(), line: text[..address.start()].matches('\n').count() })
        .collect()
}
