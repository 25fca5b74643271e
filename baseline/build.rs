//! Embeds the pack: writes a list of `include_str!` for every file under `pack/`, so that the compiler sees when a
//! file changes. Must not check the files: that is the loader's part.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=pack");
    let root = Path::new(&env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for build scripts")).join("pack");
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(&root).expect("it was found below the root");
        let name = name.to_str().expect("names of the pack's files are ASCII").replace('\\', "/");
        // Relative to the crate: what is written here may be reused by another checkout that shares its build cache.
        let path = format!("/pack/{name}");
        list.push_str(&format!("    ({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {path:?}))),\n"));
    }
    list.push_str("]\n");
    fs::write(Path::new(&env::var_os("OUT_DIR").expect("cargo sets it for build scripts")).join("pack.rs"), list)
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "json") {
            files.push(path);
        }
    }
    Ok(())
}
