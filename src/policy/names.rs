//! Names of the subject: the distinguished name and the alternative names (RFC 5280 s.4.1.2.6, s.4.2.1.6).

use der::asn1::ObjectIdentifier;

use crate::x509::extension::{Value, oid};
use crate::x509::general_name::GeneralName;
use crate::x509::name::attribute::{self, AttributeType, StringType};
use crate::x509::name::{Attribute, Name};

use super::decide::NotGranted;
use super::profile::{AltNameRules, AltNameType, AttributeRule, Order, Others, SubjectRules};
use super::request::IssuanceRequest;
use super::violation::{Rule, Violations};

/// The subject as the profile allows it.
pub(super) fn subject(
    request: &IssuanceRequest<'_>,
    violations: &mut Violations,
    not_granted: &mut Vec<NotGranted>,
) -> Name {
    let rules = request.profile.subject();
    let requested = request.key.subject().cloned().unwrap_or_else(Name::empty);
    let asked = request.subject.as_ref().unwrap_or(&requested);
    if *asked != requested && !requested.is_empty() {
        not_granted.push(NotGranted {
            field: "subject".to_owned(),
            asked: requested.to_string(),
            given: Some(asked.to_string()),
            reason: "the operator gave another subject",
        });
    }
    // What an operator writes by hand is wanted: it is refused rather than dropped.
    let others = if request.subject.is_some() { Others::Refuse } else { rules.other_attributes };
    let mut kept = Vec::new();
    let mut before: Option<Attribute> = None;
    for found in asked.attributes() {
        if before.as_ref().is_some_and(|before| before.rdn == found.rdn) {
            let field = format!("subject {}", found.short_name());
            violations.add(Rule::SubjectSet, field, "two attributes joined by +", "one in each set");
        }
        match rule(rules, &found.oid) {
            Some((known, rule)) => keep(known, rule, &found, &mut kept, violations),
            None if others == Others::Drop => not_granted.push(NotGranted {
                field: format!("subject {}", found.short_name()),
                asked: shown(&found),
                given: None,
                reason: "the profile does not name this attribute",
            }),
            None => {
                let wanted = format!("only {}", named(rules));
                let field = format!("subject {}", found.short_name());
                violations.add(Rule::SubjectAttribute, field, shown(&found), wanted);
                if request.overrides(Rule::SubjectAttribute) {
                    keep_overridden(&found, &mut kept, violations);
                }
            }
        }
        before = Some(found);
    }
    complete(rules, &mut kept, violations);
    if rules.order == Order::AsListed {
        // What an override lets in beside the list comes after it.
        kept.sort_by_key(|(known, ..)| place(rules, known.short).unwrap_or(usize::MAX));
    }
    let attributes: Vec<Attribute> = kept
        .iter()
        .enumerate()
        .map(|(rdn, (known, string, text))| Attribute {
            oid: known.oid,
            tag: string.tag(),
            octets: text.clone().into_bytes(),
            rdn,
        })
        .collect();
    Name::from_attributes(&attributes).unwrap_or_else(|error| {
        violations.add(Rule::SubjectValue, "subject", error, "a name that can be encoded");
        Name::empty()
    })
}

type Kept = Vec<(&'static AttributeType, StringType, String)>;

fn keep(
    known: &'static AttributeType,
    rule: &AttributeRule,
    found: &Attribute,
    kept: &mut Kept,
    violations: &mut Violations,
) {
    let field = format!("subject {}", known.short);
    let Some(text) = found.text() else {
        violations.add(Rule::SubjectValue, field, shown(found), "a text");
        return;
    };
    let mut string = known.string;
    match rule {
        AttributeRule::Forbidden => {
            violations.add(Rule::SubjectAttribute, field.clone(), format!("{text:?}"), "none");
        }
        AttributeRule::Fixed { value, string: fixed } => {
            string = *fixed;
            if *value != text {
                violations.add(Rule::SubjectFixed, field.clone(), format!("{text:?}"), format!("{value:?}"));
            }
        }
        AttributeRule::Asked { pattern, string: asked, maximum, .. } => {
            string = *asked;
            if let Some(pattern) = pattern.as_ref().filter(|pattern| !pattern.matches(&text)) {
                let wanted = format!("a text that matches {:?}", pattern.as_str());
                violations.add(Rule::SubjectPattern, field.clone(), format!("{text:?}"), wanted);
            }
            let before = kept.iter().filter(|(other, ..)| other.oid == known.oid).count();
            if before >= *maximum && *maximum > 1 {
                let found = format!("{text:?}, one more than {maximum}");
                violations.add(Rule::SubjectCount, field.clone(), found, format!("at most {maximum}"));
            } else if before >= *maximum {
                violations.add(
                    Rule::SubjectRepeated,
                    field.clone(),
                    format!("{text:?}, a second one"),
                    "one",
                );
            }
        }
    }
    if let Some(why) = fault(known, string, &text) {
        violations.add(Rule::SubjectValue, field, format!("{text:?}"), why);
    }
    // What is refused is kept all the same, so that it is not called missing as well.
    kept.push((known, string, text));
}

/// Keeps an attribute that the profile does not name, since a person says so: as its type has it.
fn keep_overridden(found: &Attribute, kept: &mut Kept, violations: &mut Violations) {
    let field = format!("subject {}", found.short_name());
    let (Some(known), Some(text)) = (attribute::by_oid(&found.oid), found.text()) else {
        violations.add(Rule::SubjectValue, field, shown(found), "a text, of a type that keyrite knows");
        return;
    };
    if let Some(why) = fault(known, known.string, &text) {
        violations.add(Rule::SubjectValue, field, format!("{text:?}"), why);
    }
    kept.push((known, known.string, text));
}

/// Where the profile lists an attribute.
fn place(rules: &SubjectRules, short: &str) -> Option<usize> {
    rules.attributes.iter().position(|(known, _)| known.short == short)
}

/// Adds what is fixed and missing, and notes what is required and missing.
fn complete(rules: &SubjectRules, kept: &mut Kept, violations: &mut Violations) {
    for (known, rule) in &rules.attributes {
        if kept.iter().any(|(found, ..)| found.oid == known.oid) {
            continue;
        }
        match rule {
            AttributeRule::Asked { required: true, .. } => {
                let field = format!("subject {}", known.short);
                violations.add(Rule::SubjectMissing, field, "none", "one, as the profile requires");
            }
            AttributeRule::Fixed { value, string } => {
                // Before the first attribute that the profile lists after it.
                let after = kept
                    .iter()
                    .position(|(found, ..)| place(rules, found.short) > place(rules, known.short))
                    .unwrap_or(kept.len());
                kept.insert(after, (*known, *string, value.clone()));
            }
            AttributeRule::Asked { required: false, .. } | AttributeRule::Forbidden => {}
        }
    }
}

/// What was wanted of a value that no certificate should carry, if it is one: whatever RFC 5280 does not
/// allow in the attribute, and characters that a reader does not see or is misled by.
pub(super) fn fault(known: &AttributeType, string: StringType, text: &str) -> Option<String> {
    if let Some(hidden) = text.chars().find(|c| is_deceptive(*c)) {
        return Some(format!("no invisible or direction-changing character (U+{:04X})", u32::from(hidden)));
    }
    if text.contains("  ") {
        return Some("no two blanks in a row".to_owned());
    }
    // BR 7.1.4.2: metadata such as "-", "." or " " must not stand for an absent value.
    if !text.is_empty() && text.chars().all(|c| matches!(c, '-' | '.' | ' ')) {
        return Some("more than punctuation".to_owned());
    }
    let octets = text.as_bytes().to_vec();
    if string == StringType::Printable && !text.chars().all(attribute::is_printable) {
        return Some("only characters of PrintableString: letters, digits, blank and '()+,-./:=?".to_owned());
    }
    let attribute = Attribute { oid: known.oid, tag: known.string.tag(), octets, rdn: 0 };
    match Name::from_attributes(&[attribute]).map(|name| name.to_string().parse::<Name>()) {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(format!("a value that the attribute allows: {error}")),
        Err(error) => Some(format!("a value that can be encoded: {error}")),
    }
}

/// Characters of no width, of bidirectional control, of private use, and those that are none.
fn is_deceptive(c: char) -> bool {
    matches!(u32::from(c),
        0x00ad | 0x034f | 0x061c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f
        | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164 | 0xe000..=0xf8ff
        | 0xfdd0..=0xfdef | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xffff
        | 0xe0000..=0x10_ffff)
        || c.is_control()
        || u32::from(c) & 0xfffe == 0xfffe
}

fn rule<'r>(
    rules: &'r SubjectRules,
    oid: &ObjectIdentifier,
) -> Option<(&'static AttributeType, &'r AttributeRule)> {
    rules.attributes.iter().find(|(known, _)| known.oid == *oid).map(|(known, rule)| (*known, rule))
}

fn named(rules: &SubjectRules) -> String {
    let names: Vec<&str> = rules
        .attributes
        .iter()
        .filter(|(_, rule)| *rule != AttributeRule::Forbidden)
        .map(|(known, _)| known.short)
        .collect();
    if names.is_empty() { "an empty subject".to_owned() } else { names.join(" ") }
}

fn shown(attribute: &Attribute) -> String {
    attribute.text().map_or_else(|| hex::encode(&attribute.octets), |text| format!("{text:?}"))
}

/// The alternative names as the profile allows them, in the order that was asked for.
pub(super) fn alt_names(
    request: &IssuanceRequest<'_>,
    subject: &Name,
    violations: &mut Violations,
) -> Vec<GeneralName> {
    let rules = request.profile.extensions().subject_alt_name.as_ref();
    let names = asked(request, rules, violations);
    let any_type = request.overrides(Rule::AltNameType);
    match rules {
        Some(rules) => judge(rules, &names, any_type, violations),
        None if names.is_empty() => {}
        None => {
            let found = joined(&names);
            violations.add(Rule::AltNameType, FIELD, found, "none, since the profile has none");
            if any_type {
                names.iter().for_each(|name| form(name, false, violations));
            }
        }
    }
    if request.profile.subject().common_name_in_alt_names {
        common_name(subject, &names, violations);
    }
    if subject.is_empty() && names.is_empty() {
        violations.add(Rule::NoName, "subject", "no name at all", "a subject or an alternative name");
    }
    names
}

/// The operator's names, or those of the request where the profile takes them.
fn asked(
    request: &IssuanceRequest<'_>,
    rules: Option<&AltNameRules>,
    violations: &mut Violations,
) -> Vec<GeneralName> {
    if let Some(names) = &request.alt_names {
        return names.clone();
    }
    if !rules.is_some_and(|rules| rules.from_request) {
        return Vec::new();
    }
    let extension = request.key.extensions().iter().find(|one| one.value.oid() == oid::SUBJECT_ALT_NAME);
    match extension.map(|extension| &extension.value) {
        Some(Value::SubjectAltName(names)) => names.0.clone(),
        None => Vec::new(),
        Some(other) => {
            violations.add(Rule::AltNameValue, "subjectAltName", other, "a list of names in DER");
            Vec::new()
        }
    }
}

const FIELD: &str = "subjectAltName";

/// Whether a name is well-formed, and no wildcard where there shall be none.
fn form(name: &GeneralName, wildcards: bool, violations: &mut Violations) {
    if let Some(why) = name.fault() {
        violations.add(Rule::AltNameValue, FIELD, name, format!("a well-formed name: {why}"));
    } else if !wildcards && matches!(name, GeneralName::Dns(text) if text.starts_with("*.")) {
        violations.add(Rule::AltNameWildcard, FIELD, name, "no wildcard");
    }
}

/// `any_type`: whether an override lets in the types that the profile does not have; it lets in nothing else.
fn judge(rules: &AltNameRules, names: &[GeneralName], any_type: bool, violations: &mut Violations) {
    let field = FIELD;
    for (at, name) in names.iter().enumerate() {
        let found = AltNameType::of(name);
        let allowed = found.is_some_and(|found| rules.types.contains(&found));
        if !allowed {
            let types: Vec<&str> = rules.types.iter().map(|allowed| allowed.word()).collect();
            violations.add(Rule::AltNameType, field, name, format!("only {}", types.join(" ")));
        }
        if allowed || any_type {
            form(name, rules.wildcards, violations);
        }
        for (_, pattern) in rules.patterns.iter().filter(|(of, _)| found == Some(*of)) {
            let text = name.to_string();
            let value = text.split_once(':').map_or(text.as_str(), |(_, value)| value);
            if !pattern.matches(value) {
                let wanted = format!("a name that matches {:?}", pattern.as_str());
                violations.add(Rule::AltNamePattern, field, name, wanted);
            }
        }
        if names.iter().take(at).any(|earlier| same(earlier, name)) {
            violations.add(Rule::AltNameRepeated, field, format!("{name} twice"), "each name once");
        }
    }
    for wanted in &rules.required {
        if !names.iter().any(|name| AltNameType::of(name) == Some(*wanted)) {
            let wanted = format!("at least one of type {wanted}");
            violations.add(Rule::AltNameCount, field, format!("{} names", names.len()), wanted);
        }
    }
    if names.len() < rules.minimum {
        let wanted = format!("at least {}", rules.minimum);
        violations.add(Rule::AltNameCount, field, format!("{} names", names.len()), wanted);
    }
    if names.len() > rules.maximum {
        let wanted = format!("at most {}", rules.maximum);
        violations.add(Rule::AltNameCount, field, format!("{} names", names.len()), wanted);
    }
}

/// Host names and the domains of mailboxes do not depend on upper and lower case.
fn same(one: &GeneralName, other: &GeneralName) -> bool {
    match (one, other) {
        (GeneralName::Dns(one), GeneralName::Dns(other)) => one.eq_ignore_ascii_case(other),
        (GeneralName::Upn(one), GeneralName::Upn(other)) => one.to_lowercase() == other.to_lowercase(),
        (GeneralName::Email(one), GeneralName::Email(other))
        | (GeneralName::SmtpUtf8(one), GeneralName::SmtpUtf8(other)) => {
            match (one.rsplit_once('@'), other.rsplit_once('@')) {
                (Some((one, here)), Some((other, there))) => one == other && here.eq_ignore_ascii_case(there),
                _ => one == other,
            }
        }
        _ => one == other,
    }
}

/// Every CN is one of the names, character for character (BR 7.1.4.3).
fn common_name(subject: &Name, names: &[GeneralName], violations: &mut Violations) {
    let type_of_cn = attribute::by_short_name("CN").map(|known| known.oid);
    for found in subject.attributes().iter().filter(|found| Some(found.oid) == type_of_cn) {
        let text = found.text().unwrap_or_default();
        let named = names.iter().any(|name| match name {
            GeneralName::Dns(name)
            | GeneralName::Email(name)
            | GeneralName::Uri(name)
            | GeneralName::Upn(name)
            | GeneralName::SmtpUtf8(name) => *name == text,
            GeneralName::Ip(address) => address.to_string() == text,
            GeneralName::Directory(_)
            | GeneralName::RegisteredId(_)
            | GeneralName::HardwareModule { .. }
            | GeneralName::OtherName { .. }
            | GeneralName::Other(_) => false,
        });
        if !named {
            let wanted = if names.is_empty() {
                "a name of subjectAltName, which is empty".to_owned()
            } else {
                format!("one of {}", joined(names))
            };
            violations.add(Rule::CommonName, "subject CN", format!("{text:?}"), wanted);
        }
    }
}

fn joined(names: &[GeneralName]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
