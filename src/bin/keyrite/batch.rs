//! A batch: requests in groups, each from the file of the request to the file of the certificate.
//!
//! While the token signs one group, the files of the one before are written, the next one is decided and linted, and
//! the one after that is read and proven. Each certificate goes the one way all the same: decided, linted, reserved,
//! signed, verified, recorded, published. No more than these groups are in memory at a time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, Scope};

use keyrite::authority::issue::{self, Draft, Drafting};
use keyrite::authority::key_record;
use keyrite::authority::output::Access;
use keyrite::authority::system::{SystemClock, SystemRandom};
use keyrite::authority::weak_keys::WeakKeyList;
use keyrite::authority::{Authority, Error, Issuer};
use keyrite::policy::{
    Approved, Comparison, IssuanceRequest, IssuerView, KeyRecord, Length, Override, Profile, SubjectKey,
};
use keyrite::store::{Issued, Store};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::general_name::GeneralName;
use keyrite::x509::name::Name;
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::spki::PublicKey;
use keyrite::x509::time::Time;

use crate::configuration::Settings;
use crate::context::Context;
use crate::failure::Failure;
use crate::intake::{self, Intake};
use crate::issuance::{Issuance, Outcome, Place};
use crate::paths::{GROUP, Group, Paths};
use crate::progress::Progress;
use crate::render::Answer;
use crate::signing::{self, Hand};
use crate::view::{self, View};
use crate::{approval, own, preflight, rescue};

/// How many groups are read ahead.
const AHEAD: usize = 1;

/// What all requests of a run share.
pub(crate) struct Batch<'a> {
    pub(crate) context: &'a Context,
    pub(crate) settings: &'a Settings,
    pub(crate) authority: &'a Authority,
    pub(crate) issuer: &'a IssuerView,
    pub(crate) profile: &'a Profile,
    pub(crate) ca_keys: &'a [PublicKey],
    pub(crate) weak_key_lists: &'a [WeakKeyList],
    pub(crate) requester: &'a str,
    pub(crate) overrides: &'a [Override],
    pub(crate) given: Given<'a>,
    pub(crate) reading: Reading<'a>,
    /// What has changed in the profile since it was last used.
    pub(crate) change: Option<&'a View>,
    /// Where the certificates go.
    pub(crate) place: Place,
    /// Whether nothing is to be signed.
    pub(crate) dry_run: bool,
    /// In how many sessions of the token a group is signed.
    pub(crate) sessions: u32,
    /// Whether the key signs more after this.
    pub(crate) keeps_hand: bool,
}

/// What the operator gives in the place of what a request asks for.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    pub(crate) subject: Option<&'a Name>,
    pub(crate) alt_names: &'a [GeneralName],
    pub(crate) not_before: Option<Time>,
    pub(crate) validity: Option<Length>,
}

/// What the files hold from which certificates are made.
#[derive(Clone, Copy)]
pub(crate) enum Reading<'a> {
    /// Requests; the one that is told by its SHA-256, if that is given.
    Requests { for_ca: bool, sha256: Option<[u8; 32]> },
    /// Requests of a bundle, which was read as a whole.
    Bundle { for_ca: bool, requests: &'a BTreeMap<PathBuf, Vec<u8>> },
    /// A public key, and how it was proven that its holder has the private one.
    PublicKey { possession: &'a str },
    /// A certificate that is renewed.
    Renewal,
    /// A certificate of another CA.
    Cross,
}

/// What signing goes through, and with what.
struct Signing<'r, 'a> {
    groups: Groups<'a>,
    hand: &'r mut Hand,
    issuance: &'r mut Issuance,
    progress: &'r Progress,
}

/// What was read of a group, each with its place in the run.
type TakenIn = Vec<(usize, Result<Intake, Failure>)>;

/// Drafts of a group that may be signed, each with the place of its request.
type Drafts = Vec<(usize, Draft)>;

/// A request that may be answered.
struct Decided<'i> {
    place: usize,
    key: SubjectKey<'i>,
    approved: Approved,
    /// What is shown of it where nothing is to be signed.
    comparison: Option<Comparison>,
}

/// Where the groups come from: read by another thread where there are several.
struct Groups<'a> {
    left: usize,
    source: Source<'a>,
}

enum Source<'a> {
    Here(&'a Paths, std::vec::IntoIter<Group>),
    Ahead(Receiver<TakenIn>),
}

impl Batch<'_> {
    /// Goes through all requests. A refused one does not end the run; a failure of the ledger or the token does.
    ///
    /// # Errors
    /// As [`Issuance::answer`].
    pub(crate) fn run(&self, store: &mut Store, paths: Paths) -> Result<Answer, Failure> {
        self.issue(store, &paths, &mut None).answer(paths)
    }

    /// The same, with a key that may be at hand already and is for whoever goes on with it.
    pub(crate) fn issue(&self, store: &mut Store, paths: &Paths, hand: &mut Option<Hand>) -> Issuance {
        let mut issuance = Issuance::new(paths.len(), self.place.clone());
        let progress = Progress::start("issuing", paths.len());
        // Who is asked is asked once, for everything; a script goes on group by group.
        let groups = if self.context.global().yes { paths.groups() } else { paths.together() };
        let done = thread::scope(|scope| {
            let groups = self.begin(scope, paths, groups);
            self.each(store, groups, (&mut issuance, &progress), hand)
        });
        if let Err(failure) = done {
            issuance.stop(failure);
        }
        drop(progress);
        issuance
    }

    /// Has the groups read ahead if there are several.
    fn begin<'s, 'p: 's>(
        &self,
        scope: &'s Scope<'s, '_>,
        paths: &'p Paths,
        groups: Vec<Group>,
    ) -> Groups<'p> {
        let left = groups.len();
        let source = match self.reading {
            Reading::Requests { for_ca, sha256 } if left > 1 => {
                let (ahead, taken_in) = sync_channel(AHEAD);
                let read = move |path: &Path| intake::request(path, for_ca, sha256);
                scope.spawn(move || paths.read_ahead(groups, read, &ahead));
                Source::Ahead(taken_in)
            }
            Reading::Requests { .. }
            | Reading::Bundle { .. }
            | Reading::PublicKey { .. }
            | Reading::Renewal
            | Reading::Cross => Source::Here(paths, groups.into_iter()),
        };
        Groups { left, source }
    }

    /// The next group; `None` after the last one.
    fn next(&self, store: &Store, groups: &mut Groups<'_>) -> Option<TakenIn> {
        groups.left = groups.left.saturating_sub(1);
        match &mut groups.source {
            Source::Ahead(taken_in) => taken_in.recv().ok(),
            Source::Here(paths, groups) => {
                let group = paths.at(groups.next()?);
                Some(group.map(|(place, path)| (place, self.take_in(store, path))).collect())
            }
        }
    }

    fn take_in(&self, store: &Store, path: &Path) -> Result<Intake, Failure> {
        match self.reading {
            Reading::Requests { for_ca, sha256 } => intake::request(path, for_ca, sha256),
            Reading::Bundle { for_ca, requests } => {
                let octets = requests.get(path).map(Vec::as_slice).unwrap_or_default();
                intake::request_of(octets, path, for_ca)
            }
            Reading::PublicKey { possession } => intake::bare(path, possession),
            Reading::Renewal => intake::renewal(store, path),
            Reading::Cross => intake::cross(store, path),
        }
    }

    fn each(
        &self,
        store: &mut Store,
        mut groups: Groups<'_>,
        (issuance, progress): (&mut Issuance, &Progress),
        hand: &mut Option<Hand>,
    ) -> Result<(), Failure> {
        let mut unpublished = Vec::new();
        let first = self.first(store, &mut groups, issuance, hand);
        let done = match (first, hand.as_mut()) {
            (Ok(drafts), Some(hand)) => {
                let run = Signing { groups, hand, issuance, progress };
                self.group_by_group(store, run, drafts, &mut unpublished)
            }
            (first, _) => first.map(drop),
        };
        // Whatever has ended the run: this is on record.
        self.publish(&unpublished, issuance);
        done
    }

    /// Signs and records group after group, and meanwhile prepares the next one and writes the files of the last one.
    fn group_by_group(
        &self,
        store: &mut Store,
        run: Signing<'_, '_>,
        mut drafts: Drafts,
        unpublished: &mut Vec<(usize, Issued<Certificate>)>,
    ) -> Result<(), Failure> {
        let Signing { mut groups, hand, issuance, progress } = run;
        while !drafts.is_empty() {
            let shown: Vec<&Draft> = drafts.iter().map(|(_, draft)| draft).collect();
            approval::ask_all(self.context, &shown, self.authority, self.change)?;
            let (places, group): (Vec<usize>, Vec<Draft>) = drafts.into_iter().unzip();
            // Numbers for the next group: from now on the token is busy.
            let wanted = if groups.left > 0 { GROUP } else { 0 };
            let serials = issue::draw(store, &mut hand.random, wanted);
            let mut issuer = Issuer::join(self.authority, &mut hand.signer).map_err(Error::from)?;
            let reserved = issue::reserve(store, self.authority, group, &SystemClock)?;
            let before = std::mem::take(unpublished);
            let nothing_else = wanted == 0 && before.is_empty();
            let meanwhile = || {
                self.publish(&before, issuance);
                self.following(store, &mut groups, issuance, serials?)
            };
            let (answers, following) = if nothing_else {
                (issue::ask_to_sign(&mut issuer, reserved), meanwhile())
            } else {
                thread::scope(|scope| {
                    let signing = scope.spawn(|| issue::ask_to_sign(&mut issuer, reserved));
                    let following = meanwhile();
                    (signing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), following)
                })
            };
            if wanted == 0 && !self.keeps_hand {
                hand.signer.dismiss();
            }
            let rescue = || match &self.place {
                Place::Output => rescue::directory(None),
                Place::File(path) | Place::Directory(path) => rescue::directory(Some(path)),
            };
            let results = issue::record(store, answers, &SystemClock)
                .map_err(|error| rescue::keep(error, &rescue()))?;
            progress.add(results.len());
            for (place, result) in places.into_iter().zip(results) {
                match result {
                    Ok(one) => unpublished.push((place, one)),
                    Err(error) => issuance.set(place, Outcome::Failed(error.into())),
                }
            }
            if issuance.token_failed() {
                // What was issued before stays issued; with this token there is no going on.
                return following.map(drop);
            }
            drafts = following?;
        }
        Ok(())
    }

    /// The drafts of the first group of which any may be signed. They are judged without the token, which is opened
    /// then, and drafted once more with serial numbers in which it has a part.
    fn first(
        &self,
        store: &mut Store,
        groups: &mut Groups<'_>,
        issuance: &mut Issuance,
        hand: &mut Option<Hand>,
    ) -> Result<Drafts, Failure> {
        while let Some(taken_in) = self.next(store, groups) {
            let now = SystemClock.now();
            let proven = sound(taken_in, issuance);
            let decided = self.decide(store, &proven, issuance, now)?;
            let serials = issue::draw(store, &mut SystemRandom, decided.len())?;
            let judged = self.judge(store, decided, serials, issuance, now)?;
            if judged.is_empty() {
                continue;
            }
            let at_hand = match hand.take() {
                Some(hand) => hand,
                None => {
                    let uri = self.settings.key(self.authority.name(), self.authority.key_uri())?;
                    signing::hand(self.context, store, self.authority, &uri)?
                }
            };
            let hand = hand.insert(at_hand);
            hand.signer.use_sessions(self.sessions);
            let serials = issue::draw(store, &mut hand.random, judged.len())?;
            let mut drafting = Drafting::new(self.profile, Some(self.authority), now)?;
            let mut drafts = Vec::with_capacity(judged.len());
            for ((place, draft), serial) in judged.into_iter().zip(serials) {
                match drafting.renumber(draft, serial) {
                    Ok(draft) => drafts.push((place, draft)),
                    Err(unfit) => {
                        let error = unfit.recorded(store, now)?;
                        issuance.set(place, Outcome::Refused(error.into()));
                    }
                }
            }
            if !drafts.is_empty() {
                return Ok(drafts);
            }
        }
        Ok(Vec::new())
    }

    /// The drafts of the next group of which any may be signed, with these serial numbers.
    fn following(
        &self,
        store: &mut Store,
        groups: &mut Groups<'_>,
        issuance: &mut Issuance,
        serials: Vec<SerialNumber>,
    ) -> Result<Drafts, Failure> {
        while let Some(taken_in) = self.next(store, groups) {
            let now = SystemClock.now();
            let proven = sound(taken_in, issuance);
            let decided = self.decide(store, &proven, issuance, now)?;
            // Where nothing comes of a group, nothing has these numbers, and the next one may.
            let drafts = self.judge(store, decided, serials.clone(), issuance, now)?;
            if !drafts.is_empty() {
                return Ok(drafts);
            }
        }
        Ok(Vec::new())
    }

    fn decide<'i>(
        &self,
        store: &mut Store,
        proven: &'i [(usize, Intake)],
        issuance: &mut Issuance,
        now: Time,
    ) -> Result<Vec<Decided<'i>>, Failure> {
        let keys: Vec<SubjectKey<'_>> = proven.iter().map(|(_, intake)| intake.key()).collect();
        let records = key_record::of_run(store, &keys, self.weak_key_lists)?;
        let mut decided = Vec::with_capacity(proven.len());
        for ((place, intake), on_record) in proven.iter().zip(records) {
            let request = self.request(intake, on_record);
            let decision = issue::decide(store, &request, self.issuer, now)
                .and_then(|approved| issue::agree(store, &approved).map(|()| approved));
            match decision {
                Ok(approved) => {
                    let comparison = self.dry_run.then(|| approved.comparison(&request));
                    decided.push(Decided { place: *place, key: intake.key(), approved, comparison });
                }
                Err(error @ (Error::Store(_) | Error::Consistency(_))) => return Err(error.into()),
                Err(Error::Refused(refusal)) if self.dry_run => {
                    issuance.set(*place, preflight::foreseen(refusal));
                }
                Err(error) => {
                    // Who reads why the names are refused has to know what they look like, too.
                    let subject = intake.key().subject().cloned().unwrap_or_else(Name::empty);
                    let warnings = view::suspicions(&subject, intake.key().extensions());
                    let refused = warnings.into_iter().fold(Failure::from(error), Failure::because);
                    issuance.set(*place, Outcome::Refused(refused));
                }
            }
        }
        Ok(decided)
    }

    fn request<'i>(&'i self, intake: &'i Intake, on_record: KeyRecord) -> IssuanceRequest<'i> {
        let Given { subject, alt_names, not_before, validity } = self.given;
        IssuanceRequest {
            profile: self.profile,
            requester: self.requester,
            key: intake.key(),
            subject: subject.cloned(),
            alt_names: (!alt_names.is_empty()).then(|| alt_names.to_vec()),
            not_before,
            validity,
            ca_keys: self.ca_keys,
            on_record,
            overrides: self.overrides,
        }
    }

    /// Builds, lints and has the profile's linters judge each certificate. The token is asked for nothing. Where
    /// nothing is to be signed, what would be is shown, and nothing is left.
    fn judge(
        &self,
        store: &mut Store,
        decided: Vec<Decided<'_>>,
        serials: Vec<SerialNumber>,
        issuance: &mut Issuance,
        now: Time,
    ) -> Result<Drafts, Failure> {
        let mut drafting = Drafting::new(self.profile, Some(self.authority), now)?;
        let mut places = Vec::with_capacity(decided.len());
        let mut drafts = Vec::with_capacity(decided.len());
        for (Decided { place, key, approved, comparison }, serial) in decided.into_iter().zip(serials) {
            match drafting.fix(approved, key, serial) {
                Ok(draft) => {
                    places.push((place, comparison));
                    drafts.push(draft);
                }
                Err(unfit) => {
                    let error = unfit.recorded(store, now)?;
                    issuance.set(place, refused(error, comparison.as_ref()));
                }
            }
        }
        let ca = self.authority.name().as_str();
        let results = issue::judge_outside(store, drafts, self.profile, ca, now)?;
        let mut judged = Vec::with_capacity(places.len());
        for ((place, comparison), result) in places.into_iter().zip(results) {
            match (result, comparison) {
                (Ok(draft), None) => judged.push((place, draft)),
                (Ok(draft), Some(comparison)) => {
                    issuance.set(place, Outcome::Previewed(self.preview(&draft, &comparison)));
                }
                (Err(error), comparison) => issuance.set(place, refused(error, comparison.as_ref())),
            }
        }
        Ok(judged)
    }

    /// What would be signed. The serial number is not the one that will be.
    fn preview(&self, draft: &Draft, comparison: &Comparison) -> View {
        let shown = approval::certificate(draft, Some(self.authority), self.change);
        View::default().row("comparison", view::Comparison::of(comparison)).and(shown)
    }

    /// Writes what was issued: into the directory all at once, or the one file that was named.
    fn publish(&self, issued: &[(usize, Issued<Certificate>)], issuance: &mut Issuance) {
        let pems: Vec<(String, String)> =
            issued.iter().map(|(_, one)| (one.object().number.clone(), one.to_pem())).collect();
        let results = match &self.place {
            Place::File(path) => {
                let write = |(serial, pem): &(String, String)| {
                    own::publish(path, pem.as_bytes(), Access::Public, "certificate", serial)
                };
                pems.iter().map(write).collect()
            }
            Place::Directory(directory) => own::publish_all(directory, &pems),
            Place::Output => pems.iter().map(|_| Ok(())).collect(),
        };
        for (((place, one), (serial, pem)), result) in issued.iter().zip(pems).zip(results) {
            let pem = matches!(self.place, Place::Output).then_some(pem);
            let outcome = match result {
                Ok(()) => Outcome::Issued { serial, sha256: one.sha256(), pem },
                Err(failure) => Outcome::Failed(failure),
            };
            issuance.set(*place, outcome);
        }
    }
}

/// What policy lets pass and a linter does not.
fn refused(error: Error, comparison: Option<&Comparison>) -> Outcome {
    match comparison {
        Some(comparison) => {
            let view = View::default().row("comparison", view::Comparison::of(comparison));
            Outcome::Foreseen(error.into(), view)
        }
        None => Outcome::Refused(error.into()),
    }
}

/// The requests that could be read and are proven.
fn sound(taken_in: TakenIn, issuance: &mut Issuance) -> Vec<(usize, Intake)> {
    let mut proven = Vec::with_capacity(taken_in.len());
    for (place, result) in taken_in {
        match result {
            Ok(intake) => proven.push((place, intake)),
            Err(failure) => issuance.set(place, Outcome::Refused(failure)),
        }
    }
    proven
}
