//! Lints of certification requests (RFC 2986; rules Q01 and Q03).

use der::asn1::ObjectIdentifier;

use super::extension_view::ExtensionView;
use super::tlv::{Tlv, tag};
use super::view::{Fields, Misfit};

/// extensionRequest (RFC 2985 s.5.4.2).
const EXTENSION_REQUEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.14");

/// One attribute: the contents of its type, and its values.
struct Attribute<'a> {
    oid: &'a [u8],
    values: Vec<Tlv<'a>>,
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
