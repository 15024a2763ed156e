//! `ceremony script`.

use std::path::PathBuf;

use keyrite::audit::Fingerprint;
use keyrite::authority::output::{self, Access};
use keyrite::ceremony::{Script, worksheet};

use crate::ceremony::planning;
use crate::context::Context;
use crate::failure::Failure;
use crate::render::Answer;
use crate::view::{Value, View};

/// Write a script as a page to be printed: every step with a box to tick, its time and initials
///
/// It is made from the file that keyrite ceremony run carries out, and needs no site. The page is one HTML file that
/// needs nothing else; browsers print it on A4.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite ceremony script script.toml --out script.html")]
pub(crate) struct Args {
    /// What will be done
    #[arg(value_name = "SCRIPT")]
    script: PathBuf,

    /// Write the page to a new file
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Args {
    pub(crate) fn run(self, _: &Context) -> Result<Answer, Failure> {
        let text = planning::text(&self.script)?;
        let script = Script::parse(&text).map_err(|problems| Failure::from(problems).about(&self.script))?;
        let sha256 = Fingerprint::of(text.as_bytes());
        let html = worksheet(&script, &sha256.to_string());
        output::publish(&self.out, html.as_bytes(), Access::Public)?;
        let view = View::default()
            .row("ceremony", script.title.clone())
            .row("script", Value::in_hex(*sha256.as_bytes()))
            .row("written", Value::Exact(self.out.display().to_string()));
        Ok(Answer::new(view))
    }
}
