//! Somebody proves who they are, by a signature over a challenge of this very moment.

use std::path::{Path, PathBuf};
use std::time::Duration;

use keyrite::audit::{Fingerprint, Head};
use keyrite::authority::output::{self, Access};
use keyrite::authority::system::SystemRandom;
use keyrite::ceremony::{Challenge, NAMESPACE, Proof};
use keyrite::port::RandomSource as _;
use keyrite::ssh::{PublicKey, Signature};

use super::voice::Voice;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::safe_text::Page;

/// The most octets of a signature's file.
const OCTETS: usize = 16_384;
/// How often somebody may try.
const TRIES: u32 = 5;
/// How long a run that nobody sits at waits for the signature: looks, and the time between two of them.
const LOOKS: u32 = 600;
const BETWEEN: Duration = Duration::from_millis(100);

/// The moment of a ceremony in which somebody signs in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment<'a> {
    /// SHA-256 over the plan.
    pub(crate) plan: Fingerprint,
    /// The directory of the run.
    pub(crate) directory: &'a Path,
    /// The transcript before it.
    pub(crate) head: Head,
}

/// Writes the challenge into the directory of the run, and waits for its signature beside it.
///
/// # Errors
/// A [`Failure`] when the challenge cannot be written, or no signature by the key comes.
pub(crate) fn prove(
    voice: &Voice,
    moment: Moment<'_>,
    role: &str,
    person: &str,
    key: &PublicKey,
) -> Result<Proof, Failure> {
    let Moment { plan, directory, head } = moment;
    let mut octets = [0; 16];
    SystemRandom.fill(&mut octets).map_err(|error| Failure::of(Exit::Defect, &error))?;
    let nonce = hex::encode(octets);
    let challenge = Challenge { plan, head, role, person };
    let path = directory.join(format!("sign-in-{}.txt", head.entries.saturating_add(1)));
    let signed = PathBuf::from(format!("{}.sig", path.display()));
    // Those of an attempt that was interrupted: their nonce is another one.
    remove(&path)?;
    remove(&signed)?;
    output::publish(&path, challenge.text(&nonce).as_bytes(), Access::Public)?;
    let mut page = Page::on_terminal();
    page.line(format!(
        "{person} proves it with the key {}: sign the challenge, here or on a machine of your own, so that {} is there.",
        key.fingerprint(),
        signed.display()
    ));
    page.verbatim(&format!("    ssh-keygen -Y sign -n {NAMESPACE} -f KEY {}", path.display()));
    voice.say(&page)?;
    let read = || {
        let octets = input::read(&signed, OCTETS)?;
        Signature::parse(&octets).map_err(|error| Failure::of(Exit::Refused, &error).about(&signed))
    };
    let take = |signature: Signature| {
        Proof::of(&challenge, &nonce, &signature, key)
            .map_err(|error| Failure::of(Exit::Refused, &error).about(&signed))
    };
    let proof = if voice.scripted().is_some() {
        awaited(read, &signed).and_then(take)
    } else {
        asked(voice, || read().and_then(take))
    };
    let proof = proof.map_err(|failure| failure.because(format!("{person} has not proven who this is")))?;
    remove(&path)?;
    remove(&signed)?;
    Ok(proof)
}

/// Looks when somebody says that it is there.
fn asked(voice: &Voice, take: impl Fn() -> Result<Proof, Failure>) -> Result<Proof, Failure> {
    for _ in 0..TRIES {
        if voice.line("Enter when the signature is there; or no")?.trim() == "no" {
            break;
        }
        match take() {
            Ok(proof) => return Ok(proof),
            Err(failure) => {
                let mut page = Page::on_terminal();
                page.line(failure.line());
                voice.say(&page)?;
            }
        }
    }
    Err(Failure::new(Exit::Refused, "there is no signature that proves it"))
}

/// Looks until it is there, where a file answers in the place of people: others may sign meanwhile.
fn awaited(read: impl Fn() -> Result<Signature, Failure>, signed: &Path) -> Result<Signature, Failure> {
    let mut last = None;
    for _ in 0..LOOKS {
        if signed.exists() {
            match read() {
                Ok(signature) => return Ok(signature),
                // It may still be being written.
                Err(failure) => last = Some(failure),
            }
        }
        std::thread::sleep(BETWEEN);
    }
    let nobody = || {
        Failure::new(Exit::Refused, "nobody has signed in time")
            .hint("a file of answers proves nothing: somebody has to sign the challenge while the run waits")
    };
    Err(last.unwrap_or_else(nobody))
}

fn remove(path: &Path) -> Result<(), Failure> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::new(Exit::Output, "cannot be taken away").caused_by(&error).about(path)),
    }
}
