//! What an answer has beside certificates: fresh CRLs and OCSP responses.

use std::collections::BTreeSet;

use keyrite::authority::ocsp::{self, OcspRun, RecordedGroup, Responder, ResponderKey};
use keyrite::authority::system::SystemClock;
use keyrite::authority::{Authority, Error, Issuer, crl};
use keyrite::store::{Chosen, Store};
use keyrite::token::Pkcs11Uri;
use keyrite::x509::ocsp::CertIdHash;
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::time::Time;

use crate::configuration::Settings;
use crate::context::Context;
use crate::crls::{self, Wanted};
use crate::failure::{Exit, Failure};
use crate::signing::{self, Hand};
use crate::{approval, certificates, commands, delegate, profiles, rescue};

/// Has every complete CRL of the CA signed anew, after they were approved as those of `crl issue` are.
///
/// # Errors
/// As `crl issue`.
pub(super) fn crls(
    (context, settings): (&Context, &Settings),
    store: &mut Store,
    authority: &Authority,
    hand: &mut Hand,
) -> Result<(), Failure> {
    let name = authority.name();
    let config = settings.ca(name);
    let listed = crls::wanted(name, &config, &Wanted { label: None, delta: false })?;
    let standards = profiles::standards(context, &store.ca(name)?.profile);
    let clock = SystemClock;
    let mut drafts = Vec::new();
    for (ahead, one) in (0..).zip(&listed) {
        let now = clock.now();
        let end =
            one.length(&config).last_second_from(now).map_err(|error| Failure::of(Exit::Usage, &error))?;
        let plan = one.plan((now, end), &standards, None);
        drafts.push((one, crl::draft(store, authority, &plan, ahead, &mut |_| {})?));
    }
    let (what, view) = commands::crls_shown(&drafts, authority);
    let digests: Vec<[u8; 32]> = drafts.iter().map(|(_, draft)| draft.linted().sha256()).collect();
    approval::ask(context, &what, &view, &digests)?;
    let mut issuer = Issuer::join(authority, &mut hand.signer).map_err(Error::from)?;
    for (_, draft) in drafts {
        crl::issue(store, &mut issuer, draft, &clock)
            .map_err(|error| rescue::keep(error, &rescue::directory(None)))?;
    }
    Ok(())
}

/// Has OCSP responses about certificates signed, but for those that have one since `since`.
///
/// # Errors
/// As `ocsp sign`.
pub(super) fn ocsp(
    (context, settings): (&Context, &Settings),
    store: &mut Store,
    authority: &Authority,
    hand: &mut Hand,
    (serials, since): (&[SerialNumber], Time),
) -> Result<(), Failure> {
    let name = authority.name();
    let mut left = BTreeSet::new();
    for serial in serials {
        let answer = store.ocsp_answer(name, serial, CertIdHash::Sha1)?;
        if answer.is_none_or(|answer| answer.this_update < since) {
            left.insert(serial.clone());
        }
    }
    if left.is_empty() {
        return Ok(());
    }
    let left: Vec<SerialNumber> = left.into_iter().collect();
    let now = SystemClock.now();
    let next_update = settings.ca(name).ocsp().next_update().last_second_from(now);
    let next_update = next_update.map_err(|error| Failure::of(Exit::Usage, &error))?;
    let (responder, key) = responder(settings, store, authority, now)?;
    let standings = store.ocsp_standings(name, Chosen::Serials(&left))?;
    let standards = profiles::standards(context, &store.ca(name)?.profile);
    let run = OcspRun::new(authority, &responder, &[CertIdHash::Sha1], standards, (now, next_update))?;
    let drafted = run.draft(store, &standings)?;
    let asked = approval::ocsp(&run, &standings);
    approval::ask(context, &approval::ocsp_count(standings.len()), &asked, &[])?;
    match key {
        None => group(store, &run, &responder, (drafted, hand)),
        Some(key) => {
            delegate::tell_if_asked_about(&responder);
            let found = signing::find(context, store, &key, Some(responder.public_key()))?;
            let mut own = found.take(store)?;
            group(store, &run, &responder, (drafted, &mut own))
        }
    }
}

/// Who answers for the CA, and where the key is if it is not the CA's.
///
/// # Errors
/// A [`Failure`] when nobody can.
pub(super) fn responder(
    settings: &Settings,
    store: &Store,
    authority: &Authority,
    now: Time,
) -> Result<(Responder, Option<Pkcs11Uri>), Failure> {
    let Some((path, key)) = settings.ocsp_responder(authority.name()) else {
        return Ok((Responder::of_ca(authority, now).map_err(Error::from)?, None));
    };
    let certificate = certificates::read(&path)?;
    Ok((delegate::of(store, authority, &path, certificate, now)?, Some(key)))
}

type Drafted = Vec<keyrite::lint::Linted<keyrite::x509::ocsp::OcspResponse>>;

fn group(
    store: &mut Store,
    run: &OcspRun<'_>,
    responder: &Responder,
    (drafted, hand): (Drafted, &mut Hand),
) -> Result<(), Failure> {
    let uri = hand.signer.key().uri.to_string();
    let mut key = ResponderKey::join(responder, &mut hand.signer).map_err(Error::from)?;
    let reservation = run.reserve(store, drafted, &uri, &SystemClock)?;
    let RecordedGroup { failure, .. } = ocsp::record(store, key.ask_to_sign(reservation), &SystemClock)?;
    match failure {
        None => Ok(()),
        Some(error) => Err(error.into()),
    }
}
