//! The report for an auditor: what was done, what shows which requirement, and what nothing here shows.

use std::fmt::Write as _;

use super::facts::Fact;
use super::html::{escape, head, page, row};
use super::picture;
use super::record::{Mode, Record};
use super::requirement::{REQUIREMENTS, Shown, numbers};
use super::verification::{Made, Verified};

/// The page, as HTML that needs nothing else; none where there is no script or transcript to report on.
#[must_use]
pub fn report(verified: &Verified) -> Option<String> {
    let (script, transcript) = (verified.script.as_ref()?, verified.transcript.as_ref()?);
    let records = transcript.records();
    let mut body = String::new();
    let out = &mut body;
    let _written = writeln!(
        out,
        "<h1>{}</h1>\n<p class=\"lead\">{}</p>",
        escape(&script.title),
        escape(&script.purpose)
    );
    if verified.mode == Some(Mode::Rehearsal) {
        out.push_str("<p><span class=\"mark\">REHEARSAL</span> Nothing here is of a real key.</p>\n");
    }
    verdict(out, verified);
    people(out, records);
    out.push_str("<h2>Certificates</h2>\n");
    out.push_str(&picture::tree(&verified.made));
    made(out, &verified.made);
    out.push_str(
        "<h2>Requirements</h2>\n<p>In our own words; the sources have the exact ones. A record is a line of \
                  transcript.jsonl.</p>\n<table>\n",
    );
    out.push_str(&head(&["Requirement", "Source", "Shown by records"]));
    for requirement in REQUIREMENTS {
        let shown = match requirement.shown {
            Shown::NotHere => "<span class=\"open\">not by these files</span>".to_owned(),
            Shown::By(words) => match numbers(records, words) {
                none if none.is_empty() && words == ["deviation"] => "none was told".to_owned(),
                none if none.is_empty() => "<span class=\"bad\">none</span>".to_owned(),
                numbers => escape(&numbers),
            },
        };
        let _written = writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{shown}</td></tr>",
            escape(requirement.text),
            escape(requirement.source)
        );
    }
    if let Some(document) = &script.document {
        let _written = writeln!(
            out,
            "<tr><td>the ceremony follows the document that the script names</td><td>{}</td>\
             <td><span class=\"open\">for the auditor to compare</span></td></tr>",
            escape(document)
        );
    }
    out.push_str("</table>\n<h2>Timeline</h2>\n");
    out.push_str(&picture::timeline(records));
    observations(out, records);
    calls(out, records);
    steps(out, verified);
    out.push_str("<footer>Made by keyrite from the bundle alone: it asked no token, no network and no home.</footer>\n");
    Some(page(&format!("Report: {}", script.title), &body))
}

fn list(out: &mut String, items: &[String]) {
    out.push_str("<ul>\n");
    for item in items {
        let _written = writeln!(out, "<li>{}</li>", escape(item));
    }
    out.push_str("</ul>\n");
}

fn verdict(out: &mut String, verified: &Verified) {
    out.push_str("<h2>Verdict</h2>\n");
    if verified.findings.is_empty() {
        out.push_str("<p class=\"good\">Every file accounts for every other. What was shown:</p>\n");
        list(out, &verified.proven);
    } else {
        let _written = writeln!(
            out,
            "<p class=\"bad\">{} things are not right; nothing below can be relied on.</p>",
            verified.findings.len()
        );
        let findings: Vec<String> = verified.findings.iter().take(200).map(ToString::to_string).collect();
        list(out, &findings);
    }
    out.push_str("<p>What these files cannot show:</p>\n");
    list(out, &verified.unproven);
    out.push_str("<table>\n");
    let mut digest = |label: &str, text: String| {
        let _written =
            writeln!(out, "<tr><td>{}</td><td><code>{}</code></td></tr>", escape(label), escape(&text));
    };
    if let Some(plan) = verified.plan {
        digest("Plan (SHA-256)", plan.to_string());
    }
    if let Some(manifest) = &verified.manifest {
        digest("Script (SHA-256)", manifest.script.to_string());
        digest(
            "Program",
            format!("keyrite {}, SHA-256 {}", manifest.program.version, manifest.program.sha256),
        );
        digest("Audit log", manifest.home.clone());
    }
    if let Some(head) = verified.head {
        digest("Transcript (head)", format!("{} records, {}", head.entries, head.hash));
    }
    if let Some(words) = verified.words() {
        digest("The same as words", words);
    }
    out.push_str("</table>\n");
}

fn people(out: &mut String, records: &[Record]) {
    out.push_str("<h2>People</h2>\n<table>\n");
    out.push_str(&head(&["Role", "Name, as typed", "Record"]));
    for record in records {
        if let Fact::SignedIn { role, person } = &record.fact {
            out.push_str(&row(&[role, person, &record.entry.to_string()]));
        }
    }
    out.push_str("</table>\n");
}

fn made(out: &mut String, made: &[Made]) {
    out.push_str("<table>\n");
    out.push_str(&head(&["Step", "What", "Subject, or CRL, and SHA-256", "On record"]));
    for one in made {
        let what = one.object.kind.to_string();
        let about = match (&one.certificate, &one.crl) {
            (Some(certificate), _) => {
                format!("{} (serial {})", certificate.subject(), certificate.serial())
            }
            (None, Some(crl)) => format!(
                "CRL {} of CA {}, {} revoked, next update {}",
                one.object.number,
                one.object.ca,
                crl.revoked().len(),
                crl.next_update().map_or_else(|| "never".to_owned(), |time| time.to_string())
            ),
            (None, None) => format!("of CA {}", one.object.ca),
        };
        let _written = writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}<br><code>{}</code></td><td>{}</td></tr>",
            escape(&one.step),
            escape(&what),
            escape(&about),
            one.sha256,
            escape(&one.time)
        );
    }
    out.push_str("</table>\n");
}

fn observations(out: &mut String, records: &[Record]) {
    out.push_str("<h2>What people reported</h2>\n<table>\n");
    out.push_str(&head(&["Step", "What", "Answer", "By", "Record"]));
    for record in records {
        let entry = record.entry.to_string();
        if let Fact::Observed { step, what, value, person } = &record.fact {
            out.push_str(&row(&[step, what, value, person, &entry]));
        } else if let Fact::ClockConfirmed { step, clock, person } = &record.fact {
            out.push_str(&row(&[step, "the clock is right", clock, person, &entry]));
        } else if let Fact::Deviation { step, person, reason } = &record.fact {
            out.push_str(&row(&[step, "deviation", reason, person, &entry]));
        }
    }
    out.push_str("</table>\n<h2>Machine and tokens</h2>\n<table>\n");
    out.push_str(&head(&["Step", "What", "Found", "Record"]));
    for record in records {
        let (step, before, found) = if let Fact::Environment { step, found } = &record.fact {
            (step, String::new(), found)
        } else if let Fact::Token { step, token, found } = &record.fact {
            (step, format!("token {token}: "), found)
        } else if let Fact::Key { step, token, found } = &record.fact {
            (step, format!("key in token {token}: "), found)
        } else {
            continue;
        };
        for (what, value) in found {
            out.push_str(&row(&[step, &format!("{before}{what}"), value, &record.entry.to_string()]));
        }
    }
    out.push_str("</table>\n");
}

/// How often the token was called in each step, and what commands have answered that sign nothing.
fn calls(out: &mut String, records: &[Record]) {
    out.push_str("<h2>Calls of tokens, and answers</h2>\n<table>\n");
    out.push_str(&head(&["Step", "What", "Record"]));
    for record in records {
        let entry = record.entry.to_string();
        if let Fact::Calls { step, key_pairs, signatures, failed } = &record.fact {
            let text = format!(
                "{key_pairs} key pairs made (C_GenerateKeyPair), {signatures} calls that sign (C_Sign), {failed} of them failed"
            );
            out.push_str(&row(&[step, &text, &entry]));
        } else if let Fact::Answered { step, lines, .. } = &record.fact {
            for line in lines {
                out.push_str(&row(&[step, line, &entry]));
            }
        }
    }
    out.push_str("</table>\n");
}

fn steps(out: &mut String, verified: &Verified) {
    let (Some(script), Some(transcript)) = (&verified.script, &verified.transcript) else { return };
    out.push_str("<h2>Steps</h2>\n<table>\n");
    out.push_str(&head(&["Step", "Title", "Done", "Attempts", "Approved by", "Records"]));
    for (_, step) in script.steps() {
        let of_step = || transcript.records().iter().filter(|one| one.fact.step() == Some(&step.id));
        let done = of_step().find(|one| matches!(one.fact, Fact::StepDone { .. }));
        let attempts = of_step().filter(|one| matches!(one.fact, Fact::StepBegun { .. })).count();
        let mut approved: Vec<&str> = of_step()
            .filter_map(|one| {
                let Fact::Approved { person, .. } = &one.fact else { return None };
                Some(person.as_str())
            })
            .collect();
        approved.sort_unstable();
        approved.dedup();
        let (first, last) = (of_step().next(), of_step().next_back());
        let range = match (first, last) {
            (Some(first), Some(last)) => format!("{}\u{2013}{}", first.entry, last.entry),
            _ => String::new(),
        };
        out.push_str(&row(&[
            &step.id,
            &step.title,
            done.map_or("", |one| &one.time),
            &attempts.to_string(),
            &approved.join(", "),
            &range,
        ]));
    }
    out.push_str("</table>\n");
}
