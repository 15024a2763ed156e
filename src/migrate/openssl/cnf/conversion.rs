//! The extensions of a section, one by one, as tables of a profile.

use der::asn1::ObjectIdentifier;

use crate::x509::algorithm::KeyAlgorithm;
use crate::x509::certificate::Certificate;
use crate::x509::extension::{KeyUsage, purpose};

use super::ca::CopyExtensions;
use super::constraints;
use super::extension::Extension;
use super::file::{Cnf, Section};
use super::key_usage;
use super::kind::{Kind, purpose_of, truth};
use super::note::{Fate, Notes};
use super::profile::needed;
use super::toml_text::{Tables, list, quoted};

/// The kinds of key that a profile allows.
#[derive(Debug)]
pub(super) struct Keys(pub(super) Vec<KeyAlgorithm>);

impl Keys {
    /// Every kind: OpenSSL has no word about it.
    pub(super) fn any(kind: Kind) -> Self {
        Self(if kind.is_ca() { KeyAlgorithm::GENERATED.to_vec() } else { KeyAlgorithm::named().collect() })
    }

    /// The names as a profile lists them.
    pub(super) fn names(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

/// A profile's extensions in the making.
#[derive(Debug)]
pub(super) struct Conversion<'c> {
    pub(super) cnf: &'c Cnf,
    pub(super) kind: Kind,
    pub(super) issuer: Option<&'c Certificate>,
    pub(super) copy: CopyExtensions,
    pub(super) tables: Tables,
    pub(super) notes: Notes,
    pub(super) keys: Keys,
}

impl Conversion<'_> {
    /// Every extension of the section, and those that keyrite adds.
    pub(super) fn all(&mut self, section: Option<&Section>, extensions: &[Extension<'_>]) {
        let named = |name: &str| extensions.iter().find(|one| one.entry.name == name);
        self.authority_key_identifier(named("authorityKeyIdentifier"), section);
        self.subject_key_identifier(named("subjectKeyIdentifier"), section);
        self.basic_constraints(named("basicConstraints"), section);
        let purposes = named("extendedKeyUsage").map(|one| self.purposes(one)).unwrap_or_default();
        self.key_usage(named("keyUsage"), &purposes, section);
        self.ext_key_usage(named("extendedKeyUsage"), &purposes);
        self.alternative_names(named("subjectAltName"), section);
        let mut no_check = false;
        for one in extensions {
            match one.entry.name.as_str() {
                "authorityKeyIdentifier"
                | "subjectKeyIdentifier"
                | "basicConstraints"
                | "extendedKeyUsage"
                | "keyUsage"
                | "subjectAltName" => {}
                "nameConstraints" => self.of_ca(one, "nameConstraints", true, constraints::names),
                "policyConstraints" => self.of_ca(one, "policyConstraints", true, constraints::policies),
                "policyMappings" => self.of_ca(one, "policyMappings", one.critical, constraints::mappings),
                "inhibitAnyPolicy" => self.of_ca(one, "inhibitAnyPolicy", true, |_, one| {
                    let number = constraints::skipped(&one.value).ok_or("wanted a number from 0 to 255")?;
                    let lines = vec![format!("skip_certificates = {number}")];
                    Ok(constraints::Lines { lines, lost: Vec::new() })
                }),
                "certificatePolicies" => self.certificate_policies(one),
                "issuerAltName" => self.issuer_alternative_names(one),
                "crlDistributionPoints" => self.distribution_points(one),
                "authorityInfoAccess" => self.authority_info_access(one),
                "subjectInfoAccess" => self.subject_info_access(one),
                "tlsfeature" => self.tls_feature(one),
                "noCheck" => {
                    no_check = true;
                    self.no_check(one);
                }
                _ => self.other(one),
            }
        }
        if self.kind == Kind::OcspResponder && !no_check {
            self.tables.add("extensions.ocspNocheck", []);
            self.add(section, "noCheck, which every OCSP responder has here (RFC 6960 s.4.2.2.2.1)");
        }
    }

    /// Notes something that the section does not say.
    fn add(&mut self, section: Option<&Section>, what: &str) {
        if let Some(section) = section {
            self.notes.added(section, what);
        }
    }

    /// Notes that an extension is critical here, or is not, where the file has it the other way round.
    pub(super) fn criticality(&mut self, one: &Extension<'_>, here: bool, source: &str) {
        if one.critical != here {
            let word = if here { "critical" } else { "not critical" };
            self.notes.otherwise(one.entry, format!("{word} here ({source})"));
        }
    }

    /// Notes each part that could not be read.
    pub(super) fn lost(&mut self, one: &Extension<'_>, lost: Vec<String>) {
        for why in lost {
            self.notes.add_part(one.entry, why);
        }
    }

    fn authority_key_identifier(&mut self, one: Option<&Extension<'_>>, section: Option<&Section>) {
        let Some(one) = one else {
            if self.kind != Kind::Root {
                self.tables.add("extensions.authorityKeyIdentifier", []);
                self.add(
                    section,
                    "authorityKeyIdentifier, as OpenSSL 3 adds it to such a section (RFC 5280 s.4.2.1.1)",
                );
            }
            return;
        };
        self.criticality(one, false, "RFC 5280 s.4.2.1.1");
        let items = one.items(self.cnf).unwrap_or_default();
        let named = |name: &str| items.iter().find(|item| item.name == name);
        if named("none").is_some() && self.kind == Kind::Root {
            return;
        }
        self.tables.add("extensions.authorityKeyIdentifier", []);
        if named("none").is_some() || named("keyid").is_none() {
            self.notes.otherwise(
                one.entry,
                "the identifier of the issuer's key is always there (RFC 5280 s.4.2.1.1)",
            );
        }
        if let Some(issuer) = named("issuer") {
            let always = issuer.value.as_deref() == Some("always");
            if always {
                let why = "never with the issuer's name and serial number, which would bind the certificate to one of the \
                           CA's certificates";
                self.notes.otherwise(one.entry, why);
            }
        }
    }

    fn subject_key_identifier(&mut self, one: Option<&Extension<'_>>, section: Option<&Section>) {
        let computed = "160 bits of SHA-256 of the key (RFC 7093 method 1)";
        let table = "extensions.subjectKeyIdentifier";
        let Some(one) = one else {
            self.tables.add(table, []);
            let why = format!(
                "subjectKeyIdentifier, as OpenSSL 3 adds it to such a section: {computed}, where OpenSSL takes SHA-1"
            );
            return self.add(section, &why);
        };
        if one.value == "none" {
            if self.kind.is_ca() {
                self.tables.add(table, []);
                self.notes
                    .otherwise(one.entry, format!("{computed}, which every CA has (RFC 5280 s.4.2.1.2)"));
            }
            return;
        }
        self.criticality(one, false, "RFC 5280 s.4.2.1.2");
        self.tables.add(table, []);
        if one.value == "hash" {
            self.notes.otherwise(one.entry, format!("{computed}, where OpenSSL takes SHA-1"));
        } else {
            self.notes.otherwise(one.entry, format!("{computed}, not always the same"));
        }
    }

    fn basic_constraints(&mut self, one: Option<&Extension<'_>>, section: Option<&Section>) {
        let Some(one) = one else { return };
        let items = match one.items(self.cnf) {
            Ok(items) => items,
            Err(why) => return self.notes.lost(one.entry, why),
        };
        let mut lines = Vec::new();
        for item in &items {
            match (item.name.as_str(), item.value.as_deref()) {
                ("CA", value) if truth(value).is_some() => {}
                ("pathlen", Some(value)) if self.kind.is_ca() => match constraints::skipped(value) {
                    Some(length) => lines.push(format!("path_length = {length}")),
                    None => self.notes.add_part(one.entry, format!("pathlen:{value}, wanted 0 to 255")),
                },
                ("pathlen", _) => {
                    self.notes.add_part(one.entry, "pathlen: only a CA has a path length".to_owned());
                }
                _ => {
                    self.notes
                        .add_part(one.entry, format!("{:?} is nothing that OpenSSL takes", item.text()));
                }
            }
        }
        self.criticality(one, true, "RFC 5280 s.4.2.1.9");
        self.tables.add("extensions.basicConstraints", lines);
        let named_for_roots = self.cnf.look_up("req", "x509_extensions").map(|entry| entry.value.clone());
        if let Some(section) = section.filter(|_| self.kind == Kind::Subordinate)
            && named_for_roots.as_deref() == Some(section.name().as_bytes())
        {
            let why = "x509_extensions of [req] names this section, too: for a root as openssl req -x509 makes it, convert \
                       it with --self-signed";
            self.notes.section(section, Fate::Otherwise, why);
        }
    }

    fn purposes(&mut self, one: &Extension<'_>) -> Vec<ObjectIdentifier> {
        let items = match one.items(self.cnf) {
            Ok(items) => items,
            Err(why) => {
                self.notes.lost(one.entry, why);
                return Vec::new();
            }
        };
        let mut purposes: Vec<ObjectIdentifier> = Vec::new();
        for item in &items {
            match purpose_of(self.cnf, item) {
                Some(purpose) if purposes.contains(&purpose) => {
                    self.notes.add_part(one.entry, format!("{} is there twice", item.text()));
                }
                Some(purpose) => purposes.push(purpose),
                None => self.notes.add_part(one.entry, format!("{:?} is not a purpose", item.text())),
            }
        }
        // OCSP answers and time stamps are signed with a key that does nothing else: kinds of their own.
        let sole = [purpose::OCSP_SIGNING, purpose::TIME_STAMPING];
        if matches!(self.kind, Kind::OcspResponder | Kind::TimeStamping) {
            return purposes;
        }
        for purpose in sole.iter().filter(|purpose| purposes.contains(purpose)) {
            let why = format!(
                "{}: in a certificate of its own, without other purposes (RFC 6960 s.4.2.2.2, RFC 3161 s.2.3)",
                purpose::name(purpose)
            );
            if *purpose == purpose::OCSP_SIGNING || !self.kind.is_ca() {
                self.notes.add_part(one.entry, why);
            }
        }
        purposes.retain(|one| {
            *one != purpose::OCSP_SIGNING && (self.kind.is_ca() || *one != purpose::TIME_STAMPING)
        });
        purposes
    }

    fn ext_key_usage(&mut self, one: Option<&Extension<'_>>, purposes: &[ObjectIdentifier]) {
        let Some(one) = one else { return };
        if purposes.is_empty() {
            return self
                .notes
                .lost(one.entry, "no purpose is left, and an extension without one says nothing");
        }
        let critical = match self.kind {
            Kind::Root => {
                return self.notes.lost(one.entry, "a root does not have the extension (BR 7.1.2.1.2)");
            }
            Kind::OcspResponder => false,
            Kind::TimeStamping => true,
            Kind::Subordinate | Kind::EndEntity => one.critical,
        };
        self.criticality(one, critical, "RFC 6960 s.4.2.2.2 with BR 7.1.2.8.5, RFC 3161 s.2.3");
        let names: Vec<String> = purposes.iter().map(purpose::name).collect();
        self.tables.add(
            "extensions.extKeyUsage",
            [format!("critical = {critical}"), format!("purposes = {}", list(&names))],
        );
    }

    fn key_usage(
        &mut self,
        one: Option<&Extension<'_>>,
        purposes: &[ObjectIdentifier],
        section: Option<&Section>,
    ) {
        let read = one.map(|one| (one, one.items(self.cnf).and_then(|items| key_usage::read(&items))));
        let found = match read {
            Some((one, Err(why))) => {
                self.notes.lost(one.entry, why);
                None
            }
            Some((one, Ok(usages))) => Some((one, usages)),
            None => None,
        };
        match self.kind {
            Kind::Root | Kind::Subordinate => self.key_usage_of_ca(found, section),
            Kind::OcspResponder | Kind::TimeStamping => self.key_usage_of_sole(found, section),
            Kind::EndEntity => {
                if let Some((one, usages)) = found {
                    self.key_usage_of_end_entity(one, usages, purposes);
                }
            }
        }
    }

    fn key_usage_of_ca(&mut self, found: Option<(&Extension<'_>, KeyUsage)>, section: Option<&Section>) {
        let needed = KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN;
        let mut usages = needed;
        match found {
            None => {
                self.add(
                    section,
                    "keyUsage keyCertSign and cRLSign, which every CA has (RFC 5280 s.4.2.1.3)",
                );
            }
            Some((one, asked)) => {
                self.criticality(one, true, "RFC 5280 s.4.2.1.3, where a CA is concerned");
                usages = needed | asked.common(KeyUsage::DIGITAL_SIGNATURE);
                let missing = needed.without(asked);
                if !missing.is_empty() {
                    self.notes.otherwise(one.entry, format!("{missing} besides, which every CA has"));
                }
                let beyond = asked.without(needed | KeyUsage::DIGITAL_SIGNATURE);
                if !beyond.is_empty() {
                    self.notes.add_part(one.entry, format!("{beyond}, which the key of a CA is not for"));
                }
            }
        }
        self.tables.add("extensions.keyUsage", [format!("usages = {}", list(&key_usage::names(usages)))]);
    }

    fn key_usage_of_sole(&mut self, found: Option<(&Extension<'_>, KeyUsage)>, section: Option<&Section>) {
        let stamping = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::NON_REPUDIATION;
        let most = if self.kind == Kind::OcspResponder { KeyUsage::DIGITAL_SIGNATURE } else { stamping };
        let mut usages = KeyUsage::DIGITAL_SIGNATURE;
        match found {
            None => {
                self.add(section, "keyUsage digitalSignature, critical, which this kind of certificate has");
            }
            Some((one, asked)) => {
                self.criticality(one, true, "BR 7.1.2.8.7, RFC 5280 s.4.2.1.12");
                usages = KeyUsage::DIGITAL_SIGNATURE | asked.common(most);
                if usages != asked {
                    let why = format!(
                        "{usages} alone: the key signs one kind of thing (BR 7.1.2.8.7, RFC 3161 s.2.3)"
                    );
                    self.notes.otherwise(one.entry, why);
                }
            }
        }
        self.tables.add(
            "extensions.keyUsage",
            ["critical = true".to_owned(), format!("usages = {}", list(&key_usage::names(usages)))],
        );
    }

    fn key_usage_of_end_entity(
        &mut self,
        one: &Extension<'_>,
        asked: KeyUsage,
        purposes: &[ObjectIdentifier],
    ) {
        let of_cas = asked.common(KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN);
        if !of_cas.is_empty() {
            self.notes.add_part(one.entry, format!("{of_cas}, which only CAs have (RFC 5280 s.4.2.1.3)"));
        }
        let asked = asked.without(of_cas);
        let split = key_usage::split(asked, &needed(purposes)).or_else(|| key_usage::split(asked, &[]));
        let Some(split) = split else {
            return self.notes.lost(one.entry, "no kind of key can have the usages that are left");
        };
        if split.usages_rsa.is_some() || !split.without.is_empty() {
            let mut why = String::from("by the kind of key");
            if let Some(rsa) = split.usages_rsa {
                why.push_str(&format!(": {rsa} for RSA keys, {} for others", split.usages));
            }
            if !split.without.is_empty() {
                let names: Vec<String> = split.without.iter().map(ToString::to_string).collect();
                why.push_str(&format!("; not for {}, which cannot have what remains", names.join(" ")));
            }
            why.push_str(" (RFC 8813 s.3, RFC 4055 s.1.2, RFC 9295 s.3)");
            self.notes.otherwise(one.entry, why);
        }
        self.keys = Keys(split.algorithms);
        let mut lines = vec![
            format!("critical = {}", one.critical),
            format!("usages = {}", list(&key_usage::names(split.usages))),
        ];
        if let Some(rsa) = split.usages_rsa {
            lines.push(format!("usages_rsa = {}", list(&key_usage::names(rsa))));
        }
        self.tables.add("extensions.keyUsage", lines);
    }

    /// An extension that only CAs have.
    fn of_ca(
        &mut self,
        one: &Extension<'_>,
        table: &str,
        critical: bool,
        read: impl FnOnce(&Cnf, &Extension<'_>) -> Result<constraints::Lines, String>,
    ) {
        if !self.kind.is_ca() {
            return self.notes.lost(one.entry, "only a CA has the extension (RFC 5280 s.4.2.1)");
        }
        if self.kind == Kind::Root && table == "policyMappings" {
            return self.notes.lost(one.entry, "a root does not have the extension (BR 7.1.2.1.2)");
        }
        match read(self.cnf, one) {
            Ok(constraints::Lines { lines, lost }) => {
                if lines.is_empty() {
                    let why = if lost.is_empty() { "it says nothing".to_owned() } else { lost.join("; ") };
                    return self.notes.lost(one.entry, why);
                }
                self.criticality(one, critical, "RFC 5280 s.4.2.1");
                self.tables.add(format!("extensions.{table}"), lines);
                self.lost(one, lost);
            }
            Err(why) => self.notes.lost(one.entry, why),
        }
    }

    fn tls_feature(&mut self, one: &Extension<'_>) {
        if self.kind == Kind::OcspResponder {
            return self
                .notes
                .lost(one.entry, "an OCSP responder does not have the extension (BR 7.1.2.8.2)");
        }
        match constraints::features(self.cnf, one) {
            Ok(read) if !read.lines.is_empty() => {
                self.criticality(one, false, "RFC 7633 s.4.1");
                self.tables.add("extensions.tlsFeature", read.lines);
                self.lost(one, read.lost);
            }
            Ok(read) => self.notes.lost(one.entry, read.lost.join("; ")),
            Err(why) => self.notes.lost(one.entry, why),
        }
    }

    fn no_check(&mut self, one: &Extension<'_>) {
        if self.kind == Kind::OcspResponder {
            self.criticality(one, false, "RFC 6960 s.4.2.2.2.1");
            self.tables.add("extensions.ocspNocheck", []);
        } else {
            self.notes.lost(one.entry, "only an OCSP responder has the extension (RFC 6960 s.4.2.2.2.1)");
        }
    }

    /// An extension that has no table of its own.
    fn other(&mut self, one: &Extension<'_>) {
        let name = one.entry.name.as_str();
        if name.starts_with("ns") {
            let why = "an extension of Netscape's of 1996, which nothing reads any more";
            return self.notes.lost(one.entry, why);
        }
        let value = super::raw_value::read(self.cnf, &one.value);
        match (super::object_name::object(self.cnf, name), value) {
            (Some(oid), Some(Ok(der))) if crate::policy::profile::not_by_number(&oid).is_none() => {
                let table = format!("extensions.{}", quoted(&oid.to_string()));
                if self.tables.has(&table) {
                    return self.notes.lost(one.entry, "the extension is there already");
                }
                let lines =
                    [format!("critical = {}", one.critical), format!("der = {}", quoted(&hex::encode(der)))];
                self.tables.add(table, lines);
            }
            (Some(oid), Some(Ok(_))) => {
                let why = crate::policy::profile::not_by_number(&oid).unwrap_or_default();
                self.notes.lost(one.entry, format!("not by its value: {why}"));
            }
            (_, Some(Err(why))) => self.notes.lost(one.entry, why),
            _ => self.notes.lost(one.entry, "keyrite has no counterpart for the extension"),
        }
    }
}
