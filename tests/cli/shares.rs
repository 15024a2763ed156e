//! PINs that several people hold: `pin split`, `pin check`, and the PIN sources `shares` and `parts:N`.

use std::os::unix::fs::PermissionsExt as _;

use crate::issued::Home;
use crate::program::finish;
use crate::support::softhsm::PIN;
use crate::terminal::converse;

/// The words in the text of a share, which have their numbers before them.
fn words(text: &str) -> String {
    let numbered = text.split_whitespace().collect::<Vec<_>>();
    let words = numbered.windows(2).filter(|pair| pair[0].parse::<usize>().is_ok());
    let words: Vec<&str> = words
        .map(|pair| pair[1])
        .filter(|word| word.chars().all(char::is_alphabetic) && *word != "of")
        .collect();
    assert!(words.len() > 20, "{text}");
    words.join(" ")
}

/// The files of a split, as words.
fn files(home: &Home, directory: &str, count: usize) -> Vec<String> {
    let directory = home.tokens.path().join(directory);
    assert_eq!(directory.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(std::fs::read_dir(&directory).unwrap().count(), count);
    let texts = (1..=count).map(|at| {
        let path = directory.join(format!("share-{at}.txt"));
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.starts_with(&format!("PIN share {at} of {count}, set ")), "{text}");
        assert!(!text.contains(PIN));
        words(text.split_once("\n\n").unwrap().1)
    });
    texts.collect()
}

/// The same share with its second word exchanged for another that could stand there.
fn miscopied(share: &str) -> String {
    let mut words: Vec<&str> = share.split(' ').collect();
    words[5] = if words[5] == "adroitness" { "adviser" } else { "adroitness" };
    words.join(" ")
}

/// Nothing of what was typed is on the screen.
fn unseen(seen: &str, shares: &[String]) {
    assert!(!seen.contains(PIN), "{seen}");
    for share in shares {
        let words: Vec<&str> = share.split(' ').collect();
        let shown = words.windows(2).find(|pair| seen.contains(&pair.join(" ")));
        assert_eq!(shown, None, "{seen}");
    }
}

#[test]
fn shares_log_in_and_a_wrong_one_costs_no_try() {
    let home = Home::with_root("cli-shares").asking();
    let (uri, source) = (home.tokens.uri(), home.tokens.pin_source());
    let split = |out: &str| {
        let split = ["pin", "split", "--threshold", "2", "--shares", "3", "--out", out, "--token", &uri];
        finish(home.command(&[&split[..], &["--pin-source", &source]].concat()), b"").ends(0).stdout
    };
    let told = split("first");
    assert!(told.contains("needed") && told.contains("tried on") && !told.contains(PIN), "{told}");
    let first = files(&home, "first", 3);
    split("second");
    let second = files(&home, "second", 3);
    assert_ne!(first, second);

    let list = ["key", "list", &uri, "--pin-source", "shares"];
    let right = [("share 1: for its holder", first[0].as_str()), ("share 2 of 2", &first[2])];
    let (seen, code) = converse(&home, &list, &right);
    assert_eq!(code, 0, "{seen}");
    assert!(seen.contains("root"), "{seen}");
    unseen(&seen, &first);

    let (miscopied, spelled) = (miscopied(&first[0]), first[0].replacen(' ', "x ", 1));
    let wrong = [
        ("share 1: for its holder", spelled.as_str()),
        ("word 1 is not one of the words that shares are made of; ", miscopied.as_str()),
        ("at least one word of this share is another than was written down; ", &first[0]),
        ("share 2 of 2", &first[0]),
        ("share 1 is there already, wanted another one of the set; ", &second[1]),
        ("this share is of the set ", &first[1]),
    ];
    let (seen, code) = converse(&home, &list, &wrong);
    assert_eq!(code, 0, "{seen}");
    assert!(seen.contains("root") && !seen.contains(&spelled[..8]), "{seen}");
    unseen(&seen, &first);
    // No wrong PIN reached the token, which would say so. The source may stand in the URI.
    let asked = format!("{uri}?pin-source=shares");
    let (seen, code) = converse(&home, &["key", "list", &asked], &right);
    assert_eq!(code, 0, "{seen}");
    assert!(!seen.contains("a wrong PIN was given before"), "{seen}");

    // Broken off, nothing is given to the token.
    let (seen, code) = converse(&home, &list, &[("share 1", &first[0]), ("share 2 of 2", "\u{3}")]);
    assert_eq!(code, 4, "{seen}");
    assert!(seen.contains("no PIN was given"), "{seen}");
    let nobody = finish(home.command(&list), b"").ends(2).stderr;
    assert!(nobody.contains("the PIN has to be typed, but there is no terminal to ask on"), "{nobody}");
}

#[test]
fn a_pin_that_nobody_knows_goes_into_a_new_token() {
    let home = Home::with_root("cli-drawn").asking();
    let split = ["pin", "split", "--threshold", "2", "--shares", "2", "--generate", "10", "--out", "drawn"];
    let told = finish(home.command(&split), b"").ends(0).stdout;
    assert!(told.contains("10 digits: one of 2^33 PINs"), "{told}");
    let shares = files(&home, "drawn", 2);
    let init = ["token", "init", "pkcs11:", "--label", "fresh", "--pin-source", "shares"];
    let officer =
        [("to go on", "fresh"), ("SO PIN for the new", "canary-officer"), ("once more", "canary-officer")];
    let holders = [("share 1", shares[1].as_str()), ("share 2 of 2", &shares[0])];
    let (seen, code) = converse(&home, &init, &[&officer[..], &holders].concat());
    assert_eq!(code, 0, "{seen}");
    unseen(&seen, &shares);
    let check = ["pin", "check", "pkcs11:token=fresh"];
    let (seen, code) = converse(&home, &check, &holders);
    assert_eq!(code, 0, "{seen}");
    assert!(seen.contains("the shares give the PIN") && seen.contains("fresh"), "{seen}");
    // The shares of one token are no PIN of another.
    let uri = home.tokens.uri();
    let (seen, code) = converse(&home, &["pin", "check", &uri], &holders);
    assert_eq!(code, 4, "{seen}");
    assert!(seen.contains("wrong PIN"), "{seen}");
}

/// One share on the screen at a time, which is cleared before the next holder comes, and at the end.
#[test]
fn shares_are_shown_one_by_one_and_the_screen_is_cleared() {
    const CLEAR: &str = "\u{1b}[2J\u{1b}[3J\u{1b}[H";
    let home = Home::with_root("cli-shown").asking();
    let split = ["pin", "split", "--threshold", "2", "--shares", "2"];
    let turns = [
        ("PIN to split", "canary-0815"),
        ("once more", "canary-0815"),
        ("Let the holder of share 1 of 2 come", ""),
        ("to clear the screen", ""),
        ("Let the holder of share 2 of 2 come", ""),
        ("to clear the screen", ""),
    ];
    let (seen, code) = converse(&home, &split, &turns);
    assert_eq!(code, 0, "{seen}");
    assert!(!seen.contains("canary-0815"), "{seen}");
    let (before, after) = seen.split_once("\u{1b}[?1049h").unwrap();
    let (beside, after) = after.split_once("\u{1b}[?1049l").unwrap();
    assert!(!before.contains("PIN share") && !after.contains("PIN share"), "{seen}");
    let screens: Vec<&str> = beside.split(CLEAR).filter(|screen| screen.contains("PIN share")).collect();
    assert_eq!(screens.len(), 2, "{seen}");
    assert!(beside.ends_with(CLEAR), "{seen}");
    let texts = screens.iter().map(|screen| screen.split_once("\n\n").unwrap().1);
    let shares: Vec<String> = texts.map(|text| words(text.split("\nWrite down").next().unwrap())).collect();
    let (seen, code) =
        converse(&home, &["pin", "check"], &[("share 1", shares[0].as_str()), ("share 2 of 2", &shares[1])]);
    assert_eq!(code, 0, "{seen}");
    unseen(&seen, &shares);
}

#[test]
fn a_pin_is_typed_in_parts_by_several_people() {
    let home = Home::with_root("cli-parts").asking();
    let init = ["token", "init", "pkcs11:", "--label", "fresh", "--pin-source", "parts:2"];
    let officer =
        [("to go on", "fresh"), ("SO PIN for the new", "canary-officer"), ("once more", "canary-officer")];
    let chosen = [
        ("part 1 of 2: for its holder, nobody else looks", "canary-1"),
        ("part 1 of 2, once more", "canary-1"),
        ("part 2 of 2: for its holder", "2-canary"),
        ("part 2 of 2, once more", "2-canary"),
    ];
    let (seen, code) = converse(&home, &init, &[&officer[..], &chosen].concat());
    assert_eq!(code, 0, "{seen}");
    let list = ["key", "list", "pkcs11:token=fresh?pin-source=parts:2"];
    let parts = [("part 1 of 2", ""), ("nothing was typed; ", "canary-1"), ("part 2 of 2", "2-canary")];
    let (used, code) = converse(&home, &list, &parts);
    assert_eq!(code, 0, "{used}");
    assert!(!seen.contains("canary-1") && !used.contains("2-canary"), "{seen} {used}");
    let whole = ["key", "list", "pkcs11:token=fresh"];
    let (used, code) = converse(&home, &whole, &[("PIN of token", "canary-12-canary")]);
    assert_eq!(code, 0, "{used}");
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_asked() {
    let home = Home::with_root("cli-senseless").asking();
    let refused = |arguments: &[&str], text: &str| {
        let stderr = finish(home.command(arguments), b"").ends(2).stderr;
        assert!(stderr.contains(text), "{stderr}");
    };
    let source = home.tokens.pin_source();
    for (threshold, shares) in [("1", "3"), ("4", "3"), ("2", "16")] {
        let split = ["pin", "split", "--threshold", threshold, "--shares", shares, "--pin-source", &source];
        refused(&split, &format!("{threshold} of {shares} shares, wanted at least 2 that are needed"));
    }
    let split = ["pin", "split", "--threshold", "2", "--shares", "3", "--pin-source", &source];
    refused(&split, "there is no terminal to show the shares on");
    refused(
        &[&split[..], &["--generate", "8"]].concat(),
        "--generate draws a PIN, and --pin-source gives one",
    );
    refused(&["pin", "check", "--pin-source", &source], "--pin-source gives no shares");
    refused(
        &["key", "list", &home.tokens.uri(), "--pin-source", "parts:1"],
        "wanted parts:N with a number from 2 to 9",
    );
}
