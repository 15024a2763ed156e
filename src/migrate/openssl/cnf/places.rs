//! The extensions that name subject and issuer, policies, and where things are found, as tables of a profile.

use crate::policy::profile::AltNameType;
use crate::x509::extension::Value;
use crate::x509::extension::oid;
use crate::x509::general_name::GeneralName;

use super::ca::CopyExtensions;
use super::certificate_policies;
use super::conversion::Conversion;
use super::extension::Extension;
use super::file::Section;
use super::general_name;
use super::kind::Kind;
use super::locations::{self, Places};
use super::toml_text::{list, quoted};

impl Conversion<'_> {
    /// subjectAltName: of the section, or copied from requests.
    pub(super) fn alternative_names(&mut self, one: Option<&Extension<'_>>, _section: Option<&Section>) {
        let table = "extensions.subjectAltName";
        if self.kind == Kind::OcspResponder {
            if let Some(one) = one {
                self.notes.lost(one.entry, "an OCSP responder does not have the extension (BR 7.1.2.8.2)");
            }
            return;
        }
        if let Some(one) = one.filter(|_| self.copy == CopyExtensions::CopyAll) {
            self.notes.otherwise(one.entry, "copy_extensions is copyall: names are those of the request");
        } else if let Some(one) = one {
            return self.literal_names(one);
        }
        if self.copy != CopyExtensions::None {
            let types: Vec<String> = AltNameType::ALL.iter().map(|one| one.word().to_owned()).collect();
            self.tables.add(
                table,
                [
                    "from_request = true".to_owned(),
                    format!("types = {}", list(&types)),
                    "minimum = 0".to_owned(),
                    "wildcards = true".to_owned(),
                ],
            );
        }
    }

    /// Names that stand in the file. A profile does not add names; it can demand these, and no others.
    fn literal_names(&mut self, one: &Extension<'_>) {
        let items = match one.items(self.cnf) {
            Ok(items) => items,
            Err(why) => return self.notes.lost(one.entry, why),
        };
        let mut names: Vec<GeneralName> = Vec::new();
        let mut copied = false;
        for item in &items {
            if item.is("email") && matches!(item.value.as_deref(), Some("copy" | "move")) {
                copied = true;
                continue;
            }
            match general_name::name(self.cnf, item) {
                Ok(name) if AltNameType::of(&name).is_none() => {
                    self.notes
                        .add_part(one.entry, format!("{:?} is of a type that no profile has", item.text()));
                }
                Ok(name) if names.contains(&name) => {
                    self.notes.add_part(one.entry, format!("{:?} is there twice", item.text()));
                }
                Ok(name) => names.push(name),
                Err(why) => self.notes.add_part(one.entry, why),
            }
        }
        if copied {
            let why = "the mailboxes of the subject do not become names by themselves: give --san email:MAILBOX to keyrite \
                       issue";
            self.notes.add_part(one.entry, why.to_owned());
        }
        if names.is_empty() && !copied {
            return;
        }
        let mut types: Vec<AltNameType> = Vec::new();
        for found in names.iter().filter_map(AltNameType::of).chain(copied.then_some(AltNameType::Email)) {
            if !types.contains(&found) {
                types.push(found);
            }
        }
        let words =
            |types: &[AltNameType]| list(&types.iter().map(|one| one.word().to_owned()).collect::<Vec<_>>());
        let mut lines = vec![format!("types = {}", words(&types)), format!("minimum = {}", names.len())];
        if !copied {
            lines.push(format!("maximum = {}", names.len()));
        }
        let wildcard =
            names.iter().any(|name| matches!(name, GeneralName::Dns(text) if text.starts_with("*.")));
        if wildcard {
            lines.push("wildcards = true".to_owned());
        }
        self.tables.add("extensions.subjectAltName", lines);
        let patterns: Vec<String> = types
            .iter()
            .filter(|found| !(copied && **found == AltNameType::Email))
            .map(|found| {
                let texts: Vec<String> = names
                    .iter()
                    .filter(|name| AltNameType::of(name) == Some(*found))
                    .map(|name| regex::escape(name.to_string().split_once(':').map_or("", |(_, text)| text)))
                    .collect();
                format!("{} = {}", found.word(), quoted(&texts.join("|")))
            })
            .collect();
        if !patterns.is_empty() {
            self.tables.add("extensions.subjectAltName.patterns", patterns);
            let given: Vec<String> = names.iter().map(|name| format!("--san '{name}'")).collect();
            let why =
                format!("a profile allows names and adds none: give {} to keyrite issue", given.join(" "));
            self.notes.otherwise(one.entry, why);
        }
        self.notes.otherwise_if(
            one.critical,
            one.entry,
            "critical exactly where the subject is empty (RFC 5280 s.4.2.1.6)",
        );
    }

    /// issuerAltName: names, and `issuer:copy`, those of the CA's own certificate.
    pub(super) fn issuer_alternative_names(&mut self, one: &Extension<'_>) {
        if self.kind == Kind::Root {
            return self.notes.lost(one.entry, "a root does not have the extension (BR 7.1.2.1.2)");
        }
        let items = match one.items(self.cnf) {
            Ok(items) => items,
            Err(why) => return self.notes.lost(one.entry, why),
        };
        let mut names: Vec<String> = Vec::new();
        let mut lost: Vec<String> = Vec::new();
        for item in &items {
            if item.is("issuer") && item.value.as_deref() == Some("copy") {
                let Some(issuer) = self.issuer else {
                    lost.push(
                        "issuer:copy: the certificate of the CA is not there; give --certificate".to_owned(),
                    );
                    continue;
                };
                let own = issuer.extension(oid::SUBJECT_ALT_NAME).map(|extension| &extension.value);
                match own {
                    Some(Value::SubjectAltName(own)) => names.extend(own.0.iter().map(ToString::to_string)),
                    _ => lost.push(
                        "issuer:copy: the CA's certificate has no alternative names, so that OpenSSL writes an empty \
                         list, which RFC 5280 s.4.2.1.6 does not allow"
                            .to_owned(),
                    ),
                }
                continue;
            }
            match general_name::name(self.cnf, item) {
                Ok(name) => names.push(name.to_string()),
                Err(why) => lost.push(why),
            }
        }
        names.retain(|name| name.parse::<GeneralName>().is_ok());
        if names.is_empty() {
            return self.notes.lost(one.entry, lost.join("; "));
        }
        self.criticality(one, false, "RFC 5280 s.4.2.1.7");
        self.tables.add("extensions.issuerAltName", [format!("names = {}", list(&names))]);
        self.lost(one, lost);
    }

    /// certificatePolicies.
    pub(super) fn certificate_policies(&mut self, one: &Extension<'_>) {
        if self.kind == Kind::Root {
            return self.notes.lost(one.entry, "a root does not have the extension (BR 7.1.2.1.2)");
        }
        match certificate_policies::read(self.cnf, one) {
            Ok(policies) if policies.members.is_empty() => {
                self.notes.lost(one.entry, policies.lost.join("; "));
            }
            Ok(policies) => {
                self.tables.add(
                    "extensions.certificatePolicies",
                    [
                        format!("critical = {}", one.critical),
                        format!("policies = [{}]", policies.members.join(", ")),
                    ],
                );
                self.lost(one, policies.lost);
            }
            Err(why) => self.notes.lost(one.entry, why),
        }
    }

    /// crlDistributionPoints.
    pub(super) fn distribution_points(&mut self, one: &Extension<'_>) {
        let Some(places) = self.places(one, locations::points(self.cnf, one)) else { return };
        if places.points > 1 {
            let why = "one point with all places of the one CRL, where OpenSSL writes a point for each";
            self.notes.otherwise(one.entry, why);
        }
        let urls = places.of("point");
        self.tables.add("extensions.cRLDistributionPoints", [format!("urls = {}", list(&urls))]);
        self.lost(one, places.lost);
    }

    /// authorityInfoAccess.
    pub(super) fn authority_info_access(&mut self, one: &Extension<'_>) {
        let read = locations::access(self.cnf, one, &["OCSP", "caIssuers"]);
        let Some(places) = self.places(one, read) else { return };
        let lines =
            [("ca_issuers", "caIssuers"), ("ocsp", "OCSP")].into_iter().filter_map(|(key, method)| {
                let urls = places.of(method);
                (!urls.is_empty()).then(|| format!("{key} = {}", list(&urls)))
            });
        self.tables.add("extensions.authorityInfoAccess", lines.collect::<Vec<_>>());
        self.lost(one, places.lost);
    }

    /// subjectInfoAccess.
    pub(super) fn subject_info_access(&mut self, one: &Extension<'_>) {
        let read = locations::access(self.cnf, one, &["caRepository", "ad_timestamping", "timeStamping"]);
        let Some(places) = self.places(one, read) else { return };
        let stamping = [places.of("ad_timestamping"), places.of("timeStamping")].concat();
        let both = [("ca_repository", places.of("caRepository")), ("time_stamping", stamping)];
        let lines = both.into_iter().filter(|(_, urls)| !urls.is_empty());
        let lines: Vec<String> = lines.map(|(key, urls)| format!("{key} = {}", list(&urls))).collect();
        self.tables.add("extensions.subjectInfoAccess", lines);
        self.lost(one, places.lost);
    }

    /// The places of an extension, if it has any that can be carried over, and this kind of certificate has it.
    fn places(&mut self, one: &Extension<'_>, read: Result<Places, String>) -> Option<Places> {
        let never = match self.kind {
            Kind::Root if one.entry.name != "subjectInfoAccess" => {
                Some("a root does not have the extension (BR 7.1.2.1.2)")
            }
            Kind::OcspResponder => Some("an OCSP responder does not have the extension (BR 7.1.2.8.2)"),
            Kind::Root | Kind::Subordinate | Kind::EndEntity | Kind::TimeStamping => None,
        };
        match (never, read) {
            (Some(why), _) => self.notes.lost(one.entry, why),
            (None, Err(why)) => self.notes.lost(one.entry, why),
            (None, Ok(places)) if places.urls.is_empty() => {
                self.notes.lost(one.entry, places.lost.join("; "));
            }
            (None, Ok(places)) => {
                self.criticality(one, false, "RFC 5280 s.4.2.1.13, s.4.2.2");
                return Some(places);
            }
        }
        None
    }
}
