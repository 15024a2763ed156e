//! What the ledger costs: printed, not judged. Run in release, alone:
//! `cargo test --release --test store speed -- --ignored --nocapture`.

use std::time::Duration;

use crate::scene::{Scene, at, serial, sign};

/// The processor's and the disk's time for 1,000 certificates, reserved in one transaction and committed in
/// another, on an empty ledger and on one with a million serial numbers.
#[test]
#[ignore = "takes a minute and wants the machine for itself"]
fn batches_cost_the_same_however_long_the_history() {
    let mut scene = Scene::new();
    for (rows, first) in [(0, 0), (1_000_000, 100_000)] {
        fill(&scene, rows);
        for round in 0..3 {
            let (reserve, commit) = batch(&mut scene, first + 1000 * round);
            println!("{rows} rows: 1,000 reserved in {reserve:?}, committed in {commit:?}");
        }
        let (reserve, commit) = one(&mut scene, first + 5000);
        println!("{rows} rows: 1 reserved in {reserve:?}, committed in {commit:?}");
    }
}

fn fill(scene: &Scene, rows: u32) {
    let sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
        INSERT INTO certificate (ca, serial, state, subject, not_before, not_after, profile, reserved_at)
        SELECT 1, randomblob(20), 'imported', 'CN=www.example.test', 0, i, 'p', 0 FROM n WHERE ?1 > 0";
    scene.raw().execute(sql, [rows]).unwrap();
}

fn batch(scene: &mut Scene, first: u32) -> (Duration, Duration) {
    let intents = (first..first + 1000).map(|number| scene.intent(number)).collect();
    let ca = scene.ca();
    let (reserved, reserve) = timed(|| scene.store.reserve_certificates(&ca, intents, at(10)).unwrap());
    let signed = reserved.into_iter().map(|reservation| {
        let signed = sign(&scene.key, reservation.tbs());
        (reservation, signed)
    });
    let signed = signed.collect();
    let (_, commit) = timed(|| scene.store.commit(signed, at(11)).unwrap());
    (reserve, commit)
}

fn one(scene: &mut Scene, number: u32) -> (Duration, Duration) {
    let intent = scene.intent(number);
    let ca = scene.ca();
    let (mut reserved, reserve) =
        timed(|| scene.store.reserve_certificates(&ca, vec![intent], at(10)).unwrap());
    let reservation = reserved.pop().unwrap();
    let signed = sign(&scene.key, reservation.tbs());
    let (_, commit) = timed(|| scene.store.commit(vec![(reservation, signed)], at(11)).unwrap());
    assert_eq!(scene.store.find_serial(&serial(number)).unwrap().len(), 1);
    (reserve, commit)
}

#[expect(clippy::disallowed_methods, reason = "the time it takes is what is measured")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = std::time::Instant::now();
    let value = work();
    (value, start.elapsed())
}
