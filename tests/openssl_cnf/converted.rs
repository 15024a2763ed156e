//! Profiles as they are converted: their text, their notes.

use keyrite::migrate::openssl::cnf::{
    CaSection, CaSectionError, ConversionError, CopyExtensions, Wanted, profile, resolve,
};
use keyrite::policy::Profile;

use super::oracle::{read, write};
use super::proof::Place;
use super::tutorials;

#[test]
fn a_converted_profile_tells_each_line_that_it_does_not_say_exactly() {
    let place = Place::new(&tutorials::intermediate());
    let converted = place.convert(Some("server_cert"), None);
    assert_eq!(converted.toml, include_str!("server_cert.toml"));
    assert_eq!(converted.problems, None);
}

#[test]
fn everything_that_cannot_be_carried_over_is_told() {
    let place = Place::new(&tutorials::everything());
    let converted = place.convert(Some("lost"), None);
    let notes: Vec<String> = converted.notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes.join("\n") + "\n", include_str!("lost.txt"));
    assert_eq!(converted.problems, None, "{}", converted.toml);
}

#[test]
fn every_section_of_every_common_file_becomes_a_profile() {
    for (text, sections) in [
        (tutorials::root(), &["v3_ca", "v3_intermediate_ca"][..]),
        (tutorials::intermediate(), &["usr_cert", "server_cert", "ocsp", "tsa"]),
        (tutorials::distribution(), &["usr_cert", "v3_req", "v3_ca", "proxy_cert_ext"]),
        (tutorials::everything(), &["server", "sub", "fixed_names", "lost"]),
    ] {
        let place = Place::new(&text);
        let cnf = read(place.path(), "openssl.cnf").unwrap();
        let ca = CaSection::read(&cnf, None).unwrap();
        for name in sections {
            for self_signed in [false, true] {
                let wanted = Wanted {
                    ca: &ca,
                    extensions: Some(name),
                    extension_file: None,
                    self_signed,
                    certificate: None,
                    validity: None,
                };
                let converted = profile(&cnf, &wanted).unwrap();
                assert_eq!(converted.problems, None, "{name}\n{}", converted.toml);
                let rules = Profile::parse("x", &converted.toml).unwrap();
                assert_eq!(rules.kind().word(), converted.kind);
            }
        }
    }
}

#[test]
fn the_section_of_a_ca_is_read_as_openssl_reads_it() {
    let directory = tempfile::tempdir().unwrap();
    let text = "default_md = sha512\n[ ca ]\ndefault_ca = mine\npreserve = Yes\n[ mine ]\ndir = ./demoCA\ndatabase = $dir/index.txt\n\
                own = x\nserial = $dir/$own\ndefault_days = 10y\ndefault_crl_hours = 12\nunique_subject = nope\n\
                copy_extensions = copyall\nemail_in_dn = off\npreserve = yes\nmsie_hack = yes\nstray = 1\nrand_serial = no\n";
    write(directory.path(), "x.cnf", text);
    let cnf = read(directory.path(), "x.cnf").unwrap();
    let ca = CaSection::read(&cnf, None).unwrap();
    let text = |setting: &Option<keyrite::migrate::openssl::cnf::Setting<String>>| {
        setting.as_ref().map(|one| format!("{} {}", one.place, one.value))
    };
    assert_eq!(text(&ca.database).as_deref(), Some("x.cnf:7 ./demoCA/index.txt"));
    assert_eq!(text(&ca.serial).as_deref(), Some("x.cnf:9 ./demoCA/x"));
    assert_eq!(text(&ca.default_digest).as_deref(), Some("x.cnf:1 sha512"));
    assert_eq!(text(&ca.random_serial).as_deref(), Some("x.cnf:18 no"));
    assert_eq!(ca.default_days.as_ref().map(|one| one.value), Some(10));
    assert_eq!(ca.default_crl_hours.as_ref().map(|one| one.value), Some(12));
    assert_eq!(ca.unique_subject.as_ref().map(|one| one.value), Some(false));
    assert_eq!(ca.copy_extensions.as_ref().map(|one| one.value), Some(CopyExtensions::CopyAll));
    assert_eq!(ca.email_in_dn.as_ref().map(|one| one.value), Some(true));
    assert_eq!(ca.preserve.as_ref().map(|one| one.value), Some(true));
    assert_eq!(ca.msie_hack, None);
    let notes: Vec<String> = ca.not_understood.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "x.cnf:10 default_days = \"10y\": carried over otherwise: OpenSSL reads the digits at its begin alone: 10",
            "x.cnf:14 email_in_dn = \"off\": carried over otherwise: OpenSSL takes everything but \"no\" for yes",
            "x.cnf:15 preserve = \"yes\": not carried over: OpenSSL reads it in [ca] and in the default section, so that it does nothing here",
            "x.cnf:16 msie_hack = \"yes\": not carried over: OpenSSL reads it in [ca] and in the default section, so that it does nothing here",
            "x.cnf:17 stray = \"1\": not carried over: openssl ca does not read it, and no other line refers to it",
        ]
    );
    assert_eq!(resolve("/etc/ca", "./demoCA/index.txt"), "/etc/ca/demoCA/index.txt");
    assert_eq!(resolve("/etc/ca/", "/other"), "/other");
    assert_eq!(resolve("", "demoCA"), "demoCA");
}

#[test]
fn what_is_not_there_is_told_with_the_line_that_names_it() {
    let directory = tempfile::tempdir().unwrap();
    write(
        directory.path(),
        "x.cnf",
        "[ ca ]\ndefault_ca = gone\n[ here ]\nx509_extensions = ext\npolicy = p\n[ e ]\n",
    );
    let cnf = read(directory.path(), "x.cnf").unwrap();
    let error = CaSection::read(&cnf, None).unwrap_err();
    assert_eq!(error.to_string(), "there is no section [gone], which default_ca in x.cnf:2 names");
    let ca = CaSection::read(&cnf, Some("here")).unwrap();
    let wanted = |extensions| Wanted {
        ca: &ca,
        extensions,
        extension_file: None,
        self_signed: false,
        certificate: None,
        validity: None,
    };
    let error = profile(&cnf, &wanted(None)).unwrap_err();
    assert_eq!(error.to_string(), "there is no section [ext], which x.cnf:4 names");
    let error = profile(&cnf, &wanted(Some("e"))).unwrap_err();
    assert_eq!(error, ConversionError::Validity { section: "here".to_owned() });
    write(directory.path(), "x.cnf", "a = 1\n");
    let cnf = read(directory.path(), "x.cnf").unwrap();
    assert_eq!(CaSection::read(&cnf, None), Err(CaSectionError::NoDefault));
}

#[test]
fn a_root_is_of_no_policy() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), "x.cnf", tutorials::root());
    let cnf = read(directory.path(), "x.cnf").unwrap();
    let ca = CaSection::read(&cnf, None).unwrap();
    let wanted = Wanted {
        ca: &ca,
        extensions: Some("v3_ca"),
        extension_file: None,
        self_signed: true,
        certificate: None,
        validity: Some("20y".parse().unwrap()),
    };
    let converted = profile(&cnf, &wanted).unwrap();
    assert_eq!(converted.kind, "root");
    let notes: Vec<String> = converted.notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "x.cnf:15 default_days = \"375\": carried over otherwise: 20y by the command line",
            "x.cnf:36 subjectKeyIdentifier = \"hash\": carried over otherwise: 160 bits of SHA-256 of the key (RFC 7093 method 1), \
             where OpenSSL takes SHA-1",
        ]
    );
    assert!(
        converted.toml.contains("\norder = \"as-asked\"\n\n[subject.attributes]\nDC = \"optional\"\n"),
        "{}",
        converted.toml
    );
}

#[test]
fn values_by_asn1_are_what_openssl_generates() {
    let directory = tempfile::tempdir().unwrap();
    let sections = "[ parts ]\none = INTEGER:1\ntwo = SEQUENCE:more\nthree = SET:more\n[ more ]\nb = UTF8:b\na = UTF8:a\n[ none ]\n";
    for text in [
        "NULL",
        "BOOL:yes",
        "BOOLEAN:FALSE",
        "INTEGER:0",
        "INTEGER:-1",
        "INTEGER:-128",
        "INT:0xffffffff",
        "ENUM:7",
        "OID:1.2.3.4",
        "OBJECT:commonName",
        "UTF8:text, with a comma: and more",
        "UTF8String:",
        "FORMAT:UTF8,UTF8:x",
        "IA5STRING:a@b",
        "PRINTABLE:Example",
        "OCT:abc",
        "OCTETSTRING:",
        "FORMAT:HEX,OCT:00ff",
        "FORMAT:HEX,BITSTR:80",
        "OCTWRAP,SEQUENCE:parts",
        "SEQWRAP,NULL",
        "SETWRAP,INTEGER:5",
        "EXP:0,INTEGER:5",
        "EXPLICIT:2A,UTF8:x",
        "EXP:1P,EXP:3,NULL",
        "SEQUENCE:parts",
        "SEQUENCE:none",
        "SET:parts",
    ] {
        let cnf = format!(
            "[ ca ]\ndefault_ca = c\n[ c ]\ndefault_days = 1\npolicy = none\n[ x ]\n1.3.6.1.4.1.99999.9 = ASN1:{text}\n{sections}"
        );
        write(directory.path(), "x.cnf", &cnf);
        super::oracle::done(
            directory.path(),
            &["asn1parse", "-genconf", "x.cnf", "-genstr", text, "-noout", "-out", "x.der"],
        );
        let theirs = hex::encode(std::fs::read(directory.path().join("x.der")).unwrap());
        let cnf = read(directory.path(), "x.cnf").unwrap();
        let ca = CaSection::read(&cnf, None).unwrap();
        let wanted = Wanted {
            ca: &ca,
            extensions: Some("x"),
            extension_file: None,
            self_signed: false,
            certificate: None,
            validity: None,
        };
        let converted = profile(&cnf, &wanted).unwrap();
        let line = format!("der = \"{theirs}\"\n");
        assert!(converted.toml.contains(&line), "{text}: {theirs}\n{}", converted.toml);
        assert_eq!(converted.problems, None, "{text}");
    }
}

#[test]
fn the_file_of_this_system_is_read() {
    let path = std::path::Path::new("/etc/ssl/openssl.cnf");
    let Ok(octets) = std::fs::read(path) else {
        eprintln!("SKIPPED: there is no {}", path.display());
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), "openssl.cnf", octets);
    let cnf = read(directory.path(), "openssl.cnf").unwrap();
    assert_eq!(super::oracle::accepts(directory.path(), "openssl.cnf"), Ok(()));
    assert!(cnf.sections().len() > 1);
}
