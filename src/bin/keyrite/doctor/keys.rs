//! The keys of the token.

use keyrite::token::doctor::{Finding, KeyFinding, KeyObjects, Named};
use serde::Serialize;

use crate::table::Table;

/// Every key, and what lacks its other half.
#[derive(Debug, Default, Serialize)]
pub(super) struct Keys {
    private: Option<Vec<Key>>,
    without_public: Vec<Name>,
    without_private: Vec<Name>,
    ambiguous: Vec<Shared>,
    certificates: Option<usize>,
    reason: Option<String>,
}

#[derive(Debug, Serialize)]
struct Key {
    label: String,
    id: String,
    algorithm: String,
    fit: bool,
    reasons: Vec<String>,
    roca: bool,
    always_authenticate: bool,
    uri: String,
}

#[derive(Debug, Serialize)]
struct Name {
    label: String,
    id: String,
}

#[derive(Debug, Serialize)]
struct Shared {
    label: String,
    id: String,
    count: usize,
}

impl Name {
    fn of(name: &Named) -> Self {
        Self { label: name.label.clone(), id: hex::encode(&name.id) }
    }

    fn words(&self) -> String {
        if self.id.is_empty() {
            format!("{:?}", self.label)
        } else {
            format!("{:?} (id {})", self.label, self.id)
        }
    }
}

impl Keys {
    pub(super) fn of(finding: &Finding<KeyObjects>) -> Self {
        let Some(found) = finding.found() else {
            return Self { reason: finding.reason(), ..Self::default() };
        };
        let shared = |(name, count): &(Named, usize)| {
            let Name { label, id } = Name::of(name);
            Shared { label, id, count: *count }
        };
        Self {
            private: Some(found.keys.iter().map(key).collect()),
            without_public: found.without_public.iter().map(Name::of).collect(),
            without_private: found.without_private.iter().map(Name::of).collect(),
            ambiguous: found.ambiguous.iter().map(shared).collect(),
            certificates: Some(found.certificates),
            reason: None,
        }
    }

    /// The keys on a line each, if there are any.
    pub(super) fn table(&self) -> Option<Table> {
        let keys = self.private.as_ref().filter(|keys| !keys.is_empty())?;
        let mut table = Table::new(&["key", "id", "algorithm", "fit for a CA"]);
        for key in keys {
            let reasons = key.reasons.join(", ");
            let fit = match (key.fit, reasons.as_str()) {
                (true, "") => "yes".to_owned(),
                (true, _) => format!("yes, but {reasons}"),
                (false, _) => format!("no: {reasons}"),
            };
            table.row([&key.label, &key.id, &key.algorithm, &fit]);
        }
        Some(table)
    }

    /// What is to be said of them besides, as rows.
    pub(super) fn rows(&self) -> Vec<(&'static str, Vec<String>)> {
        let names = |names: &[Name]| names.iter().map(Name::words).collect::<Vec<_>>();
        let shared = self.ambiguous.iter().map(|Shared { label, id, count }| {
            let name = Name { label: label.clone(), id: id.clone() };
            format!("{}: {count} keys", name.words())
        });
        let keys = match (&self.private, &self.reason) {
            (_, Some(reason)) => vec![format!("not listed: {reason}")],
            (Some(keys), None) if keys.is_empty() => vec!["none".to_owned()],
            (Some(_) | None, None) => Vec::new(),
        };
        let certificates = self.certificates.filter(|count| *count > 0).map(|count| count.to_string());
        [
            ("keys", keys),
            ("no public key", names(&self.without_public)),
            ("no private key", names(&self.without_private)),
            ("of one name", shared.collect()),
            ("certificates", certificates.into_iter().collect()),
        ]
        .into_iter()
        .filter(|(_, values)| !values.is_empty())
        .collect()
    }
}

fn key(found: &KeyFinding) -> Key {
    let key = &found.key;
    let mut reasons: Vec<String> =
        key.public_key.as_ref().err().map(ToString::to_string).into_iter().collect();
    if found.roca {
        reasons.push("its public key has the fingerprint of ROCA".to_owned());
    }
    let told = if found.unfit.is_empty() { &found.doubts } else { &found.unfit };
    reasons.extend(told.iter().map(ToString::to_string));
    Key {
        label: key.label.clone(),
        id: hex::encode(&key.id),
        algorithm: match key.algorithm() {
            Some(algorithm) => algorithm.to_string(),
            None => "unknown".to_owned(),
        },
        fit: found.is_fit(),
        reasons,
        roca: found.roca,
        always_authenticate: key.always_authenticates(),
        uri: key.uri.to_string(),
    }
}
