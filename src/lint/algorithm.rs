//! The signature algorithm, by the octets that name it (rules C04, C05 and C06).

use der::asn1::ObjectIdentifier;

use super::catalogue::{Lint, Run};
use super::report::{Faults, Severity, hexed};
use super::tlv::{Reader, tag};
use super::view::{Authority, View};
use crate::x509::algorithm::{KeyAlgorithm, SignatureAlgorithm};

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "C04-two-algorithms",
        Severity::Error,
        "RFC 5280 s.4.1.1.2, s.5.1.1.2",
        "the AlgorithmIdentifier inside is octet for octet the one outside",
        Run::Any(two_algorithms),
    ),
    Lint::new(
        "C05-algorithm-octets",
        Severity::Error,
        "BR 7.1.3.2, RFC 4055 s.5, RFC 5758 s.3.2, RFC 8410 s.3, RFC 9881 s.2, RFC 9909 s.3",
        "RSA PKCS#1 v1.5 has NULL parameters, every other algorithm but RSA PSS none: the exact octets of its standard",
        Run::Any(exact_octets),
    ),
    Lint::new(
        "C05-pss-parameters",
        Severity::Error,
        "BR 7.1.3.2.1, RFC 4055 s.3.1",
        "RSA PSS has MGF1 over the digest of the message, a salt as long as the digest, the default trailer and NULL in both digests",
        Run::Any(pss_parameters),
    )
    .webpki()
    .house_for_a_should(),
    Lint::new(
        "C05-algorithm-other",
        Severity::Error,
        "BR 7.1.3.2, RFC 9881 s.2, RFC 9909 s.3",
        "the algorithm is ECDSA, RSA PKCS#1 v1.5 or RSA PSS with SHA-256, SHA-384 or SHA-512, Ed25519, Ed448, pure ML-DSA or pure SLH-DSA",
        Run::Any(offered),
    )
    .house(),
    Lint::new(
        "C05-algorithm-webpki",
        Severity::Error,
        "BR 7.1.3.2.1, 7.1.3.2.2",
        "the algorithm is ECDSA, RSA PKCS#1 v1.5 or RSA PSS with SHA-256, SHA-384 or SHA-512",
        Run::Any(webpki_offered),
    )
    .webpki(),
    Lint::new(
        "C05-algorithm-issuer-key",
        Severity::Error,
        "RFC 5280 s.4.1.1.2, s.5.1.1.2",
        "the algorithm is one for keys like the issuer's",
        Run::Any(issuer_key),
    ),
    Lint::new(
        "C05-digest-of-curve",
        Severity::Error,
        "BR 7.1.3.2.2, RFC 5758 s.3.2",
        "the digest is the one paired with the issuer's curve: P-256 SHA-256, P-384 SHA-384, P-521 SHA-512",
        Run::Any(digest_of_curve),
    )
    .webpki()
    .house(),
    Lint::new(
        "C06-weak-digest",
        Severity::Error,
        "BR 7.1.3.2.1, RFC 6151 s.2, RFC 6194 s.3",
        "the signature is not made with MD2, MD4, MD5 or SHA-1",
        Run::Any(weak_digest),
    ),
];

/// Algorithms whose digest is broken.
const WEAK: [(ObjectIdentifier, &str); 8] = [
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.2"), "RSA with MD2"),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.3"), "RSA with MD4"),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.4"), "RSA with MD5"),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5"), "RSA with SHA-1"),
    (ObjectIdentifier::new_unwrap("1.3.14.3.2.29"), "RSA with SHA-1"),
    (ObjectIdentifier::new_unwrap("1.2.840.10040.4.3"), "DSA with SHA-1"),
    (ObjectIdentifier::new_unwrap("1.3.14.3.2.27"), "DSA with SHA-1"),
    (ObjectIdentifier::new_unwrap("1.2.840.10045.4.1"), "ECDSA with SHA-1"),
];

/// The contents of the OBJECT IDENTIFIER of an AlgorithmIdentifier.
pub(super) fn oid_of(identifier: &[u8]) -> Option<&[u8]> {
    let sequence = Reader::new(identifier).next().ok()?;
    let oid = Reader::new(sequence.contents).next().ok()?;
    (sequence.tag == tag::SEQUENCE && oid.tag == tag::OBJECT_IDENTIFIER).then_some(oid.contents)
}

/// The AlgorithmIdentifier that counts, and its place.
fn named<'a>(view: &View<'a>) -> Option<(&'a [u8], &'static str)> {
    let inner = view.inner_algorithm.map(|octets| (octets, "signature"));
    inner.or_else(|| view.outer_algorithm.map(|octets| (octets, "signatureAlgorithm")))
}

fn weakness(identifier: &[u8]) -> Option<&'static str> {
    let oid = oid_of(identifier)?;
    WEAK.iter().find(|(weak, _)| weak.as_bytes() == oid).map(|(_, name)| *name)
}

/// The algorithm with the same object identifier, whatever the parameters. RSA PSS has one for three
/// algorithms, which differ in the parameters alone.
fn alike(identifier: &[u8]) -> Option<SignatureAlgorithm> {
    let oid = oid_of(identifier)?;
    SignatureAlgorithm::all().find(|known| oid_of(known.identifier_der()) == Some(oid))
}

fn two_algorithms(view: &View<'_>, faults: &mut Faults<'_>) {
    if let (Some(inner), Some(outer)) = (view.inner_algorithm, view.outer_algorithm)
        && inner != outer
    {
        faults.push("signatureAlgorithm", hexed(outer), format!("{}, as inside", hexed(inner)));
    }
}

fn exact_octets(view: &View<'_>, faults: &mut Faults<'_>) {
    if let Some((identifier, place)) = named(view)
        && let Some(algorithm) = alike(identifier)
        && !matches!(algorithm, SignatureAlgorithm::RsaPss(_))
        && identifier != algorithm.identifier_der()
    {
        faults.push(place, hexed(identifier), hexed(algorithm.identifier_der()));
    }
}

fn pss_parameters(view: &View<'_>, faults: &mut Faults<'_>) {
    let Some((identifier, place)) = named(view) else { return };
    if !matches!(alike(identifier), Some(SignatureAlgorithm::RsaPss(_))) {
        return;
    }
    match SignatureAlgorithm::from_identifier_der(identifier) {
        Ok(algorithm) if algorithm.identifier_der() == identifier => {}
        Ok(algorithm) => faults.push(place, hexed(identifier), hexed(algorithm.identifier_der())),
        Err(error) => faults.push(place, error.found, "the parameters of BR 7.1.3.2.1"),
    }
}

fn offered(view: &View<'_>, faults: &mut Faults<'_>) {
    if let Some((identifier, place)) = named(view)
        && alike(identifier).is_none()
        && weakness(identifier).is_none()
    {
        let wanted = "ECDSA or RSA with SHA-256, SHA-384 or SHA-512, Ed25519, Ed448, ML-DSA or SLH-DSA";
        faults.push(place, hexed(identifier), wanted);
    }
}

fn webpki_offered(view: &View<'_>, faults: &mut Faults<'_>) {
    let Some((identifier, place)) = named(view) else { return };
    let allowed = matches!(
        alike(identifier),
        Some(SignatureAlgorithm::Ecdsa(_) | SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss(_))
    );
    if !allowed && weakness(identifier).is_none() {
        faults.push(place, hexed(identifier), "RSA or ECDSA with SHA-256, SHA-384 or SHA-512");
    }
}

/// The algorithm of the signature and that of the key that makes it, where both are known.
fn signature_and_key(view: &View<'_>) -> Option<(SignatureAlgorithm, KeyAlgorithm, &'static str)> {
    let (identifier, place) = named(view)?;
    let algorithm = SignatureAlgorithm::from_identifier_der(identifier).ok()?;
    let key = match view.authority {
        Authority::Known(issuer) => issuer.public_key.algorithm(),
        Authority::Itself => view.subject_key()?.ok()?.algorithm(),
        Authority::Unknown => return None,
    };
    Some((algorithm, key, place))
}

/// Whether an algorithm is ECDSA by whatever digest and the key an EC key, or the key signs by it anyway.
fn is_for(algorithm: SignatureAlgorithm, key: KeyAlgorithm) -> bool {
    let both_ec = matches!((algorithm, key), (SignatureAlgorithm::Ecdsa(_), KeyAlgorithm::Ec(_)));
    both_ec || key.signs_with(algorithm)
}

fn issuer_key(view: &View<'_>, faults: &mut Faults<'_>) {
    if let Some((algorithm, key, place)) = signature_and_key(view)
        && !is_for(algorithm, key)
    {
        let wanted = format!("{} or another algorithm for a key of {key}", key.signature_algorithm());
        faults.push(place, algorithm.to_string(), wanted);
    }
}

fn digest_of_curve(view: &View<'_>, faults: &mut Faults<'_>) {
    if let Some((algorithm, key, place)) = signature_and_key(view)
        && is_for(algorithm, key)
        && !key.signs_with(algorithm)
    {
        let wanted = format!("{}, the one for a key of {key}", key.signature_algorithm());
        faults.push(place, algorithm.to_string(), wanted);
    }
}

fn weak_digest(view: &View<'_>, faults: &mut Faults<'_>) {
    if let Some((identifier, place)) = named(view)
        && let Some(name) = weakness(identifier)
    {
        faults.push(place, name, "a digest of the SHA-2 family");
    }
}
