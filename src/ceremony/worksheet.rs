//! The worksheet: a script to be printed, with boxes to tick, times and initials, for those who follow it on paper.

use std::fmt::Write as _;

use super::html::{escape, head, page, row};
use super::script::{Script, Section};
use super::step::{NewCa, Step, Subject, Task};

/// The page, as HTML that needs nothing else.
#[must_use]
pub fn worksheet(script: &Script, sha256: &str) -> String {
    let mut body = String::new();
    let out = &mut body;
    put(
        out,
        &format!("<h1>{}</h1>\n<p class=\"lead\">{}</p>\n", escape(&script.title), escape(&script.purpose)),
    );
    put(out, "<table>\n");
    if let Some(document) = &script.document {
        put(out, &row(&["Follows", document]));
    }
    put(out, &format!("<tr><td>Script (SHA-256)</td><td><code>{}</code></td></tr>\n", escape(sha256)));
    put(
        out,
        "<tr><td>Plan (SHA-256)</td><td><span class=\"line\" style=\"min-width:100%\"></span></td></tr>\n",
    );
    put(
        out,
        "<tr><td>Place and date</td><td><span class=\"line\" style=\"min-width:100%\"></span></td></tr>\n</table>\n",
    );
    put(out, "<h2>People</h2>\n<table>\n");
    put(out, &head(&["Role", "What they do", "Name", "Signature", "Initials"]));
    for role in &script.roles {
        for _ in 0..role.people {
            let free = "<td class=\"free\"></td>".repeat(3);
            let (name, what) = (escape(&role.name), escape(&role.description));
            put(out, &format!("<tr><td>{name}</td><td>{what}</td>{free}</tr>\n"));
        }
    }
    put(out, "</table>\n");
    for (number, section) in (1..).zip(&script.sections) {
        put_section(out, number, section);
    }
    put(
        out,
        "<h2>The end of the transcript</h2>\n<p>Write down the 32 words that the program shows at the end, and \
              compare them by reading aloud. They stand for the whole transcript.</p>\n<table>\n",
    );
    for line in 0..8_u32 {
        let number = |place: u32| line.saturating_mul(4).saturating_add(place);
        let cells: String =
            (1..=4).map(|place| format!("<td class=\"word\">{}</td>", number(place))).collect();
        put(out, &format!("<tr>{cells}</tr>\n"));
    }
    put(out, "</table>\n<table>\n");
    put(out, &head(&["Deviations from this script, with step and reason", "Time (UTC)", "Initials"]));
    for _ in 0..4 {
        put(out, "<tr><td style=\"height:2.2rem\"></td><td></td><td></td></tr>\n");
    }
    put(out, "</table>\n<footer>Made by keyrite from the file that the ceremony carries out.</footer>\n");
    page(&script.title, &body)
}

fn put(out: &mut String, text: &str) {
    out.push_str(text);
}

fn put_section(out: &mut String, number: u32, section: &Section) {
    let present: Vec<String> =
        section.present.iter().map(|(role, people)| format!("{people} as {role}")).collect();
    let _written = write!(
        out,
        "<h2>{number}. {}</h2>\n<p>Present: {}. Approvals of what is signed: {}.</p>\n<table>\n",
        escape(&section.title),
        escape(&present.join(", ")),
        section.approvals
    );
    put(
        out,
        "<thead><tr><th></th><th>Step</th><th style=\"width:6rem\">Time (UTC)</th><th style=\"width:5rem\">Initials</th></tr></thead>\n",
    );
    for step in &section.steps {
        let _written = writeln!(
            out,
            "<tr class=\"step\"><td><span class=\"box\"></span></td><td><b>{}</b> {}{}</td><td></td><td></td></tr>",
            escape(&step.id),
            escape(&step.title),
            details(step)
        );
    }
    put(out, "</table>\n");
}

/// What is to be compared or written in a step.
fn details(step: &Step) -> String {
    let mut lines: Vec<String> = Vec::new();
    match &step.task {
        Task::CheckEnvironment => {
            lines.push(format!("Clock of the room: {LINE} Clock of the machine: {LINE}"));
            lines.push(format!("SHA-256 of the program, first eight digits: {LINE}"));
        }
        Task::CheckToken { .. } => lines.push(format!("Serial number on the token: {LINE}")),
        Task::GenerateKey { key } => lines.push(format!(
            "Key {} ({}) in token {}. First eight digits of the SHA-256 of its public half: {LINE}",
            escape(&key.label),
            key.algorithm,
            escape(&key.token)
        )),
        Task::IssueResponder { responder, profile, validity, .. } => {
            lines.push(format!("Subject: {}", escape(&responder.subject.to_string())));
            lines.push(format!(
                "Key {} in token {}, by profile {}",
                escape(&responder.key),
                escape(&responder.token),
                escape(profile)
            ));
            lines.extend(validity.map(|length| format!("Valid for: {length}")));
        }
        Task::SignOcsp { next_update, .. } => {
            lines.push(format!("Good for: {next_update}. Number of responses: {LINE}"));
        }
        Task::Verify => lines.push(format!("Entries of the audit log: {LINE}")),
        Task::CreateRoot { ca, validity, .. } => {
            lines.extend(of_ca(ca));
            lines.extend(validity.map(|length| format!("Valid for: {length}")));
        }
        Task::Request { ca } => lines.extend(of_ca(ca)),
        Task::Issue { ca, subject, profile, validity, .. } => {
            let whom = match subject {
                Subject::Ca(name) => format!("CA {name}"),
                Subject::File(path) => path.clone(),
            };
            lines.push(format!(
                "Issued by CA {} for {}, by profile {}",
                escape(ca),
                escape(&whom),
                escape(profile)
            ));
            lines.extend(validity.map(|length| format!("Valid for: {length}")));
        }
        Task::CrossCertify { ca, other, profile, validity, .. } => {
            let whom = match other {
                Subject::Ca(name) => format!("CA {name}"),
                Subject::File(path) => path.clone(),
            };
            lines.push(format!(
                "CA {} certifies {} by profile {}",
                escape(ca),
                escape(&whom),
                escape(profile)
            ));
            lines.extend(validity.map(|length| format!("Valid for: {length}")));
        }
        Task::Revoke { ca, certificate, reason } => {
            let reason = reason.map_or_else(|| "unspecified".to_owned(), |reason| reason.to_string());
            lines.push(format!("{} of CA {}, reason {}", escape(certificate), escape(ca), escape(&reason)));
        }
        Task::IssueCrl { next_update, .. } => {
            let until =
                next_update.map_or_else(|| "for ever: the last one".to_owned(), |length| length.to_string());
            lines.push(format!("Good for: {until}. Number of the CRL: {LINE}"));
        }
        Task::Action { text, observe } => {
            if *text != step.title {
                lines.push(escape(text));
            }
            lines.extend(observe.iter().map(|what| format!("{}: {LINE}", escape(what))));
        }
        Task::Pause { .. }
        | Task::Install { .. }
        | Task::Checkpoint { .. }
        | Task::DestroyKey { .. }
        | Task::Publish { .. } => {}
    }
    if step.task.is_approved() {
        lines.push(format!("First four words of the digest: {LINE} {LINE}"));
    }
    lines.iter().map(|line| format!("<br>{line}")).collect()
}

/// Something to be filled in.
const LINE: &str = "<span class=\"line\"></span>";

fn of_ca(ca: &NewCa) -> Vec<String> {
    vec![
        format!("Subject: {}", escape(&ca.subject.to_string())),
        format!(
            "Key {} ({}) in token {}, by profile {}",
            escape(&ca.key),
            ca.algorithm,
            escape(&ca.token),
            escape(&ca.profile)
        ),
    ]
}
