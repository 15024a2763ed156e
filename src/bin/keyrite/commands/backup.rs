//! `backup`.

use std::path::PathBuf;

use keyrite::authority::fresh_directory::publish_by;
use keyrite::authority::output::{Access, OutputError, preview};
use keyrite::authority::system::SystemClock;
use keyrite::store::Error;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::home_files::{self, Along};
use crate::notice::notice;
use crate::render::Answer;
use crate::view::{Value, View};
use crate::{configuration, ledger};

/// Copy the home into one file: ledger, configuration and profiles, as they are at one instant
///
/// Others may work in the home meanwhile. The copy is read back before it gets its name. Keys are in the token and
/// not in the copy. The head that is shown goes on paper: with it `restore` knows whether anything came after. Lists of
/// weak keys are copied as long as they lie in the home and are not huge; what is left out is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite backup /media/safe/ca-2026-11-21.keyrite")]
pub(crate) struct Args {
    /// The file to write
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Either kind of thing that can go wrong while the file is made.
#[derive(Debug)]
enum Stop {
    Store(Error),
    Output(OutputError),
}

impl From<OutputError> for Stop {
    fn from(error: OutputError) -> Self {
        Self::Output(error)
    }
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        preview(&self.file)?;
        let settings = configuration::load(context)?;
        let Along { files, left_out } = home_files::read(context, &settings)?;
        // Only read, so that a home on a full or read-only disk can be copied, too.
        let store = ledger::read(context)?;
        let name = self.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let backup = publish_by(&self.file, Access::Private, |path| {
            store.back_up(path, &name, &files, SystemClock.now()).map_err(Stop::Store)
        });
        let backup = backup.map_err(|stop| match stop {
            Stop::Store(error) => Failure::from(error),
            Stop::Output(error) => Failure::from(error),
        })?;
        drop(store);
        let recorded = ledger::write(context).and_then(|mut store| {
            store.record_backup(&backup, SystemClock.now())?;
            Ok(store.audit_head()?)
        });
        let mut exit = if backup.discrepancies.is_empty() { Exit::Done } else { Exit::Integrity };
        let head = match &recorded {
            Ok(head) => *head,
            Err(failure) => {
                notice(&format!(
                    "error: the copy is complete, but the audit log does not tell of it: {}",
                    failure.line()
                ));
                exit = exit.max_by_code(Exit::Output);
                backup.facts.head
            }
        };
        let discrepancies = backup.discrepancies.iter().map(ToString::to_string).collect::<Vec<_>>();
        let view = View::default()
            .row("written", self.file.display().to_string())
            .row("octets", backup.octets)
            .row("file", View::default().row("SHA-256", Value::in_hex(backup.sha256.0)))
            .row("files beside the ledger", files.iter().map(|file| file.path.clone()).collect::<Vec<_>>())
            .maybe("not in the copy", (!left_out.is_empty()).then_some(left_out))
            .row("entries", head.entries)
            .row("head", *head.hash.as_bytes())
            .row("recorded", recorded.is_ok())
            .maybe("discrepancies", (!discrepancies.is_empty()).then_some(discrepancies));
        Ok(Answer::new(view).exit(exit))
    }
}
