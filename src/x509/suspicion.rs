//! Suspicion: names that may be read as others (UTS 39): of mixed scripts, or wholly of letters that look like ASCII.
//!
//! Nothing here is refused. Honest names mix scripts too; what a person needs is to be told, letter by letter.

use std::fmt;

use unicode_script::{Script, UnicodeScript as _};
use unicode_security::confusable_detection::skeleton;
use unicode_security::mixed_script::AugmentedScriptSet;

use super::a_label;
use super::excerpt::Excerpt;
use super::general_name::GeneralName;
use super::name::Name;

/// A name that may be taken for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspicion {
    /// Where it stands, such as `subject CN` or `dns:xn--80ak6aa92e.test`.
    pub place: String,
    /// The text as people see it: A-labels are in Unicode.
    pub text: String,
    /// The scripts other than the one that it seems to be written in, each with the first letter of it.
    pub scripts: Vec<(Script, char)>,
    /// The script that they are mixed with, if there is one.
    pub mixed_with: Option<Script>,
    /// What it may be read as in ASCII, where every letter has a likeness there.
    pub reads_as: Option<String>,
}

impl Suspicion {
    /// What is suspicious about the texts of a name, one for each attribute. `place` says whose name it is.
    #[must_use]
    pub fn of_name(place: &str, name: &Name) -> Vec<Self> {
        let attributes = name.attributes();
        let texts = attributes.iter().filter_map(|each| Some((each.short_name(), each.text()?)));
        texts.filter_map(|(short, text)| Self::of_text(&format!("{place} {short}"), &text)).collect()
    }

    /// What is suspicious about a name of subjectAltName. A directory name has several texts.
    #[must_use]
    pub fn of_general_name(name: &GeneralName) -> Vec<Self> {
        match name {
            GeneralName::Dns(text)
            | GeneralName::Email(text)
            | GeneralName::Uri(text)
            | GeneralName::Upn(text)
            | GeneralName::SmtpUtf8(text) => Self::of_text(&name.to_string(), text).into_iter().collect(),
            GeneralName::Directory(directory) => Self::of_name(name.kind(), directory),
            GeneralName::Ip(_)
            | GeneralName::RegisteredId(_)
            | GeneralName::HardwareModule { .. }
            | GeneralName::OtherName { .. }
            | GeneralName::Other(_) => Vec::new(),
        }
    }

    /// What is suspicious about a subject and its other names, in their order.
    #[must_use]
    pub fn of_subject(subject: &Name, alt_names: &[GeneralName]) -> Vec<Self> {
        let mut found = Self::of_name("subject", subject);
        found.extend(alt_names.iter().flat_map(Self::of_general_name));
        found
    }

    /// A text in which A-labels stand is looked at label by label: the labels of a host name belong to different
    /// people. Any other text is looked at as a whole.
    fn of_text(place: &str, text: &str) -> Option<Self> {
        let (text, doubt) = match a_label::in_unicode(text) {
            Some(unicode) => {
                let doubt = unicode.split(['.', '@', '/', ':']).find_map(Doubt::about)?;
                (unicode, doubt)
            }
            None => (text.to_owned(), Doubt::about(text)?),
        };
        let Doubt { scripts, mixed_with, reading } = doubt;
        let reads_as =
            reading.then(|| text.chars().map(|c| likeness(c).unwrap_or_else(|| c.into())).collect());
        Some(Self { place: place.to_owned(), text, scripts, mixed_with, reads_as })
    }
}

impl fmt::Display for Suspicion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, text, scripts, mixed_with, reads_as } = self;
        let scripts: Vec<String> = scripts
            .iter()
            .map(|(script, c)| {
                let words = if *script == Script::Latin {
                    "Latin letters outside ASCII"
                } else if is_neutral(*script) {
                    "characters outside ASCII"
                } else {
                    script.full_name()
                };
                format!("{words} (U+{:04X})", u32::from(*c))
            })
            .collect();
        let scripts = scripts.join(" and ");
        write!(f, "{}: {} ", Excerpt(place).to_string().trim_matches('"'), Excerpt(text))?;
        match mixed_with {
            Some(other) => write!(f, "mixes {scripts} with {}", other.full_name())?,
            None => write!(f, "is written with {scripts}")?,
        }
        match reads_as {
            Some(likeness) => write!(f, "; it may be read as {}", Excerpt(likeness)),
            None => Ok(()),
        }
    }
}

/// What is doubtful about one text.
struct Doubt {
    scripts: Vec<(Script, char)>,
    mixed_with: Option<Script>,
    /// Whether all of it can be read as ASCII, or as Latin where it is mixed with that.
    reading: bool,
}

impl Doubt {
    fn about(text: &str) -> Option<Self> {
        if text.is_ascii() {
            return None;
        }
        Self::mixture(text).or_else(|| Self::disguise(text))
    }

    /// Scripts that no language writes together (UTS 39 s.5.1, s.5.2: beyond Highly Restrictive). Latin goes with
    /// those of Chinese, Japanese and Korean.
    fn mixture(text: &str) -> Option<Self> {
        let mut all = AugmentedScriptSet::default();
        let mut foreign = AugmentedScriptSet::default();
        let mut scripts: Vec<(Script, char)> = Vec::new();
        // What is not assigned has no script, and another rule against it (N08).
        for c in text.chars().filter(|c| c.script() != Script::Unknown) {
            let set = AugmentedScriptSet::for_char(c);
            all.intersect_with(set);
            if !set.base.contains_script(Script::Latin) {
                foreign.intersect_with(set);
            }
            let script = c.script();
            if !is_neutral(script) && scripts.iter().all(|(known, _)| *known != script) {
                scripts.push((script, c));
            }
        }
        if !all.is_empty() || foreign.hanb || foreign.jpan || foreign.kore {
            return None;
        }
        if scripts.len() < 2 {
            // A mark that belongs to other scripts than the letter on which it stands.
            let letters = scripts.first().map_or(Script::Latin, |(script, _)| *script);
            let apart = |c: &char| {
                is_neutral(c.script()) && !AugmentedScriptSet::for_char(*c).base.contains_script(letters)
            };
            let mark = text.chars().find(apart)?;
            scripts.push((mark.script(), mark));
        }
        let seems = scripts.iter().position(|(script, _)| *script == Script::Latin).unwrap_or(0);
        let mixed_with = (seems < scripts.len()).then(|| scripts.remove(seems).0);
        let foreign = |c: &char| !is_neutral(c.script()) && c.script() != Script::Latin;
        let reading = mixed_with == Some(Script::Latin)
            && text.chars().any(|c| foreign(&c))
            && text.chars().filter(foreign).all(|c| likeness(c).is_some());
        Some(Self { scripts, mixed_with, reading })
    }

    /// Text outside ASCII that looks like ASCII throughout, such as a word of Cyrillic or full-width letters.
    fn disguise(text: &str) -> Option<Self> {
        let mut outside = text.chars().filter(|c| !c.is_ascii());
        let first = outside.clone().find(|c| is_telling(*c))?;
        outside.all(|c| likeness(c).is_some()).then(|| Self {
            scripts: vec![(first.script(), first)],
            mixed_with: None,
            reading: true,
        })
    }
}

/// Whether a script is none: digits, punctuation, marks and what else all scripts share.
fn is_neutral(script: Script) -> bool {
    matches!(script, Script::Common | Script::Inherited | Script::Unknown)
}

/// Whether it matters that a character looks like another: a letter or digit, or what separates the parts of host
/// names and URLs. Typographic quotation marks and dashes in the name of a company disguise nothing.
fn is_telling(c: char) -> bool {
    c.is_alphanumeric()
        || likeness(c).is_some_and(|likeness| likeness.contains(['.', '/', ':', '@', '*', '?', '%']))
}

/// The ASCII that a character outside ASCII is read as, if it looks like any (UTS 39 s.4).
fn likeness(c: char) -> Option<String> {
    if c.is_ascii() {
        return None;
    }
    let prototype: String = skeleton(c.encode_utf8(&mut [0; 4])).collect();
    if prototype.is_empty() || !prototype.is_ascii() {
        return None;
    }
    // The prototype stands for all that look alike; people read the one of the same case.
    Some(match prototype.as_str() {
        "l" if c.is_uppercase() => "I".to_owned(),
        "O" if c.is_numeric() => "0".to_owned(),
        "l" if c.is_numeric() => "1".to_owned(),
        "rn" => "m".to_owned(),
        _ => prototype,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Option<String> {
        Suspicion::of_text("subject CN", text).map(|found| found.to_string())
    }

    #[test]
    fn mixed_scripts_are_named_with_the_first_letter_of_each() {
        for (text, wanted) in [
            ("аpple", "\"аpple\" mixes Cyrillic (U+0430) with Latin; it may be read as \"apple\""),
            (
                "pаypal.test",
                "\"pаypal.test\" mixes Cyrillic (U+0430) with Latin; it may be read as \"paypal.test\"",
            ),
            (
                "Gοοgle Іnc",
                "\"Gοοgle Іnc\" mixes Greek (U+03BF) and Cyrillic (U+0406) with Latin; it may be read as \"Google Inc\"",
            ),
            ("ООО Ромашка Ltd", "\"ООО Ромашка Ltd\" mixes Cyrillic (U+041E) with Latin"),
            ("Ελλ日本", "\"Ελλ日本\" mixes Han (U+65E5) with Greek"),
            // A mark of Arabic on a letter of Latin.
            ("m\u{651}a", "\"m\\u{651}a\" mixes characters outside ASCII (U+0651) with Latin"),
        ] {
            assert_eq!(said(text), Some(format!("subject CN: {wanted}")));
        }
    }

    #[test]
    fn text_that_looks_like_ascii_throughout_is_named() {
        for (text, wanted) in [
            ("аррӏе", "\"аррӏе\" is written with Cyrillic (U+0430); it may be read as \"apple\""),
            ("ΑΒΕ", "\"ΑΒΕ\" is written with Greek (U+0391); it may be read as \"ABE\""),
            (
                "ｐaypal",
                "\"ｐaypal\" is written with Latin letters outside ASCII (U+FF50); it may be read as \"paypal\"",
            ),
            (
                "bank.test∕login",
                "\"bank.test∕login\" is written with characters outside ASCII (U+2215); it may be read as \"bank.test/login\"",
            ),
            ("𝐚bc", "\"𝐚bc\" is written with characters outside ASCII (U+1D41A); it may be read as \"abc\""),
        ] {
            assert_eq!(said(text), Some(format!("subject CN: {wanted}")));
        }
    }

    #[test]
    fn honest_names_are_not_suspected() {
        for text in [
            "Example Root G1",
            "Köln",
            "Crédit Agricole S.A.",
            "Þórður Ægir",
            "Łódź",
            "Ελληνική Δημοκρατία",
            "Сбербанк",
            "日本電気株式会社",
            "ソニーグループ",
            "Sony ソニー株式会社",
            "삼성전자 Samsung",
            "Denny’s – “Diner”",
            "שלום",
            "บริษัท",
            "",
            "a\u{c2a3f}",
            "\u{e000}б",
        ] {
            assert_eq!(said(text), None, "{text}");
        }
    }

    #[test]
    fn a_labels_are_read_as_people_see_them() {
        for (name, wanted) in [
            (
                "dns:xn--80ak6aa92e.test",
                Some(
                    "dns:xn--80ak6aa92e.test: \"аррӏе.test\" is written with Cyrillic (U+0430); it may be read as \"apple.test\"",
                ),
            ),
            (
                "email:a@xn--80ak6aa92e.test",
                Some(
                    "email:a@xn--80ak6aa92e.test: \"a@аррӏе.test\" is written with Cyrillic (U+0430); it may be read as \"a@apple.test\"",
                ),
            ),
            (
                "uri:https://xn--pypal-4ve.test/",
                Some(
                    "uri:https://xn--pypal-4ve.test/: \"https://pаypal.test/\" mixes Cyrillic (U+0430) with Latin; it may be read as \"https://paypal.test/\"",
                ),
            ),
            ("dns:xn--mnchen-3ya.test", None),
            // Cyrillic beside the Latin of a top-level domain is no mixture: the labels are judged one by one.
            ("dns:xn--e1afmkfd.test", None),
            ("ip:192.0.2.1", None),
        ] {
            let found = Suspicion::of_general_name(&name.parse().unwrap());
            assert_eq!(found.first().map(ToString::to_string).as_deref(), wanted);
        }
    }

    #[test]
    fn every_attribute_of_a_name_is_looked_at() {
        let name: Name = "O=Gооgle,CN=www.example.test,OU=аррӏе".parse().unwrap();
        let found = Suspicion::of_subject(&name, &[GeneralName::Directory(name.clone())]);
        let places: Vec<&str> = found.iter().map(|each| each.place.as_str()).collect();
        assert_eq!(places, ["subject O", "subject OU", "dn O", "dn OU"]);
    }
}
