//! A refusal before anything was signed: what it says, and what it leaves alone.

use crate::aftermath::{Before, examine};
use crate::home::{Home, Run};
use crate::support::fault_module;

/// The arguments that issue one certificate.
pub(crate) const ISSUE: [&str; 8] =
    ["issue", "r1.csr", "--ca", "root", "--profile", "tls-server", "--out", "x.pem"];
/// The arguments that issue a CRL.
pub(crate) const CRL: [&str; 6] = ["crl", "issue", "--ca", "root", "--out", "x.crl"];

/// Asserts that a run was refused: with this exit code, these words in the error and the hint, no signature, no
/// number taken and no file; and that the home goes on working.
#[track_caller]
pub(crate) fn assert_refused(home: &Home, before: &Before, run: &Run, code: i32, wanted: &[&str]) {
    assert_eq!(run.code, Some(code), "{run:#?}");
    assert!(run.stdout.is_empty() && run.stderr.contains("error: "), "{run:#?}");
    for words in wanted {
        assert!(run.stderr.contains(words), "{words}: {run:#?}");
    }
    assert_eq!(fault_module::calls(home.token(), "C_Sign"), 0, "{run:#?}");
    assert_eq!(
        (home.certificates(), home.crls()),
        (before.certificates.clone(), before.crls.clone()),
        "{run:#?}"
    );
    assert!(!home.path("x.pem").exists() && !home.path("x.crl").exists(), "{run:#?}");
    fault_module::forget(home.token());
}

/// Asserts that the home is as good as before, in a copy, so that it can be used on.
#[track_caller]
pub(crate) fn assert_unharmed(home: &Home, before: &Before) {
    let copy = home.copy();
    fault_module::forget(copy.token());
    assert_eq!(examine(&copy, before), Ok(()));
}
