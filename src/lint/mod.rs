//! Is this DER what the standards say? Lints over encoded octets, before anything is signed.
//!
//! [`certificate`], [`crl`], [`request`] and [`ocsp()`] take octets that are about to be signed and give back
//! [`Linted`] or the [`Report`] of every fault at once; [`inspect_certificate`], [`inspect_crl`] and
//! [`inspect_request`] look at files that anyone made. The lints read the octets themselves, by a reader
//! that shares no code with the encoder, and one of them (`C19`) has a second parser read and write the
//! whole again. Each is one function in the [`CATALOGUE`], with its id, weight and source; docs/lints.md
//! lists them.
//!
//! This room is pure: issuer, time and profile come as arguments. It decides nothing about policy: what a
//! profile allows comes as plain values ([`Expected`]).

mod algorithm;
mod alt_name;
mod attribute;
mod basic_constraints;
mod catalogue;
mod certificate;
mod constrained_names;
mod context;
mod crl;
mod crl_entry;
mod crl_scope;
mod crl_stream;
mod encoding;
mod exclusion;
mod ext_key_usage;
mod extension_value;
mod extension_view;
mod extensions;
mod general_name;
mod information;
mod instant;
mod key_identifier;
mod key_usage;
mod linted;
mod name;
mod name_constraints;
mod ocsp;
mod ocsp_view;
mod other_name;
mod person;
mod policies;
mod policy_constraints;
mod policy_mappings;
mod public_key;
mod qc_statements;
mod rarer_value;
mod report;
mod request;
mod revocation_hint;
mod role;
mod second_parser;
mod semantics_identifier;
mod server;
mod subject;
mod subject_key;
mod subject_text;
mod tls_feature;
mod tlv;
mod validity;
mod view;

pub use catalogue::{CATALOGUE, Lint};
pub use context::{CertificateContext, CrlContext, Expected, ExpectedExtension, IssuerFacts, OcspContext};
pub use crl_stream::{CrlLintError, LintedCrl, crl};
pub use exclusion::{Exclusion, ExclusionError};
pub use linted::Linted;
pub use report::{Excluded, Finding, Report, Severity};

use std::collections::BTreeMap;

use catalogue::Run;
use crl_entry::Entry;
use encoding::Flawed;
use ocsp_view::OcspView;
use report::{Faults, Gate, Maker};
use view::{Authority, CertificateView, CrlView, Misfit, RequestView, View};

use crate::x509::certificate::Certificate;
use crate::x509::csr::Csr;
use crate::x509::ocsp::OcspResponse;
use crate::x509::serial::SerialNumber;
use crate::x509::signed::ToBeSigned;
use crate::x509::standard::Standard;
use crate::x509::time::Time;

/// Lints a TBSCertificate that is about to be signed.
///
/// # Errors
/// The [`Report`], with every finding, when one of them is an error.
pub fn certificate(
    tbs: ToBeSigned<Certificate>,
    context: &CertificateContext,
) -> Result<Linted<Certificate>, Report> {
    let report = tbs_certificate(tbs.as_der(), Some(tbs.algorithm().identifier_der()), context);
    Linted::new(tbs, report)
}

/// Lints the octets of a TBSCertificate as [`certificate`] does, where `algorithm` is the
/// AlgorithmIdentifier by which they will be signed, as a whole TLV.
#[must_use]
pub fn tbs_certificate(tbs: &[u8], algorithm: Option<&[u8]>, context: &CertificateContext) -> Report {
    let read = view::certificate(tbs).map(|(mut view, mut certificate)| {
        view.outer_algorithm = algorithm;
        view.authority = context.issuer.as_ref().map_or(Authority::Itself, Authority::Known);
        view.now = context.now.map(Time::to_unix);
        certificate.expected = context.expected.as_ref();
        (view, Body::Certificate(certificate))
    });
    let standards = context.expected.as_ref().map_or(&[][..], |expected| &expected.standards);
    lint(tbs, read, Gate { maker: Maker::Ours, standards }).excluding(&context.exclusions)
}

/// Lints the octets of a TBSCertList as [`crl()`] does, where `algorithm` is the AlgorithmIdentifier by
/// which they will be signed, as a whole TLV.
#[must_use]
pub fn tbs_cert_list(tbs: &[u8], algorithm: Option<&[u8]>, context: &CrlContext) -> Report {
    let read = ours(tbs, algorithm, context).map(|(view, crl)| (view, Body::Crl(crl)));
    lint(tbs, read, Gate { maker: Maker::Ours, standards: &context.standards })
}

/// A TBSCertList, with what is known about who signs it.
fn ours<'a>(
    tbs: &'a [u8],
    algorithm: Option<&'a [u8]>,
    context: &'a CrlContext,
) -> Result<(View<'a>, CrlView<'a>), Misfit> {
    let (mut view, mut crl) = view::crl(tbs)?;
    view.outer_algorithm = algorithm;
    view.authority = Authority::Known(&context.issuer);
    view.now = context.now.map(Time::to_unix);
    crl.previous = context.previous;
    crl.longest = context.longest;
    crl.ca_serials = context.ca_serials.iter().map(SerialNumber::as_bytes).collect();
    crl.distribution_points = &context.distribution_points;
    Ok((view, crl))
}

/// Lints a CertificationRequestInfo for one of our own keys that is about to be signed.
///
/// # Errors
/// The [`Report`], with every finding, when one of them is an error.
pub fn request(tbs: ToBeSigned<Csr>) -> Result<Linted<Csr>, Report> {
    let read = view::request(tbs.as_der()).map(|(mut view, request)| {
        view.outer_algorithm = Some(tbs.algorithm().identifier_der());
        (view, Body::Request(request))
    });
    let report = lint(tbs.as_der(), read, Gate { maker: Maker::Ours, standards: &[] });
    Linted::new(tbs, report)
}

/// Lints the ResponseData of an OCSP response that is about to be signed.
///
/// # Errors
/// The [`Report`], with every finding, when one of them is an error.
pub fn ocsp(tbs: ToBeSigned<OcspResponse>, context: &OcspContext) -> Result<Linted<OcspResponse>, Report> {
    let certificates = context.certificates.iter().map(Vec::as_slice).collect();
    let read = ocsp_view::read_data(tbs.as_der(), certificates).map(|(mut view, mut ocsp)| {
        view.outer_algorithm = Some(tbs.algorithm().identifier_der());
        view.authority = Authority::Known(&context.signer);
        view.now = context.now.map(Time::to_unix);
        ocsp.issuer = Some(&context.issuer);
        ocsp.about_ca = context.about_ca;
        (view, Body::Ocsp(ocsp))
    });
    let report = lint(tbs.as_der(), read, Gate { maker: Maker::Ours, standards: &context.standards });
    Linted::new(tbs, report)
}

/// Looks at the DER of a certificate that anyone made; with the issuer and what a profile allows, where
/// they are known, and with the sets of rules that it has to follow beside RFC 5280. A certificate whose issuer is not given counts as self-signed if its two names are the
/// same octets and its key identifiers do not differ.
#[must_use]
pub fn inspect_certificate(
    der: &[u8],
    issuer: Option<&IssuerFacts>,
    expected: Option<&Expected>,
    standards: &[Standard],
) -> Report {
    let read = view::split_signed(der).and_then(|(tbs, algorithm)| {
        let (mut view, mut certificate) = view::certificate(tbs)?;
        view.outer_algorithm = Some(algorithm);
        view.authority = match issuer {
            Some(facts) => Authority::Known(facts),
            None if view.looks_self_signed() => Authority::Itself,
            None => Authority::Unknown,
        };
        certificate.expected = expected;
        Ok((view, Body::Certificate(certificate)))
    });
    lint(der, read, Gate { maker: Maker::Anyone, standards })
}

/// Looks at the DER of a CRL that anyone made; with its issuer where it is known, and with the sets of rules that it
/// has to follow beside RFC 5280.
#[must_use]
pub fn inspect_crl(der: &[u8], issuer: Option<&IssuerFacts>, standards: &[Standard]) -> Report {
    let read = view::split_signed(der).and_then(|(tbs, algorithm)| {
        let (mut view, crl) = view::crl(tbs)?;
        view.outer_algorithm = Some(algorithm);
        view.authority = issuer.map_or(Authority::Unknown, Authority::Known);
        Ok((view, Body::Crl(crl)))
    });
    lint(der, read, Gate { maker: Maker::Anyone, standards })
}

/// Looks at the DER of a certification request that anyone made, with the sets of rules that the certificate will
/// have to follow beside RFC 5280.
#[must_use]
pub fn inspect_request(der: &[u8], standards: &[Standard]) -> Report {
    let read = view::split_signed(der).and_then(|(tbs, algorithm)| {
        let (mut view, request) = view::request(tbs)?;
        view.outer_algorithm = Some(algorithm);
        Ok((view, Body::Request(request)))
    });
    lint(der, read, Gate { maker: Maker::Anyone, standards })
}

/// Looks at the DER of an OCSPResponse that anyone made; with the CA whose certificates it is about, where that is
/// known, and with the sets of rules that it has to follow beside RFC 6960.
#[must_use]
pub fn inspect_ocsp(der: &[u8], issuer: Option<&IssuerFacts>, standards: &[Standard]) -> Report {
    let read = ocsp_view::read(der).map(|(mut view, mut ocsp)| {
        ocsp.issuer = issuer;
        view.authority = ocsp.signer().map_or(Authority::Unknown, Authority::Known);
        (view, Body::Ocsp(ocsp))
    });
    lint(der, read, Gate { maker: Maker::Anyone, standards })
}

/// What only one kind of object has.
enum Body<'a> {
    Certificate(CertificateView<'a>),
    Crl(CrlView<'a>),
    Request(RequestView<'a>),
    Ocsp(OcspView<'a>),
}

/// Runs the catalogue. Of octets that cannot be taken apart, the encoding is linted, and the reason given.
fn lint(octets: &[u8], read: Result<(View<'_>, Body<'_>), Misfit>, gate: Gate<'_>) -> Report {
    let mut flaws = Vec::new();
    encoding::walk(octets, &|| "the whole".to_owned(), &mut flaws);
    let (view, body) = match read {
        Ok((view, body)) => (view, body),
        Err(misfit) => return unreadable(&flaws, misfit, gate),
    };
    let entries = if let Body::Crl(crl) = &body { entry_findings(crl, gate) } else { BTreeMap::new() };
    lint_with(&view, &body, (flaws, entries), gate)
}

/// As [`lint`], where the encoding was walked and the entries of a CRL were looked at before.
fn lint_with(
    view: &View<'_>,
    body: &Body<'_>,
    (mut flaws, mut entries): (Vec<Flawed>, EntryFindings),
    gate: Gate<'_>,
) -> Report {
    for extension in view.each_extension() {
        encoding::walk(extension.value, &|| extension.name(), &mut flaws);
    }
    let mut findings = Vec::new();
    for lint in CATALOGUE.iter().copied().flatten() {
        let Some(mut faults) = Faults::new(lint, gate, &mut findings) else { continue };
        match (lint.run, body) {
            (Run::Encoding(flaw), _) => faults.take(&flaws, flaw),
            (Run::Any(function), _) => function(view, &mut faults),
            (Run::Certificate(function), Body::Certificate(body)) => function(view, body, &mut faults),
            (Run::Crl(function), Body::Crl(body)) => function(view, body, &mut faults),
            (Run::Request(function), Body::Request(body)) => function(view, body, &mut faults),
            (Run::Ocsp(function), Body::Ocsp(body)) => function(view, body, &mut faults),
            (Run::Entry(_) | Run::EntryExtensions(_) | Run::EntryStructure, _) => {
                faults.finish();
                findings.extend(entries.remove(lint.id).unwrap_or_default());
                continue;
            }
            (Run::Structure | Run::Certificate(_) | Run::Crl(_) | Run::Request(_) | Run::Ocsp(_), _) => {}
        }
        faults.finish();
    }
    Report { findings, excluded: Vec::new() }
}

/// The report of octets that could not be taken apart.
fn unreadable(flaws: &[Flawed], misfit: Misfit, gate: Gate<'_>) -> Report {
    let mut findings = Vec::new();
    for lint in encoding::LINTS {
        let Some(mut faults) = Faults::new(lint, gate, &mut findings) else { continue };
        if let Run::Encoding(flaw) = lint.run {
            faults.take(flaws, flaw);
        } else {
            faults.push(misfit.place, misfit.found.text(), misfit.wanted);
        }
        faults.finish();
    }
    Report { findings, excluded: Vec::new() }
}

/// The findings about the entries of a CRL by the id of their lint.
type EntryFindings = BTreeMap<&'static str, Vec<Finding>>;

/// The findings about the entries of a CRL that is at hand; every entry is read once.
fn entry_findings(crl: &CrlView<'_>, gate: Gate<'_>) -> EntryFindings {
    EntryLinter::run(crl, gate, |linter| {
        for entry in crl_entry::entries(crl) {
            linter.entry(&entry, true);
        }
    })
    .0
}

/// Runs the lints of entries, one entry after the other.
struct EntryLinter<'r> {
    crl: &'r CrlView<'r>,
    each: Vec<(Run, Faults<'r>)>,
}

impl EntryLinter<'_> {
    /// Has `feed` give the entries, and collects what was found.
    fn run<T>(
        crl: &CrlView<'_>,
        gate: Gate<'_>,
        feed: impl FnOnce(&mut EntryLinter<'_>) -> T,
    ) -> (EntryFindings, T) {
        let lints: Vec<&'static Lint> =
            crl_entry::LINTS.iter().filter(|lint| lint.weight(gate).is_some()).collect();
        let mut found: Vec<Vec<Finding>> = lints.iter().map(|_| Vec::new()).collect();
        let each = lints
            .iter()
            .zip(&mut found)
            .filter_map(|(lint, findings)| Some((lint.run, Faults::new(lint, gate, findings)?)))
            .collect();
        let mut linter = EntryLinter { crl, each };
        let given = feed(&mut linter);
        linter.each.into_iter().for_each(|(_, faults)| faults.finish());
        (lints.iter().map(|lint| lint.id).zip(found).collect(), given)
    }

    /// Looks at one entry, and at its extensions only if they are new. Whether nothing was found.
    fn entry(&mut self, entry: &Result<Entry<'_>, Misfit>, extensions: bool) -> bool {
        let mut sound = true;
        for (run, faults) in &mut self.each {
            let before = faults.count();
            match (*run, entry) {
                (Run::Entry(function), Ok(entry)) => function(entry, self.crl, faults),
                (Run::EntryExtensions(function), Ok(entry)) if extensions => {
                    function(entry, self.crl, faults);
                }
                (Run::EntryStructure, Err(misfit)) => {
                    faults.push(misfit.place, misfit.found.text(), misfit.wanted);
                }
                _ => {}
            }
            sound &= faults.count() == before;
        }
        sound
    }
}

impl View<'_> {
    /// Whether a certificate without a known issuer is to be read as its own issuer.
    fn looks_self_signed(&self) -> bool {
        let authority = self.authority_key_identifier().and_then(|value| value.key_identifier);
        self.issuer == self.subject
            && authority.is_none_or(|octets| Some(octets) == self.subject_key_identifier())
    }
}
