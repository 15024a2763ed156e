//! `crl issue`.

use std::io::Read;
use std::path::{Path, PathBuf};

use keyrite::authority::crl::CrlDraft;
use keyrite::authority::output::{self, Access};
use keyrite::authority::system::SystemClock;
use keyrite::authority::{Authority, Error, Issuer, crl};
use keyrite::store::{self, CaName, IssuedCrl, Store};
use keyrite::x509::crl::Crl;
use keyrite::x509::pem;
use keyrite::x509::signed::Kind as _;
use keyrite::x509::time::{Duration, Time};

use super::crl_show;
use crate::configuration::Settings;
use crate::context::Context;
use crate::crls::{self, Listed, Wanted};
use crate::failure::{Exit, Failure};
use crate::notice::notice;
use crate::progress::Progress;
use crate::render::Answer;
use crate::view::{Value, View};
use crate::{approval, configuration, ledger, own, profiles, rescue, signing};

/// Issue the next CRLs of a CA
///
/// A CRL names every revoked certificate that has not expired, and one that has expired once more. Its number is
/// greater than every number before it, whatever became of those. It is held against the previous one: nothing that
/// this said is taken back.
///
/// A CA has one CRL for everything, or several by the sections [ca.NAME.crls.SERIES] of keyrite.toml: for users and for
/// CAs, in partitions, with delta CRLs. Without --crl, all of them are issued.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyrite crl issue --ca root --next-update 180d --out root.crl
  keyrite crl issue --ca tls --crl users-2
  keyrite crl issue --ca tls --delta")]
pub(crate) struct Args {
    /// The CA
    #[arg(long, value_name = "NAME")]
    ca: CaName,

    /// Only one of several CRLs: the name of a series, or that of a partition, such as users-2
    #[arg(long, value_name = "SERIES")]
    crl: Option<String>,

    /// Delta CRLs: what has changed since the complete ones
    #[arg(long)]
    delta: bool,

    /// How long until the next CRL; without it, as configured, else 30d
    #[arg(long, value_name = "D")]
    next_update: Option<Duration>,

    /// The last CRL of a CA: it never expires. Every certificate must be revoked or expired
    #[arg(long, conflicts_with_all = ["next_update", "delta"])]
    last: bool,

    /// The newest CRL in use, if it was made elsewhere: nothing that it says is taken back
    #[arg(long, value_name = "FILE")]
    previous: Option<PathBuf>,

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
        let config = &settings.ca(&self.ca);
        let wanted = Wanted { label: self.crl.as_deref(), delta: self.delta };
        let listed = crls::wanted(&self.ca, config, &wanted)?;
        let directory = self.directory(&settings, listed.len())?;
        let previous = self.previous.as_deref().map(crl_show::read).transpose()?;
        if previous.is_some() && listed.len() > 1 {
            return Err(Failure::new(Exit::Usage, "--previous with several CRLs")
                .hint("name the one that it comes before with --crl"));
        }
        let clock = SystemClock;
        if self.last {
            self.nothing_is_left(&store, clock.now())?;
        }
        let standards = profiles::standards(context, &ca.profile);
        let draft = |store: &mut Store, one: &Listed, ahead: u64| -> Result<CrlDraft, Failure> {
            let now = clock.now();
            let end = if self.last {
                Time::NO_EXPIRATION
            } else {
                // nextUpdate is a last second, as notAfter is: both ends count.
                let length = self.next_update.unwrap_or_else(|| one.length(config));
                length.last_second_from(now).map_err(|error| Failure::of(Exit::Usage, &error))?
            };
            let plan = one.plan((now, end), &standards, previous.as_ref());
            let progress = Progress::count("collecting");
            Ok(crl::draft(store, &authority, &plan, ahead, &mut |count| progress.reach(count))?)
        };
        let mut drafts = Vec::new();
        for (ahead, one) in (0..).zip(&listed) {
            drafts.push((one, draft(&mut store, one, ahead)?));
        }
        let mut hand =
            signing::hand(context, &mut store, &authority, &settings.key(&self.ca, authority.key_uri())?)?;
        let (what, view) = shown(&drafts, &authority);
        let digests: Vec<[u8; 32]> = drafts.iter().map(|(_, draft)| draft.linted().sha256()).collect();
        approval::ask(context, &what, &view, &digests)?;
        let mut issuer = Issuer::join(&authority, &mut hand.signer).map_err(Error::from)?;
        let mut written: Vec<View> = Vec::new();
        let mut told: Vec<String> = Vec::new();
        // Those before are out, whatever becomes of the next.
        let after = |failure: Failure, told: &[String]| told.iter().cloned().fold(failure, Failure::because);
        for (one, mut drafted) in drafts {
            let (facts, issued) = loop {
                let facts = facts(one, &drafted);
                match crl::issue(&mut store, &mut issuer, drafted, &clock) {
                    // Another process was quicker. Whoever approved a CRL approved that one, so only a script
                    // gets the next one unasked.
                    Err(Error::Reserve(
                        store::Error::RevocationsChanged { .. }
                        | store::Error::CrlNumberUsed { .. }
                        | store::Error::CrlGoesBack { .. },
                    )) if context.global().yes => {
                        drafted = draft(&mut store, one, 0).map_err(|failure| after(failure, &told))?;
                    }
                    result => {
                        let issued = result.map_err(|error| {
                            after(rescue::keep(error, &rescue::directory(self.out.as_deref())), &told)
                        })?;
                        break (facts, issued);
                    }
                }
            };
            let (path, view) = self
                .publish(&store, one, (&issued, facts), directory.as_deref())
                .map_err(|failure| after(failure, &told))?;
            told.push(format!("CRL {} came before and is in {}", issued.number()?, path.display()));
            written.push(view);
        }
        for point in crls::unserved(config, store.points_in_use(&self.ca, clock.now())?) {
            notice(&format!(
                "warning: {} unexpired certificates name {}, and no CRL of [ca.{}] is found there",
                point.certificates,
                point.uris.join(", "),
                self.ca
            ));
        }
        let mut written = written.into_iter();
        Ok(Answer::new(match (written.next(), written.len()) {
            (Some(one), 0) => View::default().row("CA", self.ca.to_string()).and(one),
            (first, _) => View::default()
                .row("CA", self.ca.to_string())
                .row("CRLs", first.into_iter().chain(written).collect::<Vec<_>>()),
        }))
    }

    /// The directory for what no `--out` names; looked at before anybody is asked for a PIN.
    fn directory(&self, settings: &Settings, number: usize) -> Result<Option<PathBuf>, Failure> {
        if let Some(path) = &self.out {
            if number > 1 {
                return Err(Failure::new(Exit::Usage, format!("--out for {number} CRLs")).hint(format!(
                    "name one with --crl, or give output = \"DIR\" under [ca.{}] in keyrite.toml",
                    self.ca
                )));
            }
            output::preview(path)?;
            return Ok(None);
        }
        let directory = settings.output(&self.ca).ok_or_else(|| {
            Failure::new(Exit::Usage, "no place for the CRL")
                .hint(format!("give --out FILE, or output = \"DIR\" under [ca.{}] in keyrite.toml", self.ca))
        })?;
        // Any new name will do: it is the directory that must be there and writable.
        output::preview(&directory.join(".keyrite"))?;
        Ok(Some(directory))
    }

    /// After its last CRL a CA says nothing more.
    fn nothing_is_left(&self, store: &Store, now: Time) -> Result<(), Failure> {
        let left = store.unrevoked(&self.ca, now)?;
        if left == 0 {
            return Ok(());
        }
        let message = format!("{left} certificates of CA {} are neither revoked nor expired", self.ca);
        Err(Failure::new(Exit::Refused, message)
            .hint("revoke them first: after the last CRL nobody can be told"))
    }

    fn publish(
        &self,
        store: &Store,
        one: &Listed,
        (issued, facts): (&IssuedCrl, View),
        directory: Option<&Path>,
    ) -> Result<(PathBuf, View), Failure> {
        let number = issued.number()?.to_string();
        let path = match (&self.out, directory) {
            (Some(path), _) => path.clone(),
            (None, directory) => one.file(directory.unwrap_or(Path::new(".")), &self.ca, &number),
        };
        let octets = store.issued_crl_octets(issued)?;
        let mut contents: Box<dyn Read> = match self.format {
            Format::Der => Box::new(octets),
            Format::Pem => Box::new(pem::Encoder::new(Crl::PEM_LABEL, octets)),
        };
        own::publish_from(&path, &mut contents, Access::Public, "CRL", &number)?;
        let view = facts
            .row("CRL", View::default().row("SHA-256", Value::in_hex(issued.sha256())))
            .row("written", path.display().to_string());
        Ok((path, view))
    }
}

/// What a CRL says that is about to be issued.
fn facts(one: &Listed, draft: &CrlDraft) -> View {
    let label = one.label();
    View::default()
        .maybe("series", (!label.is_empty()).then_some(label))
        .row("number", draft.number().to_string())
        .maybe("delta to", draft.base().map(|base| base.to_string()))
        .row("this update", draft.this_update().to_string())
        .row("next update", draft.next_update().to_string())
        .row("revoked", draft.revoked().count)
}

/// What will be signed, for whoever approves it.
pub(crate) fn shown(drafts: &[(&Listed, CrlDraft)], authority: &Authority) -> (String, View) {
    if let [(_, draft)] = drafts {
        return ("this CRL".to_owned(), approval::crl(draft, authority));
    }
    let each = |view: View, (one, draft): &(&Listed, CrlDraft)| {
        view.row(format!("CRL {}", one.label()), approval::crl(draft, authority))
    };
    (format!("these {} CRLs", drafts.len()), drafts.iter().fold(View::default(), each))
}
