//! The audit log for others: checkpoints, witnesses, proofs and exports, made and verified by the program, and by
//! programs that are not keyrite.

use std::path::Path;
use std::process::Command;

use crate::issued::Home;
use crate::program::{Run, command, finish, save};
use crate::request::Request;

/// A home with a root, three certificates of which the first is revoked, and a CRL.
fn home(label: &str) -> (Home, Vec<String>) {
    let home = Home::with_root(label);
    let mut serials = Vec::new();
    for number in 0..3 {
        save(&home.tokens.path().join("www.csr"), Request::good().to_der());
        let subject = format!("CN=Ann {number}");
        let out = format!("{number}.pem");
        let issue = ["issue", "www.csr", "--ca", "root", "--profile", "tls-client", "--subject", &subject];
        home.run(&[&issue[..], &["--out", &out, "--yes"]].concat()).ends(0);
        let shown = home.run(&["certificate", "show", &out, "--json"]).ends(0).json();
        serials.push(shown["serial"].as_str().unwrap().to_owned());
    }
    home.run(&["revoke", &serials[0], "--ca", "root", "--reason", "superseded", "--yes"]).ends(0);
    home.run(&["crl", "issue", "--ca", "root", "--out", "root.crl", "--yes"]).ends(0);
    (home, serials)
}

/// The program with neither home nor token.
fn alone(home: &Home, arguments: &[&str]) -> Run {
    let mut command = command(home.tokens.path());
    command.args(arguments).args(["--home", "nowhere"]);
    finish(command, b"")
}

fn file(home: &Home, path: &str) -> String {
    std::fs::read_to_string(home.tokens.path().join(path)).unwrap()
}

/// What bash and the programs of coreutils say.
fn shell(directory: &Path, script: &str) -> String {
    let output = Command::new("bash").current_dir(directory).args(["-c", script]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn an_export_is_verified_alone_by_words_by_digits_and_by_a_shell() {
    let (home, serials) = home("cli-export");
    let exported = home.run(&["audit", "export", "export/", "--json"]).ends(0).json();
    let again = home.run(&["audit", "export", "export"]).ends(5);
    assert!(again.stderr.contains("export exists already and was not changed"), "{again:#?}");
    let listed = home.run(&["audit", "list", "--event", "exported", "--json"]).ends(0).json();
    assert_eq!(listed["entries"][0]["details"]["what"], "audit-log");
    assert_eq!(listed["entries"][0]["details"]["sha256"], exported["root"]["hex"]);
    let directory = home.tokens.path().join("export");
    assert!(directory.join(format!("certificates/root/{}.pem", serials[2])).exists());

    let size = exported["entries"].as_u64().unwrap();
    let hex = exported["root"]["hex"].as_str().unwrap();
    let words = exported["root"]["words"].as_str().unwrap();
    let chain = exported["head"]["hex"].as_str().unwrap();
    let sized = format!("{size}:{hex}");
    let aloud = format!("{size}: {words}");
    let mut spoken = vec!["audit", "verify", "--export", "export", "--head"];
    spoken.extend(words.split(' '));
    alone(&home, &spoken).ends(0);
    for head in [hex, chain, &sized, words, &aloud] {
        let run = alone(&home, &["audit", "verify", "--export", "export", "--head", head]).ends(0);
        assert!(run.stdout.contains("good           yes") && !run.stdout.contains("not seen"), "{run:#?}");
    }
    let blind = alone(&home, &["audit", "verify", "--export", "export"]).ends(0);
    assert!(
        blind.stdout.contains("entries cut off at the end, or a log that was written anew"),
        "{blind:#?}"
    );
    // The home knows the same heads, and more entries.
    home.run(&["audit", "verify", "--head", &sized]).ends(0);
    home.run(&["audit", "verify", "--head", chain]).ends(0);
    let wrong = words.replacen(' ', " aardvark ", 1);
    let heard = alone(&home, &["audit", "verify", "--export", "export", "--head", &wrong]).ends(2);
    assert!(heard.stderr.contains("word 2, \"aardvark\""), "{heard:#?}");

    // As the README of the export says, without keyrite.
    shell(&directory, "sha256sum --check --quiet SHA256SUMS");
    let readme = std::fs::read_to_string(directory.join("README.txt")).unwrap();
    let from = readme.find("    #!/bin/bash\n").unwrap();
    let to = readme.find("    # end\n").unwrap();
    let script: String = readme[from..to].lines().map(|line| format!("{}\n", line.trim_start())).collect();
    let told = shell(&directory, &script);
    let head = std::fs::read_to_string(directory.join("head.txt")).unwrap();
    assert_eq!(told, format!("root     {hex}\nchain    {chain}\n"));
    assert!(told.lines().all(|line| head.lines().any(|other| other == line)), "{told} {head}");
    let certificate = format!("certificates/root/{}.pem", serials[1]);
    let script = format!(
        "openssl x509 -in {certificate} -outform DER | sha256sum | cut -c1-64 &&
         openssl verify -partial_chain -no_check_time -CAfile cas/root.pem {certificate} &&
         openssl crl -in crls/root/1.pem -CAfile cas/root.pem -noout 2>&1"
    );
    let told = shell(&directory, &script);
    let log = std::fs::read_to_string(directory.join("log.jsonl")).unwrap();
    assert!(log.contains(told.lines().next().unwrap()) && told.contains("verify OK"), "{told}");
}

#[test]
fn an_export_that_somebody_has_edited_is_refused() {
    let (home, serials) = home("cli-edited");
    home.run(&["audit", "export", "export"]).ends(0);
    let directory = home.tokens.path().join("export");
    let verify = |wanted: &str| {
        let run = alone(&home, &["audit", "verify", "--export", "export"]).ends(6);
        assert!(
            run.stdout.contains(wanted) && run.stdout.contains("good           no"),
            "{wanted}: {run:#?}"
        );
    };
    let log = std::fs::read_to_string(directory.join("log.jsonl")).unwrap();
    save(&directory.join("log.jsonl"), log.replace("superseded", "key-compromise"));
    verify("is not what entries 1 to ");
    let lines: Vec<&str> = log.lines().collect();
    save(&directory.join("log.jsonl"), format!("{}\n", lines[..lines.len() - 1].join("\n")));
    verify("tile/0/000.p/");
    let swapped = [&lines[..4], &[lines[5], lines[4]], &lines[6..]].concat();
    save(&directory.join("log.jsonl"), format!("{}\n", swapped.join("\n")));
    verify("audit log: entry 6 stands where entry 5 was to be");
    save(&directory.join("log.jsonl"), log);
    let one = directory.join(format!("certificates/root/{}.pem", serials[0]));
    let kept = std::fs::read(&one).unwrap();
    std::fs::remove_file(&one).unwrap();
    verify(&format!("certificates/root/{}.pem is missing", serials[0]));
    save(&one, kept);
    save(&directory.join("crls/root/7.pem"), "x");
    verify("crls/root/7.pem is a file of which the log does not tell");
    std::fs::remove_file(directory.join("crls/root/7.pem")).unwrap();
    alone(&home, &["audit", "verify", "--export", "export"]).ends(0);
    let none = alone(&home, &["audit", "verify", "--export", "nothing"]).ends(2);
    assert!(none.stderr.starts_with("error: nothing: cannot be read"), "{none:#?}");
}

#[test]
fn a_proof_shows_alone_that_the_log_tells_of_a_certificate() {
    let (home, serials) = home("cli-prove");
    home.run(&["audit", "checkpoint", "--ca", "root", "--out", "checkpoint", "--yes"]).ends(0);
    let prove = ["audit", "prove", &serials[0], "--checkpoint", "checkpoint"];
    let said = home.run(&[&prove[..], &["--out", "signed.proof"]].concat()).ends(0);
    assert!(
        said.stdout.contains("signing by CA root") && said.stdout.contains("revoked by CA root"),
        "{said:#?}"
    );
    home.run(&[&prove[..], &["--event", "revoked", "--out", "revoked.proof"]].concat()).ends(0);
    home.run(&[&prove[..], &["--event", "signing", "--out", "signing.proof"]].concat()).ends(0);
    let none = home.run(&[&prove[..], &["--event", "unheld"]].concat()).ends(1);
    assert!(
        none.stderr.contains(&format!("no entry unheld tells of certificate {}", serials[0])),
        "{none:#?}"
    );

    let verify = ["audit", "verify", "--key-of", "root.pem", "--proof"];
    for proof in ["signed.proof", "revoked.proof", "signing.proof"] {
        let of = [&verify[..], &[proof, "--certificate", "0.pem"]].concat();
        let run = alone(&home, &of).ends(0);
        assert!(
            run.stdout.contains("by the key of root.pem") && !run.stdout.contains("not seen"),
            "{run:#?}"
        );
        let of = [&verify[..], &[proof, "--certificate", "1.pem"]].concat();
        alone(&home, &of).ends(6);
        let of = [&verify[..], &[proof, "--checkpoint", "checkpoint"]].concat();
        alone(&home, &of).ends(0);
        let other = ["audit", "verify", "--proof", proof, "--key-of", "0.pem"];
        let run = alone(&home, &other).ends(6);
        assert!(run.stderr.contains("no signature by the key of 0.pem"), "{run:#?}");
    }
    let blind =
        alone(&home, &["audit", "verify", "--proof", "signed.proof", "--certificate", "0.pem"]).ends(0);
    assert!(blind.stdout.contains("not seen"), "{blind:#?}");
    let text = file(&home, "signed.proof");
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra "), "{text}");
    let index = text.lines().nth(2).unwrap().to_owned();
    save(&home.tokens.path().join("moved.proof"), text.replace(&index, "index 0"));
    let moved = alone(&home, &["audit", "verify", "--proof", "moved.proof"]).ends(6);
    assert!(moved.stderr.contains("moved.proof: the proof does not hold"), "{moved:#?}");

    // What came after the checkpoint cannot lead to it.
    save(&home.tokens.path().join("www.csr"), Request::good().to_der());
    let issue = ["issue", "www.csr", "--ca", "root", "--profile", "tls-client", "--subject", "CN=Late"];
    home.run(&[&issue[..], &["--out", "late.pem", "--yes"]].concat()).ends(0);
    let shown = home.run(&["certificate", "show", "late.pem", "--json"]).ends(0).json();
    let late = shown["serial"].as_str().unwrap();
    let refused = home.run(&["audit", "prove", late, "--checkpoint", "checkpoint"]).ends(1);
    assert!(refused.stderr.contains("was made after the checkpoint of"), "{refused:#?}");
    home.run(&["audit", "prove", late]).ends(0);
}

#[test]
fn witnesses_sign_what_continues_and_nothing_else() {
    let (home, serials) = home("cli-witness");
    let witness = home.tokens.key_uri("witness");
    home.run(&["key", "generate", &witness, "--algorithm", "ed25519"]).ends(0);
    home.run(&["key", "show", &witness, "--public-out", "witness.pub"]).ends(0);
    home.run(&["audit", "checkpoint", "--ca", "root", "--out", "one", "--yes"]).ends(0);

    // OpenSSL verifies the root's signature over the three lines.
    let script = "printf '%s\n' \"$(head -n 3 one)\" > text &&
         sed -n 's/^.* //p' one | tail -n 1 | base64 -d | tail -c +5 > signature &&
         openssl x509 -in root.pem -noout -pubkey > root.pub &&
         openssl dgst -sha256 -verify root.pub -signature signature text";
    assert_eq!(shell(home.tokens.path(), script), "Verified OK\n");

    let cosign = |arguments: &[&str]| {
        let mut command = home.command(&["audit", "cosign"]);
        command.args(arguments).args(["--key", &witness, "--name", "example.org/w", "--yes"]);
        command.args(["--key-of", "root.pem"]);
        finish(command, b"")
    };
    let unasked = cosign(&["one", "--out", "x"]).ends(2);
    assert!(unasked.stderr.contains("--previous"), "{unasked:#?}");
    cosign(&["one", "--first", "--out", "one.w"]).ends(0);
    let again = cosign(&["one", "--first", "--out", "x"]).ends(1);
    assert!(again.stderr.contains("has signed last is"), "{again:#?}");

    home.run(&["revoke", &serials[1], "--ca", "root", "--reason", "superseded", "--yes"]).ends(0);
    home.run(&["audit", "checkpoint", "--ca", "root", "--out", "two", "--yes"]).ends(0);
    let bare = cosign(&["two", "--previous", "one.w", "--out", "x"]).ends(2);
    assert!(bare.stderr.contains("nothing shows that the log continues"), "{bare:#?}");
    home.run(&["audit", "prove", "--since", "one.w", "--checkpoint", "two", "--out", "two.c"]).ends(0);
    alone(&home, &["audit", "verify", "--proof", "two.c", "--previous", "one", "--key-of", "root.pem"])
        .ends(0);
    let unsigned = cosign(&["two.c", "--previous", "one", "--out", "x"]).ends(1);
    assert!(unsigned.stderr.contains("has no signature by this key"), "{unsigned:#?}");
    let bent: String = file(&home, "two.c")
        .lines()
        .enumerate()
        .map(|(at, line)| {
            let first = if line.starts_with('A') { 'B' } else { 'A' };
            if at == 1 { format!("{first}{}\n", &line[1..]) } else { format!("{line}\n") }
        })
        .collect();
    save(&home.tokens.path().join("bent.c"), &bent);
    let forked = cosign(&["bent.c", "--previous", "one.w", "--out", "x"]).ends(6);
    assert!(forked.stderr.contains("bent.c: the proof does not hold"), "{forked:#?}");
    cosign(&["two.c", "--previous", "one.w", "--out", "two.w"]).ends(0);
    // Back to an earlier one: the witness's own log tells.
    let back = cosign(&["two", "--previous", "one.w", "--out", "x"]).ends(1);
    assert!(back.stderr.contains("says the audit log of its home"), "{back:#?}");

    // Both signatures are under it, each verified by its own key, here and against the log.
    let keys = ["--key-of", "root.pem", "--key-of", "witness.pub"];
    let verify = [&["audit", "verify", "--checkpoint", "two.w"][..], &keys].concat();
    let run = home.run(&verify).ends(0);
    assert!(run.stdout.contains("example.org/w at 20"), "{run:#?}");
    home.run(&["audit", "export", "export"]).ends(0);
    alone(&home, &[&verify[..], &["--export", "export"]].concat()).ends(0);
    let text = file(&home, "two.w").replace("— example.org/w ", "— example.org/v ");
    save(&home.tokens.path().join("two.v"), text);
    let other = [&["audit", "verify", "--checkpoint", "two.v"][..], &keys].concat();
    let run = home.run(&other).ends(6);
    assert!(run.stderr.contains("no signature by the key of witness.pub"), "{run:#?}");

    // A log that was cut off or written anew is not signed by its own CA's key, nor by the witness.
    home.run(&["revoke", &serials[2], "--ca", "root", "--reason", "superseded", "--yes"]).ends(0);
    home.run(&["audit", "checkpoint", "--ca", "root", "--out", "three", "--yes"]).ends(0);
    let by_export = cosign(&["three", "--previous", "two.w", "--export", "export", "--out", "x"]).ends(6);
    assert!(by_export.stderr.contains("export: is not the log of the checkpoint"), "{by_export:#?}");
}
