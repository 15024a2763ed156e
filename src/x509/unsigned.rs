//! Unsigned certificates (RFC 9925): what is about to be signed, in a form that any reader of certificates takes.

use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Encode};

use super::certificate::{BuildError, Certificate, TbsCertificate};
use super::signed::ToBeSigned;

/// The AlgorithmIdentifier of id-alg-unsigned, 1.3.6.1.5.5.7.6.36, whose parameters are absent (RFC 9925 s.3.1).
const ID_ALG_UNSIGNED: &[u8] = &[0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x06, 0x24];

/// The DER of a certificate that says what `tbs` says and bears no signature.
///
/// RFC 9925 s.3.1 wants id-alg-unsigned in both places: besides the outer one that is the field `signature` of the
/// TBSCertificate, which is the one field that differs from what will be signed.
///
/// # Errors
/// [`BuildError`] when it cannot be encoded.
pub fn unsigned(tbs: &ToBeSigned<Certificate>) -> Result<Vec<u8>, BuildError> {
    unsigned_of(tbs.as_der())
}

/// As [`unsigned`], from the DER of a TBSCertificate as it is on record.
///
/// # Errors
/// [`BuildError`] when it is none.
pub fn unsigned_of(tbs: &[u8]) -> Result<Vec<u8>, BuildError> {
    let mut fields = TbsCertificate::from_der(tbs)?;
    fields.signature = AnyRef::from_der(ID_ALG_UNSIGNED)?;
    let nothing = BitStringRef::from_bytes(&[])?.to_der()?;
    let contents = [fields.to_der()?.as_slice(), ID_ALG_UNSIGNED, &nothing].concat();
    Ok(AnyRef::new(der::Tag::Sequence, &contents)?.to_der()?)
}
