//! A session with exactly one token: found by its URI, logged in to once, searched for keys.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::client::Client;
use super::confinement::Confinement;
use super::count::Tally;
use super::description::{TokenFlags, TokenInfo};
use super::error::Error;
use super::key::KeyInfo;
use super::launch::Launch;
use super::login::{self, Login, PinProvider};
use super::mechanism::MlDsaMechanisms;
use super::random::TokenRandom;
use super::requirements::Requirements;
use super::signer::TokenSigner;
use super::uri::{ObjectType, Pkcs11Uri};
use super::wire::{Answer, Library, PublicSearch, Request, Slot, Token, TokenAddress};
use crate::x509::spki::PublicKey;

/// How often a module that is known to lose its token at the start is asked again.
const ATTEMPTS: u32 = 5;

/// How to open a session.
#[derive(Clone, Debug)]
pub struct SessionOptions {
    /// The module, by its absolute path.
    pub module: PathBuf,
    /// How to start the worker.
    pub launch: Launch,
    /// Whether to try the PIN although the token says that a wrong one would lock it.
    pub final_try: bool,
    /// By which numbers the module knows ML-DSA.
    pub ml_dsa: MlDsaMechanisms,
    /// What is demanded of the keys that are used or generated.
    pub requirements: Requirements,
}

impl SessionOptions {
    /// The defaults for a module.
    pub fn new(module: impl Into<PathBuf>) -> Self {
        Self {
            module: module.into(),
            launch: Launch::default(),
            final_try: false,
            ml_dsa: MlDsaMechanisms::default(),
            requirements: Requirements::default(),
        }
    }
}

/// A worker process that was started ahead, since that takes a while: it has confined itself, has loaded no module, and
/// ends if nothing is made of it.
#[derive(Debug)]
pub struct WaitingWorker(Client);

impl WaitingWorker {
    /// Starts it.
    ///
    /// # Errors
    /// [`Error::Start`] when no process can be started.
    pub fn start(options: &SessionOptions, pin: &PinProvider) -> Result<Self, Error> {
        let launch = match pin.environment_variable() {
            Some(name) => options.launch.clone().without_environment(name),
            None => options.launch.clone(),
        };
        Client::spawn(&launch).map(Self)
    }
}

/// The tokens that a module shows, in the order of its slots. A slot whose token does not answer is
/// left out, unless there is no other.
///
/// # Errors
/// [`Error`] when the module cannot be loaded, does not list its slots, or none of its tokens answers.
pub fn list(launch: &Launch, module: &Path) -> Result<Vec<TokenInfo>, Error> {
    let mut client = Client::start(launch, module)?;
    client.describe_library()?;
    Ok(slots(&mut client, false, true)?.0)
}

/// A session with one token. It is shared by the signers and random sources that come from it, and the
/// worker ends when the last of them goes.
#[derive(Debug)]
pub struct TokenSession {
    connection: Arc<Mutex<Connection>>,
    token: TokenInfo,
    module: PathBuf,
    requirements: Requirements,
}

/// What signers and random sources share.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) address: TokenAddress,
    pub(super) token: TokenInfo,
    pub(super) login: Login,
    pub(super) ml_dsa: MlDsaMechanisms,
    read_write: bool,
    /// What was signed and is not accounted for yet.
    pub(super) tally: Tally,
    /// In how many sessions the worker was told to sign.
    pub(super) sessions: u32,
}

impl TokenSession {
    /// Starts a worker, finds the one token that the URI names and opens a session with it. The PIN is
    /// not asked for before something needs it.
    ///
    /// # Errors
    /// [`Error::NoToken`] and [`Error::AmbiguousToken`] with the tokens that are there; [`Error`] when the
    /// module or its worker fails.
    pub fn open(options: &SessionOptions, uri: &Pkcs11Uri, pin: PinProvider) -> Result<Self, Error> {
        Self::open_in(WaitingWorker::start(options, &pin)?, options, uri, pin)
    }

    /// As [`open`](Self::open), in a worker that was started for the same options and the same source of the PIN.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_in(
        worker: WaitingWorker,
        options: &SessionOptions,
        uri: &Pkcs11Uri,
        pin: PinProvider,
    ) -> Result<Self, Error> {
        let mut client = worker.0.load(&options.module)?;
        let token = one_token(&mut client, uri, &options.module)?;
        let address =
            TokenAddress { slot: token.slot_id, label: token.label.clone(), serial: token.serial.clone() };
        let open = Request::Open { token: address.clone(), read_write: false };
        client.ask(&open, |answer| (answer == Answer::Opened).then_some(()))?;
        let login = Login::new(pin, options.final_try);
        let connection = Connection {
            client,
            address,
            token: token.clone(),
            login,
            ml_dsa: options.ml_dsa,
            read_write: false,
            tally: Tally::default(),
            sessions: 1,
        };
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
            token,
            module: options.module.clone(),
            requirements: options.requirements.clone(),
        })
    }

    /// The token, as it described itself when the session was opened.
    #[must_use]
    pub const fn token(&self) -> &TokenInfo {
        &self.token
    }

    /// The module.
    #[must_use]
    pub fn module(&self) -> &Path {
        &self.module
    }

    /// What is demanded of the keys that are used or generated.
    #[must_use]
    pub const fn requirements(&self) -> &Requirements {
        &self.requirements
    }

    /// Whether a key shows what is demanded of it.
    ///
    /// # Errors
    /// [`Error::UnfitKey`] with everything that it does not show.
    pub fn fit(&self, key: &KeyInfo) -> Result<(), Error> {
        let reasons = self.requirements.judge(&key.attributes);
        if reasons.is_empty() { Ok(()) } else { Err(Error::UnfitKey { label: key.label.clone(), reasons }) }
    }

    /// The process id of the worker, to watch it.
    #[must_use]
    pub fn worker_process_id(&self) -> u32 {
        lock(&self.connection).client.process_id()
    }

    /// What the worker keeps its module from, on this kernel.
    #[must_use]
    pub fn confinement(&self) -> Confinement {
        lock(&self.connection).client.confinement().clone()
    }

    /// Logs in, if that has not been done and the token wants it.
    ///
    /// # Errors
    /// [`Error`] with the situation of the PIN. There is one attempt per session.
    pub fn login(&self) -> Result<(), Error> {
        let mut connection = lock(&self.connection);
        let result = connection.login();
        connection.login.forget_pin();
        result
    }

    /// Every private key of the token with its public half.
    ///
    /// # Errors
    /// [`Error`] when the login or the search fails.
    pub fn keys(&self) -> Result<Vec<KeyInfo>, Error> {
        let mut connection = lock(&self.connection);
        let keys = connection.keys(&Pkcs11Uri::default(), PublicSearch::ByPrivateKey);
        connection.login.forget_pin();
        keys
    }

    /// The one key that the URI names by label, id or both.
    ///
    /// # Errors
    /// [`Error::NoKey`] and [`Error::AmbiguousKey`] with the keys that are there.
    pub fn find_key(&self, uri: &Pkcs11Uri) -> Result<KeyInfo, Error> {
        self.found(uri, None)
    }

    /// The one key that the URI names and whose public half is `known` from a certificate: a URI that names
    /// no key, or several, is enough then. That it really is the key is proven by its signatures.
    ///
    /// # Errors
    /// As [`find_key`](Self::find_key), and [`Error::NoKeyOfCertificate`].
    pub fn find_key_of(&self, uri: &Pkcs11Uri, known: &PublicKey) -> Result<KeyInfo, Error> {
        self.found(uri, Some(known))
    }

    fn found(&self, uri: &Pkcs11Uri, known: Option<&PublicKey>) -> Result<KeyInfo, Error> {
        let mut connection = lock(&self.connection);
        let key = connection.find_key(uri, known);
        if !key.as_ref().is_ok_and(KeyInfo::always_authenticates) {
            connection.login.forget_pin();
        }
        key
    }

    /// A signer with the one key that the URI names: fit for a CA, and proven by a signature.
    ///
    /// # Errors
    /// [`Error`] when there is not exactly one such key, it is not fit, or its halves do not belong
    /// together.
    pub fn signer(&self, uri: &Pkcs11Uri) -> Result<TokenSigner, Error> {
        self.signer_with(self.find_key(uri)?)
    }

    /// A signer with a key that this session has found.
    ///
    /// # Errors
    /// As [`signer`](Self::signer).
    pub fn signer_with(&self, key: KeyInfo) -> Result<TokenSigner, Error> {
        self.fit(&key)?;
        let mut signer = TokenSigner::new(Arc::clone(&self.connection), key)?;
        signer.prove_pair()?;
        Ok(signer)
    }

    /// Has a key sign a random challenge, and verifies it under a public key, whatever the token says which public
    /// key that is. Whether the key is fit plays no part.
    ///
    /// # Errors
    /// [`Error::Unproven`] when it is another key; [`Error`] when the token does not sign.
    pub fn prove_for(&self, key: KeyInfo, public_key: &PublicKey) -> Result<(), Error> {
        let key = KeyInfo { public_key: Ok(public_key.clone()), ..key };
        TokenSigner::new(Arc::clone(&self.connection), key)?.prove_pair()
    }

    /// Random octets from the token, mixed with the operating system's.
    ///
    /// # Errors
    /// [`Error`] when the login fails: some tokens give none before it.
    pub fn random(&self) -> Result<TokenRandom, Error> {
        // The PIN stays with a key that was found before and wants it for every signature.
        lock(&self.connection).login()?;
        Ok(TokenRandom::new(Arc::clone(&self.connection)))
    }

    pub(super) const fn connection(&self) -> &Arc<Mutex<Connection>> {
        &self.connection
    }
}

impl Connection {
    pub(super) fn login(&mut self) -> Result<(), Error> {
        login::login(self)
    }

    /// A session that may change the token, which most others are better off without.
    pub(super) fn write(&mut self) -> Result<(), Error> {
        if self.read_write {
            return Ok(());
        }
        let open = Request::Open { token: self.address.clone(), read_write: true };
        self.client.ask(&open, |answer| (answer == Answer::Opened).then_some(()))?;
        self.read_write = true;
        Ok(())
    }

    /// The session once more, after a failed signature closed it.
    pub(super) fn reopen(&mut self) -> Result<(), Error> {
        let open = Request::Open { token: self.address.clone(), read_write: self.read_write };
        self.client.ask(&open, |answer| (answer == Answer::Opened).then_some(()))
    }

    /// What the token says of itself now.
    pub(super) fn token_now(&mut self) -> Result<TokenInfo, Error> {
        let request = Request::Token { slot: self.address.slot };
        let token = self
            .client
            .ask(&request, |answer| if let Answer::Token(token) = answer { Some(token) } else { None })?;
        let slot = Slot {
            id: self.token.slot_id,
            description: self.token.slot_description.clone(),
            manufacturer: self.token.slot_manufacturer.clone(),
            token: Ok(token.clone()),
        };
        Ok(information(self.client.library(), &slot, &token))
    }

    /// The keys that the URI names by label and id, each with its public key object.
    pub(super) fn keys(&mut self, uri: &Pkcs11Uri, public: PublicSearch) -> Result<Vec<KeyInfo>, Error> {
        self.login()?;
        let label = uri.object().map(|label| label.as_bytes().to_vec());
        let id = uri.id().map(<[u8]>::to_vec);
        let keys = self.client.ask(&Request::Keys { label, id, public }, |answer| {
            if let Answer::Keys(keys) = answer { Some(keys) } else { None }
        })?;
        let mut keys: Vec<KeyInfo> = keys.iter().map(|key| KeyInfo::new(&self.token, key)).collect();
        keys.retain(|key| uri.matches_key(&key.label, &key.id));
        Ok(keys)
    }

    /// The one key that the URI names. A public key that is `known` stands in where the token tells none, and
    /// tells apart what the URI does not.
    pub(super) fn find_key(&mut self, uri: &Pkcs11Uri, known: Option<&PublicKey>) -> Result<KeyInfo, Error> {
        if let Some(found @ (ObjectType::Certificate | ObjectType::SecretKey | ObjectType::Data)) =
            uri.object_type()
        {
            return Err(Error::NotKey { found });
        }
        let named = uri.object().is_some() || uri.id().is_some();
        let mut keys = match known {
            Some(_) if named => self.keys(uri, PublicSearch::ByName)?,
            Some(_) | None => self.keys(uri, PublicSearch::ByPrivateKey)?,
        };
        if let Some(known) = known.filter(|_| !named || keys.len() > 1) {
            keys.retain(|key| key.public_key.as_ref() == Ok(known));
        }
        let wanted = || Box::new(uri.clone().without_query());
        let token = self.token.label.clone();
        match (keys.pop(), keys.len()) {
            (Some(key), 0) => Ok(match known {
                Some(known) => key.or_known(known),
                None => key,
            }),
            (None, _) => {
                let present = self.keys(&Pkcs11Uri::default(), PublicSearch::ByPrivateKey)?;
                let present = present.into_iter().map(|key| key.uri).collect();
                match known {
                    Some(_) if !named => Err(Error::NoKeyOfCertificate { token, present }),
                    Some(_) | None => Err(Error::NoKey { wanted: wanted(), token, present }),
                }
            }
            (Some(last), _) => {
                let candidates = keys.into_iter().chain([last]).map(|key| key.uri).collect();
                Err(Error::AmbiguousKey { wanted: wanted(), token, candidates })
            }
        }
    }
}

/// A thread that panicked while it held the connection leaves it usable: requests and answers are
/// matched by the client itself.
pub(super) fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn one_token(client: &mut Client, uri: &Pkcs11Uri, module: &Path) -> Result<TokenInfo, Error> {
    if uri.names_library() {
        client.describe_library()?;
    }
    let mut again = false;
    let mut present = Vec::new();
    for _ in 0..ATTEMPTS {
        let (tokens, restarted) = slots(client, again, uri.describes_slot())?;
        // Only a module that is known to lose its tokens at the start does so again when it is asked to.
        let retry = !again || restarted;
        present = tokens;
        present.retain(|token| !token.is_blank());
        let mut candidates: Vec<TokenInfo> =
            present.iter().filter(|token| uri.matches_token(token)).cloned().collect();
        match candidates.len() {
            0 if retry => again = true,
            0 => break,
            1 => return candidates.pop().ok_or(Error::NotAttempted),
            _ => {
                let wanted = Box::new(uri.clone().without_query());
                return Err(Error::AmbiguousToken { wanted, module: module.to_owned(), candidates });
            }
        }
    }
    let wanted = Box::new(uri.clone().without_query());
    Err(Error::NoToken { wanted, module: module.to_owned(), present })
}

pub(super) fn slots(
    client: &mut Client,
    again: bool,
    described: bool,
) -> Result<(Vec<TokenInfo>, bool), Error> {
    let (slots, restarted) = client.ask(&Request::Slots { again, described }, |answer| {
        if let Answer::Slots { slots, restarted } = answer { Some((slots, restarted)) } else { None }
    })?;
    let library = client.library();
    let silent = slots.iter().find_map(|slot| slot.token.as_ref().err());
    if let Some(failure) = silent.filter(|_| slots.iter().all(|slot| slot.token.is_err())) {
        return Err(Error::from_failure(failure.clone(), "C_GetTokenInfo"));
    }
    let answering = slots.iter().filter_map(|slot| Some((slot, slot.token.as_ref().ok()?)));
    Ok((answering.map(|(slot, token)| information(library, slot, token)).collect(), restarted))
}

fn information(library: &Library, slot: &Slot, token: &Token) -> TokenInfo {
    TokenInfo {
        label: token.label.clone(),
        serial: token.serial.clone(),
        manufacturer: token.manufacturer.clone(),
        model: token.model.clone(),
        firmware: token.firmware,
        hardware: token.hardware,
        flags: TokenFlags::new(token.flags),
        slot_description: slot.description.clone(),
        slot_manufacturer: slot.manufacturer.clone(),
        slot_id: slot.id,
        library_description: library.description.clone(),
        library_manufacturer: library.manufacturer.clone(),
        library_version: library.version,
    }
}
