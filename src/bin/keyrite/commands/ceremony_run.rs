//! `ceremony run`.

use std::path::{Path, PathBuf};

use keyrite::audit::Fingerprint;
use keyrite::authority::output;
use keyrite::ceremony::{Answers, Mode};

use crate::ceremony::foreseen;
use crate::ceremony::planning::{self, Plan, Sources};
use crate::ceremony::run::{self, Run};
use crate::ceremony::voice::Voice;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::Answer;

/// Do what a plan says, step by step, and write a transcript of it
///
/// Only the plan whose hash is given is carried out: another script, site, profile, file, configuration or program is
/// refused. Roles sign in by name, each section begins with those who are present, and what gets signed is approved by
/// as many of them as the script says, by typing words of its digest back. Each record of the transcript is on the disk
/// before anything follows from it, so that keyrite ceremony resume goes on after a crash. The home is that of --home.
///
/// On a terminal of 80 columns and 24 lines or more the whole screen is taken: the script on one side, what was done on
/// the other, below what is asked. What is to be approved can be approved once all of it was on the screen.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  keyrite ceremony run script.toml --site site.toml --plan 3f0c… --dir ceremony-2026"
)]
pub(crate) struct Args {
    /// What will be done
    #[arg(value_name = "SCRIPT")]
    script: PathBuf,

    /// With which tokens
    #[arg(long, value_name = "SITE")]
    site: PathBuf,

    /// The hash that keyrite ceremony plan has shown
    #[arg(long, value_name = "HASH")]
    plan: Fingerprint,

    /// The directory for the transcript and everything that comes out: a new one. Without it, ceremony- and the first
    /// eight digits of the hash
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,

    /// Have a file answer in the place of people: for machines without a terminal. The transcript tells of it
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,

    /// Tell and ask line by line, as on terminals below 80 columns and 24 lines, instead of on the whole screen
    #[arg(long)]
    plain: bool,
}

/// Who answers.
///
/// # Errors
/// A [`Failure`] with everything that is wrong with the file.
pub(crate) fn voice(context: &Context, answers: Option<&Path>, plain: bool) -> Result<Voice, Failure> {
    let terminal = context.terminal().clone();
    let Some(path) = answers else { return Ok(Voice::of_people(terminal, plain)) };
    let text = planning::text(path)?;
    let answers = Answers::parse(&text).map_err(|problems| Failure::from(problems).about(path))?;
    Ok(Voice::of_file(terminal, answers, Fingerprint::of(text.as_bytes())))
}

/// Refuses global flags that answer for people, or would give one PIN to every token.
///
/// # Errors
/// A [`Failure`] that names the flag.
pub(crate) fn no_shortcuts(context: &Context) -> Result<(), Failure> {
    let failure = |message: &str| Failure::new(Exit::Usage, message);
    if context.global().yes {
        return Err(failure("--yes has no place in a ceremony, where everything is approved by name")
            .hint("--answers FILE answers in the place of people, and the transcript says so"));
    }
    if context.global().pin_source.is_some() {
        return Err(failure("--pin-source has no place in a ceremony, where each token has its own")
            .hint("put pin-source=file:PATH into the URI of the token in the site"));
    }
    Ok(())
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        no_shortcuts(context)?;
        let voice = voice(context, self.answers.as_deref(), self.plain)?;
        let digits: String = self.plan.to_string().chars().take(8).collect();
        let directory = self.dir.unwrap_or_else(|| PathBuf::from(format!("ceremony-{digits}")));
        output::preview(&directory)?;
        let plan = Plan::read(context, &Sources::beside(&self.script, Some(&self.site), Mode::Ceremony))?;
        if plan.digest != self.plan {
            let message = format!("the plan is {}, wanted {}: nothing was done", plan.digest, self.plan);
            return Err(Failure::new(Exit::Refused, message).hint(
                "something has changed since it was shown: keyrite ceremony plan shows it as it is now",
            ));
        }
        foreseen::view(&plan)?;
        run::begin(context, &plan, &directory, &voice)?;
        Run::take_up(context.global(), &[], &directory, voice, false)?.go()
    }
}
