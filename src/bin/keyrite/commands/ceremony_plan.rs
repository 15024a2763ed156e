//! `ceremony plan`.

use std::path::PathBuf;

use keyrite::ceremony::Mode;

use crate::ceremony::foreseen;
use crate::ceremony::planning::{Plan, Sources};
use crate::context::Context;
use crate::failure::Failure;
use crate::render::Answer;
use crate::view::View;

/// Show what a script will do, step by step and field by field, and the hash that names this plan
///
/// Everything is decided, built and linted with keys that stand in for those that will be made: what could be refused is
/// refused now, before anybody is asked for a PIN and before there is a key. No token is asked for anything. The plan
/// holds the digests of the script, the site, the profiles, the files that go in, the configuration, the home and this
/// program; keyrite ceremony run takes its hash, and refuses anything else.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite ceremony plan ceremony/script.toml --site ceremony/site.toml")]
pub(crate) struct Args {
    /// What will be done
    #[arg(value_name = "SCRIPT")]
    script: PathBuf,

    /// With which tokens; without it, there is no hash yet
    #[arg(long, value_name = "SITE")]
    site: Option<PathBuf>,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let plan = Plan::read(context, &Sources::beside(&self.script, self.site.as_deref(), Mode::Ceremony))?;
        let roles: Vec<String> = plan
            .script
            .roles
            .iter()
            .map(|role| format!("{} ({}): {}", role.name, role.people, role.description))
            .collect();
        let people: Vec<String> =
            plan.script.people.iter().map(|(name, key)| format!("{name}: {}", key.fingerprint())).collect();
        let view = View::default()
            .row("ceremony", plan.script.title.clone())
            .row("purpose", plan.script.purpose.clone())
            .maybe("document", plan.script.document.clone())
            .row("roles", roles)
            .maybe("people", (!people.is_empty()).then_some(people))
            .and(foreseen::view(&plan)?);
        let view = if self.site.is_some() {
            view.row("plan", View::default().row("SHA-256", *plan.digest.as_bytes()))
                .row("next", "keyrite ceremony rehearse tries it; keyrite ceremony run --plan HASH does it")
        } else {
            view.row("next", "give --site SITE: the tokens are part of what the hash of a plan stands for")
        };
        Ok(Answer::new(view))
    }
}
