//! What a sound request gets: exactly what its profile says, and a list of what it asked for besides.

use der::Decode as _;
use keyrite::lint::{self, CertificateContext, IssuerFacts};
use keyrite::policy::{Approved, KeyRecord, request_fields};
use keyrite::x509::algorithm::{KeyAlgorithm, SignatureAlgorithm};
use keyrite::x509::certificate::TbsCertificate;
use keyrite::x509::csr::Csr;
use keyrite::x509::extension::{BasicConstraints, ExtKeyUsage, KeyUsage, Value, purpose};
use keyrite::x509::serial::SerialNumber;

use super::fixture::{
    Act, By, Ca, ECDSA, ISSUING, ROOT, critical, key, length, name, names, not_critical, profile, request_by,
    time,
};

fn lines(approved: &Approved) -> Vec<String> {
    approved
        .extensions()
        .iter()
        .map(|one| {
            format!("{}{}: {}", one.value.name(), if one.critical { " critical" } else { "" }, one.value)
        })
        .collect()
}

fn identifier(file: &str) -> String {
    hex::encode_upper(key(file).key_identifier())
}

#[test]
fn a_root_is_bare() {
    let approved = Act::root().decide().unwrap();
    assert_eq!(
        lines(&approved),
        [
            format!("authorityKeyIdentifier: {}", identifier("ec-p256")),
            format!("subjectKeyIdentifier: {}", identifier("ec-p256")),
            "keyUsage critical: keyCertSign, cRLSign".to_owned(),
            "basicConstraints critical: CA, path length not limited".to_owned(),
        ]
    );
    assert_eq!(approved.issuer(), approved.subject());
    assert_eq!(approved.not_before(), time("2026-11-21T12:00:00Z"));
    assert_eq!(approved.not_after(), time("2046-11-21T11:59:59Z"));
    assert!(approved.is_ca());
}

#[test]
fn an_intermediate_has_what_browsers_want_of_it() {
    let approved = Act::intermediate().decide().unwrap();
    assert_eq!(
        lines(&approved),
        [
            // The octets in the issuer's certificate, whatever method made them.
            "authorityKeyIdentifier: 010203".to_owned(),
            format!("subjectKeyIdentifier: {}", identifier("sub-p256")),
            "keyUsage critical: keyCertSign, cRLSign".to_owned(),
            "basicConstraints critical: CA, path length 0".to_owned(),
            "extKeyUsage: serverAuth, clientAuth".to_owned(),
            "certificatePolicies: anyPolicy".to_owned(),
            "cRLDistributionPoints: http://pki.example.test/ca.crl".to_owned(),
            "authorityInfoAccess: CA issuers http://pki.example.test/ca.cer".to_owned(),
        ]
    );
    assert_eq!(*approved.issuer(), name(ROOT));
}

#[test]
fn a_server_may_have_every_kind_of_key_and_only_signs_with_it() {
    let mut requests: Vec<_> = KeyAlgorithm::GENERATED
        .into_iter()
        .map(|algorithm| {
            let alt_names = vec![names(&["dns:www.example.test"])];
            let subject = name("CN=www.example.test");
            request_by(&algorithm.to_string(), algorithm.signature_algorithm(), &subject, alt_names)
        })
        .collect();
    for file in ["good-slh-dsa-sha2-128s.pem", "good-slh-dsa-shake-256f.pem"] {
        let path = format!("{}/tests/vectors/requests/{file}", env!("CARGO_MANIFEST_DIR"));
        let request = Csr::parse(&std::fs::read(path).unwrap()).unwrap();
        requests.push(request.prove().unwrap());
    }
    for request in requests {
        let algorithm = request.csr().public_key().algorithm();
        // Those of the vectors name an organisation besides.
        let mut act = Act::server().but(|act| act.by = By::Request(request.clone()));
        act.subject = Some(name("CN=www.example.test"));
        let approved = act.decide().unwrap();
        assert_eq!(approved.public_key().algorithm(), algorithm);
        // The issuer signs by its own algorithm, whatever the subject's key is.
        assert_eq!(approved.signature(), ECDSA);
        let usages = approved.extensions().iter().find(|one| one.value.name() == "keyUsage").unwrap();
        assert_eq!(usages.value, Value::KeyUsage(KeyUsage::DIGITAL_SIGNATURE), "{algorithm}");
        let tbs = approved.to_be_signed(SerialNumber::from_random([7; 20])).unwrap();
        let context = CertificateContext {
            issuer: Some(IssuerFacts::of(&act.issuer.as_ref().unwrap().certificate).unwrap()),
            expected: None,
            exclusions: Vec::new(),
            now: Some(time("2026-11-21T12:00:00Z")),
        };
        lint::certificate(tbs, &context).unwrap_or_else(|report| panic!("{algorithm}: {report}"));
    }
}

#[test]
fn a_root_may_have_every_kind_of_key_that_is_generated() {
    for algorithm in KeyAlgorithm::GENERATED {
        for signature in SignatureAlgorithm::all().filter(|one| algorithm.signs_with(*one)) {
            let key = key(&algorithm.to_string());
            let approved = Act::root().but(|act| act.by = By::Own(key, signature)).decide().unwrap();
            assert_eq!(approved.signature(), signature);
        }
    }
}

#[test]
fn a_server_gets_its_names_and_no_more() {
    let approved = Act::server().decide().unwrap();
    assert_eq!(
        lines(&approved),
        [
            "authorityKeyIdentifier: 010203".to_owned(),
            format!("subjectKeyIdentifier: {}", identifier("leaf-p256")),
            "keyUsage critical: digitalSignature".to_owned(),
            "extKeyUsage: serverAuth".to_owned(),
            "subjectAltName: dns:www.example.test".to_owned(),
            "cRLDistributionPoints: http://pki.example.test/ca.crl".to_owned(),
            "authorityInfoAccess: CA issuers http://pki.example.test/ca.cer".to_owned(),
        ]
    );
    assert!(approved.not_granted().is_empty());
    assert!(!approved.is_ca());
    assert_eq!(approved.profile_sha256(), profile("tls-server", &[]).sha256());
    let without_subject = Act::server().asking("", vec![names(&["dns:www.example.test"])]).decide().unwrap();
    assert!(lines(&without_subject).contains(&"subjectAltName critical: dns:www.example.test".to_owned()));
}

#[test]
fn an_issuer_without_an_identifier_gets_the_one_of_its_key() {
    let plain = Ca { extensions: Ca::extensions(None).into_iter().skip(1).collect(), ..Ca::root() };
    let approved = Act::intermediate().under(&plain, &[]).decide().unwrap();
    assert_eq!(lines(&approved)[0], format!("authorityKeyIdentifier: {}", identifier("ec-p256")));
}

#[test]
fn rsa_keys_have_usages_of_their_own() {
    let edit = [(
        "usages = [\"digitalSignature\"]",
        "usages = [\"digitalSignature\"]\nusages_rsa = [\"keyEncipherment\"]",
    )];
    let rsa = request_by(
        "rsa-2048",
        key("rsa-2048").algorithm().signature_algorithm(),
        &name("CN=www.example.test"),
        vec![names(&["dns:www.example.test"])],
    );
    let act = Act::server().but(|act| act.profile = profile("tls-server", &edit));
    assert!(lines(&act.decide().unwrap()).contains(&"keyUsage critical: digitalSignature".to_owned()));
    let act = act.but(|act| act.by = By::Request(rsa));
    assert!(lines(&act.decide().unwrap()).contains(&"keyUsage critical: keyEncipherment".to_owned()));
}

#[test]
fn what_is_asked_for_and_not_given_is_listed_with_its_reason() {
    let asked = vec![
        names(&["dns:old.example.test"]),
        critical(Value::KeyUsage(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_AGREEMENT)),
        not_critical(Value::ExtKeyUsage(ExtKeyUsage(vec![purpose::SERVER_AUTH]))),
        not_critical(Value::BasicConstraints(BasicConstraints { ca: false, path_len: None })),
        not_critical(Value::Unrecognized { oid: "1.2.3".parse().unwrap(), der: vec![5, 0] }),
    ];
    let edit = [("other_attributes = \"refuse\"", "other_attributes = \"drop\"")];
    let act = Act::server()
        .asking("O=Example,CN=www.example.test", asked)
        .but(|act| act.profile = profile("tls-server", &edit))
        .named(&["dns:www.example.test"]);
    let approved = act.decide().unwrap();
    let found: Vec<(&str, &str, Option<&str>, &str)> = approved
        .not_granted()
        .iter()
        .map(|one| (one.field.as_str(), one.asked.as_str(), one.given.as_deref(), one.reason))
        .collect();
    assert_eq!(
        found,
        [
            ("subject O", "\"Example\"", None, "the profile does not name this attribute"),
            (
                "subjectAltName",
                "dns:old.example.test",
                Some("dns:www.example.test"),
                "the operator gave other names"
            ),
            (
                "keyUsage",
                "digitalSignature, keyAgreement",
                Some("digitalSignature"),
                "the profile fixes the value"
            ),
            ("1.2.3", "DER 0500", None, "the profile does not have this extension"),
        ]
    );
    let given = Act::client().but(|act| act.subject = Some(name("CN=Bob"))).decide().unwrap();
    assert_eq!(given.not_granted()[0].reason, "the operator gave another subject");
    assert_eq!(given.subject().to_string(), "CN=Bob");
}

#[test]
fn fixed_attributes_stand_where_the_profile_lists_them() {
    let edits =
        [("C = \"optional\"", "C = { fixed = \"AT\" }"), ("O = \"optional\"", "O = { fixed = \"Example\" }")];
    let act = Act::client().but(|act| act.profile = profile("tls-client", &edits));
    for (asked, given) in [
        ("CN=Alice", "C=AT,O=Example,CN=Alice"),
        ("L=Graz,CN=Alice", "C=AT,L=Graz,O=Example,CN=Alice"),
        ("O=Example,C=AT,CN=Alice", "O=Example,C=AT,CN=Alice"),
        ("CN=Alice,UID=a", "C=AT,O=Example,CN=Alice,UID=a"),
    ] {
        assert_eq!(act.clone().asking(asked, vec![]).decide().unwrap().subject().to_string(), given);
    }
}

#[test]
fn old_string_types_of_a_request_are_encoded_as_certificates_want_them() {
    // CN as TeletexString: 0x14.
    let teletex =
        keyrite::x509::name::Name::from_der(&hex::decode("300f310d300b060355040314044bf66c6e").unwrap());
    let act = Act::client().but(|act| {
        act.by = By::Request(super::fixture::request(&teletex.unwrap(), vec![]));
    });
    assert_eq!(act.decide().unwrap().subject().as_der(), name("CN=Köln").as_der());
}

#[test]
fn the_octets_hold_what_was_approved() {
    let approved = Act::server().but(|act| act.validity = Some(length("30d"))).decide().unwrap();
    let serial = SerialNumber::from_random([9; 20]);
    let tbs = approved.to_be_signed(serial.clone()).unwrap();
    let read = TbsCertificate::from_der(tbs.as_der()).unwrap();
    assert_eq!(read.serial_number.as_bytes(), serial.as_bytes());
    assert_eq!(read.raw_extensions().unwrap().len(), approved.extensions().len());
    // The same decision makes the same octets.
    assert_eq!(approved.to_be_signed(serial).unwrap().as_der(), tbs.as_der());
}

#[test]
fn a_request_for_our_own_key_asks_to_be_a_ca() {
    let intermediate = profile("intermediate", &[]);
    let fields =
        request_fields(&intermediate, &name(ISSUING), &key("sub-p256"), ECDSA, KeyRecord::default()).unwrap();
    assert_eq!(
        fields.extensions,
        [
            critical(Value::KeyUsage(KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN)),
            critical(Value::BasicConstraints(BasicConstraints { ca: true, path_len: Some(0) })),
        ]
    );
    // What we ask for by a profile is what a CA grants by the same profile.
    let request = request_by("sub-p256", ECDSA, &fields.subject, fields.extensions);
    let approved = Act::intermediate().but(|act| act.by = By::Request(request)).decide().unwrap();
    assert!(approved.not_granted().is_empty());

    let refusal = request_fields(
        &profile("tls-server", &[]),
        &name("CN=x"),
        &key("sub-p256"),
        ECDSA,
        KeyRecord::default(),
    );
    let wanted = "profile: found end-entity, wanted a profile of kind subordinate [POL-KIND-ISSUER]";
    assert_eq!(refusal.unwrap_err().violations()[0].to_string(), wanted);
    let refusal = request_fields(&intermediate, &name("CN=x"), &key("sub-p256"), ECDSA, KeyRecord::default())
        .unwrap_err();
    assert_eq!(refusal.violations().len(), 2, "{refusal}");
}
