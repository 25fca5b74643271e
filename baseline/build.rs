//! Embeds the pack and the handbook: writes a list of `include_str!` for every file under `pack/`, so that the compiler sees
//! when a file changes. Must not check the files: that is the loader's part.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The folders of what people read; everything else decides verdicts.
const HANDBOOK: [&str; 3] = ["processes/", "guides/", "log-sources/"];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=pack");
    let root = Path::new(&env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for build scripts")).join("pack");
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let (mut pack, mut handbook) = (String::from("&[\n"), String::from("&[\n"));
    for file in files {
        let name = file.strip_prefix(&root).expect("it was found below the root");
        let name = name.to_str().expect("names of the pack's files are ASCII").replace('\\', "/");
        let list = if HANDBOOK.iter().any(|folder| name.starts_with(folder)) { &mut handbook } else { &mut pack };
        // Relative to the crate: what is written here may be reused by another checkout that shares its build cache.
        let path = format!("/pack/{name}");
        list.push_str(&format!("    ({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {path:?}))),\n"));
    }
    let folder = env::var_os("OUT_DIR").expect("cargo sets it for build scripts");
    for (name, list) in [("pack.rs", pack), ("handbook.rs", handbook)] {
        fs::write(Path::new(&folder).join(name), list + "]\n")?;
    }
    Ok(())
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| ["yaml", "json", "md"].iter().any(|known| extension == *known))
        {
            files.push(path);
        }
    }
    Ok(())
}
