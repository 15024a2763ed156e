//! A CA's section, its policy and a section of extensions, as the text of a profile.
//!
//! Nothing is guessed: what a profile cannot say, or says otherwise, makes a [`Note`], which also stands as a comment
//! in the text.

use crate::policy::{Length, Problems, Profile};
use crate::x509::certificate::Certificate;
use crate::x509::extension::KeyUsage;

use super::ca::{CaSection, CopyExtensions};
use super::conversion::{Conversion, Keys};
use super::extension;
use super::file::{Cnf, DEFAULT, Entry, Section};
use super::kind::Kind;
use super::note::{Note, Notes, short};
use super::place::Place;
use super::policy;
use super::toml_text::{Tables, comment, list, quoted};

/// What is to become a profile.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The section of the CA.
    pub ca: &'a CaSection,
    /// The section of extensions, as `openssl ca -extensions` names it; without it, that of `x509_extensions`.
    pub extensions: Option<&'a str>,
    /// A file of its own with the extensions, as `openssl ca -extfile` names it: the section is that file's, without
    /// `extensions` the one that a line `extensions` names, or else its default section.
    pub extension_file: Option<&'a Cnf>,
    /// Whether the section is used as by `openssl req -x509`, for a root.
    pub self_signed: bool,
    /// The certificate of the CA, which `match` in a policy and `issuer:copy` refer to.
    pub certificate: Option<&'a Certificate>,
    /// How long certificates are valid where the file has no `default_days`.
    pub validity: Option<Length>,
}

/// A profile as text, and what it does not say as the file does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Converted {
    /// The profile in TOML; its comments tell the notes.
    pub toml: String,
    /// What could not be carried over exactly, by file and line.
    pub notes: Vec<Note>,
    /// The kind of the profile.
    pub kind: &'static str,
    /// What keyrite finds wrong with the profile, where the file asks for what no profile can be.
    pub problems: Option<Problems>,
}

/// Why there is no profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConversionError {
    /// A section of extensions that is not there.
    #[error("there is no section [{}]{}", short(name, 80).escape_debug(), .place.as_ref().map_or_else(String::new, |place| format!(", which {place} names")))]
    Section {
        /// The name.
        name: String,
        /// The line that names it, if one does.
        place: Option<Place>,
    },
    /// Nothing says how long certificates are valid.
    #[error("[{}] has no default_days, and nothing else says how long certificates are valid", short(section, 80).escape_debug())]
    Validity {
        /// The section of the CA.
        section: String,
    },
}

/// The profile of a section of extensions under a CA's section and policy.
///
/// # Errors
/// [`ConversionError`] when the section is not there, or no validity.
pub fn profile<'c>(cnf: &'c Cnf, wanted: &Wanted<'c>) -> Result<Converted, ConversionError> {
    let ca = wanted.ca;
    let mut notes = Notes::default();
    for remark in cnf.remarks().iter().chain(wanted.extension_file.iter().flat_map(|file| file.remarks())) {
        notes.remark(remark);
    }
    let section = section(cnf, wanted)?;
    let of_extensions = wanted.extension_file.unwrap_or(cnf);
    let found = section.map(|section| extension::all(section, &mut notes)).unwrap_or_default();
    let kind = Kind::of(of_extensions, &found, wanted.self_signed);
    let mut subject = Tables::default();
    // openssl req -x509, which makes roots, reads nothing of the section of a CA.
    if kind == Kind::Root {
        policy::any_subject(cnf, &mut subject);
    } else {
        policy::subject(cnf, ca, wanted.certificate.map(Certificate::subject), &mut subject, &mut notes);
    }
    let validity = validity(cnf, wanted, &mut notes)?;
    let mut conversion = Conversion {
        cnf: of_extensions,
        kind,
        issuer: wanted.certificate,
        copy: match &ca.copy_extensions {
            Some(setting) if kind != Kind::Root => setting.value,
            Some(_) | None => CopyExtensions::None,
        },
        tables: Tables::default(),
        notes,
        keys: Keys::any(kind),
    };
    conversion.all(section.or_else(|| cnf.section(&ca.name)), &found);
    let Conversion { tables, mut notes, keys, .. } = conversion;
    if kind != Kind::Root {
        remaining(cnf, ca, &mut notes);
    }
    let notes = notes.end();
    let mut toml = head(wanted, section, kind, &notes);
    toml.push_str(&subject.text());
    let mut rest = Tables::default();
    rest.add("key", [format!("algorithms = {}", list(&keys.names()))]);
    let validity = quoted(&validity.to_string());
    rest.add("validity", [format!("default = {validity}"), format!("maximum = {validity}")]);
    rest.add("request", ["other_extensions = \"drop\"".to_owned()]);
    toml.push_str(&rest.text());
    toml.push_str(&tables.text());
    let problems = Profile::parse("converted", &toml).err();
    if let Some(problems) = &problems {
        toml.push_str("\n# What makes this no profile yet:\n");
        for problem in problems.as_slice() {
            let text =
                format!("line {}: {}: {} [{}]", problem.line, problem.key, problem.message, problem.id);
            toml.push_str(&format!("{}\n", comment(&text)));
        }
    }
    Ok(Converted { toml, notes, kind: kind.word(), problems })
}

/// The section of extensions, if there is one: without, OpenSSL writes certificates that have none.
fn section<'c>(cnf: &'c Cnf, wanted: &Wanted<'c>) -> Result<Option<&'c Section>, ConversionError> {
    if let Some(file) = wanted.extension_file {
        let named = file.look_up(DEFAULT, "extensions");
        let (name, place) = match (wanted.extensions, named) {
            (Some(name), _) => (name.to_owned(), None),
            (None, Some(entry)) => (entry.shown(), Some(entry.place.clone())),
            (None, None) => (DEFAULT.to_owned(), None),
        };
        let section = file.section(&name);
        return section.map(Some).ok_or(ConversionError::Section { name, place });
    }
    let named = wanted.ca.extensions.as_ref();
    let (name, place) = match (wanted.extensions, named) {
        (Some(name), _) => (name, None),
        (None, Some(setting)) => (setting.value.as_str(), Some(setting.place.clone())),
        (None, None) => return Ok(None),
    };
    let section =
        cnf.section(name).ok_or_else(|| ConversionError::Section { name: name.to_owned(), place })?;
    Ok(Some(section))
}

/// `default_days`. OpenSSL's days end at the second at which they began; here they end one second before.
fn validity(cnf: &Cnf, wanted: &Wanted<'_>, notes: &mut Notes) -> Result<Length, ConversionError> {
    let ca = wanted.ca;
    for name in ["default_startdate", "default_enddate"] {
        if let Some(entry) = cnf.look_up(&ca.name, name) {
            let flag = if name == "default_startdate" { "--not-before" } else { "--validity" };
            notes.lost(
                entry,
                format!("a profile has lengths of time and no dates; {flag} gives one to keyrite issue"),
            );
        }
    }
    let days = ca.default_days.as_ref().filter(|days| days.value > 0);
    let length = days.and_then(|days| format!("{}d", days.value).parse::<Length>().ok());
    let entry = cnf.look_up(&ca.name, "default_days");
    match (length, entry, wanted.validity) {
        (Some(length), Some(entry), None) => {
            let why = if wanted.self_signed {
                "it is of openssl ca; openssl req -x509 takes -days alone. --validity says another length"
            } else {
                "it is also the greatest validity here, where openssl ca -days may give any; and it ends one second \
                 earlier, since a validity counts both its ends (RFC 5280 s.4.1.2.5)"
            };
            notes.otherwise(entry, why);
            Ok(length)
        }
        (_, entry, Some(length)) => {
            if let Some(entry) = entry {
                notes.otherwise(entry, format!("{length} by the command line"));
            }
            Ok(length)
        }
        _ => Err(ConversionError::Validity { section: ca.name.clone() }),
    }
}

/// Settings of the CA that bear on what is issued, and that a profile does not have.
fn remaining(cnf: &Cnf, ca: &CaSection, notes: &mut Notes) {
    let entry = |name: &str| -> Option<&Entry> { cnf.look_up(&ca.name, name) };
    if let Some(entry) = entry("default_md").filter(|entry| entry.value != b"default") {
        let why = "the digest is the CA's and goes with its key: that of the curve for an EC key, none for Ed25519; for an \
                   RSA key it is `digest` of the CA in keyrite.toml";
        notes.lost(entry, why);
    }
    if let Some(entry) =
        entry("unique_subject").filter(|_| ca.unique_subject.as_ref().is_some_and(|one| one.value))
    {
        notes.lost(entry, "keyrite issues more than one certificate for a subject, as each renewal needs");
    }
    if let Some(entry) =
        cnf.look_up("ca", "msie_hack").filter(|_| ca.msie_hack.as_ref().is_some_and(|one| one.value))
    {
        notes.lost(entry, "the string types of the subject are those of RFC 5280, never others");
    }
    for note in &ca.not_understood {
        if ["copy_extensions", "default_days", "unique_subject", "preserve", "email_in_dn"]
            .contains(&note.name.as_str())
        {
            notes.again(note);
        }
    }
    if let Some(entry) = entry("copy_extensions") {
        let why = match ca.copy_extensions.as_ref().map(|one| one.value) {
            Some(CopyExtensions::Copy) => {
                "of what a request asks for, only subjectAltName is taken, and only where the extension section has none; \
                 everything else is left out, and shown before anything is signed"
            }
            Some(CopyExtensions::CopyAll) => {
                "of what a request asks for, only subjectAltName is taken; nothing else replaces what the profile says"
            }
            Some(CopyExtensions::None) | None => return,
        };
        notes.otherwise(entry, why);
    }
}

/// The comments and keys at the begin of a profile.
fn head(wanted: &Wanted<'_>, section: Option<&Section>, kind: Kind, notes: &[Note]) -> String {
    let ca = wanted.ca;
    let from = section.map_or_else(
        || format!("[{}] of {}, which has no x509_extensions", ca.name, ca.place.file),
        |section| format!("[{}] under [{}] of {}", section.name(), ca.name, section.place().file),
    );
    let mut lines = vec![comment(&format!("From {from}."))];
    if notes.is_empty() {
        lines.push("# Everything could be carried over exactly.".to_owned());
    } else {
        lines.push("# What could not be carried over exactly:".to_owned());
        lines.extend(notes.iter().map(|note| comment(&note.to_string())));
    }
    lines.push(String::new());
    let name = section.map_or(ca.name.as_str(), Section::name);
    lines.push(format!("description = {}", quoted(&format!("{name}, from an openssl.cnf"))));
    lines.push(format!("kind = {}", quoted(kind.word())));
    lines.push(String::new());
    lines.join("\n")
}

/// The usages of which a key needs one for its purposes (RFC 5280 s.4.2.1.12), as profiles are held to it.
pub(super) fn needed(purposes: &[der::asn1::ObjectIdentifier]) -> Vec<KeyUsage> {
    purposes.iter().filter_map(|purpose| crate::policy::profile::needed(*purpose)).collect()
}
