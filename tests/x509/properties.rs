//! Properties over inputs that nobody thought of.

use der::asn1::ObjectIdentifier;
use keyrite::port::Signer as _;
use keyrite::x509::algorithm::{KeyAlgorithm, SignatureAlgorithm};
use keyrite::x509::attestation::{AttestationCertificate, Roots, Statement};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::crl::Crl;
use keyrite::x509::csr::Csr;
use keyrite::x509::extension::{
    CertificatePolicies, Feature, InhibitAnyPolicy, NameConstraints, Policy, PolicyConstraints,
    PolicyMapping, PolicyMappings, Psd2, PspRole, QcStatement, QcStatements, Qualifier, Subtree, TlsFeature,
    Value, oid,
};
use keyrite::x509::general_name::GeneralName;
use keyrite::x509::name::Name;
use keyrite::x509::pem;
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::spki::PublicKey;
use keyrite::x509::time::{Duration, Time};
use keyrite::x509::verify::{VerifyError, verify_twice};
use proptest::prelude::*;

use super::build::Pki;
use super::software::SoftwareKey;

/// Every extension whose value is typed.
const EXTENSIONS: [ObjectIdentifier; 21] = [
    oid::BASIC_CONSTRAINTS,
    oid::KEY_USAGE,
    oid::EXT_KEY_USAGE,
    oid::SUBJECT_KEY_IDENTIFIER,
    oid::AUTHORITY_KEY_IDENTIFIER,
    oid::SUBJECT_ALT_NAME,
    oid::ISSUER_ALT_NAME,
    oid::CRL_DISTRIBUTION_POINTS,
    oid::FRESHEST_CRL,
    oid::AUTHORITY_INFO_ACCESS,
    oid::SUBJECT_INFO_ACCESS,
    oid::CERTIFICATE_POLICIES,
    oid::POLICY_MAPPINGS,
    oid::POLICY_CONSTRAINTS,
    oid::INHIBIT_ANY_POLICY,
    oid::NAME_CONSTRAINTS,
    oid::TLS_FEATURE,
    oid::NO_REV_AVAIL,
    oid::OCSP_NOCHECK,
    oid::QC_STATEMENTS,
    oid::CRL_NUMBER,
];

/// Every reader of octets from outside; none may panic, whatever they are.
fn read_all(octets: &[u8]) {
    drop(Csr::parse(octets));
    drop(Csr::from_der(octets).map(Csr::prove));
    drop(
        Certificate::read(octets)
            .map(|certificate| format!("{certificate:?} {:?}", certificate.extensions())),
    );
    drop(Crl::read(octets).map(|crl| format!("{crl:?}")));
    drop(Name::from_der(octets).map(|name| name.to_string()));
    drop(PublicKey::from_spki_der(octets));
    drop(pem::blocks(octets));
    drop(Roots::read(octets));
    drop(AttestationCertificate::from_der(octets).map(|certificate| Statement::of(&certificate).findings()));
}

fn sound() -> Vec<Vec<u8>> {
    let pki = Pki::new(KeyAlgorithm::GENERATED[0]);
    let path = format!("{}/tests/vectors/requests/good-openssl.pem", env!("CARGO_MANIFEST_DIR"));
    let request = Csr::parse(&std::fs::read(path).unwrap()).unwrap();
    vec![
        request.as_der().to_vec(),
        pki.root.as_der().to_vec(),
        super::attestation::vector("yubihsm-key"),
        super::attestation::vector("yubikey-key"),
        pki.leaf.as_der().to_vec(),
        pki.crl.as_der().to_vec(),
        pki.root_fields.subject.as_der().to_vec(),
        pki.root.to_pem().into_bytes(),
    ]
}

/// Values of attributes that a person may write, and that RFC 4514 must escape.
fn value() -> impl Strategy<Value = String> {
    "[ -~À-ž,+\"\\\\<>;=#]{1,60}"
        .prop_filter("blanks at the ends are refused", |text| text.trim() == text && !text.is_empty())
}

fn escaped(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_punctuation() { format!("\\{c}") } else { c.to_string() }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn no_octets_make_a_reader_panic(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        read_all(&octets);
        let mut sequence = vec![0x30, 0x82, 0x01, 0x00];
        sequence.extend(octets.iter().cycle().take(if octets.is_empty() { 0 } else { 256 }));
        read_all(&sequence);
    }

    #[test]
    fn a_time_encodes_to_one_form_and_reads_back(seconds in 0_i64..=253_402_300_799) {
        let time = Time::from_unix(seconds).unwrap();
        prop_assert_eq!(time.to_string().parse::<Time>().unwrap(), time);
        let encoded = time.to_x509().unwrap();
        prop_assert_eq!(Time::from_x509(encoded).unwrap(), time);
        let utc = matches!(encoded, x509_cert::time::Time::UtcTime(_));
        prop_assert_eq!(utc, seconds < 2_524_608_000, "UTCTime ends with 2049");
    }

    #[test]
    fn a_validity_ends_one_second_before_its_length(start in 0_i64..4_000_000_000, days in 1_i64..10_000) {
        let start = Time::from_unix(start).unwrap();
        let end = Duration::Seconds(days * 86_400).last_second_from(start).unwrap();
        prop_assert_eq!(end.to_unix() - start.to_unix() + 1, days * 86_400);
    }

    #[test]
    fn a_name_prints_and_reads_back(values in proptest::collection::vec(value(), 1..5)) {
        let kinds = ["O", "OU", "CN", "title"];
        let parts: Vec<String> =
            values.iter().zip(kinds).map(|(value, kind)| format!("{kind}={}", escaped(value))).collect();
        let name: Name = parts.join(",").parse().unwrap();
        let texts: Vec<String> = name.attributes().iter().map(|found| found.text().unwrap()).collect();
        prop_assert_eq!(&texts, &values);
        prop_assert_eq!(&name.to_string().parse::<Name>().unwrap(), &name);
        prop_assert_eq!(&Name::from_der(name.as_der()).unwrap(), &name);
    }

    #[test]
    fn general_names_print_and_read_back(
        labels in proptest::collection::vec("[a-z0-9]{1,20}", 2..5),
        v4 in any::<[u8; 4]>(),
        v6 in any::<[u8; 16]>(),
    ) {
        let host = format!("{}.test", labels.join("."));
        let texts = [
            format!("dns:{host}"),
            format!("dns:*.{host}"),
            format!("email:{}@{host}", labels[0]),
            format!("uri:https://{host}/{}", labels[1]),
            format!("ip:{}", std::net::Ipv4Addr::from(v4)),
            format!("ip:{}", std::net::Ipv6Addr::from(v6)),
            format!("rid:1.3.{}.{}", v4[0], v4[1]),
            format!("dn:C=AT,CN={}", labels[0]),
            format!("upn:{}@{host}", labels[0]),
            format!("smtp-utf8:{}é@{host}", labels[0]),
            format!("hardware-module:1.3.{}:{}", v4[2], hex::encode(v6)),
        ];
        for text in texts {
            let name: GeneralName = text.parse().unwrap();
            prop_assert_eq!(name.to_string(), text);
            prop_assert_eq!(GeneralName::from_x509(&name.to_x509().unwrap()).unwrap(), name);
        }
    }

    #[test]
    fn policies_and_numbers_of_extensions_read_back(
        arcs in proptest::collection::vec(any::<u32>(), 1..5),
        numbers in any::<(Option<u32>, Option<u32>, u32)>(),
        features in proptest::collection::vec(any::<u16>(), 1..5),
        notice in "[ -~À-ž]{1,200}",
    ) {
        let policy = |arc: &u32| format!("1.3.{arc}").parse::<ObjectIdentifier>().unwrap();
        let qualifiers =
            vec![Qualifier::UserNotice(notice), Qualifier::Cps("https://example.test/".to_owned())];
        let policies =
            arcs.iter().map(|arc| Policy { oid: policy(arc), qualifiers: qualifiers.clone() }).collect();
        let mappings = arcs.iter().map(|arc| PolicyMapping {
            issuer_domain: policy(arc),
            subject_domain: policy(&numbers.2),
        });
        let constraints =
            PolicyConstraints { require_explicit_policy: numbers.0, inhibit_policy_mapping: numbers.1 };
        let mut values = vec![
            Value::CertificatePolicies(CertificatePolicies(policies)),
            Value::PolicyMappings(PolicyMappings(mappings.collect())),
            Value::InhibitAnyPolicy(InhibitAnyPolicy(numbers.2)),
            Value::TlsFeature(TlsFeature(features.into_iter().map(Feature).collect())),
        ];
        if !constraints.is_empty() {
            values.push(Value::PolicyConstraints(constraints));
        }
        for value in values {
            prop_assert_eq!(Value::from_der(value.oid(), &value.to_der().unwrap()), value);
        }
    }

    #[test]
    fn statements_of_qualified_certificates_print_encode_and_read_back(
        language in "[a-z]{2}",
        path in "[a-z]{1,30}",
        years in 1_u32..,
        money in any::<(u64, u8)>(),
        currency in "[A-Z]{3}",
        countries in proptest::collection::vec("[A-Z]{2}", 1..5),
        authority in "[A-Za-z]{1,20}( [A-Za-z]{1,20}){0,3}",
        roles in proptest::sample::subsequence(PspRole::ALL.to_vec(), 1..=4),
    ) {
        let psd2 = Psd2 { roles, authority, authority_id: format!("{}-FMA", countries[0]) };
        let texts = [
            format!("QcPDS en=https://example.test/{path} {language}=https://example.test/{path}"),
            format!("QcRetentionPeriod {years}"),
            format!("QcLimitValue {}e{} {currency}", money.0, money.1),
            format!("QcCClegislation {}", countries.join(" ")),
            QcStatement::Psd2(psd2).to_string(),
        ];
        let statements: Vec<QcStatement> = texts.iter().map(|text| text.parse().unwrap()).collect();
        for (statement, text) in statements.iter().zip(&texts) {
            prop_assert_eq!(&statement.to_string(), text);
        }
        let value = Value::QcStatements(QcStatements(statements));
        prop_assert_eq!(Value::from_der(oid::QC_STATEMENTS, &value.to_der().unwrap()), value);
    }

    #[test]
    fn subtrees_of_every_form_print_and_read_back(
        label in "[a-z0-9]{1,20}",
        bits in 0_u8..=32,
        address in any::<u32>(),
        arc in any::<u32>(),
    ) {
        let base = address & u32::MAX.checked_shl(u32::from(32 - bits)).unwrap_or(0);
        let texts = [
            format!("dns:{label}.test"),
            format!("email:post@{label}.test"),
            format!("email:.{label}.test"),
            format!("uri:.{label}.test"),
            format!("ip:{}/{bits}", std::net::Ipv4Addr::from(base)),
            format!("dn:C=AT,CN={label}"),
            format!("upn:@{label}.test"),
            format!("rid:1.3.{arc}"),
        ];
        let permitted: Vec<Subtree> = texts.iter().map(|text| text.parse().unwrap()).collect();
        for (subtree, text) in permitted.iter().zip(&texts) {
            prop_assert_eq!(&subtree.to_string(), text);
        }
        let value = Value::NameConstraints(NameConstraints { excluded: permitted.clone(), permitted });
        prop_assert_eq!(Value::from_der(oid::NAME_CONSTRAINTS, &value.to_der().unwrap()), value);
    }

    #[test]
    fn serial_numbers_drawn_are_positive_and_read_back(octets in any::<[u8; 20]>()) {
        let serial = SerialNumber::from_random(octets);
        prop_assert_eq!(SerialNumber::from_der_contents(serial.as_bytes()), Ok(serial.clone()));
        prop_assert_eq!(serial.to_string().parse::<SerialNumber>(), Ok(serial));
    }

    #[test]
    fn an_extension_that_is_shown_typed_is_the_octets_that_stand_there(
        octets in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        for kind in EXTENSIONS {
            let value = Value::from_der(kind, &octets);
            prop_assert_eq!(value.oid(), kind);
            prop_assert_eq!(value.to_der().unwrap(), octets.clone());
        }
    }
}

#[test]
fn no_flipped_bit_makes_a_reader_panic_or_is_overlooked_by_the_signature() {
    for object in sound() {
        for at in 0..object.len() {
            for bit in [0x01, 0x80] {
                let mut flipped = object.clone();
                flipped[at] ^= bit;
                read_all(&flipped);
            }
        }
        for length in 0..object.len() {
            read_all(&object[..length]);
        }
    }
    let pki = Pki::new(KeyAlgorithm::GENERATED[0]);
    let key = &pki.root_fields.public_key;
    let root = pki.root.as_der();
    for at in 0..root.len() {
        let mut flipped = root.to_vec();
        flipped[at] ^= 0x01;
        if let Ok(certificate) = Certificate::from_der(&flipped) {
            assert!(certificate.verify_signed_by(key).is_err(), "the change of octet {at} went unnoticed");
        }
    }
}

/// A kind of key that names its own signature algorithm.
fn own_algorithm() -> impl Strategy<Value = KeyAlgorithm> {
    let all: Vec<KeyAlgorithm> = KeyAlgorithm::named().filter(|algorithm| algorithm.signs_only()).collect();
    proptest::sample::select(all)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    /// Whatever the octets of a key are: none panics, and what is accepted is the same key when it is read again.
    #[test]
    fn no_octets_of_a_key_make_a_reader_panic(
        algorithm in own_algorithm(),
        shift in 0..4_usize,
        fill in any::<[u8; 32]>(),
        place in any::<prop::sample::Index>(),
    ) {
        // The exact number of octets three times of four, which look random or are the same one.
        let wanted = algorithm.key_octets().unwrap();
        let mut octets: Vec<u8> = fill.into_iter().cycle().take(wanted + shift / 3).collect();
        let identifier = algorithm.signature_algorithm().identifier_der();
        let spki = |octets: &[u8]| super::der::sequence(&[identifier, &super::der::bits(octets)]);
        for _ in 0..2 {
            match PublicKey::from_key_octets(algorithm, &octets) {
                Ok(key) => {
                    prop_assert_eq!(key.algorithm(), algorithm);
                    prop_assert_eq!(key.key_octets(), &octets[..]);
                    prop_assert_eq!(PublicKey::from_spki_der(key.as_der()), Ok(key));
                }
                Err(error) => prop_assert_eq!(PublicKey::from_spki_der(&spki(&octets)), Err(error)),
            }
            octets.fill(fill[0] & 0x81);
        }
        let mut damaged = spki(&octets);
        let at = place.index(damaged.len());
        damaged[at] ^= fill[1] | 1;
        drop(PublicKey::from_spki_der(&damaged));
    }

    /// Signatures that nobody made, of the right length and of others, under keys that somebody has.
    #[test]
    fn no_octets_of_a_signature_make_a_verifier_panic(
        algorithm in proptest::sample::select(KeyAlgorithm::GENERATED.to_vec()),
        fill in any::<[u8; 32]>(),
        longer in 0..2_usize,
    ) {
        let key = SoftwareKey::of(algorithm);
        let key = key.public_key();
        let octets = key.raw_signature_octets() + longer;
        let signature: Vec<u8> = fill.into_iter().cycle().take(octets).collect();
        for by in SignatureAlgorithm::all().filter(|by| algorithm.signs_with(*by)) {
            let refused = Err(VerifyError::Signature { key: algorithm });
            prop_assert_eq!(verify_twice(key, by, b"message", &signature), refused);
        }
    }
}
