//! Every extension that a profile can have is in certificates that are judged.

use std::collections::BTreeSet;

use keyrite::policy::Profile;
use keyrite::policy::profile::ExtensionForm;
use keyrite::x509::extension::{Value, oid};

use super::cases::{EVERY_EXTENSION, Issued};

/// The text that reads the tables of `[extensions]`.
const READERS: [&str; 2] = [
    include_str!("../../src/policy/profile/toml/extensions.rs"),
    include_str!("../../src/policy/profile/toml/kind.rs"),
];
const PAGE: &str = include_str!("../../docs/profiles.md");

/// The tables for which the reader asks: `inside("NAME"`, `inside_required("NAME"` and `bare("NAME"`.
fn read() -> BTreeSet<&'static str> {
    let asking = ["inside(", "inside_required(", "bare("];
    let mut names = BTreeSet::new();
    for source in READERS {
        for (at, call) in asking.into_iter().flat_map(|call| source.match_indices(call)) {
            let rest = source[at + call.len()..].trim_start();
            if let Some((name, _)) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
                names.insert(name);
            }
        }
    }
    names
}

/// The tables of which the page tells.
fn documented() -> BTreeSet<&'static str> {
    let row = |line: &'static str| line.strip_prefix("| `extensions.")?.split_once('`').map(|(name, _)| name);
    PAGE.lines().filter_map(row).filter(|name| *name != "\"OID\"").collect()
}

#[test]
fn the_page_tells_of_every_table() {
    let read = read();
    assert!(read.len() > 15 && read.contains("keyUsage") && read.contains("noRevAvail"), "{read:?}");
    assert_eq!(documented(), read);
}

/// The extensions that no certificate has.
pub(crate) fn unused(issued: &[Issued]) -> Vec<String> {
    let there: BTreeSet<String> = issued
        .iter()
        .flat_map(|one| one.certificate.extensions())
        .map(|extension| extension.value.name())
        .collect();
    read().into_iter().filter(|name| !there.contains(*name)).map(str::to_owned).collect()
}

/// What the profile with every extension is to say, and some certificate by it lacks.
pub(crate) fn missing(issued: &[Issued]) -> Vec<String> {
    let (name, text) = EVERY_EXTENSION;
    let profile = Profile::parse(name, text).unwrap();
    let rules = profile.extensions();
    let fixed = rules.fixed.iter().map(|extension| extension.value.oid());
    let own: BTreeSet<_> = fixed.chain(rules.from_request.iter().map(|asked| asked.oid)).collect();
    let lacking = |one: &&Issued| own.iter().any(|oid| one.certificate.extension(*oid).is_none());
    let by_profile = issued.iter().filter(|one| one.profile == name);
    by_profile.filter(lacking).map(|one| one.label.clone()).collect()
}

#[test]
fn every_form_of_value_stands_in_a_profile_fixed_and_from_the_request() {
    let (_, text) = EVERY_EXTENSION;
    for form in ExtensionForm::ALL {
        let line = |begin: String| text.lines().any(|line| line.starts_with(&begin));
        assert!(line(format!("{form} = ")), "no fixed {form}");
        assert!(line(format!("from_request = \"{form}\"")), "no {form} from the request");
    }
}

/// Which types of name the constraints of certificates have, on either side.
pub(crate) fn constrained(issued: &[Issued]) -> [BTreeSet<String>; 2] {
    let mut sides = [BTreeSet::new(), BTreeSet::new()];
    for one in issued {
        let extension = one.certificate.extension(oid::NAME_CONSTRAINTS);
        let Some(Value::NameConstraints(found)) = extension.map(|extension| &extension.value) else {
            continue;
        };
        for (side, subtrees) in sides.iter_mut().zip([&found.permitted, &found.excluded]) {
            side.extend(
                subtrees.iter().filter_map(|subtree| {
                    subtree.to_string().split_once(':').map(|(kind, _)| kind.to_owned())
                }),
            );
        }
    }
    sides
}
