//! `--help`: every command has a page with an example, and the manual pages and completions know them all.

use std::path::Path;

use crate::program::run;

/// The commands below a command, by its help page.
fn below(directory: &Path, path: &[String]) -> Vec<Vec<String>> {
    let help = page(directory, path);
    let Some((_, list)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    list.lines()
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .map(|line| [path, &[line.split_whitespace().next().unwrap().to_owned()]].concat())
        .collect()
}

fn page(directory: &Path, path: &[String]) -> String {
    run(directory, path.iter().map(String::as_str).chain(["--help"])).ends(0).stdout
}

fn all(directory: &Path) -> Vec<Vec<String>> {
    let mut found = below(directory, &[]);
    let mut at = 0;
    while let Some(path) = found.get(at).cloned() {
        found.extend(below(directory, &path));
        at += 1;
    }
    found
}

/// The surface that people and scripts rely on, with the flags that are part of it.
const SURFACE: &[(&str, &[&str])] = &[
    ("init", &["[DIR]"]),
    ("status", &[]),
    (
        "ca create",
        &[
            "<NAME>",
            "--key <URI>",
            "--profile",
            "--subject <DN>",
            "--not-before <T>",
            "--validity <D>",
            "--out <FILE>",
        ],
    ),
    ("ca request", &["<NAME>", "--key <URI>", "--profile", "--subject <DN>", "--out <CSR>"]),
    ("ca install", &["<NAME>", "<CERT>", "--chain <FILE>"]),
    ("ca adopt", &["<NAME>", "--key <URI>", "--certificate <CERT>"]),
    ("ca list", &[]),
    ("ca show", &["<NAME>"]),
    (
        "issue",
        &[
            "[CSR]...",
            "--ca <NAME>",
            "--profile <P>",
            "--subject <DN>",
            "--san <TYPE:VALUE>",
            "--not-before <T>",
            "--validity <D>",
            "--out <FILE>",
            "--out-dir <DIR>",
            "--dry-run",
        ],
    ),
    ("revoke", &["<SERIAL|FILE>", "--ca <NAME>", "--reason <R>", "--date <T>", "--invalidity-date <T>"]),
    ("crl issue", &["--ca <NAME>", "--next-update <D>", "--out <FILE>"]),
    ("recover", &["--found <FILE>", "--revoke", "--dry-run", "--export <DIR>"]),
    ("backup", &["<FILE>"]),
    (
        "restore",
        &["<FILE>", "--head <HEAD>", "--crl <FILE>", "--no-crl <NAME>", "--certificates <DIR>", "--replace"],
    ),
    ("export home", &["<DIR>"]),
    ("import home", &["<DIR>", "--head <HEAD>", "--crl <FILE>", "--no-crl <NAME>", "--replace"]),
    ("token list", &["--module <PATH>"]),
    ("token doctor", &["<URI>", "--try", "--no-login"]),
    ("key generate", &["<URI>", "--algorithm <ALG>"]),
    ("key list", &["<URI>"]),
    ("key show", &["<URI>", "--public-out <FILE>", "--compare <URI2>"]),
    ("key destroy", &["<URI>", "--of-ca <NAME>"]),
    (
        "pin split",
        &["--threshold <K>", "--shares <N>", "--generate <LENGTH>", "--token <URI>", "--out <DIR>"],
    ),
    ("pin check", &["[URI]"]),
    ("token init", &["<URI>", "--label <L>", "--so-pin-source <S>", "--erase <LABEL|SERIAL>"]),
    ("request show", &["<FILE>"]),
    ("certificate list", &["--ca <NAME>"]),
    ("certificate show", &["<SERIAL|FILE>"]),
    ("certificate export", &["<SERIAL>", "--format <FORMAT>", "--with-path", "--out <FILE>"]),
    ("crl show", &["<FILE>"]),
    ("crl verify", &["<FILE>", "--ca <NAME>", "--issuer <CERT>"]),
    (
        "ocsp sign",
        &[
            "--ca <NAME>",
            "--all",
            "--serial <SERIAL>",
            "--responder <CERT>",
            "--key <URI>",
            "--next-update <D>",
            "--until <T>",
            "--hash <HASH>",
            "--out <DIR>",
            "--sessions <N>",
        ],
    ),
    (
        "ocsp serve",
        &[
            "--ca <NAME>",
            "--live",
            "--responder <CERT>",
            "--key <URI>",
            "--journal <FILE>",
            "--next-update <D>",
            "--sessions <N>",
            "--listen <ADDR:PORT>",
            "--metrics <ADDR:PORT>",
            "--max-age <D>",
            "--threads <N>",
            "--connections <N>",
            "--drain <D>",
            "--access-log",
        ],
    ),
    ("ocsp show", &["<FILE>"]),
    ("ocsp verify", &["<FILE>", "--ca <NAME>", "--issuer <CERT>", "--serial <SERIAL>", "--at <T>"]),
    (
        "serve",
        &[
            "<DIR>",
            "--ocsp",
            "--ca <NAME>",
            "--listen <ADDR:PORT>",
            "--metrics <ADDR:PORT>",
            "--max-age <D>",
            "--threads <N>",
            "--connections <N>",
            "--drain <D>",
            "--access-log",
        ],
    ),
    ("profile list", &[]),
    ("profile show", &["<NAME>"]),
    ("profile diff", &["<NAME|FILE>"]),
    ("migrate profile", &["<OPENSSL.CNF>", "--name <SECTION>", "--extensions <SECTION>", "--out <FILE>"]),
    ("profile lint", &["<FILE>"]),
    (
        "lint",
        &[
            "<FILE>...",
            "--issuer <CERT>",
            "--profile <P>",
            "--standard <SET>",
            "--exclude <ID>",
            "--reason <TEXT>",
            "--by <NAME>",
        ],
    ),
    ("ceremony new", &["--template <T>", "<DIR>"]),
    ("ceremony script", &["<SCRIPT>", "--out <FILE>"]),
    ("ceremony plan", &["<SCRIPT>", "--site <SITE>"]),
    ("ceremony rehearse", &["<SCRIPT>", "--out <BUNDLE>", "--answers <FILE>"]),
    ("ceremony run", &["<SCRIPT>", "--site <SITE>", "--plan <HASH>", "--dir <DIR>", "--answers <FILE>"]),
    ("ceremony resume", &["<DIR>", "--answers <FILE>"]),
    ("ceremony bundle", &["<DIR>", "--out <BUNDLE>"]),
    ("ceremony verify", &["<BUNDLE>", "--head <HEX>"]),
    ("ceremony report", &["<BUNDLE>", "--out <FILE>"]),
    ("audit list", &[]),
    ("audit reconcile", &["--ca <NAME>", "--key <URI>", "--count <N>", "--since-entry <E>"]),
    ("clock confirm", &["--reason <TEXT>", "--by <NAME>"]),
    (
        "migrate openssl",
        &["<DIR>", "--ca <NAME>", "--key <URI>", "--config <CNF>", "--accept <ID>", "--dry-run"],
    ),
    ("export openssl", &["<DIR>", "--ca <NAME>"]),
    ("rebuild", &["<CERT|DIR>...", "--ca-certificate <FILE>", "--key <URI>", "--crl <FILE>", "--dry-run"]),
    ("audit checkpoint", &["--out <FILE>", "--ca <NAME>", "--sign-with <URI>", "--key-name <NAME>"]),
    (
        "audit cosign",
        &[
            "<CHECKPOINT>",
            "--key <URI>",
            "--name <NAME>",
            "--previous <FILE>",
            "--first",
            "--export <DIR>",
            "--key-of <CERT|PUB>",
            "--out <FILE>",
        ],
    ),
    (
        "audit prove",
        &["[SERIAL]", "--event <EVENT>", "--since <FILE>", "--checkpoint <FILE>", "--out <FILE>"],
    ),
    ("audit export", &["<DIR>"]),
    (
        "audit verify",
        &[
            "--head <HEAD>...",
            "--checkpoint <FILE>",
            "--key-of <CERT|PUB>",
            "--export <DIR>",
            "--proof <FILE>",
            "--certificate <CERT>",
            "--previous <FILE>",
        ],
    ),
    ("completions", &["<SHELL>"]),
    ("man", &["<DIR>"]),
];

#[test]
fn the_surface_is_spelled_as_promised() {
    let directory = tempfile::tempdir().unwrap();
    let global = ["--home <DIR>", "--module <PATH>", "--pin-source <S>", "--json", "--yes", "--log <LEVEL>"];
    for (command, flags) in SURFACE {
        let path: Vec<String> = command.split(' ').map(str::to_owned).collect();
        let help = page(directory.path(), &path);
        for flag in global.iter().chain(*flags) {
            assert!(help.contains(flag), "{command} {flag}: {help}");
        }
    }
}

#[test]
fn every_command_has_an_example() {
    let directory = tempfile::tempdir().unwrap();
    let all = all(directory.path());
    assert!(all.len() >= SURFACE.len(), "{all:?}");
    for path in all.iter().filter(|path| below(directory.path(), path).is_empty()) {
        let help = page(directory.path(), path);
        let example = format!("keyrite {}", path.join(" "));
        let (_, examples) = help.split_once("Example").unwrap_or_else(|| panic!("{path:?}: {help}"));
        assert!(examples.contains(&example), "{path:?}: {help}");
    }
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let directory = tempfile::tempdir().unwrap();
    run(directory.path(), ["man", "."]).ends(0);
    for path in all(directory.path()) {
        let page = directory.path().join(format!("keyrite-{}.1", path.join("-")));
        assert!(std::fs::read_to_string(&page).unwrap().contains(".TH"), "{}", page.display());
    }
    // A second run replaces nothing.
    let again = run(directory.path(), ["man", "."]).ends(5);
    assert!(again.stderr.contains("keyrite.1 exists already and was not changed"), "{again:#?}");
}

#[test]
fn completions_come_for_every_shell() {
    let directory = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(directory.path(), ["completions", shell]).ends(0).stdout;
        assert!(script.contains("lock-timeout") && script.contains("request"), "{shell}");
    }
}

#[test]
fn help_is_found_where_people_look_for_it() {
    let directory = tempfile::tempdir().unwrap();
    for (asked, answered) in
        [(&["help"][..], &["--help"][..]), (&["help", "ca", "create"], &["ca", "create", "--help"])]
    {
        assert_eq!(
            run(directory.path(), asked).ends(0).stdout,
            run(directory.path(), answered).ends(0).stdout
        );
    }
}
