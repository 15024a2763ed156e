//! Certificate objects, a page at a time: their values are large, and an answer is bounded.

use cryptoki::object::ObjectClass;
use cryptoki_sys as sys;

use super::attributes::Attributes;
use super::key::find;
use super::session::OpenSession;
use crate::token::wire::{Certificate, Failure};

/// The certificates of one answer: with the largest value that an attribute may have they take half of it.
const PAGE: usize = 64;
const OF_CERTIFICATE: [u64; 3] = [sys::CKA_LABEL, sys::CKA_ID, sys::CKA_VALUE];

/// The certificate objects from a place in the token's list on, and whether there are more.
pub(super) fn page(open: &OpenSession, from: u32) -> Result<(Vec<Certificate>, bool), Failure> {
    let handles = find(open, Some(ObjectClass::CERTIFICATE), None, None)?;
    let from = usize::try_from(from).unwrap_or(usize::MAX);
    let rest = handles.get(from..).unwrap_or_default();
    let read = |handle| {
        let mut read = Attributes::read(open, handle, &OF_CERTIFICATE)?;
        Ok(Certificate {
            label: read.octets(sys::CKA_LABEL).unwrap_or_default(),
            id: read.octets(sys::CKA_ID).unwrap_or_default(),
            value: read.octets(sys::CKA_VALUE),
        })
    };
    let found = rest.iter().take(PAGE).copied().map(read).collect::<Result<_, Failure>>()?;
    Ok((found, rest.len() > PAGE))
}
