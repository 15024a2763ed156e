//! The catalogue: every lint there is, with its id, weight, source and function.

use super::crl_entry::Entry;
use super::encoding::Flaw;
use super::report::{Faults, Severity};
use super::view::{CertificateView, CrlView, RequestView, View};
use super::{
    algorithm, alt_name, basic_constraints, certificate, crl, crl_entry, encoding, extensions, general_name,
    key_identifier, key_usage, name, name_constraints, other_name, policies, policy_constraints,
    policy_mappings, public_key, qc_statements, request, revocation_hint, second_parser,
    semantics_identifier, tls_feature, validity,
};

/// One rule, as a function over encoded octets.
#[derive(Clone, Copy, Debug)]
pub struct Lint {
    /// The stable id: the rule, a hyphen, and the fault in few words.
    pub id: &'static str,
    /// How much a finding weighs.
    pub severity: Severity,
    /// Whether it is keyrite's own rule, stricter than any standard: it binds what keyrite signs, and is a
    /// notice about files that others made.
    pub house: bool,
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
        Self { id, severity, house: false, citation, description, run }
    }

    /// The same lint as a rule of keyrite's own.
    pub(super) const fn house(self) -> Self {
        Self { house: true, ..self }
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
            Run::Crl(_) | Run::EntryStructure | Run::Entry(_) => "CRL",
            Run::Request(_) => "request",
        }
    }
}

/// Every lint, grouped by what it looks at.
pub static CATALOGUE: &[&[Lint]] = &[
    encoding::LINTS,
    algorithm::LINTS,
    certificate::LINTS,
    name::LINTS,
    public_key::LINTS,
    validity::LINTS,
    extensions::LINTS,
    key_usage::LINTS,
    basic_constraints::LINTS,
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
    crl_entry::LINTS,
    request::LINTS,
    second_parser::LINTS,
];
