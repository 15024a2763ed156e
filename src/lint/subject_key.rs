//! How RSA keys are named and written (rules K01 and K02).

use super::algorithm::oid_of;
use super::catalogue::{Lint, Run};
use super::report::{Faults, Severity, hexed};
use super::tlv::Reader;
use super::view::View;
use crate::x509::spki::{PublicKey, SpkiError};

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "K01-rsa-identifier",
        Severity::Error,
        "RFC 3279 s.2.3.1, BR 7.1.3.1.1",
        "the AlgorithmIdentifier of an RSA key is 300d06092a864886f70d0101010500",
        Run::Any(rsa_identifier),
    ),
    Lint::new(
        "K02-key-structure",
        Severity::Error,
        "RFC 8017 app. A.1.1, RFC 3279 s.2.3.1",
        "an RSA key is a SEQUENCE of modulus and exponent, both positive",
        Run::Any(rsa_structure),
    ),
];

const ALGORITHM: &str = "subjectPublicKeyInfo.algorithm";
const KEY: &str = "subjectPublicKeyInfo.subjectPublicKey";
/// The contents of rsaEncryption (RFC 3279 s.2.3.1).
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// rsaEncryption with NULL, octet for octet.
const RSA_IDENTIFIER: &[u8] =
    &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// The AlgorithmIdentifier of a key of one object identifier.
fn identifier<'a>(view: &View<'a>, wanted: &[u8]) -> Option<&'a [u8]> {
    let whole = Reader::new(view.spki?).next().ok()?;
    let identifier = Reader::new(whole.contents).next().ok()?;
    (oid_of(identifier.whole) == Some(wanted)).then_some(identifier.whole)
}

/// What is wrong with a key of one object identifier, as the reader of keys sees it.
fn fault(view: &View<'_>, wanted: &[u8]) -> Option<SpkiError> {
    identifier(view, wanted)?;
    PublicKey::from_spki_der(view.spki?).err()
}

fn rsa_identifier(view: &View<'_>, faults: &mut Faults<'_>) {
    if let Some(found) = identifier(view, RSA)
        && found != RSA_IDENTIFIER
    {
        faults.push(ALGORITHM, hexed(found), hexed(RSA_IDENTIFIER));
    }
}

fn rsa_structure(view: &View<'_>, faults: &mut Faults<'_>) {
    if let Some(SpkiError::Encoding(why)) = fault(view, RSA) {
        faults.push(KEY, why, "a SEQUENCE of modulus and exponent");
    }
}
