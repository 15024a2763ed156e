//! Keys of subjects that anybody can find.

use keyrite::policy::{IssuanceRequest, KeyRecord, Profile, SubjectKey, decide};
use keyrite::x509::csr::{Csr, ProvenCsr};

use super::fixture::{Act, alt, now, plain, profile};

fn weak(name: &str) -> ProvenCsr {
    let path = format!("{}/tests/vectors/weak-keys/{name}.pem", env!("CARGO_MANIFEST_DIR"));
    Csr::parse(&std::fs::read(path).unwrap()).unwrap().prove().unwrap()
}

/// The ids of the rules by which a request for a server is refused.
fn refused(
    profile: &Profile,
    proven: &ProvenCsr,
    on_record: KeyRecord,
    compromised: bool,
) -> Vec<&'static str> {
    let request = IssuanceRequest {
        subject: Some("CN=www.example.test".parse().unwrap()),
        alt_names: Some(vec![alt("dns:www.example.test")]),
        on_record: KeyRecord { compromised, ..on_record },
        ..plain(profile, SubjectKey::Request(proven))
    };
    match decide(&request, Act::server().issuer.as_ref(), now()) {
        Ok(_) => vec![],
        Err(refusal) => refusal.violations().iter().map(|each| each.rule.id()).collect(),
    }
}

/// I-30: Debian's weak keys were certified fourteen years after they were known (Mozilla bug 1789521), a key whose primes lie close together in
/// 2022 (SSL.com), and keys by ROCA, keys with small factors and keys that share a prime with others in every year before.
#[test]
fn i30_a_key_that_anybody_can_find_is_refused() {
    let profile = profile("tls-server", &[]);
    let of = |name: &str, on_record: KeyRecord| refused(&profile, &weak(name), on_record, false);
    for (name, rule) in [
        ("small-factor-3", "POL-KEY-SMALL-FACTOR"),
        ("small-factor-751", "POL-KEY-SMALL-FACTOR"),
        ("square", "POL-KEY-POWER"),
        ("cube", "POL-KEY-POWER"),
        ("close-primes-round-1", "POL-KEY-CLOSE-PRIMES"),
        ("close-primes-round-100", "POL-KEY-CLOSE-PRIMES"),
        ("roca", "POL-KEY-ROCA"),
    ] {
        let found = of(name, KeyRecord::default());
        assert!(found.contains(&rule), "{name}: {found:?}");
    }
    for name in ["good-factor-757", "good-primes-round-101", "shared-prime-one"] {
        assert_eq!(of(name, KeyRecord::default()), [""; 0], "{name}");
    }
    // What the home knows: a list such as Debian's, another key with the same prime, a revocation for compromise.
    let listed = KeyRecord { listed: Some("debian.txt".to_owned()), ..KeyRecord::default() };
    assert_eq!(of("shared-prime-one", listed), ["POL-KEY-LISTED"]);
    let shared =
        KeyRecord { shares_prime_with: Some("serial 5A of root".to_owned()), ..KeyRecord::default() };
    assert_eq!(of("shared-prime-one", shared), ["POL-KEY-SHARED-PRIME"]);
    assert_eq!(
        refused(&profile, &weak("shared-prime-one"), KeyRecord::default(), true),
        ["POL-KEY-COMPROMISED"]
    );
}
