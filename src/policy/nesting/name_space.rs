//! Name space: the nameConstraints of a CA below those of the CAs above.

use crate::x509::certificate::Certificate;
use crate::x509::extension::{NameConstraints, Subtree, Value};

use super::super::violation::{Rule, Violations};
use super::{Nested, subtree};

/// Each subtree that the certificate permits leaves something under the constraints of `ca`.
///
/// What a relying party permits in the end is what every CA of the path permits and none excludes (RFC 5280
/// s.6.1.4 g): a subtree that promises names of which none can be issued is a mistake in one of the two.
pub(super) fn judge(
    nested: &Nested<'_>,
    limits: &NameConstraints,
    ca: &Certificate,
    violations: &mut Violations,
) {
    let own = nested.extensions.iter().find_map(|extension| {
        if let Value::NameConstraints(constraints) = &extension.value { Some(constraints) } else { None }
    });
    let whose = format!("{:?}", ca.subject().to_string());
    let field = "nameConstraints permittedSubtrees";
    for promised in own.iter().flat_map(|own| &own.permitted) {
        let bearing = |limit: &&Subtree| subtree::of_one_form(limit, promised);
        let permitted: Vec<&Subtree> = limits.permitted.iter().filter(bearing).collect();
        if !permitted.is_empty() && !permitted.iter().any(|limit| subtree::meet(limit, promised)) {
            let permitted: Vec<String> = permitted.iter().map(ToString::to_string).collect();
            let wanted = format!("something of {}, as {whose} permits", permitted.join(" or "));
            violations.add(Rule::NameSpace, field, promised, wanted);
        }
        for excluded in limits.excluded.iter().filter(bearing).filter(|one| subtree::within(promised, one)) {
            let wanted = format!("something outside {excluded}, which {whose} excludes");
            violations.add(Rule::NameSpace, field, promised, wanted);
        }
    }
}
