//! The attributes of a request (RFC 2986 s.4.1, RFC 2985 s.5.4): each once and with one value.
//!
//! One of them asks for extensions, in one of two spellings; what else is met in requests is named and passed over.

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Reader, SliceReader, Tag, Tagged};

use super::CsrError;
use crate::x509::extension::{self, Extension, RawExtension};
use crate::x509::limits;

/// pkcs-9-at-extensionRequest (RFC 2985 s.5.4.2).
pub(super) const EXTENSION_REQUEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.14");
/// szOID_CERT_EXTENSIONS: the same value under the number that Windows gives it (MS-WCCE s.2.2.2.7.7).
const MICROSOFT_EXTENSIONS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.2.1.14");
/// Attributes that ask for extensions.
const ASKING: [(ObjectIdentifier, &str); 2] =
    [(EXTENSION_REQUEST, "extensionRequest"), (MICROSOFT_EXTENSIONS, "Microsoft certificate extensions")];
/// Attributes that are met in requests and have no bearing on a certificate (RFC 2985 s.5.4, MS-WCCE s.2.2.2.7).
const IGNORED: [(&str, &str); 12] = [
    ("1.2.840.113549.1.9.7", "challengePassword"),
    ("1.2.840.113549.1.9.2", "unstructuredName"),
    ("1.2.840.113549.1.9.8", "unstructuredAddress"),
    ("1.2.840.113549.1.9.20", "friendlyName"),
    ("1.2.840.113549.1.9.21", "localKeyId"),
    ("1.3.6.1.4.1.311.13.2.1", "Microsoft enrolment name-value pair"),
    ("1.3.6.1.4.1.311.13.2.2", "Microsoft enrolment CSP"),
    ("1.3.6.1.4.1.311.13.2.3", "Microsoft OS version"),
    ("1.3.6.1.4.1.311.13.1", "Microsoft renewed certificate"),
    ("1.3.6.1.4.1.311.17.2", "Microsoft local machine key set"),
    ("1.3.6.1.4.1.311.21.20", "Microsoft client information"),
    ("1.3.6.1.4.1.311.21.21", "Microsoft certificate exchange key"),
];

/// What the attributes say.
#[derive(Default)]
pub(super) struct Attributes {
    /// The extensions that are asked for.
    pub(super) extensions: Vec<Extension>,
    /// The names of the attributes that are passed over.
    pub(super) ignored: Vec<String>,
}

impl Attributes {
    /// `[0] IMPLICIT SET OF Attribute`.
    pub(super) fn read(fields: &mut SliceReader<'_>) -> Result<Self, CsrError> {
        let set = AnyRef::decode(fields)?;
        let expected = Tag::ContextSpecific { constructed: true, number: der::TagNumber(0) };
        set.tag().assert_eq(expected)?;
        let mut members = SliceReader::new(set.value())?;
        let mut seen: Vec<ObjectIdentifier> = Vec::new();
        let mut asking: Option<(ObjectIdentifier, Vec<u8>)> = None;
        let mut found = Self::default();
        while !members.is_finished() {
            let place = seen.len().saturating_add(1);
            let (oid, value) = attribute(&mut members, place)?;
            if seen.contains(&oid) {
                return Err(CsrError::DuplicateAttribute { attribute: name(&oid) });
            }
            if seen.len() == limits::ATTRIBUTES {
                return Err(CsrError::Attributes);
            }
            seen.push(oid);
            if !ASKING.iter().any(|(known, _)| *known == oid) {
                found.ignored.push(name(&oid));
                continue;
            }
            match &asking {
                Some((_, other)) if other == value => {}
                Some((other, _)) => {
                    return Err(CsrError::TwoRequests { one: name(other), other: name(&oid) });
                }
                None => {
                    found.extensions = requested(&oid, value)?;
                    asking = Some((oid, value.to_vec()));
                }
            }
        }
        Ok(found)
    }
}

/// `Attribute ::= SEQUENCE { type OBJECT IDENTIFIER, values SET SIZE(1..MAX) }`, of which one value is taken: its
/// whole TLV. `place` counts from 1.
fn attribute<'a>(
    members: &mut SliceReader<'a>,
    place: usize,
) -> Result<(ObjectIdentifier, &'a [u8]), CsrError> {
    let malformed = |attribute: String| {
        move |error: der::Error| CsrError::Attribute { attribute, reason: error.to_string() }
    };
    let unnamed = || malformed(format!("number {place}"));
    let whole = AnyRef::decode(members).map_err(unnamed())?;
    whole.tag().assert_eq(Tag::Sequence).map_err(unnamed())?;
    let mut parts = SliceReader::new(whole.value()).map_err(unnamed())?;
    let oid = ObjectIdentifier::decode(&mut parts).map_err(unnamed())?;
    let named = || malformed(name(&oid));
    let values = AnyRef::decode(&mut parts).map_err(named())?;
    values.tag().assert_eq(Tag::Set).map_err(named())?;
    parts.finish().map_err(named())?;
    let mut each = SliceReader::new(values.value()).map_err(named())?;
    if each.is_finished() {
        return Err(CsrError::AttributeValues { attribute: name(&oid) });
    }
    let value = each.tlv_bytes().map_err(named())?;
    if !each.is_finished() {
        return Err(CsrError::AttributeValues { attribute: name(&oid) });
    }
    Ok((oid, value))
}

fn name(oid: &ObjectIdentifier) -> String {
    let text = oid.to_string();
    let asking = ASKING.iter().find(|(known, _)| known == oid).map(|(_, name)| *name);
    let ignored = IGNORED.iter().find(|(known, _)| *known == text).map(|(_, name)| *name);
    asking.or(ignored).map_or(text, str::to_owned)
}

fn requested(attribute: &ObjectIdentifier, der: &[u8]) -> Result<Vec<Extension>, CsrError> {
    let raw = extension::read_all(der)
        .map_err(|error| CsrError::Attribute { attribute: name(attribute), reason: error.to_string() })?;
    if let Some(oid) = extension::repeated(&raw) {
        return Err(CsrError::DuplicateExtension { extension: extension::name_of(&oid) });
    }
    for extension in &raw {
        if extension.critical.is_some_and(|octet| octet != 0xff) {
            return Err(CsrError::Criticality { extension: extension::name_of(&extension.oid) });
        }
    }
    let read: Vec<Extension> = raw.iter().map(RawExtension::read).collect();
    for extension in &read {
        if let extension::Value::SubjectAltName(names) = &extension.value
            && names.0.len() > limits::ALT_NAMES
        {
            return Err(CsrError::AltNames { found: names.0.len() });
        }
    }
    Ok(read)
}
