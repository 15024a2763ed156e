//! `bundle request`.

use std::path::PathBuf;

use keyrite::authority::system::SystemClock;
use keyrite::exchange::{AskedRevocation, CaReference, RequestManifest, is_requester_name};
use keyrite::policy::Length;
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::time::Duration;

use crate::context::Context;
use crate::exchange::asking;
use crate::failure::{Exit, Failure};
use crate::render::Answer;
use crate::{certificates, session};

/// Ask a CA that has no network: put requests into a signed bundle
///
/// The bundle is a directory for a removable medium. It names the CA by its certificate or key identifier, so that no
/// other CA answers it, and who asks. A key of a token signs it, which the CA knows under the name of the requester
/// (keyrite.toml).
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite bundle request www.csr mail.csr --ca issuing --ca-certificate issuing.pem --profile tls-server --requester web-team --sign-with 'pkcs11:token=web-team' --out request\n  keyrite bundle request --ca root --ca-certificate root.pem --requester web-team --revoke 4C0FFEE1:superseded --crl --sign-with 'pkcs11:token=web-team' --out request"
)]
pub(crate) struct Args {
    /// The requests in PEM or DER
    #[arg(value_name = "CSR", requires = "profile")]
    requests: Vec<PathBuf>,

    /// The CA that is asked, as it is called in its home
    #[arg(long, value_name = "NAME", value_parser = name)]
    ca: String,

    /// The certificate of the CA
    #[arg(long, value_name = "FILE", required_unless_present = "key_id")]
    ca_certificate: Option<PathBuf>,

    /// The key identifier of the CA in hex, where its certificate is not at hand
    #[arg(long, value_name = "HEX", conflicts_with = "ca_certificate")]
    key_id: Option<String>,

    /// The profile of the certificates
    #[arg(long, value_name = "P", requires = "requests")]
    profile: Option<String>,

    /// Who asks: the name under which the CA knows the key that signs
    #[arg(long, value_name = "NAME", value_parser = name)]
    requester: String,

    /// How long the certificates are to be valid; without it, as the profile says
    #[arg(long, value_name = "D", requires = "requests")]
    valid_for: Option<Length>,

    /// For how long the bundle may be answered; without it, for ever
    #[arg(long, value_name = "D")]
    expires_in: Option<Duration>,

    /// Ask for the revocation of a certificate of the CA: its serial number in hex and a reason; may be given several
    /// times
    #[arg(long, value_name = "SERIAL:REASON", value_parser = revocation)]
    revoke: Vec<AskedRevocation>,

    /// Ask for a fresh CRL
    #[arg(long)]
    crl: bool,

    /// Ask for OCSP responses about the certificates
    #[arg(long, requires = "requests")]
    ocsp: bool,

    /// Sign the bundle with this key of a token
    #[arg(long, value_name = "URI")]
    sign_with: String,

    /// Write the bundle into a new directory
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

fn name(text: &str) -> Result<String, String> {
    if is_requester_name(text) {
        return Ok(text.to_owned());
    }
    Err("wanted 1 to 64 of a-z 0-9 . _ -, beginning with a letter or digit".to_owned())
}

fn revocation(text: &str) -> Result<AskedRevocation, String> {
    let wanted = || "wanted a serial number in hex and a reason, such as 4C0FFEE1:superseded".to_owned();
    let (serial, reason) = text.rsplit_once(':').ok_or_else(wanted)?;
    let serial: SerialNumber = serial.parse().map_err(|_| wanted())?;
    let asked = AskedRevocation { serial: serial.to_string(), reason: reason.to_owned() };
    if asked.read().is_some() { Ok(asked) } else { Err(wanted()) }
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let uri = session::uri(&self.sign_with)?;
        let ca = match &self.ca_certificate {
            Some(path) => CaReference::of(&self.ca, &certificates::read(path)?),
            None => CaReference {
                name: self.ca.clone(),
                key_id: self.key_id.as_ref().map(|id| id.replace([':', ' '], "").to_ascii_lowercase()),
                certificate_sha256: None,
            },
        };
        let now = SystemClock.now();
        let mut manifest = RequestManifest::new(asking::new_id()?, ca, self.requester, now);
        manifest.profile = self.profile;
        manifest.validity = self.valid_for.map(|length| length.to_string());
        let end = self.expires_in.map(|length| length.last_second_from(now)).transpose();
        let end = end.map_err(|error| Failure::of(Exit::Usage, &error))?;
        manifest.expires_at = end.map(|end| end.to_string());
        manifest.revocations = self.revoke;
        manifest.crl = self.crl;
        manifest.ocsp = self.ocsp;
        asking::ask(context, manifest, &self.requests, &uri, &self.out)
    }
}
