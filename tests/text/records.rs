//! What a home and a token keep and show again: refusals, approvals, records, the audit log, labels.

use crate::home::Home;
use crate::points::{assert_shown, texts};
use crate::program::{Run, finish, save};
use crate::{documents, points};

fn both(home: &Home, arguments: &[&str]) -> [Run; 2] {
    [arguments.to_vec(), [arguments, &["--json"]].concat()].map(|arguments| {
        let run = finish(home.command(&arguments), b"");
        assert_shown(&run, &arguments);
        run
    })
}

#[test]
fn refusals_and_approvals_show_what_requests_say() {
    let home = Home::with_root("text-issue");
    let at = home.tokens.path();
    let mut files = Vec::new();
    for (number, text) in texts(60).iter().enumerate() {
        let file = format!("{number}.csr");
        save(&at.join(&file), documents::request_of(text));
        files.push(file);
    }
    for (number, few) in texts(24).chunks(90).enumerate() {
        let file = format!("all-{number}.csr");
        save(&at.join(&file), documents::request(few));
        files.push(file);
    }
    let mut approved = 0;
    let mut refused = 0;
    for few in files.chunks(200) {
        let mut arguments = vec!["issue"];
        arguments.extend(few.iter().map(String::as_str));
        arguments.extend(["--ca", "root", "--profile", "tls-client", "--dry-run"]);
        for run in both(&home, &arguments) {
            assert!(run.code <= 1, "{run:#?}");
            approved += run.stdout.matches("to be signed").count();
            refused += run.stdout.matches("refused").count();
        }
    }
    assert!(approved > 0 && refused > 0, "{approved} approved, {refused} refused");
    // Where names look like others, the approval says so, and so does the refusal.
    save(&at.join("like.csr"), documents::request_of("раураӏ"));
    let like = ["issue", "like.csr", "--ca", "root", "--profile", "tls-client", "--dry-run"];
    for arguments in [like.to_vec(), [&like[..], &["--subject", "C=XX,CN=раураӏ"]].concat()] {
        for run in both(&home, &arguments) {
            let said = format!("{}{}", run.stdout, run.stderr);
            assert!(said.contains("it may be read as"), "{run:#?}");
        }
    }
    // What a preview says of one alone is its answer.
    for file in files.iter().rev().take(3) {
        let arguments = ["issue", file, "--ca", "root", "--profile", "tls-client", "--dry-run"];
        for run in both(&home, &arguments) {
            assert!(run.code == 1 && run.stdout.contains("POL-"), "{run:#?}");
        }
    }
}

#[test]
fn records_show_who_asked() {
    let home = Home::with_root("text-records");
    let at = home.tokens.path();
    save(&at.join("www.csr"), documents::request_of("www.example.test"));
    let issue =
        ["issue", "www.csr", "--ca", "root", "--profile", "tls-client", "--subject", "CN=Ann", "--yes"];
    let mut kept = 0;
    for text in texts(2_000) {
        // No argument has a NUL.
        let text = text.replace('\0', "");
        for run in both(&home, &[&issue[..], &["--requester", &text]].concat()) {
            kept += usize::from(run.code == 0);
        }
    }
    let all = points::points().len().div_ceil(2_000);
    for arguments in [
        &["certificate", "list"][..],
        &["audit", "list"],
        &["audit", "verify"],
        &["status"],
        &["ca", "list"],
        &["ca", "show", "root"],
    ] {
        for run in both(&home, arguments) {
            assert!(run.code == 0 && !run.stdout.is_empty(), "{run:#?}");
        }
    }
    assert!(kept >= all, "{kept} certificates for {all} texts");
    // What auditors and witnesses see.
    for arguments in [
        &["audit", "checkpoint"][..],
        &["audit", "checkpoint", "--ca", "root", "--out", "checkpoint", "--yes"],
        &["audit", "export", "export"],
        &["audit", "verify", "--export", "export"],
    ] {
        let run = finish(home.command(arguments), b"");
        assert_shown(&run, arguments);
        assert!(run.code == 0 && !run.stdout.is_empty(), "{run:#?}");
    }
    let listed = finish(home.command(&["audit", "list", "--event", "signing", "--json"]), b"");
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    for (at, entry) in listed["entries"].as_array().unwrap().iter().enumerate().filter(|(at, _)| at % 9 == 1)
    {
        let serial = entry["details"]["number"].as_str().unwrap();
        let proof = format!("{at}.proof");
        for arguments in [
            &["audit", "prove", serial, "--event", "signing"][..],
            &["audit", "prove", serial, "--event", "signing", "--out", &proof],
            &["audit", "verify", "--proof", &proof, "--head", "0"],
            &["audit", "verify", "--proof", &proof],
        ] {
            let run = finish(home.command(arguments), b"");
            assert_shown(&run, arguments);
            assert_eq!(run.code, if arguments.contains(&"--head") { 2 } else { 0 }, "{run:#?}");
        }
    }
}

/// The files of a CA that moves in are somebody else's: what stands in them comes back in the report.
#[test]
fn the_files_of_a_ca_that_moves_in_are_shown() {
    let home = Home::with_root("text-moving");
    let old = home.tokens.path().join("old");
    std::fs::create_dir(&old).unwrap();
    std::fs::copy(home.tokens.path().join("root.pem"), old.join("cacert.pem")).unwrap();
    save(&old.join("crlnumber"), "01");
    let mut printed = 0;
    for few in texts(24).chunks(40) {
        let mut index = String::new();
        for (at, text) in few.iter().enumerate() {
            let text = text.replace(['\n', '\0'], "");
            let serial = format!("{:04X}", 0x1000 + at);
            index.push_str(&format!("V\t491121191122Z\t\t{serial}\tunknown\t/CN={text}\n"));
            index.push_str(&format!("R\t491121191122Z\t200101000000Z,{text}\t{serial}\tunknown\t/CN=x\n"));
            index.push_str(&format!("{text}\t{text}\t\t{text}\tunknown\t/CN=x\n{text}\n"));
            index.push_str(&format!("V\t{text}\t\t{serial}\t{text}\t{text}\n"));
        }
        save(&old.join("index.txt"), index);
        for run in both(&home, &["migrate", "openssl", "old", "--ca", "x", "--dry-run"]) {
            assert_eq!(run.code, 1, "{run:#?}");
            printed += run.stdout.len();
        }
    }
    assert!(printed > points::points().len(), "{printed}");
}
