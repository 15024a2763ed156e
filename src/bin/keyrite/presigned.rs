//! OCSP responses signed ahead of time, in groups: from what the ledger says to the files that are served.
//!
//! While the token signs one group, the next one is drafted, linted and reserved, and the files of the one before are
//! written. Each response goes the one way all the same: drafted from what the ledger says, linted, reserved, signed,
//! verified, recorded, published.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use keyrite::authority::Error;
use keyrite::authority::ocsp::{self, OcspRun, RecordedGroup, ResponderKey, SignedGroup};
use keyrite::authority::output::OutputError;
use keyrite::authority::replacement::{Replaced, Verdict, replace_all};
use keyrite::authority::system::SystemClock;
use keyrite::store::{Chosen, IssuedAnswer, OcspReservation, OcspStanding, Store};
use keyrite::token::TokenSigner;
use keyrite::x509::ocsp::{CertIdHash, CertStatus, OcspResponse};
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::time::Time;

use crate::context::Context;
use crate::failure::{Exit, Failure, Progress};
use crate::progress::Progress as Bar;

/// How many responses are reserved, signed and recorded together: a commit is one wait for the disk.
const GROUP: usize = 500;
/// How many are in the first of several groups: the token has something to do soon.
const FIRST_GROUP: usize = 50;
/// How many groups are between their reservation and their record.
const IN_FLIGHT: usize = 2;
/// How often a group is drafted anew when the ledger changes meanwhile.
const ATTEMPTS: usize = 5;

/// A name that no response has.
pub(crate) const UNUSED_NAME: &str = ".keyrite";

/// What all groups share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Presigned<'a> {
    pub(crate) context: &'a Context,
    pub(crate) run: &'a OcspRun<'a>,
    /// Where the files go.
    pub(crate) directory: &'a Path,
    /// The URI of the key.
    pub(crate) key: &'a str,
}

/// What came of all of them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Done {
    pub(crate) signed: usize,
    pub(crate) good: usize,
    pub(crate) revoked: usize,
    pub(crate) unknown: usize,
    pub(crate) written: usize,
    pub(crate) kept: usize,
}

impl Done {
    fn count(&mut self, answers: &[IssuedAnswer]) {
        for one in answers {
            let sum = match one.status {
                CertStatus::Good => &mut self.good,
                CertStatus::Revoked { .. } => &mut self.revoked,
                CertStatus::Unknown => &mut self.unknown,
            };
            *sum = sum.saturating_add(1);
        }
        self.signed = self.signed.saturating_add(answers.len());
    }
}

impl Presigned<'_> {
    /// Signs, records and publishes responses about all of these.
    ///
    /// # Errors
    /// A [`Failure`] of the ledger, the token or the files. What was recorded before it is published.
    pub(crate) fn all(
        &self,
        store: &mut Store,
        signer: &mut TokenSigner,
        standings: Vec<OcspStanding>,
    ) -> Result<Done, Failure> {
        let mut key = ResponderKey::join(self.run.responder(), signer).map_err(Error::from)?;
        let each = self.run.responses_each().max(1);
        if standings.len() <= GROUP.div_ceil(each) {
            return self.one_group(store, &mut key, &standings);
        }
        let (first, rest) =
            standings.split_at_checked(FIRST_GROUP.div_ceil(each)).unwrap_or((standings.as_slice(), &[]));
        let groups = std::iter::once(first).chain(rest.chunks(GROUP.div_ceil(each)));
        let progress = Bar::start("signing", standings.len().saturating_mul(each));
        let (to_sign, queue) = sync_channel::<OcspReservation>(1);
        let (answer, answers) = channel::<SignedGroup>();
        let (publish, to_publish) = sync_channel::<Vec<IssuedAnswer>>(1);
        let (signed, published) = thread::scope(|scope| {
            scope.spawn(move || sign(&mut key, &queue, &answer));
            let publisher = scope.spawn(move || self.written(&to_publish));
            let signed = self.each_group(
                store,
                groups,
                to_sign,
                Signed { answers: &answers, publish, progress: &progress, done: Done::default() },
            );
            (signed, publisher.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        drop(progress);
        // The token's failure comes first: that of the files is less.
        let mut done = signed?;
        let (written, kept) = published?;
        (done.written, done.kept) = (written, kept);
        Ok(done)
    }

    /// Where one group is all, nothing can be done beside it.
    fn one_group(
        &self,
        store: &mut Store,
        key: &mut ResponderKey<'_>,
        standings: &[OcspStanding],
    ) -> Result<Done, Failure> {
        let reservation = self.reserve(store, standings)?;
        let (issued, failure) = self.record(store, key.ask_to_sign(reservation))?;
        let mut done = Done::default();
        done.count(&issued);
        let published = self.written([issued]);
        if let Some(error) = failure {
            return Err(error.into());
        }
        (done.written, done.kept) = published?;
        Ok(done)
    }

    /// Records what was signed of a group.
    fn record(
        &self,
        store: &mut Store,
        group: SignedGroup,
    ) -> Result<(Vec<IssuedAnswer>, Option<Error>), Failure> {
        let RecordedGroup { issued, failure } = ocsp::record(store, group, &SystemClock)?;
        Ok((issued.answers, failure))
    }

    /// Reserves group after group and records what came of each.
    fn each_group<'s>(
        &self,
        store: &mut Store,
        groups: impl Iterator<Item = &'s [OcspStanding]>,
        to_sign: SyncSender<OcspReservation>,
        mut signed: Signed<'_>,
    ) -> Result<Done, Failure> {
        let mut in_flight: usize = 0;
        let mut reserved = Ok(());
        for group in groups {
            match self.reserve(store, group) {
                Ok(reservation) => {
                    // The thread that takes it lives as long as this end of the channel.
                    if to_sign.send(reservation).is_err() {
                        break;
                    }
                    in_flight = in_flight.saturating_add(1);
                }
                Err(failure) => {
                    reserved = Err(failure);
                    break;
                }
            }
            if in_flight >= IN_FLIGHT {
                in_flight = in_flight.saturating_sub(1);
                reserved = signed.record(self, store);
            }
            if reserved.is_err() {
                break;
            }
        }
        drop(to_sign);
        // Whatever has ended the run: what the token was asked for is recorded.
        for _ in 0..in_flight {
            let recorded = signed.record(self, store);
            reserved = reserved.and(recorded);
        }
        reserved.map(|()| signed.done)
    }

    /// Drafts and reserves a group. A script gets it as the ledger is by then; whoever approved something else is asked
    /// again.
    fn reserve(&self, store: &mut Store, group: &[OcspStanding]) -> Result<OcspReservation, Failure> {
        let mut standings = group.to_vec();
        for _ in 0..ATTEMPTS {
            let drafted = self.run.draft(store, &standings)?;
            match self.run.reserve(store, drafted, self.key, &SystemClock) {
                Err(error) if ocsp::is_outdated(&error) && self.context.global().yes => {
                    let serials: Vec<_> = standings.iter().map(|one| one.serial.clone()).collect();
                    standings =
                        store.ocsp_standings(self.run.authority().name(), Chosen::Serials(&serials))?;
                }
                result => return Ok(result?),
            }
        }
        Err(Failure::new(Exit::Refused, "the ledger changes faster than responses can be drafted")
            .hint("run the command again"))
    }

    /// Writes the files of groups that are on record: how many were written, and how many newer ones stayed.
    fn written(
        &self,
        groups: impl IntoIterator<Item = Vec<IssuedAnswer>>,
    ) -> Result<(usize, usize), Failure> {
        let (mut written, mut kept) = (0_usize, 0_usize);
        let mut failed = None;
        for group in groups {
            let results = match self.files(&group) {
                Ok(results) => results,
                Err(failure) => {
                    failed.get_or_insert(failure);
                    continue;
                }
            };
            for result in results {
                match result {
                    Ok(Replaced::Written | Replaced::Unchanged) => written = written.saturating_add(1),
                    Ok(Replaced::Kept) => kept = kept.saturating_add(1),
                    Err(error) => {
                        failed.get_or_insert_with(|| not_published(error));
                    }
                }
            }
        }
        failed.map_or(Ok((written, kept)), Err)
    }

    fn files(&self, group: &[IssuedAnswer]) -> Result<Vec<Result<Replaced, OutputError>>, Failure> {
        let mut files = Vec::with_capacity(group.len().saturating_mul(2));
        for one in group {
            let file = self.run.file(one).map_err(Error::from)?;
            files.push((PathBuf::from(file), one.signed.as_der()));
            files.push((by_serial(&one.serial, one.hash), one.signed.as_der()));
        }
        replace_all(self.directory, &files, judge).map_err(not_published)
    }
}

/// The name of a response for a person.
pub(crate) fn by_serial(serial: &SerialNumber, hash: CertIdHash) -> PathBuf {
    let file = format!("{serial}.ors");
    match hash {
        CertIdHash::Sha1 => ["by-serial", &file].iter().collect(),
        CertIdHash::Sha256 => ["by-serial", "sha256", &file].iter().collect(),
    }
}

fn not_published(error: OutputError) -> Failure {
    Failure::of(Exit::Output, &error)
        .after(Progress::SignedNotPublished)
        .hint("what was signed is on record; run the command again, which signs and writes it anew")
}

/// Whether a response stays where it is: an older one never takes the place of a newer one.
pub(crate) fn judge(found: &[u8], new: &[u8]) -> Verdict {
    let this_update = |der: &[u8]| -> Option<Time> {
        let response = OcspResponse::from_der(der).ok()?;
        Some(response.basic()?.data.answers.first()?.this_update)
    };
    match (this_update(found), this_update(new)) {
        (None, _) => Verdict::Foreign("an OCSP response"),
        (Some(found), Some(new)) if found > new => Verdict::Keep,
        (Some(_), _) => Verdict::Replace,
    }
}

/// Has the token sign what comes, until nothing comes any more.
fn sign(key: &mut ResponderKey<'_>, queue: &Receiver<OcspReservation>, answers: &Sender<SignedGroup>) {
    while let Ok(reservation) = queue.recv() {
        if answers.send(key.ask_to_sign(reservation)).is_err() {
            break;
        }
    }
}

/// Where signed groups come from, and where they go.
struct Signed<'a> {
    answers: &'a Receiver<SignedGroup>,
    publish: SyncSender<Vec<IssuedAnswer>>,
    progress: &'a Bar,
    done: Done,
}

impl Signed<'_> {
    /// Records the next group that was signed, and has its files written.
    fn record(&mut self, run: &Presigned<'_>, store: &mut Store) -> Result<(), Failure> {
        let Ok(group) = self.answers.recv() else {
            return Err(Failure::new(Exit::Defect, "a group of responses was lost"));
        };
        let (answers, failure) = run.record(store, group)?;
        self.progress.add(answers.len());
        self.done.count(&answers);
        // A publisher that is gone has said why.
        drop(self.publish.send(answers));
        failure.map_or(Ok(()), |error| Err(error.into()))
    }
}
