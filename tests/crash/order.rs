//! What a power cut asks of an order: everything durable before what follows from it.
//!
//! A kill leaves written pages with the kernel, a power cut does not; so the order of the calls is looked at.

use crate::home::Home;
use crate::points;

#[test]
fn a_certificate_is_durable_as_reserved_then_as_signed_then_as_a_file() {
    let home = Home::template();
    let lines = points::trace(&home, &home.issue(&["r1.csr"], &["--out", "one.pem"]));
    let all = |wanted: fn(&str) -> bool| {
        lines.iter().enumerate().filter(|(_, line)| wanted(line)).map(|(at, _)| at).collect::<Vec<_>>()
    };
    let file = all(|line| line.starts_with("openat") && line.contains("O_TMPFILE"));
    let file = *file.first().expect("a file without a name");
    let (written, synced, asked) = (
        all(|line| line.starts_with("pwrite64")),
        all(|line| line.starts_with("fsync")),
        all(|line| line.starts_with("sendto")),
    );
    // The last request before the file is begun is for the count of signatures, the one before it for the signature.
    let sign = *asked.iter().rev().filter(|at| **at < file).nth(1).unwrap();
    let last_before = |calls: &[usize], end: usize| *calls.iter().rfind(|at| **at < end).unwrap();

    // The reservation, durable before the token is asked; the signed object, before its file is begun.
    assert!(last_before(&written, sign) < last_before(&synced, sign), "{lines:#?}");
    assert!(sign < last_before(&written, file), "{lines:#?}");
    assert!(last_before(&written, file) < last_before(&synced, file), "{lines:#?}");
    // The file: whole and durable before it has its name, and then the name.
    let named = all(|line| line.starts_with("linkat") && line.contains("one.pem"))[0];
    let contents = all(|line| line.starts_with("write(") && line.contains("BEGIN CERTIFICATE"))[0];
    assert!(file < contents && contents < last_before(&synced, named), "{lines:#?}");
    // Between the name and the next change of the ledger: the directory.
    assert!(synced.iter().any(|at| (named + 1..=named + 2).contains(at)), "{lines:#?}");
}
