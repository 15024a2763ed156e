//! `key show --compare`: whether a key in another token is a backup.

use keyrite::authority::count;
use keyrite::token::{Error, KeyInfo, Pkcs11Uri, TokenInfo, TokenSession};
use keyrite::x509::spki::PublicKey;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::{Answer, Text};
use crate::safe_text::Page;
use crate::table::Table;
use crate::view::{self, Fitness, View};
use crate::{ledger, session};

/// Compares the keys of two tokens: one public key, and both private keys sign for it.
///
/// # Errors
/// A [`Failure`] when both URIs mean one token, or a key is not found.
pub(super) fn compare(context: &Context, first: &Pkcs11Uri, second: &Pkcs11Uri) -> Result<Answer, Failure> {
    let one = session::open(context, first)?;
    let other = session::open_second(context, second)?;
    // Before either PIN is used.
    if same_token(&one, &other) {
        let message =
            format!("both URIs name token {:?}: what is in one token is no backup", one.token().label);
        return Err(Failure::new(Exit::Refused, message)
            .hint("name the key in the other token, by ;serial= or another module if need be"));
    }
    let find = |session: &TokenSession, uri| {
        session.find_key(uri).inspect_err(|error| ledger::refused_login(context, session.token(), error))
    };
    let key = find(&one, first)?;
    let copy = find(&other, second)?;
    let Some(public_key) = key.public_key.as_ref().or(copy.public_key.as_ref()).ok().cloned() else {
        let keys = format!("neither {:?} nor {:?} has a public key that can be read", key.label, copy.label);
        return Err(Failure::new(Exit::Token, keys).maybe_because(key.public_key.err()));
    };
    let sides = [Side::of(&one, key, &public_key), Side::of(&other, copy, &public_key)];
    for session in [&one, &other] {
        let count = session.take_count();
        if let Some(event) = count.and_then(|count| count::of_challenges(&count, public_key.sha256())) {
            ledger::record_by_the_way(context, event, "the signature that proved a key");
        }
    }
    let problems = problems(&sides);
    let exit = if problems.is_empty() { Exit::Done } else { Exit::Integrity };
    let same_public_key = sides.iter().all(|side| side.same_public_key);
    let [first, second] = sides;
    Ok(Answer::new(Comparison { backup: problems.is_empty(), problems, same_public_key, first, second })
        .exit(exit))
}

/// Two sessions with one token: its name is the same, and it is not that two tokens of one module, in two slots,
/// have the same one.
fn same_token(one: &TokenSession, other: &TokenSession) -> bool {
    let name = |token: &TokenInfo| {
        (token.label.clone(), token.serial.clone(), token.manufacturer.clone(), token.model.clone())
    };
    let apart = one.module() == other.module() && one.token().slot_id != other.token().slot_id;
    name(one.token()) == name(other.token()) && !apart
}

/// What is not as a backup ought to be.
fn problems(sides: &[Side; 2]) -> Vec<String> {
    let [first, second] = sides;
    let mut problems = Vec::new();
    if !(first.same_public_key && second.same_public_key) {
        problems.push("the public keys differ".to_owned());
    }
    for (side, which) in [(first, "first"), (second, "second")] {
        if !side.proven {
            let reason = side.reason.as_deref().unwrap_or("it did not sign");
            problems.push(format!("the {which} key did not prove itself: {reason}"));
        }
    }
    problems
}

/// One of the two keys.
#[derive(Debug, serde::Serialize)]
struct Side {
    token: String,
    serial: String,
    label: String,
    id: String,
    algorithm: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    #[serde(skip)]
    same_public_key: bool,
    proven: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    fit: bool,
    reasons: Vec<String>,
    attributes: View,
    #[serde(skip)]
    shown: Vec<(String, String)>,
    #[serde(skip)]
    fitness: String,
    uri: String,
}

impl Side {
    /// Has the private key sign a challenge, which is verified under `public_key`: that of the other side where this
    /// one's token tells none.
    fn of(session: &TokenSession, key: KeyInfo, public_key: &PublicKey) -> Self {
        let fitness = Fitness::of(&key, session.requirements());
        let told = key.public_key.as_ref().ok();
        let differs = told.is_some_and(|told| told != public_key);
        let algorithm = match &key.public_key {
            Ok(told) => told.algorithm().to_string(),
            Err(error) => error.to_string(),
        };
        let side = Self {
            token: session.token().label.clone(),
            serial: session.token().serial.clone(),
            label: key.label.clone(),
            id: hex::encode(&key.id),
            algorithm,
            sha256: told.map(|told| hex::encode(told.sha256())),
            same_public_key: !differs,
            proven: false,
            reason: None,
            fit: fitness.fit,
            fitness: fitness.words(),
            reasons: fitness.reasons,
            attributes: view::attributes(&key.attributes),
            shown: view::attribute_texts(&key.attributes),
            uri: key.uri.to_string(),
        };
        if differs {
            return Self {
                reason: Some("its public key is another one, so it was not asked".to_owned()),
                ..side
            };
        }
        match session.prove_for(key, public_key) {
            Ok(()) => Self { proven: true, ..side },
            Err(error) => Self { reason: Some(words(&error)), ..side },
        }
    }
}

/// An error with what caused it.
fn words(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// Both keys, and what comes of it.
#[derive(Debug, serde::Serialize)]
struct Comparison {
    backup: bool,
    problems: Vec<String>,
    same_public_key: bool,
    first: Side,
    second: Side,
}

impl Text for Comparison {
    fn text(&self, page: &mut Page) {
        let (first, second) = (&self.first, &self.second);
        let truth = |truth: bool| if truth { "yes" } else { "no" };
        let digest = |side: &Side| side.sha256.clone().unwrap_or_else(|| "not told".to_owned());
        let mut table = Table::new(&["", "first", "second"]);
        table.row(["token", &first.token, &second.token]);
        table.row(["serial", &first.serial, &second.serial]);
        table.row(["label", &first.label, &second.label]);
        table.row(["id", &first.id, &second.id]);
        table.row(["algorithm", &first.algorithm, &second.algorithm]);
        table.row(["public key, SHA-256", &digest(first), &digest(second)]);
        table.row(["same public key", truth(self.same_public_key), truth(self.same_public_key)]);
        table.row(["proven by a signature", truth(first.proven), truth(second.proven)]);
        table.row(["fit", &first.fitness, &second.fitness]);
        for ((label, one), (_, other)) in first.shown.iter().zip(&second.shown) {
            table.row([label, one, other]);
        }
        table.put(page);
        page.blank();
        if self.backup {
            page.line("The second key is a backup of the first: one public key, and both sign for it.");
        } else {
            page.line("The second key is no backup of the first:");
            for problem in &self.problems {
                page.line(format!("- {problem}"));
            }
        }
    }
}
