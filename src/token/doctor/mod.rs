//! What a token can do for a CA: examined without writing to it, or tried with keys that are destroyed again.
//!
//! An [`examine`] asks the token everything that the work of a CA will ask of it, and each part that fails is a
//! finding like any other. A module that crashes or hangs ends its worker; the rest is then asked of a fresh one,
//! without a login, since a PIN is given once in a run. Nothing here prints.

mod advisory;
mod algorithm;
mod clock;
mod finding;
mod generator;
mod mechanism;
mod objects;
mod patient;
mod speed;
mod trial;
mod verdict;

use std::path::PathBuf;
use std::time::Duration;

pub use advisory::{Advisory, advisories};
pub use algorithm::{AlgorithmFinding, Generation, Over, Tried, Usable, Way};
pub use finding::{Finding, Omission};
pub use generator::Generator;
pub use mechanism::{Mechanisms, mechanism_name};
pub use objects::{KeyFinding, KeyObjects, Named, TRIAL_LABEL};
pub use patient::examine;
pub use speed::Speed;
pub use verdict::Verdict;

use super::confinement::Confinement;
use super::description::TokenInfo;
use super::error::Error;
use super::key::KeyInfo;
use super::session::TokenSession;
use super::wire::TokenCounts;
use crate::port::SignatureCount;

/// How far an examination goes.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Whether to log in: without, keys are not seen and nothing is signed.
    pub login: bool,
    /// Whether to generate keys, sign with them and destroy them again. Nothing else writes to the token.
    pub trial: bool,
    /// The key to measure by its URI, where that names one; else the first that is fit.
    pub key: Option<super::uri::Pkcs11Uri>,
}

/// The step that an examination is at, for whoever waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The trial of one algorithm begins: how many were before, and how many there are.
    Trial {
        /// The algorithm.
        algorithm: crate::x509::algorithm::KeyAlgorithm,
        /// Its place, from 0.
        at: usize,
        /// How many will be tried.
        of: usize,
    },
}

/// What an examination found.
#[derive(Debug)]
pub struct Examination {
    /// The module.
    pub module: PathBuf,
    /// What the operating system keeps the module from.
    pub confinement: Confinement,
    /// What the module says of itself.
    pub library: Finding<LibraryInfo>,
    /// The token, as it described itself before the login.
    pub token: TokenInfo,
    /// Its numbers.
    pub counts: Finding<Counts>,
    /// The login.
    pub login: Login,
    /// What sessions it has.
    pub sessions: Sessions,
    /// Its random generator.
    pub random: Finding<Generator>,
    /// What it lists.
    pub mechanisms: Finding<Mechanisms>,
    /// Each algorithm of CA keys.
    pub algorithms: Vec<AlgorithmFinding>,
    /// Whether keys were generated to try the algorithms.
    pub tried: bool,
    /// Its keys.
    pub keys: Finding<KeyObjects>,
    /// How fast one of them signs.
    pub speed: Finding<Speed>,
    /// What the worker counted of the signatures by each key, the measured one and those that were made to be tried.
    /// Of a key whose worker ended there is no count.
    pub signed: Vec<SignedBy>,
    /// What is known of its kind.
    pub advisories: Vec<&'static Advisory>,
    /// In what it differs from others.
    pub quirks: Vec<Quirk>,
    /// The time that it took to start the worker and open a session.
    pub opened_in: Duration,
    /// How workers ended in the course of it.
    pub ended: Vec<String>,
}

impl Examination {
    /// What follows from it.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        Verdict::of(self)
    }
}

/// The signatures over challenges by one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBy {
    /// SHA-256 over its SubjectPublicKeyInfo.
    pub public_key_sha256: [u8; 32],
    /// How many.
    pub count: SignatureCount,
}

impl SignedBy {
    /// What a key has signed in a session since its signatures were last counted.
    fn of(session: &TokenSession, key: &KeyInfo) -> Option<Self> {
        let public_key_sha256 = key.public_key.as_ref().ok()?.sha256();
        session.take_count().map(|count| Self { public_key_sha256, count })
    }
}

/// `CK_INFO`. Texts come from outside: escape them before a person sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryInfo {
    /// What the library is called.
    pub description: String,
    /// Who made it.
    pub manufacturer: String,
    /// Its own version: major and minor.
    pub version: (u8, u8),
    /// The version of PKCS#11 that it speaks: major and minor.
    pub cryptoki: (u8, u8),
}

/// The numbers of `CK_TOKEN_INFO`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// The most sessions that a program may have.
    pub sessions: Limit,
    /// The most of them that may write.
    pub read_write_sessions: Limit,
    /// The least and most octets of a PIN, as the token says: several say nonsense.
    pub pin_octets: (u64, u64),
}

/// A limit that a token states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// So many.
    Most(u64),
    /// `CK_EFFECTIVELY_INFINITE`.
    None,
    /// `CK_UNAVAILABLE_INFORMATION`, or nonsense.
    Unknown,
}

impl Limit {
    const fn new(number: u64) -> Self {
        match number {
            0 => Self::None,
            // CK_UNAVAILABLE_INFORMATION, and openCryptoki's -2.
            1..=0xffff_ffff => Self::Most(number),
            _ => Self::Unknown,
        }
    }
}

impl Counts {
    const fn new(counts: &TokenCounts) -> Self {
        Self {
            sessions: Limit::new(counts.most_sessions),
            read_write_sessions: Limit::new(counts.most_read_write_sessions),
            pin_octets: (counts.shortest_pin, counts.longest_pin),
        }
    }
}

/// Whether more sessions can be opened beside the one that is used.
#[derive(Debug)]
pub struct Sessions {
    /// A second one.
    pub second: Finding<()>,
    /// One that may write, which generating keys needs.
    pub read_write: Finding<()>,
}

/// What came of the login.
#[derive(Debug)]
pub enum Login {
    /// Done, in this time.
    Done(Duration),
    /// The token wants none.
    NotRequired,
    /// Nobody asked for one.
    NotAsked,
    /// The token, or whoever was asked for the PIN, refused. It was not tried again.
    Failed(Error),
}

impl Login {
    /// Whether what needs a login can be examined.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self, Self::Done(_) | Self::NotRequired)
    }
}

/// In what a module or token differs from others, and what keyrite does about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quirk {
    /// It loses its tokens for a moment while another process starts or logs in: bridged by a lock and attempts.
    StartRace,
    /// It has no functions for a second caller: its mechanisms and odd answers are seen less exactly.
    NoSecondList,
    /// It signs by mechanisms that it does not list.
    SignsUnlisted(Vec<u64>),
    /// It lists mechanisms that it refused.
    RefusesListed(Vec<u64>),
    /// It says that it has a random generator and has none, or has one and does not say so.
    GeneratorFlag,
    /// Several kinds of token have such a serial number in every exemplar: the label has to tell them apart.
    WeakSerial,
    /// OpenSC has appended the name of the PIN to the label that was set.
    LabelRenamed,
}
