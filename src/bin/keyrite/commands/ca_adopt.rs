//! `ca adopt`.

use std::path::PathBuf;

use keyrite::authority::adopt;
use keyrite::authority::system::SystemClock;
use keyrite::store::{CaName, NewCa};
use keyrite::x509::crl::Crl;

use super::ca_install;
use crate::attestation::AttestationArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::render::Answer;
use crate::safe_text::Page;
use crate::{certificates, input, ledger, own, profiles, session, signing, view};

/// Take over a CA that exists already, with its key in the token
///
/// The key must be that of the certificate, shown by a signature. With its last CRL the numbers of its CRLs go on,
/// and what is revoked stays revoked.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  keyrite ca adopt old --key 'pkcs11:token=old;object=old-ca' --certificate old.pem --crl old.crl"
)]
pub(crate) struct Args {
    /// What the CA is called in this home
    #[arg(value_name = "NAME")]
    name: CaName,

    /// The key, as an RFC 7512 URI
    #[arg(long, value_name = "URI")]
    key: String,

    /// Its certificate, in PEM or DER
    #[arg(long, value_name = "CERT")]
    certificate: PathBuf,

    /// The certificates above it, in any order
    #[arg(long, value_name = "FILE")]
    chain: Option<PathBuf>,

    /// The last CRL that it issued; only a CA that has never issued one is taken over without it
    #[arg(long, value_name = "FILE")]
    crl: Option<PathBuf>,

    /// The name of the profile under which it is listed
    #[arg(long, value_name = "PROFILE", default_value = profiles::ADOPTED)]
    profile: String,

    #[command(flatten)]
    attestation: AttestationArgs,
}

/// The largest CRL that is taken in, in octets.
const CRL_OCTETS: usize = 256 * 1024 * 1024;

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let uri = session::uri(&self.key)?;
        let demand = self.attestation.demand(context)?;
        let certificate = certificates::read(&self.certificate)?;
        let mut chain = certificates::chain(self.chain.as_deref())?;
        let crl = self
            .crl
            .as_deref()
            .map(|path| {
                let octets = input::read(path, CRL_OCTETS)?;
                Crl::read(&octets).map_err(|error| Failure::from(error).about(path))
            })
            .transpose()?;
        let mut store = ledger::write(context)?;
        own::name_is_free(&store, &self.name)?;
        for ca in store.cas()? {
            chain.extend(ca.certificate.into_iter().chain(ca.path));
        }
        if crl.is_none() {
            // What another program has signed under the number 1 would be signed again, for other certificates.
            let mut page = Page::on_terminal();
            page.line(
                "Without --crl the numbers of its CRLs begin at 1, and nothing that it has revoked is known.",
            );
            let question = "This CA will be taken over as one that has never issued a CRL.";
            context.terminal().confirm(context.global().yes, &page, question, "adopt")?;
        }
        let found = signing::find(context, &mut store, &uri, certificate.public_key().ok().as_ref())?;
        own::key_is_free(&store, &self.name, &found.public_key)?;
        let new = NewCa {
            name: self.name.clone(),
            key_uri: found.key.uri.to_string(),
            profile: self.profile,
            subject: certificate.subject().clone(),
            public_key: found.public_key.clone(),
        };
        let attestation = found.attested(&mut store, demand.as_ref())?;
        // The signature that proves the pair: a public half alone could be anybody's.
        drop(found.take(&mut store)?);
        let standing = adopt::adopt(&mut store, &new, &certificate, &chain, crl.as_ref(), &SystemClock)?;
        let attestation = demand.as_ref().zip(attestation.as_ref());
        let attested = attestation.map(|(demand, found)| demand.write(found)).transpose()?.flatten();
        let view = ca_install::view(&self.name, &certificate, &standing)
            .maybe("attestation", attestation.map(|(_, found)| view::attestation(found)))
            .maybe("attestation written", attested);
        Ok(Answer::new(view))
    }
}
