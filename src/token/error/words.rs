//! Tokens, keys and files as the messages of errors name them.

use std::path::PathBuf;

use crate::token::description::TokenInfo;
use crate::token::uri::Pkcs11Uri;

/// The label alone where the URI says no more, else the URI.
pub(super) fn described(uri: &Pkcs11Uri) -> String {
    let token = uri.without_object().without_query();
    match token.token() {
        Some(label) if token == Pkcs11Uri::of_label(label) => format!("{label:?}"),
        _ => token.to_string(),
    }
}

pub(super) fn described_or_any(uri: &Pkcs11Uri) -> String {
    if uri.without_object().without_query() == Pkcs11Uri::default() {
        return "the URI, which names no token".to_owned();
    }
    described(uri)
}

pub(super) fn described_key(uri: &Pkcs11Uri) -> String {
    match (uri.object(), uri.id()) {
        (Some(label), None) => format!("{label:?}"),
        (None, None) => "at all".to_owned(),
        _ => uri.clone().without_query().to_string(),
    }
}

pub(super) fn tries_left(count_low: bool, final_try: bool, locked: bool) -> &'static str {
    match (count_low, final_try, locked) {
        (_, _, true) => "; it is locked now",
        (_, true, false) => "; one try is left",
        (true, false, false) => "; the token has counted it",
        (false, false, false) => "",
    }
}

pub(super) fn tokens(present: &[TokenInfo]) -> String {
    let shown: Vec<String> =
        present.iter().map(|token| format!("{:?} (serial {:?})", token.label, token.serial)).collect();
    shown.join(", ")
}

pub(super) fn uris(uris: impl Iterator<Item = Pkcs11Uri>) -> String {
    uris.map(|uri| uri.to_string()).collect::<Vec<_>>().join(" , ")
}

pub(super) fn paths(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}
