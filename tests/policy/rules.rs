//! Every rule of the decision: a request that it refuses, in these words, and the nearest one that it lets pass.

use std::collections::BTreeSet;

use keyrite::policy::{IssuerView, Rule};
use keyrite::x509::algorithm::{Digest, SignatureAlgorithm};
use keyrite::x509::extension::{KeyUsage, Value, oid};
use keyrite::x509::name::Name;

use super::cross::cross;
use super::fixture::{Act, By, Ca, ECDSA, ROOT, critical, key, length, name, now, profile, request_by, time};
use super::nesting::{nesting, policies, strength};
use super::taken;
use super::wishes::{alt_names, asked, subject};

/// The request that is refused, the whole text of its only violation, and the nearest request that passes.
pub(crate) struct Case(pub(crate) Rule, pub(crate) Act, pub(crate) &'static str, pub(crate) Act);

fn cases() -> Vec<Case> {
    [
        issuer(),
        nesting(),
        policies(),
        strength(),
        cross(),
        keys(),
        validity(),
        subject(),
        alt_names(),
        asked(),
        taken::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn each_refuses_what_breaks_it_and_nothing_beside_it() {
    let mut wrong = Vec::new();
    for Case(rule, refused, text, passing) in cases() {
        let found = match refused.decide() {
            Ok(_) => vec!["approved".to_owned()],
            Err(refusal) => refusal.violations().iter().map(ToString::to_string).collect(),
        };
        let wanted = [format!("{text} [{rule}]")];
        if found != wanted {
            wrong.push(format!("found  {}\nwanted {}", found.join("\n       "), wanted.concat()));
        }
        if let Err(refusal) = passing.decide() {
            wrong.push(format!("nearest to {rule} that should pass: {refusal}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_a_case_and_an_id_of_its_own() {
    let mut seen: BTreeSet<Rule> = cases().into_iter().map(|case| case.0).collect();
    seen.extend(super::admission::rules());
    assert_eq!(seen, Rule::ALL.into_iter().collect());
    let ids: BTreeSet<&str> = Rule::ALL.into_iter().map(Rule::id).collect();
    assert_eq!(ids.len(), Rule::ALL.len());
    assert!(Rule::ALL.iter().all(|rule| rule.id().starts_with("POL-") && !rule.source().is_empty()));
}

#[test]
fn every_rule_is_in_the_documentation() {
    let page = include_str!("../../docs/profiles.md");
    for rule in Rule::ALL {
        let row = format!("| `{}` | {} |", rule.id(), rule.source());
        assert!(page.contains(&row), "docs/profiles.md lacks {row}");
    }
}

#[test]
fn all_violations_are_told_at_once() {
    let act = Act::server().asking("C=AT", vec![]).but(|act| {
        act.validity = Some(length("20y"));
        act.not_before = Some(time("2027-01-01"));
        act.ca_keys = vec![key("leaf-p256")];
        act.on_record.compromised = true;
        act.issuer = act.issuer.take().map(|view| IssuerView { revoked: view.above.clone(), ..view });
    });
    let refusal = act.decide().unwrap_err();
    for rule in [
        Rule::KeyOfCa,
        Rule::KeyCompromised,
        Rule::IssuerRevoked,
        Rule::NotBeforeFuture,
        Rule::ValidityMaximum,
        Rule::NotAfterIssuer,
        Rule::SubjectAttribute,
        Rule::AltNameCount,
        Rule::NoName,
    ] {
        assert!(refusal.has(rule), "{rule} is not in {refusal}");
    }
}

fn issuer() -> Vec<Case> {
    let own = |act: Act| act.but(|act| act.by = By::Own(key("ec-p256"), ECDSA));
    let without = |ca: Ca, oid| Ca {
        extensions: ca.extensions.into_iter().filter(|one| one.value.oid() != oid).collect(),
        ..ca
    };
    let usage = |usage| Ca::issuing().with(critical(Value::KeyUsage(usage)));
    let p384 = SignatureAlgorithm::Ecdsa(Digest::Sha384);
    vec![
        Case(
            Rule::KindIssuer,
            Act::server()
                .but(|act| act.issuer = None)
                .but(|act| act.by = By::Own(key("leaf-p256"), ECDSA))
                .named(&["dns:www.example.test"]),
            "issuer: found none, wanted a CA, since only a root signs itself",
            Act::server(),
        ),
        Case(
            Rule::KindIssuer,
            Act::root().under(&Ca { subject: "CN=Other", ..Ca::root() }, &[]).but(|act| {
                act.validity = Some(length("10y"));
            }),
            "issuer: found another CA, wanted none, since a root signs itself",
            Act::root(),
        ),
        Case(
            Rule::KindIssuer,
            Act::root().but(|act| act.by = By::Request(request_by("ec-p256", ECDSA, &name(ROOT), vec![]))),
            "subjectPublicKeyInfo: found the key of a request, wanted a key on our own token, since nobody else signs",
            own(Act::root()),
        ),
        Case(
            Rule::IssuerRevoked,
            Act::server().but(|act| {
                act.issuer = act.issuer.take().map(|view| IssuerView { revoked: view.above.clone(), ..view });
            }),
            "status of \"C=AT,O=Example,CN=Example Root\": found its certificate 4707070707070707070707070707070707070706 is \
             revoked, wanted one that is not revoked",
            Act::server(),
        ),
        Case(
            Rule::IssuerNotCa,
            Act::server().under(&without(Ca::issuing(), oid::BASIC_CONSTRAINTS), &[Ca::root()]),
            "basicConstraints of \"C=AT,O=Example,CN=Example Issuing\": found not a CA, wanted the certificate of a CA",
            Act::server(),
        ),
        Case(
            Rule::IssuerKeyUsage,
            Act::server().under(&usage(KeyUsage::CRL_SIGN), &[Ca::root()]),
            "keyUsage of \"C=AT,O=Example,CN=Example Issuing\": found cRLSign, wanted keyCertSign",
            Act::server().under(&without(Ca::issuing(), oid::KEY_USAGE), &[Ca::root()]),
        ),
        Case(
            Rule::IssuerNotYetValid,
            Act::server().under(&Ca::issuing(), &[Ca { begins: "2026-11-21T12:00:01Z", ..Ca::root() }]),
            "notBefore of \"C=AT,O=Example,CN=Example Root\": found 2026-11-21T12:00:01Z, wanted at most the present, \
             2026-11-21T12:00:00Z",
            Act::server().under(&Ca::issuing(), &[Ca { begins: "2026-11-21T12:00:00Z", ..Ca::root() }]),
        ),
        Case(
            Rule::IssuerExpired,
            // A certificate that ends with its issuer cannot be asked for: it would have ended, too.
            Act::server()
                .under(&Ca { ends: "2026-11-21T11:59:59Z", ..Ca::issuing() }, &[Ca::root()])
                .but(|act| act.not_before = Some(time("2026-11-21T11:59:00Z")))
                .but(|act| act.validity = Some(length("1m"))),
            "notAfter of \"C=AT,O=Example,CN=Example Issuing\": found 2026-11-21T11:59:59Z, wanted at least the \
             present, 2026-11-21T12:00:00Z",
            Act::server()
                .under(&Ca { ends: "2026-11-21T12:00:00Z", ..Ca::issuing() }, &[Ca::root()])
                .but(|act| act.validity = Some(length("1s"))),
        ),
        Case(
            Rule::IssuerKey,
            Act::server().under(&Ca { key: "ec-p384", ..Ca::issuing() }, &[Ca::root()]),
            "issuer's subjectPublicKeyInfo: found ec-p384, wanted a key that signs with ECDSA with SHA-256",
            Act::server().under(&Ca { key: "ec-p384", ..Ca::issuing() }, &[Ca::root()]).but(|act| {
                act.issuer = act.issuer.take().map(|mut issuer| {
                    issuer.signature = p384;
                    issuer
                });
            }),
        ),
        Case(
            Rule::IssuerKey,
            Act::root().but(|act| act.by = By::Own(key("ec-p256"), p384)),
            "signature: found ECDSA with SHA-384, wanted an algorithm of the key, ec-p256",
            Act::root(),
        ),
        Case(
            Rule::IssuerUnreadable,
            Act::server().under(
                &Ca::issuing().with(critical(Value::Unrecognized {
                    oid: oid::NAME_CONSTRAINTS,
                    der: vec![0x30, 0x80],
                })),
                &[Ca::root()],
            ),
            "nameConstraints of \"C=AT,O=Example,CN=Example Issuing\": found DER 3080, wanted a form that can be \
             followed",
            Act::server(),
        ),
    ]
}

fn keys() -> Vec<Case> {
    vec![
        Case(
            Rule::KeyAlgorithm,
            Act::server().but(|act| {
                let text = keyrite::policy::builtin::text("tls-server").unwrap();
                let (before, rest) = text.split_once("algorithms = [").unwrap();
                let (_, after) = rest.split_once(']').unwrap();
                let text = format!("{before}algorithms = [\"ec-p384\", \"ml-dsa-65\"]{after}");
                act.profile = keyrite::policy::Profile::parse("tls-server", &text).unwrap();
            }),
            "subjectPublicKeyInfo: found ec-p256, wanted one of ec-p384 ml-dsa-65",
            Act::server(),
        ),
        Case(
            Rule::KeyOfCa,
            Act::server().but(|act| act.ca_keys = vec![key("ec-p256"), key("leaf-p256")]),
            "subjectPublicKeyInfo: found the key of a CA of this home (SHA-256 \
             98595a204187d925fc28797d2eaad298617e2b7f2c929ed8d9e1c7ca04098b7e), wanted a key that is used for nothing \
             else",
            Act::server().but(|act| act.ca_keys = vec![key("ec-p256")]),
        ),
        Case(
            Rule::KeyCompromised,
            Act::server().but(|act| act.on_record.compromised = true),
            "subjectPublicKeyInfo: found a key that was revoked as compromised (SHA-256 \
             98595a204187d925fc28797d2eaad298617e2b7f2c929ed8d9e1c7ca04098b7e), wanted another key",
            Act::server(),
        ),
        Case(
            Rule::KeySmallFactor,
            weak("small-factor-751"),
            "subjectPublicKeyInfo: found the RSA modulus is divisible by 751, wanted no prime factor below 752",
            weak("good-factor-757"),
        ),
        Case(
            Rule::KeyPower,
            weak("square"),
            "subjectPublicKeyInfo: found the RSA modulus is a perfect power with the exponent 2, wanted a product of \
             two different primes",
            weak("good-factor-757"),
        ),
        Case(
            Rule::KeyClosePrimes,
            weak("close-primes-round-100"),
            "subjectPublicKeyInfo: found the primes of the RSA modulus lie close together: Fermat's method finds them \
             in round 100, wanted primes that 100 rounds do not find",
            weak("good-primes-round-101"),
        ),
        Case(
            Rule::KeyRoca,
            weak("roca"),
            "subjectPublicKeyInfo: found the RSA modulus has the fingerprint of ROCA (CVE-2017-15361), wanted a key \
             that was generated by another library",
            weak("shared-prime-one"),
        ),
        Case(
            Rule::KeySharedPrime,
            weak("shared-prime-one").but(|act| {
                act.on_record.shares_prime_with = Some("CN=other, serial 4A01 of issuing".to_owned());
            }),
            "subjectPublicKeyInfo: found an RSA modulus that has a prime in common with that of CN=other, serial 4A01 \
             of issuing, wanted primes of its own",
            weak("shared-prime-one"),
        ),
        Case(
            Rule::KeyListed,
            Act::server().but(|act| act.on_record.listed = Some("/etc/weak.txt".to_owned())),
            "subjectPublicKeyInfo: found a key that stands in the list of weak keys /etc/weak.txt (SHA-256 \
             98595a204187d925fc28797d2eaad298617e2b7f2c929ed8d9e1c7ca04098b7e), wanted another key",
            Act::server(),
        ),
    ]
}

/// A server's request with one of the keys of `tests/vectors/weak-keys`.
fn weak(name: &str) -> Act {
    let path = format!("{}/tests/vectors/weak-keys/{name}.pem", env!("CARGO_MANIFEST_DIR"));
    let csr = keyrite::x509::csr::Csr::parse(&std::fs::read(path).unwrap()).unwrap();
    Act::server().but(|act| act.by = By::Request(csr.prove().unwrap()))
}

#[test]
fn the_other_weak_keys_are_refused_in_these_words() {
    for (name, wanted) in [
        (
            "small-factor-3",
            "subjectPublicKeyInfo: found the RSA modulus is divisible by 3, wanted no prime factor below 752 \
             [POL-KEY-SMALL-FACTOR]",
        ),
        (
            "cube",
            "subjectPublicKeyInfo: found the RSA modulus is a perfect power with the exponent 3, wanted a product of \
             two different primes [POL-KEY-POWER]",
        ),
        (
            "close-primes-round-1",
            "subjectPublicKeyInfo: found the primes of the RSA modulus lie close together: Fermat's method finds \
             them in round 1, wanted primes that 100 rounds do not find [POL-KEY-CLOSE-PRIMES]",
        ),
    ] {
        let refusal = weak(name).decide().unwrap_err();
        assert_eq!(refusal.to_string(), format!("refused: {wanted}"));
    }
}

/// The key of a CA that is only known by a certificate: an end entity may not have it, a CA may have it renewed.
#[test]
fn the_key_of_a_ca_on_record_goes_to_no_end_entity() {
    let of_ca = |act: Act| act.but(|act| act.on_record.of_ca = Some("CN=Elsewhere CA".to_owned()));
    let refusal = of_ca(Act::server()).decide().unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "refused: subjectPublicKeyInfo: found the key of the CA CN=Elsewhere CA (SHA-256 \
         98595a204187d925fc28797d2eaad298617e2b7f2c929ed8d9e1c7ca04098b7e), wanted a key that is used for nothing \
         else [POL-KEY-OF-CA]"
    );
    assert!(of_ca(Act::intermediate()).decide().is_ok());
}

#[test]
fn a_key_that_others_have_is_told_of_and_not_refused() {
    let holder = |subject: &str| keyrite::policy::Certified {
        ca: "issuing".to_owned(),
        serial: "4A01".to_owned(),
        subject: subject.to_owned(),
    };
    let own = Act::server().decide().unwrap().subject().to_string();
    let act = Act::server().but(|act| act.on_record.certified = vec![holder(&own), holder("CN=other")]);
    let remark = "the key is certified for CN=other as well, serial 4A01 of issuing";
    assert_eq!(act.decide().unwrap().remarks(), [remark]);
    let act = Act::server().but(|act| act.on_record.asked_for = vec!["CN=other".to_owned()]);
    assert_eq!(act.decide().unwrap().remarks(), ["the key is asked for in this run for CN=other as well"]);
    assert!(Act::server().decide().unwrap().remarks().is_empty());
}

fn validity() -> Vec<Case> {
    let from = |act: Act, text: &str| {
        let text = text.to_owned();
        act.but(move |act| act.not_before = Some(time(&text)))
    };
    let lasting = |act: Act, text: &str| {
        let text = text.to_owned();
        act.but(move |act| act.validity = Some(length(&text)))
    };
    let long = || Act::server().but(|act| act.profile = profile("tls-server", &[("\"100d\"", "\"9999y\"")]));
    vec![
        Case(
            Rule::NotBeforeFuture,
            from(Act::server(), "2026-11-21T12:00:01Z"),
            "notBefore: found 2026-11-21T12:00:01Z, wanted at most the present, 2026-11-21T12:00:00Z",
            from(Act::server(), "2026-11-21T12:00:00Z"),
        ),
        Case(
            Rule::NotBeforeBackdated,
            from(Act::server(), "2026-11-20T11:59:59Z"),
            "notBefore: found 2026-11-20T11:59:59Z, wanted at least 2026-11-20T12:00:00Z",
            from(Act::server(), "2026-11-20T12:00:00Z"),
        ),
        Case(
            Rule::NotBeforeIssuer,
            from(
                Act::server().under(&Ca { begins: "2026-11-21T11:00:00Z", ..Ca::issuing() }, &[Ca::root()]),
                "2026-11-21T10:59:59Z",
            ),
            "notBefore: found 2026-11-21T10:59:59Z, wanted at least 2026-11-21T11:00:00Z, the issuer's",
            from(
                Act::server().under(&Ca { begins: "2026-11-21T11:00:00Z", ..Ca::issuing() }, &[Ca::root()]),
                "2026-11-21T11:00:00Z",
            ),
        ),
        Case(
            // One second more than the whole days: the mistake that several CAs made for years.
            Rule::ValidityMaximum,
            lasting(Act::server(), "8640001s"),
            "notAfter: found 2027-03-01T12:00:00Z, wanted at most 2027-03-01T11:59:59Z (100d in all)",
            lasting(Act::server(), "8640000s"),
        ),
        Case(
            Rule::NotAfterIssuer,
            lasting(
                Act::server().under(&Ca { ends: "2026-11-21T12:00:09Z", ..Ca::issuing() }, &[Ca::root()]),
                "11s",
            ),
            "notAfter: found 2026-11-21T12:00:10Z, wanted at most 2026-11-21T12:00:09Z, the end of \
             \"C=AT,O=Example,CN=Example Issuing\"",
            lasting(
                Act::server().under(&Ca { ends: "2026-11-21T12:00:09Z", ..Ca::issuing() }, &[Ca::root()]),
                "10s",
            ),
        ),
        Case(
            Rule::ValidityRange,
            lasting(long(), "7974y"),
            "notAfter: found 7974y from 2026-11-21T12:00:00Z, wanted at most 9999-12-31T23:59:59Z",
            lasting(long(), "4y"),
        ),
    ]
}

#[test]
fn the_fixtures_stand_on_their_own() {
    for act in [Act::server(), Act::client(), Act::intermediate(), Act::root()] {
        let approved = act.decide().unwrap();
        assert_eq!(approved.not_before(), now());
        assert_ne!(*approved.subject(), Name::empty());
    }
}
