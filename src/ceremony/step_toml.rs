//! A step as text: what it does, and whether it can be done where it stands.

use std::collections::BTreeMap;

use super::script_toml::{id, words};
use super::step::{NewCa, NewKey, NewResponder, Step, Subject, Task};
use super::step_title::usual_title;
use crate::config::is_ca_name;
use crate::policy::document::{Found, Table, id as text_id};
use crate::policy::{Length, nearest};
use crate::x509::algorithm::KeyAlgorithm;
use crate::x509::extension::ReasonCode;
use crate::x509::name::Name;
use crate::x509::time::{Duration, Time};

/// How far a CA has come at some step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Requested,
    Certified,
    Active,
}

/// What the steps before have brought about.
#[derive(Debug, Default)]
pub(super) struct Reading {
    cas: BTreeMap<String, State>,
    keys: Vec<(String, String)>,
    /// The keys that were made alone, and of which nothing has been made yet.
    lone: Vec<NewKey>,
    /// The responders, each with its CA.
    responders: BTreeMap<String, String>,
}

impl Reading {
    /// A CA that is there before the ceremony.
    pub(super) fn exists(&mut self, ca: &NewCa) {
        self.cas.insert(ca.name.clone(), State::Active);
        self.keys.push((ca.token.clone(), ca.key.clone()));
    }

    /// A CA whose key is made by a step.
    fn made(&mut self, table: &Table<'_>, ca: &NewCa, state: State) {
        if self.cas.insert(ca.name.clone(), state).is_some() {
            let message = format!("{:?} is there already, wanted another name", ca.name);
            table.problem(id::CA, &table.place_of("ca"), "ca", message);
        }
        match self.take(&ca.token, &ca.key) {
            Some(made) if made.algorithm == ca.algorithm => {}
            Some(made) => {
                let message = format!(
                    "a step before makes this key as {}, and here it is {}",
                    made.algorithm, ca.algorithm
                );
                table.problem(id::KEY, &table.place_of("algorithm"), "algorithm", message);
            }
            None => self.new_key(table, &ca.token, &ca.key),
        }
    }

    /// A label that is not used yet in its token.
    fn new_key(&mut self, table: &Table<'_>, token: &str, label: &str) {
        let key = (token.to_owned(), label.to_owned());
        if self.keys.contains(&key) {
            let message = format!("token {token:?} has a key {label:?} already, wanted another label");
            table.problem(id::KEY, &table.place_of("key"), "key", message);
        }
        self.keys.push(key);
    }

    /// A key that a step before has made alone, for what is made of it.
    fn take(&mut self, token: &str, label: &str) -> Option<NewKey> {
        let at = self.lone.iter().position(|one| one.token == token && one.label == label)?;
        Some(self.lone.remove(at))
    }

    /// Notes a CA that has not come so far at a step.
    fn wanted(&self, table: &Table<'_>, key: &str, name: &Found<String>, state: State) {
        let message = match (self.cas.get(&name.value), state) {
            (Some(found), wanted) if *found == wanted => return,
            (None, _) => {
                let near = nearest(&name.value, self.cas.keys().map(String::as_str));
                let near = near.map_or_else(String::new, |near| format!(", did you mean {near:?}?"));
                format!("no step before makes a CA {:?}, and it is not under [existing]{near}", name.value)
            }
            (Some(_), State::Active) => format!("CA {:?} has no certificate at this step", name.value),
            (Some(_), State::Requested) => {
                format!("CA {:?} waits for no certificate at this step", name.value)
            }
            (Some(_), State::Certified) => {
                format!("no step before issues the certificate of CA {:?}, or it is installed", name.value)
            }
        };
        table.problem(id::CA, &name.place, key, message);
    }
}

/// Reads a step.
pub(super) fn step(table: &Table<'_>, id: String, reading: &mut Reading) -> Option<Step> {
    let word = table.word_required("do", &Task::WORDS)?;
    let title = table.has("title").then(|| words(table, "title"));
    let task = task(table, word.value, reading);
    let title = title.flatten();
    let task = task?;
    Some(Step { id, title: title.unwrap_or_else(|| usual_title(&task)), task })
}

fn task(table: &Table<'_>, word: &str, reading: &mut Reading) -> Option<Task> {
    match word {
        "check-environment" => Some(Task::CheckEnvironment),
        "check-token" => Some(Task::CheckToken { token: words(table, "token")? }),
        "generate-key" => generate_key(table, reading),
        "issue-responder" => issue_responder(table, reading),
        "sign-ocsp" => sign_ocsp(table, reading),
        "publish" => Some(Task::Publish { host: table.has("host").then(|| words(table, "host")).flatten() }),
        "verify" => Some(Task::Verify),
        "create-root" => {
            let ca = new_ca(table, None, "root");
            let (not_before, validity) = dates(table);
            let ca = ca?;
            reading.made(table, &ca, State::Active);
            Some(Task::CreateRoot { ca, not_before, validity })
        }
        "request" => {
            let ca = new_ca(table, None, "intermediate")?;
            reading.made(table, &ca, State::Requested);
            Some(Task::Request { ca })
        }
        "issue" => issue(table, reading),
        "cross-certify" => cross_certify(table, reading),
        "destroy-key" => {
            let ca = table.parse_required::<String>("ca")?;
            reading.wanted(table, "ca", &ca, State::Active);
            // From here on nothing can be signed by it.
            reading.cas.remove(&ca.value);
            Some(Task::DestroyKey { ca: ca.value })
        }
        "install" => {
            let ca = table.parse_required::<String>("ca")?;
            reading.wanted(table, "ca", &ca, State::Certified);
            reading.cas.insert(ca.value.clone(), State::Active);
            Some(Task::Install { ca: ca.value })
        }
        "revoke" => {
            let ca = active(table, reading);
            let certificate = path(table, "certificate");
            let reason = table.parse_required::<Reason>("reason");
            Some(Task::Revoke { ca: ca?, certificate: certificate?, reason: reason?.value.0 })
        }
        "issue-crl" => {
            let ca = active(table, reading);
            let next_update = table.parse_required::<NextUpdate>("next_update");
            Some(Task::IssueCrl { ca: ca?, next_update: next_update?.value.0 })
        }
        "checkpoint" => Some(Task::Checkpoint { ca: active(table, reading)? }),
        "action" => {
            let text = words(table, "text");
            let observe = table.list::<String>("observe").map(|found| found.value).unwrap_or_default();
            for (at, one) in observe.iter().enumerate() {
                let twice = observe.iter().take(at).any(|other| other.value == one.value);
                if one.value.trim().is_empty() || twice {
                    table.problem(id::EMPTY, &one.place, "observe", "is empty, or there twice");
                }
            }
            let observe = observe.into_iter().map(|found| found.value).collect();
            Some(Task::Action { text: text?, observe })
        }
        _ => Some(Task::Pause { text: words(table, "text")? }),
    }
}

fn issue(table: &Table<'_>, reading: &mut Reading) -> Option<Task> {
    let ca = active(table, reading);
    let profile = table.parse_required::<String>("profile");
    let (not_before, validity) = dates(table);
    let subject = match (table.parse::<String>("for"), table.has("request")) {
        (Some(name), false) => {
            reading.wanted(table, "for", &name, State::Requested);
            reading.cas.insert(name.value.clone(), State::Certified);
            Some(Subject::Ca(name.value))
        }
        (None, true) => path(table, "request").map(Subject::File),
        (Some(_), true) => {
            table.pass_over("request");
            let message = "for and request, wanted one of them";
            table.problem(text_id::VALUE, table.place(), "for", message);
            None
        }
        (None, false) => {
            if !table.has("for") {
                let message = "wanted for = \"CA\", or request = \"FILE\"";
                table.problem(text_id::MISSING_KEY, table.place(), "for", message);
            }
            None
        }
    };
    Some(Task::Issue { ca: ca?, subject: subject?, profile: profile?.value, not_before, validity })
}

fn cross_certify(table: &Table<'_>, reading: &mut Reading) -> Option<Task> {
    let ca = active(table, reading);
    let profile = table.parse::<String>("profile").map_or_else(|| "cross".to_owned(), |found| found.value);
    let (not_before, validity) = dates(table);
    let other = match (table.parse::<String>("for"), table.has("certificate")) {
        (Some(name), false) => {
            reading.wanted(table, "for", &name, State::Active);
            Some(Subject::Ca(name.value))
        }
        (None, true) => path(table, "certificate").map(Subject::File),
        (found, _) => {
            table.pass_over("certificate");
            if found.is_some() || !table.has("for") {
                let message = "wanted either for = \"CA\", or certificate = \"FILE\"";
                table.problem(text_id::VALUE, table.place(), "for", message);
            }
            None
        }
    };
    Some(Task::CrossCertify { ca: ca?, other: other?, profile, not_before, validity })
}

fn generate_key(table: &Table<'_>, reading: &mut Reading) -> Option<Task> {
    let (token, label) = (words(table, "token"), words(table, "key"));
    let algorithm = table.parse_required::<Generated>("algorithm");
    let key = NewKey { token: token?, label: label?, algorithm: algorithm?.value.0 };
    reading.new_key(table, &key.token, &key.label);
    reading.lone.push(key.clone());
    Some(Task::GenerateKey { key })
}

fn issue_responder(table: &Table<'_>, reading: &mut Reading) -> Option<Task> {
    let ca = active(table, reading);
    let name = table.parse_required::<String>("responder");
    if let Some(name) = &name {
        let message = if !is_ca_name(&name.value) {
            Some("wanted 1 to 64 of a-z 0-9 . _ -, beginning with a letter or digit")
        } else if reading.cas.contains_key(&name.value) || reading.responders.contains_key(&name.value) {
            Some("a CA or a responder has this name already, wanted another one")
        } else {
            None
        };
        if let Some(message) = message {
            table.problem(id::CA, &name.place, "responder", message);
        }
    }
    let (token, key) = (words(table, "token"), words(table, "key"));
    let subject = table.parse_required::<Name>("subject");
    let profile =
        table.parse::<String>("profile").map_or_else(|| "ocsp-responder".to_owned(), |found| found.value);
    let (not_before, validity) = dates(table);
    let (name, token, key) = (name?.value, token?, key?);
    if reading.take(&token, &key).is_none() {
        let message = format!(
            "no step before makes a key {key:?} in token {token:?} that is nothing else's: wanted do = \"generate-key\""
        );
        table.problem(id::KEY, &table.place_of("key"), "key", message);
    }
    let ca = ca?;
    reading.responders.insert(name.clone(), ca.clone());
    let responder = NewResponder { name, token, key, subject: subject?.value };
    Some(Task::IssueResponder { ca, responder, profile, not_before, validity })
}

fn sign_ocsp(table: &Table<'_>, reading: &mut Reading) -> Option<Task> {
    let ca = active(table, reading);
    let responder = table.parse::<String>("responder");
    let next_update = table.parse_required::<Duration>("next_update");
    let ca = ca?;
    if let Some(responder) = &responder
        && reading.responders.get(&responder.value) != Some(&ca)
    {
        let known = reading.responders.iter().filter(|(_, of)| **of == ca).map(|(name, _)| name.as_str());
        let near = nearest(&responder.value, known);
        let near = near.map_or_else(String::new, |near| format!(", did you mean {near:?}?"));
        let message =
            format!("no step before issues a certificate of CA {ca} to a responder of this name{near}");
        table.problem(id::CA, &responder.place, "responder", message);
    }
    let responder = responder.map(|found| found.value);
    Some(Task::SignOcsp { ca, responder, next_update: next_update?.value })
}

/// The CA that signs: it has its certificate by then.
fn active(table: &Table<'_>, reading: &Reading) -> Option<String> {
    let ca = table.parse_required::<String>("ca")?;
    reading.wanted(table, "ca", &ca, State::Active);
    Some(ca.value)
}

fn dates(table: &Table<'_>) -> (Option<Time>, Option<Length>) {
    let not_before = table.parse::<Time>("not_before").map(|found| found.value);
    (not_before, table.parse::<Length>("validity").map(|found| found.value))
}

/// A CA and its key. Its name is a key of this table, or that under which the table stands.
pub(super) fn new_ca(table: &Table<'_>, name: Option<&str>, profile: &str) -> Option<NewCa> {
    let name = match name {
        Some(name) => Some(name.to_owned()),
        None => table.parse_required::<String>("ca").map(|found| found.value),
    };
    if let Some(name) = &name
        && !is_ca_name(name)
    {
        let message = "wanted 1 to 64 of a-z 0-9 . _ -, beginning with a letter or digit";
        table.problem(id::CA, &table.place_of("ca"), "ca", message);
    }
    let token = words(table, "token");
    let key = words(table, "key");
    let algorithm = table.parse_required::<Generated>("algorithm");
    let profile = table.parse::<String>("profile").map_or_else(|| profile.to_owned(), |found| found.value);
    let subject = table.parse_required::<Name>("subject");
    Some(NewCa {
        name: name?,
        token: token?,
        key: key?,
        algorithm: algorithm?.value.0,
        profile,
        subject: subject?.value,
    })
}

/// A path below the directory of the script.
fn path(table: &Table<'_>, key: &str) -> Option<String> {
    let found = table.parse_required::<String>(key)?;
    let below = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\0', '\\']);
    if found.value.len() > 200 || !found.value.split('/').all(below) {
        let message = "wanted the name of a file beside the script, or below its directory";
        table.problem(id::PATH, &found.place, key, message);
        return None;
    }
    Some(found.value)
}

/// The name of a kind of key that is generated.
struct Generated(KeyAlgorithm);

impl std::str::FromStr for Generated {
    type Err = crate::x509::algorithm::NotGenerated;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        KeyAlgorithm::generated(text).map(Self)
    }
}

/// A reason, or none on purpose.
struct Reason(Option<ReasonCode>);

impl std::str::FromStr for Reason {
    type Err = crate::x509::extension::UnknownReason;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "unspecified" { Ok(Self(None)) } else { text.parse().map(|reason| Self(Some(reason))) }
    }
}

/// A length of time, or none for a last CRL.
struct NextUpdate(Option<Duration>);

impl std::str::FromStr for NextUpdate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "never" {
            return Ok(Self(None));
        }
        let length = text.parse::<Duration>();
        length
            .map(|length| Self(Some(length)))
            .map_err(|error| format!("{error}; never is for the last CRL of a CA"))
    }
}
