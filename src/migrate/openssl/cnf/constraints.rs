//! What a CA says of the certificates below it: nameConstraints, policyConstraints, inhibitAnyPolicy, policyMappings.

use super::extension::{Extension, Item};
use super::file::Cnf;
use super::general_name::subtree;
use super::object_name::object;
use super::toml_text::{list, quoted};

/// The lines of a table, and what could not be read.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) lines: Vec<String>,
    pub(super) lost: Vec<String>,
}

/// `permitted;DNS:…`, `excluded;IP:…`.
pub(super) fn names(cnf: &Cnf, extension: &Extension<'_>) -> Result<Lines, String> {
    let mut read = Lines::default();
    let (mut permitted, mut excluded): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for item in extension.items(cnf)? {
        let split = item.name.split_once(';');
        let list = match split.map(|(word, _)| word.trim()) {
            Some("permitted") => &mut permitted,
            Some("excluded") => &mut excluded,
            _ => {
                read.lost.push(format!("{:?} is neither permitted; nor excluded;", item.text()));
                continue;
            }
        };
        let name = split.map_or("", |(_, name)| name.trim());
        match subtree(cnf, &Item { name: name.to_owned(), value: item.value.clone() }) {
            Ok(found) => {
                let text = found.to_string();
                if item.value.as_ref().is_some_and(|value| value.starts_with('.')) && name.starts_with("DNS")
                {
                    read.lost.push(format!(
                        "{:?} is {text} here, which has the host itself, too (RFC 5280 s.4.2.1.10)",
                        item.text()
                    ));
                }
                if !list.contains(&text) {
                    list.push(text);
                }
            }
            Err(why) => {
                read.lost.push(format!("{:?}: {why}; the name space is another one without it", item.text()));
            }
        }
    }
    for (key, names) in [("permitted", permitted), ("excluded", excluded)] {
        if !names.is_empty() {
            read.lines.push(format!("{key} = {}", list(&names)));
        }
    }
    Ok(read)
}

/// `requireExplicitPolicy:N`, `inhibitPolicyMapping:N`.
pub(super) fn policies(cnf: &Cnf, extension: &Extension<'_>) -> Result<Lines, String> {
    let mut read = Lines::default();
    for item in extension.items(cnf)? {
        let key = match item.name.as_str() {
            "requireExplicitPolicy" => "require_explicit_policy",
            "inhibitPolicyMapping" => "inhibit_policy_mapping",
            _ => {
                read.lost.push(format!("{:?} is no policy constraint", item.text()));
                continue;
            }
        };
        match item.value.as_deref().and_then(skipped) {
            Some(number) => read.lines.push(format!("{key} = {number}")),
            None => read.lost.push(format!("{:?}, wanted a number from 0 to 255", item.text())),
        }
    }
    Ok(read)
}

/// A number of certificates.
pub(super) fn skipped(text: &str) -> Option<u8> {
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    hexadecimal.map_or_else(|| text.parse().ok(), |digits| u8::from_str_radix(digits, 16).ok())
}

/// `1.2.3:1.2.4`, the issuer's policy first.
pub(super) fn mappings(cnf: &Cnf, extension: &Extension<'_>) -> Result<Lines, String> {
    let mut read = Lines::default();
    let mut mappings: Vec<String> = Vec::new();
    for item in extension.items(cnf)? {
        let both = (object(cnf, &item.name), item.value.as_deref().and_then(|value| object(cnf, value)));
        match both {
            (Some(issuers), Some(subjects)) => mappings.push(format!("{issuers} -> {subjects}")),
            _ => read.lost.push(format!("{:?}, wanted two policies with a colon between them", item.text())),
        }
    }
    if !mappings.is_empty() {
        read.lines.push(format!("mappings = {}", list(&mappings)));
        read.lines.push(format!("critical = {}", extension.critical));
    }
    Ok(read)
}

/// The features of tlsfeature.
pub(super) fn features(cnf: &Cnf, extension: &Extension<'_>) -> Result<Lines, String> {
    let mut read = Lines::default();
    let mut features: Vec<String> = Vec::new();
    for item in extension.items(cnf)? {
        let name = item.value.as_ref().unwrap_or(&item.name);
        match name.parse::<crate::x509::extension::Feature>() {
            Ok(feature) if !features.contains(&feature.to_string()) => features.push(feature.to_string()),
            Ok(feature) => read.lost.push(format!("{feature} is there twice")),
            Err(error) => read.lost.push(error.to_string()),
        }
    }
    if !features.is_empty() {
        let features: Vec<String> = features.iter().map(|feature| quoted(feature)).collect();
        read.lines.push(format!("features = [{}]", features.join(", ")));
    }
    Ok(read)
}
