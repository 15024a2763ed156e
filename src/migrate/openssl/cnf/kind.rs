//! The kind of certificate that a section of extensions makes.

use der::asn1::ObjectIdentifier;

use crate::x509::extension::purpose;

use super::extension::{Extension, Item};
use super::file::Cnf;
use super::object_name::object;

/// The kinds of profile to which a section can lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Root,
    Subordinate,
    EndEntity,
    OcspResponder,
    TimeStamping,
}

impl Kind {
    /// The kind of a section's extensions. The basicConstraints decide between CAs and others; `self_signed` says which
    /// CA. Of others, whose only purpose is OCSPSigning or timeStamping is a kind of its own.
    pub(super) fn of(cnf: &Cnf, extensions: &[Extension<'_>], self_signed: bool) -> Self {
        let named = |name: &str| extensions.iter().find(|one| one.entry.name == name);
        let constraints = named("basicConstraints").and_then(|one| one.items(cnf).ok()).unwrap_or_default();
        if constraints.iter().any(|item| item.name == "CA" && truth(item.value.as_deref()) == Some(true)) {
            return if self_signed { Self::Root } else { Self::Subordinate };
        }
        let purposes = named("extendedKeyUsage").and_then(|one| one.items(cnf).ok()).unwrap_or_default();
        match purposes.iter().map(|item| purpose_of(cnf, item)).collect::<Vec<_>>().as_slice() {
            [Some(purpose::OCSP_SIGNING)] => Self::OcspResponder,
            [Some(purpose::TIME_STAMPING)] => Self::TimeStamping,
            _ => Self::EndEntity,
        }
    }

    /// The word of the profile.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Subordinate => "subordinate",
            Self::EndEntity => "end-entity",
            Self::OcspResponder => "ocsp-responder",
            Self::TimeStamping => "time-stamping",
        }
    }

    /// Whether it is a CA's.
    pub(super) const fn is_ca(self) -> bool {
        matches!(self, Self::Root | Self::Subordinate)
    }
}

/// A truth value as extensions write it.
pub(super) fn truth(text: Option<&str>) -> Option<bool> {
    match text? {
        "TRUE" | "true" | "Y" | "y" | "YES" | "yes" => Some(true),
        "FALSE" | "false" | "N" | "n" | "NO" | "no" => Some(false),
        _ => None,
    }
}

/// The purpose that an item of extendedKeyUsage names; in a section of its own it is the value.
pub(super) fn purpose_of(cnf: &Cnf, item: &Item) -> Option<ObjectIdentifier> {
    object(cnf, item.value.as_ref().unwrap_or(&item.name))
}
