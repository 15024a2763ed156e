//! The places in the home that a token's module may use.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::ca::CaConfig;
use super::default_text::FILE_NAME;
use super::home_toml::id;
use crate::policy::document::Table;

/// What in a home is keyrite's own; what begins with the ledger's name is the database's.
const OWN: [&str; 2] = [FILE_NAME, "profiles"];
const LEDGER: &str = "ledger.sqlite";

/// Reads `paths` of the section `worker`: files and directories, relative to the home.
pub(super) fn read(table: &Table<'_>, cas: &BTreeMap<String, CaConfig>) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for found in table.list::<PathBuf>("paths").map(|found| found.value).unwrap_or_default() {
        if let Some(why) = fault(&found.value, cas) {
            table.problem(id::WORKER_PATH, &found.place, "paths", format!("{:?}, {why}", found.value));
        }
        paths.push(found.value);
    }
    paths
}

/// What is wrong with granting a path, if anything.
fn fault(path: &Path, cas: &BTreeMap<String, CaConfig>) -> Option<String> {
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    if path.as_os_str().is_empty() || !path.components().all(plain) {
        return Some("wanted a path inside the home, relative to it and without ..".to_owned());
    }
    let first = path.components().next().and_then(|part| part.as_os_str().to_str()).unwrap_or_default();
    if OWN.contains(&first) || first.starts_with(LEDGER) {
        return Some("wanted none of keyrite's own files, which no module may reach".to_owned());
    }
    let overlaps = |output: &Path| output.starts_with(path) || path.starts_with(output);
    let published = cas.iter().find(|(_, ca)| ca.output.as_deref().is_some_and(overlaps));
    published.map(|(name, _)| format!("wanted no part of the output directory of {name:?}"))
}
