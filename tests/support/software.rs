//! A signer in software, for the tests of the pure core only: fixed keys, deterministic signatures.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::{rand::SystemRandom, rsa as lc_rsa, rsa::KeyPair, signature as lc};
use keyrite::port::{Signer, SignerError};
use keyrite::x509::algorithm::{Curve, Digest, KeyAlgorithm, MlDsaParameterSet, SignatureAlgorithm};
use keyrite::x509::pem;
use keyrite::x509::signature::SignatureValue;
use keyrite::x509::spki::PublicKey;
use p256::pkcs8::DecodePrivateKey as _;
use signature::Signer as _;
use signature::hazmat::PrehashSigner as _;

/// One of the private keys under `tests/vectors/keys`.
pub(crate) struct SoftwareKey {
    public_key: PublicKey,
    private_key: PrivateKey,
}

enum PrivateKey {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    P521(p521::ecdsa::SigningKey),
    Rsa(Box<KeyPair>),
    Ed25519(ed25519_dalek::SigningKey),
    Ed448(Box<ed448_goldilocks::SigningKey>),
    MlDsa(MlDsaParameterSet, [u8; 32]),
}

/// The last octets of the PKCS #8 forms of Ed25519, Ed448 (RFC 8410 s.7) and ML-DSA (RFC 9881 s.6): the seed.
fn seed<const OCTETS: usize>(der: &[u8]) -> [u8; OCTETS] {
    der[der.len() - OCTETS..].try_into().unwrap()
}

fn ml_dsa_public<P: ml_dsa::MlDsaParams>(seed: [u8; 32]) -> Vec<u8> {
    ml_dsa::SigningKey::<P>::from_seed(&seed.into()).expanded_key().verifying_key().encode().to_vec()
}

/// FIPS 204 s.3.4: the deterministic variant, so that what is built is the same at every run.
fn ml_dsa_sign<P: ml_dsa::MlDsaParams>(seed: [u8; 32], message: &[u8]) -> Vec<u8> {
    let key = ml_dsa::SigningKey::<P>::from_seed(&seed.into());
    key.expanded_key().sign_deterministic(message, &[]).unwrap().encode().to_vec()
}

impl SoftwareKey {
    /// Loads a key by its file name, which begins as its algorithm is called.
    pub(crate) fn load(name: &str) -> Self {
        let path = format!("{}/tests/vectors/keys/{name}.pem", env!("CARGO_MANIFEST_DIR"));
        let der = pem::one(&std::fs::read(path).unwrap(), &["PRIVATE KEY"]).unwrap();
        let ec = |curve, point: &[u8]| PublicKey::from_ec_point(curve, point).unwrap();
        match name {
            _ if name.ends_with("p256") => {
                let key = p256::ecdsa::SigningKey::from_pkcs8_der(&der).unwrap();
                let point = key.verifying_key().to_sec1_point(false);
                Self { public_key: ec(Curve::P256, point.as_bytes()), private_key: PrivateKey::P256(key) }
            }
            "ec-p384" => {
                let key = p384::ecdsa::SigningKey::from_pkcs8_der(&der).unwrap();
                let point = key.verifying_key().to_sec1_point(false);
                Self { public_key: ec(Curve::P384, point.as_bytes()), private_key: PrivateKey::P384(key) }
            }
            "ec-p521" => {
                let key = p521::ecdsa::SigningKey::from_pkcs8_der(&der).unwrap();
                let point = key.verifying_key().to_sec1_point(false);
                Self { public_key: ec(Curve::P521, point.as_bytes()), private_key: PrivateKey::P521(key) }
            }
            "ed25519" => {
                let key = ed25519_dalek::SigningKey::from_bytes(&seed(&der));
                let public = key.verifying_key().to_bytes();
                let public_key = PublicKey::from_key_octets(KeyAlgorithm::Ed25519, &public).unwrap();
                Self { public_key, private_key: PrivateKey::Ed25519(key) }
            }
            "ed448" => {
                let key = ed448_goldilocks::SigningKey::try_from(&seed::<57>(&der)[..]).unwrap();
                let public = key.verifying_key().to_bytes();
                let public_key = PublicKey::from_key_octets(KeyAlgorithm::Ed448, &public).unwrap();
                Self { public_key, private_key: PrivateKey::Ed448(Box::new(key)) }
            }
            _ if name.starts_with("ml-dsa") => {
                let Ok(algorithm @ KeyAlgorithm::MlDsa(set)) = name.parse() else { panic!("{name}") };
                let public = match set {
                    MlDsaParameterSet::MlDsa44 => ml_dsa_public::<ml_dsa::MlDsa44>(seed(&der)),
                    MlDsaParameterSet::MlDsa65 => ml_dsa_public::<ml_dsa::MlDsa65>(seed(&der)),
                    MlDsaParameterSet::MlDsa87 => ml_dsa_public::<ml_dsa::MlDsa87>(seed(&der)),
                };
                let public_key = PublicKey::from_key_octets(algorithm, &public).unwrap();
                Self { public_key, private_key: PrivateKey::MlDsa(set, seed(&der)) }
            }
            _ => {
                let key = KeyPair::from_pkcs8(&der).unwrap();
                let spki = AsDer::<PublicKeyX509Der<'_>>::as_der(lc::KeyPair::public_key(&key)).unwrap();
                let public_key = PublicKey::from_spki_der(spki.as_ref()).unwrap();
                Self { public_key, private_key: PrivateKey::Rsa(Box::new(key)) }
            }
        }
    }

    /// The key of a CA of this kind.
    pub(crate) fn of(algorithm: KeyAlgorithm) -> Self {
        let key = Self::load(&algorithm.to_string());
        assert_eq!(key.public_key.algorithm(), algorithm);
        key
    }

    /// A key of this kind that is in no file: the same for the same seed, but for RSA.
    pub(crate) fn derived(algorithm: KeyAlgorithm, from: &str) -> Self {
        let octets = Digest::Sha512.of(from.as_bytes());
        let edwards = |public: &[u8], private_key| Self {
            public_key: PublicKey::from_key_octets(algorithm, public).unwrap(),
            private_key,
        };
        let weierstrass = |curve, point: &[u8], private_key| Self {
            public_key: PublicKey::from_ec_point(curve, point).unwrap(),
            private_key,
        };
        match algorithm {
            KeyAlgorithm::Ec(Curve::P256) => {
                let key = p256::ecdsa::SigningKey::from_slice(&octets[..32]).unwrap();
                let point = key.verifying_key().to_sec1_point(false);
                weierstrass(Curve::P256, point.as_bytes(), PrivateKey::P256(key))
            }
            KeyAlgorithm::Ec(Curve::P384) => {
                let key = p384::ecdsa::SigningKey::from_slice(&octets[..48]).unwrap();
                let point = key.verifying_key().to_sec1_point(false);
                weierstrass(Curve::P384, point.as_bytes(), PrivateKey::P384(key))
            }
            KeyAlgorithm::Ec(Curve::P521) => {
                // Below the order, whatever the digest is.
                let scalar = [&[0, 0][..], &octets].concat();
                let key = p521::ecdsa::SigningKey::from_slice(&scalar).unwrap();
                let point = key.verifying_key().to_sec1_point(false);
                weierstrass(Curve::P521, point.as_bytes(), PrivateKey::P521(key))
            }
            KeyAlgorithm::Rsa { bits } => {
                let size = match bits {
                    2048 => lc_rsa::KeySize::Rsa2048,
                    3072 => lc_rsa::KeySize::Rsa3072,
                    _ => lc_rsa::KeySize::Rsa4096,
                };
                let key = KeyPair::generate(size).unwrap();
                let spki = AsDer::<PublicKeyX509Der<'_>>::as_der(lc::KeyPair::public_key(&key)).unwrap();
                let public_key = PublicKey::from_spki_der(spki.as_ref()).unwrap();
                Self { public_key, private_key: PrivateKey::Rsa(Box::new(key)) }
            }
            KeyAlgorithm::Ed25519 => {
                let key = ed25519_dalek::SigningKey::from_bytes(&seed(&octets));
                edwards(&key.verifying_key().to_bytes(), PrivateKey::Ed25519(key))
            }
            KeyAlgorithm::Ed448 => {
                let key = ed448_goldilocks::SigningKey::try_from(&seed::<57>(&octets)[..]).unwrap();
                edwards(&key.verifying_key().to_bytes(), PrivateKey::Ed448(Box::new(key)))
            }
            KeyAlgorithm::MlDsa(set) => {
                let seed = seed(&octets);
                let public = match set {
                    MlDsaParameterSet::MlDsa44 => ml_dsa_public::<ml_dsa::MlDsa44>(seed),
                    MlDsaParameterSet::MlDsa65 => ml_dsa_public::<ml_dsa::MlDsa65>(seed),
                    MlDsaParameterSet::MlDsa87 => ml_dsa_public::<ml_dsa::MlDsa87>(seed),
                };
                edwards(&public, PrivateKey::MlDsa(set, seed))
            }
            KeyAlgorithm::SlhDsa(_) => panic!("no CA of {algorithm}"),
        }
    }

    /// A signature as a token returns it: `r || s`, or as long as the modulus or as the algorithm says.
    pub(crate) fn raw_signature(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Vec<u8> {
        let digest = || algorithm.digest().unwrap().of(message);
        match &self.private_key {
            PrivateKey::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign_prehash(&digest()).unwrap();
                signature.to_bytes().to_vec()
            }
            PrivateKey::P384(key) => {
                let signature: p384::ecdsa::Signature = key.sign_prehash(&digest()).unwrap();
                signature.to_bytes().to_vec()
            }
            PrivateKey::P521(key) => {
                let signature: p521::ecdsa::Signature = key.sign_prehash(&digest()).unwrap();
                signature.to_bytes().to_vec()
            }
            PrivateKey::Rsa(key) => {
                let pss = matches!(algorithm, SignatureAlgorithm::RsaPss(_));
                let encoding: &dyn lc::RsaEncoding = match (algorithm.digest().unwrap(), pss) {
                    (Digest::Sha256, false) => &lc::RSA_PKCS1_SHA256,
                    (Digest::Sha384, false) => &lc::RSA_PKCS1_SHA384,
                    (Digest::Sha512, false) => &lc::RSA_PKCS1_SHA512,
                    (Digest::Sha256, true) => &lc::RSA_PSS_SHA256,
                    (Digest::Sha384, true) => &lc::RSA_PSS_SHA384,
                    (Digest::Sha512, true) => &lc::RSA_PSS_SHA512,
                };
                let mut raw = vec![0; key.public_modulus_len()];
                key.sign(encoding, &SystemRandom::new(), message, &mut raw).unwrap();
                raw
            }
            PrivateKey::Ed25519(key) => key.sign(message).to_vec(),
            PrivateKey::Ed448(key) => key.sign_raw(message).to_bytes().to_vec(),
            PrivateKey::MlDsa(set, seed) => match set {
                MlDsaParameterSet::MlDsa44 => ml_dsa_sign::<ml_dsa::MlDsa44>(*seed, message),
                MlDsaParameterSet::MlDsa65 => ml_dsa_sign::<ml_dsa::MlDsa65>(*seed, message),
                MlDsaParameterSet::MlDsa87 => ml_dsa_sign::<ml_dsa::MlDsa87>(*seed, message),
            },
        }
    }
}

impl Signer for SoftwareKey {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn sign(
        &mut self,
        algorithm: SignatureAlgorithm,
        messages: &[&[u8]],
    ) -> Vec<Result<SignatureValue, SignerError>> {
        messages
            .iter()
            .map(|message| {
                let raw = self.raw_signature(algorithm, message);
                SignatureValue::from_token(&self.public_key, algorithm, &raw)
                    .map_err(|error| SignerError::Failed(Box::new(error)))
            })
            .collect()
    }
}
