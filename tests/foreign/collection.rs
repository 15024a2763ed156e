//! The files of the pinned package, and the objects in them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use base64ct::{Base64, Encoding as _};

/// What an object says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Certificate,
    Crl,
    Request,
    Ocsp,
}

/// The DER of one object.
pub(crate) struct Object {
    /// The file, below `x509/`, and after a `#` which block of it where it has several.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) der: Vec<u8>,
}

static DIRECTORY: LazyLock<PathBuf> = LazyLock::new(|| {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("softhsm-setup/vectors.sh");
    // Where Cargo put this test, the script puts the vectors.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let output = Command::new(script).env("CARGO_TARGET_DIR", target).output().unwrap();
    assert!(
        output.status.success(),
        "softhsm-setup/vectors.sh gives the certificates of others, over which this test runs: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim()).join("cryptography_vectors")
});

/// The name, below the package, and the contents of every file.
pub(crate) fn files() -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut directories = vec![DIRECTORY.clone()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else {
                let name = path.strip_prefix(&*DIRECTORY).unwrap().to_str().unwrap().to_owned();
                found.push((name, std::fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The blocks in a text, found by a reader that is not the project's: label and octets.
pub(crate) fn blocks(text: &str) -> Vec<(String, Vec<u8>)> {
    text.split("-----BEGIN ")
        .skip(1)
        .filter_map(|after| {
            let (label, after) = after.split_once("-----")?;
            let (body, _) = after.split_once("-----END ")?;
            // Lines with a colon are the headers of RFC 1421.
            let body: String = body.lines().filter(|line| !line.contains(':')).map(str::trim).collect();
            Some((label.to_owned(), Base64::decode_vec(&body).ok()?))
        })
        .collect()
}

/// Every certificate, CRL, request and OCSP response in `x509/`.
pub(crate) fn objects() -> Vec<Object> {
    let mut objects = Vec::new();
    for (name, contents) in files() {
        // Its directories of messages, key stores and pairs hold the certificates of the others once more.
        let again = ["PKITS_data/smime", "PKITS_data/pkcs12", "PKITS_data/certpairs"];
        let Some(name) = name.strip_prefix("x509/") else { continue };
        if again.iter().any(|directory| name.starts_with(directory)) {
            continue;
        }
        let blocks = str::from_utf8(&contents).map(blocks).unwrap_or_default();
        let many = blocks.len() > 1;
        for (at, (label, der)) in blocks.into_iter().enumerate() {
            let kind = match label.as_str() {
                "CERTIFICATE" => Kind::Certificate,
                "X509 CRL" => Kind::Crl,
                "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Kind::Request,
                _ => continue,
            };
            let name = if many { format!("{name}#{}", at + 1) } else { name.to_owned() };
            objects.push(Object { name, kind, der });
        }
        if let Some(kind) = kind_of(name).filter(|_| contents.first() == Some(&0x30)) {
            objects.push(Object { name: name.to_owned(), kind, der: contents });
        }
    }
    objects
}

/// What the file of this name is, if it is DER.
fn kind_of(name: &str) -> Option<Kind> {
    let file = name.rsplit_once('/').map_or(name, |(_, file)| file);
    let (_, form) = file.rsplit_once('.')?;
    match form {
        "crl" => Some(Kind::Crl),
        "crt" => Some(Kind::Certificate),
        "der" if file.starts_with("crl_") => Some(Kind::Crl),
        "der" if name.starts_with("requests/") => Some(Kind::Request),
        "der" if name.starts_with("ocsp/") => {
            (file.starts_with("resp") || file.ends_with("-resp.der")).then_some(Kind::Ocsp)
        }
        "der" => Some(Kind::Certificate),
        _ => None,
    }
}
