//! What an examination of a token found, as one value in text and in JSON.
//!
//! The names of the members in JSON are part of the program's surface. Text from the token is escaped by the page and
//! by JSON like any other.

mod algorithms;
mod keys;
mod page;

use std::time::Duration;

use keyrite::token::Confinement;
use keyrite::token::doctor::{
    Counts, Examination, Finding, Generator, Limit, Login, Mechanisms, Quirk, Speed, mechanism_name,
};
use serde::Serialize;

use crate::commands::token_flags;
use algorithms::Algorithm;
use keys::Keys;

/// The whole of it.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    fit: bool,
    reasons: Vec<String>,
    warnings: Vec<String>,
    /// To be copied into a configuration or a command.
    uri: String,
    module: Module,
    confinement: Confined,
    token: Token,
    pin: Pin,
    sessions: Sessions,
    random: Random,
    speed: Measured,
    algorithms: Vec<Algorithm>,
    tried: bool,
    mechanisms: Listed,
    keys: Keys,
    quirks: Vec<String>,
    /// How worker processes ended in the course of it.
    ended: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Module {
    path: String,
    description: Option<String>,
    manufacturer: Option<String>,
    version: Option<String>,
    cryptoki: Option<String>,
    error: Option<String>,
    opened_ms: f64,
}

#[derive(Debug, Serialize)]
struct Confined {
    complete: bool,
    shortfalls: Vec<String>,
    landlock: Option<u8>,
    /// In one line.
    #[serde(skip)]
    words: String,
}

impl Confined {
    fn of(confinement: &Confinement) -> Self {
        let shortfalls = confinement.shortfalls();
        Self {
            complete: shortfalls.is_empty(),
            shortfalls,
            landlock: confinement.landlock,
            words: confinement.to_string(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Token {
    label: String,
    serial: String,
    manufacturer: String,
    model: String,
    hardware: String,
    firmware: String,
    slot: u64,
    flags: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Pin {
    initialised: bool,
    wrong_before: bool,
    final_try: bool,
    locked: bool,
    to_be_changed: bool,
    pin_pad: bool,
    shortest: Option<u64>,
    longest: Option<u64>,
    /// `done`, `not required`, `not asked for` or `failed`.
    login: &'static str,
    login_ms: Option<f64>,
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct Sessions {
    /// A number, `no limit` or `unknown`.
    most: String,
    most_read_write: String,
    second: Opens,
    read_write: Opens,
}

#[derive(Debug, Serialize)]
struct Opens {
    opens: Option<bool>,
    reason: Option<String>,
}

#[derive(Debug, Serialize)]
struct Random {
    flag: bool,
    works: Option<bool>,
    reason: Option<String>,
    /// What follows from it.
    #[serde(skip)]
    consequence: &'static str,
}

#[derive(Debug, Serialize)]
struct Measured {
    key: Option<String>,
    algorithm: Option<String>,
    mechanism: Option<String>,
    signatures: Option<u32>,
    median_ms: Option<f64>,
    per_second: Option<f64>,
    reason: Option<String>,
}

#[derive(Debug, Serialize)]
struct Listed {
    count: Option<usize>,
    named: Vec<String>,
    others: Vec<String>,
    reason: Option<String>,
}

impl Report {
    /// `spelled`: the URI needs its module.
    pub(crate) fn of(found: &Examination, spelled: bool) -> Self {
        let verdict = found.verdict();
        let uri = found.token.uri();
        let uri = if spelled { uri.with_module_path(&found.module) } else { uri };
        Self {
            fit: verdict.is_fit(),
            reasons: verdict.reasons,
            warnings: verdict.warnings,
            uri: uri.to_string(),
            module: module(found),
            confinement: Confined::of(&found.confinement),
            token: token(found),
            pin: pin(found),
            sessions: sessions(found),
            random: random(found),
            speed: speed(&found.speed),
            algorithms: found.algorithms.iter().map(Algorithm::of).collect(),
            tried: found.tried,
            mechanisms: listed(&found.mechanisms),
            keys: Keys::of(&found.keys),
            quirks: found.quirks.iter().map(quirk).collect(),
            ended: found.ended.clone(),
        }
    }

    /// Whether the token will do.
    pub(crate) const fn is_fit(&self) -> bool {
        self.fit
    }
}

fn module(found: &Examination) -> Module {
    let library = found.library.found();
    Module {
        path: found.module.display().to_string(),
        description: library.map(|library| library.description.clone()),
        manufacturer: library.map(|library| library.manufacturer.clone()),
        version: library.map(|library| version(library.version)),
        cryptoki: library.map(|library| version(library.cryptoki)),
        error: found.library.reason(),
        opened_ms: milliseconds(found.opened_in),
    }
}

fn token(found: &Examination) -> Token {
    let token = &found.token;
    Token {
        label: token.label.clone(),
        serial: token.serial.clone(),
        manufacturer: token.manufacturer.clone(),
        model: token.model.clone(),
        hardware: version(token.hardware),
        firmware: version(token.firmware),
        slot: token.slot_id,
        flags: token_flags(token.flags),
    }
}

fn pin(found: &Examination) -> Pin {
    let flags = found.token.flags;
    let octets = found.counts.found().map(|counts| counts.pin_octets);
    let (login, login_ms, error) = match &found.login {
        Login::Done(took) => ("done", Some(milliseconds(*took)), None),
        Login::NotRequired => ("not required", None, None),
        Login::NotAsked => ("not asked for", None, None),
        Login::Failed(error) => ("failed", None, Some(one_line(error))),
    };
    Pin {
        initialised: flags.user_pin_initialized(),
        wrong_before: flags.user_pin_count_low(),
        final_try: flags.user_pin_final_try(),
        locked: flags.user_pin_locked(),
        to_be_changed: flags.user_pin_to_be_changed(),
        pin_pad: flags.protected_authentication_path(),
        shortest: octets.map(|(shortest, _)| shortest),
        longest: octets.map(|(_, longest)| longest),
        login,
        login_ms,
        error,
    }
}

fn sessions(found: &Examination) -> Sessions {
    let limit = |of: fn(&Counts) -> Limit| match found.counts.found().map(of) {
        Some(Limit::Most(most)) => most.to_string(),
        Some(Limit::None) => "no limit".to_owned(),
        Some(Limit::Unknown) | None => "unknown".to_owned(),
    };
    let opens = |finding: &Finding<()>| Opens {
        opens: match finding {
            Finding::Found(()) => Some(true),
            Finding::Failed(_) => Some(false),
            Finding::NotExamined(_) => None,
        },
        reason: finding.reason(),
    };
    Sessions {
        most: limit(|counts| counts.sessions),
        most_read_write: limit(|counts| counts.read_write_sessions),
        second: opens(&found.sessions.second),
        read_write: opens(&found.sessions.read_write),
    }
}

fn random(found: &Examination) -> Random {
    let reason = match &found.random {
        Finding::Found(Generator::Works) => None,
        Finding::Found(Generator::Constant) => Some("it gives constant octets".to_owned()),
        Finding::Found(Generator::Repeats) => Some("it gives the same octets twice".to_owned()),
        Finding::Found(Generator::Length(octets)) => {
            Some(format!("it gives {octets} octets where 32 are wanted"))
        }
        Finding::Found(Generator::None(value)) => Some(format!("{value} from C_GenerateRandom")),
        Finding::Failed(_) | Finding::NotExamined(_) => found.random.reason(),
    };
    let works = match &found.random {
        Finding::Found(generator) => Some(*generator == Generator::Works),
        Finding::Failed(_) => Some(false),
        Finding::NotExamined(_) => None,
    };
    let consequence = match &found.random {
        Finding::Found(Generator::Works) => "mixed with the operating system's",
        Finding::Found(Generator::None(_)) => "the operating system's is used alone",
        Finding::Found(Generator::Constant | Generator::Repeats | Generator::Length(_))
        | Finding::Failed(_) => "nothing can be issued with it",
        Finding::NotExamined(_) => "",
    };
    Random { flag: found.token.flags.rng(), works, reason, consequence }
}

fn speed(finding: &Finding<Speed>) -> Measured {
    let found = finding.found();
    let seconds = found.map(|speed| speed.median.as_secs_f64()).filter(|seconds| *seconds > 0.0);
    Measured {
        key: found.map(|speed| speed.key.label.clone()),
        algorithm: found.map(|speed| speed.algorithm.to_string()),
        mechanism: found.map(|speed| mechanism_name(speed.mechanism)),
        signatures: found.map(|speed| speed.signatures),
        median_ms: found.map(|speed| milliseconds(speed.median)),
        per_second: seconds.map(|seconds| rounded(seconds.recip())),
        reason: finding.reason(),
    }
}

fn listed(finding: &Finding<Mechanisms>) -> Listed {
    let found = finding.found();
    let named = found.map(Mechanisms::notable).unwrap_or_default();
    let others = found.map(Mechanisms::others).unwrap_or_default();
    Listed {
        count: found.map(|mechanisms| mechanisms.listed.len()),
        named: named.into_iter().map(|name| format!("CKM_{name}")).collect(),
        others: others.into_iter().map(|number| format!("0x{number:x}")).collect(),
        reason: finding.reason(),
    }
}

/// In words, with what is done about it.
fn quirk(quirk: &Quirk) -> String {
    let names =
        |numbers: &[u64]| numbers.iter().map(|number| mechanism_name(*number)).collect::<Vec<_>>().join(", ");
    match quirk {
        Quirk::StartRace => {
            "loses tokens while another process starts or logs in: bridged by a lock and further attempts"
                .to_owned()
        }
        Quirk::NoSecondList => {
            "has no functions for a second caller: mechanisms without a name of the standard are not seen"
                .to_owned()
        }
        Quirk::SignsUnlisted(numbers) => format!("signs by what it does not list: {}", names(numbers)),
        Quirk::RefusesListed(numbers) => format!("lists what it refuses: {}", names(numbers)),
        Quirk::GeneratorFlag => {
            "CKF_RNG and C_GenerateRandom contradict each other: the call counts".to_owned()
        }
        Quirk::WeakSerial => {
            "others of its kind have the same serial number: tell them apart by label".to_owned()
        }
        Quirk::LabelRenamed => "the label is shown with the name of the PIN, and found without it".to_owned(),
    }
}

/// An error and its causes.
fn one_line(error: &(dyn std::error::Error + 'static)) -> String {
    let mut parts = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        parts.push(cause.to_string());
        next = cause.source();
    }
    parts.dedup();
    parts.join(": ")
}

fn version((major, minor): (u8, u8)) -> String {
    format!("{major}.{minor}")
}

fn milliseconds(duration: Duration) -> f64 {
    rounded(duration.as_secs_f64() * 1000.0)
}

/// To two places after the point.
fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}
