//! What a crash has left reserved and unsigned, signed after all: the same octets under the same number.

use super::complete::{complete_crl, complete_one, steady};
use super::error::Error;
use crate::audit::Kind;
use crate::port::{Clock, Signer};
use crate::store::{OpenReservation, Recorded, Store};
use crate::x509::algorithm::SignatureAlgorithm;
use crate::x509::certificate::Certificate;
use crate::x509::csr::Csr;

/// Has the octets of an open reservation signed, verifies and records. Nobody knows whether there is a signature over
/// them already; if there is, this is another one over the very same octets, of which only one gets out.
///
/// # Errors
/// [`Error::Reserve`] when it is not open any more: nothing was signed. Else as for what is signed at once.
pub fn take_up(
    store: &mut Store,
    signer: &mut dyn Signer,
    open: &OpenReservation,
    algorithm: SignatureAlgorithm,
    clock: &dyn Clock,
) -> Result<(), Error> {
    steady(clock)?;
    match open.object.kind {
        Kind::Certificate => go_on::<Certificate>(store, signer, open, algorithm, clock),
        Kind::Crl => {
            let reservation = store.take_up_crl(open, algorithm).map_err(Error::Reserve)?;
            complete_crl(store, signer, reservation, clock).map(drop)
        }
        Kind::Request => go_on::<Csr>(store, signer, open, algorithm, clock),
    }
}

fn go_on<K: Recorded>(
    store: &mut Store,
    signer: &mut dyn Signer,
    open: &OpenReservation,
    algorithm: SignatureAlgorithm,
    clock: &dyn Clock,
) -> Result<(), Error> {
    let reservation = store.take_up::<K>(open, algorithm).map_err(Error::Reserve)?;
    complete_one(store, signer, reservation, clock).map(drop)
}
