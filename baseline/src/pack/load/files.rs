//! The files of a pack: what each holds, which of them counts, and a control's variants as files of their own. Must not
//! know what they mean.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::prose;
use crate::keys::Form;
use crate::pack::problem::{Problem, Report};
use crate::pack::spelling;
use crate::pack::variants::{self, Variant};
use crate::pack::yaml::{Node, parse};
use crate::pack::{DOCUMENTS, EMBEDDED};
use crate::pack::{Reading, Source};
use crate::parallel;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Schema,
    Events,
    Facts,
    Definitions,
    Framework,
    Collector,
    Control,
}

impl Kind {
    /// What such a file may hold; CloudFormation says what a schema may.
    fn form(self) -> Option<&'static Form> {
        let name = match self {
            Kind::Schema => return None,
            Kind::Events => "events",
            Kind::Facts => "facts",
            Kind::Definitions => "definitions",
            Kind::Framework => "framework",
            Kind::Collector => "collector",
            Kind::Control => "control",
        };
        DOCUMENTS.iter().find(|document| document.name == name).map(|document| document.form)
    }
}

/// A file that could be parsed, or one variant of it.
pub(super) struct File {
    pub(super) source: Arc<Source>,
    /// Of the text as it was given.
    hash: blake3::Hash,
    pub(super) node: Node,
    pub(super) report: Report,
    /// Which of a control's variants it is.
    pub(super) variant: Option<Variant>,
    /// The file's name without its extension, with what the variant is in its places.
    pub(super) stem: String,
}

pub(super) fn stem(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let known = [".yaml", ".yml", ".json"];
    known.iter().find_map(|extension| name.strip_suffix(extension)).unwrap_or(name)
}

/// The files of a pack.
#[derive(Default)]
pub(super) struct Files {
    /// Those that could be parsed, and count.
    pub(super) parsed: Vec<(Kind, File)>,
    /// Those that could not: nothing is known of what they hold, but for names that stand in their text.
    pub(super) unparsed: Vec<Source>,
    /// Files of this pack, and the built-in ones that they replace.
    pub(super) replaced: Vec<(String, String)>,
}

/// Parses the files. A later file of the same kind and name replaces an earlier one, and so does a variant of its id.
pub(super) fn read(sources: Vec<Source>, reading: Reading, problems: &mut Vec<Problem>) -> Files {
    let mut files: BTreeMap<(Kind, String), File> = BTreeMap::new();
    let mut found = Files::default();
    for parsed in parallel::map(sources, |source| parsed(source, reading)) {
        let (kind, parsed) = match parsed {
            Ok(parsed) => parsed,
            Err(Refused { report, unparsed }) => {
                problems.extend(report.into_problems());
                found.unparsed.extend(unparsed);
                continue;
            }
        };
        for mut file in parsed {
            let key = (kind, file.stem.clone());
            if let Some(earlier) = files.get(&key) {
                let first = &earlier.source.path;
                if is_built_in(&earlier.source) {
                    found.replaced.push((file.source.path.clone(), first.clone()));
                } else if is_twin(kind, first, &file.source.path) {
                    file.report.error(file.node.at, format!("`{}` is already in {first}, of the same pack", file.stem));
                }
            }
            files.insert(key, file);
        }
    }
    found.parsed = files.into_iter().map(|((kind, _), file)| (kind, file)).collect();
    found
}

/// Whether a file is one of those that are in the binary.
fn is_built_in(source: &Source) -> bool {
    EMBEDDED.iter().any(|(path, _)| *path == source.path)
}

/// The names of types that stand in a text that cannot be parsed, as far as they stand where a collector has them.
pub(super) fn types_in(text: &str) -> impl Iterator<Item = String> {
    let names = text.split("type:").skip(1).filter_map(|rest| rest.split_whitespace().next());
    names.map(|name| name.trim_matches(['"', '\'', ',', '}']).to_owned()).filter(|name| name.contains(':'))
}

/// A source of which nothing can be made.
struct Refused {
    report: Report,
    /// It, where it cannot even be parsed.
    unparsed: Option<Source>,
}

/// What a source holds, as files.
fn parsed(mut source: Source, reading: Reading) -> Result<(Kind, Vec<File>), Refused> {
    let hash = blake3::hash(source.text.as_bytes());
    if reading == Reading::ForScanning
        && by_directory(&source.path) == Some(Kind::Control)
        && let Some(cut) = prose::cut(&source.text)
    {
        source.text = cut;
    }
    let mut report = Report::new(&source.path);
    let mut node = match parse(&source.text) {
        Ok(node) => node,
        Err(error) => {
            report.error(error.at, error.message);
            return Err(Refused { report, unparsed: Some(source) });
        }
    };
    let Some(kind) = kind(&source.path, &node) else {
        let message = "a pack's file lies below collectors/, controls/, definitions/, events/, facts/, frameworks/ or \
                       schemas/";
        report.error(node.at, message);
        return Err(Refused { report, unparsed: None });
    };
    if reading == Reading::ForScanning && kind == Kind::Control {
        node = prose::dropped(node);
    }
    if let Some(form) = kind.form() {
        spelling::mend(&mut node, form, &mut report);
    }
    Ok((kind, variants_of(kind, reading, source, hash, node, report)))
}

/// A control's variants as files of their own; any other file as it is.
fn variants_of(
    kind: Kind,
    reading: Reading,
    source: Source,
    hash: blake3::Hash,
    node: Node,
    mut report: Report,
) -> Vec<File> {
    let source = Arc::new(source);
    let stem = stem(&source.path);
    let file = |stem: String, node: Node, report: Report, variant: Option<Variant>| File {
        source: Arc::clone(&source),
        hash,
        node,
        report,
        variant,
        stem,
    };
    if kind != Kind::Control || node.get("variants").is_none() {
        return vec![file(stem.to_owned(), node, report, None)];
    }
    let whole = (reading == Reading::Whole).then_some(source.text.as_str());
    let declared = variants::read(&node, whole, &mut report);
    if declared.is_empty() {
        return vec![file(stem.to_owned(), node, report, None)];
    }
    let one = |variant: Variant| {
        let mut report = report.clone();
        let node = variant.applied(&node, &source.text, &mut report);
        file(variant.text(stem), node, report, Some(variant))
    };
    let mut files: Vec<File> = declared.into_iter().map(one).collect();
    // Without a place in the file's name all have one name; the first says what is wrong with it.
    let mut stems = BTreeSet::new();
    files.retain(|file| stems.insert(file.stem.clone()));
    files
}

/// What is wrong with the files. Of what is wrong with some variants of a control only, it is said which.
pub(super) fn problems(files: Vec<(Kind, File)>) -> Vec<Problem> {
    let mut by_path: BTreeMap<String, Vec<variants::Found>> = BTreeMap::new();
    for (_, file) in files {
        let variant = file.variant.map(|variant| variant.name);
        by_path.entry(file.source.path.clone()).or_default().push((variant, file.report.into_problems()));
    }
    by_path.into_values().flat_map(variants::told).collect()
}

/// Whether two files of the same name lie in the same pack, where one of them is a mistake and not an override.
fn is_twin(kind: Kind, earlier: &str, later: &str) -> bool {
    let of_kind = |directory: &str| directory_kind(directory) == Some(kind);
    let root = |path: &str| {
        let parts: Vec<String> = path.split(['/', '\\']).map(str::to_owned).collect();
        parts.iter().rposition(|part| of_kind(part)).map(|at| parts[..at].to_vec())
    };
    root(earlier).is_some_and(|earlier| Some(earlier) == root(later))
}

fn by_directory(path: &str) -> Option<Kind> {
    path.rsplit(['/', '\\']).skip(1).find_map(directory_kind)
}

/// Whether a file lies where controls do.
pub(super) fn is_of_controls(path: &str) -> bool {
    by_directory(path) == Some(Kind::Control)
}

/// What files in a directory of this name hold.
fn directory_kind(directory: &str) -> Option<Kind> {
    match directory {
        "schemas" => Some(Kind::Schema),
        "events" => Some(Kind::Events),
        "facts" => Some(Kind::Facts),
        "definitions" => Some(Kind::Definitions),
        "frameworks" => Some(Kind::Framework),
        "collectors" => Some(Kind::Collector),
        "controls" => Some(Kind::Control),
        _ => None,
    }
}

/// What a file holds, by its directory; without one, by what it says.
fn kind(path: &str, node: &Node) -> Option<Kind> {
    by_directory(path).or_else(|| {
        let has = |name| node.get(name).is_some();
        if has("typeName") {
            Some(Kind::Schema)
        } else if has("extends") || has("requirements") {
            Some(Kind::Framework)
        } else if has("resources") {
            Some(Kind::Collector)
        } else if has("definitions") {
            Some(Kind::Definitions)
        } else if has("events") {
            Some(Kind::Events)
        } else if has("look_again_by") {
            Some(Kind::Facts)
        } else if has("severity") || has("pass_when") {
            Some(Kind::Control)
        } else {
            None
        }
    })
}

/// Of all that decides a verdict besides the code: the files, the tables about policies, the descriptors of the APIs.
pub(super) fn digest<'a>(files: &[(Kind, File)], built_in: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = blake3::Hasher::new();
    for (kind, file) in files {
        hasher.update(format!("{kind:?} {}\n", file.stem).as_bytes());
        hasher.update(file.hash.as_bytes());
    }
    for text in built_in {
        hasher.update(format!("{}\n", text.len()).as_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Catalog;
    use crate::pack::Pack;
    use crate::policy::TABLES;

    #[test]
    fn the_digest_covers_what_is_built_in() {
        let of = |built_in: &[&'static str]| digest(&[], built_in.iter().copied());
        assert_eq!(of(&["a,b", "c"]), of(&["a,b", "c"]));
        assert_ne!(of(&["a,b", "c"]), of(&["a,b", "d"]));
        assert_ne!(of(&["a,b", "c"]), of(&["a,", "bc"]));
        let (pack, _) = Pack::load(Vec::new(), Catalog::embedded());
        let all: Vec<&str> = Catalog::embedded().sources().chain(TABLES).collect();
        assert_eq!(pack.digest(), of(&all));
        assert!(all.len() > 20 && all.iter().all(|text| !text.is_empty()), "{}", all.len());
    }
}
