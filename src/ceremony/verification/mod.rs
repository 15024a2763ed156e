//! A bundle held against itself, from its files alone.

mod course;
mod keys;
mod objects;
mod publications;
mod responses;
mod sums;

use std::collections::BTreeMap;

use super::finding::Finding;
use super::layout;
use super::log::{self, Below, Log};
use super::manifest::{Manifest, in_words};
use super::record::Mode;
use super::script::Script;
use super::site::Site;
use super::transcript::Transcript;
use crate::audit::{Ceremony, CeremonyState, Event, Fingerprint, Head};
use crate::evidence::{self, Files};
use crate::policy::Profile;
use crate::policy::profile::Layer;

pub use keys::calls;
pub use objects::Made;

/// What verifying a bundle has shown.
#[derive(Debug, Default)]
pub struct Verified {
    /// What is not right.
    pub findings: Vec<Finding>,
    /// What was shown, in plain words; only where there are no findings all of it holds.
    pub proven: Vec<String>,
    /// What these files cannot show.
    pub unproven: Vec<String>,
    /// Whether it is a rehearsal.
    pub mode: Option<Mode>,
    /// SHA-256 over the plan.
    pub plan: Option<Fingerprint>,
    /// The head of the transcript.
    pub head: Option<Head>,
    /// The script as it was carried out.
    pub script: Option<Script>,
    /// The digests of the plan.
    pub manifest: Option<Manifest>,
    /// The transcript.
    pub transcript: Option<Transcript>,
    /// What was signed, in the order of the steps.
    pub made: Vec<Made>,
}

/// Verifies a bundle.
#[must_use]
pub fn verify(files: &dyn Files) -> Verified {
    let mut verification = Verification { files, verified: Verified::default() };
    verification.all();
    verification.verified
}

struct Verification<'a> {
    files: &'a dyn Files,
    verified: Verified,
}

impl Verification<'_> {
    fn find(&mut self, finding: Finding) {
        self.verified.findings.push(finding);
    }

    fn read(&mut self, path: &str) -> Option<Vec<u8>> {
        match log::read(self.files, path) {
            Ok(octets) => Some(octets),
            Err(error) => {
                self.find(Finding::file(path, format!("cannot be read: {error}")));
                None
            }
        }
    }

    fn text(&mut self, path: &str) -> Option<String> {
        let octets = self.read(path)?;
        let text = String::from_utf8(octets);
        if text.is_err() {
            self.find(Finding::file(path, "is not UTF-8 text"));
        }
        text.ok()
    }

    fn all(&mut self) {
        let listed = sums::verify(self.files, &mut self.verified.findings);
        let Some(manifest) = self.manifest() else { return };
        let Some(script) = self.script(&manifest) else { return };
        let profiles = self.profiles(&manifest, &script);
        let inputs = self.inputs(&manifest, &script);
        let log = self.log();
        let Some(transcript) = self.transcript() else { return };
        self.verified.head = Some(transcript.head());
        course::verify(&script, &manifest, &transcript, &log, &mut self.verified.findings);
        self.anchors(&transcript, &log);
        self.outputs(&transcript, &listed);
        let parts = objects::Parts {
            files: self.files,
            script: &script,
            manifest: &manifest,
            profiles: &profiles,
            inputs: &inputs,
            transcript: &transcript,
            log: &log,
        };
        let made = objects::verify(&parts, &mut self.verified.findings);
        keys::counts(&parts, &mut self.verified.findings);
        self.told(&manifest, &script, &transcript, &made);
        self.verified.made = made;
        self.verified.script = Some(script);
        self.verified.manifest = Some(manifest);
        self.verified.transcript = Some(transcript);
    }

    fn manifest(&mut self) -> Option<Manifest> {
        let octets = self.read(layout::PLAN)?;
        self.verified.plan = Some(Fingerprint::of(&octets));
        match Manifest::decode(&octets) {
            Ok(manifest) => {
                self.verified.mode = Some(manifest.mode);
                Some(manifest)
            }
            Err(error) => {
                self.find(Finding::file(layout::PLAN, error.to_string()));
                None
            }
        }
    }

    fn script(&mut self, manifest: &Manifest) -> Option<Script> {
        let site = self.text(layout::SITE)?;
        if Fingerprint::of(site.as_bytes()) != manifest.site {
            self.find(Finding::file(layout::SITE, "is not the site of the plan"));
        }
        let text = self.text(layout::SCRIPT)?;
        if Fingerprint::of(text.as_bytes()) != manifest.script {
            self.find(Finding::file(layout::SCRIPT, "is not the script of the plan"));
        }
        if let Err(problems) = Site::parse(&site) {
            self.find(Finding::file(layout::SITE, problems.to_string()));
        }
        let script = match Script::parse(&text) {
            Ok(script) => script,
            Err(problems) => {
                self.find(Finding::file(layout::SCRIPT, problems.to_string()));
                return None;
            }
        };
        if manifest.mode == Mode::Ceremony {
            return Some(script);
        }
        match script.for_rehearsal() {
            Ok(script) => Some(script),
            Err(error) => {
                self.find(Finding::file(layout::SCRIPT, error.to_string()));
                None
            }
        }
    }

    fn profiles(&mut self, manifest: &Manifest, script: &Script) -> BTreeMap<String, Profile> {
        let mut profiles = BTreeMap::new();
        for named in &manifest.profiles {
            let mut texts: Vec<String> = Vec::new();
            // The texts are numbered without a gap; what stands beyond the last one is found by the sums' list.
            while let Ok(octets) =
                log::read(self.files, &layout::profile(&named.name, texts.len().saturating_add(1)))
            {
                texts.push(String::from_utf8_lossy(&octets).into_owned());
                if texts.len() > 16 {
                    break;
                }
            }
            let layers: Vec<Layer<'_>> =
                texts.iter().map(|text| Layer { name: named.name.as_str(), text }).collect();
            let path = layout::profile(&named.name, 1);
            match Profile::parse_layers(&layers) {
                Ok(profile) if Fingerprint(profile.sha256()) == named.sha256 => {
                    profiles.insert(named.name.clone(), profile);
                }
                Ok(_) => self.find(Finding::file(path, "is not the profile of the plan")),
                Err(problems) => self.find(Finding::file(path, problems.to_string())),
            }
        }
        for name in script.profiles() {
            if !manifest.profiles.iter().any(|named| named.name == name) {
                self.find(Finding::file(
                    layout::PLAN,
                    format!("has no profile {name:?}, which the script names"),
                ));
            }
        }
        profiles
    }

    fn inputs(&mut self, manifest: &Manifest, script: &Script) -> BTreeMap<String, Vec<u8>> {
        let mut inputs = BTreeMap::new();
        for named in &manifest.inputs {
            let path = format!("{}{}", layout::INPUTS, named.name);
            let Some(octets) = self.read(&path) else { continue };
            if Fingerprint::of(&octets) != named.sha256 {
                self.find(Finding::file(path, "is not the file of the plan"));
            }
            inputs.insert(named.name.clone(), octets);
        }
        for path in script.inputs() {
            if !inputs.contains_key(path) {
                self.find(Finding::file(
                    layout::PLAN,
                    format!("has no file {path:?}, which the script names"),
                ));
            }
        }
        inputs
    }

    fn log(&mut self) -> Log {
        let below = Below { files: self.files, prefix: layout::LOG };
        let verified = evidence::verify(&below, &[]);
        for finding in verified.findings.kept() {
            self.verified.findings.push(Finding::file(layout::LOG, finding.to_string()));
        }
        let path = format!("{}{}", layout::LOG, evidence::layout::LOG);
        self.read(&path).map(|octets| Log::parse(&octets)).unwrap_or_default()
    }

    fn transcript(&mut self) -> Option<Transcript> {
        let octets = self.read(layout::TRANSCRIPT)?;
        match Transcript::parse(&octets) {
            Ok(transcript) => Some(transcript),
            Err(error) => {
                let finding = match error.entry() {
                    0 => Finding::file(layout::TRANSCRIPT, error.to_string()),
                    entry => Finding::record(layout::TRANSCRIPT, entry, error.to_string()),
                };
                self.find(finding);
                None
            }
        }
    }

    /// The log tells of the transcript, up to its end.
    fn anchors(&mut self, transcript: &Transcript, log: &Log) {
        let plan = self.verified.plan;
        let path = format!("{}{}", layout::LOG, evidence::layout::LOG);
        let mut ended = false;
        let mut wrong = Vec::new();
        for (entry, event) in log.events() {
            let Event::Ceremony(Ceremony { state, plan: of, records, transcript: hash }) = event else {
                continue;
            };
            if Some(*of) != plan {
                continue;
            }
            if transcript.head_at(*records).map(|head| head.hash) == Some(*hash) {
                ended |= *state == CeremonyState::Ended && *records == transcript.head().entries;
            } else {
                wrong.push(Finding::record(&*path, entry, "tells of another transcript than this one"));
            }
        }
        wrong.into_iter().for_each(|finding| self.find(finding));
        if !ended {
            self.find(Finding::file(path, "does not tell of the end of this transcript"));
        }
    }

    /// What steps have written is there, and nothing else among it.
    fn outputs(&mut self, transcript: &Transcript, listed: &[String]) {
        let mut told: BTreeMap<String, (u64, Fingerprint)> = BTreeMap::new();
        for record in transcript.records() {
            if let super::facts::Fact::Wrote { file, sha256, .. } = &record.fact {
                told.insert(file.clone(), (record.entry, *sha256));
            }
        }
        for (file, (entry, sha256)) in &told {
            if !file.starts_with(layout::OUTPUTS) {
                self.find(Finding::record(
                    layout::TRANSCRIPT,
                    *entry,
                    format!("tells of {file:?}, which is no output"),
                ));
                continue;
            }
            let Some(octets) = self.read(file) else { continue };
            if Fingerprint::of(&octets) != *sha256 {
                self.find(Finding::record(file, *entry, "is not what the transcript says was written"));
            }
        }
        for path in listed {
            if path.starts_with(layout::OUTPUTS) && !told.contains_key(path) {
                self.find(Finding::file(path, "no record tells of it"));
            }
        }
    }

    /// In plain words what was and was not shown.
    fn told(&mut self, manifest: &Manifest, script: &Script, transcript: &Transcript, made: &[Made]) {
        let plan = self.verified.plan.unwrap_or(manifest.script);
        let scripted = transcript.records().iter().any(|record| {
            matches!(
                &record.fact,
                super::facts::Fact::Begun { answers: Some(_), .. }
                    | super::facts::Fact::Resumed { answers: Some(_), .. }
            )
        });
        let steps = script.steps().count();
        self.verified.proven = vec![
            format!("the {} records of the transcript are chained, and the audit log vouches for all of them", transcript.head().entries),
            format!("all {steps} steps of the script were done in its order, by the plan {plan}"),
            "each section began with the people present whom the script wants, and as many as it wants approved the digest of each thing that was signed".to_owned(),
            format!("all {} objects that were signed follow octet for octet from script, profiles and keys, and their signatures verify", made.len()),
            "nothing else was signed by the CAs of this home while the ceremony went on, as far as its audit log tells".to_owned(),
        ];
        self.verified.unproven = vec![
            "that the files were not all made anew: hold the words of the transcript against those that were written down".to_owned(),
            "who the people were that gave these names, and that bags, rooms and cameras were as they said".to_owned(),
            "that the machine and its program were honest".to_owned(),
        ];
        if scripted {
            let text = "that people approved anything: a file answered in their place";
            self.verified.unproven.insert(0, text.to_owned());
        }
        if manifest.mode == Mode::Rehearsal {
            let text =
                "anything about real keys: this is a rehearsal, whose tokens and home were thrown away";
            self.verified.unproven.insert(0, text.to_owned());
        }
    }
}

impl Verified {
    /// The head of the transcript as words, for comparison with those that were written down.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        self.head.map(|head| in_words(&head.hash))
    }
}
