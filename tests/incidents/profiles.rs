//! Profiles: what a CA means to issue, and what it must not be able to.

use keyrite::config;
use keyrite::policy::{Profile, Rule, builtin};
use keyrite::x509::extension::{BasicConstraints, ExtKeyUsage, KeyUsage, Value, oid, purpose};

use super::fixture::{
    Act, By, Ca, ECDSA, ISSUING, critical, edited, name, not_critical, policies, profile, request_by,
};

/// The ids of what is wrong with a text.
fn problems(text: &str) -> Vec<&'static str> {
    let Err(problems) = Profile::parse("x", text) else { return Vec::new() };
    problems.as_slice().iter().map(|problem| problem.id).collect()
}

fn server(edits: &[(&str, &str)]) -> String {
    edited(builtin::text("tls-server").unwrap(), edits)
}

/// I-10: a CA without the policies of what it issued, for a year, so that ten thousand certificates were wrong (Mozilla bug
/// 1921598); and a rule that changed in one profile of several (1883843).
#[test]
fn i10_policies_that_the_ca_does_not_have_are_refused_and_each_profile_has_its_hash() {
    let before = "[extensions.subjectAltName]";
    let table = format!("[extensions.certificatePolicies]\npolicies = [\"1.2.3\"]\n\n{before}");
    let act = Act::server().but(|act| act.profile = profile("tls-server", &[(before, &table)]));
    let lacking = act.clone().under(&Ca::issuing().with(policies(&["1.2.4"])), &[Ca::root()]);
    assert!(lacking.decide().unwrap_err().has(Rule::PolicyAbove));
    let approved = act.under(&Ca::issuing().with(policies(&["1.2.3"])), &[Ca::root()]).decide().unwrap();
    // What was in force is on record with every certificate: another rule, another hash.
    assert_ne!(approved.profile_sha256(), Act::server().decide().unwrap().profile_sha256());
    assert_eq!(Act::server().decide().unwrap().profile_sha256(), profile("tls-server", &[]).sha256());
}

/// I-13: a ceremony with a list of lints to skip would have hidden a missing usage, had a person not seen it (Let's Encrypt,
/// 2020). A lint is left out only by its name, with a reason, by a person.
#[test]
fn i13_a_lint_is_left_out_by_name_with_a_reason_and_by_a_person() {
    let with = |table: &str| problems(&format!("{}\n[[lint.excluded]]\n{table}\n", server(&[])));
    let whole = "id = \"N01-set\"\nreason = \"the relying party wants it\"\nby = \"Ann Example\"";
    assert_eq!(with(whole), [""; 0]);
    for missing in ["id", "reason", "by"] {
        let table: Vec<&str> = whole.lines().filter(|line| !line.starts_with(missing)).collect();
        assert_eq!(with(&table.join("\n")), ["TOML-MISSING-KEY"], "{missing}");
    }
    assert_eq!(with(&whole.replace("the relying party wants it", " ")), ["PRF-LIST"]);
    assert_eq!(with(&format!("{whole}\nall = true")), ["TOML-UNKNOWN-KEY"]);
}

/// I-14: many sub-CAs had OCSPSigning and could forge the status of every certificate by their issuer (2020-07).
#[test]
fn i14_a_ca_never_signs_status_for_its_issuer() {
    let text = edited(builtin::text("intermediate").unwrap(), &[("\"clientAuth\"", "\"OCSPSigning\"")]);
    assert!(problems(&text).contains(&"PRF-PURPOSE"));
}

/// I-15: TurkTrust's profile for servers was replaced by one for tests, and two customers got certificates of CAs, one of which
/// vouched for google.com (2011).
#[test]
fn i15_a_customer_never_becomes_a_ca() {
    let ca = critical(Value::BasicConstraints(BasicConstraints { ca: true, path_len: None }));
    let usage = critical(Value::KeyUsage(KeyUsage::KEY_CERT_SIGN | KeyUsage::DIGITAL_SIGNATURE));
    for act in [Act::server(), Act::client()] {
        for wish in [&ca, &usage] {
            let asking = act.clone().asking("CN=www.example.test", vec![wish.clone()]);
            assert!(asking.decide().unwrap_err().has(Rule::RequestCa));
        }
    }
    for usage in ["keyCertSign", "cRLSign"] {
        let usage = format!("\"{usage}\"");
        assert_eq!(problems(&server(&[("\"digitalSignature\"", &usage)])), ["PRF-LEAF-AS-CA"]);
    }
    // Nor does a CA get more than its profile says by asking for it.
    let deep = not_critical(Value::BasicConstraints(BasicConstraints { ca: true, path_len: Some(9) }));
    let request = request_by("sub-p256", ECDSA, &name(ISSUING), vec![deep]);
    let approved = Act::intermediate().but(|act| act.by = By::Request(request)).decide().unwrap();
    let given = approved.extensions().iter().find(|one| one.value.oid() == oid::BASIC_CONSTRAINTS).unwrap();
    assert_eq!(*given, critical(Value::BasicConstraints(BasicConstraints { ca: true, path_len: Some(0) })));
}

/// I-32: a list of blocked keys was built from a file of which entries fell away in silence (Let's Encrypt, 2018). What a file says
/// and nothing understands is a problem.
#[test]
fn i32_nothing_in_a_file_is_passed_over() {
    let end = "\n[validity]";
    for (edit, wanted) in [
        (("kind = ", "kid = 1\nkind = "), "TOML-UNKNOWN-KEY"),
        ((end, "\nweak = true\n[validity]"), "TOML-UNKNOWN-KEY"),
        (("\"ec-p256\", ", "\"ec-p256\", \"ec-p256\", "), "PRF-LIST"),
        (("\"ec-p256\", ", "\"ec-p257\", "), "TOML-VALUE"),
        (("kind = ", "kind = \"root\"\nkind = "), "TOML-SYNTAX"),
    ] {
        assert!(problems(&server(&[edit])).contains(&wanted), "{edit:?}: {:?}", problems(&server(&[edit])));
    }
    for text in ["[ca.root]\ncrl_url = [\"http://pki.example.test/\"]\n", "[keys]\nkeys = 1\n", "[cas]\n"] {
        let problems = config::HomeConfig::parse(text).unwrap_err();
        assert!(problems.has("TOML-UNKNOWN-KEY"), "{text}: {problems}");
    }
}

/// I-43: names in the reverse order (VikingCloud, 3,167 certificates, Mozilla bug 1883779), and an OU longer than 64 characters (Izenpe,
/// 1528290).
#[test]
fn i43_a_name_keeps_its_order_and_its_lengths_in_characters() {
    let act = Act::client().asking("C=AT,O=Example,OU=Staff,CN=Alice", vec![]);
    let subject = act.decide().unwrap().subject().to_string();
    assert_eq!(subject, "C=AT,O=Example,OU=Staff,CN=Alice");
    let listed = edited(
        builtin::text("tls-client").unwrap(),
        &[("other_attributes = \"refuse\"", "other_attributes = \"refuse\"\norder = \"as-listed\"")],
    );
    let ordered = Act::client().asking("CN=Alice,OU=Staff,O=Example,C=AT", vec![]).but(|act| {
        act.profile = Profile::parse("tls-client", &listed).unwrap();
    });
    assert_eq!(ordered.decide().unwrap().subject().to_string(), subject);
    // Characters count, not octets: each of these has two.
    let long = |count: usize| {
        let text = format!("OU={},CN=Alice", "Ö".repeat(count));
        text.parse::<keyrite::x509::name::Name>()
    };
    assert!(long(64).is_ok());
    assert!(long(65).unwrap_err().to_string().contains("at most 64"));
}

/// The purposes that the built-in intermediate has, for those who look for what I-12 lacked.
#[test]
fn an_intermediate_always_has_purposes() {
    let approved = Act::intermediate().decide().unwrap();
    let purposes = approved.extensions().iter().find(|one| one.value.oid() == oid::EXT_KEY_USAGE).unwrap();
    let wanted = ExtKeyUsage(vec![purpose::SERVER_AUTH, purpose::CLIENT_AUTH]);
    assert_eq!(purposes.value, Value::ExtKeyUsage(wanted));
}
