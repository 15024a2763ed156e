//! Cross-certificates, held against the certificate that the CA has already.

use keyrite::policy::{Precedent, Purpose, Rule};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::extension::{
    BasicConstraints, ExtKeyUsage, KeyUsage, NameConstraints, Value, oid, purpose,
};
use keyrite::x509::name::{Attribute, Name};

use super::fixture::{Act, By, Ca, ECDSA, critical, key, length, name, not_critical, profile, request_by};
use super::rules::Case;

const OTHER: &str = "C=AT,O=Other,CN=Other Root";

/// The root of somebody else.
fn other() -> Ca {
    Ca { subject: OTHER, issuer: OTHER, key: "sub-p256", ..Ca::root() }
}

/// The certificate of a CA, as it is given to have another made from it.
fn by(certificate: Certificate, purpose: Purpose) -> By {
    // Every certificate of the fixture is signed by this key.
    By::Certificate(Precedent::verified(certificate, &key("ec-p256"), purpose).unwrap())
}

const KIND: (&str, &str) = ("kind = \"subordinate\"", "kind = \"cross\"");

/// A cross-certificate for another root, by our root.
fn mirroring(ca: &Ca, edits: &[(&str, &str)]) -> Act {
    let edits = [&[KIND], edits].concat();
    Act::intermediate().but(|act| {
        act.profile = profile("intermediate", &edits);
        act.by = by(ca.certificate(), Purpose::Cross);
    })
}

pub(crate) fn cross() -> Vec<Case> {
    let sound = || mirroring(&other(), &[]);
    let with = |value| other().with(critical(value));
    let request = request_by("sub-p256", ECDSA, &name(OTHER), vec![]);
    let limited = Ca { extensions: Ca::extensions(Some(0)), ..other() };
    let deeper = [("path_length = 0", "path_length = 1")];
    let permitted = |list: &[&str]| {
        let permitted = list.iter().map(|text| text.parse().unwrap()).collect();
        with(Value::NameConstraints(NameConstraints { permitted, excluded: vec![] }))
    };
    let excluded = with(Value::NameConstraints(NameConstraints {
        permitted: vec![],
        excluded: vec!["dns:bad.example.test".parse().unwrap()],
    }));
    let before = "[extensions.extKeyUsage]";
    let names = |text: &str| format!("[extensions.nameConstraints]\n{text}\n\n{before}");
    let (inner, outer) =
        (names("permitted = [\"dns:www.example.test\"]"), names("permitted = [\"dns:test\"]"));
    let other_form = names("permitted = [\"ip:192.0.2.0/24\"]");
    let excluding = names("excluded = [\"dns:example.test\"]");
    let tls = not_critical(Value::ExtKeyUsage(ExtKeyUsage(vec![purpose::SERVER_AUTH])));
    vec![
        Case(
            Rule::CrossCertificate,
            sound().but(|act| act.by = By::Request(request)),
            "subjectPublicKeyInfo: found the key of a request, wanted the certificate of a CA, which the new one \
             mirrors",
            sound(),
        ),
        Case(
            Rule::CrossCertificate,
            sound().but(|act| act.profile = profile("intermediate", &[])),
            "profile: found subordinate, wanted a profile of kind cross",
            sound().but(|act| {
                act.profile = profile("intermediate", &[]);
                act.by = by(other().certificate(), Purpose::Renewal);
            }),
        ),
        Case(
            Rule::CrossCertificate,
            mirroring(
                &Ca {
                    extensions: Ca::extensions(None)
                        .into_iter()
                        .filter(|one| one.value.oid() != oid::BASIC_CONSTRAINTS)
                        .collect(),
                    ..other()
                },
                &[],
            ),
            "basicConstraints of \"C=AT,O=Other,CN=Other Root\": found not a CA, wanted the certificate of a CA",
            sound(),
        ),
        Case(
            Rule::CrossCertificate,
            mirroring(&with(Value::KeyUsage(KeyUsage::CRL_SIGN)), &[]),
            "keyUsage of \"C=AT,O=Other,CN=Other Root\": found cRLSign, wanted keyCertSign",
            sound(),
        ),
        Case(
            Rule::CrossCertificate,
            mirroring(&Ca { begins: "2026-11-21T12:00:01Z", ..other() }, &[]),
            "validity of \"C=AT,O=Other,CN=Other Root\": found 2026-11-21T12:00:01Z to 2046-01-01T00:00:00Z, wanted \
             one that has the present in it, 2026-11-21T12:00:00Z",
            mirroring(&Ca { begins: "2026-11-21T12:00:00Z", ..other() }, &[]),
        ),
        Case(
            Rule::CrossCertificate,
            sound().but(|act| {
                if let Some(issuer) = &mut act.issuer {
                    issuer.revoked = vec![other().certificate()];
                }
            }),
            "status of \"C=AT,O=Other,CN=Other Root\": found its certificate \
             4707070707070707070707070707070707070706 is revoked, wanted one that is not revoked",
            sound(),
        ),
        Case(
            Rule::CrossSubject,
            sound().but(|act| act.subject = Some(name("C=AT,O=Other,CN=Another Root"))),
            "subject: found C=AT,O=Other,CN=Another Root, wanted C=AT,O=Other,CN=Other Root, as in the certificate that \
             it mirrors",
            sound().but(|act| act.subject = Some(name(OTHER))),
        ),
        Case(
            Rule::CrossPathLength,
            mirroring(&limited, &deeper),
            "basicConstraints pathLenConstraint: found path length 1, wanted at most 0, as in the certificate that it \
             mirrors",
            mirroring(&limited, &[]),
        ),
        Case(
            Rule::CrossNames,
            mirroring(&permitted(&["dns:example.test", "dns:example.org"]), &[(before, &other_form)]),
            "nameConstraints permittedSubtrees: found no limit to names of this form, wanted dns:example.test or \
             dns:example.org, as the certificate that it mirrors permits",
            mirroring(&permitted(&["dns:example.test"]), &[(before, &inner)]),
        ),
        Case(
            Rule::CrossNames,
            mirroring(&permitted(&["dns:example.test"]), &[(before, &outer)]),
            "nameConstraints permittedSubtrees: found dns:test, wanted within dns:example.test, as the certificate that \
             it mirrors permits",
            mirroring(&permitted(&["dns:test"]), &[(before, &outer)]),
        ),
        Case(
            Rule::CrossNames,
            mirroring(&excluded, &[(before, &other_form)]),
            "nameConstraints excludedSubtrees: found not excluded, wanted dns:bad.example.test, as the certificate that \
             it mirrors excludes",
            mirroring(&excluded, &[(before, &excluding)]),
        ),
        Case(
            Rule::CrossPurpose,
            mirroring(&other().with(tls.clone()), &[]),
            "extKeyUsage: found clientAuth, wanted only serverAuth, as in the certificate that it mirrors",
            mirroring(&other().with(tls), &[("\"serverAuth\", \"clientAuth\"", "\"serverAuth\"")]),
        ),
        Case(
            Rule::CrossValidity,
            mirroring(&Ca { ends: "2030-01-01", ..other() }, &[]),
            "notAfter: found 2031-11-21T11:59:59Z, wanted at most 2030-01-01T00:00:00Z, as in the certificate that it \
             mirrors",
            mirroring(&Ca { ends: "2030-01-01", ..other() }, &[])
                .but(|act| act.validity = Some(length("3y"))),
        ),
    ]
}

/// What a profile of the kind does not limit is limited as in the certificate that is mirrored.
#[test]
fn path_length_and_name_constraints_are_those_of_the_mirrored_certificate() {
    let limits = NameConstraints { permitted: vec!["dns:example.test".parse().unwrap()], excluded: vec![] };
    let ca = Ca { extensions: Ca::extensions(Some(1)), ..other() }
        .with(critical(Value::NameConstraints(limits.clone())));
    let approved = mirroring(&ca, &[("path_length = 0", "")]).decide().unwrap();
    let given = |wanted| approved.extensions().iter().find(|one| one.value.oid() == wanted).unwrap();
    let constraints = given(oid::BASIC_CONSTRAINTS);
    assert_eq!(constraints.value, Value::BasicConstraints(BasicConstraints { ca: true, path_len: Some(1) }));
    assert_eq!(*given(oid::NAME_CONSTRAINTS), critical(Value::NameConstraints(limits)));
}

/// Path building compares octets, and what is below the CA names it by the octets that it has.
#[test]
fn subject_key_and_key_identifier_are_those_of_the_mirrored_certificate_octet_for_octet() {
    // PrintableString, BMPString and UTF8String in one name.
    let attribute = |rdn, oid: &str, tag: der::Tag, octets: &[u8]| Attribute {
        oid: oid.parse().unwrap(),
        tag,
        octets: octets.to_vec(),
        rdn,
    };
    let subject = Name::from_attributes(&[
        attribute(0, "2.5.4.6", der::Tag::PrintableString, b"AT"),
        attribute(1, "2.5.4.10", der::Tag::BmpString, &[0, b'O', 0, b't', 0, b'h']),
        attribute(2, "2.5.4.3", der::Tag::Utf8String, "Öther Root".as_bytes()),
    ])
    .unwrap();
    let mirrored = other().certificate_named(&subject, &subject);
    for purpose in [Purpose::Cross, Purpose::Renewal] {
        let act = mirroring(&other(), &[]).but(|act| {
            act.by = by(mirrored.clone(), purpose);
            // Another root of our own may be certified across, and by a cross-certificate alone.
            act.ca_keys = if purpose == Purpose::Cross { vec![key("sub-p256")] } else { vec![] };
        });
        let approved = act.decide().unwrap();
        assert_eq!(approved.subject().as_der(), subject.as_der());
        assert_eq!(approved.public_key().as_der(), mirrored.spki_der());
        let identifier =
            approved.extensions().iter().find(|one| one.value.oid() == oid::SUBJECT_KEY_IDENTIFIER).unwrap();
        assert_eq!(identifier.value, Value::SubjectKeyIdentifier(vec![1, 2, 3]));
    }
}

#[test]
fn a_key_of_our_own_is_certified_by_a_cross_certificate_alone() {
    let own = mirroring(&other(), &[]).but(|act| act.ca_keys = vec![key("sub-p256")]);
    own.decide().unwrap();
    let renewed = own.but(|act| {
        act.profile = profile("intermediate", &[]);
        act.by = by(other().certificate(), Purpose::Renewal);
    });
    assert!(renewed.decide().unwrap_err().has(Rule::KeyOfCa));
}

/// A CA that changes its key may have the new one certified by the old one; the same key is no change.
#[test]
fn a_root_may_certify_its_own_next_key() {
    let next = Ca { key: "sub-p256", ..Ca::root() };
    mirroring(&next, &[]).decide().unwrap();
    let same = mirroring(&Ca::root(), &[]);
    assert!(same.decide().unwrap_err().has(Rule::SubjectIsIssuer));
}

/// What stands in the certificate that is mirrored must have been signed by whoever is its issuer.
#[test]
fn a_certificate_whose_signature_does_not_verify_is_not_mirrored() {
    let refused = Precedent::verified(other().certificate(), &key("leaf-p256"), Purpose::Cross).unwrap_err();
    assert_eq!(refused.to_string(), "the signature does not verify under the ec-p256 key");
}
