//! The public keys of the fixtures, as hex of their SubjectPublicKeyInfo.

use keyrite::x509::algorithm::KeyAlgorithm;
use keyrite::x509::spki::PublicKey;

/// The key of the intermediate CA.
pub(crate) const ISSUING_P256: &str = "\
    3059301306072a8648ce3d020106082a8648ce3d03010703420004cc29c827c6b8a41bb9be95c8644a46e008390fae38\
    11da8db40d3409ccd230bd091e16407b91c9de88c00b70e05c50928caf2389525ad14bc8cce9986a006403";
/// The key of the root.
pub(crate) const ROOT_P384: &str = "\
    3076301006072a8648ce3d020106052b810400220362000474954b37703fb035ff3dc0aa5dfe416e6711bc51aa53d7d2\
    c29cdd4596c58c685e98eb14e489ed21c3aa995da5a028bd8f27add6c25d186981fa33ca9aa708ba1c48f7260b2fdfdc\
    bab79646f07a764a5f29b508748fe4fefc085f4b2c24f21b";
/// The key of a server.
pub(crate) const LEAF_P256: &str = "\
    3059301306072a8648ce3d020106082a8648ce3d03010703420004f12d4ac9d3d9b675048ccee2fa99a7f638bf8e9a90\
    5b4b52800eb605b524cd6604569034c71733fb16f00ceb7873d8fa066f75797a3610a3c2f51b6bf8f2ef7d";
/// An RSA key of 2048 bits.
pub(crate) const LEAF_RSA: &str = "\
    30820122300d06092a864886f70d01010105000382010f003082010a0282010100913d4cedf32a131db4f5fbdbe2dfee\
    2ffc7f70aebd7edd1a0b5b82d00977860c240fa4b5205bdc02f61659ce2f08267e33d40636568c31355e2a671d049d45\
    6d3cd50b2dbe300212f49de9c5f3708d53598cc017ad5d57f7a07247e28cff597e2896efc9c885bacd2440821d897290\
    ba6ad1e309b66952de66f6702a96edf44e691746d386b6302b1b8b5e9c9b2c295350e1daff77c9fcf8e212ce154e4fce\
    a73d00090ca1d092bf264295265b3850ae8d08d713e13824e348eff5de05a916bfd4fd5aa5506159b83af2ebafdd364d\
    89c610b03142cbbc0d20e424d9eb336e154774bddbf562409bb718ab39a47f72ee661d6ab8f4e00af0fb495410bae137\
    630203010001";

/// The key of RFC 8410 s.10.1.
pub(crate) const LEAF_ED25519: &str =
    "302a300506032b657003210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";

/// The key of such a constant.
pub(crate) fn key(hex: &str) -> PublicKey {
    PublicKey::from_spki_der(&hex::decode(hex).unwrap()).unwrap()
}

/// A key of an algorithm whose keys are any octets of the right number: ML-DSA, SLH-DSA.
pub(crate) fn filled(algorithm: &str) -> PublicKey {
    let algorithm: KeyAlgorithm = algorithm.parse().unwrap();
    PublicKey::from_key_octets(algorithm, &vec![0x11; algorithm.key_octets().unwrap()]).unwrap()
}
