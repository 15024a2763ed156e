//! Failures of real CAs that a decision by policy would have prevented, each as what happened.

use keyrite::policy::{Profile, Rule, builtin};
use keyrite::x509::extension::{BasicConstraints, ExtKeyUsage, Value, oid, purpose};

use super::fixture::{
    Act, By, ECDSA, ISSUING, critical, edited, length, name, not_critical, profile, request_by, time,
};

/// 90 days and one second, for years (Let's Encrypt, bz1715455); 398 days and one second (bz1667744).
#[test]
fn one_second_too_long() {
    let edit = [("maximum = \"100d\"", "maximum = \"90d\"")];
    let act = Act::server().but(|act| act.profile = profile("tls-server", &edit));
    let approved = act.decide().unwrap();
    let inclusive = approved.not_after().to_unix() - approved.not_before().to_unix() + 1;
    assert_eq!(inclusive, 90 * 86_400);
    let longer = act.but(|act| act.validity = Some(length("7776001s")));
    assert!(longer.decide().unwrap_err().has(Rule::ValidityMaximum));
}

/// WoSign dated SHA-1 certificates back by months to escape a deadline.
#[test]
fn dated_back() {
    for act in [Act::server(), Act::client(), Act::intermediate(), Act::root()] {
        let act = act.but(|act| act.not_before = Some(time("2026-11-01")));
        assert!(act.decide().unwrap_err().has(Rule::NotBeforeBackdated));
    }
}

/// A CA without the policy identifiers that its certificates needed (bz1921598), and certificates whose
/// profile changed unnoticed (bz1883843): the hash of the profile goes with every decision.
#[test]
fn a_profile_that_changed() {
    let approved = Act::intermediate().decide().unwrap();
    let edit = [("policies = [\"2.5.29.32.0\"]", "policies = [\"1.2.3\"]")];
    let changed =
        Act::intermediate().but(|act| act.profile = profile("intermediate", &edit)).decide().unwrap();
    assert_ne!(approved.profile_sha256(), changed.profile_sha256());
}

/// A CA certificate without cRLDistributionPoints, found after it was signed (bz1654967).
#[test]
fn no_place_for_the_crl() {
    let edit = [("urls = \"if-configured\"", "urls = \"required\"")];
    let act = Act::intermediate().but(|act| {
        act.profile = profile("intermediate", &edit);
        act.issuer = act.issuer.take().map(|mut issuer| {
            issuer.places = keyrite::policy::Places::default();
            issuer
        });
    });
    assert!(act.decide().unwrap_err().has(Rule::Places));
}

/// Cross-certificates without extKeyUsage, unnoticed for eight months (bz2038351).
#[test]
fn a_ca_without_purposes() {
    let approved = Act::intermediate().decide().unwrap();
    let purposes = approved.extensions().iter().find(|one| one.value.oid() == oid::EXT_KEY_USAGE).unwrap();
    let wanted = ExtKeyUsage(vec![purpose::SERVER_AUTH, purpose::CLIENT_AUTH]);
    assert_eq!(purposes.value, Value::ExtKeyUsage(wanted));
}

/// Many CAs whose certificates had OCSPSigning could forge the status of their siblings (2020-07).
#[test]
fn a_ca_that_signs_ocsp_for_its_siblings() {
    let text = edited(builtin::text("intermediate").unwrap(), &[("\"clientAuth\"", "\"OCSPSigning\"")]);
    assert!(Profile::parse("intermediate", &text).unwrap_err().has("PRF-PURPOSE"));
}

/// TurkTrust: customers of a profile for servers got certificates of CAs, and one was used.
#[test]
fn a_customer_that_is_a_ca() {
    let ca = critical(Value::BasicConstraints(BasicConstraints { ca: true, path_len: None }));
    for act in [Act::server(), Act::client()] {
        assert!(
            act.asking("CN=www.example.test", vec![ca.clone()]).decide().unwrap_err().has(Rule::RequestCa)
        );
    }
    for edit in [("\"digitalSignature\"", "\"keyCertSign\""), ("\"digitalSignature\"", "\"cRLSign\"")] {
        let text = edited(builtin::text("tls-server").unwrap(), &[edit]);
        assert!(Profile::parse("x", &text).unwrap_err().has("PRF-LEAF-AS-CA"));
    }
    // Nor does a CA get more than its profile says by asking for it.
    let deep = not_critical(Value::BasicConstraints(BasicConstraints { ca: true, path_len: Some(9) }));
    let request = request_by("sub-p256", ECDSA, &name(ISSUING), vec![deep]);
    let approved = Act::intermediate().but(|act| act.by = By::Request(request)).decide().unwrap();
    let given = approved.extensions().iter().find(|one| one.value.oid() == oid::BASIC_CONSTRAINTS).unwrap();
    assert_eq!(*given, critical(Value::BasicConstraints(BasicConstraints { ca: true, path_len: Some(0) })));
}
