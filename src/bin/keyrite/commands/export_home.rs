//! `export home`.

use std::path::PathBuf;

use keyrite::audit::Event;
use keyrite::authority::system::SystemClock;
use keyrite::store::MANIFEST;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::home_files::{self, Along};
use crate::notice::notice;
use crate::plain_files::Directory;
use crate::render::Answer;
use crate::view::View;
use crate::{configuration, ledger};

/// Write the whole home as plain files into a new directory
///
/// The audit log is one entry a line, each other table of the ledger one row a line, in JSON; certificates and
/// requests are PEM, CRLs DER. `import home` makes a home of them that gives the same answers: the head that is shown
/// is the one to give it. Others may work in the home meanwhile: what is written is from one instant, before the entry
/// that tells of it. An auditor is better served by `audit export`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite export home exported")]
pub(crate) struct Args {
    /// The directory to make
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let settings = configuration::load(context)?;
        let Along { files, left_out } = home_files::read(context, &settings)?;
        let store = ledger::read(context)?;
        let mut directory = Directory::new(&self.directory)?;
        let manifest = store.snapshot()?.write(&files, &mut directory)?;
        directory.finish(MANIFEST, &manifest.to_json())?;
        let head = manifest.head();
        drop(store);
        let to = self.directory.display().to_string();
        let event = Event::Exported {
            what: "home".to_owned(),
            ca: None,
            number: None,
            count: Some(head.entries),
            sha256: None,
            to: to.clone(),
        };
        let recorded =
            ledger::write(context).and_then(|mut store| Ok(store.append(event, SystemClock.now())?));
        if let Err(failure) = &recorded {
            let why = failure.line();
            notice(&format!("error: the export is complete, but the audit log does not tell of it: {why}"));
        }
        let view = View::default()
            .row("written", to)
            .maybe("not in the copy", (!left_out.is_empty()).then_some(left_out))
            .row("entries", head.entries)
            .row("head", *head.hash.as_bytes())
            .row("recorded", recorded.is_ok());
        Ok(Answer::new(view).exit(if recorded.is_ok() { Exit::Done } else { Exit::Output }))
    }
}
