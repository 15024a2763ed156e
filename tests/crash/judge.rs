//! What a disturbed run must have said and done, and what must hold in its home.

use keyrite::x509::pem;

use crate::acts::Act;
use crate::aftermath::{Before, Fault, examine};
use crate::disturbance::{Disturbance, How, Traced};
use crate::durable;
use crate::home::{Home, Run};
use crate::points::Point;

/// Judges a run and the home that it leaves; recovers the home and works on in it.
pub(crate) fn judge(
    act: &Act,
    home: &Home,
    before: &Before,
    disturbance: &Disturbance,
    ran: &Traced,
) -> Result<(), Fault> {
    let run = &ran.run;
    if ran.hung {
        return Err(Fault::Hands("it hung".to_owned()));
    }
    let killed = disturbance.how == How::Kill && run.signal == Some(9);
    if !killed && !matches!(run.code, Some(0..=6)) || run.stderr.contains("panicked") {
        return Err(Fault::Said("it ended otherwise than a program of good manners does".to_owned()));
    }
    // Before anybody opens the ledger, which would finish what the run has left in its log.
    if run.code == Some(0)
        && let Some(fault) = durable::lost_by_a_power_cut(&home.path("."), &ran.trace)
    {
        return Err(Fault::Lost(fault));
    }
    (act.mend)(home)?;
    acknowledged(home, run)?;
    if run.code == Some(0) {
        (act.done)(home, before)?;
    } else if disturbance.how != How::Kill {
        names_file_and_cause(disturbance, run)?;
    }
    recover_what_was_rescued(home, run)?;
    examine(home, before)?;
    (act.then)(home)
}

/// What was printed as issued is on record, and its file is where it was said to be.
fn acknowledged(home: &Home, run: &Run) -> Result<(), Fault> {
    let issued: Vec<String> = home
        .certificates()
        .into_iter()
        .filter(|each| each.state == "issued")
        .map(|each| each.number)
        .collect();
    for line in run.stdout.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (serial, file) = match words.as_slice() {
            [_, "issued", serial, "in", file] => (Some(*serial), Some(*file)),
            ["serial", serial] => (Some(*serial), None),
            ["written", file] => (None, Some(*file)),
            _ => continue,
        };
        if serial.is_some_and(|serial| !issued.iter().any(|one| one == serial)) {
            return Err(Fault::Lost(format!("acknowledged and not on record: {line}")));
        }
        if file.is_some_and(|file| !home.path(file).exists()) {
            return Err(Fault::Lost(format!("acknowledged and not there: {line}")));
        }
    }
    Ok(())
}

/// The error is for somebody who must act: it says on what, and why.
fn names_file_and_cause(disturbance: &Disturbance, run: &Run) -> Result<(), Fault> {
    let Point::Main { line, .. } = &disturbance.point else { return Ok(()) };
    // A message that cannot be written, or was the very thing that failed, is not there.
    if line.contains("(1<") || line.contains("(2<") {
        return Ok(());
    }
    let said = format!("{}{}", run.stdout, run.stderr);
    let files = [
        "ledger",
        "/ca",
        "fresh",
        ".pem",
        ".crl",
        "answers",
        "www",
        "out",
        "moved",
        "exported",
        "ca.keyrite",
        "keyrite.toml",
        "directory",
    ];
    let causes = [
        "os error",
        "no space is left",
        "cannot be written",
        "disk I/O error",
        "disk is full",
        "Input/output error",
        "No space left",
        "Read-only file system",
        "quota",
        "an earlier write",
        "unable to open database file",
        "locking protocol",
        "in use by another",
    ];
    let names = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if said.contains("error: ") && names(&files) && names(&causes) {
        return Ok(());
    }
    Err(Fault::Said("the message names no file or no cause".to_owned()))
}

/// What was signed and could not be recorded was kept, in files or as text, and is brought on record as the message
/// says.
fn recover_what_was_rescued(home: &Home, run: &Run) -> Result<(), Fault> {
    let mut kept: Vec<String> = Vec::new();
    for directory in [".", "out"] {
        for name in home.files(directory).into_iter().filter(|name| name.starts_with("rescued-")) {
            if !run.stderr.contains(&name) {
                return Err(Fault::Said(format!("{name} is there, and not named")));
            }
            kept.push(format!("{directory}/{name}"));
        }
    }
    for (number, part) in run.stderr.split("-----BEGIN ").skip(1).enumerate() {
        let Some((body, _)) = part.split_once("-----END ") else {
            return Err(Fault::Lost("half of a signed object was printed".to_owned()));
        };
        let (label, _) = body.split_once("-----").unwrap_or_default();
        let name = format!("printed-{number}.pem");
        home.write(&name, &format!("-----BEGIN {body}-----END {label}-----\n"));
        kept.push(name);
    }
    for file in kept {
        let recovered = home.keyrite(&["recover", "--found", &file], "");
        let recorded = recovered.code == Some(0) && recovered.stdout.contains("found and recorded");
        // What could not be synced may have come on record all the same.
        if !recorded && !is_on_record(home, &file) {
            return Err(Fault::Lost(format!("{file} was kept: {recovered:#?}")));
        }
        std::fs::remove_file(home.path(&file)).unwrap();
    }
    Ok(())
}

fn is_on_record(home: &Home, file: &str) -> bool {
    let octets = std::fs::read(home.path(file)).unwrap();
    let Ok(der) = pem::one(&octets, &["CERTIFICATE", "X509 CRL"]) else { return false };
    let all = home.certificates().into_iter().chain(home.crls());
    all.filter(|each| each.state == "issued").any(|each| each.der.as_ref() == Some(&der))
}
