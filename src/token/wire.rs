//! The messages between the program and its token worker: typed, bounded, length-prefixed.
//!
//! A frame is four octets of length (big-endian) and that many octets of `postcard`. Each request has one
//! answer, in order, so requests may be sent ahead of the answers to earlier ones. The PIN is no part of
//! a message: it follows [`Request::Login`] in a frame of its own, so that no encoder copies it.
//! Answers come from a process that runs foreign code and are believed in nothing but their framing.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::confinement::{Confinement, Enclosure};
use super::key::KeyAttributes;
use super::return_value::ReturnValue;

/// Both sides name it first and end if the other's differs.
pub(super) const VERSION: u16 = 1;
/// The most octets of a request: room for a large CRL that the token hashes itself.
pub(super) const REQUEST_LIMIT: usize = 64 << 20;
/// The most octets of an answer: room for the list of a few thousand keys.
pub(super) const ANSWER_LIMIT: usize = 8 << 20;
/// What the program asks of the worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Request {
    Hello { version: u16, enclosure: Enclosure },
    Load { path: Vec<u8> },
    Library,
    Slots { again: bool, described: bool },
    Token { slot: u64 },
    Mechanisms { slot: u64 },
    Mechanism { slot: u64, mechanism: u64 },
    Open { token: TokenAddress, read_write: bool },
    Beside { read_write: bool },
    Habits,
    Login { pin_follows: bool },
    Keys { label: Option<Vec<u8>>, id: Option<Vec<u8>>, public: PublicSearch },
    Count { label: Option<Vec<u8>>, id: Option<Vec<u8>> },
    Certificates { from: u32 },
    Generate { key: KeySpec, template: KeyTemplate, wishes: Wishes, label: Vec<u8>, id: Vec<u8> },
    Destroy { object: u64 },
    Sign { key: u64, mechanism: SignMechanism, input: Vec<u8>, octets: u32, login: ContextLogin },
    Signatures,
    Random { octets: u32 },
    Widen { sessions: u32 },
    InitToken { slot: u64, label: Vec<u8>, pin_follows: bool },
    LoginOfficer { pin_follows: bool },
    InitPin { pin_follows: bool },
    Logout,
    Objects { class: Class, label: Option<Vec<u8>>, id: Option<Vec<u8>> },
}

impl Request {
    /// The request for a person: the C_ function that does the most of it.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Hello { .. } => "start",
            Self::Load { .. } => "C_Initialize",
            Self::Library => "C_GetInfo",
            Self::Slots { .. } => "C_GetSlotList",
            Self::Token { .. } => "C_GetTokenInfo",
            Self::Mechanisms { .. } => "C_GetMechanismList",
            Self::Mechanism { .. } => "C_GetMechanismInfo",
            Self::Open { .. } | Self::Beside { .. } | Self::Widen { .. } => "C_OpenSession",
            Self::Habits => "start",
            Self::Login { .. } | Self::LoginOfficer { .. } => "C_Login",
            Self::InitToken { .. } => "C_InitToken",
            Self::InitPin { .. } => "C_InitPIN",
            Self::Logout => "C_Logout",
            Self::Keys { .. } | Self::Count { .. } | Self::Objects { .. } | Self::Certificates { .. } => {
                "C_FindObjects"
            }
            Self::Generate { .. } => "C_GenerateKeyPair",
            Self::Destroy { .. } => "C_DestroyObject",
            Self::Sign { .. } | Self::Signatures => "C_Sign",
            Self::Random { .. } => "C_GenerateRandom",
        }
    }

    /// Whether a PIN in a frame of its own follows.
    pub(super) const fn pin_follows(&self) -> bool {
        matches!(
            self,
            Self::Login { pin_follows: true }
                | Self::LoginOfficer { pin_follows: true }
                | Self::InitToken { pin_follows: true, .. }
                | Self::InitPin { pin_follows: true }
                | Self::Sign { login: ContextLogin::PinFollows, .. }
        )
    }
}

/// The context-specific login between `C_SignInit` and `C_Sign` that a key with `CKA_ALWAYS_AUTHENTICATE`
/// wants for every signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ContextLogin {
    /// The key wants none.
    None,
    /// With the PIN that follows.
    PinFollows,
    /// With the PIN that a person types on the token's own keyboard.
    PinPad,
}

/// How the public key objects that belong to private keys are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum PublicSearch {
    /// Each by the id of its private key, and by no other name.
    ByPrivateKey,
    /// Among the objects that have the wanted label and id, in the search that finds the private key: fewer
    /// calls, for those who know the public key and only compare.
    ByName,
}

/// A token by the slot that it was seen in and by what does not change at a new start of the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TokenAddress {
    pub(super) slot: u64,
    pub(super) label: String,
    pub(super) serial: String,
}

/// The key pair to generate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum KeySpec {
    Ec {
        params: Vec<u8>,
    },
    Edwards {
        params: Vec<u8>,
    },
    Rsa {
        bits: u32,
        exponent: Vec<u8>,
    },
    /// The number of the mechanism is given along: vendors differ.
    MlDsa {
        parameter_set: u64,
        mechanism: u64,
    },
}

/// How much the templates of a key pair say. All say that the private half is sensitive, not extractable
/// and may sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum KeyTemplate {
    /// Either half may do nothing but its part in signatures.
    SignOnly,
    /// The private half may do nothing but sign; of the public half no more is said than must be.
    PrivateSignOnly,
    /// No more than every kind of token takes.
    Minimal,
}

/// What a home demands of a private key that no token gives it unasked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wishes {
    /// `CKA_ALWAYS_AUTHENTICATE`.
    pub(super) always_authenticate: bool,
    /// `CKA_ALLOWED_MECHANISMS`; none where the key is not to be restricted.
    pub(super) allowed_mechanisms: Vec<u64>,
}

/// The digests of hash-and-sign mechanisms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum HashedWith {
    Sha256,
    Sha384,
    Sha512,
}

/// The mechanisms of `C_SignInit` that keyrite uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum SignMechanism {
    /// `CKM_ECDSA` over a digest made here.
    Ecdsa,
    /// `CKM_ECDSA_SHAxxx` over the message.
    EcdsaHashed(HashedWith),
    /// `CKM_RSA_PKCS` over a `DigestInfo` made here.
    RsaPkcs,
    /// `CKM_SHAxxx_RSA_PKCS` over the message.
    RsaPkcsHashed(HashedWith),
    /// `CKM_RSA_PKCS_PSS` over a digest made here.
    RsaPss(HashedWith),
    /// `CKM_SHAxxx_RSA_PKCS_PSS` over the message.
    RsaPssHashed(HashedWith),
    /// `CKM_EDDSA` over the message, without a parameter.
    Ed25519,
    /// `CKM_EDDSA` over the message, with the parameter that Ed448 wants.
    Ed448,
    /// `CKM_ML_DSA` over the message, by this number: vendors differ.
    MlDsa(u64),
}

/// What the worker answers, if nothing failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Answer {
    Hello { version: u16, confinement: Confinement },
    Loaded,
    Library(Library),
    Slots { slots: Vec<Slot>, restarted: bool },
    Token(Token),
    Mechanisms(Vec<u64>),
    Mechanism(MechanismInfo),
    Opened,
    Habits(Habits),
    LoggedIn,
    Keys(Vec<Key>),
    Count { private: u64, public: u64 },
    Certificates { found: Vec<Certificate>, more: bool },
    Generated { private: u64, public: u64 },
    Destroyed,
    TokenInitialised,
    PinInitialised,
    LoggedOut,
    Objects(Vec<Object>),
    Signature(Vec<u8>),
    Widened { sessions: u32 },
    Signatures(u64, u64),
    Random(Vec<u8>),
}

/// `CK_INFO`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Library {
    pub(super) description: String,
    pub(super) manufacturer: String,
    pub(super) version: (u8, u8),
    pub(super) cryptoki: (u8, u8),
}

/// `CK_SLOT_INFO` of a slot with a token in it, and what `C_GetTokenInfo` made of the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Slot {
    pub(super) id: u64,
    pub(super) description: String,
    pub(super) manufacturer: String,
    pub(super) token: Result<Token, Failure>,
}

/// `CK_TOKEN_INFO`, texts without padding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Token {
    pub(super) label: String,
    pub(super) serial: String,
    pub(super) manufacturer: String,
    pub(super) model: String,
    pub(super) flags: u64,
    pub(super) hardware: (u8, u8),
    pub(super) firmware: (u8, u8),
    pub(super) counts: TokenCounts,
}

/// The numbers of `CK_TOKEN_INFO`, as the module gave them: some are `CK_UNAVAILABLE_INFORMATION`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TokenCounts {
    pub(super) sessions: u64,
    pub(super) most_sessions: u64,
    pub(super) read_write_sessions: u64,
    pub(super) most_read_write_sessions: u64,
    pub(super) shortest_pin: u64,
    pub(super) longest_pin: u64,
}

/// `CK_MECHANISM_INFO`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct MechanismInfo {
    pub(super) smallest: u64,
    pub(super) largest: u64,
    pub(super) flags: u64,
}

/// What was seen of a module that others do not do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Habits {
    /// It may lose its tokens while another process starts or logs in.
    pub(super) start_race: bool,
    /// It has no functions for a second caller.
    pub(super) no_second_list: bool,
}

/// A private key with the public key object that has the same id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) private: u64,
    pub(super) public: Vec<u64>,
    pub(super) label: Vec<u8>,
    pub(super) id: Vec<u8>,
    pub(super) key_type: Option<u64>,
    pub(super) attributes: KeyAttributes,
    pub(super) public_parts: PublicParts,
    pub(super) private_parts: PublicParts,
}

/// A certificate object, with its value if the token tells one of a size that certificates have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Certificate {
    pub(super) label: Vec<u8>,
    pub(super) id: Vec<u8>,
    pub(super) value: Option<Vec<u8>>,
}

/// The classes of objects that stand beside private keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Class {
    PublicKey,
    Certificate,
}

/// An object by its name; of a public key also what tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Object {
    pub(super) number: u64,
    pub(super) label: Vec<u8>,
    pub(super) id: Vec<u8>,
    pub(super) key_type: Option<u64>,
    pub(super) parts: PublicParts,
}

/// What makes a public key, from either object of a pair.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PublicParts {
    pub(super) ec_params: Option<Vec<u8>>,
    pub(super) ec_point: Option<Vec<u8>>,
    pub(super) modulus: Option<Vec<u8>>,
    pub(super) exponent: Option<Vec<u8>>,
    pub(super) parameter_set: Option<u64>,
    /// `CKA_VALUE`, of public keys only.
    pub(super) value: Option<Vec<u8>>,
    pub(super) key_info: Option<Vec<u8>>,
}

/// Why a request was not fulfilled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Failure {
    /// A C_ function returned something other than `CKR_OK`.
    Call { function: String, value: ReturnValue },
    /// A C_ function returned `CKR_OK` and nonsense, or is missing.
    Nonsense { function: String, reason: String },
    /// The module could not be loaded.
    Module(ModuleFault),
    /// An earlier failure ended the session, so the token was not asked.
    NotAttempted,
    /// The request does not fit the worker's state.
    Order,
}

/// Why a module could not be loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ModuleFault {
    /// There is no such file.
    #[error("there is no such file")]
    Missing,
    /// It is there but cannot be opened.
    #[error("it cannot be opened: {0}")]
    Unreadable(String),
    /// A directory or device.
    #[error("it is not a regular file")]
    NotFile,
    /// Not a shared library of this operating system.
    #[error("it is not an ELF file")]
    NotElf,
    /// The dynamic linker refused it.
    #[error("the dynamic linker refused it: {0}")]
    Link(String),
    /// A library, but not a PKCS#11 module.
    #[error("it has no C_GetFunctionList, so it is not a PKCS#11 module")]
    NoFunctionList,
}

/// A frame that could not be sent or received.
#[derive(Debug, thiserror::Error)]
pub(super) enum WireError {
    #[error("connection failed")]
    Io(#[from] io::Error),
    #[error("message of {octets} octets, wanted at most {limit}")]
    Length { octets: usize, limit: usize },
    #[error("message is not well-formed")]
    Form,
}

/// Encodes a message as a frame.
pub(super) fn encode<T: Serialize>(message: &T, limit: usize) -> Result<Vec<u8>, WireError> {
    let mut frame = postcard::to_extend(message, vec![0; 4]).map_err(|_| WireError::Form)?;
    let octets = frame.len().saturating_sub(4);
    let length = u32::try_from(octets).ok().filter(|_| octets <= limit);
    let length = length.ok_or(WireError::Length { octets, limit })?;
    for (to, from) in frame.iter_mut().zip(length.to_be_bytes()) {
        *to = from;
    }
    Ok(frame)
}

/// Sends a message.
pub(super) fn send<T: Serialize>(
    output: &mut impl Write,
    message: &T,
    limit: usize,
) -> Result<(), WireError> {
    output.write_all(&encode(message, limit)?)?;
    Ok(())
}

/// Receives a message, or `None` when the other side has ended between two messages.
pub(super) fn receive<T: DeserializeOwned>(
    input: &mut impl Read,
    limit: usize,
) -> Result<Option<T>, WireError> {
    let Some(octets) = receive_length(input, limit)? else { return Ok(None) };
    let mut body = vec![0; octets];
    input.read_exact(&mut body)?;
    match postcard::take_from_bytes(&body) {
        Ok((message, [])) => Ok(Some(message)),
        Ok(_) | Err(_) => Err(WireError::Form),
    }
}

/// Receives the length of the next frame, whose octets the caller reads.
pub(super) fn receive_length(input: &mut impl Read, limit: usize) -> Result<Option<usize>, WireError> {
    let mut header = [0; 4];
    let mut filled = 0;
    while let Some(rest) = header.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(WireError::Io(io::ErrorKind::UnexpectedEof.into())),
            Ok(octets) => filled = filled.saturating_add(octets),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    let octets = usize::try_from(u32::from_be_bytes(header)).unwrap_or(usize::MAX);
    if octets > limit {
        return Err(WireError::Length { octets, limit });
    }
    Ok(Some(octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign() -> Request {
        Request::Sign {
            key: 7,
            mechanism: SignMechanism::Ecdsa,
            input: vec![1; 32],
            octets: 64,
            login: ContextLogin::None,
        }
    }

    #[test]
    fn requests_read_back_one_after_the_other() {
        let mut pipe = Vec::new();
        send(&mut pipe, &sign(), REQUEST_LIMIT).unwrap();
        send(&mut pipe, &Request::Random { octets: 32 }, REQUEST_LIMIT).unwrap();
        let mut input = pipe.as_slice();
        assert_eq!(receive(&mut input, REQUEST_LIMIT).unwrap(), Some(sign()));
        assert_eq!(receive(&mut input, REQUEST_LIMIT).unwrap(), Some(Request::Random { octets: 32 }));
        assert_eq!(receive::<Request>(&mut input, REQUEST_LIMIT).unwrap(), None);
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_anything_is_allocated() {
        let mut input: &[u8] = &[0xff, 0xff, 0xff, 0xff, 0];
        let error = receive::<Request>(&mut input, REQUEST_LIMIT).unwrap_err();
        assert!(matches!(error, WireError::Length { octets: 0xffff_ffff, .. }));
        let error = encode(&sign(), 16).unwrap_err();
        assert!(matches!(error, WireError::Length { limit: 16, .. }));
    }

    #[test]
    fn a_cut_frame_and_octets_after_the_message_are_refused() {
        let frame = encode(&sign(), REQUEST_LIMIT).unwrap();
        for end in 1..frame.len() {
            assert!(receive::<Request>(&mut &frame[..end], REQUEST_LIMIT).is_err(), "{end}");
        }
        let mut longer = frame;
        longer.push(0);
        longer[3] += 1;
        assert!(matches!(receive::<Request>(&mut longer.as_slice(), REQUEST_LIMIT), Err(WireError::Form)));
    }
}
