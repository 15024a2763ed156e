//! `bundle answer`: the offline side.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use keyrite::audit::{Bundle, Event, Kind};
use keyrite::authority::system::SystemClock;
use keyrite::authority::{Authority, Error, issue, output, take_up};
use keyrite::exchange::{AnswerManifest, RequestBundle, reasons};
use keyrite::policy::Length;
use keyrite::store::{CaName, OpenReservation, State, Store};
use keyrite::x509::extension::KeyUsage;
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::time::Time;

use super::composing::{self, Composing, Standing};
use super::record::{self, OnRecord};
use super::requesters::{self, Requester};
use super::{medium, problem, revocations, seals, shown, statements};
use crate::batch::{Batch, Given, Reading};
use crate::configuration::{self, Settings};
use crate::context::Context;
use crate::failure::{Exit, Failure, Progress};
use crate::issuance::{Outcome, Place};
use crate::paths::Paths;
use crate::render::{Answer, Text as _};
use crate::safe_text::Page;
use crate::signing::{self, Hand};
use crate::view::View;
use crate::{ledger, notary, own, preflight, profiles, rescue};

/// Answers a bundle, or writes the answer once more that it has had.
///
/// # Errors
/// A [`Failure`]: what was signed by then is on record, and found when the bundle is answered again.
pub(crate) fn answer(context: &Context, directory: &Path, out: &Path) -> Result<Answer, Failure> {
    output::preview(out)?;
    let bundle = RequestBundle::read(medium::read(directory)?).map_err(|error| problem(&error, directory))?;
    let settings = configuration::load(context)?;
    let requester = requesters::of(context, &settings, &bundle, directory)?;
    let mut store = ledger::write(context)?;
    let ca = asked_ca(&store, &bundle).map_err(|failure| failure.about(directory))?;
    let signature = settings.signature(&ca.name, ca.public_key.algorithm())?;
    let authority = Authority::of(&ca, Some(signature)).map_err(Error::from)?;
    requester.may_ask(&bundle, authority.name()).map_err(|failure| failure.about(directory))?;
    // From here to the end nobody else reserves anything: what is open for this bundle is nobody's any more.
    store.be_alone()?;
    let on_record = OnRecord::read(&store, &bundle, authority.name())?;
    on_record.same(&bundle).map_err(|failure| failure.about(directory))?;
    let again = on_record.sealed.is_some();
    let mut answering = Answering {
        context,
        settings: &settings,
        store,
        authority,
        bundle: &bundle,
        requester,
        on_record,
        hand: None,
    };
    let done = answering.all(directory, out);
    let (manifest, files) = done?;
    let exit = if manifest.refused() == 0 { Exit::Done } else { Exit::Refused };
    let view = shown::answer(&manifest)
        .row("signed now", if again { "nothing: this bundle was answered before" } else { "what is listed" })
        .row("files", files)
        .row("written", out.display().to_string());
    let advice =
        "what was issued is on record: keyrite bundle answer writes the same answer once more".to_owned();
    Ok(Answer::new(view).exit(exit).signed(Progress::Published, advice))
}

/// The CA of this home for which a bundle is.
fn asked_ca(store: &Store, bundle: &RequestBundle) -> Result<keyrite::store::Ca, Failure> {
    let asked = &bundle.manifest.ca;
    let is = |ca: &keyrite::store::Ca| ca.certificate.as_ref().map(|certificate| asked.is(certificate));
    let cas = store.cas()?;
    let named = cas.iter().find(|ca| ca.name.as_str() == asked.name);
    let other = named.and_then(is).and_then(Result::err);
    if let Some(found) = cas.iter().find(|ca| is(ca).is_some_and(|found| found.is_ok())) {
        return Ok(found.clone());
    }
    let failure = Failure::new(
        Exit::Refused,
        format!("the bundle is for a CA {:?} that is not of this home", asked.name),
    );
    Err(failure
        .maybe_because(other)
        .hint("keyrite ca list shows the CAs of this home; --home names another one"))
}

struct Answering<'a> {
    context: &'a Context,
    settings: &'a Settings,
    store: Store,
    authority: Authority,
    bundle: &'a RequestBundle,
    requester: Requester<'a>,
    on_record: OnRecord,
    /// The key of the CA, from its first use on.
    hand: Option<Hand>,
}

impl Answering<'_> {
    fn all(&mut self, directory: &Path, out: &Path) -> Result<(AnswerManifest, usize), Failure> {
        if self.on_record.sealed.is_none() {
            if self.on_record.received.is_none() {
                requesters::in_time(self.bundle, SystemClock.now())
                    .map_err(|failure| failure.about(directory))?;
            }
            notary::whole(&self.store)?;
            self.preflight()?;
            self.approve()?;
            let done = if self.on_record.answered.is_none() {
                self.work().and_then(|()| self.fix())
            } else {
                Ok(())
            };
            done.and_then(|()| self.seal()).map_err(|failure| {
                failure.also("what was signed is on record: keyrite bundle answer with the same bundle goes on from there")
            })?;
        }
        let (Some(answered), Some(line)) = (&self.on_record.answered, &self.on_record.sealed) else {
            return Err(Failure::new(Exit::Defect, "an answer that is not on record"));
        };
        let (manifest, contents) = self.composing().contents(answered, line)?;
        composing::write(out, &contents)?;
        let event = Event::Exported {
            what: "bundle".to_owned(),
            ca: Some(self.name().to_string()),
            number: None,
            count: u64::try_from(manifest.given().count()).ok(),
            sha256: Some(answered.sha256),
            to: out.display().to_string(),
        };
        self.store.append(event, SystemClock.now())?;
        Ok((manifest, contents.len()))
    }

    fn name(&self) -> &CaName {
        self.authority.name()
    }

    fn composing(&self) -> Composing<'_> {
        let Self { store, authority, bundle, on_record, .. } = self;
        Composing { store, authority, bundle, on_record }
    }

    /// Reads what is on record by now.
    fn reread(&mut self) -> Result<(), Failure> {
        self.on_record = OnRecord::read(&self.store, self.bundle, self.authority.name())?;
        Ok(())
    }

    fn append(&mut self, event: Bundle) -> Result<(), Failure> {
        Ok(self.store.append(Event::Bundle(event), SystemClock.now())?)
    }

    /// What stands in the way of the whole, before anybody is asked and anything is on record.
    fn preflight(&self) -> Result<(), Failure> {
        let asked = &self.bundle.manifest;
        let now = SystemClock.now();
        if let Some(profile) = &asked.profile {
            let profile = profiles::load(self.context, profile)?;
            preflight::no_inherited_pin(self.context, &profile)?;
            self.validity()?;
            self.authority.fit(KeyUsage::KEY_CERT_SIGN, now)?;
        }
        if asked.crl {
            self.authority.fit(KeyUsage::CRL_SIGN, now)?;
        }
        if asked.ocsp {
            statements::responder(self.settings, &self.store, &self.authority, now)?;
        }
        Ok(())
    }

    /// How long the certificates are wanted to be valid.
    fn validity(&self) -> Result<Option<Length>, Failure> {
        let Some(text) = &self.bundle.manifest.validity else { return Ok(None) };
        let length = text.parse::<Length>().map_err(|error| {
            Failure::new(Exit::Refused, format!("request.json: validity {text:?}")).because(error.to_string())
        })?;
        Ok(Some(length))
    }

    /// Shows who asks for what, and that one signature more than is asked for goes under the answer.
    fn approve(&self) -> Result<(), Failure> {
        let view = shown::request(self.bundle)
            .row(
                "signed by",
                format!("the key in {} of requester {}", self.requester.key, self.requester.name),
            )
            .maybe("came before", self.on_record.received.as_ref().map(|(_, time, _)| time.clone()));
        let mut page = Page::on_terminal();
        view.text(&mut page);
        let question = "This bundle will be answered: what is signed is shown before it is. Beside that the key of the CA \
                        signs a checkpoint of the audit log, which vouches for the answer.";
        self.context.confirm(&page, question, "answer", &[*self.bundle.sha256.as_bytes()])
    }

    /// The key of the CA, which is logged in once.
    fn hand(&mut self) -> Result<&mut Hand, Failure> {
        let hand = match self.hand.take() {
            Some(hand) => hand,
            None => {
                let uri = self.settings.key(self.authority.name(), self.authority.key_uri())?;
                signing::hand(self.context, &mut self.store, &self.authority, &uri)?
            }
        };
        Ok(self.hand.insert(hand))
    }

    /// Everything that is asked for, as far as it is not done.
    fn work(&mut self) -> Result<(), Failure> {
        if self.on_record.received.is_none() {
            let asked = &self.bundle.manifest;
            self.append(Bundle::Received {
                bundle: asked.bundle.to_string(),
                manifest_sha256: self.bundle.sha256,
                ca: self.authority.name().to_string(),
                requester: asked.requester.clone(),
                requests: u64::try_from(asked.requests.len()).unwrap_or(u64::MAX),
            })?;
        }
        self.take_up()?;
        self.issue()?;
        self.reread()?;
        self.give_up()?;
        revocations::all(
            &mut self.store,
            self.bundle,
            &self.requester,
            self.authority.name(),
            &self.on_record,
        )?;
        self.reread()?;
        if self.bundle.manifest.crl && self.on_record.fresh_crls().is_empty() {
            self.hand()?;
            let (context, settings) = (self.context, self.settings);
            if let Some(hand) = &mut self.hand {
                statements::crls((context, settings), &mut self.store, &self.authority, hand)?;
            }
            self.reread()?;
        }
        if self.bundle.manifest.ocsp {
            self.respond()?;
        }
        Ok(())
    }

    /// Has signed what an attempt before has reserved: the same octets under the same number.
    fn take_up(&mut self) -> Result<(), Failure> {
        let ours = |one: &OpenReservation| {
            one.object.kind == Kind::Certificate
                && one.object.ca == self.authority.name().as_str()
                && self.on_record.reserved.values().any(|number| *number == one.object.number)
        };
        let open: Vec<OpenReservation> = self.store.open_reservations()?.into_iter().filter(ours).collect();
        if open.is_empty() {
            return Ok(());
        }
        let mut page = Page::on_terminal();
        let numbers: Vec<String> =
            open.iter().map(|one| format!("{}, at {}", one.object, one.reserved_at)).collect();
        View::default().row("reserved", numbers).text(&mut page);
        let question = "Before an interruption these were approved and reserved. The token will sign the very same octets.";
        let digests: Vec<[u8; 32]> =
            open.iter().map(|one| keyrite::audit::Fingerprint::of(&one.tbs).0).collect();
        self.context.confirm(&page, question, "sign", &digests)?;
        let algorithm = self.authority.signature();
        self.hand()?;
        for one in &open {
            if let Some(hand) = &mut self.hand {
                take_up(&mut self.store, &mut hand.signer, one, algorithm, &SystemClock)
                    .map_err(|error| rescue::keep(error, &rescue::directory(None)))?;
            }
        }
        Ok(())
    }

    /// Issues for the requests of which nothing is on record, by the one way on which certificates are issued.
    fn issue(&mut self) -> Result<(), Failure> {
        let asked = &self.bundle.manifest;
        let Some(profile) = &asked.profile else { return Ok(()) };
        let mut open: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
        for request in &asked.requests {
            let octets = self.bundle.request(request);
            if matches!(self.composing().standing(&request.file, octets)?, Standing::Open) {
                open.insert(PathBuf::from(&request.file), octets.to_vec());
            }
        }
        if open.is_empty() {
            return Ok(());
        }
        let profile = profiles::load(self.context, profile)?;
        let validity = self.validity()?;
        let ca_keys = own::keys(&self.store, &profile)?;
        let weak_key_lists = self.settings.weak_key_lists()?;
        let change = profiles::change(&self.store, &profile)?;
        let issuer =
            issue::view(&self.store, &self.authority, self.settings.ca(self.authority.name()).places())?;
        let requester = record::tag(&asked.requester, asked.bundle);
        let batch = Batch {
            context: self.context,
            settings: self.settings,
            authority: &self.authority,
            issuer: &issuer,
            profile: &profile,
            ca_keys: &ca_keys,
            weak_key_lists: &weak_key_lists,
            requester: &requester,
            overrides: &[],
            given: Given { subject: None, alt_names: &[], not_before: None, validity },
            reading: Reading::Bundle { for_ca: profile.kind().ca().is_some(), requests: &open },
            change: change.as_ref(),
            place: Place::Output,
            dry_run: false,
            sessions: self.settings.home().sessions().unwrap_or(1),
            keeps_hand: true,
        };
        let paths: Paths = open.keys().cloned().collect();
        let issuance = batch.issue(&mut self.store, &paths, &mut self.hand);
        let (outcomes, stopped) = issuance.into_outcomes();
        let mut failed = stopped;
        for (path, outcome) in paths.iter().zip(outcomes) {
            match outcome {
                Some(Outcome::Refused(failure)) => {
                    let event = Bundle::Refused {
                        bundle: asked.bundle.to_string(),
                        asked: path.display().to_string(),
                        reasons: reasons(&failure.words()),
                    };
                    self.store.append(Event::Bundle(event), SystemClock.now())?;
                }
                Some(Outcome::Failed(failure)) if failed.is_none() => failed = Some(failure),
                Some(
                    Outcome::Issued { .. }
                    | Outcome::Previewed(_)
                    | Outcome::Foreseen(..)
                    | Outcome::Failed(_),
                )
                | None => {}
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Says of each request whose number was given up that there will be no other for it.
    fn give_up(&mut self) -> Result<(), Failure> {
        for request in self.bundle.manifest.requests.clone() {
            let standing = self.composing().standing(&request.file, self.bundle.request(&request))?;
            if let Standing::GivenUp { serial } = standing {
                let open =
                    self.store.certificate(self.name(), &serial_of(&serial)?)?.state == State::Reserved;
                if open {
                    return Err(Failure::new(
                        Exit::Token,
                        format!("certificate {serial} is reserved and not signed"),
                    ));
                }
                let why = format!(
                    "serial number {serial} was reserved for it and given up, and a request gets one alone: ask by a new bundle"
                );
                let bundle = self.bundle.manifest.bundle.to_string();
                self.append(Bundle::Refused { bundle, asked: request.file, reasons: vec![why] })?;
            }
        }
        Ok(())
    }

    fn respond(&mut self) -> Result<(), Failure> {
        let mut serials = Vec::new();
        for request in &self.bundle.manifest.requests {
            let octets = self.bundle.request(request);
            if let Standing::Issued { serial, .. } = self.composing().standing(&request.file, octets)? {
                serials.push(serial);
            }
        }
        if serials.is_empty() {
            return Ok(());
        }
        let since = self.on_record.received.as_ref().and_then(|(_, time, _)| time.parse().ok());
        let since = since.unwrap_or(Time::NO_EXPIRATION);
        self.hand()?;
        let about = (self.context, self.settings);
        match &mut self.hand {
            Some(hand) => statements::ocsp(about, &mut self.store, &self.authority, hand, (&serials, since)),
            None => Ok(()),
        }
    }

    /// Fixes the answer: from here on it is this one.
    fn fix(&mut self) -> Result<(), Failure> {
        self.reread()?;
        let mut crls = self.on_record.fresh_crls();
        if crls.is_empty() || !self.bundle.manifest.crl {
            crls = self
                .store
                .newest_crls(self.authority.name())?
                .iter()
                .map(|crl| crl.number.to_string())
                .collect();
        }
        let now = SystemClock.now();
        let (manifest, _) = self.composing().manifest(&now.to_string(), &crls)?;
        let octets = manifest.encode().map_err(|error| Failure::of(Exit::Defect, &error))?;
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let event = Bundle::Answered {
            bundle: manifest.bundle.to_string(),
            manifest_sha256: self.bundle.sha256,
            answer_sha256: keyrite::audit::Fingerprint::of(&octets),
            issued: count(manifest.given().count()),
            refused: count(manifest.refused()),
            crls,
        };
        self.store.append(Event::Bundle(event), now)?;
        self.reread()
    }

    /// Has the CA's key sign the checkpoint that vouches for the answer, and keeps the signature.
    fn seal(&mut self) -> Result<(), Failure> {
        let Some(answered) = self.on_record.answered.clone() else {
            return Err(Failure::new(Exit::Defect, "an answer that is not fixed"));
        };
        let checkpoint = self.composing().checkpoint(&answered)?;
        let algorithm = self.authority.signature();
        self.hand()?;
        let Some(hand) = &mut self.hand else { return Ok(()) };
        let line = seals::endorse(Some(&mut self.store), &mut hand.signer, &checkpoint, algorithm)?;
        let bundle = self.bundle.manifest.bundle.to_string();
        self.append(Bundle::Sealed { bundle, size: checkpoint.size, line: line.to_string() })?;
        self.reread()
    }
}

fn serial_of(number: &str) -> Result<SerialNumber, Failure> {
    number.parse().map_err(|error| Failure::of(Exit::Integrity, &error))
}
