//! The attestation of a root's key, which the vendor of its device has made.

use keyrite::evidence::Memory;

use crate::scene::{ANSWERS, SCRIPT, Scene, files, findings};
use crate::vendor::{PIV_KEY, Vendor};

const STEP: &str = "[[section.step]]\ndo = \"export-attestation\"\ntoken = \"root-token\"\nkey = \"root-g1\"\nroots = \"vendor.pem\"\n";

/// The small ceremony up to its root, and the attestation of its key.
fn scene(vendor: &Vendor) -> Scene {
    let scene = Scene::new();
    let end = SCRIPT.find("[[section.step]]\ndo = \"request\"").unwrap();
    scene.write("script.toml", &format!("{}{STEP}", &SCRIPT[..end]));
    let roots = std::fs::read_to_string(vendor.bundle("roots.pem", &["root"])).unwrap();
    scene.write("vendor.pem", &roots);
    scene
}

/// Has the vendor attest the key that the ceremony has made, and puts that into the token.
fn attest(scene: &Scene, vendor: &Vendor) {
    let public = vendor.bench.path("own.pub");
    let source = scene.tokens().pin_source();
    let key = "pkcs11:token=root-g1;object=root-g1";
    scene.done(&["--pin-source", &source, "key", "show", key, "--public-out", public.to_str().unwrap()]);
    vendor.attest("attestation", "YubiKey PIV Attestation 9c", "own.pub", "device", PIV_KEY);
    for name in ["attestation", "device"] {
        vendor.der(name);
        let written = scene
            .tokens()
            .pkcs11_tool()
            .arg("--write-object")
            .arg(vendor.bench.path(&format!("{name}.der")))
            .args(["--type", "cert", "--label", name])
            .output()
            .unwrap();
        assert!(written.status.success(), "{written:?}");
    }
}

#[test]
fn an_attestation_is_exported_and_verified_from_the_bundle() {
    let vendor = Vendor::with_device();
    let scene = scene(&vendor);
    let plan = scene.plan();
    // Without one the step is not done, and nothing is lost by that.
    let ended = scene.keyrite(&Scene::run(&plan));
    assert_ne!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("step 1.3 is not done"), "{}", ended.stderr);
    attest(&scene, &vendor);
    scene.write("answers.toml", ANSWERS);
    scene.done(Scene::RESUME);
    let proven = scene.proven();
    assert!(proven.contains("good        yes\n"), "{proven}");
    let bundle = Memory(files(&scene.path("bundle")));
    let transcript = String::from_utf8(bundle.0["transcript.jsonl"].clone()).unwrap();
    assert!(transcript.contains("YubiKey (PIV)"), "{transcript}");
    // The attestation of another key, though everything else agrees.
    let mut changed = bundle;
    let device = vendor.bench.path("device.pem");
    changed.0.insert("outputs/attestation-1.3.pem".to_owned(), std::fs::read(device).unwrap());
    let found = findings(&changed);
    let wanted = "step 1.3 has no attestation of the key \"root-g1\"";
    assert!(found.iter().any(|one| one.contains(wanted)), "{found:#?}");
}

#[test]
fn a_rehearsal_has_no_vendor() {
    let vendor = Vendor::with_device();
    let scene = scene(&vendor);
    scene.done(&["ceremony", "rehearse", "script.toml", "--answers", "answers.toml", "--out", "bundle"]);
    let proven = scene.done(&["ceremony", "verify", "bundle"]);
    assert!(proven.contains("good        yes\n"), "{proven}");
    assert!(scene.read("bundle/transcript.jsonl").contains("nothing was exported"));
}
