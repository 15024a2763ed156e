//! The judges: each says of a certificate whether it is good now, for a purpose, and not revoked.

use std::time::{Duration, SystemTime};

use keyrite::x509::certificate::Certificate;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::{
    ALL_VERIFICATION_ALGS, CertRevocationList, EndEntityCert, ExpirationPolicy, KeyUsage,
    OwnedCertRevocationList, RevocationCheckDepth, RevocationOptionsBuilder, UnknownStatusPolicy,
    anchor_from_trusted_cert,
};

use super::home::{HOST, Home, Scheme};

/// For what a certificate is to be good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Server,
    Client,
}

/// Every judge's name and what it says: nothing when it accepts. Only those judge who know the algorithm.
pub(crate) fn all(
    home: &Home,
    certificate: &str,
    purpose: Purpose,
) -> Vec<(&'static str, Result<(), String>)> {
    let scheme = home.scheme();
    let mut verdicts = vec![("openssl", openssl(home, certificate, purpose))];
    if knows("certtool", scheme) {
        verdicts.push(("certtool", certtool(home, certificate, purpose)));
    }
    if knows("webpki", scheme) {
        let verdict = webpki(home, (certificate, HOST), purpose, ["root.crl", "issuing.crl"])
            .map_err(|error| format!("{error:?}"));
        verdicts.push(("webpki", verdict));
    }
    verdicts
}

/// Whether a judge can verify such signatures: GnuTLS 3.7 and webpki no ML-DSA, webpki no Ed448 either.
pub(crate) fn knows(judge: &str, scheme: &Scheme) -> bool {
    let ml_dsa = scheme.algorithm.starts_with("ml-dsa");
    match judge {
        "certtool" => !ml_dsa,
        "webpki" => !ml_dsa && scheme.algorithm != "ed448",
        _ => true,
    }
}

fn verdict((accepted, said): (bool, String)) -> Result<(), String> {
    if accepted { Ok(()) } else { Err(said) }
}

fn openssl(home: &Home, certificate: &str, purpose: Purpose) -> Result<(), String> {
    let purpose: &[&str] = match purpose {
        Purpose::Server => &["-purpose", "sslserver", "-verify_hostname", HOST],
        Purpose::Client => &["-purpose", "sslclient"],
    };
    let strict = ["verify", "-x509_strict", "-check_ss_sig", "-policy_check", "-crl_check_all"];
    let files = ["-CAfile", "root.pem", "-untrusted", "issuing.pem", "-CRLfile", "crls.pem", certificate];
    verdict(home.run("openssl", &[&strict[..], purpose, &files].concat()))
}

fn certtool(home: &Home, certificate: &str, purpose: Purpose) -> Result<(), String> {
    let chain = [home.read(certificate), home.read("issuing.pem")].concat();
    home.write("chain.pem", chain);
    let purpose: &[&str] = match purpose {
        Purpose::Server => &["--verify-hostname", HOST, "--verify-purpose", "1.3.6.1.5.5.7.3.1"],
        Purpose::Client => &["--verify-purpose", "1.3.6.1.5.5.7.3.2"],
    };
    let files =
        ["--verify", "--load-ca-certificate", "root.pem", "--load-crl", "crls.pem", "--infile", "chain.pem"];
    verdict(home.run("certtool", &[&files[..], purpose].concat()))
}

/// webpki on a certificate and its host, by the CRLs of these files, in DER: of the root and of the issuing CA.
pub(crate) fn webpki(
    home: &Home,
    (certificate, host): (&str, &str),
    purpose: Purpose,
    crls: [&str; 2],
) -> Result<(), webpki::Error> {
    let der =
        |name: &str| CertificateDer::from(Certificate::read(&home.read(name)).unwrap().as_der().to_vec());
    let (root, issuing, leaf) = (der("root.pem"), der("issuing.pem"), der(certificate));
    let anchors = [anchor_from_trusted_cert(&root)?];
    let read = |name: &str| OwnedCertRevocationList::from_der(&home.read(name)).map(CertRevocationList::from);
    let crls = [read(crls[0])?, read(crls[1])?];
    let lists = [&crls[0], &crls[1]];
    let revocation = RevocationOptionsBuilder::new(&lists)
        .unwrap()
        .with_depth(RevocationCheckDepth::Chain)
        .with_status_policy(UnknownStatusPolicy::Deny)
        .with_expiration_policy(ExpirationPolicy::Enforce)
        .build();
    let end_entity = EndEntityCert::try_from(&leaf)?;
    let usage = match purpose {
        Purpose::Server => KeyUsage::server_auth(),
        Purpose::Client => KeyUsage::client_auth(),
    };
    let path = [issuing];
    end_entity.verify_for_usage(
        ALL_VERIFICATION_ALGS,
        &anchors,
        &path,
        now(),
        usage,
        Some(revocation),
        None,
    )?;
    match purpose {
        Purpose::Server => end_entity.verify_is_valid_for_subject_name(&ServerName::try_from(host).unwrap()),
        Purpose::Client => Ok(()),
    }
}

#[expect(clippy::disallowed_methods, reason = "a judge of what is valid now")]
fn now() -> UnixTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    UnixTime::since_unix_epoch(Duration::from_secs(since.as_secs()))
}
