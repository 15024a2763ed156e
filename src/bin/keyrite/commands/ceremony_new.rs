//! `ceremony new`.

use std::path::PathBuf;

use keyrite::authority::fresh_directory::FreshDirectory;
use keyrite::ceremony::{TEMPLATES, Template};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::Answer;
use crate::view::{Value, View};

/// Write script, site and notes for a usual kind of ceremony, to be changed
///
/// The templates are root-and-intermediate, annual-crl, cross-sign, rekey, emergency-revocation and decommission. Each is
/// complete and can be rehearsed as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite ceremony new --template root-and-intermediate ceremony-2026")]
pub(crate) struct Args {
    /// Which kind
    #[arg(long, value_name = "T")]
    template: String,

    /// The directory to make
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl Args {
    pub(crate) fn run(self, _: &Context) -> Result<Answer, Failure> {
        let Some(template) = Template::find(&self.template) else {
            let names: Vec<&str> = TEMPLATES.iter().map(|template| template.name).collect();
            let message = format!("no template {:?}, wanted one of {}", self.template, names.join(" "));
            return Err(Failure::new(Exit::Usage, message));
        };
        let mut fresh = FreshDirectory::begin(&self.directory)?;
        let notes = template.notes();
        for (name, text) in [
            ("script.toml", template.script),
            ("site.toml", template.site),
            ("answers.toml", template.answers),
            ("NOTES.txt", &notes),
        ] {
            fresh.write(name, text.as_bytes())?;
        }
        fresh.finish()?;
        let view = View::default()
            .row("ceremony", template.purpose)
            .row("written", Value::Exact(self.directory.display().to_string()))
            .row("next", "read NOTES.txt there, change script.toml, and rehearse it");
        Ok(Answer::new(view))
    }
}
