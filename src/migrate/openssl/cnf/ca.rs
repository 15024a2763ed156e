//! What `openssl ca` reads of its configuration.

use super::file::{Cnf, DEFAULT, Entry};
use super::note::{Note, Notes, short};
use super::place::Place;

/// The section that names the CA which is used when none is named.
const BASE: &str = "ca";
/// The names that `openssl ca` reads in a CA's section, and `dir`, by which its paths are usually made.
const KNOWN: [&str; 33] = [
    "dir",
    "certs",
    "crl_dir",
    "database",
    "new_certs_dir",
    "certificate",
    "serial",
    "rand_serial",
    "crlnumber",
    "crl",
    "private_key",
    "RANDFILE",
    "default_days",
    "default_startdate",
    "default_enddate",
    "default_crl_days",
    "default_crl_hours",
    "default_md",
    "email_in_dn",
    "preserve",
    "policy",
    "x509_extensions",
    "crl_extensions",
    "msie_hack",
    "name_opt",
    "cert_opt",
    "copy_extensions",
    "unique_subject",
    "string_mask",
    "utf8",
    "oid_file",
    "oid_section",
    "default_email_in_dn",
];

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Its line.
    pub place: Place,
}

/// What happens to the extensions that a request asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CopyExtensions {
    /// They are passed over.
    #[default]
    None,
    /// Those that the extension section does not have are taken.
    Copy,
    /// All are taken, also in place of what the extension section has.
    CopyAll,
}

/// The section of a CA, with what OpenSSL takes from the default section where it has nothing.
///
/// Paths are as they are written: OpenSSL means relative ones from its working directory, see [`resolve`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaSection {
    /// The name of the section.
    pub name: String,
    /// Where it begins.
    pub place: Place,
    /// `dir`: not read by OpenSSL, but the others are usually made with it.
    pub directory: Option<Setting<String>>,
    /// `certs`, as `dir`.
    pub certs: Option<Setting<String>>,
    /// `crl_dir`, as `dir`.
    pub crl_directory: Option<Setting<String>>,
    /// `database`: the index, most often `index.txt`.
    pub database: Option<Setting<String>>,
    /// `new_certs_dir`: the directory of the certificates, each in a file named by its serial number.
    pub new_certificates: Option<Setting<String>>,
    /// `certificate`: that of the CA.
    pub certificate: Option<Setting<String>>,
    /// `private_key`.
    pub private_key: Option<Setting<String>>,
    /// `serial`: the file with the next serial number in hex.
    pub serial: Option<Setting<String>>,
    /// `rand_serial`: present with whatever value, serial numbers are drawn, and `serial` is not read.
    pub random_serial: Option<Setting<String>>,
    /// `crlnumber`: the file with the next CRL number in hex.
    pub crl_number: Option<Setting<String>>,
    /// `crl`: not read by OpenSSL, the last CRL by custom.
    pub crl: Option<Setting<String>>,
    /// `RANDFILE`.
    pub random_file: Option<Setting<String>>,
    /// `default_days`; OpenSSL reads leading digits, `10y` as 10, which is told in `not_understood`.
    pub default_days: Option<Setting<u32>>,
    /// `default_startdate`.
    pub default_start_date: Option<Setting<String>>,
    /// `default_enddate`.
    pub default_end_date: Option<Setting<String>>,
    /// `default_crl_days`.
    pub default_crl_days: Option<Setting<u32>>,
    /// `default_crl_hours`, which add to the days.
    pub default_crl_hours: Option<Setting<u32>>,
    /// `default_md`.
    pub default_digest: Option<Setting<String>>,
    /// `policy`: the name of a section.
    pub policy: Option<Setting<String>>,
    /// `x509_extensions`: the name of a section.
    pub extensions: Option<Setting<String>>,
    /// `crl_extensions`: the name of a section.
    pub crl_extensions: Option<Setting<String>>,
    /// `copy_extensions`; none where it is absent.
    pub copy_extensions: Option<Setting<CopyExtensions>>,
    /// `unique_subject`: whether two valid certificates cannot have one subject; OpenSSL means yes where it is absent,
    /// and the file `index.txt.attr` goes before it.
    pub unique_subject: Option<Setting<bool>>,
    /// `preserve`: whether the subject is taken as it is asked for, in its order and with attributes that the policy
    /// does not name. OpenSSL reads it in `[ca]` and the default section, not in the CA's own.
    pub preserve: Option<Setting<bool>>,
    /// `email_in_dn`: whether emailAddress stays in the subject; yes unless the value is `no`.
    pub email_in_dn: Option<Setting<bool>>,
    /// `msie_hack`, read as `preserve`.
    pub msie_hack: Option<Setting<bool>>,
    /// `name_opt`: how names are shown.
    pub name_options: Option<Setting<String>>,
    /// `cert_opt`: how certificates are shown.
    pub certificate_options: Option<Setting<String>>,
    /// `string_mask`: the string types of a subject that the command line gives.
    pub string_mask: Option<Setting<String>>,
    /// `utf8`: whether the command line is UTF-8.
    pub utf8: Option<Setting<String>>,
    /// Lines of the section that OpenSSL does not read or reads otherwise than they look, and lines with values that
    /// mean nothing.
    pub not_understood: Vec<Note>,
}

/// Why there is no section to read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaSectionError {
    /// The file names no CA, and nobody else did.
    #[error("neither [ca] nor the default section has a line default_ca, which names the section of the CA")]
    NoDefault,
    /// The section is not there.
    #[error("there is no section [{}]{}", short(name, 80).escape_debug(), named(.place.as_ref()))]
    Missing {
        /// The section that was wanted.
        name: String,
        /// The line of `default_ca`, where that one named it.
        place: Option<Place>,
    },
}

fn named(place: Option<&Place>) -> String {
    place.map_or_else(String::new, |place| format!(", which default_ca in {place} names"))
}

impl CaSection {
    /// Reads the section of a CA: the one of a name, as `openssl ca -name` does, or else the one that `default_ca`
    /// names.
    ///
    /// # Errors
    /// [`CaSectionError`] when there is none.
    pub fn read(cnf: &Cnf, name: Option<&str>) -> Result<Self, CaSectionError> {
        let default = cnf.look_up(BASE, "default_ca");
        let (name, place) = match (name, default) {
            (Some(name), _) => (name.to_owned(), None),
            (None, Some(entry)) => (entry.shown(), Some(entry.place.clone())),
            (None, None) => return Err(CaSectionError::NoDefault),
        };
        let section =
            cnf.section(&name).ok_or_else(|| CaSectionError::Missing { name: name.clone(), place })?;
        let mut reader = Reader { cnf, section: &name, notes: Notes::default() };
        let mut read = Self {
            name: name.clone(),
            place: section.place().clone(),
            directory: reader.text("dir"),
            certs: reader.text("certs"),
            crl_directory: reader.text("crl_dir"),
            database: reader.text("database"),
            new_certificates: reader.text("new_certs_dir"),
            certificate: reader.text("certificate"),
            private_key: reader.text("private_key"),
            serial: reader.text("serial"),
            random_serial: reader.text("rand_serial"),
            crl_number: reader.text("crlnumber"),
            crl: reader.text("crl"),
            random_file: reader.text("RANDFILE"),
            default_days: reader.number("default_days"),
            default_start_date: reader.text("default_startdate"),
            default_end_date: reader.text("default_enddate"),
            default_crl_days: reader.number("default_crl_days"),
            default_crl_hours: reader.number("default_crl_hours"),
            default_digest: reader.text("default_md"),
            policy: reader.text("policy"),
            extensions: reader.text("x509_extensions"),
            crl_extensions: reader.text("crl_extensions"),
            copy_extensions: reader.copy_extensions(),
            unique_subject: reader.unique_subject(),
            preserve: reader.base_flag("preserve"),
            email_in_dn: reader.email_in_dn(),
            msie_hack: reader.base_flag("msie_hack"),
            name_options: reader.text("name_opt"),
            certificate_options: reader.text("cert_opt"),
            string_mask: reader.text("string_mask"),
            utf8: reader.text("utf8"),
            not_understood: Vec::new(),
        };
        reader.strangers();
        read.not_understood = reader.notes.end();
        Ok(read)
    }
}

/// Where a path of a configuration lies. OpenSSL means relative ones from its working directory; `base` is that
/// directory, or the directory of the configuration for who moves a CA from where its commands were not run.
#[must_use]
pub fn resolve(base: &str, path: &str) -> String {
    if path.starts_with('/') || base.is_empty() {
        return path.to_owned();
    }
    let path = path.strip_prefix("./").unwrap_or(path);
    format!("{}/{path}", base.strip_suffix('/').unwrap_or(base))
}

struct Reader<'c> {
    cnf: &'c Cnf,
    section: &'c str,
    notes: Notes,
}

impl<'c> Reader<'c> {
    fn entry(&self, name: &str) -> Option<&'c Entry> {
        self.cnf.look_up(self.section, name)
    }

    fn text(&mut self, name: &str) -> Option<Setting<String>> {
        let entry = self.entry(name)?;
        match entry.text() {
            Some(text) => Some(Setting { value: text.to_owned(), place: entry.place.clone() }),
            None => {
                self.notes.lost(entry, "the value is not UTF-8");
                None
            }
        }
    }

    fn number(&mut self, name: &str) -> Option<Setting<u32>> {
        let entry = self.entry(name)?;
        let digits: String =
            entry.value.iter().copied().map(char::from).take_while(char::is_ascii_digit).collect();
        let Ok(value) = digits.parse::<u32>() else {
            self.notes.lost(entry, "wanted a number of at most ten digits");
            return None;
        };
        if digits.len() != entry.value.len() {
            self.notes.otherwise(entry, format!("OpenSSL reads the digits at its begin alone: {value}"));
        }
        Some(Setting { value, place: entry.place.clone() })
    }

    fn copy_extensions(&mut self) -> Option<Setting<CopyExtensions>> {
        let entry = self.entry("copy_extensions")?;
        let value = match entry.value.as_slice() {
            b"none" => CopyExtensions::None,
            b"copy" => CopyExtensions::Copy,
            b"copyall" => CopyExtensions::CopyAll,
            _ => {
                self.notes.lost(entry, "wanted none, copy or copyall: openssl ca refuses to work with it");
                return None;
            }
        };
        Some(Setting { value, place: entry.place.clone() })
    }

    /// The first letter decides, and what is neither yes nor no means yes.
    fn unique_subject(&mut self) -> Option<Setting<bool>> {
        let entry = self.entry("unique_subject")?;
        let value = match entry.value.first() {
            Some(b'f' | b'F' | b'n' | b'N' | b'0') => false,
            Some(b't' | b'T' | b'y' | b'Y' | b'1') => true,
            _ => {
                self.notes.otherwise(entry, "neither yes nor no, which OpenSSL takes for yes");
                true
            }
        };
        Some(Setting { value, place: entry.place.clone() })
    }

    fn email_in_dn(&mut self) -> Option<Setting<bool>> {
        let entry = self.entry("email_in_dn")?;
        let value = entry.value != b"no";
        if value && !matches!(entry.value.as_slice(), b"yes" | b"true" | b"1") {
            self.notes.otherwise(entry, "OpenSSL takes everything but \"no\" for yes");
        }
        Some(Setting { value, place: entry.place.clone() })
    }

    /// A switch that OpenSSL reads in `[ca]` or the default section.
    fn base_flag(&mut self, name: &str) -> Option<Setting<bool>> {
        let own = self.cnf.section(self.section).and_then(|section| section.entry(name));
        if let Some(own) = own.filter(|_| self.section != BASE && self.section != DEFAULT)
            && self.cnf.look_up(BASE, name) != Some(own)
        {
            let says = own.value.first().is_some_and(|first| matches!(first, b'y' | b'Y'));
            if says {
                self.notes.lost(
                    own,
                    "OpenSSL reads it in [ca] and in the default section, so that it does nothing here",
                );
            }
        }
        let entry = self.cnf.look_up(BASE, name)?;
        let value = matches!(entry.value.first(), Some(b'y' | b'Y'));
        Some(Setting { value, place: entry.place.clone() })
    }

    /// Lines of the section that neither OpenSSL nor another line reads.
    fn strangers(&mut self) {
        let Some(section) = self.cnf.section(self.section) else { return };
        for entry in section.entries() {
            if !KNOWN.contains(&entry.name.as_str()) && !self.cnf.is_referred_to(self.section, &entry.name) {
                self.notes.lost(entry, "openssl ca does not read it, and no other line refers to it");
            }
        }
    }
}
