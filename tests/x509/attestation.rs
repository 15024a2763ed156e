//! Attestations: of real devices, and of hierarchies in which one thing is wrong.

use keyrite::x509::attestation::{
    Attestation, AttestationCertificate, AttestationError, Device, Firmware, Origin, PinPolicy, Roots,
    TouchPolicy, verify,
};
use keyrite::x509::pem;
use keyrite::x509::spki::PublicKey;

use super::support::{CA, PIV_DEVICE, PIV_KEY, Vendor, hsm_key};

/// A certificate of a real device.
pub(crate) fn vector(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/vectors/attestation/{name}.pem", env!("CARGO_MANIFEST_DIR"));
    pem::one(&std::fs::read(path).unwrap(), &["CERTIFICATE"]).unwrap()
}

fn key_of(certificate: &[u8]) -> PublicKey {
    AttestationCertificate::from_der(certificate).unwrap().public_key().unwrap()
}

fn roots(all: &[Vec<u8>]) -> Roots {
    let text: String = all.iter().map(|der| pem::encode("CERTIFICATE", der)).collect();
    Roots::read(text.as_bytes()).unwrap()
}

/// An error with its causes in one line.
fn told(error: &dyn std::error::Error) -> String {
    let cause = error.source().map_or_else(String::new, |cause| format!(": {}", told(cause)));
    format!("{error}{cause}")
}

fn said(result: Result<Attestation, AttestationError>) -> String {
    told(&result.unwrap_err())
}

#[test]
fn the_attestation_of_a_real_yubikey_is_read_and_verified() {
    let [key, device, root] = ["yubikey-key", "yubikey-device", "yubikey-root"].map(vector);
    let shown = [device.clone(), key.clone()];
    let found = verify(&key_of(&key), &roots(std::slice::from_ref(&root)), &shown).unwrap();
    let statement = &found.statement;
    assert_eq!(statement.device, Some(Device::YubiKeyPiv));
    assert_eq!(statement.serial, Some(15_422_467));
    assert_eq!(statement.firmware, Some(Firmware(5, 2, 7)));
    assert_eq!(statement.origin, Origin::Generated);
    assert_eq!(statement.pin_policy, Some(PinPolicy::Always));
    assert_eq!(statement.touch_policy, Some(TouchPolicy::Never));
    assert_eq!(statement.form_factor, Some(3));
    let path: Vec<&[u8]> = found.path.iter().map(AttestationCertificate::as_der).collect();
    assert_eq!(path, [key.as_slice(), &device, &root]);
    assert_eq!(found.path[0].subject().to_string(), "CN=YubiKey PIV Attestation 9c");
    assert_eq!(found.path[0].not_after().to_string(), "2052-04-17T00:00:00Z");
}

#[test]
fn the_attestation_of_a_real_yubihsm_is_read_and_verified() {
    let [key, device, intermediate, root] =
        ["yubihsm-key", "yubihsm-device", "yubihsm-intermediate", "yubihsm-root"].map(vector);
    let shown = [key.clone(), device.clone()];
    // Yubico publishes the intermediate, and no device holds it.
    let found = verify(&key_of(&key), &roots(&[intermediate.clone(), root.clone()]), &shown).unwrap();
    let statement = &found.statement;
    assert_eq!(statement.device, Some(Device::YubiHsm));
    assert_eq!(statement.serial, Some(34_331_133));
    assert_eq!(statement.firmware, Some(Firmware(2, 4, 1)));
    assert_eq!(statement.origin, Origin::Generated);
    assert_eq!((statement.pin_policy, statement.touch_policy), (None, None));
    assert_eq!(statement.domains.as_deref(), Some(&[1][..]));
    // sign-eddsa
    assert_eq!(statement.capabilities, Some(1 << 8));
    assert_eq!(statement.object_id, Some(3));
    assert_eq!(statement.label.as_deref(), Some(""));
    assert_eq!(found.path.len(), 4);

    assert_eq!(
        said(verify(&key_of(&key), &roots(&[root]), &shown)),
        "the attestation CN=YubiHSM Attestation id:0x0003 does not verify: no certificate of \
         CN=Yubico YubiHSM 6742036 Sub-CA is there, which issued that of CN=YubiHSM Attestation (34331133)"
    );
    assert_eq!(
        said(verify(&key_of(&key), &roots(&[vector("yubikey-root")]), &[key])),
        "the attestation CN=YubiHSM Attestation id:0x0003 does not verify: no certificate of \
         CN=YubiHSM Attestation (34331133) is there, which issued that of CN=YubiHSM Attestation id:0x0003"
    );
}

#[test]
fn every_octet_of_a_path_counts() {
    let [key, device, root] = ["yubikey-key", "yubikey-device", "yubikey-root"].map(vector);
    let (wanted, roots) = (key_of(&key), roots(&[root]));
    for (at, certificate) in [&key, &device].into_iter().enumerate() {
        for octet in (0..certificate.len()).step_by(23) {
            let mut changed = certificate.clone();
            changed[octet] ^= 0x04;
            let shown = if at == 0 { [changed, device.clone()] } else { [key.clone(), changed] };
            assert!(verify(&wanted, &roots, &shown).is_err(), "octet {octet} of certificate {at}");
        }
    }
}

/// A device with one attested key.
struct Scene {
    vendor: Vendor,
}

impl Scene {
    fn new(extensions: &str) -> Self {
        Self::of(Vendor::with_device(), extensions)
    }

    fn of(vendor: Vendor, extensions: &str) -> Self {
        vendor.key("own");
        vendor.attest("attestation", "YubiKey PIV Attestation 9c", "own.pub", "device", extensions);
        Self { vendor }
    }

    fn own(&self) -> PublicKey {
        let text = std::fs::read(self.vendor.bench.path("own.pub")).unwrap();
        PublicKey::from_spki_der(&pem::one(&text, &["PUBLIC KEY"]).unwrap()).unwrap()
    }

    fn roots(&self, names: &[&str]) -> Roots {
        roots(&names.iter().map(|name| self.vendor.der(name)).collect::<Vec<_>>())
    }

    fn shown(&self, names: &[&str]) -> Vec<Vec<u8>> {
        names.iter().map(|name| self.vendor.der(name)).collect()
    }

    fn verdict(&self, shown: &[&str]) -> Result<Attestation, AttestationError> {
        verify(&self.own(), &self.roots(&["root"]), &self.shown(shown))
    }
}

#[test]
fn an_attestation_is_found_by_its_key_whatever_else_the_token_holds() {
    let scene = Scene::new(PIV_KEY);
    // The CA's own certificates for the key: self-signed, and by a CA that has nothing to do with the vendor.
    scene.vendor.bench.openssl_ok(&[
        "x509",
        "-new",
        "-subj",
        "/CN=Our Root",
        "-signkey",
        "own.key",
        "-out",
        "self.pem",
    ]);
    scene.vendor.root("ours", "Our Other Root");
    scene.vendor.attest("cross", "Our Root", "own.pub", "ours", CA);
    scene.vendor.issue("other", "YubiKey PIV Attestation 9a", "device", PIV_KEY);
    let mut shown = scene.shown(&["self", "cross", "other", "root", "device", "device", "attestation"]);
    let half = shown[6].len() / 2;
    let (truncated, long) = (shown[6][..half].to_vec(), [shown[6].clone(), vec![0]].concat());
    shown.extend([truncated, long, Vec::new(), vec![0x30], vec![0xff; 20_480], vec![0x30; 20_480]]);
    let found = verify(&scene.own(), &scene.roots(&["root"]), &shown).unwrap();
    assert_eq!(found.path.len(), 3);
    assert_eq!(found.public_key, scene.own());
    assert_eq!(found.statement.serial, Some(12_345_678));
    assert_eq!(found.statement.touch_policy, Some(TouchPolicy::Cached));

    assert_eq!(
        said(verify(&scene.own(), &scene.roots(&["root"]), &shown[..6])),
        "none of the 6 certificates that the token shows attests the key; 2 of the key itself have no path to \
         the roots"
    );
    assert_eq!(
        said(verify(&scene.own(), &scene.roots(&["root"]), &shown[7..])),
        "none of the 6 certificates that the token shows attests the key; 6 cannot be read"
    );
    assert_eq!(
        said(verify(&scene.own(), &scene.roots(&["root"]), &[])),
        "the token shows no certificate at all"
    );
    assert_eq!(
        said(scene.verdict(&["other"])),
        "the one certificate that the token shows does not attest the key"
    );
}

#[test]
fn an_attestation_may_come_in_the_file_of_the_roots() {
    let scene = Scene::new(PIV_KEY);
    let roots = scene.roots(&["attestation", "root", "device"]);
    assert_eq!(verify(&scene.own(), &roots, &[]).unwrap().path.len(), 3);
}

#[test]
fn many_certificates_of_one_name_are_tried_until_one_fits() {
    let scene = Scene::new(PIV_KEY);
    let mut names = Vec::new();
    for number in 0..12 {
        let name = format!("device-{number}");
        scene.vendor.issue(&name, "Vendor PIV Attestation", "root", PIV_DEVICE);
        names.push(name);
    }
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.extend(["device", "attestation"]);
    assert_eq!(scene.verdict(&names).unwrap().path.len(), 3);
    names.retain(|name| *name != "device");
    assert_eq!(
        said(scene.verdict(&names)),
        "the attestation CN=YubiKey PIV Attestation 9c does not verify: the certificate of \
         CN=YubiKey PIV Attestation 9c was not signed by the key of CN=Vendor PIV Attestation: the signature \
         does not verify under the ec-p256 key"
    );
}

#[test]
fn a_root_of_the_same_name_is_another_one() {
    let scene = Scene::new(PIV_KEY);
    scene.vendor.root("impostor", "Vendor Root");
    let shown = scene.shown(&["attestation", "device"]);
    assert_eq!(
        said(verify(&scene.own(), &scene.roots(&["impostor"]), &shown)),
        "the attestation CN=YubiKey PIV Attestation 9c does not verify: the certificate of \
         CN=Vendor PIV Attestation was not signed by the key of CN=Vendor Root: the signature does not verify \
         under the ec-p256 key"
    );
    // A vendor renews its root under the same name: both are given, and either order does.
    for names in [["impostor", "root"], ["root", "impostor"]] {
        assert!(verify(&scene.own(), &scene.roots(&names), &shown).is_ok());
    }
}

#[test]
fn an_intermediate_that_nobody_has_is_named() {
    let scene = Scene::new(PIV_KEY);
    assert_eq!(
        said(scene.verdict(&["attestation"])),
        "the attestation CN=YubiKey PIV Attestation 9c does not verify: no certificate of \
         CN=Vendor PIV Attestation is there, which issued that of CN=YubiKey PIV Attestation 9c"
    );
}

#[test]
fn a_key_that_was_not_born_in_the_device_is_found_out() {
    for (origin, capabilities, wanted) in [
        ("01", "0000000000000080", ""),
        ("02", "0000000000000080", "the origin of the key is: imported, wanted: generated"),
        ("11", "0000000000000080", "the origin of the key is: generated, wrapped, wanted: generated"),
        ("12", "0000000000000080", "the origin of the key is: imported, wrapped, wanted: generated"),
        ("07", "0000000000000080", "the origin of the key is: unclear, wanted: generated"),
        (
            "01",
            "0000000000010080",
            "the key has the capability exportable-under-wrap: it can leave the device",
        ),
    ] {
        let scene = Scene::new(&hsm_key(origin, capabilities));
        let verdict = scene.verdict(&["attestation", "device"]);
        if wanted.is_empty() {
            let statement = verdict.unwrap().statement;
            assert_eq!(statement.label.as_deref(), Some("root"));
            assert_eq!(statement.device, Some(Device::YubiHsm));
        } else {
            assert_eq!(said(verdict), format!("the attestation verifies, but {wanted}"));
        }
        // Beside an attestation that has nothing against the key it is found as well.
        scene.vendor.attest("second", "YubiHSM Attestation id:0x0004", "own.pub", "device", "");
        let both = scene.verdict(&["second", "attestation", "device"]);
        assert_eq!(both.is_ok(), wanted.is_empty());
    }
    // The fields of a YubiHSM without the one that tells the origin.
    let scene = Scene::new("1.3.6.1.4.1.41482.4.6=DER:020103\n");
    assert_eq!(
        said(scene.verdict(&["attestation", "device"])),
        "the attestation verifies, but the origin of the key is: unclear, wanted: generated"
    );
    // OpenPGP attests imported keys as well.
    let scene = Scene::new("1.3.6.1.4.1.41482.5.2=DER:020100\n");
    assert_eq!(
        said(scene.verdict(&["attestation", "device"])),
        "the attestation verifies, but the origin of the key is: imported, wanted: generated"
    );
}

#[test]
fn another_maker_attests_no_more_than_the_key() {
    let scene = Scene::new("subjectKeyIdentifier=hash\n");
    let statement = scene.verdict(&["attestation", "device"]).unwrap().statement;
    assert_eq!(statement, keyrite::x509::attestation::Statement::default());
    assert_eq!(statement.origin, Origin::Unknown);
}

#[test]
fn fields_that_cannot_be_read_are_unknown() {
    let scene = Scene::new(
        "1.3.6.1.4.1.41482.3.3=DER:0507\n1.3.6.1.4.1.41482.3.7=DER:0c0131\n1.3.6.1.4.1.41482.3.8=DER:0900\n",
    );
    let statement = scene.verdict(&["attestation", "device"]).unwrap().statement;
    assert_eq!(statement.device, Some(Device::YubiKeyPiv));
    assert_eq!((statement.firmware, statement.serial), (None, None));
    assert_eq!((statement.pin_policy, statement.touch_policy), (None, None));
}

/// The owner of an attested key signs what looks like the attestation of another key, one in software.
#[test]
fn an_attested_key_attests_nothing_itself() {
    let subject = "CN=YubiKey PIV Attestation 9a";
    let bare = "1.3.6.1.4.1.41482.3.3=DER:050704\n";
    let open = "1.3.6.1.4.1.41482.3.3=DER:050704\nbasicConstraints=critical,CA:TRUE\n";
    for (device, genuine, wanted) in [
        (
            PIV_DEVICE,
            PIV_KEY,
            format!("the certificate of {subject} attests a key and cannot be that of a device"),
        ),
        (open, PIV_KEY, format!("the certificate of {subject} attests a key and cannot be that of a device")),
        (bare, PIV_KEY, format!("the certificate of {subject} attests a key and cannot be that of a device")),
        // Not even when the genuine one had no marks of its own.
        (
            open,
            "",
            format!("the certificate of {subject} is not one of a CA: basicConstraints do not say so"),
        ),
        (
            bare,
            "",
            format!("the certificate of {subject} is not one of a CA: basicConstraints do not say so"),
        ),
        (
            bare,
            "1.3.6.1.4.1.41482.3.3=DER:050704\n",
            format!("the certificate of {subject} is not one of a CA: basicConstraints do not say so"),
        ),
        (
            PIV_DEVICE,
            CA,
            "the certificate of CN=Vendor PIV Attestation allows 0 CAs below it, and there are 1".to_owned(),
        ),
    ] {
        let vendor = Vendor::new();
        vendor.root("root", "Vendor Root");
        vendor.issue("device", "Vendor PIV Attestation", "root", device);
        vendor.issue("genuine", "YubiKey PIV Attestation 9a", "device", genuine);
        vendor.key("own");
        vendor.attest("attestation", "YubiKey PIV Attestation 9c", "own.pub", "genuine", PIV_KEY);
        let scene = Scene { vendor };
        assert_eq!(
            said(scene.verdict(&["attestation", "genuine", "device"])),
            format!("the attestation CN=YubiKey PIV Attestation 9c does not verify: {wanted}")
        );
    }
}

#[test]
fn a_device_without_basic_constraints_stands_directly_below_the_root() {
    let bare = "1.3.6.1.4.1.41482.3.3=DER:050200\n";
    let vendor = Vendor::new();
    vendor.root("root", "Vendor Root");
    vendor.issue("device", "Vendor PIV Attestation", "root", bare);
    assert_eq!(Scene::of(vendor, PIV_KEY).verdict(&["attestation", "device"]).unwrap().path.len(), 3);

    let refused = "the attestation CN=YubiKey PIV Attestation 9c does not verify: the certificate of \
                   CN=Vendor PIV Attestation is not one of a CA: basicConstraints do not say so";
    let vendor = Vendor::new();
    vendor.root("root", "Vendor Root");
    vendor.issue("between", "Vendor Sub-CA", "root", CA);
    vendor.issue("device", "Vendor PIV Attestation", "between", bare);
    assert_eq!(said(Scene::of(vendor, PIV_KEY).verdict(&["attestation", "device", "between"])), refused);
    for extensions in ["", "basicConstraints=critical,CA:FALSE\n1.3.6.1.4.1.41482.3.3=DER:050200\n"] {
        let vendor = Vendor::new();
        vendor.root("root", "Vendor Root");
        vendor.issue("device", "Vendor PIV Attestation", "root", extensions);
        assert_eq!(said(Scene::of(vendor, PIV_KEY).verdict(&["attestation", "device"])), refused);
    }
}

#[test]
fn what_an_issuer_lacks_is_named() {
    for (device, key, wanted) in [
        (
            "basicConstraints=critical,CA:TRUE\nkeyUsage=digitalSignature\n",
            PIV_KEY,
            "the certificate of CN=Vendor PIV Attestation does not allow keyCertSign",
        ),
        (
            "basicConstraints=critical,CA:TRUE\nnameConstraints=critical,permitted;DNS:example.test\n",
            PIV_KEY,
            "the certificate of CN=Vendor PIV Attestation has the critical extension nameConstraints, which is \
             not understood here",
        ),
        (
            PIV_DEVICE,
            "1.2.3.4=critical,DER:0500\n1.3.6.1.4.1.41482.3.8=DER:0101\n",
            "the certificate of CN=YubiKey PIV Attestation 9c has the critical extension 1.2.3.4, which is not \
             understood here",
        ),
    ] {
        let vendor = Vendor::new();
        vendor.root("root", "Vendor Root");
        vendor.issue("device", "Vendor PIV Attestation", "root", device);
        assert_eq!(
            said(Scene::of(vendor, key).verdict(&["attestation", "device"])),
            format!("the attestation CN=YubiKey PIV Attestation 9c does not verify: {wanted}")
        );
    }
}

#[test]
fn a_signature_over_sha_1_is_refused_by_its_name() {
    let scene = Scene::new(PIV_KEY);
    let subject = "YubiKey PIV Attestation 9c";
    scene.vendor.attest_with("attestation", subject, "own.pub", "device", PIV_KEY, "-sha1");
    assert_eq!(
        said(scene.verdict(&["attestation", "device"])),
        "the attestation CN=YubiKey PIV Attestation 9c does not verify: the certificate of \
         CN=YubiKey PIV Attestation 9c was not signed by the key of CN=Vendor PIV Attestation: unsupported \
         signature algorithm: ECDSA with SHA-1, which is broken"
    );
}

#[test]
fn certificates_that_issued_each_other_end_the_search() {
    let vendor = Vendor::new();
    vendor.root("root", "Vendor Root");
    for name in ["one", "two", "device"] {
        vendor.key(name);
    }
    // Each by the other: first by itself, to have something to issue with.
    for (name, subject) in [("one", "One"), ("two", "Two"), ("device", "Vendor PIV Attestation")] {
        vendor.attest(name, subject, &format!("{name}.pub"), name, CA);
    }
    vendor.attest("one-by-two", "One", "one.pub", "two", CA);
    vendor.attest("two-by-one", "Two", "two.pub", "one", CA);
    vendor.attest("device-by-one", "Vendor PIV Attestation", "device.pub", "one", CA);
    let scene = Scene::of(vendor, PIV_KEY);
    let error = said(scene.verdict(&["attestation", "device-by-one", "one-by-two", "two-by-one", "device"]));
    assert_eq!(
        error,
        "the attestation CN=YubiKey PIV Attestation 9c does not verify: no certificate of CN=One is there, \
         which issued that of CN=Two"
    );
}

#[test]
fn a_path_has_an_end() {
    let vendor = Vendor::new();
    vendor.root("root", "Vendor Root");
    let mut above = "root".to_owned();
    for number in 0..8 {
        let name = format!("ca-{number}");
        vendor.issue(&name, &format!("CA {number}"), &above, CA);
        above = name;
    }
    vendor.issue("device", "Vendor PIV Attestation", &above, CA);
    let scene = Scene::of(vendor, PIV_KEY);
    let names: Vec<String> = (0..8).map(|number| format!("ca-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).chain(["device", "attestation"]).collect();
    assert_eq!(
        said(scene.verdict(&names)),
        "the attestation CN=YubiKey PIV Attestation 9c does not verify: the path is longer than 6 certificates"
    );
}

#[test]
fn a_key_does_not_attest_itself() {
    let scene = Scene::new(PIV_KEY);
    // Signed by the key under another name, which its own certificate bears.
    scene.vendor.attest("own", "Vendor PIV Attestation", "own.pub", "device", CA);
    scene.vendor.attest("attestation", "YubiKey PIV Attestation 9c", "own.pub", "own", PIV_KEY);
    assert_eq!(
        said(scene.verdict(&["attestation", "own"])),
        "the attestation CN=YubiKey PIV Attestation 9c does not verify: the certificate of \
         CN=Vendor PIV Attestation names the attested key itself as the issuer"
    );
}

#[test]
fn a_serial_number_may_be_negative() {
    let vendor = Vendor::with_device();
    vendor.key("own");
    vendor.bench.write("negative.cnf", PIV_KEY);
    vendor.bench.openssl_ok(&[
        "x509",
        "-new",
        "-subj",
        "/CN=YubiKey PIV Attestation 9c",
        "-force_pubkey",
        "own.pub",
        "-days",
        "9000",
        "-CA",
        "device.pem",
        "-CAkey",
        "device.key",
        "-extfile",
        "negative.cnf",
        "-set_serial",
        "-0x1234567890abcdef1234567890abcdef",
        "-out",
        "attestation.pem",
    ]);
    let scene = Scene { vendor };
    let shown = scene.shown(&["attestation", "device"]);
    assert!(keyrite::x509::certificate::Certificate::from_der(&shown[0]).is_err());
    assert!(scene.verdict(&["attestation", "device"]).is_ok());
}

#[test]
fn a_file_of_roots_has_a_root_in_it() {
    let vendor = Vendor::with_device();
    vendor.key("alien");
    vendor.attest("alien", "Vendor Root", "alien.pub", "root", CA);
    vendor.key("old");
    vendor.attest_with("old", "Old Root", "old.pub", "old", CA, "-sha1");
    let read = |names: &[&str]| {
        let path = vendor.bundle("roots.pem", names);
        Roots::read(&std::fs::read(path).unwrap()).map_err(|error| told(&error))
    };
    let both = read(&["device", "root", "root"]).unwrap();
    assert_eq!((both.anchors().len(), both.intermediates().len()), (1, 1));
    assert_eq!(
        read(&["device"]).unwrap_err(),
        "there is no root in it: one of the certificates must be signed by its own key"
    );
    assert_eq!(
        read(&["root", "alien"]).unwrap_err(),
        "certificate 2 in it, of CN=Vendor Root, is not signed by its own key: the signature does not verify \
         under the ec-p256 key"
    );
    assert_eq!(
        read(&["old"]).unwrap_err(),
        "certificate 1 in it, of CN=Old Root, is not signed by its own key: unsupported signature algorithm: \
         ECDSA with SHA-1, which is broken"
    );
    assert_eq!(
        Roots::read(b"nothing").unwrap_err().to_string(),
        "neither DER nor PEM: no -----BEGIN line was found"
    );
    let broken = pem::encode("CERTIFICATE", &vendor.der("root")[..200]);
    let error = told(&Roots::read(broken.as_bytes()).unwrap_err());
    assert!(error.starts_with("certificate 1 in it cannot be read: not a certificate: "), "{error}");
    let many: String = (0..101).map(|_| pem::encode("CERTIFICATE", &vendor.der("root"))).collect();
    assert_eq!(Roots::read(many.as_bytes()).unwrap_err().to_string(), "101 certificates, wanted at most 100");
}
