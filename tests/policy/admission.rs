//! CA certificates that came from elsewhere, under the CAs above them.

use std::collections::BTreeSet;

use keyrite::policy::{Rule, admit};
use keyrite::x509::extension::{AuthorityKeyIdentifier, ExtKeyUsage, NameConstraints, Value, oid, purpose};

use super::fixture::{Ca, critical, not_critical, policies, raw};

/// What is found: refused or tolerated, in these words.
fn found(ca: &Ca, above: &[Ca]) -> (Vec<String>, Vec<String>) {
    let above: Vec<_> = above.iter().map(Ca::certificate).collect();
    let texts = |list: &[keyrite::policy::Violation]| list.iter().map(ToString::to_string).collect();
    match admit(&ca.certificate(), &above, &[]) {
        Ok(tolerated) => (vec![], texts(&tolerated)),
        Err(refusal) => (texts(refusal.violations()), vec![]),
    }
}

fn refuses(ca: &Ca, above: &[Ca], text: &str) {
    assert_eq!(found(ca, above), (vec![text.to_owned()], vec![]));
}

fn tolerates(ca: &Ca, above: &[Ca], text: &str) {
    assert_eq!(found(ca, above), (vec![], vec![text.to_owned()]));
}

fn root(limit: Option<u8>) -> Ca {
    Ca { extensions: Ca::extensions(limit), ..Ca::root() }
}

#[test]
fn a_sound_path_has_nothing_against_it() {
    assert_eq!(found(&Ca::root(), &[]), (vec![], vec![]));
    assert_eq!(found(&Ca::issuing(), &[Ca::root()]), (vec![], vec![]));
    assert_eq!(found(&Ca::issuing(), &[root(Some(1))]), (vec![], vec![]));
}

#[test]
fn what_relying_parties_refuse_is_refused() {
    refuses(
        &Ca::issuing(),
        &[root(Some(0))],
        "basicConstraints pathLenConstraint: found path length 0 in \"C=AT,O=Example,CN=Example Root\", wanted room for \
         one more CA [POL-PATH-LENGTH]",
    );
    let only = |text: &str| {
        let permitted = vec![text.parse().unwrap()];
        Ca::root().with(critical(Value::NameConstraints(NameConstraints { permitted, excluded: vec![] })))
    };
    refuses(
        &Ca::issuing(),
        &[only("dirname:C=DE")],
        "subject: found dn:C=AT,O=Example,CN=Example Issuing, wanted within dn:C=DE, as \
         \"C=AT,O=Example,CN=Example Root\" permits [POL-NAME-CONSTRAINT]",
    );
    let demanding = raw(oid::POLICY_CONSTRAINTS, "3003800100");
    refuses(
        &Ca::issuing(),
        &[Ca::root().with(demanding.clone())],
        "certificatePolicies: found none, wanted any policy; \"C=AT,O=Example,CN=Example Root\" demands one \
         [POL-POLICY-CHAIN]",
    );
    assert_eq!(
        found(&Ca::issuing().with(policies(&["1.2.3"])), &[Ca::root().with(demanding)]),
        (vec![], vec![])
    );
    refuses(
        &Ca::issuing()
            .with(policies(&["1.2.3"]))
            .with(raw(oid::POLICY_MAPPINGS, "300c300a06022a030604551d2000")),
        &[Ca::root()],
        "policyMappings: found anyPolicy, wanted policies other than anyPolicy [POL-POLICY-MAPPING]",
    );
    // A CA between, of which it is said that it is the one.
    let middle = Ca { subject: "C=DE,O=Example,CN=Middle", key: "leaf-p256", ..root(None) };
    refuses(
        &Ca::issuing(),
        &[middle, only("dirname:C=AT")],
        "subject of \"C=DE,O=Example,CN=Middle\": found dn:C=DE,O=Example,CN=Middle, wanted within dn:C=AT, as \
         \"C=AT,O=Example,CN=Example Root\" permits [POL-NAME-CONSTRAINT]",
    );
}

const OTHER_KEY: &str = "authorityKeyIdentifier: found 0909, wanted 010203, the issuer's subjectKeyIdentifier \
     [POL-KEY-IDENTIFIER]";

#[test]
fn a_key_identifier_that_is_not_the_issuers_is_refused() {
    let naming = |octets: &[u8]| {
        let identifier = AuthorityKeyIdentifier { key_identifier: octets.to_vec() };
        Ca::issuing().with(not_critical(Value::AuthorityKeyIdentifier(identifier)))
    };
    refuses(&naming(&[9, 9]), &[Ca::root()], OTHER_KEY);
    assert_eq!(found(&naming(&[1, 2, 3]), &[Ca::root()]), (vec![], vec![]));
}

#[test]
fn a_ca_of_the_path_that_is_revoked_on_record_is_refused() {
    let root = Ca::root().certificate();
    let refusal =
        admit(&Ca::issuing().certificate(), std::slice::from_ref(&root), std::slice::from_ref(&root))
            .unwrap_err();
    assert!(refusal.has(Rule::IssuerRevoked));
}

#[test]
fn what_relying_parties_tolerate_is_told() {
    tolerates(
        &Ca { extensions: Ca::extensions(None), ..Ca::issuing() },
        &[root(Some(1))],
        "basicConstraints pathLenConstraint: found no limit, wanted at most 0, since \"C=AT,O=Example,CN=Example Root\" \
         has path length 1 [POL-PATH-LENGTH]",
    );
    let purposes = |list: &[_]| not_critical(Value::ExtKeyUsage(ExtKeyUsage(list.to_vec())));
    tolerates(
        &Ca::issuing().with(purposes(&[purpose::SERVER_AUTH, purpose::EMAIL_PROTECTION])),
        &[Ca::root().with(purposes(&[purpose::SERVER_AUTH]))],
        "extKeyUsage: found emailProtection, wanted only serverAuth, as \"C=AT,O=Example,CN=Example Root\" has it \
         [POL-PURPOSE]",
    );
    tolerates(
        &Ca { ends: "2046-01-01T00:00:01Z", ..Ca::issuing() },
        &[Ca::root()],
        "notAfter: found 2046-01-01T00:00:01Z, wanted at most 2046-01-01T00:00:00Z, the end of \
         \"C=AT,O=Example,CN=Example Root\" [POL-NOT-AFTER-ISSUER]",
    );
    tolerates(
        &Ca { begins: "2025-12-31T23:59:59Z", ..Ca::issuing() },
        &[Ca::root()],
        "notBefore: found 2025-12-31T23:59:59Z, wanted at least 2026-01-01T00:00:00Z, the issuer's \
         [POL-NOT-BEFORE-ISSUER]",
    );
    tolerates(
        &Ca::issuing().with(policies(&["1.2.3", "1.2.4"])),
        &[Ca::root().with(policies(&["1.2.4"]))],
        "certificatePolicies: found 1.2.3, wanted one of 1.2.4, which the CAs above leave [POL-POLICY-ABOVE]",
    );
    // The fixture signs with another key than the one in the issuer's certificate, so the digest is too weak, too.
    let (_, told) = found(&Ca::issuing(), &[Ca { key: "ec-p384", ..Ca::root() }]);
    assert_eq!(
        told,
        [
            "subjectPublicKeyInfo: found ec-p256, whose strength is 128 bits, wanted a strength of at least 192 bits, as the \
         issuer's ec-p384 has [POL-KEY-STRENGTH]",
            "signature: found ECDSA with SHA-256, wanted a digest with a strength of at least 192 bits, as the issuer's ec-p384 \
         has [POL-SIGNATURE-STRENGTH]",
        ]
    );
    let constraints = |text: &str| {
        let permitted = vec![text.parse().unwrap()];
        critical(Value::NameConstraints(NameConstraints { permitted, excluded: vec![] }))
    };
    tolerates(
        &Ca::issuing().with(constraints("dns:example.test")),
        &[Ca::root().with(constraints("dns:example.org"))],
        "nameConstraints permittedSubtrees: found dns:example.test, wanted something of dns:example.org, as \
         \"C=AT,O=Example,CN=Example Root\" permits [POL-NAME-SPACE]",
    );
    tolerates(
        &Ca::issuing().with(raw(oid::POLICY_MAPPINGS, "0500")),
        &[Ca::root()],
        "policyMappings of \"C=AT,O=Example,CN=Example Issuing\": found DER 0500, wanted a form that can be followed \
         [POL-ISSUER-UNREADABLE]",
    );
}

/// The rules that are held by [`admit`] alone: what we issue is right by construction.
pub(crate) fn rules() -> BTreeSet<Rule> {
    [Rule::KeyIdentifier].into()
}
