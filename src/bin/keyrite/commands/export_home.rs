//! `export home`.

use std::path::PathBuf;

use keyrite::store::MANIFEST;

use crate::context::Context;
use crate::failure::Failure;
use crate::plain_files::Directory;
use crate::render::Answer;
use crate::view::View;
use crate::{configuration, home_files, ledger};

/// Write the whole home as plain files into a new directory
///
/// The audit log is one entry a line, each other table of the ledger one row a line, in JSON; certificates and
/// requests are PEM, CRLs DER. `import home` makes a home of them that gives the same answers. Others may work in the
/// home meanwhile: what is written is from one instant. An auditor is better served by `audit export`.
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
        let files = home_files::read(context, &settings)?;
        let store = ledger::read(context)?;
        let mut directory = Directory::new(&self.directory)?;
        let manifest = store.snapshot()?.write(&files, &mut directory)?;
        directory.finish(MANIFEST, &manifest.to_json())?;
        let head = manifest.head();
        let view = View::default()
            .row("written", self.directory.display().to_string())
            .row("entries", head.entries)
            .row("head", *head.hash.as_bytes());
        Ok(Answer::new(view))
    }
}
