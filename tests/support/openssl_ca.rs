//! A directory of `openssl ca`, and its key in a token as well.

use std::path::Path;
use std::process::Command;

use crate::support::softhsm;
use crate::support::tokens::{PIN, Tokens};

/// Its configuration, where a test has no other.
pub(crate) const CONFIGURATION: &str = "\
[ ca ]
default_ca = d
preserve = yes
[ d ]
dir = .
database = $dir/index.txt
serial = $dir/serial
crlnumber = $dir/crlnumber
new_certs_dir = $dir/newcerts
certificate = $dir/cacert.pem
private_key = $dir/private/cakey.pem
default_md = sha256
default_days = 30
default_crl_days = 30
policy = p
unique_subject = no
x509_extensions = usr_cert
crl_extensions = ce
[ ce ]
authorityKeyIdentifier = keyid:always
[ usr_cert ]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ p ]
countryName = optional
organizationName = optional
commonName = optional
emailAddress = optional
";
/// How a key is asked for.
const KEY: [&str; 5] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/// Makes the directory, with the request `r.csr` to issue certificates for, and brings its key into the token.
pub(crate) fn make(tokens: &Tokens, directory: &Path, configuration: &str) {
    for name in ["newcerts", "private"] {
        std::fs::create_dir_all(directory.join(name)).unwrap();
    }
    for (name, contents) in
        [("openssl.cnf", configuration), ("index.txt", ""), ("serial", "1000\n"), ("crlnumber", "05\n")]
    {
        write(&directory.join(name), contents);
    }
    let usage = "keyUsage=critical,keyCertSign,cRLSign";
    let root = ["req", "-x509", "-subj", "/C=AT/O=Example/CN=Old CA", "-days", "3650", "-addext", usage];
    let out = ["-keyout", "private/cakey.pem", "-out", "cacert.pem"];
    openssl(directory, &[&root[..], &KEY, &out].concat());
    let request = ["req", "-new", "-subj", "/CN=x", "-keyout", "k.pem", "-out", "r.csr"];
    openssl(directory, &[&request[..], &KEY].concat());
    import(tokens, directory, "private/cakey.pem");
}

#[expect(clippy::disallowed_methods, reason = "a file of a test, in a directory of its own")]
fn write(path: &Path, contents: &str) {
    std::fs::write(path, contents).unwrap();
}

/// Brings a key into the token as `old`, as the program advises.
pub(crate) fn import(tokens: &Tokens, directory: &Path, key: &str) {
    openssl(directory, &["pkcs8", "-topk8", "-nocrypt", "-in", key, "-out", "ca.p8"]);
    let mut import = tokens.command("softhsm2-util");
    import.args(["--import", "ca.p8", "--token", tokens.label(), "--label", "old", "--id", "01"]);
    import.args(["--pin", PIN, "--module"]).arg(softhsm::module()).current_dir(directory);
    let output = import.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    std::fs::remove_file(directory.join("ca.p8")).unwrap();
}

/// Issues a certificate for a subject, by the request of the directory.
pub(crate) fn issue(directory: &Path, subject: &str, more: &[&str]) {
    let issue =
        ["ca", "-batch", "-notext", "-config", "openssl.cnf", "-utf8", "-in", "r.csr", "-out", "o.pem"];
    openssl(directory, &[&issue[..], &["-subj", subject], more].concat());
}

pub(crate) fn revoke(directory: &Path, serial: &str, more: &[&str]) {
    let file = format!("newcerts/{serial}.pem");
    openssl(directory, &[&["ca", "-config", "openssl.cnf", "-revoke", &file][..], more].concat());
}

pub(crate) fn generate_crl(directory: &Path, out: &str) {
    openssl(directory, &["ca", "-config", "openssl.cnf", "-gencrl", "-out", out]);
}

/// Runs openssl in the directory, and gives all that it says.
pub(crate) fn openssl(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new("openssl").current_dir(directory).args(arguments).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "openssl {}\n{text}", arguments.join(" "));
    text
}
