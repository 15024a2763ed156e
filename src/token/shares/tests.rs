use super::*;
use crate::port::{RandomError, RandomSource};
use crate::token::pin::Pin;

/// Octets that look random and are the same in every run (splitmix64).
struct Counted(u64);

impl RandomSource for Counted {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        for octet in out {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *octet = (z ^ (z >> 31)).to_le_bytes()[0];
        }
        Ok(())
    }
}

/// A source that fails when it has given so many octets.
struct Ends(usize);

impl RandomSource for Ends {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        self.0 = self
            .0
            .checked_sub(out.len())
            .ok_or_else(|| RandomError { reason: "the source has ended".to_owned() })?;
        out.fill(7);
        Ok(())
    }
}

fn pin(text: &str) -> Pin {
    Pin::from_text(text.to_owned()).unwrap()
}

fn dealt(text: &str, threshold: u8, count: u8) -> Vec<Share> {
    split(&pin(text), threshold, count, &mut Counted(u64::from(count))).unwrap()
}

fn joined(shares: &[Share], which: &[usize]) -> Result<Vec<u8>, JoinError> {
    let mut join = Join::default();
    for at in which {
        join.add(shares[*at].copy())?;
    }
    join.pin().map(|pin| pin.expose().to_vec())
}

/// Types a share as it is written down, four words in a line.
fn typed(words: &[&str]) -> Result<Share, ShareError> {
    let mut typed = Typed::default();
    for line in words.chunks(LINE) {
        assert_eq!(*typed.next().start() % LINE, 1);
        if let Some(share) = typed.line(&line.join(" "))? {
            return Ok(share);
        }
    }
    panic!("{typed:?} wants more words than there are");
}

#[test]
fn any_shares_that_are_enough_give_the_pin_and_fewer_do_not() {
    for text in ["1", "123456", "12345678", "123456789", "0001password", "\u{e9}\u{1f511}", &"9".repeat(128)]
    {
        let shares = dealt(text, 3, 5);
        assert_eq!(shares.iter().map(Share::index).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        for which in [[0, 1, 2], [2, 1, 0], [0, 2, 4], [4, 3, 1], [1, 3, 4]] {
            assert_eq!(joined(&shares, &which).unwrap(), text.as_bytes());
        }
        assert_eq!(joined(&shares, &[0, 1, 2, 3, 4]).unwrap(), text.as_bytes(), "more than enough");
        assert_eq!(joined(&shares, &[3, 4]).unwrap_err(), JoinError::TooFew { found: 2, wanted: Some(3) });
    }
    let most = dealt("4711", MOST, MOST);
    let all: Vec<usize> = (0..usize::from(MOST)).collect();
    assert_eq!(joined(&most, &all).unwrap(), b"4711");
    assert_eq!(Join::default().pin().unwrap_err().to_string(), "0 shares");
}

#[test]
fn shares_read_back_from_their_words() {
    for (text, words) in [("123456", 21), ("123456789", 29), (&"9".repeat(128), 141)] {
        for share in dealt(text, 2, 3) {
            assert_eq!(share.words().len(), words);
            let back = typed(&share.words()).unwrap();
            assert_eq!(
                (back.threshold(), back.index(), back.set(), &back.values),
                (share.threshold(), share.index(), share.set(), &share.values)
            );
        }
    }
}

/// How many PINs of one digit fit to one share of two: each, and each by one share of the other holder.
#[test]
fn one_share_of_two_tells_nothing_of_the_pin() {
    let known = &dealt("5", 2, 2)[0];
    for digit in b'0'..=b'9' {
        let mut secret = vec![1, digit, 0, 0, 0, 0, 0, 0, 0];
        secret.extend(check(known.set, 2, &secret).iter());
        // The other holder's share that would make it this PIN: the line through the secret and the known share, at 2.
        let other = secret.iter().zip(known.values.iter()).map(|(s, y)| s ^ times_two(s ^ y)).collect();
        let other = Share { threshold: 2, index: 2, set: known.set, values: Zeroizing::new(other) };
        let shares = [known.copy(), other];
        assert_eq!(joined(&shares, &[0, 1]).unwrap(), [digit]);
    }
}

/// Twice an element of GF(2^8) by x^8 + x^4 + x^3 + x^2 + 1.
const fn times_two(octet: u8) -> u8 {
    (octet << 1) ^ if octet & 0x80 == 0 { 0 } else { 0x1d }
}

/// Every word of a share exchanged for each other that could stand there: none is taken.
#[test]
fn a_word_that_is_another_is_found_before_any_share_is_joined() {
    let shares = dealt("123456", 2, 3);
    let words = shares[0].words();
    let mut found = [0, 0];
    for at in 0..words.len() {
        for octet in 0..=u8::MAX {
            let other = if at % 2 == 0 {
                crate::audit::words::words(&[octet]).next().unwrap()
            } else {
                crate::audit::words::words(&[0, octet]).nth(1).unwrap()
            };
            if other == words[at] {
                continue;
            }
            let mut changed = words.clone();
            changed[at] = other;
            let mut typist = Typed::default();
            let outcome = changed
                .chunks(LINE)
                .map(|line| typist.line(&line.join(" ")))
                .find(|told| !matches!(told, Ok(None)));
            match outcome {
                Some(Err(ShareError::Checksum)) => found[0] += 1,
                // A first word that says something else about what follows.
                None | Some(Err(ShareError::Version | ShareError::TooMany { .. })) => found[1] += 1,
                told => panic!("word {at} as {other}: {told:?}"),
            }
        }
    }
    assert_eq!(found.iter().sum::<usize>(), 21 * 255);
    assert!(found[0] > 19 * 255, "{found:?}");
}

#[test]
fn what_is_typed_wrong_is_named_by_its_number_and_never_repeated() {
    let shares = dealt("123456", 2, 3);
    let words = shares[0].words();
    let mut typist = Typed::default();
    assert_eq!(typist.next(), 1..=4);
    assert_eq!(typist.total(), None);
    assert!(typist.line(&words[..4].join(" ")).unwrap().is_none());
    assert_eq!((typist.next(), typist.total()), (5..=8, Some(21)));
    let error = typist.line("xyzzy").unwrap_err();
    assert_eq!(error.to_string(), "word 5 is not one of the words that shares are made of");
    let error = typist.line(&format!("{} {}", words[5], words[4])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "word 5 cannot stand there: a word before it is missing, repeated or in another place"
    );
    let error = typist.line(&format!("{} {}", words[4], words[4])).unwrap_err();
    assert_eq!(error, ShareError::Displaced { number: 6 });
    assert_eq!(typist.next(), 5..=8, "what came before is kept");
    let rest = words[4..].join(" ");
    let error = typist.line(&format!("{rest} {} {}", words[1], words[0])).unwrap_err();
    assert_eq!(error.to_string(), "23 words, and the share has 21");
    assert!(typist.line("").unwrap().is_none());
    assert!(typist.line(&words[4..20].join("-").to_uppercase()).unwrap().is_none());
    assert_eq!(typist.next(), 21..=21);
    assert!(typist.line(words[20]).unwrap().is_some());
    assert!(!format!("{typist:?}").contains(words[0]));
}

#[test]
fn words_of_something_else_are_no_share() {
    for text in ["aardvark", "topmost Istanbul Pluto vagabond", "Zulu"] {
        let error = Typed::default().line(text).unwrap_err();
        assert_eq!(error, ShareError::Version, "{text}");
        assert_eq!(error.to_string(), "the words do not begin as those of a share do");
    }
    // Needed: one, which would be the PIN itself.
    let mut one = dealt("123456", 2, 2).remove(0);
    one.threshold = 1;
    assert_eq!(typed(&one.words()).unwrap_err(), ShareError::Version);
    one.threshold = 2;
    one.index = 0;
    assert_eq!(typed(&one.words()).unwrap_err(), ShareError::Version);
}

#[test]
fn a_share_of_another_set_or_one_that_is_there_already_is_refused_and_the_others_kept() {
    let shares = dealt("123456", 2, 3);
    let others = split(&pin("123456"), 2, 3, &mut Counted(99)).unwrap();
    let mut join = Join::default();
    join.add(shares[0].copy()).unwrap();
    let error = join.add(others[1].copy()).unwrap_err();
    let text =
        format!("this share is of the set {}, wanted one of the set {}", others[1].set(), shares[0].set());
    assert_eq!(error.to_string(), text);
    let error = join.add(shares[0].copy()).unwrap_err();
    assert_eq!(error.to_string(), "share 1 is there already, wanted another one of the set");
    assert_eq!((join.found(), join.wanted(), join.is_complete()), (1, Some(2), false));
    join.add(shares[2].copy()).unwrap();
    assert!(join.is_complete());
    assert_eq!(join.pin().unwrap().expose(), b"123456");
}

/// Somebody who hands in another share than was given to them, with a checksum that is right.
#[test]
fn a_share_that_somebody_made_is_found_by_the_check_inside() {
    let shares = dealt("123456", 2, 3);
    for at in 0..shares[0].values.len() {
        let mut forged = shares[0].copy();
        forged.values[at] ^= 1;
        let forged = typed(&forged.words()).expect("the checksum is that of its words");
        assert_eq!(joined(&[forged, shares[1].copy()], &[0, 1]).unwrap_err(), JoinError::Apart, "{at}");
    }
    let mut renumbered = shares[0].copy();
    renumbered.index = 3;
    let error = joined(&[renumbered, shares[1].copy()], &[0, 1]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the shares do not give the PIN that was split: at least one of them was made or changed by somebody"
    );
}

#[test]
fn numbers_that_make_no_sense_are_refused() {
    for (threshold, count) in [(0, 3), (1, 3), (4, 3), (2, 16), (16, 16), (255, 255)] {
        let error = split(&pin("123456"), threshold, count, &mut Counted(1)).unwrap_err();
        let text = format!(
            "{threshold} of {count} shares, wanted at least 2 that are needed, at least as many as that, and at most 15"
        );
        assert_eq!(error.to_string(), text);
    }
    let error = split(&pin(&"1".repeat(129)), 2, 3, &mut Counted(1)).unwrap_err();
    assert_eq!(error.to_string(), "the PIN is longer than 128 octets, which no share has room for");
}

/// A source that ends anywhere gives no share: not one is made of what was not random.
#[test]
fn without_randomness_there_are_no_shares() {
    // The set, and four octets for the one coefficient of each of thirteen polynomials.
    let wanted = 3 + 13 * 4;
    for octets in 0..wanted {
        let error = split(&pin("123456"), 2, 3, &mut Ends(octets)).unwrap_err();
        assert_eq!(error.to_string(), "no randomness: the source has ended", "{octets}");
    }
    split(&pin("123456"), 2, 3, &mut Ends(wanted)).unwrap();
}

#[test]
fn a_pin_that_is_drawn_has_every_character_equally_often() {
    let mut random = Counted(5);
    for (alphabet, characters) in [(Alphabet::Digits, 10), (Alphabet::Alphanumeric, 62)] {
        let mut counts = [0_usize; 256];
        for _ in 0..1000 {
            let pin = generate(62, alphabet, &mut random).unwrap();
            assert_eq!(pin.expose().len(), 62);
            pin.expose().iter().for_each(|octet| counts[usize::from(*octet)] += 1);
        }
        let found: Vec<usize> = counts.into_iter().filter(|count| *count > 0).collect();
        assert_eq!(found.len(), characters);
        let expected = 62_000 / characters;
        assert!(found.iter().all(|count| count.abs_diff(expected) < expected / 5), "{found:?}");
    }
    assert_eq!((Alphabet::Digits.bits(8), Alphabet::Alphanumeric.bits(20)), (26, 119));
    assert!(generate(0, Alphabet::Digits, &mut random).is_err());
    assert_eq!(
        generate(8, Alphabet::Digits, &mut Ends(3)).unwrap_err().to_string(),
        "no randomness: the source has ended"
    );
}

#[test]
fn debug_text_shows_no_share() {
    let share = dealt("123456", 2, 3).remove(1);
    assert_eq!(format!("{share:?}"), format!("Share(2 of set {}, redacted)", share.set()));
}
