//! HomeConfig: what holds for a home as a whole.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::ca::CaConfig;
use super::module::ModuleConfig;
use super::requester::RequesterConfig;
use super::subject::SubjectDefaults;
use crate::policy::Problems;
use crate::token::requirements::Requirements;
use crate::x509::time;

/// The configuration of a home, all of whose values were found sound. The default is that of an empty file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HomeConfig {
    pub(super) module: Option<PathBuf>,
    pub(super) lock_timeout: Option<Duration>,
    pub(super) largest_gap: Option<time::Duration>,
    pub(super) worker: WorkerTimeouts,
    pub(super) sessions: Option<u32>,
    pub(super) worker_paths: Vec<PathBuf>,
    pub(super) requirements: Requirements,
    pub(super) network_file_system: bool,
    pub(super) attestation_roots: Option<PathBuf>,
    pub(super) weak_key_lists: Vec<PathBuf>,
    pub(super) modules: BTreeMap<PathBuf, ModuleConfig>,
    pub(super) subject_defaults: SubjectDefaults,
    pub(super) cas: BTreeMap<String, CaConfig>,
    pub(super) requesters: BTreeMap<String, RequesterConfig>,
}

/// How long a token's module may take for a call; absent means the program's own limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkerTimeouts {
    /// For one signature.
    pub signature: Option<Duration>,
    /// For the generation of a key pair.
    pub generation: Option<Duration>,
    /// For a PIN that a person types on the token's own keyboard.
    pub pin_pad: Option<Duration>,
    /// For everything else.
    pub other: Option<Duration>,
}

impl HomeConfig {
    /// The most sessions of a token in which batches are signed.
    pub const MOST_SESSIONS: u32 = 32;

    /// Reads the text of `keyrite.toml`.
    ///
    /// # Errors
    /// [`Problems`]: everything that is wrong with the text, each with its id and line.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        super::home_toml::parse(text)
    }

    /// The PKCS#11 module, as an absolute path.
    #[must_use]
    pub fn module(&self) -> Option<&Path> {
        self.module.as_deref()
    }

    /// How long to wait for another process that works in the home.
    #[must_use]
    pub fn lock_timeout(&self) -> Option<Duration> {
        self.lock_timeout
    }

    /// How far the clock may lie after the last entry of the audit log.
    #[must_use]
    pub fn largest_gap(&self) -> Option<time::Duration> {
        self.largest_gap
    }

    /// How long a token's module may take.
    #[must_use]
    pub fn worker(&self) -> WorkerTimeouts {
        self.worker
    }

    /// In how many sessions of a token at a time batches are signed.
    #[must_use]
    pub fn sessions(&self) -> Option<u32> {
        self.sessions
    }

    /// The files and directories in the home that a token's module may use, relative to the home. Everything else
    /// in it is out of the module's reach.
    #[must_use]
    pub fn worker_paths(&self) -> &[PathBuf] {
        &self.worker_paths
    }

    /// What the home demands of the keys of its CAs.
    #[must_use]
    pub fn requirements(&self) -> &Requirements {
        &self.requirements
    }

    /// Whether the home may be on a file system that machines share.
    #[must_use]
    pub const fn network_file_system(&self) -> bool {
        self.network_file_system
    }

    /// The file with the roots up to which the keys of this home's CAs must be attested, absolute or relative to
    /// the home; none where no attestation is demanded.
    #[must_use]
    pub fn attestation_roots(&self) -> Option<&Path> {
        self.attestation_roots.as_deref()
    }

    /// The lists of weak keys, absolute or relative to the home: no key that stands in one is certified.
    #[must_use]
    pub fn weak_key_lists(&self) -> &[PathBuf] {
        &self.weak_key_lists
    }

    /// What is configured for single modules, by their absolute paths.
    pub fn modules(&self) -> impl Iterator<Item = (&Path, ModuleConfig)> {
        self.modules.iter().map(|(path, module)| (path.as_path(), *module))
    }

    /// What the subjects of our own CAs have in common.
    #[must_use]
    pub fn subject_defaults(&self) -> &SubjectDefaults {
        &self.subject_defaults
    }

    /// What is configured for the CA of a name.
    #[must_use]
    pub fn ca(&self, name: &str) -> Option<&CaConfig> {
        self.cas.get(name)
    }

    /// Every CA that is configured, in the order of their names.
    pub fn cas(&self) -> impl Iterator<Item = (&str, &CaConfig)> {
        self.cas.iter().map(|(name, ca)| (name.as_str(), ca))
    }

    /// What the requester of a name may ask for by a bundle; none where it may ask for nothing.
    #[must_use]
    pub fn requester(&self, name: &str) -> Option<&RequesterConfig> {
        self.requesters.get(name)
    }

    /// Every requester that is configured, in the order of their names.
    pub fn requesters(&self) -> impl Iterator<Item = (&str, &RequesterConfig)> {
        self.requesters.iter().map(|(name, requester)| (name.as_str(), requester))
    }
}
