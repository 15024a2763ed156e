//! The rules of a profile for the subject's distinguished name.

use crate::x509::name::attribute::{AttributeType, StringType};

use super::pattern::Pattern;

/// What becomes of a thing that a request has and the profile does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// The request is refused.
    Refuse,
    /// It is left out, and the operator is told.
    Drop,
}

impl Others {
    /// The words in TOML.
    pub const WORDS: [&'static str; 2] = ["refuse", "drop"];

    /// The word in TOML.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Drop => "drop",
        }
    }
}

/// In which order the attributes of a subject are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As they were asked for.
    AsAsked,
    /// As the profile lists them; those of one type keep the order in which they were asked for.
    AsListed,
}

impl Order {
    /// The words in TOML.
    pub const WORDS: [&'static str; 2] = ["as-asked", "as-listed"];

    /// The word in TOML.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::AsAsked => "as-asked",
            Self::AsListed => "as-listed",
        }
    }
}

/// The rules for a subject's distinguished name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectRules {
    /// The attributes that the profile names, in its order.
    pub attributes: Vec<(&'static AttributeType, AttributeRule)>,
    /// What becomes of attributes that it does not name.
    pub other_attributes: Others,
    /// In which order they are encoded.
    pub order: Order,
    /// Whether every CN must also be a name of subjectAltName, character for character (BR 7.1.4.3).
    pub common_name_in_alt_names: bool,
}

/// The rule for one attribute of a distinguished name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeRule {
    /// Must not be asked for, not even to be dropped.
    Forbidden,
    /// Always has this value, whether it is asked for or not.
    Fixed {
        /// The value.
        value: String,
        /// The string type in which it is encoded.
        string: StringType,
    },
    /// Is taken from the request, or from what the operator wrote.
    Asked {
        /// Whether it must be there.
        required: bool,
        /// What every value must match, if anything.
        pattern: Option<Pattern>,
        /// The string type in which values are encoded.
        string: StringType,
        /// The most values, at least 1.
        maximum: usize,
    },
}

impl AttributeRule {
    /// The most values of an attribute where a profile does not say: one, but for the few that may stand in a
    /// name more than once (BR 7.1.4.1).
    #[must_use]
    pub fn usual_maximum(known: &AttributeType) -> usize {
        if ["DC", "street", "OU"].contains(&known.short) { 16 } else { 1 }
    }

    /// An attribute that is taken from the request as it is.
    #[must_use]
    pub fn asked(known: &AttributeType, required: bool) -> Self {
        Self::Asked { required, pattern: None, string: known.string, maximum: Self::usual_maximum(known) }
    }
}
