//! keyUsage (rules U01 to U04).

use der::asn1::ObjectIdentifier;

use super::algorithm::oid_of;
use super::catalogue::{Lint, Run};
use super::extension_value::KeyUsage;
use super::report::{Faults, Severity, hexed};
use super::tlv::Reader;
use super::view::{CertificateView, View};
use crate::x509::algorithm::KeyAlgorithm;
use crate::x509::extension::oid;

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "U01-ca-key-usage-missing",
        Severity::Error,
        "RFC 5280 s.4.2.1.3",
        "the certificate of a CA has keyUsage",
        Run::Certificate(ca_missing),
    ),
    Lint::new(
        "U01-ca-key-usage-not-critical",
        Severity::Error,
        "RFC 5280 s.4.2.1.3, BR 7.1.2.10.7",
        "the keyUsage of a CA is critical",
        Run::Certificate(ca_not_critical),
    ),
    Lint::new(
        "U01-key-usage-not-critical",
        Severity::Warning,
        "RFC 5280 s.4.2.1.3",
        "keyUsage is critical",
        Run::Certificate(leaf_not_critical),
    ),
    Lint::new(
        "U01-ca-key-cert-sign",
        Severity::Error,
        "RFC 5280 s.4.2.1.3, s.4.2.1.9",
        "the keyUsage of a CA includes keyCertSign",
        Run::Certificate(ca_cert_sign),
    ),
    Lint::new(
        "U01-ca-crl-sign",
        Severity::Error,
        "BR 7.1.2.10.7",
        "the keyUsage of a CA includes cRLSign, so that it can revoke what it issued",
        Run::Certificate(ca_crl_sign),
    )
    .webpki(),
    Lint::new(
        "U01-ca-other-usage",
        Severity::Error,
        "BR 7.1.2.10.7",
        "the keyUsage of a CA has nothing beside keyCertSign, cRLSign and digitalSignature",
        Run::Certificate(ca_other),
    )
    .webpki()
    .house(),
    Lint::new(
        "U02-key-cert-sign-without-ca",
        Severity::Error,
        "RFC 5280 s.4.2.1.3, s.4.2.1.9",
        "keyCertSign only in the certificate of a CA",
        Run::Certificate(cert_sign_without_ca),
    ),
    Lint::new(
        "U03-key-usage-empty",
        Severity::Error,
        "RFC 5280 s.4.2.1.3",
        "keyUsage has at least one usage",
        Run::Any(empty),
    ),
    Lint::new(
        "U03-key-usage-minimal",
        Severity::Error,
        "X.690 s.11.2.2",
        "keyUsage ends with its last usage: no zero bits after it",
        Run::Any(minimal),
    ),
    Lint::new(
        "U03-key-usage-unknown",
        Severity::Error,
        "RFC 5280 s.4.2.1.3",
        "keyUsage has no bit beyond decipherOnly",
        Run::Any(unknown),
    ),
    Lint::new(
        "U04-ec-encipherment",
        Severity::Error,
        "RFC 8813 s.3",
        "an EC key is not for keyEncipherment or dataEncipherment",
        Run::Any(ec_encipherment),
    ),
    Lint::new(
        "U04-rsa-agreement",
        Severity::Error,
        "RFC 3279 s.2.3.1",
        "an RSA key is not for keyAgreement, encipherOnly or decipherOnly",
        Run::Any(rsa_agreement),
    ),
    Lint::new(
        "U04-signature-only",
        Severity::Error,
        "RFC 9295 s.3, RFC 9881 s.5, RFC 9909 s.6",
        "a key of Ed25519, Ed448, ML-DSA or SLH-DSA is for signatures only",
        Run::Any(signature_only),
    ),
];

const KEY_CERT_SIGN: usize = 5;
const CRL_SIGN: usize = 6;
/// keyEncipherment and dataEncipherment.
const ENCIPHERMENT: [usize; 2] = [2, 3];
/// keyAgreement, encipherOnly and decipherOnly.
const AGREEMENT: [usize; 3] = [4, 7, 8];

const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

fn is_not_critical(view: &View<'_>) -> bool {
    view.extension(oid::KEY_USAGE).is_some_and(|extension| !extension.is_critical())
}

fn ca_missing(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.is_ca() && view.extension(oid::KEY_USAGE).is_none() {
        faults.push("extensions", "no keyUsage", "it, since the subject is a CA");
    }
}

fn ca_not_critical(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.is_ca() && is_not_critical(view) {
        faults.push("keyUsage", "not critical", "critical");
    }
}

fn leaf_not_critical(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if !view.is_ca() && is_not_critical(view) {
        faults.push("keyUsage", "not critical", "critical");
    }
}

fn all_of(usage: &KeyUsage<'_>) -> String {
    usage.named(&[0, 1, 2, 3, 4, 5, 6, 7, 8]).join(", ")
}

fn ca_cert_sign(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if let Some(usage) = view.key_usage()
        && view.is_ca()
        && !usage.has(KEY_CERT_SIGN)
    {
        faults.push("keyUsage", all_of(&usage), "keyCertSign among them, since the subject is a CA");
    }
}

fn ca_crl_sign(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if let Some(usage) = view.key_usage()
        && view.is_ca()
        && !usage.has(CRL_SIGN)
    {
        faults.push("keyUsage", all_of(&usage), "cRLSign among them, since the subject is a CA");
    }
}

fn ca_other(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let Some(usage) = view.key_usage() else { return };
    let other = usage.named(&[1, 2, 3, 4, 7, 8]);
    if view.is_ca() && !other.is_empty() {
        faults.push("keyUsage", other.join(", "), "only keyCertSign, cRLSign and digitalSignature");
    }
}

fn cert_sign_without_ca(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.key_usage().is_some_and(|usage| usage.has(KEY_CERT_SIGN)) && !view.is_ca() {
        faults.push("keyUsage", "keyCertSign", "basicConstraints with cA TRUE, or no keyCertSign");
    }
}

fn empty(view: &View<'_>, faults: &mut Faults<'_>) {
    if view.key_usage().is_some_and(|usage| usage.octets.iter().all(|octet| *octet == 0)) {
        faults.push("keyUsage", "no usage", "at least one, or no such extension");
    }
}

fn minimal(view: &View<'_>, faults: &mut Faults<'_>) {
    let Some(usage) = view.key_usage() else { return };
    // An empty list is for U03-key-usage-empty; wrong padding for C20-bit-string.
    let Some(last) = usage.octets.last() else { return };
    let sum: u32 = usage.octets.iter().map(|octet| octet.count_ones()).sum();
    if sum > 0 && (*last == 0 || last.trailing_zeros() > u32::from(usage.unused)) {
        let found = format!("{} with {} unused bits", hexed(usage.octets), usage.unused);
        faults.push("keyUsage", found, "no bit after the last usage");
    }
}

fn unknown(view: &View<'_>, faults: &mut Faults<'_>) {
    let Some(usage) = view.key_usage() else { return };
    let beyond = match usage.octets {
        [] | [_] => false,
        [_, second, rest @ ..] => second & 0x7f != 0 || rest.iter().any(|octet| *octet != 0),
    };
    if beyond {
        faults.push("keyUsage", hexed(usage.octets), "no bit after decipherOnly (8)");
    }
}

/// The contents of the key algorithm's OBJECT IDENTIFIER.
fn key_oid<'a>(view: &View<'a>) -> Option<&'a [u8]> {
    let spki = Reader::new(view.spki?).next().ok()?;
    oid_of(spki.contents)
}

fn usages_of(view: &View<'_>, is_concerned: impl Fn(&[u8]) -> bool, bits: &[usize]) -> Option<String> {
    let usages = view.key_usage()?.named(bits);
    let concerned = is_concerned(key_oid(view)?) && !usages.is_empty();
    concerned.then(|| usages.join(", "))
}

/// Whether keys of this object identifier can do nothing but sign; their signatures have the same one.
fn only_signs(key: &[u8]) -> bool {
    KeyAlgorithm::named()
        .filter(|algorithm| algorithm.signs_only())
        .any(|algorithm| oid_of(algorithm.signature_algorithm().identifier_der()) == Some(key))
}

fn ec_encipherment(view: &View<'_>, faults: &mut Faults<'_>) {
    if let Some(found) = usages_of(view, |key| key == EC.as_bytes(), &ENCIPHERMENT) {
        faults.push("keyUsage", found, "no encipherment, since the key is an EC key");
    }
}

fn rsa_agreement(view: &View<'_>, faults: &mut Faults<'_>) {
    if let Some(found) = usages_of(view, |key| key == RSA.as_bytes(), &AGREEMENT) {
        faults.push("keyUsage", found, "no key agreement, since the key is an RSA key");
    }
}

fn signature_only(view: &View<'_>, faults: &mut Faults<'_>) {
    let bits = [ENCIPHERMENT.as_slice(), &AGREEMENT].concat();
    if let Some(found) = usages_of(view, only_signs, &bits) {
        faults.push("keyUsage", found, "only usages of signatures, since the key can do nothing else");
    }
}
