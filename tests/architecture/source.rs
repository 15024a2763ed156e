//! The rules, applied to what is there.

use std::path::{Path, PathBuf};

use super::rules;
use super::table::{ROWS, Table};

/// Every file below a directory, in the order of their paths.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_file_keeps_the_rules() {
    let table = Table::new();
    let source = root().join("src");
    let all = files(&source);
    assert!(all.len() > 20, "only {} files under src", all.len());
    let breaches: Vec<String> = all
        .iter()
        .flat_map(|path| {
            let name = path.strip_prefix(&source).unwrap().to_str().unwrap();
            rules::breaches(&table, name, &std::fs::read_to_string(path).unwrap())
        })
        .collect();
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

#[test]
fn every_exception_is_still_needed() {
    for file in rules::named_files() {
        assert!(root().join("src").join(file).exists(), "{file} has an exception and does not exist");
    }
}

#[test]
fn the_documentation_shows_the_same_table() {
    let page = std::fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let (_, after) = page.split_once("Who may import whom").expect("a section of that name");
    let (_, block) = after.split_once("```text\n").expect("a block of text in it");
    let (block, _) = block.split_once("```").expect("the end of the block");
    assert_eq!(block.trim(), ROWS.trim(), "docs/architecture.md differs from tests/architecture/table.rs");
}
