//! `migrate profile` at the command line.

use crate::program::{run, save};

const CNF: &str = "\
[ ca ]
default_ca = mine

[ mine ]
database = index.txt
certificate = ca.pem
default_days = 30
policy = anything
x509_extensions = server

[ anything ]
commonName = supplied

[ server ]
basicConstraints = critical, CA:FALSE
authorityKeyIdentifier = keyid
subjectKeyIdentifier = none
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
nsComment = $ENV::KEYRITE_TEST_COMMENT
";

#[test]
fn a_section_becomes_a_file_that_is_a_profile() {
    let directory = tempfile::tempdir().unwrap();
    let home = |arguments: &[&str]| run(directory.path(), arguments);
    save(&directory.path().join("openssl.cnf"), CNF.replace("$ENV::KEYRITE_TEST_COMMENT", "made by hand"));
    let printed = home(&["migrate", "profile", "openssl.cnf"]).ends(0);
    let note = "openssl.cnf:20 nsComment = \"made by hand\": not carried over: an extension of Netscape's of 1996, which nothing \
                reads any more";
    assert!(printed.stdout.contains(&format!("\n# {note}\n")), "{printed:#?}");
    let json = home(&["migrate", "profile", "openssl.cnf", "--json"]).ends(0).json();
    assert_eq!(json["toml"].as_str().unwrap(), printed.stdout);
    assert_eq!((json["kind"].as_str(), json["problems"].as_array().unwrap().len()), (Some("end-entity"), 0));
    let notes = json["notes"].as_array().unwrap();
    assert_eq!(notes.len(), 2);
    assert_eq!(
        notes[1],
        serde_json::json!({
            "file": "openssl.cnf",
            "line": 20,
            "name": "nsComment",
            "value": "made by hand",
            "fate": "not carried over",
            "why": "an extension of Netscape's of 1996, which nothing reads any more",
        })
    );
    let written = home(&["migrate", "profile", "openssl.cnf", "--out", "server.toml"]).ends(0);
    assert!(
        written.stdout.contains(note) && written.stdout.ends_with("written: server.toml\n"),
        "{written:#?}"
    );
    assert_eq!(std::fs::read_to_string(directory.path().join("server.toml")).unwrap(), printed.stdout);
    home(&["profile", "lint", "server.toml"]).ends(0);
    // What is there is never changed.
    assert!(
        home(&["migrate", "profile", "openssl.cnf", "--out", "server.toml"])
            .ends(5)
            .stderr
            .contains("exists already")
    );
}

#[test]
fn what_keeps_a_file_from_becoming_a_profile_is_told_with_a_cure() {
    let directory = tempfile::tempdir().unwrap();
    let home = |arguments: &[&str]| run(directory.path(), arguments);
    save(&directory.path().join("openssl.cnf"), CNF);
    let refused = home(&["migrate", "profile", "openssl.cnf"]).ends(1);
    assert_eq!(
        refused.stderr,
        "error: openssl.cnf:20: ${ENV::KEYRITE_TEST_COMMENT} has no value here: neither an earlier line nor the default \
         section defines it, and the environment does not have it\n\
         hint: set the variable as the scripts do that call openssl with this file, such as easy-rsa's\n"
    );
    let text = CNF.replace("$ENV::KEYRITE_TEST_COMMENT", "x");
    save(&directory.path().join("openssl.cnf"), &text);
    let refused = home(&["migrate", "profile", "openssl.cnf", "--name", "other"]).ends(1);
    assert_eq!(
        refused.stderr,
        "error: there is no section [other]\nhint: --name takes a section; those with a database: mine\n"
    );
    let refused = home(&["migrate", "profile", "openssl.cnf", "--extensions", "client"]).ends(1);
    assert!(
        refused
            .stderr
            .ends_with("hint: --extensions takes a section; there are default ca mine anything server\n"),
        "{refused:#?}"
    );
    save(&directory.path().join("openssl.cnf"), text.replace("default_days = 30\n", ""));
    let refused = home(&["migrate", "profile", "openssl.cnf"]).ends(1);
    assert_eq!(
        refused.stderr,
        "error: [mine] has no default_days, and nothing else says how long certificates are valid\n\
         hint: --validity says how long, such as --validity 1y\n"
    );
    home(&["migrate", "profile", "openssl.cnf", "--validity", "1y"]).ends(0);
    // A file that asks for what no profile can be is printed with what is wrong, and not written.
    let faulty = text.replace("digitalSignature\n", "nonRepudiation\n");
    save(&directory.path().join("openssl.cnf"), &faulty);
    let printed = home(&["migrate", "profile", "openssl.cnf"]).ends(3);
    assert!(printed.stdout.contains("\n# What makes this no profile yet:\n# line "), "{printed:#?}");
    assert!(printed.stdout.ends_with("[PRF-PURPOSE]\n"), "{printed:#?}");
    let refused = home(&["migrate", "profile", "openssl.cnf", "--out", "x.toml"]).ends(3);
    assert!(refused.stderr.starts_with("error: what the file asks for is no profile: "), "{refused:#?}");
    assert!(!directory.path().join("x.toml").exists());
    // A pipe that is included is not waited for.
    rustix::fs::mknodat(
        rustix::fs::CWD,
        directory.path().join("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    save(&directory.path().join("openssl.cnf"), format!(".include pipe\n{text}"));
    let printed = home(&["migrate", "profile", "openssl.cnf"]).ends(0);
    let note = "openssl.cnf:1 .include: not carried over: the included file \"pipe\" is passed over: it is neither a file nor a directory";
    assert!(printed.stdout.contains(note), "{printed:#?}");
}
