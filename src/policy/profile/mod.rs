//! Profile: a closed description of exactly what may come out of a CA.
//!
//! A profile is read from TOML ([`Profile::parse`]) and from then on holds no text that still means
//! something else. Its [`Kind`] decides basicConstraints and the keyUsage bits of a CA: the rules of an end
//! entity have no place in which cA TRUE, keyCertSign or cRLSign could stand, so no file and no request
//! can bring them about. An extension that a profile does not name cannot be issued, and nothing is copied
//! from a request unless the profile says so.

mod alt_names;
mod extensions;
mod form;
mod kind;
mod linter;
mod pattern;
mod rows;
mod soundness;
mod subject;
mod toml;
mod url_text;
mod validity;

use crate::x509::algorithm::KeyAlgorithm;
use crate::x509::standard::Standard;

pub use alt_names::{AltNameRules, AltNameType, UnknownAltNameType};
pub use extensions::{ExtensionRules, Policies, Purposes, RequestedExtension, TlsFeatures, Urls};
pub use form::{ExtensionForm, UnknownForm};
pub use kind::{CaRules, EndEntityKeyUsage, EndEntityRules, EndEntityUsages, Kind, impossible};
pub use linter::{LintExclusion, OutsideLinter};
pub use pattern::{Pattern, PatternError};
use rows::Canonical;
pub use rows::Row;
pub(crate) use soundness::needed;
pub use subject::{AttributeRule, Order, Others, SubjectRules};
pub(crate) use toml::not_by_number;
pub use toml::{Layer, id as problem_ids, parent};
pub use url_text::{UrlText, UrlTextError};
pub use validity::{Length, LengthError, ValidityRules};

use super::builtin;
use super::problem::Problems;
use super::violation::Rule;

/// A certificate profile, all of whose rules were found sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    name: String,
    description: String,
    document: Option<String>,
    kind: Kind,
    standards: Vec<Standard>,
    subject: SubjectRules,
    key: KeyRules,
    validity: ValidityRules,
    other_extensions: Others,
    extensions: ExtensionRules,
    waivable: Vec<Rule>,
    exclusions: Vec<LintExclusion>,
    linters: Vec<OutsideLinter>,
    canonical: Canonical,
}

impl Profile {
    /// Reads a profile. `name` is how operators call it: the stem of its file. Profiles from which it
    /// inherits are looked for among the built-in ones alone; [`Profile::parse_layers`] takes others.
    ///
    /// # Errors
    /// [`Problems`]: everything that is wrong with the text, each with its id and line.
    pub fn parse(name: &str, text: &str) -> Result<Self, Problems> {
        let mut layers = vec![Layer { name, text }];
        // A text that inherits from itself, or from too many, is told by the reader.
        while layers.len() <= toml::MOST_LAYERS {
            let inherits = layers.last().and_then(|layer| parent(layer.text));
            let Some((known, text)) = inherits.as_deref().and_then(builtin::find) else { break };
            layers.push(Layer { name: known, text });
        }
        Self::parse_layers(&layers)
    }

    /// Reads a profile of which the profiles are given from which it inherits: itself first, then its parent,
    /// then the parent's.
    ///
    /// # Errors
    /// As [`Profile::parse`].
    pub fn parse_layers(layers: &[Layer<'_>]) -> Result<Self, Problems> {
        toml::parse(layers)
    }

    /// The name of the profile.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the profile is for, in one sentence.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The certificate policy or practice statement that the profile carries out, and its version: for people.
    #[must_use]
    pub fn document(&self) -> Option<&str> {
        self.document.as_deref()
    }

    /// What kind of certificate comes out.
    #[must_use]
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The sets of rules that apply: RFC 5280 first, which always does.
    #[must_use]
    pub fn standards(&self) -> &[Standard] {
        &self.standards
    }

    /// Whether a set of rules applies.
    #[must_use]
    pub fn follows(&self, standard: Standard) -> bool {
        self.standards.contains(&standard)
    }

    /// The rules for the subject's distinguished name.
    #[must_use]
    pub fn subject(&self) -> &SubjectRules {
        &self.subject
    }

    /// The rules for the subject's key.
    #[must_use]
    pub fn key(&self) -> &KeyRules {
        &self.key
    }

    /// How long certificates may be valid.
    #[must_use]
    pub fn validity(&self) -> &ValidityRules {
        &self.validity
    }

    /// What becomes of extensions that a request asks for and does not get.
    #[must_use]
    pub fn other_extensions(&self) -> Others {
        self.other_extensions
    }

    /// The extensions of the certificate, except those that follow from [`Profile::kind`].
    #[must_use]
    pub fn extensions(&self) -> &ExtensionRules {
        &self.extensions
    }

    /// The rules that a person may override, giving a reason.
    #[must_use]
    pub fn waivable(&self) -> &[Rule] {
        &self.waivable
    }

    /// The lints that do not count, each with its reason and who said so.
    #[must_use]
    pub fn exclusions(&self) -> &[LintExclusion] {
        &self.exclusions
    }

    /// The programs that must find nothing before anything is signed.
    #[must_use]
    pub fn linters(&self) -> &[OutsideLinter] {
        &self.linters
    }
}

/// The rules for the subject's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRules {
    /// The kinds of key that may be certified.
    pub algorithms: Vec<KeyAlgorithm>,
    /// Whether the key of a CA may be weaker than the key of the CA that issues to it.
    pub weaker_than_issuer: bool,
}
