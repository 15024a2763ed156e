//! The catalogue: every lint there is, with its id, weight, source and function.

use super::report::{Faults, Severity};
use super::view::{CertificateView, CrlView, RequestView, View};

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
    /// Any octets, before anything is understood.
    Octets(fn(&[u8], &mut Faults<'_>)),
    /// Nothing: its findings are the reasons why octets could not be taken apart.
    Structure,
    /// What certificates, CRLs and requests share.
    Any(fn(&View<'_>, &mut Faults<'_>)),
    /// Certificates.
    Certificate(fn(&View<'_>, &CertificateView<'_>, &mut Faults<'_>)),
    /// CRLs.
    Crl(fn(&View<'_>, &CrlView<'_>, &mut Faults<'_>)),
    /// Certification requests.
    Request(fn(&View<'_>, &RequestView<'_>, &mut Faults<'_>)),
}

impl Lint {
    /// The rule: the part of the id before the first hyphen.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        self.id.split_once('-').map_or(self.id, |(rule, _)| rule)
    }

    /// The kinds of object that it looks at, in words.
    #[must_use]
    pub const fn objects(&self) -> &'static str {
        match self.run {
            Run::Octets(_) | Run::Structure | Run::Any(_) => "all",
            Run::Certificate(_) => "certificate",
            Run::Crl(_) => "CRL",
            Run::Request(_) => "request",
        }
    }
}

/// Every lint, grouped by what it looks at.
pub static CATALOGUE: &[&[Lint]] = &[];
