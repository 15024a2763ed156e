//! `init`.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;

use keyrite::authority::output::{self, Access, OutputError};
use keyrite::authority::system::SystemClock;
use keyrite::config::{FILE_NAME, default_text};
use keyrite::store::{LEDGER, Store, is_in_memory, possible};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::profiles;
use crate::render::Answer;
use crate::view::View;

/// Make a CA home: keyrite.toml with comments, profiles/, and the ledger
///
/// The directory is made with mode 0700. What is there already is kept; a ledger that is there already is refused.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite init ~/ca")]
pub(crate) struct Args {
    /// The directory; without it, that of --home or the current one
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,

    /// Make it even on a network file system, where nothing but care keeps two machines from working in it at once
    #[arg(long)]
    network_file_system: bool,
}

/// Whoever tries things out may want just this.
const IN_MEMORY: &str = "the home is in memory (tmpfs): it is gone with the next boot";

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let home = match self.directory {
            Some(directory) => crate::home::resolve(Some(&directory))?,
            None => context.home()?,
        };
        let now = possible(SystemClock.now())?;
        let profiles = home.join(profiles::DIRECTORY);
        let configuration = home.join(FILE_NAME);
        // The ledger comes last: it makes the directory a home, so that one which a crash leaves without it can
        // be finished by the same command.
        if !home.join(LEDGER).exists() {
            Store::prepare(&home, self.network_file_system)?;
            let made = DirBuilder::new().mode(0o700).recursive(true).create(&profiles);
            made.map_err(|error| {
                Failure::new(Exit::Output, "the directory cannot be made").caused_by(&error).about(&profiles)
            })?;
            let text = default_text(context.global().module.as_deref(), self.network_file_system);
            match output::publish(&configuration, text.as_bytes(), Access::Private) {
                Ok(()) | Err(OutputError::Exists { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let store = Store::create(&home, now)?;
        let view = View::default()
            .row("home", home.display().to_string())
            .row("configuration", configuration.display().to_string())
            .row("profiles", profiles.display().to_string())
            .row("ledger", store.path().display().to_string())
            .maybe("note", is_in_memory(&home).then_some(IN_MEMORY))
            .row(
                "next",
                vec![
                    "read keyrite.toml: the URLs of each CA are written into the certificates that it issues"
                        .to_owned(),
                    "keyrite token list, key generate, ca create: each has --help with an example".to_owned(),
                ],
            );
        Ok(Answer::new(view))
    }
}
