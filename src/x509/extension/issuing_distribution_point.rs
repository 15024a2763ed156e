//! issuingDistributionPoint (RFC 5280 s.5.2.5): what a CRL covers, and where it is found.

use std::fmt;
use std::str::FromStr;

use der::{Decode, Encode, Tag};
use x509_cert::ext::pkix::crl::dp::IssuingDistributionPoint as Encoded;
use x509_cert::ext::pkix::name::DistributionPointName;

use super::crl_distribution_points::{full_name, uris};

/// The certificates of a CA that a CRL covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Covers {
    /// All of them.
    #[default]
    All,
    /// onlyContainsUserCerts: those whose subject is no CA.
    Users,
    /// onlyContainsCACerts: those whose subject is a CA.
    Cas,
}

impl Covers {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::All, Self::Users, Self::Cas];

    /// Whether a certificate is covered, of a CA or not.
    #[must_use]
    pub const fn holds(self, is_ca: bool) -> bool {
        match self {
            Self::All => true,
            Self::Users => !is_ca,
            Self::Cas => is_ca,
        }
    }
}

impl fmt::Display for Covers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::All => "all",
            Self::Users => "users",
            Self::Cas => "cas",
        })
    }
}

/// A word that names no part of a CA's certificates.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no part of a CA's certificates, wanted all, users or cas")]
pub struct UnknownCovers(pub String);

impl FromStr for Covers {
    type Err = UnknownCovers;

    fn from_str(text: &str) -> Result<Self, UnknownCovers> {
        let found = Self::ALL.into_iter().find(|covers| covers.to_string() == text);
        found.ok_or_else(|| UnknownCovers(text.to_owned()))
    }
}

/// What a CRL covers. A CRL that covers everything and is found where it likes has no such extension.
///
/// onlySomeReasons, indirectCRL and onlyContainsAttributeCerts are never written (BR 7.2.2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssuingDistributionPoint {
    /// The URIs of its fullName, octet for octet those of the cRLDistributionPoints of the certificates that the CRL
    /// covers (s.6.3.3 (b) (2) (i)); empty when it has none.
    pub uris: Vec<String>,
    /// The certificates by their subjects.
    pub covers: Covers,
}

impl IssuingDistributionPoint {
    pub(super) fn to_der(&self) -> Result<Vec<u8>, der::Error> {
        let name = if self.uris.is_empty() { None } else { Some(full_name(&self.uris)?) };
        Encoded {
            distribution_point: name,
            only_contains_user_certs: self.covers == Covers::Users,
            only_contains_ca_certs: self.covers == Covers::Cas,
            only_some_reasons: None,
            indirect_crl: false,
            only_contains_attribute_certs: false,
        }
        .to_der()
    }

    pub(super) fn from_der(der: &[u8]) -> Result<Self, der::Error> {
        let foreign = || der::Error::from(Tag::Sequence.value_error());
        let point = Encoded::from_der(der)?;
        if point.only_some_reasons.is_some() || point.indirect_crl || point.only_contains_attribute_certs {
            return Err(foreign());
        }
        let uris = match &point.distribution_point {
            None => Vec::new(),
            Some(DistributionPointName::FullName(names)) => uris(names)?,
            Some(DistributionPointName::NameRelativeToCRLIssuer(_)) => return Err(foreign()),
        };
        let covers = match (point.only_contains_user_certs, point.only_contains_ca_certs) {
            (false, false) => Covers::All,
            (true, false) => Covers::Users,
            (false, true) => Covers::Cas,
            (true, true) => return Err(foreign()),
        };
        Ok(Self { uris, covers })
    }
}

impl fmt::Display for IssuingDistributionPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.covers {
            Covers::All => "all certificates",
            Covers::Users => "certificates of users only",
            Covers::Cas => "certificates of CAs only",
        })?;
        if self.uris.is_empty() { Ok(()) } else { write!(f, " that name {}", self.uris.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_left_out_when_they_are_false() {
        let uris = vec!["http://a.test/c.crl".to_owned()];
        let name = "a017a0158613687474703a2f2f612e746573742f632e63726c";
        for (value, der) in [
            (IssuingDistributionPoint { uris: uris.clone(), covers: Covers::All }, format!("3019{name}")),
            (IssuingDistributionPoint { uris, covers: Covers::Users }, format!("301c{name}8101ff")),
            (IssuingDistributionPoint { uris: Vec::new(), covers: Covers::Cas }, "30038201ff".to_owned()),
        ] {
            assert_eq!(hex::encode(value.to_der().unwrap()), der);
            assert_eq!(IssuingDistributionPoint::from_der(&hex::decode(der).unwrap()).unwrap(), value);
        }
    }

    #[test]
    fn what_is_never_written_stays_unread() {
        for der in ["30038401ff", "30038501ff", "3004830206c0", "30068101ff8201ff"] {
            assert!(IssuingDistributionPoint::from_der(&hex::decode(der).unwrap()).is_err(), "{der}");
        }
    }

    #[test]
    fn words_are_read_back() {
        for covers in Covers::ALL {
            assert_eq!(covers.to_string().parse(), Ok(covers));
        }
        assert!(Covers::All.holds(true) && Covers::All.holds(false));
        assert!(Covers::Users.holds(false) && !Covers::Users.holds(true));
        assert!(Covers::Cas.holds(true) && !Covers::Cas.holds(false));
    }
}
