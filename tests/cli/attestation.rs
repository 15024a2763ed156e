//! Attestations at the command line, on SoftHSM tokens that hold the certificates of a device made up here.

use std::path::{Path, PathBuf};

use crate::program::{Run, command, finish, save};
use crate::support::softhsm::module;
use crate::support::tokens::Tokens;
use crate::vendor::{PIV_KEY, Vendor, hsm_key};

/// A home with a token in which a YubiKey's certificates lie beside the key `root`.
struct Scene {
    tokens: Tokens,
    vendor: Vendor,
}

impl Scene {
    fn new(label: &str, extensions: &str) -> Self {
        let scene = Self { tokens: Tokens::new(label), vendor: Vendor::with_device() };
        scene.run(&["init", "home"]).ends(0);
        let made = scene.run(&["key", "generate", &scene.key(), "--algorithm", "ec-p256"]).ends(0);
        assert!(made.stdout.contains("fit"), "{made:#?}");
        scene.attest("root", extensions);
        scene.vendor.bundle("roots.pem", &["root"]);
        scene
    }

    fn home(&self) -> PathBuf {
        self.tokens.path().join("home")
    }

    fn key(&self) -> String {
        self.tokens.key_uri("root")
    }

    /// Attests a key and stores the certificates of the device and the key.
    fn attest(&self, key: &str, extensions: &str) {
        let out = self.vendor.bench.path("own.pub");
        let shown = ["key", "show", &self.tokens.key_uri(key), "--public-out", out.to_str().unwrap()];
        self.run(&shown).ends(0);
        self.vendor.attest("attestation", "YubiKey PIV Attestation 9c", "own.pub", "device", extensions);
        self.store("attestation");
        self.store("device");
    }

    fn store(&self, name: &str) {
        self.vendor.der(name);
        let written = self
            .tokens
            .pkcs11_tool()
            .args(["--write-object"])
            .arg(self.vendor.bench.path(&format!("{name}.der")))
            .args(["--type", "cert", "--label", name])
            .output()
            .unwrap();
        assert!(written.status.success(), "{written:?}");
    }

    fn roots(&self) -> String {
        self.vendor.bench.path("roots.pem").display().to_string()
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.run_in(&self.home(), arguments)
    }

    fn run_in(&self, home: &Path, arguments: &[&str]) -> Run {
        let (name, value) = self.tokens.environment();
        let mut command = command(self.tokens.path());
        // The home is a directory of its own: the module may not reach into it.
        command.env(name, value).env("KEYRITE_HOME", home);
        command.args(arguments).arg("--module").arg(module());
        command.args(["--pin-source", &self.tokens.pin_source(), "--yes"]);
        finish(command, b"")
    }

    fn recorded(&self, event: &str) -> Vec<serde_json::Value> {
        let listed = self.run(&["audit", "list", "--event", event, "--json"]).ends(0).json();
        listed["entries"].as_array().unwrap().iter().map(|entry| entry["details"].clone()).collect()
    }
}

/// SHA-256 of a certificate in hex, by OpenSSL.
fn sha256(vendor: &Vendor, name: &str) -> String {
    let file = format!("{name}.pem");
    let text = vendor.bench.openssl_ok(&["x509", "-in", &file, "-noout", "-fingerprint", "-sha256"]);
    text.trim().rsplit('=').next().unwrap().replace(':', "").to_lowercase()
}

#[test]
fn an_attestation_is_shown_verified_recorded_and_kept() {
    let scene = Scene::new("attest-good", PIV_KEY);
    let out = scene.tokens.path().join("evidence.pem");
    let arguments = ["key", "show", &scene.key(), "--attestation-roots", &scene.roots(), "--attestation-out"];
    let shown = scene.run(&[&arguments[..], &[out.to_str().unwrap(), "--json"]].concat()).ends(0).json();
    let told = &shown["attestation"];
    for (member, wanted) in [
        ("device", "YubiKey (PIV)"),
        ("device_serial", "12345678"),
        ("firmware", "5.7.4"),
        ("origin", "generated"),
        ("pin_policy", "always"),
        ("touch_policy", "cached"),
    ] {
        assert_eq!(told[member], wanted, "{told:#}");
    }
    let subjects: Vec<&str> =
        told["path"].as_array().unwrap().iter().map(|one| one["subject"].as_str().unwrap()).collect();
    assert_eq!(subjects, ["CN=YubiKey PIV Attestation 9c", "CN=Vendor PIV Attestation", "CN=Vendor Root"]);
    assert_eq!(shown["attestation_recorded"], true);

    let events = scene.recorded("key-attested");
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(event["key"], shown["uri"]);
    assert_eq!(event["public-key-sha256"], shown["public_key"]["sha256"]["hex"]);
    assert_eq!(event["device"], "YubiKey (PIV)");
    assert_eq!(event["device-serial"], "12345678");
    assert_eq!(event["firmware"], "5.7.4");
    assert_eq!(event["origin"], "generated");
    assert_eq!(event["pin-policy"], "always");
    assert_eq!(event["touch-policy"], "cached");
    let path = ["attestation", "device", "root"].map(|name| sha256(&scene.vendor, name));
    assert_eq!(event["path-sha256"], serde_json::json!(path));
    scene.run(&["audit", "verify"]).ends(0);

    // The evidence is whole: OpenSSL verifies it with nothing but the root.
    let text = std::fs::read_to_string(&out).unwrap();
    assert_eq!(text.matches("BEGIN CERTIFICATE").count(), 3);
    let (kept, roots) = (out.display().to_string(), scene.roots());
    let said = scene.vendor.bench.openssl_ok(&["verify", "-CAfile", &roots, "-untrusted", &kept, &kept]);
    assert!(said.contains("OK"), "{said}");

    let again = scene.run(&[&arguments[..], &[out.to_str().unwrap()]].concat()).ends(5);
    assert!(again.stderr.contains("exists already and was not changed"), "{again:#?}");
    assert_eq!(scene.recorded("key-attested").len(), 1);

    // On a page.
    let page = scene.run(&arguments[..5]).ends(0).stdout;
    for wanted in ["device         YubiKey (PIV)", "origin         generated", "touch policy   cached"] {
        assert!(page.contains(wanted), "{page}");
    }
    // Without the option nothing of it is read or told.
    let plain = scene.run(&["key", "show", &scene.key()]).ends(0).stdout;
    assert!(!plain.contains("attestation"), "{plain}");
    assert_eq!(scene.recorded("key-attested").len(), 2);
}

#[test]
fn what_is_wrong_with_an_attestation_is_told_and_nothing_is_recorded() {
    let imported = Scene::new("attest-imported", &hsm_key("02", "0000000000000080"));
    let plain = Scene { tokens: Tokens::new("attest-none"), vendor: Vendor::with_device() };
    plain.run(&["init", "home"]).ends(0);
    plain.run(&["key", "generate", &plain.key(), "--algorithm", "ec-p256"]).ends(0);
    plain.vendor.bundle("roots.pem", &["root"]);
    let stranger = Scene::new("attest-stranger", PIV_KEY);
    stranger.vendor.root("other", "Other Root");
    stranger.vendor.bundle("roots.pem", &["other"]);
    let forged = Scene::new("attest-forged", PIV_KEY);
    forged.vendor.root("other", "Vendor Root");
    forged.vendor.bundle("roots.pem", &["other"]);
    for (scene, code, wanted) in [
        (
            &plain,
            1,
            "error: key \"root\" is not attested\ncaused by: the token shows no certificate at all\n\
             hint: a YubiKey attests the keys that it generated; of a YubiHSM's key the device makes an \
             attestation when yubihsm-shell asks for it: add that to the file of the roots\n",
        ),
        (
            &stranger,
            6,
            "error: key \"root\" is not attested\n\
             caused by: the attestation CN=YubiKey PIV Attestation 9c does not verify\n\
             caused by: no certificate of CN=Vendor Root is there, which issued that of \
             CN=Vendor PIV Attestation\n\
             hint: add the root to the file, and what its vendor publishes between the root and the device\n",
        ),
        (
            &forged,
            6,
            "error: key \"root\" is not attested\n\
             caused by: the attestation CN=YubiKey PIV Attestation 9c does not verify\n\
             caused by: the certificate of CN=Vendor PIV Attestation was not signed by the key of \
             CN=Vendor Root\n\
             caused by: the signature does not verify under the ec-p256 key\n\
             hint: compare the roots with what the vendor publishes; else do not use the key\n",
        ),
        (
            &imported,
            6,
            "error: key \"root\" is not attested\n\
             caused by: the attestation verifies, but the origin of the key is: imported, wanted: generated\n\
             hint: generate a key in the device, with keyrite key generate\n",
        ),
    ] {
        let out = scene.tokens.path().join("evidence.pem");
        let arguments = ["key", "show", &scene.key(), "--attestation-roots", &scene.roots()];
        let run =
            scene.run(&[&arguments[..], &["--attestation-out", out.to_str().unwrap()]].concat()).ends(code);
        assert_eq!((run.stderr.as_str(), run.stdout.as_str()), (wanted, ""));
        assert!(!out.exists());
        assert_eq!(scene.recorded("key-attested").len(), 0);
    }
}

#[test]
fn roots_that_are_none_are_refused_before_the_token_is_asked() {
    let scene = Scene::new("attest-roots", PIV_KEY);
    let show = |roots: &str| scene.run(&["key", "show", &scene.key(), "--attestation-roots", roots]);
    let none = scene.vendor.bundle("none.pem", &["device"]);
    let run = show(none.to_str().unwrap()).ends(1);
    assert_eq!(
        run.stderr,
        format!(
            "error: {}: there is no root in it: one of the certificates must be signed by its own key\n\
             hint: it holds the roots of the device's vendor as PEM, and what the vendor publishes between them \
             and the device\n",
            none.display()
        )
    );
    assert!(show("/nowhere/roots.pem").ends(2).stderr.contains("/nowhere/roots.pem: cannot be read"));
    let out = ["key", "show", &scene.key(), "--attestation-out", "x.pem"];
    let run = scene.run(&out).ends(2);
    assert!(run.stderr.contains("--attestation-out without roots to verify an attestation with"), "{run:#?}");
}

#[test]
fn a_key_that_is_not_attested_at_once_is_destroyed_where_that_is_demanded() {
    let scene = Scene::new("attest-generate", PIV_KEY);
    let uri = scene.tokens.key_uri("second");
    let generate = ["key", "generate", &uri, "--algorithm", "ec-p256", "--attestation-roots", &scene.roots()];
    let run = scene.run(&generate).ends(1);
    assert_eq!(
        run.stderr,
        "error: the generated key \"second\" was not good and has been destroyed\n\
         caused by: key \"second\" is not attested\n\
         caused by: none of the 2 certificates that the token shows attests the key\n\
         hint: a YubiKey attests the keys that it generated; of a YubiHSM's key the device makes an attestation \
         when yubihsm-shell asks for it: add that to the file of the roots\n"
    );
    assert_eq!(scene.recorded("key-generated").len(), 1);
    let listed = scene.run(&["key", "list", &scene.tokens.uri(), "--json"]).ends(0).json();
    assert_eq!(listed["keys"].as_array().unwrap().len(), 1);
}

#[test]
fn a_home_may_demand_attested_keys_of_its_cas() {
    let scene = Scene::new("attest-home", PIV_KEY);
    scene.run(&["key", "generate", &scene.tokens.key_uri("bare"), "--algorithm", "ec-p256"]).ends(0);
    let home = scene.home();
    save(&home.join("keyrite.toml"), "[keys]\nattestation_roots = \"roots.pem\"\n");
    std::fs::copy(scene.vendor.bench.path("roots.pem"), home.join("roots.pem")).unwrap();

    let create = |name: &str, key: &str| {
        let subject = format!("C=AT,O=Example,CN=Root {name}");
        let key = scene.tokens.key_uri(key);
        scene.run(&["ca", "create", name, "--key", &key, "--subject", &subject, "--json"])
    };
    let refused = create("bare", "bare").ends(1);
    assert!(refused.stderr.contains("key \\\"bare\\\" is not attested"), "{refused:#?}");
    assert_eq!(scene.recorded("signing").len(), 0);
    let csr = scene.tokens.path().join("bare.csr");
    let request =
        ["ca", "request", "bare", "--key", &scene.tokens.key_uri("bare"), "--subject", "C=AT,CN=Sub"];
    scene.run(&[&request[..], &["--out", csr.to_str().unwrap()]].concat()).ends(1);
    assert!(!csr.exists());
    let generate = ["key", "generate", &scene.tokens.key_uri("more"), "--algorithm", "ec-p256"];
    scene.run(&generate).ends(1);

    let created = create("good", "root").ends(0).json();
    assert_eq!(created["attestation"]["device_serial"], "12345678");
    let attested = scene.run(&["audit", "list", "--json"]).ends(0).json();
    let events: Vec<&str> = attested["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["event"].as_str().unwrap())
        .collect();
    let at = |event: &str| events.iter().position(|other| *other == event).unwrap();
    assert!(at("key-attested") < at("signing"), "{events:?}");
    scene.run(&["audit", "verify"]).ends(0);

    // Whoever may write the roots decides what is trusted.
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(home.join("roots.pem"), std::fs::Permissions::from_mode(0o666)).unwrap();
    let run = create("open", "root").ends(3);
    assert!(run.stderr.contains("wanted no write permission for group and others"), "{run:#?}");
    std::fs::remove_file(home.join("roots.pem")).unwrap();
    create("gone", "root").ends(3);
}

#[test]
fn every_way_to_a_ca_takes_the_attestation_of_its_key_along() {
    let scene = Scene::new("attest-ways", PIV_KEY);
    let path = |name: &str| scene.tokens.path().join(name).display().to_string();
    let roots = scene.roots();
    let demand = |out: &str| {
        ["--attestation-roots", &roots, "--attestation-out", &path(out), "--json"].map(str::to_owned).to_vec()
    };
    let run_in = |home: &str, arguments: &[&str], out: &str| {
        let demand = demand(out);
        let all: Vec<&str> = arguments.iter().copied().chain(demand.iter().map(String::as_str)).collect();
        scene.run_in(Path::new(&path(home)), &all)
    };
    let attested = |home: &str| {
        let listed =
            scene.run_in(Path::new(&path(home)), &["audit", "list", "--event", "key-attested", "--json"]);
        listed.ends(0).json()["entries"].as_array().unwrap().len()
    };
    let (key, bare) = (scene.key(), scene.tokens.key_uri("bare"));
    scene.run(&["key", "generate", &bare, "--algorithm", "ec-p256"]).ends(0);

    let (certificate, csr) = (path("root.pem"), path("sub.csr"));
    let create = ["ca", "create", "root", "--key", &key, "--subject", "C=AT,O=Example,CN=Root"];
    let made = run_in("home", &[&create[..], &["--out", &certificate]].concat(), "create.pem").ends(0).json();
    assert_eq!(made["attestation_written"], path("create.pem"));
    assert_eq!(attested("home"), 1);

    // In homes of their own: one key is the key of one CA.
    scene.run(&["init", &path("second")]).ends(0);
    let adopt = ["ca", "adopt", "root", "--key", &key, "--certificate", &certificate];
    let adopted = run_in("second", &adopt, "adopt.pem").ends(0).json();
    assert_eq!(adopted["attestation"]["firmware"], "5.7.4");
    assert_eq!(attested("second"), 1);

    scene.run(&["init", &path("third")]).ends(0);
    let request =
        ["ca", "request", "sub", "--key", &key, "--subject", "C=AT,O=Example,CN=Sub", "--out", &csr];
    let asked = run_in("third", &request, "request.pem").ends(0).json();
    assert_eq!(asked["attestation"]["origin"], "generated");
    assert_eq!(attested("third"), 1);
    for name in ["adopt.pem", "request.pem"] {
        assert_eq!(std::fs::read(path(name)).unwrap(), std::fs::read(path("create.pem")).unwrap());
    }

    // A key that nobody attests becomes no CA, and nothing is written.
    scene.run(&["init", &path("fourth")]).ends(0);
    let create = ["ca", "create", "bare", "--key", &bare, "--subject", "C=AT,O=Example,CN=Bare"];
    let other = path("bare.pem");
    run_in("fourth", &[&create[..], &["--out", &other]].concat(), "none.pem").ends(1);
    assert_eq!(attested("fourth"), 0);
    assert!(![other, path("none.pem")].iter().any(|name| Path::new(name).exists()));
    let cas = scene.run_in(Path::new(&path("fourth")), &["ca", "list", "--json"]).ends(0).json();
    assert_eq!(cas["cas"].as_array().map(Vec::len), Some(0), "{cas}");
}
