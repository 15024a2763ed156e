//! What must not be signed is refused before the token is asked for anything: one sample for each stage, each with
//! the id of its rule and without a call of the module.

use crate::home::Home;
use crate::support::fault_module;

/// Where it is refused, the arguments after `issue`, the exit code, and what is said.
struct Sample {
    stage: &'static str,
    arguments: &'static [&'static str],
    code: i32,
    says: &'static [&'static str],
}

const SAMPLES: &[Sample] = &[
    Sample {
        stage: "a request whose signature is made with SHA-1",
        arguments: &["sha1.csr", "--profile", "tls-server"],
        code: 1,
        says: &["SHA-1"],
    },
    Sample {
        stage: "a request for a key that is too short",
        arguments: &["short.csr", "--profile", "tls-server"],
        code: 1,
        says: &["RSA modulus of 1024 bits"],
    },
    Sample {
        stage: "a profile that contradicts itself",
        arguments: &["r1.csr", "--profile", "contradicting"],
        code: 3,
        says: &["[PRF-"],
    },
    Sample {
        stage: "a validity beyond the profile",
        arguments: &["r1.csr", "--profile", "tls-server", "--validity", "20y"],
        code: 1,
        says: &["[POL-VALIDITY-MAXIMUM]"],
    },
    Sample {
        stage: "a begin in the future",
        arguments: &["r1.csr", "--profile", "tls-server", "--not-before", "2049-01-01"],
        code: 1,
        says: &["[POL-NOT-BEFORE-FUTURE]"],
    },
    Sample {
        stage: "a root under an issuer",
        arguments: &["r1.csr", "--profile", "root"],
        code: 1,
        says: &["[POL-KIND-ISSUER]"],
    },
    Sample {
        stage: "a profile that its set of rules forbids",
        arguments: &["r1.csr", "--profile", "web"],
        code: 3,
        says: &["[PRF-WEBPKI]"],
    },
    Sample {
        stage: "octets in which linting finds an error",
        arguments: &["r1.csr", "--profile", "tls-client", "--subject", "CN=Cafe\u{301}"],
        code: 1,
        says: &["error N08-normal-form"],
    },
];

#[test]
fn what_is_refused_never_reaches_the_token() {
    let home = Home::template();
    let vector = |name: &str| {
        let path = format!("{}/tests/vectors/requests/{name}.pem", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap()
    };
    home.write("sha1.csr", &vector("ecdsa-sha1"));
    home.write("short.csr", &vector("rsa-1024"));
    std::fs::create_dir_all(home.path("ca/profiles")).unwrap();
    home.write(
        "ca/profiles/contradicting.toml",
        "inherits = \"tls-server\"\n[validity]\ndefault = \"2y\"\nmaximum = \"1y\"\n",
    );
    home.write("ca/profiles/web.toml", "inherits = \"tls-server\"\nstandards = [\"webpki\"]\n");
    let before = home.certificates();
    for Sample { stage, arguments, code, says } in SAMPLES {
        fault_module::forget(home.token());
        let issue = [&["issue"], *arguments, &["--ca", "root", "--out", "refused.pem"]].concat();
        let run = home.keyrite(&issue, "");
        assert_eq!(run.code, Some(*code), "{stage}: {run:#?}");
        for text in *says {
            assert!(run.stderr.contains(text) || run.stdout.contains(text), "{stage}: {text} in {run:#?}");
        }
        assert_eq!(fault_module::calls(home.token(), "C_Sign"), 0, "{stage}");
        let calls = fault_module::all_calls(home.token());
        assert!(
            !calls.iter().any(|call| call.starts_with("C_Sign") || call == "C_Login"),
            "{stage}: {calls:?}"
        );
        assert!(!home.path("refused.pem").exists(), "{stage}");
    }
    assert_eq!(home.certificates(), before, "a serial number was taken");
    // By a sound profile the key shows that it signs, and the certificate is signed: the counting is seen to count.
    fault_module::forget(home.token());
    home.done(&home.issue(&["r1.csr"], &["--out", "issued.pem"]));
    assert_eq!(fault_module::calls(home.token(), "C_Sign"), 2);
}
