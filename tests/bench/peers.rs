//! The others: `openssl ca` by libp11's engine, GnuTLS's certtool, and the token alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass};
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;
use cryptoki_sys::{CK_FUNCTION_LIST, CK_MECHANISM, CKM_ECDSA, CKM_SHA256_RSA_PKCS, CKR_OK};
use keyrite::x509::algorithm::Digest;

use crate::authority::{Ca, text};
use crate::measured::{Cost, is_there, measured};
use crate::support::softhsm;

/// The first argument by which this program measures the token alone.
pub(crate) const TOKEN_ALONE: &str = "token-alone";

/// How long the token takes for so many signatures in one session: C_SignInit and C_Sign, and nothing else.
pub(crate) fn token_alone(ca: &Ca, count: usize) -> Duration {
    let program = std::env::current_exe().expect("this program");
    let output = ca
        .command(&program)
        .args([TOKEN_ALONE, &count.to_string()])
        .env("KEYRITE_BENCH_MODULE", softhsm::module())
        .output()
        .expect("this program starts");
    let said = String::from_utf8_lossy(&output.stdout);
    Duration::from_nanos(said.trim().parse().unwrap_or_else(|_| panic!("{output:?}")))
}

/// The other side of [`token_alone`].
pub(crate) fn sign_alone(count: usize) {
    let module = std::env::var_os("KEYRITE_BENCH_MODULE").expect("the module");
    let module = PathBuf::from(module);
    let context = Pkcs11::new(&module).expect("the module loads");
    context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).expect("C_Initialize");
    let slot =
        context.get_slots_with_initialized_token().expect("slots").into_iter().next().expect("a token");
    let session = context.open_ro_session(slot).expect("a session");
    session.login(UserType::User, Some(&AuthPin::from(softhsm::PIN))).expect("login");
    let template = [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Label(b"issuing".to_vec())];
    let key = session.find_objects(&template).expect("objects").into_iter().next().expect("the key");
    let kind = session.get_attributes(key, &[AttributeType::KeyType]).expect("its type");
    let rsa = kind.contains(&Attribute::KeyType(KeyType::RSA));
    let functions = functions(&module);
    let (mechanism, octets) = if rsa { (CKM_SHA256_RSA_PKCS, 48) } else { (CKM_ECDSA, 32) };
    let sign = |number: usize| {
        let digest = Digest::Sha384.of(&number.to_be_bytes());
        signature(&functions, session.handle(), key.handle(), mechanism, &digest[..octets]);
    };
    (0..count / 10).for_each(sign);
    let start = Instant::now();
    (0..count).for_each(sign);
    println!("{}", start.elapsed().as_nanos());
}

/// The module's functions, since the binding crate asks for the length of every signature first.
#[expect(unsafe_code, reason = "the binding crate has no plain C_Sign")]
fn functions(module: &Path) -> CK_FUNCTION_LIST {
    // SAFETY: the module is loaded already, and its symbols have the types of the standard.
    let library = unsafe { cryptoki_sys::Pkcs11::new(module) }.expect("the module loads");
    let mut list = std::ptr::null_mut();
    // SAFETY: the pointer to be filled lives through the call.
    let value = unsafe { library.C_GetFunctionList(&raw mut list) };
    assert_eq!(value, CKR_OK, "C_GetFunctionList");
    std::mem::forget(library);
    // SAFETY: the module gave a list that lives as long as it does.
    unsafe { *list }
}

/// C_SignInit and C_Sign, with room for the longest signature that is asked for here.
#[expect(unsafe_code, reason = "the binding crate has no plain C_Sign")]
fn signature(functions: &CK_FUNCTION_LIST, session: u64, key: u64, mechanism: u64, input: &[u8]) {
    let (init, sign) = (functions.C_SignInit.expect("C_SignInit"), functions.C_Sign.expect("C_Sign"));
    let mut mechanism = CK_MECHANISM { mechanism, pParameter: std::ptr::null_mut(), ulParameterLen: 0 };
    let mut output = [0_u8; 1024];
    let (mut octets, input_octets) = (1024, u64::try_from(input.len()).expect("a short input"));
    // SAFETY: the mechanism has no parameter and lives through the call.
    let value = unsafe { init(session, &raw mut mechanism, key) };
    assert_eq!(value, CKR_OK, "C_SignInit");
    // SAFETY: both buffers live through the call and have the lengths that are given; the input is not written to.
    let value = unsafe {
        sign(session, input.as_ptr().cast_mut(), input_octets, output.as_mut_ptr(), &raw mut octets)
    };
    assert_eq!(value, CKR_OK, "C_Sign");
}

/// `openssl ca` with the CA's key in the token, if libp11's engine is installed.
pub(crate) struct OpenSsl {
    engine: PathBuf,
}

impl OpenSsl {
    pub(crate) fn find() -> Option<Self> {
        let output = Command::new("openssl").args(["version", "-e"]).output().ok()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let directory = said.split('"').nth(1)?;
        let engine = Path::new(directory).join("pkcs11.so");
        engine.is_file().then_some(Self { engine })
    }

    /// A CA directory of its own in `name`, with no certificate on record; then one run for all requests.
    pub(crate) fn issue(&self, ca: &Ca, name: &str, digest: &str, requests: &[PathBuf]) -> Cost {
        let directory = ca.path(name);
        fs::create_dir_all(directory.join("new")).expect("a directory");
        fs::write(directory.join("index.txt"), "").expect("an index");
        // Apart from each other: `openssl ca` would load the engine once more from the latter.
        let engine = directory.join("engine.cnf");
        fs::write(&engine, self.of_engine()).expect("a configuration");
        let configuration = directory.join("ca.cnf");
        fs::write(&configuration, of_ca(ca, &directory, digest)).expect("a configuration");
        let mut command = ca.command(Path::new("openssl"));
        command
            .env("OPENSSL_CONF", &engine)
            .args(["ca", "-batch", "-notext", "-engine", "pkcs11", "-keyform", "engine", "-config"])
            .arg(&configuration)
            .args(["-keyfile", &format!("{};type=private", ca.key_uri("issuing"))])
            .arg("-infiles")
            .args(requests);
        let cost = measured(&command);
        let written = fs::read_dir(directory.join("new")).expect("the certificates").count();
        assert_eq!(written, requests.len(), "certificates of openssl ca");
        cost
    }

    fn of_engine(&self) -> String {
        format!(
            "openssl_conf = start\n[start]\nengines = engines\n[engines]\npkcs11 = pkcs11\n[pkcs11]\n\
             engine_id = pkcs11\ndynamic_path = {}\nMODULE_PATH = {}\nPIN = {}\ninit = 0\n",
            text(&self.engine),
            text(&softhsm::module()),
            softhsm::PIN,
        )
    }
}

fn of_ca(ca: &Ca, directory: &Path, digest: &str) -> String {
    let directory = text(directory);
    format!(
        "[ca]\ndefault_ca = own\n[own]\ndatabase = {directory}/index.txt\nnew_certs_dir = {directory}/new\n\
         certificate = {}\nrand_serial = yes\nunique_subject = no\ndefault_md = {digest}\n\
         default_days = 90\npolicy = any\nx509_extensions = leaf\ncopy_extensions = copy\n\
         [any]\ncommonName = optional\n\
         [leaf]\nbasicConstraints = critical,CA:FALSE\nkeyUsage = critical,digitalSignature\n\
         extendedKeyUsage = serverAuth\nsubjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid\n",
        text(&ca.path("issuing.pem"))
    )
}

/// `certtool`, once for each request, if it is installed.
pub(crate) fn certtool(ca: &Ca, name: &str, requests: &[PathBuf]) -> Option<Cost> {
    if !is_there("certtool") {
        return None;
    }
    let directory = ca.path(name);
    fs::create_dir_all(&directory).expect("a directory");
    let template = directory.join("template");
    fs::write(&template, "expiration_days = 90\ntls_www_server\nhonor_crq_extensions\n").expect("a template");
    let mut script = String::new();
    for (number, request) in requests.iter().enumerate() {
        script.push_str(&format!(
            "certtool --generate-certificate --provider={} --load-request={} --load-ca-certificate={} \
             --load-ca-privkey='{};type=private?pin-value={}' --template={} --outfile={}/{number}.pem 2>&1 || exit 1\n",
            text(&softhsm::module()),
            text(request),
            text(&ca.path("issuing.pem")),
            ca.key_uri("issuing"),
            softhsm::PIN,
            text(&template),
            text(&directory),
        ));
    }
    let mut command = ca.command(Path::new("sh"));
    command.args(["-c", &script]);
    Some(measured(&command))
}
