//! What is taken over from elsewhere, piece by piece.

use sha2::{Digest as _, Sha256};

use crate::x509::certificate::Certificate;
use crate::x509::crl::Crl;
use crate::x509::extension::{CrlNumber, ReasonCode};
use crate::x509::serial::SerialNumber;
use crate::x509::time::Time;

/// A serial number without the certificate that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// The number.
    pub serial: SerialNumber,
    /// The subject as text, as far as it is known.
    pub subject: Option<String>,
    /// The last second of the validity, as far as it is known.
    pub not_after: Option<Time>,
}

/// What is said of a revoked certificate (RFC 5280 s.5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Why; none means unspecified.
    pub reason: Option<ReasonCode>,
    /// revocationDate: since when.
    pub date: Time,
    /// invalidityDate: since when the key is suspected.
    pub invalidity_date: Option<Time>,
}

/// Where it goes. A number that comes twice is one number; of two revocations of one number the graver stands.
pub trait Intake {
    /// Why something cannot be taken in.
    type Error;

    /// A certificate that the CA signed.
    ///
    /// # Errors
    /// Those of the place that it goes to.
    fn certificate(&mut self, certificate: &Certificate) -> Result<(), Self::Error>;

    /// A serial number that the CA has used.
    ///
    /// # Errors
    /// As [`Intake::certificate`].
    fn number(&mut self, number: &Number) -> Result<(), Self::Error>;

    /// The revocation of a number that came before.
    ///
    /// # Errors
    /// As [`Intake::certificate`].
    fn revocation(&mut self, serial: &SerialNumber, said: Revocation) -> Result<(), Self::Error>;

    /// The newest CRL that the CA signed, after everything that it names.
    ///
    /// # Errors
    /// As [`Intake::certificate`].
    fn crl(&mut self, crl: &Crl) -> Result<(), Self::Error>;

    /// A CRL number that must not be used any more, nor any below it.
    ///
    /// # Errors
    /// As [`Intake::certificate`].
    fn crl_number(&mut self, number: CrlNumber) -> Result<(), Self::Error>;
}

/// Nowhere: for looking only.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nowhere;

impl Intake for Nowhere {
    type Error = std::convert::Infallible;

    fn certificate(&mut self, _: &Certificate) -> Result<(), Self::Error> {
        Ok(())
    }

    fn number(&mut self, _: &Number) -> Result<(), Self::Error> {
        Ok(())
    }

    fn revocation(&mut self, _: &SerialNumber, _: Revocation) -> Result<(), Self::Error> {
        Ok(())
    }

    fn crl(&mut self, _: &Crl) -> Result<(), Self::Error> {
        Ok(())
    }

    fn crl_number(&mut self, _: CrlNumber) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Certificates.
    pub certificates: u64,
    /// Serial numbers without certificate.
    pub numbers: u64,
    /// Revocations.
    pub revoked: u64,
    /// CRLs.
    pub crls: u64,
    /// The CRL number that is the last one taken, if there is any.
    pub crl_number: Option<u128>,
}

/// Passes everything on, counts it, and takes a digest over all of it.
pub(super) struct Counted<'a, I> {
    into: &'a mut I,
    sha256: Sha256,
    pub(super) totals: Totals,
}

impl<'a, I: Intake> Counted<'a, I> {
    pub(super) fn new(into: &'a mut I) -> Self {
        Self { into, sha256: Sha256::new(), totals: Totals::default() }
    }

    /// SHA-256 over everything that was taken in, in its order.
    pub(super) fn sha256(&self) -> [u8; 32] {
        self.sha256.clone().finalize().into()
    }

    fn add(&mut self, what: u8, octets: &[u8]) {
        self.sha256.update([what]);
        self.sha256.update(u64::try_from(octets.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.sha256.update(octets);
    }

    pub(super) fn certificate(&mut self, certificate: &Certificate) -> Result<(), I::Error> {
        self.totals.certificates = self.totals.certificates.saturating_add(1);
        self.add(1, certificate.as_der());
        self.into.certificate(certificate)
    }

    pub(super) fn number(&mut self, number: &Number) -> Result<(), I::Error> {
        self.totals.numbers = self.totals.numbers.saturating_add(1);
        self.add(2, format!("{number:?}").as_bytes());
        self.into.number(number)
    }

    pub(super) fn revocation(&mut self, serial: &SerialNumber, said: Revocation) -> Result<(), I::Error> {
        self.totals.revoked = self.totals.revoked.saturating_add(1);
        self.add(3, format!("{serial}{said:?}").as_bytes());
        self.into.revocation(serial, said)
    }

    pub(super) fn crl(&mut self, crl: &Crl) -> Result<(), I::Error> {
        self.totals.crls = self.totals.crls.saturating_add(1);
        self.add(4, crl.as_der());
        self.into.crl(crl)
    }

    pub(super) fn crl_number(&mut self, number: CrlNumber) -> Result<(), I::Error> {
        self.totals.crl_number = Some(number.0);
        self.add(5, &number.0.to_be_bytes());
        self.into.crl_number(number)
    }
}
