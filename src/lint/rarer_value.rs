//! The values of the rarer extensions, read from their octets: policies, qualified statements, TLS feature and
//! those that are NULL. As in `extension_value`, a value that is not its ASN.1 type gives a [`Misfit`].

use der::asn1::ObjectIdentifier;

use super::extension_value::{distribution_point_names, general_names};
use super::extension_view::ExtensionView;
use super::tlv::{Tlv, tag};
use super::view::{Fields, Misfit, View};
use crate::x509::extension::oid;

/// Why the value of one of these extensions is not its type, if it is not.
pub(super) fn misfit(extension: &ExtensionView<'_>) -> Option<Misfit> {
    let value = extension.value;
    let known = |oid: ObjectIdentifier| extension.is(oid);
    if known(oid::POLICY_MAPPINGS) {
        policy_mappings(value).err()
    } else if known(oid::POLICY_CONSTRAINTS) {
        PolicyConstraints::read(value).err()
    } else if known(oid::INHIBIT_ANY_POLICY) {
        alone(value, tag::INTEGER, "inhibitAnyPolicy", "an INTEGER").err()
    } else if known(oid::FRESHEST_CRL) {
        distribution_point_names(value).err().map(|misfit| Misfit { place: "freshestCRL", ..misfit })
    } else if known(oid::ISSUER_ALT_NAME) {
        general_names(value, "issuerAltName").err()
    } else if known(oid::SUBJECT_INFO_ACCESS) {
        super::extension_value::access_locations(value)
            .err()
            .map(|misfit| Misfit { place: "subjectInfoAccess", ..misfit })
    } else if known(oid::TLS_FEATURE) {
        each(value, tag::INTEGER, "tlsFeature", "an INTEGER").err()
    } else if known(oid::NO_REV_AVAIL) {
        alone(value, tag::NULL, "noRevAvail", "NULL").err()
    } else if known(oid::OCSP_NOCHECK) {
        alone(value, tag::NULL, "ocspNocheck", "NULL").err()
    } else if known(oid::QC_STATEMENTS) {
        qc_statements(value).err()
    } else {
        None
    }
}

/// The one value of a type that is the whole.
pub(super) fn alone<'a>(
    value: &'a [u8],
    tag: u8,
    place: &'static str,
    wanted: &'static str,
) -> Result<Tlv<'a>, Misfit> {
    let mut outside = Fields::of(value);
    let only = outside.take(tag, place, wanted)?;
    outside.end(place)?;
    Ok(only)
}

/// The members of a SEQUENCE OF one type.
pub(super) fn each<'a>(
    value: &'a [u8],
    tag: u8,
    place: &'static str,
    wanted: &'static str,
) -> Result<Vec<Tlv<'a>>, Misfit> {
    let mut fields = Fields::of_sequence(value, place)?;
    let mut list = Vec::new();
    while !fields.is_finished() {
        list.push(fields.take(tag, place, wanted)?);
    }
    Ok(list)
}

/// The object identifiers of extKeyUsage (RFC 5280 s.4.2.1.12), each as its contents.
pub(super) fn purposes<'a>(view: &View<'a>) -> Vec<&'a [u8]> {
    let value = view.extension(oid::EXT_KEY_USAGE).map(|extension| extension.value);
    let list = value.and_then(|value| each(value, tag::OBJECT_IDENTIFIER, "extKeyUsage", "a purpose").ok());
    list.into_iter().flatten().map(|purpose| purpose.contents).collect()
}

/// An object identifier, as its contents, and what it announces: a qualifier or a statement with its information.
pub(super) type Announced<'a> = (&'a [u8], Option<Tlv<'a>>);

/// Two policies, each as the contents of its object identifier.
pub(super) type Pair<'a> = (&'a [u8], &'a [u8]);

/// One PolicyInformation of certificatePolicies (s.4.2.1.4).
pub(super) struct Policy<'a> {
    /// The contents of policyIdentifier.
    pub(super) oid: &'a [u8],
    /// policyQualifierId and qualifier; none where the field is absent.
    pub(super) qualifiers: Option<Vec<Announced<'a>>>,
}

/// The policies of a certificate, if the extension is there and is its type.
pub(super) fn policies<'a>(view: &View<'a>) -> Option<Vec<Policy<'a>>> {
    let value = view.extension(oid::CERTIFICATE_POLICIES)?.value;
    read_policies(value).ok()
}

fn read_policies(value: &[u8]) -> Result<Vec<Policy<'_>>, Misfit> {
    let place = "certificatePolicies";
    let mut policies = Vec::new();
    for information in each(value, tag::SEQUENCE, place, "a PolicyInformation")? {
        let mut fields = Fields::of(information.contents);
        let oid = fields.take(tag::OBJECT_IDENTIFIER, place, "an OBJECT IDENTIFIER")?;
        let qualifiers = match fields.optional(tag::SEQUENCE, place)? {
            None => None,
            Some(list) => Some(qualifiers(list.contents)?),
        };
        fields.end(place)?;
        policies.push(Policy { oid: oid.contents, qualifiers });
    }
    Ok(policies)
}

fn qualifiers(contents: &[u8]) -> Result<Vec<Announced<'_>>, Misfit> {
    let place = "certificatePolicies policyQualifiers";
    let mut list = Fields::of(contents);
    let mut qualifiers = Vec::new();
    while !list.is_finished() {
        let info = list.take(tag::SEQUENCE, place, "a PolicyQualifierInfo")?;
        let mut fields = Fields::of(info.contents);
        let id = fields.take(tag::OBJECT_IDENTIFIER, place, "an OBJECT IDENTIFIER")?;
        let qualifier = if fields.is_finished() { None } else { Some(fields.any(place, "a qualifier")?) };
        fields.end(place)?;
        qualifiers.push((id.contents, qualifier));
    }
    Ok(qualifiers)
}

/// The pairs of policyMappings (s.4.2.1.5): issuerDomainPolicy and subjectDomainPolicy, each as its contents.
pub(super) fn policy_mappings(value: &[u8]) -> Result<Vec<Pair<'_>>, Misfit> {
    let place = "policyMappings";
    let mut pairs = Vec::new();
    for pair in each(value, tag::SEQUENCE, place, "a pair of policies")? {
        let mut fields = Fields::of(pair.contents);
        let issuer = fields.take(tag::OBJECT_IDENTIFIER, place, "issuerDomainPolicy")?;
        let subject = fields.take(tag::OBJECT_IDENTIFIER, place, "subjectDomainPolicy")?;
        fields.end(place)?;
        pairs.push((issuer.contents, subject.contents));
    }
    Ok(pairs)
}

/// PolicyConstraints (s.4.2.1.11), each field as its contents.
pub(super) struct PolicyConstraints<'a> {
    pub(super) require_explicit_policy: Option<&'a [u8]>,
    pub(super) inhibit_policy_mapping: Option<&'a [u8]>,
}

impl<'a> PolicyConstraints<'a> {
    pub(super) fn read(value: &'a [u8]) -> Result<Self, Misfit> {
        let place = "policyConstraints";
        let mut fields = Fields::of_sequence(value, place)?;
        let explicit = fields.optional(tag::primitive(0), place)?;
        let mapping = fields.optional(tag::primitive(1), place)?;
        fields.end(place)?;
        Ok(Self {
            require_explicit_policy: explicit.map(|field| field.contents),
            inhibit_policy_mapping: mapping.map(|field| field.contents),
        })
    }
}

/// The statements of qcStatements (RFC 3739 s.3.2.6): statementId as its contents, and statementInfo.
pub(super) fn qc_statements(value: &[u8]) -> Result<Vec<Announced<'_>>, Misfit> {
    let place = "qcStatements";
    let mut statements = Vec::new();
    for statement in each(value, tag::SEQUENCE, place, "a QCStatement")? {
        let mut fields = Fields::of(statement.contents);
        let id = fields.take(tag::OBJECT_IDENTIFIER, place, "an OBJECT IDENTIFIER")?;
        let info = if fields.is_finished() { None } else { Some(fields.any(place, "statementInfo")?) };
        fields.end(place)?;
        statements.push((id.contents, info));
    }
    Ok(statements)
}

/// A small number from the contents of an INTEGER; nothing for a negative one or one beyond 32 bits.
pub(super) fn small_number(contents: &[u8]) -> Option<u32> {
    if contents.first().is_none_or(|first| first & 0x80 != 0) {
        return None;
    }
    contents.iter().try_fold(0_u32, |sum, octet| sum.checked_mul(256)?.checked_add(u32::from(*octet)))
}

/// The dotted form of the contents of an OBJECT IDENTIFIER, or its hex.
pub(super) fn dotted(contents: &[u8]) -> String {
    ObjectIdentifier::from_bytes(contents).map_or_else(|_| hex::encode(contents), |oid| oid.to_string())
}
