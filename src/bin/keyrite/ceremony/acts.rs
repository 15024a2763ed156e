//! What a step does, as the command that does the same outside of a ceremony.

use std::path::{Path, PathBuf};

use keyrite::ceremony::{Mode, NewCa, POSSESSION, Section, Step, Subject, Task, layout};
use keyrite::x509::csr::Csr;

use super::planning::Plan;
use super::talk::{Part, Programme};

/// The words of a command, with what is in them for people.
pub(crate) type Words = Vec<String>;

/// What a step runs, as the plan shows it.
pub(crate) fn shown(plan: &Plan, step: &Step) -> Option<String> {
    let words = words(plan, step, Path::new("DIR"), &Standing::default())?;
    let quoted = words.iter().map(|word| {
        let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "-_=./:".contains(c));
        if plain { word.clone() } else { format!("'{word}'") }
    });
    Some(format!("keyrite {}", quoted.collect::<Vec<_>>().join(" ")))
}

/// The script beside what is done: each step with what it runs, or what people do.
pub(crate) fn programme(plan: &Plan, mode: Mode) -> Programme {
    let text = |step: &Step| {
        let Task::Action { text, observe } = &step.task else {
            return shown(plan, step).map(|command| format!("runs: {command}")).unwrap_or_default();
        };
        let text = if *text == step.title { "" } else { text.as_str() };
        format!("{text} {}", observe.iter().map(|what| format!("[{what}]")).collect::<Vec<_>>().join(" "))
    };
    let steps = |section: &Section| {
        section
            .steps
            .iter()
            .map(|step| [step.id.clone(), step.title.clone(), text(step).trim().to_owned()])
            .collect()
    };
    let sections = &plan.script.sections;
    let sections = sections.iter().map(|one| Part { title: one.title.clone(), steps: steps(one) }).collect();
    let words: Vec<&str> = keyrite::audit::words::words(plan.digest.as_bytes()).collect();
    Programme { title: plan.script.title.clone(), mode, plan: words.join(" "), sections }
}

/// What is there already when a step is done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// Its key is in the token: an attempt before has made it.
    pub(crate) key_made: bool,
    /// SHA-256 over the request for which it issues, in hex.
    pub(crate) request: Option<String>,
    /// The OCSP responses that an attempt before has had signed, as files.
    pub(crate) answered: Vec<(PathBuf, Vec<u8>)>,
    /// The certificates of which an attempt before has not come.
    pub(crate) remaining: Vec<String>,
}

/// Where the certificates of CAs are that were there before: beside what is bundled, which has them in its log.
pub(crate) const EXISTING: &str = "existing/";

/// The file that a step writes, below the directory of the run.
pub(crate) fn output(step: &Step) -> Option<String> {
    let name = match &step.task {
        Task::CreateRoot { ca, .. } => format!("{}.pem", ca.name),
        Task::Request { ca } => format!("{}.csr", ca.name),
        Task::Issue { subject: Subject::Ca(name), .. } => format!("{name}.pem"),
        Task::Issue { subject: Subject::File(_), .. } => format!("step-{}.pem", step.id),
        Task::CrossCertify { .. } => format!("cross-{}.pem", step.id),
        Task::IssueCrl { ca, .. } => format!("{ca}-{}.crl", step.id),
        Task::Checkpoint { .. } => format!("checkpoint-{}.txt", step.id),
        Task::GenerateKey { .. } => format!("key-{}.pem", step.id),
        Task::IssueResponder { responder, .. } => format!("{}.pem", responder.name),
        Task::SignOcsp { .. }
        | Task::Publish { .. }
        | Task::Verify
        | Task::CheckEnvironment
        | Task::CheckToken { .. }
        | Task::Install { .. }
        | Task::Revoke { .. }
        | Task::DestroyKey { .. }
        | Task::Action { .. }
        | Task::Pause { .. } => return None,
    };
    Some(format!("{}{name}", layout::OUTPUTS))
}

/// The directory of the files that a step writes, below that of the run.
pub(crate) fn directory(step: &Step) -> Option<String> {
    if matches!(step.task, Task::SignOcsp { .. }) {
        Some(layout::responses(&step.id))
    } else if matches!(step.task, Task::Publish { .. }) {
        Some(layout::published(&step.id))
    } else {
        None
    }
}

/// The words of the command that a step runs; none where it runs none.
pub(crate) fn words(plan: &Plan, step: &Step, directory: &Path, standing: &Standing) -> Option<Words> {
    let below = |path: &str| directory.join(path).display().to_string();
    let out = || output(step).map(|path| format!("--out={}", below(&path)));
    let mut words: Words = Vec::new();
    match &step.task {
        Task::CreateRoot { ca, not_before, validity } => {
            words.extend(["ca", "create"].map(str::to_owned));
            words.extend(make(plan, ca, standing)?);
            words.extend(not_before.map(|time| format!("--not-before={time}")));
            words.extend(validity.map(|length| format!("--validity={length}")));
            words.extend(out());
        }
        Task::Request { ca } => {
            words.extend(["ca", "request"].map(str::to_owned));
            words.extend(make(plan, ca, standing)?);
            words.extend(out());
        }
        Task::Issue { ca, subject, profile, not_before, validity } => {
            let (path, sha256) = match subject {
                Subject::Ca(name) => (format!("{}{name}.csr", layout::OUTPUTS), standing.request.clone()),
                Subject::File(path) => {
                    let csr = plan.inputs.get(path).and_then(|octets| Csr::parse(octets).ok());
                    (format!("{}{path}", layout::INPUTS), csr.map(|csr| hex::encode(csr.sha256())))
                }
            };
            words.push("issue".to_owned());
            words.push(below(&path));
            words.push(format!("--ca={ca}"));
            words.push(format!("--profile={profile}"));
            words.extend(sha256.map(|sha256| format!("--request-sha256={sha256}")));
            words.extend(not_before.map(|time| format!("--not-before={time}")));
            words.extend(validity.map(|length| format!("--validity={length}")));
            words.push(format!("--requester=step {} of the ceremony", step.id));
            words.extend(out());
        }
        Task::CrossCertify { ca, other, profile, not_before, validity } => {
            let path = match other {
                Subject::Ca(name) if plan.script.existing.contains_key(name) => {
                    format!("{EXISTING}{name}.pem")
                }
                Subject::Ca(name) => format!("{}{name}.pem", layout::OUTPUTS),
                Subject::File(path) => format!("{}{path}", layout::INPUTS),
            };
            words.push("issue".to_owned());
            words.push(format!("--cross={}", below(&path)));
            words.push(format!("--ca={ca}"));
            words.push(format!("--profile={profile}"));
            words.extend(not_before.map(|time| format!("--not-before={time}")));
            words.extend(validity.map(|length| format!("--validity={length}")));
            words.push(format!("--requester=step {} of the ceremony", step.id));
            words.extend(out());
        }
        Task::DestroyKey { ca } => {
            words.extend(["key", "destroy"].map(str::to_owned));
            words.push(plan.keys().get(ca)?.to_string());
            words.push(format!("--of-ca={ca}"));
        }
        Task::Install { ca } => {
            words.extend(["ca", "install"].map(str::to_owned));
            words.push(ca.clone());
            words.push(below(&format!("{}{ca}.pem", layout::OUTPUTS)));
        }
        Task::Revoke { ca, certificate, reason } => {
            words.push("revoke".to_owned());
            words.push(below(&format!("{}{certificate}", layout::INPUTS)));
            words.push(format!("--ca={ca}"));
            let reason = reason.map_or_else(|| "unspecified".to_owned(), |reason| reason.to_string());
            words.push(format!("--reason={reason}"));
        }
        Task::IssueCrl { ca, next_update } => {
            words.extend(["crl", "issue"].map(str::to_owned));
            words.push(format!("--ca={ca}"));
            words.push(
                next_update.map_or_else(|| "--last".to_owned(), |length| format!("--next-update={length}")),
            );
            words.extend(out());
        }
        Task::Checkpoint { ca } => {
            words.extend(["audit", "checkpoint"].map(str::to_owned));
            words.push(format!("--ca={ca}"));
            words.extend(out());
        }
        Task::GenerateKey { key } => {
            let uri = plan.key(&key.token, &key.label)?;
            if standing.key_made {
                words.extend(["key", "show"].map(str::to_owned));
                words.push(uri.to_string());
            } else {
                words.extend(["key", "generate"].map(str::to_owned));
                words.push(uri.to_string());
                words.push(format!("--algorithm={}", key.algorithm));
            }
            words.extend(output(step).map(|path| format!("--public-out={}", below(&path))));
        }
        Task::IssueResponder { ca, responder, profile, not_before, validity } => {
            let (made, _) = plan.script.generated(&responder.token, &responder.key)?;
            words.push("issue".to_owned());
            words.push(format!("--public-key={}", below(&output(made)?)));
            words.push(format!("--possession={POSSESSION}"));
            words.push(format!("--ca={ca}"));
            words.push(format!("--profile={profile}"));
            words.push(format!("--subject={}", responder.subject));
            words.extend(not_before.map(|time| format!("--not-before={time}")));
            words.extend(validity.map(|length| format!("--validity={length}")));
            words.push(format!("--requester=step {} of the ceremony", step.id));
            words.extend(out());
        }
        Task::SignOcsp { ca, responder, next_update } => {
            words.extend(["ocsp", "sign"].map(str::to_owned));
            words.push(format!("--ca={ca}"));
            if standing.remaining.is_empty() {
                words.push("--all".to_owned());
            }
            words.extend(standing.remaining.iter().map(|serial| format!("--serial={serial}")));
            if let Some(name) = responder {
                let (issued, responder) = plan.script.responder(name)?;
                words.push(format!("--responder={}", below(&output(issued)?)));
                words.push(format!("--key={}", plan.key(&responder.token, &responder.key)?));
            }
            words.push(format!("--next-update={next_update}"));
            words.push(format!("--out={}", below(&layout::responses(&step.id))));
        }
        Task::Publish { host } => {
            words.push("publish".to_owned());
            words.push(below(&layout::published(&step.id)));
            words.extend(host.as_ref().map(|host| format!("--host={host}")));
        }
        Task::Verify => words.extend(["audit", "verify"].map(str::to_owned)),
        Task::CheckEnvironment | Task::CheckToken { .. } | Task::Action { .. } | Task::Pause { .. } => {
            return None;
        }
    }
    Some(words)
}

/// The words for a CA whose key is made.
fn make(plan: &Plan, ca: &NewCa, standing: &Standing) -> Option<Words> {
    let mut words = vec![ca.name.clone(), format!("--key={}", plan.key(&ca.token, &ca.key)?)];
    if !standing.key_made && plan.script.generated(&ca.token, &ca.key).is_none() {
        words.push(format!("--generate={}", ca.algorithm));
    }
    words.push(format!("--profile={}", ca.profile));
    words.push(format!("--subject={}", ca.subject));
    Some(words)
}
