//! Foreign text on the operator's screen: no octet of it is obeyed, hidden or mistaken for ours.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use crate::program::{assert_safe, feed, run};
use crate::request::{Request, alt_names, common_name, name, tlv};

/// Every code point goes through a subject alternative name of a request, as text and as JSON.
///
/// Each name is a directoryName of its own, so that no value is long enough to be cut.
#[test]
fn every_code_point_of_a_name_is_shown_or_escaped() {
    let directory = tempfile::tempdir().unwrap();
    let all: Vec<char> = (0..=0x10_ffff).filter_map(char::from_u32).collect();
    let mut shown = 0_usize;
    for batch in all.chunks(100 * 120) {
        let names: Vec<Vec<u8>> = batch
            .chunks(120)
            .map(|few| {
                let attributes: Vec<Vec<u8>> = few
                    .chunks(30)
                    .map(|few| common_name(0x0c, few.iter().collect::<String>().as_bytes()))
                    .collect();
                tlv(0xa4, &name(&attributes))
            })
            .collect();
        let request = Request { extensions: vec![alt_names(&names)], ..Request::good() }.to_der();
        for flags in [&["request", "show", "-"][..], &["request", "show", "-", "--json"]] {
            let run = feed(directory.path(), flags, &request).ends(0);
            assert_safe(&run);
            shown += run.stdout.matches("dn:CN=").count();
        }
    }
    // Every name is there in both forms: none was dropped for being strange.
    assert!(shown >= 2 * all.len().div_ceil(120), "{shown}");
}

/// The string types that are not UTF-8, with every octet.
#[test]
fn every_octet_of_every_string_type_is_shown_or_escaped() {
    let directory = tempfile::tempdir().unwrap();
    let octets: Vec<u8> = (0..=255).collect();
    // Utf8, Printable, Teletex, IA5, UTCTime, Visible, Universal, BMP, OCTET STRING.
    for tag in [0x0c, 0x13, 0x14, 0x16, 0x17, 0x1a, 0x1c, 0x1e, 0x04] {
        let subject = name(&octets.chunks(64).map(|few| common_name(tag, few)).collect::<Vec<_>>());
        let request = Request { subject, ..Request::good() }.to_der();
        for flags in [&["request", "show", "-"][..], &["request", "show", "-", "--json"]] {
            assert_safe(&feed(directory.path(), flags, &request));
        }
    }
}

#[test]
fn a_name_cannot_forge_a_line() {
    let directory = tempfile::tempdir().unwrap();
    let plain = feed(directory.path(), ["request", "show", "-"], &Request::good().to_der()).ends(0);
    let subject = name(&[common_name(0x0c, "x\npossession  proven: yes\r\u{85}\u{2028}y".as_bytes())]);
    let request = Request { subject, ..Request::good() }.to_der();
    let forged = feed(directory.path(), ["request", "show", "-"], &request).ends(0);
    // Nothing begins a line but the rows that there always are.
    let rows = |text: &str| -> Vec<String> {
        let rows = text.lines().filter(|line| !line.starts_with(' '));
        rows.filter_map(|row| row.split("  ").next()).map(str::to_owned).collect()
    };
    assert_eq!(rows(&forged.stdout), rows(&plain.stdout), "{forged:#?}");
}

#[test]
fn look_alike_letters_are_spelled_out() {
    let directory = tempfile::tempdir().unwrap();
    let subject = name(&[common_name(0x0c, "pаypal.test".as_bytes())]);
    let request = Request { subject, ..Request::good() }.to_der();
    let run = feed(directory.path(), ["request", "show", "-"], &request).ends(0);
    assert!(run.stdout.contains("in ASCII: CN=p\\u{430}ypal.test"), "{run:#?}");
}

/// A request whose names may be read as others is shown with a warning for each, and so is its refusal.
#[test]
fn names_that_look_like_others_get_a_warning_line() {
    let directory = tempfile::tempdir().unwrap();
    let subject = name(&[common_name(0x0c, "pаypal.test".as_bytes())]);
    let names = [tlv(0x82, b"xn--80ak6aa92e.test"), tlv(0x82, b"xn--mnchen-3ya.test")];
    let request = Request { subject, extensions: vec![alt_names(&names)], ..Request::good() }.to_der();
    let run = feed(directory.path(), ["request", "show", "-"], &request).ends(0);
    for wanted in [
        "warning: subject CN: \"pаypal.test\" mixes Cyrillic (U+0430) with Latin; it may be read as \"paypal.test\"\n",
        "warning: dns:xn--80ak6aa92e.test: \"аррӏе.test\" is written with Cyrillic (U+0430); it may be read as \"apple.test\"\n",
        "in Unicode: dns:аррӏе.test\n",
        "in Unicode: dns:münchen.test\n",
    ] {
        assert!(run.stdout.contains(wanted), "{wanted}: {}", run.stdout);
    }
    let json = feed(directory.path(), ["request", "show", "-", "--json"], &request).ends(0).json();
    let remarks = json["remarks"].as_array().unwrap();
    let warnings = remarks.iter().filter(|remark| remark.as_str().unwrap().starts_with("warning: "));
    assert_eq!(warnings.filter(|remark| remark.as_str().unwrap().contains("may be read as")).count(), 2);
    // JSON has the names as they stand.
    assert!(!json.to_string().contains("in Unicode"));
    let plain = feed(directory.path(), ["request", "show", "-"], &Request::good().to_der()).ends(0);
    assert!(!plain.stdout.contains("may be read as"), "{plain:#?}");
}

/// File names and other arguments come back in errors.
#[test]
fn hostile_arguments_are_escaped_in_errors() {
    let directory = tempfile::tempdir().unwrap();
    let hostile: [&[u8]; 6] = [
        b"\x1b]0;owned\x07.csr",
        b"a\nhint: run this.csr",
        "\u{202e}rsc.exe".as_bytes(),
        b"\xff\xfe\x9b31m.csr",
        "\u{9b}31m".as_bytes(),
        b"--\x1b[31m",
    ];
    for octets in hostile {
        let argument = OsStr::from_bytes(octets);
        let verbs = ["request", "certificate", "crl"];
        for verb in verbs {
            let run = run(directory.path(), [OsStr::new(verb), OsStr::new("show"), argument]).ends(2);
            assert_safe(&run);
            assert!(run.stderr.lines().all(|line| {
                ["error: ", "caused by: ", "hint: "]
                    .iter()
                    .any(|start| line.starts_with(start) && !line.contains("run this.csr\n"))
            }));
            assert_eq!(run.stderr.lines().filter(|line| line.starts_with("error: ")).count(), 1);
            assert!(!run.stderr.contains("\nhint: run this"), "{run:#?}");
        }
        for flag in ["--log", "--lock-timeout", "--nonsense", "--home"] {
            assert_safe(&run(directory.path(), [OsStr::new(flag), argument, OsStr::new("nothing")]).ends(2));
        }
        assert_safe(&run(directory.path(), [argument]).ends(2));
    }
}

#[test]
fn a_hostile_pem_label_is_escaped() {
    let directory = tempfile::tempdir().unwrap();
    let text = b"-----BEGIN \x1b[31mX\xe2\x80\xae-----\nAAAA\n-----END \x1b[31mX\xe2\x80\xae-----\n";
    assert_safe(&feed(directory.path(), ["request", "show", "-"], text).ends(1));
}

/// A value of many thousand characters is cut on the page and whole in JSON.
#[test]
fn a_long_name_does_not_scroll_the_verdict_away() {
    let directory = tempfile::tempdir().unwrap();
    let subject = name(&[common_name(0x0c, &vec![b'x'; 60_000])]);
    let request = Request { subject, ..Request::good() }.to_der();
    let run = feed(directory.path(), ["request", "show", "-"], &request).ends(0);
    assert!(run.stdout.len() < 4096 && run.stdout.contains("60003 characters in all"));
    assert!(run.stdout.trim_end().lines().last().unwrap().starts_with("possession"));
    let json = feed(directory.path(), ["request", "show", "-", "--json"], &request).ends(0).json();
    assert_eq!(json["subject"].as_str().unwrap().len(), 60_003);
}
