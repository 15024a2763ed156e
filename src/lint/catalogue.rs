//! The catalogue: every lint there is, with its id, weight, source and function.

use super::crl_entry::Entry;
use super::encoding::Flaw;
use super::ocsp_view::OcspView;
use super::report::{Faults, Gate, Maker, Severity};
use super::view::{CertificateView, CrlView, RequestView, View};
use super::{
    algorithm, alt_name, basic_constraints, certificate, constrained_names, crl, crl_entry, crl_scope,
    encoding, ext_key_usage, extensions, general_name, information, key_identifier, key_usage, name,
    name_constraints, ocsp, other_name, person, policies, policy_constraints, policy_mappings, public_key,
    qc_statements, request, revocation_hint, second_parser, semantics_identifier, server, subject,
    subject_key, subject_text, tls_feature, validity,
};
use crate::x509::standard::Standard;

/// One rule, as a function over encoded octets.
#[derive(Clone, Copy, Debug)]
pub struct Lint {
    /// The stable id: the rule, a hyphen, and the fault in few words.
    pub id: &'static str,
    /// How much a finding weighs.
    pub severity: Severity,
    /// The set of rules that demands it: it runs where that set is asked for, and RFC 5280 always is.
    pub standard: Standard,
    /// Whether it is keyrite's own rule, too: it binds what keyrite signs, whatever set is asked for, and about
    /// files that others made it only says [`elsewhere`](Self::elsewhere).
    pub house: bool,
    /// How much a finding of a house rule weighs about a file that others made, if its standard is not asked for.
    pub elsewhere: Severity,
    /// Where the standard says so.
    pub citation: &'static str,
    /// What is wanted, in one sentence.
    pub description: &'static str,
    pub(super) run: Run,
}

/// What a lint looks at.
#[derive(Clone, Copy, Debug)]
pub(super) enum Run {
    /// The encoding itself: every value of this flaw, wherever it stands.
    Encoding(Flaw),
    /// The reason why octets could not be taken apart.
    Structure,
    /// What certificates, CRLs and requests share.
    Any(fn(&View<'_>, &mut Faults<'_>)),
    /// Certificates.
    Certificate(fn(&View<'_>, &CertificateView<'_>, &mut Faults<'_>)),
    /// CRLs.
    Crl(fn(&View<'_>, &CrlView<'_>, &mut Faults<'_>)),
    /// The reason why an entry of a CRL could not be taken apart.
    EntryStructure,
    /// One entry of a CRL.
    Entry(fn(&Entry<'_>, &CrlView<'_>, &mut Faults<'_>)),
    /// The extensions of one entry of a CRL, and nothing else of it: what it finds of equal ones is the same.
    EntryExtensions(fn(&Entry<'_>, &CrlView<'_>, &mut Faults<'_>)),
    /// OCSP responses.
    Ocsp(fn(&View<'_>, &OcspView<'_>, &mut Faults<'_>)),
    /// Certification requests.
    Request(fn(&View<'_>, &RequestView<'_>, &mut Faults<'_>)),
}

impl Lint {
    pub(super) const fn new(
        id: &'static str,
        severity: Severity,
        citation: &'static str,
        description: &'static str,
        run: Run,
    ) -> Self {
        let standard = Standard::Rfc5280;
        Self { id, severity, standard, house: false, elsewhere: severity, citation, description, run }
    }

    /// The same lint as a rule of keyrite's own.
    pub(super) const fn house(self) -> Self {
        Self { house: true, elsewhere: Severity::Notice, ..self }
    }

    /// The same lint as a rule of keyrite's own that the standards recommend.
    pub(super) const fn house_for_a_should(self) -> Self {
        Self { house: true, elsewhere: Severity::Warning, ..self }
    }

    /// The same lint as a rule of the CA/Browser Forum's Baseline Requirements.
    pub(super) const fn webpki(self) -> Self {
        Self { standard: Standard::WebPki, ..self }
    }

    /// The same lint as a rule of ETSI EN 319 412.
    pub(super) const fn etsi(self) -> Self {
        Self { standard: Standard::Etsi, ..self }
    }

    /// Whether an [`Exclusion`](super::Exclusion) may name it: keyrite's own rules, what RFC 5280 only recommends,
    /// and what the sets beside RFC 5280 demand. What a standard for every certificate demands may not be left out.
    #[must_use]
    pub fn is_excludable(&self) -> bool {
        self.house || self.standard != Standard::Rfc5280 || self.severity != Severity::Error
    }

    /// How much a finding weighs, or nothing where the lint does not run.
    pub(super) fn weight(&self, gate: Gate<'_>) -> Option<Severity> {
        let asked = match self.standard {
            Standard::Rfc5280 => !self.house,
            Standard::WebPki | Standard::Etsi => gate.standards.contains(&self.standard),
        };
        match gate.maker {
            _ if asked => Some(self.severity),
            Maker::Ours if self.house => Some(self.severity),
            Maker::Anyone if self.house => Some(self.elsewhere),
            Maker::Ours | Maker::Anyone => None,
        }
    }

    /// The rule: the part of the id before the first hyphen.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        self.id.split_once('-').map_or(self.id, |(rule, _)| rule)
    }

    /// The kinds of object that it looks at, in words.
    #[must_use]
    pub const fn objects(&self) -> &'static str {
        match self.run {
            Run::Encoding(_) | Run::Structure | Run::Any(_) => "all",
            Run::Certificate(_) => "certificate",
            Run::Crl(_) | Run::EntryStructure | Run::Entry(_) | Run::EntryExtensions(_) => "CRL",
            Run::Request(_) => "request",
            Run::Ocsp(_) => "OCSP response",
        }
    }
}

/// Every lint, grouped by what it looks at.
pub static CATALOGUE: &[&[Lint]] = &[
    encoding::LINTS,
    algorithm::LINTS,
    certificate::LINTS,
    name::LINTS,
    subject::LINTS,
    subject_text::LINTS,
    subject_key::LINTS,
    public_key::LINTS,
    validity::LINTS,
    extensions::LINTS,
    key_usage::LINTS,
    basic_constraints::LINTS,
    ext_key_usage::LINTS,
    constrained_names::LINTS,
    information::LINTS,
    server::LINTS,
    person::LINTS,
    key_identifier::LINTS,
    alt_name::LINTS,
    general_name::LINTS,
    other_name::LINTS,
    name_constraints::LINTS,
    policies::LINTS,
    policy_constraints::LINTS,
    policy_mappings::LINTS,
    revocation_hint::LINTS,
    tls_feature::LINTS,
    qc_statements::LINTS,
    semantics_identifier::LINTS,
    crl::LINTS,
    crl_scope::LINTS,
    crl_entry::LINTS,
    request::LINTS,
    ocsp::LINTS,
    second_parser::LINTS,
];
