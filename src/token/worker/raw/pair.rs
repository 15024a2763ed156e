//! `C_GenerateKeyPair` by the number of a mechanism.

use cryptoki::object::{Attribute, ObjectHandle};
use cryptoki::session::Session;
use cryptoki_sys::{CK_ATTRIBUTE, CK_OBJECT_HANDLE};

use super::sign::plain;
use super::{RawModule, length, missing, returned};
use crate::token::wire::Failure;
use crate::token::worker::calling::calling;

impl RawModule {
    /// `C_GenerateKeyPair` without a mechanism parameter; gives the handles of the public and the private key.
    pub(in crate::token::worker) fn generate_key_pair(
        &self,
        session: &Session,
        mechanism: u64,
        public: &[Attribute],
        private: &[Attribute],
    ) -> Result<(ObjectHandle, ObjectHandle), Failure> {
        let generate = self.functions.C_GenerateKeyPair.ok_or_else(|| missing("C_GenerateKeyPair"))?;
        let mut mechanism = plain(mechanism);
        let mut public: Vec<CK_ATTRIBUTE> = public.iter().map(Into::into).collect();
        let mut private: Vec<CK_ATTRIBUTE> = private.iter().map(Into::into).collect();
        let public_length = length("C_GenerateKeyPair", public.len())?;
        let private_length = length("C_GenerateKeyPair", private.len())?;
        let mut public_key: CK_OBJECT_HANDLE = 0;
        let mut private_key: CK_OBJECT_HANDLE = 0;
        // SAFETY: the mechanism, both templates with the values that their entries point to, and both
        // handles live through the call; the lengths are those of the templates.
        let value = calling(c"GenerateKeyPair", || unsafe {
            generate(
                session.handle(),
                &raw mut mechanism,
                public.as_mut_ptr(),
                public_length,
                private.as_mut_ptr(),
                private_length,
                &raw mut public_key,
                &raw mut private_key,
            )
        });
        returned("C_GenerateKeyPair", value)?;
        // SAFETY: the numbers are handles that the module has just made.
        Ok(unsafe { (ObjectHandle::new_from_raw(public_key), ObjectHandle::new_from_raw(private_key)) })
    }
}
