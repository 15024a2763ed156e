//! subjectAltName as TOML.

use crate::policy::document::Table;
use crate::policy::profile::alt_names::{AltNameRules, AltNameType};
use crate::policy::profile::pattern::Pattern;
use crate::x509::limits;

use super::{distinct, id};

/// `[extensions.subjectAltName]`.
pub(super) fn read(table: &Table<'_>) -> Option<AltNameRules> {
    let from_request = table.flag("from_request").is_some_and(|found| found.value);
    let wildcards = table.flag("wildcards").is_some_and(|found| found.value);
    let most = u64::try_from(limits::ALT_NAMES).unwrap_or(u64::MAX);
    let size = |key: &str, default: usize| {
        table.number(key, most).map_or(default, |found| usize::try_from(found.value).unwrap_or(default))
    };
    let minimum = size("minimum", 1);
    let maximum = size("maximum", limits::ALT_NAMES);
    let types = table.list_required::<AltNameType>("types");
    let required = table
        .list::<AltNameType>("required")
        .and_then(|found| distinct(table, "required", found))
        .unwrap_or_default();
    let patterns = table.inside("patterns", patterns).unwrap_or_default();
    let fewest = minimum.max(required.len());
    if fewest > maximum || maximum == 0 {
        let message = format!("at least {fewest} and at most {maximum} names, which is never so");
        table.problem(id::ALT_NAMES, table.place(), "minimum", message);
    }
    let types = distinct(table, "types", types?)?;
    for (key, named) in [
        ("required", required.clone()),
        ("patterns", patterns.iter().map(|(one, _)| *one).collect::<Vec<AltNameType>>()),
    ] {
        if let Some(one) = named.iter().find(|one| !types.contains(one)) {
            let message = format!("{one}, which is not among the types");
            table.problem(id::ALT_NAMES, &table.place_of(key), key, message);
        }
    }
    Some(AltNameRules { from_request, types, required, patterns, minimum, maximum, wildcards })
}

fn patterns(table: &Table<'_>) -> Vec<(AltNameType, Pattern)> {
    let mut found = Vec::new();
    for key in table.keys() {
        match key.value.parse::<AltNameType>() {
            Ok(one) => found.extend(table.parse::<Pattern>(&key.value).map(|pattern| (one, pattern.value))),
            Err(error) => {
                table.pass_over(&key.value);
                table.problem(id::ALT_NAMES, &key.place, &key.value, error.to_string());
            }
        }
    }
    found
}
