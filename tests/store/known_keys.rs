//! Keys on record: noted with each certificate and CA, and for those of older ledgers when they are migrated.

use keyrite::port::Signer as _;
use keyrite::store::KeyHolder;
use keyrite::x509::weakness::SharedPrime;

use crate::intents::OLDER;
use crate::scene::{Scene, serial};
use crate::software::SoftwareKey;

fn holder(number: u32) -> KeyHolder {
    let subject = "O=Example,CN=www.example.test".to_owned();
    KeyHolder { ca: "root".to_owned(), serial: serial(number), subject, is_ca: false }
}

#[test]
fn the_certificates_of_a_key_are_known_from_their_reservation_on() {
    let mut scene = Scene::new();
    let leaf = SoftwareKey::load("leaf-p256").public_key().clone();
    assert_eq!(scene.store.holders_of_key(&leaf).unwrap(), []);
    scene.issue(1);
    drop(scene.reserve(2));
    assert_eq!(scene.store.holders_of_key(&leaf).unwrap(), [holder(1), holder(2)]);
    assert_eq!(scene.store.ca_of_key(&leaf).unwrap(), None);
    let root = scene.key.public_key();
    assert_eq!(scene.store.ca_of_key(root).unwrap(), Some(scene.root.subject().to_string()));
    assert_eq!(scene.store.holders_of_key(root).unwrap().len(), 1, "the root's own certificate");
}

/// What version 3 of the schema added is taken away again, as a ledger of version 2 has it.
#[test]
fn a_ledger_of_an_older_version_is_given_the_keys_of_all_that_is_on_record() {
    let mut scene = Scene::new();
    scene.issue(1);
    let reservation = scene.reserve(2);
    scene.raw().execute_batch(OLDER).unwrap();
    let tbs = reservation.tbs().as_der();
    scene.raw().execute("UPDATE certificate_body SET tbs = ?1 WHERE tbs IS NOT NULL", [tbs]).unwrap();
    scene
        .raw()
        .execute_batch(
            "DROP TABLE audit_tile; DROP INDEX certificate_key; DROP TABLE ca_key; DROP TABLE rsa_modulus;
             ALTER TABLE certificate DROP COLUMN key_sha256; ALTER TABLE certificate DROP COLUMN possession;
             ALTER TABLE certificate DROP COLUMN origin_sha256; ALTER TABLE certificate DROP COLUMN origin;
             PRAGMA user_version = 2;",
        )
        .unwrap();
    let scene = scene.reopen();
    let leaf = SoftwareKey::load("leaf-p256").public_key().clone();
    assert_eq!(scene.store.holders_of_key(&leaf).unwrap(), [holder(1), holder(2)]);
    let root = scene.store.ca_of_key(scene.key.public_key()).unwrap();
    assert_eq!(root, Some(scene.root.subject().to_string()));
    let record = scene.store.certificate(&scene.ca(), &serial(1)).unwrap();
    assert_eq!((record.origin, record.possession), (None, None), "nothing is made up");
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
}

/// One modulus at a time and by the product of many, which is another way through the ledger.
#[test]
fn a_modulus_is_held_against_all_on_record() {
    let scene = Scene::new();
    let numbers = |range: std::ops::Range<u64>| range.map(|n| (2 * n + 1_000_001).to_be_bytes().to_vec());
    for (at, modulus) in numbers(0..150).enumerate() {
        let mut key = [0; 32];
        key[0] = u8::try_from(at).unwrap();
        scene
            .raw()
            .execute(
                "INSERT INTO rsa_modulus (modulus, key_sha256) VALUES (?1, ?2)",
                rusqlite::params![modulus, key],
            )
            .unwrap();
    }
    // 1000003 is a prime on record; the square of another prime, 1009, is on no record.
    let sharing = (1_000_003_u64 * 1_000_000_007).to_be_bytes();
    let alone = (1_009_u64 * 1_000_000_007).to_be_bytes();
    let on_record = 1_000_003_u64.to_be_bytes();
    for times in [1, 10] {
        let mut examined: Vec<SharedPrime> = [sharing, alone, on_record]
            .iter()
            .flat_map(|modulus| std::iter::repeat_n(SharedPrime::new(modulus), times))
            .collect();
        scene.store.examine_moduli(&mut examined).unwrap();
        let found: Vec<bool> = examined.iter().step_by(times).map(SharedPrime::found).collect();
        let divides = |n: u64| (0..150).any(|at| (2 * at + 1_000_001) % n == 0);
        assert_eq!(found, [true, divides(1_009) || divides(1_000_000_007), false], "{times}");
    }
    let keys = scene.store.sharing_a_prime(&sharing).unwrap();
    assert_eq!(keys.iter().map(|key| key.sha256[0]).collect::<Vec<_>>(), [1]);
    assert!(keys[0].holders.is_empty());
}
