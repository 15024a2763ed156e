//! Script: what will be done in a ceremony, in which order, and by whom.

use std::collections::BTreeMap;

use super::role::Role;
use super::script_toml;
use super::step::{NewCa, NewKey, NewResponder, Step, Task};
use crate::config::CaConfig;
use crate::policy::Problems;

/// A script, with every rule checked that needs nothing but the script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// What the ceremony is called.
    pub title: String,
    /// What it is for.
    pub purpose: String,
    /// The CP or CPS that it follows, and the section, for people.
    pub document: Option<String>,
    /// The roles, in the order of the file.
    pub roles: Vec<Role>,
    /// What `keyrite.toml` has to say of the CAs that sign.
    pub cas: BTreeMap<String, CaConfig>,
    /// The CAs that are there already, by name.
    pub existing: BTreeMap<String, Existing>,
    /// The sections, in the order of the file.
    pub sections: Vec<Section>,
}

/// A CA that is there before the ceremony.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Existing {
    /// The CA, as a step would have made it.
    pub ca: NewCa,
}

/// A part of a ceremony in which the same people are present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What it is called.
    pub title: String,
    /// How many people of which role have to be present.
    pub present: Vec<(String, u32)>,
    /// How many of those present have to approve what is signed.
    pub approvals: u32,
    /// The steps, in the order of the file.
    pub steps: Vec<Step>,
}

impl Script {
    /// The most steps of a script.
    pub const MOST_STEPS: usize = 500;

    /// Reads a script.
    ///
    /// # Errors
    /// [`Problems`]: everything that is wrong with the text, each with its id and line.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        script_toml::parse(text)
    }

    /// Every step, with its section.
    pub fn steps(&self) -> impl Iterator<Item = (&Section, &Step)> {
        self.sections.iter().flat_map(|section| section.steps.iter().map(move |step| (section, step)))
    }

    /// A step by its number.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<(&Section, &Step)> {
        self.steps().find(|(_, step)| step.id == id)
    }

    /// Every CA whose key is made in it or has been made before, in the order of the file.
    pub fn keys(&self) -> impl Iterator<Item = &NewCa> {
        let made = self.steps().filter_map(|(_, step)| match &step.task {
            Task::CreateRoot { ca, .. } | Task::Request { ca } => Some(ca),
            Task::CheckEnvironment
            | Task::CheckToken { .. }
            | Task::GenerateKey { .. }
            | Task::IssueResponder { .. }
            | Task::SignOcsp { .. }
            | Task::Publish { .. }
            | Task::Verify
            | Task::Issue { .. }
            | Task::CrossCertify { .. }
            | Task::DestroyKey { .. }
            | Task::Install { .. }
            | Task::Revoke { .. }
            | Task::IssueCrl { .. }
            | Task::Checkpoint { .. }
            | Task::Action { .. }
            | Task::Pause { .. } => None,
        });
        self.existing.values().map(|existing| &existing.ca).chain(made)
    }

    /// The step that makes a key alone, by token and label.
    #[must_use]
    pub fn generated(&self, token: &str, label: &str) -> Option<(&Step, &NewKey)> {
        self.steps().find_map(|(_, step)| {
            let Task::GenerateKey { key } = &step.task else { return None };
            (key.token == token && key.label == label).then_some((step, key))
        })
    }

    /// The step that issues the certificate of a responder, by its name.
    #[must_use]
    pub fn responder(&self, name: &str) -> Option<(&Step, &NewResponder)> {
        self.steps().find_map(|(_, step)| {
            let Task::IssueResponder { responder, .. } = &step.task else { return None };
            (responder.name == name).then_some((step, responder))
        })
    }

    /// The profiles by which something is made, each once.
    #[must_use]
    pub fn profiles(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.steps().filter_map(|(_, step)| step.task.profile()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The files that go into it, each once, relative to the script.
    #[must_use]
    pub fn inputs(&self) -> Vec<&str> {
        let mut paths: Vec<&str> = self.steps().filter_map(|(_, step)| step.task.input()).collect();
        paths.sort_unstable();
        paths.dedup();
        paths
    }

    /// The tokens that a site has to name, each once.
    #[must_use]
    pub fn tokens(&self) -> Vec<&str> {
        let of_steps = self.steps().filter_map(|(_, step)| step.task.token());
        let of_existing = self.existing.values().map(|existing| existing.ca.token.as_str());
        let mut names: Vec<&str> = of_existing.chain(of_steps).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What `keyrite.toml` has to say of a CA.
    #[must_use]
    pub fn ca(&self, name: &str) -> CaConfig {
        self.cas.get(name).cloned().unwrap_or_default()
    }
}
