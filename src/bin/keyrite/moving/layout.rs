//! Where the files of an `openssl ca` directory lie: as its configuration says, or as is customary.

use std::path::{Path, PathBuf};

use keyrite::migrate::examination::NumberFiles;
use keyrite::migrate::openssl::cnf::CaSection;
use keyrite::migrate::openssl::{index, number};

use super::Directory;
use crate::failure::{Exit, Failure};
use crate::input;

/// The largest file with a number that is read, in octets.
const NUMBER_OCTETS: usize = 4096;
/// Names that are looked for, the most usual first.
const INDEXES: [&str; 3] = ["index.txt", "index", "database.txt"];
const CERTIFICATES: [&str; 8] = [
    "cacert.pem",
    "ca.crt",
    "ca.pem",
    "ca.cert.pem",
    "certs/ca.cert.pem",
    "certs/cacert.pem",
    "certs/ca.crt",
    "certs/ca.pem",
];
const KEYS: [&str; 4] = ["private/cakey.pem", "private/ca.key", "private/ca.key.pem", "ca.key"];
const NEW_CERTIFICATES: [&str; 2] = ["newcerts", "certs_by_serial"];
const CRL_NUMBERS: [&str; 2] = ["crlnumber", "crlnumber.txt"];
/// Directories of easy-rsa with certificates by serial number that were moved out of the way.
const MOVED: [&str; 3] = ["revoked/certs_by_serial", "renewed/certs_by_serial", "expired/certs_by_serial"];
const CRLS: [&str; 2] = ["crl.pem", "ca.crl"];
const CRL_DIRECTORIES: [&str; 2] = ["crl", "crls"];
const CRL_ENDINGS: [&str; 3] = ["pem", "crl", "der"];

/// The files of one CA.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// The directory that everything belongs to.
    pub(crate) root: PathBuf,
    /// The index and the certificates.
    pub(crate) files: Directory,
    /// The certificate of the CA.
    pub(crate) certificate: Option<PathBuf>,
    /// Its CRLs.
    pub(crate) crls: Vec<PathBuf>,
    /// Its private key.
    pub(crate) private_key: Option<PathBuf>,
    serial: Option<PathBuf>,
    crl_number: Option<PathBuf>,
}

/// The directory that holds the index: the one that is given, or `pki` in it, as easy-rsa has it.
pub(crate) fn root(directory: &Path) -> PathBuf {
    let inner = directory.join("pki");
    let has_index = |path: &Path| INDEXES.iter().any(|name| path.join(name).is_file());
    if !has_index(directory) && has_index(&inner) { inner } else { directory.to_owned() }
}

/// The configuration in a directory, if there is one that is named as usual.
pub(crate) fn configuration(directory: &Path) -> Option<PathBuf> {
    let names = ["openssl.cnf", "openssl-easyrsa.cnf", "ca.cnf", "openssl-ca.cnf", "ca.conf", "openssl.conf"];
    let root = root(directory);
    let places = [directory, root.as_path()].map(Path::to_owned);
    let above = root.parent().map(Path::to_owned);
    let mut candidates =
        places.iter().chain(&above).flat_map(|place| names.iter().map(|name| place.join(name)));
    candidates.find(|path| path.is_file())
}

impl Layout {
    /// Looks for the files. What the configuration names comes first, if it is there.
    pub(crate) fn find(directory: &Path, section: Option<&CaSection>, beside: Option<&Path>) -> Self {
        let root = root(directory);
        let dir = section.and_then(|ca| ca.directory.as_ref()).map(|one| one.value.as_str());
        let at = Places { root: &root, directory, beside, dir };
        let named = |setting: fn(&CaSection) -> Option<&str>| {
            section.and_then(setting).and_then(|path| at.find(path))
        };
        let usual = |names: &[&str]| names.iter().map(|name| root.join(name)).find(|path| path.exists());
        let regular = named(|ca| ca.new_certificates.as_ref().map(|one| one.value.as_str()))
            .or_else(|| usual(&NEW_CERTIFICATES));
        let mut heaps: Vec<PathBuf> =
            MOVED.iter().map(|name| root.join(name)).filter(|path| path.is_dir()).collect();
        if regular.is_none() {
            heaps.extend(
                ["certs", "issued"].map(|name| root.join(name)).into_iter().filter(|path| path.is_dir()),
            );
        }
        let index =
            named(|ca| ca.database.as_ref().map(|one| one.value.as_str())).or_else(|| usual(&INDEXES));
        let mut crls: Vec<PathBuf> =
            CRLS.iter().map(|name| root.join(name)).filter(|path| path.is_file()).collect();
        crls.extend(named(|ca| ca.crl.as_ref().map(|one| one.value.as_str())));
        let customary = CRL_DIRECTORIES.iter().map(|name| root.join(name)).filter(|path| path.is_dir());
        let own = named(|ca| ca.crl_directory.as_ref().map(|one| one.value.as_str()));
        // easy-rsa names its whole directory as that of its CRLs.
        for place in customary.chain(own).filter(|place| !same(place, &root)) {
            crls.extend(crls_in(&place));
        }
        crls.sort();
        crls.dedup_by(|a, b| same(a, b));
        Self {
            files: Directory { index, regular, heaps, ..Directory::default() },
            certificate: named(|ca| ca.certificate.as_ref().map(|one| one.value.as_str()))
                .or_else(|| usual(&CERTIFICATES)),
            crls,
            private_key: named(|ca| ca.private_key.as_ref().map(|one| one.value.as_str()))
                .or_else(|| usual(&KEYS)),
            serial: named(|ca| ca.serial.as_ref().map(|one| one.value.as_str()))
                .or_else(|| usual(&["serial"])),
            crl_number: named(|ca| ca.crl_number.as_ref().map(|one| one.value.as_str()))
                .or_else(|| usual(&CRL_NUMBERS)),
            root,
        }
    }

    /// Whether `index.txt.attr` says that a subject has one valid certificate at most.
    pub(crate) fn has_unique_subjects(&self) -> bool {
        let Some(index) = &self.files.index else { return false };
        let mut attributes = index.clone().into_os_string();
        attributes.push(".attr");
        let octets = input::read(Path::new(&attributes), NUMBER_OCTETS).unwrap_or_default();
        index::unique_subject(&String::from_utf8_lossy(&octets)) == Some(true)
    }

    /// What `serial` and `crlnumber` say.
    ///
    /// # Errors
    /// A [`Failure`] when `crlnumber` is there and cannot be read: a CRL number would be used twice.
    pub(crate) fn numbers(&self) -> Result<NumberFiles, Failure> {
        let read =
            |path: &Option<PathBuf>| path.as_deref().map(|path| input::read(path, NUMBER_OCTETS)).transpose();
        let crl_number = read(&self.crl_number)?
            .map(|octets| {
                let path = self.crl_number.as_deref().unwrap_or(&self.root);
                number::crl_number(&octets).map_err(|error| {
                    Failure::of(Exit::Refused, &error)
                        .about(path)
                        .hint("it must hold, in hex, a number above those of all CRLs that the CA has issued")
                })
            })
            .transpose()?;
        let serial = read(&self.serial)?.map(|octets| number::next_serial(&octets));
        Ok(NumberFiles { serial, crl_number })
    }
}

/// From where a path of the configuration may be meant.
struct Places<'a> {
    root: &'a Path,
    directory: &'a Path,
    beside: Option<&'a Path>,
    /// `dir` of the configuration, with which its paths are usually made.
    dir: Option<&'a str>,
}

impl Places<'_> {
    /// The first place at which a path leads to something. What the configuration has in its own directory is looked
    /// for in the one that was named, which may be a copy or have moved. Else OpenSSL means a path from its working
    /// directory, which is most often the CA's directory, the one above it, or where the configuration lies.
    fn find(&self, path: &str) -> Option<PathBuf> {
        let own =
            self.dir.and_then(|dir| Path::new(path).strip_prefix(dir).ok()).map(|rest| self.root.join(rest));
        if let Some(own) = own.filter(|own| own.exists()) {
            return Some(own);
        }
        let path = Path::new(path.strip_prefix("./").unwrap_or(path));
        let above = self.root.parent().map(Path::to_owned);
        let bases = [
            Some(self.directory.to_owned()),
            Some(self.root.to_owned()),
            self.beside.map(Path::to_owned),
            above,
        ];
        let candidates = bases.into_iter().flatten().map(|base| base.join(path));
        candidates.chain([path.to_owned()]).find(|candidate| candidate.exists())
    }
}

fn same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn crls_in(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let wanted = |path: &PathBuf| {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        CRL_ENDINGS.contains(&ending) && path.is_file()
    };
    paths.filter(wanted).collect()
}
