//! A verified attestation as rows.

use keyrite::x509::attestation::{Attestation, AttestationCertificate};

use super::{Value, View};

/// What an attestation says, and what it rests on.
pub(crate) fn attestation(found: &Attestation) -> View {
    let statement = &found.statement;
    let domains = statement
        .domains
        .as_deref()
        .map(|domains| domains.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
    View::default()
        .row("device", statement.device.map_or_else(|| "not told".to_owned(), |device| device.to_string()))
        .maybe("device serial", statement.serial.map(|serial| serial.to_string()))
        .maybe("firmware", statement.firmware.map(|firmware| firmware.to_string()))
        .maybe("form factor", statement.form_factor.map(u64::from))
        .row("origin", statement.origin.to_string())
        .maybe("PIN policy", statement.pin_policy.map(|policy| policy.to_string()))
        .maybe("touch policy", statement.touch_policy.map(|policy| policy.to_string()))
        .maybe("object id", statement.object_id.map(|id| format!("0x{id:04x}")))
        .maybe("object label", statement.label.clone())
        .maybe("domains", domains)
        .maybe("capabilities", statement.capabilities.map(|bits| format!("0x{bits:016x}")))
        .row("path", found.path.iter().map(certificate).collect::<Vec<_>>())
}

/// Device certificates have dates of their own kind: they are shown and not judged.
fn certificate(one: &AttestationCertificate) -> View {
    View::default()
        .row("subject", one.subject().to_string())
        .row("not before", one.not_before().to_string())
        .row("not after", one.not_after().to_string())
        .row("SHA-256", Value::in_hex(one.sha256()))
}
