//! `publish`.

use std::path::PathBuf;

use keyrite::authority::output;
use keyrite::authority::system::SystemClock;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::publishing::{self, Inspection, Target};
use crate::render::Answer;
use crate::view::View;
use crate::{configuration, ledger};

/// Write what relying parties fetch, or compare it with what is served
///
/// CRLs, certificates of CAs and OCSP responses that were signed ahead are written below the directory at the paths of
/// the URLs that the certificates on record really carry, with index.html for people and manifest.json with all hashes.
/// Each file is replaced at once and as a whole, and never by an older one. Nothing is signed, and nothing is deleted.
///
/// The exit code is 1 when a URL in unexpired certificates has nothing to serve, or nothing current, or when an OCSP
/// response says something else than the ledger by now; the rest is written all the same. With --check, nothing is written, and the exit code is 1 when anything differs.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyrite publish /srv/pki
  keyrite publish --check http://pki.example.test
  keyrite publish --host crl.example.test /srv/crl")]
pub(crate) struct Args {
    /// The root of a web server, a directory that is there
    #[arg(value_name = "DIR", required_unless_present = "check", conflicts_with = "check")]
    directory: Option<PathBuf>,

    /// Only compare: a directory, or the URL of a web server's root
    #[arg(long, value_name = "URL|DIR")]
    check: Option<Target>,

    /// Only what is fetched from this host; without it, the paths of all hosts share one root
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let settings = configuration::load(context)?;
        let store = ledger::read(context)?;
        let now = SystemClock.now();
        let publication = publishing::gather(&store, &settings, self.host.as_deref(), now)?;
        let gaps: Vec<String> = publication.gaps.iter().map(ToString::to_string).collect();
        if publication.files.is_empty() && publication.answers.is_empty() && gaps.is_empty() {
            return Err(Failure::new(Exit::Refused, "no certificate and no CA names a URL").hint(
                "give crl_urls, ca_urls or ocsp_urls under [ca.NAME] in keyrite.toml, before certificates are issued",
            ));
        }
        let Some(directory) = self.directory else {
            let target = self.check.unwrap_or(Target::Directory(PathBuf::new()));
            let findings = Inspection::of(&store, &publication, &target, now)?;
            let right = findings.iter().filter(|one| one.fault.is_none()).count();
            let line = |path: &str, wanted: &str, what: &str| format!("{path}: {what}; wanted {wanted}");
            let wrong: Vec<String> = findings
                .iter()
                .filter_map(|one| Some(line(&one.path, &one.wanted, one.fault.as_ref()?)))
                .collect();
            let remarks: Vec<String> = findings
                .iter()
                .filter_map(|one| Some(format!("{}: {}", one.path, one.remark.as_ref()?)))
                .collect();
            let good = wrong.is_empty() && gaps.is_empty();
            let view = View::default()
                .row("as it should be", right)
                .row("not as it should be", wrong)
                .maybe("remarks", (!remarks.is_empty()).then_some(remarks))
                .maybe("missing", (!gaps.is_empty()).then_some(gaps));
            return Ok(Answer::new(view).exit(if good { Exit::Done } else { Exit::Refused }));
        };
        output::preview(&directory.join(".keyrite"))?;
        let done = publishing::write(&store, &publication, &directory, now)?;
        if let Some(first) = done.newer.first() {
            let message = format!(
                "{first} is newer than anything on record, and was left alone with {} others",
                done.newer.len().saturating_sub(1)
            );
            return Err(Failure::new(Exit::Integrity, message).hint(
                "this ledger has been put back to an older state, or another one publishes here: keyrite restore takes what was published into account",
            ));
        }
        let files: Vec<String> =
            done.manifest.files.iter().map(|file| format!("{}: {}", file.path, file.title())).collect();
        let responses: Vec<String> = done
            .manifest
            .ocsp
            .iter()
            .map(|one| {
                if one.answers == 0 && one.left_out == 0 {
                    return format!(
                        "/{}: no responses about certificates of CA {} are on record, so that a responder has to answer there",
                        one.path, one.ca
                    );
                }
                let left = match one.left_out {
                    0 => String::new(),
                    left => format!(", {left} left out: keyrite ocsp sign --ca {} --all", one.ca),
                };
                format!("/{}: {} responses about certificates of CA {}{left}", one.path, one.answers, one.ca)
            })
            .collect();
        let contradicted = done.manifest.ocsp.iter().filter(|one| one.contradicted > 0).map(|one| {
            format!(
                "{} OCSP responses about certificates of CA {} say something else than the ledger by now, and what was published of them stands: keyrite ocsp sign --ca {} --all",
                one.contradicted, one.ca, one.ca
            )
        });
        let gaps: Vec<String> = gaps.into_iter().chain(contradicted).collect();
        let exit = if gaps.is_empty() { Exit::Done } else { Exit::Refused };
        let view = View::default()
            .row("files", files)
            .maybe("OCSP", (!responses.is_empty()).then_some(responses))
            .row("files written", done.written)
            .row("files unchanged", done.unchanged)
            .maybe("missing", (!gaps.is_empty()).then_some(gaps))
            .row("directory", directory.display().to_string());
        Ok(Answer::new(view).exit(exit))
    }
}
