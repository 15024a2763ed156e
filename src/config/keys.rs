//! The section `[keys]`: what a home demands of the keys of its CAs.

use std::path::PathBuf;

use super::id;
use crate::policy::document::{Found, Table, id as text_id};
use crate::policy::nearest;
use crate::token::requirements::{Requirement, Requirements};

/// Reads the section. What it does not say is as in a home without it.
pub(super) fn requirements(table: &Table<'_>) -> Requirements {
    let required = words(table, "require");
    let unanswered = words(table, "unanswered");
    for found in unanswered.iter().flatten() {
        let word = found.value.word();
        let demanded = required.as_ref().map_or_else(
            || Requirement::USUAL.contains(&found.value),
            |required| required.iter().any(|other| other.value == found.value),
        );
        if Requirement::ALWAYS.contains(&found.value) {
            let message = format!("{word:?}, which the token must answer of every key");
            table.problem(id::KEYS, &found.place, "unanswered", message);
        } else if !demanded {
            let message = format!("{word:?}, which require does not name");
            table.problem(id::KEYS, &found.place, "unanswered", message);
        }
    }
    // What is written down is meant: only where nothing is, the token may be silent.
    let silent = if required.is_some() { &[][..] } else { &Requirement::USUAL };
    let values = |found: Option<Vec<Found<Requirement>>>, otherwise: &[Requirement]| match found {
        Some(found) => found.into_iter().map(|found| found.value).collect(),
        None => otherwise.to_vec(),
    };
    Requirements::new(&values(required, &Requirement::USUAL), &values(unanswered, silent))
}

/// The files with the fingerprints of weak keys, each once.
pub(super) fn weak_key_lists(table: &Table<'_>) -> Vec<PathBuf> {
    let mut lists: Vec<PathBuf> = Vec::new();
    for found in table.list::<PathBuf>("weak_key_lists").map(|found| found.value).unwrap_or_default() {
        let path = found.value;
        if path.as_os_str().is_empty() {
            table.problem(id::KEYS, &found.place, "weak_key_lists", "\"\", wanted a file");
        } else if lists.contains(&path) {
            table.problem(id::KEYS, &found.place, "weak_key_lists", format!("{path:?} twice, wanted once"));
        }
        lists.push(path);
    }
    lists
}

/// A list of demands by their words.
fn words(table: &Table<'_>, key: &str) -> Option<Vec<Found<Requirement>>> {
    let mut known: Vec<Found<Requirement>> = Vec::new();
    for found in table.list::<String>(key)?.value {
        let Some(value) = Requirement::ALL.into_iter().find(|one| one.word() == found.value) else {
            let all = Requirement::ALL.map(Requirement::word);
            let near = nearest(&found.value, all);
            let near = near.map_or_else(String::new, |near| format!(", did you mean {near:?}?"));
            let message = format!("{:?}, wanted some of {}{near}", found.value, all.join(" "));
            table.problem(text_id::VALUE, &found.place, key, message);
            continue;
        };
        if known.iter().any(|other| other.value == value) {
            table.problem(id::KEYS, &found.place, key, format!("{:?} twice, wanted once", found.value));
        }
        known.push(Found { value, place: found.place, key: found.key });
    }
    Some(known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::HomeConfig;

    fn read(text: &str) -> Requirements {
        HomeConfig::parse(text).unwrap().requirements().clone()
    }

    fn problem(text: &str) -> String {
        let problems = HomeConfig::parse(text).unwrap_err();
        problems.as_slice().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn a_home_that_says_nothing_demands_what_makes_a_key_unexportable() {
        assert_eq!(read(""), Requirements::default());
        assert_eq!(read("[keys]\n"), Requirements::default());
        let strict = read("[keys]\nunanswered = []\n");
        assert_eq!(strict, Requirements::new(&Requirement::USUAL, &[]));
    }

    #[test]
    fn a_home_states_its_demands() {
        let text = "[keys]\nrequire = [\"local\", \"sign-only\"]\nunanswered = [\"local\"]\n";
        let wanted = Requirements::new(&[Requirement::Local, Requirement::SignOnly], &[Requirement::Local]);
        assert_eq!(read(text), wanted);
        let answered = read("[keys]\nrequire = [\"never-extractable\"]\n");
        assert_eq!(answered, Requirements::new(&[Requirement::NeverExtractable], &[]));
        // Without these a key could leave the token, so that they need not be named.
        let words: Vec<&str> = wanted.required().iter().map(|one| one.word()).collect();
        assert_eq!(words, ["sensitive", "not-extractable", "local", "sign-only"]);
    }

    #[test]
    fn a_home_names_its_lists_of_weak_keys() {
        let text = "[keys]\nweak_key_lists = [\"weak.txt\", \"/usr/share/weak.txt\"]\n";
        let wanted = ["weak.txt", "/usr/share/weak.txt"].map(PathBuf::from);
        assert_eq!(HomeConfig::parse(text).unwrap().weak_key_lists(), wanted);
        assert!(HomeConfig::parse("").unwrap().weak_key_lists().is_empty());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, wanted) in [
            (
                "[keys]\nrequire = [\"sensitive\", \"never-extractible\"]\n",
                "line 2: keys.require: \"never-extractible\", wanted some of sensitive \
                 not-extractable always-sensitive never-extractable local key-gen-mechanism sign-only \
                 allowed-mechanisms always-authenticate, did you mean \"never-extractable\"? [TOML-VALUE]",
            ),
            (
                "[keys]\nrequire = [\"local\", \"local\"]\n",
                "line 2: keys.require: \"local\" twice, wanted once [CFG-KEYS]",
            ),
            (
                "[keys]\nunanswered = [\"sensitive\"]\n",
                "line 2: keys.unanswered: \"sensitive\", which the token must answer of every key [CFG-KEYS]",
            ),
            (
                "[keys]\nunanswered = [\"local\"]\n",
                "line 2: keys.unanswered: \"local\", which require does not name [CFG-KEYS]",
            ),
            (
                "[keys]\nweak_key_lists = [\"weak.txt\", \"weak.txt\"]\n",
                "line 2: keys.weak_key_lists: \"weak.txt\" twice, wanted once [CFG-KEYS]",
            ),
            (
                "[keys]\nweak_key_lists = [\"\"]\n",
                "line 2: keys.weak_key_lists: \"\", wanted a file [CFG-KEYS]",
            ),
            (
                "[keys]\nrequires = []\n",
                "line 2: keys.requires: unknown key, did you mean \"require\"? [TOML-UNKNOWN-KEY]",
            ),
        ] {
            assert_eq!(problem(text), wanted);
        }
    }
}
