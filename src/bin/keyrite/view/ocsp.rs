//! OCSP requests and responses in rows.

use keyrite::x509::certificate::Certificate;
use keyrite::x509::ocsp::{CertId, CertStatus, OcspRequest, OcspResponse, Single, oid, reason_name};

use super::{View, x509::words_or_error};

/// What a response says.
pub(crate) fn ocsp_response(response: &OcspResponse) -> View {
    let view = View::default().row("status", response.status().to_string());
    let view = match response.basic() {
        None => view,
        Some(basic) => {
            let data = &basic.data;
            let certificates: Vec<View> = basic.certificates().iter().map(|der| enclosed(der)).collect();
            view.row("responder", data.responder.to_string())
                .row("produced at", data.produced_at.to_string())
                .row("signed with", words_or_error(basic.signature_algorithm()))
                .maybe("nonce", data.nonce.as_deref().map(hex::encode_upper))
                .row("extensions", extensions(&data.extensions))
                .row("answers", data.answers.iter().map(answer).collect::<Vec<_>>())
                .row("certificates", certificates)
        }
    };
    view.row("SHA-256", response.sha256())
}

/// What a request asks.
pub(crate) fn ocsp_request(request: &OcspRequest) -> View {
    View::default()
        .row("asks about", request.certificates.iter().map(certificate).collect::<Vec<_>>())
        .maybe("nonce", request.nonce.as_deref().map(hex::encode_upper))
        .row("extensions", extensions(&request.extensions))
        .row("signed", request.is_signed)
        .row("names who asks", request.names_requestor)
}

fn extensions(found: &[(der::asn1::ObjectIdentifier, bool)]) -> Vec<String> {
    found
        .iter()
        .map(|(id, critical)| {
            let critical = if *critical { " (critical)" } else { "" };
            format!("{}{critical}", oid::name_of(id))
        })
        .collect()
}

fn certificate(id: &CertId) -> View {
    let hash = id.hash().map_or_else(|| id.algorithm().to_string(), |hash| hash.to_string());
    View::default()
        .row("serial", hex::encode_upper(id.serial_octets()))
        .row("issuer named by", hash)
        .row("hash of its name", hex::encode_upper(id.name_hash()))
        .row("hash of its key", hex::encode_upper(id.key_hash()))
}

fn answer(single: &Single) -> View {
    let (since, reason) = match single.status {
        CertStatus::Revoked { at, reason } => (Some(at.to_string()), reason.map(reason_name)),
        CertStatus::Good | CertStatus::Unknown => (None, None),
    };
    let next = single.next_update.map_or_else(|| "none".to_owned(), |time| time.to_string());
    certificate(&single.certificate)
        .row("status", single.status.word())
        .maybe("revoked at", since)
        .maybe("reason", reason)
        .row("this update", single.this_update.to_string())
        .row("next update", next)
        .maybe("archive cutoff", single.archive_cutoff.map(|time| time.to_string()))
}

fn enclosed(der: &[u8]) -> View {
    match Certificate::from_der(der) {
        Ok(certificate) => View::default()
            .row("subject", certificate.subject().to_string())
            .row("issuer", certificate.issuer().to_string())
            .row("serial", certificate.serial().to_string())
            .row("not after", certificate.not_after().to_string())
            .row("SHA-256", certificate.sha256()),
        Err(error) => View::default().row("unreadable", error.to_string()),
    }
}
