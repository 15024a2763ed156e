//! Every rule of the decision: a request that it refuses, in these words, and the nearest one that it lets pass.

use std::collections::BTreeSet;

use keyrite::policy::Rule;
use keyrite::x509::algorithm::{Digest, SignatureAlgorithm};
use keyrite::x509::extension::{
    BasicConstraints, ExtKeyUsage, KeyUsage, NameConstraints, SubjectAltName, Value, oid, purpose,
};
use keyrite::x509::general_name::GeneralName;
use keyrite::x509::name::Name;

use super::fixture::{
    Act, By, Ca, ECDSA, ISSUING, ROOT, alt, critical, key, length, name, names, not_critical, now, profile,
    request_by, time,
};

/// The request that is refused, the whole text of its only violation, and the nearest request that passes.
struct Case(Rule, Act, &'static str, Act);

fn cases() -> Vec<Case> {
    [issuer(), nesting(), keys(), validity(), subject(), alt_names(), asked()].into_iter().flatten().collect()
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
    let seen: BTreeSet<Rule> = cases().into_iter().map(|case| case.0).collect();
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
    });
    let refusal = act.decide().unwrap_err();
    for rule in [
        Rule::KeyOfCa,
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

fn nesting() -> Vec<Case> {
    let path = |limit| Ca { extensions: Ca::extensions(limit), ..Ca::root() };
    let below = |limit| Ca {
        extensions: Ca::extensions(limit),
        subject: "C=AT,O=Example,CN=Middle",
        ..Ca::issuing()
    };
    let deep = |limit: &str| {
        Act::intermediate().but(|act| act.profile = profile("intermediate", &[("path_length = 0", limit)]))
    };
    let four = |act: Act| act.but(|act| act.validity = Some(length("4y")));
    let purposes =
        |list: &[_]| Ca::issuing().with(not_critical(Value::ExtKeyUsage(ExtKeyUsage(list.to_vec()))));
    let permitted = |text: &str| {
        let permitted = vec![text.parse().unwrap()];
        Ca::root().with(critical(Value::NameConstraints(NameConstraints { permitted, excluded: vec![] })))
    };
    let no_purpose = (
        "[extensions.extKeyUsage]\n# What the key may be used for: a name such as serverAuth, or a dotted object identifier.\ncritical = false\npurposes = [\"serverAuth\"]\n",
        "",
    );
    vec![
        Case(
            Rule::PathLength,
            Act::intermediate().under(&path(Some(0)), &[]),
            "basicConstraints pathLenConstraint: found path length 0 in \"C=AT,O=Example,CN=Example Root\", wanted \
             room for one more CA",
            Act::intermediate().under(&path(Some(1)), &[]),
        ),
        Case(
            Rule::PathLength,
            deep("path_length = 1").under(&path(Some(1)), &[]),
            "basicConstraints pathLenConstraint: found path length 1, wanted at most 0, since \
             \"C=AT,O=Example,CN=Example Root\" has path length 1",
            deep("path_length = 1").under(&path(Some(2)), &[]),
        ),
        Case(
            Rule::PathLength,
            deep("").under(&path(Some(3)), &[]),
            "basicConstraints pathLenConstraint: found no limit, wanted at most 2, since \
             \"C=AT,O=Example,CN=Example Root\" has path length 3",
            deep("").under(&path(None), &[]),
        ),
        Case(
            // The limit of a CA two levels up, used up by the one between.
            Rule::PathLength,
            four(Act::intermediate()).under(&below(None), &[path(Some(1))]),
            "basicConstraints pathLenConstraint: found path length 1 in \"C=AT,O=Example,CN=Example Root\", wanted \
             room for one more CA",
            four(Act::intermediate()).under(&below(None), &[path(Some(2))]),
        ),
        Case(
            Rule::Purpose,
            Act::server().under(&purposes(&[purpose::CLIENT_AUTH]), &[Ca::root()]),
            "extKeyUsage: found serverAuth, wanted only clientAuth, as \"C=AT,O=Example,CN=Example Issuing\" has it",
            Act::server().under(&purposes(&[purpose::CLIENT_AUTH, purpose::SERVER_AUTH]), &[Ca::root()]),
        ),
        Case(
            Rule::Purpose,
            Act::server()
                .under(&purposes(&[purpose::SERVER_AUTH]), &[Ca::root()])
                .but(|act| act.profile = profile("tls-server", &[no_purpose])),
            "extKeyUsage: found none, which means any purpose, wanted only serverAuth, as \
             \"C=AT,O=Example,CN=Example Issuing\" has it",
            Act::server()
                .under(&purposes(&[purpose::ANY]), &[Ca::root()])
                .but(|act| act.profile = profile("tls-server", &[no_purpose])),
        ),
        Case(
            // Not the issuer but the root above it limits the names.
            Rule::NameConstraint,
            Act::server().under(&Ca::issuing(), &[permitted("dns:example.org")]),
            "subjectAltName: found dns:www.example.test, wanted within dns:example.org, as \
             \"C=AT,O=Example,CN=Example Root\" permits",
            Act::server().under(&Ca::issuing(), &[permitted("dns:example.test")]),
        ),
    ]
}

fn keys() -> Vec<Case> {
    vec![
        Case(
            Rule::KeyAlgorithm,
            Act::server().but(|act| {
                act.profile = profile("tls-server", &[("\"ec-p256\", ", "")]);
            }),
            "subjectPublicKeyInfo: found ec-p256, wanted one of ec-p384 ec-p521 rsa-2048 rsa-3072 rsa-4096",
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
    ]
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

fn subject() -> Vec<Case> {
    let fixed = || {
        let edits = [("OU = \"optional\"", "OU = { fixed = \"Staff\" }")];
        Act::client().but(|act| act.profile = profile("tls-client", &edits))
    };
    let forbidden = || {
        let edits = [("OU = \"optional\"", "OU = \"forbidden\""), ("\"refuse\"", "\"drop\"")];
        Act::client().but(|act| act.profile = profile("tls-client", &edits))
    };
    let given = |act: Act, text: &str| {
        let subject = name(text);
        act.but(|act| act.subject = Some(subject))
    };
    vec![
        Case(
            Rule::SubjectMissing,
            Act::client().asking("O=Example", vec![]),
            "subject CN: found none, wanted one, as the profile requires",
            Act::client().asking("O=Example,CN=Alice", vec![]),
        ),
        Case(
            Rule::SubjectAttribute,
            Act::server().asking("O=Example,CN=www.example.test", vec![names(&["dns:www.example.test"])]),
            "subject O: found \"Example\", wanted only CN",
            Act::server().asking("CN=www.example.test", vec![names(&["dns:www.example.test"])]),
        ),
        Case(
            Rule::SubjectAttribute,
            forbidden().asking("OU=Staff,CN=Alice", vec![]),
            "subject OU: found \"Staff\", wanted none",
            // What is merely not named is dropped where the profile says so.
            forbidden().asking("DC=test,CN=Alice", vec![]),
        ),
        Case(
            // What an operator gives is never dropped in silence.
            Rule::SubjectAttribute,
            given(forbidden(), "DC=test,CN=Alice"),
            "subject DC: found \"test\", wanted only C ST L O SN GN CN serialNumber UID",
            given(forbidden(), "O=test,CN=Alice"),
        ),
        Case(
            Rule::SubjectFixed,
            fixed().asking("OU=Boss,CN=Alice", vec![]),
            "subject OU: found \"Boss\", wanted \"Staff\"",
            fixed().asking("OU=Staff,CN=Alice", vec![]),
        ),
        Case(
            Rule::SubjectRepeated,
            Act::client().asking("CN=Alice,CN=Bob", vec![]),
            "subject CN: found \"Bob\", a second one, wanted one",
            Act::client().asking("OU=A,OU=B,CN=Alice", vec![]),
        ),
        Case(
            Rule::SubjectValue,
            Act::client().asking("CN=Al\u{202e}ice", vec![]),
            "subject CN: found \"Al\\u{202e}ice\", wanted no invisible or direction-changing character (U+202E)",
            Act::client().asking("CN=Alicé", vec![]),
        ),
        Case(
            Rule::SubjectSet,
            Act::client().asking("CN=Alice+UID=alice", vec![]),
            "subject UID: found two attributes joined by +, wanted one in each set",
            Act::client().asking("CN=Alice,UID=alice", vec![]),
        ),
        Case(
            Rule::SubjectIsIssuer,
            Act::client().asking(ISSUING, vec![]),
            "subject: found C=AT,O=Example,CN=Example Issuing, wanted another name than the issuer's, since only a \
             root is issued by itself",
            Act::client().asking("C=AT,O=Example,CN=Example Issuing 2", vec![]),
        ),
        Case(
            Rule::NoName,
            Act::server()
                .but(|act| act.profile = profile("tls-server", &[("minimum = 1", "minimum = 0")]))
                .asking("", vec![]),
            "subject: found no name at all, wanted a subject or an alternative name",
            Act::server().asking("", vec![names(&["dns:www.example.test"])]),
        ),
        Case(
            Rule::CommonName,
            Act::server().asking("CN=WWW.example.test", vec![names(&["dns:www.example.test"])]),
            "subject CN: found \"WWW.example.test\", wanted one of dns:www.example.test",
            Act::server().asking("CN=192.0.2.1", vec![names(&["dns:www.example.test", "ip:192.0.2.1"])]),
        ),
    ]
}

fn alt_names() -> Vec<Case> {
    let raw = |name: GeneralName| {
        let extension = not_critical(Value::SubjectAltName(SubjectAltName(vec![name])));
        Act::server().asking("", vec![extension])
    };
    let bare = |edit: (&str, &str)| {
        let edits = [edit];
        Act::server().but(|act| act.profile = profile("tls-server", &edits))
    };
    let many = |count: usize| {
        let list: Vec<String> = (0..count).map(|at| format!("dns:a{at}.example.test")).collect();
        let list: Vec<&str> = list.iter().map(String::as_str).collect();
        bare(("maximum = 100", "maximum = 2")).asking("", vec![names(&list)])
    };
    vec![
        Case(
            Rule::AltNameType,
            Act::server().asking("", vec![names(&["email:a@example.test"])]),
            "subjectAltName: found email:a@example.test, wanted only dns ip",
            Act::server().asking("", vec![names(&["ip:192.0.2.1"])]),
        ),
        Case(
            Rule::AltNameType,
            Act::intermediate().named(&["dns:ca.example.test"]),
            "subjectAltName: found dns:ca.example.test, wanted none, since the profile has none",
            Act::intermediate(),
        ),
        Case(
            Rule::AltNameValue,
            raw(GeneralName::Dns("a_b.example.test".to_owned())),
            "subjectAltName: found dns:a_b.example.test, wanted a well-formed name: it has a character other than \
             letters, digits and hyphens",
            raw(GeneralName::Dns("a-b.example.test".to_owned())),
        ),
        Case(
            Rule::AltNameValue,
            Act::server()
                .but(|act| act.profile = profile("tls-server", &[("minimum = 1", "minimum = 0")]))
                .asking(
                    "CN=www.example.test",
                    vec![not_critical(Value::Unrecognized {
                        oid: oid::SUBJECT_ALT_NAME,
                        der: vec![0x04, 0x00],
                    })],
                )
                .but(|act| {
                    act.profile = profile(
                        "tls-server",
                        &[
                            ("minimum = 1", "minimum = 0"),
                            ("common_name_in_alt_names = true", "common_name_in_alt_names = false"),
                        ],
                    )
                }),
            "subjectAltName: found DER 0400, wanted a list of names in DER",
            Act::server(),
        ),
        Case(
            Rule::AltNameWildcard,
            bare(("wildcards = true", "wildcards = false"))
                .named(&["dns:*.example.test", "dns:www.example.test"]),
            "subjectAltName: found dns:*.example.test, wanted no wildcard",
            Act::server().named(&["dns:*.example.test", "dns:www.example.test"]),
        ),
        Case(Rule::AltNameCount, many(3), "subjectAltName: found 3 names, wanted at most 2", many(2)),
        Case(
            Rule::AltNameCount,
            bare(("minimum = 1", "minimum = 2")),
            "subjectAltName: found 1 names, wanted at least 2",
            Act::server(),
        ),
        Case(
            Rule::AltNameRepeated,
            raw(alt("dns:www.example.test")).but(|act| {
                act.alt_names =
                    Some(vec![alt("dns:www.example.test"), GeneralName::Dns("WWW.example.test".to_owned())]);
            }),
            "subjectAltName: found dns:WWW.example.test twice, wanted each name once",
            Act::server().named(&["dns:www.example.test", "dns:www2.example.test"]),
        ),
    ]
}

fn asked() -> Vec<Case> {
    let ca = |ca| critical(Value::BasicConstraints(BasicConstraints { ca, path_len: None }));
    let usage = |usage| critical(Value::KeyUsage(usage));
    let refusing = || {
        Act::client().but(|act| {
            act.profile =
                profile("tls-client", &[("other_extensions = \"drop\"", "other_extensions = \"refuse\"")]);
        })
    };
    let needing = |act: Act| {
        act.but(|act| {
            act.profile = profile("tls-server", &[("ocsp = \"if-configured\"", "ocsp = \"required\"")]);
        })
    };
    vec![
        Case(
            Rule::RequestCa,
            Act::client().asking("CN=Alice", vec![ca(true)]),
            "basicConstraints: found CA, path length not limited, wanted an end entity, as the profile has it",
            Act::client().asking("CN=Alice", vec![ca(false)]),
        ),
        Case(
            Rule::RequestCa,
            Act::client()
                .asking("CN=Alice", vec![usage(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_CERT_SIGN)]),
            "keyUsage: found digitalSignature, keyCertSign, wanted an end entity, as the profile has it",
            Act::client()
                .asking("CN=Alice", vec![usage(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_AGREEMENT)]),
        ),
        Case(
            Rule::RequestExtension,
            refusing().asking("CN=Alice", vec![usage(KeyUsage::KEY_AGREEMENT)]),
            "keyUsage: found keyAgreement, wanted digitalSignature",
            refusing().asking("CN=Alice", vec![usage(KeyUsage::DIGITAL_SIGNATURE)]),
        ),
        Case(
            Rule::RequestExtension,
            refusing().asking(
                "CN=Alice",
                vec![not_critical(Value::Unrecognized {
                    oid: "1.2.3".parse().unwrap(),
                    der: vec![0x05, 0x00],
                })],
            ),
            "1.2.3: found DER 0500, wanted none",
            refusing().asking("CN=Alice", vec![]),
        ),
        Case(
            Rule::Places,
            needing(Act::server()),
            "authorityInfoAccess ocsp: found no URL of the issuing CA, wanted at least one",
            needing(Act::server()).but(|act| {
                act.issuer = act.issuer.take().map(|mut issuer| {
                    issuer.places.ocsp = vec!["http://ocsp.example.test/".parse().unwrap()];
                    issuer
                });
            }),
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
