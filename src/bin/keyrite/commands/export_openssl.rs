//! `export openssl`.

use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::PathBuf;

use keyrite::audit::Event;
use keyrite::authority::FreshDirectory;
use keyrite::authority::system::SystemClock;
use keyrite::migrate::intake::Revocation;
use keyrite::migrate::openssl::export::{self, Line};
use keyrite::migrate::openssl::number;
use keyrite::store::{CaName, CertificateFilter, CertificateRecord, State, Store};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::crl::Crl;
use keyrite::x509::pem;
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::signed::Kind as _;
use keyrite::x509::time::Time;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::ledger;
use crate::render::Answer;
use crate::view::View;

/// Write a CA as a directory that openssl ca and openssl ocsp read
///
/// The directory is new: index.txt with index.txt.attr, serial, crlnumber, newcerts, the certificate of the CA, its newest
/// CRL, and a configuration. openssl ca -gencrl makes the same entries of it as keyrite has on record, with the words
/// that index.txt has; what it has no word for is told. The private key stays in the token.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  keyrite export openssl demoCA --ca old\n  cd demoCA && openssl ca -config openssl.cnf -status 4C0FFEE1"
)]
pub(crate) struct Args {
    /// The directory to make
    #[arg(value_name = "DIR")]
    directory: PathBuf,

    /// The CA
    #[arg(long, value_name = "NAME")]
    ca: CaName,
}

/// So many notes are told; the rest is counted.
const TOLD: usize = 20;

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let mut store = ledger::write(context)?;
        let ca = store.ca(&self.ca)?;
        let Some(certificate) = &ca.certificate else {
            let message = format!("CA {} has no certificate yet, so that there is nothing to write", self.ca);
            return Err(Failure::new(Exit::Refused, message));
        };
        let now = SystemClock.now();
        let mut fresh = FreshDirectory::begin(&self.directory)?;
        let mut writing = Writing { ca: &self.ca, now, count: Count::default(), highest: None };
        writing.index(&store, &mut fresh)?;
        let Writing { count, highest, .. } = writing;
        let next = store.next_crl_number(&self.ca)?;
        let path: Vec<String> = std::iter::once(certificate)
            .chain(&ca.path)
            .map(|each| pem::encode(Certificate::PEM_LABEL, each.as_der()))
            .collect();
        let own = path.first().cloned().unwrap_or_default();
        let mut files = vec![
            ("index.txt.attr", export::ATTRIBUTES.to_owned()),
            ("serial", export::next_serial(highest.iter())),
            ("crlnumber", export::crl_number(next)),
            (export::CA_CERTIFICATE, own),
            ("openssl.cnf", export::configuration(self.ca.as_str(), &ca.key_uri)),
        ];
        if path.len() > 1 {
            files.push(("chain.pem", path.get(1..).unwrap_or_default().concat()));
        }
        if let Some((_, der)) = store.current_crl(&self.ca)? {
            files.push((export::CRL, pem::encode(Crl::PEM_LABEL, &der)));
        }
        for (name, text) in files {
            fresh.write(name, text.as_bytes())?;
        }
        fresh.finish()?;
        let to =
            self.directory.canonicalize().unwrap_or_else(|_| self.directory.clone()).display().to_string();
        let event = Event::Exported {
            what: "openssl-directory".to_owned(),
            ca: Some(self.ca.to_string()),
            number: None,
            count: Some(count.rows),
            sha256: None,
            to: to.clone(),
        };
        ledger::record(context, Some(&mut store), event, "the directory was written")?;
        let mut notes = count.notes;
        let more = count.lost.saturating_sub(u64::try_from(notes.len()).unwrap_or(u64::MAX));
        if more > 0 {
            notes.push(format!("and {more} more"));
        }
        if count.left_out > 0 {
            notes.push(format!(
                "{} serial numbers that were reserved and of which no certificate is known are not in the index, which has no word for them; serial is above them",
                count.left_out
            ));
        }
        let view = View::default()
            .row("CA", self.ca.to_string())
            .row("written", to)
            .row("rows", count.rows)
            .row("certificates", count.certificates)
            .row("revoked", count.revoked)
            .row("next CRL number", next.to_string())
            .maybe("not said", (!notes.is_empty()).then_some(notes));
        Ok(Answer::new(view))
    }
}

/// How much was written.
#[derive(Debug, Default)]
struct Count {
    rows: u64,
    certificates: u64,
    revoked: u64,
    left_out: u64,
    lost: u64,
    notes: Vec<String>,
}

struct Writing<'a> {
    ca: &'a CaName,
    now: Time,
    count: Count,
    highest: Option<SerialNumber>,
}

impl Writing<'_> {
    fn index(&mut self, store: &Store, fresh: &mut FreshDirectory) -> Result<(), Failure> {
        let mut index = fresh.stream("index.txt")?;
        let filter = CertificateFilter { ca: Some(self.ca.clone()), ..CertificateFilter::default() };
        let mut failed = None;
        store.certificates(&filter, |record| match self.row(store, fresh, &mut index, &record) {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => {
                failed = Some(failure);
                ControlFlow::Break(())
            }
        })?;
        match failed {
            Some(failure) => Err(failure),
            None => index.flush().map_err(|source| fresh.failed("index.txt", source).into()),
        }
    }

    fn row(
        &mut self,
        store: &Store,
        fresh: &mut FreshDirectory,
        index: &mut impl std::io::Write,
        record: &CertificateRecord,
    ) -> Result<(), Failure> {
        let higher = |known: &SerialNumber| {
            let key = |serial: &SerialNumber| (serial.as_bytes().len(), serial.as_bytes().to_vec());
            key(&record.serial) > key(known)
        };
        if self.highest.as_ref().is_none_or(higher) {
            self.highest = Some(record.serial.clone());
        }
        let exists = matches!(record.state, State::Issued | State::Imported);
        if !exists && record.revocation.is_none() {
            self.count.left_out = self.count.left_out.saturating_add(1);
            return Ok(());
        }
        let der = store.certificate_der(self.ca, &record.serial)?;
        let certificate = der
            .as_deref()
            .map(Certificate::from_der)
            .transpose()
            .map_err(|error| Failure::of(Exit::Integrity, &error))?;
        let revocation = record.revocation.map(|said| Revocation {
            reason: said.reason,
            date: said.date,
            invalidity_date: said.invalidity_date,
        });
        let line = Line {
            serial: &record.serial,
            name: certificate.as_ref().map(Certificate::subject),
            subject: record.subject.as_deref(),
            not_after: record.not_after,
            revocation,
        };
        let (text, lost) = line.write(self.now);
        index.write_all(text.as_bytes()).map_err(|source| fresh.failed("index.txt", source))?;
        self.count.rows = self.count.rows.saturating_add(1);
        self.count.revoked = self.count.revoked.saturating_add(u64::from(revocation.is_some()));
        if let Some(lost) = lost {
            self.count.lost = self.count.lost.saturating_add(1);
            if self.count.notes.len() < TOLD {
                self.count.notes.push(format!("{}: {lost}, for which index.txt has no word", record.serial));
            }
        }
        if let Some(certificate) = certificate {
            self.count.certificates = self.count.certificates.saturating_add(1);
            let name = format!("{}/{}.pem", export::NEW_CERTIFICATES, number::written(&record.serial));
            let text = pem::encode(Certificate::PEM_LABEL, certificate.as_der());
            fresh.write(&name, text.as_bytes())?;
        }
        Ok(())
    }
}
