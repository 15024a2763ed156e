//! subjectPublicKeyInfo (rules K01, K04, K05 and K08 to K10): how keys are named, how long they are, and whether
//! they are weak.

use super::algorithm::oid_of;
use super::catalogue::{Lint, Run};
use super::report::{Faults, Severity, hexed};
use super::tlv::{Reader, Tlv, tag};
use super::view::View;
use crate::x509::algorithm::KeyAlgorithm;
use crate::x509::spki::{PublicKey, SpkiError};
use crate::x509::weakness::Weakness;

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "K01-rsa-named-by-pss",
        Severity::Error,
        "BR 7.1.3.1.1",
        "an RSA key is named by rsaEncryption, not by id-RSASSA-PSS",
        Run::Any(rsa_by_pss),
    )
    .webpki()
    .house(),
    Lint::new(
        "K04-rsa-factors",
        Severity::Error,
        "BR 6.1.1.3, BR 6.1.6",
        "an RSA modulus has no factor below 752, is no power, and has no primes that 100 rounds of Fermat's method find",
        Run::Any(|view, faults| weak(view, faults, Weakness::of_factors)),
    )
    .house_for_a_should()
    .webpki(),
    Lint::new(
        "K05-rsa-roca",
        Severity::Error,
        "BR 6.1.1.3, CVE-2017-15361",
        "an RSA modulus does not have the fingerprint of ROCA",
        Run::Any(|view, faults| weak(view, faults, |key| Weakness::roca(key).into_iter().collect())),
    )
    .house_for_a_should()
    .webpki(),
    Lint::new(
        "K08-key-parameters",
        Severity::Error,
        "RFC 8410 s.3",
        "the AlgorithmIdentifier of an Ed25519 or Ed448 key has no parameters",
        Run::Any(|view, faults| parameters(view, is_edwards, faults)),
    ),
    Lint::new(
        "K08-key-octets",
        Severity::Error,
        "RFC 8410 s.4, RFC 8032 s.5.1.5, s.5.2.5",
        "an Ed25519 key has 32 octets, an Ed448 key 57",
        Run::Any(|view, faults| octets(view, is_edwards, faults)),
    ),
    Lint::new(
        "K08-key-point",
        Severity::Error,
        "RFC 8032 s.5.1.3, s.5.2.3",
        "an Ed25519 or Ed448 key is a point of its curve, in its one encoding and not of low order",
        Run::Any(point),
    ),
    Lint::new(
        "K09-key-parameters",
        Severity::Error,
        "RFC 9881 s.2",
        "the AlgorithmIdentifier of an ML-DSA key has no parameters",
        Run::Any(|view, faults| parameters(view, is_ml_dsa, faults)),
    ),
    Lint::new(
        "K09-key-octets",
        Severity::Error,
        "RFC 9881 s.4, FIPS 204 s.4",
        "an ML-DSA-44 key has 1312 octets, an ML-DSA-65 key 1952, an ML-DSA-87 key 2592",
        Run::Any(|view, faults| octets(view, is_ml_dsa, faults)),
    ),
    Lint::new(
        "K10-key-parameters",
        Severity::Error,
        "RFC 9909 s.3",
        "the AlgorithmIdentifier of an SLH-DSA key has no parameters",
        Run::Any(|view, faults| parameters(view, is_slh_dsa, faults)),
    ),
    Lint::new(
        "K10-key-octets",
        Severity::Error,
        "RFC 9909 s.5, FIPS 205 s.11",
        "an SLH-DSA key of strength 128 has 32 octets, of 192 48, of 256 64",
        Run::Any(|view, faults| octets(view, is_slh_dsa, faults)),
    ),
];

/// The contents of `id-RSASSA-PSS` (RFC 4055 s.1.2).
const RSASSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
/// The contents of `rsaEncryption` (RFC 8017 s.A.1).
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const ALGORITHM: &str = "subjectPublicKeyInfo.algorithm";
const KEY: &str = "subjectPublicKeyInfo.subjectPublicKey";

const fn is_edwards(algorithm: KeyAlgorithm) -> bool {
    matches!(algorithm, KeyAlgorithm::Ed25519 | KeyAlgorithm::Ed448)
}

const fn is_ml_dsa(algorithm: KeyAlgorithm) -> bool {
    matches!(algorithm, KeyAlgorithm::MlDsa(_))
}

const fn is_slh_dsa(algorithm: KeyAlgorithm) -> bool {
    matches!(algorithm, KeyAlgorithm::SlhDsa(_))
}

/// The AlgorithmIdentifier of the key and the BIT STRING after it.
fn parts<'a>(view: &View<'a>) -> Option<(Tlv<'a>, Tlv<'a>)> {
    let whole = Reader::new(view.spki?).next().ok()?;
    let mut fields = Reader::new(whole.contents);
    fields.next().ok().zip(fields.next().ok()).filter(|(_, bits)| bits.tag == tag::BIT_STRING)
}

/// A key that names its own signature algorithm: that, the AlgorithmIdentifier as it stands, and the octets.
fn named<'a>(view: &View<'a>) -> Option<(KeyAlgorithm, &'a [u8], &'a [u8])> {
    let (identifier, bits) = parts(view)?;
    let oid = oid_of(identifier.whole)?;
    let algorithm = KeyAlgorithm::named()
        .filter(|algorithm| algorithm.signs_only())
        .find(|algorithm| oid_of(exact(*algorithm)) == Some(oid))?;
    // The first octet counts unused bits.
    let (_, octets) = bits.contents.split_first()?;
    Some((algorithm, identifier.whole, octets))
}

/// Such keys and their signatures have one AlgorithmIdentifier.
const fn exact(algorithm: KeyAlgorithm) -> &'static [u8] {
    algorithm.signature_algorithm().identifier_der()
}

fn rsa_by_pss(view: &View<'_>, faults: &mut Faults<'_>) {
    if let Some((identifier, _)) = parts(view)
        && oid_of(identifier.whole) == Some(RSASSA_PSS)
    {
        faults.push(ALGORITHM, hexed(identifier.whole), "300d06092a864886f70d0101010500");
    }
}

fn weak(view: &View<'_>, faults: &mut Faults<'_>, search: fn(&PublicKey) -> Vec<Weakness>) {
    // Only of RSA keys: the others would be read for nothing.
    if let Some((identifier, _)) = parts(view)
        && oid_of(identifier.whole) == Some(RSA)
        && let Some(Ok(key)) = view.subject_key()
    {
        for weakness in search(key) {
            faults.push(KEY, weakness.to_string(), "a product of two large primes drawn at random");
        }
    }
}

fn parameters(view: &View<'_>, concerned: fn(KeyAlgorithm) -> bool, faults: &mut Faults<'_>) {
    if let Some((algorithm, identifier, _)) = named(view)
        && concerned(algorithm)
        && identifier != exact(algorithm)
    {
        faults.push(ALGORITHM, hexed(identifier), hexed(exact(algorithm)));
    }
}

fn octets(view: &View<'_>, concerned: fn(KeyAlgorithm) -> bool, faults: &mut Faults<'_>) {
    if let Some((algorithm, _, octets)) = named(view)
        && concerned(algorithm)
        && let Some(wanted) = algorithm.key_octets()
        && octets.len() != wanted
    {
        faults.push(
            KEY,
            format!("{} octets", octets.len()),
            format!("{wanted}, as a key of {algorithm} has"),
        );
    }
}

fn point(view: &View<'_>, faults: &mut Faults<'_>) {
    if let Some((algorithm, _, octets)) = named(view)
        && is_edwards(algorithm)
        && let Err(error @ (SpkiError::EdwardsPoint { .. } | SpkiError::LowOrder { .. })) =
            PublicKey::from_key_octets(algorithm, octets)
    {
        let why = if matches!(error, SpkiError::LowOrder { .. }) {
            "of low order"
        } else {
            "no encoding of a point"
        };
        faults.push(
            KEY,
            format!("{}, {why}", hexed(octets)),
            "a point of the curve, reduced and not of low order",
        );
    }
}
