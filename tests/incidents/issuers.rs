//! Issuers: what is signed is what was approved, under the name and by the algorithm that the CA has.

use der::{Decode as _, Encode as _, Tag};
use keyrite::authority::{Authority, Issuer, issue};
use keyrite::policy::{IssuerView, Places, Precedent, Purpose, Rule, SubjectKey};
use keyrite::port::{Clock, RandomError, RandomSource};
use keyrite::x509::algorithm::{Digest, KeyAlgorithm, SignatureAlgorithm};
use keyrite::x509::certificate::{Certificate, TbsCertificate};
use keyrite::x509::name::{Attribute, Name};
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::signed::Parts;
use keyrite::x509::time::Time;

use super::fixture::{Act, By, Ca, key, name, names, plain, profile, request};
use super::software::SoftwareKey;
use crate::scene::{Scene, at};

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Time {
        at(40)
    }
}

struct Sevens;

impl RandomSource for Sevens {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        out.fill(7);
        Ok(())
    }
}

/// I-06: two versions of a configuration were live, so that what was logged and what was signed had different policies: 645
/// certificates (Let's Encrypt, Mozilla bug 1838667).
#[test]
fn i06_the_octets_that_are_shown_are_the_octets_that_are_signed() {
    let mut scene = Scene::new();
    let ca = scene.store.ca(&scene.ca()).unwrap();
    let authority = Authority::of(&ca, None).unwrap();
    let proven = request(&name("CN=www.example.test"), vec![names(&["dns:www.example.test"])]);
    let profile = profile("tls-server", &[]);
    let request = plain(&profile, SubjectKey::Request(&proven));
    let places = Places::default();
    let view = issue::view(&scene.store, &authority, &places).unwrap();
    let approved = issue::decide(&mut scene.store, &request, &view, at(30)).unwrap();
    let draft =
        issue::draft(&mut scene.store, approved, &request, Some(&authority), &mut Sevens, at(30)).unwrap();
    let shown = draft.linted().tbs().as_der().to_vec();
    let digest = draft.linted().tbs().sha256();
    let mut signer = SoftwareKey::load("ec-p256");
    let mut issuer = Issuer::join(&authority, &mut signer).unwrap();
    let issued = issue::issue(&mut scene.store, &mut issuer, vec![draft], &Noon).unwrap().remove(0).unwrap();
    let parts = Parts::from_der(issued.as_der()).unwrap();
    assert_eq!(parts.tbs, shown);
    assert_eq!(Digest::Sha256.of(parts.tbs), digest);
    // The profile by which it was decided is on record with it, by its hash.
    let record = scene.store.certificate(&scene.ca(), &issued.serial().unwrap()).unwrap();
    assert_eq!(record.profile_sha256.map(|hash| hash.0), Some(profile.sha256()));
}

/// I-12: cross-certificates without extKeyUsage, unnoticed for eight months in spite of linters (Let's Encrypt, Mozilla bug 2038351).
#[test]
fn i12_a_cross_certificate_without_purposes_is_refused() {
    let other = Ca { subject: "CN=Other Root", issuer: "CN=Other Root", key: "sub-p256", ..Ca::root() };
    let mirrored = other.certificate();
    let act = |built_in: &str, edits: &[(&str, &str)]| {
        let precedent = Precedent::verified(mirrored.clone(), &key("ec-p256"), Purpose::Cross).unwrap();
        Act::intermediate().but(|act| {
            act.profile = profile(built_in, edits);
            act.by = By::Certificate(precedent);
        })
    };
    let text = keyrite::policy::builtin::text("cross").unwrap();
    let (_, table) = text.split_once("[extensions.extKeyUsage]").unwrap();
    let table = format!("[extensions.extKeyUsage]{}", table.split("\n[").next().unwrap());
    let edits = [("kind = ", "standards = [\"webpki\"]\nkind = "), (table.as_str(), "")];
    // The profile is refused before its first use.
    let problems =
        keyrite::policy::Profile::parse("cross", &super::fixture::edited(text, &edits)).unwrap_err();
    let told = |problem: &keyrite::policy::Problem| {
        problem.id == "PRF-WEBPKI" && problem.key.contains("extKeyUsage")
    };
    assert!(problems.as_slice().iter().any(told), "{problems}");
    let approved = act("cross", &[]).decide().unwrap();
    assert_eq!(approved.subject().as_der(), mirrored.subject().as_der());
    assert_eq!(approved.public_key().as_der(), mirrored.spki_der());
}

/// I-18: an ECC CA signed a CRL that says sha256WithRSA (GlobalSign, Mozilla bug 1793441), and a P-384 CA signed with SHA-256 (SSL.com,
/// 1534145). The algorithm follows from the issuer's key.
#[test]
fn i18_the_algorithm_is_one_of_the_issuers_key_inside_and_outside() {
    let under = |file: &'static str, signature| {
        let issuer = Ca { key: file, ..Ca::issuing() };
        Act::server().under(&issuer, &[Ca::root()]).but(|act| {
            act.issuer = act.issuer.take().map(|issuer| IssuerView { signature, ..issuer });
        })
    };
    for (file, right) in
        [("ec-p256", Digest::Sha256), ("ec-p384", Digest::Sha384), ("ec-p521", Digest::Sha512)]
    {
        for signature in SignatureAlgorithm::all() {
            let decided = under(file, signature).decide();
            if signature == SignatureAlgorithm::Ecdsa(right) {
                assert_eq!(decided.unwrap().signature(), signature);
            } else {
                assert!(decided.unwrap_err().has(Rule::IssuerKey), "{file} with {signature}");
            }
        }
    }
    for algorithm in KeyAlgorithm::GENERATED {
        assert!(algorithm.signs_with(algorithm.signature_algorithm()));
    }
    // What stands inside is what stands outside, octet for octet; a certificate in which it differs is not read.
    let certificate = Ca::root().certificate();
    let tbs = TbsCertificate::from_der(certificate.tbs_der()).unwrap();
    let parts = Parts::from_der(certificate.as_der()).unwrap();
    assert_eq!(tbs.signature.to_der().unwrap(), parts.algorithm);
    let identifier = hex::decode("300a06082a8648ce3d040302").unwrap();
    let outer =
        certificate.as_der().windows(identifier.len()).rposition(|window| window == identifier).unwrap();
    let mut der = certificate.as_der().to_vec();
    der[outer + identifier.len() - 1] = 3;
    let error = Certificate::from_der(&der).unwrap_err().to_string();
    assert_eq!(error, "the signature algorithm inside the certificate is not the one outside");
}

/// I-19: the issuer of CRLs was not octet for octet the subject of the CA (e-commerce monitoring, Mozilla bug 1888371), since the
/// name had been encoded anew.
#[test]
fn i19_the_issuer_is_the_subject_of_the_ca_octet_for_octet() {
    for (tag, octets) in [
        (Tag::TeletexString, &b"Wien"[..]),
        (Tag::BmpString, &[0, b'W', 0, b'i', 0, b'e', 0, b'n']),
        (Tag::Utf8String, "W\u{ef}en".as_bytes()),
        (Tag::PrintableString, b"Wien"),
    ] {
        let attribute = Attribute { oid: "2.5.4.3".parse().unwrap(), tag, octets: octets.to_vec(), rdn: 0 };
        let subject = Name::from_attributes(&[attribute]).unwrap();
        let issuer = Ca::root().certificate_named(&subject, &subject);
        let act = Act::server().but(|act| {
            act.issuer = act.issuer.take().map(|view| IssuerView {
                certificate: issuer.clone(),
                above: vec![],
                ..view
            });
        });
        let tbs = act.decide().unwrap().to_be_signed(SerialNumber::from_random([1; 20])).unwrap();
        let built = TbsCertificate::from_der(tbs.as_der()).unwrap();
        assert_eq!(built.issuer.to_der().unwrap(), subject.as_der(), "{tag}");
        let found = TbsCertificate::from_der(issuer.tbs_der()).unwrap();
        assert_eq!(built.issuer.to_der().unwrap(), found.subject.to_der().unwrap(), "{tag}");
    }
}
