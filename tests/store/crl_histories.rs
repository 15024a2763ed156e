//! Whatever happens to certificates, the CRLs of every scope are the fold of what was said, a delta CRL makes of its base
//! what a complete CRL would say, and an auditor agrees.

use std::collections::BTreeMap;

use keyrite::authority::crl::{self, CrlPlan};
use keyrite::authority::evidence::export;
use keyrite::authority::{Authority, Issuer};
use keyrite::store::{CrlScope, Revocation};
use keyrite::x509::crl::{Crl, RevokedCertificate};
use keyrite::x509::extension::{Covers, IssuingDistributionPoint, ReasonCode};
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::time::Time;
use proptest::prelude::*;

use crate::evidence::{files, findings};
use crate::scene::{At, Scene, at, crl_der, leaf_intent_at, serial, sign};

/// One thing that happens.
#[derive(Clone, Debug)]
enum Act {
    /// A certificate that names a point, or none, for so many seconds; it may be lost on the way.
    Issue {
        point: Option<u8>,
        seconds: i64,
        lost: bool,
    },
    /// A revocation of one of those there are.
    Revoke {
        which: u16,
        reason: Option<ReasonCode>,
    },
    Unhold {
        which: u16,
    },
    /// The process ends.
    Crash,
    Complete {
        scope: u8,
    },
    Delta {
        scope: u8,
    },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let reason = proptest::sample::select(vec![
        None,
        Some(ReasonCode::KeyCompromise),
        Some(ReasonCode::Superseded),
        Some(ReasonCode::CertificateHold),
        Some(ReasonCode::CertificateHold),
    ]);
    let point = proptest::sample::select(vec![None, Some(0), Some(1), Some(1)]);
    let lifetime = proptest::sample::select(vec![200_i64, 600, 40 * 86_400]);
    let act = prop_oneof![
        3 => (point, lifetime, any::<bool>(), any::<bool>())
            .prop_map(|(point, seconds, one, two)| Act::Issue { point, seconds, lost: one && two }),
        4 => (any::<u16>(), reason).prop_map(|(which, reason)| Act::Revoke { which, reason }),
        2 => any::<u16>().prop_map(|which| Act::Unhold { which }),
        1 => Just(Act::Crash),
        4 => (0..SCOPES).prop_map(|scope| Act::Complete { scope }),
        4 => (0..SCOPES).prop_map(|scope| Act::Delta { scope }),
    ];
    proptest::collection::vec(act, 1..40)
}

const SCOPES: u8 = 5;

fn uris(point: u8) -> Vec<String> {
    vec![format!("http://pki.example.test/{point}.crl")]
}

/// Everything; users; CAs; two partitions.
fn scope(number: u8) -> CrlScope {
    let point = |uris, covers| Some(IssuingDistributionPoint { uris, covers });
    match number {
        0 => CrlScope::default(),
        1 => CrlScope { distribution: point(Vec::new(), Covers::Users), of_one_point: false },
        2 => CrlScope { distribution: point(Vec::new(), Covers::Cas), of_one_point: false },
        other => CrlScope { distribution: point(uris(other - 3), Covers::All), of_one_point: true },
    }
}

/// A certificate as this test remembers it.
#[derive(Clone, Debug)]
struct Known {
    serial: SerialNumber,
    point: Option<u8>,
    not_after: Time,
    /// What is in force, and the scopes whose complete CRLs have named that after the end.
    revoked: Option<(Revocation, Vec<u8>)>,
}

impl Known {
    fn is_in(&self, scope: u8) -> bool {
        match scope {
            0 | 1 => true,
            // No certificate here is a CA's.
            2 => false,
            other => self.point.is_none_or(|point| point == other - 3),
        }
    }

    fn entry(&self) -> Option<RevokedCertificate> {
        let (said, _) = self.revoked.as_ref()?;
        Some(RevokedCertificate {
            serial: self.serial.clone(),
            revocation_date: said.date,
            reason: said.reason,
            invalidity_date: said.invalidity_date,
            removed: false,
        })
    }
}

type Listed = BTreeMap<SerialNumber, RevokedCertificate>;

fn listed(crl: &Crl) -> Listed {
    crl.revoked().iter().map(|entry| (entry.serial.clone(), entry.clone())).collect()
}

struct History {
    scene: Scene,
    known: Vec<Known>,
    now: i64,
    bases: BTreeMap<u8, Crl>,
    /// What somebody has who has added every delta CRL to the base, one after the other.
    followed: BTreeMap<u8, Listed>,
}

impl History {
    fn new() -> Self {
        Self {
            scene: Scene::new(),
            known: Vec::new(),
            now: 100,
            bases: BTreeMap::new(),
            followed: BTreeMap::new(),
        }
    }

    fn act(mut self, act: &Act) -> Self {
        self.now += 97;
        let now = at(self.now);
        let ca = self.scene.ca();
        match act {
            Act::Issue { point, seconds, lost } => {
                let number = u32::try_from(self.known.len()).unwrap() + 1;
                let not_after = at(self.now + seconds);
                let names = point.map(uris);
                let intent =
                    leaf_intent_at(&self.scene.key, &self.scene.root, serial(number), not_after, names);
                let reservation =
                    self.scene.store.reserve_certificates(&ca, vec![intent], now).unwrap().pop().unwrap();
                if !lost {
                    let signed = sign(&self.scene.key, reservation.tbs());
                    self.scene.store.commit(vec![(reservation, signed)], now).unwrap();
                }
                self.known.push(Known { serial: serial(number), point: *point, not_after, revoked: None });
            }
            Act::Revoke { which, reason } => {
                let Some(one) = pick(&mut self.known, *which) else { return self };
                let said = Revocation { reason: *reason, date: now, invalidity_date: None };
                if let Ok(said) = self.scene.store.revoke(&ca, &one.serial, said, now) {
                    one.revoked = Some((said, Vec::new()));
                }
            }
            Act::Unhold { which } => {
                let Some(one) = pick(&mut self.known, *which) else { return self };
                let done = self.scene.store.unhold(&ca, &one.serial, now).is_ok();
                let held = matches!(&one.revoked, Some((said, _)) if said.reason == Some(ReasonCode::CertificateHold));
                assert_eq!(done, held);
                if done {
                    one.revoked = None;
                }
            }
            Act::Crash => self.scene = self.scene.reopen(),
            Act::Complete { scope: number } => {
                let wanted = self.wanted(*number);
                let crl = self.issue(*number, false).unwrap();
                assert_eq!(listed(&crl), wanted, "scope {number}");
                for one in self.known.iter_mut().filter(|one| one.is_in(*number) && one.not_after < now) {
                    if let Some((_, ended)) = &mut one.revoked {
                        ended.push(*number);
                    }
                }
                self.followed.insert(*number, wanted);
                self.bases.insert(*number, crl);
            }
            Act::Delta { scope: number } => {
                let wanted = self.wanted(*number);
                match self.issue(*number, true) {
                    None => assert!(!self.bases.contains_key(number)),
                    Some(delta) => {
                        assert_eq!(
                            added(listed(&self.bases[number]), &delta),
                            wanted,
                            "to the base of {number}"
                        );
                        let followed = added(self.followed[number].clone(), &delta);
                        assert_eq!(followed, wanted, "to the delta CRLs before, of {number}");
                        self.followed.insert(*number, followed);
                    }
                }
            }
        }
        self
    }

    /// The fold of what was said, for one scope.
    fn wanted(&self, scope: u8) -> Listed {
        let named = |one: &&Known| one.revoked.as_ref().is_some_and(|(_, ended)| !ended.contains(&scope));
        self.known
            .iter()
            .filter(|one| one.is_in(scope))
            .filter(named)
            .filter_map(|one| Some((one.serial.clone(), one.entry()?)))
            .collect()
    }

    /// The next CRL; none when there is no base for a delta CRL.
    fn issue(&mut self, number: u8, delta: bool) -> Option<Crl> {
        let now = at(self.now);
        let ca = self.scene.store.ca(&self.scene.ca()).unwrap();
        let authority = Authority::of(&ca, None).unwrap();
        let scope = scope(number);
        let next_update = at(self.now + 86_400);
        let plan = CrlPlan { scope, delta, ..CrlPlan::full(now, next_update) };
        let draft = match crl::draft(&mut self.scene.store, &authority, &plan, 0, &mut |_| {}) {
            Err(keyrite::authority::Error::NoBase) => return None,
            other => other.unwrap(),
        };
        let mut issuer = Issuer::join(&authority, &mut self.scene.key).unwrap();
        let issued = crl::issue(&mut self.scene.store, &mut issuer, draft, &At(now)).unwrap();
        Some(Crl::from_der(&crl_der(&self.scene.store, &issued)).unwrap())
    }
}

fn pick(known: &mut [Known], which: u16) -> Option<&mut Known> {
    let number = usize::from(which).checked_rem(known.len())?;
    known.get_mut(number)
}

/// What a relying party has after it has added a delta CRL (RFC 5280 s.5.2.4).
fn added(mut list: Listed, delta: &Crl) -> Listed {
    for (serial, entry) in listed(delta) {
        if entry.removed {
            list.remove(&serial);
        } else {
            list.insert(serial, entry);
        }
    }
    list
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_crl_is_the_fold_of_what_was_said(acts in acts()) {
        let history = acts.iter().fold(History::new(), History::act);
        let directory = tempfile::tempdir().unwrap();
        export(&history.scene.store, &directory.path().join("export")).unwrap();
        prop_assert_eq!(findings(&files(&directory), &[]), Vec::<String>::new());
        let verified = history.scene.store.verify_audit(None).unwrap();
        prop_assert_eq!(verified.discrepancies, vec![]);
    }
}
