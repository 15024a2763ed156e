//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::commands::Command;
use crate::failure::{self, Exit, Failure};
use crate::log::Level;
use crate::safe_text::{self, Page};

/// A certification-authority signer whose private keys never leave a PKCS#11 token.
#[derive(Debug, clap::Parser)]
#[command(
    name = "keyrite",
    version,
    propagate_version = false,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_help = EXAMPLES
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  keyrite token list
  keyrite request show www.csr
  keyrite issue www.csr --ca issuing --profile tls-server --out www.pem

Exit codes: 0 done, 1 refused, 2 usage, 3 configuration, 4 token, 5 store or output, 6 integrity, 70 defect.";

/// What stands in messages for something that must not be shown.
const HIDDEN: &str = "(hidden)";

/// The flags that hold for every command.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// The CA home; without it, the current directory
    #[arg(long, global = true, value_name = "DIR", env = "KEYRITE_HOME", hide_env_values = true)]
    pub(crate) home: Option<PathBuf>,

    /// The PKCS#11 module of the token
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) module: Option<PathBuf>,

    /// Where the PIN comes from instead of one person at the terminal: file:PATH, env:NAME, fd:N, parts:N (several
    /// people type a part each) or shares (those of keyrite pin split)
    #[arg(long, global = true, value_name = "S")]
    pub(crate) pin_source: Option<OsString>,

    /// Give the PIN even if the token says that a wrong one would lock it
    #[arg(long, global = true)]
    pub(crate) final_try: bool,

    /// Print results and errors as JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Answer yes to every confirmation
    #[arg(long, global = true)]
    pub(crate) yes: bool,

    /// How much to log on standard error
    #[arg(long, global = true, value_name = "LEVEL", value_enum, default_value_t = Level::Warn, hide_possible_values = true)]
    pub(crate) log: Level,

    /// How long to wait for another keyrite that works in the same home, such as 5m; without it, as configured,
    /// else 30s
    #[arg(long, global = true, value_name = "D", value_parser = wait)]
    pub(crate) lock_timeout: Option<Duration>,
}

/// A length of time for waiting, which may be none at all.
fn wait(text: &str) -> Result<Duration, String> {
    use keyrite::x509::time::Duration as Length;
    if text == "0s" {
        return Ok(Duration::ZERO);
    }
    match text.parse::<Length>() {
        Ok(Length::Seconds(seconds)) => u64::try_from(seconds)
            .map(Duration::from_secs)
            .map_err(|_| format!("{text:?} is negative, wanted a length of time such as 30s")),
        Ok(Length::Months(_) | Length::Years(_)) => Err("wanted seconds, minutes, hours or days".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Why the program ends before a command runs.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Help or version, as asked for.
    Page(Page),
    /// A command line that means nothing.
    Usage { failure: Failure, json: bool },
}

impl Stop {
    pub(crate) fn print(&self) -> ExitCode {
        match self {
            Self::Page(page) => match crate::render::write_stdout(page.as_str()) {
                Ok(()) => Exit::Done.into(),
                Err(failure) => failure::print(&failure, false),
            },
            Self::Usage { failure, json } => failure::print(failure, *json),
        }
    }
}

/// Reads the command line.
///
/// # Errors
/// [`Stop`] when it asks for help, or is not one.
pub(crate) fn parse() -> Result<Arguments, Stop> {
    // Gathered only where it is wanted: a batch has many arguments.
    let given = || help_as_flag(std::env::args_os().collect());
    let read =
        if asks_for_help(&mut std::env::args_os()) { read(given()) } else { read(std::env::args_os()) };
    read.map_err(|error| stop(&given(), &error))
}

fn asks_for_help(given: &mut dyn Iterator<Item = OsString>) -> bool {
    given.nth(1).is_some_and(|first| first == "help")
}

/// `keyrite help ca create` is what many type for `keyrite ca create --help`.
fn help_as_flag(mut given: Vec<OsString>) -> Vec<OsString> {
    if asks_for_help(&mut given.iter().cloned()) {
        given.remove(1);
        given.push("--help".into());
    }
    given
}

/// The command that some words mean, as if they had been typed.
///
/// # Errors
/// A [`Failure`] when they mean none.
pub(crate) fn command_of(words: &[String]) -> Result<Command, Failure> {
    let given = std::iter::once("keyrite").chain(words.iter().map(String::as_str));
    let read = read(given).map_err(|error| Failure::new(Exit::Defect, error.to_string()))?;
    Ok(read.command)
}

fn read<S: Into<OsString> + Clone>(given: impl IntoIterator<Item = S>) -> Result<Arguments, clap::Error> {
    let mut matches = command().try_get_matches_from(given)?;
    Arguments::from_arg_matches_mut(&mut matches)
}

/// The whole command line as clap knows it, for completions and manual pages.
pub(crate) fn command() -> clap::Command {
    in_words(Arguments::command())
}

/// A noun without its verb is an error in one sentence like all others, not a page of help.
fn in_words(command: clap::Command) -> clap::Command {
    command.arg_required_else_help(false).mut_subcommands(in_words)
}

fn stop(given: &[OsString], error: &clap::Error) -> Stop {
    if error.exit_code() == 0 {
        let mut page = Page::default();
        page.lines(&error.render().to_string());
        return Stop::Page(page);
    }
    // clap's message repeats arguments as they are. Read once more with every argument escaped and without
    // what may be a PIN, the same message comes without anything a terminal obeys, and its line ends are
    // clap's own.
    let mut visible: Vec<String> = Vec::new();
    for argument in given {
        let after_pin_source = visible
            .last()
            .is_some_and(|before| ["--pin-source", "--so-pin-source"].contains(&before.as_str()));
        visible.push(if after_pin_source {
            HIDDEN.to_owned()
        } else {
            without_pin(&safe_text::escape(&argument.to_string_lossy()))
        });
    }
    let message = match read(visible) {
        Err(error) => error.render().to_string(),
        Ok(_) => "error: an argument has characters that are not text".to_owned(),
    };
    Stop::Usage { failure: usage(&message), json: given.iter().any(|argument| argument == "--json") }
}

/// Leaves out what a person may have given by mistake: a PIN in a URI or as the PIN source itself.
fn without_pin(argument: &str) -> String {
    for start in ["--so-pin-source=", "--pin-source=", "pin-value="] {
        if let Some((before, _)) = argument.split_once(start) {
            return format!("{before}{start}{HIDDEN}");
        }
    }
    argument.to_owned()
}

/// A noun without its verb, from clap's `'keyrite ca' requires a subcommand but … [subcommands: create, list]`.
fn no_command(message: &str) -> Option<Failure> {
    let (noun, rest) = message.strip_prefix("error: '")?.split_once("' requires a subcommand")?;
    let (_, commands) = rest.split_once("[subcommands: ")?;
    let commands = commands.trim_end().trim_end_matches(']');
    let message = format!("{noun} wants a command, one of {}", commands.replace(',', ""));
    Some(Failure::new(Exit::Usage, message).hint(format!("{noun} --help says what each of them does")))
}

/// clap's own message in the shape of ours: its first paragraph is the error, the rest is advice.
fn usage(message: &str) -> Failure {
    let (error, rest) = message.split_once("\n\n").unwrap_or((message, ""));
    if let Some(failure) = no_command(error) {
        return failure;
    }
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let error = one_line(error.strip_prefix("error: ").unwrap_or(error));
    let hint: Vec<String> = rest
        .split("\n\n")
        .map(one_line)
        .filter(|part| !part.is_empty() && !part.starts_with("For more information"))
        .map(|part| part.replacen("tip: ", "", 1).replacen("Usage: ", "usage: ", 1))
        .collect();
    let failure = Failure::new(Exit::Usage, error.trim_end_matches('.'));
    if hint.is_empty() { failure } else { failure.hint(hint.join("; ")) }
}
