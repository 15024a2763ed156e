//! Signatures by `ssh-keygen -Y sign`: what is taken of real ones, and what is refused.

use std::path::Path;

use keyrite::ssh::{KeyError, KeyKind, MessageHash, PublicKey, Signature, SignatureError, VerifyError};
use keyrite::x509::algorithm::Curve;

const NAMESPACE: &str = "keyrite-ceremony";

fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/ssh").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn line(name: &str) -> String {
    String::from_utf8(file(&format!("{name}.pub"))).unwrap()
}

fn key(name: &str) -> PublicKey {
    PublicKey::parse(&line(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn signature(name: &str) -> Signature {
    Signature::parse(&file(&format!("{name}.sig"))).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every signature that is taken, with its key.
const TAKEN: [(&str, &str); 9] = [
    ("ed25519", "ed25519"),
    ("ed25519-sha256", "ed25519"),
    ("ecdsa-256", "ecdsa-256"),
    ("ecdsa-384", "ecdsa-384"),
    ("ecdsa-521", "ecdsa-521"),
    ("rsa", "rsa"),
    ("rsa-by-rsa-sha2-256", "rsa"),
    ("sk-ed25519", "sk-ed25519"),
    ("sk-ecdsa", "sk-ecdsa"),
];

#[test]
fn every_kind_of_key_is_verified_and_written_back_as_it_was() {
    let message = file("message");
    for (name, of) in TAKEN {
        let (signature, key) = (signature(name), key(of));
        assert_eq!(signature.verify(&message, NAMESPACE, &key), Ok(()), "{name}");
        assert_eq!(signature.to_armored().as_bytes(), file(&format!("{name}.sig")), "{name}");
        assert_eq!(format!("{} {}\n", key.to_line(), key.comment()), line(of));
        assert_eq!(signature.key().to_line(), key.to_line());
        let hash = if name.contains("256") && !name.starts_with("ecdsa") { "sha256" } else { "sha512" };
        assert_eq!(signature.hash().name(), hash, "{name}");
    }
    assert_eq!(signature("sk-ed25519").user_verified(), Some(false));
    assert_eq!(signature("sk-ed25519-verified").user_verified(), Some(true));
    assert_eq!(signature("ed25519").user_verified(), None);
    assert_eq!(signature("ed25519").hash(), MessageHash::Sha512);
    assert_eq!(signature("ed25519").namespace(), NAMESPACE);
}

/// As `ssh-keygen -l` prints them.
#[test]
fn fingerprints_are_those_of_ssh_keygen() {
    for (name, kind, fingerprint) in [
        ("ed25519", KeyKind::Ed25519, "SHA256:9pgDtcMh7Jravkkpk1bhUbvmUPzUhVjDPq4k528pEUM"),
        ("ecdsa-384", KeyKind::Ecdsa(Curve::P384), "SHA256:4994S0Y7CXx3NROTqjCexMxUG2EVO6tSIw4GsRT7ksU"),
        ("rsa", KeyKind::Rsa, "SHA256:SlCZE1cDEDGJR917xf6DfR6p6wTCHUqLyFiBCVTDS6M"),
        ("sk-ecdsa", KeyKind::SkEcdsa, "SHA256:rbiUPdEXib26Cp1gn4AroIOWcskaPrZpDaHeup1lcok"),
    ] {
        assert_eq!((key(name).kind(), key(name).fingerprint().as_str()), (kind, fingerprint));
    }
    assert_eq!(key("ed25519").comment(), "ed25519@example.test");
}

#[test]
fn another_text_namespace_or_key_is_refused_by_name() {
    let message = file("message");
    let of_other_text = "not a signature over this text: the signature does not verify under the ";
    for (name, of) in TAKEN {
        let (signature, key) = (signature(name), key(of));
        let mut changed = message.clone();
        changed[0] ^= 1;
        let error = signature.verify(&changed, NAMESPACE, &key).unwrap_err();
        assert!(error.to_string().starts_with(of_other_text), "{name}: {error}");
        assert!(signature.verify(&message[1..], NAMESPACE, &key).is_err(), "{name}");
        let error = signature.verify(&message, "git", &key).unwrap_err();
        assert_eq!(
            error.to_string(),
            "signed in the namespace \"keyrite-ceremony\", wanted \"git\" (ssh-keygen's -n)"
        );
    }
    let other = key("other");
    let error = signature("ed25519").verify(&message, NAMESPACE, &other).unwrap_err();
    let text = format!("signed by the key {}, wanted {}", key("ed25519").fingerprint(), other.fingerprint());
    assert_eq!(error.to_string(), text);
}

/// The octets of a signature with another key in the same place, of the same kind.
#[test]
fn a_signature_that_names_another_key_than_signed_is_refused() {
    let octets = signature("ed25519").as_octets().to_vec();
    let (mine, other) = (key("ed25519"), key("other"));
    let at = octets.windows(mine.as_octets().len()).position(|part| part == mine.as_octets()).unwrap();
    let forged = [&octets[..at], other.as_octets(), &octets[at + mine.as_octets().len()..]].concat();
    let forged = Signature::from_octets(&forged).unwrap();
    let error = forged.verify(&file("message"), NAMESPACE, &other).unwrap_err();
    assert!(matches!(error, VerifyError::Signature(_)), "{error}");
}

#[test]
fn an_authenticator_that_nobody_touched_proves_nothing() {
    let error = signature("sk-ed25519-untouched")
        .verify(&file("message"), NAMESPACE, &key("sk-ed25519"))
        .unwrap_err();
    assert_eq!(error.to_string(), "the authenticator says that nobody touched it when it signed");
    // The flag is signed along, and so cannot be set by anybody else.
    let octets = signature("sk-ed25519-untouched").as_octets().to_vec();
    let at = octets.len() - 5;
    let mut set = octets;
    set[at] |= 1;
    let error = Signature::from_octets(&set)
        .unwrap()
        .verify(&file("message"), NAMESPACE, &key("sk-ed25519"))
        .unwrap_err();
    assert!(matches!(error, VerifyError::Signature(_)), "{error}");
}

#[test]
fn weak_keys_and_algorithms_are_refused_by_name() {
    let error = PublicKey::parse(&line("rsa-1024")).unwrap_err();
    assert!(error.to_string().contains("1024"), "{error}");
    assert!(matches!(
        Signature::parse(&file("rsa-1024.sig")),
        Err(SignatureError::Key(KeyError::Unsound(_)))
    ));
    let error = Signature::parse(&file("rsa-by-ssh-rsa.sig")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "signed by \"ssh-rsa\", which is not taken of a key of ssh-rsa, wanted rsa-sha2-256 or rsa-sha2-512"
    );
    let error = PublicKey::parse(&line("dsa")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"ssh-dss\" is not a kind of key that is taken, wanted one of ssh-ed25519, ecdsa-sha2-nistp256, \
         ecdsa-sha2-nistp384, ecdsa-sha2-nistp521, ssh-rsa, sk-ssh-ed25519@openssh.com, \
         sk-ecdsa-sha2-nistp256@openssh.com"
    );
}

/// No octet can be changed, left out or added without that it is noticed.
#[test]
fn every_changed_missing_or_added_octet_is_noticed() {
    let message = file("message");
    for (name, of) in TAKEN {
        // RSA and P-521 take their time, and are made of the same parts.
        if ["rsa-by-rsa-sha2-256", "ecdsa-521", "ed25519-sha256"].contains(&name) {
            continue;
        }
        let key = key(of);
        let octets = signature(name).as_octets().to_vec();
        let accepted = |octets: &[u8]| {
            Signature::from_octets(octets)
                .is_ok_and(|signature| signature.verify(&message, NAMESPACE, &key).is_ok())
        };
        assert!(accepted(&octets));
        // Ed25519 is quick enough for every octet.
        let step = if name.contains("ed25519") { 1 } else { 13 };
        for at in (0..octets.len()).step_by(step) {
            assert!(Signature::from_octets(&octets[..at]).is_err(), "{name} ends at {at}");
            let mut changed = octets.clone();
            changed[at] ^= 1 << (at % 8);
            assert!(!accepted(&changed), "{name} changed at {at}");
        }
        let longer = [&octets[..], &[0]].concat();
        let error = Signature::from_octets(&longer).unwrap_err().to_string();
        assert_eq!(error, "not the octets of a signature: 1 octets after the end of the signature file");
    }
}

#[test]
fn the_armor_is_the_one_that_ssh_keygen_writes() {
    let text = String::from_utf8(file("ed25519.sig")).unwrap();
    let wanted = signature("ed25519");
    for same in [text.replace('\n', "\r\n"), text.trim_end().to_owned(), format!("{text}\n\n")] {
        assert_eq!(Signature::parse(same.as_bytes()).as_ref(), Ok(&wanted));
    }
    let body = text.lines().nth(1).unwrap();
    for (wrong, error) in [
        (String::new(), "not the text between"),
        (format!(" {text}"), "not the text between"),
        (format!("Hello\n{text}"), "not the text between"),
        (text.replace("-----END SSH SIGNATURE-----\n", ""), "not the text between"),
        (text.replace("END SSH", "END PGP"), "not the text between"),
        (format!("{text}{text}"), "there is text after -----END SSH SIGNATURE-----"),
        (format!("{text}x"), "there is text after -----END SSH SIGNATURE-----"),
        (
            text.replace(body, &format!("{body} ")),
            "what is between the first line and the last is not base64",
        ),
        (text.replace(body, &body[1..]), "what is between the first line and the last is not base64"),
        (text.replace(body, &"A".repeat(17_000)), "17"),
    ] {
        let found = Signature::parse(wrong.as_bytes()).unwrap_err().to_string();
        assert!(found.starts_with(error), "{found}");
    }
}

/// A field of a signature by Ed25519 exchanged for another.
fn with_field(from: &str, to: &[u8]) -> Result<Signature, SignatureError> {
    let octets = signature("ed25519").as_octets().to_vec();
    let string = |text: &[u8]| [&u32::try_from(text.len()).unwrap().to_be_bytes()[..], text].concat();
    let from = string(from.as_bytes());
    let at = octets.windows(from.len()).rposition(|part| part == from).unwrap();
    Signature::from_octets(&[&octets[..at], &string(to), &octets[at + from.len()..]].concat())
}

#[test]
fn fields_that_are_not_taken_are_named() {
    let told = |found: Result<Signature, SignatureError>| found.unwrap_err().to_string();
    assert_eq!(
        told(with_field(NAMESPACE, b"")),
        "its namespace is not 1 to 255 octets of text without control characters"
    );
    assert_eq!(told(with_field(NAMESPACE, b"a\x1bb")), told(with_field(NAMESPACE, b"\xff")));
    assert_eq!(told(with_field("sha512", b"md5")), "the text is hashed by \"md5\", wanted sha256 or sha512");
    assert_eq!(
        told(with_field("ssh-ed25519", b"rsa-sha2-25")),
        "signed by \"rsa-sha2-25\", which is not taken of a key of ssh-ed25519"
    );
    assert_eq!(
        told(with_field("ssh-ed25519", b"ssh ed25519")),
        "not the octets of a signature: the name of the signature algorithm is not a name of 1 to 64 visible ASCII \
         characters (RFC 4251 s.6)"
    );
    let octets = signature("ed25519").as_octets().to_vec();
    let mut version = octets.clone();
    version[9] = 2;
    assert_eq!(told(Signature::from_octets(&version)), "version 2, wanted 1");
    let mut magic = octets.clone();
    magic[0] = b's';
    assert_eq!(told(Signature::from_octets(&magic)), "it does not begin with SSHSIG");
    // The reserved field is the empty string behind the namespace.
    let at = octets.windows(NAMESPACE.len()).position(|part| part == NAMESPACE.as_bytes()).unwrap();
    let at = at + NAMESPACE.len();
    let reserved = [&octets[..at], &[0, 0, 0, 1, b'x'], &octets[at + 4..]].concat();
    assert_eq!(told(Signature::from_octets(&reserved)), "its reserved field is not empty");
}

#[test]
fn lines_that_are_no_public_key_are_refused_by_name() {
    let line = line("ed25519");
    let (kind, rest) = line.trim_end().split_once(' ').unwrap();
    let base64 = rest.split(' ').next().unwrap();
    let told = |text: &str| PublicKey::parse(text).unwrap_err().to_string();
    let no_line =
        "not one line of a kind, a key in base64 and a comment, as a .pub file of ssh-keygen has it";
    for text in ["", "ssh-ed25519", &format!("{line}{line}"), &format!("{kind}\t{base64}")] {
        assert_eq!(told(text), no_line, "{text:?}");
    }
    let options = format!("no-pty {kind} {base64}");
    assert!(
        told(&options).starts_with("\"no-pty\" is not a kind of key that is taken"),
        "{}",
        told(&options)
    );
    assert_eq!(told(&format!("{kind} {}", &base64[1..])), "the key is not in base64");
    assert_eq!(told(&format!("ssh-rsa {base64}")), "the line says ssh-rsa, and the key in it is ssh-ed25519");
    assert_eq!(
        told(&format!("{kind} {base64} {}", "c".repeat(300))),
        "the comment has 300 octets, wanted at most 255"
    );
    assert_eq!(told(&"x".repeat(9000)), "the line has 9000 octets, wanted at most 8192");
    assert_eq!(PublicKey::parse(&format!("{kind} {base64}\r\n")).unwrap(), key("ed25519"));
    let octets = key("ed25519").as_octets().to_vec();
    for at in 0..octets.len() {
        assert!(PublicKey::from_octets(&octets[..at]).is_err(), "{at}");
    }
    let error = PublicKey::from_octets(&[&octets[..], &[0]].concat()).unwrap_err();
    assert_eq!(error.to_string(), "not the octets of a key: 1 octets after the end of the key");
}

/// A modulus with one more zero before it, which is the same number in another spelling.
#[test]
fn a_number_in_another_than_its_shortest_form_is_refused() {
    let octets = key("rsa").as_octets().to_vec();
    let at = octets.len() - 257;
    assert_eq!(octets[at - 4..at], [0, 0, 1, 1], "the modulus of 2048 bits has a leading zero");
    let longer = [&octets[..at - 4], &[0, 0, 1, 2, 0], &octets[at..]].concat();
    let shorter = [&octets[..at - 4], &[0, 0, 1, 0], &octets[at + 1..]].concat();
    for other in [longer, shorter] {
        let error = PublicKey::from_octets(&other).unwrap_err().to_string();
        assert_eq!(
            error,
            "not the octets of a key: the modulus is negative or not in its shortest form (RFC 4251 s.5)"
        );
    }
}
