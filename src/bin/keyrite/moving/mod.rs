//! A CA moves in with everything that it has kept elsewhere.
//!
//! It is gone over twice: once for a report that a person can look at, with every signature verified, and once more
//! within the transaction that takes everything over. What is committed has the digest of what was reported.

use std::path::PathBuf;

use keyrite::audit::Waiver;
use keyrite::authority::adopt;
use keyrite::authority::system::SystemClock;
use keyrite::migrate::crls::Crls;
use keyrite::migrate::examination::{Examination, ExaminationError, NumberFiles};
use keyrite::migrate::intake::{Intake, Nowhere, Number, Revocation};
use keyrite::migrate::problem::Problem;
use keyrite::migrate::report::Report;
use keyrite::store::{self, CaName, CaState, Moving, NewCa, Removal, Taken};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::crl::Crl;
use keyrite::x509::extension::CrlNumber;
use keyrite::x509::serial::SerialNumber;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::{Answer, Text as _};
use crate::safe_text::Page;
use crate::{input, ledger, own, profiles, session, signing};

mod accept;
mod directory;
mod key;
pub(crate) mod layout;
mod told;
mod tree;

pub(crate) use accept::AcceptArgs;
pub(crate) use directory::Directory;
pub(crate) use told::Told;
pub(crate) use tree::Tree;

/// The largest CRL that is taken in, in octets.
const CRL_OCTETS: usize = 256 * 1024 * 1024;

/// What moves, and how.
#[derive(Debug)]
pub(crate) struct Move {
    /// What the CA is called in this home.
    pub(crate) name: CaName,
    /// The URI of its key.
    pub(crate) key: Option<String>,
    /// The certificate by which it issues.
    pub(crate) certificate: Certificate,
    /// Certificates above it.
    pub(crate) chain: Vec<Certificate>,
    /// Its index and certificates.
    pub(crate) files: Directory,
    /// The files of its CRLs.
    pub(crate) crls: Vec<PathBuf>,
    /// What `serial` and `crlnumber` say.
    pub(crate) numbers: NumberFiles,
    /// From what, for the audit log.
    pub(crate) source: &'static str,
    /// From where.
    pub(crate) from: String,
    /// The problems that are accepted.
    pub(crate) accepted: Vec<(Problem, Waiver)>,
    /// Whether to look only.
    pub(crate) dry_run: bool,
    /// The file of its private key, of which nothing is read.
    pub(crate) private_key: Option<PathBuf>,
    /// Remarks that go with the report.
    pub(crate) remarks: Vec<String>,
}

impl Move {
    /// Examines what there is and, unless there is something against it, takes it over. `before` is done once nothing
    /// can go wrong any more but the taking over itself, and adds to what is told.
    pub(crate) fn run(
        self,
        context: &Context,
        before: impl FnOnce(&mut Told) -> Result<(), Failure>,
    ) -> Result<Answer, Failure> {
        let now = SystemClock.now();
        let (crls, report) = self.read_crls()?;
        let mut examination =
            Examination::new(&self.files, &self.certificate, &crls, &self.numbers, report, now)
                .map_err(|error| Failure::of(Exit::Refused, &error))?;
        let report = examination.run(&mut Nowhere).map_err(|error| match error {
            ExaminationError::Intake(never) => match never {},
            ExaminationError::Index(_) | ExaminationError::Files(_) => unread(&error),
        })?;
        let accepted: Vec<Problem> = self.accepted.iter().map(|(problem, _)| *problem).collect();
        let against = report.unaccepted(&accepted);
        let mut told = Told::of(&self, &report, &accepted);
        if self.dry_run {
            let advice = key::advice(&self.certificate, self.private_key.as_deref(), &self.name);
            told.key = Some(advice);
            let exit = if against.is_empty() { Exit::Done } else { Exit::Refused };
            return Ok(Answer::new(told).exit(exit));
        }
        if !against.is_empty() {
            told.refused(&against);
            return Ok(Answer::new(told).exit(Exit::Refused));
        }
        let Some(uri) = &self.key else {
            return Err(Failure::new(Exit::Usage, "--key URI is wanted: the CA's key has to be in a token")
                .hint("--dry-run examines everything without it, and says how the key gets into a token"));
        };
        let uri = session::uri(uri)?;
        let mut store = ledger::write(context)?;
        let known = store.cas()?.into_iter().find(|ca| ca.name == self.name);
        let mut page = Page::on_terminal();
        told.text(&mut page);
        let question = "This CA will be taken over with all of this. The program that it comes from must not be used for it any more.";
        context.terminal().confirm(context.global().yes, &page, question, "migrate")?;
        let found = signing::find(context, &mut store, &uri, self.certificate.public_key().ok().as_ref())?;
        own::key_is_free(&store, &self.name, &found.public_key)?;
        let ca = NewCa {
            name: self.name.clone(),
            key_uri: found.key.uri.to_string(),
            profile: profiles::ADOPTED.to_owned(),
            subject: self.certificate.subject().clone(),
            public_key: found.public_key.clone(),
        };
        let path = match known {
            Some(known) if known.state == CaState::Active => known.path,
            Some(_) | None => {
                let mut chain = self.chain.clone();
                for ca in store.cas()? {
                    chain.extend(ca.certificate.into_iter().chain(ca.path));
                }
                let standing = adopt::standing(&store, &ca, &self.certificate, &chain, &SystemClock)?;
                told.tolerated = standing.tolerated.iter().map(ToString::to_string).collect();
                standing.path
            }
        };
        // The signature that proves the pair: a public half alone could be anybody's.
        drop(found.take(&mut store)?);
        before(&mut told)?;
        // What was accepted and is not there made no difference.
        let there = self.accepted.iter().filter(|(problem, _)| report.count(*problem) > 0);
        let waivers: Vec<Waiver> = there.map(|(_, waiver)| waiver.clone()).collect();
        let moving = Moving {
            ca: &ca,
            certificate: &self.certificate,
            path: &path,
            source: self.source,
            from: &self.from,
            doubts: report.problems(),
            accepted: &waivers,
        };
        let mut failed = None;
        let taken = store.take_over(&moving, SystemClock.now(), |removal| {
            match examination.run(&mut Into(removal)) {
                Ok(again) => Ok(again.sha256 == report.sha256),
                Err(ExaminationError::Intake(error)) => Err(error),
                Err(error @ (ExaminationError::Index(_) | ExaminationError::Files(_))) => {
                    failed = Some(unread(&error));
                    Ok(false)
                }
            }
        })?;
        match (taken, failed) {
            (Some(taken), _) => {
                told.done(taken);
                Ok(Answer::new(told))
            }
            (None, Some(failure)) => Err(failure),
            (None, None) => Err(Failure::new(
                Exit::Refused,
                "the files have changed while they were read; nothing was taken over",
            )
            .hint("stop whatever else works with them, and run the command again")),
        }
    }

    fn read_crls(&self) -> Result<(Crls, Report), Failure> {
        let mut report = Report::default();
        let mut crls = Crls::default();
        let key = self.certificate.public_key().map_err(|error| Failure::of(Exit::Refused, &error))?;
        for path in &self.crls {
            let octets = input::read(path, CRL_OCTETS)?;
            crls.add(&mut report, &path.display().to_string(), &octets, &self.certificate, &key);
        }
        Ok((crls, report))
    }
}

fn unread<E: std::error::Error + 'static>(error: &ExaminationError<E>) -> Failure {
    Failure::of(Exit::Output, error).hint("nothing was taken over")
}

/// The ledger as the place that everything goes to.
struct Into<'r, 'a>(&'r mut Removal<'a>);

impl Intake for Into<'_, '_> {
    type Error = store::Error;

    fn certificate(&mut self, certificate: &Certificate) -> Result<(), store::Error> {
        self.0.certificate(certificate)
    }

    fn number(&mut self, number: &Number) -> Result<(), store::Error> {
        self.0.number(&number.serial, number.subject.as_deref(), number.not_after)
    }

    fn revocation(&mut self, serial: &SerialNumber, said: Revocation) -> Result<(), store::Error> {
        let Revocation { reason, date, invalidity_date } = said;
        self.0.revocation(serial, store::Revocation { reason, date, invalidity_date })
    }

    fn crl(&mut self, crl: &Crl) -> Result<(), store::Error> {
        self.0.crl(crl)
    }

    fn crl_number(&mut self, number: CrlNumber) -> Result<(), store::Error> {
        self.0.crl_number(number)
    }
}

/// What was new, in words.
pub(crate) fn news(taken: Taken) -> String {
    if taken == Taken::default() {
        return "nothing: all of it was on record".to_owned();
    }
    let count = |count: u64, what: &str| format!("{count} {what}");
    [
        count(taken.certificates, "certificates"),
        count(taken.numbers, "serial numbers without certificate"),
        count(taken.revoked, "revocations"),
        count(taken.crls, "CRLs"),
    ]
    .join(", ")
}
