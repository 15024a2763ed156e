//! The rules, one function each, and a snippet for each that breaks it.

use super::imports::{self, Named};
use super::table::Table;
use super::tokens::{self, Token, is};

/// The most lines that a file may have.
const LINES: usize = 500;
/// Names that say nothing about what is in a file.
const EMPTY_NAMES: [&str; 8] =
    ["util", "utils", "common", "misc", "helper", "helpers", "manager", "managers"];
/// The directory in which `unsafe` may stand.
const UNSAFE: &str = "token/worker/raw/";
/// The file that asks a [`keyrite::port::Signer`] for signatures.
const SIGNING: &str = "authority/complete.rs";
/// The file that says what a signer is.
const TRAIT: &str = "port/signer.rs";
/// What reaches out of the process or tells it something that is not an argument, and where it may stand:
/// a directory with a slash at its end, or a file.
const WORLD: [(&str, &[&str], &[&str]); 9] = [
    (
        "the clock",
        &["std::time::SystemTime", "std::time::Instant", "jiff::Timestamp", "jiff::Zoned"],
        &["authority/system.rs", "token/", "store/", "bin/keyrite/"],
    ),
    ("entropy", &["getrandom", "aws_lc_rs::rand", "rustix::rand"], &["authority/system.rs", "token/"]),
    (
        "files",
        &["std::fs", "rustix::fs", "rustix::io", "std::os"],
        &[
            "authority/evidence.rs",
            "authority/fresh_directory.rs",
            "authority/outside_linter.rs",
            "authority/output.rs",
            "authority/replacement.rs",
            "authority/weak_keys.rs",
            "token/",
            "store/",
            "bin/keyrite/",
        ],
    ),
    ("the environment", &["std::env"], &["token/pin.rs", "token/client/process.rs", "bin/keyrite/"]),
    (
        "processes",
        &["std::process", "rustix::process"],
        &[
            "authority/fresh_directory.rs",
            "authority/outside_linter.rs",
            "authority/output.rs",
            "token/",
            "store/",
            "bin/keyrite/",
        ],
    ),
    ("the network", &["std::net", "rustix::net", "tokio::net"], &["bin/keyrite/serving/"]),
    (
        "threads",
        &["std::thread", "std::sync::mpsc", "rustix::thread"],
        &["authority/outside_linter.rs", "token/", "store/", "bin/keyrite/"],
    ),
    (
        "the terminal",
        &["std::io::stdin", "std::io::stdout", "std::io::stderr", "indicatif", "comfy_table"],
        &["token/", "bin/keyrite/"],
    ),
    ("foreign memory", &["libc", "libloading", "cryptoki_sys"], &["token/worker/"]),
];
/// Parts of the above that are plain values.
const VALUES: [&str; 7] = [
    "std::net::IpAddr",
    "std::net::Ipv4Addr",
    "std::net::Ipv6Addr",
    "std::net::AddrParseError",
    "std::net::Shutdown",
    "std::process::ExitCode",
    "std::os::fd::RawFd",
];
/// Crates with one user.
const CRATES: [(&str, &str); 6] = [
    ("cryptoki", "token/worker/"),
    ("rusqlite", "store/"),
    ("ratatui", "bin/keyrite/ceremony/screen/"),
    ("tokio", "bin/keyrite/serving/"),
    ("hyper", "bin/keyrite/serving/"),
    ("hyper_util", "bin/keyrite/serving/"),
];

/// The files that the rules name.
pub(crate) fn named_files() -> Vec<&'static str> {
    let world = WORLD.iter().flat_map(|(_, _, places)| places.iter().copied());
    world.chain([UNSAFE, SIGNING]).filter(|place| place.ends_with(".rs")).collect()
}

/// What a file breaks: one line each, with the place. `name` is relative to `src`.
pub(crate) fn breaches(table: &Table, name: &str, source: &str) -> Vec<String> {
    let all = tokens::all(source);
    let shipped = if is_test(name) { Vec::new() } else { tokens::without_tests(&all) };
    let named = imports::all(&shipped, &module(name));
    let mut found = shape(name, source);
    found.extend(forbidden_words(name, &all));
    found.extend(edges(table, name, &named));
    found.extend(world(name, &named));
    found.extend(signing(name, &shipped));
    found.into_iter().map(|(line, what)| format!("src/{name}:{line}: {what}")).collect()
}

type Breach = (usize, String);

/// `tests.rs` and `tests/` beside a module are its tests.
fn is_test(name: &str) -> bool {
    name.split('/').any(|part| part == "tests" || part == "tests.rs")
}

/// The module of a file, below the root of its crate; the program's own modules stand below `bin::keyrite`.
fn module(name: &str) -> Vec<String> {
    let path = name.strip_suffix(".rs").unwrap_or(name);
    let mut parts: Vec<String> = path.split('/').map(ToOwned::to_owned).collect();
    if parts.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        parts.pop();
    }
    parts
}

fn shape(name: &str, source: &str) -> Vec<Breach> {
    let mut found = Vec::new();
    let lines = source.lines().count();
    if lines > LINES {
        found.push((lines, format!("{lines} lines, wanted at most {LINES}")));
    }
    for part in name.split('/') {
        let stem = part.strip_suffix(".rs").unwrap_or(part);
        if EMPTY_NAMES.contains(&stem) {
            found.push((1, format!("a name that says nothing: {stem}")));
        }
    }
    found
}

fn forbidden_words(name: &str, tokens: &[Token]) -> Vec<Breach> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.text == "unsafe" && !name.starts_with(UNSAFE) {
            found.push((token.line, format!("unsafe outside {UNSAFE}")));
        }
        let attribute = at > 0 && (is(tokens, at - 1, "[") || is(tokens, at - 1, ","));
        if token.text == "allow" && attribute && is(tokens, at + 1, "(") {
            found.push((token.line, "allow, where expect with its proof is wanted".to_owned()));
        }
    }
    found
}

fn edges(table: &Table, name: &str, named: &[Named]) -> Vec<Breach> {
    let from = module(name);
    if from.is_empty() {
        return Vec::new(); // lib.rs has no code
    }
    let program = from.starts_with(&["bin".to_owned(), "keyrite".to_owned()]);
    let mut found = Vec::new();
    if table.room(&from).is_none() {
        found.push((1, "a file in no room of the table".to_owned()));
    }
    for Named { path, line } in named {
        // The program is a crate of its own: what it names by `crate` are its own modules.
        let root = if program { "keyrite" } else { "crate" };
        let Some(to) = path.strip_prefix(&[root.to_owned()]) else { continue };
        if !table.allows(&from, to) {
            found.push((*line, format!("{} may not import {}", from.join("::"), to.join("::"))));
        }
    }
    found
}

fn world(name: &str, named: &[Named]) -> Vec<Breach> {
    let within = |place: &&str| if place.ends_with('/') { name.starts_with(*place) } else { name == *place };
    let mut found = Vec::new();
    for Named { path, line } in named {
        let begins = |text: &&str| {
            let wanted: Vec<&str> = text.split("::").collect();
            path.iter().map(String::as_str).take(wanted.len()).eq(wanted)
        };
        if VALUES.iter().any(&begins) {
            continue;
        }
        for (what, paths, places) in WORLD {
            if paths.iter().any(&begins) && !places.iter().any(&within) {
                found.push((*line, format!("{what} ({}) outside {}", path.join("::"), places.join(" "))));
            }
        }
        for (one, place) in CRATES {
            if begins(&one) && !within(&place) {
                found.push((*line, format!("{one} outside {place}")));
            }
        }
    }
    found
}

/// A call of `Signer::sign`, `sign_each` or `sign_digest`, which have one caller. What the token's own parts call each other is not one.
fn signing(name: &str, tokens: &[Token]) -> Vec<Breach> {
    if name == SIGNING || name == TRAIT || name.starts_with("token/") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate().skip(1) {
        let called = is(tokens, at + 1, "(") || is(tokens, at + 1, "::");
        let method = is(tokens, at - 1, ".") && called || is(tokens, at - 1, "::");
        if ["sign", "sign_each", "sign_digest"].contains(&token.text.as_str()) && method {
            found.push((token.line, format!("a signature asked for outside {SIGNING}")));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The breaches of a snippet in a file, which must all say what is wanted.
    fn broken(name: &str, source: &str, wanted: &str) {
        let found = breaches(&Table::new(), name, source);
        assert!(!found.is_empty(), "{name}: nothing found in {source:?}");
        assert!(found.iter().all(|line| line.contains(wanted)), "{name}: {found:?}");
    }

    fn kept(name: &str, source: &str) {
        assert_eq!(breaches(&Table::new(), name, source), [""; 0], "{name}: {source}");
    }

    #[test]
    fn an_import_against_the_table_is_found_however_it_is_written() {
        for source in [
            "use crate::store::Store;",
            "use crate::{x509, store};",
            "use crate::{x509::{name, serial}, store::{self, schema}};",
            "use super::store;",
            "use super::super::store::Store;",
            "fn f() -> crate::store::Store { todo() }",
            "fn f() { super::super::store::open::<u8>() }",
            "mod inner { use super::super::super::store; }",
            "use crate as everything;",
            "use crate::*;",
        ] {
            let file = if source.contains("super::super") { "policy/decide.rs" } else { "policy/mod.rs" };
            broken(file, source, "may not import");
        }
        broken("x509/csr.rs", "use crate::policy::Profile;", "may not import policy::Profile");
        broken("token/client.rs", "use crate::x509::certificate::Certificate;", "may not import");
        broken("token/client.rs", "use super::worker::session;", "may not import token::worker");
        broken("token/worker/key.rs", "use super::super::client;", "may not import token::client");
        broken("authority/issue.rs", "use crate::token::uri;", "may not import token::uri");
        broken("config/mod.rs", "use crate::token::client;", "may not import token::client");
        broken("bin/keyrite/main.rs", "use keyrite::nowhere::Thing;", "may not import nowhere::Thing");
        broken("elsewhere.rs", "fn f() {}", "no room");
    }

    #[test]
    fn imports_along_the_table_pass() {
        kept("token/worker/key.rs", "pub(in crate::token) fn f() {}\nuse super::super::wire::Failure;");
        kept("policy/decide.rs", "use crate::x509::{name::Name, time::Time};\nuse super::violation;");
        kept("token/mod.rs", "pub mod uri;\nuse uri::parse;\nuse crate::x509::spki::PublicKey;");
        kept(
            "bin/keyrite/main.rs",
            "mod args;\nuse args::Args;\nuse crate::args;\nuse keyrite::store::Store;",
        );
        kept("x509/name/mod.rs", "pub(crate) mod text { use super::Name; }\npub(super) fn f() {}");
        kept(
            "policy/mod.rs",
            "// use crate::store;\n/* crate::store::x */ const S: &str = \"crate::store::x\";",
        );
        kept("policy/mod.rs", "#[cfg(test)]\nmod tests { use crate::store; fn f() {} }\nfn g() {}");
    }

    #[test]
    fn what_follows_a_test_module_is_still_read() {
        broken("policy/mod.rs", "#[cfg(test)] mod tests { fn f() {} } use crate::store;", "may not import");
        broken("policy/mod.rs", "const R: &str = r#\"\"\"#; use crate::store;", "may not import");
        broken("policy/mod.rs", "const C: char = '\"'; use crate::store;", "may not import");
        broken("policy/mod.rs", "fn f<'a>(x: &'a str) {} use crate::store;", "may not import");
    }

    #[test]
    fn the_world_is_found_outside_its_files() {
        broken("x509/time.rs", "fn now() { std::time::SystemTime::now() }", "the clock");
        broken("x509/time.rs", "use std::time::{Duration, Instant};", "the clock");
        broken("config/mod.rs", "use std::fs;", "files");
        broken("policy/mod.rs", "fn f() { std::env::var(\"X\") }", "the environment");
        broken("token/uri/mod.rs", "use std::env;", "the environment");
        broken("authority/issue.rs", "use std::fs::File;", "files");
        broken("token/client.rs", "use std::net::TcpStream;", "the network");
        broken("authority/issue.rs", "use std::process::Command;", "processes");
        broken("authority/issue.rs", "fn f(out: &mut [u8]) { getrandom::fill(out) }", "entropy");
        broken("authority/issue.rs", "fn f() { std::io::stdin() }", "the terminal");
        broken("token/client.rs", "use cryptoki::session::Session;", "cryptoki outside");
        broken("authority/issue.rs", "use rusqlite::Connection;", "rusqlite outside");
        kept("authority/system.rs", "use std::time::SystemTime;");
        kept("x509/general_name.rs", "use std::net::{IpAddr, Ipv4Addr};");
        kept("token/worker/session.rs", "use cryptoki::session::Session;");
        kept("store/mod.rs", "use rusqlite::Connection;\nuse std::fs::File;");
    }

    #[test]
    fn a_second_caller_of_the_signer_is_found() {
        broken("authority/crl.rs", "fn f(s: &mut dyn Signer) { s.sign(a, &[m]); }", "a signature asked for");
        broken(
            "authority/crl.rs",
            "fn f(s: &mut dyn Signer) { Signer::sign(s, a, &[m]); }",
            "a signature asked for",
        );
        broken("authority/crl.rs", "fn f() { s\n    .sign::<A>(a) }", "a signature asked for");
        broken("authority/crl.rs", "fn f() { s.sign_each(a, &[m], &mut f) }", "a signature asked for");
        kept("authority/complete.rs", "fn f(s: &mut dyn Signer) { s.sign(a, &[m]); }");
        kept("authority/crl.rs", "fn sign(x: u8) { signed(x); attributes.sign }");
    }

    #[test]
    fn shape_and_forbidden_words_are_found() {
        broken("x509/csr.rs", &"\n".repeat(501), "501 lines");
        kept("x509/csr.rs", &"\n".repeat(500));
        for name in ["x509/util.rs", "policy/helpers/mod.rs", "store/manager.rs"] {
            broken(name, "", "says nothing");
        }
        broken("token/worker/module.rs", "fn f() { unsafe { g() } }", "unsafe");
        kept("token/worker/raw/sign.rs", "fn f() { unsafe { g() } }");
        broken("x509/csr.rs", "#[allow(dead_code)] fn f() {}", "expect with its proof");
        broken("x509/csr.rs", "#![allow(dead_code)]", "expect with its proof");
        broken("x509/csr.rs", "#[cfg_attr(test, allow(dead_code))] fn f() {}", "expect with its proof");
        kept("x509/csr.rs", "fn f() { x.allow(1) } // #[allow(x)] unsafe");
    }
}
