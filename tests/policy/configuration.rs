//! keyrite.toml: what a sound one means, and each fault in its own words.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration as Span;

use keyrite::config::{self, HomeConfig, default_text};
use keyrite::policy::document;
use keyrite::x509::algorithm::{Digest, KeyAlgorithm, SignatureAlgorithm};
use keyrite::x509::time::Duration;

use super::fixture::{edited, name};

const SOUND: &str = r#"module = "/usr/lib/softhsm/libsofthsm2.so"
lock_timeout = "10s"

[worker]
signature_timeout = "5s"
generation_timeout = "5m"
pin_pad_timeout = "1h"
other_timeout = "1s"

[defaults.subject]
O = "Example"
C = "AT"

[ca.root]
key = "pkcs11:token=root-g1;object=root-2026"
crl_urls = ["http://pki.example.test/root.crl", "http://pki2.example.test/root.crl"]
ca_issuer_urls = ["http://pki.example.test/root.cer"]
ocsp_urls = ["http://ocsp.example.test/"]
output = "out/root"
next_update = "6mo"
digest = "sha512"

[ca.issuing]
"#;

#[test]
fn a_sound_file_means_what_it_says() {
    let config = HomeConfig::parse(SOUND).unwrap();
    assert_eq!(config.module(), Some(Path::new("/usr/lib/softhsm/libsofthsm2.so")));
    assert_eq!(config.lock_timeout(), Some(Span::from_secs(10)));
    assert_eq!(config.largest_gap(), None);
    let rested = HomeConfig::parse("[clock]\nlargest_gap = \"2y\"\n").unwrap();
    assert_eq!(rested.largest_gap(), Some(Duration::Years(2)));
    assert_eq!(config.worker().signature, Some(Span::from_secs(5)));
    assert_eq!(config.worker().generation, Some(Span::from_secs(300)));
    assert_eq!(config.worker().pin_pad, Some(Span::from_secs(3600)));
    assert_eq!(config.worker().other, Some(Span::from_secs(1)));
    let subject = config.subject_defaults().complete(&name("CN=Root")).unwrap();
    assert_eq!(subject.to_string(), "C=AT,O=Example,CN=Root");
    assert_eq!(config.cas().map(|(name, _)| name).collect::<Vec<_>>(), ["issuing", "root"]);
    let root = config.ca("root").unwrap();
    assert_eq!(root.key().unwrap().object(), Some("root-2026"));
    assert_eq!(root.places().crl.len(), 2);
    assert_eq!(root.places().ca_issuers[0].as_str(), "http://pki.example.test/root.cer");
    assert_eq!(root.places().ocsp[0].as_str(), "http://ocsp.example.test/");
    assert_eq!(root.output(), Some(Path::new("out/root")));
    assert_eq!(root.next_update(), Duration::Months(6));
    let rsa = KeyAlgorithm::Rsa { bits: 4096 };
    assert_eq!(root.signature(rsa), Ok(SignatureAlgorithm::RsaPkcs1(Digest::Sha512)));
    let issuing = config.ca("issuing").unwrap();
    assert_eq!(issuing.next_update(), Duration::Seconds(30 * 86_400));
    assert!(issuing.key().is_none() && issuing.places().crl.is_empty());
    assert!(config.ca("other").is_none());
}

#[test]
fn the_padding_of_rsa_signatures_is_chosen() {
    let rsa = KeyAlgorithm::Rsa { bits: 3072 };
    let signature = |section: &str| HomeConfig::parse(section).unwrap().ca("root").unwrap().signature(rsa);
    for (section, wanted) in [
        ("[ca.root]\n", SignatureAlgorithm::RsaPkcs1(Digest::Sha256)),
        ("[ca.root]\npadding = \"pkcs1\"\n", SignatureAlgorithm::RsaPkcs1(Digest::Sha256)),
        ("[ca.root]\npadding = \"pss\"\n", SignatureAlgorithm::RsaPss(Digest::Sha256)),
        ("[ca.root]\npadding = \"pss\"\ndigest = \"sha384\"\n", SignatureAlgorithm::RsaPss(Digest::Sha384)),
    ] {
        assert_eq!(signature(section), Ok(wanted), "{section}");
    }
}

/// The edits that spoil the sound file, and all that is said then.
const FAULTS: [(&str, &str, &str); 35] = [
    (
        "[ca.issuing]",
        "[ca.issuing]\n\n[requester.web]\nkeys = [\"web.pub\"]\ncas = [\"root\", \"root\"]",
        "line 27: requester.web.cas: \"root\" twice, wanted once [CFG-REQUESTER]",
    ),
    (
        "[ca.issuing]",
        "[ca.issuing]\n\n[requester.web]\nkeys = [\"web.pub\"]\ncas = [\"root\"]\nasks = [\"key\"]",
        "line 28: requester.web.asks: \"key\", wanted some of crl ocsp revoke revoke-any [CFG-REQUESTER]",
    ),
    (
        "[ca.issuing]",
        "[ca.issuing]\n\n[requester.web]\nkeys = [\"web.pub\"]",
        "line 25: requester.web.cas: this key is missing [TOML-MISSING-KEY]",
    ),
    (
        "[ca.issuing]",
        "[ca.issuing]\n\n[keys]\nunanswered = [\"sensitive\"]",
        "line 26: keys.unanswered: \"sensitive\", which the token must answer of every key [CFG-KEYS]",
    ),
    ("module = \"", "module = ", "line 1: missing opening quote, expected `\"` [TOML-SYNTAX]"),
    ("[ca.issuing]", "[ca.root]", "line 23: duplicate key [TOML-SYNTAX]"),
    (
        "crl_urls",
        "crl_url",
        "line 16: ca.root.crl_url: unknown key, did you mean \"crl_urls\"? [TOML-UNKNOWN-KEY]",
    ),
    (
        "lock_timeout",
        "lock-timeout",
        "line 2: lock-timeout: unknown key, did you mean \"lock_timeout\"? [TOML-UNKNOWN-KEY]",
    ),
    ("[worker]", "[pkcs11]", "line 4: pkcs11: unknown key [TOML-UNKNOWN-KEY]"),
    ("[defaults.subject]", "[defaults.dn]", "line 10: defaults.dn: unknown key [TOML-UNKNOWN-KEY]"),
    (
        "lock_timeout = \"10s\"",
        "lock_timeout = 10",
        "line 2: lock_timeout: found integer, wanted a text in quotation marks [TOML-WRONG-TYPE]",
    ),
    (
        "[ca.issuing]",
        "[ca]\nissuing = \"x\"",
        "line 24: ca.issuing: found string, wanted a table [TOML-WRONG-TYPE]",
    ),
    (
        "[\"http://ocsp.example.test/\"]",
        "\"http://ocsp.example.test/\"",
        "line 18: ca.root.ocsp_urls: found string, wanted a list in brackets [TOML-WRONG-TYPE]",
    ),
    (
        "\"http://ocsp.example.test/\"",
        "\"ocsp.example.test\"",
        "line 18: ca.root.ocsp_urls: \"ocsp.example.test\" is not a URL for a certificate: relative URL without a base [TOML-VALUE]",
    ),
    (
        "\"http://ocsp.example.test/\"",
        "\"ldap://ocsp.example.test/\"",
        "line 18: ca.root.ocsp_urls: \"ldap://ocsp.example.test/\" is not a URL for a certificate: wanted http:// or https:// [TOML-VALUE]",
    ),
    (
        "pkcs11:token",
        "pkcs12:token",
        "line 15: ca.root.key: not a PKCS#11 URI: it must begin with \"pkcs11:\" [TOML-VALUE]",
    ),
    (
        "object=root-2026",
        "object=root-2026?pin-value=1234",
        "line 15: ca.root.key: attribute pin-value at octet 38 is refused: a PIN in a URI is readable by others [TOML-VALUE]",
    ),
    (
        "digest = \"sha512\"",
        "digest = \"sha1\"",
        "line 21: ca.root.digest: \"sha1\", wanted one of sha256 sha384 sha512 [TOML-VALUE]",
    ),
    (
        "digest = \"sha512\"",
        "padding = \"oaep\"",
        "line 21: ca.root.padding: \"oaep\", wanted one of pkcs1 pss [TOML-VALUE]",
    ),
    (
        "next_update = \"6mo\"",
        "next_update = \"soon\"",
        "line 20: ca.root.next_update: \"soon\" is not a duration, wanted a number and one of s m h d w mo y, such as 90d or 20y [TOML-VALUE]",
    ),
    (
        "/usr/lib/softhsm/libsofthsm2.so",
        "libsofthsm2.so",
        "line 1: module: \"libsofthsm2.so\", wanted an absolute path [CFG-MODULE]",
    ),
    (
        "signature_timeout = \"5s\"",
        "signature_timeout = \"2h\"",
        "line 5: worker.signature_timeout: 2h, wanted 1s to 1h [CFG-TIMEOUT]",
    ),
    (
        "lock_timeout = \"10s\"",
        "lock_timeout = \"1mo\"",
        "line 2: lock_timeout: 1mo, wanted 1s to 1h [CFG-TIMEOUT]",
    ),
    (
        "O = \"Example\"",
        "org = \"Example\"",
        "line 11: defaults.subject.org: unknown attribute type [CFG-SUBJECT]",
    ),
    (
        "C = \"AT\"",
        "C = \"Austria\"",
        "line 12: defaults.subject.C: value \"Austria\" of C has 7 characters, wanted at most 2 [CFG-SUBJECT]",
    ),
    (
        "[ca.issuing]",
        "[ca.Issuing]",
        "line 23: ca.Issuing: wanted 1 to 64 of a-z 0-9 . _ -, beginning with a letter or digit [CFG-CA-NAME]",
    ),
    (
        "[ca.issuing]",
        "[ca.issuing]\nkey = \"pkcs11:object=root-2026;token=root-g1\"",
        "line 24: ca.issuing.key: the key of \"root\", wanted one that is used for nothing else [CFG-KEY]",
    ),
    (
        "pki2.example",
        "pki.example",
        "line 16: ca.root.crl_urls: \"http://pki.example.test/root.crl\" twice, wanted once [CFG-URL]",
    ),
    (
        "other_timeout = \"1s\"",
        "other_timeout = \"1s\"\npaths = [\"tokens\", \"profiles/tls\"]",
        "line 9: worker.paths: \"profiles/tls\", wanted none of keyrite's own files, which no module may reach [CFG-WORKER-PATH]",
    ),
    (
        "[ca.issuing]",
        "[modules.\"/m.so\"]\nml_dsa = 0x1c\nml_dsa_key_pair_gen = 28\n[ca.issuing]",
        "line 25: modules./m.so.ml_dsa_key_pair_gen: 0x1c, which is also that of ml_dsa: one number cannot be both [CFG-MECHANISM]",
    ),
    (
        "[ca.issuing]",
        "[clock]\nlargest_gap = \"59m\"\n[ca.issuing]",
        "line 24: clock.largest_gap: 59m, wanted at least 1h [CFG-CLOCK]",
    ),
    (
        "[ca.issuing]",
        "[ca.issuing.crls.users]\nurls = [\"http://a.test/u.crl\"]\npartitions = 2",
        "line 24: ca.issuing.crls.users.urls: \"http://a.test/u.crl\", wanted {partition} in it, since each partition has a CRL of its own [CFG-CRLS]",
    ),
    (
        "[ca.issuing]",
        "[ca.issuing.ocsp]\nkey = \"pkcs11:token=o;object=o\"\n[ca.issuing]",
        "line 24: ca.issuing.ocsp.key: a key without a certificate, wanted responder = \"FILE\" beside it [CFG-OCSP]",
    ),
    (
        "[ca.issuing]",
        "[ca.issuing.ocsp]\nresponder = \"ocsp.pem\"\n[ca.issuing]",
        "line 24: ca.issuing.ocsp.responder: a certificate without its key, wanted key = \"pkcs11:…\" beside it [CFG-OCSP]",
    ),
    ("\"6mo\"", "\"13mo\"", "line 20: ca.root.next_update: 13mo, wanted at most 12 months [CFG-NEXT-UPDATE]"),
];

#[test]
fn each_fault_is_told_in_its_own_words() {
    for (from, to, text) in FAULTS {
        match HomeConfig::parse(&edited(SOUND, &[(from, to)])) {
            Ok(_) => panic!("{to}: no problem"),
            Err(problems) => assert_eq!(problems.to_string(), text, "{to}"),
        }
    }
    let output = HomeConfig::parse(&edited(SOUND, &[("out/root", "")])).unwrap_err();
    assert_eq!(output.to_string(), "line 19: ca.root.output: \"\", wanted a directory [CFG-OUTPUT]");
}

#[test]
fn a_module_gets_places_in_the_home_that_are_nobody_elses() {
    let paths = |list: &str| {
        let edit = format!("other_timeout = \"1s\"\npaths = {list}");
        HomeConfig::parse(&edited(SOUND, &[("other_timeout = \"1s\"", &edit)]))
    };
    let sound = paths("[\"tokens\", \"etc/softhsm2.conf\", \"out/token\"]").unwrap();
    let granted: Vec<&str> = sound.worker_paths().iter().map(|path| path.to_str().unwrap()).collect();
    assert_eq!(granted, ["tokens", "etc/softhsm2.conf", "out/token"]);
    for (path, why) in [
        ("", "wanted a path inside the home, relative to it and without .."),
        (".", "wanted a path inside the home, relative to it and without .."),
        ("/srv/tokens", "wanted a path inside the home, relative to it and without .."),
        ("tokens/../profiles", "wanted a path inside the home, relative to it and without .."),
        ("keyrite.toml", "wanted none of keyrite's own files, which no module may reach"),
        ("ledger.sqlite-wal", "wanted none of keyrite's own files, which no module may reach"),
        ("out", "wanted no part of the output directory of \"root\""),
        ("out/root/old", "wanted no part of the output directory of \"root\""),
    ] {
        let problems = paths(&format!("[{path:?}]")).unwrap_err();
        assert_eq!(problems.to_string(), format!("line 9: worker.paths: {path:?}, {why} [CFG-WORKER-PATH]"));
    }
}

#[test]
fn several_crls_of_a_ca_go_together_or_are_refused() {
    let series =
        |text: &str| HomeConfig::parse(&format!("[ca.a]\n{text}")).map_err(|problems| problems.to_string());
    let one = "[ca.a.crls.users]\ncovers = \"users\"\nurls = [\"http://a.test/u.crl\"]\n";
    let all = "[ca.a.crls.all]\nurls = [\"http://a.test/a.crl\"]\n";
    let sound = series(&format!("{one}{all}closed = true\n")).unwrap();
    assert_eq!(sound.ca("a").unwrap().places().crls.len(), 2);
    for (text, wanted) in [
        (format!("{one}{all}"), "covers certificates that \"users\" covers"),
        (format!("crl_urls = [\"http://a.test/x.crl\"]\n{one}"), "beside crl_urls, wanted one of the two"),
        (format!("{one}delta_next_update = \"1d\""), "without delta_urls, wanted both or neither"),
        (one.replace("u.crl", "{partition}.crl"), "wanted none: the series has no partitions"),
        (format!("{one}partitions = 0"), "0, wanted 1 to 10000"),
        (one.replace("crls.users", "crls.Users"), "wanted 1 to 32 of a-z 0-9 _, beginning with a letter"),
        (one.replace("\"users\"\nurls", "\"people\"\nurls"), "\"people\" is no part of a CA's certificates"),
        (one.replace("urls = [\"http://a.test/u.crl\"]\n", ""), "this key is missing"),
    ] {
        let problems = series(&text).unwrap_err();
        assert!(problems.contains(wanted), "{text}: {problems}");
    }
}

#[test]
fn every_kind_of_problem_is_among_them_and_in_the_documentation() {
    let mut seen: BTreeSet<&str> = [config::id::OUTPUT].into();
    for (from, to, _) in FAULTS {
        let problems = HomeConfig::parse(&edited(SOUND, &[(from, to)])).unwrap_err();
        seen.extend(problems.as_slice().iter().map(|problem| problem.id));
    }
    let page = include_str!("../../docs/configuration.md");
    for id in config::id::ALL {
        assert!(seen.contains(id), "{id} never fires");
        assert!(page.contains(&format!("| `{id}` |")), "docs/configuration.md lacks {id}");
    }
    for id in document::id::ALL {
        assert!(page.contains(&format!("| `{id}` |")), "docs/configuration.md lacks {id}");
    }
}

#[test]
fn a_pin_in_a_key_is_not_repeated() {
    let text = edited(SOUND, &[("object=root-2026", "object=root-2026?pin-value=canary-4711")]);
    let problems = HomeConfig::parse(&text).unwrap_err();
    assert!(!format!("{problems} {problems:?}").contains("canary"));
}

#[test]
fn the_text_of_a_new_home_means_nothing_and_names_every_key() {
    assert_eq!(HomeConfig::parse(&default_text(None, false)).unwrap(), HomeConfig::default());
    assert_eq!(HomeConfig::parse("").unwrap(), HomeConfig::default());
    let module = Path::new("/opt/a \"b\"\\c/libx.so");
    assert_eq!(HomeConfig::parse(&default_text(Some(module), false)).unwrap().module(), Some(module));

    // With its examples in force, every key is set.
    let in_force: String = default_text(None, false)
        .lines()
        .filter_map(|line| match line.strip_prefix("# ") {
            Some(rest)
                if rest.starts_with('[')
                    || rest.split_once(" = ").is_some_and(|(key, _)| !key.contains(' ')) =>
            {
                Some(format!("{rest}\n"))
            }
            Some(_) => None,
            None => Some(format!("{line}\n")),
        })
        .collect();
    let config = HomeConfig::parse(&in_force).unwrap();
    assert!(config.module().is_some() && config.lock_timeout().is_some());
    let worker = config.worker();
    assert!([worker.signature, worker.generation, worker.pin_pad, worker.other].iter().all(Option::is_some));
    assert_eq!(config.subject_defaults().attributes().count(), 2);
    assert!(config.attestation_roots().is_some());
    assert!(config.modules().all(|(_, module)| module.ml_dsa.or(module.ml_dsa_key_pair_gen).is_some()));
    assert_eq!(config.modules().count(), 1);
    let requester = config.requester("web-team").unwrap();
    assert!(requester.may_ask("root") && requester.may(config::Ask::Crl) && requester.most_requests() == 100);
    assert_eq!((requester.keys().len(), requester.profiles().len()), (1, 1));
    let root = config.ca("root").unwrap();
    assert!(root.key().is_some() && root.output().is_some());
    let places = root.places();
    assert!([&places.crl, &places.ca_issuers, &places.ocsp].iter().all(|urls| urls.len() == 1));
    for key in
        ["module", "lock_timeout", "worker.signature_timeout", "next_update", "digest", "padding", "crl_urls"]
    {
        assert!(include_str!("../../docs/configuration.md").contains(&format!("`{key}`")), "{key}");
    }
}

#[test]
fn a_huge_file_is_not_looked_at() {
    let text = format!("# {}", "x".repeat(document::FILE_OCTETS));
    assert!(HomeConfig::parse(&text).unwrap_err().has(document::id::SIZE));
}
