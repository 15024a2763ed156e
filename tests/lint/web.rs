//! Sound objects by the Baseline Requirements: a root, a CA below it, a TLS server, a responder.
//!
//! They are the private ones of `base`, with what the closed community wants instead.

use keyrite::lint::CertificateContext;

use crate::base::*;

/// A root of the web: a name with C, O and CN, no limit of the path length.
pub(crate) fn web_root() -> Case<CertificateContext> {
    root().extension_value("2.5.29.19", "30030101ff")
}

/// A CA for TLS below it: purposes, policies, distribution point and information access.
pub(crate) fn web_ca() -> Case<CertificateContext> {
    ca().without("2.5.29.30")
        .with("2.5.29.37", false, SERVER_AUTH)
        .with("2.5.29.32", false, "300a3008 0606 67810c010201")
        .with("2.5.29.31", false, &distribution_point("http://ca.example.test/root.crl"))
        .with("1.3.6.1.5.5.7.1.1", false, &ca_issuers("http://ca.example.test/root.cer"))
}

/// A TLS server: host names and addresses alone, and purposes.
pub(crate) fn web_leaf() -> Case<CertificateContext> {
    let names = [
        general_name(0x82, b"www.example.test"),
        general_name(0x82, b"*.example.test"),
        general_name(0x82, b"xn--bcher-kva.example.test"),
        general_name(0x87, &[192, 0, 2, 1]),
    ];
    leaf()
        .extension("2.5.29.17", |extension| {
            set_value(extension, &crate::node::Node::Members(0x30, names.to_vec()).der());
        })
        .extension_value("2.5.29.32", "300a3008 0606 67810c010201")
}

/// A responder for OCSP: that purpose alone, and no status of its own.
pub(crate) fn responder() -> Case<CertificateContext> {
    leaf()
        .without("2.5.29.17")
        .without("2.5.29.31")
        .without("2.5.29.32")
        .without("1.3.6.1.5.5.7.1.1")
        .extension_value("2.5.29.37", OCSP_SIGNING)
        .with("1.3.6.1.5.5.7.48.1.5", false, "0500")
}

/// extKeyUsage with serverAuth.
pub(crate) const SERVER_AUTH: &str = "300a 0608 2b06010505070301";
/// extKeyUsage with OCSPSigning.
pub(crate) const OCSP_SIGNING: &str = "300a 0608 2b06010505070309";

/// One name, by its tag.
pub(crate) fn general_name(tag: u8, contents: &[u8]) -> crate::node::Node {
    crate::node::value(tag, contents)
}

fn nested(tags: &[u8], inside: crate::node::Node) -> String {
    let whole = tags.iter().rev().fold(inside, |node, tag| crate::node::Node::Members(*tag, vec![node]));
    hex::encode(whole.der())
}

/// cRLDistributionPoints with one URI.
pub(crate) fn distribution_point(uri: &str) -> String {
    nested(&[0x30, 0x30, 0xa0, 0xa0], crate::node::value(0x86, uri.as_bytes()))
}

/// authorityInfoAccess with one location of the issuer's certificate.
pub(crate) fn ca_issuers(uri: &str) -> String {
    access("2b06010505073002", crate::node::value(0x86, uri.as_bytes()))
}

/// authorityInfoAccess with one method and one location.
pub(crate) fn access(method: &str, location: crate::node::Node) -> String {
    let method = crate::node::value(0x06, &crate::node::octets(method));
    let one = crate::node::Node::Members(0x30, vec![method, location]);
    hex::encode(crate::node::Node::Members(0x30, vec![one]).der())
}
