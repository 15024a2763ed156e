//! A CA of `openssl ca`, in a directory beside the home, and its key in the home's token.

use crate::home::Home;
use crate::openssl_ca::{self, CONFIGURATION};

/// How many certificates it has issued.
pub(crate) const CERTIFICATES: usize = 3;

/// Makes it, with three certificates of which one is revoked, and a CRL.
pub(crate) fn make(home: &Home) {
    let directory = home.path("old");
    openssl_ca::make(home.token(), &directory, CONFIGURATION);
    for number in 0..CERTIFICATES {
        openssl_ca::issue(&directory, &format!("/CN={number}.example.test"), &[]);
    }
    openssl_ca::revoke(&directory, "1001", &["-crl_reason", "superseded"]);
    openssl_ca::generate_crl(&directory, "crl.pem");
}
