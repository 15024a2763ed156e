//! What a profile takes from a request under a validator, and the limits that the Baseline Requirements set by date.

use keyrite::policy::{Profile, Rule};
use keyrite::x509::extension::{
    CertificatePolicies, ExtKeyUsage, Extension, Feature, KeyUsage, Policy, TlsFeature, Value, purpose,
};

use super::fixture::{Act, Ca, alt, key, length, names, not_critical, time};
use super::rules::Case;
use super::soundness::over;

/// A client under a profile that lies over `tests/policy/texts/plain.toml`.
fn plain(text: &str) -> Act {
    let profile = over("plain", text).unwrap_or_else(|problems| panic!("{problems}"));
    Act::client().but(|act| act.profile = profile)
}

fn asked(value: Value) -> Extension {
    not_critical(value)
}

fn other(der: &[u8]) -> Extension {
    asked(Value::Unrecognized { oid: "1.2.3".parse().unwrap(), der: der.to_vec() })
}

fn server(now: &str, validity: &str) -> Act {
    let any = CertificatePolicies(vec![Policy::new("2.5.29.32.0".parse().unwrap())]);
    let long = Ca { ends: "2046-01-01", ..Ca::issuing() };
    let long = long.with(not_critical(Value::CertificatePolicies(any)));
    let profile = over("server", "[extensions.subjectAltName]\nfrom_request = true").unwrap();
    Act::server().under(&long, &[Ca::root()]).but(|act| {
        act.profile = profile;
        act.now = time(now);
        act.validity = Some(length(validity));
    })
}

/// A root of the web PKI.
fn anchor(validity: &str) -> Act {
    Act::root().but(|act| {
        act.profile = over("anchor", "[key]\nalgorithms = [\"ec-p256\"]").unwrap();
        act.validity = Some(length(validity));
    })
}

pub(crate) fn cases() -> Vec<Case> {
    let subject = |rule: &str| format!("[subject.attributes]\n{rule}");
    let ou = subject("OU = { need = \"optional\", maximum = 2 }");
    let uid = subject("UID = { need = \"required\", pattern = \"[a-z]{3}\\\\d+\" }");
    let mail = "[extensions.subjectAltName]\nfrom_request = true\ntypes = [\"email\", \"dn\"]\n\
                [extensions.subjectAltName.patterns]\nemail = \".*@example\\\\.test\"\ndn = \"C=AT,.*\"";
    let code = "[extensions.\"1.2.3\"]\nfrom_request = \"utf8\"\npattern = \"[A-Z]+\"\nmaximum_octets = 5";
    let needed = format!("{code}\nrequired = true");
    vec![
        Case(
            Rule::SubjectPattern,
            plain(&uid).asking("UID=ab1,CN=Alice", vec![]),
            "subject UID: found \"ab1\", wanted a text that matches \"[a-z]{3}\\\\d+\"",
            plain(&uid).asking("UID=abc1,CN=Alice", vec![]),
        ),
        Case(
            Rule::SubjectCount,
            plain(&ou).asking("OU=A,OU=B,OU=C,CN=Alice", vec![]),
            "subject OU: found \"C\", one more than 2, wanted at most 2",
            plain(&ou).asking("OU=A,OU=B,CN=Alice", vec![]),
        ),
        Case(
            Rule::AltNamePattern,
            plain(mail).asking("CN=Alice", vec![names(&["email:alice@example.org"])]),
            "subjectAltName: found email:alice@example.org, wanted a name that matches \".*@example\\\\.test\"",
            plain(mail).asking("CN=Alice", vec![names(&["email:alice@example.test", "dn:C=AT,CN=Alice"])]),
        ),
        Case(
            Rule::AltNamePattern,
            plain(mail).asking("CN=Alice", vec![names(&["dn:C=DE,CN=Alice"])]),
            "subjectAltName: found dn:C=DE,CN=Alice, wanted a name that matches \"C=AT,.*\"",
            plain(mail).asking("CN=Alice", vec![names(&["dn:C=AT,CN=Alice"])]),
        ),
        Case(
            Rule::RequestValue,
            plain(code).asking("CN=Alice", vec![other(&[0x0c, 1, b'a'])]),
            "1.2.3: found DER 0c0161, wanted a text that matches \"[A-Z]+\"",
            plain(code).asking("CN=Alice", vec![other(&[0x0c, 1, b'A'])]),
        ),
        Case(
            Rule::RequestValue,
            plain(code).asking("CN=Alice", vec![other(&[0x16, 1, b'A'])]),
            "1.2.3: found DER 160141, wanted one value in DER of the form utf8",
            plain(code).asking("CN=Alice", vec![]),
        ),
        Case(
            Rule::RequestValue,
            plain(code).asking("CN=Alice", vec![other(&[0x0c, 4, b'A', b'A', b'A', b'A'])]),
            "1.2.3: found DER 0c0441414141, wanted at most 5 octets, not 6",
            plain(code).asking("CN=Alice", vec![other(&[0x0c, 3, b'A', b'A', b'A'])]),
        ),
        Case(
            Rule::RequestMissing,
            plain(&needed).asking("CN=Alice", vec![]),
            "1.2.3: found none, wanted a value of the form utf8, as the profile requires",
            plain(&needed).asking("CN=Alice", vec![other(&[0x0c, 1, b'A'])]),
        ),
        Case(
            // The day on which the certificate begins decides, not the present.
            Rule::ValidityStandard,
            server("2027-03-15T00:00:00Z", "101d"),
            "notAfter: found 2027-06-23T23:59:59Z, wanted at most 2027-06-22T23:59:59Z (100d in all: BR 6.3.2)",
            server("2027-03-15T00:00:00Z", "101d")
                .but(|act| act.not_before = Some(time("2027-03-14T23:59:59Z"))),
        ),
        Case(
            Rule::ValidityStandard,
            server("2029-03-15T00:00:00Z", "4060801s"),
            "notAfter: found 2029-05-01T00:00:00Z, wanted at most 2029-04-30T23:59:59Z (47d in all: BR 6.3.2)",
            server("2029-03-15T00:00:00Z", "4060800s"),
        ),
        Case(
            Rule::ValidityStandard,
            anchor("2921d"),
            "notAfter: found 2034-11-20T11:59:59Z, wanted at least 2034-11-21T11:59:59Z (2922d in all: BR 7.1.2.1.1)",
            anchor("2922d"),
        ),
    ]
}

/// The value of an extension in what is decided.
fn given(act: &Act, name: &str) -> Option<String> {
    let approved = act.decide().unwrap_or_else(|refusal| panic!("{refusal}"));
    let found = approved.extensions().iter().find(|extension| extension.value.name() == name);
    found.map(|extension| extension.value.to_string())
}

#[test]
fn a_server_of_the_web_pki_is_backdated_by_48_hours_at_most() {
    let from = |day: &str| server("2026-11-21T12:00:00Z", "200d").but(|act| act.not_before = Some(time(day)));
    assert!(from("2026-11-19T12:00:00Z").decide().is_ok());
    // The profile has the same limit, which a person might override: not that of the Baseline Requirements.
    let refusal = from("2026-11-19T11:59:59Z").decide().unwrap_err();
    assert!(refusal.has(Rule::NotBeforeBackdated) && refusal.has(Rule::ValidityStandard), "{refusal}");
}

#[test]
fn usages_are_taken_where_the_key_can_have_them() {
    let text = "[extensions.keyUsage]\nfrom_request = [\"nonRepudiation\", \"keyEncipherment\"]\n\
                [request]\nother_extensions = \"drop\"";
    let all = KeyUsage::NON_REPUDIATION | KeyUsage::KEY_ENCIPHERMENT | KeyUsage::KEY_AGREEMENT;
    let act = plain(text).asking("CN=Alice", vec![asked(Value::KeyUsage(all))]);
    // An EC key does not encipher, and keyAgreement is not among what the profile takes.
    assert_eq!(given(&act, "keyUsage").as_deref(), Some("digitalSignature, nonRepudiation"));
    assert_eq!(act.decide().unwrap().not_granted().len(), 1);
    let fewer = plain(text).asking("CN=Alice", vec![asked(Value::KeyUsage(KeyUsage::NON_REPUDIATION))]);
    assert!(fewer.decide().unwrap().not_granted().is_empty());
    assert_eq!(given(&plain(text), "keyUsage").as_deref(), Some("digitalSignature"));
}

#[test]
fn purposes_policies_and_features_are_taken_from_a_list() {
    let text = "[extensions.extKeyUsage]\npurposes = [\"clientAuth\"]\nfrom_request = [\"codeSigning\"]\n\
                [extensions.certificatePolicies]\npolicies = [\"1.2.3\"]\n\
                from_request = [\"1.2.4 http://pki.example.test/cps\"]\n\
                [extensions.tlsFeature]\nfeatures = [\"status_request\", \"status_request_v2\"]\nfrom_request = true";
    let policy = |text: &str| Policy::new(text.parse().unwrap());
    let wished = |purpose, policies: &[&str], feature| {
        vec![
            asked(Value::ExtKeyUsage(ExtKeyUsage(vec![purpose]))),
            asked(Value::CertificatePolicies(CertificatePolicies(
                policies.iter().map(|one| policy(one)).collect(),
            ))),
            asked(Value::TlsFeature(TlsFeature(vec![feature]))),
        ]
    };
    let act =
        plain(text).asking("CN=Alice", wished(purpose::CODE_SIGNING, &["1.2.4"], Feature::STATUS_REQUEST));
    assert_eq!(given(&act, "extKeyUsage").as_deref(), Some("clientAuth, codeSigning"));
    let policies = "1.2.3, 1.2.4 (CPS http://pki.example.test/cps)";
    assert_eq!(given(&act, "certificatePolicies").as_deref(), Some(policies));
    assert_eq!(given(&act, "tlsFeature").as_deref(), Some("status_request"));
    // Nothing is there of what nobody asked for, and what goes beyond is refused.
    assert_eq!(given(&plain(text), "tlsFeature"), None);
    assert_eq!(given(&plain(text), "extKeyUsage").as_deref(), Some("clientAuth"));
    let beyond = plain(text).asking("CN=Alice", wished(purpose::SERVER_AUTH, &["1.2.5"], Feature(9)));
    let refusal = beyond.decide().unwrap_err();
    assert_eq!(refusal.violations().len(), 3);
    assert!(refusal.violations().iter().all(|one| one.rule == Rule::RequestExtension));
}

#[test]
fn an_extension_of_the_request_has_the_criticality_of_the_profile() {
    let act = plain("[extensions.\"1.2.3\"]\ncritical = true\nfrom_request = \"der\"")
        .asking("CN=Alice", vec![other(&[5, 0])]);
    let approved = act.decide().unwrap();
    let last = approved.extensions().last().unwrap();
    assert!(last.critical && last.value.to_der().unwrap() == [5, 0]);
    assert!(approved.not_granted().is_empty());
}

#[test]
fn what_has_no_end_has_none_only_where_the_profile_says_so() {
    let act = Act::client().under(&Ca { ends: "2046-01-01", ..Ca::issuing() }, &[Ca::root()]);
    let endless =
        "[validity]\ndefault = \"no-expiration\"\nmaximum = \"no-expiration\"\nbeyond_issuer = true";
    let device = act.clone().but(|act| act.profile = over("plain", endless).unwrap());
    assert_eq!(device.decide().unwrap().not_after().to_string(), "9999-12-31T23:59:59Z");
    let refusal = act
        .but(|act| act.profile = over("plain", &endless.replace("beyond_issuer = true", "")).unwrap())
        .decide()
        .unwrap_err();
    assert!(refusal.has(Rule::NotAfterIssuer));
}

#[test]
fn the_issuing_ca_fills_the_places_of_urls() {
    let text = "[extensions.cRLDistributionPoints]\nurls = [\"http://pki.example.test/{ca}/{key-id}.crl\"]";
    let found = given(&plain(text), "cRLDistributionPoints");
    assert_eq!(found.as_deref(), Some("http://pki.example.test/issuing/010203.crl"));
}

#[test]
fn names_of_every_type_are_issued() {
    let text = "[extensions.subjectAltName]\nfrom_request = true\nrequired = [\"upn\"]\n\
                types = [\"upn\", \"smtp-utf8\", \"hardware-module\", \"dn\", \"rid\", \"uri\"]";
    let wished = [
        "upn:alice@example.test",
        "smtp-utf8:äöü@example.test",
        "hardware-module:1.2.3:00ff",
        "dn:C=AT,CN=Alice",
        "rid:1.2.3",
        "uri:https://example.test/",
    ];
    let act = plain(text).asking("CN=Alice", vec![names(&wished)]);
    let approved = act.decide().unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(approved.alt_names(), wished.map(alt));
    let lacking = plain(text).asking("CN=Alice", vec![names(&["rid:1.2.3"])]);
    let refusal = lacking.decide().unwrap_err();
    assert!(refusal.to_string().contains("wanted at least one of type upn"), "{refusal}");
}

#[test]
fn attributes_are_encoded_as_the_profile_lists_them() {
    let text = "[subject]\norder = \"as-listed\"\n[subject.attributes]\nC = { fixed = \"AT\" }\n\
                O = { need = \"optional\", string = \"printable\" }";
    let act = plain(text).asking("O=Example,CN=Alice", vec![]);
    let approved = act.decide().unwrap();
    // CN stands in the text below, and so before what this one adds.
    assert_eq!(approved.subject().to_string(), "CN=Alice,C=AT,O=Example");
    let organization = approved.subject().attributes()[2].clone();
    assert_eq!(organization.tag, der::Tag::PrintableString);
}

#[test]
fn a_responder_and_a_time_stamping_authority_get_what_their_standards_say() {
    let lines = |profile: Profile, subject: &str| -> Vec<String> {
        let act = Act::client().asking(subject, vec![]).but(|act| act.profile = profile);
        let approved = act.decide().unwrap_or_else(|refusal| panic!("{refusal}"));
        let line = |one: &Extension| {
            let critical = if one.critical { " critical" } else { "" };
            format!("{}{critical}: {}", one.value.name(), one.value)
        };
        approved.extensions().iter().map(line).collect()
    };
    assert_eq!(
        lines(over("responder", "").unwrap(), "C=AT,O=Example,CN=OCSP"),
        [
            "authorityKeyIdentifier: 010203",
            "keyUsage critical: digitalSignature",
            "extKeyUsage: OCSPSigning",
            "ocspNocheck: the status of this responder is not to be checked",
        ]
    );
    assert_eq!(
        lines(over("stamps", "").unwrap(), "CN=TSA"),
        [
            "authorityKeyIdentifier: 010203",
            "keyUsage critical: digitalSignature, nonRepudiation",
            "extKeyUsage critical: timeStamping",
            "subjectInfoAccess: time-stamping http://time.example.test/",
        ]
    );
    assert_eq!(key("leaf-p256").algorithm().to_string(), "ec-p256");
}
