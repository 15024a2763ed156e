//! subjectInfoAccess (RFC 5280 s.4.2.2.2).

use std::fmt;

use der::asn1::{Ia5String, ObjectIdentifier};
use der::{Decode, Encode, Tag};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{AccessDescription, SubjectInfoAccessSyntax};

/// id-ad-timeStamping.
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.3");
/// id-ad-caRepository.
const CA_REPOSITORY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.5");

/// Where the subject's own services are found; repositories are encoded first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubjectInfoAccess {
    /// URIs where a CA publishes its certificates and CRLs.
    pub ca_repository: Vec<String>,
    /// URIs of the time-stamping service.
    pub time_stamping: Vec<String>,
}

impl SubjectInfoAccess {
    fn each(&self) -> impl Iterator<Item = (ObjectIdentifier, &String)> {
        let repositories = self.ca_repository.iter().map(|uri| (CA_REPOSITORY, uri));
        repositories.chain(self.time_stamping.iter().map(|uri| (TIME_STAMPING, uri)))
    }

    pub(super) fn to_der(&self) -> Result<Vec<u8>, der::Error> {
        let descriptions = self
            .each()
            .map(|(access_method, uri)| {
                let access_location = GeneralName::UniformResourceIdentifier(Ia5String::new(uri)?);
                Ok(AccessDescription { access_method, access_location })
            })
            .collect::<Result<Vec<_>, der::Error>>()?;
        if descriptions.is_empty() {
            return Err(Tag::Sequence.length_error().into()); // SIZE (1..MAX)
        }
        SubjectInfoAccessSyntax(descriptions).to_der()
    }

    pub(super) fn from_der(der: &[u8]) -> Result<Self, der::Error> {
        let foreign = || der::Error::from(Tag::Sequence.value_error());
        let mut read = Self::default();
        for description in SubjectInfoAccessSyntax::from_der(der)?.0 {
            let GeneralName::UniformResourceIdentifier(uri) = description.access_location else {
                return Err(foreign());
            };
            match description.access_method {
                CA_REPOSITORY => read.ca_repository.push(uri.as_str().to_owned()),
                TIME_STAMPING => read.time_stamping.push(uri.as_str().to_owned()),
                _ => return Err(foreign()),
            }
        }
        Ok(read)
    }

    /// One text for each place.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let word = |method| if method == CA_REPOSITORY { "CA repository" } else { "time-stamping" };
        self.each().map(|(method, uri)| format!("{} {uri}", word(method))).collect()
    }
}

impl fmt::Display for SubjectInfoAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.texts().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_stand_before_time_stamping() {
        let value = SubjectInfoAccess {
            ca_repository: vec!["http://r.test".to_owned()],
            time_stamping: vec!["http://t.test".to_owned()],
        };
        let der = "3036301906082b06010505073005860d687474703a2f2f722e74657374301906082b06010505073003860d\
                   687474703a2f2f742e74657374";
        assert_eq!(hex::encode(value.to_der().unwrap()), der);
        assert_eq!(SubjectInfoAccess::from_der(&hex::decode(der).unwrap()).unwrap(), value);
        assert_eq!(value.to_string(), "CA repository http://r.test, time-stamping http://t.test");
        assert!(SubjectInfoAccess::default().to_der().is_err());
    }
}
