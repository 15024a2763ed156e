//! Requests as large as may be, made to cost time and memory: each is shown or refused within bounds.

use std::process::Command;

use crate::program::{Run, assert_safe, command, finish};
use crate::request::{Request, alt_names, common_name, rsa_spki, tlv};

/// What is left for a request's contents below the limit of 64 KiB.
const ROOM: usize = 65_000;

/// As many values as fit.
fn fill(make: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
    let mut all = Vec::new();
    for number in 0.. {
        let one = make(number);
        if all.len() + one.len() > ROOM {
            break;
        }
        all.extend(one);
    }
    all
}

/// An object identifier below 1.3.
fn oid(number: u32) -> Vec<u8> {
    let septet = |shift: u32| u8::try_from(number >> shift & 0x7f).unwrap();
    tlv(0x06, &[0x2b, 0x81 | septet(14), 0x80 | septet(7), septet(0)])
}

fn extension(oid: &[u8], value: &[u8]) -> Vec<u8> {
    tlv(0x30, &[oid, &tlv(0x04, value)].concat())
}

/// The program under limits: processor time in seconds, and memory of its own in KiB.
fn shown(arguments: &[&str], request: &[u8]) -> Run {
    let directory = tempfile::tempdir().unwrap();
    let program = command(directory.path());
    let mut limited = Command::new("sh");
    limited.current_dir(directory.path()).env_clear().env("PATH", "/usr/bin:/bin");
    // 64 MiB of memory of its own. A build that is not optimized takes some ten times the time of one that is.
    limited.args(["-c", "ulimit -t 10 && ulimit -d 65536 && exec \"$0\" \"$@\""]);
    limited.arg(program.get_program()).args(["request", "show", "-"]).args(arguments);
    finish(limited, request)
}

#[test]
fn what_is_many_long_or_deep_is_shown_within_bounds() {
    let good = Request::good();
    let extended = |list: Vec<u8>| Request { extensions: vec![list], ..good.clone() };
    let of_standard = |last: u8, value: Vec<u8>| extended(extension(&[0x06, 0x03, 0x55, 0x1d, last], &value));
    let ou = |number: u32| {
        let value = tlv(0x0c, format!("{number:06}").as_bytes());
        tlv(0x30, &[&[0x06, 0x03, 0x55, 0x04, 0x0b], value.as_slice()].concat())
    };
    let named = |subject: Vec<u8>| Request { subject: tlv(0x30, &subject), ..good.clone() };
    let common = |text: &str| named(tlv(0x31, &common_name(0x0c, text.as_bytes())));
    for (what, request) in [
        ("extensions", extended(fill(|number| extension(&oid(number), &[5, 0])))),
        ("purposes", of_standard(0x25, tlv(0x30, &fill(oid)))),
        ("policies", of_standard(0x20, tlv(0x30, &fill(|number| tlv(0x30, &oid(number)))))),
        (
            "a number",
            of_standard(0x13, tlv(0x30, &[&[1, 1, 0xff], &tlv(2, &vec![0x7f; 60_000])[..]].concat())),
        ),
        ("relative names", named(fill(|number| tlv(0x31, &ou(number))))),
        ("attributes of one name", named(tlv(0x31, &fill(ou)))),
        ("letters", common(&"a".repeat(60_000))),
        ("two scripts", common(&"a\u{430}".repeat(20_000))),
        ("marks", common(&format!("a{}", "\u{301}\u{323}".repeat(15_000)))),
        ("control characters", common(&"\u{202e}\u{1b}".repeat(15_000))),
    ] {
        let der = request.to_der();
        assert!((40_000..=65_536).contains(&der.len()), "{what}: {} octets", der.len());
        for (arguments, codes) in
            [(&[][..], &[0][..]), (&["--json"], &[0]), (&["--profile", "tls-client"], &[0, 1])]
        {
            let run = shown(arguments, &der);
            assert!(
                codes.contains(&run.code),
                "{what} {arguments:?}: exit status {}: {:.300}",
                run.code,
                run.stderr
            );
            assert!(run.stdout.len() > 1000, "{what} {arguments:?}");
            assert_safe(&run);
        }
    }
}

#[test]
fn what_is_beyond_a_limit_is_refused_at_once() {
    let good = Request::good();
    let names = fill(|number| tlv(0x82, format!("h{number}").as_bytes()));
    let rsa = |octets: usize, exponent: &[u8]| Request { spki: rsa_spki(octets, exponent), ..good.clone() };
    let same = Request { extensions: vec![fill(|_| extension(&oid(1), &[5, 0]))], ..good.clone() };
    for (request, wanted) in [
        (
            Request { extensions: vec![alt_names(&[names])], ..good.clone() },
            "subject alternative names, wanted at most 100",
        ),
        (same, "requested extension 1.3.16385 is there twice"),
        (rsa(2_048, &[1, 0, 1]), "RSA modulus of 16384 bits, wanted 2048 to 8192"),
        (rsa(2_048, &[0x7f; 2_048]), "RSA modulus of 16384 bits, wanted 2048 to 8192"),
        (rsa(64_000, &[1, 0, 1]), "RSA modulus of 512000 bits, wanted 2048 to 8192"),
        (rsa(1_024, &[0x7f; 33]), "RSA public exponent 0x7f7f"),
        (rsa(1_024, &[0x7f; 60_000]), "RSA public exponent 0x7f7f"),
    ] {
        let run = shown(&[], &request.to_der()).ends(1);
        let first = run.stderr.lines().next().unwrap_or_default();
        assert!(
            first.starts_with("error: standard input: ") && first.contains(wanted),
            "{wanted}: {first:.300}"
        );
        assert!(run.stderr.len() < 1_000, "{:.300}", run.stderr);
    }
}
