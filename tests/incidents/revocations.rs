//! CRLs, and what is said of status.

use keyrite::authority::crl::{self, CrlDraft, CrlPlan};
use keyrite::authority::{Authority, Error, Issuer};
use keyrite::lint::{self, CrlContext, CrlLintError, IssuerFacts};
use keyrite::store::{self, CrlScope, Revocation, Settlement};
use keyrite::x509::crl::{Crl, CrlFields, RevokedCertificate};
use keyrite::x509::extension::{
    Covers, CrlDistributionPoints, CrlNumber, Extension, IssuingDistributionPoint, ReasonCode, Value,
};
use keyrite::x509::ocsp::CertStatus;
use keyrite::x509::time::Time;

use crate::home::Home;
use crate::scene::{ALGORITHM, At, Scene, at, crl_der, serial};
use crate::support::fault_module;

const DAY: i64 = 86_400;

fn draft(scene: &mut Scene, this_update: Time, next_update: Time) -> Result<CrlDraft, Error> {
    let ca = scene.store.ca(&scene.ca()).unwrap();
    let authority = Authority::of(&ca, None).unwrap();
    crl::draft(&mut scene.store, &authority, &CrlPlan::full(this_update, next_update), 0, &mut |_| {})
}

fn issue(scene: &mut Scene, this_update: i64) -> Crl {
    let drafted = draft(scene, at(this_update), at(this_update + DAY)).unwrap();
    let ca = scene.store.ca(&scene.ca()).unwrap();
    let authority = Authority::of(&ca, None).unwrap();
    let mut issuer = Issuer::join(&authority, &mut scene.key).unwrap();
    let issued = crl::issue(&mut scene.store, &mut issuer, drafted, &At(at(this_update))).unwrap();
    Crl::from_der(&crl_der(&scene.store, &issued)).unwrap()
}

fn revoke(scene: &mut Scene, number: u32, reason: Option<ReasonCode>, now: i64) {
    let said = Revocation { reason, date: at(now), invalidity_date: None };
    let ca = scene.ca();
    scene.store.revoke(&ca, &serial(number), said, at(now)).unwrap();
}

fn numbers(crl: &Crl) -> Vec<String> {
    crl.revoked().iter().map(|entry| entry.serial.to_string()).collect()
}

/// I-08: a ceremony tool took a CRL of a year and a second for one of a year, and one that ended when it began for a CRL (Boulder).
#[test]
fn i08_the_length_of_a_crl_counts_both_its_ends() {
    let mut scene = Scene::new();
    let longest = at(100 + 366 * DAY - 1);
    assert!(draft(&mut scene, at(100), longest).is_ok());
    for next_update in [at(100), at(99), longest.plus_seconds(1).unwrap()] {
        let error = draft(&mut scene, at(100), next_update).unwrap_err();
        assert!(matches!(error, Error::Lint(_)), "{next_update}: {error}");
    }
}

/// I-17: the CRL of a root was published as PEM, which relying parties do not read (Amazon, Mozilla bug 1914893).
#[test]
fn i17_a_crl_that_is_fetched_is_in_der() {
    let home = Home::template();
    assert!(std::fs::read(home.path("first.crl")).unwrap().starts_with(&[0x30, 0x82]));
    std::fs::create_dir(home.path("www")).unwrap();
    home.done(&["crl", "issue", "--ca", "root", "--format", "pem", "--out", "second.pem"]);
    home.done(&["publish", "www"]);
    let published = std::fs::read(home.path("www/root.crl")).unwrap();
    assert_eq!(Crl::from_der(&published).unwrap().number(), Some(CrlNumber(2)));
    // Whoever puts the PEM there is told.
    std::fs::copy(home.path("second.pem"), home.path("www/root.crl")).unwrap();
    let run = home.keyrite(&["publish", "--check", "www"], "");
    assert!(run.code == Some(1) && run.stdout.contains("root.crl: it is no CRL"), "{run:#?}");
}

/// I-20: certificates fell off CRLs before they had expired when the CRLs were divided (Let's Encrypt and Certainly, Mozilla bugs
/// 1954861 and 1954889).
#[test]
fn i20_an_entry_leaves_only_after_a_crl_has_named_it_past_its_end() {
    let mut scene = Scene::new();
    scene.issue_until(1, at(150));
    scene.issue(2);
    revoke(&mut scene, 1, None, 20);
    let wanted = [serial(1).to_string()];
    assert_eq!(numbers(&issue(&mut scene, 100)), wanted);
    assert_eq!(numbers(&issue(&mut scene, 200)), wanted, "once more after its end");
    assert_eq!(numbers(&issue(&mut scene, 300)), Vec::<String>::new());
    // An entry that vanishes otherwise is refused, and nothing is numbered.
    revoke(&mut scene, 2, None, 310);
    issue(&mut scene, 320);
    scene.raw().execute("UPDATE revocation SET ended_revision = 99 WHERE retired_by IS NULL", []).unwrap();
    let error = draft(&mut scene, at(400), at(400 + DAY)).unwrap_err();
    assert!(matches!(error, Error::Succession { .. }), "{error}");
}

/// I-21: a certificate was revoked again, for a compromised key, and the CRL went on with the first reason (Let's Encrypt, 2025).
#[test]
fn i21_a_key_compromise_that_is_told_later_reaches_the_next_crl() {
    let mut scene = Scene::new();
    scene.issue(1);
    revoke(&mut scene, 1, Some(ReasonCode::Superseded), 20);
    assert_eq!(issue(&mut scene, 100).revoked()[0].reason, Some(ReasonCode::Superseded));
    revoke(&mut scene, 1, Some(ReasonCode::KeyCompromise), 120);
    let entry = issue(&mut scene, 200).revoked()[0].clone();
    assert_eq!((entry.reason, entry.revocation_date), (Some(ReasonCode::KeyCompromise), at(20)));
}

/// I-22: an interface took numbers for reasons, and revocations went out with 0 and 5 instead of 4 (Actalis, Mozilla bug 1914419).
#[test]
fn i22_a_reason_is_a_word_and_unspecified_is_none() {
    let home = Home::template();
    for refused in ["4", "0", "unused", "remove-from-crl"] {
        let run = home.keyrite(&["revoke", "www.pem", "--ca", "root", "--reason", refused], "");
        assert_eq!(run.code, Some(2), "{run:#?}");
    }
    home.done(&["revoke", "www.pem", "--ca", "root", "--reason", "unspecified"]);
    home.done(&["crl", "issue", "--ca", "root", "--out", "next.crl"]);
    let (_, said) = home.openssl(&["crl", "-inform", "DER", "-in", "next.crl", "-noout", "-text"]);
    assert!(said.contains("Superseded") && !said.contains("Unspecified"), "{said}");
    assert_eq!(said.matches("X509v3 CRL Reason Code").count(), 1, "{said}");
}

/// I-23: divided CRLs had no issuingDistributionPoint, or one that was not the place in the certificates (CA/B ballot SC-58);
/// another program left it out in silence when it could not be encoded (step-ca).
#[test]
fn i23_the_place_in_a_crl_is_that_in_its_certificates_octet_for_octet() {
    let mut scene = Scene::new();
    let uris = vec!["http://pki.example.test/users-0.crl".to_owned()];
    let scope = |uris: &[String]| CrlScope {
        distribution: Some(IssuingDistributionPoint { uris: uris.to_vec(), covers: Covers::Users }),
        of_one_point: true,
    };
    let ca = scene.store.ca(&scene.ca()).unwrap();
    let authority = Authority::of(&ca, None).unwrap();
    let mut plan = CrlPlan { scope: scope(&uris), ..CrlPlan::full(at(100), at(DAY)) };
    let drafted = crl::draft(&mut scene.store, &authority, &plan, 0, &mut |_| {}).unwrap();
    let point = Value::CrlDistributionPoints(CrlDistributionPoints(uris)).to_der().unwrap();
    // Below DistributionPoints and DistributionPoint, what both of them hold: distributionPoint [0].
    let name = &point[4..];
    let found =
        drafted.extensions().iter().find(|one| matches!(one.value, Value::IssuingDistributionPoint(_)));
    let found = found.unwrap();
    assert!(found.critical);
    let der = found.value.to_der().unwrap();
    assert!(der.windows(name.len()).any(|window| window == name), "{}", hex::encode(der));
    // What cannot be encoded is an error.
    plan.scope = scope(&["http://pki.example.test/\u{fc}.crl".to_owned()]);
    assert!(crl::draft(&mut scene.store, &authority, &plan, 0, &mut |_| {}).is_err());
}

/// I-24: several servers each made the CRL after the newest that they knew (step-ca issue 1351), and numbers went back after a
/// signature that was not stored (EJBCA).
#[test]
fn i24_no_number_is_taken_twice_whoever_asks_and_whatever_crashes() {
    let mut scene = Scene::new();
    let [first, second] = [(); 2].map(|()| draft(&mut scene, at(100), at(DAY)).unwrap());
    assert_eq!(first.number(), second.number());
    let ca = scene.store.ca(&scene.ca()).unwrap();
    let authority = Authority::of(&ca, None).unwrap();
    let mut issuer = Issuer::join(&authority, &mut scene.key).unwrap();
    crl::issue(&mut scene.store, &mut issuer, first, &At(at(100))).unwrap();
    let error = crl::issue(&mut scene.store, &mut issuer, second, &At(at(100))).unwrap_err();
    assert!(matches!(error, Error::Reserve(store::Error::CrlNumberUsed { .. })), "{error}");
    // The token takes the request and the program dies: that number is gone for good.
    let home = Home::template();
    let run = home.keyrite(&["crl", "issue", "--ca", "root", "--out", "lost.crl"], "C_Sign:kill@2");
    assert_ne!(run.code, Some(0), "{run:#?}");
    home.done(&["crl", "issue", "--ca", "root", "--out", "next.crl"]);
    let next = Crl::from_der(&std::fs::read(home.path("next.crl")).unwrap()).unwrap();
    assert_eq!(next.number(), Some(CrlNumber(3)));
}

/// I-25: one CRL named a certificate twice, with different reasons (CA/B Forum, servercert issue 589).
#[test]
fn i25_a_crl_names_each_certificate_once() {
    let mut scene = Scene::new();
    scene.issue(1);
    for (reason, now) in
        [(ReasonCode::CertificateHold, 20), (ReasonCode::Superseded, 30), (ReasonCode::KeyCompromise, 40)]
    {
        revoke(&mut scene, 1, Some(reason), now);
    }
    assert_eq!(issue(&mut scene, 100).revoked().len(), 1);
    let entry = RevokedCertificate {
        serial: serial(1),
        revocation_date: at(20),
        reason: Some(ReasonCode::Superseded),
        invalidity_date: None,
        removed: false,
    };
    let again = RevokedCertificate { reason: Some(ReasonCode::KeyCompromise), ..entry.clone() };
    let fields = CrlFields {
        signature: ALGORITHM,
        issuer: scene.root.subject().clone(),
        this_update: at(200),
        next_update: at(DAY),
        extensions: vec![Extension { critical: false, value: Value::CrlNumber(CrlNumber(9)) }],
    };
    let context = CrlContext {
        issuer: IssuerFacts::of(&scene.root).unwrap(),
        now: Some(at(200)),
        previous: None,
        longest: None,
        ca_serials: Vec::new(),
        standards: Vec::new(),
        distribution_points: Vec::new(),
    };
    let found = lint::crl(fields.build(&[entry, again]).unwrap(), &context).unwrap_err();
    let CrlLintError::Report { report, .. } = found else { panic!("{found:?}") };
    assert!(report.ids().contains(&"L05-entry-twice"), "{report:?}");
}

/// I-27: the places in certificates were not those that a CA had told, or nothing was found there (D-Trust and Amazon, Mozilla bugs
/// 2007116 and 1800405).
#[test]
fn i27_what_certificates_name_is_there_or_told() {
    let home = Home::template();
    std::fs::create_dir(home.path("www")).unwrap();
    home.done(&["publish", "www"]);
    home.done(&["publish", "--check", "www"]);
    // Another place from now on: that of the old certificates goes on being served.
    home.write("ca/keyrite.toml", "[ca.root]\ncrl_urls = [\"http://pki.example.test/new/root.crl\"]\n");
    home.done(&["publish", "www"]);
    assert_eq!(
        std::fs::read(home.path("www/root.crl")).unwrap(),
        std::fs::read(home.path("www/new/root.crl")).unwrap()
    );
    std::fs::remove_file(home.path("www/root.crl")).unwrap();
    let run = home.keyrite(&["publish", "--check", "www"], "");
    assert!(run.code == Some(1) && run.stdout.contains("root.crl: No such file"), "{run:#?}");
}

/// I-28: a cross-certificate was revoked, and responders took the CAs below it for revoked for four days (GlobalSign, 2016). What is
/// inferred is shown first, and the number of the certificate has to be typed.
#[test]
fn i28_what_follows_from_revoking_a_ca_is_shown_before() {
    let home = Home::template();
    let key = home.token().key_uri("sub");
    home.done(&["key", "generate", &key, "--algorithm", "ec-p256"]);
    let subject = "C=AT,O=Example,CN=Example Issuing";
    let request = ["--profile", "intermediate", "--subject", subject, "--out", "sub.csr"];
    home.done(&[&["ca", "request", "sub", "--key", &key], &request[..]].concat());
    for out in ["sub.pem", "cross.pem"] {
        home.done(&["issue", "sub.csr", "--ca", "root", "--profile", "intermediate", "--out", out]);
    }
    fault_module::forget(home.token());
    let run = home.keyrite(&["revoke", "cross.pem", "--ca", "root", "--reason", "superseded"], "");
    assert_eq!(run.code, Some(0), "{run:#?}");
    for wanted in
        ["is the same CA: paths through it stay good", "what CAs outside of this home have certified"]
    {
        assert!(run.stdout.contains(wanted), "{wanted}: {run:#?}");
    }
    assert_eq!(home.revoked().len(), 2, "old.pem and this one, and nothing that the same CA has besides");
}

/// I-29: numbers were reserved, no certificate came of them, and nobody could be told of them (Let's Encrypt, Mozilla bug 1577652).
#[test]
fn i29_a_number_without_a_certificate_has_a_status_and_can_be_revoked() {
    let mut scene = Scene::new();
    drop(scene.reserve(1));
    let open = scene.store.open_reservations().unwrap();
    scene.store.settle(open[0].id, Settlement::Abandon, at(20)).unwrap();
    let ca = scene.ca();
    assert_eq!(scene.store.ocsp_status(&ca, &serial(1)).unwrap(), CertStatus::Unknown);
    revoke(&mut scene, 1, None, 30);
    assert!(matches!(scene.store.ocsp_status(&ca, &serial(1)).unwrap(), CertStatus::Revoked { .. }));
    assert_eq!(numbers(&issue(&mut scene, 100)), [serial(1).to_string()]);
}
