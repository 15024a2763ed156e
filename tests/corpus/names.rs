//! The names that a profile allows: the fewest, the most, and some in between.

use keyrite::policy::Profile;
use keyrite::policy::profile::{AltNameRules, AltNameType, AttributeRule};
use keyrite::x509::general_name::GeneralName;
use keyrite::x509::name::Name;

/// A subject with its alternative names.
#[derive(Clone)]
pub(crate) struct Names {
    pub(crate) label: &'static str,
    /// None where it is that of a certificate which exists.
    pub(crate) subject: Option<Name>,
    pub(crate) alt_names: Vec<GeneralName>,
}

/// The names of certificates by a profile. Every subject begins with what is told apart by `who`.
pub(crate) fn of(profile: &Profile, who: &str) -> Vec<Names> {
    let rules = profile.extensions().subject_alt_name.as_ref();
    let sets = [
        ("fewest", false, false, 0),
        ("fewest-other", false, false, 1),
        ("all", true, false, 0),
        ("all-many", true, false, usize::MAX),
        ("beyond-ascii", true, true, 1),
    ];
    let mut found: Vec<Names> = Vec::new();
    for (label, optional, beyond_ascii, at) in sets {
        let alt_texts = rules.map_or_else(Vec::new, |rules| alt_texts(rules, at, optional));
        let host = alt_texts.iter().find_map(|text| text.strip_prefix("dns:"));
        // A CN that must be one of the alternative names can be an address as well.
        let host = host.or_else(|| alt_texts.iter().find_map(|text| text.strip_prefix("ip:")));
        let subject = subject(profile, who, host, optional, beyond_ascii);
        let alt_names =
            alt_texts.iter().map(|text| text.parse().unwrap_or_else(|error| panic!("{text}: {error}")));
        let names = Names { label, subject: Some(subject), alt_names: alt_names.collect() };
        if !found.iter().any(|other| other.subject == names.subject && other.alt_names == names.alt_names) {
            found.push(names);
        }
    }
    found
}

fn subject(profile: &Profile, who: &str, host: Option<&str>, optional: bool, beyond_ascii: bool) -> Name {
    let mut attributes = Vec::new();
    for (known, rule) in &profile.subject().attributes {
        let AttributeRule::Asked { required, pattern, .. } = rule else { continue };
        if !required && !optional {
            continue;
        }
        let samples: Vec<String> = match (known.short, host) {
            ("CN", Some(host)) if profile.subject().common_name_in_alt_names => vec![host.to_owned()],
            ("CN", _) => {
                vec![format!("{who} {}", if beyond_ascii { "Ärzte \u{4e2d}\u{6587}" } else { "Example" })]
            }
            (short, _) => samples(short, beyond_ascii).iter().map(|text| (*text).to_owned()).collect(),
        };
        let fits = |text: &&String| pattern.as_ref().is_none_or(|pattern| pattern.matches(text));
        match samples.iter().find(fits) {
            // A domain is the whole of its components, the outermost first (RFC 4519 s.2.4, RFC 2247).
            Some(text) if known.short == "DC" => attributes.push(format!("DC=com,DC={text}")),
            Some(text) => attributes.push(format!("{}={text}", known.short)),
            None if *required => {
                panic!("{}: no sample of {} matches {pattern:?}", profile.name(), known.short)
            }
            None => {}
        }
    }
    if attributes.is_empty() {
        return Name::empty();
    }
    let text = attributes.join(",");
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Values of an attribute, from which the first is taken that the profile's pattern allows.
fn samples(short: &str, beyond_ascii: bool) -> &'static [&'static str] {
    match short {
        "C" => &["AT"],
        "ST" => {
            if beyond_ascii {
                &["Nieder\u{f6}sterreich"]
            } else {
                &["Tyrol"]
            }
        }
        "L" => {
            if beyond_ascii {
                &["M\u{fc}nchen"]
            } else {
                &["Innsbruck"]
            }
        }
        "street" => &["Innrain 52"],
        "postalCode" => &["6020"],
        "O" => {
            if beyond_ascii {
                &["B\u{e4}ckerei \u{10c}ern\u{fd}"]
            } else {
                &["Example Trust"]
            }
        }
        "organizationIdentifier" => &["VATAT-U12345678", "NTRAT-123456a"],
        "OU" => &["Engineering"],
        "SN" => {
            if beyond_ascii {
                &["M\u{fc}\u{df}ig"]
            } else {
                &["Doe"]
            }
        }
        "GN" => {
            if beyond_ascii {
                &["J\u{fc}rgen"]
            } else {
                &["Jane"]
            }
        }
        "title" => &["Dr"],
        "serialNumber" => &["4711", "PNOAT-12345678"],
        "UID" => &["jdoe"],
        "DC" => &["example"],
        "emailAddress" => &["jane.doe@example.com"],
        _ => &["Example"],
    }
}

/// Alternative names as the operator writes them: of each type those that the rules want, from the sample `at` on.
fn alt_texts(rules: &AltNameRules, at: usize, optional: bool) -> Vec<String> {
    let allowed = |kind: AltNameType, text: &str| {
        let pattern = rules.patterns.iter().find(|(of, _)| *of == kind);
        let wildcard = text.contains('*') && !rules.wildcards;
        !wildcard
            && pattern.is_none_or(|(_, pattern)| {
                text.split_once(':').is_some_and(|(_, text)| pattern.matches(text))
            })
    };
    let of = |kind: AltNameType| alt_samples(kind).iter().filter(move |text| allowed(kind, text));
    let mut texts: Vec<String> = Vec::new();
    for kind in &rules.types {
        let required = rules.required.contains(kind);
        if at == usize::MAX {
            texts.extend(of(*kind).map(|text| (*text).to_owned()));
        } else if required || optional {
            let many = of(*kind).count().max(1);
            texts.extend(of(*kind).nth(at % many).map(|text| (*text).to_owned()));
        }
    }
    // Names of any type, as many as there must be.
    let mut more = rules.types.iter().flat_map(|kind| of(*kind)).cycle().skip(at.min(1));
    while texts.len() < rules.minimum {
        let next = *more.next().expect("a sample of the types");
        if !texts.iter().any(|text| text == next) {
            texts.push(next.to_owned());
        }
    }
    texts.truncate(rules.maximum);
    texts
}

fn alt_samples(kind: AltNameType) -> &'static [&'static str] {
    match kind {
        AltNameType::Dns => &[
            "dns:www.example.com",
            "dns:*.example.com",
            "dns:xn--bcher-kva.example.com",
            "dns:a-label-of-sixty-three-characters-which-is-as-long-as-one-may-b.example.com",
        ],
        AltNameType::Ip => &["ip:8.8.8.8", "ip:2001:4860:4860::8888"],
        AltNameType::Email => &["email:jane.doe@example.com", "email:j+d@mail.example.com"],
        AltNameType::Uri => &["uri:https://www.example.com/jane", "uri:https://[2001:db8::1]:8443/a?b=c#d"],
        AltNameType::Directory => &["dn:CN=Jane Doe,O=Example Trust,C=AT"],
        AltNameType::RegisteredId => &["rid:1.3.6.1.4.1.32473.1"],
        AltNameType::Upn => &["upn:jane.doe@corp.example.com"],
        AltNameType::SmtpUtf8 => &["smtp-utf8:\u{5f20}@example.com"],
        AltNameType::HardwareModule => &["hardware-module:1.3.6.1.4.1.32473.2:0a0b0c0d"],
    }
}
