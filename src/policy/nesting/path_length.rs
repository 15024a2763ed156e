//! Path length: how many more CAs the CAs above allow.

use crate::x509::certificate::Certificate;
use crate::x509::extension::{Extension, Value, oid};

use super::super::violation::Rule;
use super::Findings;

const FIELD: &str = "basicConstraints pathLenConstraint";

/// Every pathLenConstraint above leaves room for one more CA, and for those that it would allow below itself.
///
/// RFC 5280 s.6.1.4 tolerates a greater pathLenConstraint in the lower certificate, since the smaller one
/// above wins; a certificate that promises what it cannot hold is not issued here.
pub(super) fn judge(asked: Option<u8>, self_issued: bool, path: &[&Certificate], findings: &mut Findings) {
    // Self-issued certificates do not count (s.4.2.1.9).
    let mut between = u8::from(!self_issued);
    for ca in path {
        if let Some(most) = limit(ca) {
            let whose = ca.subject().to_string();
            match (most.checked_sub(between), asked) {
                (None, _) => findings.invalid.add(
                    Rule::PathLength,
                    FIELD,
                    format!("path length {most} in {whose:?}"),
                    "room for one more CA",
                ),
                (Some(left), Some(asked)) if asked <= left => {}
                (Some(left), asked) => findings.unsound.add(
                    Rule::PathLength,
                    FIELD,
                    found(asked),
                    format!("at most {left}, since {whose:?} has path length {most}"),
                ),
            }
        }
        if !ca.is_self_issued() {
            between = between.saturating_add(1);
        }
    }
}

/// pathLenConstraint of a certificate, if it has one.
pub(super) fn limit(ca: &Certificate) -> Option<u8> {
    match ca.extension(oid::BASIC_CONSTRAINTS) {
        Some(Extension { value: Value::BasicConstraints(constraints), .. }) => constraints.path_len,
        _ => None,
    }
}

/// A pathLenConstraint in words.
pub(super) fn found(asked: Option<u8>) -> String {
    asked.map_or_else(|| "no limit".to_owned(), |asked| format!("path length {asked}"))
}
