//! The comparison of what is asked with what is given: every field of a request has its row, whatever is decided.

use keyrite::policy::{Comparison, Profile, Rule};
use keyrite::x509::extension::{KeyUsage, Value};

use super::fixture::{Act, length, names, not_critical};

/// The rows as text, but for the key and what is made of it.
fn told(comparison: &Comparison) -> Vec<String> {
    let of_key = ["subjectPublicKeyInfo", "subjectKeyIdentifier", "authorityKeyIdentifier"];
    let rows = comparison.rows().iter().filter(|row| !of_key.contains(&row.field.as_str()));
    rows.map(|row| {
        let cell = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        format!("{} | {} | {} | {}", row.field, cell(&row.asked), cell(&row.given), row.told())
    })
    .collect()
}

fn mixed() -> Act {
    let usage = Value::KeyUsage(KeyUsage::KEY_AGREEMENT);
    Act::server().asking(
        "C=AT,CN=www.example.test",
        vec![
            names(&["dns:www.example.test", "email:a@example.test", "dns:b.example.test"]),
            not_critical(usage),
        ],
    )
}

#[test]
fn a_refused_request_is_shown_whole() {
    let refusal = mixed().decide().unwrap_err();
    assert_eq!(
        told(refusal.comparison()),
        [
            "subject C | AT | - | REFUSED: wanted only CN [POL-SUBJECT-ATTRIBUTE]",
            "subject CN | www.example.test | www.example.test | ",
            "subjectAltName | dns:www.example.test | dns:www.example.test | ",
            "subjectAltName | email:a@example.test | - | REFUSED: wanted only dns ip [POL-SAN-TYPE]",
            "subjectAltName | dns:b.example.test | dns:b.example.test | ",
            "notBefore | - | 2026-11-21T12:00:00Z | ",
            "notAfter | - | 2027-02-19T11:59:59Z | ",
            "keyUsage | keyAgreement | critical, digitalSignature | changed: the profile fixes the value",
            "extKeyUsage | - | serverAuth | ",
            "cRLDistributionPoints | - | http://pki.example.test/ca.crl | ",
            "authorityInfoAccess | - | CA issuers http://pki.example.test/ca.cer | ",
        ]
    );
}

#[test]
fn every_violation_stands_in_exactly_one_row() {
    for act in [
        mixed(),
        mixed().but(|act| act.validity = Some(length("1000y"))),
        Act::intermediate().named(&["dns:a.test"]),
    ] {
        let Err(refusal) = act.decide() else { panic!("approved") };
        let rows: String =
            refusal.comparison().rows().iter().map(|row| format!("{:?}", row.outcome)).collect();
        for violation in refusal.violations() {
            assert_eq!(rows.matches(&format!("{violation:?}")).count(), 1, "{violation}: {rows}");
        }
    }
}

#[test]
fn an_overridden_field_is_given_and_marked() {
    let act = Act::server()
        .but(|act| {
            let text = "inherits = \"tls-server\"\nwaivable = [\"POL-VALIDITY-MAXIMUM\"]\n";
            act.profile = Profile::parse("web", text).unwrap();
            act.validity = Some(length("300d"));
        })
        .overriding(Rule::ValidityMaximum);
    let approved = act.decide().unwrap();
    let rows = told(&approved.comparison(&act.request()));
    let wanted = "notAfter | 300d | 2027-09-17T11:59:59Z | OVERRIDDEN: found 2027-09-17T11:59:59Z, wanted at most \
                  2027-03-01T11:59:59Z (100d in all) [POL-VALIDITY-MAXIMUM]";
    assert!(rows.contains(&wanted.to_owned()), "{rows:#?}");
}

#[test]
fn without_an_issuer_the_profile_alone_judges() {
    let comparison = Act::server().foresee().unwrap();
    let rows = told(&comparison);
    assert!(rows.contains(&"cRLDistributionPoints | - | as the CA that issues is configured | ".to_owned()));
    let key = comparison.rows().iter().find(|row| row.field == "authorityKeyIdentifier").unwrap();
    assert_eq!(key.given.as_deref(), Some("the key identifier of the CA that issues"));
    let refusal = mixed().foresee().unwrap_err();
    assert!(!refusal.has(Rule::KindIssuer) && !refusal.has(Rule::Places), "{refusal}");
}

#[test]
fn what_an_operator_gives_stands_beside_what_the_request_had() {
    let act =
        Act::server().named(&["dns:other.example.test"]).asking("", vec![names(&["dns:www.example.test"])]);
    let rows = told(&act.decide().unwrap().comparison(&act.request()));
    assert!(
        rows.contains(&"subjectAltName | dns:other.example.test | dns:other.example.test | ".to_owned()),
        "{rows:#?}"
    );
    let replaced = "subjectAltName | dns:www.example.test | dns:other.example.test | changed: the operator gave other names";
    assert!(rows.contains(&replaced.to_owned()), "{rows:#?}");
}
