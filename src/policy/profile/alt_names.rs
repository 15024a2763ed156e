//! The rules of a profile for the names of subjectAltName.

use crate::x509::general_name::GeneralName;

use super::pattern::Pattern;

/// The rules for the names of subjectAltName.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AltNameRules {
    /// Whether names are taken from the request; otherwise only the operator gives them.
    pub from_request: bool,
    /// The types that may occur.
    pub types: Vec<AltNameType>,
    /// The types of which there must be at least one name each.
    pub required: Vec<AltNameType>,
    /// What every name of a type must match: the text after the colon of `dns:www.example.test`.
    pub patterns: Vec<(AltNameType, Pattern)>,
    /// The fewest names.
    pub minimum: usize,
    /// The most names.
    pub maximum: usize,
    /// Whether a host name may begin with a wildcard label.
    pub wildcards: bool,
}

/// A type of name that subjectAltName may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AltNameType {
    /// dNSName.
    Dns,
    /// iPAddress.
    Ip,
    /// rfc822Name.
    Email,
    /// uniformResourceIdentifier.
    Uri,
    /// directoryName.
    Directory,
    /// registeredID.
    RegisteredId,
    /// otherName: the user principal name of Microsoft's smart card logon.
    Upn,
    /// otherName: SmtpUTF8Mailbox (RFC 9598).
    SmtpUtf8,
    /// otherName: hardwareModuleName (RFC 4108 s.5), of IEEE 802.1AR devices.
    HardwareModule,
}

impl AltNameType {
    /// Every type.
    pub const ALL: [Self; 9] = [
        Self::Dns,
        Self::Ip,
        Self::Email,
        Self::Uri,
        Self::Directory,
        Self::RegisteredId,
        Self::Upn,
        Self::SmtpUtf8,
        Self::HardwareModule,
    ];

    /// The type of a name; nothing where it is of none that a profile can allow.
    #[must_use]
    pub const fn of(name: &GeneralName) -> Option<Self> {
        match name {
            GeneralName::Dns(_) => Some(Self::Dns),
            GeneralName::Ip(_) => Some(Self::Ip),
            GeneralName::Email(_) => Some(Self::Email),
            GeneralName::Uri(_) => Some(Self::Uri),
            GeneralName::Directory(_) => Some(Self::Directory),
            GeneralName::RegisteredId(_) => Some(Self::RegisteredId),
            GeneralName::Upn(_) => Some(Self::Upn),
            GeneralName::SmtpUtf8(_) => Some(Self::SmtpUtf8),
            GeneralName::HardwareModule { .. } => Some(Self::HardwareModule),
            GeneralName::OtherName { .. } | GeneralName::Other(_) => None,
        }
    }

    /// The word for the type, as before the colon of `dns:www.example.test`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Ip => "ip",
            Self::Email => "email",
            Self::Uri => "uri",
            Self::Directory => "dn",
            Self::RegisteredId => "rid",
            Self::Upn => "upn",
            Self::SmtpUtf8 => "smtp-utf8",
            Self::HardwareModule => "hardware-module",
        }
    }
}

impl std::fmt::Display for AltNameType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

impl std::str::FromStr for AltNameType {
    type Err = UnknownAltNameType;

    fn from_str(text: &str) -> Result<Self, UnknownAltNameType> {
        Self::ALL
            .into_iter()
            .find(|known| known.word() == text)
            .ok_or_else(|| UnknownAltNameType(text.to_owned()))
    }
}

/// A word that is not a type of name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown type of name {0:?}, wanted one of dns ip email uri dn rid upn smtp-utf8 hardware-module")]
pub struct UnknownAltNameType(pub String);
