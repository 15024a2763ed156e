//! The way of a certificate through the program, with a key in software and at a fixed time.

use std::sync::Arc;

use keyrite::authority::expected;
use keyrite::lint::{self, CertificateContext, IssuerFacts};
use keyrite::policy::{IssuanceRequest, IssuerView, KeyRecord, Places, Profile, Refusal, SubjectKey, decide};
use keyrite::port::Signer as _;
use keyrite::x509::algorithm::{Digest, KeyAlgorithm, SignatureAlgorithm};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::csr::{Csr, ProvenCsr, RequestFields};
use keyrite::x509::extension::{Extension, Feature, TlsFeature, Value};
use keyrite::x509::name::Name;
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::signature::SignatureValue;
use keyrite::x509::signed::{Kind, Signed, ToBeSigned, Verification};

use super::dates::Dates;
use super::names::Names;
use super::software::SoftwareKey;

/// A CA with its key.
#[derive(Clone)]
pub(crate) struct Authority {
    /// As it stands in the URLs of what it publishes.
    pub(crate) name: String,
    pub(crate) certificate: Certificate,
    /// The certificates above it, the nearest first.
    pub(crate) above: Vec<Certificate>,
    pub(crate) key: Arc<SoftwareKey>,
    pub(crate) signature: SignatureAlgorithm,
}

/// One certificate that is asked for.
pub(crate) struct Wish<'a> {
    pub(crate) label: &'a str,
    pub(crate) profile: &'a Profile,
    pub(crate) key: SubjectKey<'a>,
    pub(crate) names: &'a Names,
    pub(crate) dates: &'a Dates,
    /// Who issues it; nobody for a root, which [`SubjectKey::Own`] belongs to.
    pub(crate) issuer: Option<&'a Authority>,
    /// The key that signs.
    pub(crate) signer: &'a SoftwareKey,
}

/// Decides, fixes the octets, lints, signs, verifies, seals and reads again.
pub(crate) fn issue(wish: &Wish<'_>) -> Result<Certificate, Refusal> {
    let Wish { label, profile, key, names, dates, issuer, signer } = wish;
    let request = IssuanceRequest {
        overrides: &[],
        profile,
        requester: "corpus",
        key: *key,
        subject: names.subject.clone(),
        alt_names: (!names.alt_names.is_empty()).then(|| names.alt_names.clone()),
        not_before: dates.not_before,
        validity: dates.length,
        ca_keys: &[],
        on_record: KeyRecord::default(),
    };
    let view = issuer.map(|issuer| IssuerView {
        name: issuer.name.clone(),
        certificate: issuer.certificate.clone(),
        above: issuer.above.clone(),
        revoked: vec![],
        signature: issuer.signature,
        places: places(&issuer.name),
    });
    let approved = decide(&request, view.as_ref(), dates.now)?;
    let serial = Digest::Sha256.of(label.as_bytes());
    let serial = SerialNumber::from_random(serial[..20].try_into().unwrap());
    let tbs = approved.to_be_signed(serial).unwrap_or_else(|error| panic!("{label}: {error}"));
    let context = CertificateContext {
        issuer: issuer.map(|issuer| IssuerFacts::of(&issuer.certificate).unwrap()),
        now: Some(dates.now),
        expected: Some(expected(profile, approved.not_before())),
        exclusions: Vec::new(),
    };
    let linted = lint::certificate(tbs, &context).unwrap_or_else(|report| panic!("{label}: {report}"));
    let verification = if approved.is_ca() { Verification::Twice } else { Verification::Once };
    let signed = seal(&linted.into_tbs(), signer, verification);
    Ok(Certificate::from_der(signed.as_der()).unwrap_or_else(|error| panic!("{label}: {error}")))
}

fn seal<K: Kind>(tbs: &ToBeSigned<K>, signer: &SoftwareKey, verification: Verification) -> Signed<K> {
    let algorithm = tbs.algorithm();
    let raw = signer.raw_signature(algorithm, tbs.as_der());
    let value = SignatureValue::from_token(signer.public_key(), algorithm, &raw).unwrap();
    Signed::seal(tbs, &value, signer.public_key(), verification).unwrap()
}

/// Where a CA publishes. pkilint takes `.test` for a domain of a private network.
fn places(name: &str) -> Places {
    let url = |text: String| vec![text.parse().unwrap()];
    Places {
        crls: Vec::new(),
        crl: url(format!("http://crl.example.com/{name}.crl")),
        ca_issuers: url(format!("http://certs.example.com/{name}.cer")),
        ocsp: url("http://ocsp.example.com".to_owned()),
    }
}

/// What every request asks for: an extension of each form for the profile that takes them, and features of TLS. Other
/// profiles drop them.
fn asked() -> Vec<Extension> {
    let forms = [
        "0500",
        "0101ff",
        "02020080",
        "06022a03",
        "0402cafe",
        "0c056120e5bca0",
        "160140",
        "130141",
        "30030c0161",
    ];
    let mut asked: Vec<Extension> = (1..)
        .zip(forms)
        .map(|(number, der)| {
            let oid = format!("1.3.6.1.4.1.32473.11.{number}").parse().unwrap();
            Extension { critical: false, value: Value::from_der(oid, &hex::decode(der).unwrap()) }
        })
        .collect();
    let features = TlsFeature(vec![Feature(16), Feature::STATUS_REQUEST]);
    asked.push(Extension { critical: false, value: Value::TlsFeature(features) });
    asked
}

/// A request by a key, whose names the operator replaces.
pub(crate) fn request(key: &SoftwareKey, algorithm: KeyAlgorithm) -> ProvenCsr {
    let fields = RequestFields {
        signature: algorithm.signature_algorithm(),
        subject: Name::empty(),
        public_key: key.public_key().clone(),
        extensions: asked(),
    };
    let signed = seal(&fields.build().unwrap(), key, Verification::Once);
    Csr::from_der(signed.as_der()).unwrap().prove().unwrap()
}

/// Requests by keys of SLH-DSA, which no CA here has.
pub(crate) fn slh_dsa_requests() -> Vec<ProvenCsr> {
    ["sha2-128s", "sha2-256s", "shake-192s", "shake-256f"]
        .iter()
        .map(|set| {
            let path =
                format!("{}/tests/vectors/requests/good-slh-dsa-{set}.pem", env!("CARGO_MANIFEST_DIR"));
            Csr::parse(&std::fs::read(path).unwrap()).unwrap().prove().unwrap()
        })
        .collect()
}
