//! A sound OCSP response, and ways to change it.

use keyrite::lint::{self, IssuerFacts, Report};
use keyrite::x509::standard::Standard;

use crate::base::*;
use crate::node::{Node, raw, value};

/// Fields of ResponseData by their place.
pub(crate) const RESPONDER: usize = 0;
pub(crate) const PRODUCED_AT: usize = 1;
pub(crate) const RESPONSES: usize = 2;
/// Fields of SingleResponse by their place.
pub(crate) const STATUS: usize = 1;
pub(crate) const THIS_UPDATE: usize = 2;
pub(crate) const NEXT_UPDATE: usize = 3;

const ECDSA: &str = "300a06082a8648ce3d040302";
const GENERALIZED: u8 = 0x18;

/// A response of the intermediate CA itself about one certificate that is good.
pub(crate) struct Response {
    pub(crate) data: Node,
    pub(crate) certificates: Vec<Node>,
    pub(crate) issuer: Option<IssuerFacts>,
    pub(crate) standards: Vec<Standard>,
}

/// A time as GeneralizedTime.
pub(crate) fn generalized(text: &str) -> Node {
    value(GENERALIZED, text.as_bytes())
}

/// An answer about a serial number, with this status.
pub(crate) fn answer(serial: u8, status: Node) -> Node {
    let hash = || value(0x04, &[0x5a; 20]);
    let id = vec![raw("300906052b0e03021a0500"), hash(), hash(), value(0x02, &[0x40, serial])];
    let next = Node::Members(0xa0, vec![generalized("20261124095959Z")]);
    Node::Members(0x30, vec![Node::Members(0x30, id), status, generalized("20261121100000Z"), next])
}

/// The status of a certificate that is not revoked.
pub(crate) fn good() -> Node {
    value(0x80, &[])
}

/// The status of one that is, with the contents of revocationReason.
pub(crate) fn revoked(reason: &str) -> Node {
    let reason = Node::Members(0xa0, vec![raw(reason)]);
    Node::Members(0xa1, vec![generalized("20261120080000Z"), reason])
}

pub(crate) fn response() -> Response {
    let issuer = intermediate_facts();
    let responder = Node::Members(0xa1, vec![Node::Raw(issuer.subject.as_der().to_vec())]);
    let responses = Node::Members(0x30, vec![answer(1, good())]);
    let nonce = extension("1.3.6.1.5.5.7.48.1.2", false, &value(0x04, &[0x33; 32]).der());
    let extensions = Node::Members(0xa1, vec![Node::Members(0x30, vec![nonce])]);
    Response {
        data: Node::Members(0x30, vec![responder, generalized("20261121100000Z"), responses, extensions]),
        certificates: Vec::new(),
        issuer: Some(issuer),
        standards: Vec::new(),
    }
}

impl Response {
    pub(crate) fn edit(mut self, change: impl FnOnce(&mut Node)) -> Self {
        change(&mut self.data);
        self
    }

    /// The only answer.
    pub(crate) fn answer(self, change: impl FnOnce(&mut Node)) -> Self {
        self.edit(|data| change(data.at(RESPONSES).at(0)))
    }

    pub(crate) fn webpki(mut self) -> Self {
        self.standards.push(Standard::WebPki);
        self
    }

    /// By a responder with this certificate, which names itself.
    pub(crate) fn by(mut self, certificate: &Case<lint::CertificateContext>) -> Self {
        let mut tbs = certificate.tbs.clone();
        *self.data.at(RESPONDER) = Node::Members(0xa1, vec![tbs.at(SUBJECT).clone()]);
        self.certificates.push(Node::Raw(certificate.signed()));
        self
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        let mut basic = vec![self.data.clone(), raw(ECDSA), value(0x03, &[0, 0x30, 0x00])];
        if !self.certificates.is_empty() {
            basic.push(Node::Members(0xa0, vec![Node::Members(0x30, self.certificates.clone())]));
        }
        let basic = Node::Members(0x30, basic).der();
        let bytes = Node::Members(0x30, vec![raw("06092b0601050507300101"), value(0x04, &basic)]);
        Node::Members(0x30, vec![value(0x0a, &[0]), Node::Members(0xa0, vec![bytes])]).der()
    }

    pub(crate) fn report(&self) -> Report {
        lint::inspect_ocsp(&self.der(), self.issuer.as_ref(), &self.standards)
    }
}
