//! keyrite.toml of the home, read for a command.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keyrite::authority::weak_keys::WeakKeyList;
use keyrite::config::{CaConfig, FILE_NAME, HomeConfig, ModuleConfig};
use keyrite::store::CaName;
use keyrite::token::{MlDsaMechanisms, Pkcs11Uri};
use keyrite::x509::algorithm::{KeyAlgorithm, SignatureAlgorithm};
use keyrite::x509::name::Name;
use rustix::process::geteuid;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::session;

/// The largest configuration that is read, in octets.
const OCTETS: usize = 1024 * 1024;

/// The configuration of the home.
#[derive(Debug)]
pub(crate) struct Settings {
    home: PathBuf,
    text: String,
    config: HomeConfig,
    /// Keys of CAs that are elsewhere than is configured and on record: those of a ceremony's site.
    keys: BTreeMap<String, Pkcs11Uri>,
}

/// Reads the configuration, once for each command; a home without one has nothing configured.
///
/// # Errors
/// A [`Failure`] with everything that is wrong with the file.
pub(crate) fn load(context: &Context) -> Result<Arc<Settings>, Failure> {
    if let Some(settings) = context.settings().get() {
        return Ok(Arc::clone(settings));
    }
    let home = context.home()?;
    let path = home.join(FILE_NAME);
    match path.symlink_metadata() {
        Ok(_) => {}
        // It may come later: there are commands that make it.
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let config = HomeConfig::default();
            return Ok(Arc::new(Settings { home, text: String::new(), config, keys: BTreeMap::new() }));
        }
        Err(error) => {
            return Err(Failure::new(Exit::Configuration, "the configuration cannot be read")
                .caused_by(&error)
                .about(&path));
        }
    }
    let named = context.global().home.is_some();
    for (place, owner_matters) in [(&home, false), (&path, !named)] {
        let found = place.metadata().map_err(|error| {
            Failure::new(Exit::Configuration, "the configuration cannot be read")
                .caused_by(&error)
                .about(place)
        })?;
        let owner = owner_matters.then_some(found.uid());
        trusted(found.mode(), owner, geteuid().as_raw()).map_err(|failure| failure.about(place))?;
    }
    let octets = input::read(&path, OCTETS)?;
    let text =
        String::from_utf8(octets).map_err(|error| Failure::of(Exit::Configuration, &error).about(&path))?;
    let config = HomeConfig::parse(&text).map_err(|problems| Failure::from(problems).about(&path))?;
    let settings = Arc::new(Settings { home, text, config, keys: BTreeMap::new() });
    Ok(Arc::clone(context.settings().get_or_init(|| settings)))
}

/// Write permission for group and others.
const WRITABLE: u32 = 0o022;
const ROOT: u32 = 0;

/// The configuration names the module that is loaded and gets the PIN, so that nobody else may have written it.
/// Whoever stands in a stranger's directory has not chosen its configuration: there the owner counts as well.
fn trusted(mode: u32, owner: Option<u32>, user: u32) -> Result<(), Failure> {
    let mode = mode & 0o7777;
    if mode & WRITABLE != 0 {
        let message = format!("mode {mode:04o}, wanted no write permission for group and others");
        return Err(Failure::new(Exit::Configuration, message).hint("take it away with chmod go-w"));
    }
    match owner {
        Some(owner) if owner != user && owner != ROOT => {
            let message = format!("the configuration of the current directory belongs to user id {owner}");
            Err(Failure::new(Exit::Configuration, message)
                .hint("if it is to be used, name the home with --home or KEYRITE_HOME"))
        }
        Some(_) | None => Ok(()),
    }
}

/// Refuses a file or directory that decides what is signed, and that somebody else may write.
///
/// # Errors
/// A [`Failure`] that names it.
pub(crate) fn nobody_else_writes(place: &Path) -> Result<(), Failure> {
    let found = place.metadata().map_err(|error| {
        Failure::new(Exit::Configuration, "cannot be read").caused_by(&error).about(place)
    })?;
    trusted(found.mode(), None, geteuid().as_raw()).map_err(|failure| failure.about(place))
}

impl Settings {
    /// The same with keys of CAs that are where the site of a ceremony says.
    pub(crate) fn with_keys(&self, keys: BTreeMap<String, Pkcs11Uri>) -> Self {
        Self { home: self.home.clone(), text: self.text.clone(), config: self.config.clone(), keys }
    }

    /// The text of the file; that of a home without one is empty.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What holds for the home as a whole.
    pub(crate) fn home(&self) -> &HomeConfig {
        &self.config
    }

    /// What is configured for a CA.
    pub(crate) fn ca(&self, name: &CaName) -> CaConfig {
        self.config.ca(name.as_str()).cloned().unwrap_or_default()
    }

    /// Where a CA's key is: as configured, else as it was when the CA was created.
    ///
    /// # Errors
    /// A [`Failure`] when the URI on record is none.
    pub(crate) fn key(&self, name: &CaName, on_record: &str) -> Result<Pkcs11Uri, Failure> {
        match (self.keys.get(name.as_str()), self.ca(name).key()) {
            (Some(uri), _) | (None, Some(uri)) => Ok(uri.clone()),
            (None, None) => session::uri(on_record),
        }
    }

    /// The algorithm by which a CA signs.
    ///
    /// # Errors
    /// A [`Failure`] when the configured digest or padding does not go with the key.
    pub(crate) fn signature(&self, name: &CaName, key: KeyAlgorithm) -> Result<SignatureAlgorithm, Failure> {
        self.ca(name).signature(key).map_err(|error| {
            Failure::of(Exit::Configuration, &error)
                .hint(format!("take {} out of [ca.{name}] in {FILE_NAME}", error.setting()))
        })
    }

    /// The distinguished name of a CA of ours, with what all of them have in common.
    ///
    /// # Errors
    /// A [`Failure`] when the text is not a distinguished name.
    pub(crate) fn subject(&self, text: &str) -> Result<Name, Failure> {
        let given: Name = text.parse().map_err(|error| {
            Failure::of(Exit::Usage, &error).hint("write it as C=AT,O=Example,CN=Example Root G1")
        })?;
        self.config.subject_defaults().complete(&given).map_err(|error| Failure::of(Exit::Usage, &error))
    }

    /// The numbers by which a module knows ML-DSA. It is known by its path, or by another path to the same file.
    pub(crate) fn ml_dsa(&self, module: &Path) -> MlDsaMechanisms {
        let same = |path: &Path| {
            path == module
                || path.canonicalize().is_ok_and(|found| module.canonicalize().is_ok_and(|own| own == found))
        };
        let configured = self.config.modules().find(|(path, _)| same(path)).map(|(_, module)| module);
        let standard = MlDsaMechanisms::default();
        let ModuleConfig { ml_dsa, ml_dsa_key_pair_gen } = configured.unwrap_or_default();
        MlDsaMechanisms {
            sign: ml_dsa.unwrap_or(standard.sign),
            generate: ml_dsa_key_pair_gen.unwrap_or(standard.generate),
        }
    }

    /// The lists of weak keys, open.
    ///
    /// # Errors
    /// A [`Failure`] when one cannot be used, or others may write it.
    pub(crate) fn weak_key_lists(&self) -> Result<Vec<WeakKeyList>, Failure> {
        let lists = self.config.weak_key_lists().iter();
        lists
            .map(|path| {
                let path = self.home.join(path);
                let list = WeakKeyList::open(&path).map_err(keyrite::authority::Error::from)?;
                nobody_else_writes(&path)?;
                Ok(list)
            })
            .collect()
    }

    /// The file with the roots up to which keys must be attested, if the home demands it.
    pub(crate) fn attestation_roots(&self) -> Option<PathBuf> {
        self.config.attestation_roots().map(|path| self.home.join(path))
    }

    /// The certificate and the key of the OCSP responder of a CA, if it has one.
    pub(crate) fn ocsp_responder(&self, name: &CaName) -> Option<(PathBuf, Pkcs11Uri)> {
        let ca = self.ca(name);
        ca.ocsp().responder().map(|(path, key)| (self.home.join(path), key.clone()))
    }

    /// The directory for OCSP responses, if there is one.
    pub(crate) fn ocsp_output(&self, name: &CaName) -> Option<PathBuf> {
        self.ca(name).ocsp().output().map(|directory| self.home.join(directory))
    }

    /// The directory for files that nobody named, if there is one.
    pub(crate) fn output(&self, name: &CaName) -> Option<PathBuf> {
        self.ca(name).output().map(|directory| self.home.join(directory))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_else_may_write_is_trusted() {
        for (mode, owner, fits) in [
            (0o100_600, Some(1000), true),
            (0o100_644, Some(1000), true),
            (0o040_700, None, true),
            (0o100_644, Some(ROOT), true),
            (0o100_644, Some(1001), false),
            (0o100_664, Some(1000), false),
            (0o100_602, None, false),
            (0o041_777, None, false),
        ] {
            assert_eq!(trusted(mode, owner, 1000).is_ok(), fits, "{mode:o} {owner:?}");
        }
    }
}
