//! Whatever a request asks for, nothing comes out that its profile does not name.

use std::sync::LazyLock;

use der::Decode as _;
use keyrite::policy::{Profile, Rule};
use keyrite::x509::certificate::TbsCertificate;
use keyrite::x509::extension::{
    AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies, CrlDistributionPoints, ExtKeyUsage,
    Extension, KeyUsage, Policy, Value, oid,
};
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::time::Duration;
use proptest::prelude::*;

use super::fixture::{Act, names, now, profile};

fn usages() -> impl Strategy<Value = KeyUsage> {
    const ALL: [KeyUsage; 9] = [
        KeyUsage::DIGITAL_SIGNATURE,
        KeyUsage::NON_REPUDIATION,
        KeyUsage::KEY_ENCIPHERMENT,
        KeyUsage::DATA_ENCIPHERMENT,
        KeyUsage::KEY_AGREEMENT,
        KeyUsage::KEY_CERT_SIGN,
        KeyUsage::CRL_SIGN,
        KeyUsage::ENCIPHER_ONLY,
        KeyUsage::DECIPHER_ONLY,
    ];
    proptest::sample::subsequence(ALL.to_vec(), 1..=9)
        .prop_map(|some| some.into_iter().fold(KeyUsage::NONE, |all, one| all | one))
}

fn identifier() -> impl Strategy<Value = der::asn1::ObjectIdentifier> {
    (0_u32..40, 0_u32..9999).prop_map(|(two, three)| format!("1.{two}.{three}").parse().unwrap())
}

/// Any extension that a request may ask for, the well-known ones also with nonsense as their contents.
fn asked() -> impl Strategy<Value = Value> {
    let known = proptest::sample::select(vec![
        oid::BASIC_CONSTRAINTS,
        oid::KEY_USAGE,
        oid::EXT_KEY_USAGE,
        oid::NAME_CONSTRAINTS,
        oid::CERTIFICATE_POLICIES,
        oid::CRL_NUMBER,
    ]);
    let octets = proptest::collection::vec(any::<u8>(), 0..12);
    prop_oneof![
        (any::<bool>(), any::<Option<u8>>())
            .prop_map(|(ca, path_len)| Value::BasicConstraints(BasicConstraints { ca, path_len })),
        usages().prop_map(Value::KeyUsage),
        proptest::collection::vec(identifier(), 1..4).prop_map(|list| Value::ExtKeyUsage(ExtKeyUsage(list))),
        octets.clone().prop_map(Value::SubjectKeyIdentifier),
        octets.clone().prop_map(|key_identifier| {
            Value::AuthorityKeyIdentifier(AuthorityKeyIdentifier { key_identifier })
        }),
        identifier()
            .prop_map(|oid| { Value::CertificatePolicies(CertificatePolicies(vec![Policy::new(oid)])) }),
        Just(Value::CrlDistributionPoints(CrlDistributionPoints(vec!["http://evil.test/".to_owned()]))),
        (identifier(), octets.clone()).prop_map(|(oid, der)| Value::Unrecognized { oid, der }),
        (known, octets).prop_map(|(oid, der)| Value::Unrecognized { oid, der }),
    ]
}

fn extensions() -> impl Strategy<Value = Vec<Extension>> {
    proptest::collection::vec((any::<bool>(), asked()), 0..5).prop_map(|list| {
        let mut kept: Vec<Extension> = vec![names(&["dns:www.example.test"])];
        for (critical, value) in list {
            if kept.iter().all(|other| other.value.oid() != value.oid()) {
                kept.push(Extension { critical, value });
            }
        }
        kept
    })
}

static PROFILES: LazyLock<[Profile; 3]> = LazyLock::new(|| {
    [
        profile("tls-server", &[]),
        profile(
            "tls-server",
            &[("[extensions.extKeyUsage]", "[extensions.basicConstraints]\n\n[extensions.extKeyUsage]")],
        ),
        profile("tls-client", &[]),
    ]
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Incident I-15: two customers got cA TRUE because a profile for tests had gone into production.
    #[test]
    fn an_end_entity_is_never_a_ca_and_gets_no_extension_beside_its_profile(
        asked in extensions(),
        which in 0_usize..3,
    ) {
        let profile = &PROFILES[which];
        let plain = Act::server().but(|act| act.profile = profile.clone());
        let wanted = plain.decide().unwrap();
        let asks_to_be_ca = asked.iter().any(|one| {
            let ca = matches!(&one.value, Value::BasicConstraints(constraints) if constraints.ca);
            let of_cas = [KeyUsage::KEY_CERT_SIGN, KeyUsage::CRL_SIGN];
            let signs = matches!(&one.value, Value::KeyUsage(usage) if of_cas.iter().any(|bit| usage.contains(*bit)));
            ca || signs
        });
        match plain.asking("CN=www.example.test", asked).decide() {
            Ok(approved) => {
                prop_assert!(!asks_to_be_ca);
                // Octet for octet what the same request without its wishes gets.
                let serial = SerialNumber::from_random([1; 20]);
                let tbs = approved.to_be_signed(serial.clone()).unwrap();
                let plain = wanted.to_be_signed(serial).unwrap();
                prop_assert_eq!(tbs.as_der(), plain.as_der());
                let read = TbsCertificate::from_der(tbs.as_der()).unwrap();
                for extension in read.raw_extensions().unwrap() {
                    let value = extension.read().value;
                    let is_ca = matches!(&value, Value::BasicConstraints(constraints) if constraints.ca);
                    prop_assert!(!is_ca);
                }
            }
            Err(refusal) => {
                prop_assert!(asks_to_be_ca, "{}", refusal);
                prop_assert!(refusal.violations().iter().all(|one| one.rule == Rule::RequestCa));
            }
        }
    }

    /// Incident I-07: a validity that is one second longer than it may be.
    #[test]
    fn no_validity_is_longer_than_its_profile_and_issuer_allow(
        seconds in 1_i64..20_000_000,
        back in 0_i64..100_000,
    ) {
        let act = Act::server().but(|act| {
            act.validity = Some(Duration::Seconds(seconds));
            act.not_before = now().plus_seconds(-back).ok();
        });
        let allowed = seconds <= 100 * 86_400 && back <= 86_400;
        match act.decide() {
            Ok(approved) => {
                prop_assert!(allowed);
                // Both ends count.
                let length = approved.not_after().to_unix() - approved.not_before().to_unix() + 1;
                prop_assert_eq!(length, seconds);
            }
            Err(refusal) => prop_assert!(!allowed, "{}", refusal),
        }
    }

    /// No text makes the readers panic, and what they refuse they refuse with a line.
    #[test]
    fn any_text_is_a_profile_or_has_problems(text in "[ -~\n\"=\\[\\].]{0,200}", cut in 0_usize..3000) {
        let builtin = keyrite::policy::builtin::text("tls-server").unwrap();
        let cut = builtin.get(..cut.min(builtin.len())).unwrap_or(builtin);
        for text in [text.clone(), format!("{cut}{text}")] {
            if let Err(problems) = Profile::parse("x", &text) {
                let lines = text.lines().count() + 1;
                prop_assert!(problems.as_slice().iter().all(|one| (1..=lines).contains(&one.line)));
            }
            if let Err(problems) = keyrite::config::HomeConfig::parse(&text) {
                prop_assert!(!problems.as_slice().is_empty());
            }
        }
    }
}
