//! kryoptic, the second test token: PKCS#11 3.2, every mechanism of a CA, ML-DSA. Built by `softhsm-setup/kryoptic.sh`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::built::built;
pub(crate) use super::built::openssl;
use super::tokens::{PIN, SO_PIN, Tokens};

/// What kind of module kryoptic plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Everything it has: Edwards points raw, as PKCS#11 3.0 wants them.
    Whole,
    /// Only mechanisms that hash and sign; ECDSA and RSA over a finished digest are not there.
    HashAndSign,
    /// Only mechanisms over a finished digest, as SoftHSM has for ECDSA.
    Raw,
    /// Everything, with each point wrapped in an OCTET STRING, as PKCS#11 2.40 had them.
    WrappedPoints,
}

/// The signature mechanisms over what the caller has hashed.
const RAW: [&str; 4] = ["CKM_ECDSA", "CKM_RSA_PKCS", "CKM_RSA_PKCS_PSS", "CKM_RSA_X_509"];

/// The signature mechanisms that hash, of the families and digests that a CA could use.
const HASHING: [(&str, &str); 3] = [("CKM_ECDSA_", ""), ("CKM_", "_RSA_PKCS"), ("CKM_", "_RSA_PKCS_PSS")];
const DIGESTS: [&str; 8] =
    ["SHA224", "SHA256", "SHA384", "SHA512", "SHA3_224", "SHA3_256", "SHA3_384", "SHA3_512"];

/// The text of `token.conf` for so many tokens in a directory, and the place for them: one of their own, since the
/// worker may not make SQLite's journal beside a home.
pub(crate) fn configuration(directory: &Path, kind: Kind, tokens: usize) -> String {
    let denied: Vec<String> = match kind {
        Kind::Whole | Kind::WrappedPoints => Vec::new(),
        Kind::HashAndSign => RAW.iter().map(|name| (*name).to_owned()).collect(),
        Kind::Raw => HASHING
            .iter()
            .flat_map(|(before, after)| DIGESTS.map(|digest| format!("{before}{digest}{after}")))
            .collect(),
    };
    let place = directory.join("tokens");
    std::fs::create_dir_all(&place).expect("the token directory");
    let mut text = String::new();
    if kind == Kind::WrappedPoints {
        text += "[ec_point_encoding]\nencoding = \"Der\"\n";
    }
    for slot in 0..tokens {
        let database = place.join(format!("{slot}.sql"));
        write!(text, "[[slots]]\nslot = {slot}\ndbtype = \"sqlite\"\ndbargs = {database:?}\n").expect("text");
        if !denied.is_empty() {
            writeln!(text, "mechanisms = [\"DENY\", \"{}\"]", denied.join("\", \"")).expect("text");
        }
    }
    text
}

/// Initialises the token in a slot, and its user's PIN.
pub(crate) fn initialise(tokens: &Tokens, slot: usize, label: &str) {
    let slot = slot.to_string();
    let run = |arguments: &[&str]| {
        let output = tokens
            .command("pkcs11-tool")
            .arg("--module")
            .arg(module())
            .args(["--slot", &slot, "--so-pin", SO_PIN])
            .args(arguments)
            .output()
            .unwrap_or_else(|error| panic!("pkcs11-tool is needed by this test: {error}"));
        assert!(output.status.success(), "pkcs11-tool {arguments:?}: {output:?}");
    };
    run(&["--init-token", "--label", label]);
    run(&["--login", "--login-type", "so", "--init-pin", "--pin", PIN]);
}

/// The path of kryoptic's module: `KEYRITE_KRYOPTIC_MODULE`, else where `softhsm-setup/kryoptic.sh` puts it.
///
/// # Panics
/// With instructions when it was not built: its absence is a failure, not a skip.
pub(crate) fn module() -> PathBuf {
    built("KEYRITE_KRYOPTIC_MODULE", "libkryoptic_pkcs11.so")
}
