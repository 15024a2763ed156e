//! A plan for people: every step, with every field of what will be signed.

use keyrite::ceremony::{DerivationError, Foreseen, Foresight, Issuing, Subject, Task};
use keyrite::policy::Approved;

use super::acts;
use super::planning::Plan;
use crate::failure::{Exit, Failure};
use crate::view::{self, View};

/// All steps of a plan, section by section.
///
/// # Errors
/// A [`Failure`] with everything that is in the way.
pub(crate) fn view(plan: &Plan) -> Result<View, Failure> {
    let Foresight { steps, problems } = plan.foresee();
    if !problems.is_empty() {
        return Err(impossible(&problems));
    }
    let mut steps = steps.iter();
    let mut view = View::default();
    for (number, section) in (1_u32..).zip(&plan.script.sections) {
        let present: Vec<String> =
            section.present.iter().map(|(role, people)| format!("{people} as {role}")).collect();
        let of_section = steps.by_ref().take(section.steps.len());
        let shown: Vec<View> = of_section
            .map(|(step, foreseen)| {
                View::default()
                    .row("step", format!("{} {}", step.id, step.title))
                    .maybe("observed", observed(&step.task))
                    .maybe("runs", acts::shown(plan, step))
                    .and(foreseen_view(&step.task, foreseen))
            })
            .collect();
        let one = View::default()
            .row("title", section.title.clone())
            .row("present", present)
            .row("approvals", u64::from(section.approvals))
            .row("steps", shown);
        view = view.row(format!("section {number}"), one);
    }
    Ok(view)
}

/// The failure of a script that cannot be carried out.
fn impossible(problems: &[(String, DerivationError)]) -> Failure {
    let failure =
        Failure::new(Exit::Refused, "the script cannot be carried out: nothing was asked for or made");
    problems.iter().fold(failure, |failure, (step, error)| {
        let mut text = error.to_string();
        let mut next = std::error::Error::source(error);
        while let Some(cause) = next {
            let cause_text = cause.to_string();
            if !text.ends_with(&cause_text) {
                text = format!("{text}: {cause_text}");
            }
            next = cause.source();
        }
        let place = if step.is_empty() { "before the first step".to_owned() } else { format!("step {step}") };
        failure.because(format!("{place}: {text}"))
    })
}

fn observed(task: &Task) -> Option<Vec<String>> {
    let Task::Action { observe, .. } = task else { return None };
    (!observe.is_empty()).then(|| observe.clone())
}

fn signer(issuer: Option<&Issuing>) -> String {
    issuer.map_or_else(
        || "the new key itself (self-signed)".to_owned(),
        |issuer| {
            let name = issuer.authority.name().as_str();
            format!("CA {name:?}, {}", issuer.authority.certificate().subject())
        },
    )
}

/// When something is valid whose first second is that of its signature.
fn dates(task: &Task, approved: &Approved) -> View {
    let fixed = if let Task::CreateRoot { not_before, .. }
    | Task::Issue { not_before, .. }
    | Task::IssueResponder { not_before, .. }
    | Task::CrossCertify { not_before, .. } = task
    {
        not_before.is_some()
    } else {
        false
    };
    if fixed {
        return View::default()
            .row("not before", approved.not_before().to_string())
            .row("not after", approved.not_after().to_string());
    }
    View::default()
        .row("not before", format!("when it is signed; now that is {}", approved.not_before()))
        .row("not after", format!("by that; now that is {}", approved.not_after()))
}

fn foreseen_view(task: &Task, foreseen: &Foreseen) -> View {
    match foreseen {
        Foreseen::Nothing => View::default(),
        Foreseen::Certificate { issuer, draft } => {
            let approved = draft.approved();
            let key = if let Task::Issue { subject: Subject::File(_), .. } = task {
                view::key(approved.public_key())
            } else {
                View::default().row("algorithm", approved.public_key().algorithm().to_string()).row(
                    "made",
                    "by the token in this ceremony; identifiers of it are those of a stand-in here",
                )
            };
            let findings: Vec<String> =
                draft.linted().report().findings.iter().map(ToString::to_string).collect();
            View::default()
                .row("signed by", signer(issuer.as_deref()))
                .row("signed with", approved.signature().to_string())
                .row(
                    "profile",
                    format!("{} (SHA-256 {})", approved.profile(), hex::encode(approved.profile_sha256())),
                )
                .row("serial", "159 random bits, drawn when it is signed")
                .row("subject", approved.subject().to_string())
                .and(dates(task, approved))
                .row("key", key)
                .row("extensions", view::extensions(approved.extensions()))
                .row("lint", findings)
        }
        Foreseen::Request(draft) => {
            let fields = draft.fields();
            View::default()
                .row("signed by", "the new key itself")
                .row("signed with", fields.signature.to_string())
                .row("subject", fields.subject.to_string())
                .row("key", View::default().row("algorithm", fields.public_key.algorithm().to_string()))
                .row("asks for", view::extensions(&fields.extensions))
        }
        Foreseen::Crl { issuer, fields, revoked, number } => {
            let entries: Vec<String> = revoked.iter().map(|entry| entry.serial.to_string()).collect();
            View::default()
                .row("signed by", signer(Some(issuer)))
                .row("signed with", fields.signature.to_string())
                .row("number", number.to_string())
                .row("this update", format!("when it is signed; now that is {}", fields.this_update))
                .row("next update", format!("by that; now that is {}", fields.next_update))
                .row("revoked", entries)
                .row("extensions", view::extensions(&fields.extensions))
        }
        Foreseen::Key(algorithm) => View::default()
            .row("makes", format!("a key pair {algorithm} that cannot leave the token"))
            .row("signs", "a random challenge, by which the key proves itself"),
        Foreseen::Responses { issuer, responder, next_update } => View::default()
            .row("about", "every certificate that has not expired, as the ledger has it then")
            .row("for", signer(Some(issuer)))
            .row(
                "signed by",
                responder
                    .as_ref()
                    .map_or_else(|| "the CA itself".to_owned(), |name| format!("responder {name}")),
            )
            .row("this update", "when they are signed")
            .row("next update", format!("by that; now that is {next_update}")),
        Foreseen::Destruction => View::default().row("destroys", "the key, for good: nothing brings it back"),
        Foreseen::Checkpoint => View::default()
            .row("signs", "origin, size and root of the audit log as they are then (C2SP tlog-checkpoint)"),
        Foreseen::Revocation { serial, subject } => {
            View::default().row("serial", serial.to_string()).row("subject", subject.to_string())
        }
    }
}
