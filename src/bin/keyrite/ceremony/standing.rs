//! What an interrupted step had done, as ledger and token show it: the transcript alone cannot know.

use std::ops::ControlFlow;

use keyrite::audit::{Event, Fingerprint, Kind, Record};
use keyrite::authority::system::SystemClock;
use keyrite::authority::{Error as AuthorityError, take_up};
use keyrite::ceremony::{Step, Subject, Task};
use keyrite::store::{CaName, CaState, OpenReservation, Store};
use keyrite::token::Error as TokenError;
use keyrite::x509::certificate::Certificate;
use keyrite::x509::csr::Csr;
use keyrite::x509::pem;
use keyrite::x509::signed::Kind as _;

use super::acts::Standing;
use super::planning::Plan;
use super::responses;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::Text as _;
use crate::safe_text::Page;
use crate::view::View;
use crate::{configuration, destruction, ledger, rescue, session, signing};

/// How far a step had come.
#[derive(Debug)]
pub(crate) enum Came {
    /// It is done in the ledger: what it writes may be missing. The words say what was found.
    Done {
        /// What was found.
        what: String,
        /// What is written.
        contents: Option<Vec<u8>>,
    },
    /// It has to be done.
    Open(Standing),
}

/// The name of a CA of the script.
fn name_of(name: &str) -> Result<CaName, Failure> {
    name.parse().map_err(|error| Failure::of(Exit::Defect, &error))
}

/// What a step has to know before it is done for the first time.
///
/// # Errors
/// A [`Failure`] when the ledger cannot be read.
pub(crate) fn before(context: &Context, step: &Step) -> Result<Standing, Failure> {
    let mut request = None;
    if let Task::Issue { subject: Subject::Ca(name), .. } = &step.task {
        let store = ledger::read(context)?;
        let der = store.request(&name_of(name)?)?;
        let csr = der.map(|der| Csr::from_der(&der)).transpose();
        let csr = csr.map_err(|error| Failure::of(Exit::Integrity, &error))?;
        request = csr.map(|csr| hex::encode(csr.sha256()));
    }
    Ok(Standing { request, ..Standing::default() })
}

/// Looks how far a step has come that was begun when the log had so many entries. `making` tells whether it was about
/// to make a key, under a label that was unused until then.
///
/// # Errors
/// A [`Failure`] when ledger or token cannot be asked, or what was reserved cannot be signed; and when a key has the
/// label of the step that the step has not made.
pub(crate) fn after(
    context: &Context,
    plan: &Plan,
    step: &Step,
    (since, making): (u64, bool),
) -> Result<Came, Failure> {
    let standing = before(context, step)?;
    let mut store = ledger::write(context)?;
    if let Some(done) = done(&store, step, since)? {
        return Ok(done);
    }
    if let Some(open) = open(&store, step)? {
        sign(context, plan, &mut store, step, &open)?;
        let done = done(&store, step, since)?;
        return done.ok_or_else(|| Failure::new(Exit::Defect, "what was signed is not on record"));
    }
    if let Task::DestroyKey { ca } = &step.task {
        return destroyed(context, plan, &mut store, ca, since)
            .map(|came| came.unwrap_or(Came::Open(standing)));
    }
    drop(store);
    if let Task::SignOcsp { ca, .. } = &step.task {
        let (answered, remaining) = responses::answered(context, ca, since)?;
        return Ok(Came::Open(Standing { answered, remaining, ..standing }));
    }
    if let Task::InitToken { token } = &step.task {
        return initialised(context, plan, token, standing);
    }
    let Some((token, label)) = step.task.made_key() else { return Ok(Came::Open(standing)) };
    if plan.script.generated(token, label).is_some_and(|(made, _)| made.id != step.id) {
        return Ok(Came::Open(standing));
    }
    let uri = plan.key(token, label);
    let uri = uri.ok_or_else(|| Failure::new(Exit::Defect, "the site has no such token"))?;
    let key_made = match session::open(context, &uri)?.find_key(&uri) {
        Ok(_) if making => true,
        Ok(key) => return Err(foreign(&key.uri.to_string())),
        Err(TokenError::NoKey { .. }) => false,
        Err(error) => return Err(error.into()),
    };
    Ok(Came::Open(Standing { key_made, ..standing }))
}

/// The failure of a step whose label a key has that was there before.
fn foreign(key: &str) -> Failure {
    Failure::new(Exit::Refused, format!("the token has the key {key}, which this ceremony has not made"))
        .hint("find out whose it is; once keyrite key destroy has taken it away, or it has another label, resume")
}

/// How far a token has come that was being initialised: a crash may have come between its label and the user's PIN.
fn initialised(context: &Context, plan: &Plan, token: &str, standing: Standing) -> Result<Came, Failure> {
    let uri = plan.site.tokens.get(token);
    let uri = uri.ok_or_else(|| Failure::new(Exit::Defect, "the site has no such token"))?;
    // A token that is not there yet has no label either.
    let Ok(session) = session::open(context, uri) else { return Ok(Came::Open(standing)) };
    if session.token().flags.user_pin_initialized() {
        let what = format!("token {:?} is initialised", session.token().label);
        return Ok(Came::Done { what, contents: None });
    }
    Ok(Came::Open(Standing { half_made: true, ..standing }))
}

/// Whether the token has destroyed the key of a CA, and only the record of that is missing: then it is made.
fn destroyed(
    context: &Context,
    plan: &Plan,
    store: &mut Store,
    ca: &str,
    since: u64,
) -> Result<Option<Came>, Failure> {
    let Some(doomed) = destruction::untold(store, since, |key| key.cas.iter().any(|name| name == ca))? else {
        return Ok(None);
    };
    let uri = plan.keys().remove(ca);
    let uri = uri.ok_or_else(|| Failure::new(Exit::Defect, "the script has no key of this CA"))?;
    match session::open(context, &uri)?.doomed(&uri) {
        Err(TokenError::NoKey { .. }) => {
            let what = format!("the key {} is not in the token any more", doomed.key);
            store.append(Event::KeyDestroyed(doomed), SystemClock.now())?;
            Ok(Some(Came::Done { what, contents: None }))
        }
        Ok(_) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The step as the ledger has it, if it is done.
fn done(store: &Store, step: &Step, since: u64) -> Result<Option<Came>, Failure> {
    let pem = |label: &str, der: &[u8]| Some(pem::encode(label, der).into_bytes());
    let came = |what: String, contents| Ok(Some(Came::Done { what, contents }));
    let ca_of = |name: &str| -> Result<_, Failure> {
        let wanted = name_of(name)?;
        Ok(store.cas()?.into_iter().find(|ca| ca.name == wanted))
    };
    match &step.task {
        Task::CreateRoot { ca, .. } => match ca_of(&ca.name)?.and_then(|ca| ca.certificate) {
            Some(certificate) => {
                let what = format!("certificate {} is on record", certificate.serial());
                came(what, pem(Certificate::PEM_LABEL, certificate.as_der()))
            }
            None => Ok(None),
        },
        Task::Request { ca } => match ca_of(&ca.name)? {
            Some(found) => match store.request(&found.name)? {
                Some(der) => came("the request is on record".to_owned(), pem(Csr::PEM_LABEL, &der)),
                None => Ok(None),
            },
            None => Ok(None),
        },
        Task::Install { ca } => match ca_of(ca)? {
            Some(ca) if ca.state == CaState::Active => came("the CA has its certificate".to_owned(), None),
            Some(_) | None => Ok(None),
        },
        Task::DestroyKey { ca } => {
            let destroyed = last(store, since, |event| {
                let Event::KeyDestroyed(destroyed) = event else { return None };
                destroyed.cas.contains(ca).then_some(destroyed.key)
            })?;
            match destroyed {
                Some(key) => came(format!("the key {key} is destroyed"), None),
                None => Ok(None),
            }
        }
        Task::Issue { ca, .. } | Task::CrossCertify { ca, .. } | Task::IssueResponder { ca, .. } => {
            match signed(store, Kind::Certificate, ca, since)? {
                Some(number) => {
                    let serial = number.parse().map_err(|error| Failure::of(Exit::Defect, &error))?;
                    let der = store.certificate_der(&name_of(ca)?, &serial)?;
                    came(
                        format!("certificate {number} is on record"),
                        der.and_then(|der| pem(Certificate::PEM_LABEL, &der)),
                    )
                }
                None => Ok(None),
            }
        }
        Task::IssueCrl { ca, .. } => match signed(store, Kind::Crl, ca, since)? {
            Some(number) => {
                let current = store.current_crl(&name_of(ca)?)?;
                let der = current.filter(|(record, _)| record.number.to_string() == number);
                came(format!("CRL {number} is on record"), der.map(|(_, der)| der))
            }
            None => Ok(None),
        },
        Task::Revoke { ca, .. } => {
            let revoked = last(store, since, |event| {
                let Event::Revoked { ca: of, serial, .. } = event else { return None };
                (of == *ca).then_some(serial)
            })?;
            match revoked {
                Some(serial) => came(format!("certificate {serial} is revoked"), None),
                None => Ok(None),
            }
        }
        // The signature over a checkpoint is in its file alone: without that it is made again, over the log as it is.
        Task::Checkpoint { .. }
        | Task::GenerateKey { .. }
        | Task::InitToken { .. }
        | Task::CompareKey { .. }
        | Task::Collect { .. }
        | Task::ExportAttestation { .. }
        | Task::SignOcsp { .. }
        | Task::Publish { .. }
        | Task::Verify
        | Task::CheckEnvironment
        | Task::CheckToken { .. }
        | Task::Action { .. }
        | Task::Pause { .. } => Ok(None),
    }
}

/// The number of the object that was signed since then.
fn signed(store: &Store, kind: Kind, ca: &str, since: u64) -> Result<Option<String>, Failure> {
    last(store, since, |event| {
        let Event::Signed { object, .. } = event else { return None };
        (object.kind == kind && object.ca == ca).then_some(object.number)
    })
}

/// What the last event after an entry says that says something.
fn last<T>(store: &Store, since: u64, of: impl Fn(Event) -> Option<T>) -> Result<Option<T>, Failure> {
    let mut found = None;
    store.audit_entries(since, |entry| {
        if let Ok(record) = Record::decode(&entry.encoding)
            && record.entry > since
            && let Some(one) = of(record.event)
        {
            found = Some(one);
        }
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

/// What the step has reserved, and nobody knows whether it is signed.
fn open(store: &Store, step: &Step) -> Result<Option<OpenReservation>, Failure> {
    let Some((kind, ca)) = step.task.signs() else { return Ok(None) };
    let open = store.open_reservations()?;
    Ok(open.into_iter().rfind(|one| one.object.kind == kind && one.object.ca == ca))
}

/// Has signed what was reserved: the same octets under the same number, after they were approved once more.
fn sign(
    context: &Context,
    plan: &Plan,
    store: &mut Store,
    step: &Step,
    open: &OpenReservation,
) -> Result<(), Failure> {
    let name = name_of(&open.object.ca)?;
    let ca = store.ca(&name)?;
    let settings = configuration::load(context)?;
    let algorithm = settings.signature(&name, ca.public_key.algorithm())?;
    let uri = settings.key(&name, &ca.key_uri)?;
    let mut page = Page::on_terminal();
    View::default()
        .row("step", step.id.clone())
        .row("reserved", format!("{}, at {}", open.object, open.reserved_at))
        .row("plan", plan.digest.to_string())
        .text(&mut page);
    let question =
        "Before the interruption this was approved and reserved. The token will sign the very same octets.";
    context.confirm(&page, question, "sign", &[Fingerprint::of(&open.tbs).0])?;
    let found = signing::find(context, store, &uri, Some(&ca.public_key))?;
    if found.public_key != ca.public_key {
        return Err(Failure::new(Exit::Refused, format!("the key in the token is not that of CA {name}")));
    }
    let mut hand = found.take(store)?;
    take_up(store, &mut hand.signer, open, algorithm, &SystemClock)
        .map_err(|error: AuthorityError| rescue::keep(error, &rescue::directory(None)))?;
    Ok(())
}
