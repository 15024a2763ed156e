//! Every target on its seeds, on some mutants of them, and on inputs as large as any that is read.

use crate::mutation::{Random, mutate};
use crate::{corpus, targets};

/// How many mutants a target gets. A campaign has millions; these show that the targets work, and catch what is
/// broken outright.
const MUTANTS: usize = 3_000;
/// The size of the large inputs: that of the largest request.
const LARGE: usize = 64 * 1024;

fn smoke(name: &str) {
    let target = targets::TARGETS.iter().find(|target| target.name == name).expect("the target is there");
    let seeds = corpus::seeds(name);
    assert!(seeds.len() > 1, "{name} has seeds");
    for seed in &seeds {
        (target.run)(seed);
    }
    let mut random = Random::new(u64::try_from(name.len()).expect("a name is short"));
    // Mutants of mutants, so that they come further away from the seeds.
    let mut pool = seeds.clone();
    pool.retain(|seed| seed.len() <= target.most);
    for _ in 0..MUTANTS {
        let place = random.below(pool.len());
        let mutant = mutate(&pool[place], target.most, &mut random);
        (target.run)(&mutant);
        if random.below(4) == 0 {
            pool.push(mutant);
        }
    }
    for large in large(&seeds) {
        (target.run)(&large);
    }
}

/// Inputs by which a reader that is not linear would be found out, as the test would never end.
fn large(seeds: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let longest = seeds.last().expect("there is a seed");
    let mut large = vec![longest.iter().copied().cycle().take(LARGE).collect()];
    for octets in
        [&b"\x30\x80"[..], b"\x30\x02\x30\x00", b"a", b"[a]\n", b"CN=a,", b"[[", b"\"\\", b"%41", b"\xcc\x81"]
    {
        large.push(octets.iter().copied().cycle().take(LARGE).collect());
    }
    // Values in values, as deep as they fit.
    let mut deep = vec![0x05, 0x00];
    while deep.len() < LARGE / 2 {
        let length = deep.len().to_be_bytes();
        deep.splice(0..0, [0x30, 0x83, length[5], length[6], length[7]]);
    }
    large.push(deep);
    for start in [&b"CN="[..], b"dns:", b"uri:https://", b"pkcs11:token=", b"description = \"", b"1"] {
        large.push(start.iter().copied().chain(std::iter::repeat_n(b'1', LARGE)).collect());
    }
    large
}

#[test]
fn requests() {
    smoke("request");
}

#[test]
fn certificates() {
    smoke("certificate");
}

#[test]
fn crls() {
    smoke("crl");
}

#[test]
fn ocsp_responses() {
    smoke("ocsp");
}

#[test]
fn ocsp_requests() {
    smoke("ocsp-request");
}

#[test]
fn any_octets_are_linted() {
    smoke("lint");
}

#[test]
fn general_names_and_subtrees() {
    smoke("general-name");
}

#[test]
fn names() {
    smoke("name");
}

#[test]
fn times_and_durations() {
    smoke("time");
}

#[test]
fn uris() {
    smoke("uri");
}

#[test]
fn profiles() {
    smoke("profile");
}

#[test]
fn configurations() {
    smoke("configuration");
}

#[test]
fn texts_on_their_way_to_the_terminal() {
    smoke("text");
}

#[test]
fn mutants_of_der_stay_der() {
    let seeds = corpus::seeds("certificate");
    let mut random = Random::new(1);
    let sound = (0..1_000)
        .filter(|at| {
            let mutant = mutate(&seeds[at % seeds.len()], 1 << 16, &mut random);
            keyrite::x509::limits::bound(&mutant, 1 << 16).is_ok()
        })
        .count();
    assert!(sound > 600, "{sound} of 1000");
}

#[test]
fn configurations_of_openssl() {
    smoke("openssl-cnf");
}

#[test]
fn signed_notes_and_checkpoints() {
    smoke("note");
}

#[test]
fn proofs_of_entries_and_continuations() {
    smoke("proof");
}

#[test]
fn exports_for_auditors() {
    smoke("evidence");
}

#[test]
fn signatures_and_keys_of_ssh() {
    smoke("ssh-signature");
}
