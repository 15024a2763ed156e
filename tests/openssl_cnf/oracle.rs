//! What the real `openssl` makes of a configuration.

use std::path::Path;
use std::process::Command;

use keyrite::migrate::openssl::cnf::{Cnf, CnfError, Included, Surroundings};

/// The environment of both readers.
pub(crate) const ENVIRONMENT: [(&str, &str); 2] = [("KEYRITE_TEST", "from $outside"), ("KEYRITE_EMPTY", "")];

/// A directory in which both work.
pub(crate) struct Disk<'d>(pub(crate) &'d Path);

impl Surroundings for Disk<'_> {
    fn variable(&self, name: &str) -> Option<Vec<u8>> {
        let found = ENVIRONMENT.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_bytes().to_vec())
    }

    fn include(&mut self, path: &str) -> Included {
        if path.is_empty() {
            return Included::Missing("it is no path".to_owned()); // joined, it would be the directory
        }
        let path = self.0.join(path);
        if path.is_dir() {
            let mut files: Vec<_> =
                std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()).collect();
            files.retain(|file| file.is_file());
            files.sort();
            let read = |file: std::path::PathBuf| {
                (file.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&file).unwrap())
            };
            return Included::Directory(files.into_iter().map(read).collect());
        }
        std::fs::read(&path).map_or_else(|error| Included::Missing(error.to_string()), Included::File)
    }
}

/// Reads a file of the directory.
pub(crate) fn read(directory: &Path, name: &str) -> Result<Cnf, CnfError> {
    Cnf::read(name, &std::fs::read(directory.join(name)).unwrap(), &mut Disk(directory))
}

/// Writes a file of the directory.
#[expect(clippy::disallowed_methods, reason = "a file of a test, in a directory of its own")]
pub(crate) fn write(directory: &Path, name: &str, text: impl AsRef<[u8]>) {
    let path = directory.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// Runs `openssl` in the directory: whether it succeeded, and what it said.
pub(crate) fn openssl(directory: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new("openssl")
        .args(arguments)
        .current_dir(directory)
        .env_remove("OPENSSL_CONF_INCLUDE")
        .envs(ENVIRONMENT)
        .output()
        .unwrap_or_else(|error| panic!("openssl is needed by this test: {error}"));
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

/// Runs `openssl`, which must succeed.
pub(crate) fn done(directory: &Path, arguments: &[&str]) -> String {
    let (ok, said) = openssl(directory, arguments);
    assert!(ok, "openssl {}\n{said}", arguments.join(" "));
    said
}

/// Whether `openssl` reads a file at all, and if not, at which line it gives up.
pub(crate) fn accepts(directory: &Path, name: &str) -> Result<(), Option<usize>> {
    let (ok, said) = openssl(directory, &["asn1parse", "-genconf", name, "-genstr", "NULL", "-noout"]);
    if ok {
        return Ok(());
    }
    let line = said.split("on line ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
    Err(line)
}

/// The values that `openssl` has for sections and names, which it puts into UTF8Strings of a structure. It takes the
/// octets of a value for Latin-1.
pub(crate) fn values(directory: &Path, name: &str, wanted: &[(String, String)]) -> Vec<String> {
    let mut probe = std::fs::read(directory.join(name)).unwrap();
    probe.extend(b"\n\n[ keyrite_probe ]\n");
    for (at, (section, name)) in wanted.iter().enumerate() {
        probe.extend(format!("v{at} = UTF8:${{{section}::{name}}}\n").into_bytes());
    }
    write(directory, "probe.cnf", probe);
    let arguments = [
        "asn1parse",
        "-genconf",
        "probe.cnf",
        "-genstr",
        "SEQUENCE:keyrite_probe",
        "-noout",
        "-out",
        "probe.der",
    ];
    done(directory, &arguments);
    let der = std::fs::read(directory.join("probe.der")).unwrap();
    let read: Vec<der::asn1::Utf8StringRef<'_>> = der::Decode::from_der(&der).unwrap();
    read.iter().map(|one| one.as_str().to_owned()).collect()
}

/// A value as the octets of Latin-1.
pub(crate) fn latin(value: &[u8]) -> String {
    value.iter().copied().map(char::from).collect()
}
