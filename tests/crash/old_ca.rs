//! A CA of `openssl ca`, in a directory beside the home, and its key in the home's token.

use crate::home::{Home, finish};
use crate::support::softhsm;
use crate::support::tokens::PIN;

/// How many certificates it has issued.
pub(crate) const CERTIFICATES: usize = 3;

const CONFIGURATION: &str = "\
[ ca ]
default_ca = d
[ d ]
dir = .
database = $dir/index.txt
serial = $dir/serial
crlnumber = $dir/crlnumber
new_certs_dir = $dir/newcerts
certificate = $dir/cacert.pem
private_key = $dir/cakey.pem
default_md = sha256
default_days = 30
default_crl_days = 30
policy = p
x509_extensions = e
crl_extensions = c
[ c ]
authorityKeyIdentifier = keyid:always
[ e ]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ p ]
commonName = supplied
";

/// Makes it, with three certificates of which one is revoked, and a CRL.
pub(crate) fn make(home: &Home) {
    std::fs::create_dir_all(home.path("old/newcerts")).unwrap();
    home.write("old/openssl.cnf", CONFIGURATION);
    home.write("old/index.txt", "");
    home.write("old/serial", "1000\n");
    home.write("old/crlnumber", "05\n");
    let openssl = |arguments: &[&str]| {
        let mut command = home.token().command("openssl");
        let run = finish(command.current_dir(home.path("old")).args(arguments));
        assert_eq!(run.code, Some(0), "{run:#?}");
    };
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    let root = [
        "req",
        "-x509",
        "-subj",
        "/CN=Old CA",
        "-days",
        "3650",
        "-addext",
        "keyUsage=critical,keyCertSign,cRLSign",
    ];
    openssl(&[&root[..], &key, &["-keyout", "cakey.pem", "-out", "cacert.pem"]].concat());
    for number in 0..CERTIFICATES {
        let subject = format!("/CN={number}.example.test");
        openssl(
            &[&["req", "-new", "-subj", &subject, "-keyout", "k.pem", "-out", "r.csr"][..], &key].concat(),
        );
        openssl(&["ca", "-batch", "-notext", "-config", "openssl.cnf", "-in", "r.csr", "-out", "o.pem"]);
    }
    openssl(&["ca", "-config", "openssl.cnf", "-revoke", "newcerts/1001.pem", "-crl_reason", "superseded"]);
    openssl(&["ca", "-config", "openssl.cnf", "-gencrl", "-out", "crl.pem"]);
    openssl(&["pkcs8", "-topk8", "-nocrypt", "-in", "cakey.pem", "-out", "ca.p8"]);
    let mut import = home.token().command("softhsm2-util");
    import.args([
        "--import",
        "ca.p8",
        "--token",
        home.token().label(),
        "--label",
        "old",
        "--id",
        "01",
        "--pin",
        PIN,
    ]);
    let run = finish(import.arg("--module").arg(softhsm::module()).current_dir(home.path("old")));
    assert_eq!(run.code, Some(0), "{run:#?}");
}
