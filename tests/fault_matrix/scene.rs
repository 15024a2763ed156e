//! What a cell starts from: a home with its token, copied for each, and files that are no modules.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::aftermath::Before;
use crate::home::Home;
use crate::support::fault_module;

/// A prepared home.
pub(crate) struct Scene {
    pub(crate) home: Home,
    pub(crate) algorithm: &'static str,
    /// Every file of the home, with what is in it.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// The numbers that are taken. Read once: whoever looks into a ledger makes files beside it for a moment, and
    /// the home is being copied all the time.
    pub(crate) before: Before,
    /// The files of SoftHSM's objects.
    pub(crate) objects: BTreeSet<String>,
    /// The public key of `next`, as PEM.
    pub(crate) next: String,
}

impl Scene {
    /// A home whose CA has a key of this algorithm, in a token with two more: `next`, for a new CA, and
    /// `other`, which belongs to nobody; and beside it a second token.
    pub(crate) fn new(algorithm: &'static str) -> Self {
        let mut home = Home::with_key_of(algorithm);
        for label in ["next", "other"] {
            home.done(&["key", "generate", &home.token().key_uri(label), "--algorithm", algorithm]);
        }
        home.done(&["key", "show", &home.token().key_uri("next"), "--public-out", "next.key"]);
        home.add_token("spare");
        fault_module::forget(home.token());
        let next = std::fs::read_to_string(home.path("next.key")).unwrap();
        let before = Before::of(&home);
        Self { files: files(&home), before, objects: objects(&home), algorithm, next, home }
    }

    /// A copy for one cell.
    pub(crate) fn copy(&self, impatient: bool) -> Home {
        let home = self.home.copy();
        if impatient {
            let text = std::fs::read_to_string(home.path("ca/keyrite.toml")).unwrap();
            let short =
                "[worker]\nsignature_timeout = \"1s\"\ngeneration_timeout = \"1s\"\nother_timeout = \"1s\"\n";
            assert_eq!(text.matches("[worker]\n").count(), 1, "{text}");
            home.write("ca/keyrite.toml", &text.replace("[worker]\n", short));
        }
        home
    }
}

/// Every file of a home but its configuration, with what is in it.
pub(crate) fn files(home: &Home) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    collect(&home.path("ca"), "", &mut found);
    found.remove("/keyrite.toml");
    found
}

fn collect(directory: &Path, name: &str, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{name}/{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            collect(&path, &name, found);
        } else {
            found.insert(name, std::fs::read(&path).unwrap());
        }
    }
}

/// The files of the objects in SoftHSM's tokens: one for each.
pub(crate) fn objects(home: &Home) -> BTreeSet<String> {
    let mut found = BTreeMap::new();
    collect(&home.path("tokens"), "", &mut found);
    let object = |name: &String| name.ends_with(".object") && !name.ends_with("/token.object");
    found.into_keys().filter(object).collect()
}
