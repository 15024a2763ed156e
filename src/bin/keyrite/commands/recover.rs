//! `recover`.

use std::path::{Path, PathBuf};

use keyrite::audit::{Event, Kind};
use keyrite::authority;
use keyrite::authority::output::{self, Access};
use keyrite::authority::revoke::{self, RevocationRequest};
use keyrite::authority::system::SystemClock;
use keyrite::store::{CaName, Error, OpenOcspGroup, OpenReservation, Settlement, Store};
use keyrite::x509::certificate::{Certificate, TbsCertificate};
use keyrite::x509::extension::ReasonCode;
use keyrite::x509::pem;
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::signed::{Kind as _, Parts};
use keyrite::x509::unsigned::UnsignedCertificate;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::notice::notice;
use crate::render::{Answer, Text};
use crate::safe_text::Page;
use crate::{input, ledger};

/// Settle what a crash or a failed token left open
///
/// A reservation is open when nobody knows whether its object was signed. Of a certificate the ledger holds what was
/// to be signed as a certificate without signature (RFC 9925), which --export writes for other programs to read. It is settled by the signed object, if
/// that is found (--found), else by giving it up: its number stays burned for ever, and a certificate can be
/// revoked so that it is of no use should it turn up (--revoke). It is safe to run at any time and twice: it waits
/// for every other keyrite that is at work in the home.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite recover                           list and settle, with a question\n  keyrite recover --dry-run --export .      what was to be signed, as files\n  keyrite recover --revoke --yes\n  keyrite recover --found rescued-certificate-4C0FFEE1.pem"
)]
pub(crate) struct Args {
    /// A signed object that was found; may be given several times
    #[arg(long, value_name = "FILE")]
    found: Vec<PathBuf>,

    /// Revoke the certificates that are given up
    #[arg(long)]
    revoke: bool,

    /// List, and settle nothing
    #[arg(long)]
    dry_run: bool,

    /// Write what was to be signed into this directory: certificates as unsigned ones in PEM, the rest as it is
    #[arg(long, value_name = "DIR", requires = "dry_run")]
    export: Option<PathBuf>,
}

/// The largest object that is read, in octets.
const OCTETS: usize = 256 * 1024 * 1024;

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        if self.dry_run {
            let store = ledger::read(context)?;
            let open = store.open_reservations()?;
            let mut reservations: Vec<Line> = open.iter().map(|each| Line::of(each, "open")).collect();
            if let Some(directory) = &self.export {
                for (line, each) in reservations.iter_mut().zip(&open) {
                    line.exported = Some(export(directory, each)?);
                }
            }
            for group in store.open_ocsp_groups()? {
                let mut line = Line::of_group(&group, "open");
                if let Some(directory) = &self.export {
                    line.exported = Some(export_group(directory, &group)?);
                }
                reservations.push(line);
            }
            return Ok(Answer::new(Settled { reservations }));
        }
        let mut store = ledger::write(context)?;
        store.be_alone()?;
        let mut lines = Vec::new();
        for path in &self.found {
            lines.push(self.settle_found(&mut store, path)?);
        }
        let found = lines.len();
        let given_up = store.open_reservations()?;
        let groups = store.open_ocsp_groups()?;
        if !given_up.is_empty() || !groups.is_empty() {
            self.confirm(context, &given_up, &groups)?;
        }
        for each in given_up {
            lines.push(self.give_up(&mut store, &each)?);
        }
        for group in groups {
            store.give_up_ocsp(&group, SystemClock.now())?;
            lines.push(Line::of_group(&group, "given up"));
        }
        if !lines.is_empty() {
            let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
            let (open, found) = (number(lines.len()), number(found));
            let event = Event::Recovered { open, abandoned: open.saturating_sub(found), found };
            store.append(event, SystemClock.now())?;
        }
        Ok(Answer::new(Settled { reservations: lines }))
    }

    fn confirm(
        &self,
        context: &Context,
        given_up: &[OpenReservation],
        groups: &[OpenOcspGroup],
    ) -> Result<(), Failure> {
        let groups = groups.iter().map(|group| Line::of_group(group, "open"));
        let reservations = given_up.iter().map(|each| Line::of(each, "open")).chain(groups).collect();
        let mut page = Page::on_terminal();
        Settled { reservations }.text(&mut page);
        let question = if self.revoke {
            "These may have been signed. They are given up, and the certificates among them revoked."
        } else {
            "These may have been signed. They are given up; --revoke also revokes the certificates among them."
        };
        context.terminal().confirm(context.global().yes, &page, question, "settle")
    }

    fn settle_found(&self, store: &mut Store, path: &Path) -> Result<Line, Failure> {
        let octets = input::read(path, OCTETS)?;
        let der = pem::one(&octets, &["CERTIFICATE", "X509 CRL", "CERTIFICATE REQUEST"])
            .map_err(|error| Failure::of(Exit::Refused, &error).about(path))?;
        let tbs = Parts::from_der(&der).map_err(|error| Failure::of(Exit::Refused, &error).about(path))?.tbs;
        // Also one that was given up meanwhile: what was signed exists.
        let Some(open) = store.reservation_of(tbs)? else {
            return Err(Failure::new(Exit::Refused, "no open reservation is for this object")
                .about(path)
                .hint("what is on record already needs nothing: keyrite certificate show SERIAL"));
        };
        store.settle(open.id, Settlement::Found(&der), SystemClock.now())?;
        Ok(Line::of(&open, "found and recorded"))
    }

    /// Revokes before it gives up: what a crash interrupts in between is still open and can be done again.
    fn give_up(&self, store: &mut Store, open: &OpenReservation) -> Result<Line, Failure> {
        let revoked = self.revoke && open.object.kind == Kind::Certificate;
        if revoked {
            self.revoke(store, open)?;
        }
        store.settle(open.id, Settlement::Abandon, SystemClock.now())?;
        Ok(Line::of(open, if revoked { "given up and revoked" } else { "given up" }))
    }

    fn revoke(&self, store: &mut Store, open: &OpenReservation) -> Result<(), Failure> {
        let ca: CaName = open.object.ca.parse().map_err(|error| Failure::of(Exit::Defect, &error))?;
        let serial: SerialNumber =
            open.object.number.parse().map_err(|error| Failure::of(Exit::Defect, &error))?;
        let reason = Some(ReasonCode::CessationOfOperation);
        let request = RevocationRequest { reason, date: None, invalidity_date: None };
        match revoke::revoke(store, &ca, &serial, request, &SystemClock) {
            Ok(_) | Err(authority::Error::Store(Error::AlreadyRevoked { .. })) => {}
            Err(error) => return Err(error.into()),
        }
        notice(&format!("keyrite crl issue --ca {ca} makes the revocation known"));
        Ok(())
    }
}

/// What became of each reservation.
#[derive(Debug, serde::Serialize)]
struct Settled {
    reservations: Vec<Line>,
}

/// One reservation.
#[derive(Debug, serde::Serialize)]
struct Line {
    kind: String,
    ca: String,
    number: String,
    reserved_at: String,
    subject: Option<String>,
    failure: Option<String>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exported: Option<String>,
}

impl Line {
    fn of(open: &OpenReservation, state: &'static str) -> Self {
        Self {
            kind: open.object.kind.to_string(),
            ca: open.object.ca.clone(),
            number: open.object.number.clone(),
            reserved_at: open.reserved_at.to_string(),
            subject: (open.object.kind == Kind::Certificate).then(|| subject(&open.tbs)).flatten(),
            failure: open.failure.clone(),
            state,
            exported: None,
        }
    }
}

impl Line {
    fn of_group(group: &OpenOcspGroup, state: &'static str) -> Self {
        let OpenOcspGroup { ca, group, count, reserved_at, .. } = group;
        Self {
            kind: format!("group of {count} OCSP responses"),
            ca: ca.clone(),
            number: group.to_string(),
            reserved_at: reserved_at.to_string(),
            subject: None,
            failure: None,
            state,
            exported: None,
        }
    }
}

/// Writes what was to be signed of a group, one DER value after the other, and says where.
fn export_group(directory: &Path, open: &OpenOcspGroup) -> Result<String, Failure> {
    let path = directory.join(format!("unsigned-ocsp-{}-{}.der", open.ca, open.group));
    output::publish(&path, &open.tbs, Access::Public)?;
    Ok(path.display().to_string())
}

/// Writes what was to be signed, and says where.
fn export(directory: &Path, open: &OpenReservation) -> Result<String, Failure> {
    let OpenReservation { object, tbs, .. } = open;
    let (name, contents) = match object.kind {
        Kind::Certificate => {
            let unsigned =
                UnsignedCertificate::of(tbs).map_err(|error| Failure::of(Exit::Integrity, &error))?;
            let pem = pem::encode(Certificate::PEM_LABEL, unsigned.as_der());
            (format!("unsigned-certificate-{}.pem", object.number), pem.into_bytes())
        }
        Kind::Crl => (format!("unsigned-crl-{}-{}.der", object.ca, object.number), tbs.clone()),
        Kind::Request => (format!("unsigned-request-{}-{}.der", object.ca, object.number), tbs.clone()),
    };
    let path = directory.join(name);
    output::publish(&path, &contents, Access::Public)?;
    Ok(path.display().to_string())
}

fn subject(tbs: &[u8]) -> Option<String> {
    use der::{Decode as _, Encode as _};
    let tbs = TbsCertificate::from_der(tbs).ok()?;
    Some(keyrite::x509::name::Name::from_der(&tbs.subject.to_der().ok()?).ok()?.to_string())
}

impl Text for Settled {
    fn text(&self, page: &mut Page) {
        if self.reservations.is_empty() {
            page.line("nothing is open");
            return;
        }
        for Line { kind, ca, number, reserved_at, subject, failure, state, exported } in &self.reservations {
            page.line(format!("{kind} {number} of CA {ca}, reserved at {reserved_at}: {state}"));
            if let Some(subject) = subject {
                page.line(format!("  for {subject}"));
            }
            if let Some(failure) = failure {
                page.line(format!("  the token said: {failure}"));
            }
            if let Some(path) = exported {
                page.line(format!("  what was to be signed: {path}"));
            }
        }
    }
}
