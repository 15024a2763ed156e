//! Serial numbers: how they are drawn, and what becomes of them.

use std::collections::BTreeSet;

use keyrite::authority::issue;
use keyrite::authority::{Authority, Error};
use keyrite::policy::{Places, SubjectKey};
use keyrite::port::{RandomError, RandomSource};
use keyrite::store::Settlement;
use keyrite::token::{Launch, PinProvider, PinSource, Pkcs11Uri, SessionOptions, TokenRandom, TokenSession};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::serial::{SERIAL_OCTETS, SerialNumber};

use super::fixture::{Ca, name, names, plain, profile, request};
use crate::home::Home;
use crate::scene::{Scene, at, serial};
use crate::support::fault_module;
use crate::support::softhsm::Token;

/// The random source of the program, with a token behind it.
fn random(token: &Token) -> TokenRandom {
    let (variable, value) = token.environment();
    let launch = Launch::default().program(env!("CARGO_BIN_EXE_keyrite")).environment(variable, value);
    let options = SessionOptions { launch, ..SessionOptions::new(token.module()) };
    let pin = PinProvider::unattended(PinSource::File(token.pin_file()));
    let uri = Pkcs11Uri::parse(&token.uri()).unwrap();
    TokenSession::open(&options, &uri, pin).unwrap().random().unwrap()
}

/// Ten million serial numbers, from the source that the program has.
const DRAWS: usize = 20;
const EACH: usize = 500_000;

/// I-01: software of many CAs forced the top bit of 64 random ones to zero, so that millions of certificates had 63 bits;
/// among them those of seven CAs by roots that were offline (Mozilla bugs 1534295, 1536287, 1534147).
/// I-02: a ceremony tool drew 16 octets and let leading zeros fall away, so that numbers varied in length (Boulder 8899).
#[test]
fn i01_i02_every_bit_of_ten_million_serial_numbers_is_even_and_all_are_equally_long() {
    let token = Token::new("serials");
    let mut random = random(&token);
    let mut counts = vec![[0_u32; 256]; SERIAL_OCTETS];
    let mut octets = vec![0; EACH * SERIAL_OCTETS];
    for _ in 0..DRAWS {
        random.fill(&mut octets).unwrap();
        for drawn in octets.chunks_exact(SERIAL_OCTETS) {
            let number = SerialNumber::from_random(drawn.try_into().unwrap());
            let found = number.as_bytes();
            assert!(found.len() == SERIAL_OCTETS && (0x40..0x80).contains(&found[0]), "{number}");
            for (count, octet) in counts.iter_mut().zip(found) {
                count[usize::from(*octet)] += 1;
            }
        }
    }
    let all = u32::try_from(DRAWS * EACH).unwrap();
    for (place, count) in counts.iter().enumerate().skip(SERIAL_OCTETS - 15) {
        // The very last bit is always 0, so that no name of an OCSP response ends with a slash.
        let first = usize::from(place == SERIAL_OCTETS - 1);
        for bit in first..8 {
            let ones: u32 = (0..256).filter(|octet| octet >> bit & 1 == 1).map(|octet| count[octet]).sum();
            let share = f64::from(ones) / f64::from(all);
            assert!((0.499..=0.501).contains(&share), "bit {bit} of octet {place}: {share}");
        }
    }
    for extreme in [[0; SERIAL_OCTETS], [0xff; SERIAL_OCTETS]] {
        assert_eq!(SerialNumber::from_random(extreme).as_bytes().len(), SERIAL_OCTETS);
    }
}

/// I-03: a CA signed two certificates with one number after an attempt had failed: Disig in another order of extensions
/// (Mozilla bug 1907667), WoSign from a second server with another notBefore. A number that went to the token once is burnt.
#[test]
fn i03_a_number_is_burnt_by_whatever_goes_wrong_after_it_was_reserved() {
    let template = Home::template();
    let before: BTreeSet<String> = template.certificates().into_iter().map(|each| each.number).collect();
    for fault in
        ["C_Sign:rv=0x30@2", "C_Sign:flip@2", "C_Sign:crash@2", "C_Sign:short@2", "C_SignInit:rv=0xb3@2"]
    {
        let home = template.copy();
        let failed = home.keyrite(&home.issue(&["r1.csr"], &["--out", "x.pem"]), fault);
        assert!(matches!(failed.code, Some(4 | 6)), "{fault}: {failed:#?}");
        let taken = |state: &str| -> Vec<String> {
            let taken = home.certificates().into_iter();
            let new = taken.filter(|each| {
                !before.contains(&each.number) && (each.state == "issued") == (state == "issued")
            });
            new.map(|each| each.number).collect()
        };
        let burnt = taken("burnt");
        assert_eq!((burnt.len(), taken("issued").len()), (1, 0), "{fault}");
        home.done(&home.issue(&["r1.csr"], &["--out", "x.pem"]));
        assert_eq!((taken("burnt"), taken("issued").len()), (burnt.clone(), 1), "{fault}");
        assert!(!taken("issued").contains(&burnt[0]), "{fault}");
    }
}

/// A source that gives these octets, one after the other.
struct Fixed(Vec<[u8; SERIAL_OCTETS]>);

impl RandomSource for Fixed {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        out.copy_from_slice(&self.0.remove(0));
        Ok(())
    }
}

/// I-04: an upgrade of XCA let the width of serial numbers fall to 8 bits until one came out twice (XCA issue 56), and another
/// program always took 42 (diyca issue 6). Each number that was ever taken counts, whatever became of it.
#[test]
fn i04_a_number_that_was_ever_taken_is_not_drawn_again() {
    let mut scene = Scene::new();
    drop(scene.reserve(2));
    let open = scene.store.open_reservations().unwrap();
    scene.store.settle(open[0].id, Settlement::Abandon, at(20)).unwrap();
    let issued = scene.issue(4);
    let ca = scene.store.ca(&scene.ca()).unwrap();
    let authority = Authority::of(&ca, None).unwrap();
    let proven = request(&name("CN=www.example.test"), vec![names(&["dns:www.example.test"])]);
    let profile = profile("tls-server", &[]);
    let request = plain(&profile, SubjectKey::Request(&proven));
    let now = at(30);
    let octets = |serial: &SerialNumber| <[u8; SERIAL_OCTETS]>::try_from(serial.as_bytes()).unwrap();
    let taken = [serial(2), issued.serial().unwrap()].map(|serial| octets(&serial));
    let view = issue::view(&scene.store, &authority, &Places::default()).unwrap();
    let mut draft = |random: &mut Fixed| {
        let approved = issue::decide(&mut scene.store, &request, &view, now).unwrap();
        issue::draft(&mut scene.store, approved, &request, Some(&authority), random, now)
    };
    let repeating = draft(&mut Fixed(vec![taken[0], taken[1], taken[0]])).unwrap_err();
    assert!(matches!(repeating, Error::Repeating { attempts: 3 }), "{repeating}");
    let fresh = octets(&serial(6));
    let drawn = draft(&mut Fixed(vec![taken[0], taken[1], fresh])).unwrap();
    assert_eq!(drawn.serial().as_bytes(), fresh);
}

/// I-33: the first octets of a token's generator after power-up were predictable (YubiKey FIPS, YSA-2019-02). A generator of
/// which nothing comes, or always the same, never decides a number alone.
#[test]
fn i33_a_token_alone_never_decides_a_number() {
    let home = Home::template();
    let old = home.certificates().len();
    for request in ["r1.csr", "r2.csr"] {
        // CKR_RANDOM_NO_RNG: the operating system's generator goes on alone.
        let run = home.keyrite(&home.issue(&[request], &["--out-dir", "out"]), "C_GenerateRandom:rv=0x121");
        assert_eq!(run.code, Some(0), "{run:#?}");
    }
    let numbers: BTreeSet<String> = home.certificates().into_iter().map(|each| each.number).collect();
    assert_eq!(numbers.len(), old + 2);
    fault_module::forget(home.token());
    let refused = home.keyrite(&home.issue(&["r3.csr"], &["--out-dir", "out"]), "C_GenerateRandom:constant");
    assert_eq!(refused.code, Some(4), "{refused:#?}");
    assert!(refused.stderr.contains("the token's generator gives constant octets"), "{refused:#?}");
    assert!(fault_module::calls(home.token(), "C_Sign") <= 1, "the proof of the key at most");
    assert_eq!(home.certificates().len(), old + 2);
}

/// I-41: serial numbers that are negative, zero or longer than 20 octets stand in certificates of other CAs, and in the
/// public test suites. Such a certificate is not read, so that nothing is issued under it.
#[test]
fn i41_a_negative_zero_or_oversized_number_is_refused() {
    let sound = Ca::root().certificate();
    let number = [0x47, 7, 7, 7, 7];
    let place = sound.as_der().windows(5).position(|window| window == number).unwrap();
    let mut der = sound.as_der().to_vec();
    der[place] |= 0x80;
    let error = Certificate::from_der(&der).unwrap_err().to_string();
    assert_eq!(error, "serial number C707070707070707070707070707070707070706 is negative");
    for (octets, wanted) in [
        (vec![0], "serial number is zero, wanted a positive number"),
        (vec![], "serial number is empty"),
        (vec![1; 21], "serial number of 21 octets, wanted at most 20"),
    ] {
        assert_eq!(SerialNumber::from_der_contents(&octets).unwrap_err().to_string(), wanted);
    }
}
