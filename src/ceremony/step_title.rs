//! The title of a step that the script gives none.

use super::step::{Subject, Task};

/// What a step is called that the script gives no title.
pub(super) fn usual_title(task: &Task) -> String {
    match task {
        Task::CheckEnvironment => "Record the machine and the program, confirm the clock".to_owned(),
        Task::CheckToken { token } => format!("Record what token {token} says of itself"),
        Task::GenerateKey { key } => format!("Make the key {} in token {}", key.label, key.token),
        Task::IssueResponder { ca, responder, .. } => {
            format!("CA {ca} issues the certificate of responder {}", responder.name)
        }
        Task::SignOcsp { ca, responder: Some(responder), .. } => {
            format!("Responder {responder} signs OCSP responses for CA {ca}")
        }
        Task::SignOcsp { ca, responder: None, .. } => format!("CA {ca} signs OCSP responses"),
        Task::Publish { host: Some(host) } => format!("Write what relying parties fetch from {host}"),
        Task::Publish { host: None } => "Write what relying parties fetch".to_owned(),
        Task::Verify => "Verify the audit log, and every file that was written".to_owned(),
        Task::CreateRoot { ca, .. } => {
            format!(
                "Make the key {} in token {} and the root certificate of CA {}",
                ca.key, ca.token, ca.name
            )
        }
        Task::Request { ca } => {
            format!("Make the key {} in token {} and the request of CA {}", ca.key, ca.token, ca.name)
        }
        Task::Issue { ca, subject: Subject::Ca(name), .. } => {
            format!("CA {ca} issues the certificate of CA {name}")
        }
        Task::Issue { ca, subject: Subject::File(path), .. } => {
            format!("CA {ca} issues the certificate for {path}")
        }
        Task::CrossCertify { ca, other: Subject::Ca(name), .. } => {
            format!("CA {ca} certifies CA {name} across")
        }
        Task::CrossCertify { ca, other: Subject::File(path), .. } => {
            format!("CA {ca} certifies the CA of {path} across")
        }
        Task::DestroyKey { ca } => format!("Destroy the key of CA {ca}"),
        Task::Install { ca } => format!("Install the certificate of CA {ca}"),
        Task::Revoke { ca, certificate, .. } => format!("Revoke {certificate} of CA {ca}"),
        Task::IssueCrl { ca, .. } => format!("CA {ca} issues its next CRL"),
        Task::Checkpoint { ca } => format!("The key of CA {ca} signs the audit log"),
        Task::Action { text, .. } => text.clone(),
        Task::Pause { text } => format!("Pause: {text}"),
    }
}
