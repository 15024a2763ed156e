//! `crl issue`.

use std::path::PathBuf;

use keyrite::authority::output::{self, Access};
use keyrite::authority::system::SystemClock;
use keyrite::authority::{Authority, Error, Issuer, crl};
use keyrite::store::{self, CaName};
use keyrite::x509::crl::Crl;
use keyrite::x509::pem;
use keyrite::x509::signed::Kind as _;
use keyrite::x509::time::Duration;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::Answer;
use crate::view::{Value, View};
use crate::{approval, configuration, ledger, own, rescue, signing};

/// Issue the next CRL of a CA
///
/// It names every revoked certificate that has not expired, and one that has expired once more. Its number is
/// greater than every number before it, whatever became of those.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite crl issue --ca root --next-update 180d --out root.crl")]
pub(crate) struct Args {
    /// The CA
    #[arg(long, value_name = "NAME")]
    ca: CaName,

    /// How long until the next CRL; without it, as configured, else 30d
    #[arg(long, value_name = "D")]
    next_update: Option<Duration>,

    /// Write the CRL to a new file; without it, into the configured directory
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// der or pem
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Der, hide_possible_values = true)]
    format: Format,
}

/// How a CRL is written. Relying parties fetch DER (RFC 5280 s.4.2.1.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Der,
    Pem,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let settings = configuration::load(context)?;
        let mut store = ledger::write(context)?;
        let ca = store.ca(&self.ca)?;
        let signature = settings.signature(&self.ca, ca.public_key.algorithm())?;
        let authority = Authority::of(&ca, Some(signature)).map_err(Error::from)?;
        if let Some(path) = &self.out {
            output::preview(path)?;
        }
        let directory = settings.output(&self.ca);
        if self.out.is_none() && directory.is_none() {
            return Err(Failure::new(Exit::Usage, "no place for the CRL").hint(format!(
                "give --out FILE, or output = \"DIR\" under [ca.{}] in keyrite.toml",
                self.ca
            )));
        }
        if let (None, Some(directory)) = (&self.out, &directory) {
            // Any new name will do: it is the directory that must be there and writable.
            output::preview(&directory.join(".keyrite"))?;
        }

        let clock = SystemClock;
        let length = self.next_update.unwrap_or_else(|| settings.ca(&self.ca).next_update());
        let draft = || -> Result<_, Failure> {
            let now = clock.now();
            // nextUpdate is a last second, as notAfter is: both ends count.
            let end = length.last_second_from(now).map_err(|error| Failure::of(Exit::Usage, &error))?;
            Ok((now, end))
        };
        let (now, end) = draft()?;
        let mut drafted = crl::draft(&mut store, &authority, now, end)?;
        let mut hand =
            signing::hand(context, &mut store, &authority, &settings.key(&self.ca, authority.key_uri())?)?;
        approval::ask(context, "this CRL", &approval::crl(&drafted, &authority))?;
        let mut issuer = Issuer::join(&authority, &mut hand.signer).map_err(Error::from)?;
        let issued = loop {
            match crl::issue(&mut store, &mut issuer, drafted, &clock) {
                // Another process was quicker. Whoever approved a CRL approved that one, so only a script
                // gets the next one unasked.
                Err(Error::Reserve(
                    store::Error::RevocationsChanged { .. }
                    | store::Error::CrlNumberUsed { .. }
                    | store::Error::CrlGoesBack { .. },
                )) if context.global().yes => {
                    let (now, end) = draft()?;
                    drafted = crl::draft(&mut store, &authority, now, end)?;
                }
                result => {
                    break result
                        .map_err(|error| rescue::keep(error, &rescue::directory(self.out.as_deref())))?;
                }
            }
        };

        let number = issued.number()?.to_string();
        let path = match (self.out, directory) {
            (Some(path), _) => path,
            (None, directory) => directory.unwrap_or_default().join(format!("{}-{number}.crl", self.ca)),
        };
        let contents = match self.format {
            Format::Der => issued.as_der().to_vec(),
            Format::Pem => pem::encode(Crl::PEM_LABEL, issued.as_der()).into_bytes(),
        };
        own::publish(&path, &contents, Access::Public, "CRL", &number)?;
        let (this_update, next_update, revoked) = summary(&issued)?;
        let view = View::default()
            .row("CA", self.ca.to_string())
            .row("number", number)
            .row("this update", this_update)
            .row("next update", next_update)
            .row("revoked", revoked)
            .row("CRL", View::default().row("SHA-256", Value::in_hex(issued.sha256())))
            .row("written", path.display().to_string());
        Ok(Answer::new(view))
    }
}

/// thisUpdate, nextUpdate and the number of entries of what was signed.
fn summary(issued: &store::Issued<Crl>) -> Result<(String, String, usize), Failure> {
    let crl = Crl::from_der(issued.as_der())?;
    let next = crl.next_update().map_or_else(|| "none".to_owned(), |time| time.to_string());
    Ok((crl.this_update().to_string(), next, crl.revoked().len()))
}
