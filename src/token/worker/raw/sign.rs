//! `C_SignInit`, `C_Sign`, `C_SignUpdate` and `C_SignFinal`.

use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use cryptoki_sys::{CK_MECHANISM, CK_MECHANISM_TYPE, CK_RV, CKR_OK};

use super::{RawModule, length, missing, nonsense, returned};
use crate::token::wire::Failure;
use crate::token::worker::calling::calling;
use crate::token::worker::count::signing;

/// Room beyond the expected length, so that a module that returns too much is named with its length
/// rather than with `CKR_BUFFER_TOO_SMALL`.
const SLACK: usize = 1024;

impl RawModule {
    /// `C_SignInit` by the number of a mechanism, without a parameter.
    pub(in crate::token::worker) fn sign_init(
        &self,
        session: &Session,
        mechanism: u64,
        key: ObjectHandle,
    ) -> Result<(), Failure> {
        let init = self.functions.C_SignInit.ok_or_else(|| missing("C_SignInit"))?;
        let mut mechanism = plain(mechanism);
        // SAFETY: `mechanism` lives through the call and has no parameter.
        let value =
            calling(c"SignInit", || unsafe { init(session.handle(), &raw mut mechanism, key.handle()) });
        returned("C_SignInit", value)
    }

    /// `C_Sign` after `C_SignInit`: one call, since the length is known.
    pub(in crate::token::worker) fn sign(
        &self,
        session: &Session,
        input: &[u8],
        octets: usize,
    ) -> Result<Vec<u8>, Failure> {
        let sign = self.functions.C_Sign.ok_or_else(|| missing("C_Sign"))?;
        let mut output = vec![0_u8; octets.saturating_add(SLACK)];
        let input_length = length("C_Sign", input.len())?;
        let mut output_length = length("C_Sign", output.len())?;
        // SAFETY: both buffers live through the call and their lengths are those given. The module does
        // not write to the input: the pointer is mutable only because the C header lacks `const`.
        let call = || unsafe {
            sign(
                session.handle(),
                input.as_ptr().cast_mut(),
                input_length,
                output.as_mut_ptr(),
                &raw mut output_length,
            )
        };
        let value = signing(c"Sign", call, has_signed);
        returned("C_Sign", value)?;
        cut("C_Sign", output, output_length)
    }

    /// `C_SignFinal` after `C_SignUpdate`: one call, since the length is known.
    pub(in crate::token::worker) fn sign_final(
        &self,
        session: &Session,
        octets: usize,
    ) -> Result<Vec<u8>, Failure> {
        let sign = self.functions.C_SignFinal.ok_or_else(|| missing("C_SignFinal"))?;
        let mut output = vec![0_u8; octets.saturating_add(SLACK)];
        let mut output_length = length("C_SignFinal", output.len())?;
        // SAFETY: the buffer lives through the call and its length is the one given.
        let call = || unsafe { sign(session.handle(), output.as_mut_ptr(), &raw mut output_length) };
        let value = signing(c"SignFinal", call, has_signed);
        returned("C_SignFinal", value)?;
        cut("C_SignFinal", output, output_length)
    }
}

const fn has_signed(value: &CK_RV) -> bool {
    *value == CKR_OK
}

/// A mechanism without a parameter.
pub(super) fn plain(mechanism: u64) -> CK_MECHANISM {
    let mechanism = CK_MECHANISM_TYPE::from(mechanism);
    CK_MECHANISM { mechanism, pParameter: std::ptr::null_mut(), ulParameterLen: 0 }
}

fn cut(function: &str, mut output: Vec<u8>, claimed: u64) -> Result<Vec<u8>, Failure> {
    let returned = usize::try_from(claimed).unwrap_or(usize::MAX);
    if returned > output.len() {
        return Err(nonsense(function, format!("claims {returned} octets in a buffer of {}", output.len())));
    }
    output.truncate(returned);
    Ok(output)
}
