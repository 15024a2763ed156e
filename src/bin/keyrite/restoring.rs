//! A copy of a home put in place: what `restore` and `import home` have in common.

use std::path::{Path, PathBuf};

use keyrite::audit::KnownHead;
use keyrite::authority::restore::{self, BroughtUp, Evidence, Recorded};
use keyrite::authority::system::SystemClock;
use keyrite::store::{CaName, Place, Restoration, ShownBy};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::crl::Crl;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::safe_text::Page;
use crate::view::{Value, View};
use crate::{home_files, input};

/// What shows how far the home had come.
#[derive(Debug, clap::Args)]
pub(crate) struct EvidenceArgs {
    /// A head of the home's audit log from paper, as hex digits or as words: the last one shows that nothing is lost
    #[arg(long, value_name = "HEAD")]
    head: Option<KnownHead>,

    /// The CRL that a CA has published last; give one for each CA
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,

    /// A CA that has never published a CRL; may be given several times
    #[arg(long, value_name = "NAME")]
    no_crl: Vec<CaName>,

    /// Take in the certificates in this directory that the home's CAs have issued since
    #[arg(long, value_name = "DIR")]
    certificates: Option<PathBuf>,

    /// Move what is in the home aside, into a directory replaced-N in it
    #[arg(long)]
    replace: bool,

    /// Restore even to a network file system, where nothing but care keeps two machines from working at once
    #[arg(long)]
    network_file_system: bool,
}

/// The largest CRL that is read, in octets.
const CRL_OCTETS: usize = 256 * 1024 * 1024;
/// The largest certificate that is read, in octets.
const CERTIFICATE_OCTETS: usize = 1024 * 1024;

impl EvidenceArgs {
    /// Where the copy is to become a home.
    pub(crate) const fn place<'a>(&self, home: &'a Path) -> Place<'a> {
        Place { home, replace: self.replace, network_file_system: self.network_file_system }
    }

    fn read(&self) -> Result<Evidence, Failure> {
        let mut crls = Vec::new();
        for path in &self.crl {
            let octets = input::read(path, CRL_OCTETS)?;
            crls.push(Crl::read(&octets).map_err(|error| Failure::from(error).about(path))?);
        }
        let mut certificates = Vec::new();
        for path in self.certificates.as_deref().map(files).transpose()?.unwrap_or_default() {
            let octets = input::read(&path, CERTIFICATE_OCTETS)?;
            // What is no certificate may lie beside them.
            certificates.extend(Certificate::read(&octets).ok());
        }
        Ok(Evidence { head: self.head, crls, without_crl: self.no_crl.clone(), certificates })
    }
}

fn files(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Usage, "the directory cannot be read").caused_by(&error).about(directory)
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// Brings a copy up to date, asks, and puts it in place.
///
/// # Errors
/// A [`Failure`]: the home is as it was, or the same command can be given again.
pub(crate) fn put_in_place(
    context: &Context,
    mut copy: Restoration,
    args: &EvidenceArgs,
    (from, recorded): (&Path, Recorded),
) -> Result<View, Failure> {
    let evidence = args.read()?;
    let from = from.display().to_string();
    let brought = restore::bring_up(&mut copy, &evidence, (&from, recorded), &SystemClock)?;
    let view = told(&copy, &brought);
    if !brought.shown_by.nothing_lost() {
        let mut page = Page::on_terminal();
        crate::render::Text::text(&view, &mut page);
        let question = "What was done after the copy was made is lost, but for what is shown here.";
        context.terminal().confirm(context.global().yes, &page, question, "restore")?;
    }
    let missing = home_files::write(copy.home(), copy.files(), args.replace)?;
    let head = copy.store().audit_head()?;
    let aside = copy.finish()?;
    let mut next = vec!["keyrite audit verify and keyrite status look at the home".to_owned()];
    if !brought.shown_by.nothing_lost() {
        next.push(
            "keyrite crl issue makes what is revoked known under a number that was never used".to_owned(),
        );
    }
    next.extend(missing.iter().map(|path| format!("put {} there: keyrite.toml names it", path.display())));
    Ok(view
        .row("entries now", head.entries)
        .row("head now", *head.hash.as_bytes())
        .maybe("moved aside", aside.map(|path| path.display().to_string()))
        .row("next", next))
}

fn told(copy: &Restoration, brought: &BroughtUp) -> View {
    let facts = copy.facts();
    let lost = match brought.shown_by {
        ShownBy::Head => "nothing: the head is that of the copy",
        ShownBy::Crl => {
            "what was done after the copy was made, but for what the CRLs and certificates given here show"
        }
        ShownBy::EarlierHead => {
            "whatever was done after the copy was made: the head is from before, and no CRL shows more"
        }
    };
    let next = brought.next_crl.iter().map(|(ca, number)| format!("{ca}: {number}")).collect::<Vec<_>>();
    let objects = brought.taken_in.iter().map(ToString::to_string).collect::<Vec<_>>();
    let unknown = brought.unknown.iter().map(|(ca, serial)| format!("{serial} of {ca}")).collect::<Vec<_>>();
    let some = |list: Vec<String>| (!list.is_empty()).then_some(Value::from(list));
    View::default()
        .row("home", copy.home().display().to_string())
        .maybe("copy made", facts.made_at.map(|time| time.to_string()))
        .row("copy made by", format!("keyrite {}", facts.version))
        .maybe("copy", copy.sha256().map(|sha256| View::default().row("SHA-256", Value::in_hex(sha256.0))))
        .row("entries", facts.head.entries)
        .row("head", *facts.head.hash.as_bytes())
        .row("lost", lost)
        .maybe("taken in", some(objects))
        .row("revocations taken in", brought.revocations)
        .maybe("certificates of which only the number is known", some(unknown))
        .row("next CRL numbers", next)
}
