//! `lint`.

use std::path::{Path, PathBuf};

use keyrite::authority::expected;
use keyrite::lint::{self, Excluded, Exclusion, Expected, Finding, IssuerFacts, Report, Severity};
use keyrite::policy::Profile;
use keyrite::x509::certificate::Certificate;
use keyrite::x509::crl::Crl;
use keyrite::x509::csr::Csr;
use keyrite::x509::pem;
use keyrite::x509::signed::Kind as _;
use keyrite::x509::standard::Standard;
use keyrite::x509::time::Time;
use serde::Serialize;

use super::certificate_show;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::kind::Kind;
use crate::profiles;
use crate::render::{Answer, Text};
use crate::safe_text::Page;

/// The label of an OCSP response in PEM.
const OCSP_LABEL: &str = "OCSP RESPONSE";
/// The largest file that is linted, in octets.
const MOST: usize = 64 * 1024 * 1024;

/// Look at certificates, CRLs, requests and OCSP responses with the standards in hand
///
/// Files may be PEM with any number of blocks, or DER. With the issuer's certificate, what must agree with it is
/// looked at too. The exit code is 1 if there is a finding of severity error, or a file cannot be read as any of the
/// four. RFC 5280 always applies; --standard adds the rules of a closed community. A lint is left out only by its
/// id, with a reason and a person who answers for it, and is shown all the same; what a standard demands of every
/// certificate cannot be left out.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite lint www.pem --issuer issuing.pem --standard webpki\n  keyrite lint old.pem --exclude A01-derivation --reason \"issued before 2020\" --by \"A. Auditor\""
)]
pub(crate) struct Args {
    /// Certificates, CRLs, requests or OCSP responses; - is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// The certificate of the issuer
    #[arg(long, value_name = "CERT")]
    issuer: Option<PathBuf>,

    /// The profile by which the certificates were issued
    #[arg(long, value_name = "P")]
    profile: Option<String>,

    /// A set of rules to hold the files against beside RFC 5280: webpki or etsi; may be given again
    #[arg(long, value_name = "SET")]
    standard: Vec<Standard>,

    /// A lint to leave out, by its id; may be given again, each time with its own --reason
    #[arg(long, value_name = "ID", requires_all = ["reason", "by"])]
    exclude: Vec<String>,

    /// Why the lint is left out
    #[arg(long, value_name = "TEXT", requires = "exclude")]
    reason: Vec<String>,

    /// Who answers for it
    #[arg(long, value_name = "NAME", requires = "exclude")]
    by: Option<String>,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let issuer = self.issuer.as_deref().map(facts).transpose()?;
        let profile = self.profile.as_deref().map(|name| profiles::load(context, name)).transpose()?;
        let exclusions = self.exclusions()?;
        let looks = Looks { issuer, profile, standards: self.standard, exclusions };
        let mut linted = Linted { objects: Vec::new() };
        for file in &self.files {
            match looks.file(file) {
                Ok(objects) => linted.objects.extend(objects),
                Err(failure) => linted.objects.push(Object::unreadable(file, &failure)),
            }
        }
        let exit = if linted.objects.iter().any(|object| !object.good) { Exit::Refused } else { Exit::Done };
        Ok(Answer::new(linted).exit(exit))
    }

    /// The lints that are left out.
    fn exclusions(&self) -> Result<Vec<Exclusion>, Failure> {
        let (lints, reasons) = (self.exclude.len(), self.reason.len());
        if lints != reasons {
            let message =
                format!("{lints} lints to leave out and {reasons} reasons, wanted one reason for each");
            return Err(Failure::new(Exit::Usage, message));
        }
        let by = self.by.as_deref().unwrap_or_default();
        let each = self.exclude.iter().zip(&self.reason);
        each.map(|(id, reason)| {
            Exclusion::new(id, reason, by).map_err(|error| Failure::of(Exit::Usage, &error))
        })
        .collect()
    }
}

fn facts(path: &Path) -> Result<IssuerFacts, Failure> {
    let certificate = certificate_show::read(path)?;
    IssuerFacts::of(&certificate).map_err(|error| Failure::of(Exit::Refused, &error).about(path))
}

/// What is known beside the files.
struct Looks {
    issuer: Option<IssuerFacts>,
    profile: Option<Profile>,
    standards: Vec<Standard>,
    exclusions: Vec<Exclusion>,
}

impl Looks {
    fn file(&self, path: &Path) -> Result<Vec<Object>, Failure> {
        let octets = input::read(path, MOST)?;
        let labels: Vec<&str> = [
            (Certificate::PEM_LABEL, Certificate::PEM_ALIASES),
            (Crl::PEM_LABEL, Crl::PEM_ALIASES),
            (Csr::PEM_LABEL, Csr::PEM_ALIASES),
            (OCSP_LABEL, &[][..]),
        ]
        .into_iter()
        .flat_map(|(label, aliases)| std::iter::once(label).chain(aliases.iter().copied()))
        .collect();
        let all =
            pem::all(&octets, &labels).map_err(|error| Failure::of(Exit::Refused, &error).about(path))?;
        Ok(all.iter().enumerate().map(|(at, der)| self.object(path, at, der)).collect())
    }

    fn object(&self, path: &Path, at: usize, der: &[u8]) -> Object {
        let kind = Kind::of(der);
        let issuer = self.issuer.as_ref();
        let expected = self.expected(der);
        let mut standards = self.standards.clone();
        standards.extend(expected.iter().flat_map(|expected| &expected.standards));
        let report = match kind {
            Kind::Certificate => lint::inspect_certificate(der, issuer, expected.as_ref(), &standards),
            Kind::Crl => lint::inspect_crl(der, issuer, &standards),
            Kind::Request => lint::inspect_request(der, &standards),
            Kind::Ocsp => lint::inspect_ocsp(der, issuer, &standards),
        };
        Object::of(path, at, kind, report.excluding(&self.exclusions))
    }

    /// What the profile allows; its limits are counted from the certificate's own notBefore.
    fn expected(&self, der: &[u8]) -> Option<Expected> {
        let not_before = Certificate::from_der(der).map_or(Time::NO_EXPIRATION, |one| one.not_before());
        self.profile.as_ref().map(|profile| expected(profile, not_before))
    }
}

/// Every file, and what was found.
#[derive(Debug, Serialize)]
struct Linted {
    objects: Vec<Object>,
}

/// One object of a file.
#[derive(Debug, Serialize)]
struct Object {
    file: String,
    /// Its place in the file, counted from 1.
    number: usize,
    kind: Option<&'static str>,
    good: bool,
    findings: Vec<Finding>,
    excluded: Vec<Excluded>,
    error: Option<String>,
}

impl Object {
    fn of(path: &Path, at: usize, kind: Kind, report: Report) -> Self {
        Self {
            file: path.display().to_string(),
            number: at.saturating_add(1),
            kind: Some(kind.name()),
            good: !report.has_errors(),
            findings: report.findings,
            excluded: report.excluded,
            error: None,
        }
    }

    fn unreadable(path: &Path, failure: &Failure) -> Self {
        Self {
            file: path.display().to_string(),
            number: 1,
            kind: None,
            good: false,
            findings: Vec::new(),
            excluded: Vec::new(),
            error: Some(failure.line()),
        }
    }

    /// How many findings of each weight there are, in words.
    fn summary(&self) -> String {
        let count = |severity| self.findings.iter().filter(|finding| finding.severity == severity).count();
        let words: Vec<String> = [Severity::Error, Severity::Warning, Severity::Notice]
            .into_iter()
            .filter_map(|severity| match count(severity) {
                0 => None,
                1 => Some(format!("1 {severity}")),
                many => Some(format!("{many} {severity}s")),
            })
            .collect();
        let words = match self.excluded.len() {
            0 => words,
            left => [words, vec![format!("{left} left out")]].concat(),
        };
        if words.is_empty() { "nothing to remark".to_owned() } else { words.join(", ") }
    }
}

impl Text for Linted {
    fn text(&self, page: &mut Page) {
        for object in &self.objects {
            let place = if object.number > 1 { format!(" ({})", object.number) } else { String::new() };
            if let Some(error) = &object.error {
                page.line(error);
                continue;
            }
            let kind = object.kind.unwrap_or_default();
            page.line(format!("{}{place}: {kind}: {}", object.file, object.summary()));
            for finding in &object.findings {
                page.line(format!("  {finding}"));
            }
            for Excluded { finding, exclusion } in &object.excluded {
                let (reason, by) = (exclusion.reason(), exclusion.by());
                page.line(format!("  left out by {by}, since {reason}: {finding}"));
            }
        }
    }
}
