//! Extensions by their object identifiers alone, as TOML: always the same value, or one from the request.

use std::fmt;
use std::str::FromStr;

use der::Encode;
use der::asn1::{ObjectIdentifier, OctetStringRef};

use crate::policy::document::{Found, Table};
use crate::policy::profile::extensions::{ExtensionRules, RequestedExtension};
use crate::policy::profile::form::ExtensionForm;
use crate::policy::profile::pattern::Pattern;
use crate::x509::extension::{Extension, Value, name_of, oid};

use super::id;

/// The most octets of a value that is taken from a request, where the profile does not say.
const OCTETS: usize = 1024;
/// The most that a profile may say.
const MOST_OCTETS: u64 = 16_384;

/// Reads every table of an extension that is named by its object identifier.
pub(super) fn read(table: &Table<'_>, rules: &mut ExtensionRules) {
    for key in table.keys() {
        if !key.value.starts_with(|c: char| c.is_ascii_digit()) {
            continue; // a name, known or not
        }
        let Ok(found) = key.value.parse::<ObjectIdentifier>() else {
            table.pass_over(&key.value);
            let message =
                "wanted the whole object identifier in quotation marks, such as \"1.3.6.1.4.1.311.20.2\"";
            table.problem(id::EXTENSION, &key.place, &key.value, message);
            continue;
        };
        if found.to_string() != key.value || not_by_number(&found).is_some() {
            table.pass_over(&key.value);
            let why = not_by_number(&found).unwrap_or_else(|| format!("the identifier is written {found}"));
            table.problem(id::EXTENSION, &key.place, &key.value, why);
            continue;
        }
        table.inside(&key.value, |inner| one(found, inner, rules));
    }
}

/// Why an extension is not named by its object identifier, if it is not.
pub(crate) fn not_by_number(oid: &ObjectIdentifier) -> Option<String> {
    let own = [
        oid::AUTHORITY_KEY_IDENTIFIER,
        oid::SUBJECT_KEY_IDENTIFIER,
        oid::BASIC_CONSTRAINTS,
        oid::KEY_USAGE,
        oid::NAME_CONSTRAINTS,
        oid::EXT_KEY_USAGE,
        oid::CERTIFICATE_POLICIES,
        oid::POLICY_MAPPINGS,
        oid::POLICY_CONSTRAINTS,
        oid::INHIBIT_ANY_POLICY,
        oid::SUBJECT_ALT_NAME,
        oid::ISSUER_ALT_NAME,
        oid::CRL_DISTRIBUTION_POINTS,
        oid::AUTHORITY_INFO_ACCESS,
        oid::SUBJECT_INFO_ACCESS,
        oid::TLS_FEATURE,
        oid::NO_REV_AVAIL,
        oid::OCSP_NOCHECK,
        oid::QC_STATEMENTS,
    ];
    let name = name_of(oid);
    match name.as_str() {
        _ if own.contains(oid) => Some(format!("the table of this extension is extensions.{name}")),
        "freshestCRL" => {
            Some("freshestCRL says where delta CRLs are, which keyrite does not issue".to_owned())
        }
        "signedCertificateTimestampList" | "ctPoison" => {
            Some(format!("{name} is different in each certificate (RFC 6962), a profile cannot have it"))
        }
        "cRLNumber"
        | "reasonCode"
        | "invalidityDate"
        | "issuingDistributionPoint"
        | "deltaCRLIndicator"
        | "certificateIssuer" => Some(format!("{name} is of CRLs, not of certificates")),
        _ => None,
    }
}

/// `[extensions."OID"]`.
fn one(oid: ObjectIdentifier, table: &Table<'_>, rules: &mut ExtensionRules) {
    let critical = table.flag("critical").is_some_and(|found| found.value);
    let forms = ExtensionForm::ALL.into_iter().filter(|form| table.has(form.word()));
    let said: Vec<&str> =
        forms.map(ExtensionForm::word).chain(table.has("from_request").then_some("from_request")).collect();
    match said.as_slice() {
        ["from_request"] => rules.from_request.extend(requested(oid, critical, table)),
        [form] => {
            let der = form.parse().ok().and_then(|form| fixed(form, table));
            rules
                .fixed
                .extend(der.map(|der| Extension { critical, value: Value::Unrecognized { oid, der } }));
        }
        _ => {
            let found = if said.is_empty() { "no value".to_owned() } else { said.join(" and ") };
            let words: Vec<&str> = ExtensionForm::ALL.map(ExtensionForm::word).to_vec();
            let message = format!("{found}, wanted one of {} or from_request", words.join(" "));
            said.iter().for_each(|key| table.pass_over(key));
            table.problem(id::EXTENSION, table.place(), "", message);
        }
    }
}

/// The DER of a value that is always the same.
fn fixed(form: ExtensionForm, table: &Table<'_>) -> Option<Vec<u8>> {
    let key = form.word();
    let wrong = |found: &Found<()>, message: String| table.problem(id::EXTENSION, &found.place, key, message);
    let at = |place| Found { value: (), place, key: String::new() };
    match form {
        ExtensionForm::Der => {
            let found = table.parse::<Hex>(key)?;
            if let Some(why) = form.fault(&found.value.0) {
                wrong(&at(found.place), format!("{why}, wanted one whole value with all its octets"));
                return None;
            }
            Some(found.value.0)
        }
        ExtensionForm::Octets => {
            let found = table.parse::<Hex>(key)?;
            OctetStringRef::new(&found.value.0).and_then(|octets| octets.to_der()).ok()
        }
        ExtensionForm::Utf8 | ExtensionForm::Ia5 | ExtensionForm::Printable => {
            let found = table.parse::<String>(key)?;
            let der = form.of_text(&found.value);
            if der.is_none() {
                wrong(
                    &at(found.place),
                    format!("{:?} has characters that the form does not have", found.value),
                );
            }
            der
        }
        ExtensionForm::Integer => ExtensionForm::of_number(table.number(key, i64::MAX.unsigned_abs())?.value),
        ExtensionForm::Oid => table.parse::<ObjectIdentifier>(key)?.value.to_der().ok(),
        ExtensionForm::Boolean => table.flag(key)?.value.to_der().ok(),
        ExtensionForm::Null => {
            let found = table.flag(key)?;
            if !found.value {
                wrong(&at(found.place), "false, wanted true: the form has only one value".to_owned());
            }
            Some(vec![0x05, 0x00])
        }
    }
}

/// A value that is taken from the request.
fn requested(oid: ObjectIdentifier, critical: bool, table: &Table<'_>) -> Option<RequestedExtension> {
    let form = table.parse::<ExtensionForm>("from_request");
    let required = table.flag("required").is_some_and(|found| found.value);
    let pattern = table.parse::<Pattern>("pattern");
    let maximum = table.number("maximum_octets", MOST_OCTETS);
    let form = form?.value;
    if let Some(pattern) = pattern.as_ref().filter(|_| !form.is_text()) {
        let message = format!("only a text has a pattern, and {form} is none");
        table.problem(id::EXTENSION, &pattern.place, "pattern", message);
    }
    if let Some(none) = maximum.as_ref().filter(|found| found.value < 2) {
        table.problem(
            id::EXTENSION,
            &none.place,
            "maximum_octets",
            "no value is as short, wanted at least 2",
        );
    }
    let maximum_octets = maximum.and_then(|found| usize::try_from(found.value).ok()).unwrap_or(OCTETS);
    Some(RequestedExtension {
        oid,
        critical,
        required,
        form,
        pattern: pattern.map(|found| found.value),
        maximum_octets,
    })
}

/// Octets in hex digits.
struct Hex(Vec<u8>);

/// Text that is not hex digits.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not hex, wanted two digits for each octet")]
struct NotHex(String);

impl FromStr for Hex {
    type Err = NotHex;

    fn from_str(text: &str) -> Result<Self, NotHex> {
        hex::decode(text).map(Self).map_err(|_| NotHex(text.to_owned()))
    }
}

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}
