//! `pkcs11:` URIs (RFC 7512): how people and configurations name tokens and keys.
//!
//! Pure: text in, typed values out. Stricter than the standard where leniency could pick the wrong
//! key: an attribute that is not known, given twice or badly encoded is refused instead of ignored.
//! `pin-value` is refused because a URI lands in shell histories, configurations and logs.

mod encoding;
mod error;
mod parse;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

pub use error::UriError;

use super::description::TokenInfo;
use super::pin::PinSource;
use encoding::{percent_encode, percent_encode_all, percent_encode_path};

/// The `type` attribute: the class of an object (RFC 7512 s.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectType {
    /// `public`: a public key.
    Public,
    /// `private`: a private key.
    Private,
    /// `cert`: a certificate.
    Certificate,
    /// `secret-key`: a symmetric key.
    SecretKey,
    /// `data`: a data object.
    Data,
}

impl ObjectType {
    /// Every type, in the order of the standard.
    pub(super) const ALL: [Self; 5] =
        [Self::Public, Self::Private, Self::Certificate, Self::SecretKey, Self::Data];

    /// The word that the URI uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Certificate => "cert",
            Self::SecretKey => "secret-key",
            Self::Data => "data",
        }
    }
}

/// A version of a module: major and minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LibraryVersion {
    pub(super) major: u8,
    pub(super) minor: u8,
}

/// A `pkcs11:` URI. What it does not say matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pkcs11Uri {
    token: Option<String>,
    serial: Option<String>,
    manufacturer: Option<String>,
    model: Option<String>,
    library_description: Option<String>,
    library_manufacturer: Option<String>,
    library_version: Option<LibraryVersion>,
    slot_description: Option<String>,
    slot_manufacturer: Option<String>,
    slot_id: Option<u64>,
    object: Option<String>,
    id: Option<Vec<u8>>,
    object_type: Option<ObjectType>,
    module_path: Option<PathBuf>,
    module_name: Option<String>,
    pin_source: Option<PinSource>,
}

impl Pkcs11Uri {
    /// Reads a URI.
    ///
    /// # Errors
    /// [`UriError`] names the attribute and the octet at which it stands.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        parse::parse(text)
    }

    /// The exact URI of a token: label, serial, manufacturer and model, as far as they are there.
    #[must_use]
    pub fn of_token(token: &TokenInfo) -> Self {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Self {
            token: given(&token.label),
            serial: given(&token.serial),
            manufacturer: given(&token.manufacturer),
            model: given(&token.model),
            ..Self::default()
        }
    }

    /// The exact URI of a private key in a token, by its label and id as far as it has them.
    #[must_use]
    pub fn of_key(token: &TokenInfo, label: &str, id: &[u8]) -> Self {
        Self {
            object: (!label.is_empty()).then(|| label.to_owned()),
            id: (!id.is_empty()).then(|| id.to_vec()),
            object_type: Some(ObjectType::Private),
            ..Self::of_token(token)
        }
    }

    /// The exact URI of a slot with the token in it, for tokens that have no name yet. The number of a slot may
    /// change at every start of the module.
    #[must_use]
    pub fn of_slot(token: &TokenInfo) -> Self {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Self {
            slot_description: given(&token.slot_description),
            slot_manufacturer: given(&token.slot_manufacturer),
            slot_id: Some(token.slot_id),
            ..Self::of_token(token)
        }
    }

    /// The same URI for another class of object.
    #[must_use]
    pub fn with_object_type(self, object_type: ObjectType) -> Self {
        Self { object_type: Some(object_type), ..self }
    }

    /// The same URI with another module path.
    #[must_use]
    pub fn with_module_path(mut self, path: &Path) -> Self {
        self.module_path = Some(path.to_owned());
        self
    }

    /// The same URI without the attributes that name an object: the token alone.
    #[must_use]
    pub fn without_object(&self) -> Self {
        Self { object: None, id: None, object_type: None, ..self.clone() }
    }

    /// The URI of the key with this label in the same token.
    #[must_use]
    pub fn with_label(&self, label: &str) -> Self {
        Self { object: Some(label.to_owned()), ..self.without_object() }
    }

    /// The same URI without its query: module and PIN source.
    #[must_use]
    pub fn without_query(self) -> Self {
        Self { module_path: None, module_name: None, pin_source: None, ..self }
    }

    /// The URI that says no more than a token's label.
    pub(super) fn of_label(label: &str) -> Self {
        Self { token: Some(label.to_owned()), ..Self::default() }
    }

    /// The token's label (`token`).
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The token's serial number (`serial`).
    #[must_use]
    pub fn serial(&self) -> Option<&str> {
        self.serial.as_deref()
    }

    /// The object's label (`object`, `CKA_LABEL`).
    #[must_use]
    pub fn object(&self) -> Option<&str> {
        self.object.as_deref()
    }

    /// The object's id (`id`, `CKA_ID`).
    #[must_use]
    pub fn id(&self) -> Option<&[u8]> {
        self.id.as_deref()
    }

    /// The object's class (`type`).
    #[must_use]
    pub const fn object_type(&self) -> Option<ObjectType> {
        self.object_type
    }

    /// Whether the URI says anything about an object.
    #[must_use]
    pub const fn names_object(&self) -> bool {
        self.object.is_some() || self.id.is_some() || self.object_type.is_some()
    }

    /// The absolute path of the module (`module-path`).
    #[must_use]
    pub fn module_path(&self) -> Option<&Path> {
        self.module_path.as_deref()
    }

    /// The name of the module (`module-name`): `softhsm2` for `libsofthsm2.so`.
    #[must_use]
    pub fn module_name(&self) -> Option<&str> {
        self.module_name.as_deref()
    }

    /// Where the PIN comes from (`pin-source`).
    #[must_use]
    pub const fn pin_source(&self) -> Option<&PinSource> {
        self.pin_source.as_ref()
    }

    /// Whether every attribute about module, slot and token agrees with what the module says.
    ///
    /// Trailing spaces are no part of a label (PKCS#11 pads with them). OpenSC shows a token that
    /// was labelled `label` as `label (User PIN)`: that is the same token.
    #[must_use]
    pub fn matches_token(&self, token: &TokenInfo) -> bool {
        let same =
            |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        self.token.as_deref().is_none_or(|wanted| label_matches(wanted, &token.label))
            && same(&self.serial, &token.serial)
            && same(&self.manufacturer, &token.manufacturer)
            && same(&self.model, &token.model)
            && same(&self.library_description, &token.library_description)
            && same(&self.library_manufacturer, &token.library_manufacturer)
            && same(&self.slot_description, &token.slot_description)
            && same(&self.slot_manufacturer, &token.slot_manufacturer)
            && self.slot_id.is_none_or(|wanted| wanted == token.slot_id)
            && self.library_version.is_none_or(|wanted| (wanted.major, wanted.minor) == token.library_version)
    }

    /// Whether the URI says something about the library, which a module is not asked for otherwise.
    pub(super) const fn names_library(&self) -> bool {
        self.library_description.is_some()
            || self.library_manufacturer.is_some()
            || self.library_version.is_some()
    }

    /// Whether the URI says something about the slot that a module is not asked for otherwise.
    pub(super) const fn describes_slot(&self) -> bool {
        self.slot_description.is_some() || self.slot_manufacturer.is_some()
    }

    /// Whether label and id of a key agree. `type` plays no part: both halves of a pair are one key.
    #[must_use]
    pub fn matches_key(&self, label: &str, id: &[u8]) -> bool {
        self.object.as_deref().is_none_or(|wanted| wanted == label)
            && self.id.as_deref().is_none_or(|wanted| wanted == id)
    }
}

/// OpenSC appends the name of the PIN to the label that was set.
fn label_matches(wanted: &str, found: &str) -> bool {
    found == wanted
        || found
            .strip_prefix(wanted)
            .and_then(|rest| rest.strip_prefix(" ("))
            .is_some_and(|rest| rest.ends_with(')') && rest.contains("PIN"))
}

impl FromStr for Pkcs11Uri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        Self::parse(text)
    }
}

/// The canonical text: attributes in a fixed order, everything but unreserved characters encoded.
impl fmt::Display for Pkcs11Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.library_version.map(|version| format!("{}.{}", version.major, version.minor));
        let slot_id = self.slot_id.map(|id| id.to_string());
        let texts = [
            ("library-description", &self.library_description),
            ("library-manufacturer", &self.library_manufacturer),
            ("library-version", &version),
            ("slot-description", &self.slot_description),
            ("slot-manufacturer", &self.slot_manufacturer),
            ("slot-id", &slot_id),
            ("token", &self.token),
            ("serial", &self.serial),
            ("manufacturer", &self.manufacturer),
            ("model", &self.model),
            ("object", &self.object),
        ];
        let mut path: Vec<String> = texts
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", percent_encode(value.as_deref()?))))
            .collect();
        path.extend(self.id.as_deref().map(|id| format!("id={}", percent_encode_all(id))));
        path.extend(self.object_type.map(|kind| format!("type={}", kind.as_str())));
        let mut query: Vec<String> = Vec::new();
        query.extend(self.module_name.as_deref().map(|name| format!("module-name={}", percent_encode(name))));
        query.extend(
            self.module_path.as_deref().map(|module| format!("module-path={}", percent_encode_path(module))),
        );
        query.extend(
            self.pin_source
                .as_ref()
                .map(|source| format!("pin-source={}", encoding::percent_encode_source(source))),
        );
        write!(f, "pkcs11:{}", path.join(";"))?;
        if query.is_empty() { Ok(()) } else { write!(f, "?{}", query.join("&")) }
    }
}

#[cfg(test)]
mod tests;
