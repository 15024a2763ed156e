//! The parts of an examination one after the other, each with what is left of the module after the ones before.

use std::collections::BTreeMap;

use super::algorithm::{self, AlgorithmFinding};
use super::clock::Stopwatch;
use super::finding::{Finding, Omission, described};
use super::generator::{self, Generator};
use super::mechanism::Mechanisms;
use super::objects::{KeyFinding, KeyObjects};
use super::speed::{self, Speed};
use super::{
    Counts, Examination, LibraryInfo, Login, Quirk, Scope, Sessions, SignedBy, Stage, advisories, trial,
};
use crate::token::description::TokenInfo;
use crate::token::destroy::objects;
use crate::token::error::Error;
use crate::token::key::KeyInfo;
use crate::token::login::{self, PinProvider};
use crate::token::pin::PinSource;
use crate::token::requirements::Requirements;
use crate::token::session::{SessionOptions, TokenSession, lock};
use crate::token::uri::Pkcs11Uri;
use crate::token::wire::{Answer, Class, Habits, Request};
use crate::x509::algorithm::KeyAlgorithm;

/// Examines the one token that the URI names. The PIN is given to it at most once, whatever happens.
///
/// # Errors
/// [`Error`] when there is not exactly one such token, or its module cannot be loaded: then there is nothing to
/// examine. What goes wrong later is part of the examination.
pub fn examine(
    options: &SessionOptions,
    uri: &Pkcs11Uri,
    pin: PinProvider,
    scope: &Scope,
    watch: &mut dyn FnMut(Stage),
) -> Result<Examination, Error> {
    let stopwatch = Stopwatch::start();
    let session = TokenSession::open(options, uri, pin)?;
    let opened_in = stopwatch.elapsed();
    let token = session.token().clone();
    let mut patient = Patient {
        options,
        uri: Pkcs11Uri::of_token(&token),
        session: Some(session),
        logged_in: false,
        was_logged_in: false,
        unused_login: None,
        ended: Vec::new(),
        signed: Vec::new(),
    };
    let confinement = patient.part(|session| Ok(session.confinement()));
    let library = patient.part(library);
    let counts = patient.part(counts);
    let mechanisms = patient.part(mechanisms);
    let sessions = Sessions {
        second: patient.part(|session| beside(session, false)),
        read_write: patient.part(|session| beside(session, true)),
    };
    let login = patient.login(scope.login, &token);
    let random = patient.part(generator::examine);
    let keys = patient.keys();
    if scope.trial {
        // The login ends with the last session: one that may write has another one beside it if a signature fails.
        drop(patient.with_login(|session| lock(session.connection()).write()));
    }
    let speed = patient.speed(&keys, scope.key.as_ref());
    let mut algorithms = AlgorithmFinding::all(mechanisms.found(), options.ml_dsa);
    count_in(&mut algorithms, speed.found());
    let tried = scope.trial && patient.try_all(&mut algorithms, watch);
    let habits = patient.part(habits);
    let mut found = Examination {
        module: options.module.clone(),
        confinement: confinement.found().cloned().unwrap_or_default(),
        library,
        counts,
        login,
        sessions,
        random,
        mechanisms,
        algorithms,
        tried,
        keys,
        speed,
        signed: patient.signed,
        advisories: advisories(&token),
        quirks: Vec::new(),
        opened_in,
        ended: patient.ended,
        token,
    };
    found.quirks = quirks(&found, uri, habits.found().copied().unwrap_or_default());
    Ok(found)
}

/// A module under examination.
struct Patient<'a> {
    options: &'a SessionOptions,
    /// The token and no other one, for the sessions after the first.
    uri: Pkcs11Uri,
    session: Option<TokenSession>,
    logged_in: bool,
    was_logged_in: bool,
    /// The PIN's way to the token, if the module went before a PIN was given to it.
    unused_login: Option<login::Login>,
    /// How workers ended.
    ended: Vec<String>,
    /// How often each key signed.
    signed: Vec<SignedBy>,
}

/// So many workers may end; a module that crashes at every call is not started for ever.
const WORKERS: usize = 5;

impl Patient<'_> {
    /// One part. If the module does not survive it, the next one gets a fresh worker, without a login.
    fn part<T>(&mut self, ask: impl FnOnce(&TokenSession) -> Result<T, Error>) -> Finding<T> {
        if self.session.is_none() && self.ended.len() < WORKERS {
            self.start();
        }
        let Some(session) = &self.session else { return Finding::NotExamined(Omission::NoWorker) };
        let result = ask(session);
        if let Err(error) = &result
            && lock(session.connection()).client.has_ended()
        {
            self.ended.push(described(error));
            let login = std::mem::replace(&mut lock(session.connection()).login, login::Login::none());
            self.unused_login = Some(login).filter(login::Login::is_untouched);
            self.session = None;
            self.logged_in = false;
        }
        result.into()
    }

    /// A part that needs the login.
    fn with_login<T>(&mut self, ask: impl FnOnce(&TokenSession) -> Result<T, Error>) -> Finding<T> {
        match (self.logged_in, self.was_logged_in) {
            (true, _) => self.part(ask),
            (false, true) => Finding::NotExamined(Omission::LoginGone),
            (false, false) => Finding::NotExamined(Omission::NoLogin),
        }
    }

    fn start(&mut self) {
        let nobody = PinProvider::unattended(PinSource::Terminal);
        match TokenSession::open(self.options, &self.uri, nobody) {
            Ok(session) => {
                lock(session.connection()).login =
                    self.unused_login.take().unwrap_or_else(login::Login::none);
                self.session = Some(session);
            }
            Err(error) => self.ended.push(described(&error)),
        }
    }

    fn login(&mut self, wanted: bool, token: &TokenInfo) -> Login {
        if !token.flags.login_required() {
            // Where no PIN is wanted, this asks for none.
            let allowed =
                self.ended.is_empty() && self.session.as_ref().is_some_and(|one| one.login().is_ok());
            (self.logged_in, self.was_logged_in) = (allowed, allowed);
            return Login::NotRequired;
        }
        if !wanted {
            return Login::NotAsked;
        }
        // A worker that has replaced another one has no PIN, and the one before it may have been given it.
        let watch = Stopwatch::start();
        match self.part(TokenSession::login) {
            Finding::Found(()) => {
                (self.logged_in, self.was_logged_in) = (true, true);
                Login::Done(watch.elapsed())
            }
            Finding::Failed(error) => {
                // The worker has closed the session in which the login failed.
                if let Some(session) = &self.session {
                    drop(lock(session.connection()).reopen());
                }
                Login::Failed(error)
            }
            Finding::NotExamined(_) => Login::Failed(Error::NotAttempted),
        }
    }

    fn keys(&mut self) -> Finding<KeyObjects> {
        let keys = match self.with_login(TokenSession::keys) {
            Finding::Found(keys) => keys,
            Finding::Failed(error) => return Finding::Failed(error),
            Finding::NotExamined(omission) => return Finding::NotExamined(omission),
        };
        let requirements = &self.options.requirements;
        let keys = keys.into_iter().map(|key| judged(key, requirements)).collect();
        let objects = self.part(|session| {
            let mut connection = lock(session.connection());
            let public_keys = objects(&mut connection, Class::PublicKey, None, None)?;
            let certificates = objects(&mut connection, Class::Certificate, None, None)?.len();
            Ok((public_keys, certificates))
        });
        match objects {
            Finding::Found((public_keys, certificates)) => {
                Finding::Found(KeyObjects::new(keys, &public_keys, certificates))
            }
            Finding::Failed(error) => Finding::Failed(error),
            Finding::NotExamined(omission) => Finding::NotExamined(omission),
        }
    }

    fn speed(&mut self, keys: &Finding<KeyObjects>, named: Option<&Pkcs11Uri>) -> Finding<Speed> {
        if let Some(uri) = named.filter(|_| self.logged_in) {
            return match self.with_login(|session| session.find_key(uri)) {
                Finding::Found(key) if key.always_authenticates() => {
                    Finding::NotExamined(Omission::PinEachTime)
                }
                Finding::Found(key) => self.measured(&key),
                Finding::Failed(error) => Finding::Failed(error),
                Finding::NotExamined(omission) => Finding::NotExamined(omission),
            };
        }
        match keys {
            Finding::NotExamined(omission) => Finding::NotExamined(*omission),
            Finding::Failed(_) => Finding::NotExamined(Omission::NoKey),
            Finding::Found(keys) => match keys.first_fit() {
                Some(fit) => self.measured(&fit.key),
                None if keys.keys.iter().any(KeyFinding::is_fit) => {
                    Finding::NotExamined(Omission::PinEachTime)
                }
                None => Finding::NotExamined(Omission::NoKey),
            },
        }
    }

    /// Measures a key; its signatures are counted, whatever comes of it.
    fn measured(&mut self, key: &KeyInfo) -> Finding<Speed> {
        let mut signed = None;
        let speed = self.with_login(|session| {
            let speed = speed::measure(session, key);
            signed = SignedBy::of(session, key);
            speed
        });
        self.signed.extend(signed);
        speed
    }

    /// Tries every algorithm. Tells whether one was tried.
    fn try_all(&mut self, findings: &mut [AlgorithmFinding], watch: &mut dyn FnMut(Stage)) -> bool {
        let mut tried = false;
        let of = KeyAlgorithm::GENERATED.len();
        for (at, algorithm) in KeyAlgorithm::GENERATED.into_iter().enumerate() {
            if !self.logged_in {
                break;
            }
            watch(Stage::Trial { algorithm, at, of });
            let mut schemes: Vec<&mut AlgorithmFinding> =
                findings.iter_mut().filter(|finding| finding.algorithm == algorithm).collect();
            tried = true;
            let mut signed = None;
            let ended = self.part(|session| {
                signed = trial::of(session, algorithm, &mut schemes);
                let ended = lock(session.connection()).client.has_ended();
                if ended { Err(Error::Unanswered) } else { Ok(()) }
            });
            self.signed.extend(signed);
            if ended.found().is_none()
                && let Some(last) = self.ended.last_mut()
            {
                *last = format!("it ended in the trial of {algorithm}");
            }
        }
        tried
    }
}

/// What the measurement proved of its algorithm.
fn count_in(findings: &mut [AlgorithmFinding], speed: Option<&Speed>) {
    let Some(speed) = speed else { return };
    for finding in findings {
        if (finding.algorithm, finding.signature) == (speed.algorithm, speed.signature)
            && let Some(way) = finding.ways.iter_mut().find(|way| way.mechanism == speed.mechanism)
        {
            way.tried = Some(Ok(speed.median));
        }
    }
}

fn library(session: &TokenSession) -> Result<LibraryInfo, Error> {
    let mut connection = lock(session.connection());
    connection.client.describe_library()?;
    let library = connection.client.library();
    Ok(LibraryInfo {
        description: library.description.clone(),
        manufacturer: library.manufacturer.clone(),
        version: library.version,
        cryptoki: library.cryptoki,
    })
}

fn counts(session: &TokenSession) -> Result<Counts, Error> {
    let mut connection = lock(session.connection());
    let slot = connection.address.slot;
    connection.client.ask(&Request::Token { slot }, |answer| {
        if let Answer::Token(token) = answer { Some(Counts::new(&token.counts)) } else { None }
    })
}

fn mechanisms(session: &TokenSession) -> Result<Mechanisms, Error> {
    let mut connection = lock(session.connection());
    let (slot, ml_dsa) = (connection.address.slot, connection.ml_dsa);
    let listed = connection.client.ask(&Request::Mechanisms { slot }, |answer| {
        if let Answer::Mechanisms(listed) = answer { Some(listed) } else { None }
    })?;
    let mut infos = BTreeMap::new();
    for mechanism in algorithm::asked(&listed, ml_dsa) {
        let info = connection.client.ask(&Request::Mechanism { slot, mechanism }, |answer| {
            if let Answer::Mechanism(info) = answer { Some(info) } else { None }
        });
        match info {
            Ok(info) => infos.extend([(mechanism, info)]),
            // What a token says of one mechanism is no more than a remark on its list.
            Err(error) if connection.client.has_ended() => return Err(error),
            Err(_) => {}
        }
    }
    Ok(Mechanisms::new(listed, infos))
}

fn beside(session: &TokenSession, read_write: bool) -> Result<(), Error> {
    let beside = Request::Beside { read_write };
    let opened = |answer| (answer == Answer::Opened).then_some(());
    lock(session.connection()).client.ask(&beside, opened)
}

fn habits(session: &TokenSession) -> Result<Habits, Error> {
    lock(session.connection())
        .client
        .ask(&Request::Habits, |answer| if let Answer::Habits(habits) = answer { Some(habits) } else { None })
}

fn judged(key: KeyInfo, requirements: &Requirements) -> KeyFinding {
    KeyFinding {
        unfit: requirements.judge(&key.attributes),
        doubts: requirements.doubts(&key.attributes),
        roca: key.public_key.as_ref().is_ok_and(|public| public.has_roca_fingerprint()),
        key,
    }
}

fn quirks(found: &Examination, asked: &Pkcs11Uri, habits: Habits) -> Vec<Quirk> {
    let mut quirks = Vec::new();
    if habits.start_race {
        quirks.push(Quirk::StartRace);
    }
    if habits.no_second_list {
        quirks.push(Quirk::NoSecondList);
    }
    let ways = || found.algorithms.iter().flat_map(|finding| &finding.ways);
    let numbers = |wanted: &dyn Fn(&super::Way) -> bool| {
        let mut numbers: Vec<u64> = ways().filter(|way| wanted(way)).map(|way| way.mechanism).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    };
    let worked = |way: &super::Way| way.tried.as_ref().is_some_and(Result::is_ok);
    let working = numbers(&worked);
    let unlisted = numbers(&|way| !way.listed && worked(way));
    let mut refused = numbers(&|way| way.listed && way.tried.as_ref().is_some_and(Result::is_err));
    refused.retain(|number| !working.contains(number));
    // Without a list nothing can be missing from it.
    if found.mechanisms.found().is_some() && !unlisted.is_empty() {
        quirks.push(Quirk::SignsUnlisted(unlisted));
    }
    if !refused.is_empty() {
        quirks.push(Quirk::RefusesListed(refused));
    }
    match (found.token.flags.rng(), found.random.found()) {
        (true, Some(Generator::None(_))) | (false, Some(Generator::Works)) => {
            quirks.push(Quirk::GeneratorFlag);
        }
        _ => {}
    }
    // Of tpm2-pkcs11 and NSS zeros, of openCryptoki 123 or none.
    if found.token.serial.len() < 4 || found.token.serial.chars().all(|digit| digit == '0') {
        quirks.push(Quirk::WeakSerial);
    }
    if asked.token().is_some_and(|label| label != found.token.label) {
        quirks.push(Quirk::LabelRenamed);
    }
    quirks
}
