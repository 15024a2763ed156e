//! Comparison: field by field what is asked for, what is given, and what becomes of the difference.
//!
//! A decision has one whichever way it went, so that a person sees all of a request that is refused as well.

use crate::x509::extension::{Extension, Value, oid};
use crate::x509::general_name::GeneralName;
use crate::x509::name::{Attribute, Name};
use crate::x509::spki::PublicKey;
use crate::x509::time::Time;

use super::decide::NotGranted;
use super::overriding::Overridden;
use super::request::IssuanceRequest;
use super::violation::{Rule, Violation};

/// Every field of the request and of the certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    rows: Vec<Compared>,
}

impl Comparison {
    /// The rows: subject, names, key, validity, extensions, then whatever else is asked for or refused.
    #[must_use]
    pub fn rows(&self) -> &[Compared] {
        &self.rows
    }

    /// Writes in words what only the issuing CA decides, where it is not known.
    pub(super) fn leave_open(&mut self, field: &str, words: &str) {
        match self.rows.iter_mut().find(|row| row.field == field) {
            Some(row) if row.outcome == Outcome::Added => row.given = Some(words.to_owned()),
            Some(_) => {}
            None => self.rows.push(Compared {
                field: field.to_owned(),
                asked: None,
                given: Some(words.to_owned()),
                outcome: Outcome::Added,
            }),
        }
    }
}

/// One field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// The field in the words of RFC 5280, with the attribute's short name where it is one of the subject's.
    pub field: String,
    /// What is asked for.
    pub asked: Option<String>,
    /// What the certificate gets.
    pub given: Option<String>,
    /// What becomes of it.
    pub outcome: Outcome,
}

impl Compared {
    /// What a person must know of it: nothing where it is as it should be. What was found is told where it is not
    /// what was asked for.
    #[must_use]
    pub fn told(&self) -> String {
        let each = |violations: &[Violation]| {
            let as_asked = |found: &str| {
                self.asked.as_ref().is_some_and(|asked| found == asked || found == format!("{asked:?}"))
            };
            let told = violations.iter().map(|one| {
                let Violation { rule, found, wanted, .. } = one;
                let found = if as_asked(found) { String::new() } else { format!("found {found}, ") };
                format!("{found}wanted {wanted} [{rule}]")
            });
            told.collect::<Vec<_>>().join("; ")
        };
        match &self.outcome {
            Outcome::AsAsked | Outcome::Added => String::new(),
            Outcome::Changed(reason) => format!("changed: {reason}"),
            Outcome::Dropped(reason) => format!("dropped: {reason}"),
            Outcome::Refused(violations) => format!("REFUSED: {}", each(violations)),
            Outcome::Overridden(violations) => format!("OVERRIDDEN: {}", each(violations)),
        }
    }
}

/// What becomes of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is given as it is asked for.
    AsAsked,
    /// Nobody asks for it: the profile, the issuer or the present has it so.
    Added,
    /// It is given in another way.
    Changed(String),
    /// It is left out.
    Dropped(String),
    /// It is why the whole is refused.
    Refused(Vec<Violation>),
    /// It would be refused, were it not for an override.
    Overridden(Vec<Violation>),
}

impl Outcome {
    /// One word for scripts.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::AsAsked => "as asked",
            Self::Added => "added",
            Self::Changed(_) => "changed",
            Self::Dropped(_) => "dropped",
            Self::Refused(_) => "refused",
            Self::Overridden(_) => "overridden",
        }
    }
}

/// What a decision knows when it has looked at everything.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    pub(super) subject: &'a Name,
    pub(super) alt_names: &'a [GeneralName],
    pub(super) public_key: &'a PublicKey,
    pub(super) validity: (Time, Time),
    pub(super) extensions: &'a [Extension],
    pub(super) not_granted: &'a [NotGranted],
    pub(super) violations: &'a [Violation],
    pub(super) overridden: &'a [Overridden],
}

/// A row under construction.
struct Sketch {
    field: String,
    /// How the field is written where it is found wanting, such as a text in quotation marks.
    key: String,
    asked: Option<String>,
    given: Option<String>,
    reason: Option<String>,
    refused: Vec<Violation>,
    overridden: Vec<Violation>,
}

impl Sketch {
    fn new(field: &str, key: &str, asked: Option<String>, given: Option<String>) -> Self {
        Self {
            field: field.to_owned(),
            key: key.to_owned(),
            asked,
            given,
            reason: None,
            refused: Vec::new(),
            overridden: Vec::new(),
        }
    }

    fn finish(self) -> Compared {
        let Self { field, asked, mut given, reason, refused, overridden, .. } = self;
        let outcome = if !refused.is_empty() {
            given = None;
            Outcome::Refused(refused)
        } else if !overridden.is_empty() {
            Outcome::Overridden(overridden)
        } else {
            match (&asked, &given, reason) {
                (None, _, _) => Outcome::Added,
                (Some(_), Some(_), None) => Outcome::AsAsked,
                (Some(_), Some(_), Some(reason)) => Outcome::Changed(reason),
                (Some(_), None, Some(reason)) => Outcome::Dropped(reason),
                (Some(_), None, None) => {
                    Outcome::Dropped("the certificate means the same without it".to_owned())
                }
            }
        };
        Compared { field, asked, given, outcome }
    }
}

/// Puts everything side by side.
pub(super) fn compare(request: &IssuanceRequest<'_>, seen: &Seen<'_>) -> Comparison {
    let mut rows = subject(request, seen.subject);
    rows.extend(alt_names(request, seen.alt_names));
    let key = format!("{}, SHA-256 {}", seen.public_key.algorithm(), hex::encode(seen.public_key.sha256()));
    let asked = Some(key.clone());
    rows.push(Sketch::new("subjectPublicKeyInfo", "", asked, Some(key)));
    let (not_before, not_after) = seen.validity;
    let asked = request.not_before.map(|time| time.to_string());
    rows.push(Sketch::new("notBefore", "", asked, Some(not_before.to_string())));
    let asked = request.validity.map(|length| length.to_string());
    rows.push(Sketch::new("notAfter", "", asked, Some(not_after.to_string())));
    rows.extend(extensions(request, seen.extensions));
    seen.not_granted.iter().for_each(|one| drop_reason(&mut rows, one));
    for violation in seen.violations {
        attach(&mut rows, violation, |row| &mut row.refused);
    }
    for violation in seen.overridden.iter().flat_map(|one| &one.violations) {
        attach(&mut rows, violation, |row| &mut row.overridden);
    }
    Comparison { rows: rows.into_iter().map(Sketch::finish).collect() }
}

/// The attributes that are asked for, each beside the one that it gets, then those that nobody asks for.
fn subject(request: &IssuanceRequest<'_>, given: &Name) -> Vec<Sketch> {
    let requested = request.subject.as_ref().or_else(|| request.key.subject());
    let mut given: Vec<Attribute> = given.attributes();
    let mut rows = Vec::new();
    for asked in requested.map(Name::attributes).unwrap_or_default() {
        let text = shown(&asked);
        let place = given
            .iter()
            .position(|one| one.oid == asked.oid && shown(one) == text)
            .or_else(|| given.iter().position(|one| one.oid == asked.oid));
        let gets = place.map(|place| shown(&given.remove(place)));
        let field = format!("subject {}", asked.short_name());
        rows.push(Sketch::new(&field, &quoted(&asked), Some(text), gets));
    }
    for added in given {
        let field = format!("subject {}", added.short_name());
        rows.push(Sketch::new(&field, &quoted(&added), None, Some(shown(&added))));
    }
    rows
}

/// The names that are asked for, then those that nobody asks for.
fn alt_names(request: &IssuanceRequest<'_>, given: &[GeneralName]) -> Vec<Sketch> {
    let of_request = request.key.extensions().iter().find_map(|extension| {
        if let Value::SubjectAltName(names) = &extension.value { Some(names.0.as_slice()) } else { None }
    });
    let asked = request.alt_names.as_deref().or(of_request).unwrap_or_default();
    let mut left: Vec<&GeneralName> = given.iter().collect();
    let mut rows = Vec::new();
    for name in asked {
        let gets = left.iter().position(|one| *one == name).map(|place| left.remove(place).to_string());
        let text = name.to_string();
        rows.push(Sketch::new(SUBJECT_ALT_NAME, &text, Some(text.clone()), gets));
    }
    for name in left {
        rows.push(Sketch::new(SUBJECT_ALT_NAME, &name.to_string(), None, Some(name.to_string())));
    }
    rows
}

const SUBJECT_ALT_NAME: &str = "subjectAltName";

/// The other extensions: those that the certificate gets in the order of encoding, then those that are only asked
/// for.
fn extensions(request: &IssuanceRequest<'_>, given: &[Extension]) -> Vec<Sketch> {
    let names_asked = |extension: &&Extension| !matches!(extension.value, Value::SubjectAltName(_));
    let asked: Vec<&Extension> = request.key.extensions().iter().filter(names_asked).collect();
    let mut rows = Vec::new();
    for extension in given.iter().filter(|one| one.value.oid() != oid::SUBJECT_ALT_NAME) {
        let wish = asked.iter().find(|one| one.value.oid() == extension.value.oid());
        rows.push(of_extension(&extension.value, wish.copied(), Some(extension)));
    }
    for extension in &asked {
        if !given.iter().any(|one| one.value.oid() == extension.value.oid()) {
            rows.push(of_extension(&extension.value, Some(extension), None));
        }
    }
    rows
}

fn of_extension(value: &Value, asked: Option<&Extension>, given: Option<&Extension>) -> Sketch {
    let words = |one: &Extension| {
        if one.critical { format!("critical, {}", one.value) } else { one.value.to_string() }
    };
    let key = asked.map(|one| one.value.to_string()).unwrap_or_default();
    let mut row = Sketch::new(&value.name(), &key, asked.map(words), given.map(words));
    if let (Some(asked), Some(given)) = (asked, given)
        && asked.critical != given.critical
    {
        row.reason = Some("the profile says whether it is critical".to_owned());
    }
    row
}

/// Tells why something is not granted, beside the row that it is about.
fn drop_reason(rows: &mut Vec<Sketch>, one: &NotGranted) {
    let NotGranted { field, asked, given, reason } = one;
    if let Some(row) = rows.iter_mut().find(|row| row.field == *field && row.key == *asked) {
        row.reason = Some((*reason).to_owned());
        return;
    }
    let mut found = false;
    for row in rows.iter_mut().filter(|row| row.field == *field && row.given.is_none()) {
        row.reason = Some((*reason).to_owned());
        found = true;
    }
    if !found {
        let mut row = Sketch::new(field, asked, Some(asked.clone()), given.clone());
        row.reason = Some((*reason).to_owned());
        rows.push(row);
    }
}

/// Puts a violation beside the row that it is about, or into a row of its own.
fn attach(rows: &mut Vec<Sketch>, violation: &Violation, list: fn(&mut Sketch) -> &mut Vec<Violation>) {
    let field = violation.field.as_str();
    let about = |row: &&mut Sketch| row.field == field && told_of(&row.key, &violation.found);
    if let Some(row) = rows.iter_mut().find(about) {
        list(row).push(violation.clone());
        return;
    }
    // The whole extension is refused, and each of its names with it.
    let whole = violation.rule == Rule::RequestExtension;
    let of_field = rows.iter().filter(|row| row.field == field).count();
    if of_field == 1 || whole && of_field > 0 {
        rows.iter_mut().filter(|row| row.field == field).for_each(|row| list(row).push(violation.clone()));
        return;
    }
    let mut row = Sketch::new(field, "", None, None);
    list(&mut row).push(violation.clone());
    rows.push(row);
}

/// Whether what was found is this value, perhaps with a word on it.
fn told_of(key: &str, found: &str) -> bool {
    !key.is_empty()
        && found.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with([',', ' ']))
}

fn shown(attribute: &Attribute) -> String {
    attribute.text().unwrap_or_else(|| format!("#{}", hex::encode(&attribute.octets)))
}

/// As violations and dropped attributes write it.
fn quoted(attribute: &Attribute) -> String {
    attribute.text().map_or_else(|| hex::encode(&attribute.octets), |text| format!("{text:?}"))
}
