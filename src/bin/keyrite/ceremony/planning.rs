//! A plan: script and site with everything that they name, and the digests of all of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use keyrite::audit::Fingerprint;
use keyrite::authority::system::SystemClock;
use keyrite::ceremony::{Foresight, Known, Manifest, Mode, Named, Script, Site, Task, foresee, layout};
use keyrite::policy::Profile;
use keyrite::policy::document::FILE_OCTETS;
use keyrite::store::{Ca, CaName, CrlScope, CrlSources, Error as StoreError};
use keyrite::token::Pkcs11Uri;
use keyrite::x509::certificate::Certificate;
use keyrite::x509::crl::RevokedCertificate;
use keyrite::x509::extension::CrlNumber;

use super::environment;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::{configuration, input, ledger, profiles};

/// The most octets of a file that goes in.
const INPUT_OCTETS: usize = 1 << 20;

/// A plan.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) script: Script,
    pub(crate) site: Site,
    script_text: String,
    site_text: String,
    profiles: BTreeMap<String, Profile>,
    /// The texts of each profile: itself first, then those from which it inherits.
    layers: BTreeMap<String, Vec<String>>,
    pub(crate) inputs: BTreeMap<String, Vec<u8>>,
    cas: Vec<Ca>,
    crls: BTreeMap<String, (CrlNumber, Vec<RevokedCertificate>)>,
    pub(crate) manifest: Manifest,
    /// SHA-256 over the manifest: the name of the plan.
    pub(crate) digest: Fingerprint,
}

/// Where script and site come from.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    pub(crate) script: PathBuf,
    /// The directory of the files that go in.
    pub(crate) inputs: PathBuf,
    /// None where nothing is to be carried out.
    pub(crate) site: Option<PathBuf>,
    pub(crate) mode: Mode,
}

impl Sources {
    /// A script with the files beside it, and a site.
    pub(crate) fn beside(script: &Path, site: Option<&Path>, mode: Mode) -> Self {
        let inputs = script.parent().unwrap_or(Path::new("")).to_owned();
        Self { script: script.to_owned(), inputs, site: site.map(Path::to_owned), mode }
    }

    /// The copies in the directory of a run.
    pub(crate) fn of_run(directory: &Path, mode: Mode) -> Self {
        Self {
            script: directory.join(layout::SCRIPT),
            inputs: directory.join(layout::INPUTS),
            site: Some(directory.join(layout::SITE)),
            mode,
        }
    }
}

/// Reads a text.
///
/// # Errors
/// A [`Failure`] that names the file.
pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(input::read(path, FILE_OCTETS)?)
        .map_err(|error| Failure::new(Exit::Configuration, "is not UTF-8 text").caused_by(&error).about(path))
}

/// The site, which has every token that the script names.
fn site(path: &Path, script: &Script) -> Result<(String, Site), Failure> {
    let text = text(path)?;
    let site = Site::parse(&text).map_err(|problems| Failure::from(problems).about(path))?;
    let missing = site.missing(script);
    if missing.is_empty() {
        return Ok((text, site));
    }
    let message = format!("the script names the token {}, and the site does not", missing.join(", "));
    let hint = format!("add [tokens.{}] with its uri", missing.first().unwrap_or(&"NAME"));
    Err(Failure::new(Exit::Configuration, message).hint(hint).about(path))
}

impl Plan {
    /// Reads everything that a plan depends on.
    ///
    /// # Errors
    /// A [`Failure`] with everything that is wrong with the file that cannot be used.
    pub(crate) fn read(context: &Context, sources: &Sources) -> Result<Self, Failure> {
        let script_text = text(&sources.script)?;
        let script =
            Script::parse(&script_text).map_err(|problems| Failure::from(problems).about(&sources.script))?;
        let (site_text, site) = match &sources.site {
            Some(path) => site(path, &script)?,
            None => (String::new(), Site::default()),
        };
        let script = match sources.mode {
            Mode::Ceremony => script,
            Mode::Rehearsal => script
                .for_rehearsal()
                .map_err(|error| Failure::of(Exit::Configuration, &error).about(&sources.script))?,
        };
        let (mut all, mut layers) = (BTreeMap::new(), BTreeMap::new());
        let existing = script.existing.values().map(|existing| existing.ca.profile.as_str());
        for name in script.profiles().into_iter().chain(existing) {
            let texts = profiles::text(context, name)?;
            all.insert(name.to_owned(), texts.profile()?);
            let own = std::iter::once(&texts.own).chain(&texts.parents);
            layers.insert(name.to_owned(), own.map(|text| text.toml.clone()).collect());
        }
        let mut inputs = BTreeMap::new();
        for path in script.inputs() {
            inputs.insert(path.to_owned(), input::read(&sources.inputs.join(path), INPUT_OCTETS)?);
        }
        let settings = configuration::load(context)?;
        let store = ledger::read(context)?;
        let cas = store.cas()?;
        let mut crls = BTreeMap::new();
        for name in script.existing.keys() {
            let Some(ca) = cas.iter().find(|ca| ca.name.as_str() == name) else { continue };
            let read = |sources: &CrlSources<'_>| {
                sources.listed(|entries| entries.collect::<Result<Vec<_>, StoreError>>())
            };
            let revoked = store.read_for_crl(&ca.name, &CrlScope::default(), read)?;
            crls.insert(name.clone(), (store.next_crl_number(&ca.name)?, revoked));
        }
        let home = store.audit_checkpoint()?.0.origin;
        let of_text = |text: &str| Fingerprint::of(text.as_bytes());
        let digests = (of_text(settings.text()), of_text(&script_text), of_text(&site_text));
        let mut manifest = Manifest::new(sources.mode, environment::program()?, home, digests);
        let named = |name: &String, sha256| Named { name: name.clone(), sha256 };
        manifest.profiles =
            all.iter().map(|(name, profile)| named(name, Fingerprint(profile.sha256()))).collect();
        manifest.inputs = inputs.iter().map(|(path, octets)| named(path, Fingerprint::of(octets))).collect();
        manifest.cas = script
            .existing
            .keys()
            .filter_map(|name| {
                let ca = cas.iter().find(|ca| ca.name.as_str() == name)?;
                Some(named(name, Fingerprint(ca.certificate.as_ref()?.sha256())))
            })
            .collect();
        let digest = manifest.digest().map_err(|error| Failure::of(Exit::Defect, &error))?;
        let plan = Self {
            script,
            site,
            script_text,
            site_text,
            profiles: all,
            layers,
            inputs,
            cas,
            crls,
            manifest,
            digest,
        };
        plan.configured(&settings)?;
        Ok(plan)
    }

    /// The configuration of the home must say of each CA what the script says: it is what gets into certificates.
    fn configured(&self, settings: &configuration::Settings) -> Result<(), Failure> {
        let mut failure: Option<Failure> = None;
        for key in self.script.keys() {
            let name: CaName = key.name.parse().map_err(|error| Failure::of(Exit::Configuration, &error))?;
            let (home, script) = (settings.ca(&name), self.script.ca(&key.name));
            let same = home.places() == script.places()
                && home.signature(key.algorithm).ok() == script.signature(key.algorithm).ok();
            if !same {
                let message = format!("[ca.{name}] of the script and of keyrite.toml do not say the same");
                failure = Some(match failure {
                    None => Failure::new(Exit::Configuration, message)
                        .hint("copy the [ca.NAME] sections of the script into keyrite.toml of the home"),
                    Some(failure) => failure.because(message),
                });
            }
            // Names of the script are whole: nothing is put before them unseen.
            let completed = settings.subject(&key.subject.to_string())?;
            if completed != key.subject {
                let message = format!("keyrite.toml would make {completed} of the subject {}", key.subject);
                return Err(Failure::new(Exit::Configuration, message)
                    .hint("write the whole name into the script, with what [defaults.subject] adds"));
            }
        }
        self.answered_by_itself(settings)?;
        failure.map_or(Ok(()), Err)
    }

    /// Where the script has a CA sign OCSP responses itself, the home must not have another one do it.
    fn answered_by_itself(&self, settings: &configuration::Settings) -> Result<(), Failure> {
        for (_, step) in self.script.steps() {
            let Task::SignOcsp { ca, responder: None, .. } = &step.task else { continue };
            let name: CaName = ca.parse().map_err(|error| Failure::of(Exit::Configuration, &error))?;
            if settings.ocsp_responder(&name).is_some() {
                let message =
                    format!("step {} has CA {ca} sign, and keyrite.toml names a responder for it", step.id);
                return Err(Failure::new(Exit::Configuration, message).hint(
                    "name a responder in the script, or take the one of [ca.NAME.ocsp] out of keyrite.toml",
                ));
            }
        }
        Ok(())
    }

    /// What will come of each step.
    pub(crate) fn foresee(&self) -> Foresight<'_> {
        let known = Known {
            profiles: &self.profiles,
            inputs: &self.inputs,
            cas: &self.cas,
            crls: &self.crls,
            now: SystemClock.now(),
        };
        foresee(&self.script, &known)
    }

    /// Every file by which a run begins, but for the transcript.
    ///
    /// # Errors
    /// A [`Failure`] never; kept for totality.
    pub(crate) fn files(&self) -> Result<Vec<(String, Vec<u8>)>, Failure> {
        let manifest = self.manifest.encode().map_err(|error| Failure::of(Exit::Defect, &error))?;
        let mut files = vec![
            (layout::SCRIPT.to_owned(), self.script_text.clone().into_bytes()),
            (layout::SITE.to_owned(), self.site_text.clone().into_bytes()),
            (layout::PLAN.to_owned(), manifest),
        ];
        for (name, texts) in &self.layers {
            for (layer, text) in (1..).zip(texts) {
                files.push((layout::profile(name, layer), text.clone().into_bytes()));
            }
        }
        for (path, octets) in &self.inputs {
            files.push((format!("{}{path}", layout::INPUTS), octets.clone()));
        }
        Ok(files)
    }

    /// The URI of a key that the script names.
    pub(crate) fn key(&self, token: &str, label: &str) -> Option<Pkcs11Uri> {
        self.site.tokens.get(token).map(|uri| uri.with_label(label))
    }

    /// The certificate of a CA that was there before.
    pub(crate) fn certificate(&self, name: &str) -> Option<&Certificate> {
        self.cas.iter().find(|ca| ca.name.as_str() == name)?.certificate.as_ref()
    }

    /// Where the key of each CA of the script is.
    pub(crate) fn keys(&self) -> BTreeMap<String, Pkcs11Uri> {
        let keys = self.script.keys();
        keys.filter_map(|ca| Some((ca.name.clone(), self.key(&ca.token, &ca.key)?))).collect()
    }

    /// Refuses what is not the same plan any more. The CAs of the home may have changed: by the ceremony itself.
    ///
    /// # Errors
    /// A [`Failure`] that says what is another.
    pub(crate) fn unchanged(&self, context: &Context, sources: &Sources) -> Result<(), Failure> {
        let now = Self::read(context, sources)?.manifest;
        let planned = &self.manifest;
        let same = [
            ("the program", now.program == planned.program),
            ("the home", now.home == planned.home),
            ("keyrite.toml", now.configuration == planned.configuration),
            ("the script", now.script == planned.script),
            ("the site", now.site == planned.site),
            ("a profile", now.profiles == planned.profiles),
            ("a file that goes in", now.inputs == planned.inputs),
            ("the certificate of a CA", now.cas == planned.cas),
        ];
        match same.into_iter().find(|(_, same)| !same) {
            Some((what, _)) => Err(environment::another(what)),
            None => Ok(()),
        }
    }
}
