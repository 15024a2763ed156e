//! Name constraints of a CA above: which names lie within them, form by form (RFC 5280 s.4.2.1.10).

use keyrite::policy::Rule;
use keyrite::x509::extension::{NameConstraints, Subtree, Value};

use super::fixture::{Act, Ca, critical, names, profile};

fn subtrees(texts: &[&str]) -> Vec<Subtree> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

const TYPES: &str = "types = [\"dns\", \"ip\", \"email\", \"uri\", \"dn\", \"rid\", \"upn\", \"smtp-utf8\", \
                     \"hardware-module\"]";

/// Whether a certificate with these names passes under a CA with these constraints.
fn passes(subject: &str, alt_names: &[&str], permitted: Vec<Subtree>, excluded: Vec<Subtree>) -> bool {
    let constraints = NameConstraints { permitted, excluded };
    let ca = Ca::issuing().with(critical(Value::NameConstraints(constraints)));
    let edits = [
        ("types = [\"dns\", \"email\", \"uri\"]", TYPES),
        ("wildcards = false", "wildcards = true"),
        ("UID = \"optional\"", "UID = \"optional\"\nemailAddress = \"optional\""),
    ];
    let extensions = if alt_names.is_empty() { vec![] } else { vec![names(alt_names)] };
    let act = Act::client()
        .but(|act| act.profile = profile("tls-client", &edits))
        .asking(subject, extensions)
        .under(&ca, &[Ca::root()]);
    match act.decide() {
        Ok(_) => true,
        Err(refusal) => {
            assert!(refusal.violations().iter().all(|one| one.rule == Rule::NameConstraint), "{refusal}");
            false
        }
    }
}

#[test]
fn permitted_and_excluded_subtrees_of_every_form() {
    // Subtree, name, whether the name lies within, whether an exclusion of the subtree refuses it.
    for (subtree, name, within, touched) in [
        ("dns:example.test", "dns:example.test", true, true),
        ("dns:example.test", "dns:www.example.test", true, true),
        ("dns:example.test", "dns:WWW.EXAMPLE.TEST", true, true),
        ("dns:example.test", "dns:badexample.test", false, false),
        ("dns:example.test", "dns:example.test.evil.test", false, false),
        ("dns:www.example.test", "dns:example.test", false, false),
        ("dns:", "dns:example.test", true, true),
        ("dns:example.test", "dns:*.example.test", true, true),
        // A wildcard reaches a host that is excluded, but is not wholly within it.
        ("dns:www.example.test", "dns:*.example.test", false, true),
        ("dns:a.www.example.test", "dns:*.www.example.test", false, true),
        ("dns:other.test", "dns:*.example.test", false, false),
        ("ip:192.0.2.0/24", "ip:192.0.2.255", true, true),
        ("ip:192.0.2.0/24", "ip:192.0.3.0", false, false),
        ("ip:192.0.2.0/25", "ip:192.0.2.128", false, false),
        ("ip:0.0.0.0/0", "ip:203.0.113.9", true, true),
        ("ip:0.0.0.0/0", "ip:2001:db8::1", false, false),
        ("ip:2001:db8::/32", "ip:2001:db8:ffff::1", true, true),
        ("ip:2001:db8::/32", "ip:2001:db9::1", false, false),
        ("ip:::/0", "ip:2001:db9::1", true, true),
        ("email:example.test", "email:a@example.test", true, true),
        ("email:example.test", "email:a@EXAMPLE.test", true, true),
        ("email:example.test", "email:a@www.example.test", false, false),
        ("email:.example.test", "email:a@www.example.test", true, true),
        ("email:.example.test", "email:a@example.test", false, false),
        ("email:a@example.test", "email:a@example.test", true, true),
        ("email:a@example.test", "email:A@example.test", false, false),
        ("email:a@example.test", "email:b@example.test", false, false),
        ("uri:www.example.test", "uri:https://www.example.test/x", true, true),
        ("uri:www.example.test", "uri:https://a.www.example.test/", false, false),
        ("uri:.example.test", "uri:https://www.example.test/", true, true),
        ("uri:.example.test", "uri:https://example.test/", false, false),
        ("uri:.example.test", "uri:https://user@www.example.test:8443/", true, true),
        ("uri:www.example.test", "uri:https://www.example.test./", true, true),
        ("uri:www.example.test", "uri:ldap://www.ex%61mple.test/", false, true),
        // Constraints on mailboxes hold for those outside ASCII too (RFC 9598 s.6).
        ("email:example.test", "smtp-utf8:é@example.test", true, true),
        ("email:example.test", "smtp-utf8:é@www.example.test", false, false),
        ("email:.example.test", "smtp-utf8:é@www.example.test", true, true),
        ("email:xn--mnchen-3ya.test", "smtp-utf8:é@xn--mnchen-3ya.test", true, true),
        ("email:e@example.test", "smtp-utf8:é@example.test", false, false),
        ("email:", "smtp-utf8:é@example.test", true, true),
        ("upn:@corp.test", "upn:alice@corp.test", true, true),
        ("upn:@corp.test", "upn:alice@CORP.test", true, true),
        ("upn:.corp.test", "upn:alice@vienna.corp.test", true, true),
        ("upn:@corp.test", "upn:alice@other.test", false, false),
        ("upn:@corp.test", "upn:alice@badcorp.test", false, false),
        ("upn:", "upn:alice@other.test", true, true),
        // A permitted realm is read narrowly and an excluded one widely, since no standard says how far it goes.
        ("upn:@corp.test", "upn:alice@vienna.corp.test", false, true),
        ("upn:.corp.test", "upn:alice@corp.test", false, true),
        // Without a host name a URI cannot be held against any constraint.
        ("uri:.example.test", "uri:https://192.0.2.1/", false, true),
        ("uri:.example.test", "uri:urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", false, true),
    ] {
        let permitted = passes("CN=Alice", &[name], subtrees(&[subtree]), vec![]);
        assert_eq!(permitted, within, "{name} permitted by {subtree}");
        let passed = passes("CN=Alice", &[name], vec![], subtrees(&[subtree]));
        assert_eq!(!passed, touched, "{name} excluded by {subtree}");
    }
}

/// RFC 5280 s.4.2.1.10 gives constraints on these forms no meaning, and wants names of a form whose constraint is
/// not understood refused.
#[test]
fn a_constraint_that_cannot_be_followed_refuses_every_name_of_its_form() {
    let other = |type_id: &str| Subtree::OtherName { type_id: type_id.parse().unwrap(), value: vec![5, 0] };
    let rows = [
        (other("1.3.6.1.5.5.7.8.9"), "smtp-utf8:é@example.test", "no smtp-utf8 below"),
        (other("1.3.6.1.5.5.7.8.4"), "hardware-module:1.2.3:00", "no hardware-module below"),
        ("rid:1.2.3".parse().unwrap(), "rid:1.2.3", "no rid below"),
        (other("1.3.6.1.4.1.311.20.2.3"), "upn:alice@corp.test", "no upn below"),
    ];
    for (subtree, name, why) in rows {
        for excluded in [false, true] {
            let list = |wanted: bool| if wanted { vec![subtree.clone()] } else { vec![] };
            let constraints = NameConstraints { permitted: list(!excluded), excluded: list(excluded) };
            let ca = Ca::issuing().with(critical(Value::NameConstraints(constraints)));
            let edits = [("types = [\"dns\", \"email\", \"uri\"]", TYPES)];
            let asking = |name: &str| {
                Act::client()
                    .but(|act| act.profile = profile("tls-client", &edits))
                    .asking("CN=Alice", vec![names(&[name])])
                    .under(&ca, &[Ca::root()])
                    .decide()
            };
            let refusal = asking(name).err().unwrap_or_else(|| panic!("{name} passes {subtree}"));
            let [violation] = refusal.violations() else { panic!("{refusal}") };
            assert_eq!(violation.rule, Rule::IssuerUnreadable);
            assert_eq!((violation.field.as_str(), violation.found.as_str()), ("subjectAltName", name));
            assert!(violation.wanted.contains(why) && violation.wanted.contains("cannot be followed"));
            assert!(asking("email:a@example.test").is_ok(), "{subtree} binds no mailbox");
        }
    }
}

#[test]
fn a_constraint_binds_only_names_of_its_own_form() {
    let host = || subtrees(&["dns:example.test"]);
    assert!(passes("CN=Alice", &["email:a@other.test"], host(), vec![]));
    assert!(passes("CN=Alice", &["dns:www.example.test", "email:a@other.test"], host(), vec![]));
    assert!(!passes("CN=Alice", &["dns:www.example.test", "dns:other.test"], host(), vec![]));
    // One of several subtrees of a form is enough, and an exclusion wins over a permission.
    let two = subtrees(&["dns:example.test", "dns:other.test"]);
    assert!(passes("CN=Alice", &["dns:other.test"], two, vec![]));
    assert!(!passes("CN=Alice", &["dns:www.example.test"], host(), subtrees(&["dns:www.example.test"])));
}

#[test]
fn the_subject_is_held_against_directory_names_whatever_its_string_types() {
    for (base, subject, within) in [
        ("dn:C=AT", "C=AT,CN=Alice", true),
        ("dn:C=AT,O=Example", "C=AT,O=Example,CN=Alice", true),
        ("dn:C=AT,O=example", "C=AT,O=EXAMPLE,CN=Alice", true),
        ("dn:C=AT,O=#13074578616d706c65", "C=AT,O=Example,CN=Alice", true),
        ("dn:C=AT,O=Example", "C=AT,CN=Alice", false),
        ("dn:C=AT,O=Example", "O=Example,C=AT,CN=Alice", false),
        ("dn:O=Example", "C=AT,O=Example,CN=Alice", false),
    ] {
        assert_eq!(passes(subject, &[], subtrees(&[base]), vec![]), within, "{subject} permitted by {base}");
        assert_eq!(!passes(subject, &[], vec![], subtrees(&[base])), within, "{subject} excluded by {base}");
    }
    // A directory name among the alternative names is held against them too.
    let base = || subtrees(&["dn:C=AT"]);
    assert!(passes("C=AT,CN=Alice", &["dn:C=AT,CN=Bob"], base(), vec![]));
    assert!(!passes("C=AT,CN=Alice", &["dn:C=CH,CN=Bob"], base(), vec![]));
    assert!(!passes("C=CH,CN=Alice", &["dn:C=AT,CN=Bob"], vec![], base()));
}

#[test]
fn names_hidden_in_the_subject_do_not_escape() {
    let host = || subtrees(&["dns:example.test"]);
    assert!(!passes("CN=www.other.test", &[], host(), vec![]), "a host name in CN");
    assert!(passes("CN=www.other.test", &["dns:www.example.test"], host(), vec![]), "CN counts only alone");
    assert!(passes("CN=J. Doe", &[], host(), vec![]), "not a host name");
    let mailbox = || subtrees(&["email:example.test"]);
    assert!(!passes("CN=Alice,emailAddress=a@other.test", &[], mailbox(), vec![]));
    assert!(passes("CN=Alice,emailAddress=a@example.test", &[], mailbox(), vec![]));
    let beside = passes("CN=Alice,emailAddress=a@other.test", &["email:a@example.test"], mailbox(), vec![]);
    assert!(!beside, "OpenSSL holds the attribute against the constraint whatever else is there");
}
