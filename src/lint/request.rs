//! Lints of certification requests (RFC 2986; rules Q01 and Q03).

use std::collections::BTreeSet;

use der::asn1::ObjectIdentifier;

use super::catalogue::{Lint, Run};
use super::extension_view::ExtensionView;
use super::report::{Faults, Severity, hexed};
use super::tlv::{Tlv, tag};
use super::view::{Fields, Misfit, RequestView, View};

pub(super) const LINTS: &[Lint] = &[
    Lint::new("Q01-version", Severity::Error, "RFC 2986 s.4.1", "version is v1 (0)", Run::Request(version)),
    Lint::new(
        "Q01-attributes-missing",
        Severity::Warning,
        "RFC 2986 s.4.1",
        "the attributes field is there, if only empty",
        Run::Request(attributes_missing),
    ),
    Lint::new(
        "Q03-attribute-twice",
        Severity::Error,
        "RFC 2986 s.4.1",
        "no attribute is there twice",
        Run::Request(attribute_twice),
    ),
    Lint::new(
        "Q03-attribute-values",
        Severity::Error,
        "RFC 2985 s.5.4",
        "every attribute has exactly one value",
        Run::Request(attribute_values),
    ),
];

/// extensionRequest (RFC 2985 s.5.4.2).
const EXTENSION_REQUEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.14");

/// One attribute: the contents of its type, and its values.
struct Attribute<'a> {
    oid: &'a [u8],
    values: Vec<Tlv<'a>>,
}

impl Attribute<'_> {
    fn name(&self) -> String {
        let oid = ObjectIdentifier::from_bytes(self.oid).map(|oid| oid.to_string());
        format!("attribute {}", oid.unwrap_or_else(|_| hexed(self.oid)))
    }
}

fn attributes(contents: &[u8]) -> Result<Vec<Attribute<'_>>, Misfit> {
    let mut list = Vec::new();
    let mut members = Fields::of(contents);
    while !members.is_finished() {
        let one = members.take(tag::SEQUENCE, "attribute", "a SEQUENCE")?;
        let mut fields = Fields::of(one.contents);
        let oid = fields.take(tag::OBJECT_IDENTIFIER, "attribute.type", "an OBJECT IDENTIFIER")?;
        let set = fields.take(tag::SET, "attribute.values", "a SET")?;
        fields.end("attribute")?;
        let mut each = Fields::of(set.contents);
        let mut values = Vec::new();
        while !each.is_finished() {
            values.push(each.any("attribute.values", "a value")?);
        }
        list.push(Attribute { oid: oid.contents, values });
    }
    Ok(list)
}

/// The extensions that a request asks for.
pub(super) fn requested(contents: Option<&[u8]>) -> Result<Option<Vec<ExtensionView<'_>>>, Misfit> {
    let list = attributes(contents.unwrap_or_default())?;
    let wanted = list.iter().find(|attribute| attribute.oid == EXTENSION_REQUEST.as_bytes());
    match wanted.and_then(|attribute| attribute.values.first()) {
        Some(value) => ExtensionView::list(value.whole).map(Some),
        None => Ok(None),
    }
}

fn version(_: &View<'_>, request: &RequestView<'_>, faults: &mut Faults<'_>) {
    if request.version.contents != [0] {
        faults.push("version", hexed(request.version.contents), "v1 (0)");
    }
}

fn attributes_missing(_: &View<'_>, request: &RequestView<'_>, faults: &mut Faults<'_>) {
    if request.attributes.is_none() {
        faults.push("attributes", "nothing", "the field, if only empty");
    }
}

fn attribute_twice(_: &View<'_>, request: &RequestView<'_>, faults: &mut Faults<'_>) {
    let mut seen = BTreeSet::new();
    for attribute in attributes(request.attributes.unwrap_or_default()).unwrap_or_default() {
        if !seen.insert(attribute.oid) {
            faults.push(attribute.name(), "it once more", "it once");
        }
    }
}

fn attribute_values(_: &View<'_>, request: &RequestView<'_>, faults: &mut Faults<'_>) {
    for attribute in attributes(request.attributes.unwrap_or_default()).unwrap_or_default() {
        if attribute.values.len() != 1 {
            faults.push(attribute.name(), format!("{} values", attribute.values.len()), "one");
        }
    }
}
