//! `ceremony cosign`.

use std::path::{Path, PathBuf};

use keyrite::audit::Fingerprint;
use keyrite::authority::output::{self, Access};
use keyrite::authority::replacement::{Verdict, replace_all};
use keyrite::ceremony::{Cosignature, NAMESPACE, Statement, layout};
use keyrite::ssh::Signature;

use super::ceremony_verify::verified;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::render::Answer;
use crate::view::{Value, View};

/// The most octets of a signature's file.
const OCTETS: usize = 16_384;
/// The most octets of the list of sums.
const SUMS_OCTETS: usize = 64 << 20;

/// Add a witness's signature of the transcript's head to a bundle
///
/// The bundle is verified first. With --statement the text is written that the witness signs, on any machine, by
/// ssh-keygen -Y sign -n keyrite-ceremony; with --ssh-signature their signature is verified and put into the bundle, where
/// keyrite ceremony verify verifies it again. Where the script has a key of the person, no other will do.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite ceremony cosign evidence-2026 --name \"Wim Witness\" --statement head.txt\n  keyrite ceremony cosign evidence-2026 --name \"Wim Witness\" --ssh-signature head.txt.sig"
)]
pub(crate) struct Args {
    /// The bundle
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,

    /// Who signs
    #[arg(long, value_name = "N")]
    name: String,

    /// Write the text that is to be signed to a new file
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "ssh_signature",
        conflicts_with = "ssh_signature"
    )]
    statement: Option<PathBuf>,

    /// The signature that ssh-keygen has made of it
    #[arg(long, value_name = "FILE")]
    ssh_signature: Option<PathBuf>,
}

impl Args {
    pub(crate) fn run(self, _: &Context) -> Result<Answer, Failure> {
        let verified = verified(&self.bundle)?;
        let (Some(plan), Some(head), Some(script)) = (verified.plan, verified.head, &verified.script) else {
            return Err(unfit(&self.bundle, verified.findings.iter().map(ToString::to_string)));
        };
        let statement = Statement { plan, head, person: self.name };
        let Some(path) = &self.ssh_signature else {
            let findings: Vec<String> = verified.findings.iter().map(ToString::to_string).collect();
            if !findings.is_empty() {
                return Err(unfit(&self.bundle, findings.into_iter()));
            }
            let file = self.statement.unwrap_or_default();
            output::publish(&file, statement.text().as_bytes(), Access::Public)?;
            let view = View::default()
                .row("transcript", View::default().row("SHA-256", *head.hash.as_bytes()))
                .row("person", statement.person)
                .row("written", Value::Exact(file.display().to_string()))
                .row(
                    "next",
                    Value::Exact(format!("ssh-keygen -Y sign -n {NAMESPACE} -f KEY {}", file.display())),
                );
            return Ok(Answer::new(view));
        };
        let refused =
            |error: &(dyn std::error::Error + 'static)| Failure::of(Exit::Refused, error).about(path);
        let signature = Signature::parse(&input::read(path, OCTETS)?).map_err(|error| refused(&error))?;
        let cosignature = Cosignature::of(&statement, signature).map_err(|error| refused(&error))?;
        let own = cosignature.path();
        // What an interrupted attempt has left of this very cosignature is finished.
        let others = verified.findings.iter().filter(|finding| finding.file != own);
        let others: Vec<String> = others.map(ToString::to_string).collect();
        if !others.is_empty() {
            return Err(unfit(&self.bundle, others.into_iter()));
        }
        let fingerprint = cosignature.key().fingerprint();
        let known = script.key_of(&statement.person);
        if known.is_some_and(|known| known != cosignature.key()) {
            let message = format!("{fingerprint} is not the key that the script has of {}", statement.person);
            return Err(Failure::new(Exit::Refused, message));
        }
        add(&self.bundle, &own, cosignature.text(&statement).as_bytes())?;
        let view = View::default()
            .row("transcript", View::default().row("SHA-256", *head.hash.as_bytes()))
            .row("cosigned by", statement.person)
            .row("key", fingerprint)
            .row("named in the script", known.is_some())
            .row("written", Value::Exact(self.bundle.join(own).display().to_string()));
        Ok(Answer::new(view))
    }
}

/// Nobody signs what does not hold.
fn unfit(bundle: &Path, findings: impl Iterator<Item = String>) -> Failure {
    let failure = Failure::new(Exit::Integrity, "does not verify, and so is not cosigned").about(bundle);
    findings.take(5).fold(failure, Failure::because)
}

/// Puts a file into the bundle, and its sum into the list.
fn add(bundle: &Path, path: &str, contents: &[u8]) -> Result<(), Failure> {
    let sums = bundle.join(layout::SUMS);
    let listed = input::read(&sums, SUMS_OCTETS)?;
    let listed = String::from_utf8_lossy(&listed);
    let sum = Fingerprint::of(contents);
    let mut lines: Vec<(String, String)> = listed
        .lines()
        .filter_map(|line| line.split_once("  "))
        .filter(|(_, known)| *known != path)
        .map(|(sum, known)| (known.to_owned(), sum.to_owned()))
        .collect();
    lines.push((path.to_owned(), sum.to_string()));
    lines.sort();
    let text: String = lines.iter().map(|(path, sum)| format!("{sum}  {path}\n")).collect();
    let files = [(PathBuf::from(path), contents), (PathBuf::from(layout::SUMS), text.as_bytes())];
    let judge = |_: &[u8], _: &[u8]| Verdict::Replace;
    for result in replace_all(bundle, &files, judge)? {
        result?;
    }
    Ok(())
}
