//! Labels of keys and tokens, which whoever has the PIN chooses, and which nobody escapes on the way.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use crate::points::{assert_shown, texts};
use crate::program::{Run, command, finish};
use crate::support::tokens::Tokens;

/// Runs the program with these tokens, as text and as JSON.
fn both(tokens: &Tokens, arguments: &[&str]) -> [Run; 2] {
    [arguments.to_vec(), [arguments, &["--json"]].concat()].map(|arguments| {
        let (name, value) = tokens.environment();
        let mut command = command(tokens.path());
        command.env(name, value).args(&arguments).arg("--module").arg(tokens.module());
        let run = finish(command, b"");
        assert_shown(&run, &arguments);
        run
    })
}

/// Puts a key of the smallest kind on the token, by another program.
fn put(tokens: &Tokens, label: &OsStr, id: usize) {
    let mut tool = tokens.pkcs11_tool();
    tool.args(["--keypairgen", "--key-type", "EC:prime256v1", "--id", &format!("{id:06x}"), "--label"]);
    let output = tool.arg(label).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn labels_of_keys_are_shown() {
    let tokens = Tokens::new("text-labels");
    let mut labels: Vec<Vec<u8>> =
        texts(700).into_iter().map(|text| text.replace('\0', "").into_bytes()).collect();
    // Octets that are no text at all (a label is to be UTF-8: PKCS#11 s.4.4).
    labels.push((0x80..=0xff).collect());
    labels.push(b"x\xc3".to_vec());
    for (id, label) in labels.iter().enumerate() {
        put(&tokens, OsStr::from_bytes(label), id + 1);
    }
    let list = ["key", "list", &tokens.uri(), "--pin-source", &tokens.pin_source()];
    let [text, json] = both(&tokens, &list).map(|run| run.ends(0));
    let keys = json.json()["keys"].as_array().map(Vec::len);
    assert_eq!(keys, Some(labels.len()), "{:.2000}", json.stdout);
    assert!(text.stdout.contains("000001"), "{:.2000}", text.stdout);
}

#[test]
fn labels_of_tokens_are_shown() {
    let mut tokens = Tokens::new("text-token");
    // A label has 32 octets. One token takes as long as many keys, and both kinds of label are shown alike.
    let all = texts(8);
    let some: Vec<String> =
        all.iter().step_by(all.len().div_ceil(24)).map(|text| text.replace('\0', "")).collect();
    for text in &some {
        tokens.add(text);
    }
    let [text, json] = both(&tokens, &["token", "list"]).map(|run| run.ends(0));
    assert!(text.stdout.contains("text-token"), "{:.2000}", text.stdout);
    let listed = json.json()["tokens"].as_array().map_or(0, Vec::len);
    assert!(listed > some.len(), "{listed} of {}: {:.2000}", some.len(), json.stdout);
}
