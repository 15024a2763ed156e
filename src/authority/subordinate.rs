//! A CA below one elsewhere: the request for our key.

use super::complete::{complete_one, steady};
use super::drafting::profile_text;
use super::error::Error;
use super::issuer;
use crate::lint::{self, Linted};
use crate::policy::Profile;
use crate::port::{Clock, Signer};
use crate::store::{Issued, NewCa, ProfileText, Store};
use crate::x509::csr::{Csr, RequestFields};

/// A request whose octets are fixed and linted.
#[derive(Debug)]
pub struct RequestDraft {
    fields: RequestFields,
    linted: Linted<Csr>,
    profile: ProfileText,
}

impl RequestDraft {
    /// Fixes and lints the octets.
    ///
    /// # Errors
    /// [`Error::Lint`] when a finding is an error.
    pub fn new(profile: &Profile, fields: RequestFields) -> Result<Self, Error> {
        let linted = lint::request(fields.build()?).map_err(Error::Lint)?;
        Ok(Self { fields, linted, profile: profile_text(profile) })
    }

    /// The profile in the form that goes on record.
    #[must_use]
    pub fn profile(&self) -> &ProfileText {
        &self.profile
    }

    /// What it asks for.
    #[must_use]
    pub fn fields(&self) -> &RequestFields {
        &self.fields
    }

    /// The octets that will be signed, with what linting noticed.
    #[must_use]
    pub fn linted(&self) -> &Linted<Csr> {
        &self.linted
    }
}

/// Adds the CA to the home, has its key sign the request, verifies and records it.
///
/// # Errors
/// [`Error::Issuer`] when the signer has another key than the draft, [`Error::Reserve`]: nothing was signed.
/// [`Error::Sign`], [`Error::Commit`].
pub fn request(
    store: &mut Store,
    new: &NewCa,
    draft: RequestDraft,
    signer: &mut dyn Signer,
    clock: &dyn Clock,
) -> Result<Issued<Csr>, Error> {
    steady(clock)?;
    issuer::same(&new.name, &draft.fields.public_key, signer.public_key())?;
    let reservation = store
        .reserve_request(new, &draft.profile, draft.linted, clock.now())
        .map_err(|error| Error::Reserve(error.source))?;
    complete_one(store, signer, reservation, clock)
}
