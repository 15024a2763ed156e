//! How fast certificates are issued, beside how fast the token signs at all.
//!
//! `cargo bench --bench issue [REQUESTS [ROUNDS]]` makes a throw-away SoftHSM token with a P-256 CA on it and
//! issues certificates for that many requests, 1,000 if it is not told, in one run of the program: from the
//! start of the process to its end, every file written. Beside that stands the rate at which the same token
//! answers C_SignInit and C_Sign one after the other in one session, measured between the runs by a process of
//! its own.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints, measures time, and fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectClass};
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;
use keyrite::x509::algorithm::{Curve, Digest, SignatureAlgorithm};
use keyrite::x509::csr::RequestFields;
use keyrite::x509::extension::{Extension, SubjectAltName, Value};
use keyrite::x509::general_name::GeneralName;
use keyrite::x509::signature::SignatureValue;
use keyrite::x509::signed::{Signed, Verification};
use keyrite::x509::spki::PublicKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use support::softhsm;

/// The first argument by which this program measures the token alone.
const TOKEN_ALONE: &str = "token-alone";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let number = |at: usize, otherwise: usize| {
        arguments.get(at).map_or(otherwise, |text| text.parse().expect("a number"))
    };
    if arguments.first().is_some_and(|first| first == TOKEN_ALONE) {
        return token_alone(number(1, 0));
    }
    let (requests, rounds) = (number(0, 1000), number(1, 3));
    let ca = Ca::new();
    let files = ca.requests(requests);
    let mut issued = Vec::new();
    let mut signed = vec![ca.token_alone(requests)];
    for round in 0..rounds {
        issued.push(ca.issue(&files, &format!("out-{round}")));
        signed.push(ca.token_alone(requests));
    }
    report(requests, &issued, &signed);
}

/// A table with the median of the rounds, and how far they lie apart.
fn report(requests: usize, issued: &[Duration], signed: &[Duration]) {
    let rate = |times: &[Duration]| {
        let mut rates: Vec<f64> = times.iter().map(|time| per_second(requests, *time)).collect();
        rates.sort_by(f64::total_cmp);
        let at = |index: usize| rates.get(index).copied().unwrap_or_default();
        (at(rates.len() / 2), at(0), at(rates.len().saturating_sub(1)))
    };
    let (certificates, slowest, fastest) = rate(issued);
    println!("{requests} requests of P-256 keys, issuer P-256 on SoftHSM, {} rounds", issued.len());
    println!();
    println!("                          median/s    lowest   highest");
    println!("certificates issued     {certificates:>10.0}{slowest:>10.0}{fastest:>10.0}");
    let (signatures, slowest, fastest) = rate(signed);
    println!("token alone, C_Sign     {signatures:>10.0}{slowest:>10.0}{fastest:>10.0}");
    println!("ratio                   {:>10.2}", certificates / signatures);
}

fn per_second(count: usize, time: Duration) -> f64 {
    f64::from(u32::try_from(count).expect("fewer than 2^32")) / time.as_secs_f64()
}

/// A home with a root and an issuing CA, both P-256.
struct Ca {
    token: softhsm::Token,
}

impl Ca {
    fn new() -> Self {
        let ca = Self { token: softhsm::Token::new("bench") };
        let root_key = ca.token.key_uri("root");
        let issuing_key = ca.token.key_uri("issuing");
        let csr = ca.path("issuing.csr");
        let certificate = ca.path("issuing.pem");
        let (csr, certificate) = (text(&csr), text(&certificate));
        ca.keyrite(&["init", text(&ca.path("home"))]);
        for key in [&root_key, &issuing_key] {
            ca.keyrite(&["key", "generate", key, "--algorithm", "ec-p256"]);
        }
        let root = "C=AT,O=Example,CN=Example Root G1";
        ca.keyrite(&["ca", "create", "root", "--key", &root_key, "--profile", "root", "--subject", root]);
        let issuing = "C=AT,O=Example,CN=Example TLS CA 1";
        ca.keyrite(&[
            "ca",
            "request",
            "issuing",
            "--key",
            &issuing_key,
            "--profile",
            "intermediate",
            "--subject",
            issuing,
            "--out",
            csr,
        ]);
        ca.keyrite(&["issue", csr, "--ca", "root", "--profile", "intermediate", "--out", certificate]);
        ca.keyrite(&["ca", "install", "issuing", certificate]);
        ca
    }

    fn path(&self, name: &str) -> PathBuf {
        self.token.path().join(name)
    }

    fn command(&self, program: &Path) -> Command {
        self.token.command(program)
    }

    fn keyrite(&self, arguments: &[&str]) {
        let output = self
            .command(Path::new(env!("CARGO_BIN_EXE_keyrite")))
            .arg("--home")
            .arg(self.path("home"))
            .arg("--module")
            .arg(softhsm::module())
            .args(["--pin-source", &self.token.pin_source(), "--yes"])
            .args(arguments)
            .output()
            .expect("the program starts");
        assert!(
            output.status.success(),
            "keyrite {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Requests of as many keys, each for a name of its own.
    fn requests(&self, count: usize) -> Vec<PathBuf> {
        (0..count)
            .map(|number| {
                let path = self.path(&format!("{number}.csr"));
                std::fs::write(&path, request(number)).expect("a request is written");
                path
            })
            .collect()
    }

    /// One run of the program for all requests.
    fn issue(&self, files: &[PathBuf], out: &str) -> Duration {
        let out = self.path(out);
        std::fs::create_dir(&out).expect("a directory for certificates");
        let mut arguments = vec!["issue"];
        arguments.extend(files.iter().map(|path| text(path)));
        arguments.extend(["--ca", "issuing", "--profile", "tls-server", "--out-dir", text(&out)]);
        let start = Instant::now();
        self.keyrite(&arguments);
        let time = start.elapsed();
        let written = std::fs::read_dir(&out).expect("the certificates").count();
        assert_eq!(written, files.len(), "certificates written");
        time
    }

    /// As many signatures by the same key, asked for by nothing but the binding crate.
    fn token_alone(&self, count: usize) -> Duration {
        let program = std::env::current_exe().expect("this program");
        let output = self
            .command(&program)
            .args([TOKEN_ALONE, &count.to_string()])
            .env("KEYRITE_BENCH_MODULE", softhsm::module())
            .output()
            .expect("this program starts");
        let said = String::from_utf8_lossy(&output.stdout);
        let nanoseconds = said.trim().parse().expect("a duration");
        Duration::from_nanos(nanoseconds)
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// A request in PEM by a key that nothing else uses.
fn request(number: usize) -> String {
    let mut secret = [0x5a; 32];
    for (to, from) in secret.iter_mut().zip(number.to_be_bytes()) {
        *to = from ^ 0x33;
    }
    let key = p256::ecdsa::SigningKey::from_slice(&secret).expect("a private key");
    let point = key.verifying_key().to_sec1_point(false);
    let public_key = PublicKey::from_ec_point(Curve::P256, point.as_bytes()).expect("a public key");
    let signature = SignatureAlgorithm::Ecdsa(Digest::Sha256);
    let host = format!("host-{number}.example.com");
    let subject = format!("CN={host}").parse().expect("a name");
    let names = Value::SubjectAltName(SubjectAltName(vec![GeneralName::Dns(host)]));
    let extensions = vec![Extension { critical: false, value: names }];
    let fields = RequestFields { signature, subject, public_key: public_key.clone(), extensions };
    let tbs = fields.build().expect("a request");
    let raw: p256::ecdsa::Signature =
        key.sign_prehash(&Digest::Sha256.of(tbs.as_der())).expect("a signature");
    let value = SignatureValue::from_token(&public_key, signature, &raw.to_bytes()).expect("a signature");
    Signed::seal(&tbs, &value, &public_key, Verification::Once).expect("a signed request").to_pem()
}

/// Signs with the issuing CA's key and prints how many nanoseconds it took.
fn token_alone(count: usize) {
    let module = std::env::var_os("KEYRITE_BENCH_MODULE").expect("the module");
    let context = Pkcs11::new(PathBuf::from(module)).expect("the module loads");
    context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).expect("C_Initialize");
    let slot =
        context.get_slots_with_initialized_token().expect("slots").into_iter().next().expect("a token");
    let session = context.open_ro_session(slot).expect("a session");
    session.login(UserType::User, Some(&AuthPin::from(softhsm::PIN))).expect("login");
    let template = [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Label(b"issuing".to_vec())];
    let key = session.find_objects(&template).expect("objects").into_iter().next().expect("the key");
    let sign = |number: usize| {
        let digest = Digest::Sha256.of(&number.to_be_bytes());
        let signature = session.sign(&Mechanism::Ecdsa, key, &digest).expect("C_Sign");
        assert_eq!(signature.len(), 64);
    };
    (0..count / 10).for_each(sign);
    let start = Instant::now();
    (0..count).for_each(sign);
    println!("{}", start.elapsed().as_nanos());
}
