//! RSA and EC keys as a certificate carries them (rules K01 to K03 and K07).

use super::algorithm::oid_of;
use super::catalogue::{Lint, Run};
use super::report::{Faults, Severity, hexed};
use super::tlv::{Reader, tag};
use super::view::View;
use crate::x509::algorithm::{Curve, KeyAlgorithm};
use crate::x509::spki::SpkiError;

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "K01-rsa-identifier",
        Severity::Error,
        "RFC 3279 s.2.3.1, BR 7.1.3.1.1",
        "the AlgorithmIdentifier of an RSA key is 300d06092a864886f70d0101010500",
        Run::Any(rsa_identifier),
    ),
    Lint::new(
        "K02-modulus-size",
        Severity::Error,
        "BR 6.1.5",
        "an RSA modulus has 2048 to 8192 bits in steps of 8, the first one set",
        Run::Any(modulus_size),
    )
    .webpki()
    .house(),
    Lint::new(
        "K02-modulus-even",
        Severity::Error,
        "BR 6.1.6, RFC 8017 s.3.1",
        "an RSA modulus is odd, as a product of odd primes is",
        Run::Any(modulus_even),
    ),
    Lint::new(
        "K02-key-structure",
        Severity::Error,
        "RFC 8017 app. A.1.1, RFC 3279 s.2.3.1",
        "an RSA key is a SEQUENCE of modulus and exponent, both positive",
        Run::Any(rsa_structure),
    ),
    Lint::new(
        "K03-exponent",
        Severity::Error,
        "BR 6.1.6",
        "an RSA exponent is odd, from 65537 to 2^256 - 1",
        Run::Any(exponent),
    )
    .webpki()
    .house(),
    Lint::new(
        "K07-ec-identifier",
        Severity::Error,
        "RFC 5480 s.2.1.1",
        "the AlgorithmIdentifier of an EC key names its curve",
        Run::Any(ec_identifier),
    ),
    Lint::new(
        "K07-curve",
        Severity::Error,
        "BR 6.1.5, 7.1.3.1.2",
        "the curve is P-256, P-384 or P-521",
        Run::Any(curve),
    )
    .webpki()
    .house(),
    Lint::new(
        "K07-point",
        Severity::Error,
        "BR 6.1.6, SP 800-56A r3 s.5.6.2.3.3",
        "an EC key is an uncompressed point of its curve, and not the one at infinity",
        Run::Any(point),
    ),
];

const ALGORITHM: &str = "subjectPublicKeyInfo.algorithm";
const KEY: &str = "subjectPublicKeyInfo.subjectPublicKey";
/// The contents of rsaEncryption and id-ecPublicKey (RFC 3279 s.2.3.1, RFC 5480 s.2.1.1).
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
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
fn fault<'v>(view: &'v View<'_>, wanted: &[u8]) -> Option<&'v SpkiError> {
    identifier(view, wanted)?;
    view.subject_key()?.err()
}

fn rsa_identifier(view: &View<'_>, faults: &mut Faults<'_>) {
    if let Some(found) = identifier(view, RSA)
        && found != RSA_IDENTIFIER
    {
        faults.push(ALGORITHM, hexed(found), hexed(RSA_IDENTIFIER));
    }
}

fn modulus_size(view: &View<'_>, faults: &mut Faults<'_>) {
    if let Some(SpkiError::Modulus { bits }) = fault(view, RSA) {
        faults.push(KEY, format!("a modulus of {bits} bits"), "2048 to 8192 bits in steps of 8");
    }
}

fn modulus_even(view: &View<'_>, faults: &mut Faults<'_>) {
    if fault(view, RSA) == Some(&SpkiError::EvenModulus) {
        faults.push(KEY, "an even modulus", "an odd one");
    }
}

fn rsa_structure(view: &View<'_>, faults: &mut Faults<'_>) {
    if let Some(SpkiError::Encoding(why)) = fault(view, RSA) {
        faults.push(KEY, why.clone(), "a SEQUENCE of modulus and exponent");
    }
}

fn exponent(view: &View<'_>, faults: &mut Faults<'_>) {
    if let Some(SpkiError::Exponent { found }) = fault(view, RSA) {
        faults.push(KEY, format!("exponent 0x{found}"), "an odd number from 0x10001 to 2^256 - 1");
    }
}

/// The parameters of an EC key: its tag and whole.
fn parameters(identifier: &[u8]) -> Option<(u8, &[u8])> {
    let mut fields = Reader::new(Reader::new(identifier).next().ok()?.contents);
    fields.next().ok()?;
    fields.next().ok().map(|value| (value.tag, value.whole))
}

fn ec_identifier(view: &View<'_>, faults: &mut Faults<'_>) {
    let Some(identifier) = identifier(view, EC) else { return };
    if parameters(identifier).is_none_or(|(found, _)| found != tag::OBJECT_IDENTIFIER) {
        faults.push(ALGORITHM, hexed(identifier), "the object identifier of a curve");
    }
}

fn curve(view: &View<'_>, faults: &mut Faults<'_>) {
    let Some(identifier) = identifier(view, EC) else { return };
    if let Some((tag::OBJECT_IDENTIFIER, found)) = parameters(identifier)
        && Curve::from_oid_der(found).is_none()
    {
        faults.push(ALGORITHM, hexed(found), "P-256, P-384 or P-521");
    }
}

fn point(view: &View<'_>, faults: &mut Faults<'_>) {
    if let Some(SpkiError::Point { curve }) = fault(view, EC) {
        let algorithm = KeyAlgorithm::Ec(*curve);
        faults.push(KEY, "no such point", format!("an uncompressed point of {algorithm}"));
    }
}
