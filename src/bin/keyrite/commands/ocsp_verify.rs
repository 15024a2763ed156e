//! `ocsp verify`.

use std::path::PathBuf;

use keyrite::authority::system::SystemClock;
use keyrite::x509::certificate::Certificate;
use keyrite::x509::ocsp::{BasicResponse, CertIdHash, IssuerId, SignedBy, Single};
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::time::Time;
use serde::Serialize;

use super::issuing_ca::IssuingCa;
use super::ocsp_show;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::{Answer, Text};
use crate::safe_text::Page;

/// Verify that an OCSP response is by a CA or its responder, about its certificates, and current
///
/// The exit code is 1 if one of the points does not hold. What the response says is not judged: one that says revoked
/// may be a good one.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite ocsp verify by-serial/4C0FFEE1.ors --ca root\n  keyrite ocsp verify answer.der --issuer root.pem --serial 4C0FFEE1"
)]
pub(crate) struct Args {
    /// The response in DER or PEM; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    issuer: IssuingCa,

    /// The number of the certificate that it must be about
    #[arg(long, value_name = "SERIAL")]
    serial: Option<SerialNumber>,

    /// The time for which it must be current, RFC 3339; without it, now
    #[arg(long, value_name = "T")]
    at: Option<Time>,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let issuer = self.issuer.certificate(context)?;
        let response = ocsp_show::read(&self.file)?;
        let Some(basic) = response.basic() else {
            return Err(Failure::new(
                Exit::Refused,
                format!("the response says {} alone", response.status()),
            )
            .about(&self.file));
        };
        let now = self.at.unwrap_or_else(|| SystemClock.now());
        let report = Report::of(basic, &issuer, self.serial.as_ref(), now);
        let exit = if report.good { Exit::Done } else { Exit::Refused };
        Ok(Answer::new(report).exit(exit))
    }
}

/// What was looked at and what was found.
#[derive(Debug, Serialize)]
struct Report {
    responder: String,
    answers: Vec<Said>,
    points: Vec<Point>,
    good: bool,
}

/// What is said about one certificate.
#[derive(Debug, Serialize)]
struct Said {
    serial: String,
    status: String,
}

/// One thing that must hold.
#[derive(Debug, Serialize)]
struct Point {
    wanted: &'static str,
    holds: bool,
    found: Option<String>,
}

impl Report {
    fn of(basic: &BasicResponse, issuer: &Certificate, serial: Option<&SerialNumber>, now: Time) -> Self {
        let point = |wanted, holds, found| Point { wanted, holds, found };
        let data = &basic.data;
        let signer = basic.verify(issuer);
        let by = match &signer {
            Ok(SignedBy::Issuer) => "the CA itself".to_owned(),
            Ok(SignedBy::Delegate(delegate)) => delegate.subject().to_string(),
            Err(error) => chain(error),
        };
        let mut points =
            vec![point("it is signed by the CA or a responder of its own", signer.is_ok(), Some(by))];
        if let Ok(SignedBy::Delegate(delegate)) = &signer {
            let (from, to) = (delegate.not_before(), delegate.not_after());
            points.push(point(
                "the responder's certificate is valid",
                from <= now && now <= to,
                Some(format!("{from} to {to}")),
            ));
        }
        let of_issuer = |single: &Single| {
            CertIdHash::ALL
                .iter()
                .filter_map(|hash| IssuerId::of(*hash, issuer).ok())
                .any(|id| single.certificate.is_of(&id))
        };
        let count = data.answers.len();
        points.push(point("it says something", count > 0, Some(format!("answers: {count}"))));
        points.push(point("it is about certificates of the CA", data.answers.iter().all(of_issuer), None));
        if let Some(serial) = serial {
            let there = data.answers.iter().any(|one| one.certificate.serial().as_ref() == Some(serial));
            points.push(point("it is about the certificate", there, None));
        }
        let this = data.answers.iter().map(|one| one.this_update).max();
        points.push(point(
            "it is not from the future",
            data.produced_at <= now && this.is_none_or(|this| this <= now),
            this.map(|this| format!("thisUpdate {this}")),
        ));
        let next = data.answers.iter().map(|one| one.next_update).min().flatten();
        points.push(point(
            "it is still current",
            next.is_some_and(|next| now <= next),
            Some(next.map_or_else(|| "no nextUpdate".to_owned(), |next| format!("nextUpdate {next}"))),
        ));
        Self {
            responder: data.responder.to_string(),
            answers: data
                .answers
                .iter()
                .map(|one| Said {
                    serial: hex::encode_upper(one.certificate.serial_octets()),
                    status: one.status.to_string(),
                })
                .collect(),
            good: points.iter().all(|point| point.holds),
            points,
        }
    }
}

/// An error and what caused it, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let cause = error.source().map_or_else(String::new, |cause| format!(": {cause}"));
    format!("{error}{cause}")
}

impl Text for Report {
    fn text(&self, page: &mut Page) {
        page.line(format!("OCSP response by {}", self.responder));
        for Said { serial, status } in &self.answers {
            page.line(format!("{serial}: {status}"));
        }
        for point in &self.points {
            let mark = if point.holds { "yes" } else { "NO " };
            let found = point.found.as_ref().map_or_else(String::new, |found| format!(" ({found})"));
            page.line(format!("{mark}  {}{found}", point.wanted));
        }
        page.line(if self.good { "verified" } else { "NOT VERIFIED" });
    }
}
