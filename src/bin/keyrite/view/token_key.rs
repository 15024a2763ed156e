//! A key of a token in rows.

use keyrite::token::doctor::mechanism_name;
use keyrite::token::{KeyAttributes, KeyInfo, Requirements};

use super::{Fitness, Value, View, key};

/// Everything that is known of a key, and what a home's requirements make of it.
pub(crate) fn token_key(found: &KeyInfo, requirements: &Requirements) -> View {
    let public_key = match &found.public_key {
        Ok(public_key) => key(public_key),
        Err(error) => View::default().row("algorithm", error.to_string()),
    };
    View::default()
        .row("label", found.label.clone())
        .row("id", hex::encode(&found.id))
        .row("type", key_type(found.key_type))
        .row("public key", public_key)
        .row("attributes", attributes(&found.attributes))
        .row("fit", Fitness::of(found, requirements))
        .row("URI", Value::Exact(found.uri.to_string()))
}

/// What the token says of the private half.
pub(crate) fn attributes(of: &KeyAttributes) -> View {
    values(of).into_iter().fold(View::default(), |view, (label, value)| view.row(label, value))
}

/// The same as texts, a line for each.
pub(crate) fn attribute_texts(of: &KeyAttributes) -> Vec<(String, String)> {
    let text = |value: Value| value.lines(usize::MAX).join(" ");
    values(of).into_iter().map(|(label, value)| (label.to_owned(), text(value))).collect()
}

fn values(of: &KeyAttributes) -> Vec<(&'static str, Value)> {
    let flags = [
        ("sensitive", of.sensitive),
        ("extractable", of.extractable),
        ("always sensitive", of.always_sensitive),
        ("never extractable", of.never_extractable),
        ("local", of.local),
        ("sign", of.sign),
        ("decrypt", of.decrypt),
        ("unwrap", of.unwrap),
        ("derive", of.derive),
        ("always authenticate", of.always_authenticate),
        ("wrap with trusted", of.wrap_with_trusted),
        ("modifiable", of.modifiable),
        ("copyable", of.copyable),
        ("destroyable", of.destroyable),
    ];
    let flags =
        flags.into_iter().map(|(label, value)| (label, value.map_or(NOT_ANSWERED.into(), Value::Truth)));
    let generation = of.key_gen_mechanism.map_or_else(|| NOT_ANSWERED.to_owned(), mechanism);
    let allowed = match &of.allowed_mechanisms {
        None => NOT_ANSWERED.into(),
        Some(numbers) if numbers.is_empty() => "any".into(),
        Some(numbers) => Value::List(numbers.iter().map(|number| mechanism(*number)).collect()),
    };
    flags.chain([("key gen mechanism", generation.into()), ("allowed mechanisms", allowed)]).collect()
}

/// What stands for an attribute that the token does not tell.
const NOT_ANSWERED: &str = "not answered";

/// `CKK_RSA (0x0)` (PKCS#11 3.2, pkcs11t.h).
pub(crate) fn key_type(number: Option<u64>) -> String {
    let Some(number) = number else { return NOT_ANSWERED.to_owned() };
    let name = match number {
        0x0 => "CKK_RSA",
        0x3 => "CKK_EC",
        0x40 => "CKK_EC_EDWARDS",
        0x4a => "CKK_ML_DSA",
        _ => return format!("0x{number:x}"),
    };
    format!("{name} (0x{number:x})")
}

/// `CKM_ECDSA (0x1041)`, or the number alone where it has no name.
fn mechanism(number: u64) -> String {
    let name = mechanism_name(number);
    if name.starts_with("CKM_") { format!("{name} (0x{number:x})") } else { name }
}
