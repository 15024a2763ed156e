//! GeneralName (RFC 5280 s.4.2.1.6): the names of subjectAltName, access locations and constraints.

mod fault;
pub mod other_name;

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use der::asn1::{Ia5String, ObjectIdentifier, OctetString};
use der::{Decode, Encode};
use x509_cert::ext::pkix::name::GeneralName as Encoded;

pub(super) use fault::label_fault;

use super::excerpt::Excerpt;
use super::name::Name;

/// One name of a subject or the place of a thing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum GeneralName {
    /// dNSName: an A-label host name, perhaps with a wildcard as its left-most label.
    Dns(String),
    /// iPAddress: one address of 4 or 16 octets.
    Ip(IpAddr),
    /// rfc822Name: an ASCII mailbox.
    Email(String),
    /// uniformResourceIdentifier: an absolute URI.
    Uri(String),
    /// directoryName.
    Directory(Name),
    /// registeredID.
    RegisteredId(ObjectIdentifier),
    /// otherName: a user principal name, `user@realm`.
    Upn(String),
    /// otherName: a mailbox whose local part is not ASCII (RFC 9598); the domain is A-labels.
    SmtpUtf8(String),
    /// otherName: hardwareModuleName (RFC 4108 s.5), the type of a device and its serial number.
    HardwareModule {
        /// hwType.
        hardware: ObjectIdentifier,
        /// hwSerialNum: its octets.
        serial: Vec<u8>,
    },
    /// An otherName that keyrite neither writes nor interprets.
    OtherName {
        /// type-id.
        type_id: ObjectIdentifier,
        /// The DER of the value.
        value: Vec<u8>,
    },
    /// A form that keyrite neither writes nor interprets, as DER.
    Other(Vec<u8>),
}

impl GeneralName {
    /// The form for an extension.
    ///
    /// # Errors
    /// A [`der::Error`] when a text is not IA5 or a directory name is not one.
    pub fn to_x509(&self) -> Result<Encoded, der::Error> {
        Ok(match self {
            Self::Dns(text) => Encoded::DnsName(Ia5String::new(text)?),
            Self::Email(text) => Encoded::Rfc822Name(Ia5String::new(text)?),
            Self::Uri(text) => Encoded::UniformResourceIdentifier(Ia5String::new(text)?),
            Self::Ip(IpAddr::V4(address)) => Encoded::IpAddress(OctetString::new(address.octets().to_vec())?),
            Self::Ip(IpAddr::V6(address)) => Encoded::IpAddress(OctetString::new(address.octets().to_vec())?),
            Self::Directory(name) => Encoded::DirectoryName(x509_cert::name::Name::from_der(name.as_der())?),
            Self::RegisteredId(oid) => Encoded::RegisteredId(*oid),
            Self::Upn(text) => Encoded::OtherName(other_name::of_text(other_name::UPN, text)?),
            Self::SmtpUtf8(text) => {
                Encoded::OtherName(other_name::of_text(other_name::SMTP_UTF8_MAILBOX, text)?)
            }
            Self::HardwareModule { hardware, serial } => {
                Encoded::OtherName(other_name::of_hardware(*hardware, serial)?)
            }
            Self::OtherName { type_id, value } => Encoded::OtherName(other_name::of_der(*type_id, value)?),
            Self::Other(der) => Encoded::from_der(der)?,
        })
    }

    /// Reads one out of an extension.
    ///
    /// # Errors
    /// A [`der::Error`] when it cannot be encoded again.
    pub fn from_x509(encoded: &Encoded) -> Result<Self, der::Error> {
        Ok(match encoded {
            Encoded::DnsName(text) => Self::Dns(text.as_str().to_owned()),
            Encoded::Rfc822Name(text) => Self::Email(text.as_str().to_owned()),
            Encoded::UniformResourceIdentifier(text) => Self::Uri(text.as_str().to_owned()),
            Encoded::DirectoryName(name) => Self::Directory(Name::from_der(&name.to_der()?)?),
            Encoded::IpAddress(octets) => match address(octets.as_bytes()) {
                Some(address) => Self::Ip(address),
                None => Self::Other(encoded.to_der()?),
            },
            Encoded::RegisteredId(oid) => Self::RegisteredId(*oid),
            Encoded::OtherName(other) => other_name::read(other)?,
            Encoded::EdiPartyName(_) => Self::Other(encoded.to_der()?),
        })
    }

    /// The words of the forms that keyrite writes, as [`GeneralName::kind`] has them.
    pub const KINDS: [&str; 9] =
        ["dns", "ip", "email", "uri", "dn", "rid", "upn", "smtp-utf8", "hardware-module"];

    /// The word that stands before the colon: one of [`GeneralName::KINDS`], `othername` or `other`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Dns(_) => "dns",
            Self::Ip(_) => "ip",
            Self::Email(_) => "email",
            Self::Uri(_) => "uri",
            Self::Directory(_) => "dn",
            Self::RegisteredId(_) => "rid",
            Self::Upn(_) => "upn",
            Self::SmtpUtf8(_) => "smtp-utf8",
            Self::HardwareModule { .. } => "hardware-module",
            Self::OtherName { .. } => "othername",
            Self::Other(_) => "other",
        }
    }
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(octets)
        .map(IpAddr::from)
        .or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from))
        .ok()
}

impl fmt::Display for GeneralName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.kind())?;
        match self {
            Self::Dns(text)
            | Self::Email(text)
            | Self::Uri(text)
            | Self::Upn(text)
            | Self::SmtpUtf8(text) => f.write_str(text),
            Self::Ip(address) => write!(f, "{address}"),
            Self::Directory(name) => write!(f, "{name}"),
            Self::RegisteredId(oid) => write!(f, "{oid}"),
            Self::HardwareModule { hardware, serial } => write!(f, "{hardware}:{}", hex::encode(serial)),
            Self::OtherName { type_id, value } => {
                write!(f, "{} DER {}", other_name::name_of(type_id), hex::encode(value))
            }
            Self::Other(der) => f.write_str(&hex::encode(der)),
        }
    }
}

/// A name given as text that is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GeneralNameError {
    /// No known word before a colon.
    #[error(
        "{} is not TYPE:VALUE, wanted dns: ip: email: uri: dn: rid: upn: smtp-utf8: or hardware-module: and the name",
        Excerpt(found)
    )]
    Kind {
        /// The text that was found.
        found: String,
    },
    /// A value that the type does not allow.
    #[error("{} is not a {kind} name: {why}", Excerpt(found))]
    Value {
        /// The word before the colon.
        kind: &'static str,
        /// The value that was found.
        found: String,
        /// What is wrong with it.
        why: String,
    },
}

impl FromStr for GeneralName {
    type Err = GeneralNameError;

    /// Reads `TYPE:VALUE`, TYPE being one of [`GeneralName::KINDS`], and looks at the value as
    /// [`GeneralName::fault`] does: `ip:2001:db8::1`, `dn:C=AT,O=Example` (or `dirname:`), `rid:1.2.3`,
    /// `hardware-module:1.2.3:0011ff`.
    fn from_str(text: &str) -> Result<Self, GeneralNameError> {
        let kind = || GeneralNameError::Kind { found: text.to_owned() };
        let (word, value) = text.split_once(':').ok_or_else(kind)?;
        let refused = |kind: &'static str, why: &str| GeneralNameError::Value {
            kind,
            found: value.to_owned(),
            why: why.to_owned(),
        };
        let name = match word.to_ascii_lowercase().as_str() {
            "dns" => Self::Dns(value.to_ascii_lowercase()),
            "email" => Self::Email(value.to_owned()),
            "uri" => Self::Uri(value.to_owned()),
            "upn" => Self::Upn(value.to_owned()),
            "smtp-utf8" => Self::SmtpUtf8(value.to_owned()),
            "ip" => Self::Ip(value.parse().map_err(|_| refused("ip", "wanted an IPv4 or IPv6 address"))?),
            "dn" | "dirname" => {
                Self::Directory(value.parse().map_err(|error| refused("dn", &format!("{error}")))?)
            }
            "rid" => {
                Self::RegisteredId(value.parse().map_err(|_| refused("rid", "wanted an object identifier"))?)
            }
            "hardware-module" => hardware_module(value).ok_or_else(|| {
                refused("hardware-module", "wanted the object identifier of the type, a colon and hex digits")
            })?,
            _ => return Err(kind()),
        };
        match name.fault() {
            None => Ok(name),
            Some(why) => Err(refused(name.kind(), &why)),
        }
    }
}

fn hardware_module(text: &str) -> Option<GeneralName> {
    let (hardware, serial) = text.split_once(':')?;
    Some(GeneralName::HardwareModule { hardware: hardware.parse().ok()?, serial: hex::decode(serial).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_encode_as_rfc_5280_has_them() {
        for (text, der) in [
            ("dns:www.example.test", "82107777772e6578616d706c652e74657374"),
            ("ip:192.0.2.1", "8704c0000201"),
            ("ip:2001:db8::1", "871020010db8000000000000000000000001"),
            ("email:a@example.test", "810e61406578616d706c652e74657374"),
            ("uri:https://example.test/", "861568747470733a2f2f6578616d706c652e746573742f"),
            ("dn:C=AT", "a40f300d310b3009060355040613024154"),
            ("rid:1.2.3", "88022a03"),
            ("upn:a@b", "a013060a2b060104018237140203a0050c03614062"),
            ("smtp-utf8:é@b.test", "a01706082b06010505070809a00b0c09c3a940622e74657374"),
            ("hardware-module:1.2.3:0a", "a01506082b06010505070804a009300706022a0304010a"),
        ] {
            let name: GeneralName = text.parse().unwrap();
            let encoded = name.to_x509().unwrap();
            assert_eq!(hex::encode(encoded.to_der().unwrap()), der, "{text}");
            assert_eq!(GeneralName::from_x509(&encoded).unwrap(), name);
            assert_eq!(name.to_string(), text);
        }
    }

    #[test]
    fn names_that_no_relying_party_should_see_are_refused() {
        for (text, why) in [
            ("www.example.test", "TYPE:VALUE"),
            ("krb:x", "TYPE:VALUE"),
            ("upn:x", "wanted user@realm"),
            ("upn:a b@corp.test", "1 to 64 visible characters"),
            ("upn:a\u{200b}@corp.test", "1 to 64 visible characters"),
            ("upn:a@@corp.test", "1 to 64 visible characters"),
            ("upn:a@", "realm: it has an empty label"),
            ("upn:a@corp_1.test", "realm: it has a character other than letters"),
            ("upn:a@münchen.test", "realm: it has characters outside ASCII, write xn--mnchen-3ya.test"),
            ("smtp-utf8:é", "wanted mailbox@domain"),
            ("smtp-utf8:a@example.test", "the part before @ is ASCII, write it as email:"),
            (
                "smtp-utf8:é@münchen.test",
                "domain: it has characters outside ASCII, write xn--mnchen-3ya.test",
            ),
            ("smtp-utf8:\u{feff}é@example.test", "64 octets of visible characters"),
            ("smtp-utf8:é é@example.test", "64 octets of visible characters"),
            ("smtp-utf8:.é@example.test", "64 octets of visible characters"),
            ("smtp-utf8:é@*.example.test", "the domain has a wildcard"),
            ("email:é@example.test", "write it as smtp-utf8:"),
            ("email:a@münchen.test", "domain: it has characters outside ASCII, write xn--mnchen-3ya.test"),
            ("hardware-module:1.2.3", "wanted the object identifier of the type, a colon and hex digits"),
            ("hardware-module:1.2.3:", "the serial number has no octets"),
            ("rid:x", "wanted an object identifier"),
            ("dn:x", "TYPE=value"),
            ("dns:xn--53h.test", "a character that IDNA2008 disallows"),
            ("dns:0a.xn--5dbqzzl.test", "right to left"),
            ("dns:", "empty"),
            ("dns:a_b.test", "letters, digits and hyphens"),
            ("dns:-a.test", "hyphen"),
            ("dns:a..test", "empty label"),
            ("dns:a.test.", "empty label"),
            ("dns:*.test", "two labels"),
            ("dns:a*.example.test", "wildcard"),
            ("dns:a.*.test", "wildcard"),
            ("dns:192.0.2.1", "IP address"),
            ("dns:127.1", "last label is a number"),
            ("dns:2130706433", "last label is a number"),
            ("dns:0x7F.0x1", "last label is a number"),
            ("dns:*.1.2", "last label is a number"),
            ("ip:::ffff:192.0.2.1", "write it as ip:192.0.2.1"),
            ("dns:münchen.test", "write xn--mnchen-3ya.test"),
            ("dns:xn--a.test", "A-label"),
            ("dns:ab--cd.test", "A-label"),
            ("ip:192.0.2.256", "IPv4"),
            ("email:a", "mailbox@domain"),
            ("email:a b@example.test", "dot-atom"),
            ("email:a@-x.test", "domain: it has"),
            ("uri:/relative", "relative URL"),
            ("uri:mailto:a@b.test", "no host"),
            ("uri:https:example.test", "no host"),
            ("uri:https:\\\\example.test", "characters"),
            ("uri:https://example.test/{x}", "characters"),
            ("uri: https://example.test/", "characters"),
        ] {
            let error = text.parse::<GeneralName>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
        let long = format!("dns:{}.test", "a".repeat(64));
        assert!(long.parse::<GeneralName>().is_err());
        assert!("dns:*.example.test".parse::<GeneralName>().is_ok());
        assert!("dns:xn--mnchen-3ya.test".parse::<GeneralName>().is_ok());
    }
}
