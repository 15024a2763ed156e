//! Extensions that say where something is found, as TOML.

use std::fmt;
use std::str::FromStr;

use crate::policy::document::Table;
use crate::policy::http_url::HttpUrl;
use crate::policy::profile::extensions::Urls;
use crate::policy::profile::url_text::UrlText;
use crate::x509::extension::{SubjectAltName, SubjectInfoAccess};
use crate::x509::general_name::{GeneralName, GeneralNameError};

use super::{distinct, id};

/// The URLs of `[extensions.cRLDistributionPoints]`.
pub(super) fn points(table: &Table<'_>) -> Option<Urls> {
    table.require("urls");
    urls(table, "urls")
}

/// The caIssuers and OCSP URLs of `[extensions.authorityInfoAccess]`.
pub(super) fn access(table: &Table<'_>) -> (Option<Urls>, Option<Urls>) {
    if !table.has("ca_issuers") && !table.has("ocsp") {
        table.problem(id::LIST, table.place(), "ca_issuers", "wanted ca_issuers, ocsp, or both");
    }
    (urls(table, "ca_issuers"), urls(table, "ocsp"))
}

/// A word, or a list of URLs.
fn urls(table: &Table<'_>, key: &str) -> Option<Urls> {
    if !table.has(key) {
        return None;
    }
    if table.is_list(key) {
        let found = table.list_required::<UrlText>(key)?;
        return Some(Urls::These(distinct(table, key, found)?));
    }
    let word = table.word(key, &Urls::WORDS)?;
    Some(if word.value == "required" { Urls::Required } else { Urls::IfConfigured })
}

/// `[extensions.subjectInfoAccess]`.
pub(super) fn subject_info(table: &Table<'_>) -> Option<SubjectInfoAccess> {
    if !table.has("ca_repository") && !table.has("time_stamping") {
        table.problem(
            id::LIST,
            table.place(),
            "ca_repository",
            "wanted ca_repository, time_stamping, or both",
        );
        return None;
    }
    let list = |key: &str| -> Option<Vec<String>> {
        let found = table.list_required_if_there::<HttpUrl>(key)?;
        Some(distinct(table, key, found)?.iter().map(ToString::to_string).collect())
    };
    let (ca_repository, time_stamping) = (list("ca_repository"), list("time_stamping"));
    Some(SubjectInfoAccess {
        ca_repository: ca_repository.unwrap_or_default(),
        time_stamping: time_stamping.unwrap_or_default(),
    })
}

/// `[extensions.issuerAltName]`.
pub(super) fn issuer_names(table: &Table<'_>) -> Option<SubjectAltName> {
    let found = table.list_required::<NameText>("names")?;
    let names: Vec<GeneralName> = distinct(table, "names", found)?.into_iter().map(|name| name.0).collect();
    (!names.is_empty()).then_some(SubjectAltName(names))
}

#[derive(PartialEq)]
struct NameText(GeneralName);

impl FromStr for NameText {
    type Err = GeneralNameError;

    fn from_str(text: &str) -> Result<Self, GeneralNameError> {
        text.parse().map(Self)
    }
}

impl fmt::Display for NameText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
