//! The module graph of a crate, read from its sources: which module names something of which other one. Must not judge
//! it; tests do. Test modules are left out, because a test may look at everything.
//!
//! Names are followed through `use` and through paths in code, and through what a parent hands on with `pub use`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use syn::visit::Visit;

/// A module's path below the crate: `["link", "session"]`; empty for the root.
pub type Module = Vec<String>;

/// The modules of one crate, and what each names.
pub struct Modules {
    files: BTreeMap<Module, Contents>,
}

/// What one module's file says.
#[derive(Default)]
struct Contents {
    /// Paths that it names, made absolute below the crate.
    paths: Vec<Module>,
    /// Name → absolute path, for what it brings in with `use`: others may name it through this module.
    brought_in: BTreeMap<String, Module>,
}

impl Modules {
    /// Reads the sources below a crate's `src`.
    ///
    /// # Errors
    /// When a file cannot be read or is no Rust.
    pub fn read(src: &Path) -> Result<Self> {
        let mut modules = Self { files: BTreeMap::new() };
        modules.read_module(src, &src.join("lib.rs"), Vec::new())?;
        if modules.files.is_empty() {
            modules.read_module(src, &src.join("main.rs"), Vec::new())?;
        }
        Ok(modules)
    }

    fn read_module(&mut self, folder: &Path, file: &Path, module: Module) -> Result<()> {
        let Ok(text) = fs::read_to_string(file) else { return Ok(()) };
        let parsed = syn::parse_file(&text).with_context(|| file.display().to_string())?;
        let mut reader = Reader { module: module.clone(), contents: Contents::default(), children: Vec::new() };
        reader.visit_file(&parsed);
        self.files.insert(module.clone(), reader.contents);
        for child in reader.children {
            let path = [module.as_slice(), std::slice::from_ref(&child)].concat();
            self.read_module(&folder.join(&child), &folder.join(format!("{child}.rs")), path)?;
        }
        Ok(())
    }

    /// How many modules were read.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The circles among the children of one parent, for every parent: each is a set of siblings that name each other,
    /// themselves or through what is below them.
    pub fn circles(&self) -> Vec<Vec<String>> {
        let mut arrows: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
        for (from, contents) in &self.files {
            for to in contents.paths.iter().map(|path| self.home(path, 0)) {
                let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
                if shared < from.len() && shared < to.len() {
                    let (from, to) = (from[..=shared].to_vec(), to[..=shared].to_vec());
                    arrows.entry(from).or_default().insert(to);
                }
            }
        }
        circles(&arrows)
    }

    /// The module in which the thing at a path is written down.
    fn home(&self, path: &[String], depth: usize) -> Module {
        let known = (0..=path.len()).rev().find(|end| self.files.contains_key(&path[..*end])).unwrap_or(0);
        let (module, rest) = path.split_at(known);
        let handed_on = rest.first().and_then(|name| self.files.get(module)?.brought_in.get(name));
        match handed_on {
            Some(target) if depth < 8 => self.home(&[target.as_slice(), &rest[1..]].concat(), depth + 1),
            _ => module.to_vec(),
        }
    }
}

/// Groups of modules that reach each other.
fn circles(arrows: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<Vec<String>> {
    let reached = |from: &Module| {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(module) = open.pop() {
            for next in arrows.get(module).into_iter().flatten() {
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        seen
    };
    let reach: BTreeMap<&Module, BTreeSet<&Module>> = arrows.keys().map(|module| (module, reached(module))).collect();
    let mut found = BTreeSet::new();
    for (module, seen) in &reach {
        if seen.contains(module) {
            let together = reach.iter().filter(|(other, back)| seen.contains(*other) && back.contains(module));
            found.insert(together.map(|(other, _)| other.join("::")).collect::<Vec<_>>());
        }
    }
    found.into_iter().collect()
}

/// Collects what one file names.
struct Reader {
    module: Module,
    contents: Contents,
    children: Vec<String>,
}

impl Reader {
    /// A path as code writes it, below the crate; `None` when it leads out of the crate.
    fn absolute(&self, path: &[String]) -> Option<Module> {
        let mut base = self.module.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => (base, rest) = (Vec::new(), &path[1..]),
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|segment| segment == "super") {
                    base.pop()?;
                    rest = &rest[1..];
                }
            }
            first if self.children.iter().any(|child| child == first) => {}
            _ => return None,
        }
        Some([base.as_slice(), rest].concat())
    }

    fn bring_in(&mut self, tree: &syn::UseTree, before: &[String]) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.bring_in(&path.tree, &with(&path.ident)),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.bring_in(tree, before)),
            syn::UseTree::Glob(_) => self.contents.paths.extend(self.absolute(before)),
            syn::UseTree::Name(name) if name.ident == "self" => {
                self.name(before.last().cloned().unwrap_or_default(), before);
            }
            syn::UseTree::Name(name) => self.name(name.ident.to_string(), &with(&name.ident)),
            syn::UseTree::Rename(rename) => self.name(rename.rename.to_string(), &with(&rename.ident)),
        }
    }

    fn name(&mut self, name: String, path: &[String]) {
        if let Some(path) = self.absolute(path) {
            self.contents.paths.push(path.clone());
            self.contents.brought_in.insert(name, path);
        }
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string().contains("test"),
        _ => false,
    })
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_file(&mut self, file: &'ast syn::File) {
        // Children first: code above their declaration may name them.
        for item in &file.items {
            if let syn::Item::Mod(module) = item
                && module.content.is_none()
                && !is_test(&module.attrs)
            {
                self.children.push(module.ident.to_string());
            }
        }
        syn::visit::visit_file(self, file);
    }

    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = match item {
            syn::Item::Mod(module) => &module.attrs,
            syn::Item::Fn(function) => &function.attrs,
            syn::Item::Impl(block) => &block.attrs,
            syn::Item::Use(brought) => &brought.attrs,
            _ => return syn::visit::visit_item(self, item),
        };
        if !is_test(attributes) {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.bring_in(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if segments.len() > 1 {
            self.contents.paths.extend(self.absolute(&segments));
        }
        syn::visit::visit_path(self, path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Modules::read(folder.path()).unwrap().circles()
    }

    #[test]
    fn siblings_that_name_each_other_are_a_circle() {
        let circle = vec![vec!["a".to_owned(), "b".to_owned()]];
        assert_eq!(
            read(&[("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b::B;"), ("b.rs", "use super::a;")]),
            circle
        );
        let below = [("lib.rs", "mod a; mod b;"), ("a.rs", "mod c;"), ("a/c.rs", "fn f() { crate::b::g() }")];
        assert_eq!(read(&[below.as_slice(), &[("b.rs", "use crate::a;")]].concat()), circle);
    }

    #[test]
    fn what_the_root_hands_on_is_named_where_it_is_written() {
        let files = [
            ("lib.rs", "mod a; mod b; pub use a::A; pub use b::B;"),
            ("a.rs", "use crate::B; pub struct A;"),
            ("b.rs", "use crate::A; pub struct B;"),
        ];
        assert_eq!(read(&files), [["a", "b"]]);
    }

    #[test]
    fn parents_children_and_tests_make_no_circle() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "mod c; use c::C; pub struct A; #[cfg(test)] mod tests { use crate::b::B; }"),
            ("a/c.rs", "use super::A; pub struct C;"),
            ("b.rs", "use crate::a::A; pub struct B;"),
        ];
        assert_eq!(read(&files), [[""; 0]; 0]);
    }
}
