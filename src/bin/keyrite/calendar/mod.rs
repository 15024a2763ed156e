//! What runs out when, and what has to be done before.

mod icalendar;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use keyrite::store::{Ca, CaName, CaStatus, CertificateFilter, CertificateRecord, State, Store};
use keyrite::x509::time::Time;
use serde::Serialize;

pub(crate) use icalendar::icalendar;

use crate::configuration::Settings;
use crate::failure::Failure;

/// How many certificates of a day are named.
const NAMED: usize = 5;

/// Something that runs out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Entry {
    /// Its last second.
    #[serde(serialize_with = "as_text")]
    pub(crate) at: Time,
    /// Whether that is past.
    pub(crate) overdue: bool,
    /// The CA.
    pub(crate) ca: String,
    /// What it is.
    pub(crate) what: String,
    /// More about it.
    pub(crate) more: Vec<String>,
    /// What is to be done before; none where somebody else has to.
    pub(crate) command: Option<String>,
    /// What it is from one calendar to the next.
    #[serde(skip)]
    pub(crate) key: String,
}

fn as_text<S: serde::Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

/// Everything that runs out until a time, and what has run out already and is still wanted, the earliest first.
///
/// # Errors
/// A [`Failure`] when the ledger, or the certificate of a configured responder, cannot be read.
pub(crate) fn entries(
    store: &Store,
    settings: &Settings,
    now: Time,
    until: Time,
) -> Result<Vec<Entry>, Failure> {
    let status = store.status(now, until)?;
    let mut gathering = Gathering { store, now, until, entries: Vec::new() };
    for ca in &status.cas {
        let own = store.ca(&ca.name)?;
        gathering.own(&own);
        gathering.crls(ca);
        gathering.responses(&ca.name)?;
        gathering.responder(&ca.name, settings)?;
        gathering.certificates(&ca.name, &store.cas()?)?;
    }
    let mut entries = gathering.entries;
    entries.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
    Ok(entries)
}

struct Gathering<'a> {
    store: &'a Store,
    now: Time,
    until: Time,
    entries: Vec<Entry>,
}

impl Gathering<'_> {
    fn add(
        &mut self,
        at: Time,
        ca: &CaName,
        (what, key): (String, String),
        more: Vec<String>,
        command: Option<String>,
    ) {
        if at > self.until {
            return;
        }
        let (ca, overdue) = (ca.to_string(), at < self.now);
        self.entries.push(Entry { at, overdue, ca, what, more, command, key });
    }

    /// The certificate by which a CA issues, and those above it.
    fn own(&mut self, ca: &Ca) {
        let Some(certificate) = &ca.certificate else { return };
        let what = format!("the certificate of CA {}", ca.name);
        let command = if certificate.is_self_issued() {
            "a new root is made, and its certificate brought to all relying parties".to_owned()
        } else {
            format!("keyrite ca request {} and keyrite ca install {}", ca.name, ca.name)
        };
        let key = format!("{} certificate", ca.name);
        self.add(
            certificate.not_after(),
            &ca.name,
            (what, key),
            vec![certificate.subject().to_string()],
            Some(command),
        );
        for above in &ca.path {
            let what = format!("a certificate above CA {}", ca.name);
            let key = format!("{} path {}", ca.name, above.serial());
            self.add(above.not_after(), &ca.name, (what, key), vec![above.subject().to_string()], None);
        }
    }

    fn crls(&mut self, ca: &CaStatus) {
        for crl in &ca.crls {
            let Some(next) = crl.next_update.filter(|next| *next < Time::NO_EXPIRATION) else { continue };
            let (what, option) = match crl.base {
                Some(base) => (format!("delta CRL {} to {base} of CA {}", crl.number, ca.name), " --delta"),
                None => (format!("CRL {} of CA {}", crl.number, ca.name), ""),
            };
            let covers = crl.distribution.as_ref().map(|covers| format!("for {covers}"));
            let key = format!("{} crl {} {:?}", ca.name, crl.base.is_some(), covers);
            let command = format!("keyrite crl issue --ca {}{option}", ca.name);
            self.add(next, &ca.name, (what, key), covers.into_iter().collect(), Some(command));
        }
    }

    fn responses(&mut self, ca: &CaName) -> Result<(), Failure> {
        let Some((next, number)) = self.store.ocsp_due(ca, self.now)? else { return Ok(()) };
        let what = format!("the first of {number} OCSP responses about certificates of CA {ca}");
        let command = format!("keyrite ocsp sign --ca {ca} --all");
        self.add(next, ca, (what, format!("{ca} ocsp")), Vec::new(), Some(command));
        Ok(())
    }

    fn responder(&mut self, ca: &CaName, settings: &Settings) -> Result<(), Failure> {
        let Some((path, _)) = settings.ocsp_responder(ca) else { return Ok(()) };
        let certificate = crate::certificates::read(&path)?;
        let what = format!("the certificate of the OCSP responder of CA {ca}");
        let more = vec![path.display().to_string()];
        let command = format!("keyrite issue --renew {} --ca {ca} --profile ocsp-responder", path.display());
        self.add(certificate.not_after(), ca, (what, format!("{ca} responder")), more, Some(command));
        Ok(())
    }

    /// Certificates of other CAs one by one, all others by the day.
    fn certificates(&mut self, ca: &CaName, own: &[Ca]) -> Result<(), Failure> {
        let filter = CertificateFilter {
            ca: Some(ca.clone()),
            revoked: Some(false),
            expires_from: Some(self.now),
            expires_before: self.until.plus_seconds(1).ok(),
            ..CertificateFilter::default()
        };
        let mut days: BTreeMap<i64, Vec<CertificateRecord>> = BTreeMap::new();
        let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
        let mut of_cas = Vec::new();
        self.store.certificates(&filter, |one| {
            let Some(end) = one.not_after else { return ControlFlow::Continue(()) };
            let is_own = |ca: &Ca| ca.certificate.as_ref().is_some_and(|own| *own.serial() == one.serial);
            if !matches!(one.state, State::Issued | State::Imported) || own.iter().any(is_own) {
                return ControlFlow::Continue(());
            }
            if one.is_ca {
                of_cas.push((end, one));
                return ControlFlow::Continue(());
            }
            let day = end.to_unix().div_euclid(86_400);
            let count = counts.entry(day).or_default();
            *count = count.saturating_add(1);
            let named = days.entry(day).or_default();
            if named.len() < NAMED {
                named.push(one);
            }
            ControlFlow::Continue(())
        })?;
        for (end, one) in of_cas {
            let what = format!("the certificate {} of a CA, by CA {ca}", one.serial);
            let key = format!("{ca} {}", one.serial);
            self.add(end, ca, (what, key), one.subject.into_iter().collect(), None);
        }
        for (day, named) in days {
            let Some(first) = named.iter().filter_map(|one| one.not_after).min() else { continue };
            let number = counts.get(&day).copied().unwrap_or_default();
            let what = match number {
                1 => format!("a certificate by CA {ca}"),
                number => format!("the first of {number} certificates by CA {ca} of this day"),
            };
            let mut more: Vec<String> = named
                .iter()
                .map(|one| format!("{} {}", one.serial, one.subject.as_deref().unwrap_or_default()))
                .collect();
            if let Some(rest) = number.checked_sub(NAMED).filter(|rest| *rest > 0) {
                more.push(format!("and {rest} more"));
            }
            self.add(first, ca, (what, format!("{ca} day {day}")), more, None);
        }
        Ok(())
    }
}
