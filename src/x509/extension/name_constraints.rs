//! nameConstraints (RFC 5280 s.4.2.1.10).

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use der::asn1::{Ia5String, ObjectIdentifier, OctetString};
use der::{Decode, Encode, Tag};
use x509_cert::ext::pkix::NameConstraints as Encoded;
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::name::GeneralName;

use crate::x509::excerpt::Excerpt;
use crate::x509::general_name::{label_fault, other_name};
use crate::x509::name::Name;

/// The name space in which all subjects below a CA must lie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameConstraints {
    /// permittedSubtrees; empty means that the field is absent.
    pub permitted: Vec<Subtree>,
    /// excludedSubtrees; empty means that the field is absent.
    pub excluded: Vec<Subtree>,
}

/// One subtree of names; minimum is 0 and maximum absent, as RFC 5280 demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subtree {
    /// A host name and everything below it; empty means every host name.
    Dns(String),
    /// A mailbox, a host, or (with a leading dot) a domain; empty means every mailbox.
    Email(String),
    /// A host, or (with a leading dot) a domain, of URIs.
    Uri(String),
    /// An address range as address and prefix length in bits.
    Ip(IpAddr, u8),
    /// A directory name and everything below it.
    Directory(Name),
    /// User principal names: `@realm` for one realm, `.realm` for those below it; empty means every one. This is
    /// Microsoft's reading, no standard has one.
    Upn(String),
    /// A registered identifier; RFC 5280 gives the constraint no meaning.
    RegisteredId(ObjectIdentifier),
    /// Any other form of otherName; RFC 5280 gives the constraint no meaning. A SmtpUTF8Mailbox is constrained by
    /// [`Subtree::Email`] (RFC 9598 s.6).
    OtherName {
        /// type-id.
        type_id: ObjectIdentifier,
        /// The DER of the value.
        value: Vec<u8>,
    },
}

/// Text that is not a subtree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is not a name constraint: {why}", Excerpt(found))]
pub struct SubtreeError {
    /// The text that was found.
    pub found: String,
    /// What is wrong with it.
    pub why: String,
}

impl NameConstraints {
    pub(super) fn to_der(&self) -> Result<Vec<u8>, der::Error> {
        let list = |subtrees: &[Subtree]| -> Result<Option<Vec<GeneralSubtree>>, der::Error> {
            let encoded = subtrees.iter().map(Subtree::to_x509).collect::<Result<Vec<_>, _>>()?;
            Ok(if encoded.is_empty() { None } else { Some(encoded) })
        };
        let permitted_subtrees = list(&self.permitted)?;
        let excluded_subtrees = list(&self.excluded)?;
        Encoded { permitted_subtrees, excluded_subtrees }.to_der()
    }

    pub(super) fn from_der(der: &[u8]) -> Result<Self, der::Error> {
        let read = Encoded::from_der(der)?;
        let list = |subtrees: Option<Vec<GeneralSubtree>>| {
            subtrees.iter().flatten().map(Subtree::from_x509).collect::<Result<Vec<_>, der::Error>>()
        };
        Ok(Self { permitted: list(read.permitted_subtrees)?, excluded: list(read.excluded_subtrees)? })
    }
}

impl Subtree {
    fn to_x509(&self) -> Result<GeneralSubtree, der::Error> {
        let base = match self {
            Self::Dns(text) => GeneralName::DnsName(Ia5String::new(text)?),
            Self::Email(text) => GeneralName::Rfc822Name(Ia5String::new(text)?),
            Self::Uri(text) => GeneralName::UniformResourceIdentifier(Ia5String::new(text)?),
            Self::Directory(name) => {
                GeneralName::DirectoryName(x509_cert::name::Name::from_der(name.as_der())?)
            }
            Self::Ip(address, prefix) => GeneralName::IpAddress(OctetString::new(range(*address, *prefix))?),
            Self::Upn(text) => GeneralName::OtherName(other_name::of_text(other_name::UPN, text)?),
            Self::RegisteredId(oid) => GeneralName::RegisteredId(*oid),
            Self::OtherName { type_id, value } => {
                GeneralName::OtherName(other_name::of_der(*type_id, value)?)
            }
        };
        Ok(GeneralSubtree { base, minimum: 0, maximum: None })
    }

    fn from_x509(subtree: &GeneralSubtree) -> Result<Self, der::Error> {
        let foreign = || der::Error::from(Tag::Sequence.value_error());
        match &subtree.base {
            GeneralName::DnsName(text) => Ok(Self::Dns(text.as_str().to_owned())),
            GeneralName::Rfc822Name(text) => Ok(Self::Email(text.as_str().to_owned())),
            GeneralName::UniformResourceIdentifier(text) => Ok(Self::Uri(text.as_str().to_owned())),
            GeneralName::DirectoryName(name) => Ok(Self::Directory(Name::from_der(&name.to_der()?)?)),
            GeneralName::IpAddress(octets) => prefix(octets.as_bytes()).ok_or_else(foreign),
            GeneralName::RegisteredId(oid) => Ok(Self::RegisteredId(*oid)),
            GeneralName::OtherName(other) => match other_name::text(other) {
                Some(text) if other.type_id == other_name::UPN => Ok(Self::Upn(text)),
                _ => Ok(Self::OtherName { type_id: other.type_id, value: other.value.to_der()? }),
            },
            GeneralName::EdiPartyName(_) => Err(foreign()),
        }
    }
}

/// Address and mask, 8 or 32 octets (RFC 5280 s.4.2.1.10).
fn range(address: IpAddr, prefix: u8) -> Vec<u8> {
    let octets = match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    let mask = mask(octets.len(), prefix);
    let base = octets.iter().zip(&mask).map(|(octet, mask)| octet & mask);
    base.chain(mask.iter().copied()).collect()
}

fn mask(octets: usize, prefix: u8) -> Vec<u8> {
    let mut left = u32::from(prefix);
    (0..octets)
        .map(|_| {
            let ones = left.min(8);
            left = left.saturating_sub(8);
            u8::MAX.checked_shl(8_u32.saturating_sub(ones)).unwrap_or(0)
        })
        .collect()
}

fn prefix(octets: &[u8]) -> Option<Subtree> {
    let (address, found) = octets.split_at_checked(octets.len() / 2)?;
    let bits = u8::try_from(found.iter().map(|octet| octet.count_ones()).sum::<u32>()).ok()?;
    if mask(found.len(), bits) != found {
        return None; // a mask with holes
    }
    let address = <[u8; 4]>::try_from(address)
        .map(IpAddr::from)
        .or_else(|_| <[u8; 16]>::try_from(address).map(IpAddr::from))
        .ok()?;
    Some(Subtree::Ip(address, bits))
}

impl fmt::Display for Subtree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(text) => write!(f, "dns:{text}"),
            Self::Email(text) => write!(f, "email:{text}"),
            Self::Uri(text) => write!(f, "uri:{text}"),
            Self::Ip(address, prefix) => write!(f, "ip:{address}/{prefix}"),
            Self::Directory(name) => write!(f, "dn:{name}"),
            Self::Upn(text) => write!(f, "upn:{text}"),
            Self::RegisteredId(oid) => write!(f, "rid:{oid}"),
            Self::OtherName { type_id, value } => {
                write!(f, "othername:{} DER {}", other_name::name_of(type_id), hex::encode(value))
            }
        }
    }
}

impl fmt::Display for NameConstraints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list =
            |subtrees: &[Subtree]| subtrees.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        match (self.permitted.is_empty(), self.excluded.is_empty()) {
            (false, true) => write!(f, "permitted {}", list(&self.permitted)),
            (true, false) => write!(f, "excluded {}", list(&self.excluded)),
            (false, false) => {
                write!(f, "permitted {}; excluded {}", list(&self.permitted), list(&self.excluded))
            }
            (true, true) => f.write_str("nothing permitted or excluded"),
        }
    }
}

impl FromStr for Subtree {
    type Err = SubtreeError;

    /// Reads `dns:example.test`, `email:.example.test`, `uri:.example.test`, `ip:192.0.2.0/24`,
    /// `dn:C=AT,O=Example` (or `dirname:`), `upn:@corp.example.test`, `rid:1.2.3`.
    fn from_str(text: &str) -> Result<Self, SubtreeError> {
        let fault = |why: &str| SubtreeError { found: text.to_owned(), why: why.to_owned() };
        let wanted = "wanted dns: email: uri: ip: dn: upn: or rid: and a value";
        let (kind, value) = text.split_once(':').ok_or_else(|| fault(wanted))?;
        let below = |value: &str| value.strip_prefix('.').unwrap_or(value).to_owned();
        let host = |value: &str, form: &str| match value.split('.').find_map(label_fault) {
            Some(why) => Err(fault(&format!("wanted {form}, it has {why}"))),
            None => Ok(()),
        };
        match kind {
            "dns" if value.starts_with('.') => Err(fault("wanted a host name without a leading dot")),
            "dns" => {
                if !value.is_empty() {
                    host(value, "a host name")?;
                }
                Ok(Self::Dns(value.to_ascii_lowercase()))
            }
            "uri" => {
                host(&below(value), "a host name, or a domain with a leading dot")?;
                Ok(Self::Uri(value.to_ascii_lowercase()))
            }
            "email" => {
                let form = "a mailbox, a host name, or a domain with a leading dot";
                match value.rsplit_once('@') {
                    Some((local, _)) if local.is_empty() || !local.is_ascii() => {
                        return Err(fault(&format!(
                            "wanted {form}, the part before @ is empty or not ASCII"
                        )));
                    }
                    Some((_, domain)) => host(domain, form)?,
                    None if value.is_empty() => {}
                    None => host(&below(value), form)?,
                }
                Ok(Self::Email(value.to_owned()))
            }
            "upn" => {
                if !value.is_empty() {
                    let form = "@realm, or .realm for everything below it";
                    let realm = value.strip_prefix('@').or_else(|| value.strip_prefix('.'));
                    host(realm.ok_or_else(|| fault(&format!("wanted {form}")))?, form)?;
                }
                Ok(Self::Upn(value.to_ascii_lowercase()))
            }
            "ip" => {
                let (address, bits) = value.split_once('/').ok_or_else(|| fault("wanted ADDRESS/PREFIX"))?;
                let address: IpAddr = address.parse().map_err(|_| fault("wanted an IPv4 or IPv6 address"))?;
                let bits: u8 = bits.parse().map_err(|_| fault("wanted a prefix length after /"))?;
                let most = if address.is_ipv4() { 32 } else { 128 };
                if bits > most {
                    return Err(fault("the prefix is longer than the address"));
                }
                if prefix(&range(address, bits)) != Some(Self::Ip(address, bits)) {
                    return Err(fault("the address has bits outside its prefix"));
                }
                Ok(Self::Ip(address, bits))
            }
            "dn" | "dirname" => {
                value.parse().map(Self::Directory).map_err(|error| fault(&format!("{error}")))
            }
            "rid" => value.parse().map(Self::RegisteredId).map_err(|_| fault("wanted an object identifier")),
            "smtp-utf8" => Err(fault("a SmtpUTF8Mailbox is constrained by email: (RFC 9598 s.6)")),
            _ => Err(fault(wanted)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subtrees_read_encode_and_print_back() {
        for (text, der) in [
            ("dns:example.test", "3012a010300e820c6578616d706c652e74657374"),
            ("ip:192.0.2.0/24", "300ea00c300a8708c0000200ffffff00"),
            ("ip:0.0.0.0/0", "300ea00c300a87080000000000000000"),
            ("email:.example.test", "3013a011300f810d2e6578616d706c652e74657374"),
            ("rid:1.2.3", "3008a006300488022a03"),
            ("upn:.corp", "301ba0193017a015060a2b060104018237140203a0070c052e636f7270"),
            ("dn:C=AT", "3015a0133011a40f300d310b3009060355040613024154"),
            (
                "ip:2001:db8::/32",
                "3026a0243022872020010db8000000000000000000000000ffffffff000000000000000000000000",
            ),
        ] {
            let subtree: Subtree = text.parse().unwrap();
            let value = NameConstraints { permitted: vec![subtree], excluded: vec![] };
            assert_eq!(hex::encode(value.to_der().unwrap()), der, "{text}");
            assert_eq!(NameConstraints::from_der(&hex::decode(der).unwrap()).unwrap(), value);
            assert_eq!(value.permitted[0].to_string(), text);
        }
    }

    #[test]
    fn what_is_no_subtree_says_why() {
        for (text, why) in [
            ("example.test", "wanted dns:"),
            ("dns:.example.test", "leading dot"),
            ("dns:*.example.test", "wildcard"),
            ("ip:192.0.2.0", "ADDRESS/PREFIX"),
            ("ip:192.0.2.1/24", "outside its prefix"),
            ("ip:192.0.2.0/33", "longer"),
            ("dirname:C=Austria", "at most 2"),
            ("dns:a..test", "it has an empty label"),
            ("dns:xn--53h.test", "IDNA2008 disallows"),
            ("email:@example.test", "empty or not ASCII"),
            ("upn:corp.test", "wanted @realm, or .realm"),
            ("rid:1", "wanted an object identifier"),
            ("smtp-utf8:.example.test", "constrained by email: (RFC 9598 s.6)"),
        ] {
            let error = text.parse::<Subtree>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn a_mask_with_holes_is_not_recognized() {
        let der = hex::decode("300ea00c300a8708c0000200ffff00ff").unwrap();
        assert!(NameConstraints::from_der(&der).is_err());
    }
}
