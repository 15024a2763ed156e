//! Overrides: what a person may waive, what comes of it, and what nobody can.

use keyrite::policy::{Approved, Override, OverrideError, Profile, Refusal, Rule};
use keyrite::x509::extension::{SubjectAltName, Value};
use keyrite::x509::general_name::GeneralName;

use super::fixture::{Act, alt, length, name, not_critical, profile, time};

/// The profile for servers that lists some rules as waivable.
fn waivable(rules: &[Rule]) -> Profile {
    let listed: Vec<String> = rules.iter().map(|rule| format!("\"{rule}\"")).collect();
    let text = format!("inherits = \"tls-server\"\nwaivable = [{}]\n", listed.join(", "));
    Profile::parse("web", &text).unwrap()
}

fn too_long() -> Act {
    Act::server().but(|act| {
        act.profile = waivable(&[Rule::ValidityMaximum, Rule::SubjectAttribute]);
        act.validity = Some(length("300d"));
    })
}

#[test]
fn an_override_lets_pass_what_its_rule_refuses_and_keeps_the_word_for_it() {
    assert!(too_long().decide().unwrap_err().has(Rule::ValidityMaximum));
    let approved = too_long().overriding(Rule::ValidityMaximum).decide().unwrap();
    assert_eq!(approved.not_after(), time("2027-09-17T11:59:59Z"));
    let [one] = approved.overridden() else { panic!("{:?}", approved.overridden()) };
    assert_eq!(
        (one.word.rule(), one.word.reason(), one.word.by()),
        (Rule::ValidityMaximum, "contract 17", "Zoe Adams")
    );
    let told: Vec<String> = one.violations.iter().map(ToString::to_string).collect();
    let wanted = "notAfter: found 2027-09-17T11:59:59Z, wanted at most 2027-03-01T11:59:59Z (100d in all) \
                  [POL-VALIDITY-MAXIMUM]";
    assert_eq!(told, [wanted]);
    assert_eq!(approved.remarks(), [""; 0]);
}

#[test]
fn nothing_but_the_rule_that_is_named_is_waived() {
    let act = too_long().overriding(Rule::ValidityMaximum).asking("O=Evil,CN=www.example.test", vec![]);
    let refusal = act.named(&["dns:www.example.test"]).decide().unwrap_err();
    let rules: Vec<Rule> = refusal.violations().iter().map(|one| one.rule).collect();
    assert_eq!(rules, [Rule::SubjectAttribute]);
}

#[test]
fn an_attribute_that_is_let_in_comes_after_those_of_the_profile() {
    let act = too_long()
        .but(|act| act.validity = None)
        .asking("O=Evil,CN=www.example.test", vec![])
        .named(&["dns:www.example.test"])
        .overriding(Rule::SubjectAttribute);
    let approved = act.decide().unwrap();
    assert!(approved.subject().reads_as(&name("O=Evil,CN=www.example.test")), "{}", approved.subject());
}

/// What comes of alternative names of any type, with POL-SAN-TYPE overridden: by a profile for host names without
/// wildcards, and by one without alternative names.
fn any_type(asked: &[GeneralName]) -> [Result<Approved, Refusal>; 2] {
    let texts = [
        "[extensions.subjectAltName]\nwildcards = false\ntypes = [\"dns\"]\n",
        "remove = [\"extensions.subjectAltName\", \"subject.common_name_in_alt_names\"]\n",
    ];
    texts.map(|text| {
        let head = "inherits = \"tls-server\"\nwaivable = [\"POL-SAN-TYPE\"]\n";
        let text = format!("{head}{text}[request]\nother_extensions = \"refuse\"\n");
        let act = Act::server().but(|act| act.profile = Profile::parse("web", &text).unwrap());
        let names = SubjectAltName(asked.to_vec());
        let act = act.asking("CN=www.example.test", vec![not_critical(Value::SubjectAltName(names))]);
        act.but(|act| act.alt_names = Some(asked.to_vec())).overriding(Rule::AltNameType).decide()
    })
}

#[test]
fn an_override_of_the_types_of_names_lets_in_names_of_other_types() {
    for result in any_type(&[alt("dns:www.example.test"), alt("email:a@example.test")]) {
        let approved = result.unwrap();
        let names = approved.extensions().iter().find(|one| one.value.name() == "subjectAltName").unwrap();
        assert_eq!(names.value.to_string(), "dns:www.example.test, email:a@example.test");
        let [one] = approved.overridden() else { panic!("{:?}", approved.overridden()) };
        assert!(one.violations.iter().all(|violation| violation.rule == Rule::AltNameType));
    }
}

#[test]
fn an_override_of_the_types_of_names_lets_in_no_name_that_is_malformed_and_no_wildcard() {
    let malformed = |name: GeneralName| {
        let why = name.fault().unwrap();
        let wanted =
            format!("subjectAltName: found {name}, wanted a well-formed name: {why} [POL-SAN-VALUE]");
        (name, wanted)
    };
    let www = "www.example.test";
    for (name, wanted) in [
        malformed(GeneralName::Email("a@@example.test".to_owned())),
        malformed(GeneralName::Uri("no scheme".to_owned())),
        malformed(GeneralName::Dns("a_b.example.test".to_owned())),
        (
            alt("dns:*.example.test"),
            "subjectAltName: found dns:*.example.test, wanted no wildcard [POL-SAN-WILDCARD]".to_owned(),
        ),
    ] {
        for result in any_type(&[alt(&format!("dns:{www}")), name.clone()]) {
            let refusal = result.map(|_| ()).unwrap_err();
            let told: Vec<String> = refusal.violations().iter().map(ToString::to_string).collect();
            assert_eq!(told, [wanted.as_str()], "{name}");
        }
    }
}

#[test]
fn one_that_was_not_needed_is_told_and_not_recorded() {
    let approved =
        too_long().but(|act| act.validity = None).overriding(Rule::ValidityMaximum).decide().unwrap();
    assert_eq!(approved.overridden(), []);
    assert_eq!(approved.remarks(), ["the override of POL-VALIDITY-MAXIMUM by Zoe Adams was not needed"]);
}

#[test]
fn one_that_the_profile_does_not_list_is_refused_with_those_that_it_does() {
    let refusal = too_long().overriding(Rule::AltNameType).decide().unwrap_err();
    let told: Vec<String> = refusal.violations().iter().map(ToString::to_string).collect();
    let wanted = "override of POL-SAN-TYPE: found one by \"Zoe Adams\", wanted only POL-VALIDITY-MAXIMUM \
                  POL-SUBJECT-ATTRIBUTE, as the profile lists [POL-OVERRIDE]";
    assert!(told.contains(&wanted.to_owned()), "{told:?}");
}

#[test]
fn the_same_rule_is_overridden_once() {
    let act = too_long().overriding(Rule::ValidityMaximum).overriding(Rule::ValidityMaximum);
    let refusal = act.decide().unwrap_err();
    let told: Vec<String> = refusal.violations().iter().map(ToString::to_string).collect();
    let wanted =
        "override of POL-VALIDITY-MAXIMUM: found a second one, wanted one for each rule [POL-OVERRIDE]";
    assert_eq!(told, [wanted]);
}

#[test]
fn no_profile_can_list_a_rule_that_relying_parties_hold() {
    for rule in Rule::ALL.into_iter().filter(|rule| !rule.is_waivable()) {
        let text = format!("inherits = \"tls-server\"\nwaivable = [\"{rule}\"]\n");
        assert!(Profile::parse("web", &text).is_err(), "{rule}");
    }
    assert!(profile("tls-server", &[]).waivable().is_empty());
}

#[test]
fn a_reason_and_a_person_must_say_something() {
    let new = |reason: &str, by: &str| Override::new(Rule::Places, reason, by);
    assert_eq!(
        new(" - ", "Zoe").unwrap_err().to_string(),
        "the reason of the override of POL-PLACES says nothing"
    );
    assert_eq!(new("x", "").unwrap_err().to_string(), "the name of the override of POL-PLACES says nothing");
    let long = "x".repeat(501);
    assert!(matches!(new(&long, "Zoe"), Err(OverrideError::Long { found: 501, .. })));
    assert_eq!(new(" why ", " Zoe ").unwrap().reason(), "why");
}
