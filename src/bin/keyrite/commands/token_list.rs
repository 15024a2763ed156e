//! `token list`.

use std::path::{Path, PathBuf};

use keyrite::token::{TokenFlags, TokenInfo, list, registered_modules};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::{Answer, Text};
use crate::safe_text::Page;
use crate::session;
use crate::view::{Value, View};

/// List the tokens that are there, with the exact URI of each to copy
///
/// Asks the module that --module or the configuration names, else every module that is registered with p11-kit. No PIN is needed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite token list\n  keyrite token list --module /usr/lib/softhsm/libsofthsm2.so"
)]
pub(crate) struct Args {}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let named = session::named_module(context)?;
        let modules: Vec<PathBuf> = match &named {
            Some(path) => vec![path.clone()],
            None => registered_modules().into_iter().map(|module| module.path).collect(),
        };
        if modules.is_empty() {
            return Err(Failure::new(Exit::Token, "no PKCS#11 module is registered with p11-kit")
                .hint("give --module PATH"));
        }
        // A URI needs its module where another run would not find it by itself.
        let spelled = context.global().module.is_some() || modules.len() > 1;
        let launch = session::launch(context)?;
        let mut listed = Listed::default();
        for module in modules {
            match list(&launch, &module) {
                Ok(tokens) => {
                    listed.tokens.extend(tokens.iter().map(|token| view(token, &module, spelled)));
                }
                // One module that was asked for by name has to answer; one of many need not.
                Err(error) if named.is_some() => return Err(error.into()),
                Err(error) => listed.silent.push(Silent { module, error: error.to_string() }),
            }
        }
        Ok(Answer::new(listed))
    }
}

/// The tokens, and the modules that could not be asked.
#[derive(Debug, Default, serde::Serialize)]
struct Listed {
    tokens: Vec<View>,
    silent: Vec<Silent>,
}

/// A registered module that does not answer.
#[derive(Debug, serde::Serialize)]
struct Silent {
    module: PathBuf,
    error: String,
}

fn view(token: &TokenInfo, module: &Path, spelled: bool) -> View {
    let uri = if spelled { token.uri().with_module_path(module) } else { token.uri() };
    // A blank token has nothing by which a URI could tell it from others.
    let uri = token.flags.token_initialized().then(|| uri.to_string());
    View::default()
        .row("label", token.label.clone())
        .row("serial", token.serial.clone())
        .row("model", token.model.clone())
        .row("manufacturer", token.manufacturer.clone())
        .row("flags", flags(token.flags).join(", "))
        .row("module", module.display().to_string())
        .maybe("URI", uri.map(Value::Exact))
}

/// The flags in words; what is alarming first.
fn flags(flags: TokenFlags) -> Vec<&'static str> {
    [
        (flags.user_pin_locked(), "PIN LOCKED"),
        (flags.user_pin_final_try(), "LAST TRY FOR THE PIN"),
        (flags.user_pin_count_low(), "wrong PIN given before"),
        (flags.user_pin_to_be_changed(), "PIN to be changed"),
        (!flags.token_initialized(), "not initialised"),
        (flags.token_initialized(), "initialised"),
        (flags.token_initialized() && !flags.user_pin_initialized(), "no user PIN"),
        (flags.login_required(), "login required"),
        (flags.protected_authentication_path(), "PIN typed on the token"),
        (flags.write_protected(), "write-protected"),
        (flags.rng(), "random generator"),
    ]
    .into_iter()
    .filter(|(set, _)| *set)
    .map(|(_, words)| words)
    .collect()
}

impl Text for Listed {
    fn text(&self, page: &mut Page) {
        for (at, token) in self.tokens.iter().enumerate() {
            if at > 0 {
                page.blank();
            }
            token.text(page);
        }
        if self.tokens.is_empty() {
            page.line("no tokens are present");
        }
        for Silent { module, error } in &self.silent {
            page.blank();
            page.line(format!("module {} does not answer: {error}", module.display()));
        }
    }
}
