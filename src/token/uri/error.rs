//! Why a text is not a `pkcs11:` URI that keyrite takes.

/// A URI that was refused. Positions count octets from the start of the text, from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// The text does not begin with `pkcs11:`.
    #[error("not a PKCS#11 URI: it must begin with \"pkcs11:\"")]
    Scheme,
    /// The text is longer than any sensible URI.
    #[error("URI of {octets} octets, wanted at most {limit}")]
    Length {
        /// The octets of the text.
        octets: usize,
        /// The most that is accepted.
        limit: usize,
    },
    /// Between two separators stands something that is not `name=value`.
    #[error("no \"name=value\" at octet {position}: {found:?}")]
    Shape {
        /// What stands there.
        found: String,
        /// Where it begins.
        position: usize,
    },
    /// An attribute that RFC 7512 does not define, or that stands in the wrong half of the URI.
    #[error("unknown attribute {name:?} at octet {position}")]
    Unknown {
        /// The attribute.
        name: String,
        /// Where it begins.
        position: usize,
        /// The known attribute that looks most like it, or the place where it belongs.
        nearest: Option<String>,
    },
    /// An attribute that is given a second time.
    #[error("attribute {name} is given twice, again at octet {position}")]
    Twice {
        /// The attribute.
        name: &'static str,
        /// Where the second one begins.
        position: usize,
    },
    /// A `%` without two hexadecimal digits.
    #[error("bad percent-encoding in attribute {name} at octet {position}")]
    Encoding {
        /// The attribute.
        name: &'static str,
        /// Where the `%` stands.
        position: usize,
    },
    /// A character that has to be percent-encoded there.
    #[error("character {found:?} in attribute {name} at octet {position} must be percent-encoded")]
    Character {
        /// The attribute.
        name: &'static str,
        /// The character.
        found: char,
        /// Where it stands.
        position: usize,
    },
    /// A value that its attribute cannot have.
    #[error("attribute {name} at octet {position}: {reason}")]
    Value {
        /// The attribute.
        name: &'static str,
        /// Where the attribute begins.
        position: usize,
        /// What was found and what was wanted.
        reason: String,
    },
    /// `pin-value`, which would put the PIN into shell histories, process lists and configurations.
    #[error("attribute pin-value at octet {position} is refused: a PIN in a URI is readable by others")]
    PinValue {
        /// Where the attribute begins.
        position: usize,
    },
}

impl UriError {
    /// What the operator can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Scheme => Some("such as pkcs11:token=root-g1;object=root-2026".to_owned()),
            Self::Unknown { nearest, .. } => nearest.as_ref().map(|nearest| format!("try {nearest}")),
            Self::Encoding { .. } => Some("write a per cent sign itself as %25".to_owned()),
            Self::Character { found, .. } => {
                let mut buffer = [0; 4];
                let octets = found.encode_utf8(&mut buffer).bytes();
                let encoded: String = octets.map(|octet| format!("%{octet:02X}")).collect();
                Some(format!("write it as {encoded}"))
            }
            Self::PinValue { .. } => Some(
                "leave it out to be asked, or use --pin-source or pin-source with file:PATH, env:NAME or fd:N"
                    .to_owned(),
            ),
            Self::Length { .. } | Self::Shape { .. } | Self::Twice { .. } | Self::Value { .. } => None,
        }
    }
}
