//! `pin split`.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use keyrite::authority::fresh_directory::FreshDirectory;
use keyrite::authority::system::SystemRandom;
use keyrite::token::shares::{Alphabet, Join, LINE, Share, generate, split};
use keyrite::token::{Pin, PinError, PinProvider, PinSource, Pkcs11Uri};
use zeroize::Zeroizing;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::Answer;
use crate::view::{Value, View};
use crate::{holders, ledger, session};

/// Split a PIN into shares for several people: any K of N give it, fewer tell nothing of it
///
/// Each share is shown by itself, as words, for its holder to write down; then the screen is cleared for the next one.
/// The PIN is that of --pin-source, is typed twice, or is drawn by --generate and then never shown to anybody:
/// --pin-source shares gives it to a token, also to a new one in token init. Before anything is shown, the shares are
/// joined again, and with --token log in to it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite pin split --threshold 2 --shares 3 --token pkcs11:token=root-g1\n  keyrite pin split --threshold 3 --shares 5 --generate 8\n  keyrite token init pkcs11: --label root-g2 --pin-source shares"
)]
pub(crate) struct Args {
    /// How many shares are needed: 2 to 15
    #[arg(long, value_name = "K")]
    threshold: u8,

    /// How many shares there are: at most 15
    #[arg(long, value_name = "N")]
    shares: u8,

    /// Draw a new PIN of so many characters, 6 or more
    #[arg(long, value_name = "LENGTH", value_parser = clap::value_parser!(u8).range(6..=128), conflicts_with = "token")]
    generate: Option<u8>,

    /// What a PIN that is drawn is made of: digits, which each token takes, or digits and letters
    #[arg(long, value_name = "A", value_enum, default_value_t = Characters::Digits, requires = "generate")]
    alphabet: Characters,

    /// The token that the PIN is of: it is tried there before it is split
    #[arg(long, value_name = "URI")]
    token: Option<String>,

    /// Write the shares to files in a new directory instead, each readable by its owner alone
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// What `--alphabet` offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Characters {
    Digits,
    Alphanumeric,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let uri = self.token.as_deref().map(session::uri).transpose()?;
        let mut random = SystemRandom;
        let drawn = self.generate.map(|length| (usize::from(length), self.alphabet.alphabet()));
        let pin = match drawn {
            Some(_) if context.global().pin_source.is_some() => {
                let message = "--generate draws a PIN, and --pin-source gives one";
                return Err(Failure::new(Exit::Usage, message));
            }
            Some((length, alphabet)) => generate(length, alphabet, &mut random),
            None => existing(context, uri.as_ref())?,
        };
        let pin = pin?;
        let shares = split(&pin, self.threshold, self.shares, &mut random)
            .map_err(|error| Failure::of(Exit::Usage, &error))?;
        drop(pin);
        prove(context, &shares, uri.as_ref())?;
        let set = shares.first().map(Share::set).unwrap_or_default();
        match &self.out {
            Some(directory) => write(&shares, self.shares, directory)?,
            None => show(&shares, self.shares)?,
        }
        let view = View::default()
            .row("set", set)
            .row("needed", u64::from(self.threshold))
            .row("shares", u64::from(self.shares))
            .maybe("drawn", drawn.map(|(length, alphabet)| described(length, alphabet)))
            .maybe("tried on", uri.map(|uri| Value::Exact(uri.to_string())))
            .maybe("written to", self.out.map(|path| Value::Exact(path.display().to_string())))
            .row("next", "keyrite pin check has the holders prove that their shares give the PIN");
        Ok(Answer::new(view))
    }
}

impl Characters {
    const fn alphabet(self) -> Alphabet {
        match self {
            Self::Digits => Alphabet::Digits,
            Self::Alphanumeric => Alphabet::Alphanumeric,
        }
    }
}

fn described(length: usize, alphabet: Alphabet) -> String {
    let characters = match alphabet {
        Alphabet::Digits => "digits",
        Alphabet::Alphanumeric => "digits and letters",
    };
    format!("{length} {characters}: one of 2^{} PINs", alphabet.bits(length))
}

/// The PIN that there is: from its source, else typed twice, since a mistake would be split as well.
fn existing(context: &Context, uri: Option<&Pkcs11Uri>) -> Result<Result<Pin, PinError>, Failure> {
    let source = match uri {
        Some(uri) => session::source(context, uri)?,
        None => session::named_source(context)?.unwrap_or(PinSource::Terminal),
    };
    Ok(if source.is_typed() {
        holders::ask_new(context.terminal(), &source, "PIN to split")
    } else {
        source.read()
    })
}

/// Joins as many shares as are needed, and tries the PIN on its token.
fn prove(context: &Context, shares: &[Share], uri: Option<&Pkcs11Uri>) -> Result<(), Failure> {
    let mut join = Join::default();
    for share in shares.iter().rev() {
        if join.is_complete() {
            break;
        }
        join.add(share.copy()).map_err(|error| Failure::of(Exit::Defect, &error))?;
    }
    let mut pin = Some(join.pin().map_err(|error| Failure::of(Exit::Defect, &error))?);
    let Some(uri) = uri else { return Ok(()) };
    let provider = PinProvider::new(PinSource::Shares, move |_| pin.take().ok_or(PinError::Cancelled));
    let session = session::open_with(context, uri, provider)?;
    session.login().inspect_err(|error| ledger::refused_login(context, session.token(), error))?;
    Ok(())
}

/// What a holder writes down.
fn text(share: &Share, count: u8) -> Zeroizing<String> {
    // The buffer never moves.
    let mut text = Zeroizing::new(String::with_capacity(8192));
    text.push_str(&format!(
        "PIN share {} of {count}, set {}: any {} of these shares give the PIN, fewer tell nothing of it.\n\n",
        share.index(),
        share.set(),
        share.threshold()
    ));
    let words = share.words();
    for (line, words) in words.chunks(LINE).enumerate() {
        for (at, word) in words.iter().enumerate() {
            let number = line.saturating_mul(LINE).saturating_add(at).saturating_add(1);
            text.push_str(&format!("{number:>4} {word:<13}"));
        }
        text.push('\n');
    }
    text
}

fn write(shares: &[Share], count: u8, directory: &Path) -> Result<(), Failure> {
    let mut fresh = FreshDirectory::begin(directory)?;
    for share in shares {
        let name = format!("share-{}.txt", share.index());
        fresh.write(&name, text(share, count).as_bytes())?;
    }
    Ok(fresh.finish()?)
}

/// A screen beside the one that scrolls, which nothing can be scrolled back to (xterm's private mode 1049).
const BESIDE: &str = "\x1b[?1049h";
const BACK: &str = "\x1b[?1049l";
/// Clears the screen, and what a terminal keeps of it.
const CLEAR: &str = "\x1b[2J\x1b[3J\x1b[H";

/// Shows one share after the other on the terminal.
fn show(shares: &[Share], count: u8) -> Result<(), Failure> {
    let nobody = Failure::new(Exit::Usage, "there is no terminal to show the shares on")
        .hint("--out DIR writes them to files");
    let mut terminal = Screen::begin().map_err(|error| nobody.caused_by(&error))?;
    let shown = shares.iter().try_for_each(|share| {
        let holder = format!("holder of share {} of {count}", share.index());
        terminal
            .put(&format!("{CLEAR}Let the {holder} come, and nobody else look. Press Enter to show it: "))?;
        terminal.wait()?;
        terminal.put(CLEAR)?;
        terminal.put(&text(share, count))?;
        terminal.put("\nWrite down every word with its number. Press Enter to clear the screen: ")?;
        terminal.wait()
    });
    shown.map_err(|error| Failure::new(Exit::Output, "not every share was shown").caused_by(&error))
}

/// The terminal while shares are on it. Whatever ends it, nothing stays behind.
struct Screen(File);

impl Screen {
    fn begin() -> io::Result<Self> {
        let mut screen = Self(OpenOptions::new().read(true).write(true).open("/dev/tty")?);
        screen.put(BESIDE)?;
        Ok(screen)
    }

    fn put(&mut self, text: &str) -> io::Result<()> {
        self.0.write_all(text.as_bytes())
    }

    /// Waits for Enter; other keys show nothing and do nothing.
    fn wait(&mut self) -> io::Result<()> {
        crate::secret::ask(&mut self.0, "").map(|typed| drop(Zeroizing::new(typed)))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // The terminal may have gone away, and then shows nothing.
        drop(self.0.write_all(format!("{CLEAR}{BACK}").as_bytes()));
    }
}
