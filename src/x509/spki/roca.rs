//! The fingerprint of RSA keys that Infineon's library RSALib generated: ROCA, CVE-2017-15361.
//!
//! Nemec, Sys, Svenda, Klinec and Matyas, "The Return of Coppersmith's Attack", ACM CCS 2017, s.2: the primes of such
//! keys are k * M + (65537^a mod M), where M is the product of the first n primes. So the modulus is a power of 65537
//! modulo M, hence modulo each prime that divides M. That of any other key is one modulo all of the primes below in one
//! case of 2^30.

use super::{PublicKey, rsa_key};
use crate::x509::algorithm::KeyAlgorithm;

/// The primes of the published test. All divide M, whatever the size of the key.
const PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
    107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];
const GENERATOR: u32 = 65537;

impl PublicKey {
    /// Whether this is an RSA key with the fingerprint of ROCA: whoever has the public key of 2048 bits or less can
    /// then compute the private one, at some cost.
    #[must_use]
    pub fn has_roca_fingerprint(&self) -> bool {
        matches!(self.algorithm(), KeyAlgorithm::Rsa { .. })
            && rsa_key::parts(self.key_octets()).is_ok_and(|(modulus, _)| is_vulnerable(modulus))
    }
}

fn is_vulnerable(modulus: &[u8]) -> bool {
    PRIMES.iter().all(|prime| is_power(remainder(modulus, *prime), *prime))
}

/// The remainder of a big-endian number by a prime below 2^16.
fn remainder(number: &[u8], prime: u32) -> u32 {
    let prime = u64::from(prime);
    // Six octets at a time: what is left over of those before them takes the two above.
    let rest = number.rchunks(6).rev().fold(0_u64, |rest, octets| {
        let all = octets.iter().fold(rest, |all, octet| all.wrapping_shl(8).wrapping_add(u64::from(*octet)));
        all.checked_rem(prime).unwrap_or_default()
    });
    u32::try_from(rest).unwrap_or_default()
}

/// Whether a number is a power of the generator modulo a prime.
fn is_power(number: u32, prime: u32) -> bool {
    let generator = GENERATOR.checked_rem(prime).unwrap_or_default();
    let next = |power: &u32| power.wrapping_mul(generator).checked_rem(prime).filter(|power| *power != 1);
    std::iter::successors(Some(1), next).any(|power| power == number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::x509::csr::Csr;

    /// The markers that the authors published with their test, for the primes up to 61: a bit for each power.
    #[test]
    fn the_powers_are_the_published_ones() {
        let published: [u64; 17] = [
            6,
            30,
            126,
            1026,
            5658,
            107_286,
            199_410,
            8_388_606,
            536_870_910,
            2_147_483_646,
            67_109_890,
            2_199_023_255_550,
            8_796_093_022_206,
            140_737_488_355_326,
            5_310_023_542_746_834,
            576_460_752_303_423_486,
            1_455_791_217_086_302_986,
        ];
        for (prime, published) in PRIMES.iter().zip(published) {
            let found =
                (0..*prime).filter(|number| is_power(*number, *prime)).fold(0, |bits, at| bits | 1 << at);
            assert_eq!(found, published, "modulo {prime}");
        }
    }

    #[test]
    fn remainders_are_those_of_the_whole_number() {
        for number in [0_u64, 1, 250, 0xffff_ffff, 0x0123_4567_89ab_cdef, u64::MAX] {
            let octets = number.to_be_bytes();
            for prime in PRIMES {
                assert_eq!(u64::from(remainder(&octets, prime)), number % u64::from(prime), "{number}");
            }
        }
        let long = [0xff_u32; 257];
        let by_octets = long.iter().fold(0_u32, |rest, octet| (rest * 256 + octet) % 167);
        assert_eq!(remainder(&long.map(|octet| u8::try_from(octet).unwrap()), 167), by_octets);
    }

    /// Two primes of 1024 bits made after the paper: M the product of the first 126 primes, k and a at random.
    const VULNERABLE: &str = "\
        c23f1fb09ca77a6102cfda43c4658973dbc1d91eb5a35a5e50590b5ea5ce5bc4b152bfebdd055fe5447e89e1adf4e604\
        a2b0c9c54ac68a9fbf72da748983ba96fbc0bbfefa4cc59af73e0129e5918e87aeb9806d1935db9210b5e5e5003243cd\
        e15c4a71f49039ce80c0ba315516521202dd74ed2d291cdce66b7ed692e46ccc36ace0062160da3b6f4ffd999d15f0b1\
        7f1678dcaa79a6a9715ef196c342eef18d361237627f2284884d9f3cf4911639e3bec05b21e01d41d513cc52c766b227\
        a5c39cae63988c2c9a6bb135ee91b3d67ea1525613e5fe3e1fe4bfa82b07b38d986982311454eb15db5e53f8897e5a52\
        c80d36943f02070a8ad09a131389b80f";

    #[test]
    fn a_key_made_in_that_way_is_found_and_its_neighbours_are_not() {
        let modulus = hex::decode(VULNERABLE).unwrap();
        assert!(PublicKey::from_rsa(&modulus, &[1, 0, 1]).unwrap().has_roca_fingerprint());
        for change in [2, 4, 8, 16] {
            let mut other = modulus.clone();
            *other.last_mut().unwrap() ^= change;
            assert!(!PublicKey::from_rsa(&other, &[1, 0, 1]).unwrap().has_roca_fingerprint(), "{change}");
        }
    }

    #[test]
    fn keys_of_other_programs_and_kinds_have_none() {
        for request in [
            include_bytes!("../../../tests/vectors/requests/good-openssl.pem").as_slice(),
            include_bytes!("../../../tests/vectors/requests/good-rsa-8192.pem"),
            include_bytes!("../../../tests/vectors/requests/good-gnutls.pem"),
        ] {
            let request = Csr::parse(request).unwrap();
            assert!(!request.public_key().has_roca_fingerprint(), "{:?}", request.public_key());
        }
    }
}
