//! Overrides: what a person may waive, what comes of it, and what nobody can.

use keyrite::policy::{Override, OverrideError, Profile, Rule};

use super::fixture::{Act, length, name, profile, time};

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
