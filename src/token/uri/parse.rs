//! From text to [`Pkcs11Uri`]: one attribute after the other, each at most once.

use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use super::encoding::{Half, percent_decode};
use super::{LibraryVersion, ObjectType, Pkcs11Uri, UriError};
use crate::token::pin::PinSource;

/// The most octets of a URI: far above what the attributes of a token can fill.
const LIMIT: usize = 4096;
const SCHEME: &str = "pkcs11:";
/// The most octets of a label or id: a bound for messages, not a rule of the standard.
const VALUE_LIMIT: usize = 1024;

const PATH_NAMES: [&str; 13] = [
    "token",
    "manufacturer",
    "serial",
    "model",
    "library-manufacturer",
    "library-description",
    "library-version",
    "slot-manufacturer",
    "slot-description",
    "slot-id",
    "object",
    "type",
    "id",
];
const QUERY_NAMES: [&str; 3] = ["module-path", "module-name", "pin-source"];

pub(super) fn parse(text: &str) -> Result<Pkcs11Uri, UriError> {
    if text.len() > LIMIT {
        return Err(UriError::Length { octets: text.len(), limit: LIMIT });
    }
    // RFC 3986 s.3.1: the scheme's case does not matter.
    let rest = match text.split_at_checked(SCHEME.len()) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case(SCHEME) => rest,
        _ => return Err(UriError::Scheme),
    };
    let (path, query) = match rest.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (rest, None),
    };
    let mut uri = Pkcs11Uri::default();
    for attribute in attributes(path, SCHEME.len(), ';')? {
        path_attribute(&mut uri, &attribute)?;
    }
    let query_position = SCHEME.len().saturating_add(path.len()).saturating_add(1);
    for attribute in attributes(query.unwrap_or_default(), query_position, '&')? {
        query_attribute(&mut uri, &attribute)?;
    }
    Ok(uri)
}

struct Attribute<'a> {
    name: &'a str,
    value: &'a str,
    position: usize,
}

impl Attribute<'_> {
    fn decode(&self, name: &'static str, half: Half) -> Result<Vec<u8>, UriError> {
        let value_position = self.position.saturating_add(self.name.len()).saturating_add(1);
        let decoded = percent_decode(name, self.value, value_position, half)?;
        if decoded.len() > VALUE_LIMIT {
            return Err(self.value(name, format!("{} octets, wanted at most {VALUE_LIMIT}", decoded.len())));
        }
        Ok(decoded)
    }

    fn text(&self, name: &'static str, half: Half) -> Result<String, UriError> {
        String::from_utf8(self.decode(name, half)?).map_err(|_| self.value(name, "not UTF-8".to_owned()))
    }

    fn value(&self, name: &'static str, reason: String) -> UriError {
        UriError::Value { name, position: self.position, reason }
    }

    /// Stores a value, unless there is one already.
    fn store<T>(&self, place: &mut Option<T>, name: &'static str, value: T) -> Result<(), UriError> {
        if place.is_some() {
            return Err(UriError::Twice { name, position: self.position });
        }
        *place = Some(value);
        Ok(())
    }
}

fn attributes(half: &str, position: usize, separator: char) -> Result<Vec<Attribute<'_>>, UriError> {
    if half.is_empty() {
        return Ok(Vec::new());
    }
    let mut position = position;
    let mut found = Vec::new();
    for part in half.split(separator) {
        let (name, value) = part
            .split_once('=')
            .filter(|(name, _)| !name.is_empty())
            .ok_or_else(|| UriError::Shape { found: part.to_owned(), position })?;
        found.push(Attribute { name, value, position });
        position = position.saturating_add(part.len()).saturating_add(1);
    }
    Ok(found)
}

fn path_attribute(uri: &mut Pkcs11Uri, attribute: &Attribute<'_>) -> Result<(), UriError> {
    let text = |name| attribute.text(name, Half::Path);
    match attribute.name {
        "token" => attribute.store(&mut uri.token, "token", unpadded(text("token")?)),
        "manufacturer" => {
            attribute.store(&mut uri.manufacturer, "manufacturer", unpadded(text("manufacturer")?))
        }
        "serial" => attribute.store(&mut uri.serial, "serial", unpadded(text("serial")?)),
        "model" => attribute.store(&mut uri.model, "model", unpadded(text("model")?)),
        "library-manufacturer" => {
            let value = unpadded(text("library-manufacturer")?);
            attribute.store(&mut uri.library_manufacturer, "library-manufacturer", value)
        }
        "library-description" => {
            let value = unpadded(text("library-description")?);
            attribute.store(&mut uri.library_description, "library-description", value)
        }
        "library-version" => {
            let value = library_version(attribute, &text("library-version")?)?;
            attribute.store(&mut uri.library_version, "library-version", value)
        }
        "slot-manufacturer" => {
            let value = unpadded(text("slot-manufacturer")?);
            attribute.store(&mut uri.slot_manufacturer, "slot-manufacturer", value)
        }
        "slot-description" => {
            let value = unpadded(text("slot-description")?);
            attribute.store(&mut uri.slot_description, "slot-description", value)
        }
        "slot-id" => {
            let value = slot_id(attribute, &text("slot-id")?)?;
            attribute.store(&mut uri.slot_id, "slot-id", value)
        }
        "object" => attribute.store(&mut uri.object, "object", text("object")?),
        "id" => attribute.store(&mut uri.id, "id", attribute.decode("id", Half::Path)?),
        "type" => {
            let value = object_type(attribute, &text("type")?)?;
            attribute.store(&mut uri.object_type, "type", value)
        }
        "pin-value" => Err(UriError::PinValue { position: attribute.position }),
        other => Err(unknown(other, attribute.position, &PATH_NAMES, &QUERY_NAMES, "after the \"?\"")),
    }
}

fn query_attribute(uri: &mut Pkcs11Uri, attribute: &Attribute<'_>) -> Result<(), UriError> {
    match attribute.name {
        "module-path" => {
            let path =
                PathBuf::from(std::ffi::OsString::from_vec(attribute.decode("module-path", Half::Query)?));
            if !path.is_absolute() {
                let reason = format!("{path:?} is not an absolute path");
                return Err(attribute.value("module-path", reason));
            }
            attribute.store(&mut uri.module_path, "module-path", path)
        }
        "module-name" => {
            let name = attribute.text("module-name", Half::Query)?;
            if name.is_empty() || name.contains('/') {
                let reason = format!("{name:?} is not the name of a module");
                return Err(attribute.value("module-name", reason));
            }
            attribute.store(&mut uri.module_name, "module-name", name)
        }
        "pin-source" => {
            let octets = attribute.decode("pin-source", Half::Query)?;
            let source = PinSource::from_uri_octets(octets)
                .map_err(|error| attribute.value("pin-source", error.to_string()))?;
            attribute.store(&mut uri.pin_source, "pin-source", source)
        }
        "pin-value" => Err(UriError::PinValue { position: attribute.position }),
        other => Err(unknown(other, attribute.position, &QUERY_NAMES, &PATH_NAMES, "before the \"?\"")),
    }
}

/// PKCS#11 pads its fixed fields with spaces, so trailing ones cannot be part of a value.
fn unpadded(mut text: String) -> String {
    text.truncate(text.trim_end_matches(' ').len());
    text
}

fn library_version(attribute: &Attribute<'_>, text: &str) -> Result<LibraryVersion, UriError> {
    // RFC 7512 s.2.3: M or M.N, where M alone means M.0.
    let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
    let number = |part: &str| part.bytes().all(|octet| octet.is_ascii_digit()).then(|| part.parse().ok())?;
    match (number(major), number(minor)) {
        (Some(major), Some(minor)) => Ok(LibraryVersion { major, minor }),
        _ => Err(attribute.value("library-version", format!("{text:?}, wanted such as 2 or 2.6"))),
    }
}

fn slot_id(attribute: &Attribute<'_>, text: &str) -> Result<u64, UriError> {
    let digits = text.bytes().all(|octet| octet.is_ascii_digit());
    digits
        .then(|| text.parse().ok())
        .flatten()
        .ok_or_else(|| attribute.value("slot-id", format!("{text:?}, wanted a decimal number")))
}

fn object_type(attribute: &Attribute<'_>, text: &str) -> Result<ObjectType, UriError> {
    ObjectType::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| {
        let known = ObjectType::ALL.map(ObjectType::as_str).join(", ");
        attribute.value("type", format!("{text:?}, wanted one of {known}"))
    })
}

fn unknown(name: &str, position: usize, here: &[&str], there: &[&str], place: &str) -> UriError {
    let nearest = if there.contains(&name) {
        Some(format!("{name} {place}"))
    } else {
        here.iter()
            .map(|known| (strsim::damerau_levenshtein(known, name), known))
            .filter(|(distance, _)| *distance <= 3)
            .min()
            .map(|(_, known)| (*known).to_owned())
    };
    UriError::Unknown { name: name.to_owned(), position, nearest }
}
