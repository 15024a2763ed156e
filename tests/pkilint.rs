//! pkilint judges what the built-in profiles issue: no ERROR and no WARNING, and every NOTICE explained in
//! `docs/lints.md`.
//!
//! pkilint is a Python program; `softhsm-setup/test.sh` installs its pinned version into `target/venv`.

#![expect(clippy::expect_used, reason = "a test fails by panicking, in its helper functions too")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Makes a root, an intermediate, end-entity certificates and CRLs in the current directory.
const ISSUE: &str = r#"
set -eu
source="$PWD"; cd "$1"
eval "$("$source/softhsm-setup/setup.sh" "$PWD/tokens" ca)"
keyrite() {
    command keyrite --home "$home" --module "$KEYRITE_MODULE" --pin-source "file:$KEYRITE_PIN_FILE" --yes "$@"
}
home="$PWD/ca"
keyrite init "$home"
keyrite key generate 'pkcs11:token=ca;object=root' --algorithm ec-p384
keyrite key generate 'pkcs11:token=ca;object=issuing' --algorithm ec-p256
keyrite ca create root --key 'pkcs11:token=ca;object=root' --profile root \
    --subject 'C=AT,O=Example,CN=Example Root' --out root.pem
keyrite ca request issuing --key 'pkcs11:token=ca;object=issuing' --profile intermediate \
    --subject 'C=AT,O=Example,CN=Example Issuing' --out issuing.csr
keyrite issue issuing.csr --ca root --profile intermediate --out issuing.pem
keyrite ca install issuing issuing.pem
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout www.key -out www.csr \
    -subj /CN=www.example.test -addext subjectAltName=DNS:www.example.test
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout alice.key -out alice.csr \
    -subj /CN=alice -addext subjectAltName=email:alice@example.test
keyrite issue www.csr --ca issuing --profile tls-server --out www.pem
keyrite issue www.csr --ca issuing --profile tls-server --out revoked.pem
keyrite issue alice.csr --ca issuing --profile tls-client --out alice.pem
keyrite revoke revoked.pem --ca issuing --reason key-compromise
keyrite crl issue --ca root --out root.crl
keyrite crl issue --ca issuing --out issuing.crl
"#;

/// Where pkilint's programs are.
fn pkilint() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("Cargo's target directory");
    let directory =
        std::env::var_os("KEYRITE_PKILINT").map_or_else(|| target.join("venv/bin"), PathBuf::from);
    assert!(
        directory.join("lint_pkix_cert").exists(),
        "no pkilint in {}: softhsm-setup/test.sh installs it, or name its directory in KEYRITE_PKILINT",
        directory.display()
    );
    directory
}

/// The findings of a linter that are at least a NOTICE, each as its severity and code.
fn findings(program: &str, arguments: &[&str], directory: &Path) -> Vec<(String, String)> {
    let run = Command::new(pkilint().join(program))
        .args(["lint", "--severity", "NOTICE", "--format", "CSV"])
        .args(arguments)
        .current_dir(directory)
        .output()
        .expect("the linter runs");
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    let mut lines = said.lines();
    assert_eq!(
        lines.next(),
        Some("node_path,validator,severity,code,message"),
        "{program} {arguments:?} does not answer as wanted: {}",
        String::from_utf8_lossy(&run.stderr)
    );
    let column = |line: &str, at: usize| line.split(',').nth(at).expect("five columns").to_owned();
    lines.filter(|line| !line.is_empty()).map(|line| (column(line, 2), column(line, 3))).collect()
}

#[test]
fn pkilint_finds_no_fault_with_what_the_built_in_profiles_issue() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let directory = tempfile::tempdir().expect("directory");
    let program = Path::new(env!("CARGO_BIN_EXE_keyrite")).parent().expect("the program's directory");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let issued = Command::new("bash")
        .args(["-c", ISSUE, "bash"])
        .arg(directory.path())
        .current_dir(top)
        .env("PATH", format!("{}:{}", program.display(), path.to_string_lossy()))
        .output()
        .expect("bash");
    assert!(issued.status.success(), "{}", String::from_utf8_lossy(&issued.stderr));

    let explained = std::fs::read_to_string(top.join("docs/lints.md")).expect("docs/lints.md");
    let runs: [(&str, &[&str]); 8] = [
        ("lint_pkix_cert", &["root.pem"]),
        ("lint_pkix_cert", &["issuing.pem"]),
        ("lint_pkix_cert", &["www.pem"]),
        ("lint_pkix_cert", &["alice.pem"]),
        ("lint_pkix_signer_signee_cert_chain", &["root.pem", "issuing.pem"]),
        ("lint_pkix_signer_signee_cert_chain", &["issuing.pem", "www.pem"]),
        ("lint_crl", &["--type", "ARL", "--profile", "PKIX", "root.crl"]),
        ("lint_crl", &["--type", "CRL", "--profile", "PKIX", "issuing.crl"]),
    ];
    for (program, arguments) in runs {
        for (severity, code) in findings(program, arguments, directory.path()) {
            assert_eq!(severity, "NOTICE", "{program} {arguments:?}: {code}");
            assert!(
                explained.contains(&code),
                "{program} {arguments:?}: docs/lints.md does not explain {code}"
            );
        }
    }
}
