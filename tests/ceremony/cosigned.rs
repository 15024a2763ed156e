//! Cosignatures of the transcript's head, and what becomes of those that are none.

use keyrite::audit::Fingerprint;
use keyrite::evidence::Memory;
use keyrite::ssh::PublicKey;

use crate::scene::{Scene, files, findings};
use crate::ssh_key::Key;

const NAMESPACE: &str = "keyrite-ceremony";

/// Has somebody sign the head, and puts the signature into the bundle.
fn cosign(scene: &Scene, name: &str, key: &Key) {
    let statement = format!("{name}.txt");
    scene.done(&["ceremony", "cosign", "bundle", "--name", name, "--statement", &statement]);
    scene.write(&format!("{name}.sig"), &key.sign(scene.read(&statement).as_bytes(), NAMESPACE));
    scene.done(&["ceremony", "cosign", "bundle", "--name", name, "--ssh-signature", &format!("{name}.sig")]);
}

/// The file of the cosignature by a key.
fn path_of(key: &Key) -> String {
    let octets = PublicKey::parse(&key.line()).unwrap();
    format!("cosignatures/{}.txt", &Fingerprint::of(octets.as_octets()).to_string()[..16])
}

/// The bundle with one file exchanged, whose sum is right.
fn with(bundle: &Memory, path: &str, octets: &[u8]) -> Memory {
    let mut other = bundle.clone();
    let sums = String::from_utf8(other.0["SHA256SUMS"].clone()).unwrap();
    let old = Fingerprint::of(&other.0[path]).to_string();
    let sums = sums.replace(&old, &Fingerprint::of(octets).to_string());
    other.0.insert("SHA256SUMS".to_owned(), sums.into_bytes());
    other.0.insert(path.to_owned(), octets.to_vec());
    other
}

#[test]
fn witnesses_cosign_the_head_and_the_bundle_proves_it() {
    let scene = Scene::new();
    let (key, other) = (Key::of(2), Key::of(3));
    let people = format!("[people.\"Wim\"]\nkey = \"{}\"\n[ca.root]", key.line());
    scene.replace("script.toml", "[ca.root]", &people);
    // Signed in by somebody else, who needs no key for that.
    scene.replace("answers.toml", "\"Wim\"", "\"Walter\"");
    scene.done(&Scene::run(&scene.plan()));
    let proven = scene.proven();
    assert!(!proven.contains("cosigned"), "{proven}");

    let refused = |arguments: &[&str], code: i32, wanted: &str| {
        let told = scene.keyrite(&[&["ceremony", "cosign", "bundle"], arguments].concat());
        assert_eq!(told.code, Some(code), "{}", told.stderr);
        assert!(told.stderr.contains(wanted), "no {wanted:?} in {}", told.stderr);
    };
    scene.done(&["ceremony", "cosign", "bundle", "--name", "Eve", "--statement", "eve.txt"]);
    let statement = scene.read("eve.txt");
    assert!(statement.starts_with("keyrite ceremony transcript\nplan: "), "{statement}");
    assert!(statement.ends_with("\nperson: Eve\n"), "{statement}");
    scene.write("eve.sig", &key.sign(statement.as_bytes(), NAMESPACE));
    refused(&["--name", "Wim", "--ssh-signature", "eve.sig"], 1, "not a signature over this text");
    scene.write("git.sig", &key.sign(statement.as_bytes(), "git"));
    refused(&["--name", "Eve", "--ssh-signature", "git.sig"], 1, "signed in the namespace \"git\"");
    scene.write("other.sig", &other.sign(statement.replace("Eve", "Wim").as_bytes(), NAMESPACE));
    refused(
        &["--name", "Wim", "--ssh-signature", "other.sig"],
        1,
        "is not the key that the script has of Wim",
    );
    refused(&["--name", "Eve"], 2, "--statement <FILE>");

    cosign(&scene, "Wim", &key);
    cosign(&scene, "Eve", &other);
    let proven = scene.done(&["ceremony", "verify", "bundle"]);
    let flat = proven.split_whitespace().collect::<Vec<_>>().join(" ");
    let first = format!("Wim (the key that the script names, {})", key.fingerprint());
    let second = format!("Eve (a key that the script does not name, {})", other.fingerprint());
    assert!(flat.contains("the head of the transcript is cosigned by "), "{proven}");
    assert!(flat.contains(&first) && flat.contains(&second), "{proven}");

    // A crash between the file and the list of sums: the same command once more finishes it.
    let after = scene.read("bundle/SHA256SUMS");
    let mut without: Vec<&str> = after.lines().filter(|line| !line.ends_with(&path_of(&key))).collect();
    without.push("");
    scene.write("bundle/SHA256SUMS", &without.join("\n"));
    let told = scene.keyrite(&["ceremony", "verify", "bundle"]);
    assert_eq!(told.code, Some(6), "{}", told.stdout);
    assert!(told.stdout.contains("is not listed in SHA256SUMS"), "{}", told.stdout);
    refused(&["--name", "Eve", "--statement", "late.txt"], 6, "does not verify, and so is not cosigned");
    scene.done(&["ceremony", "cosign", "bundle", "--name", "Wim", "--ssh-signature", "Wim.sig"]);
    assert_eq!(scene.read("bundle/SHA256SUMS"), after);

    spoilt(&Memory(files(&scene.path("bundle"))), &path_of(&key), &path_of(&other));
}

/// Every octet of a cosignature counts, and it cannot stand for another key or transcript.
fn spoilt(bundle: &Memory, one: &str, other: &str) {
    assert_eq!(findings(bundle), Vec::<String>::new());
    let octets = bundle.0[one].clone();
    // To verify the whole bundle takes its time: each part of the file is hit.
    for at in (0..octets.len()).step_by(29) {
        let mut changed = octets.clone();
        changed[at] ^= 1;
        let found = findings(&with(bundle, one, &changed));
        assert!(found.iter().any(|finding| finding.starts_with(one)), "{at}: {found:?}");
    }
    let found = findings(&with(bundle, one, &bundle.0[other].clone()));
    assert!(found.contains(&format!("{one}: is the cosignature of {other}")), "{found:?}");
    let found = findings(&with(bundle, one, b""));
    let wanted = format!("{one}: not a statement in the name of a person, and an armored signature under it");
    assert!(found.contains(&wanted), "{found:?}");
}
