//! The rules about what a request wishes for: subject, alternative names, extensions. Cases of `rules`.

use keyrite::policy::Rule;
use keyrite::x509::extension::{BasicConstraints, KeyUsage, SubjectAltName, Value, oid};
use keyrite::x509::general_name::GeneralName;

use super::fixture::{Act, ISSUING, alt, critical, name, names, not_critical, profile};
use super::rules::Case;

pub(crate) fn subject() -> Vec<Case> {
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

pub(crate) fn alt_names() -> Vec<Case> {
    let raw = |name: GeneralName| {
        let extension = not_critical(Value::SubjectAltName(SubjectAltName(vec![name])));
        Act::server().asking("", vec![extension])
    };
    let bare = |edit: (&str, &str)| {
        let edits = [edit];
        Act::server().but(|act| act.profile = profile("tls-server", &edits))
    };
    let unreadable = not_critical(Value::Unrecognized { oid: oid::SUBJECT_ALT_NAME, der: vec![0x04, 0x00] });
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
            Act::client().asking("CN=Alice", vec![unreadable]),
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
        Case(
            Rule::AltNameRepeated,
            Act::client().asking("CN=Alice", vec![names(&["email:a@example.test", "email:a@EXAMPLE.test"])]),
            "subjectAltName: found email:a@EXAMPLE.test twice, wanted each name once",
            Act::client().asking("CN=Alice", vec![names(&["email:a@example.test", "email:A@example.test"])]),
        ),
    ]
}

pub(crate) fn asked() -> Vec<Case> {
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
            Rule::Override,
            Act::client().overriding(Rule::ValidityMaximum),
            "override of POL-VALIDITY-MAXIMUM: found one by \"Zoe Adams\", wanted none, since the profile lists no \
             rule as waivable",
            Act::client(),
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
