//! Properties over inputs that nobody thought of.

use keyrite::port::Signer as _;
use keyrite::x509::algorithm::{KeyAlgorithm, SignatureAlgorithm};
use keyrite::x509::attestation::{AttestationCertificate, Roots, Statement};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::crl::Crl;
use keyrite::x509::csr::Csr;
use keyrite::x509::extension::{Value, oid};
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
        ];
        for text in texts {
            let name: GeneralName = text.parse().unwrap();
            prop_assert_eq!(name.to_string(), text);
            prop_assert_eq!(GeneralName::from_x509(&name.to_x509().unwrap()).unwrap(), name);
        }
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
        for kind in [oid::BASIC_CONSTRAINTS, oid::KEY_USAGE, oid::EXT_KEY_USAGE, oid::SUBJECT_ALT_NAME,
            oid::NAME_CONSTRAINTS, oid::CRL_NUMBER, oid::AUTHORITY_KEY_IDENTIFIER, oid::CERTIFICATE_POLICIES] {
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
