//! `token list`.

use std::path::{Path, PathBuf};

use keyrite::token::{TokenFlags, TokenInfo, list, registered_modules};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::notice::notice;
use crate::render::{Answer, Text};
use crate::safe_text::Page;
use crate::session;
use crate::surroundings;
use crate::view::{Value, View};

/// List the tokens that are there, with the exact URI of each to copy
///
/// Asks the module that --module or the home's configuration names, else every module that is registered with
/// p11-kit. No PIN is needed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite token list\n  keyrite token list --module /usr/lib/softhsm/libsofthsm2.so"
)]
pub(crate) struct Args {}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        // With --module the configuration is not read: whoever looks for what is wrong gets an answer.
        let given = context.global().module.is_some();
        let launch = if given { session::bare_launch(context)? } else { session::launch(context)? };
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
        let spelled = given || modules.len() > 1;
        let mut listed = Listed::default();
        let asked = modules.len();
        for module in modules {
            match list(&launch, &module) {
                Ok(tokens) if tokens.is_empty() => listed.empty.push(module),
                Ok(tokens) => tokens.iter().for_each(|token| listed.add(token, &module, spelled)),
                // One module that was asked for by name has to answer; one of many need not.
                Err(error) if named.is_some() => return Err(session::explained(error)),
                Err(error) => listed.silent.push(Silent { module, error: error.to_string() }),
            }
        }
        if let Some(hint) = surroundings::relative(std::env::vars_os()).filter(|_| listed.tokens.is_empty()) {
            notice(&format!("note: {hint}"));
        }
        let exit = if listed.silent.len() == asked { Exit::Token } else { Exit::Done };
        Ok(Answer::new(listed).exit(exit))
    }
}

/// The tokens, the slots that wait for one, the modules that show neither, and those that could not be asked.
#[derive(Debug, Default, serde::Serialize)]
struct Listed {
    tokens: Vec<View>,
    blank: Vec<Blank>,
    empty: Vec<PathBuf>,
    silent: Vec<Silent>,
}

/// A slot whose token has not been initialised: it has no name yet and can hold no key.
#[derive(Debug, serde::Serialize)]
struct Blank {
    slot: u64,
    model: String,
    module: PathBuf,
}

/// A registered module that does not answer.
#[derive(Debug, serde::Serialize)]
struct Silent {
    module: PathBuf,
    error: String,
}

impl Listed {
    fn add(&mut self, token: &TokenInfo, module: &Path, spelled: bool) {
        if token.is_blank() {
            let (slot, model, module) = (token.slot_id, token.model.clone(), module.to_owned());
            self.blank.push(Blank { slot, model, module });
        } else {
            self.tokens.push(view(token, module, spelled));
        }
    }
}

fn view(token: &TokenInfo, module: &Path, spelled: bool) -> View {
    let uri = if spelled { token.uri().with_module_path(module) } else { token.uri() };
    View::default()
        .row("label", token.label.clone())
        .row("serial", token.serial.clone())
        .row("model", token.model.clone())
        .row("manufacturer", token.manufacturer.clone())
        .row("flags", flags(token.flags).join(", "))
        .row("module", module.display().to_string())
        .row("URI", Value::Exact(uri.to_string()))
}

/// The flags in words; what is alarming first.
pub(crate) fn flags(flags: TokenFlags) -> Vec<&'static str> {
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
            page.line("no tokens found");
        }
        if !self.blank.is_empty() || !self.empty.is_empty() || !self.silent.is_empty() {
            page.blank();
        }
        for Blank { slot, model, module } in &self.blank {
            page.line(format!(
                "note: slot {slot} of {} is blank ({model}); keyrite token init pkcs11:slot-id={slot} initialises a token there",
                module.display()
            ));
        }
        for module in &self.empty {
            page.line(format!("note: module {} shows no token", module.display()));
        }
        for Silent { module, error } in &self.silent {
            // Some errors name the module themselves.
            let named = error.contains(&module.display().to_string());
            let module = if named { String::new() } else { format!("module {}: ", module.display()) };
            page.line(format!("note: {module}{error}"));
        }
    }
}
