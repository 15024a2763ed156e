//! CrlHead: what a CRL says of itself, without its entries.

use der::{Decode, Encode};

use super::crl::{CrlError, TbsCertList};
use super::extension::{CrlNumber, Extension, RawExtension, Value};
use super::name::Name;
use super::signed::Parts;
use super::time::Time;

/// Everything in a CRL but its entries and its signature; the entries are not even looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlHead {
    /// issuer.
    pub issuer: Name,
    /// thisUpdate.
    pub this_update: Time,
    /// nextUpdate.
    pub next_update: Option<Time>,
    /// crlExtensions.
    pub extensions: Vec<Extension>,
}

impl CrlHead {
    /// Reads it out of the DER of a CRL.
    ///
    /// # Errors
    /// [`CrlError`] when it is no CRL.
    pub fn of(der: &[u8]) -> Result<Self, CrlError> {
        let tbs = TbsCertList::from_der(Parts::from_der(der)?.tbs)?;
        Ok(Self {
            issuer: Name::from_der(&tbs.issuer.to_der()?)?,
            this_update: Time::from_x509(tbs.this_update)?,
            next_update: tbs.next_update.map(Time::from_x509).transpose()?,
            extensions: tbs.raw_extensions()?.iter().map(RawExtension::read).collect(),
        })
    }

    /// cRLNumber, if it is there and fits.
    #[must_use]
    pub fn number(&self) -> Option<CrlNumber> {
        self.extensions.iter().find_map(|extension| {
            if let Value::CrlNumber(number) = extension.value { Some(number) } else { None }
        })
    }

    /// The places of its delta CRLs (RFC 5280 s.5.2.6).
    #[must_use]
    pub fn freshest(&self) -> &[String] {
        let found = self.extensions.iter().find_map(|extension| {
            if let Value::FreshestCrl(points) = &extension.value { Some(points.0.as_slice()) } else { None }
        });
        found.unwrap_or_default()
    }
}
