//! extKeyUsage as TOML.

use std::str::FromStr;

use der::asn1::ObjectIdentifier;

use crate::policy::document::Table;
use crate::policy::profile::extensions::Purposes;
use crate::x509::extension::purpose;

use super::{distinct, id};

#[derive(Clone, Copy, PartialEq, Eq)]
struct Purpose(ObjectIdentifier);

impl FromStr for Purpose {
    type Err = crate::x509::extension::UnknownPurpose;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        purpose::parse(text).map(Self)
    }
}

impl std::fmt::Display for Purpose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&purpose::name(&self.0))
    }
}

/// `[extensions.extKeyUsage]` of a profile of this kind.
pub(super) fn read(kind: &str, table: &Table<'_>) -> Option<Purposes> {
    let critical = table.flag("critical").is_some_and(|found| found.value);
    let found = table.list_required::<Purpose>("purposes")?;
    let place = found.place.clone();
    let purposes: Vec<ObjectIdentifier> =
        distinct(table, "purposes", found)?.into_iter().map(|purpose| purpose.0).collect();
    if let Some(message) = fault(kind, critical, &purposes) {
        table.problem(id::PURPOSE, &place, "purposes", message);
    }
    let asked =
        table.list::<Purpose>("from_request").and_then(|found| distinct(table, "from_request", found));
    let from_request: Vec<ObjectIdentifier> =
        asked.unwrap_or_default().into_iter().map(|purpose| purpose.0).collect();
    let alone = [purpose::ANY, purpose::OCSP_SIGNING, purpose::TIME_STAMPING];
    if let Some(one) = from_request.iter().find(|one| alone.contains(one) || purposes.contains(one)) {
        let message = format!("{}, which a certificate has always, alone or not at all", purpose::name(one));
        table.problem(id::PURPOSE, &table.place_of("from_request"), "from_request", message);
    } else if !from_request.is_empty() && !matches!(kind, "end-entity" | "subordinate") {
        let message = format!("a profile of kind {kind} takes no purposes from a request");
        table.problem(id::PURPOSE, &table.place_of("from_request"), "from_request", message);
    }
    Some(Purposes { critical, purposes, from_request })
}

/// Purposes that must stand alone, or not in a certificate of this kind.
fn fault(kind: &str, critical: bool, purposes: &[ObjectIdentifier]) -> Option<&'static str> {
    let has = |purpose: ObjectIdentifier| purposes.contains(&purpose);
    match kind {
        "ocsp-responder" => (critical || purposes != [purpose::OCSP_SIGNING]).then_some(
            "an OCSP responder has OCSPSigning alone, not critical (RFC 6960 s.4.2.2.2, BR 7.1.2.8.5)",
        ),
        "time-stamping" => (!critical || purposes != [purpose::TIME_STAMPING])
            .then_some("a time-stamping authority has timeStamping alone, critical (RFC 3161 s.2.3)"),
        "end-entity" if has(purpose::OCSP_SIGNING) => {
            Some("OCSPSigning is for a profile of kind ocsp-responder (RFC 6960 s.4.2.2.2)")
        }
        "end-entity" if has(purpose::TIME_STAMPING) => {
            Some("timeStamping is for a profile of kind time-stamping (RFC 3161 s.2.3)")
        }
        _ if has(purpose::OCSP_SIGNING) => Some(
            "a CA that may sign OCSP answers for its siblings' issuer can forge them (RFC 6960 s.4.2.2.2)",
        ),
        _ => (has(purpose::ANY) && (critical || purposes.len() > 1))
            .then_some("anyExtendedKeyUsage stands alone and is not critical (RFC 5280 s.4.2.1.12)"),
    }
}
