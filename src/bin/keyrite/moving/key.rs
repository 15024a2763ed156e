//! How the key of a CA gets from a file into a token: said, and never done by keyrite, which reads no private key.

use std::path::Path;

use keyrite::store::CaName;
use keyrite::x509::algorithm::KeyAlgorithm;
use keyrite::x509::certificate::Certificate;

/// The steps, a line each.
pub(super) fn advice(certificate: &Certificate, file: Option<&Path>, name: &CaName) -> Vec<String> {
    let file = file.map_or_else(|| "KEY.pem".to_owned(), quoted);
    let yubihsm = certificate.public_key().ok().and_then(|key| yubihsm(key.algorithm()));
    let mut lines = vec![
        format!(
            "{file} is not read by keyrite. Import it into a token by one of these, with names of your own:"
        ),
        format!(
            "SoftHSM: openssl pkcs8 -topk8 -nocrypt -in {file} -out ca.p8; softhsm2-util --import ca.p8 --token TOKEN --label {name} --id 01"
        ),
        format!(
            "any PKCS#11 token: openssl pkey -in {file} -outform DER -out ca.der; pkcs11-tool --module MODULE --token-label TOKEN --login --write-object ca.der --type privkey --label {name} --id 01 --usage-sign --sensitive"
        ),
        format!(
            "any PKCS#11 token, by GnuTLS: p11tool --provider MODULE --login --write --load-privkey ca.p8 --label {name} --id 01 --mark-sign --mark-sensitive --mark-private 'pkcs11:token=TOKEN'"
        ),
    ];
    if let Some((capability, algorithm)) = yubihsm {
        lines.push(format!("YubiHSM 2: yubihsm-shell -a put-asymmetric-key -i 0 -l {name} -d 1 -c {capability} -A {algorithm} --in {file}"));
    }
    lines.extend([
        "A key that has been in a file cannot show that it never left the token: [keys] require = [] in keyrite.toml says that this home puts up with it.".to_owned(),
        format!("Then: keyrite migrate openssl … --ca {name} --key 'pkcs11:token=TOKEN;object={name}'"),
        format!("Once the CA has moved in and has issued a CRL, destroy {file}, what was made of it above, and every copy and backup of them: whoever has one is the CA."),
    ]);
    lines
}

fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// The capability and the algorithm by the words of yubihsm-shell.
fn yubihsm(algorithm: KeyAlgorithm) -> Option<(&'static str, &'static str)> {
    Some(match algorithm.to_string().as_str() {
        "ec-p256" => ("sign-ecdsa", "ecp256"),
        "ec-p384" => ("sign-ecdsa", "ecp384"),
        "ec-p521" => ("sign-ecdsa", "ecp521"),
        "ed25519" => ("sign-eddsa", "ed25519"),
        "rsa-2048" => ("sign-pkcs", "rsa2048"),
        "rsa-3072" => ("sign-pkcs", "rsa3072"),
        "rsa-4096" => ("sign-pkcs", "rsa4096"),
        _ => return None,
    })
}
